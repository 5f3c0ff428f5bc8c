//! LwM2M TLV, content format 11542 (OMA LwM2M TS Core 7.4.3): entries of type, id, length and value, nested for
//! instances and multiple resources.

use crate::config::{FLOATS, LINKS};
use crate::lwm2m::sink::Sink;
use crate::lwm2m::value::{Type, Value};
use crate::text::is_utf8;

/// What an entry is (bits 7 and 6 of its first byte).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Object instance: contains resources.
    Instance,
    /// Resource instance inside a multiple resource.
    ResourceInstance,
    /// Multiple resource: contains resource instances.
    Multiple,
    /// Resource with one value.
    Resource,
}

/// One decoded entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry<'a> {
    /// What it is.
    pub kind: Kind,
    /// Its id.
    pub id: u16,
    /// Its value or nested entries.
    pub value: &'a [u8],
}

/// Iterates over entries on one level; a malformed entry ends the iteration and is seen in [`Entries::is_whole`].
#[derive(Clone, Debug)]
pub struct Entries<'a> {
    rest: &'a [u8],
}

impl<'a> Entries<'a> {
    /// Entries in `bytes`.
    pub const fn new(bytes: &'a [u8]) -> Entries<'a> {
        Entries { rest: bytes }
    }

    /// After the iteration: whether nothing was left over.
    pub const fn is_whole(&self) -> bool {
        self.rest.is_empty()
    }
}

impl<'a> Iterator for Entries<'a> {
    type Item = Entry<'a>;

    fn next(&mut self) -> Option<Entry<'a>> {
        let mut rest = self.rest;
        let (kind, id, length) = front(&mut rest)?;
        let value = rest.get(..length)?;
        self.rest = rest.get(length..)?;
        Some(Entry { kind, id, value })
    }
}

/// Takes the head of an entry: kind, id and length of its value.
pub fn front(bytes: &mut &[u8]) -> Option<(Kind, u16, usize)> {
    let (&first, rest) = bytes.split_first()?;
    let kind = match first >> 6 {
        0 => Kind::Instance,
        1 => Kind::ResourceInstance,
        2 => Kind::Multiple,
        _ => Kind::Resource,
    };
    let (id, rest) = number(rest, if first & 0x20 == 0 { 1 } else { 2 })?;
    let (length, rest) = match first >> 3 & 3 {
        0 => (u32::from(first & 7), rest),
        bytes => number(rest, usize::from(bytes))?,
    };
    *bytes = rest;
    // An id has one or two bytes.
    Some((kind, id as u16, usize::try_from(length).ok()?))
}

/// A big-endian number of `bytes` bytes.
fn number(from: &[u8], bytes: usize) -> Option<(u32, &[u8])> {
    let value = from
        .get(..bytes)?
        .iter()
        .fold(0, |value, byte| value << 8 | u32::from(*byte));
    Some((value, from.get(bytes..)?))
}

/// Writes the head of an entry in its shortest form.
pub fn head(sink: &mut Sink<'_>, kind: Kind, id: u16, length: usize) {
    let kind = kind as u32;
    let (first, field, field_bytes) = match length {
        0..=7 => (length as u32, 0, 0),
        8..=0xFF => (0x08, length as u64, 1),
        0x100..=0xFFFF => (0x10, length as u64, 2),
        _ => (0x18, length as u64 & 0xFF_FFFF, 3),
    };
    // First byte, id and length field as one number.
    let (front, bytes) = if id <= 0xFF {
        ((kind << 6 | first) << 8 | u32::from(id), 2 + field_bytes)
    } else {
        (
            (kind << 6 | 0x20 | first) << 16 | u32::from(id),
            3 + field_bytes,
        )
    };
    let number = u64::from(front) << (8 * field_bytes) | field;
    sink.put_number(number, bytes);
}

/// Writes an entry with one value; numbers in the shortest of 1, 2, 4 or 8 bytes.
pub fn entry(sink: &mut Sink<'_>, kind: Kind, id: u16, value: &Value<'_>) {
    let (number, length) = match *value {
        Value::Text(content) | Value::Opaque(content) => {
            return long_entry(sink, kind, id, content);
        }
        Value::Boolean(value) => (u64::from(value), 1),
        Value::Integer(value) => (
            value as u64,
            if value == i64::from(value as i8) {
                1
            } else if value == i64::from(value as i16) {
                2
            } else if value == i64::from(value as i32) {
                4
            } else {
                8
            },
        ),
        Value::Float(value) if FLOATS => (u64::from(value.to_bits()), 4),
        Value::Double(value) if FLOATS => (value.to_bits(), 8),
        Value::Link(object, instance) if LINKS => {
            (u64::from(object) << 16 | u64::from(instance), 4)
        }
        Value::Float(_) | Value::Double(_) | Value::Link(..) => return,
    };
    // On a PC the usual case goes as one piece: a small id and a short number.
    if !cfg!(target_os = "none") && id <= 0xFF && length <= 4 {
        let front = u64::from(kind as u8) << 14 | (length as u64) << 8 | u64::from(id);
        let number = number & (u64::MAX >> (64 - 8 * length));
        return sink.put_number(front << (8 * length) | number, 2 + length);
    }
    head(sink, kind, id, length);
    sink.put_number(number, length);
}

