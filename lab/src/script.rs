//! The script language: one command a line, read into [`Command`]s. `lab/README.md` describes it for its users.

use crate::answer::Answer;
use crate::coap::{Code, format};
use crate::event::Operation;
use crate::hex;
use crate::path::Path;
use crate::request::Request;
use crate::server::NotificationAnswer;
use crate::tlv::{self, Entry};
use crate::value::{Type, Value};
use crate::words::{Words, duration, items};
use std::time::Duration;

/// Time limit of waits that name none.
pub const DEFAULT_WAIT: Duration = Duration::from_secs(20);

/// One command.
#[derive(Clone, Debug)]
pub enum Command {
    /// Wait for something the client does.
    Wait(Awaited, Duration),
    /// Send a request and keep the answer for `expect`.
    Send(Box<Request>),
    /// End an observation; by reset if `true`.
    Cancel(String, bool),
    /// The last answer has this code.
    ExpectCode(Code),
    /// The last answer or notification holds a value.
    ExpectValue(Path, Relation, String),
    /// The last answer or notification does not hold this path.
    ExpectAbsent(Path),
    /// The last answer or registration lists this link target, or does not.
    ExpectLink(String, bool),
    /// The last answer has this Content-Format.
    ExpectFormat(u32),
    /// Nothing arrives for this long.
    ExpectSilence(Duration),
    /// Bytes like these arrive.
    ExpectRaw(Vec<Option<u8>>, Duration),
    /// Send bytes as they are.
    SendRaw(Vec<u8>),
    /// Forget registrations and observations.
    ForgetClient,
    /// Forget DTLS sessions.
    ForgetDtls,
    /// Plan answers of the registration interface.
    Answer(Operation, Answer, Option<u32>),
    /// Plan answers to notifications.
    AnswerNotifications(NotificationAnswer),
    /// Answer nothing at all, or again.
    Deaf(bool),
    /// Look only at what happens from now on.
    Clear,
    /// Do nothing for a while.
    Sleep(Duration),
    /// Print a line.
    Print(String),
    /// End an interactive session.
    Quit,
}

/// What is waited for.
#[derive(Clone, Debug)]
pub enum Awaited {
    /// Registration, of this endpoint.
    Register(Option<String>),
    /// Update, with this `lt`.
    Update(Option<u32>),
    /// De-registration.
    Deregister,
    /// Notification of a path, with this value.
    Notify(Path, Option<String>),
    /// DTLS handshake.
    Reconnect,
}

/// How values are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Relation {
    /// `=`
    Equal,
    /// `!=`
    Different,
    /// `>=`
    AtLeast,
    /// `<=`
    AtMost,
    /// `~`, the shown value contains the text.
    Contains,
}

/// Reads a line. `Ok(None)` for an empty line or a comment; the error is a sentence.
pub fn parse(line: &str) -> Result<Option<Command>, String> {
    let line = line.trim();
    if line.is_empty() || line.starts_with('#') {
        return Ok(None);
    }
    let mut words = Words(line);
    let name = words.next().unwrap_or_default();
    let command = match name {
        "wait" => wait(&mut words)?,
        "expect" => expect(&mut words)?,
        "read" | "observe" | "discover" | "delete" => plain_request(name, &mut words)?,
        "write" => write(&mut words)?,
        "write-tlv" | "create" => write_tlv(name, &mut words)?,
        "attributes" => {
            let (path, attributes) = (
                words.path()?,
                words.need("attributes such as pmin=1&pmax=10")?,
            );
            Command::Send(Box::new(Request::attributes(
                &path,
                &attributes.split('&').collect::<Vec<_>>(),
            )))
        }
        "execute" => {
            let path = words.path()?;
            Command::Send(Box::new(Request::execute(&path, words.rest())))
        }
        "cancel" => {
            let path = words.path()?;
            Command::Cancel(
                path,
                matches!(words.options(&["by"])?[..], [Some("reset" | "rst")]),
            )
        }
        "send-raw" => {
            Command::SendRaw(hex::decode(words.rest()).ok_or("hexadecimal bytes are needed")?)
        }
        "expect-silence" => Command::ExpectSilence(duration(words.need("a duration")?)?),
        "expect-raw" => {
            let text = words.rest();
            let (text, timeout) = match text.split_once("timeout=") {
                Some((text, timeout)) => (text, duration(timeout.trim())?),
                None => (text, DEFAULT_WAIT),
            };
            Command::ExpectRaw(
                hex::pattern(text).ok_or("hexadecimal bytes are needed, ?? for any")?,
                timeout,
            )
        }
        "forget" => match words.need("client or dtls")? {
            "client" => Command::ForgetClient,
            "dtls" => Command::ForgetDtls,
            other => return Err(format!("forget what: {other}?")),
        },
        "answer" => answer(&mut words)?,
        "clear" => Command::Clear,
        "sleep" => Command::Sleep(duration(words.need("a duration")?)?),
        "print" => Command::Print(words.rest().to_string()),
        "quit" | "exit" => Command::Quit,
        other => return Err(format!("unknown command: {other}")),
    };
    match words.next() {
        None => Ok(Some(command)),
        Some(word) => Err(format!("not understood: {word}")),
    }
}

