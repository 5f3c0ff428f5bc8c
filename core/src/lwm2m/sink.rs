//! Where payloads are written to: a window over a stream of bytes. The same code produces a whole payload, one block
//! of it, or only its length.

use crate::bytes::copy;

/// Room of a short piece: the longest entry head of the formats with a number behind it.
pub const SHORT: usize = 16;

const DIGEST_START: u32 = 0x811C_9DC5;

/// Takes a stream of bytes, drops what is before the window, keeps what is inside, counts everything.
#[derive(Debug)]
pub struct Sink<'b> {
    window: &'b mut [u8],
    skip: usize,
    total: usize,
    digest: u32,
}

impl<'b> Sink<'b> {
    /// A window that starts with the first byte.
    pub fn new(window: &'b mut [u8]) -> Sink<'b> {
        Sink::block(window, 0)
    }

    /// A window that starts after `skip` bytes.
    #[cfg_attr(target_os = "none", inline(never))]
    pub fn block(window: &'b mut [u8], skip: usize) -> Sink<'b> {
        Sink {
            window,
            skip,
            total: 0,
            digest: DIGEST_START,
        }
    }

    /// Takes the next bytes of the stream.
    pub fn put(&mut self, bytes: &[u8]) {
        let position = self.total;
        self.total += bytes.len();
        // A device takes all bytes one by one, which is smaller.
        if !cfg!(target_os = "none")
            && let Some(at) = position.checked_sub(self.skip)
            && let Some(space) = self.window.get_mut(at..)
            && copy(bytes, space).is_some()
        {
            return;
        }
        self.put_partly(position, bytes);
    }

    /// Takes the first `length` bytes of a short piece. Copying a fixed size is much cheaper than calling for each
    /// few bytes; what lies behind is overwritten by the next piece.
    pub fn put_short(&mut self, bytes: &[u8; SHORT], length: usize) {
        let position = self.total;
        if !cfg!(target_os = "none")
            && let Some(at) = position.checked_sub(self.skip)
            && let Some(space) = self
                .window
                .get_mut(at..)
                .and_then(|space| space.first_chunk_mut())
        {
            *space = *bytes;
            self.total += length;
            return;
        }
        self.put(bytes.get(..length).unwrap_or(&[]));
    }

    /// Takes the last `bytes` bytes, 1 to 8, of a number in network order.
    pub fn put_number(&mut self, number: u64, bytes: usize) {
        if cfg!(target_os = "none") {
            let whole = number.to_be_bytes();
            return self.put(whole.get(whole.len().wrapping_sub(bytes)..).unwrap_or(&[]));
        }
        let front = (number << ((64 - 8 * bytes) & 63)).to_be_bytes();
        if let Some(at) = self.total.checked_sub(self.skip)
            && let Some(space) = self
                .window
                .get_mut(at..)
                .and_then(|space| space.first_chunk_mut())
        {
            *space = front;
            self.total += bytes;
            return;
        }
        self.put(front.get(..bytes).unwrap_or(&[]));
    }

    /// Bytes at an edge of the window, one by one.
    #[cfg_attr(not(target_os = "none"), cold)]
    fn put_partly(&mut self, position: usize, bytes: &[u8]) {
        for (index, byte) in bytes.iter().enumerate() {
            self.digest = (self.digest ^ u32::from(*byte)).wrapping_mul(0x0100_0193);
            if let Some(slot) = (position + index)
                .checked_sub(self.skip)
                .and_then(|at| self.window.get_mut(at))
            {
                *slot = *byte;
            }
        }
    }

    /// A digest (FNV-1a) of the stream, for a sink without window: an entity tag.
    pub fn digest(&self) -> u32 {
        self.digest
    }

    /// The window.
    pub fn window(&self) -> &[u8] {
        self.window
    }

    /// Length of the whole stream so far.
    pub fn total(&self) -> usize {
        self.total
    }

    /// Bytes inside the window so far.
    #[cfg_attr(target_os = "none", inline(never))]
    pub fn written(&self) -> usize {
        self.total.saturating_sub(self.skip).min(self.window.len())
    }

    /// Whether everything from the start of the window on fitted into it.
    pub fn is_complete(&self) -> bool {
        self.total.saturating_sub(self.skip) <= self.window.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_window_shows_the_same_stream() {
        let stream: Vec<u8> = (0..100).collect();
        for skip in [0, 1, 16, 99, 100, 120] {
            for size in [0, 1, 16, 200] {
                let mut window = vec![0; size];
                let mut sink = Sink::block(&mut window, skip);
                for piece in stream.chunks(7) {
                    sink.put(piece);
                }
                assert_eq!(sink.total(), 100);
                let written = sink.written();
                let expected: Vec<u8> = stream.iter().copied().skip(skip).take(size).collect();
                assert_eq!(window[..written], expected);
            }
        }
    }
}
