//! The typed values of resources: the only thing objects and formats exchange (OMA LwM2M TS Core appendix C).

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
    /// UTF-8 text.
    Text(&'a str),
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

    /// A numeric value in millionths, saturating, for comparison with notification thresholds.
    pub fn fixed(&self) -> Option<i64> {
        use crate::text::FIXED_ONE;
        match *self {
            Value::Integer(value) => Some(value.saturating_mul(FIXED_ONE)),
            Value::Float(value) => Some((f64::from(value) * FIXED_ONE as f64) as i64),
            Value::Double(value) => Some((value * FIXED_ONE as f64) as i64),
            _ => None,
        }
    }
}
