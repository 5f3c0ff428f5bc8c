//! What the simulated network does to datagrams: loss, duplication, reordering, delay, bit errors, drop lists, no route.
//!
//! Pure: a datagram is shown to [`Faults::fate`], the answer says which copies arrive and how late. All randomness is
//! one seeded stream, so that the same datagrams in the same order meet the same fate.

use std::net::{IpAddr, SocketAddr};

use crate::rng::Rng;

/// Which way a datagram goes, seen from the modem.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// From the modem to a server.
    Out,
    /// From a server to the modem.
    In,
}

/// The datagrams a rule applies to. Everything left out matches all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Scope {
    /// One way only.
    pub direction: Option<Direction>,
    /// One server address only.
    pub address: Option<IpAddr>,
    /// One server port only.
    pub port: Option<u16>,
    /// One packet data connection only.
    pub pdn: Option<u8>,
}

/// What a rule does. Percentages are 0 to 100.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// This share is lost.
    Loss(f64),
    /// This share arrives twice, the copy 0 to 100 ms late.
    Duplicate(f64),
    /// This share is held back by the time, so that later ones overtake.
    Reorder(f64, i64),
    /// Each is late by the first number of ms, plus or minus up to the second.
    Latency(i64, i64),
    /// In this share one bit is changed.
    Corrupt(f64),
    /// The next so many are lost.
    DropNext(u32),
    /// Those with these numbers (from 1, counted from the making of the rule) are lost.
    DropList {
        /// Numbers of the datagrams to drop.
        numbers: Vec<u32>,
        /// Datagrams counted so far.
        seen: u32,
    },
    /// Like `DropList`, counting only datagrams with this DTLS handshake message in clear; an empty list means all.
    DropHandshake {
        /// Handshake type (RFC 5246 7.4).
        message: u8,
        /// Numbers of the datagrams to drop; empty for all.
        numbers: Vec<u32>,
        /// Datagrams with this message so far.
        seen: u32,
    },
    /// Nothing passes and nobody is told.
    Blackhole,
    /// `nrf_connect` and sending fail with `NRF_ENETUNREACH`.
    Unreachable,
}

/// One datagram as the rules see it.
#[derive(Clone, Copy, Debug)]
pub struct Datagram<'a> {
    /// Which way.
    pub direction: Direction,
    /// The server's address.
    pub peer: SocketAddr,
    /// PDN id of the socket.
    pub pdn: Option<u8>,
    /// Content on the wire.
    pub bytes: &'a [u8],
}

/// One arriving copy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Copy {
    /// Milliseconds late; 0 is at once.
    pub delay_ms: i64,
    /// Index of a bit to change.
    pub flip_bit: Option<usize>,
}

/// The rules in force and the random stream.
#[derive(Debug)]
pub struct Faults {
    rules: Vec<(Scope, Effect)>,
    random: Rng,
    lost: u64,
}

impl Faults {
    /// No rules.
    pub fn new(random: Rng) -> Faults {
        Faults {
            rules: Vec::new(),
            random,
            lost: 0,
        }
    }

    /// Adds a rule. It takes the place of one with the same scope and kind, except that drop lists add up.
    pub fn add(&mut self, scope: Scope, effect: Effect) {
        self.remove(scope, &effect);
        self.rules.push((scope, effect));
    }

    /// Removes the rule of the same scope and kind. Drop lists are not removed.
    pub fn remove(&mut self, scope: Scope, effect: &Effect) {
        let list = matches!(
            effect,
            Effect::DropList { .. } | Effect::DropHandshake { .. }
        );
        let same =
            |kind: &Effect| !list && std::mem::discriminant(kind) == std::mem::discriminant(effect);
        self.rules.retain(|rule| rule.0 != scope || !same(&rule.1));
    }

    /// Removes all rules.
    pub fn clear(&mut self) {
        self.rules.clear();
    }

    /// The rules in force, one line each.
    pub fn list(&self) -> String {
        let lines = self
            .rules
            .iter()
            .map(|(scope, effect)| format!("{effect:?} {}\n", scope.describe()));
        format!("{}lost {}\n", lines.collect::<String>(), self.lost)
    }

    /// True when a connection to `peer` is refused with "network unreachable".
    pub fn unreachable(&self, peer: SocketAddr, pdn: Option<u8>) -> bool {
        let datagram = Datagram {
            direction: Direction::Out,
            peer,
            pdn,
            bytes: &[],
        };
        self.rules
            .iter()
            .any(|(scope, effect)| *effect == Effect::Unreachable && scope.matches(&datagram))
    }

