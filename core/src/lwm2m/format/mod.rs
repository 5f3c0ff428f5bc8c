//! Content formats (OMA LwM2M TS Core 7.4): one file each.

pub mod link;
pub mod text;
pub mod tlv;

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
}

impl Format {
    /// The registered number.
    pub const fn number(self) -> u16 {
        match self {
            Format::Text => 0,
            Format::Link => 40,
            Format::Opaque => 42,
            Format::Tlv => 11542,
        }
    }

    /// The format of a number; 1542 is what pre-release servers used for TLV.
    pub const fn from_number(number: u32) -> Option<Format> {
        match number {
            0 => Some(Format::Text),
            40 => Some(Format::Link),
            42 => Some(Format::Opaque),
            11542 | 1542 => Some(Format::Tlv),
            _ => None,
        }
    }
}
