//! Values of resources and the types the OMA registry gives them, as far as the laboratory needs to show and compare.

use crate::path::Path;
use std::fmt;

/// Data type of a resource (OMA LwM2M 1.0 TS appendix C).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Type {
    /// Signed integer of 1, 2, 4 or 8 bytes.
    Integer,
    /// IEEE 754 number of 4 or 8 bytes.
    Float,
    /// One byte, 0 or 1.
    Boolean,
    /// UTF-8.
    Text,
    /// Bytes.
    Opaque,
    /// Seconds since 1970.
    Time,
    /// Object and instance id.
    Link,
    /// Not listed here: shown as text when printable, else as an integer or bytes.
    Unknown,
}

/// Resources that are not integers, by object: texts, booleans, times, opaque, links, floats.
type Exceptions = (
    u16,
    &'static [u16],
    &'static [u16],
    &'static [u16],
    &'static [u16],
    &'static [u16],
    &'static [u16],
);

const OBJECTS: &[Exceptions] = &[
    (0, &[0, 9], &[1], &[], &[3, 4, 5, 7, 8], &[], &[]),
    (1, &[7, 22], &[6, 15, 16, 21, 23], &[12], &[], &[10], &[]),
    (2, &[], &[], &[], &[], &[], &[]),
    (
        3,
        &[0, 1, 2, 3, 14, 15, 16, 17, 18, 19],
        &[],
        &[13],
        &[],
        &[22],
        &[],
    ),
    (4, &[4, 5, 7], &[], &[], &[], &[], &[]),
    (5, &[1, 6, 7], &[14], &[12], &[0], &[], &[]),
    (6, &[], &[], &[5], &[4], &[], &[0, 1, 2, 3, 6]),
    (7, &[], &[], &[], &[], &[], &[]),
    (10, &[0, 2], &[], &[], &[7, 8, 9, 10], &[3, 11], &[]),
    (
        11,
        &[0, 1, 5, 6, 7, 8, 15, 16, 17, 18, 19, 20],
        &[2, 3],
        &[9, 12],
        &[],
        &[22],
        &[],
    ),
    (16, &[0], &[], &[], &[2], &[], &[]),
    (19, &[3, 4], &[], &[2], &[0], &[], &[]),
    (10250, &[], &[], &[], &[0, 1], &[], &[]),
];

impl Type {
    /// Type of the resource at this path, or of the resource it is an instance of.
    pub fn of(path: &Path) -> Type {
        let [object, _, resource, ..] = path.0[..] else {
            return Type::Unknown;
        };
        let Some((_, text, boolean, time, opaque, link, float)) =
            OBJECTS.iter().find(|row| row.0 == object)
        else {
            return Type::Unknown;
        };
        let columns = [
            (text, Type::Text),
            (boolean, Type::Boolean),
            (time, Type::Time),
            (opaque, Type::Opaque),
            (link, Type::Link),
            (float, Type::Float),
        ];
        columns
            .iter()
            .find(|(ids, _)| ids.contains(&resource))
            .map_or(Type::Integer, |(_, kind)| *kind)
    }
}

/// A value. Equality is exact: `Integer(1)` is not `Boolean(true)`.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// Signed integer.
    Integer(i64),
    /// Number.
    Float(f64),
    /// Truth value.
    Boolean(bool),
    /// UTF-8 text.
    Text(String),
    /// Bytes; also whatever does not fit the type it should have.
    Opaque(Vec<u8>),
    /// Seconds since 1970.
    Time(i64),
    /// Object and instance id.
    Link(u16, u16),
}

