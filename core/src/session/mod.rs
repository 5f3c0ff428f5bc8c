//! One management server: its link, its exchanges, and where its registration stands.
//!
//! Flow: `Registering` (open the link, Register) -> `Registered` -> `Updating` -> `Registered` ... A failed attempt leads
//! to `Waiting`, a Disable to `Leaving` and `Disabled`; both return to `Registering`. The DTLS link closes when idle and
//! opens again for the next message; the registration outlives it.

mod register;
mod retry;

use crate::boundary::{DeferredReason, Event, Link, LinkError, Output};
use crate::coap::block::Block;
use crate::coap::code;
use crate::coap::exchange::{Due, Exchanges};
use crate::coap::message::{Kind, Message, Token};
use crate::coap::option::{number, uint};
use crate::config::{LOCATION, OUTGOING_SZX};
use crate::lwm2m::attribute::AttributeTable;
use crate::lwm2m::dispatch::{Address, Content, Parked};
use crate::lwm2m::observe::{Notification, Observations};
use crate::lwm2m::read;
use crate::objects::{Changed, Objects};
use crate::profile::Profile;
use crate::time::{Duration, Instant, earliest};

pub use retry::Attempts;

/// What an own confirmable message is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Register, or this block of it.
    Register(Block),
    /// Update.
    Update,
    /// De-register.
    Deregister,
    /// A confirmable notification with this token.
    Notify(Token),
}

/// Where the registration stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// Not started.
    Idle,
    /// To be registered as soon as the link is open.
    Registering,
    /// Registered until `expires`; Update at `update`.
    Registered { expires: Instant, update: Instant },
    /// Update sent.
    Updating { expires: Instant },
    /// De-register sent or to be sent; then stay off until then, or for good.
    Leaving { until: Option<Instant> },
    /// Left alone until then.
    Disabled { until: Instant },
    /// The last attempt failed; the next one starts then.
    Waiting { until: Instant },
}

/// The transport below.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Transport {
    Closed,
    Opening,
    Open,
}

/// What a session shares with the others during a call.
pub struct Scene<'s> {
    /// The objects.
    pub objects: &'s Objects,
    /// Who observes what.
    pub observations: &'s mut Observations,
    /// Notification attributes.
    pub attributes: &'s AttributeTable,
    /// The operator.
    pub profile: &'static Profile,
    /// Endpoint name.
    pub endpoint: &'s str,
}

/// One management server.
pub struct Session {
    index: u8,
    secure: bool,
    transport: Transport,
    state: State,
    /// Reliability of the link.
    pub exchanges: Exchanges<Purpose>,
    location: heapless::Vec<u8, LOCATION>,
    attempts: Attempts,
    changed: Changed,
    update_wanted: bool,
    idle_timeout: Duration,
    activity: Instant,
    parked: Option<Parked>,
}

/// The start of a Register.
const FIRST_BLOCK: Block = Block {
    number: 0,
    more: false,
    szx: OUTGOING_SZX,
};

/// Time for a handshake and the answer on top of MAX_TRANSMIT_WAIT before a lifetime ends.
const MARGIN: Duration = Duration::from_secs(10);

impl Session {
    /// A session that is not started.
    pub const fn new(index: u8) -> Session {
        Session {
            index,
            secure: false,
            transport: Transport::Closed,
            state: State::Idle,
            exchanges: Exchanges::new(),
            location: heapless::Vec::new(),
            attempts: Attempts::new(),
            changed: Changed {
                lifetime: false,
                objects: false,
            },
            update_wanted: false,
            idle_timeout: Duration::ZERO,
            activity: Instant::ZERO,
            parked: None,
        }
    }

    /// Begins to register. `secure`: over DTLS, closed after `idle_timeout` without traffic.
    pub fn start(&mut self, secure: bool, idle_timeout: Duration, seed: u32) {
        self.secure = secure;
        self.idle_timeout = idle_timeout;
        self.exchanges.seed(seed);
        self.exchanges.reset();
        self.attempts = Attempts::new();
        self.parked = None;
        self.state = State::Registering;
    }

    /// Forgets everything; true when a link is to be closed.
    pub fn stop(&mut self) -> bool {
        self.state = State::Idle;
        self.exchanges.reset();
        self.parked = None;
        core::mem::replace(&mut self.transport, Transport::Closed) != Transport::Closed
    }

