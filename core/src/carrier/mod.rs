//! The whole client as one value: takes inputs and a time, gives back outputs, calls nothing.
//!
//! Start: accounts -> ask for the LTE link -> network -> (keys to store: link down, write, link up) -> access point, if one
//! is named -> sessions: with the bootstrap server until it has given management servers, then with those. A restart asked
//! for by a server: event -> De-register -> power off -> reset.

mod accounts;
mod application;
mod bootstrap;
mod facts;
mod firmware;
mod flow;
mod keys;
mod order;
mod pdn;
mod radio;
mod request;

use self::firmware::Update;
use self::pdn::Pdn;
use crate::boundary::{
    Cause, Config, DeferredReason, ErrorKind, Event, Identity, Input, Link, Live, Output,
};
use crate::clock::Clock;
use crate::coap::block::Assembly;
use crate::coap::code;
use crate::coap::exchange::{Brief, Received};
use crate::coap::message::{Kind, Malformed, Message, empty};
use crate::config::{
    ACCOUNTS, BOOTSTRAP, OBJECT_CELLULAR, OBJECT_FIRMWARE, OBJECT_PORTFOLIO, PDN, SERVERS,
    SMARTCARD, SMS,
};
use crate::lwm2m::dispatch::Transfer;
use crate::lwm2m::reply;
use crate::modem::notice;
use crate::modem::query::Query;
use crate::profile::{Profile, Settings, generic};
use crate::record::{self, Basis, RecordId};
use crate::session::{Attempts, Scene, Session};
use crate::slot::Slot;
use crate::time::{Duration, Instant};
use crate::version::HAS_1_1;

/// Where the client as a whole stands; sessions have states of their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// Not started, or nothing to connect to.
    Idle,
    /// The accounts are being looked for.
    Starting,
    /// The link is asked for; the network is awaited.
    Connecting,
    /// Keys are to be stored: the link is asked to go down until then at the latest.
    GoingOffline { give_up: Instant },
    /// Keys are being stored.
    WritingKeys,
    /// Keys could not be stored; next try then.
    KeyPause { until: Instant },
    /// Sessions run.
    Running,
    /// As [`Phase::Running`] until then; after that the radio is off.
    Fading { from: Instant, minutes: u16 },
    /// The radio is off until then.
    Silent { until: Instant },
    /// A restart is wanted: the application is asked, servers are left until then at the latest.
    Leaving { give_up: Instant },
    /// The modem is being powered off before the reset.
    PoweringOff,
    /// The application restarts the device itself: nothing new is begun.
    Halted,
}

/// Whom the sessions serve.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// Nobody yet: the accounts are new.
    New,
    /// The bootstrap server.
    Bootstrap,
    /// Management servers.
    Management,
}

/// The event whose answer is awaited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Asked {
    Nothing,
    LinkUp,
    LinkDown,
    Reboot,
    PowerOff,
}

/// How long the application may take to bring the modem offline after it was asked.
const OFFLINE_PATIENCE: Duration = Duration::from_secs(30);
/// How often the modem is asked whether it is offline.
const OFFLINE_POLL: Duration = Duration::from_secs(1);
/// How often the network registration is asked for while it is awaited, should a notification be lost.
const NETWORK_POLL: Duration = Duration::from_secs(60);
/// Pause after keys could not be stored.
const KEY_PAUSE: Duration = Duration::from_secs(24 * 60 * 60);
/// How long De-register may take before a restart.
const LEAVE_PATIENCE: Duration = Duration::from_secs(5);
/// Idle timeout of DTLS sessions when the application gives none.
const IDLE_TIMEOUT: u32 = 60;

