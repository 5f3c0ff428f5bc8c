//! Observations (RFC 7641, OMA LwM2M TS Core 5.1.2, 6.4): who watches what, and when something has to be reported.
//!
//! An observation is looked at when something about it changed, and when it is due; the others are passed over.

mod absence;

use core::hint::black_box;

use heapless::Vec;

use super::attribute::{AttributeTable, PMAX, PMIN};
use super::format::Format;
use super::object::{Directory, Right, value_at};
use super::path::Path;
use crate::coap::message::Token;
use crate::config::{OBSERVATIONS, SERVERS};
use crate::time::{Duration, Instant};
use crate::version::HAS_1_1;

/// A confirmable notification at least this often, in spans of [`Instant::coarse`]: 24 hours less what is rounded off
/// (RFC 7641 4.5).
const CONFIRM_INTERVAL: u16 = 21;

/// Periods that apply where no attribute says otherwise: `/1/x/2` and `/1/x/3`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Defaults {
    /// Minimum period in seconds.
    pub pmin: u32,
    /// Maximum period in seconds.
    pub pmax: Option<u32>,
}

/// The value changed since it was last sent.
const DIRTY: u8 = 1;
/// The latest notification was confirmable; its fate is the exchange's to tell.
const UNCONFIRMED: u8 = 2;
/// What is observed no longer exists.
const GONE: u8 = 4;
/// The server registered anew since: whether it still knows the observation shows with a confirmable notification.
const DOUBTFUL: u8 = 8;
/// There was a notification besides the initial answer.
const NOTIFIED: u8 = 16;
/// The latest notification said that it was the last.
const LAST: u8 = 32;

/// It is known to be due.
const READY: u8 = 128;

/// One path of a composite observation: all with its token are told together (1.1).
const TOGETHER: u8 = if HAS_1_1 { 64 } else { 0 };

/// In place of a number: none was reported.
pub const NO_NUMBER: i64 = i64::MIN;
/// In place of a number: the next notification has the first that counts.
const UNKNOWN: i64 = i64::MIN + 1;

/// One observation of one server.
// Small fields first: what is near the start is reached with short instructions.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct Observation {
    /// The observing server.
    pub server: u8,
    /// The format of its notifications, fixed by the request.
    pub format: Format,
    flags: u8,
    /// The token of its notifications.
    pub token: Token,
    message_id: u16,
    /// When the latest confirmable notification was sent, coarsely.
    confirmed: u16,
    /// What is observed.
    pub path: Path,
    sent: Instant,
    /// When it has to be looked at.
    due: Instant,
    /// The value last reported, in millionths; kept once a threshold may apply.
    reported: i64,
}

/// What a notification needs besides its observation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Notification {
    /// Index for [`Observations::get`] and [`Observations::notified`].
    pub index: usize,
    /// Whether it has to be confirmable.
    pub confirmable: bool,
}

/// What is known of all observations of one server.
#[derive(Clone, Copy, Debug, Default)]
struct Turn {
    /// They have nothing to report before.
    next: Instant,
    /// Something may be due, but waits for the end of an exchange.
    held: bool,
    /// None of them was reported before.
    oldest: Instant,
    /// Where the look at them begins: behind the one that was reported last, so that each look finds the next one soon.
    start: usize,
    /// Observe option value of the latest notification.
    sequence: u32,
    /// The same of the latest confirmable one.
    outstanding: u32,
}

/// All observations of all servers.
#[derive(Debug, Default)]
pub struct Observations {
    turns: [Turn; SERVERS],
    list: Vec<Observation, OBSERVATIONS>,
}

impl Observations {
    /// No observations.
    pub const fn new() -> Observations {
        Observations {
            turns: [Turn {
                next: Instant::ZERO,
                held: false,
                oldest: Instant::ZERO,
                start: 0,
                sequence: 0,
                outstanding: 0,
            }; SERVERS],
            list: Vec::new(),
        }
    }

    /// Adds or renews an observation; its initial answer counts as a notification. `reported` is the number in it when a
    /// threshold applies, else [`NO_NUMBER`]. Gives the Observe value of that answer, or `None` when there is no room.
    pub fn add(
        &mut self,
        now: Instant,
        server: u8,
        path: Path,
        token: Token,
        format: Format,
        reported: i64,
    ) -> Option<u32> {
        self.cancel(server, &token);
        if !self.join(now, server, path, token, format, reported, false) {
            return None;
        }
        self.count_up(server)
    }

