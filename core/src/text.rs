//! Numbers to and from decimal text, without the formatting machinery of the language (it would cost 10 kB of flash).

/// An unsigned decimal number: digits only, at least one. `None` on any other character or when it does not fit.
pub fn unsigned(text: &[u8]) -> Option<u64> {
    if text.is_empty() {
        return None;
    }
    let mut value: u64 = 0;
    for &byte in text {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            return None;
        }
        value = value.checked_mul(10)?.checked_add(u64::from(digit))?;
    }
    Some(value)
}

/// A decimal number with optional sign.
pub fn signed(text: &[u8]) -> Option<i64> {
    match text {
        [b'-', digits @ ..] => match unsigned(digits)? {
            0x8000_0000_0000_0000 => Some(i64::MIN),
            magnitude => i64::try_from(magnitude).ok()?.checked_neg(),
        },
        [b'+', digits @ ..] | digits => i64::try_from(unsigned(digits)?).ok(),
    }
}

/// Units of [`fixed`] in one.
pub const FIXED_ONE: i64 = 1_000_000;

/// A decimal number with optional sign and fraction, in millionths; further digits are cut off. Used for the
/// thresholds of notification attributes, where a software floating point library would be waste.
pub fn fixed(text: &[u8]) -> Option<i64> {
    let (negative, text) = match text {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] | rest => (false, rest),
    };
    let mut parts = text.splitn(2, |byte| *byte == b'.');
    let whole = i64::try_from(unsigned(parts.next()?)?).ok()?;
    let mut fraction: i64 = 0;
    let mut scale = FIXED_ONE;
    if let Some(digits) = parts.next() {
        if digits.is_empty() {
            return None;
        }
        for &byte in digits {
            let digit = byte.wrapping_sub(b'0');
            if digit > 9 {
                return None;
            }
            scale /= 10;
            fraction += i64::from(digit) * scale;
        }
    }
    let value = whole.checked_mul(FIXED_ONE)?.checked_add(fraction)?;
    Some(if negative { -value } else { value })
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
        // Split so that the second loop works on 32 bits: 64-bit division is a library call on the target.
        let mut high = value;
        while high > u64::from(u32::MAX) {
            digits.push(b'0' + (high % 10) as u8);
            high /= 10;
        }
        let mut low = high as u32;
        loop {
            digits.push(b'0' + (low % 10) as u8);
            low /= 10;
            if low == 0 {
                return digits;
            }
        }
    }

    /// The decimal text of a signed number.
    pub fn signed(value: i64) -> Digits {
        let mut digits = Digits::unsigned(value.unsigned_abs());
        if value < 0 {
            digits.push(b'-');
        }
        digits
    }

    /// The text.
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

/// The fraction of a number as `.ddd` without trailing zeros, or nothing. `digits` is the fraction with a leading 1, which
/// keeps its zeros.
pub fn fraction(digits: u64, mut put: impl FnMut(&[u8])) {
    let digits = Digits::unsigned(digits);
    let digits = digits.as_bytes().get(1..).unwrap_or(&[]);
    if let Some(last) = digits.iter().rposition(|digit| *digit != b'0') {
        put(b".");
        put(digits.get(..=last).unwrap_or(&[]));
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_round_trip_at_their_limits() {
        for value in [0, 7, -1, 10, -10, i64::MAX, i64::MIN, 4_294_967_296] {
            assert_eq!(signed(Digits::signed(value).as_bytes()), Some(value));
        }
        assert_eq!(
            Digits::unsigned(u64::MAX).as_bytes(),
            b"18446744073709551615"
        );
        assert_eq!(unsigned(b"18446744073709551616"), None);
        assert_eq!(signed(b"9223372036854775808"), None);
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
        assert_eq!(fixed(b"10"), Some(10 * FIXED_ONE));
        assert_eq!(fixed(b"9223372036854775807"), None);
    }
}
