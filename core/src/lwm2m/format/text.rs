//! Plain text values, content format 0 (OMA LwM2M TS Core 7.4.1): decimal numbers, 0 and 1, base64 for bytes, `o:i` for
//! links.

use crate::config::{LINKS, OPAQUES};
use crate::lwm2m::sink::Sink;
use crate::lwm2m::value::{Type, Value};
use crate::text::{Digits, find, is_utf8, signed, split, unsigned};

/// Writes a value as text.
pub fn write(sink: &mut Sink<'_>, value: &Value<'_>) {
    match *value {
        Value::Text(text) => sink.put(text),
        Value::Boolean(value) => sink.put(if value { b"1" } else { b"0" }),
        Value::Opaque(bytes) if OPAQUES => base64(sink, bytes, false),
        Value::Link(object, instance) if LINKS => {
            number(sink, object);
            sink.put(b":");
            number(sink, instance);
        }
        // Most numbers are small; a device takes the way for all.
        Value::Integer(small @ 0..100) if !cfg!(target_os = "none") => {
            let [ten, one] = [small / 10, small % 10].map(|digit| b'0' + digit as u8);
            if small < 10 {
                sink.put(&[one]);
            } else {
                sink.put(&[ten, one]);
            }
        }
        Value::Integer(_) | Value::Float(_) | Value::Double(_) => {
            if let Some((negative, whole, fraction)) = value.decimal(FRACTION) {
                decimal(sink, negative, whole, fraction, FRACTION);
            }
        }
        Value::Opaque(_) | Value::Link(..) => {}
    }
}

/// Units of the seven digits behind the point that a float has at most: 1 cm at the equator for a latitude.
const FRACTION: u32 = 10_000_000;

/// An id as digits.
pub(super) fn number(sink: &mut Sink<'_>, id: u16) {
    sink.put(Digits::unsigned(u64::from(id)).as_bytes());
}

/// A number in decimal notation; `fraction` is in units of 1/`one`, a power of ten.
pub(super) fn decimal(sink: &mut Sink<'_>, negative: bool, whole: u64, fraction: u32, one: u32) {
    if negative {
        sink.put(b"-");
    }
    sink.put(Digits::unsigned(whole).as_bytes());
    if fraction == 0 {
        return;
    }
    sink.put(b".");
    // The leading one keeps the zeros behind it.
    let digits = Digits::unsigned(u64::from(one + fraction));
    let mut digits = digits.as_bytes();
    while let [rest @ .., b'0'] = digits {
        digits = rest;
    }
    sink.put(digits.get(1..).unwrap_or(&[]));
}

const BASE64: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// Bytes in base64 (RFC 4648 4), or with the alphabet of URLs and without padding (5).
pub(super) fn base64(sink: &mut Sink<'_>, bytes: &[u8], url: bool) {
    for chunk in bytes.chunks(3) {
        let mut bits = chunk
            .iter()
            .fold(0, |bits, byte| bits << 8 | u32::from(*byte))
            << (32 - 8 * chunk.len());
        let mut quad = *b"====";
        for slot in quad.iter_mut().take(chunk.len() + 1) {
            *slot = match BASE64.get((bits >> 26) as usize).copied() {
                Some(b'+') if url => b'-',
                Some(b'/') if url => b'_',
                digit => digit.unwrap_or(0),
            };
            bits <<= 6;
        }
        let length = if url { chunk.len() + 1 } else { 4 };
        sink.put(quad.get(..length).unwrap_or(&quad));
    }
}

/// Reads a value of a type from text; `None` when the text does not form one. Base64 is decoded into `scratch`.
pub fn value<'v>(kind: Type, text: &'v [u8], scratch: &'v mut [u8]) -> Option<Value<'v>> {
    match kind {
        Type::Integer | Type::Time => signed(text).map(Value::Integer),
        Type::Boolean => match text {
            b"0" => Some(Value::Boolean(false)),
            b"1" => Some(Value::Boolean(true)),
            _ => None,
        },
        Type::Text => is_utf8(text).then_some(Value::Text(text)),
        Type::Opaque => from_base64(text, scratch, false).map(Value::Opaque),
        Type::Link if LINKS => {
            let (object, instance) = split(text, b':')?;
            let id = |digits: &[u8]| u16::try_from(unsigned(digits)?).ok();
            Some(Value::Link(id(object)?, id(instance)?))
        }
        // No writable float is offered by any object.
        Type::Float | Type::Link | Type::None => None,
    }
}

