//! One management server: its link, its exchanges, and where its registration stands.
//!
//! Flow: `Registering` (open the link, Register) -> `Registered` -> `Updating` -> `Registered` ... A failed attempt leads
//! to `Waiting`, a Disable to `Leaving` and `Disabled`; both return to `Registering`. The DTLS link closes when idle and
//! opens again for the next message; the registration outlives it.
//!
//! The first session also serves the bootstrap server while there is no management server to talk to:
//! `Requesting` -> `Provisioning` -> `Provisioned`; see [`bootstrap`].

pub mod bootstrap;
mod link;
mod outputs;
mod register;
mod retry;
mod scene;
mod send;

use crate::boundary::{DeferredReason, Event, Output};
use crate::coap::block::Block;
use crate::coap::code;
use crate::coap::exchange::{Brief, Exchanges};
use crate::coap::message::{Kind, Message, empty};
use crate::coap::option::{number, uint};
use crate::coap::timing::MAX_TRANSMIT_WAIT;
use crate::config::{BOOTSTRAP, LOCATION};
use crate::lwm2m::observe::Observations;
use crate::lwm2m::reply::{self, Address, simple};
use crate::objects::Changed;
use crate::objects::server::ServerInstance;
use crate::profile::Retry;
use crate::slot::Slot;
use crate::time::{Duration, Instant};

pub use retry::Attempts;
pub use scene::Scene;

/// What an own confirmable message is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Register, or this block of it.
    Register(Block),
    /// Update with what changed.
    Update(Changed),
    /// De-register.
    Deregister,
    /// A confirmable notification.
    Notify,
    /// Bootstrap-Request.
    Bootstrap,
}

/// Where the registration stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// Not started.
    Idle,
    /// To be registered as soon as the link is open.
    Registering,
    /// Bootstrap-Request, not before `from`.
    Requesting { from: Instant },
    /// The bootstrap server writes; the next request is awaited until then.
    Provisioning { until: Instant },
    /// Bootstrap-Finish was accepted; the link stays open until then, should the answer get lost.
    Provisioned { until: Instant },
    /// Registered until `expires`; Update at `update`.
    Registered { expires: Instant, update: Instant },
    /// Update sent.
    Updating { expires: Instant },
    /// De-register, not before `from`; then stay off until then.
    Leaving { from: Instant, until: Instant },
    /// Left alone until then.
    Disabled { until: Instant },
    /// The last attempt failed; the next one starts then, or when the network returns if its link was the trouble.
    Waiting { until: Instant, link: bool },
}

/// The transport below.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Transport {
    Closed,
    Opening,
    Open,
}

/// One management server.
// Small fields first: what is near the start is reached with short instructions.
#[repr(C)]
pub struct Session {
    index: u8,
    secure: bool,
    /// Serves the bootstrap server.
    bootstrap: bool,
    transport: Transport,
    state: State,
    attempts: Attempts,
    changed: Changed,
    update_wanted: bool,
    /// The server uses queue mode.
    queues: bool,
    /// The server could not be reached, for another reason than its own oblivion: it may know its observations still.
    kept: bool,
    /// The modem was asked for what is to be reported.
    asked: bool,
    /// The server refused another version.
    speaks_1_0: bool,
    idle_timeout: Duration,
    activity: Instant,
    /// When a link with a registration died last; zero: never.
    dropped: Instant,
    /// Such deaths soon after one another.
    drops: Attempts,
    location: heapless::Vec<u8, LOCATION>,
    parked: Slot<Parked>,
    /// Reliability of the link.
    pub exchanges: Exchanges<Purpose>,
}

/// Between the answer to the request that makes us leave and De-register: some servers drop an exchange whose client
/// de-registers before they have looked at the answer.
const FAREWELL: Duration = Duration::from_millis(500);

/// A reply that waits for somebody outside.
#[derive(Clone, Copy, Debug)]
pub struct Parked {
    /// Where it goes.
    pub address: Address,
    /// The id of the request, under which duplicates arrive.
    pub request: u16,
    /// The Block1 option to repeat.
    pub block1: Block,
}

/// Time for a handshake and the answer on top of MAX_TRANSMIT_WAIT before a lifetime ends.
const MARGIN: Duration = Duration::from_secs(10);

