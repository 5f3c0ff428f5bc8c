//! SenML (RFC 8428) as LwM2M uses it (OMA LwM2M TS Core 1.1 7.4.4): records of a path and a value, in JSON or CBOR. Also
//! the lists of paths of composite operations. Units, times and sums are not used.

use super::cbor::INDEFINITE;
use super::{Format, cbor, senml_cbor, senml_json, text};
use crate::bytes::copy;
use crate::lwm2m::path::Path;
use crate::lwm2m::sink::Sink;
use crate::lwm2m::value::{Type, Value};
use crate::text::find;

/// What a pair of a record is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Label {
    /// `bn`
    BaseName,
    /// `n`
    Name,
    /// `v`
    Number,
    /// `vs`
    Text,
    /// `vb`
    Boolean,
    /// `vd`
    Opaque,
    /// `vlo`
    Link,
    /// What is left aside.
    Other,
}

/// A value as it stands in the payload.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Raw<'a> {
    /// One that is ready.
    Value(Value<'a>),
    /// The pieces of a CBOR string; whether it is text.
    Pieces(bool, &'a [u8]),
    /// A JSON string with its escapes.
    Quoted(&'a [u8]),
    /// A JSON number.
    Decimal(&'a [u8]),
    /// JSON or CBOR null.
    Null,
}

impl<'a> Raw<'a> {
    /// The value under a label; `scratch` holds what cannot be used as it stands.
    fn value<'v>(self, label: Label, scratch: &'v mut [u8]) -> Option<Value<'v>>
    where
        'a: 'v,
    {
        let value = match self {
            Raw::Value(value) => value,
            Raw::Pieces(true, pieces) => Value::Text(cbor::join(pieces, scratch)?),
            Raw::Pieces(false, pieces) => Value::Opaque(cbor::join(pieces, scratch)?),
            Raw::Quoted(quoted) if label == Label::Opaque => {
                Value::Opaque(text::from_base64(quoted, scratch, true)?)
            }
            Raw::Quoted(quoted) if find(quoted, b'\\').is_some() => {
                Value::Text(senml_json::unescape(quoted, scratch)?)
            }
            Raw::Quoted(quoted) => Value::Text(quoted),
            Raw::Decimal(number) => Value::Integer(senml_json::integer(number)?),
            Raw::Null => return None,
        };
        match (label, value) {
            (Label::Number, Value::Integer(_) | Value::Float(_) | Value::Double(_))
            | (Label::BaseName | Label::Name | Label::Text | Label::Link, Value::Text(_))
            | (Label::Boolean, Value::Boolean(_))
            | (Label::Opaque, Value::Opaque(_)) => Some(value),
            _ => None,
        }
    }
}

/// A record.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Record<'a> {
    /// What its base name and name say together.
    pub path: Path,
    label: Label,
    raw: Raw<'a>,
}

impl<'a> Record<'a> {
    /// Its value as one of a type; `scratch` holds what cannot be used as it stands in the payload.
    pub fn value<'v>(&self, kind: Type, scratch: &'v mut [u8]) -> Option<Value<'v>>
    where
        'a: 'v,
    {
        if (self.label == Label::Link) != (kind == Type::Link) {
            return None;
        }
        self.raw.value(self.label, scratch)?.typed(kind)
    }
}

/// Room for base name and name: a path of four ids and a slash behind it.
const NAME: usize = 32;

/// Iterates over the records of a payload; a malformed one ends the iteration and is seen in [`Pack::is_whole`].
#[derive(Clone, Debug)]
pub struct Pack<'a> {
    rest: &'a [u8],
    json: bool,
    /// Records left, as far as the encoding tells.
    left: u64,
    whole: bool,
    names: [u8; NAME],
    base: usize,
}