impl Value {
    /// From TLV value bytes. Bytes that do not fit the type become `Opaque`, so nothing is hidden.
    pub fn from_bytes(kind: Type, bytes: &[u8]) -> Value {
        let integer = || match bytes.len() {
            1 | 2 | 4 | 8 => {
                let sign = if bytes[0] & 0x80 == 0 { 0 } else { -1 };
                Some(
                    bytes
                        .iter()
                        .fold(sign, |sum: i64, byte| sum << 8 | i64::from(*byte)),
                )
            }
            _ => None,
        };
        let text = || {
            std::str::from_utf8(bytes)
                .ok()
                .map(|text| Value::Text(text.to_string()))
        };
        let value = match kind {
            Type::Integer => integer().map(Value::Integer),
            Type::Time => integer().map(Value::Time),
            Type::Boolean => match bytes {
                [0] => Some(Value::Boolean(false)),
                [1] => Some(Value::Boolean(true)),
                _ => None,
            },
            Type::Float => match bytes.len() {
                4 => bytes
                    .try_into()
                    .ok()
                    .map(|raw| Value::Float(f32::from_be_bytes(raw).into())),
                8 => bytes
                    .try_into()
                    .ok()
                    .map(|raw| Value::Float(f64::from_be_bytes(raw))),
                _ => None,
            },
            Type::Link => match bytes {
                [a, b, c, d] => Some(Value::Link(
                    u16::from_be_bytes([*a, *b]),
                    u16::from_be_bytes([*c, *d]),
                )),
                _ => None,
            },
            Type::Text => text(),
            Type::Opaque => None,
            Type::Unknown => match bytes.iter().all(|byte| (b' '..=b'~').contains(byte)) {
                true => text(),
                false => integer().map(Value::Integer),
            },
        };
        value.unwrap_or_else(|| Value::Opaque(bytes.to_vec()))
    }

    /// From a text payload (OMA LwM2M 1.0 TS 6.4.1). Text that does not fit the type stays `Text`.
    pub fn from_text(kind: Type, text: &str) -> Value {
        let value = match kind {
            Type::Integer => text.parse().ok().map(Value::Integer),
            Type::Time => text.parse().ok().map(Value::Time),
            Type::Float => text.parse().ok().map(Value::Float),
            Type::Boolean => match text {
                "0" => Some(Value::Boolean(false)),
                "1" => Some(Value::Boolean(true)),
                _ => None,
            },
            Type::Link => text.split_once(':').and_then(|(object, instance)| {
                Some(Value::Link(object.parse().ok()?, instance.parse().ok()?))
            }),
            Type::Opaque => openssl::base64::decode_block(text).ok().map(Value::Opaque),
            Type::Text | Type::Unknown => None,
        };
        value.unwrap_or_else(|| Value::Text(text.to_string()))
    }

    /// A value as a person writes it in a script: `true`, `120`, `"text"`, `0x0a0b`, `66:1`, `1.5`, guided by the type.
    pub fn from_script(kind: Type, text: &str) -> Value {
        if let Some(quoted) = text
            .strip_prefix('"')
            .and_then(|rest| rest.strip_suffix('"'))
        {
            return Value::Text(quoted.to_string());
        }
        if let Some(bytes) = text.strip_prefix("0x").and_then(crate::hex::decode) {
            return Value::Opaque(bytes);
        }
        match (kind, text) {
            (Type::Boolean | Type::Unknown, "true") => Value::Boolean(true),
            (Type::Boolean | Type::Unknown, "false") => Value::Boolean(false),
            (Type::Unknown, _) => text
                .parse()
                .map_or_else(|_| Value::Text(text.to_string()), Value::Integer),
            _ => Value::from_text(kind, text),
        }
    }

