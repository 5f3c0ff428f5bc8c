//! Short messages as PDUs (3GPP TS 23.040): writing and reading SMS-DELIVER with text, bytes and application port.

use super::credentials::{bytes_from_hex, hex};
use super::uicc::swapped;

/// A received short message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivered {
    /// Sender, with `+` for international numbers.
    pub sender: String,
    /// Destination and source port of the application port header.
    pub ports: Option<(u16, u16)>,
    /// User data without header; text in ASCII.
    pub payload: Vec<u8>,
}

/// User data of a message to be delivered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// 7-bit text, at most 160 characters (ASCII letters, digits, usual marks).
    Text(String),
    /// 8-bit data, at most 140 bytes with header.
    Bytes(Vec<u8>),
}

/// Field values of TS 23.040 9.2.3 and TS 23.038 4.
mod field {
    pub const DELIVER_NO_MORE: u8 = 0x04;
    pub const HEADER_PRESENT: u8 = 0x40;
    pub const INTERNATIONAL: u8 = 0x91;
    pub const UNKNOWN_NUMBER: u8 = 0x81;
    pub const ALPHABET_7BIT: u8 = 0x00;
    pub const ALPHABET_8BIT: u8 = 0x04;
    pub const PORTS_16BIT: u8 = 0x05;
}

impl Content {
    /// Hexadecimal PDU with service centre, and the octets after the service centre.
    pub fn pdu(
        &self,
        sender: &str,
        ports: Option<(u16, u16)>,
        time: &[u8; 7],
    ) -> Option<(String, usize)> {
        let digits = sender.trim_start_matches('+');
        if digits.is_empty()
            || digits.len() > 20
            || !digits.bytes().all(|byte| byte.is_ascii_digit())
        {
            return None;
        }
        let header: Vec<u8> = ports.map_or(Vec::new(), |(destination, source)| {
            let [d1, d2] = destination.to_be_bytes();
            let [s1, s2] = source.to_be_bytes();
            vec![6, field::PORTS_16BIT, 4, d1, d2, s1, s2]
        });
        let (alphabet, length, data) = match self {
            Content::Bytes(bytes) => {
                let data = [header.as_slice(), bytes].concat();
                (field::ALPHABET_8BIT, data.len(), data)
            }
            Content::Text(text) => {
                let septets: Vec<u8> = text.bytes().map(|byte| byte & 0x7f).collect();
                let skipped = (header.len() * 8).div_ceil(7);
                (
                    field::ALPHABET_7BIT,
                    skipped + septets.len(),
                    pack(&header, skipped, &septets),
                )
            }
        };
        if data.len() > 140 || length > 160 {
            return None;
        }
        let padded = if digits.len() % 2 == 1 {
            format!("{digits}F")
        } else {
            digits.to_string()
        };
        let kind = if sender.starts_with('+') {
            field::INTERNATIONAL
        } else {
            field::UNKNOWN_NUMBER
        };
        let first = field::DELIVER_NO_MORE
            | if header.is_empty() {
                0
            } else {
                field::HEADER_PRESENT
            };
        let mut body = vec![first, digits.len() as u8, kind];
        body.extend(swapped(&padded));
        body.extend([0, alphabet]);
        body.extend(time);
        body.push(length as u8);
        body.extend(data);
        let octets = body.len();
        Some((format!("07{}{}", "91515550010000", hex(&body)), octets))
    }
}