    /// Adds a path to the observation with a token; if all paths with it are told `together`, there may be more. Says
    /// whether there was room.
    #[allow(clippy::too_many_arguments)]
    pub fn join(
        &mut self,
        now: Instant,
        server: u8,
        path: Path,
        token: Token,
        format: Format,
        reported: i64,
        together: bool,
    ) -> bool {
        let observation = Observation {
            server,
            path,
            token,
            format,
            flags: if together { TOGETHER } else { 0 },
            message_id: 0,
            reported,
            sent: now,
            due: Instant::ZERO,
            confirmed: now.coarse(),
        };
        self.wake();
        self.list.push(observation).is_ok()
    }

    /// The next Observe value for a server: one count for all its observations, so that a token used again goes on where
    /// it ended. It rises by one at a time, so that neither its end at 24 bits nor a long silence matters (RFC 7641 3.4).
    pub fn count_up(&mut self, server: u8) -> Option<u32> {
        let turn = self.turns.get_mut(usize::from(server))?;
        turn.sequence = turn.sequence.wrapping_add(1) & 0xFF_FFFF;
        Some(turn.sequence)
    }

    /// The paths that are told together under a token.
    pub fn paths(&self, server: u8, token: &Token) -> impl Iterator<Item = &Path> {
        let all = self.list.iter();
        all.filter(move |one| one.is(server, token))
            .map(|one| &one.path)
    }

    /// Ends the observation with this token.
    pub fn cancel(&mut self, server: u8, token: &Token) {
        self.forget(&|one| one.is(server, token));
    }

    /// Ends the observation whose confirmable notification was rejected or never acknowledged, and what else is in doubt.
    pub fn unconfirmed(&mut self, server: u8) {
        self.forget(&|one| one.server == server && one.flags & (UNCONFIRMED | DOUBTFUL) != 0);
    }

    /// Ends the observation whose latest notification had this message id: it was rejected with RST.
    pub fn rejected(&mut self, server: u8, message_id: u16) {
        // The initial answer has no id of its own.
        self.forget(&|one| {
            one.server == server && one.message_id == message_id && one.has(NOTIFIED)
        });
    }

    /// Ends all observations of a server: it registered anew or is gone.
    pub fn forget_server(&mut self, server: u8) {
        self.forget(&|one| one.server == server);
    }

    /// The observations of a path and below, which is gone, end with a last notification that says so (RFC 7641 3.2).
    pub fn forget_path(&mut self, path: &Path) {
        for one in &mut self.list {
            if path.contains(&one.path) {
                // Of several paths one may come and go.
                one.flags |= if one.has(TOGETHER) { DIRTY } else { GONE };
            }
        }
        self.reconsider();
    }

    /// Ends the observations whose servers may no longer read what they observe.
    pub fn forget_unreadable(&mut self, directory: &dyn Directory) {
        self.forget(&|one| !directory.allows(one.server, &one.path, Right::Read));
    }

    #[cfg_attr(target_os = "none", inline(never))]
    fn forget(&mut self, condition: &dyn Fn(&Observation) -> bool) {
        let mut index = 0;
        while let Some(one) = self.list.get(index) {
            if condition(one) {
                remove(&mut self.list, index);
            } else {
                index += 1;
            }
        }
    }

    /// How many observations there are.
    pub fn count(&self) -> usize {
        self.list.len()
    }

    /// Whether anybody observes something of these objects, of which each has a bit.
    pub fn watch(&self, objects: u32) -> bool {
        let mut ids = self.list.iter().filter_map(|one| one.path.ids().first());
        ids.any(|id| objects.checked_shr((*id).into()).unwrap_or(0) & 1 != 0)
    }

    /// The observation of a notification.
    pub fn get(&self, index: usize) -> Option<&Observation> {
        self.list.get(index)
    }

    /// A server wrote attributes: from here on values are compared with the present one, unless that is still to be
    /// reported.
    pub fn attributes_written(&mut self, server: u8, directory: &dyn Directory) {
        for one in self.list.iter_mut().filter(|one| one.server == server) {
            one.reported = if one.has(DIRTY) {
                UNKNOWN
            } else {
                number(directory, &one.path)
            };
        }
        self.reconsider();
    }

    /// A value at `path` changed.
    pub fn changed(&mut self, path: &Path) {
        let mut matches = false;
        for one in &mut self.list {
            if one.path.overlaps(path) {
                one.flags |= DIRTY;
                one.reconsider();
                matches = true;
            }
        }
        if matches {
            self.wake();
        }
    }

    /// Has all observations looked at: periods may have changed.
    pub fn reconsider(&mut self) {
        self.list.iter_mut().for_each(Observation::reconsider);
        self.wake();
    }

    /// Something may be due.
    #[cfg_attr(target_os = "none", inline(never))]
    fn wake(&mut self) {
        for turn in &mut self.turns {
            turn.next = Instant::ZERO;
        }
    }

