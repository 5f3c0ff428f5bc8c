//! What other threads leave for the run thread: notification lines, SMS, and links that were opened.

use carrier_core::config::SERVERS;
use carrier_core::{Link, Slot, move_up};

use crate::sys::opening::Opened;
use crate::sys::ptr;

/// Longest entry kept, in bytes. A `+CEREG` line with every field has 86.
pub const LINE: usize = 110;

/// Bytes of all entries, each behind its length: the burst after an attach has five lines of about 40 bytes.
const ROOM: usize = 336;

/// The inbox.
pub struct Inbox {
    lines: [u8; ROOM],
    used: u16,
    missed: bool,
    opened: [Slot<Opened>; SERVERS],
}

impl Inbox {
    /// An inbox with nothing in it.
    pub const fn new() -> Inbox {
        Inbox {
            lines: [0; ROOM],
            used: 0,
            missed: false,
            opened: [const { Slot::Empty }; SERVERS],
        }
    }

    /// Leaves a line or an SMS. Without room, or when it is longer than [`LINE`], it is dropped and counts as missed.
    pub fn put(&mut self, entry: &[u8]) {
        if entry.len() <= LINE
            && let Some([length, free @ ..]) = self.lines.get_mut(self.used.into()..)
            && ptr::copy(entry, free).is_some()
        {
            *length = entry.len() as u8;
            self.used += entry.len() as u16 + 1;
        } else {
            self.missed = true;
        }
    }

    /// Counts something as missed.
    pub fn miss(&mut self) {
        self.missed = true;
    }

    /// Takes the oldest entry into `room`, which holds [`LINE`] bytes or more; `None` when there is none.
    pub fn take<'a>(&mut self, room: &'a mut [u8]) -> Option<&'a [u8]> {
        let entries = self.lines.get_mut(..self.used.into())?;
        let (length, rest) = entries.split_first()?;
        let length = usize::from(*length);
        let entry = ptr::copy(rest.get(..length)?, room)?;
        let taken = length + 1;
        move_up(entries, taken);
        self.used -= taken as u16;
        Some(entry)
    }

    /// Whether anything was missed since the last call.
    pub fn take_missed(&mut self) -> bool {
        core::mem::take(&mut self.missed)
    }

    /// Leaves what came of opening a link; gives back what nobody has taken of an earlier time.
    pub fn put_opened(&mut self, link: Link, opened: Opened) -> Option<Opened> {
        self.opened
            .get_mut(usize::from(link.0))
            .map_or(Some(opened), |place| {
                let older = place.take();
                *place = Slot::Full(opened);
                older
            })
    }

    /// Takes what came of opening a link.
    pub fn take_opened(&mut self, link: Link) -> Option<Opened> {
        self.opened.get_mut(usize::from(link.0))?.take()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_come_out_in_order() {
        let mut inbox = Inbox::new();
        let mut room = [0; LINE];
        for line in ["+CEREG: 2", "", "%XSIM: 1"] {
            inbox.put(line.as_bytes());
        }
        assert_eq!(inbox.take(&mut room), Some(&b"+CEREG: 2"[..]));
        inbox.put(b"\x40\x02\0\0");
        assert_eq!(inbox.take(&mut room), Some(&b""[..]));
        assert_eq!(inbox.take(&mut room), Some(&b"%XSIM: 1"[..]));
        assert_eq!(inbox.take(&mut room), Some(&b"\x40\x02\0\0"[..]));
        assert_eq!(inbox.take(&mut room), None);
        assert!(!inbox.take_missed());
    }

    #[test]
    fn what_does_not_fit_counts_as_missed_once() {
        let mut inbox = Inbox::new();
        let longest = [b'x'; LINE];
        for _ in 0..3 {
            inbox.put(&longest);
        }
        assert!(!inbox.take_missed());
        inbox.put(&longest);
        assert!(inbox.take_missed());
        assert!(!inbox.take_missed());
        let mut room = [0; LINE];
        for _ in 0..3 {
            assert_eq!(inbox.take(&mut room), Some(&longest[..]));
        }
        assert_eq!(inbox.take(&mut room), None);
        inbox.put(&[b'x'; LINE + 1]);
        assert!(inbox.take_missed());
        assert_eq!(inbox.take(&mut room), None);
    }
}
