//! SenML in JSON, content format 110 (RFC 8428 5, RFC 8259). Numbers and strings are found here and read when it is known
//! what they are.

use super::senml::Label;
use super::text;
use crate::bytes::copy;
use crate::lwm2m::sink::Sink;
use crate::lwm2m::value::{Type, Value};
use crate::text::{find, hex_digit, signed, split, trim, with_sign};

/// Takes the white space in front; gives what follows.
fn next(rest: &mut &[u8]) -> Option<u8> {
    while let [b' ' | b'\t' | b'\n' | b'\r', tail @ ..] = *rest {
        *rest = tail;
    }
    rest.first().copied()
}

/// Takes a character, if it is the next.
fn take(rest: &mut &[u8], wanted: u8) -> bool {
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
pub fn enter(rest: &mut &[u8], map: bool) -> Option<u32> {
    take(rest, if map { b'{' } else { b'[' }).then_some(0)
}

/// Whether another element or pair follows; the end is taken.
pub fn more(rest: &mut &[u8], map: bool, seen: &mut u32) -> Option<bool> {
    if take(rest, if map { b'}' } else { b']' }) {
        return Some(false);
    }
    let separated = *seen == 0 || take(rest, b',');
    *seen = 1;
    separated.then_some(true)
}

/// Takes a string with its quotation marks, a number, or one of the words of JSON.
pub fn token<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    let quoted = next(rest)? == b'"';
    let whole = *rest;
    let mut length = usize::from(quoted);
    loop {
        length += match whole.get(length) {
            Some(b'"') if quoted => {
                length += 1;
                break;
            }
            Some(b'\\') if quoted => 2,
            // Control characters are escaped (RFC 8259 7).
            Some(0..0x20) | None if quoted => return None,
            Some(b'0'..=b'9' | b'a'..=b'z' | b'E' | b'+' | b'-' | b'.') => 1,
            _ if quoted => 1,
            _ => break,
        };
    }
    let (token, tail) = whole.split_at_checked(length)?;
    *rest = tail;
    (length > 0).then_some(token)
}

/// What stands between the quotation marks of a string.
fn quoted(token: &[u8]) -> Option<&[u8]> {
    match token {
        [b'"', quoted @ .., b'"'] => Some(quoted),
        _ => None,
    }
}

/// Takes a label and its colon.
pub fn label(rest: &mut &[u8]) -> Option<Label> {
    let text = quoted(token(rest)?)?;
    // Labels that end so must be understood (RFC 8428 4.4).
    if text.ends_with(b"_") || !take(rest, b':') {
        return None;
    }
    let mut name = [0; 3];
    copy(text, &mut name);
    // A longer one is none of them.
    let known = Label::NAMES.iter().find(|(own, _)| *own == name);
    Some(known.map_or(Label::OTHER, |(_, label)| *label))
}

/// Reads a value of a type.
pub fn value<'v>(kind: Type, token: &'v [u8], scratch: &'v mut [u8]) -> Option<Value<'v>> {
    match kind {
        Type::Integer | Type::Time | Type::Float => integer(token).map(Value::Integer),
        Type::Boolean => match token {
            b"true" => Some(Value::Boolean(true)),
            b"false" => Some(Value::Boolean(false)),
            _ => None,
        },
        Type::Opaque => text::from_base64(quoted(token)?, scratch, true).map(Value::Opaque),
        _ => text::value(kind, unescape(quoted(token)?, scratch)?, &mut []),
    }
}

/// The characters of a string, its escapes undone. Half a pair of surrogates is refused with what is not UTF-8.
fn unescape<'o>(quoted: &'o [u8], out: &'o mut [u8]) -> Option<&'o [u8]> {
    if find(quoted, b'\\').is_none() {
        return Some(quoted);
    }
    let mut sink = Sink::new(out);
    let mut rest = quoted;
    while let [first, tail @ ..] = rest {
        rest = tail;
        let mut number = u32::from(*first);
        if *first == b'\\' {
            let (escape, tail) = tail.split_first()?;
            rest = tail;
            if *escape == b'u' {
                number = unit(&mut rest)?;
                if number >> 10 == 0xD800 >> 10 {
                    // The first half of a pair.
                    rest = rest.strip_prefix(b"\\u")?;
                    let low = unit(&mut rest)?.wrapping_sub(0xDC00);
                    if low >= 0x400 {
                        return None;
                    }
                    number = 0x1_0000 + ((number - 0xD800) << 10 | low);
                }
                utf8(&mut sink, number);
                continue;
            }
            let at = find(b"\"\\/bfnrt", *escape)?;
            number = u32::from(*b"\"\\/\x08\x0C\n\r\t".get(at)?);
        }
        sink.put(&[number as u8]);
    }
    let (length, complete) = (sink.total(), sink.is_complete());
    out.get(..length).filter(|_| complete)
}

