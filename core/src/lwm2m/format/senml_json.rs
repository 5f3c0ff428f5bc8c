//! SenML in JSON, content format 110 (RFC 8428 5, RFC 8259). Numbers and strings are found here and read when it is known
//! what they are.

use super::senml::{Label, Raw};
use super::text;
use crate::bytes::copy;
use crate::lwm2m::sink::Sink;
use crate::lwm2m::value::Value;
use crate::text::{divide, find, hex_digit};

/// Takes the white space in front; gives what follows.
fn next(rest: &mut &[u8]) -> Option<u8> {
    while let [b' ' | b'\t' | b'\n' | b'\r', tail @ ..] = *rest {
        *rest = tail;
    }
    rest.first().copied()
}

/// Takes a character, if it is the next.
pub fn take(rest: &mut &[u8], wanted: u8) -> bool {
    let is = next(rest) == Some(wanted);
    if is {
        *rest = rest.get(1..).unwrap_or(&[]);
    }
    is
}

/// Whether only white space is left.
pub fn is_over(rest: &[u8]) -> bool {
    let mut rest = rest;
    next(&mut rest).is_none()
}

/// Enters an array or an object; gives what [`more`] counts.
pub fn enter(rest: &mut &[u8], map: bool) -> Option<u64> {
    take(rest, if map { b'{' } else { b'[' }).then_some(0)
}

/// Whether another element or pair follows; the end is taken.
pub fn more(rest: &mut &[u8], map: bool, seen: &mut u64) -> Option<bool> {
    if take(rest, if map { b'}' } else { b']' }) {
        return Some(false);
    }
    let separated = *seen == 0 || take(rest, b',');
    *seen = 1;
    separated.then_some(true)
}

/// Takes a string; gives what stands between its quotation marks.
fn string<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    if !take(rest, b'"') {
        return None;
    }
    let whole = *rest;
    loop {
        match *rest {
            [b'"', tail @ ..] => {
                let length = whole.len().checked_sub(rest.len())?;
                *rest = tail;
                return whole.get(..length);
            }
            [b'\\', _, tail @ ..] => *rest = tail,
            // Control characters are escaped (RFC 8259 7).
            [0..0x20, ..] | [b'\\'] | [] => return None,
            [_, tail @ ..] => *rest = tail,
        }
    }
}

/// Takes a label and its colon.
pub fn label(rest: &mut &[u8]) -> Option<Label> {
    let label = match string(rest)? {
        b"bn" => Label::BaseName,
        b"n" => Label::Name,
        b"v" => Label::Number,
        b"vs" => Label::Text,
        b"vb" => Label::Boolean,
        b"vd" => Label::Opaque,
        b"vlo" => Label::Link,
        // Base value, base sum and sum would change values; labels that end so must be understood (RFC 8428 4.4).
        b"bv" | b"bs" | b"s" | [.., b'_'] => return None,
        _ => Label::Other,
    };
    take(rest, b':').then_some(label)
}

/// Takes a value.
pub fn value<'a>(rest: &mut &'a [u8]) -> Option<Raw<'a>> {
    if next(rest)? == b'"' {
        return string(rest).map(Raw::Quoted);
    }
    let whole = *rest;
    let length = whole
        .iter()
        .position(|byte| !matches!(byte, b'0'..=b'9' | b'a'..=b'z' | b'E' | b'+' | b'-' | b'.'))
        .unwrap_or(whole.len());
    *rest = whole.get(length..)?;
    match whole.get(..length)? {
        b"" => None,
        b"true" => Some(Raw::Value(Value::Boolean(true))),
        b"false" => Some(Raw::Value(Value::Boolean(false))),
        b"null" => Some(Raw::Null),
        number => Some(Raw::Decimal(number)),
    }
}

/// The characters of a string, its escapes undone.
pub fn unescape<'o>(quoted: &[u8], out: &'o mut [u8]) -> Option<&'o [u8]> {
    let mut rest = quoted;
    let mut length = 0;
    while let [first, tail @ ..] = rest {
        rest = tail;
        let mut utf8 = [*first, 0, 0, 0];
        let mut bytes = 1;
        if *first == b'\\' {
            let (escape, tail) = tail.split_first()?;
            rest = tail;
            if *escape == b'u' {
                let mut number = unit(&mut rest)?;
                if number >> 10 == 0xD800 >> 10 {
                    // The first half of a pair.
                    let [b'\\', b'u', tail @ ..] = rest else {
                        return None;
                    };
                    rest = tail;
                    let low = unit(&mut rest)?
                        .checked_sub(0xDC00)
                        .filter(|low| *low < 0x400)?;
                    number = 0x1_0000 + ((number - 0xD800) << 10 | low);
                }
                bytes = char::from_u32(number)?.encode_utf8(&mut utf8).len();
            } else {
                let at = find(b"\"\\/bfnrt", *escape)?;
                utf8[0] = *b"\"\\/\x08\x0C\n\r\t".get(at)?;
            }
        }
        length += copy(utf8.get(..bytes)?, out.get_mut(length..)?)?;
    }
    out.get(..length)
}

/// Takes four hexadecimal digits.
fn unit(rest: &mut &[u8]) -> Option<u32> {
    let mut number = 0;
    for digit in rest.get(..4)? {
        number = number << 4 | u32::from(hex_digit(*digit)?);
    }
    *rest = rest.get(4..)?;
    Some(number)
}

