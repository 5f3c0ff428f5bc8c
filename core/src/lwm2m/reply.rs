//! Replies and notifications as messages: codes alone, locations, sizes, and generated payloads cut into blocks
//! (RFC 7959).

use super::format::Format;
use super::object::Refusal;
use super::sink::Sink;
use crate::coap::block::Block;
use crate::coap::code;
use crate::coap::exchange::Brief;
use crate::coap::message::{Kind, Token, Writer};
use crate::coap::option::number;
use crate::config::ASSEMBLY;
use crate::text::Digits;

/// Largest block of a reply: 1024 bytes.
pub const REPLY_SZX: u8 = 6;

/// How a reply is addressed: type, message id and token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Address {
    /// ACK to a confirmable request, NON otherwise.
    pub kind: Kind,
    /// The request's id for an ACK, an own id otherwise.
    pub id: u16,
    /// The request's token.
    pub token: Token,
}

/// Writes a reply of only a code, with the Block1 option to repeat.
pub fn simple(buffer: &mut [u8], address: &Address, code: u8, block1: Block) -> usize {
    let brief = Brief {
        code,
        ..Brief::NONE
    };
    short(buffer, address, &brief, block1)
}

/// Writes 4.13 with the largest size that can be taken (RFC 7959 2.9.3).
pub fn too_large(buffer: &mut [u8], address: &Address) -> usize {
    simple(buffer, address, code::REQUEST_ENTITY_TOO_LARGE, Block::NONE)
}

/// Writes a reply without payload: with the location of a new instance, the Block1 option to repeat and, with 4.13, the
/// largest size.
pub fn short(buffer: &mut [u8], address: &Address, brief: &Brief, block1: Block) -> usize {
    let code = brief.code;
    let mut writer = Writer::new(buffer, address.kind, code, address.id, &address.token);
    if code == code::CREATED {
        for id in &brief.location {
            let digits = Digits::unsigned(u64::from(*id));
            writer.option(number::LOCATION_PATH, digits.as_bytes());
        }
    }
    if block1.is_some() {
        // Whatever does not ask for the next block is the end of the transfer (RFC 7959 2.3).
        let more = code == code::CONTINUE && block1.more();
        writer.option_uint(number::BLOCK1, block1.followed(more).value());
    }
    if code == code::REQUEST_ENTITY_TOO_LARGE {
        writer.option_uint(number::SIZE1, ASSEMBLY as u32);
    }
    writer.finish().unwrap_or(0)
}

/// A message with a generated payload: reply or notification.
#[derive(Clone, Copy, Debug)]
pub struct Content {
    /// Content format.
    pub format: Format,
    /// Observe option.
    pub observe: Option<u32>,
    /// The block asked for.
    pub block: Block,
}

impl Content {
    /// Writes the message, cutting the payload into blocks of `szx` when it is longer than one. `produce` is called again for each pass. Refuses
    /// a block that does not exist.
    pub fn write(
        &self,
        address: &Address,
        code: u8,
        produce: &dyn Fn(&mut Sink<'_>),
        szx: u8,
        buffer: &mut [u8],
    ) -> Result<usize, Refusal> {
        let mut wanted = self.block;
        loop {
            let mut writer = Writer::new(buffer, address.kind, code, address.id, &address.token);
            let (mut window, mut offset) = (szx, 0);
            if wanted.is_some() {
                let mut measure = Sink::new(&mut []);
                produce(&mut measure);
                (window, offset) = (wanted.szx(), wanted.offset());
                let total = measure.total();
                if offset > 0 && offset >= total {
                    return Err(Refusal::BadOption);
                }
                wanted = wanted.followed(total > offset + wanted.size());
                writer.option(number::ETAG, &measure.digest().to_be_bytes());
            }
            if let Some(sequence) = self.observe {
                writer.option_uint(number::OBSERVE, sequence);
            }
            writer.option_uint(number::CONTENT_FORMAT, u32::from(self.format.number()));
            if wanted.is_some() {
                writer.option_uint(number::BLOCK2, wanted.value());
            }
            let mut sink = Sink::block(limit(writer.payload_space(), window), offset);
            produce(&mut sink);
            if !wanted.is_some() && !sink.is_complete() {
                // Too long for one piece: once more, as the first block.
                wanted = Block::new(0, szx);
                continue;
            }
            let length = sink.written();
            writer.payload_written(length);
            return writer.finish().ok_or(Refusal::Full);
        }
    }
}

/// The space for a payload in one piece: a full block, since longer ones go block-wise.
fn limit(space: &mut [u8], szx: u8) -> &mut [u8] {
    let size = space.len().min(16 << szx);
    space.get_mut(..size).unwrap_or(&mut [])
}
