//! Observations (RFC 7641, OMA LwM2M TS Core 5.1.2, 6.4): who watches what, and when something has to be reported.

use core::hint::black_box;

use heapless::Vec;

use super::attribute::{AttributeTable, Attributes};
use super::format::Format;
use super::object::{Directory, Right, value_at};
use super::path::Path;
use crate::coap::message::Token;
use crate::config::OBSERVATIONS;
use crate::time::{Duration, Instant};

/// A confirmable notification at least this often (RFC 7641 4.5).
const CONFIRM_INTERVAL: Duration = Duration::from_secs(24 * 60 * 60);

/// Periods that apply where no attribute says otherwise: `/1/x/2` and `/1/x/3`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Defaults {
    /// Minimum period in seconds.
    pub pmin: u32,
    /// Maximum period in seconds.
    pub pmax: Option<u32>,
}

/// One observation of one server.
// Small fields first: what is near the start is reached with short instructions.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct Observation {
    /// The observing server.
    pub server: u8,
    /// The format of its notifications, fixed by the request.
    pub format: Format,
    dirty: bool,
    /// The latest notification was confirmable; its fate is the exchange's to tell.
    unconfirmed: bool,
    sequence: u32,
    sent: Instant,
    confirmed: Instant,
    message_id: u16,
    /// What is observed.
    pub path: Path,
    /// The token of its notifications.
    pub token: Token,
    /// The value last reported, in millionths; kept once a threshold may apply.
    reported: Option<i64>,
}

/// What a notification needs besides its observation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Notification {
    /// Index for [`Observations::get`] and [`Observations::notified`].
    pub index: usize,
    /// Whether it has to be confirmable.
    pub confirmable: bool,
}

/// All observations of all servers.
#[derive(Debug, Default)]
pub struct Observations {
    list: Vec<Observation, OBSERVATIONS>,
}

impl Observations {
    /// No observations.
    pub const fn new() -> Observations {
        Observations { list: Vec::new() }
    }

    /// Adds or renews an observation; its initial answer counts as a notification. `reported` is the number in it when a
    /// threshold applies. Gives the Observe value of that
    /// answer, or `None` when there is no room.
    pub fn add(
        &mut self,
        now: Instant,
        server: u8,
        path: Path,
        token: Token,
        format: Format,
        reported: Option<i64>,
    ) -> Option<u32> {
        let mut sequence = 1;
        if let Some(index) = self.position(server, &token) {
            sequence += self.list.get(index).map_or(0, |one| one.sequence);
            remove(&mut self.list, index);
        }
        let observation = Observation {
            server,
            path,
            token,
            format,
            dirty: false,
            unconfirmed: false,
            sequence,
            message_id: 0,
            reported,
            sent: now,
            confirmed: now,
        };
        self.list
            .push(observation)
            .ok()
            .map(|()| sequence & 0xFF_FFFF)
    }

    /// Ends the observation with this token.
    pub fn cancel(&mut self, server: u8, token: &Token) {
        if let Some(index) = self.position(server, token) {
            remove(&mut self.list, index);
        }
    }

    /// Ends the observation whose confirmable notification was rejected or never acknowledged.
    pub fn unconfirmed(&mut self, server: u8) {
        self.forget(&|one| one.server == server && one.unconfirmed);
    }

    /// Ends the observation whose latest notification had this message id: it was rejected with RST.
    pub fn rejected(&mut self, server: u8, message_id: u16) {
        // The initial answer has no id of its own.
        self.forget(&|one| {
            one.server == server && one.message_id == message_id && one.sequence > 1
        });
    }

    /// Ends all observations of a server: it registered anew or is gone.
    pub fn forget_server(&mut self, server: u8) {
        self.forget(&|one| one.server == server);
    }

    /// Ends the observations of a path and below, which is gone.
    pub fn forget_path(&mut self, path: &Path) {
        self.forget(&|one| path.contains(&one.path));
    }

    /// Ends the observations whose servers may no longer read what they observe.
    pub fn forget_unreadable(&mut self, directory: &dyn Directory) {
        self.forget(&|one| !directory.allows(one.server, &one.path, Right::Read));
    }

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

    /// Whether anybody observes something of an object.
    pub fn watch(&self, object: u16) -> bool {
        let mut ids = self.list.iter().map(|one| one.path.ids().first());
        ids.any(|id| id == Some(&object))
    }

    /// The observation of a notification.
    pub fn get(&self, index: usize) -> Option<&Observation> {
        self.list.get(index)
    }

    /// A server wrote attributes: from here on values are compared with the present one, unless that is still to be
    /// reported.
    pub fn attributes_written(&mut self, server: u8, directory: &dyn Directory) {
        for one in self.list.iter_mut().filter(|one| one.server == server) {
            one.reported = if one.dirty {
                None
            } else {
                number(directory, &one.path)
            };
        }
    }

