//! Control lines of the network part: faults, name lookup, DTLS sessions, socket table. Grammar in README, "Network faults".

use std::net::{IpAddr, SocketAddr};
use std::sync::atomic::Ordering;

use super::fault::{Direction, Effect, Scope};
use super::layout::LookupError;
use super::network::{lock, network};

/// Carries out one line such as `fault loss 20% both`. The answer is text for the user, often empty; an error says what
/// was not understood. May be called from any thread.
pub fn control(args: &str) -> Result<String, String> {
    let words: Vec<&str> = args.split_whitespace().collect();
    match words.as_slice() {
        ["fault", "clear"] => {
            lock(&network().faults).clear();
            let mut lookup = lock(&network().lookup);
            lookup.failures.clear();
            lookup.delay_ms = 0;
            Ok(String::new())
        }
        ["fault", "list"] => Ok(lock(&network().faults).list()),
        ["fault", "rebind", rest @ ..] => rebind(rest),
        ["fault", rest @ ..] => fault(rest).map(|()| String::new()),
        ["dns", rest @ ..] => dns(rest).map(|()| String::new()),
        ["dtls", "purge"] => {
            let mut resumption = lock(&network().resumption);
            let count = resumption.kept.len();
            resumption.kept.clear();
            Ok(format!("purged {count}\n"))
        }
        ["dtls", "limit", count] => {
            let count = number::<usize>(count)?;
            network().session_limit.store(count, Ordering::SeqCst);
            Ok(String::new())
        }
        ["dtls"] => {
            let resumption = lock(&network().resumption);
            Ok(format!(
                "full {} resumed {} kept {}\n",
                resumption.full,
                resumption.resumed,
                resumption.kept.len()
            ))
        }
        ["sockets"] => Ok(sockets()),
        _ => Err(format!("not understood: {args}")),
    }
}

fn fault(words: &[&str]) -> Result<(), String> {
    let (effect, rest) = match words {
        ["loss", share, rest @ ..] => (Effect::Loss(percent(share)?), rest),
        ["dup", share, rest @ ..] => (Effect::Duplicate(percent(share)?), rest),
        ["corrupt", share, rest @ ..] => (Effect::Corrupt(percent(share)?), rest),
        ["reorder", share, hold, rest @ ..] if hold.ends_with("ms") => {
            (Effect::Reorder(percent(share)?, milliseconds(hold)?), rest)
        }
        ["reorder", share, rest @ ..] => (Effect::Reorder(percent(share)?, 200), rest),
        ["latency", mean, jitter, rest @ ..] if jitter.starts_with("+-") => (
            Effect::Latency(milliseconds(mean)?, milliseconds(&jitter[2..])?),
            rest,
        ),
        ["latency", mean, rest @ ..] => (Effect::Latency(milliseconds(mean)?, 0), rest),
        ["drop", "next", count, rest @ ..] => (Effect::DropNext(number(count)?), rest),
        ["drop", "list", list, rest @ ..] => (
            Effect::DropList {
                numbers: numbers(list)?,
                seen: 0,
            },
            rest,
        ),
        ["drop", "handshake", name, rest @ ..] => {
            let (list, rest) = match rest {
                [list, rest @ ..] if list.starts_with(|first: char| first.is_ascii_digit()) => {
                    (numbers(list)?, rest)
                }
                rest => (Vec::new(), rest),
            };
            (
                Effect::DropHandshake {
                    message: handshake_message(name)?,
                    numbers: list,
                    seen: 0,
                },
                rest,
            )
        }
        ["blackhole", switch @ ("on" | "off"), rest @ ..] => {
            return switched(Effect::Blackhole, switch, scope(rest)?);
        }
        ["unreachable", switch @ ("on" | "off"), rest @ ..] => {
            return switched(Effect::Unreachable, switch, scope(rest)?);
        }
        _ => return Err(format!("not understood: fault {}", words.join(" "))),
    };
    let scope = scope(rest)?;
    let mut faults = lock(&network().faults);
    match effect {
        Effect::Loss(0.0)
        | Effect::Duplicate(0.0)
        | Effect::Corrupt(0.0)
        | Effect::Reorder(0.0, _) => {
            faults.remove(scope, &effect);
        }
        Effect::Latency(0, 0) => faults.remove(scope, &effect),
        effect => faults.add(scope, effect),
    }
    Ok(())
}

fn switched(effect: Effect, switch: &str, scope: Scope) -> Result<(), String> {
    let mut faults = lock(&network().faults);
    match switch {
        "on" => faults.add(scope, effect),
        _ => faults.remove(scope, &effect),
    }
    Ok(())
}

