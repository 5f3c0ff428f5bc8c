//! CBOR (RFC 8949), as much of it as resource values and SenML need; and single values, content format 60
//! (OMA LwM2M TS Core 1.1 7.4.2). Floats go in and out as bits: nothing here calculates with them.

use crate::bytes::copy;
use crate::lwm2m::sink::Sink;
use crate::lwm2m::value::{Type, Value};

/// A data item.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Item<'a> {
    /// A number, Boolean, or string in one piece.
    Value(Value<'a>),
    /// The pieces of a string; whether it is text.
    Pieces(bool, &'a [u8]),
    /// The head of an array, or of a map if so; its elements or pairs, [`INDEFINITE`] up to a break.
    List(bool, u64),
    /// No value.
    Null,
    /// The end of an indefinite item.
    Break,
}

/// A length that is not told.
pub const INDEFINITE: u64 = u64::MAX;

/// Major types (RFC 8949 3.1).
const NEGATIVE: u8 = 1;
const BYTES: u8 = 2;
const TEXT: u8 = 3;
const ARRAY: u8 = 4;
const MAP: u8 = 5;
const TAG: u8 = 6;

/// What stands before a number that is a time, seconds since 1970: tag 1 (OMA LwM2M 1.1 TS Core C.2, RFC 7049 2.4.1).
pub const EPOCH: u8 = TAG << 5 | 1;

/// Takes the head of an item from the front: major type, additional information, argument.
fn head(rest: &mut &[u8]) -> Option<(u8, u8, u64)> {
    let (first, tail) = rest.split_first()?;
    let information = first & 0x1F;
    let (argument, tail) = match information {
        0..24 => (u64::from(information), tail),
        24..28 => {
            let bytes = 1 << (information - 24);
            let number = tail.get(..bytes)?;
            let number = number
                .iter()
                .fold(0, |number, byte| number << 8 | u64::from(*byte));
            (number, tail.get(bytes..)?)
        }
        31 => (INDEFINITE, tail),
        _ => return None,
    };
    *rest = tail;
    Some((first >> 5, information, argument))
}

/// Takes `length` bytes from the front.
fn string<'a>(rest: &mut &'a [u8], length: u64) -> Option<&'a [u8]> {
    let length = usize::try_from(length).ok()?;
    let string = rest.get(..length)?;
    *rest = rest.get(length..)?;
    Some(string)
}

/// Takes an item from the front, an array or map without its elements. Tags are left aside: what a time or a number is
/// follows from the resource.
pub fn item<'a>(rest: &mut &'a [u8]) -> Option<Item<'a>> {
    let (mut major, mut information, mut argument) = head(rest)?;
    while major == TAG {
        if information == 31 {
            return None;
        }
        (major, information, argument) = head(rest)?;
    }
    let indefinite = information == 31;
    Some(match major {
        BYTES | TEXT if indefinite => {
            let pieces = *rest;
            while let (piece, information, length) = head(rest)?
                && (piece, information) != (7, 31)
            {
                if piece != major || information == 31 {
                    return None;
                }
                string(rest, length)?;
            }
            let length = pieces.len().checked_sub(rest.len())?;
            Item::Pieces(major == TEXT, pieces.get(..length)?)
        }
        BYTES => Item::Value(Value::Opaque(string(rest, argument)?)),
        TEXT => Item::Value(Value::Text(string(rest, argument)?)),
        ARRAY | MAP => Item::List(major == MAP, argument),
        7 => match information {
            20 | 21 => Item::Value(Value::Boolean(information == 21)),
            22 | 23 => Item::Null,
            25 => Item::Value(Value::Float(half(argument as u16))),
            26 => Item::Value(Value::Float(f32::from_bits(argument as u32))),
            27 => Item::Value(Value::Double(f64::from_bits(argument))),
            31 => Item::Break,
            _ => return None,
        },
        _ => {
            let number = i64::try_from(argument).ok().filter(|_| !indefinite)?;
            Item::Value(Value::Integer(if major == NEGATIVE {
                !number
            } else {
                number
            }))
        }
    })
}

/// A number of 16 bits as one of 32 (IEEE 754, RFC 8949 appendix D).
fn half(bits: u16) -> f32 {
    let sign = u32::from(bits >> 15) << 31;
    let mantissa = u32::from(bits & 0x3FF);
    let magnitude = match u32::from(bits >> 10 & 0x1F) {
        0 if mantissa == 0 => 0,
        // Without the implied one: the highest bit becomes it.
        0 => {
            let shift = mantissa.leading_zeros() - 21;
            (113 - shift) << 23 | (mantissa << shift & 0x3FF) << 13
        }
        31 => 0xFF << 23 | mantissa << 13,
        exponent => (exponent + 112) << 23 | mantissa << 13,
    };
    f32::from_bits(sign | magnitude)
}

