//! CoAP messages: a datagram as a checked view, and a writer over a caller's buffer (RFC 7252 3).

use coap_message::error::RenderableOnMinimal;
use coap_message::{MinimalWritableMessage, ReadableMessage, WithSortedOptions};

use super::code;
use super::option::{Opt, Options, check};
use crate::bytes::copy;

/// Message type (RFC 7252 3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// CON
    Confirmable,
    /// NON
    NonConfirmable,
    /// ACK
    Acknowledgement,
    /// RST
    Reset,
}

impl Kind {
    const fn from_bits(bits: u8) -> Kind {
        match bits & 3 {
            0 => Kind::Confirmable,
            1 => Kind::NonConfirmable,
            2 => Kind::Acknowledgement,
            _ => Kind::Reset,
        }
    }

    const fn bits(self) -> u8 {
        match self {
            Kind::Confirmable => 0,
            Kind::NonConfirmable => 1,
            Kind::Acknowledgement => 2,
            Kind::Reset => 3,
        }
    }
}

/// A token of 0 to 8 bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Token {
    bytes: [u8; 8],
    length: u8,
}

impl Token {
    /// The token without bytes.
    pub const EMPTY: Token = Token {
        bytes: [0; 8],
        length: 0,
    };

    /// A token of the first 8 bytes of `bytes` at most.
    pub fn new(bytes: &[u8]) -> Token {
        let mut token = Token::EMPTY;
        let bytes = bytes.get(..8).unwrap_or(bytes);
        token.length = copy(bytes, &mut token.bytes).unwrap_or(0) as u8;
        token
    }

    /// The bytes of the token.
    pub fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..usize::from(self.length)).unwrap_or(&[])
    }
}

/// A validated view of one datagram: every option is well-formed, so no accessor fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Message<'a> {
    /// Type.
    pub kind: Kind,
    /// Code, class and detail in one byte.
    pub code: u8,
    /// Message id.
    pub id: u16,
    /// Token.
    pub token: Token,
    options: &'a [u8],
    payload: &'a [u8],
}

/// Why a datagram is no message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Malformed {
    /// To be ignored silently: too short, another version, or a malformed message that is not confirmable.
    Ignore,
    /// A confirmable message with a format error: to be rejected with RST and this message id (RFC 7252 4.2).
    Reject(u16),
}

impl<'a> Message<'a> {
    /// Checks a datagram.
    pub fn parse(bytes: &'a [u8]) -> Result<Message<'a>, Malformed> {
        let [first, code, id_high, id_low, rest @ ..] = bytes else {
            return Err(Malformed::Ignore);
        };
        if first >> 6 != 1 {
            return Err(Malformed::Ignore);
        }
        let kind = Kind::from_bits(first >> 4);
        let id = u16::from_be_bytes([*id_high, *id_low]);
        let malformed = if kind == Kind::Confirmable {
            Malformed::Reject(id)
        } else {
            Malformed::Ignore
        };
        let token_length = usize::from(first & 0x0F);
        if token_length > 8 {
            return Err(malformed);
        }
        let (Some(token), Some(rest)) = (rest.get(..token_length), rest.get(token_length..)) else {
            return Err(malformed);
        };
        // An empty message is four bytes, nothing else (RFC 7252 4.1); classes 1, 6 and 7 are reserved (5.2).
        let class_known = matches!(code >> 5, 0 | 2 | 4 | 5);
        if !class_known || *code == code::EMPTY && bytes.len() != 4 {
            return Err(malformed);
        }
        let (options, payload) = check(rest).ok_or(malformed)?;
        Ok(Message {
            kind,
            code: *code,
            id,
            token: Token::new(token),
            options,
            payload,
        })
    }

    /// The header and token of a datagram that was cut, as a message without options; `None` when even that is not a
    /// message.
    pub fn parse_head(bytes: &'a [u8]) -> Option<Message<'a>> {
        let token_length = usize::from(bytes.first()? & 0x0F);
        Message::parse(bytes.get(..4 + token_length)?).ok()
    }

    /// The options in ascending order.
    pub fn options(&self) -> Options<'a> {
        Options::new(self.options)
    }

    /// The first option with this number.
    pub fn option(&self, number: u16) -> Option<&'a [u8]> {
        self.options()
            .find(|option| option.number == number)
            .map(|option| option.value)
    }

    /// The payload; empty when there is none.
    pub fn payload(&self) -> &'a [u8] {
        self.payload
    }
}

impl ReadableMessage for Message<'_> {
    type Code = u8;
    type MessageOption<'b>
        = Opt<'b>
    where
        Self: 'b;
    type OptionsIter<'b>
        = Options<'b>
    where
        Self: 'b;

    fn code(&self) -> u8 {
        self.code
    }
    fn options(&self) -> Options<'_> {
        Options::new(self.options)
    }
    fn payload(&self) -> &[u8] {
        self.payload
    }
}

impl WithSortedOptions for Message<'_> {}