/// A number that is whole, however it is written (RFC 8259 6).
pub fn integer(number: &[u8]) -> Option<i64> {
    let (negative, mut rest) = match number {
        [b'-', rest @ ..] => (true, rest),
        rest => (false, rest),
    };
    let mut magnitude: u64 = 0;
    // Digits before the point, or behind it.
    let mut digits = 0u32;
    let mut scale = 0i32;
    let mut fraction = false;
    loop {
        match rest {
            [digit @ b'0'..=b'9', tail @ ..] => {
                // No other digit follows a zero in front.
                if digits == 1 && magnitude == 0 && !fraction {
                    return None;
                }
                magnitude = magnitude
                    .checked_mul(10)?
                    .checked_add(u64::from(digit - b'0'))?;
                scale -= i32::from(fraction);
                digits += 1;
                rest = tail;
            }
            [b'.', tail @ ..] if !fraction && digits > 0 => {
                fraction = true;
                digits = 0;
                rest = tail;
            }
            _ => break,
        }
    }
    if digits == 0 {
        return None;
    }
    if let [b'e' | b'E', exponent @ ..] = rest {
        let exponent = crate::text::signed(exponent)?;
        scale = scale.saturating_add(exponent.clamp(-1_000, 1_000) as i32);
        rest = &[];
    }
    if !rest.is_empty() {
        return None;
    }
    while scale > 0 && magnitude != 0 {
        magnitude = magnitude.checked_mul(10)?;
        scale -= 1;
    }
    while scale < 0 && magnitude != 0 {
        let (quotient, last) = divide(magnitude, 10);
        if last != 0 {
            return None;
        }
        magnitude = quotient;
        scale += 1;
    }
    let value = if negative {
        magnitude.wrapping_neg()
    } else {
        magnitude
    } as i64;
    // Out of range has the other sign.
    (magnitude == 0 || (value < 0) == negative).then_some(value)
}

/// Writes a record: its base name and name unless they are empty, and its value.
pub fn record(sink: &mut Sink<'_>, base: &[u8], name: &[u8], value: &Value<'_>) {
    sink.put(b"{");
    for (label, text) in [(&b"\"bn\":\""[..], base), (b"\"n\":\"", name)] {
        if !text.is_empty() {
            sink.put(label);
            sink.put(text);
            sink.put(b"\",");
        }
    }
    let label: &[u8] = match value {
        Value::Boolean(true) => return sink.put(b"\"vb\":true}"),
        Value::Boolean(false) => return sink.put(b"\"vb\":false}"),
        Value::Integer(_) | Value::Float(_) | Value::Double(_) => {
            sink.put(b"\"v\":");
            text::write(sink, value);
            return sink.put(b"}");
        }
        Value::Text(_) => b"\"vs\":\"",
        Value::Opaque(_) => b"\"vd\":\"",
        Value::Link(..) => b"\"vlo\":\"",
    };
    sink.put(label);
    match *value {
        Value::Text(text) => escape(sink, text),
        Value::Opaque(bytes) => text::base64(sink, bytes, true),
        _ => text::write(sink, value),
    }
    sink.put(b"\"}");
}

/// Writes text between quotation marks.
fn escape(sink: &mut Sink<'_>, text: &[u8]) {
    for byte in text {
        match *byte {
            control @ 0..0x20 => {
                sink.put(b"\\u00");
                for digit in [control >> 4, control & 15] {
                    sink.put(&[digit + if digit < 10 { b'0' } else { b'a' - 10 }]);
                }
            }
            special @ (b'"' | b'\\') => sink.put(&[b'\\', special]),
            plain => sink.put(&[plain]),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_numbers_may_be_written_in_many_ways() {
        for (text, number) in [
            ("0", 0),
            ("-0", 0),
            ("60", 60),
            ("60.0", 60),
            ("6e1", 60),
            ("6.0E+1", 60),
            ("600e-1", 60),
            ("0.6e2", 60),
            ("-9223372036854775808", i64::MIN),
            ("9223372036854775807", i64::MAX),
            ("0e99999999999999999", 0),
        ] {
            assert_eq!(integer(text.as_bytes()), Some(number), "{text}");
        }
        for text in [
            "",
            "-",
            "00",
            "01",
            "1.",
            ".5",
            "1.5",
            "1e",
            "1e-1",
            "1e99",
            "--1",
            "+1",
            "1x",
            "9223372036854775808",
            "99999999999999999999",
            "1.2.3",
            "nan",
        ] {
            assert_eq!(integer(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn escapes_are_undone() {
        for (quoted, plain) in [
            (r"", ""),
            (r"plain", "plain"),
            (r#"\"\\\/\b\f\n\r\t"#, "\"\\/\u{8}\u{C}\n\r\t"),
            (r"\u0041\u00e9\u20AC", "A\u{E9}\u{20AC}"),
            (r"\ud83d\ude00", "\u{1F600}"),
        ] {
            let mut out = [0; 32];
            assert_eq!(
                unescape(quoted.as_bytes(), &mut out),
                Some(plain.as_bytes())
            );
        }
        for quoted in [
            r"\x",
            r"\",
            r"\u12",
            r"\ud83d",
            r"\ud83d\u0041",
            r"\ude00",
            r"\ud83dxx",
        ] {
            assert_eq!(unescape(quoted.as_bytes(), &mut [0; 32]), None, "{quoted}");
        }
        assert_eq!(unescape(b"12345", &mut [0; 4]), None);
    }
}