fn long_entry(sink: &mut Sink<'_>, kind: Kind, id: u16, content: &[u8]) {
    head(sink, kind, id, content.len());
    sink.put(content);
}

/// Reads a value of a type from its bytes; `None` when they do not form one.
pub fn value(kind: Type, bytes: &[u8]) -> Option<Value<'_>> {
    match kind {
        Type::Integer | Type::Time => integer(bytes).map(Value::Integer),
        Type::Float if FLOATS => match *bytes {
            [a, b, c, d] => Some(Value::Float(f32::from_be_bytes([a, b, c, d]))),
            [a, b, c, d, e, f, g, h] => {
                Some(Value::Double(f64::from_be_bytes([a, b, c, d, e, f, g, h])))
            }
            _ => None,
        },
        Type::Boolean => match bytes {
            [0] => Some(Value::Boolean(false)),
            [1] => Some(Value::Boolean(true)),
            _ => None,
        },
        Type::Text => is_utf8(bytes).then_some(Value::Text(bytes)),
        Type::Opaque => Some(Value::Opaque(bytes)),
        Type::Link if LINKS => match *bytes {
            [a, b, c, d] => Some(Value::Link(
                u16::from_be_bytes([a, b]),
                u16::from_be_bytes([c, d]),
            )),
            _ => None,
        },
        Type::Float | Type::Link | Type::None => None,
    }
}

fn integer(bytes: &[u8]) -> Option<i64> {
    match *bytes {
        [a] => Some(i64::from(i8::from_be_bytes([a]))),
        [a, b] => Some(i64::from(i16::from_be_bytes([a, b]))),
        [a, b, c, d] => Some(i64::from(i32::from_be_bytes([a, b, c, d]))),
        [a, b, c, d, e, f, g, h] => Some(i64::from_be_bytes([a, b, c, d, e, f, g, h])),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn encoded(kind: Kind, id: u16, value: &Value<'_>) -> Vec<u8> {
        let mut buffer = vec![0; 80_000];
        let mut sink = Sink::new(&mut buffer);
        entry(&mut sink, kind, id, value);
        let length = sink.written();
        buffer[..length].to_vec()
    }

    #[test]
    fn device_object_example_of_the_standard() {
        // OMA LwM2M TS Core 7.4.3, Device object: Manufacturer, power source 1 and battery level.
        let manufacturer = encoded(Kind::Resource, 0, &Value::Text(b"Open Mobile Alliance"));
        assert_eq!(manufacturer[..3], [0xC8, 0x00, 0x14]);
        assert_eq!(
            encoded(Kind::ResourceInstance, 0, &Value::Integer(1)),
            [0x41, 0x00, 0x01]
        );
        assert_eq!(
            encoded(Kind::Resource, 9, &Value::Integer(0x64)),
            [0xC1, 0x09, 0x64]
        );
        assert_eq!(
            encoded(Kind::Resource, 13, &Value::Integer(0x5182_428F)),
            [0xC4, 0x0D, 0x51, 0x82, 0x42, 0x8F]
        );
    }

    #[test]
    fn integers_take_the_shortest_of_four_lengths() {
        for (value, length) in [
            (0, 1),
            (-1, 1),
            (127, 1),
            (128, 2),
            (-129, 2),
            (32_767, 2),
            (32_768, 4),
            (1 << 31, 8),
            (i64::MIN, 8),
        ] {
            let bytes = encoded(Kind::Resource, 1, &Value::Integer(value));
            let bytes = &bytes[if length < 8 { 2 } else { 3 }..];
            assert_eq!(bytes.len(), length, "{value}");
            assert_eq!(
                super::value(Type::Integer, bytes),
                Some(Value::Integer(value))
            );
        }
    }

    #[test]
    fn heads_use_the_shortest_id_and_length() {
        for (id, length) in [
            (0u16, 0usize),
            (255, 7),
            (256, 8),
            (65_534, 255),
            (1, 256),
            (300, 65_535),
            (1, 65_536),
            (300, 65_536),
        ] {
            let body = vec![7; length];
            let bytes = encoded(Kind::Resource, id, &Value::Opaque(&body));
            let mut entries = Entries::new(&bytes);
            assert_eq!(
                entries.next(),
                Some(Entry {
                    kind: Kind::Resource,
                    id,
                    value: &body
                })
            );
            assert!(entries.is_whole());
        }
    }

    #[test]
    fn truncated_entries_are_left_over() {
        let whole = encoded(Kind::Resource, 300, &Value::Text(b"0123456789"));
        for length in 1..whole.len() {
            let mut entries = Entries::new(&whole[..length]);
            assert_eq!(entries.next(), None);
            assert!(!entries.is_whole());
        }
    }

    #[test]
    fn values_of_the_wrong_length_are_refused() {
        assert_eq!(value(Type::Integer, &[1, 2, 3]), None);
        assert_eq!(value(Type::Boolean, &[2]), None);
        assert_eq!(value(Type::Text, &[0xFF]), None);
        assert_eq!(value(Type::Link, &[0, 3]), None);
        assert_eq!(
            value(Type::Float, &1.5f32.to_be_bytes()),
            Some(Value::Float(1.5))
        );
        assert_eq!(value(Type::Link, &[0, 3, 0, 1]), Some(Value::Link(3, 1)));
    }
}
