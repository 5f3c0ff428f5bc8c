//! Block-wise transfer (RFC 7959): the option value, and the collection of a payload that arrives in blocks.
//! Responses are cut by regenerating them and skipping, so nothing is stored for Block2.

use heapless::Vec;

use super::timing::EXCHANGE_LIFETIME;
use crate::config::ASSEMBLY;
use crate::time::Instant;

/// The value of a Block1 or Block2 option.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Block {
    /// Number of the block, 0 to 2^20 - 1.
    pub number: u32,
    /// Whether more blocks follow.
    pub more: bool,
    /// Size exponent, 0 to 6: 16 to 1024 bytes.
    pub szx: u8,
}

impl Block {
    /// Reads an option value: at most three bytes, exponent 7 is reserved.
    pub fn parse(value: &[u8]) -> Option<Block> {
        if value.len() > 3 {
            return None;
        }
        Block::from_bits(super::option::uint(value)?)
    }

    /// Reads the number in an option value.
    pub fn from_bits(bits: u32) -> Option<Block> {
        let szx = (bits & 7) as u8;
        if szx == 7 {
            return None;
        }
        Some(Block {
            number: bits >> 4,
            more: bits & 8 != 0,
            szx,
        })
    }

    /// The option value.
    pub const fn value(self) -> u32 {
        self.number << 4 | (self.more as u32) << 3 | self.szx as u32
    }

    /// Bytes of a full block.
    pub const fn size(self) -> usize {
        16 << self.szx
    }

    /// Position of the first byte of this block in the whole.
    pub const fn offset(self) -> usize {
        (self.number as usize) << (4 + self.szx)
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
        if block.more && bytes.len() != block.size() || bytes.len() > block.size() {
            return Progress::BadBlock;
        }
        if block.number == 0 {
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
        self.transfer = block.more.then_some((key, now));
        if block.more {
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
    use crate::time::Duration;

    const NOW: Instant = Instant::ZERO;

    fn block(number: u32, more: bool) -> Block {
        Block {
            number,
            more,
            szx: 0,
        }
    }

    #[test]
    fn option_values_follow_rfc7959_2_2() {
        assert_eq!(
            Block::parse(&[]),
            Some(Block {
                number: 0,
                more: false,
                szx: 0
            })
        );
        assert_eq!(
            Block::parse(&[0x1E]),
            Some(Block {
                number: 1,
                more: true,
                szx: 6
            })
        );
        assert_eq!(Block::parse(&[0x07]), None);
        assert_eq!(Block::parse(&[0, 0, 0, 0]), None);
        assert_eq!(
            Block {
                number: 4096,
                more: true,
                szx: 2
            }
            .value(),
            4096 << 4 | 8 | 2
        );
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
        let full = Block {
            number: 0,
            more: true,
            szx: 6,
        };
        assert_eq!(assembly.block(NOW, 1, full, &[0; 1024]), Progress::Continue);
        assert_eq!(
            assembly.block(NOW, 1, Block { number: 1, ..full }, &[0; 1024]),
            Progress::TooLarge
        );
        assert_eq!(
            assembly.block(
                NOW,
                1,
                Block {
                    number: 2,
                    more: false,
                    szx: 6
                },
                &[0]
            ),
            Progress::Incomplete
        );
    }
}
