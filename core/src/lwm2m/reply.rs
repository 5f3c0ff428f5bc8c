//! Replies and notifications as messages: codes alone, locations, sizes, and generated payloads cut into blocks
//! (RFC 7959).

use super::format::Format;
use super::path::Path;
use super::sink::Sink;
use crate::coap::block::Block;
use crate::coap::code;
use crate::coap::message::{Kind, Token, Writer};
use crate::coap::option::number;
use crate::config::ASSEMBLY;
use crate::text::Digits;

/// Largest block of a reply: 1024 bytes.
pub const REPLY_SZX: u8 = 6;

/// The bit of a block option that says: more blocks (RFC 7959 2.2).
const MORE: u32 = 8;

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
pub fn simple(buffer: &mut [u8], address: &Address, code: u8, block1: Option<u32>) -> usize {
    short(buffer, address, code, &Path::ROOT, block1)
}

/// Writes 4.13 with the largest size that can be taken (RFC 7959 2.9.3).
pub fn too_large(buffer: &mut [u8], address: &Address, block1: Option<u32>) -> usize {
    simple(buffer, address, code::REQUEST_ENTITY_TOO_LARGE, block1)
}

/// Writes a reply without payload: with the location of a new instance unless that is the root, the Block1 option to
/// repeat and, with 4.13, the largest size.
pub fn short(
    buffer: &mut [u8],
    address: &Address,
    code: u8,
    location: &Path,
    block1: Option<u32>,
) -> usize {
    let mut writer = Writer::new(buffer, address.kind, code, address.id, &address.token);
    for id in location.ids() {
        writer.option(
            number::LOCATION_PATH,
            Digits::unsigned(u64::from(*id)).as_bytes(),
        );
    }
    if let Some(mut value) = block1 {
        // Whatever does not ask for the next block is the end of the transfer (RFC 7959 2.3).
        if code != code::CONTINUE {
            value &= !MORE;
        }
        writer.option_uint(number::BLOCK1, value);
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
    pub block: Option<Block>,
}

impl Content {
    /// Writes the message, cutting the payload into blocks of `szx` when it is longer than one. `produce` is called again for each pass. The error is
    /// the response code for a block that does not exist.
    pub fn write(
        &self,
        address: &Address,
        code: u8,
        produce: &dyn Fn(&mut Sink<'_>),
        szx: u8,
        buffer: &mut [u8],
    ) -> Result<usize, u8> {
        let mut wanted = self.block;
        loop {
            let mut writer = Writer::new(buffer, address.kind, code, address.id, &address.token);
            let (mut window, mut offset) = (szx, 0);
            if let Some(block) = &mut wanted {
                let mut measure = Sink::new(&mut []);
                produce(&mut measure);
                (window, offset) = (block.szx, block.offset());
                let total = measure.total();
                if offset > 0 && offset >= total {
                    return Err(code::BAD_OPTION);
                }
                block.more = total > offset + block.size();
                writer.option(number::ETAG, &measure.digest().to_be_bytes());
            }
            if let Some(sequence) = self.observe {
                writer.option_uint(number::OBSERVE, sequence);
            }
            writer.option_uint(number::CONTENT_FORMAT, u32::from(self.format.number()));
            if let Some(block) = wanted {
                writer.option_uint(number::BLOCK2, block.value());
            }
            let mut sink = Sink::block(limit(writer.payload_space(), window), offset);
            produce(&mut sink);
            if wanted.is_none() && !sink.is_complete() {
                // Too long for one piece: once more, as the first block.
                wanted = Block::from_bits(u32::from(szx));
                continue;
            }
            let length = sink.written();
            writer.payload_written(length);
            return writer.finish().ok_or(code::INTERNAL_SERVER_ERROR);
        }
    }
}

/// The space for a payload in one piece: a full block, since longer ones go block-wise.
fn limit(space: &mut [u8], szx: u8) -> &mut [u8] {
    let size = space.len().min(16 << szx);
    space.get_mut(..size).unwrap_or(&mut [])
}
