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

/// Writes 2.01 with the location of a new instance.
pub fn created(buffer: &mut [u8], address: &Address, path: &Path, block1: Option<u32>) -> usize {
    short(buffer, address, code::CREATED, path, block1)
}

/// Writes 4.13 with the largest size that can be taken (RFC 7959 2.9.3).
pub fn too_large(buffer: &mut [u8], address: &Address, block1: Option<u32>) -> usize {
    short(
        buffer,
        address,
        code::REQUEST_ENTITY_TOO_LARGE,
        &Path::ROOT,
        block1,
    )
}

/// A reply without payload.
fn short(
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
    if let Some(value) = block1 {
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
        if self.block.is_none() {
            let mut writer = self.head(address, code, None, buffer);
            let mut sink = Sink::new(limit(writer.payload_space(), szx));
            produce(&mut sink);
            if sink.is_complete() {
                let length = sink.written();
                writer.payload_written(length);
                return writer.finish().ok_or(code::INTERNAL_SERVER_ERROR);
            }
        }
        let wanted = self.block.unwrap_or(Block {
            number: 0,
            more: false,
            szx,
        });
        let mut measure = Sink::new(&mut []);
        produce(&mut measure);
        let total = measure.total();
        if wanted.offset() > 0 && wanted.offset() >= total {
            return Err(code::BAD_OPTION);
        }
        let block = Block {
            more: total > wanted.offset().saturating_add(wanted.size()),
            ..wanted
        };
        let mut writer = self.head(address, code, Some(measure.digest()), buffer);
        writer.option_uint(number::BLOCK2, block.value());
        let window = writer.payload_space();
        let size = block.size().min(window.len());
        let mut sink = Sink::block(window.get_mut(..size).unwrap_or(&mut []), block.offset());
        produce(&mut sink);
        let length = sink.written();
        writer.payload_written(length);
        writer.finish().ok_or(code::INTERNAL_SERVER_ERROR)
    }

    fn head<'b>(
        &self,
        address: &Address,
        code: u8,
        etag: Option<u32>,
        buffer: &'b mut [u8],
    ) -> Writer<'b> {
        let mut writer = Writer::new(buffer, address.kind, code, address.id, &address.token);
        if let Some(tag) = etag {
            writer.option(number::ETAG, &tag.to_be_bytes());
        }
        if let Some(sequence) = self.observe {
            writer.option_uint(number::OBSERVE, sequence);
        }
        writer.option_uint(number::CONTENT_FORMAT, u32::from(self.format.number()));
        writer
    }
}

/// The space for a payload in one piece: a full block, since longer ones go block-wise.
fn limit(space: &mut [u8], szx: u8) -> &mut [u8] {
    let size = space.len().min(16 << szx);
    space.get_mut(..size).unwrap_or(&mut [])
}
