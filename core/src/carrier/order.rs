//! When and in which order management servers are registered (OMA LwM2M TS Core 1.1 6.2.1.1; resources 13 to 15 of
//! object 1): those without an order at once, of the others the one with the lowest number first, the next when it has
//! confirmed or is given up. Without LwM2M 1.1 all are registered at once.

use super::Carrier;
use crate::objects::server::ServerInstance;
use crate::session::Attempts;
use crate::time::{Duration, Instant};
use crate::version::HAS_1_1;

impl Carrier {
    /// Starts the session of a management server when it is its turn.
    pub(super) fn start_session(&mut self, now: Instant, index: u8, attempts: Attempts) {
        let idle = self.idle_timeout();
        let account = self.scene.objects.account_of(index, false);
        let secure = account.map(|account| account.uri.secure);
        if HAS_1_1 && !self.has_turn(index) {
            return;
        }
        if let (Some(session), Some(secure)) = (self.sessions.get_mut(usize::from(index)), secure) {
            session.start(secure, idle, attempts);
            let server = self.scene.objects.server.of_session(index);
            if HAS_1_1 && let Some(delay) = server.and_then(ServerInstance::initial_delay) {
                session.wait_until(now.plus(Duration::from_secs(delay)));
            }
        }
    }

    /// Starts the sessions whose turn has come.
    pub(super) fn start_next(&mut self, now: Instant) {
        for index in 0..self.used {
            if self.awaits_turn(index) {
                self.start_session(now, index, Attempts::new());
            }
        }
    }

    /// Whether a server's session has not been started yet.
    pub(super) fn awaits_turn(&self, index: u8) -> bool {
        let session = self.sessions.get(usize::from(index));
        index < self.used && session.is_some_and(|session| session.is_idle())
    }

    /// Whether nothing stands before a server.
    fn has_turn(&self, index: u8) -> bool {
        let order = |index| self.scene.objects.server.of_session(index)?.order();
        let Some(own) = order(index) else {
            return true;
        };
        let mut before =
            (0..self.used).filter(|other| order(*other).is_some_and(|order| order < own));
        before.all(|other| self.is_settled(other))
    }

    /// Whether a server has confirmed its registration, or is given up and does not stop the others.
    fn is_settled(&self, index: u8) -> bool {
        let session = self.sessions.get(usize::from(index));
        let server = self.scene.objects.server.of_session(index);
        let (Some(session), Some(server)) = (session, server) else {
            return true;
        };
        session.is_registered()
            || session.gave_up(server.sequences()).is_some() && !server.blocks_others()
    }
}