    /// A value at `path` changed.
    pub fn changed(&mut self, path: &Path) {
        for one in &mut self.list {
            one.dirty |= one.path.contains(path) || path.contains(&one.path);
        }
    }

    /// The next notification due for a server at `now`. `busy`: a confirmable one cannot be sent now.
    pub fn due(
        &mut self,
        now: Instant,
        server: u8,
        busy: bool,
        table: &AttributeTable,
        defaults: Defaults,
        directory: &dyn Directory,
    ) -> Option<Notification> {
        for (index, one) in self.list.iter_mut().enumerate() {
            if one.server != server || busy && one.waits(now) {
                continue;
            }
            if one.due(table, defaults, directory) <= now {
                return Some(Notification {
                    index,
                    confirmable: one.is_to_be_confirmed(now),
                });
            }
        }
        None
    }

    /// When the next notification for a server will be due. Call after [`Observations::due`] gave nothing.
    pub fn deadline(
        &self,
        now: Instant,
        server: u8,
        busy: bool,
        table: &AttributeTable,
        defaults: Defaults,
    ) -> Instant {
        let mut least = Instant::NEVER;
        for one in &self.list {
            if one.server == server && !(busy && one.waits(now)) {
                least = least.min(one.deadline(&table.effective(server, &one.path), defaults));
            }
        }
        least
    }

    /// The observation whose confirmable notification is outstanding, and whether its value changed since.
    pub fn awaiting(&self, server: u8) -> Option<(usize, bool)> {
        let mut all = self.list.iter().enumerate();
        let (index, one) = all.find(|(_, one)| one.server == server && one.unconfirmed)?;
        Some((index, one.dirty))
    }

    /// The outstanding confirmable notification of a server was acknowledged.
    pub fn confirmed(&mut self, server: u8) {
        if let Some((index, _)) = self.awaiting(server)
            && let Some(one) = self.list.get_mut(index)
        {
            one.unconfirmed = false;
        }
    }

    /// A notification is sent with this message id.
    pub fn notified(
        &mut self,
        now: Instant,
        notification: Notification,
        message_id: u16,
        directory: &dyn Directory,
    ) {
        let Some(server) = self.list.get(notification.index).map(|one| one.server) else {
            return;
        };
        for (index, one) in self.list.iter_mut().enumerate() {
            // One at a time awaits its acknowledgement; the others' have come or were lost with the link.
            if notification.confirmable && one.server == server {
                one.unconfirmed = false;
            }
            if index != notification.index {
                continue;
            }
            one.dirty = false;
            one.unconfirmed = notification.confirmable;
            one.sequence = one.sequence.wrapping_add(1);
            one.message_id = message_id;
            one.sent = now;
            if notification.confirmable {
                one.confirmed = now;
            }
            if one.reported.is_some() {
                one.reported = number(directory, &one.path);
            }
        }
    }

    fn position(&self, server: u8, token: &Token) -> Option<usize> {
        self.list
            .iter()
            .position(|one| one.server == server && one.token == *token)
    }
}

/// The number at a path, in millionths.
pub fn number(directory: &dyn Directory, path: &Path) -> Option<i64> {
    value_at(directory, path)?.fixed()
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
    /// Observe option value of the latest notification.
    pub fn sequence(&self) -> u32 {
        self.sequence & 0xFF_FFFF
    }

    /// Message id of the latest notification.
    pub fn message_id(&self) -> u16 {
        self.message_id
    }

    /// Whether nothing can be sent while a confirmable message is outstanding: its own, or one would be needed.
    fn waits(&self, now: Instant) -> bool {
        self.unconfirmed || self.is_to_be_confirmed(now)
    }

    /// A confirmable notification is needed once a day.
    #[cfg_attr(target_os = "none", inline(never))]
    fn is_to_be_confirmed(&self, now: Instant) -> bool {
        now.since(self.confirmed) >= CONFIRM_INTERVAL
    }

    /// When this observation is to be reported, given what is known now. A change that no threshold lets through is
    /// forgotten here.
    fn due(
        &mut self,
        table: &AttributeTable,
        defaults: Defaults,
        directory: &dyn Directory,
    ) -> Instant {
        let attributes = table.effective(self.server, &self.path);
        if self.dirty && attributes.has_threshold() {
            let current = number(directory, &self.path);
            self.dirty = match (self.reported, current) {
                (Some(old), Some(new)) => attributes.lets_through(old, new),
                _ => true,
            };
        }
        self.deadline(&attributes, defaults)
    }

    fn deadline(&self, attributes: &Attributes, defaults: Defaults) -> Instant {
        let pmin = attributes.pmin().unwrap_or(defaults.pmin);
        let mut period = pmin;
        if !self.dirty {
            period = attributes.pmax().or(defaults.pmax).unwrap_or(0);
            // A maximum period below the minimum, or of zero, does not count.
            if period == 0 || period < pmin {
                return Instant::NEVER;
            }
        }
        self.sent.plus(Duration::from_secs(period))
    }
}