impl<'a> Pack<'a> {
    /// The records of a payload in [`Format::SenmlJson`] or [`Format::SenmlCbor`].
    pub fn new(format: Format, payload: &'a [u8]) -> Pack<'a> {
        let mut pack = Pack {
            rest: payload,
            json: format == Format::SenmlJson,
            left: 0,
            whole: false,
            names: [0; NAME],
            base: 0,
        };
        match pack.enter(false) {
            Some(left) => pack.left = left,
            None => pack.fail(),
        }
        pack
    }

    /// Nothing more is read: an end that is awaited never comes.
    fn fail(&mut self) {
        self.rest = &[];
        self.left = INDEFINITE;
    }

    /// After the iteration: whether it came to the end of a well-formed payload.
    pub fn is_whole(&self) -> bool {
        self.whole && (self.rest.is_empty() || self.json && senml_json::is_over(self.rest))
    }

    fn enter(&mut self, map: bool) -> Option<u64> {
        if self.json {
            senml_json::enter(&mut self.rest, map)
        } else {
            senml_cbor::enter(&mut self.rest, map)
        }
    }

    fn more(&mut self, map: bool, left: &mut u64) -> Option<bool> {
        if self.json {
            senml_json::more(&mut self.rest, map, left)
        } else {
            senml_cbor::more(&mut self.rest, left)
        }
    }

    /// Takes a label and what it labels.
    fn pair(&mut self) -> Option<(Label, Raw<'a>)> {
        let rest = &mut self.rest;
        Some(if self.json {
            (senml_json::label(rest)?, senml_json::value(rest)?)
        } else {
            (senml_cbor::label(rest)?, senml_cbor::value(rest)?)
        })
    }

    /// The next record; the outer error is a malformed one.
    fn record(&mut self) -> Option<Option<Record<'a>>> {
        let mut left = self.left;
        let more = self.more(false, &mut left)?;
        self.left = left;
        if !more {
            return Some(None);
        }
        let mut pairs = self.enter(true)?;
        let mut names = [None; 2];
        let mut found = (Label::Other, Raw::Null);
        while self.more(true, &mut pairs)? {
            let pair = self.pair()?;
            match pair.0 {
                Label::BaseName => names[0] = Some(pair.1),
                Label::Name => names[1] = Some(pair.1),
                Label::Other => {}
                // One value only.
                _ if found.0 != Label::Other => return None,
                _ => found = pair,
            }
        }
        let [base, name] = names;
        if let Some(base) = base {
            self.base = self.name(0, base)?;
        }
        let mut end = self.base;
        if let Some(name) = name {
            end = self.name(end, name)?;
        }
        Some(Some(Record {
            path: path(self.names.get(..end)?)?,
            label: found.0,
            raw: found.1,
        }))
    }

    /// Keeps a name from a position on; gives the end.
    fn name(&mut self, at: usize, raw: Raw<'a>) -> Option<usize> {
        let mut scratch = [0; NAME];
        let Value::Text(name) = raw.value(Label::Name, &mut scratch)? else {
            return None;
        };
        Some(at + copy(name, self.names.get_mut(at..)?)?)
    }
}

impl<'a> Iterator for Pack<'a> {
    type Item = Record<'a>;

    fn next(&mut self) -> Option<Record<'a>> {
        if self.whole {
            return None;
        }
        match self.record() {
            Some(Some(record)) => Some(record),
            Some(None) => {
                self.whole = true;
                None
            }
            None => {
                self.fail();
                None
            }
        }
    }
}

/// The path of a name: ids behind a slash each; a slash alone is the root, one at the end means nothing.
fn path(name: &[u8]) -> Option<Path> {
    let [b'/', rest @ ..] = name else {
        return None;
    };
    let mut path = Path::ROOT;
    let rest = rest.strip_suffix(b"/").unwrap_or(rest);
    if rest.is_empty() {
        return Some(path);
    }
    for segment in rest.split(|byte| *byte == b'/') {
        if !path.extend(segment) {
            return None;
        }
    }
    Some(path)
}

/// Hears the path that was asked for, the path of a value in it, and the value.
pub type Each<'e> = dyn FnMut(&Path, &Path, &Value<'_>) + 'e;

/// Writes all values that `produce` tells; it is called twice and tells the same.
pub fn write(sink: &mut Sink<'_>, format: Format, produce: &dyn Fn(&mut Each<'_>)) {
    let json = format == Format::SenmlJson;
    if json {
        sink.put(b"[");
    } else {
        let mut count = 0;
        produce(&mut |_, _, _| count += 1);
        cbor::put_list(sink, false, count);
    }
    let mut last = None;
    produce(&mut |base, path, value| {
        if json && last.is_some() {
            sink.put(b",");
        }
        let mut texts = [[0; NAME]; 2];
        let [base_text, name_text] = &mut texts;
        let mut base_sink = Sink::new(base_text);
        if last != Some(*base) {
            slashed(&mut base_sink, base.ids(), true);
            if base.depth() < path.depth() {
                base_sink.put(b"/");
            }
        }
        last = Some(*base);
        let base_length = base_sink.written();
        let mut name_sink = Sink::new(name_text);
        let ids = path.ids().get(base.ids().len()..).unwrap_or(&[]);
        slashed(&mut name_sink, ids, false);
        let name_length = name_sink.written();
        let base_text = base_text.get(..base_length).unwrap_or(&[]);
        let name_text = name_text.get(..name_length).unwrap_or(&[]);
        if json {
            senml_json::record(sink, base_text, name_text, value);
        } else {
            senml_cbor::record(sink, base_text, name_text, value);
        }
    });
    if json {
        sink.put(b"]");
    }
}

/// Ids with slashes between them, and before the first if so.
fn slashed(sink: &mut Sink<'_>, ids: &[u16], first: bool) {
    for id in ids {
        if first || sink.total() > 0 {
            sink.put(b"/");
        }
        text::number(sink, *id);
    }
}

#[cfg(test)]
mod tests;
