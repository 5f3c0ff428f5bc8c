//! Numbers to and from decimal text, without the formatting machinery of the language (it would cost 10 kB of flash).

/// An unsigned decimal number: digits only, at least one. `None` on any other character or when it does not fit.
pub fn unsigned(text: &[u8]) -> Option<u64> {
    if text.is_empty() {
        return None;
    }
    let mut value: u64 = 0;
    for &byte in text {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 || value > u64::MAX / 10 {
            return None;
        }
        value = (value * 10).checked_add(u64::from(digit))?;
    }
    Some(value)
}

/// Whether a number has a minus sign, and the text behind its sign.
#[cfg_attr(target_os = "none", inline(never))]
pub fn sign(text: &[u8]) -> (bool, &[u8]) {
    match text {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] | rest => (false, rest),
    }
}

/// A decimal number with optional sign.
pub fn signed(text: &[u8]) -> Option<i64> {
    let (negative, digits) = sign(text);
    with_sign(negative, unsigned(digits)?)
}

/// A number of its sign and magnitude; `None` when it does not fit.
pub fn with_sign(negative: bool, magnitude: u64) -> Option<i64> {
    let value = if negative {
        magnitude.wrapping_neg()
    } else {
        magnitude
    } as i64;
    // Out of range has the other sign.
    (magnitude == 0 || (value < 0) == negative).then_some(value)
}

/// Units of [`fixed`] in one.
pub const FIXED_ONE: i64 = 1_000_000;

/// A decimal number with optional sign and fraction, in millionths; further digits are cut off. Used for the
/// thresholds of notification attributes, where a software floating point library would be waste.
pub fn fixed(text: &[u8]) -> Option<i64> {
    let (negative, text) = sign(text);
    let (whole, digits) = split(text, b'.').unwrap_or((text, b"0"));
    let whole = unsigned(whole)?;
    digits.first()?;
    let mut fraction: u32 = 0;
    let mut scale = FIXED_ONE as u32;
    for &byte in digits {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            return None;
        }
        scale /= 10;
        fraction += u32::from(digit) * scale;
    }
    millionths(negative, whole, fraction)
}

/// A number of its whole part and millionths; `None` when it does not fit.
#[cfg_attr(target_os = "none", inline(never))]
pub fn millionths(negative: bool, whole: u64, fraction: u32) -> Option<i64> {
    if whole >= (i64::MAX / FIXED_ONE) as u64 {
        return None;
    }
    let value = whole as i64 * FIXED_ONE + i64::from(fraction);
    Some(if negative { -value } else { value })
}

/// Where a byte stands first. One copy of the loop for all parsers; those of the language are unrolled.
#[cfg_attr(target_os = "none", inline(never))]
pub fn find(text: &[u8], byte: u8) -> Option<usize> {
    text.iter().position(|own| *own == byte)
}

/// The text before and after the first `byte`, if it is there.
#[cfg_attr(target_os = "none", inline(never))]
pub fn split(text: &[u8], byte: u8) -> Option<(&[u8], &[u8])> {
    let at = find(text, byte)?;
    Some((text.get(..at)?, text.get(at + 1..)?))
}

/// The text without blanks, line ends and other control characters around it.
#[cfg_attr(target_os = "none", inline(never))]
pub fn trim(text: &[u8]) -> &[u8] {
    let mut text = text;
    while let [b'\0'..=b' ', rest @ ..] | [rest @ .., b'\0'..=b' '] = text {
        text = rest;
    }
    text
}

/// Whether bytes are UTF-8 (RFC 3629): no overlong form, no surrogate. A plain loop over numbers: the language's own
/// check is a table and 300 bytes of code.
#[cfg_attr(target_os = "none", inline(never))]
pub fn is_utf8(text: &[u8]) -> bool {
    let mut rest = text;
    while let [first, more @ ..] = rest {
        rest = more;
        let ones = first.leading_ones();
        if ones == 0 {
            continue;
        }
        // Two bytes make numbers from 0x80 on, three from 0x800, four from 0x1_0000.
        let mut number = u32::from(*first) & (0x7F >> ones);
        for _ in 1..ones {
            let [next @ 0x80..0xC0, more @ ..] = rest else {
                return false;
            };
            rest = more;
            number = number << 6 | u32::from(*next & 0x3F);
        }
        if !(2..=4).contains(&ones)
            || number >> (ones * 9 / 2 - 2) == 0
            || char::from_u32(number).is_none()
        {
            return false;
        }
    }
    true
}