/// The client.
// Small fields first: what is near the start is reached with short instructions.
#[repr(C)]
pub struct Carrier {
    phase: Phase,
    stage: Stage,
    asked: Asked,
    network: bool,
    /// Servers could not be reached when that was looked at last.
    offline: bool,
    pdn: Pdn,
    /// Whose turn it is, or was when the connection was granted.
    pdn_turn: u8,
    /// The connection is to be made anew.
    pdn_fresh: bool,
    /// What servers wrote to access points does not count.
    pdn_distrusted: bool,
    pdn_attempts: Attempts,
    /// How many sessions, from the first on, have a server.
    used: u8,
    /// Code of the reply to a parked request, once application or modem have answered; 0: not yet.
    answer: u8,
    registered_once: bool,
    started: bool,
    /// A bootstrap is done with, to be told once its keys are stored.
    bootstrapped: bool,
    /// Bootstrap before the stored accounts are used.
    bootstrap_first: bool,
    /// The stored accounts are another operator's.
    swapped: bool,
    /// Sessions that start have failed a whole sequence before.
    tired: bool,
    /// A number of the SIM that is awaited: without it the device has no name, or its accounts cannot be told from others'.
    awaited: Slot<Query>,
    /// It was asked for in vain since the network came.
    in_vain: bool,
    card_unusable: bool,
    /// The accounts in force are not stored as they are.
    unsaved: bool,
    /// When a refused connection is asked for again.
    pdn_again: Instant,
    /// When the modem is to be asked again in a phase that waits for it; zero: not at all.
    ask_again: Instant,
    profile: Option<&'static Profile>,
    /// Generic mode's profile.
    generic: Option<&'static Profile>,
    /// When counting of what is sent and received ends; zero: not by itself.
    counting_ends: Instant,
    /// When the bootstrap account is given up; zero: never.
    purge_at: Instant,
    basis: Basis,
    /// Digests of the keys the modem holds; 0: none.
    modem_keys: [u32; ACCOUNTS],
    /// The product's settings for an operator.
    settings: Slot<fn(u8) -> Settings>,
    config: Config,
    clock: Clock,
    sessions: [Session; SERVERS],
    /// The firmware update, besides what its object shows.
    update: [Update; OBJECT_FIRMWARE],
    scene: Scene,
    assembly: Assembly<Transfer>,
}

impl Default for Carrier {
    fn default() -> Carrier {
        Carrier::new()
    }
}

impl Carrier {
    /// A client that is not started.
    pub const fn new() -> Carrier {
        Carrier {
            phase: Phase::Idle,
            stage: Stage::New,
            used: 0,
            asked: Asked::Nothing,
            network: false,
            offline: false,
            pdn: Pdn::Wanted,
            pdn_turn: 0,
            pdn_fresh: false,
            pdn_distrusted: false,
            pdn_attempts: Attempts::new(),
            pdn_again: Instant::ZERO,
            ask_again: Instant::ZERO,
            config: Config::NONE,
            profile: None,
            generic: None,
            bootstrapped: false,
            bootstrap_first: false,
            swapped: false,
            tired: false,
            awaited: Slot::Empty,
            in_vain: false,
            card_unusable: false,
            unsaved: false,
            purge_at: Instant::ZERO,
            counting_ends: Instant::ZERO,
            basis: Basis::NONE,
            modem_keys: [0; ACCOUNTS],
            settings: Slot::Empty,
            clock: Clock::new(),
            update: [const { Update::new() }; OBJECT_FIRMWARE],
            scene: Scene::new(),
            assembly: Assembly::new(),
            sessions: [const { Session::new() }; SERVERS],
            answer: 0,
            registered_once: false,
            started: false,
        }
    }

    /// What modem and SIM say about themselves, to be filled before the start.
    pub fn identity_mut(&mut self) -> &mut Identity {
        self.scene.objects.device.identity_mut()
    }

    /// Starts the client: the stored accounts are asked for first. Random numbers follow from `seed`; `settings` gives what
    /// the product brings for an operator, by its number.
    pub fn start(&mut self, config: &Config, seed: u32, settings: fn(u8) -> Settings) {
        self.start_with(config, seed, settings, &generic::PROFILE);
    }

    /// As [`Carrier::start`], with another profile in place of generic mode's.
    pub fn start_with(
        &mut self,
        config: &Config,
        seed: u32,
        settings: fn(u8) -> Settings,
        generic: &'static Profile,
    ) {
        self.generic = Some(generic);
        self.config = *config;
        self.settings = Slot::Full(settings);
        for (index, session) in (0..).zip(&mut self.sessions) {
            session.prepare(index, seed);
        }
        self.scene.objects.device.start(config);
        self.scene.objects.offer(self.detected().objects);
        self.started = true;
        if OBJECT_CELLULAR != 0 {
            self.put(Output::Load(RecordId::AccessPoints));
        }
        if OBJECT_FIRMWARE != 0 {
            self.put(Output::Load(RecordId::Firmware));
        }
        self.begin();
    }

    /// Whether [`Carrier::start`] was called.
    pub fn is_started(&self) -> bool {
        self.started
    }

    /// Whether all servers have confirmed their registration.
    pub fn is_registered(&self) -> bool {
        self.stage == Stage::Management
            && (0..self.used).all(|index| !HAS_1_1 || !self.awaits_turn(index))
            && self
                .sessions
                .iter()
                .all(|session| session.is_idle() || session.is_registered())
    }

    /// How many observations servers have.
    pub fn observation_count(&self) -> usize {
        self.scene.observations.count()
    }

    /// Takes the application's values of this moment, to be shown to servers.
    pub fn live(&mut self, live: &Live<'_>) {
        if let Some(path) = self.scene.objects.device.live(live) {
            self.scene.observations.changed(&path);
        }
    }

