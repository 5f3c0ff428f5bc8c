//! Script commands that wait for something or look at what came.

use super::request::content_format;
use super::{Command, DEFAULT_WAIT};
use crate::coap::Code;
use crate::path::Path;
use crate::words::{Words, duration};

/// What is waited for.
#[derive(Clone, Debug)]
pub enum Awaited {
    /// Registration, of this endpoint.
    Register(Option<String>),
    /// Bootstrap-Request that was granted, of this endpoint.
    Bootstrap(Option<String>),
    /// Update, with this `lt`.
    Update(Option<u32>),
    /// De-registration.
    Deregister,
    /// Notification of a path, with this value.
    Notify(Path, Option<String>),
    /// DTLS handshake, under this identity.
    Reconnect(Option<String>),
    /// DTLS handshake that failed.
    Refused,
}

/// What an expectation looks at, and how it should be.
#[derive(Clone, Debug)]
pub enum Expected {
    /// The last answer has this code.
    Code(Code),
    /// A request from elsewhere was not answered.
    NoAnswer,
    /// The last answer or notification holds a value.
    Value(Path, Relation, String),
    /// The last answer or notification does not hold this path.
    NoValue(Path),
    /// The last answer or registration lists this link target, with these attributes.
    Link(String, Vec<(String, Option<String>)>),
    /// It does not list it.
    NoLink(String),
    /// The last answer has this Content-Format.
    Format(u32),
    /// The payload of the last answer is this text.
    Text(String),
    /// The last awaited request has this query parameter, with this value.
    Query(String, Option<String>),
    /// It does not have it.
    NoQuery(String),
    /// The last awaited request went to this path, segment for segment.
    RequestPath(String),
    /// The last awaited request or handshake came under this PSK identity.
    Identity(String),
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

pub(super) fn wait(words: &mut Words) -> Result<Command, String> {
    let (awaited, timeout) = awaited(words, "timeout")?;
    Ok(Command::Wait(
        awaited,
        timeout.map_or(Ok(DEFAULT_WAIT), duration)?,
    ))
}

pub(super) fn expect_none(words: &mut Words) -> Result<Command, String> {
    let (awaited, time) = awaited(words, "for")?;
    let time = time.ok_or("for= is missing")?;
    Ok(Command::ExpectNone(awaited, duration(time)?))
}

/// What is waited for, and the text after `key=`.
fn awaited<'a>(
    words: &mut Words<'a>,
    key: &'static str,
) -> Result<(Awaited, Option<&'a str>), String> {
    let what = words.need("what to wait for")?;
    let path = if what == "notify" {
        words.path()?.parse().unwrap_or_default()
    } else {
        Path::default()
    };
    let condition = match what {
        "register" | "bootstrap" => "ep",
        "update" => "lt",
        "notify" => "value",
        "reconnect" => "identity",
        "deregister" | "refused" => "",
        other => return Err(format!("cannot wait for {other}")),
    };
    let found = words.options(&[key, condition])?;
    let condition = found[1].map(str::to_string);
    let awaited = match what {
        "register" => Awaited::Register(condition),
        "bootstrap" => Awaited::Bootstrap(condition),
        "update" => {
            let lifetime =
                condition.map(|lt| lt.parse().map_err(|_| format!("not a lifetime: {lt}")));
            Awaited::Update(lifetime.transpose()?)
        }
        "notify" => Awaited::Notify(path, condition),
        "deregister" => Awaited::Deregister,
        "refused" => Awaited::Refused,
        _ => Awaited::Reconnect(condition),
    };
    Ok((awaited, found[0]))
}

pub(super) fn expect(words: &mut Words) -> Result<Command, String> {
    let what = words.need("what to expect")?;
    if let Some(code) = Code::from_text(what) {
        return Ok(Command::Expect(Expected::Code(code)));
    }
    Ok(Command::Expect(match what {
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
            Expected::Value(path, relation, words.rest().to_string())
        }
        "no-value" => Expected::NoValue(words.path()?.parse().unwrap_or_default()),
        "link" => {
            let target = words.path()?;
            let mut attributes = Vec::new();
            while let Some(word) = words.next() {
                let (name, value) = name_and_value(word);
                attributes.push((name, value));
            }
            Expected::Link(target, attributes)
        }
        "no-link" => Expected::NoLink(words.path()?),
        "format" => Expected::Format(content_format(words.need("a format")?)?.into()),
        "text" => Expected::Text(words.rest().to_string()),
        "query" => {
            let (name, value) = name_and_value(words.need("a parameter")?);
            Expected::Query(name, value)
        }
        "no-query" => Expected::NoQuery(words.need("a parameter")?.to_string()),
        "path" => Expected::RequestPath(words.need("a path")?.to_string()),
        "identity" => Expected::Identity(words.need("an identity")?.to_string()),
        "no-answer" => Expected::NoAnswer,
        other => return Err(format!("cannot expect {other}")),
    }))
}

fn name_and_value(word: &str) -> (String, Option<String>) {
    match word.split_once('=') {
        Some((name, value)) => (name.into(), Some(value.into())),
        None => (word.into(), None),
    }
}
