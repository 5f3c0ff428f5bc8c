//! Requests of the bootstrap, device management and reporting interfaces (OMA LwM2M 1.0 TS 5.2.7, 5.4, 5.5 and 8.2), and
//! their answers.

use crate::coap::{Code, Kind, Message, format, option};
use crate::link::{self, Link};
use crate::path::Path;
use crate::tlv::{self, Entry};
use crate::value::{Type, Value};
use std::fmt;
use std::time::Duration;

/// A request towards a client. The constructors give the well-formed ones; every field may be changed before sending.
#[derive(Clone, Debug)]
pub struct Request {
    /// Method.
    pub code: Code,
    /// Uri-Path; not checked.
    pub path: String,
    /// Uri-Query items.
    pub query: Vec<String>,
    /// Accept.
    pub accept: Option<u16>,
    /// Observe: 0 starts, 1 cancels.
    pub observe: Option<u32>,
    /// Content-Format of the payload.
    pub format: Option<u16>,
    /// Payload.
    pub payload: Vec<u8>,
    /// Further options.
    pub options: Vec<(u16, Vec<u8>)>,
    /// Token instead of four random bytes.
    pub token: Option<Vec<u8>>,
    /// Message id instead of the next one; for the first message when there are several.
    pub message_id: Option<u16>,
    /// Send as CON.
    pub confirmable: bool,
    /// Split the payload into blocks of this many bytes, a power of two from 16 to 1024 (Block1).
    pub block1: Option<usize>,
    /// Ask for an answer in blocks of this many bytes (Block2).
    pub block2: Option<usize>,
    /// How long to wait for the answer, in real time; for each block anew.
    pub timeout: Duration,
}

/// Waiting time of a request that does not say otherwise.
pub const DEFAULT_TIMEOUT: Duration = Duration::from_secs(15);

impl Request {
    /// A bare confirmable request.
    pub fn new(code: Code, path: &str) -> Request {
        Request {
            code,
            path: path.into(),
            query: Vec::new(),
            accept: None,
            observe: None,
            format: None,
            payload: Vec::new(),
            options: Vec::new(),
            token: None,
            message_id: None,
            confirmable: true,
            block1: None,
            block2: None,
            timeout: DEFAULT_TIMEOUT,
        }
    }

    /// Read.
    pub fn read(path: &str) -> Request {
        Request::new(Code::GET, path)
    }

    /// Read in this format.
    pub fn read_as(path: &str, accept: u16) -> Request {
        Request {
            accept: Some(accept),
            ..Request::read(path)
        }
    }

    /// Discover.
    pub fn discover(path: &str) -> Request {
        Request::read_as(path, format::LINK)
    }

    /// Observe.
    pub fn observe(path: &str) -> Request {
        Request {
            observe: Some(0),
            ..Request::read(path)
        }
    }

    /// Write that replaces, with a payload in any format.
    pub fn write(path: &str, format: u16, payload: &[u8]) -> Request {
        Request {
            format: Some(format),
            payload: payload.into(),
            ..Request::new(Code::PUT, path)
        }
    }

    /// Write of a text value.
    pub fn write_text(path: &str, text: &str) -> Request {
        Request::write(path, format::TEXT, text.as_bytes())
    }

    /// Write that replaces, in TLV.
    pub fn write_tlv(path: &str, entries: &[Entry]) -> Request {
        Request::write(path, format::TLV, &tlv::encode(entries))
    }

    /// Partial update of an instance, in TLV.
    pub fn update_tlv(path: &str, entries: &[Entry]) -> Request {
        Request {
            code: Code::POST,
            ..Request::write_tlv(path, entries)
        }
    }

    /// Write-Attributes, such as `pmin=1` and `pmax=10`.
    pub fn attributes(path: &str, attributes: &[&str]) -> Request {
        let query = attributes.iter().map(ToString::to_string).collect();
        Request {
            query,
            ..Request::new(Code::PUT, path)
        }
    }

    /// Execute; without arguments there is no payload and no format.
    pub fn execute(path: &str, arguments: &str) -> Request {
        let format = (!arguments.is_empty()).then_some(format::TEXT);
        Request {
            format,
            payload: arguments.into(),
            ..Request::new(Code::POST, path)
        }
    }

    /// Create in an object.
    pub fn create(path: &str, entries: &[Entry]) -> Request {
        Request::update_tlv(path, entries)
    }

    /// Bootstrap-Finish.
    pub fn finish() -> Request {
        Request::new(Code::POST, "/bs")
    }

    /// Delete of an instance; while bootstrapping also of an object or, with `/`, of everything.
    pub fn delete(path: &str) -> Request {
        Request::new(Code::DELETE, path)
    }

    /// Waits this long for the answer, for each block anew.
    pub fn timeout(self, timeout: Duration) -> Request {
        Request { timeout, ..self }
    }

    /// Writes in blocks of this size.
    pub fn block1(self, size: usize) -> Request {
        Request {
            block1: Some(size),
            ..self
        }
    }

    /// Asks for blocks of this size.
    pub fn block2(self, size: usize) -> Request {
        Request {
            block2: Some(size),
            ..self
        }
    }