    /// True when nothing sent to `peer` arrives.
    pub fn blackhole(&self, peer: SocketAddr, pdn: Option<u8>) -> bool {
        let datagram = Datagram {
            direction: Direction::Out,
            peer,
            pdn,
            bytes: &[],
        };
        self.rules
            .iter()
            .any(|(scope, effect)| *effect == Effect::Blackhole && scope.matches(&datagram))
    }

    /// The copies of this datagram that arrive, the original first; none when it is lost.
    pub fn fate(&mut self, datagram: &Datagram) -> Vec<Copy> {
        let mut lost = false;
        let mut delay_ms = 0;
        let mut duplicate_ms = None;
        let mut flip_bit = None;
        let random = &mut self.random;
        for (scope, effect) in &mut self.rules {
            if !scope.matches(datagram) {
                continue;
            }
            match effect {
                Effect::Loss(percent) => lost |= random.chance(*percent),
                Effect::Duplicate(percent) => {
                    if random.chance(*percent) {
                        duplicate_ms = Some(random.below(101) as i64);
                    }
                }
                Effect::Reorder(percent, hold_ms) => {
                    if random.chance(*percent) {
                        delay_ms += *hold_ms;
                    }
                }
                Effect::Latency(mean_ms, jitter_ms) => {
                    let spread = random.below(2 * jitter_ms.unsigned_abs() + 1) as i64 - *jitter_ms;
                    delay_ms += (*mean_ms + spread).max(0);
                }
                Effect::Corrupt(percent) => {
                    if random.chance(*percent) {
                        flip_bit = Some(random.below(datagram.bytes.len() as u64 * 8) as usize);
                    }
                }
                Effect::DropNext(rest) => {
                    lost |= *rest > 0;
                    *rest = rest.saturating_sub(1);
                }
                Effect::DropList { numbers, seen } => {
                    *seen += 1;
                    lost |= numbers.contains(seen);
                }
                Effect::DropHandshake {
                    message,
                    numbers,
                    seen,
                } => {
                    if contains_handshake(datagram.bytes, *message) {
                        *seen += 1;
                        lost |= numbers.is_empty() || numbers.contains(seen);
                    }
                }
                Effect::Blackhole => lost = true,
                Effect::Unreachable => {}
            }
        }
        self.rules
            .retain(|rule| !matches!(rule.1, Effect::DropNext(0)));
        if lost {
            self.lost += 1;
            return Vec::new();
        }
        let first = Copy { delay_ms, flip_bit };
        let second = duplicate_ms.map(|more| Copy {
            delay_ms: delay_ms + more,
            flip_bit: None,
        });
        std::iter::once(first).chain(second).collect()
    }
}

impl Scope {
    fn matches(&self, datagram: &Datagram) -> bool {
        self.direction
            .is_none_or(|direction| direction == datagram.direction)
            && self
                .address
                .is_none_or(|address| address == datagram.peer.ip())
            && self.port.is_none_or(|port| port == datagram.peer.port())
            && self.pdn.is_none_or(|pdn| Some(pdn) == datagram.pdn)
    }

    fn describe(&self) -> String {
        let direction = match self.direction {
            None => "both",
            Some(Direction::Out) => "out",
            Some(Direction::In) => "in",
        };
        let address = self
            .address
            .map(|address| format!(" peer {address}"))
            .unwrap_or_default();
        let port = self
            .port
            .map(|port| format!(" port {port}"))
            .unwrap_or_default();
        let pdn = self
            .pdn
            .map(|pdn| format!(" pdn {pdn}"))
            .unwrap_or_default();
        format!("{direction}{address}{port}{pdn}")
    }
}

