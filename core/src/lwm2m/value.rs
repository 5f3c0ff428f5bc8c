//! The typed values of resources: the only thing objects and formats exchange (OMA LwM2M TS Core appendix C).

use crate::config::FLOATS;
use crate::text::{FIXED_ONE, millionths};
use crate::version::HAS_1_1;

/// Whether floats come up: with 1.1 servers may write whole numbers as such.
const COME_UP: bool = FLOATS || HAS_1_1;

/// A borrowed resource value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Value<'a> {
    /// Integer, also Unsigned and Time (seconds since 1970).
    Integer(i64),
    /// 32-bit float.
    Float(f32),
    /// 64-bit float.
    Double(f64),
    /// Boolean.
    Boolean(bool),
    /// UTF-8 text. Bytes, because they come from datagrams: what is read from one is checked there.
    Text(&'a [u8]),
    /// Bytes.
    Opaque(&'a [u8]),
    /// Object link: object and instance.
    Link(u16, u16),
}

/// The type of a resource in its definition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Type {
    /// Integer.
    Integer,
    /// Float of 32 or 64 bits.
    Float,
    /// Boolean.
    Boolean,
    /// Seconds since 1970.
    Time,
    /// UTF-8 text.
    Text,
    /// Bytes.
    Opaque,
    /// Object link.
    Link,
    /// No value: executable.
    None,
}

impl Value<'_> {
    /// Whether a written value is the old one; of types that no server can write the answer is no.
    pub fn is_same(&self, other: &Value<'_>) -> bool {
        match (self, other) {
            (Value::Integer(own), Value::Integer(other)) => own == other,
            (Value::Boolean(own), Value::Boolean(other)) => own == other,
            (Value::Text(own), Value::Text(other)) => own == other,
            _ => false,
        }
    }

    /// A Boolean value as 0 or 1, or an integer from 0 to `most`.
    #[cfg_attr(target_os = "none", inline(never))]
    pub fn number(&self, most: u32) -> Option<u32> {
        let number = match *self {
            Value::Integer(number) => u32::try_from(number).ok()?,
            Value::Boolean(number) => u32::from(number),
            _ => return None,
        };
        (number <= most).then_some(number)
    }

    /// A number as its sign, whole part and fraction in units of 1/`one`, rounded. Integer arithmetic on the bits of a
    /// float: software routines for 64-bit floats would cost a device 2 kB.
    pub fn decimal(&self, one: u32) -> Option<(bool, u64, u32)> {
        let bits = match *self {
            Value::Integer(value) => return Some((value < 0, value.unsigned_abs(), 0)),
            // As 64 bits, with the difference of the exponents' zeros.
            Value::Float(value) if COME_UP => {
                let bits = u64::from(value.to_bits());
                (bits >> 31 << 63) | (((bits & 0x7FFF_FFFF) << 29) + ((1023 - 127) << 52))
            }
            Value::Double(value) if COME_UP => value.to_bits(),
            _ => return None,
        };
        // The mantissa is 1.63 bits; numbers too small for the implied one are zero in any unit.
        let mantissa = bits << 11 | 1 << 63;
        let exponent = (bits >> 52 & 0x7FF) as i32 - 1023;
        let (mut whole, fraction) = match exponent {
            0..=62 => (mantissa >> (63 - exponent), mantissa << (exponent + 1)),
            63.. => (u64::MAX, 0),
            -32..0 => (0, mantissa >> (-1 - exponent)),
            _ => (0, 0),
        };
        let fraction = (fraction >> 32) * u64::from(one) + (1 << 31);
        let mut fraction = (fraction >> 32) as u32;
        if fraction >= one {
            // The largest numbers have no fraction.
            whole = whole.wrapping_add(1);
            fraction = 0;
        }
        let negative = bits >> 63 != 0 && (whole != 0 || fraction != 0);
        Some((negative, whole, fraction))
    }

    /// A numeric value in millionths, saturating, for comparison with notification thresholds.
    pub fn fixed(&self) -> Option<i64> {
        // Most numbers are short; a device takes the way for all.
        if !cfg!(target_os = "none")
            && let Value::Integer(value) = *self
            && let Ok(short) = i32::try_from(value)
        {
            return Some(i64::from(short) * FIXED_ONE);
        }
        let (negative, whole, fraction) = self.decimal(FIXED_ONE as u32)?;
        let limit = if negative { i64::MIN } else { i64::MAX };
        Some(millionths(negative, whole, fraction).unwrap_or(limit))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_in_millionths_saturate() {
        for (value, fixed) in [
            (Value::Integer(-3), -3_000_000),
            (Value::Integer(i64::MIN), i64::MIN),
            (Value::Double(0.3), 300_000),
            (Value::Double(-1.0e-6), -1),
            (Value::Double(-0.0), 0),
            (Value::Double(2.5e12), 2_500_000_000_000_000_000),
            (Value::Double(1.0e300), i64::MAX),
            (Value::Double(1.0e-300), 0),
            (Value::Float(1.5), 1_500_000),
            (Value::Float(-0.9999999), -1_000_000),
            (Value::Float(-3.0e38), i64::MIN),
            (Value::Float(0.0), 0),
        ] {
            assert_eq!(value.fixed(), Some(fixed), "{value:?}");
        }
        assert_eq!(Value::Text(b"1").fixed(), None);
    }
}