fn scope(words: &[&str]) -> Result<Scope, String> {
    let mut scope = Scope::default();
    let mut rest = words;
    loop {
        rest = match rest {
            [] => return Ok(scope),
            ["both", rest @ ..] => rest,
            ["out", rest @ ..] => {
                scope.direction = Some(Direction::Out);
                rest
            }
            ["in", rest @ ..] => {
                scope.direction = Some(Direction::In);
                rest
            }
            ["peer", peer, rest @ ..] => {
                match (
                    peer.parse::<SocketAddr>(),
                    peer.trim_matches(['[', ']']).parse::<IpAddr>(),
                ) {
                    (Ok(peer), _) => {
                        (scope.address, scope.port) = (Some(peer.ip()), Some(peer.port()))
                    }
                    (_, Ok(address)) => scope.address = Some(address),
                    _ => return Err(format!("no address: {peer}")),
                }
                rest
            }
            ["port", port, rest @ ..] => {
                scope.port = Some(number(port)?);
                rest
            }
            ["pdn", id, rest @ ..] => {
                scope.pdn = Some(number(id)?);
                rest
            }
            _ => return Err(format!("not understood: {}", rest.join(" "))),
        };
    }
}

fn rebind(words: &[&str]) -> Result<String, String> {
    let sockets = match words {
        [] => network().sockets(),
        [fd] => vec![
            network()
                .socket(number(fd)?)
                .map_err(|_| format!("no socket {fd}"))?,
        ],
        _ => return Err("fault rebind takes one descriptor or none".into()),
    };
    for socket in &sockets {
        socket
            .rebind()
            .map_err(|error| format!("rebind: {}", crate::errno::name(error)))?;
    }
    Ok(format!("rebound {}\n", sockets.len()))
}

fn dns(words: &[&str]) -> Result<(), String> {
    let mut lookup = lock(&network().lookup);
    match words {
        ["host", entry] => lookup
            .add(entry)
            .ok_or_else(|| format!("not name=address: {entry}"))?,
        ["delay", time] => lookup.delay_ms = milliseconds(time)?,
        ["fail", name, rest @ ..] => {
            let error = match rest {
                [] | ["noname"] => LookupError::NoName,
                ["again"] => LookupError::Again,
                ["fail"] => LookupError::Fail,
                ["nodata"] => LookupError::NoData,
                _ => return Err(format!("no lookup error: {}", rest.join(" "))),
            };
            lookup.failures.push((name.to_ascii_lowercase(), error));
        }
        ["clear"] => {
            lookup.failures.clear();
            lookup.delay_ms = 0;
        }
        _ => return Err(format!("not understood: dns {}", words.join(" "))),
    }
    Ok(())
}

fn sockets() -> String {
    let mut table = String::new();
    for socket in network().sockets() {
        let state = socket.lock();
        let peer = state.peer.map_or("-".into(), |peer| peer.to_string());
        let pdn = state.attached.map_or("-".into(), |pdn| pdn.to_string());
        let secure = state
            .secure
            .as_ref()
            .map_or("-".into(), |secure| secure.describe());
        let dead = state.dead.map_or("-", crate::errno::name);
        table += &format!(
            "{} {:?} {} peer {peer} pdn {pdn} {:?} queued {} dtls {secure} dead {dead}\n",
            socket.fd,
            socket.kind,
            if socket.v6 { "v6" } else { "v4" },
            state.association,
            state.received.len(),
        );
    }
    table
}

fn number<T: std::str::FromStr>(text: &str) -> Result<T, String> {
    text.parse().map_err(|_| format!("no number: {text}"))
}

fn numbers(text: &str) -> Result<Vec<u32>, String> {
    text.split(',').map(number).collect()
}

fn percent(text: &str) -> Result<f64, String> {
    let share: f64 = number(text.trim_end_matches('%'))?;
    if (0.0..=100.0).contains(&share) {
        Ok(share)
    } else {
        Err(format!("not 0 to 100 %: {text}"))
    }
}

fn milliseconds(text: &str) -> Result<i64, String> {
    let ms: i64 = number(text.trim_end_matches("ms"))?;
    if (0..=86_400_000).contains(&ms) {
        Ok(ms)
    } else {
        Err(format!("not a time up to a day: {text}"))
    }
}

/// Handshake types in clear (RFC 5246 7.4, RFC 6347 4.3.2).
fn handshake_message(name: &str) -> Result<u8, String> {
    Ok(match name {
        "client_hello" => 1,
        "server_hello" => 2,
        "hello_verify_request" => 3,
        "new_session_ticket" => 4,
        "server_key_exchange" => 12,
        "server_hello_done" => 14,
        "client_key_exchange" => 16,
        _ => return Err(format!("no handshake message in clear: {name}")),
    })
}
