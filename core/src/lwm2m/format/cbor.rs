//! CBOR (RFC 8949), as much of it as resource values and SenML need; and single values, content format 60
//! (OMA LwM2M TS Core 1.1 7.4.2). Floats go in and out as bits: nothing here calculates with them.

use super::text;
use crate::lwm2m::sink::Sink;
use crate::lwm2m::value::{Type, Value};
use crate::text::{FIXED_ONE, with_sign};

/// A data item; of an array or map its head.
#[derive(Clone, Copy, Debug)]
pub struct Item<'a> {
    /// Major type and additional information.
    first: u8,
    /// A number, or the bits of a float.
    argument: u64,
    /// The bytes of a string, or its pieces up to the break.
    content: &'a [u8],
}

/// A number of elements that is not told.
pub const INDEFINITE: u32 = u32::MAX;

/// Major types (RFC 8949 3.1).
const NEGATIVE: u8 = 1;
const BYTES: u8 = 2;
const TEXT: u8 = 3;
const ARRAY: u8 = 4;
const MAP: u8 = 5;
const TAG: u8 = 6;
const SIMPLE: u8 = 7;

/// Additional information of an array, map or string that goes on up to a [`BREAK`].
const OPEN: u8 = 31;
/// Ends what has no length.
pub const BREAK: u8 = SIMPLE << 5 | OPEN;
const FALSE: u8 = SIMPLE << 5 | 20;
const TRUE: u8 = SIMPLE << 5 | 21;
const UNDEFINED: u8 = SIMPLE << 5 | 23;
const HALF: u8 = SIMPLE << 5 | 25;
const SINGLE: u8 = SIMPLE << 5 | 26;
const DOUBLE: u8 = SIMPLE << 5 | 27;

/// What stands before a number that is a time, seconds since 1970: tag 1 (OMA LwM2M 1.1 TS Core C.2, RFC 7049 2.4.1).
pub const EPOCH: u8 = TAG << 5 | 1;

/// Takes the head of an item from the front: its first byte and argument.
fn head(rest: &mut &[u8]) -> Option<(u8, u64)> {
    let (first, mut tail) = rest.split_first()?;
    let information = first & 0x1F;
    let mut argument = u64::from(information);
    if information >= 24 {
        let bytes = match information {
            24..28 => 1 << (information - 24),
            // Not of numbers and tags.
            OPEN if !matches!(first >> 5, 0 | NEGATIVE | TAG) => 0,
            _ => return None,
        };
        argument = 0;
        for _ in 0..bytes {
            let (byte, after) = tail.split_first()?;
            argument = argument << 8 | u64::from(*byte);
            tail = after;
        }
    }
    *rest = tail;
    Some((*first, argument))
}

/// Takes an item from the front, an array or map without its elements. Tags are left aside: what a time or a number is
/// follows from the resource.
#[cfg_attr(target_os = "none", inline(never))]
pub fn item<'a>(rest: &mut &'a [u8]) -> Option<Item<'a>> {
    let (mut first, mut argument) = head(rest)?;
    while first >> 5 == TAG {
        (first, argument) = head(rest)?;
    }
    let mut content = &[][..];
    if let BYTES | TEXT = first >> 5 {
        let whole = *rest;
        if first & 0x1F == OPEN {
            while let (piece, length) = head(rest)?
                && piece != BREAK
            {
                if piece >> 5 != first >> 5 || piece == first {
                    return None;
                }
                *rest = rest.get(usize::try_from(length).ok()?..)?;
            }
            // The break as well.
            argument = (whole.len() - rest.len()) as u64;
        }
        (content, *rest) = whole.split_at_checked(usize::try_from(argument).ok()?)?;
    }
    Some(Item {
        first,
        argument,
        content,
    })
}

impl<'a> Item<'a> {
    fn major(&self) -> u8 {
        self.first >> 5
    }

    fn is_open(&self) -> bool {
        self.first & 0x1F == OPEN
    }

    /// The number of an integer.
    pub fn integer(&self) -> Option<i64> {
        let number = i64::try_from(self.argument).ok()?;
        match self.major() {
            0 => Some(number),
            NEGATIVE => Some(!number),
            _ => None,
        }
    }

    /// A text in one piece.
    pub fn text(&self) -> Option<&'a [u8]> {
        (self.major() == TEXT && !self.is_open()).then_some(self.content)
    }

    /// The number of elements of an array, or of pairs of a map if so.
    pub fn list(&self, map: bool) -> Option<u32> {
        if self.major() != if map { MAP } else { ARRAY } {
            return None;
        }
        Some(if self.is_open() {
            INDEFINITE
        } else {
            // More than there can be.
            u32::try_from(self.argument)
                .unwrap_or(INDEFINITE)
                .min(INDEFINITE - 1)
        })
    }

    /// Whether this is one value: no array, map or break.
    pub fn is_value(&self) -> bool {
        match self.major() {
            ARRAY | MAP => false,
            SIMPLE => matches!(self.first, FALSE..=UNDEFINED | HALF..=DOUBLE),
            _ => true,
        }
    }

    /// The float, if it is one.
    fn float(&self) -> Option<Value<'a>> {
        let bits = self.argument;
        match self.first {
            HALF => Some(Value::Float(half(bits as u16))),
            SINGLE => Some(Value::Float(f32::from_bits(bits as u32))),
            DOUBLE => Some(Value::Double(f64::from_bits(bits))),
            _ => None,
        }
    }

    /// The bytes of a string, put together in `scratch` when they are in pieces.
    #[cfg_attr(target_os = "none", inline(never))]
    fn joined<'v>(&self, scratch: &'v mut [u8]) -> Option<&'v [u8]>
    where
        'a: 'v,
    {
        if !self.is_open() {
            return Some(self.content);
        }
        let mut sink = Sink::new(scratch);
        let mut rest = self.content;
        while let Some(piece) = item(&mut rest) {
            sink.put(piece.content);
        }
        let (length, complete) = (sink.total(), sink.is_complete());
        scratch.get(..length).filter(|_| complete)
    }
}

