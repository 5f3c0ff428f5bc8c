//! SenML in CBOR, content format 112 (RFC 8428 6): labels are numbers, the object link of LwM2M has a text.

use super::cbor::{self, INDEFINITE, Item};
use super::senml::{Label, Raw};
use crate::lwm2m::sink::Sink;
use crate::lwm2m::value::Value;

/// Label of an object link (OMA LwM2M TS Core 1.1 7.4.4).
const OBJECT_LINK: &[u8] = b"vlo";

/// Enters an array or a map; gives what [`more`] counts.
pub fn enter(rest: &mut &[u8], map: bool) -> Option<u64> {
    match cbor::item(rest)? {
        Item::List(is_map, count) if is_map == map => Some(count),
        _ => None,
    }
}

/// Whether another element or pair follows; the end is taken.
pub fn more(rest: &mut &[u8], left: &mut u64) -> Option<bool> {
    if *left == INDEFINITE {
        let ends = *rest.first()? == 0xFF;
        if ends {
            *rest = rest.get(1..)?;
        }
        return Some(!ends);
    }
    let more = *left > 0;
    *left = left.saturating_sub(1);
    Some(more)
}

/// Takes a label.
pub fn label(rest: &mut &[u8]) -> Option<Label> {
    match cbor::item(rest)? {
        Item::Value(Value::Integer(number)) => match number {
            -2 => Some(Label::BaseName),
            0 => Some(Label::Name),
            2 => Some(Label::Number),
            3 => Some(Label::Text),
            4 => Some(Label::Boolean),
            8 => Some(Label::Opaque),
            // Base value, base sum and sum would change values.
            -6 | -5 | 5 => None,
            _ => Some(Label::Other),
        },
        Item::Value(Value::Text(OBJECT_LINK)) => Some(Label::Link),
        // Labels that end so must be understood (RFC 8428 4.4).
        Item::Value(Value::Text([.., b'_'])) => None,
        Item::Value(Value::Text(_)) => Some(Label::Other),
        _ => None,
    }
}

/// Takes a value.
pub fn value<'a>(rest: &mut &'a [u8]) -> Option<Raw<'a>> {
    match cbor::item(rest)? {
        Item::Value(value) => Some(Raw::Value(value)),
        Item::Pieces(text, pieces) => Some(Raw::Pieces(text, pieces)),
        Item::Null => Some(Raw::Null),
        Item::List(..) | Item::Break => None,
    }
}

/// Writes a record: its base name and name unless they are empty, and its value.
pub fn record(sink: &mut Sink<'_>, base: &[u8], name: &[u8], value: &Value<'_>) {
    let pairs = 1 + usize::from(!base.is_empty()) + usize::from(!name.is_empty());
    cbor::put_list(sink, true, pairs);
    for (label, text) in [(-2, base), (0, name)] {
        if !text.is_empty() {
            cbor::put_integer(sink, label);
            cbor::put_text(sink, text);
        }
    }
    let label = match value {
        Value::Integer(_) | Value::Float(_) | Value::Double(_) => 2,
        Value::Text(_) => 3,
        Value::Boolean(_) => 4,
        Value::Opaque(_) => 8,
        Value::Link(..) => {
            cbor::put_text(sink, OBJECT_LINK);
            return cbor::put(sink, value);
        }
    };
    cbor::put_integer(sink, label);
    cbor::put(sink, value);
}