/// What did not fit: the buffer, or an option number below its predecessor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unwritable;

impl RenderableOnMinimal for Unwritable {
    type Error<IE: RenderableOnMinimal + core::fmt::Debug> = core::convert::Infallible;

    fn render<M: MinimalWritableMessage>(
        self,
        message: &mut M,
    ) -> Result<(), core::convert::Infallible> {
        if let Ok(code) = <M::Code as coap_message::Code>::new(code::INTERNAL_SERVER_ERROR) {
            message.set_code(code);
        }
        Ok(())
    }
}

impl From<core::convert::Infallible> for Unwritable {
    fn from(never: core::convert::Infallible) -> Unwritable {
        match never {}
    }
}

/// Writes one message into a buffer: header and token, options in ascending order, payload.
///
/// What does not fit sets a flag instead of failing at each call; [`Writer::finish`] then gives nothing.
#[derive(Debug)]
pub struct Writer<'b> {
    buffer: &'b mut [u8],
    length: usize,
    last_option: u16,
    overflow: bool,
}

impl<'b> Writer<'b> {
    /// Begins a message with header and token.
    pub fn new(buffer: &'b mut [u8], kind: Kind, code: u8, id: u16, token: &Token) -> Writer<'b> {
        let mut writer = Writer {
            buffer,
            length: 0,
            last_option: 0,
            overflow: false,
        };
        let [high, low] = id.to_be_bytes();
        writer.put(&[0x40 | kind.bits() << 4 | token.length, code, high, low]);
        writer.put_short(&token.bytes, token.length.into());
        writer
    }

    /// Appends an option; numbers must not descend.
    pub fn option(&mut self, number: u16, value: &[u8]) {
        self.option_joined(number, value, &[]);
    }

    /// Appends an unsigned integer option in its shortest form (RFC 7252 3.2).
    pub fn option_uint(&mut self, number: u16, value: u32) {
        let zeros = value.leading_zeros() / 8;
        let length = 4 - zeros as usize;
        let bytes = value.checked_shl(8 * zeros).unwrap_or(0).to_be_bytes();
        self.option_head(number, length);
        self.put_short(&bytes, length);
    }

    /// Appends an option whose value is two parts.
    pub fn option_joined(&mut self, number: u16, first: &[u8], second: &[u8]) {
        self.option_head(number, first.len() + second.len());
        self.put(first);
        self.put(second);
    }

    /// Appends payload marker and payload; an empty payload has no marker.
    pub fn payload(&mut self, payload: &[u8]) {
        if !payload.is_empty() {
            self.put(&[0xFF]);
            self.put(payload);
        }
    }

    /// The buffer behind the options, after room for the payload marker.
    pub fn payload_space(&mut self) -> &mut [u8] {
        self.buffer.get_mut(self.length + 1..).unwrap_or(&mut [])
    }

    /// Declares the first `length` bytes of [`Writer::payload_space`] to be the payload.
    pub fn payload_written(&mut self, length: usize) {
        if length > 0 {
            self.put(&[0xFF]);
            self.length += length;
            self.overflow |= self.length > self.buffer.len();
        }
    }

    /// Overwrites the code.
    pub fn set_code(&mut self, code: u8) {
        if let Some(slot) = self.buffer.get_mut(1) {
            *slot = code;
        }
    }

    /// The length of the message, or `None` when something did not fit.
    pub fn finish(self) -> Option<usize> {
        if self.overflow {
            None
        } else {
            Some(self.length)
        }
    }

    fn option_head(&mut self, number: u16, length: usize) {
        let Some(delta) = number.checked_sub(self.last_option) else {
            self.overflow = true;
            return;
        };
        self.last_option = number;
        let (delta_nibble, delta_bytes) = shortened(delta);
        let (length_nibble, length_bytes) = shortened(u16::try_from(length).unwrap_or(u16::MAX));
        self.put(&[delta_nibble << 4 | length_nibble]);
        self.put_extension(delta_nibble, delta_bytes);
        self.put_extension(length_nibble, length_bytes);
    }

    fn put_extension(&mut self, nibble: u8, bytes: [u8; 2]) {
        match nibble {
            13 => self.put(&[bytes[1]]),
            14 => self.put(&bytes),
            _ => {}
        }
    }

    /// Appends the first `length` bytes. Copying a fixed size is much cheaper than calling for each few bytes; what lies behind is
    /// overwritten by what comes next.
    #[cfg_attr(not(target_os = "none"), inline(always))]
    fn put_short<const N: usize>(&mut self, bytes: &[u8; N], length: usize) {
        if !cfg!(target_os = "none")
            && let Some(space) = self.buffer.get_mut(self.length..)
            && let Some(space) = space.first_chunk_mut()
        {
            *space = *bytes;
            self.length += length;
            return;
        }
        self.put(bytes.get(..length).unwrap_or(&[]));
    }

    fn put(&mut self, bytes: &[u8]) {
        match self
            .buffer
            .get_mut(self.length..)
            .and_then(|space| copy(bytes, space))
        {
            Some(length) => self.length += length,
            None => self.overflow = true,
        }
    }
}

/// Nibble and extension bytes of an option delta or length.
fn shortened(value: u16) -> (u8, [u8; 2]) {
    match value {
        0..=12 => (value as u8, [0, 0]),
        13..=268 => (13, [0, (value - 13) as u8]),
        _ => (14, (value - 269).to_be_bytes()),
    }
}

impl MinimalWritableMessage for Writer<'_> {
    type Code = u8;
    type OptionNumber = u16;
    type AddOptionError = Unwritable;
    type SetPayloadError = Unwritable;
    type UnionError = Unwritable;

