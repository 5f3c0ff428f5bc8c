//! SenML (RFC 8428) as LwM2M uses it (OMA LwM2M TS Core 1.1 7.4.4): records of a path and a value, in JSON or CBOR. Also
//! the lists of paths of composite operations. Units, times and sums are not used.

use super::link::write_path;
use super::{Format, cbor, senml_cbor, senml_json};
use crate::bytes::copy;
use crate::lwm2m::path::Path;
use crate::lwm2m::sink::Sink;
use crate::lwm2m::value::{Type, Value};
use crate::text::split;

/// The label of a pair: its number in CBOR (RFC 8428 table 4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Label(pub i8);

impl Label {
    const BASE_SUM: Label = Label(-6);
    const BASE_VALUE: Label = Label(-5);
    const BASE_NAME: Label = Label(-2);
    const NAME: Label = Label(0);
    const NUMBER: Label = Label(2);
    const TEXT: Label = Label(3);
    const BOOLEAN: Label = Label(4);
    const SUM: Label = Label(5);
    const OPAQUE: Label = Label(8);
    /// An object link: a text in CBOR as well, so this number is ours.
    pub const LINK: Label = Label(9);
    /// What is left aside.
    pub const OTHER: Label = Label(10);

    /// Labels with their names, zeros behind them.
    pub const NAMES: [([u8; 3], Label); 10] = [
        (*b"bn\0", Label::BASE_NAME),
        (*b"n\0\0", Label::NAME),
        (*b"v\0\0", Label::NUMBER),
        (*b"vs\0", Label::TEXT),
        (*b"vb\0", Label::BOOLEAN),
        (*b"vd\0", Label::OPAQUE),
        (*b"vlo", Label::LINK),
        (*b"bv\0", Label::BASE_VALUE),
        (*b"bs\0", Label::BASE_SUM),
        (*b"s\0\0", Label::SUM),
    ];
}

/// Room for base name and name: a path of four ids and a slash behind it.
const LONGEST: usize = 32;

/// Goes through the records of a payload. A malformed one is the end, which is seen in [`Pack::is_whole`].
#[derive(Clone, Debug)]
pub struct Pack<'a> {
    rest: &'a [u8],
    format: Format,
    whole: bool,
    /// The label of the record's value.
    label: Label,
    /// The length of the base name in `names`.
    base: u8,
    /// Records left, as far as the encoding tells.
    left: u32,
    /// What base name and name of the record say together.
    path: Path,
    /// The value of the record as it stands in the payload.
    value: &'a [u8],
    names: [u8; LONGEST],
}