impl Delivered {
    /// Reads a hexadecimal SMS-DELIVER with service centre.
    pub fn parse(pdu: &str) -> Option<Delivered> {
        let bytes = bytes_from_hex(pdu.trim())?;
        let centre = usize::from(*bytes.first()?);
        let body = bytes.get(1 + centre..)?;
        let (&first, rest) = body.split_first()?;
        if first & 3 != 0 {
            return None;
        }
        let (&digits, rest) = rest.split_first()?;
        let (&kind, rest) = rest.split_first()?;
        let length = usize::from(digits);
        let packed = rest.get(..length.div_ceil(2))?;
        let mut sender: String = packed
            .iter()
            .map(|byte| format!("{:x}{:x}", byte & 15, byte >> 4))
            .collect();
        sender.truncate(length);
        if kind == field::INTERNATIONAL {
            sender.insert(0, '+');
        }
        // Protocol id, alphabet, seven octets of time, length.
        let rest = rest.get(packed.len()..)?;
        let alphabet = *rest.get(1)?;
        let length = usize::from(*rest.get(9)?);
        let data = rest.get(10..)?;
        let header = match first & field::HEADER_PRESENT {
            0 => &[][..],
            _ => data.get(..usize::from(*data.first()?) + 1)?,
        };
        let payload = if alphabet & 0x0c == field::ALPHABET_8BIT {
            data.get(header.len()..length)?.to_vec()
        } else {
            let skipped = (header.len() * 8).div_ceil(7);
            unpack(data, skipped, length)?
        };
        Some(Delivered {
            sender,
            ports: ports(header),
            payload,
        })
    }
}

/// Application port of a user data header (information element 5).
fn ports(header: &[u8]) -> Option<(u16, u16)> {
    let mut rest = header.get(1..)?;
    while let [kind, length, tail @ ..] = rest {
        let value = tail.get(..usize::from(*length))?;
        if let (field::PORTS_16BIT, [d1, d2, s1, s2]) = (*kind, value) {
            return Some((
                u16::from_be_bytes([*d1, *d2]),
                u16::from_be_bytes([*s1, *s2]),
            ));
        }
        rest = &tail[usize::from(*length)..];
    }
    None
}

/// Septets after `header`, which takes the place of `skipped` septets (fill bits included).
fn pack(header: &[u8], skipped: usize, septets: &[u8]) -> Vec<u8> {
    let mut data = vec![0; ((skipped + septets.len()) * 7).div_ceil(8)];
    data[..header.len()].copy_from_slice(header);
    for (index, septet) in septets.iter().enumerate() {
        for bit in 0..7 {
            let place = (skipped + index) * 7 + bit;
            data[place / 8] |= (septet >> bit & 1) << (place % 8);
        }
    }
    data
}

fn unpack(data: &[u8], skipped: usize, length: usize) -> Option<Vec<u8>> {
    let septet = |index: usize| {
        (0..7).try_fold(0_u8, |septet, bit| {
            let place = index * 7 + bit;
            Some(septet | (data.get(place / 8)? >> (place % 8) & 1) << bit)
        })
    };
    (skipped..length).map(septet).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TIME: [u8; 7] = [0x22, 0x60, 0x51, 0x21, 0x43, 0x65, 0x00];

    #[test]
    fn seven_bit_text_packs_as_23_038_says() {
        // "hellohello" is the usual worked example of the packing.
        assert_eq!(hex(&pack(&[], 0, b"hellohello")), "E8329BFD4697D9EC37");
    }

    #[test]
    fn messages_come_back_as_they_went() {
        for content in [
            Content::Text("update".into()),
            Content::Bytes(vec![0, 1, 2, 255]),
        ] {
            for ports in [None, Some((5683, 9200))] {
                let (pdu, octets) = content.pdu("+15550100", ports, &TIME).unwrap();
                assert_eq!(pdu.len(), (octets + 8) * 2);
                let read = Delivered::parse(&pdu).unwrap();
                assert_eq!(read.sender, "+15550100");
                assert_eq!(read.ports, ports);
                match &content {
                    Content::Text(text) => assert_eq!(read.payload, text.as_bytes()),
                    Content::Bytes(bytes) => assert_eq!(&read.payload, bytes),
                }
            }
        }
        assert!(Content::Bytes(vec![0; 141]).pdu("1", None, &TIME).is_none());
        assert!(Delivered::parse("0701").is_none());
    }
}