impl Session {
    /// A session that is not started.
    pub const fn new() -> Session {
        Session {
            index: 0,
            secure: false,
            bootstrap: false,
            transport: Transport::Closed,
            state: State::Idle,
            exchanges: Exchanges::new(),
            location: heapless::Vec::new(),
            attempts: Attempts::new(),
            changed: Changed::NOTHING,
            update_wanted: false,
            queues: false,
            kept: false,
            asked: false,
            speaks_1_0: false,
            idle_timeout: Duration::ZERO,
            activity: Instant::ZERO,
            dropped: Instant::ZERO,
            drops: Attempts::new(),
            parked: Slot::Empty,
        }
    }

    /// Tells the session which link is its own. Once only: message ids go on when the client starts over. Not in
    /// [`Session::new`], which is all zeros so that it takes no flash.
    pub fn prepare(&mut self, index: u8, seed: u32) {
        self.index = index;
        self.exchanges.seed(seed.wrapping_add(index.into()));
    }

    /// Begins to register. `secure`: over DTLS, closed after `idle_timeout` without traffic.
    /// `attempts` are those that failed before.
    pub fn start(&mut self, secure: bool, idle_timeout: Duration, attempts: Attempts) {
        self.bootstrap = false;
        self.begin(secure, idle_timeout);
        self.attempts = attempts;
        self.state = State::Registering;
    }

    /// Puts the first attempt off.
    pub fn wait_until(&mut self, until: Instant) {
        self.state = State::Waiting { until, link: false };
    }

    #[cfg_attr(target_os = "none", inline(never))]
    fn begin(&mut self, secure: bool, idle_timeout: Duration) {
        self.secure = secure;
        self.idle_timeout = idle_timeout;
        self.exchanges.reset(false);
        self.parked = Slot::Empty;
        self.update_wanted = false;
        self.kept = false;
        self.speaks_1_0 = false;
        self.changed = Changed::NOTHING;
    }

    /// Forgets the registration; true when a link is to be closed. `same`: the next one leads to the same server. Then a
    /// plain link stays: closing it would only make the server's repetitions unrecognisable.
    pub fn stop(&mut self, same: bool) -> bool {
        let stays = same && !self.secure;
        self.state = State::Idle;
        self.parked = Slot::Empty;
        self.exchanges.reset(!stays);
        !stays && core::mem::replace(&mut self.transport, Transport::Closed) != Transport::Closed
    }

    /// Whether the server's requests are served: it has confirmed the registration.
    pub fn serves(&self) -> bool {
        matches!(
            self.state,
            State::Registered { .. } | State::Updating { .. } | State::Leaving { .. }
        )
    }

    /// Whether there is no server for this session.
    pub fn is_idle(&self) -> bool {
        self.state == State::Idle
    }

    /// Whether the server is registered.
    pub fn is_registered(&self) -> bool {
        matches!(
            self.state,
            State::Registered { .. } | State::Updating { .. }
        )
    }

    /// When the pause ends that follows the last of so many failed sequences of attempts, if this server is in one.
    pub fn gave_up(&self, sequences: u32) -> Option<Instant> {
        match self.state {
            State::Waiting { until, .. }
                if self.attempts.sequence_failed()
                    && u32::from(self.attempts.sequences()) >= sequences =>
            {
                Some(until)
            }
            _ => None,
        }
    }

    /// The server wants an Update, or parameters of the registration changed.
    pub fn want_update(&mut self, changed: Changed) {
        self.changed.add(changed);
        self.update_wanted = true;
    }

    /// De-register, then stay off until then.
    pub fn leave(&mut self, now: Instant, until: Instant) {
        if !self.is_registered() {
            return self.left(until);
        }
        if matches!(self.state, State::Updating { .. }) {
            self.exchanges.cancel();
        }
        self.state = State::Leaving {
            from: now.plus(FAREWELL),
            until,
        };
    }

    /// Whether [`Session::leave`] is done.
    pub fn has_left(&self) -> bool {
        matches!(self.state, State::Idle | State::Disabled { .. })
    }

    /// A datagram arrived.
    pub fn heard(&mut self, now: Instant) {
        self.activity = now;
    }