/// The text of which bytes were found inside `whole`.
pub fn part<'a>(whole: &'a str, found: &[u8]) -> Option<&'a str> {
    let start = (found.as_ptr() as usize).wrapping_sub(whole.as_ptr() as usize);
    whole.get(start..start.checked_add(found.len())?)
}

/// Decimal digits of a number in a buffer of its own.
pub struct Digits {
    bytes: [u8; 20],
    start: u8,
}

impl Digits {
    /// The decimal text of an unsigned number.
    pub fn unsigned(value: u64) -> Digits {
        let mut digits = Digits {
            bytes: [0; 20],
            start: 20,
        };
        let mut rest = value;
        loop {
            // One copy of the division suffices on a device; on a PC the usual case is a machine instruction.
            let digit = if cfg!(target_os = "none") || rest > u64::from(u32::MAX) {
                let (quotient, digit) = divide(rest, 10);
                rest = quotient;
                digit
            } else {
                let short = rest as u32;
                rest = u64::from(short / 10);
                short % 10
            };
            digits.push(b'0' + digit as u8);
            if rest == 0 {
                return digits;
            }
        }
    }

    /// The text.
    #[cfg_attr(target_os = "none", inline(never))]
    pub fn as_bytes(&self) -> &[u8] {
        self.bytes.get(usize::from(self.start)..).unwrap_or(&[])
    }

    fn push(&mut self, byte: u8) {
        self.start = self.start.saturating_sub(1);
        if let Some(slot) = self.bytes.get_mut(usize::from(self.start)) {
            *slot = byte;
        }
    }
}

/// Quotient and remainder of a division by a small number, in steps of 16 bits: dividing 64 bits at once is a large
/// library function on the device.
pub fn divide(value: u64, divisor: u16) -> (u64, u32) {
    let [a, b, c, d, e, f, g, h] = value.to_be_bytes();
    let divisor = u32::from(divisor);
    let mut quotient = 0;
    let mut remainder = 0;
    for digit in [[a, b], [c, d], [e, f], [g, h]] {
        let part = remainder << 16 | u32::from(u16::from_be_bytes(digit));
        quotient = quotient << 16 | u64::from(part / divisor);
        remainder = part % divisor;
    }
    (quotient, remainder)
}

/// `+hh:mm` (ISO 8601).
pub fn offset_text(minutes: i32) -> [u8; 6] {
    let magnitude = minutes.unsigned_abs().min(99 * 60 + 59) as u16;
    let (hours, rest) = (magnitude / 60, magnitude % 60);
    let digit = |number: u16| b'0' + (number % 10) as u8;
    [
        if minutes < 0 { b'-' } else { b'+' },
        digit(hours / 10),
        digit(hours),
        b':',
        digit(rest / 10),
        digit(rest),
    ]
}

/// Minutes of `+hh:mm`, `+hhmm`, `+hh` or `Z`, at most 14 hours (ISO 8601; no zone is further east).
pub fn offset_minutes(text: &[u8]) -> Option<i32> {
    let (sign, digits) = match *text {
        [b'Z'] => return Some(0),
        [sign, a, b] => (sign, [a, b, b'0', b'0']),
        [sign, a, b, b':', c, d] | [sign, a, b, c, d] => (sign, [a, b, c, d]),
        _ => return None,
    };
    let digits = unsigned(&digits)? as i32;
    let minutes = digits / 100 * 60 + digits % 100;
    if digits % 100 > 59 || minutes > 14 * 60 {
        return None;
    }
    match sign {
        b'+' => Some(minutes),
        b'-' => Some(-minutes),
        _ => None,
    }
}

/// One hexadecimal digit.
pub fn hex_digit(byte: u8) -> Option<u8> {
    match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        b'A'..=b'F' => Some(byte - b'A' + 10),
        _ => None,
    }
}

