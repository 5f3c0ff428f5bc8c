//! Block-wise transfer (RFC 7959): the option value, and the collection of a payload that arrives in blocks.
//! Responses are cut by regenerating them and skipping, so nothing is stored for Block2.

use heapless::Vec;

use super::message::Message;
use super::option::uint;
use super::timing::EXCHANGE_LIFETIME;
use crate::config::ASSEMBLY;
use crate::time::Instant;

/// The value of a Block1 or Block2 option as it stands there (RFC 7959 2.2), or that there is none: one number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Block(u32);

/// The bit that says: more blocks follow.
const MORE: u32 = 8;

impl Block {
    /// No option. A value is shorter than this, and its exponent is not the reserved one.
    pub const NONE: Block = Block(u32::MAX);

    /// A block by its number, 0 to 2^20 - 1, and size exponent, 0 to 6: 16 to 1024 bytes. No more follow.
    pub const fn new(number: u32, szx: u8) -> Block {
        Block(number << 4 | szx as u32)
    }

    /// What an option says; [`Block::NONE`] when it is absent or too long.
    pub fn of(message: &Message<'_>, number: u16) -> Block {
        match message.option(number) {
            Some(value) if value.len() <= 3 => Block(uint(value).unwrap_or(u32::MAX)),
            _ => Block::NONE,
        }
    }

    /// The number in an option value, of three bytes at most.
    pub const fn from_bits(bits: u32) -> Block {
        Block(bits)
    }

    /// Whether there is an option.
    pub const fn is_some(self) -> bool {
        self.0 != Block::NONE.0
    }

    /// Whether this is a block: there is an option, and its exponent is not the reserved one.
    pub const fn is_valid(self) -> bool {
        self.szx() != 7
    }

    /// The same block, with more behind it or not.
    pub const fn followed(self, more: bool) -> Block {
        Block(self.0 & !MORE | if more { MORE } else { 0 })
    }

    /// The option value.
    pub const fn value(self) -> u32 {
        self.0
    }

    /// Number of the block.
    pub const fn number(self) -> u32 {
        self.0 >> 4
    }

    /// Whether more blocks follow.
    pub const fn more(self) -> bool {
        self.0 & MORE != 0
    }

    /// Size exponent.
    pub const fn szx(self) -> u8 {
        (self.0 & 7) as u8
    }

    /// Bytes of a full block.
    pub const fn size(self) -> usize {
        16 << self.szx()
    }

    /// Position of the first byte of this block in the whole.
    pub const fn offset(self) -> usize {
        (self.number() as usize) << (4 + self.szx())
    }
}

/// What one received block led to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// More blocks are expected: 2.31.
    Continue,
    /// The payload is whole: [`Assembly::payload`].
    Complete,
    /// A block is missing or the transfer is unknown: 4.08.
    Incomplete,
    /// Longer than can be collected: 4.13.
    TooLarge,
    /// A block that is not full although more follow: 4.00.
    BadBlock,
}

/// One payload being collected. A transfer belongs to a key (who writes what); a first block of any key starts over.
#[derive(Debug)]
pub struct Assembly<K> {
    transfer: Option<(K, Instant)>,
    payload: Vec<u8, ASSEMBLY>,
}

impl<K: PartialEq + Copy> Assembly<K> {
    /// Nothing collected.
    pub const fn new() -> Assembly<K> {
        Assembly {
            transfer: None,
            payload: Vec::new(),
        }
    }

    /// Takes one block of a transfer.
    pub fn block(&mut self, now: Instant, key: K, block: Block, bytes: &[u8]) -> Progress {
        if block.more() && bytes.len() != block.size() || bytes.len() > block.size() {
            return Progress::BadBlock;
        }
        if block.number() == 0 {
            self.payload.clear();
        } else {
            let known = self.transfer.as_ref().is_some_and(|(owner, since)| {
                *owner == key && now.since(*since) < EXCHANGE_LIFETIME
            });
            if !known || block.offset() != self.payload.len() {
                return Progress::Incomplete;
            }
        }
        if self.payload.extend_from_slice(bytes).is_err() {
            self.transfer = None;
            return Progress::TooLarge;
        }
        self.transfer = block.more().then_some((key, now));
        if block.more() {
            Progress::Continue
        } else {
            Progress::Complete
        }
    }