/// Reads a value of a type. Strings in pieces are put together in `scratch`.
pub fn value<'v>(kind: Type, bytes: &'v [u8], scratch: &'v mut [u8]) -> Option<Value<'v>> {
    let mut rest = bytes;
    let item = item(&mut rest)?;
    if !rest.is_empty() {
        return None;
    }
    match (kind, item.major()) {
        (Type::Integer | Type::Time | Type::Float, _) => {
            if let Some(number) = item.integer() {
                return Some(Value::Integer(number));
            }
            let number = item.float()?;
            if kind == Type::Float {
                return Some(number);
            }
            // A float without a fraction is an integer as well.
            let (negative, whole, 0) = number.decimal(FIXED_ONE as u32)? else {
                return None;
            };
            with_sign(negative, whole).map(Value::Integer)
        }
        (Type::Boolean, _) => match item.first {
            FALSE | TRUE => Some(Value::Boolean(item.first == TRUE)),
            _ => None,
        },
        (Type::Opaque, BYTES) => item.joined(scratch).map(Value::Opaque),
        (Type::Text | Type::Link, TEXT) => text::value(kind, item.joined(scratch)?, &mut []),
        _ => None,
    }
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

/// Writes the first byte of an item and its argument.
#[cfg_attr(target_os = "none", inline(never))]
fn put_sized(sink: &mut Sink<'_>, first: u8, argument: u64, bytes: usize) {
    sink.put(&[first]);
    sink.put_number(argument, bytes);
}

/// Writes the head of an item in its shortest form.
fn put_head(sink: &mut Sink<'_>, major: u8, argument: u64) {
    if argument < 24 {
        return sink.put(&[major << 5 | argument as u8]);
    }
    // One, two, four or eight bytes follow.
    let mut size = 0;
    while size < 3 && argument >> (8 << size) != 0 {
        size += 1;
    }
    put_sized(sink, major << 5 | (24 + size), argument, 1 << size);
}

/// Writes the head of an array or map.
pub fn put_list(sink: &mut Sink<'_>, map: bool, count: usize) {
    put_head(sink, if map { MAP } else { ARRAY }, count as u64);
}

/// Writes an integer.
pub fn put_integer(sink: &mut Sink<'_>, number: i64) {
    let sign = number >> 63;
    put_head(sink, NEGATIVE & sign as u8, (number ^ sign) as u64);
}

/// Writes a string.
#[cfg_attr(target_os = "none", inline(never))]
fn put_string(sink: &mut Sink<'_>, major: u8, bytes: &[u8]) {
    put_head(sink, major, bytes.len() as u64);
    sink.put(bytes);
}

/// Writes a text.
pub fn put_text(sink: &mut Sink<'_>, text: &[u8]) {
    put_string(sink, TEXT, text);
}

/// Writes a value; a link as the text `o:i`.
pub fn put(sink: &mut Sink<'_>, value: &Value<'_>) {
    match *value {
        Value::Integer(number) => put_integer(sink, number),
        Value::Float(number) => put_sized(sink, SINGLE, u64::from(number.to_bits()), 4),
        Value::Double(number) => put_sized(sink, DOUBLE, number.to_bits(), 8),
        Value::Boolean(value) => sink.put(&[FALSE | u8::from(value)]),
        Value::Text(text) => put_string(sink, TEXT, text),
        Value::Opaque(bytes) => put_string(sink, BYTES, bytes),
        Value::Link(..) => {
            let mut measure = Sink::new(&mut []);
            text::write(&mut measure, value);
            put_head(sink, TEXT, measure.total() as u64);
            text::write(sink, value);
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

    /// The one item that bytes are, as the value that it is.
    fn decoded(hex: &str) -> Option<Value<'static>> {
        let bytes = bytes(hex).leak();
        let mut rest = &*bytes;
        let found = item(&mut rest)?;
        let kind = match (found.major(), found.first) {
            (0 | NEGATIVE, _) => Type::Integer,
            (BYTES, _) => Type::Opaque,
            (TEXT, _) => Type::Text,
            (_, FALSE | TRUE) => Type::Boolean,
            _ => Type::Float,
        };
        value(kind, bytes, &mut [0; 0])
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
            assert_eq!(decoded(hex), Some(value), "{hex}");
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
            assert_eq!(decoded(hex), Some(Value::Float(number)), "{hex}");
        }
        let Some(Value::Float(number)) = decoded("f98000") else {
            panic!("no float");
        };
        assert_eq!(number.to_bits(), (-0.0f32).to_bits());
        assert!(matches!(decoded("f97e00"), Some(Value::Float(number)) if number.is_nan()));
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
            let bytes = bytes(hex);
            let mut rest = &*bytes;
            let found = item(&mut rest).filter(|item| item.is_value() && rest.is_empty());
            assert!(found.is_none(), "{hex}: {found:?}");
        }
    }
}