    /// How the reply to a request is addressed: piggy-backed on the acknowledgement, or non-confirmable like the request.
    pub fn address_of_reply(&mut self, message: &Message<'_>) -> Option<Address> {
        let (kind, id) = match message.kind {
            _ if !code::is_request(message.code) => return None,
            Kind::Confirmable => (Kind::Acknowledgement, message.id),
            Kind::NonConfirmable => (Kind::NonConfirmable, self.exchanges.new_id()),
            Kind::Acknowledgement | Kind::Reset => return None,
        };
        Some(Address {
            kind,
            id,
            token: message.token,
        })
    }

    /// Writes the reply to a message that was seen before; `None`: silence.
    pub fn reply_again(
        &mut self,
        message: &Message<'_>,
        brief: &Brief,
        buffer: &mut [u8],
    ) -> Option<usize> {
        let Some(address) = &self.address_of_reply(message) else {
            // A separate response.
            return match message.kind {
                Kind::Confirmable => empty(buffer, Kind::Acknowledgement, message.id),
                _ => None,
            };
        };
        let block1 = Block::of(message, number::BLOCK1);
        if brief.code == code::EMPTY {
            return None;
        }
        Some(reply::short(buffer, address, brief, block1))
    }

    /// Keeps a request open until the outside has answered.
    pub fn park(&mut self, now: Instant, message: &Message<'_>, address: &Address) {
        self.exchanges.keep(now, message.id, Brief::NONE);
        self.parked = Slot::Full(Parked {
            address: *address,
            request: message.id,
            block1: Block::of(message, number::BLOCK1),
        });
    }

    /// The outside answered: replies to the request that waited for that, if there is one.
    pub fn unpark(&mut self, now: Instant, code: u8, buffer: &mut [u8]) -> Option<usize> {
        let parked = self.parked.as_ref()?;
        let length = simple(buffer, &parked.address, code, parked.block1);
        let reply = Brief {
            code,
            ..Brief::NONE
        };
        self.exchanges.keep(now, parked.request, reply);
        self.parked = Slot::Empty;
        Some(length)
    }

    /// Whether the link is usable.
    pub fn is_open(&self) -> bool {
        self.transport == Transport::Open
    }

    /// Whether a request waits for the outside.
    pub fn is_parked(&self) -> bool {
        self.parked.is_full()
    }

    /// The response to an own message.
    pub fn response(
        &mut self,
        now: Instant,
        purpose: Purpose,
        message: &Message<'_>,
        scene: &mut Scene,
    ) -> Option<DeferredReason> {
        match purpose {
            Purpose::Register(block) => self.register_answered(now, block, message, scene),
            Purpose::Bootstrap if BOOTSTRAP => self.request_answered(now, message, scene),
            Purpose::Update(_) if code::is_success(message.code) => {
                self.attempts = Attempts::new();
                self.registered(now, scene);
                None
            }
            Purpose::Notify | Purpose::Bootstrap => None,
            // Whatever the reason: the server does not know us as we think it does.
            Purpose::Update(_) | Purpose::Deregister => self.unanswered(now, purpose, scene),
        }
    }

    /// An own message was acknowledged without a response; only for notifications is that all.
    pub fn acknowledged(&mut self, purpose: Purpose, observations: &mut Observations) {
        if let Purpose::Notify = purpose {
            self.exchanges.cancel();
            observations.confirmed(self.index);
        }
    }

    /// An own message was rejected with RST or never answered.
    pub fn unanswered(
        &mut self,
        now: Instant,
        purpose: Purpose,
        scene: &mut Scene,
    ) -> Option<DeferredReason> {
        match purpose {
            Purpose::Notify => {
                scene.observations.unconfirmed(self.index);
                None
            }
            Purpose::Register(_) | Purpose::Bootstrap => {
                self.fail(now, DeferredReason::ServerRegistration, None, scene)
            }
            // Silence: the server may have lost the secure session; a new one is tried with the registration.
            Purpose::Update(_) => {
                self.state = State::Registering;
                None
            }
            Purpose::Deregister => {
                if let State::Leaving { until, .. } = self.state {
                    self.left(until);
                }
                None
            }
        }
    }

