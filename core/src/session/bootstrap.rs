//! Client-initiated bootstrap with one server (OMA LwM2M TS Core 6.1.7):
//!
//! 1. `Requesting`: hold-off, then the link is opened and `POST /bs` sent.
//! 2. `Provisioning`: the server writes; each of its requests starts the clock anew. Its first may overtake the answer
//!    to ours.
//! 3. `Provisioned`: Bootstrap-Finish was accepted. The link stays for a repeated Finish, then the accounts are used.
//!
//! A failure in 1 or 2 is a failed attempt; what was written until then is void.

use super::{Scene, Session, State, maintenance};
use crate::boundary::DeferredReason;
use crate::coap::code;
use crate::coap::message::Message;
use crate::coap::timing::EXCHANGE_LIFETIME;
use crate::session::Attempts;
use crate::time::{Duration, Instant};

/// How long the link stays open after Bootstrap-Finish: the server repeats it once after two to three seconds.
const LINGER: Duration = Duration::from_millis(3_500);

impl Session {
    /// Begins to bootstrap at `from`. `secure`: over DTLS.
    pub fn start_bootstrap(&mut self, secure: bool, from: Instant) {
        self.bootstrap = true;
        self.begin(secure, Duration::ZERO);
        self.attempts = Attempts::new();
        self.state = State::Requesting { from };
    }

    /// Whether this session serves the bootstrap server, and may be written to now. What follows Bootstrap-Finish is not
    /// heard, its repetitions apart: the accounts are in force.
    pub fn takes_accounts(&self) -> bool {
        match self.state {
            State::Provisioning { .. } => true,
            State::Requesting { .. } => self.exchanges.is_busy(),
            _ => false,
        }
    }

    /// A request of the bootstrap server was handled; the last one if `finished`.
    pub fn provisioned(&mut self, now: Instant, finished: bool) {
        // Its request says that ours arrived.
        self.exchanges.cancel();
        self.state = if finished {
            self.attempts = Attempts::new();
            State::Provisioned {
                until: now.plus(LINGER),
            }
        } else {
            State::Provisioning {
                until: now.plus(EXCHANGE_LIFETIME),
            }
        };
    }

    /// Whether the bootstrap is over and the accounts can be used.
    pub fn has_accounts(&self, now: Instant) -> bool {
        matches!(self.state, State::Provisioned { until } if now >= until)
    }

    /// The bootstrap server has fallen silent: a failed attempt.
    pub fn bootstrap_overdue(&mut self, now: Instant, scene: &mut Scene) -> Option<DeferredReason> {
        match self.state {
            State::Provisioning { until } if now >= until => {
                self.fail(now, DeferredReason::ServerRegistration, None, scene)
            }
            _ => None,
        }
    }

    /// Whether the pause after a failed attempt is over.
    pub fn is_rested(&self, now: Instant) -> bool {
        matches!(self.state, State::Waiting { until, .. } if now >= until)
    }

    /// Failed sequences of attempts since the last success.
    pub fn failed_sequences(&self) -> u8 {
        self.attempts.sequences()
    }

    /// The answer to Bootstrap-Request.
    pub(super) fn request_answered(
        &mut self,
        now: Instant,
        message: &Message<'_>,
        scene: &mut Scene,
    ) -> Option<DeferredReason> {
        let mut reason = DeferredReason::ServerRegistration;
        let mut delay = None;
        match message.code {
            code::CHANGED => {
                if let State::Requesting { .. } = self.state {
                    self.provisioned(now, false);
                }
                return None;
            }
            code::SERVICE_UNAVAILABLE => {
                reason = DeferredReason::ServiceUnavailable;
                delay = Some(maintenance(message, &scene.retry));
            }
            _ => {}
        }
        self.fail(now, reason, delay, scene)
    }
}