/// True when one of the records in clear of a DTLS datagram (RFC 6347 4.1) is this handshake message.
fn contains_handshake(mut bytes: &[u8], message: u8) -> bool {
    const HANDSHAKE: u8 = 22;
    while let [
        kind,
        0xfe,
        _,
        epoch_high,
        epoch_low,
        _,
        _,
        _,
        _,
        _,
        _,
        length_high,
        length_low,
        rest @ ..,
    ] = bytes
    {
        let length = usize::from(u16::from_be_bytes([*length_high, *length_low]));
        let in_clear = *epoch_high == 0 && *epoch_low == 0;
        if *kind == HANDSHAKE && in_clear && rest.first() == Some(&message) {
            return true;
        }
        bytes = rest.get(length..).unwrap_or_default();
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    fn show(faults: &mut Faults, direction: Direction, bytes: &[u8]) -> Vec<Copy> {
        let peer = "127.0.0.1:5684".parse().unwrap();
        faults.fate(&Datagram {
            direction,
            peer,
            pdn: Some(0),
            bytes,
        })
    }

    fn faults() -> Faults {
        Faults::new(Rng::stream(7, 1, "test"))
    }

    const AT_ONCE: Copy = Copy {
        delay_ms: 0,
        flip_bit: None,
    };

    #[test]
    fn without_rules_everything_arrives_once_and_at_once() {
        assert_eq!(show(&mut faults(), Direction::Out, b"x"), [AT_ONCE]);
    }

    #[test]
    fn the_same_seed_gives_the_same_fates() {
        let run = |seed| {
            let mut faults = Faults::new(Rng::stream(seed, 1, "test"));
            faults.add(Scope::default(), Effect::Loss(30.0));
            faults.add(Scope::default(), Effect::Duplicate(30.0));
            faults.add(Scope::default(), Effect::Latency(1000, 200));
            (0..200)
                .map(|_| show(&mut faults, Direction::Out, b"x"))
                .collect::<Vec<_>>()
        };
        assert_eq!(run(1), run(1));
        assert_ne!(run(1), run(2));
        let lost = run(1).iter().filter(|copies| copies.is_empty()).count();
        assert!((35..85).contains(&lost), "{lost}");
        for copy in run(1).iter().filter_map(|copies| copies.first()) {
            assert!((800..=1200).contains(&copy.delay_ms));
        }
    }

    #[test]
    fn drop_lists_count_per_direction() {
        let mut faults = faults();
        let out = Scope {
            direction: Some(Direction::Out),
            ..Scope::default()
        };
        faults.add(
            out,
            Effect::DropList {
                numbers: vec![2],
                seen: 0,
            },
        );
        faults.add(out, Effect::DropNext(1));
        assert!(show(&mut faults, Direction::Out, b"1").is_empty());
        assert_eq!(show(&mut faults, Direction::In, b"x"), [AT_ONCE]);
        assert!(show(&mut faults, Direction::Out, b"2").is_empty());
        assert_eq!(show(&mut faults, Direction::Out, b"3"), [AT_ONCE]);
    }

    #[test]
    fn another_peer_or_connection_is_left_alone() {
        let mut faults = faults();
        faults.add(
            Scope {
                port: Some(5683),
                ..Scope::default()
            },
            Effect::Blackhole,
        );
        faults.add(
            Scope {
                pdn: Some(1),
                ..Scope::default()
            },
            Effect::Blackhole,
        );
        assert_eq!(show(&mut faults, Direction::Out, b"x"), [AT_ONCE]);
        faults.add(
            Scope {
                address: "127.0.0.1".parse().ok(),
                ..Scope::default()
            },
            Effect::Blackhole,
        );
        assert!(show(&mut faults, Direction::Out, b"x").is_empty());
    }

    #[test]
    fn a_named_handshake_message_is_dropped_by_number() {
        let mut hello = vec![22, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 1, 0, 0, 0];
        let mut faults = faults();
        faults.add(
            Scope::default(),
            Effect::DropHandshake {
                message: 1,
                numbers: vec![2],
                seen: 0,
            },
        );
        assert_eq!(show(&mut faults, Direction::Out, &hello), [AT_ONCE]);
        assert_eq!(show(&mut faults, Direction::Out, b"other"), [AT_ONCE]);
        assert!(show(&mut faults, Direction::Out, &hello).is_empty());
        hello[4] = 1;
        assert_eq!(show(&mut faults, Direction::Out, &hello), [AT_ONCE]);
    }

    #[test]
    fn a_rule_of_the_same_kind_and_scope_is_replaced() {
        let mut faults = faults();
        faults.add(Scope::default(), Effect::Loss(100.0));
        faults.add(Scope::default(), Effect::Loss(0.0));
        assert_eq!(show(&mut faults, Direction::Out, b"x"), [AT_ONCE]);
        faults.add(Scope::default(), Effect::Corrupt(100.0));
        assert!(
            show(&mut faults, Direction::Out, b"x")[0]
                .flip_bit
                .is_some_and(|bit| bit < 8)
        );
    }
}
