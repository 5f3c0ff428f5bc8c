//! What happens to a session's link and to the network below it, and what that means to registration and observations.

use super::{Scene, Session, State, Transport};
use crate::boundary::{DeferredReason, LinkError};
use crate::session::Attempts;
use crate::session::retry::LATER;
use crate::slot::Slot;
use crate::time::Instant;

impl Session {
    /// The link is usable.
    pub fn link_opened(&mut self, now: Instant) {
        if self.transport == Transport::Opening {
            self.transport = Transport::Open;
            self.activity = now;
        }
    }

    /// The link could not be opened.
    pub fn link_failed(
        &mut self,
        now: Instant,
        error: LinkError,
        scene: &mut Scene,
    ) -> Option<DeferredReason> {
        self.transport = Transport::Closed;
        let reason = match error {
            LinkError::NoRoute => DeferredReason::ServerNoRoute,
            LinkError::Handshake | LinkError::NoResources => DeferredReason::ServerConnect,
        };
        match self.state {
            State::Leaving { until, .. } => {
                self.left(until);
                None
            }
            State::Idle | State::Disabled { .. } => None,
            _ => {
                self.kept |= self.is_registered();
                self.fail(now, reason, None, scene)
            }
        }
    }

    /// An open link died. While the network is there the server may have lost its state, and without security our
    /// address may have changed: register anew. A secure link that went with the network is opened at the next need.
    /// During a registration it is a failed attempt.
    pub fn link_lost(
        &mut self,
        now: Instant,
        network: bool,
        scene: &mut Scene,
    ) -> Option<DeferredReason> {
        if self.transport == Transport::Closed {
            return None;
        }
        self.transport = Transport::Closed;
        self.exchanges.reset(true);
        scene.observations.undelivered(self.index);
        self.parked = Slot::Empty;
        self.state = match self.state {
            State::Registering | State::Requesting { .. } | State::Provisioning { .. }
                if network || self.bootstrap =>
            {
                let failed = self.fail(now, DeferredReason::ServerRegistration, None, scene);
                if let State::Waiting { until, .. } = self.state {
                    self.state = State::Waiting { until, link: true };
                }
                return failed;
            }
            // A server or network that drops one link after the other is not asked at once again and again.
            State::Registered { .. } | State::Updating { .. } if network => {
                let last = core::mem::replace(&mut self.dropped, now);
                if last == Instant::ZERO || now >= last.plus(LATER) {
                    self.drops = Attempts::new();
                    State::Registering
                } else {
                    let delay = self
                        .drops
                        .next_delay(None, &scene.retry, self.server(scene));
                    return self.pause(now, DeferredReason::ServerConnect, delay, scene);
                }
            }
            State::Registered { .. } | State::Updating { .. } if !self.secure => State::Registering,
            State::Updating { expires } => {
                self.update_wanted = true;
                State::Registered {
                    expires,
                    update: expires,
                }
            }
            State::Leaving { until, .. } => State::Disabled { until },
            other => other,
        };
        None
    }

    /// The network is there again: an attempt that failed for want of it need not wait.
    pub fn network_returned(&mut self) {
        if let State::Waiting { link: true, until } = &mut self.state
            && self.attempts.sequences() == 0
        {
            *until = Instant::ZERO;
        }
    }

    /// The server can be reached again after a time without network: what fell due meanwhile is reported now, unless the
    /// server wants nothing stored (`/1/x/6`).
    pub fn back_online(&self, now: Instant, scene: &mut Scene) {
        if let Some(server) = scene.objects.server.of_session(self.index)
            && !server.stores_notifications()
        {
            scene.observations.drop_due(
                now,
                self.index,
                &scene.attributes,
                server.defaults(),
                &scene.objects,
            );
        }
    }
}
