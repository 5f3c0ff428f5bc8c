//! SenML in CBOR, content format 112 (RFC 8428 6): labels are numbers, the object link of LwM2M has a text.

use super::cbor::{self, INDEFINITE};
use super::senml::Label;
use crate::lwm2m::sink::Sink;
use crate::lwm2m::value::Value;

/// Label of an object link (OMA LwM2M TS Core 1.1 7.4.4).
const OBJECT_LINK: &[u8] = b"vlo";

/// Enters an array or a map; gives what [`more`] counts.
pub fn enter(rest: &mut &[u8], map: bool) -> Option<u32> {
    cbor::item(rest)?.list(map)
}

/// Whether another element or pair follows; the end is taken.
pub fn more(rest: &mut &[u8], left: &mut u32) -> Option<bool> {
    if *left == INDEFINITE {
        let (first, tail) = rest.split_first()?;
        let ends = *first == cbor::BREAK;
        if ends {
            *rest = tail;
        }
        return Some(!ends);
    }
    let more = *left > 0;
    *left = left.saturating_sub(1);
    Some(more)
}

/// Takes a label.
pub fn label(rest: &mut &[u8]) -> Option<Label> {
    let item = cbor::item(rest)?;
    if let Some(number) = item.integer() {
        return Some(match number {
            -6..=8 => Label(number as i8),
            _ => Label::OTHER,
        });
    }
    match item.text()? {
        OBJECT_LINK => Some(Label::LINK),
        // Labels that end so must be understood (RFC 8428 4.4).
        [.., b'_'] => None,
        _ => Some(Label::OTHER),
    }
}

/// Takes a value; gives the bytes of its item.
pub fn value<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    let whole = *rest;
    if !cbor::item(rest)?.is_value() {
        return None;
    }
    whole.get(..whole.len().checked_sub(rest.len())?)
}

/// Writes a pair.
pub fn put(sink: &mut Sink<'_>, label: Label, value: &Value<'_>) {
    if label == Label::LINK {
        cbor::put_text(sink, OBJECT_LINK);
    } else {
        cbor::put_integer(sink, i64::from(label.0));
    }
    cbor::put(sink, value);
}