    /// Takes a datagram; gives the length of an answer in `reply`, which holds [`crate::config::DATAGRAM`] bytes.
    pub fn datagram(
        &mut self,
        now: Instant,
        link: Link,
        bytes: &[u8],
        reply: &mut [u8],
    ) -> Option<usize> {
        let session = self.sessions.get_mut(usize::from(link.0))?;
        session.heard(now);
        let parsed = Message::parse(bytes);
        let message = match &parsed {
            Ok(message) => message,
            Err(Malformed::Reject(id)) => return empty(reply, Kind::Reset, *id),
            Err(Malformed::Ignore) => return None,
        };
        match session.exchanges.received(now, message) {
            Received::Request => return self.request(now, link, message, reply),
            Received::Duplicate(brief) => return session.reply_again(message, &brief, reply),
            Received::Refuse => return empty(reply, Kind::Reset, message.id),
            Received::Ignore => return None,
            Received::RejectedNonConfirmable(id) => self.scene.observations.rejected(link.0, id),
            Received::Acknowledged(purpose) => {
                session.acknowledged(purpose, &mut self.scene.observations);
            }
            Received::Rejected(purpose) => {
                let (session, scene) = self.session(link)?;
                let failed = session.unanswered(now, purpose, scene);
                self.deferred(failed);
            }
            Received::Response(purpose) => {
                let (session, scene) = self.session(link)?;
                let failed = session.response(now, purpose, message, scene);
                self.deferred(failed);
                self.note_registration();
                if message.kind == Kind::Acknowledgement {
                    return None;
                }
                // Separate: acknowledged if confirmable, and recognised when it comes again.
                let acknowledgement = if message.kind == Kind::Confirmable {
                    empty(reply, Kind::Acknowledgement, message.id)
                } else {
                    None
                };
                let session = self.sessions.get_mut(usize::from(link.0))?;
                session.exchanges.keep(now, message.id, Brief::NONE);
                return acknowledgement;
            }
        }
        None
    }

    /// Takes the beginning of a datagram that was longer than the receive buffer; gives the length of an answer in
    /// `reply`: a request is told what size fits.
    pub fn oversized(
        &mut self,
        now: Instant,
        link: Link,
        bytes: &[u8],
        reply: &mut [u8],
    ) -> Option<usize> {
        let session = self.sessions.get_mut(usize::from(link.0))?;
        session.heard(now);
        let Some(message) = &Message::parse_head(bytes) else {
            return None;
        };
        let Some(address) = &session.address_of_reply(message) else {
            return None;
        };
        (session.serves() || session.takes_accounts()).then(|| reply::too_large(reply, address))
    }

    /// Takes what happened outside.
    pub fn input(&mut self, now: Instant, input: Input<'_>) {
        match input {
            Input::LinkOpened(link) => {
                if let Some(session) = self.sessions.get_mut(usize::from(link.0)) {
                    session.link_opened(now);
                }
            }
            Input::LinkFailed(link, error) => {
                let session = self.session(link);
                let failed =
                    session.and_then(|(session, scene)| session.link_failed(now, error, scene));
                self.link_trouble(failed);
            }
            Input::LinkLost(link) => {
                let network = self.network;
                let session = self.session(link);
                let failed =
                    session.and_then(|(session, scene)| session.link_lost(now, network, scene));
                self.link_trouble(failed);
            }
            Input::Notification(line) => {
                if let Some(notice) = notice::parse(line) {
                    self.notice(now, notice, line);
                }
            }
            Input::NotificationsMissed => self.look_again(),
            Input::Reply(query, answer) => self.reply(now, query, answer),
            Input::EventAnswer(value) => self.event_answered(now, value),
            Input::KeysWritten(result) => self.keys_written(now, result),
            Input::KeysFound(all) => self.keys_found(now, all),
            Input::Loaded(RecordId::Accounts, bytes) => self.loaded(now, bytes),
            Input::Loaded(RecordId::AccessPoints, bytes) if OBJECT_CELLULAR != 0 => {
                record::decode_access_points(bytes, self.subscriber(), &mut self.scene.objects);
            }
            Input::Loaded(RecordId::Firmware, bytes) if OBJECT_FIRMWARE != 0 => {
                self.firmware_loaded(bytes);
            }
            Input::Loaded(RecordId::Portfolio, bytes) if OBJECT_PORTFOLIO != 0 => {
                record::decode_portfolio(bytes.unwrap_or(&[]), &mut self.scene.objects);
            }
            Input::Card(data) if SMARTCARD => self.card_read(now, data),
            Input::Pdn(granted) if PDN => self.pdn_answered(now, granted),
            Input::Sms(bytes) if SMS => self.sms(bytes),
            Input::ClockSet(taken) => self.clock_set(taken),
            Input::Configured(all) if OBJECT_CELLULAR != 0 => self.modem_configured(all),
            Input::Firmware(result) => self.firmware_done(now, result),
            // What this build is without.
            Input::Loaded(..)
            | Input::Card(_)
            | Input::Sms(_)
            | Input::Pdn(_)
            | Input::Configured(_) => {}
        }
    }

