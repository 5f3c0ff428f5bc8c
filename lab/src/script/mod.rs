//! The script language: one command a line, read into [`Command`]s. `lab/README.md` describes it for its users.

mod answer;
mod define;
mod request;
mod wait;

pub use define::{Account, Definition, Put, Sequence};
pub use wait::{Awaited, Expected, Relation};

use crate::answer::Answer;
use crate::event::Operation;
use crate::hex;
use crate::named::{identity_and_key, is_name};
use crate::request::Request;
use crate::server::NotificationAnswer;
use crate::wire::Direction;
use crate::words::{Words, duration};
use std::time::Duration;

/// Time limit of waits that name none.
pub const DEFAULT_WAIT: Duration = Duration::from_secs(20);
/// Time a request from elsewhere waits for an answer when it names none.
const DEFAULT_STRANGER_WAIT: Duration = Duration::from_secs(1);

/// One command.
#[derive(Clone, Debug)]
pub enum Command {
    /// A command for the server of this name.
    At(String, Box<Command>),
    /// The commands to come are for the server of this name.
    Use(String),
    /// Wait for something the client does.
    Wait(Awaited, Duration),
    /// That does not happen within this time.
    ExpectNone(Awaited, Duration),
    /// Send a request and keep the answer for `expect`.
    Send(Box<Request>),
    /// End an observation; by reset if `true`.
    Cancel(String, bool),
    /// Change what is to be written in a bootstrap.
    Define(Definition),
    /// Write some of it.
    Put(Put),
    /// Write all of it in the usual sequence.
    Bootstrap(Sequence),
    /// Look at what came last.
    Expect(Expected),
    /// Nothing arrives for this long.
    ExpectSilence(Duration),
    /// Bytes like these arrive.
    ExpectRaw(Vec<Option<u8>>, Duration),
    /// Send bytes as they are.
    SendRaw(Vec<u8>),
    /// Send a request or bytes from another address, and wait this long for an answer.
    Stranger(Box<Command>, Duration),
    /// Forget registrations, bootstraps and observations.
    ForgetClient,
    /// Forget DTLS sessions.
    ForgetDtls,
    /// Accept exactly these identities and keys.
    Keys(Vec<(String, Vec<u8>)>),
    /// Lose the nth datagram to come in a direction.
    Lose(Direction, u32),
    /// Plan answers of the registration interface or to Bootstrap-Requests.
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

impl Command {
    /// Names of the servers it speaks of.
    pub fn servers(&self) -> Vec<&str> {
        match self {
            Command::At(name, inner) => [vec![name.as_str()], inner.servers()].concat(),
            Command::Use(name) => vec![name],
            Command::Define(Definition::Account(account)) => vec![&account.name],
            Command::Bootstrap(sequence) => sequence.servers.iter().map(String::as_str).collect(),
            _ => Vec::new(),
        }
    }
}

/// Reads a line. `Ok(None)` for an empty line or a comment; the error is a sentence.
pub fn parse(line: &str) -> Result<Option<Command>, String> {
    let line = line.trim();
    if line.is_empty() || line.starts_with('#') {
        return Ok(None);
    }
    let mut words = Words(line);
    let name = words.next().unwrap_or_default();
    if let Some(server) = name.strip_suffix(':').filter(|name| is_name(name)) {
        let inner = parse(words.rest())?.ok_or("a command is missing")?;
        return match inner {
            Command::At(..) | Command::Use(_) => Err("one server a line".into()),
            inner => Ok(Some(Command::At(server.into(), Box::new(inner)))),
        };
    }
    let command = match name {
        "use" => Command::Use(words.need("a server's name")?.into()),
        "wait" => wait::wait(&mut words)?,
        "expect" => wait::expect(&mut words)?,
        "expect-none" => wait::expect_none(&mut words)?,
        "read" | "observe" | "discover" | "delete" => request::plain(name, &mut words)?,
        "write" => request::write(&mut words)?,
        "write-tlv" | "create" => request::write_tlv(name, &mut words)?,
        "attributes" => request::attributes(&mut words)?,
        "execute" => request::execute(&mut words)?,
        "finish" => request::finish(&mut words)?,
        "define" => define::define(&mut words)?,
        "put" => define::put(&mut words)?,
        "bootstrap" => define::bootstrap(&mut words)?,
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
        "stranger" => {
            let wait = words.options(&["wait"])?[0];
            let wait = wait.map_or(Ok(DEFAULT_STRANGER_WAIT), duration)?;
            match parse(words.rest())? {
                Some(inner @ (Command::Send(_) | Command::SendRaw(_))) => {
                    Command::Stranger(Box::new(inner), wait)
                }
                _ => return Err("a stranger sends a request or send-raw".into()),
            }
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
        "keys" => keys(&mut words)?,
        "lose" => lose(&mut words)?,
        "answer" => answer::answer(&mut words)?,
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

fn keys(words: &mut Words) -> Result<Command, String> {
    let mut word = words.need("identity:key, or none")?;
    if word == "none" {
        return Ok(Command::Keys(Vec::new()));
    }
    let mut keys = Vec::new();
    loop {
        keys.push(identity_and_key(word)?);
        match words.next() {
            Some(next) => word = next,
            None => return Ok(Command::Keys(keys)),
        }
    }
}

fn lose(words: &mut Words) -> Result<Command, String> {
    let direction = match words.need("received or sent")? {
        "received" => Direction::Received,
        "sent" => Direction::Sent,
        other => return Err(format!("received or sent, not {other}")),
    };
    let nth = words.need("which datagram, from 1")?;
    let number = nth.parse().ok().filter(|number| *number > 0);
    let number = number.ok_or(format!("not a number from 1: {nth}"))?;
    Ok(Command::Lose(direction, number))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::coap::{Code, format};

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
    fn the_examples_of_the_readme_are_scripts() {
        let readme = include_str!("../../README.md");
        let blocks: Vec<&str> = readme.rsplit("```").collect();
        for (block, wanted) in [(blocks[1], 11), (blocks[3], 12)] {
            let commands = block.lines().filter_map(|line| parse(line).unwrap());
            assert_eq!(commands.count(), wanted);
        }
    }

    #[test]
    fn commands_may_be_for_one_server() {
        let Ok(Some(Command::At(name, inner))) = parse("bs: delete / type=non option=9:aabb")
        else {
            panic!("a server's command was expected");
        };
        let Command::Send(request) = *inner else {
            panic!("a request was expected");
        };
        assert_eq!((name.as_str(), request.confirmable), ("bs", false));
        assert_eq!(request.options, [(9, vec![0xaa, 0xbb])]);
        let names = |line: &str| {
            let command = parse(line).unwrap().unwrap();
            command.servers().join(" ")
        };
        assert_eq!(names("bs: bootstrap default dm other"), "bs dm other");
        assert_eq!(names("use dm"), "dm");
        assert_eq!(names("read /3"), "");
        let none = parse("expect-none bootstrap ep=a for=2s");
        let two = Duration::from_secs(2);
        assert!(
            matches!(none, Ok(Some(Command::ExpectNone(Awaited::Bootstrap(_), time))) if time == two)
        );
        let stranger = parse("stranger wait=2s read /1");
        assert!(matches!(stranger, Ok(Some(Command::Stranger(_, time))) if time == two));
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
            ("bs:", "a command is missing"),
            ("bs: dm: read /3", "one server a line"),
            ("read /3 type=ack", "type is con or non, not ack"),
            ("read /3 option=9", "not number:bytes: 9"),
            ("expect-none register", "for= is missing"),
            (
                "stranger wait register",
                "a stranger sends a request or send-raw",
            ),
            ("lose sent 0", "not a number from 1: 0"),
            ("keys a", "identity:key is needed"),
            ("answer all silense", "unknown answer: silense"),
        ] {
            assert_eq!(parse(line).err().as_deref(), Some(message), "{line}");
        }
    }
}