    /// Whether the server's requests are served: it has confirmed the registration.
    pub fn serves(&self) -> bool {
        matches!(
            self.state,
            State::Registered { .. } | State::Updating { .. } | State::Leaving { .. }
        )
    }

    /// Whether the server is registered.
    pub fn is_registered(&self) -> bool {
        matches!(
            self.state,
            State::Registered { .. } | State::Updating { .. }
        )
    }

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
        profile: &Profile,
    ) -> Option<Event> {
        self.transport = Transport::Closed;
        let reason = match error {
            LinkError::NoRoute => DeferredReason::ServerNoRoute,
            LinkError::Handshake | LinkError::NoResources => DeferredReason::ServerConnect,
        };
        match self.state {
            State::Leaving { until } => {
                self.left(until);
                None
            }
            State::Idle | State::Disabled { .. } => None,
            _ => Some(self.fail(now, reason, None, profile)),
        }
    }

    /// An open link died. While the network is there the server may have lost its state, and without security our
    /// address may have changed: register anew. A secure link that went with the network is opened at the next need.
    pub fn link_lost(&mut self, network: bool) {
        self.transport = Transport::Closed;
        self.exchanges.reset();
        self.parked = None;
        self.state = match self.state {
            State::Registered { .. } | State::Updating { .. } if network || !self.secure => {
                State::Registering
            }
            State::Updating { expires } => {
                self.update_wanted = true;
                State::Registered {
                    expires,
                    update: expires,
                }
            }
            State::Leaving { until: Some(until) } => State::Disabled { until },
            State::Leaving { until: None } => State::Idle,
            other => other,
        };
    }

    /// The server wants an Update, or parameters of the registration changed.
    pub fn want_update(&mut self, changed: Changed) {
        self.changed.lifetime |= changed.lifetime;
        self.changed.objects |= changed.objects;
        self.update_wanted = true;
    }

    /// De-register, then stay off for `pause`, or for good.
    pub fn leave(&mut self, now: Instant, pause: Option<Duration>) {
        let until = pause.map(|pause| now.plus(pause));
        if self.is_registered() {
            if matches!(self.state, State::Updating { .. }) {
                self.exchanges.cancel();
            }
            self.state = State::Leaving { until };
        } else {
            self.left(until);
        }
    }

    /// Whether [`Session::leave`] is done.
    pub fn has_left(&self) -> bool {
        matches!(self.state, State::Idle | State::Disabled { .. })
    }

    /// A datagram arrived.
    pub fn heard(&mut self, now: Instant) {
        self.activity = now;
    }

    /// Keeps a request open until the outside has answered.
    pub fn park(&mut self, now: Instant, parked: Parked) {
        self.exchanges.keep(now, parked.request, &[]);
        self.parked = Some(parked);
    }

    /// The outside answered: the request to reply to.
    pub fn unpark(&mut self) -> Option<Parked> {
        self.parked.take()
    }

    /// Whether a request waits for the outside.
    pub fn is_parked(&self) -> bool {
        self.parked.is_some()
    }

    /// The response to an own message.
    pub fn response(
        &mut self,
        now: Instant,
        purpose: Purpose,
        message: &Message<'_>,
        scene: &mut Scene<'_>,
    ) -> Option<Event> {
        match purpose {
            Purpose::Register(block) => self.register_answered(now, block, message, scene),
            Purpose::Update if code::is_success(message.code) => {
                self.attempts = Attempts::new();
                self.registered(now, scene);
                None
            }
            // Whatever the reason: the server does not know us as we think it does.
            Purpose::Update => {
                self.state = State::Registering;
                None
            }
            Purpose::Deregister => {
                if let State::Leaving { until } = self.state {
                    self.left(until);
                }
                None
            }
            Purpose::Notify(_) => None,
        }
    }

    /// An own message was acknowledged without a response; only for notifications is that all.
    pub fn acknowledged(&mut self, purpose: Purpose) {
        if let Purpose::Notify(_) = purpose {
            self.exchanges.cancel();
        }
    }

    /// An own message was rejected with RST or never answered.
    pub fn unanswered(
        &mut self,
        now: Instant,
        purpose: Purpose,
        rejected: bool,
        scene: &mut Scene<'_>,
    ) -> Option<Event> {
        match purpose {
            Purpose::Notify(token) => {
                scene.observations.cancel(self.index, &token);
                None
            }
            Purpose::Register(_) => {
                Some(self.fail(now, DeferredReason::ServerRegistration, None, scene.profile))
            }
            // Silence: the server may have lost the secure session; a new one is tried with the registration.
            Purpose::Update => {
                self.state = State::Registering;
                if !rejected && self.transport == Transport::Open {
                    self.exchanges.reset();
                }
                None
            }
            Purpose::Deregister => {
                if let State::Leaving { until } = self.state {
                    self.left(until);
                }
                None
            }
        }
    }

    /// The next thing this session wants done, given a network.
    pub fn poll(
        &mut self,
        now: Instant,
        scene: &mut Scene<'_>,
        buffer: &mut [u8],
    ) -> Option<Output> {
        let link = Link(self.index);
        match self.exchanges.poll(now, buffer) {
            Some(Due::Send(length)) => {
                self.activity = now;
                return Some(Output::Send { link, length });
            }
            Some(Due::TimedOut(purpose)) => {
                let silent_update = purpose == Purpose::Update;
                if let Some(event) = self.unanswered(now, purpose, false, scene) {
                    return Some(Output::Event(event));
                }
                if silent_update && self.secure {
                    self.transport = Transport::Closed;
                    return Some(Output::Close(link));
                }
            }
            None => {}
        }
        self.advance(now);
        let wants_link = self.wants_to_send(now, scene);
        match self.transport {
            Transport::Closed if wants_link => {
                self.transport = Transport::Opening;
                Some(Output::Open(link))
            }
            Transport::Open if wants_link => self.send(now, scene, buffer),
            Transport::Open if self.has_no_use_for_link(now) => {
                self.transport = Transport::Closed;
                self.exchanges.reset();
                Some(Output::Close(link))
            }
            _ => None,
        }
    }

    /// When [`Session::poll`] has something to do, besides answers and changes.
    pub fn deadline(
        &self,
        objects: &Objects,
        observations: &Observations,
        attributes: &AttributeTable,
    ) -> Option<Instant> {
        let state = match self.state {
            State::Registered { expires, update } => {
                let defaults = objects.server.of_session(self.index)?.defaults();
                let notify = observations.deadline(self.index, attributes, defaults);
                let update = if self.update_wanted {
                    Some(Instant::ZERO)
                } else {
                    earliest(Some(update), Some(expires))
                };
                earliest(update, notify)
            }
            State::Disabled { until } | State::Waiting { until } => Some(until),
            State::Registering | State::Leaving { .. }
                if !self.exchanges.is_busy() && self.transport != Transport::Opening =>
            {
                Some(Instant::ZERO)
            }
            _ => None,
        };
        let idle = if self.secure && self.transport == Transport::Open && !self.exchanges.is_busy()
        {
            Some(self.activity.plus(self.idle_timeout))
        } else {
            None
        };
        earliest(earliest(state, idle), self.exchanges.deadline())
    }

    /// Moves on from states that end by themselves.
    fn advance(&mut self, now: Instant) {
        match self.state {
            State::Waiting { until } | State::Disabled { until } if now >= until => {
                self.state = State::Registering
            }
            State::Registered { expires, .. } if now >= expires => self.state = State::Registering,
            _ => {}
        }
    }

    fn wants_to_send(&mut self, now: Instant, scene: &mut Scene<'_>) -> bool {
        match self.state {
            State::Registering | State::Leaving { .. } => !self.exchanges.is_busy(),
            State::Registered { update, .. } => {
                let update_due = (self.update_wanted || now >= update) && !self.exchanges.is_busy();
                update_due || self.notification(now, scene).is_some()
            }
            State::Updating { .. } => self.notification(now, scene).is_some(),
            State::Idle | State::Disabled { .. } | State::Waiting { .. } => false,
        }
    }

    /// A DTLS session without traffic is given back; any link of a server that is left alone as well.
    fn has_no_use_for_link(&self, now: Instant) -> bool {
        match self.state {
            State::Idle | State::Disabled { .. } | State::Waiting { .. } => true,
            _ => {
                self.secure
                    && !self.exchanges.is_busy()
                    && self.parked.is_none()
                    && now >= self.activity.plus(self.idle_timeout)
            }
        }
    }

    /// The notification due now; a confirmable one only while no other confirmable message is outstanding.
    fn notification(&mut self, now: Instant, scene: &mut Scene<'_>) -> Option<Notification> {
        let defaults = scene.objects.server.of_session(self.index)?.defaults();
        let due =
            scene
                .observations
                .due(now, self.index, scene.attributes, defaults, scene.objects)?;
        if due.confirmable && self.exchanges.is_busy() {
            None
        } else {
            Some(due)
        }
    }

    /// Sends what [`Session::wants_to_send`] found.
    fn send(&mut self, now: Instant, scene: &mut Scene<'_>, buffer: &mut [u8]) -> Option<Output> {
        let free = !self.exchanges.is_busy();
        match self.state {
            State::Registering => self.send_register(now, FIRST_BLOCK, scene),
            State::Leaving { .. } => self.send_deregister(now),
            State::Registered { expires, update }
                if free && (self.update_wanted || now >= update) =>
            {
                self.send_update(now, expires, scene);
            }
            _ => return self.notify(now, scene, buffer),
        }
        match self.exchanges.poll(now, buffer)? {
            Due::Send(length) => {
                self.activity = now;
                Some(Output::Send {
                    link: Link(self.index),
                    length,
                })
            }
            Due::TimedOut(_) => None,
        }
    }

    fn notify(&mut self, now: Instant, scene: &mut Scene<'_>, buffer: &mut [u8]) -> Option<Output> {
        let due = self.notification(now, scene)?;
        let one = scene.observations.get(due.index)?;
        let (path, format, token) = (one.path, one.format, one.token);
        let content = Content {
            format,
            observe: Some(due.sequence),
            block: None,
        };
        let produce = |sink: &mut crate::lwm2m::sink::Sink<'_>| {
            read::read(scene.objects, &path, format, sink)
        };
        let link = Link(self.index);
        let mut id = 0;
        let length = if due.confirmable {
            let compose = |buffer: &mut [u8], own: u16| {
                id = own;
                let address = Address {
                    kind: Kind::Confirmable,
                    id: own,
                    token,
                };
                content
                    .write(&address, code::CONTENT, produce, OUTGOING_SZX, buffer)
                    .ok()
            };
            if !self
                .exchanges
                .send(now, Purpose::Notify(token), token, compose)
            {
                return None;
            }
            match self.exchanges.poll(now, buffer) {
                Some(Due::Send(length)) => length,
                _ => return None,
            }
        } else {
            id = self.exchanges.new_id();
            let address = Address {
                kind: Kind::NonConfirmable,
                id,
                token,
            };
            content
                .write(
                    &address,
                    code::CONTENT,
                    produce,
                    crate::lwm2m::dispatch::REPLY_SZX,
                    buffer,
                )
                .ok()?
        };
        scene.observations.notified(now, due, id, scene.objects);
        self.activity = now;
        Some(Output::Send { link, length })
    }

    /// The registration is confirmed as of now.
    fn registered(&mut self, now: Instant, scene: &Scene<'_>) {
        let seconds = scene
            .objects
            .server
            .of_session(self.index)
            .map_or(0, |server| server.lifetime);
        let lifetime = Duration::from_secs(u64::from(seconds));
        let margin = crate::coap::timing::MAX_TRANSMIT_WAIT;
        // A full retransmission has to fit before the end; very short lifetimes are halved.
        let wait = if lifetime <= margin.times(2) {
            Duration::from_millis(lifetime.as_millis() / 2)
        } else {
            lifetime.less(margin).less(MARGIN)
        };
        self.state = State::Registered {
            expires: now.plus(lifetime),
            update: now.plus(wait),
        };
    }

    fn left(&mut self, until: Option<Instant>) {
        self.exchanges.cancel();
        self.state = match until {
            Some(until) => State::Disabled { until },
            None => State::Idle,
        };
    }

    /// An attempt failed: wait and tell.
    fn fail(
        &mut self,
        now: Instant,
        reason: DeferredReason,
        delay: Option<Duration>,
        profile: &Profile,
    ) -> Event {
        let delay = delay.unwrap_or_else(|| self.attempts.next_delay(&profile.retry));
        self.exchanges.cancel();
        self.state = State::Waiting {
            until: now.plus(delay),
        };
        Event::Deferred { reason, delay }
    }
}

/// Max-Age of a 5.03 answer.
fn max_age(message: &Message<'_>) -> Option<Duration> {
    message
        .option(number::MAX_AGE)
        .and_then(uint)
        .map(|seconds| Duration::from_secs(u64::from(seconds)))
}