    /// The message, without payload; blocks are added by whoever sends it.
    pub(crate) fn head(&self, message_id: u16, token: &[u8]) -> Message {
        let kind = if self.confirmable {
            Kind::Con
        } else {
            Kind::Non
        };
        let mut message = Message::new(kind, self.code, message_id, token).with_path(&self.path);
        for item in &self.query {
            message = message.with(option::URI_QUERY, item.as_bytes());
        }
        let numbers = [
            (option::OBSERVE, self.observe),
            (option::ACCEPT, self.accept.map(u32::from)),
            (option::CONTENT_FORMAT, self.format.map(u32::from)),
        ];
        for (number, value) in numbers {
            if let Some(value) = value {
                message = message.with_uint(number, value);
            }
        }
        message.options.extend(self.options.iter().cloned());
        message
    }
}

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// No client is registered, or bootstrapping at a bootstrap server.
    NoClient,
    /// The client has no DTLS session any more.
    NotConnected,
    /// The client answered with a reset.
    Reset,
    /// Nothing came in time.
    Timeout,
    /// A block came out of order or changed its size in the middle.
    BadBlock,
    /// The client no longer has, or never had, an observation of that path.
    NoObservation,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Failure::NoClient => "no client is registered",
            Failure::NotConnected => "the client has no DTLS session",
            Failure::Reset => "the client answered with a reset",
            Failure::Timeout => "no answer in time",
            Failure::BadBlock => "a block is out of order",
            Failure::NoObservation => "there is no such observation",
        })
    }
}

/// An answer.
#[derive(Clone, Debug)]
pub struct Reply {
    /// What was asked for.
    pub path: Path,
    /// Last message of the client.
    pub message: Message,
    /// The messages before it, when it took several.
    pub earlier: Vec<Message>,
    /// The whole payload, put together from its blocks.
    pub payload: Vec<u8>,
    /// The token used; an observation keeps it.
    pub token: Vec<u8>,
    /// From the first transmission to the last answer, in real time.
    pub took: Duration,
}

impl Reply {
    /// Response code.
    pub fn code(&self) -> Code {
        self.message.code
    }

    /// Content-Format.
    pub fn format(&self) -> Option<u32> {
        self.message.uint(option::CONTENT_FORMAT)
    }

    /// Decoded payload.
    pub fn content(&self) -> Content {
        content(&self.path, &self.message, &self.payload)
    }

    /// Value of a resource or resource instance in the payload.
    pub fn value(&self, path: &str) -> Option<Value> {
        self.content().value(&path.parse().ok()?)
    }

    /// Links in the payload; empty when it holds none.
    pub fn links(&self) -> Vec<Link> {
        match self.content() {
            Content::Links(links) => links,
            _ => Vec::new(),
        }
    }

    /// Payload as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.payload).into_owned()
    }

    /// Created object instance, from Location-Path.
    pub fn location(&self) -> Vec<String> {
        self.message.segments(option::LOCATION_PATH)
    }
}

/// What a payload says.
#[derive(Clone, Debug, PartialEq)]
pub enum Content {
    /// No payload and no format.
    Nothing,
    /// Values by path.
    Values(Vec<(Path, Value)>),
    /// Links.
    Links(Vec<Link>),
    /// Text that is no single value: a diagnostic, or arguments.
    Text(String),
    /// Bytes in a format not decoded here.
    Bytes(Vec<u8>),
    /// Bytes that are not in the format they claim, and why.
    Unreadable(String),
}

impl Content {
    /// Value at a path.
    pub fn value(&self, path: &Path) -> Option<Value> {
        let Content::Values(values) = self else {
            return None;
        };
        values
            .iter()
            .find(|(known, _)| known == path)
            .map(|(_, value)| value.clone())
    }
}

/// Decodes a payload by its Content-Format; `path` is what it is about.
pub fn content(path: &Path, message: &Message, payload: &[u8]) -> Content {
    let text = |payload: &[u8]| std::str::from_utf8(payload).map(str::to_string);
    let is_resource = path.0.len() >= 3;
    match message
        .uint(option::CONTENT_FORMAT)
        .map(|format| format as u16)
    {
        None if payload.is_empty() => Content::Nothing,
        None => text(payload).map_or_else(|_| Content::Bytes(payload.to_vec()), Content::Text),
        Some(format::TEXT) => match text(payload) {
            Ok(text) if is_resource => Content::Values(vec![(
                path.clone(),
                Value::from_text(Type::of(path), &text),
            )]),
            Ok(text) => Content::Text(text),
            Err(error) => Content::Unreadable(error.to_string()),
        },
        Some(format::LINK) => match text(payload).map(|text| link::parse(&text)) {
            Ok(Ok(links)) => Content::Links(links),
            Ok(Err(error)) => Content::Unreadable(error.to_string()),
            Err(error) => Content::Unreadable(error.to_string()),
        },
        Some(format::OPAQUE) if is_resource => {
            Content::Values(vec![(path.clone(), Value::Opaque(payload.to_vec()))])
        }
        Some(format::TLV) => {
            match tlv::parse(payload).and_then(|entries| tlv::flatten(path, &entries)) {
                Ok(values) => Content::Values(values),
                Err(error) => Content::Unreadable(error.to_string()),
            }
        }
        Some(_) => Content::Bytes(payload.to_vec()),
    }
}