impl<'a> Pack<'a> {
    /// The records of a payload in [`Format::SenmlJson`] or [`Format::SenmlCbor`]; [`Pack::advance`] gives the first.
    #[cfg_attr(target_os = "none", inline(never))]
    pub fn new(format: Format, payload: &'a [u8]) -> Pack<'a> {
        let mut pack = Pack {
            rest: payload,
            format,
            whole: false,
            label: Label::OTHER,
            base: 0,
            left: 0,
            path: Path::ROOT,
            value: &[],
            names: [0; LONGEST],
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
        self.left = cbor::INDEFINITE;
    }

    /// Goes to the next record, if there is one.
    #[cfg_attr(target_os = "none", inline(never))]
    pub fn advance(&mut self) -> bool {
        let more = if self.whole {
            Some(false)
        } else {
            self.record()
        };
        match more {
            Some(more) => self.whole = !more,
            None => self.fail(),
        }
        more == Some(true)
    }

    /// After the last record: whether that was the end of a well-formed payload.
    pub fn is_whole(&self) -> bool {
        self.whole && (self.rest.is_empty() || self.is_json() && senml_json::is_over(self.rest))
    }

    /// The path of the record.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The value of the record as it stands in the payload, if it can be one of a type; [`Format::value`] reads it.
    pub fn value(&self, kind: Type) -> Option<&'a [u8]> {
        let label = match kind {
            Type::Integer | Type::Float | Type::Time => Label::NUMBER,
            Type::Text => Label::TEXT,
            Type::Boolean => Label::BOOLEAN,
            Type::Opaque => Label::OPAQUE,
            Type::Link => Label::LINK,
            Type::None => return None,
        };
        (self.label == label).then_some(self.value)
    }

    fn is_json(&self) -> bool {
        self.format == Format::SenmlJson
    }

    fn enter(&mut self, map: bool) -> Option<u32> {
        if self.is_json() {
            senml_json::enter(&mut self.rest, map)
        } else {
            senml_cbor::enter(&mut self.rest, map)
        }
    }

    fn more(&mut self, map: bool, left: &mut u32) -> Option<bool> {
        if self.is_json() {
            senml_json::more(&mut self.rest, map, left)
        } else {
            senml_cbor::more(&mut self.rest, left)
        }
    }

    /// Takes a label and what it labels.
    fn pair(&mut self) -> Option<(Label, &'a [u8])> {
        let rest = &mut self.rest;
        Some(if self.format == Format::SenmlJson {
            (senml_json::label(rest)?, senml_json::token(rest)?)
        } else {
            (senml_cbor::label(rest)?, senml_cbor::value(rest)?)
        })
    }

    /// Takes the next record, if there is one; `None` when it is malformed.
    fn record(&mut self) -> Option<bool> {
        let mut left = self.left;
        let more = self.more(false, &mut left)?;
        self.left = left;
        if !more {
            return Some(false);
        }
        let mut pairs = self.enter(true)?;
        let (mut base, mut name) = (&[][..], &[][..]);
        self.label = Label::OTHER;
        while self.more(true, &mut pairs)? {
            let (label, value) = self.pair()?;
            match label {
                Label::BASE_NAME => base = value,
                Label::NAME => name = value,
                Label::NUMBER | Label::TEXT | Label::BOOLEAN | Label::OPAQUE | Label::LINK => {
                    // One value only.
                    if self.label != Label::OTHER {
                        return None;
                    }
                    self.label = label;
                    self.value = value;
                }
                // They would change values.
                Label::BASE_SUM | Label::BASE_VALUE | Label::SUM => return None,
                _ => {}
            }
        }
        if !base.is_empty() {
            self.base = self.name(0, base)?;
        }
        let mut end = self.base;
        if !name.is_empty() {
            end = self.name(end, name)?;
        }
        self.path = path(self.names.get(..usize::from(end))?)?;
        Some(true)
    }

    /// Keeps a name from a position on; gives the end.
    fn name(&mut self, at: u8, value: &[u8]) -> Option<u8> {
        let mut scratch = [0; LONGEST];
        let Value::Text(name) = self.format.value(Type::Text, value, &mut scratch)? else {
            return None;
        };
        Some(at + copy(name, self.names.get_mut(usize::from(at)..)?)? as u8)
    }
}

/// The path of a name: ids behind a slash each; a slash alone is the root, one at the end means nothing.
fn path(name: &[u8]) -> Option<Path> {
    let [b'/', rest @ ..] = name else {
        return None;
    };
    let mut path = Path::ROOT;
    let mut rest = rest;
    while !rest.is_empty() {
        let (segment, tail) = split(rest, b'/').unwrap_or((rest, &[]));
        if !path.extend(segment) {
            return None;
        }
        rest = tail;
    }
    Some(path)
}

/// Writes a payload. It hears all records twice, first to count them: their number stands in front in CBOR.
pub struct Writer<'s, 'b> {
    sink: &'s mut Sink<'b>,
    json: bool,
    counts: bool,
    /// The next pair is the first of its record.
    begins: bool,
    /// The next record is the first below its base.
    names_base: bool,
    /// The length of the base name.
    base: usize,
    count: usize,
}

impl<'s, 'b> Writer<'s, 'b> {
    /// Begins to count.
    pub fn new(sink: &'s mut Sink<'b>, format: Format) -> Writer<'s, 'b> {
        Writer {
            sink,
            json: format == Format::SenmlJson,
            counts: true,
            begins: true,
            names_base: true,
            base: 0,
            count: 0,
        }
    }

    /// All records were heard: the first time, then they are written; or the second time, then the payload ends.
    pub fn turn(&mut self) {
        match (self.json, self.counts) {
            (true, true) => self.sink.put(b"["),
            (true, false) => self.sink.put(b"]"),
            (false, true) => cbor::put_list(self.sink, false, self.count),
            (false, false) => {}
        }
        self.counts = false;
        self.count = 0;
    }

    /// The records that follow are of this path or below it.
    pub fn base(&mut self, path: &Path) {
        self.base = slashed(path, &mut []);
        self.names_base = true;
    }

    /// Hears a value and its path.
    pub fn record(&mut self, path: &Path, value: &Value<'_>) {
        self.count += 1;
        if self.counts {
            return;
        }
        let mut text = [0; LONGEST];
        let end = slashed(path, &mut text) - 1;
        let base = self.base.min(end);
        let base_name = text.get(..base).unwrap_or(&[]);
        let name = text.get(base..end).unwrap_or(&[]);
        if self.json {
            if self.count > 1 {
                self.sink.put(b",");
            }
        } else {
            let pairs = 1 + usize::from(self.names_base) + usize::from(!name.is_empty());
            cbor::put_list(self.sink, true, pairs);
        }
        self.begins = true;
        if self.names_base {
            self.names_base = false;
            self.pair(Label::BASE_NAME, &Value::Text(base_name));
        }
        if !name.is_empty() {
            self.pair(Label::NAME, &Value::Text(name));
        }
        let label = match value {
            Value::Integer(_) | Value::Float(_) | Value::Double(_) => Label::NUMBER,
            Value::Text(_) => Label::TEXT,
            Value::Boolean(_) => Label::BOOLEAN,
            Value::Opaque(_) => Label::OPAQUE,
            Value::Link(..) => Label::LINK,
        };
        self.pair(label, value);
        if self.json {
            self.sink.put(b"}");
        }
    }

    fn pair(&mut self, label: Label, value: &Value<'_>) {
        if self.json {
            self.sink.put(if self.begins { b"{" } else { b"," });
            self.begins = false;
            senml_json::put(self.sink, label, value);
        } else {
            senml_cbor::put(self.sink, label, value);
        }
    }
}

/// Writes a path with a slash behind it; gives the length.
fn slashed(path: &Path, text: &mut [u8]) -> usize {
    let mut sink = Sink::new(text);
    write_path(&mut sink, path);
    sink.put(b"/");
    sink.total()
}

#[cfg(all(test, feature = "lwm2m-1-1"))]
mod tests;