    /// The collected payload, valid until the next block.
    pub fn payload(&self) -> &[u8] {
        &self.payload
    }

    /// Keeps bytes of somebody else until the next transfer begins.
    pub fn hold(&mut self, bytes: &[u8]) {
        self.clear();
        // What was collected fits, and a single datagram is shorter.
        self.payload.extend_from_slice(bytes).ok();
    }

    /// Forgets what was collected.
    pub fn clear(&mut self) {
        self.transfer = None;
        self.payload.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::coap::message::{Kind, Token, Writer};
    use crate::coap::option::number;
    use crate::time::Duration;

    const NOW: Instant = Instant::ZERO;

    fn block(number: u32, more: bool) -> Block {
        Block::new(number, 0).followed(more)
    }

    fn parsed(option: &[u8]) -> Block {
        let mut buffer = [0; 16];
        let mut writer = Writer::new(&mut buffer, Kind::Confirmable, 1, 1, &Token::EMPTY);
        writer.option(number::BLOCK1, option);
        let length = writer.finish().unwrap();
        Block::of(&Message::parse(&buffer[..length]).unwrap(), number::BLOCK1)
    }

    #[test]
    fn option_values_follow_rfc7959_2_2() {
        assert_eq!(parsed(&[]), Block::new(0, 0));
        assert_eq!(parsed(&[0x1E]), Block::new(1, 6).followed(true));
        assert!(parsed(&[0x07]).is_some() && !parsed(&[0x07]).is_valid());
        assert_eq!(parsed(&[0, 0, 0, 0]), Block::NONE);
        assert!(!Block::NONE.is_valid());
        let block = parsed(&[1, 0, 0x0A]);
        assert_eq!((block.number(), block.more(), block.szx()), (4096, true, 2));
        assert_eq!(block.value(), 4096 << 4 | 8 | 2);
        assert_eq!((block.size(), block.offset()), (64, 4096 * 64));
    }

    #[test]
    fn blocks_in_order_make_a_whole() {
        let mut assembly = Assembly::new();
        assert_eq!(
            assembly.block(NOW, 1, block(0, true), &[1; 16]),
            Progress::Continue
        );
        assert_eq!(
            assembly.block(NOW, 1, block(1, false), &[2; 3]),
            Progress::Complete
        );
        assert_eq!(assembly.payload().len(), 19);
        assert_eq!(
            assembly.block(NOW, 1, block(2, false), &[2; 3]),
            Progress::Incomplete
        );
    }

    #[test]
    fn gaps_strangers_and_late_blocks_are_incomplete() {
        let mut assembly = Assembly::new();
        assert_eq!(
            assembly.block(NOW, 1, block(1, true), &[1; 16]),
            Progress::Incomplete
        );
        assembly.block(NOW, 1, block(0, true), &[1; 16]);
        assert_eq!(
            assembly.block(NOW, 2, block(1, true), &[1; 16]),
            Progress::Incomplete
        );
        assert_eq!(
            assembly.block(NOW, 1, block(2, true), &[1; 16]),
            Progress::Incomplete
        );
        let late = NOW.plus(Duration::from_secs(247));
        assert_eq!(
            assembly.block(late, 1, block(1, true), &[1; 16]),
            Progress::Incomplete
        );
        assert_eq!(
            assembly.block(NOW, 1, block(1, true), &[1; 15]),
            Progress::BadBlock
        );
    }

    #[test]
    fn a_payload_beyond_the_capacity_is_too_large() {
        let mut assembly = Assembly::new();
        let full = Block::new(0, 6).followed(true);
        assert_eq!(assembly.block(NOW, 1, full, &[0; 1024]), Progress::Continue);
        assert_eq!(
            assembly.block(NOW, 1, Block::new(1, 6).followed(true), &[0; 1024]),
            Progress::TooLarge
        );
        assert_eq!(
            assembly.block(NOW, 1, Block::new(2, 6), &[0]),
            Progress::Incomplete
        );
    }
}
