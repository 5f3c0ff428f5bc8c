//! Script commands that send a request.

use super::Command;
use crate::coap::format;
use crate::hex;
use crate::path::Path;
use crate::request::Request;
use crate::tlv::{self, Entry};
use crate::value::{Type, Value};
use crate::words::{Words, duration, items};

/// Options that any request may have: `timeout`, `block`, `type` and `option`, then those of the command itself.
pub(super) struct Options<'a>(Vec<Option<&'a str>>);

const COMMON: usize = 4;

impl<'a> Options<'a> {
    pub fn take(words: &mut Words<'a>, others: &[&str]) -> Result<Options<'a>, String> {
        let keys = [&["timeout", "block", "type", "option"][..], others].concat();
        words.options(&keys).map(Options)
    }

    /// An option of the command itself.
    pub fn other(&self, index: usize) -> Option<&'a str> {
        self.0.get(COMMON + index).copied().flatten()
    }

    /// Sets the common ones; the block size is that of the payload where a request can have one.
    pub fn set(&self, request: &mut Request) -> Result<(), String> {
        if let Some(timeout) = self.0[0] {
            request.timeout = duration(timeout)?;
        }
        let block = self.0[1].map(block_size).transpose()?;
        match request.format {
            Some(_) => request.block1 = block,
            None => request.block2 = block,
        }
        request.confirmable = match self.0[2].unwrap_or("con") {
            "con" => true,
            "non" => false,
            other => return Err(format!("type is con or non, not {other}")),
        };
        if let Some(text) = self.0[3] {
            let wrong = || format!("not number:bytes: {text}");
            let (number, bytes) = text.split_once(':').ok_or_else(wrong)?;
            let number = number.parse().map_err(|_| wrong())?;
            let bytes = hex::decode(bytes).ok_or_else(wrong)?;
            request.options.push((number, bytes));
        }
        Ok(())
    }
}

pub(super) fn plain(name: &str, words: &mut Words) -> Result<Command, String> {
    let path = words.path()?;
    let mut request = match name {
        "read" => Request::read(&path),
        "observe" => Request::observe(&path),
        "discover" => Request::discover(&path),
        _ => Request::delete(&path),
    };
    let found = Options::take(words, &["accept"])?;
    found.set(&mut request)?;
    if let Some(accept) = found.other(0) {
        request.accept = Some(content_format(accept)?);
    }
    Ok(Command::Send(Box::new(request)))
}

pub(super) fn execute(words: &mut Words) -> Result<Command, String> {
    let path = words.path()?;
    let found = Options::take(words, &[])?;
    let mut request = Request::execute(&path, words.rest());
    found.set(&mut request)?;
    Ok(Command::Send(Box::new(request)))
}

pub(super) fn finish(words: &mut Words) -> Result<Command, String> {
    let mut request = Request::finish();
    Options::take(words, &[])?.set(&mut request)?;
    Ok(Command::Send(Box::new(request)))
}

pub(super) fn attributes(words: &mut Words) -> Result<Command, String> {
    let path = words.path()?;
    let attributes = words.need("attributes such as pmin=1&pmax=10")?;
    let attributes: Vec<&str> = attributes.split('&').collect();
    let request = Request::attributes(&path, &attributes);
    Ok(Command::Send(Box::new(request)))
}

pub(super) fn write(words: &mut Words) -> Result<Command, String> {
    let path = words.path()?;
    let found = Options::take(words, &[])?;
    let format = content_format(words.need("a format: text, opaque, tlv or a number")?)?;
    let rest = words.rest();
    let payload = match format {
        format::TEXT => rest.as_bytes().to_vec(),
        _ => hex::decode(rest.trim_start_matches("0x")).ok_or("hexadecimal bytes are needed")?,
    };
    let mut request = Request::write(&path, format, &payload);
    found.set(&mut request)?;
    Ok(Command::Send(Box::new(request)))
}

pub(super) fn write_tlv(name: &str, words: &mut Words) -> Result<Command, String> {
    let path = words.path()?;
    let found = Options::take(words, &["instance"])?;
    let number = found
        .other(0)
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
    found.set(&mut request)?;
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

pub(super) fn content_format(text: &str) -> Result<u16, String> {
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

pub(super) fn block_size(text: &str) -> Result<usize, String> {
    let size = text
        .parse()
        .ok()
        .filter(|size: &usize| size.is_power_of_two() && (16..=1024).contains(size));
    size.ok_or(format!("not a block size: {text}"))
}
