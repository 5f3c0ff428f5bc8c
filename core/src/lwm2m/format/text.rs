//! Plain text values, content format 0 (OMA LwM2M TS Core 7.4.1): decimal numbers, 0 and 1, base64 for bytes, `o:i` for
//! links.

use crate::lwm2m::sink::Sink;
use crate::lwm2m::value::{Type, Value};
use crate::text::{Digits, signed, unsigned};

/// Writes a value as text.
pub fn write(sink: &mut Sink<'_>, value: &Value<'_>) {
    match *value {
        Value::Text(text) => sink.put(text.as_bytes()),
        Value::Integer(value) => sink.put(Digits::signed(value).as_bytes()),
        Value::Boolean(value) => sink.put(if value { b"1" } else { b"0" }),
        Value::Float(value) => float(sink, f64::from(value)),
        Value::Double(value) => float(sink, value),
        Value::Opaque(bytes) => base64(sink, bytes),
        Value::Link(object, instance) => {
            sink.put(Digits::unsigned(u64::from(object)).as_bytes());
            sink.put(b":");
            sink.put(Digits::unsigned(u64::from(instance)).as_bytes());
        }
    }
}

/// Seven digits behind the point: 1 cm at the equator for a latitude.
const FRACTION: u64 = 10_000_000;

/// A float in decimal notation with at most seven digits behind the point.
fn float(sink: &mut Sink<'_>, value: f64) {
    if value < 0.0 {
        sink.put(b"-");
    }
    let magnitude = if value < 0.0 { -value } else { value };
    let mut whole = magnitude as u64;
    let mut fraction = ((magnitude - whole as f64) * FRACTION as f64 + 0.5) as u64;
    if fraction >= FRACTION {
        whole = whole.saturating_add(1);
        fraction = 0;
    }
    sink.put(Digits::unsigned(whole).as_bytes());
    crate::text::fraction(FRACTION + fraction, |bytes| sink.put(bytes));
}

fn base64(sink: &mut Sink<'_>, bytes: &[u8]) {
    let digit = |bits: u32| -> u8 {
        match (bits & 63) as u8 {
            value @ 0..=25 => b'A' + value,
            value @ 26..=51 => b'a' + value - 26,
            value @ 52..=61 => b'0' + value - 52,
            62 => b'+',
            _ => b'/',
        }
    };
    for chunk in bytes.chunks(3) {
        let byte = |index: usize| u32::from(chunk.get(index).copied().unwrap_or(0));
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        let mut quad = [
            digit(bits >> 18),
            digit(bits >> 12),
            digit(bits >> 6),
            digit(bits),
        ];
        if chunk.len() < 3 {
            quad[3] = b'=';
        }
        if chunk.len() < 2 {
            quad[2] = b'=';
        }
        sink.put(&quad);
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
        Type::Text => core::str::from_utf8(text).ok().map(Value::Text),
        Type::Opaque => from_base64(text, scratch).map(Value::Opaque),
        Type::Link => {
            let colon = text.iter().position(|byte| *byte == b':')?;
            let id = |digits: &[u8]| u16::try_from(unsigned(digits)?).ok();
            Some(Value::Link(
                id(text.get(..colon)?)?,
                id(text.get(colon + 1..)?)?,
            ))
        }
        // No writable float is offered by any object.
        Type::Float | Type::None => None,
    }
}

fn from_base64<'v>(text: &[u8], out: &'v mut [u8]) -> Option<&'v [u8]> {
    if text.len() % 4 != 0 {
        return None;
    }
    let padding = text.iter().rev().take_while(|byte| **byte == b'=').count();
    if padding > 2 {
        return None;
    }
    let length = (text.len() / 4 * 3).checked_sub(padding)?;
    let digits = text.get(..text.len() - padding)?;
    let mut bits: u32 = 0;
    let mut at = 0;
    for (index, digit) in digits.iter().enumerate() {
        let value = match digit {
            b'A'..=b'Z' => digit - b'A',
            b'a'..=b'z' => digit - b'a' + 26,
            b'0'..=b'9' => digit - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => return None,
        };
        bits = bits << 6 | u32::from(value);
        // Each digit but the first of four completes a byte.
        if index % 4 != 0 {
            let shift = 6 - 2 * (index % 4);
            *out.get_mut(at)? = (bits >> shift) as u8;
            at += 1;
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