/// Puts the pieces of a string together.
pub fn join<'o>(pieces: &[u8], out: &'o mut [u8]) -> Option<&'o [u8]> {
    let mut rest = pieces;
    let mut length = 0;
    while let Some(Item::Value(Value::Text(piece) | Value::Opaque(piece))) = item(&mut rest) {
        length += copy(piece, out.get_mut(length..)?)?;
    }
    out.get(..length)
}

/// Reads the single value of a resource. Strings in pieces are put together in `scratch`.
pub fn value<'v>(kind: Type, bytes: &'v [u8], scratch: &'v mut [u8]) -> Option<Value<'v>> {
    let mut rest = bytes;
    let value = match item(&mut rest)? {
        Item::Value(value) => value,
        Item::Pieces(text, pieces) => {
            let joined = join(pieces, scratch)?;
            if text {
                Value::Text(joined)
            } else {
                Value::Opaque(joined)
            }
        }
        _ => return None,
    };
    if rest.is_empty() {
        value.typed(kind)
    } else {
        None
    }
}

/// Writes the head of an item in its shortest form.
fn put_head(sink: &mut Sink<'_>, major: u8, argument: u64) {
    let (information, bytes) = match argument {
        0..24 => return sink.put(&[major << 5 | argument as u8]),
        24..=0xFF => (24, 1),
        0x100..=0xFFFF => (25, 2),
        0x1_0000..=0xFFFF_FFFF => (26, 4),
        _ => (27, 8),
    };
    sink.put(&[major << 5 | information]);
    sink.put_number(argument, bytes);
}

/// Writes the head of an array or map.
pub fn put_list(sink: &mut Sink<'_>, map: bool, count: usize) {
    put_head(sink, if map { MAP } else { ARRAY }, count as u64);
}

/// Writes an integer.
pub fn put_integer(sink: &mut Sink<'_>, number: i64) {
    if number < 0 {
        put_head(sink, NEGATIVE, !number as u64);
    } else {
        put_head(sink, 0, number as u64);
    }
}

/// Writes a text.
pub fn put_text(sink: &mut Sink<'_>, text: &[u8]) {
    put_head(sink, TEXT, text.len() as u64);
    sink.put(text);
}