fn wait(words: &mut Words) -> Result<Command, String> {
    let what = words.need("what to wait for")?;
    let path = if what == "notify" {
        words.path()?.parse().unwrap_or_default()
    } else {
        Path::default()
    };
    let key = match what {
        "register" => "ep",
        "update" => "lt",
        "notify" => "value",
        "deregister" | "reconnect" => "",
        other => return Err(format!("cannot wait for {other}")),
    };
    let found = words.options(&["timeout", key])?;
    let condition = found[1].map(str::to_string);
    let awaited = match what {
        "register" => Awaited::Register(condition),
        "update" => {
            let lifetime =
                condition.map(|lt| lt.parse().map_err(|_| format!("not a lifetime: {lt}")));
            Awaited::Update(lifetime.transpose()?)
        }
        "notify" => Awaited::Notify(path, condition),
        "deregister" => Awaited::Deregister,
        _ => Awaited::Reconnect,
    };
    Ok(Command::Wait(
        awaited,
        found[0].map_or(Ok(DEFAULT_WAIT), duration)?,
    ))
}

fn expect(words: &mut Words) -> Result<Command, String> {
    let what = words.need("what to expect")?;
    if let Some(code) = Code::from_text(what) {
        return Ok(Command::ExpectCode(code));
    }
    Ok(match what {
        "value" => {
            let path = words.path()?.parse().unwrap_or_default();
            let relation = match words.need("=, !=, >=, <= or ~")? {
                "=" => Relation::Equal,
                "!=" => Relation::Different,
                ">=" => Relation::AtLeast,
                "<=" => Relation::AtMost,
                "~" => Relation::Contains,
                other => return Err(format!("unknown comparison: {other}")),
            };
            Command::ExpectValue(path, relation, words.rest().to_string())
        }
        "no-value" => Command::ExpectAbsent(words.path()?.parse().unwrap_or_default()),
        "link" => Command::ExpectLink(words.path()?, true),
        "no-link" => Command::ExpectLink(words.path()?, false),
        "format" => Command::ExpectFormat(content_format(words.need("a format")?)?.into()),
        other => return Err(format!("cannot expect {other}")),
    })
}

fn plain_request(name: &str, words: &mut Words) -> Result<Command, String> {
    let path = words.path()?;
    let found = words.options(&["timeout", "accept", "block"])?;
    let mut request = match name {
        "read" => Request::read(&path),
        "observe" => Request::observe(&path),
        "discover" => Request::discover(&path),
        _ => Request::delete(&path),
    };
    if let Some(timeout) = found[0] {
        request.timeout = duration(timeout)?;
    }
    if let Some(accept) = found[1] {
        request.accept = Some(content_format(accept)?);
    }
    request.block2 = found[2].map(block_size).transpose()?;
    Ok(Command::Send(Box::new(request)))
}

fn write(words: &mut Words) -> Result<Command, String> {
    let path = words.path()?;
    let found = words.options(&["timeout", "block"])?;
    let format = content_format(words.need("a format: text, opaque, tlv or a number")?)?;
    let rest = words.rest();
    let payload = match format {
        format::TEXT => rest.as_bytes().to_vec(),
        _ => hex::decode(rest.trim_start_matches("0x")).ok_or("hexadecimal bytes are needed")?,
    };
    let mut request = Request::write(&path, format, &payload);
    request.block1 = found[1].map(block_size).transpose()?;
    if let Some(timeout) = found[0] {
        request.timeout = duration(timeout)?;
    }
    Ok(Command::Send(Box::new(request)))
}

