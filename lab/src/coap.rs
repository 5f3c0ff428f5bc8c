//! CoAP messages as the laboratory sees them: a plain struct over `coap-lite`'s codec, with the checks that codec
//! leaves out (version, lone payload marker), block options (RFC 7959) and readable names.

use coap_lite::{CoapOption, MessageClass, MessageType, Packet, RequestType};
use std::collections::LinkedList;
use std::fmt;

/// Option numbers used here (RFC 7252 5.10, RFC 7641, RFC 7959).
pub mod option {
    /// Entity tag.
    pub const ETAG: u16 = 4;
    /// Observe sequence number or request.
    pub const OBSERVE: u16 = 6;
    /// One segment of the location of a created resource.
    pub const LOCATION_PATH: u16 = 8;
    /// One path segment.
    pub const URI_PATH: u16 = 11;
    /// Format of the payload.
    pub const CONTENT_FORMAT: u16 = 12;
    /// Seconds until a response is stale, or until a retry makes sense.
    pub const MAX_AGE: u16 = 14;
    /// One query parameter.
    pub const URI_QUERY: u16 = 15;
    /// Format wanted in the response.
    pub const ACCEPT: u16 = 17;
    /// Block of a response.
    pub const BLOCK2: u16 = 23;
    /// Block of a request.
    pub const BLOCK1: u16 = 27;
    /// Size of the whole request, or the most a server takes.
    pub const SIZE1: u16 = 60;
}

/// Content formats (LwM2M 1.0 TS 6.4).
pub mod format {
    /// `text/plain`.
    pub const TEXT: u16 = 0;
    /// `application/link-format`.
    pub const LINK: u16 = 40;
    /// `application/octet-stream`.
    pub const OPAQUE: u16 = 42;
    /// `application/vnd.oma.lwm2m+tlv`.
    pub const TLV: u16 = 11542;
}

/// Message type (RFC 7252 3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Confirmable.
    Con,
    /// Non-confirmable.
    Non,
    /// Acknowledgement.
    Ack,
    /// Reset.
    Rst,
}

/// Code byte: class in the upper three bits, detail in the lower five. `Display` gives the dotted form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Code(pub u8);

impl Code {
    /// 0.00
    pub const EMPTY: Code = Code::of(0, 0);
    /// 0.01
    pub const GET: Code = Code::of(0, 1);
    /// 0.02
    pub const POST: Code = Code::of(0, 2);
    /// 0.03
    pub const PUT: Code = Code::of(0, 3);
    /// 0.04
    pub const DELETE: Code = Code::of(0, 4);
    /// 0.05
    pub const FETCH: Code = Code::of(0, 5);
    /// 0.07
    pub const IPATCH: Code = Code::of(0, 7);
    /// 2.01
    pub const CREATED: Code = Code::of(2, 1);
    /// 2.02
    pub const DELETED: Code = Code::of(2, 2);
    /// 2.04
    pub const CHANGED: Code = Code::of(2, 4);
    /// 2.05
    pub const CONTENT: Code = Code::of(2, 5);
    /// 2.31
    pub const CONTINUE: Code = Code::of(2, 31);
    /// 4.00
    pub const BAD_REQUEST: Code = Code::of(4, 0);
    /// 4.02
    pub const BAD_OPTION: Code = Code::of(4, 2);
    /// 4.03
    pub const FORBIDDEN: Code = Code::of(4, 3);
    /// 4.04
    pub const NOT_FOUND: Code = Code::of(4, 4);
    /// 4.05
    pub const NOT_ALLOWED: Code = Code::of(4, 5);
    /// 4.06
    pub const NOT_ACCEPTABLE: Code = Code::of(4, 6);
    /// 4.08
    pub const INCOMPLETE: Code = Code::of(4, 8);
    /// 4.12
    pub const PRECONDITION_FAILED: Code = Code::of(4, 12);
    /// 4.15
    pub const UNSUPPORTED_FORMAT: Code = Code::of(4, 15);
    /// 5.03
    pub const UNAVAILABLE: Code = Code::of(5, 3);

