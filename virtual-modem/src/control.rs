//! Control by text lines: the Unix socket of the device, the scenario file, and the commands both understand.
//! The commands are described in the README.

use crate::clock::{Mode, clock};
use crate::device::{Library, device, lock, moment};
use crate::engine::card::Slot;
use crate::engine::pdu::Content;
use crate::os;
use crate::storage::{StorageError, StorageFault};
use std::fmt::Write as _;
use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

mod apn;
mod card;
mod fault;

pub(crate) use fault::span;

/// `on` and `every` lines of scenario and control: event, command, again and again.
struct Rule {
    event: String,
    command: String,
    every: bool,
}

static RULES: Mutex<Vec<Rule>> = Mutex::new(Vec::new());
static HAVE_RULES: AtomicBool = AtomicBool::new(false);

/// Opens the socket (`VIRTUAL_MODEM_CONTROL`, default `<directory>/control`) and reads `VIRTUAL_MODEM_SCENARIO`.
pub(crate) fn start(directory: &Path) {
    let path = std::env::var_os("VIRTUAL_MODEM_CONTROL")
        .map_or_else(|| directory.join("control"), PathBuf::from);
    let _ = std::fs::remove_file(&path);
    match UnixListener::bind(&path) {
        Ok(listener) => {
            let serve = move || {
                for stream in listener.incoming().flatten() {
                    // A thread each: a client that stays connected must not lock out others.
                    let _ = std::thread::Builder::new()
                        .name("control".into())
                        .spawn(move || serve(stream));
                }
            };
            if let Err(error) = std::thread::Builder::new()
                .name("control".into())
                .spawn(serve)
            {
                eprintln!("virtual-modem: control: {error}");
            }
        }
        Err(error) => eprintln!("virtual-modem: control socket {}: {error}", path.display()),
    }
    if let Ok(file) = std::env::var("VIRTUAL_MODEM_SCENARIO") {
        match std::fs::read_to_string(&file) {
            Ok(text) => load_scenario(&text),
            Err(error) => eprintln!("virtual-modem: scenario {file}: {error}"),
        }
    }
}

fn load_scenario(text: &str) {
    for line in text
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
    {
        if let Err(error) = run(line) {
            eprintln!("virtual-modem: scenario: {line}: {error}");
        }
    }
}

fn serve(stream: UnixStream) {
    let Ok(mut writer) = stream.try_clone() else {
        return;
    };
    for line in BufReader::new(stream).lines().map_while(Result::ok) {
        let answer = match run(line.trim()) {
            Ok(text) if text.is_empty() => "ok\n".to_string(),
            Ok(text) => format!(
                "ok {}\n",
                text.trim_end()
                    .replace("\r\n", "\\r\\n")
                    .replace('\n', "; ")
            ),
            Err(text) => format!("error {}\n", text.replace('\n', "; ")),
        };
        if writer.write_all(answer.as_bytes()).is_err() {
            return;
        }
    }
}

/// Something happened: runs the commands that wait for it, on the clock's thread.
pub(crate) fn happened(event: &str) {
    if !HAVE_RULES.load(Ordering::SeqCst) {
        return;
    }
    let mut due = Vec::new();
    lock(&RULES).retain(|rule| {
        let matches =
            event == rule.event || (rule.event.contains(':') && event.starts_with(&rule.event));
        if matches {
            due.push(rule.command.clone());
        }
        !matches || rule.every
    });
    for command in due {
        clock().schedule(clock().now_ms(), move || run_logged(&command));
    }
}

fn run_logged(command: &str) {
    if let Err(error) = run(command) {
        device().log("control", &format!("{command}: {error}"));
    }
}

