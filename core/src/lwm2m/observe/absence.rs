//! Servers that cannot be reached for a while: what of their notifications is sent afterwards (`/1/x/6`, Notification Storing
//! When Disabled or Offline, OMA LwM2M 1.0 TS E.2). Of each observation the newest value is stored.

use super::{
    AttributeTable, DIRTY, DOUBTFUL, Defaults, Directory, GONE, Observations, UNCONFIRMED, remove,
};
use crate::time::Instant;
use crate::version::HAS_1_1;

impl Observations {
    /// The link is gone, and with it perhaps a notification that awaited its acknowledgement: it is sent again.
    pub fn undelivered(&mut self, server: u8) {
        while let Some((index, _)) = self.awaiting(server)
            && let Some(one) = self.list.get_mut(index)
        {
            one.flags = one.flags & !UNCONFIRMED | DIRTY;
            if !HAS_1_1 {
                break;
            }
        }
        self.reconsider();
    }

    /// A server could not be reached and wants nothing to be stored: what is due now is not sent.
    pub fn drop_due(
        &mut self,
        now: Instant,
        server: u8,
        table: &AttributeTable,
        defaults: Defaults,
        directory: &dyn Directory,
    ) {
        while let Some(due) = self.due(now, server, false, table, defaults, directory) {
            if let Some(one) = self.list.get_mut(due.index) {
                one.flags &= !DIRTY;
                one.sent = now;
                one.reconsider();
                if one.has(GONE) {
                    remove(&mut self.list, due.index);
                }
            }
        }
    }

    /// A server that could not be reached has registered anew: of its observations those stay that have something to
    /// report. Their notifications are confirmable, so that it shows whether the server still wants them.
    pub fn keep_due(
        &mut self,
        now: Instant,
        server: u8,
        table: &AttributeTable,
        defaults: Defaults,
        directory: &dyn Directory,
    ) {
        for one in self.list.iter_mut().filter(|one| one.server == server) {
            if one.due(table, defaults, directory) <= now {
                one.flags |= DOUBTFUL;
            }
        }
        for index in 0..self.list.len() {
            if HAS_1_1
                && let Some(one) = self.list.get(index)
                && one.has(DOUBTFUL)
            {
                // All that is told together stays together.
                let (server, token) = (one.server, one.token);
                for other in &mut self.list {
                    if other.is(server, &token) {
                        other.flags |= DOUBTFUL;
                    }
                }
            }
        }
        self.forget(&|one| one.server == server && !one.has(DOUBTFUL));
        self.reconsider();
    }
}