    /// Code `class.detail`.
    pub const fn of(class: u8, detail: u8) -> Code {
        Code(class << 5 | detail)
    }

    /// Reads `4.04`; `None` for anything else, or parts out of range (class 0 to 7, detail 0 to 31).
    pub fn from_text(text: &str) -> Option<Code> {
        let (class, detail) = text.split_once('.')?;
        let (class, digits) = (class.parse::<u8>().ok()?, detail.len());
        let detail = detail.parse::<u8>().ok()?;
        (class < 8 && detail < 32 && digits == 2).then_some(Code::of(class, detail))
    }

    /// Class: 0 request, 2 success, 4 and 5 errors.
    pub fn class(self) -> u8 {
        self.0 >> 5
    }

    /// Success class.
    pub fn is_success(self) -> bool {
        self.class() == 2
    }

    /// Request class and not Empty.
    pub fn is_request(self) -> bool {
        self.class() == 0 && self != Code::EMPTY
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{:02}", self.class(), self.0 & 31)
    }
}

/// Why bytes are not a CoAP message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Malformed(pub String);

/// A CoAP message. Options are kept in ascending order when parsed and put in that order when encoded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// Type.
    pub kind: Kind,
    /// Method or response code.
    pub code: Code,
    /// Message id.
    pub message_id: u16,
    /// Token, 0 to 8 bytes.
    pub token: Vec<u8>,
    /// Option number and value.
    pub options: Vec<(u16, Vec<u8>)>,
    /// Payload, empty when there is none.
    pub payload: Vec<u8>,
}

impl Message {
    /// A message without options or payload.
    pub fn new(kind: Kind, code: Code, message_id: u16, token: &[u8]) -> Message {
        Message {
            kind,
            code,
            message_id,
            token: token.to_vec(),
            options: Vec::new(),
            payload: Vec::new(),
        }
    }

    /// Parses strictly: version 1, token of at most 8 bytes, options inside the message, a marker only before a payload,
    /// an empty message of exactly four bytes (RFC 7252 3 and 4.1).
    pub fn parse(bytes: &[u8]) -> Result<Message, Malformed> {
        let malformed = |why: &str| Malformed(why.to_string());
        if bytes.len() < 4 {
            return Err(malformed("shorter than a header"));
        }
        if bytes[0] >> 6 != 1 {
            return Err(malformed("version is not 1"));
        }
        if bytes[1] == 0 && bytes.len() != 4 {
            return Err(malformed("empty message with more than a header"));
        }
        let packet = Packet::from_bytes(bytes).map_err(|e| Malformed(format!("{e:?}")))?;
        let kind = match packet.header.get_type() {
            MessageType::Confirmable => Kind::Con,
            MessageType::NonConfirmable => Kind::Non,
            MessageType::Acknowledgement => Kind::Ack,
            MessageType::Reset => Kind::Rst,
        };
        let mut options = Vec::new();
        for (number, values) in packet.options() {
            options.extend(values.iter().map(|value| (*number, value.clone())));
        }
        let message = Message {
            kind,
            code: Code(bytes[1]),
            message_id: u16::from_be_bytes([bytes[2], bytes[3]]),
            token: packet.get_token().to_vec(),
            options,
            payload: packet.payload,
        };
        // The codec takes a lone marker as an empty payload. Encoding what was understood shows the difference.
        if message.payload.is_empty()
            && bytes.len() > 4
            && message.encode().len() < bytes.len()
            && bytes.ends_with(&[0xFF])
        {
            return Err(malformed("payload marker without payload"));
        }
        Ok(message)
    }