    /// When [`Session::poll`] has something to do, besides answers and changes.
    pub fn deadline(&self, observations: &Observations) -> Instant {
        let busy = self.exchanges.is_busy();
        let mut least = self.exchanges.deadline();
        if self.secure
            && !self.bootstraps()
            && self.transport == Transport::Open
            && !busy
            && !self.parked.is_full()
        {
            least = least.min(self.idle_from());
        }
        match self.state {
            State::Disabled { until } | State::Waiting { until, .. } => return least.min(until),
            _ if self.transport == Transport::Opening => return least,
            State::Registered { expires, update } => {
                least = least.min(expires);
                if !busy {
                    least = least.min(if self.update_wanted {
                        Instant::ZERO
                    } else {
                        update
                    });
                }
            }
            State::Updating { .. } => {}
            State::Leaving { from, .. } if !busy => return least.min(from),
            State::Registering if !busy => return Instant::ZERO,
            State::Requesting { from } if !busy => return least.min(from),
            State::Provisioning { until } | State::Provisioned { until } => {
                return least.min(until);
            }
            State::Registering | State::Requesting { .. } | State::Leaving { .. } | State::Idle => {
                return least;
            }
        }
        least.min(observations.deadline(self.index, busy))
    }

    /// When a link without traffic is given back: after a while of its own and, in queue mode, not before the server has
    /// had its time to send what it kept (OMA LwM2M 1.0 TS 8.3).
    fn idle_from(&self) -> Instant {
        let mut span = self.idle_timeout;
        if self.queues {
            span = span.max(MAX_TRANSMIT_WAIT);
        }
        self.activity.plus(span)
    }

    /// The registration is confirmed as of now.
    fn registered(&mut self, now: Instant, scene: &Scene) {
        let seconds = scene
            .objects
            .server
            .of_session(self.index)
            .map_or(0, |server| server.lifetime());
        let lifetime = Duration::from_secs(seconds);
        let margin = MAX_TRANSMIT_WAIT;
        // A full retransmission has to fit before the end; very short lifetimes are halved.
        let wait = if lifetime <= margin.doubled(1) {
            lifetime.halved()
        } else {
            lifetime.less(margin).less(MARGIN)
        };
        self.state = State::Registered {
            expires: now.plus(lifetime),
            update: now.plus(wait),
        };
    }

    /// Whether this session serves the bootstrap server.
    #[inline]
    fn bootstraps(&self) -> bool {
        BOOTSTRAP && self.bootstrap
    }

    /// The settings of the management server.
    fn server<'s>(&self, scene: &'s Scene) -> Option<ServerInstance<'s>> {
        let server = scene.objects.server.of_session(self.index);
        server.filter(|_| !self.bootstraps())
    }

    #[cfg_attr(target_os = "none", inline(never))]
    fn left(&mut self, until: Instant) {
        self.kept = true;
        self.exchanges.cancel();
        self.state = State::Disabled { until };
    }

    /// An attempt failed: wait and tell.
    #[cfg_attr(target_os = "none", inline(never))]
    fn fail(
        &mut self,
        now: Instant,
        reason: DeferredReason,
        asked: Option<Duration>,
        scene: &mut Scene,
    ) -> Option<DeferredReason> {
        let server = self.server(scene);
        let delay = self.attempts.next_delay(asked, &scene.retry, server);
        let reason = if self.bootstraps() {
            reason.of_bootstrap()
        } else {
            reason
        };
        self.pause(now, reason, delay, scene)
    }

    /// Leaves the server alone for a while, and tells.
    fn pause(
        &mut self,
        now: Instant,
        reason: DeferredReason,
        delay: Duration,
        scene: &mut Scene,
    ) -> Option<DeferredReason> {
        self.exchanges.cancel();
        self.state = State::Waiting {
            until: now.plus(delay),
            link: matches!(
                reason,
                DeferredReason::ServerNoRoute | DeferredReason::BootstrapNoRoute
            ),
        };
        scene
            .outputs
            .put(Output::Event(Event::Deferred { reason, delay }));
        Some(reason)
    }
}

/// How long a server in maintenance asks to be left alone: Max-Age of its 5.03.
fn maintenance(message: &Message<'_>, retry: &Retry) -> Duration {
    let asked = message.option(number::MAX_AGE).and_then(uint);
    Duration::from_secs(asked.unwrap_or(retry.maintenance))
}