fn write_tlv(name: &str, words: &mut Words) -> Result<Command, String> {
    let path = words.path()?;
    let found = words.options(&["timeout", "block", "instance"])?;
    let number = found[2]
        .map(|id| id.parse().map_err(|_| format!("not an instance: {id}")))
        .transpose()?;
    let mut rest = words.rest();
    let update = rest.strip_suffix(" update");
    rest = update.unwrap_or(rest);
    let base: Path = path.parse().unwrap_or_default();
    let instance = if base.0.len() == 1 {
        base.join(number.unwrap_or(0))
    } else {
        base
    };
    let mut entries = resources(&instance, rest)?;
    if let Some(id) = number {
        entries = vec![tlv::instance(id, entries)];
    }
    let mut request = if name == "create" || update.is_some() {
        Request::update_tlv(&path, &entries)
    } else {
        Request::write_tlv(&path, &entries)
    };
    request.block1 = found[1].map(block_size).transpose()?;
    if let Some(timeout) = found[0] {
        request.timeout = duration(timeout)?;
    }
    Ok(Command::Send(Box::new(request)))
}

/// Reads `1=120,6=true,7="U",6/0=1`; items with a resource instance make a multiple resource.
fn resources(instance: &Path, text: &str) -> Result<Vec<Entry>, String> {
    let mut entries: Vec<Entry> = Vec::new();
    for item in items(text) {
        let (id, value) = item
            .split_once('=')
            .ok_or(format!("not resource=value: {item}"))?;
        let ids: Result<Vec<u16>, _> = id.trim().split('/').map(str::parse).collect();
        let ids = ids.map_err(|_| format!("not a resource: {id}"))?;
        let value = Value::from_script(Type::of(&instance.join(ids[0])), value.trim());
        match (
            ids[..].get(1),
            entries.iter_mut().find(|entry| entry.id == ids[0]),
        ) {
            (None, _) => entries.push(tlv::resource(ids[0], &value)),
            (
                Some(id),
                Some(Entry {
                    body: tlv::Body::Entries(inside),
                    ..
                }),
            ) => {
                inside.push(Entry {
                    kind: tlv::Kind::ResourceInstance,
                    ..tlv::resource(*id, &value)
                });
            }
            (Some(id), _) => entries.push(tlv::multiple(ids[0], &[(*id, value)])),
        }
    }
    Ok(entries)
}

fn answer(words: &mut Words) -> Result<Command, String> {
    let operation = match words.need("register, update, deregister, notify or all")? {
        "register" => Operation::Register,
        "update" => Operation::Update,
        "deregister" => Operation::Deregister,
        "notify" => {
            return Ok(Command::AnswerNotifications(
                match words.need("ack, reset or silence")? {
                    "ack" | "normal" => NotificationAnswer::Acknowledge,
                    "reset" => NotificationAnswer::Reset,
                    "silence" => NotificationAnswer::Ignore,
                    other => return Err(format!("unknown answer: {other}")),
                },
            ));
        }
        "all" => {
            return Ok(Command::Deaf(match words.need("silence or normal")? {
                "silence" => true,
                "normal" => false,
                other => return Err(format!("unknown answer: {other}")),
            }));
        }
        other => return Err(format!("answer what: {other}?")),
    };
    let how = words.need("an answer")?;
    let delay = if how == "separate" {
        Some(duration(words.need("a delay")?)?)
    } else {
        None
    };
    let found = words.options(&["max-age", "count"])?;
    let number = |text: Option<&str>| {
        text.map(|t| t.parse().map_err(|_| format!("not a number: {t}")))
            .transpose()
    };
    let answer = match (how, delay, Code::from_text(how)) {
        (_, Some(delay), _) => Answer::Separate(delay),
        (_, _, Some(code)) => Answer::Code(code, number(found[0])?),
        ("normal", ..) => Answer::Normal,
        ("silence", ..) => Answer::Silence,
        ("wrong-token", ..) => Answer::WrongToken,
        ("twice", ..) => Answer::Twice,
        _ => return Err(format!("unknown answer: {how}")),
    };
    Ok(Command::Answer(operation, answer, number(found[1])?))
}