    /// The bytes on the wire, of any length. Tokens over 8 bytes cannot be expressed and are cut.
    pub fn encode(&self) -> Vec<u8> {
        let mut packet = Packet::new();
        packet.header.set_version(1);
        packet.header.set_type(match self.kind {
            Kind::Con => MessageType::Confirmable,
            Kind::Non => MessageType::NonConfirmable,
            Kind::Ack => MessageType::Acknowledgement,
            Kind::Rst => MessageType::Reset,
        });
        // Any class but Empty makes the codec write a payload; the true code replaces it below.
        packet.header.code = MessageClass::Request(RequestType::Get);
        packet.header.message_id = self.message_id;
        packet.set_token(self.token.iter().take(8).copied().collect());
        for (number, _) in &self.options {
            let values: LinkedList<_> = self.values(*number).map(<[u8]>::to_vec).collect();
            packet.set_option(CoapOption::from(*number), values);
        }
        packet.payload = self.payload.clone();
        let mut bytes = packet
            .to_bytes_unlimited()
            .expect("no size limit was asked for");
        bytes[1] = self.code.0;
        bytes
    }

    /// Adds an option with these bytes.
    pub fn with(mut self, number: u16, value: &[u8]) -> Message {
        self.options.push((number, value.to_vec()));
        self
    }

    /// Adds an option holding an unsigned number in its shortest form (RFC 7252 3.2).
    pub fn with_uint(self, number: u16, value: u32) -> Message {
        self.with(number, &uint(value))
    }

    /// Adds one Uri-Path option a segment of `/3/0/9`.
    pub fn with_path(mut self, path: &str) -> Message {
        for segment in path.split('/').filter(|segment| !segment.is_empty()) {
            self = self.with(option::URI_PATH, segment.as_bytes());
        }
        self
    }

    /// Sets the payload and its format.
    pub fn with_payload(mut self, content_format: u16, payload: &[u8]) -> Message {
        self = self.with_uint(option::CONTENT_FORMAT, content_format.into());
        self.payload = payload.to_vec();
        self
    }

    /// Every value of an option.
    pub fn values(&self, number: u16) -> impl Iterator<Item = &[u8]> {
        self.options
            .iter()
            .filter(move |(n, _)| *n == number)
            .map(|(_, value)| value.as_slice())
    }

    /// First value of an option.
    pub fn value(&self, number: u16) -> Option<&[u8]> {
        self.values(number).next()
    }

    /// First value of an option as an unsigned number; `None` when absent or longer than four bytes.
    pub fn uint(&self, number: u16) -> Option<u32> {
        let value = self.value(number)?;
        (value.len() <= 4).then(|| {
            value
                .iter()
                .fold(0, |sum, byte| sum << 8 | u32::from(*byte))
        })
    }

    /// A block option, `None` when absent or not valid.
    pub fn block(&self, number: u16) -> Option<Block> {
        self.uint(number).and_then(Block::from_uint)
    }

    /// Path segments of `URI_PATH` or `LOCATION_PATH` as text.
    pub fn segments(&self, number: u16) -> Vec<String> {
        self.values(number)
            .map(|value| String::from_utf8_lossy(value).into_owned())
            .collect()
    }

    /// Value of the query parameter `name=`; an empty text for a bare `name`.
    pub fn query(&self, name: &str) -> Option<String> {
        self.segments(option::URI_QUERY)
            .into_iter()
            .find_map(|item| match item.split_once('=') {
                Some((key, value)) => (key == name).then(|| value.to_string()),
                None => (item == name).then(String::new),
            })
    }
}

/// Block option value (RFC 7959 2.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Block {
    /// Number of the block.
    pub number: u32,
    /// More blocks follow.
    pub more: bool,
    /// Size exponent, 0 (16 bytes) to 6 (1024 bytes).
    pub exponent: u8,
}

impl Block {
    /// Bytes in a full block.
    pub fn size(self) -> usize {
        16 << self.exponent
    }

    /// Exponent for a size of 16, 32, ... 1024; sizes between are rounded down.
    pub fn exponent_of(size: usize) -> u8 {
        (size.clamp(16, 1024).ilog2() - 4) as u8
    }