/// Writes what pairs of hexadecimal digits stand for to the start of `room`; gives the number of bytes.
#[cfg_attr(target_os = "none", inline(never))]
pub fn octets(digits: &[u8], room: &mut [u8]) -> Option<usize> {
    let mut length = 0;
    let mut rest = digits;
    while let [high, low, tail @ ..] = rest {
        *room.get_mut(length)? = hex_digit(*high)? << 4 | hex_digit(*low)?;
        length += 1;
        rest = tail;
    }
    rest.is_empty().then_some(length)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_round_trip_at_their_limits() {
        for value in [0, 7, 10, 4_294_967_296, i64::MAX.unsigned_abs(), u64::MAX] {
            assert_eq!(unsigned(Digits::unsigned(value).as_bytes()), Some(value));
        }
        for value in [0, 7, -1, 10, -10, i64::MAX, i64::MIN] {
            assert_eq!(signed(value.to_string().as_bytes()), Some(value));
        }
        assert_eq!(
            Digits::unsigned(u64::MAX).as_bytes(),
            b"18446744073709551615"
        );
        assert_eq!(unsigned(b"18446744073709551616"), None);
        assert_eq!(signed(b"9223372036854775808"), None);
        assert_eq!(signed(b"-9223372036854775809"), None);
    }

    #[test]
    fn text_that_is_no_number_is_refused() {
        for text in [&b""[..], b"-", b"+", b"1x", b" 1", b"1.", b"--1"] {
            assert_eq!(signed(text), None);
        }
        assert_eq!(fixed(b"1."), None);
        assert_eq!(fixed(b".5"), None);
    }

    #[test]
    fn fixed_keeps_six_decimals() {
        assert_eq!(fixed(b"-2.5"), Some(-2_500_000));
        assert_eq!(fixed(b"0.0000019"), Some(1));
        assert_eq!(fixed(b"10"), Some(10_000_000));
        assert_eq!(fixed(b"9223372036854775807"), None);
    }

    #[test]
    fn utf8_is_what_the_language_takes_for_it() {
        for text in [
            "",
            "a",
            "\u{7F}\u{80}",
            "\u{7FF}\u{800}",
            "\u{FFFF}\u{10000}\u{10FFFF}",
        ] {
            assert!(is_utf8(text.as_bytes()), "{text}");
        }
        // All of two bytes, and of four those at the limits of every rule.
        for bytes in (0..=u16::MAX).map(u16::to_be_bytes) {
            assert_eq!(
                is_utf8(&bytes),
                str::from_utf8(&bytes).is_ok(),
                "{bytes:x?}"
            );
        }
        let limits = [
            0x00, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0, 0xC1, 0xC2, 0xDF, 0xE0, 0xED,
            0xEF, 0xF0, 0xF4, 0xF5, 0xF8, 0xFF,
        ];
        for index in 0..limits.len().pow(4) {
            let bytes =
                [0, 1, 2, 3].map(|place| limits[index / limits.len().pow(place) % limits.len()]);
            assert_eq!(
                is_utf8(&bytes),
                str::from_utf8(&bytes).is_ok(),
                "{bytes:x?}"
            );
        }
    }

    #[test]
    fn a_part_is_text_of_the_whole() {
        let whole = "name: value";
        assert_eq!(part(whole, trim(&whole.as_bytes()[5..])), Some("value"));
        assert_eq!(part("\u{E9}", &"\u{E9}".as_bytes()[1..]), None);
        assert_eq!(part(whole, &[b'v'; 11]), None);
    }

    #[test]
    fn utc_offsets_are_iso_8601() {
        for (text, minutes) in [
            ("+02:00", 120),
            ("-0330", -210),
            ("+14", 840),
            ("Z", 0),
            ("-00:00", 0),
        ] {
            assert_eq!(offset_minutes(text.as_bytes()), Some(minutes), "{text}");
        }
        for text in [
            "", "2", "+2", "+14:01", "+01:60", "02:00", "+0x:00", "+02:0",
        ] {
            assert_eq!(offset_minutes(text.as_bytes()), None, "{text}");
        }
        assert_eq!(offset_text(-210), *b"-03:30");
        assert_eq!(offset_text(840), *b"+14:00");
    }
}