    /// The next thing to do; `buffer` of [`crate::config::DATAGRAM`] bytes receives a datagram to send. After every
    /// call that takes a time, poll until there is nothing.
    pub fn poll(&mut self, now: Instant, buffer: &mut [u8]) -> Option<Output> {
        if self.scene.outputs.is_empty() {
            self.advance(now);
        }
        if self.scene.outputs.is_empty() {
            self.attend(now, buffer);
        }
        let output = self.scene.outputs.take();
        if let Some(Output::Event(event)) = output {
            self.asked = match event {
                Event::LinkUp => Asked::LinkUp,
                Event::LinkDown => Asked::LinkDown,
                Event::Reboot => Asked::Reboot,
                Event::PowerOff => Asked::PowerOff,
                _ => Asked::Nothing,
            };
        }
        output
    }

    /// Puts the next thing to do for a server, if there is one.
    #[inline]
    fn attend(&mut self, now: Instant, buffer: &mut [u8]) {
        if let Some(record) = self.take_unsaved() {
            return self.put(Output::Save(record));
        }
        if self.answer != code::EMPTY && self.parked_reply(now, buffer) {
            return;
        }
        let offline = !self.is_connected();
        let returned = core::mem::replace(&mut self.offline, offline);
        if offline {
            return;
        }
        if returned {
            for session in self.sessions.iter().take(self.used.into()) {
                session.back_online(now, &mut self.scene);
            }
        }
        for index in (0..self.used).map(Link) {
            let failed = self
                .session(index)
                .and_then(|(session, scene)| session.poll(now, scene, buffer));
            self.deferred(failed);
            if !self.scene.outputs.is_empty() {
                return;
            }
        }
    }
}

impl Carrier {
    /// Whether the session serves the bootstrap server.
    #[inline]
    fn bootstraps(&self) -> bool {
        BOOTSTRAP && self.stage == Stage::Bootstrap
    }

    #[cfg_attr(target_os = "none", inline(never))]
    fn profile(&self) -> &'static Profile {
        match self.profile {
            Some(profile) => profile,
            None => self.generic(),
        }
    }

    fn generic(&self) -> &'static Profile {
        self.generic.unwrap_or(&generic::PROFILE)
    }

    fn session(&mut self, link: Link) -> Option<(&mut Session, &mut Scene)> {
        let session = self.sessions.get_mut(usize::from(link.0))?;
        Some((session, &mut self.scene))
    }

    fn idle_timeout(&self) -> Duration {
        Duration::from_secs(match self.config.session_idle_timeout {
            seconds @ 1.. => seconds as u32,
            _ => IDLE_TIMEOUT,
        })
    }

    fn error(&mut self, kind: ErrorKind, cause: Cause) {
        let code = 0;
        self.put(Output::Event(Event::Error { kind, cause, code }));
    }

    /// An error that application or modem gave a number.
    fn error_code(&mut self, kind: ErrorKind, code: i32) {
        let cause = Cause::Code;
        self.put(Output::Event(Event::Error { kind, cause, code }));
    }

    /// A link failed: perhaps the network is gone.
    fn link_trouble(&mut self, failed: Option<DeferredReason>) {
        self.deferred(failed);
        self.look_again();
    }

    /// Network and connection may not be what they were.
    fn look_again(&mut self) {
        if PDN {
            self.doubt_pdn();
        }
        self.put(Output::Query(Query::Registration));
    }

    /// Whether sessions can reach their servers.
    fn is_connected(&self) -> bool {
        self.network
            && (!PDN || self.pdn == Pdn::Ready)
            && matches!(
                self.phase,
                Phase::Running | Phase::Fading { .. } | Phase::Leaving { .. }
            )
    }

    /// A session's attempt failed, if there is a reason; the application was told.
    #[cfg_attr(not(target_os = "none"), inline(always))]
    fn deferred(&mut self, reason: Option<DeferredReason>) {
        let Some(reason) = reason else {
            return;
        };
        if self.bootstraps() {
            self.bootstrap_failed(reason);
        } else if OBJECT_CELLULAR != 0 {
            self.doubt_access_points(reason);
        }
    }

    fn put(&mut self, output: Output) {
        self.scene.outputs.put(output);
    }
}