/// Runs one command; the text of the answer.
pub fn run(line: &str) -> Result<String, String> {
    device().log("control", line);
    let (verb, rest) = word(line);
    let done = || Ok(String::new());
    match verb {
        "state" => Ok(state()),
        "clock" => clock_command(rest),
        "at" => {
            let (when, command) = word(rest);
            match duration(when) {
                Some(at) if !command.is_empty() => {
                    let command = command.to_string();
                    clock().schedule(at, move || run_logged(&command));
                    done()
                }
                _ => Ok(device().at(rest).text),
            }
        }
        "after" => {
            let (delay, command) = word(rest);
            let delay = duration(delay).ok_or("after <time> <command>")?;
            let command = command.to_string();
            clock().schedule(clock().now_ms() + delay, move || run_logged(&command));
            done()
        }
        "on" | "every" => {
            let (event, command) = word(rest);
            if command.is_empty() {
                return Err(format!("{verb} <event> <command>"));
            }
            let rule = Rule {
                event: event.into(),
                command: command.into(),
                every: verb == "every",
            };
            lock(&RULES).push(rule);
            HAVE_RULES.store(true, Ordering::SeqCst);
            done()
        }
        "notify" => {
            device().notify(&format!("{rest}\r\n"));
            done()
        }
        "storm" => {
            let count = rest.parse::<u32>().unwrap_or(100);
            for number in 0..count {
                device().notify(&format!("%CESQ: {},2,20,2\r\n", 40 + number % 20));
            }
            done()
        }
        "sim" if rest.starts_with("swap") => card::swap(rest),
        "sim" => {
            let slot = Slot::parse(rest).ok_or("sim ready|missing|pin|puk|failure")?;
            device().with_engine(|engine| engine.insert_card(slot));
            done()
        }
        "apn" => apn::command(rest),
        "card" => card::command(rest),
        "power" => crate::power::control(rest),
        "msisdn" => {
            let number = (rest != "none").then(|| rest.to_string());
            device().with_engine(|engine| engine.set_msisdn(number));
            done()
        }
        "coverage" => {
            let on = switch(rest).ok_or("coverage on|off")?;
            device().with_engine(|engine| engine.set_coverage(on));
            done()
        }
        "link" => {
            let words: Vec<&str> = rest.split_whitespace().collect();
            let (Some(&"drop"), Some(ms)) =
                (words.first(), words.get(1).and_then(|text| duration(text)))
            else {
                return Err("link drop <time> [lose]".into());
            };
            let lose = words.get(2) == Some(&"lose");
            device().with_engine(|engine| engine.drop_link(ms, lose));
            done()
        }
        "register" => {
            let cause = match word(rest) {
                ("allow", _) => None,
                ("deny", cause) => Some(cause.parse().map_err(|_| "register deny <EMM cause>")?),
                _ => return Err("register allow | register deny <EMM cause>".into()),
            };
            device().with_engine(|engine| engine.deny_registration(cause));
            done()
        }
        "pdn" => {
            let ("down", cid) = word(rest) else {
                return Err("pdn down <cid>".into());
            };
            let cid = cid.parse().map_err(|_| "pdn down <cid>")?;
            let was_up = device().with_engine(|engine| engine.network_deactivates(cid));
            if was_up {
                done()
            } else {
                Err("not active".into())
            }
        }
        "signal" => {
            let values: Vec<i32> = rest
                .split_whitespace()
                .filter_map(|text| text.parse().ok())
                .collect();
            let [rsrp, rsrq, snr] = values[..] else {
                return Err("signal <RSRP dBm> <RSRQ dB> <SNR dB>".into());
            };
            device().with_engine(|engine| engine.set_signal(rsrp, rsrq, snr));
            done()
        }
        "cell" => {
            let words: Vec<&str> = rest.split_whitespace().collect();
            let (cell, access) = match words[..] {
                [cell] => (cell, None),
                [cell, "lte-m"] => (cell, Some(7)),
                [cell, "nb-iot"] => (cell, Some(9)),
                _ => return Err("cell <identity, 8 hexadecimal digits> [lte-m | nb-iot]".into()),
            };
            device().with_engine(|engine| engine.set_cell(cell, access));
            done()
        }
        "voltage" => {
            let millivolts = rest.parse().map_err(|_| "voltage <mV>")?;
            device().with_engine(|engine| engine.set_voltage(millivolts));
            done()
        }
        "time" => time_command(rest),
        "event" => {
            device().with_engine(|engine| engine.modem_event(rest));
            done()
        }
        "sms" => sms_command(rest),
        "at-error" | "at-delay" | "key-error" | "key-limit" | "at-clear" => fault::command(line),
        "init-fail" => {
            device().fail_init(rest.parse().unwrap_or(1));
            done()
        }
        "malloc-fail" => {
            os::misc::fail_allocation(rest.parse().unwrap_or(1));
            done()
        }
        "storage" => storage_command(rest),
        "firmware" => crate::dfu::control(rest),
        "log" => log_command(rest),
        "fault" | "dns" | "dtls" | "sockets" => crate::net::control(line),
        "reset" => os::misc::lwm2m_os_sys_reset(),
        _ => Err(format!("unknown command {verb}")),
    }
}