    /// TLV value bytes; integers and times in the fewest of 1, 2, 4, 8 bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        match self {
            Value::Integer(number) | Value::Time(number) => {
                let bytes = number.to_be_bytes();
                let fits = |length: &usize| {
                    let shift = 64 - 8 * *length as u32;
                    number << shift >> shift == *number
                };
                let length = [1, 2, 4].into_iter().find(fits).unwrap_or(8);
                bytes[8 - length..].to_vec()
            }
            Value::Float(number) if f64::from(*number as f32) == *number => {
                (*number as f32).to_be_bytes().to_vec()
            }
            Value::Float(number) => number.to_be_bytes().to_vec(),
            Value::Boolean(truth) => vec![u8::from(*truth)],
            Value::Text(text) => text.as_bytes().to_vec(),
            Value::Opaque(bytes) => bytes.clone(),
            Value::Link(object, instance) => {
                [object.to_be_bytes(), instance.to_be_bytes()].concat()
            }
        }
    }

    /// Text payload (OMA LwM2M 1.0 TS 6.4.1): booleans as 0 and 1, bytes in base64.
    pub fn to_text(&self) -> String {
        match self {
            Value::Text(text) => text.clone(),
            Value::Boolean(truth) => u8::from(*truth).to_string(),
            Value::Opaque(bytes) => openssl::base64::encode_block(bytes),
            other => other.to_string(),
        }
    }

    /// As a number, where it is one.
    pub fn as_number(&self) -> Option<f64> {
        match self {
            Value::Integer(number) | Value::Time(number) => Some(*number as f64),
            Value::Float(number) => Some(*number),
            _ => None,
        }
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::Integer(number) | Value::Time(number) => write!(f, "{number}"),
            Value::Float(number) => write!(f, "{number}"),
            Value::Boolean(truth) => write!(f, "{truth}"),
            Value::Text(text) => write!(f, "{text:?}"),
            Value::Opaque(bytes) => write!(f, "0x{}", crate::hex::encode(bytes)),
            Value::Link(object, instance) => write!(f, "{object}:{instance}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_take_one_two_four_or_eight_bytes() {
        for (number, length) in [
            (0, 1),
            (-1, 1),
            (127, 1),
            (128, 2),
            (-128, 1),
            (-129, 2),
            (32767, 2),
            (32768, 4),
            (1 << 31, 8),
            (i64::MIN, 8),
        ] {
            let bytes = Value::Integer(number).to_bytes();
            assert_eq!(bytes.len(), length, "{number}");
            assert_eq!(
                Value::from_bytes(Type::Integer, &bytes),
                Value::Integer(number)
            );
        }
        assert_eq!(
            Value::from_bytes(Type::Integer, &[0, 0, 1]),
            Value::Opaque(vec![0, 0, 1])
        );
    }

    #[test]
    fn types_come_from_the_registry_table() {
        let of = |path: &str| Type::of(&path.parse().unwrap());
        assert_eq!(of("/3/0/9"), Type::Integer);
        assert_eq!(of("/3/0/6/1"), Type::Integer);
        assert_eq!(of("/1/0/6"), Type::Boolean);
        assert_eq!(of("/3/0/13"), Type::Time);
        assert_eq!(of("/6/0/1"), Type::Float);
        assert_eq!(of("/3303/0/5700"), Type::Unknown);
        assert_eq!(of("/3"), Type::Unknown);
    }

    #[test]
    fn texts_of_the_standard_are_read() {
        assert_eq!(Value::from_text(Type::Boolean, "1"), Value::Boolean(true));
        assert_eq!(Value::from_text(Type::Integer, "-7"), Value::Integer(-7));
        assert_eq!(Value::from_text(Type::Link, "66:1"), Value::Link(66, 1));
        assert_eq!(
            Value::from_text(Type::Opaque, "AQI="),
            Value::Opaque(vec![1, 2])
        );
        assert_eq!(
            Value::from_text(Type::Integer, "x"),
            Value::Text("x".into())
        );
        assert_eq!(
            Value::from_script(Type::Text, "120"),
            Value::Text("120".into())
        );
        assert_eq!(
            Value::from_script(Type::Unknown, "120"),
            Value::Integer(120)
        );
        assert_eq!(
            Value::from_script(Type::Integer, "true"),
            Value::Text("true".into())
        );
    }

    #[test]
    fn floats_are_four_bytes_when_nothing_is_lost() {
        assert_eq!(Value::Float(1.5).to_bytes(), [0x3F, 0xC0, 0, 0]);
        assert_eq!(Value::Float(0.1).to_bytes().len(), 8);
    }
}