    /// The next notification due for a server at `now`: of the observation that was silent longest. `busy`: a confirmable one cannot be
    /// sent now.
    #[cfg_attr(not(target_os = "none"), inline(always))]
    pub fn due(
        &mut self,
        now: Instant,
        server: u8,
        busy: bool,
        table: &AttributeTable,
        defaults: Defaults,
        directory: &dyn Directory,
    ) -> Option<Notification> {
        let turn = self.turns.get_mut(usize::from(server))?;
        if now < turn.next && (busy || !turn.held) {
            return None;
        }
        turn.held = false;
        let mut next = Instant::NEVER;
        let mut oldest = now;
        let mut least = Instant::NEVER;
        let mut first = None;
        let mut index = turn.start;
        for _ in 0..self.list.len() {
            if index >= self.list.len() {
                index = 0;
            }
            let one = self.list.get_mut(index)?;
            if one.server == server {
                if one.due <= now && one.sent < least {
                    let confirmable = one.is_to_be_confirmed(now);
                    if busy && (confirmable || one.has(UNCONFIRMED)) {
                        turn.held = true;
                    } else {
                        if !one.has(READY) {
                            one.due = one.due(table, defaults, directory);
                        }
                        if one.due <= now {
                            one.flags |= READY;
                            least = one.sent;
                            first = Some(Notification { index, confirmable });
                            if least <= turn.oldest {
                                break;
                            }
                        }
                        next = next.min(one.due);
                    }
                } else {
                    next = next.min(one.due);
                }
                oldest = oldest.min(one.sent);
            }
            index += 1;
        }
        turn.start = first.map_or(0, |first| first.index + 1);
        if least > turn.oldest {
            turn.oldest = oldest;
        }
        turn.next = if first.is_some() { Instant::ZERO } else { next };
        first
    }

    /// When the next notification for a server will be due. Call after [`Observations::due`] gave nothing.
    pub fn deadline(&self, server: u8, busy: bool) -> Instant {
        match self.turns.get(usize::from(server)) {
            Some(turn) if busy || !turn.held => turn.next,
            _ => Instant::ZERO,
        }
    }

    /// The observation whose confirmable notification is outstanding, and whether its value changed since.
    pub fn awaiting(&self, server: u8) -> Option<(usize, bool)> {
        let mut all = self.list.iter().enumerate();
        let (index, one) = all.find(|(_, one)| one.server == server && one.has(UNCONFIRMED))?;
        Some((index, one.has(DIRTY | GONE)))
    }

    /// The outstanding confirmable notification of a server was acknowledged.
    pub fn confirmed(&mut self, server: u8) {
        while let Some((index, _)) = self.awaiting(server)
            && let Some(one) = self.list.get_mut(index)
        {
            one.flags &= !UNCONFIRMED;
            if !HAS_1_1 {
                break;
            }
        }
        // It may be due again even while another message is outstanding.
        self.wake();
        self.forget(&|one| one.server == server && one.has(LAST));
    }

    /// Observe value of a server's latest notification.
    pub fn sequence(&self, server: u8, confirmable: bool) -> u32 {
        match self.turns.get(usize::from(server)) {
            Some(turn) if confirmable => turn.outstanding,
            Some(turn) => turn.sequence,
            None => 0,
        }
    }

    /// A notification is sent with this message id.
    #[cfg_attr(not(target_os = "none"), inline(always))]
    pub fn notified(
        &mut self,
        now: Instant,
        notification: Notification,
        message_id: u16,
        directory: &dyn Directory,
    ) {
        let index = notification.index;
        let Some(one) = self.list.get_mut(index) else {
            return;
        };
        let (server, token) = (one.server, one.token);
        if HAS_1_1 {
            for index in 0..self.list.len() {
                let one = self.list.get(index);
                if one.is_some_and(|one| one.is(server, &token)) {
                    self.note(now, index, notification.confirmable, message_id, directory);
                }
            }
        } else {
            self.note(now, index, notification.confirmable, message_id, directory);
        }
        self.wake();
        self.count_up(server);
        if notification.confirmable
            && let Some(turn) = self.turns.get_mut(usize::from(server))
        {
            turn.outstanding = turn.sequence;
        }
    }

    /// The value of one path is sent.
    #[inline(always)]
    fn note(
        &mut self,
        now: Instant,
        index: usize,
        confirmable: bool,
        message_id: u16,
        directory: &dyn Directory,
    ) {
        let Some(one) = self.list.get_mut(index) else {
            return;
        };
        one.flags = one.flags & (GONE | TOGETHER) | NOTIFIED;
        one.message_id = message_id;
        one.sent = now;
        one.due = Instant::ZERO;
        if confirmable {
            one.flags |= UNCONFIRMED;
            one.confirmed = now.coarse();
        }
        if one.has(GONE) {
            one.flags |= LAST;
        }
        if one.reported != NO_NUMBER {
            one.reported = number(directory, &one.path);
        }
    }
}

