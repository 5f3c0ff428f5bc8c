//! CoAP options: iteration over checked bytes, and their encoding (RFC 7252 3.1, 5.10).

use coap_message::MessageOption;

/// Option numbers used here (RFC 7252 12.2, RFC 7641, RFC 7959).
pub mod number {
    use coap_numbers::option as registry;

    /// Uri-Host
    pub const URI_HOST: u16 = registry::URI_HOST;
    /// ETag
    pub const ETAG: u16 = registry::ETAG;
    /// Observe
    pub const OBSERVE: u16 = registry::OBSERVE;
    /// Uri-Port
    pub const URI_PORT: u16 = registry::URI_PORT;
    /// Location-Path
    pub const LOCATION_PATH: u16 = registry::LOCATION_PATH;
    /// Uri-Path
    pub const URI_PATH: u16 = registry::URI_PATH;
    /// Content-Format
    pub const CONTENT_FORMAT: u16 = registry::CONTENT_FORMAT;
    /// Max-Age
    pub const MAX_AGE: u16 = registry::MAX_AGE;
    /// Uri-Query
    pub const URI_QUERY: u16 = registry::URI_QUERY;
    /// Accept
    pub const ACCEPT: u16 = registry::ACCEPT;
    /// Block2
    pub const BLOCK2: u16 = registry::BLOCK2;
    /// Block1
    pub const BLOCK1: u16 = registry::BLOCK1;
    /// Proxy-Uri
    pub const PROXY_URI: u16 = registry::PROXY_URI;
    /// Proxy-Scheme
    pub const PROXY_SCHEME: u16 = registry::PROXY_SCHEME;
    /// Size1
    pub const SIZE1: u16 = registry::SIZE1;
}

/// One option of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Opt<'a> {
    /// Option number.
    pub number: u16,
    /// Option value.
    pub value: &'a [u8],
}

impl MessageOption for Opt<'_> {
    fn number(&self) -> u16 {
        self.number
    }
    fn value(&self) -> &[u8] {
        self.value
    }
}

/// Iterates over encoded options. Ends at the payload marker, the end, or the first malformed byte; bytes that went
/// through [`check`] have none.
#[derive(Clone, Debug)]
pub struct Options<'a> {
    rest: &'a [u8],
    number: u16,
}

impl<'a> Options<'a> {
    /// Options at the start of `bytes`.
    pub const fn new(bytes: &'a [u8]) -> Options<'a> {
        Options {
            rest: bytes,
            number: 0,
        }
    }

    /// What follows the options read so far.
    pub const fn rest(&self) -> &'a [u8] {
        self.rest
    }
}

impl<'a> Iterator for Options<'a> {
    type Item = Opt<'a>;

    fn next(&mut self) -> Option<Opt<'a>> {
        let (&first, after) = self.rest.split_first()?;
        if first == 0xFF {
            return None;
        }
        let (delta, after) = extended(first >> 4, after)?;
        let (length, after) = extended(first & 0x0F, after)?;
        let number = self.number.checked_add(delta)?;
        let value = after.get(..usize::from(length))?;
        self.rest = after.get(usize::from(length)..)?;
        self.number = number;
        Some(Opt { number, value })
    }
}

/// The value of a 4-bit delta or length with its extension bytes; `None` for 15 or missing bytes.
fn extended(nibble: u8, bytes: &[u8]) -> Option<(u16, &[u8])> {
    match nibble {
        0..=12 => Some((u16::from(nibble), bytes)),
        13 => {
            let (&extra, rest) = bytes.split_first()?;
            Some((u16::from(extra) + 13, rest))
        }
        14 => match bytes {
            [high, low, rest @ ..] => {
                Some((u16::from_be_bytes([*high, *low]).checked_add(269)?, rest))
            }
            _ => None,
        },
        _ => None,
    }
}

/// Splits checked options from the payload behind them; `None` when anything is malformed, including a payload marker
/// with nothing behind it (RFC 7252 3).
pub fn check(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let mut options = Options::new(bytes);
    while options.next().is_some() {}
    let rest = options.rest();
    let at = bytes.len().checked_sub(rest.len())?;
    match rest {
        [] => Some((bytes, &[])),
        [0xFF, payload @ ..] if !payload.is_empty() => Some((bytes.get(..at)?, payload)),
        _ => None,
    }
}

/// The value of an unsigned integer option (RFC 7252 3.2); `None` when longer than four bytes.
pub fn uint(value: &[u8]) -> Option<u32> {
    if value.len() > 4 {
        return None;
    }
    Some(
        value
            .iter()
            .fold(0, |number, byte| number << 8 | u32::from(*byte)),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn deltas_and_lengths_extend_by_one_and_two_bytes() {
        // Uri-Path "rd", Content-Format 40, number 300 with 13 bytes.
        let mut bytes = vec![0xB2, b'r', b'd', 0x11, 40, 0xED, 0x00, 0x13, 0x00];
        bytes.extend([7; 13]);
        let options: Vec<_> = Options::new(&bytes).collect();
        assert_eq!(
            options[0],
            Opt {
                number: number::URI_PATH,
                value: b"rd"
            }
        );
        assert_eq!(
            options[1],
            Opt {
                number: number::CONTENT_FORMAT,
                value: &[40]
            }
        );
        assert_eq!(
            (options[2].number, options[2].value.len()),
            (12 + 269 + 0x13, 13)
        );
        assert!(check(&bytes).is_some());
    }

    #[test]
    fn malformed_options_are_refused() {
        for bytes in [
            &[0xF0][..],
            &[0x0F],
            &[0xD0],
            &[0xE0, 1],
            &[0x05, 1, 2],
            &[0xFF],
            &[0xB1, b'x', 0xFF],
            &[0xE0, 0xFF, 0xFF],
        ] {
            assert_eq!(check(bytes), None, "{bytes:02X?}");
        }
    }

    #[test]
    fn integers_have_up_to_four_bytes() {
        assert_eq!(uint(&[]), Some(0));
        assert_eq!(uint(&[1, 0]), Some(256));
        assert_eq!(uint(&[0, 0, 0, 0, 1]), None);
    }
}
