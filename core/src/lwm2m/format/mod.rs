//! Content formats (OMA LwM2M TS Core 7.4): one file each.

pub mod cbor;
pub mod link;
pub mod senml;
mod senml_cbor;
mod senml_json;
pub mod text;
pub mod tlv;

use crate::lwm2m::value::{Type, Value};
use crate::version::HAS_1_1;

/// A content format we read or write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// text/plain
    Text,
    /// application/link-format
    Link,
    /// application/octet-stream
    Opaque,
    /// application/vnd.oma.lwm2m+tlv
    Tlv,
    /// application/cbor (1.1)
    Cbor,
    /// application/senml+json (1.1)
    SenmlJson,
    /// application/senml+cbor (1.1)
    SenmlCbor,
}

impl Format {
    /// The registered number.
    pub const fn number(self) -> u16 {
        match self {
            Format::Text => 0,
            Format::Link => 40,
            Format::Opaque => 42,
            Format::Cbor if HAS_1_1 => 60,
            Format::SenmlJson if HAS_1_1 => 110,
            Format::SenmlCbor if HAS_1_1 => 112,
            _ => 11542,
        }
    }

    /// The format of a number; 1542 is what pre-release servers used for TLV.
    pub const fn from_number(number: u32) -> Option<Format> {
        match number {
            0 => Some(Format::Text),
            40 => Some(Format::Link),
            42 => Some(Format::Opaque),
            11542 | 1542 => Some(Format::Tlv),
            60 if HAS_1_1 => Some(Format::Cbor),
            110 if HAS_1_1 => Some(Format::SenmlJson),
            112 if HAS_1_1 => Some(Format::SenmlCbor),
            _ => None,
        }
    }

    /// Whether this is a format of records with paths.
    #[inline(always)]
    pub const fn is_senml(self) -> bool {
        HAS_1_1 && matches!(self, Format::SenmlJson | Format::SenmlCbor)
    }

    /// Whether this is a format of one value alone.
    #[inline(always)]
    pub const fn is_single(self) -> bool {
        matches!(self, Format::Text | Format::Opaque) || HAS_1_1 && matches!(self, Format::Cbor)
    }

    /// Reads a value of a type; `scratch` holds what cannot be used as it stands. Of a format of records or entries the
    /// bytes are those of one value.
    pub fn value<'v>(
        self,
        kind: Type,
        bytes: &'v [u8],
        scratch: &'v mut [u8],
    ) -> Option<Value<'v>> {
        match self {
            Format::Tlv => tlv::value(kind, bytes),
            Format::Text => text::value(kind, bytes, scratch),
            Format::Cbor | Format::SenmlCbor if HAS_1_1 => cbor::value(kind, bytes, scratch),
            Format::SenmlJson if HAS_1_1 => senml_json::value(kind, bytes, scratch),
            Format::Opaque if kind == Type::Opaque => Some(Value::Opaque(bytes)),
            _ => None,
        }
    }
}
