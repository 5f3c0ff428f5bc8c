//! Control of AT commands and credentials that fail.

use super::{duration, word};
use crate::device::device;
use crate::engine::command::Reply;
use crate::engine::fault::{CommandFault, CredentialFault, Span};

const USAGE: &str = "at-error <prefix> [CME code, 0 for ERROR] [count|always] [skip=<n>] \
    | at-delay <prefix> <time> [count|always] [skip=<n>] | at-clear \
    | key-error <CME code> [write|delete] [type=<n>] [tag=<n>] [count|always] [skip=<n>] | key-limit <entries>";

/// Count and skip of the words, with the words that are neither.
pub(crate) fn span<'a>(words: &[&'a str]) -> Result<(Span, Vec<&'a str>), &'static str> {
    let mut span = Span::next(1);
    let mut others = Vec::new();
    for word in words {
        if let Some(skip) = word.strip_prefix("skip=") {
            span.skip = skip.parse().map_err(|_| USAGE)?;
        } else if *word == "always" {
            span.count = None;
        } else if let Ok(count) = word.parse::<u32>() {
            span.count = Some(count.max(1));
        } else {
            others.push(*word);
        }
    }
    Ok((span, others))
}

pub(super) fn command(line: &str) -> Result<String, String> {
    let (verb, rest) = word(line);
    let words: Vec<&str> = rest.split_whitespace().collect();
    let device = device();
    match (verb, &words[..]) {
        ("at-error", [prefix, rest @ ..]) => {
            let (code, rest) = match rest.split_first() {
                Some((code, rest)) if code.parse::<u16>().is_ok() => (code.parse().ok(), rest),
                _ => (None, rest),
            };
            let reply = code.filter(|code| *code > 0);
            let reply = reply.map_or(Reply::Error, Reply::Cme);
            let (span, others) = span(rest)?;
            if !others.is_empty() {
                return Err(USAGE.into());
            }
            device.with_engine(|engine| {
                engine.fail_command(prefix, CommandFault::Reply(reply), span);
            });
        }
        ("at-delay", [prefix, time, rest @ ..]) => {
            let late = duration(time).ok_or(USAGE)?;
            let (span, others) = span(rest)?;
            if !others.is_empty() {
                return Err(USAGE.into());
            }
            device.with_engine(|engine| {
                engine.fail_command(prefix, CommandFault::Late(late), span);
            });
        }
        ("key-error", [code, rest @ ..]) => {
            let (span, others) = span(rest)?;
            let mut fault = CredentialFault {
                tag: None,
                kind: None,
                deletion: false,
                code: code.parse().map_err(|_| USAGE)?,
                span,
            };
            for word in others {
                match word.split_once('=') {
                    Some(("type", kind)) => fault.kind = Some(kind.parse().map_err(|_| USAGE)?),
                    Some(("tag", tag)) => fault.tag = Some(tag.parse().map_err(|_| USAGE)?),
                    None if word == "write" => fault.deletion = false,
                    None if word == "delete" => fault.deletion = true,
                    _ => return Err(USAGE.into()),
                }
            }
            device.with_engine(|engine| engine.fail_credential(fault));
        }
        ("key-limit", [entries]) => {
            let entries = entries.parse().map_err(|_| USAGE)?;
            device.with_engine(|engine| engine.profile.credential_limit = entries);
        }
        ("at-clear", []) => device.with_engine(|engine| engine.clear_faults()),
        _ => return Err(USAGE.into()),
    }
    Ok(String::new())
}