fn state() -> String {
    let device = device();
    let library = match device.library() {
        Library::Down => "down",
        Library::Up => "up",
        Library::Updated => "updated",
        Library::ShutDown => "shut-down",
    };
    let mut text = format!(
        "life={} library={library} uptime={} ",
        device.life(),
        clock().now_ms()
    );
    device.with_engine(|engine| {
        let pdns: Vec<String> = engine
            .pdns()
            .iter()
            .map(|pdn| format!("{}:{}", pdn.cid, pdn.id))
            .collect();
        let _ = write!(
            text,
            "cfun={} registration={:?} coverage={} pdn={} ",
            engine.functional_mode(),
            engine.status(),
            if engine.has_coverage() { "on" } else { "off" },
            if pdns.is_empty() {
                "none".into()
            } else {
                pdns.join(",")
            },
        );
    });
    let (used, dropped) = os::queue::pool();
    let _ = write!(
        text,
        "allocations={} pool={used} dropped={dropped} jumps={} running={}",
        os::misc::allocations(),
        clock().jumps(),
        clock().running().join(",")
    );
    text
}

fn clock_command(rest: &str) -> Result<String, String> {
    match word(rest) {
        ("now", _) => Ok(clock().now_ms().to_string()),
        ("advance", ms) => {
            let ms = duration(ms).ok_or("clock advance <time>")?;
            clock().advance(ms).map(|now| now.to_string())
        }
        ("mode", text) => {
            clock().set_mode(Mode::parse(text).ok_or("clock mode real|scale:N|skip|step")?);
            Ok(String::new())
        }
        ("network", "") => Ok((moment().network_ms / 1000).to_string()),
        ("network", seconds) => {
            let seconds: i64 = seconds
                .parse()
                .map_err(|_| "clock network <Unix seconds>")?;
            clock().set_network_ms(seconds.saturating_mul(1000));
            Ok(String::new())
        }
        _ => Err("clock now | advance <time> | mode <mode> | network [Unix seconds]".into()),
    }
}

fn time_command(rest: &str) -> Result<String, String> {
    let words: Vec<&str> = rest.split_whitespace().collect();
    let zone = words
        .first()
        .and_then(|text| text.parse().ok())
        .filter(|zone| (-48..=56).contains(zone));
    let zone = zone.ok_or("time <zone in quarters of an hour> [daylight hours]")?;
    let daylight = words.get(1).and_then(|text| text.parse().ok()).unwrap_or(0);
    device().with_engine(|engine| engine.send_time(zone, daylight));
    Ok(String::new())
}