/// Writes a value; a link as the text `o:i`.
pub fn put(sink: &mut Sink<'_>, value: &Value<'_>) {
    match *value {
        Value::Integer(number) => put_integer(sink, number),
        Value::Float(number) => {
            sink.put(&[0xFA]);
            sink.put_number(u64::from(number.to_bits()), 4);
        }
        Value::Double(number) => {
            sink.put(&[0xFB]);
            sink.put_number(number.to_bits(), 8);
        }
        Value::Boolean(value) => sink.put(&[0xF4 | u8::from(value)]),
        Value::Text(text) => put_text(sink, text),
        Value::Opaque(bytes) => {
            put_head(sink, BYTES, bytes.len() as u64);
            sink.put(bytes);
        }
        Value::Link(..) => {
            let mut text = [0; 12];
            let mut short = Sink::new(&mut text);
            super::text::write(&mut short, value);
            let length = short.written();
            put_text(sink, text.get(..length).unwrap_or(&[]));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(hex: &str) -> Vec<u8> {
        let digits: Vec<u8> = hex.bytes().filter_map(crate::text::hex_digit).collect();
        digits
            .chunks(2)
            .map(|pair| pair[0] << 4 | pair[1])
            .collect()
    }

    fn decoded(hex: &str) -> Option<Item<'static>> {
        let bytes = bytes(hex).leak();
        let mut rest = &*bytes;
        item(&mut rest).filter(|_| rest.is_empty())
    }

    fn encoded(value: Value<'_>) -> Vec<u8> {
        let mut buffer = [0; 64];
        let mut sink = Sink::new(&mut buffer);
        put(&mut sink, &value);
        let length = sink.written();
        buffer[..length].to_vec()
    }

    /// RFC 8949 appendix A.
    #[test]
    fn examples_of_the_standard_both_ways() {
        for (value, hex) in [
            (Value::Integer(0), "00"),
            (Value::Integer(23), "17"),
            (Value::Integer(24), "1818"),
            (Value::Integer(100), "1864"),
            (Value::Integer(1000), "1903e8"),
            (Value::Integer(1_000_000), "1a000f4240"),
            (Value::Integer(1_000_000_000_000), "1b000000e8d4a51000"),
            (Value::Integer(-1), "20"),
            (Value::Integer(-100), "3863"),
            (Value::Integer(-1000), "3903e7"),
            (Value::Integer(i64::MIN), "3b7fffffffffffffff"),
            (Value::Float(100_000.0), "fa47c35000"),
            (Value::Double(1.1), "fb3ff199999999999a"),
            (Value::Double(-4.1), "fbc010666666666666"),
            (Value::Boolean(false), "f4"),
            (Value::Boolean(true), "f5"),
            (Value::Opaque(&[1, 2, 3, 4]), "4401020304"),
            (Value::Text(b""), "60"),
            (Value::Text(b"IETF"), "6449455446"),
            (Value::Text("\u{6C34}".as_bytes()), "63e6b0b4"),
        ] {
            assert_eq!(encoded(value), bytes(hex), "{value:?}");
            assert_eq!(decoded(hex), Some(Item::Value(value)), "{hex}");
        }
    }

    /// RFC 8949 appendix A.
    #[test]
    fn halves_are_floats() {
        for (hex, number) in [
            ("f90000", 0.0f32),
            ("f93c00", 1.0),
            ("f93e00", 1.5),
            ("f97bff", 65_504.0),
            ("f90001", 5.960_464_5e-8),
            ("f90400", 0.000_061_035_156),
            ("f983ff", -6.097_555e-5),
            ("f9c400", -4.0),
            ("f97c00", f32::INFINITY),
            ("f9fc00", f32::NEG_INFINITY),
        ] {
            assert_eq!(
                decoded(hex),
                Some(Item::Value(Value::Float(number))),
                "{hex}"
            );
        }
        let Some(Item::Value(Value::Float(number))) = decoded("f98000") else {
            panic!("no float");
        };
        assert_eq!(number.to_bits(), (-0.0f32).to_bits());
        assert!(
            matches!(decoded("f97e00"), Some(Item::Value(Value::Float(number))) if number.is_nan())
        );
    }

    #[test]
    fn strings_in_pieces_are_joined() {
        // RFC 8949 appendix A.
        let text = bytes("7f657374726561646d696e67ff");
        assert_eq!(
            value(Type::Text, &text, &mut [0; 16]),
            Some(Value::Text(b"streaming"))
        );
        let opaque = bytes("5f42010243030405ff");
        assert_eq!(
            value(Type::Opaque, &opaque, &mut [0; 16]),
            Some(Value::Opaque(&[1, 2, 3, 4, 5]))
        );
        assert_eq!(value(Type::Opaque, &opaque, &mut [0; 4]), None);
    }

    #[test]
    fn single_values_are_read_by_type() {
        for (hex, kind, wanted) in [
            (
                "c11a514b67b0",
                Type::Time,
                Some(Value::Integer(1_363_896_240)),
            ),
            (
                "1a514b67b0",
                Type::Time,
                Some(Value::Integer(1_363_896_240)),
            ),
            (
                "fb41d452d9ec000000",
                Type::Time,
                Some(Value::Integer(1_363_896_240)),
            ),
            ("f95640", Type::Integer, Some(Value::Integer(100))),
            ("f93e00", Type::Integer, None),
            ("f97c00", Type::Integer, None),
            ("f97e00", Type::Integer, None),
            (
                "fbc010000000000000",
                Type::Integer,
                Some(Value::Integer(-4)),
            ),
            ("fb43e0000000000000", Type::Integer, None),
            ("1bffffffffffffffff", Type::Integer, None),
            ("3bffffffffffffffff", Type::Integer, None),
            ("63333a30", Type::Link, Some(Value::Link(3, 0))),
            ("f5", Type::Boolean, Some(Value::Boolean(true))),
            ("01", Type::Boolean, None),
            ("f6", Type::Integer, None),
            ("61ff", Type::Text, None),
            ("0000", Type::Integer, None),
            ("8100", Type::Integer, None),
            ("", Type::Integer, None),
        ] {
            assert_eq!(value(kind, &bytes(hex), &mut [0; 8]), wanted, "{hex}");
        }
    }

    /// RFC 8949 appendix F, and what is cut.
    #[test]
    fn what_is_not_well_formed_is_no_item() {
        for hex in [
            "18",
            "19",
            "1a0102",
            "1b01020304050607",
            "38",
            "58",
            "78",
            "98",
            "9a01ff00",
            "b8",
            "d8",
            "f8",
            "f900",
            "fa0000",
            "fb000000",
            "41",
            "61",
            "5affffffff00",
            "7bffffffffffffffff010203",
            "1c",
            "1d",
            "1e",
            "3c",
            "5c",
            "5f00ff",
            "5f21ff",
            "5f6100ff",
            "5f5f4100ffff",
            "7f4100ff",
            "1f",
            "3f",
            "df",
            "c0",
            "5f4100",
            "7f6100",
            "f818",
            "e0",
        ] {
            let found = decoded(hex);
            assert!(found.is_none(), "{hex}: {found:?}");
        }
    }
}
