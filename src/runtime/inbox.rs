//! What other threads leave for the run thread: notification lines, SMS, links that were opened, and which links need it.

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
    readable: Links,
    failed: Links,
    opened: [Slot<Opened>; SERVERS],
}

/// A set of links, one bit each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Links(u8);

impl Inbox {
    /// An inbox with nothing in it.
    pub const fn new() -> Inbox {
        Inbox {
            lines: [0; ROOM],
            used: 0,
            missed: false,
            readable: Links(0),
            failed: Links(0),
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

    /// Leaves word that links have something to receive, or have failed.
    pub fn ready(&mut self, readable: Links, failed: Links) {
        self.readable.0 |= readable.0;
        self.failed.0 |= failed.0;
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

    /// Whether a link was left as readable and as failed since the last call. Also called when a link is closed, so that nothing said of
    /// its old socket is taken for news of its next one.
    pub fn take_ready(&mut self, link: Link) -> (bool, bool) {
        (self.readable.remove(link), self.failed.remove(link))
    }
}

impl Links {
    /// Adds a link.
    pub fn insert(&mut self, link: Link) {
        self.0 |= Links::bit(link);
    }

    /// Takes a link out; whether it was in.
    fn remove(&mut self, link: Link) -> bool {
        let was_in = self.0 & Links::bit(link) != 0;
        self.0 &= !Links::bit(link);
        was_in
    }

    /// Whether no link is in the set.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    fn bit(link: Link) -> u8 {
        1_u8.checked_shl(link.0.into()).unwrap_or(0)
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

    #[test]
    fn ready_links_gather_until_taken() {
        let mut inbox = Inbox::new();
        let mut first = Links::default();
        first.insert(Link(0));
        let mut second = Links::default();
        second.insert(Link(1));
        inbox.ready(first, Links::default());
        inbox.ready(second, first);
        assert_eq!(inbox.take_ready(Link(0)), (true, true));
        assert_eq!(inbox.take_ready(Link(0)), (false, false));
        assert_eq!(inbox.take_ready(Link(1)), (true, false));
        assert_eq!(inbox.take_ready(Link(200)), (false, false));
    }
}