    /// Reads the option's number; `None` for the reserved exponent 7 or more than three bytes.
    pub fn from_uint(value: u32) -> Option<Block> {
        let exponent = (value & 7) as u8;
        (exponent < 7 && value < 1 << 24).then_some(Block {
            number: value >> 4,
            more: value & 8 != 0,
            exponent,
        })
    }

    /// The option's number.
    pub fn to_uint(self) -> u32 {
        self.number << 4 | u32::from(self.more) << 3 | u32::from(self.exponent)
    }
}

impl fmt::Display for Block {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}/{}", self.number, u8::from(self.more), self.size())
    }
}

fn uint(value: u32) -> Vec<u8> {
    value
        .to_be_bytes()
        .into_iter()
        .skip_while(|byte| *byte == 0)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn request_of_the_standard_is_encoded_and_read() {
        // RFC 7252 appendix A, figure 16: GET coap://server/temperature, message id 0x7d34, no token.
        let bytes = [&[0x40, 0x01, 0x7d, 0x34, 0xbb][..], b"temperature"].concat();
        let message = Message::new(Kind::Con, Code::GET, 0x7d34, &[]).with_path("/temperature");
        assert_eq!(message.encode(), bytes);
        assert_eq!(Message::parse(&bytes).unwrap(), message);
    }

    #[test]
    fn options_are_written_in_ascending_order_with_long_deltas() {
        let message = Message::new(Kind::Con, Code::PUT, 1, &[9])
            .with_payload(11542, &[1])
            .with(2053, b"x")
            .with_path("/1/0")
            .with_uint(option::CONTENT_FORMAT, 0);
        let mut plain = message.clone();
        plain.options.pop();
        let bytes = plain.encode();
        assert_eq!(
            bytes,
            [
                0x41, 3, 0, 1, 9, 0xb1, b'1', 0x01, b'0', 0x12, 0x2d, 0x16, 0xe1, 0x06, 0xec, b'x',
                0xff, 1
            ]
        );
        assert_eq!(
            Message::parse(&bytes).unwrap().segments(option::URI_PATH),
            ["1", "0"]
        );
    }

    #[test]
    fn malformed_messages_are_refused() {
        for bytes in [
            &[0x40, 1, 0][..],
            &[0x80, 1, 0, 1],
            &[0x49, 1, 0, 1, 1, 2, 3, 4, 5, 6, 7, 8, 9],
            &[0x40, 1, 0, 1, 0xff],
            &[0x40, 1, 0, 1, 0xb5, b'a'],
            &[0x40, 1, 0, 1, 0xf0],
            &[0x42, 1, 0, 1, 1],
            &[0x40, 0, 0, 1, 1],
        ] {
            assert!(Message::parse(bytes).is_err(), "{bytes:02x?}");
        }
    }

    #[test]
    fn a_value_that_ends_in_the_marker_byte_is_no_marker() {
        let bytes = [0x40, 1, 0, 1, 0x41, 0xff];
        assert_eq!(
            Message::parse(&bytes).unwrap().value(option::ETAG),
            Some(&[0xff][..])
        );
    }

    #[test]
    fn block_values_follow_the_standard() {
        let block = Block {
            number: 3,
            more: true,
            exponent: 2,
        };
        assert_eq!((block.to_uint(), block.size()), (0x3a, 64));
        assert_eq!(Block::from_uint(0x3a), Some(block));
        assert_eq!(Block::from_uint(7), None);
        assert_eq!(
            [16, 63, 64, 1024, 5000].map(Block::exponent_of),
            [0, 1, 2, 6, 6]
        );
    }

    #[test]
    fn codes_are_read_and_shown_in_dotted_form() {
        assert_eq!(Code::from_text("4.15"), Some(Code::UNSUPPORTED_FORMAT));
        assert_eq!(Code::of(2, 31).to_string(), "2.31");
        assert!(
            ["4.4", "8.00", "2.32", "x"]
                .iter()
                .all(|text| Code::from_text(text).is_none())
        );
    }
}