    fn set_code(&mut self, code: u8) {
        Writer::set_code(self, code);
    }

    fn add_option(&mut self, number: u16, value: &[u8]) -> Result<(), Unwritable> {
        self.option(number, value);
        if self.overflow {
            Err(Unwritable)
        } else {
            Ok(())
        }
    }

    fn set_payload(&mut self, payload: &[u8]) -> Result<(), Unwritable> {
        Writer::payload(self, payload);
        if self.overflow {
            Err(Unwritable)
        } else {
            Ok(())
        }
    }
}

/// Writes an empty message (ACK or RST) for a message id.
pub fn empty(buffer: &mut [u8], kind: Kind, id: u16) -> Option<usize> {
    Writer::new(buffer, kind, code::EMPTY, id, &Token::EMPTY).finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::coap::option::number;

    #[test]
    fn rfc7252_figure_16_request_parses() {
        // CON GET /temperature, message id 0x7d34, no token.
        let mut bytes = vec![0x40, 0x01, 0x7d, 0x34, 0xBB];
        bytes.extend(b"temperature");
        let message = Message::parse(&bytes).unwrap();
        assert_eq!(
            (message.kind, message.code, message.id),
            (Kind::Confirmable, code::GET, 0x7d34)
        );
        assert_eq!(message.option(number::URI_PATH), Some(&b"temperature"[..]));
    }

    #[test]
    fn writer_and_view_agree() {
        let mut buffer = [0; 64];
        let mut writer = Writer::new(
            &mut buffer,
            Kind::NonConfirmable,
            code::CONTENT,
            7,
            &Token::new(b"abcd"),
        );
        writer.option_uint(number::OBSERVE, 1);
        writer.option_uint(number::CONTENT_FORMAT, 0);
        writer.option(number::SIZE1, &[9; 20]);
        writer.payload(b"42");
        let length = writer.finish().unwrap();
        let message = Message::parse(&buffer[..length]).unwrap();
        assert_eq!(message.token.as_bytes(), b"abcd");
        assert_eq!(message.option(number::CONTENT_FORMAT), Some(&[][..]));
        assert_eq!(message.option(number::SIZE1).map(<[u8]>::len), Some(20));
        assert_eq!(message.payload(), b"42");
    }

    #[test]
    fn a_full_buffer_is_no_message() {
        let mut buffer = [0; 9];
        let mut writer = Writer::new(
            &mut buffer,
            Kind::Confirmable,
            code::POST,
            1,
            &Token::new(b"1234"),
        );
        writer.option(number::URI_PATH, b"rd");
        assert_eq!(writer.finish(), None);
        let mut buffer = [0; 64];
        let mut writer = Writer::new(&mut buffer, Kind::Confirmable, code::POST, 1, &Token::EMPTY);
        writer.option(number::ACCEPT, b"");
        writer.option(number::URI_PATH, b"descending");
        assert_eq!(writer.finish(), None);
    }

    #[test]
    fn format_errors_reject_confirmable_messages_only() {
        assert_eq!(Message::parse(&[0x40, 1, 0]), Err(Malformed::Ignore));
        assert_eq!(Message::parse(&[0x80, 1, 0, 5]), Err(Malformed::Ignore));
        assert_eq!(
            Message::parse(&[0x49, 1, 0, 5, 0, 0, 0, 0, 0, 0, 0, 0, 0]),
            Err(Malformed::Reject(5))
        );
        assert_eq!(
            Message::parse(&[0x59, 1, 0, 5, 0, 0, 0, 0, 0, 0, 0, 0, 0]),
            Err(Malformed::Ignore)
        );
        assert_eq!(
            Message::parse(&[0x40, 1, 0, 5, 0xFF]),
            Err(Malformed::Reject(5))
        );
        assert_eq!(
            Message::parse(&[0x40, 0, 0, 5, 1]),
            Err(Malformed::Reject(5))
        );
        assert_eq!(
            Message::parse(&[0x40, 0x20, 0, 5]),
            Err(Malformed::Reject(5))
        );
        assert_eq!(
            Message::parse(&[0x44, 1, 0, 5, 1, 2]),
            Err(Malformed::Reject(5))
        );
    }
}