/// The number at a path, in millionths, or [`NO_NUMBER`].
#[cfg_attr(target_os = "none", inline(never))]
pub fn number(directory: &dyn Directory, path: &Path) -> i64 {
    match &value_at(directory, path) {
        Some(value) => value.fixed().unwrap_or(NO_NUMBER),
        None => NO_NUMBER,
    }
}

/// Removes the element at `index`, if there is one, by putting the last in its place.
#[cfg_attr(target_os = "none", inline(never))]
pub(super) fn remove<T: Copy, const N: usize>(list: &mut Vec<T, N>, index: usize) {
    if index < list.len()
        && let Some(last) = list.last()
    {
        // A real copy: merged into one move inside the list, it would bring in `memmove` for this alone.
        let last = black_box(*last);
        list.truncate(list.len() - 1);
        if let Some(slot) = list.get_mut(index) {
            *slot = last;
        }
    }
}

impl Observation {
    /// Whether this is a server's under a token.
    fn is(&self, server: u8, token: &Token) -> bool {
        self.server == server && self.token == *token
    }

    /// Something about it changed: when it is due is worked out anew.
    fn reconsider(&mut self) {
        self.due = Instant::ZERO;
        self.flags &= !READY;
    }

    const fn has(&self, flags: u8) -> bool {
        self.flags & flags != 0
    }

    /// Message id of the latest notification.
    pub fn message_id(&self) -> u16 {
        self.message_id
    }

    /// Whether what is observed no longer exists.
    pub fn is_gone(&self) -> bool {
        self.has(GONE)
    }

    /// A confirmable notification is needed once a day, and where its arrival matters.
    #[cfg_attr(target_os = "none", inline(never))]
    fn is_to_be_confirmed(&self, now: Instant) -> bool {
        self.has(GONE | DOUBTFUL) || now.coarse().wrapping_sub(self.confirmed) >= CONFIRM_INTERVAL
    }

    /// When this observation is to be reported, given what is known now. A change that no threshold lets through is
    /// forgotten here.
    #[cfg_attr(not(target_os = "none"), inline(always))]
    fn due(
        &mut self,
        table: &AttributeTable,
        defaults: Defaults,
        directory: &dyn Directory,
    ) -> Instant {
        if self.has(GONE) {
            return Instant::ZERO;
        }
        if self.has(DIRTY) && self.reported > UNKNOWN {
            let current = number(directory, &self.path);
            if current != NO_NUMBER
                && !table.lets_through(self.server, &self.path, self.reported, current)
            {
                self.flags &= !DIRTY;
            }
        }
        let pmin = table.period(self.server, &self.path, PMIN);
        let pmin = pmin.unwrap_or(defaults.pmin);
        let mut period = pmin;
        if !self.has(DIRTY) {
            let pmax = table.period(self.server, &self.path, PMAX);
            period = pmax.or(defaults.pmax).unwrap_or(0);
            // A maximum period below the minimum, or of zero, does not count.
            if period == 0 || period < pmin {
                return Instant::NEVER;
            }
        }
        self.sent.plus(Duration::from_secs(period))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::objects::Objects;

    #[test]
    fn what_is_acknowledged_may_be_due_beside_another_exchange() {
        let mut objects = Objects::new();
        objects.offer(&[3]);
        let table = AttributeTable::new();
        let defaults = Defaults {
            pmin: 0,
            pmax: Some(60),
        };
        let mut all = Observations::new();
        let (path, token) = (Path::object(3), Token::EMPTY);
        all.add(Instant::ZERO, 0, path, token, Format::Tlv, NO_NUMBER);
        let now = Instant::ZERO.plus(Duration::from_secs(90_000));
        let due = all.due(now, 0, false, &table, defaults, &objects).unwrap();
        assert!(due.confirmable);
        all.notified(now, due, 1, &objects);
        assert_eq!(all.due(now, 0, true, &table, defaults, &objects), None);
        assert_eq!(all.deadline(0, true), Instant::NEVER);
        all.confirmed(0);
        assert_eq!(all.due(now, 0, true, &table, defaults, &objects), None);
        let next = now.plus(Duration::from_secs(60));
        assert_eq!(all.deadline(0, true), next);
        let due = all.due(next, 0, true, &table, defaults, &objects);
        assert!(due.is_some_and(|due| !due.confirmable));
    }
}