fn sms_command(rest: &str) -> Result<String, String> {
    const USAGE: &str = "sms <sender> [port=<destination>] text <text> | hex <bytes>";
    let (sender, mut rest) = word(rest);
    let mut ports = None;
    if let Some(port) = word(rest).0.strip_prefix("port=") {
        ports = Some((port.parse().map_err(|_| USAGE)?, 0));
        rest = word(rest).1;
    }
    let content = match word(rest) {
        ("text", text) => Content::Text(text.into()),
        ("hex", text) => {
            Content::Bytes(crate::engine::credentials::bytes_from_hex(text).ok_or(USAGE)?)
        }
        _ => return Err(USAGE.into()),
    };
    device().with_engine(|engine| engine.deliver_sms(sender, ports, &content))?;
    Ok(String::new())
}

fn storage_command(rest: &str) -> Result<String, String> {
    let words: Vec<&str> = rest.split_whitespace().collect();
    let id = |text: &str| {
        u16::from_str_radix(text.trim_start_matches("0x"), 16).map_err(|_| "id in hexadecimal")
    };
    let device = device();
    let mut storage = device.storage();
    match words[..] {
        ["dump"] => {
            let records = storage.records().into_iter();
            let lines = records
                .map(|(id, data)| format!("{id:04x}={}", crate::engine::credentials::hex(&data)));
            Ok(lines.collect::<Vec<_>>().join(" "))
        }
        ["wear"] => {
            let (writes, erases) = storage.wear();
            let counts: Vec<String> = writes
                .iter()
                .map(|(id, count)| format!("{id:04x}={count}"))
                .collect();
            Ok(format!("erases={erases} {}", counts.join(" ")))
        }
        ["erase"] => storage
            .erase_all()
            .map(|()| String::new())
            .map_err(|error| error.to_string()),
        ["corrupt", text] => match storage.corrupt(id(text)?) {
            true => Ok(String::new()),
            false => Err("no such record".into()),
        },
        ["fail", which, kind] | ["fail", which, kind, _] => {
            let error = match kind {
                "eio" => StorageError::Io,
                "enospc" => StorageError::Full,
                _ => return Err("eio or enospc".into()),
            };
            let left = words
                .get(3)
                .map_or(Ok(1), |text| text.parse())
                .map_err(|_| "count")?;
            let id = if which == "any" {
                None
            } else {
                Some(id(which)?)
            };
            storage.inject(StorageFault {
                id,
                error,
                left: std::cmp::max(left, 1),
            });
            Ok(String::new())
        }
        _ => Err(
            "storage dump | wear | erase | corrupt <id> | fail <id>|any eio|enospc [count]".into(),
        ),
    }
}

fn log_command(rest: &str) -> Result<String, String> {
    let ("tail", count) = word(rest) else {
        return Err("log tail [lines]".into());
    };
    let count: usize = count.parse().unwrap_or(20);
    let text = std::fs::read_to_string(device().directory().join("log"))
        .map_err(|error| error.to_string())?;
    let lines: Vec<&str> = text.lines().collect();
    Ok(lines[lines.len().saturating_sub(count)..].join("\n"))
}

pub(crate) fn word(text: &str) -> (&str, &str) {
    let text = text.trim();
    text.split_once(char::is_whitespace)
        .map_or((text, ""), |(first, rest)| (first, rest.trim()))
}

fn switch(text: &str) -> Option<bool> {
    match text {
        "on" => Some(true),
        "off" => Some(false),
        _ => None,
    }
}

/// Milliseconds of `500ms`, `60s`, `5min`, `2h`, `1d` or a bare number of milliseconds.
pub(crate) fn duration(text: &str) -> Option<i64> {
    let digits = text
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(text.len());
    let unit = match &text[digits..] {
        "" | "ms" => 1,
        "s" => 1000,
        "min" => 60_000,
        "h" => 3_600_000,
        "d" => 86_400_000,
        _ => return None,
    };
    text[..digits].parse::<i64>().ok()?.checked_mul(unit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_have_units() {
        assert_eq!(duration("500"), Some(500));
        assert_eq!(duration("2min"), Some(120_000));
        assert_eq!(duration("30d"), Some(30 * 86_400_000));
        assert_eq!(duration("AT+CFUN=1"), None);
        assert_eq!(duration("5 s"), None);
    }
}