fn content_format(text: &str) -> Result<u16, String> {
    match text {
        "text" => Ok(format::TEXT),
        "link" => Ok(format::LINK),
        "opaque" => Ok(format::OPAQUE),
        "tlv" => Ok(format::TLV),
        number => number
            .parse()
            .map_err(|_| format!("unknown format: {number}")),
    }
}

fn block_size(text: &str) -> Result<usize, String> {
    let size = text
        .parse()
        .ok()
        .filter(|size: &usize| size.is_power_of_two() && (16..=1024).contains(size));
    size.ok_or(format!("not a block size: {text}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(line: &str) -> Request {
        match parse(line) {
            Ok(Some(Command::Send(request))) => *request,
            other => panic!("{line}: {other:?}"),
        }
    }

    #[test]
    fn requests_are_read() {
        let read = request("read /3/0 accept=tlv block=64 timeout=2s");
        assert_eq!(
            (read.accept, read.block2, read.timeout),
            (Some(format::TLV), Some(64), Duration::from_secs(2))
        );
        let write = request("write /3/0/15 text Europe/Berlin  and=more");
        assert_eq!(
            (write.code, write.payload.as_slice()),
            (Code::PUT, &b"Europe/Berlin  and=more"[..])
        );
        let tlv = request(r#"write-tlv /1/0 1=120,6=true,7="U,Q" update"#);
        assert_eq!(
            (tlv.code, tlv.payload.as_slice()),
            (Code::POST, &b"\xC1\x01\x78\xC1\x06\x01\xC3\x07U,Q"[..])
        );
        let create = request("create /11 instance=2 0=a,9/0=1,9/1=2");
        assert_eq!(
            create.payload,
            b"\x08\x02\x0b\xC1\x00a\x86\x09\x41\x00\x01\x41\x01\x02"
        );
        assert_eq!(
            request("attributes /3/0/9 pmin=1&pmax=10").query,
            ["pmin=1", "pmax=10"]
        );
        assert_eq!(request("execute /3/0/4").format, None);
        assert_eq!(request("execute /3/0/4 0='a',1").payload, b"0='a',1");
        assert_eq!(
            request("write /5/0/0 block=32 opaque 0x00ff").block1,
            Some(32)
        );
    }

    #[test]
    fn waits_and_answers_are_read() {
        let Ok(Some(Command::Wait(Awaited::Update(lifetime), timeout))) =
            parse("wait update lt=120 timeout=500ms")
        else {
            panic!("a wait was expected");
        };
        assert_eq!((lifetime, timeout), (Some(120), Duration::from_millis(500)));
        let Ok(Some(Command::Answer(operation, answer, count))) =
            parse("answer register 5.03 max-age=60 count=2")
        else {
            panic!("an answer was expected");
        };
        assert_eq!(operation, Operation::Register);
        assert_eq!(
            (answer, count),
            (Answer::Code(Code::UNAVAILABLE, Some(60)), Some(2))
        );
        assert!(matches!(parse("  # comment"), Ok(None)));
    }

    #[test]
    fn the_example_of_the_readme_is_a_script() {
        let readme = include_str!("../README.md");
        let example = readme.rsplit("```").nth(1).unwrap();
        let commands = example
            .lines()
            .filter_map(|line| parse(line).unwrap())
            .count();
        assert_eq!(commands, 11);
    }

    #[test]
    fn mistakes_are_named() {
        for (line, message) in [
            ("reed /3", "unknown command: reed"),
            ("read 3/0", "not a path: 3/0"),
            ("read /3/0 acept=tlv", "not understood: acept=tlv"),
            ("read /3 block=65", "not a block size: 65"),
            ("wait godot", "cannot wait for godot"),
            ("wait register ep=a ep=b", "ep is given twice"),
            ("sleep 3h", "not a duration: 3h"),
            ("expect 2.5", "cannot expect 2.5"),
            ("send-raw 4", "hexadecimal bytes are needed"),
        ] {
            assert_eq!(parse(line).err().as_deref(), Some(message), "{line}");
        }
    }
}