/// The bytes of base64. With the alphabet of URLs the other one and padding are taken as well.
pub(super) fn from_base64<'v>(text: &[u8], out: &'v mut [u8], url: bool) -> Option<&'v [u8]> {
    if !text.len().is_multiple_of(4) && (!url || text.len() % 4 == 1 || text.ends_with(b"=")) {
        return None;
    }
    let digits = match text {
        [digits @ .., b'=', b'='] | [digits @ .., b'='] | digits => digits,
    };
    let mut bits: u32 = 0;
    let mut length = 0;
    for (index, digit) in digits.iter().enumerate() {
        let digit = match digit {
            b'-' if url => b'+',
            b'_' if url => b'/',
            other => *other,
        };
        bits = bits << 6 | find(BASE64, digit)? as u32;
        // Each digit but the first of four completes a byte.
        if index % 4 != 0 {
            *out.get_mut(length)? = (bits >> (6 - 2 * (index % 4))) as u8;
            length += 1;
        }
    }
    out.get(..length)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(value: Value<'_>) -> String {
        let mut buffer = [0; 64];
        let mut sink = Sink::new(&mut buffer);
        write(&mut sink, &value);
        let length = sink.written();
        String::from_utf8(buffer[..length].to_vec()).unwrap()
    }

    #[test]
    fn floats_are_decimal_without_trailing_zeros() {
        assert_eq!(written(Value::Double(63.4210001)), "63.4210001");
        assert_eq!(written(Value::Double(-0.5)), "-0.5");
        assert_eq!(written(Value::Float(0.1)), "0.1");
        assert_eq!(written(Value::Double(10.99999999)), "11");
        assert_eq!(written(Value::Float(0.0)), "0");
        assert_eq!(written(Value::Double(5.05)), "5.05");
        assert_eq!(written(Value::Double(-180.0)), "-180");
        assert_eq!(written(Value::Double(-0.0)), "0");
        assert_eq!(written(Value::Float(1.0e-30)), "0");
        assert_eq!(written(Value::Float(-1.5e9)), "-1500000000");
        assert_eq!(written(Value::Double(0.0000001)), "0.0000001");
    }

    #[test]
    fn bytes_are_base64_both_ways() {
        for (bytes, text) in [
            (&b""[..], ""),
            (b"f", "Zg=="),
            (b"fo", "Zm8="),
            (b"foo", "Zm9v"),
            (b"foob", "Zm9vYg=="),
            (b"\xFF\xFE\xFD\xFC\xFB", "//79/Ps="),
        ] {
            assert_eq!(written(Value::Opaque(bytes)), text);
            assert_eq!(
                value(Type::Opaque, text.as_bytes(), &mut [0; 16]),
                Some(Value::Opaque(bytes))
            );
        }
        for text in ["Zg=", "Z===", "Zm9*", "====", "Zg==Zg=="] {
            assert_eq!(
                value(Type::Opaque, text.as_bytes(), &mut [0; 16]),
                None,
                "{text}"
            );
        }
    }

    #[test]
    fn values_are_read_by_type() {
        let mut scratch = [0; 8];
        assert_eq!(
            value(Type::Integer, b"-12", &mut scratch),
            Some(Value::Integer(-12))
        );
        assert_eq!(value(Type::Boolean, b"true", &mut scratch), None);
        assert_eq!(
            value(Type::Link, b"3:0", &mut scratch),
            Some(Value::Link(3, 0))
        );
        assert_eq!(value(Type::Link, b"3:65536", &mut scratch), None);
        assert_eq!(written(Value::Link(16, 65_535)), "16:65535");
    }
}