/// Writes a character (RFC 3629 3).
fn utf8(sink: &mut Sink<'_>, number: u32) {
    let more = match number {
        0..0x80 => return sink.put(&[number as u8]),
        0x80..0x800 => 1,
        0x800..0x1_0000 => 2,
        _ => 3,
    };
    sink.put(&[(0xFF00 >> (more + 1)) as u8 | (number >> (6 * more)) as u8]);
    for place in (0..more).rev() {
        sink.put(&[0x80 | (number >> (6 * place)) as u8 & 0x3F]);
    }
}

/// Takes four hexadecimal digits.
fn unit(rest: &mut &[u8]) -> Option<u32> {
    let (digits, tail) = rest.split_at_checked(4)?;
    *rest = tail;
    let mut number = 0;
    for digit in digits {
        number = number << 4 | u32::from(hex_digit(*digit)?);
    }
    Some(number)
}

/// A number that is whole, however it is written (RFC 8259 6).
fn integer(number: &[u8]) -> Option<i64> {
    let digits = number.strip_prefix(b"-").unwrap_or(number);
    let (digits, exponent) = split(digits, b'e')
        .or_else(|| split(digits, b'E'))
        .unwrap_or((digits, b"0"));
    let (whole, fraction) = split(digits, b'.').unwrap_or((digits, b"0"));
    // No other digit follows a zero in front.
    if whole.is_empty() || fraction.is_empty() || matches!(whole, [b'0', _, ..]) {
        return None;
    }
    // Digits left before the point. With a larger exponent only zero is in range, which is zero with any.
    let exponent = i16::try_from(signed(exponent)?).unwrap_or(i16::MAX);
    let mut places = whole.len() as i32 + i32::from(exponent);
    let mut magnitude: u64 = 0;
    let mut digits = whole.iter().chain(fraction);
    loop {
        let digit = match digits.next() {
            Some(digit) => digit.wrapping_sub(b'0'),
            None if places > 0 && magnitude > 0 => 0,
            None => break,
        };
        if places > 0 && digit <= 9 {
            places -= 1;
            magnitude = magnitude.checked_mul(10)?.checked_add(u64::from(digit))?;
        } else if digit != 0 {
            return None;
        }
    }
    with_sign(number.starts_with(b"-"), magnitude)
}

/// Writes a pair.
pub fn put(sink: &mut Sink<'_>, label: Label, value: &Value<'_>) {
    if let Some((name, _)) = Label::NAMES.iter().find(|(_, own)| *own == label) {
        sink.put(b"\"");
        sink.put(trim(name));
        sink.put(b"\":");
    }
    match *value {
        Value::Boolean(true) => sink.put(b"true"),
        Value::Boolean(false) => sink.put(b"false"),
        Value::Integer(_) | Value::Float(_) | Value::Double(_) => text::write(sink, value),
        _ => {
            sink.put(b"\"");
            match *value {
                Value::Text(text) => escape(sink, text),
                Value::Opaque(bytes) => text::base64(sink, bytes, true),
                _ => text::write(sink, value),
            }
            sink.put(b"\"");
        }
    }
}

/// Writes text between quotation marks.
fn escape(sink: &mut Sink<'_>, text: &[u8]) {
    for byte in text {
        match *byte {
            control @ 0..0x20 => {
                let low = control & 15;
                let low = low + if low < 10 { b'0' } else { b'a' - 10 };
                sink.put(&[b'\\', b'u', b'0', b'0', b'0' + (control >> 4), low]);
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
            let token = format!("\"{quoted}\"");
            assert_eq!(
                value(Type::Text, token.as_bytes(), &mut out),
                Some(Value::Text(plain.as_bytes()))
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
            let token = format!("\"{quoted}\"");
            let mut out = [0; 32];
            let found = value(Type::Text, token.as_bytes(), &mut out);
            assert_eq!(found, None, "{quoted}");
        }
        let escaped = br#""\/1234""#;
        assert_eq!(value(Type::Text, escaped, &mut [0; 4]), None);
        let found = value(Type::Text, escaped, &mut [0; 5]).is_some();
        assert!(found);
    }
}
