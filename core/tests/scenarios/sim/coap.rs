//! CoAP as the simulated server speaks it, over `coap-lite`: nothing here is shared with the client's codec.

use coap_lite::{CoapOption, MessageClass, MessageType, Packet};
use coap_message::{MessageOption, ReadableMessage};

pub const GET: u8 = 0x01;
pub const POST: u8 = 0x02;
pub const PUT: u8 = 0x03;
pub const DELETE: u8 = 0x04;

pub const TLV: u16 = 11_542;
pub const LINK: u16 = 40;
pub const TEXT: u16 = 0;
pub const OPAQUE: u16 = 42;

pub const OBSERVE: u16 = 6;
pub const LOCATION_PATH: u16 = 8;
pub const URI_PATH: u16 = 11;
pub const CONTENT_FORMAT: u16 = 12;
pub const MAX_AGE: u16 = 14;
pub const URI_QUERY: u16 = 15;
pub const ACCEPT: u16 = 17;
pub const BLOCK2: u16 = 23;
pub const BLOCK1: u16 = 27;
pub const SIZE1: u16 = 60;

/// Message types.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Con,
    Non,
    Ack,
    Rst,
}

/// A message, decoded or to be encoded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    pub kind: Kind,
    pub code: u8,
    pub id: u16,
    pub token: Vec<u8>,
    pub options: Vec<(u16, Vec<u8>)>,
    pub payload: Vec<u8>,
}

/// A code as `class * 100 + detail`: 205 for 2.05.
pub fn dotted(code: u8) -> u16 {
    u16::from(code >> 5) * 100 + u16::from(code & 31)
}

/// The code byte of `205`.
pub fn code(dotted: u16) -> u8 {
    (((dotted / 100) << 5) | (dotted % 100)) as u8
}

/// The shortest form of an unsigned option value.
pub fn uint_bytes(value: u32) -> Vec<u8> {
    value
        .to_be_bytes()
        .into_iter()
        .skip_while(|byte| *byte == 0)
        .collect()
}

/// The value of an unsigned option.
pub fn uint(bytes: &[u8]) -> u32 {
    bytes
        .iter()
        .fold(0, |value, byte| value << 8 | u32::from(*byte))
}

/// A block option: number, more, size in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Block {
    pub number: u32,
    pub more: bool,
    pub size: usize,
}

impl Block {
    pub fn of(bytes: &[u8]) -> Block {
        let value = uint(bytes);
        assert_ne!(value & 7, 7, "exponent 7 is reserved");
        Block {
            number: value >> 4,
            more: value & 8 != 0,
            size: 16 << (value & 7),
        }
    }

    pub fn bytes(self) -> Vec<u8> {
        let exponent = self.size.trailing_zeros() - 4;
        uint_bytes(self.number << 4 | u32::from(self.more) << 3 | exponent)
    }
}

impl Message {
    pub fn new(kind: Kind, code: u8, id: u16, token: &[u8]) -> Message {
        Message {
            kind,
            code,
            id,
            token: token.to_vec(),
            options: Vec::new(),
            payload: Vec::new(),
        }
    }

    pub fn with(mut self, number: u16, value: impl AsRef<[u8]>) -> Message {
        self.options.push((number, value.as_ref().to_vec()));
        self
    }

    pub fn with_uint(self, number: u16, value: u32) -> Message {
        self.with(number, uint_bytes(value))
    }

    pub fn payload(mut self, payload: impl AsRef<[u8]>) -> Message {
        self.payload = payload.as_ref().to_vec();
        self
    }

    pub fn option(&self, number: u16) -> Option<&[u8]> {
        let mut all = self.options.iter().filter(|(own, _)| *own == number);
        all.next().map(|(_, value)| value.as_slice())
    }

    pub fn option_uint(&self, number: u16) -> Option<u32> {
        self.option(number).map(uint)
    }

    pub fn block(&self, number: u16) -> Option<Block> {
        self.option(number).map(Block::of)
    }

    /// All values of a repeatable option.
    pub fn texts_of(&self, number: u16) -> impl Iterator<Item = &[u8]> {
        let all = self.options.iter().filter(move |(own, _)| *own == number);
        all.map(|(_, value)| value.as_slice())
    }

    /// The same as text.
    pub fn texts(&self, number: u16) -> Vec<String> {
        self.texts_of(number)
            .map(|value| String::from_utf8(value.to_vec()).expect("text"))
            .collect()
    }

    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.payload).expect("a text payload")
    }

    pub fn is_request(&self) -> bool {
        self.code != 0 && self.code >> 5 == 0
    }

    pub fn encode(&self) -> Vec<u8> {
        let mut packet = Packet::new();
        packet.header.set_version(1);
        packet.header.set_type(match self.kind {
            Kind::Con => MessageType::Confirmable,
            Kind::Non => MessageType::NonConfirmable,
            Kind::Ack => MessageType::Acknowledgement,
            Kind::Rst => MessageType::Reset,
        });
        packet.header.code = MessageClass::from(self.code);
        packet.header.message_id = self.id;
        packet.set_token(self.token.clone());
        for (number, value) in &self.options {
            packet.add_option(CoapOption::from(*number), value.clone());
        }
        packet.payload = self.payload.clone();
        packet.to_bytes().expect("the server's messages are short")
    }

    /// Decodes a datagram of the client twice, by two foreign decoders that have to agree.
    pub fn decode(bytes: &[u8]) -> Message {
        let packet = Packet::from_bytes(bytes).expect("the client sends well-formed CoAP");
        assert_eq!(packet.header.get_version(), 1);
        let message = Message {
            kind: match packet.header.get_type() {
                MessageType::Confirmable => Kind::Con,
                MessageType::NonConfirmable => Kind::Non,
                MessageType::Acknowledgement => Kind::Ack,
                MessageType::Reset => Kind::Rst,
            },
            code: u8::from(packet.header.code),
            id: packet.header.message_id,
            token: packet.get_token().to_vec(),
            options: packet
                .options()
                .flat_map(|(number, values)| {
                    values.iter().map(move |value| (*number, value.clone()))
                })
                .collect(),
            payload: packet.payload.clone(),
        };
        let tail = &bytes[4 + message.token.len()..];
        let second =
            coap_message_implementations::inmemory::Message::new_from_slice(bytes[1], tail);
        let options: Vec<(u16, Vec<u8>)> = second
            .options()
            .map(|option| (option.number(), option.value().to_vec()))
            .collect();
        assert_eq!(options, message.options, "{bytes:02x?}");
        assert_eq!(second.payload(), message.payload, "{bytes:02x?}");
        // A payload marker without a payload is a format error (RFC 7252 3).
        assert!(!message.payload.is_empty() || bytes.last() != Some(&0xFF) || tail.is_empty());
        message
    }
}
