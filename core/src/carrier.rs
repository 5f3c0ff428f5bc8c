//! The whole client as one value: takes inputs and a time, gives back outputs, calls nothing.
//!
//! Start: ask for the LTE link -> network -> (keys to store: link down, write, link up) -> sessions. A restart asked for
//! by a server: event -> De-register -> power off -> reset.

use heapless::{Deque, String};

use crate::boundary::{
    Cause, ClockRequest, Config, Credential, ErrorKind, Event, Identity, Input, KeyError, Link,
    Live, Output, Remote,
};
use crate::clock::Clock;
use crate::coap::block::Assembly;
use crate::coap::code;
use crate::coap::exchange::Received;
use crate::coap::message::{Kind, Malformed, Message, empty};
use crate::config::{ENDPOINT, SERVERS};
use crate::lwm2m::attribute::AttributeTable;
use crate::lwm2m::dispatch::{self, Address, Handled, Transfer};
use crate::lwm2m::observe::Observations;
use crate::lwm2m::path::Path;
use crate::modem::notice::{self, Notice};
use crate::modem::query::{self, Query, SUBSCRIPTIONS};
use crate::objects::app_data::{AppDataError, UPLINK_PATH};
use crate::objects::device::{self, DeviceError};
use crate::objects::location::{self, LocationError};
use crate::objects::portfolio::{self, PortfolioError};
use crate::objects::security::{Account, Uri};
use crate::objects::server::ServerInstance;
use crate::objects::{Objects, Wish};
use crate::profile::{Profile, generic};
use crate::record::{self, RecordId, digest};
use crate::session::{Scene, Session};
use crate::time::{Duration, Instant, earliest};

/// Where the client as a whole stands; sessions have states of their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// Not started, or nothing to connect to.
    Idle,
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
    /// A restart is wanted: the application is asked, servers are left until then at the latest.
    Leaving { give_up: Instant },
    /// The modem is being powered off before the reset.
    PoweringOff,
    /// The application restarts the device itself: nothing new is begun.
    Halted,
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
/// Short server id of the custom server: its account is made here, so any valid number does.
const CUSTOM_SERVER: u16 = 1;
/// Security tag of the custom server's key.
const CUSTOM_TAG: u32 = 26;

/// The client.
pub struct Carrier {
    phase: Phase,
    asked: Asked,
    network: bool,
    /// When the modem is to be asked again in a phase that waits for it.
    ask_again: Option<Instant>,
    outputs: Deque<Output, 12>,
    config: Config,
    endpoint: String<ENDPOINT, u8>,
    profile: &'static Profile,
    account: record::Account,
    stored: record::Account,
    stored_server: heapless::Vec<u8, { record::LARGEST }>,
    clock: Clock,
    objects: Objects,
    observations: Observations,
    attributes: AttributeTable,
    assembly: Assembly<Transfer>,
    sessions: [Session; SERVERS],
    /// What the application answered to clock values, until the reply is written.
    clock_taken: Option<bool>,
    registered_once: bool,
    started: bool,
    seed: u32,
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
            asked: Asked::Nothing,
            network: false,
            ask_again: None,
            outputs: Deque::new(),
            config: Config::NONE,
            endpoint: String::new(),
            profile: &generic::PROFILE,
            account: record::Account { server: 0, keys: 0 },
            stored: record::Account { server: 0, keys: 0 },
            stored_server: heapless::Vec::new(),
            clock: Clock::new(),
            objects: Objects::new(),
            observations: Observations::new(),
            attributes: AttributeTable::new(),
            assembly: Assembly::new(),
            sessions: [const { Session::new(0) }; SERVERS],
            clock_taken: None,
            registered_once: false,
            started: false,
            seed: 0,
        }
    }

    /// Gives back a stored record; before [`Carrier::start`]. Damaged or foreign bytes count as absent.
    pub fn restore(&mut self, id: RecordId, bytes: &[u8]) {
        match id {
            RecordId::Account => self.stored = record::Account::decode(bytes).unwrap_or_default(),
            RecordId::Server => {
                self.stored_server.clear();
                // A record that is too long is not ours.
                self.stored_server.extend_from_slice(bytes).ok();
            }
        }
    }

    /// Starts the client. Random numbers follow from `seed`.
    pub fn start(&mut self, now: Instant, config: &Config, identity: Identity, seed: u32) {
        self.start_with(now, config, identity, seed, &generic::PROFILE);
    }

    /// Starts the client under a given profile.
    pub fn start_with(
        &mut self,
        now: Instant,
        config: &Config,
        identity: Identity,
        seed: u32,
        profile: &'static Profile,
    ) {
        self.config = *config;
        self.profile = profile;
        self.seed = seed;
        self.endpoint.clear();
        // An endpoint name that does not fit cannot occur: 9 characters and at most 15 digits.
        self.endpoint.push_str("urn:imei:").ok();
        self.endpoint.push_str(&identity.imei).ok();
        self.objects.offer(profile.objects);
        self.objects.device.start(config, identity);
        self.started = true;
        self.begin(now);
    }

    /// Whether [`Carrier::start`] was called.
    pub fn is_started(&self) -> bool {
        self.started
    }

    /// Whether all servers have confirmed their registration.
    pub fn is_registered(&self) -> bool {
        self.sessions.iter().all(Session::is_registered)
    }

    /// How many observations servers have.
    pub fn observation_count(&self) -> usize {
        self.observations.count()
    }

    /// Takes the application's values of this moment, to be shown to servers.
    pub fn live(&mut self, live: &Live<'_>) {
        if let Some(path) = self.objects.device.live(live) {
            self.observations.changed(&path);
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
        let message = match Message::parse(bytes) {
            Ok(message) => message,
            Err(Malformed::Reject(id)) => return empty(reply, Kind::Reset, id),
            Err(Malformed::Ignore) => return None,
        };
        match session.exchanges.received(now, &message, reply) {
            Received::Request => return self.request(now, link, &message, reply),
            Received::Duplicate(length) => return if length > 0 { Some(length) } else { None },
            Received::Refuse => return empty(reply, Kind::Reset, message.id),
            Received::Ignore => return None,
            Received::RejectedNonConfirmable(id) => self.observations.rejected(link.0, id),
            Received::Acknowledged(purpose) => session.acknowledged(purpose),
            Received::Rejected(purpose) => {
                let (session, mut scene) = self.session(link)?;
                let event = session.unanswered(now, purpose, true, &mut scene);
                self.tell_if(event);
            }
            Received::Response(purpose) => {
                let (session, mut scene) = self.session(link)?;
                let event = session.response(now, purpose, &message, &mut scene);
                self.tell_if(event);
                self.note_registration();
                if message.kind == Kind::Confirmable {
                    return empty(reply, Kind::Acknowledgement, message.id);
                }
            }
        }
        None
    }

    /// Takes what happened outside.
    pub fn input(&mut self, now: Instant, input: Input<'_>) {
        match input {
            Input::LinkOpened(link) => {
                if let Some((session, _)) = self.session(link) {
                    session.link_opened(now);
                }
            }
            Input::LinkFailed(link, error) => {
                let profile = self.profile;
                if let Some((session, _)) = self.session(link) {
                    let event = session.link_failed(now, error, profile);
                    self.tell_if(event);
                }
                self.put(Output::Query(Query::Registration));
            }
            Input::LinkLost(link) => {
                let network = self.network;
                if let Some((session, _)) = self.session(link) {
                    session.link_lost(network);
                }
                self.put(Output::Query(Query::Registration));
            }
            Input::Notification(line) => {
                if let Some(notice) = notice::parse(line) {
                    self.notice(now, notice);
                }
            }
            Input::NotificationsMissed => self.put(Output::Query(Query::Registration)),
            Input::Reply(query, answer) => self.reply(now, query, answer),
            Input::EventAnswer(value) => self.event_answered(now, value),
            Input::KeysWritten(result) => self.keys_written(now, result),
            Input::ClockSet(taken) => self.clock_set(taken),
        }
    }

    /// The next thing to do; `buffer` of [`crate::config::DATAGRAM`] bytes receives a datagram to send. After every
    /// call that takes a time, poll until there is nothing.
    pub fn poll(&mut self, now: Instant, buffer: &mut [u8]) -> Option<Output> {
        if self.outputs.is_empty() {
            self.advance(now);
        }
        if let Some(output) = self.outputs.pop_front() {
            if let Output::Event(event) = output {
                self.asked = match event {
                    Event::LinkUp => Asked::LinkUp,
                    Event::LinkDown => Asked::LinkDown,
                    Event::Reboot => Asked::Reboot,
                    Event::PowerOff => Asked::PowerOff,
                    _ => Asked::Nothing,
                };
            }
            return Some(output);
        }
        if let Some(output) = self.parked_reply(now, buffer) {
            return Some(output);
        }
        if !self.network || !matches!(self.phase, Phase::Running | Phase::Leaving { .. }) {
            return None;
        }
        for index in 0..SERVERS as u8 {
            let (session, mut scene) = self.session(Link(index))?;
            if let Some(output) = session.poll(now, &mut scene, buffer) {
                return Some(output);
            }
        }
        None
    }

    /// When to poll again at the latest, should nothing happen before. A point in the past: at once.
    pub fn deadline(&self) -> Option<Instant> {
        let phase = match self.phase {
            Phase::KeyPause { until } | Phase::Leaving { give_up: until } => Some(until),
            _ => self.ask_again,
        };
        if !self.network || !matches!(self.phase, Phase::Running | Phase::Leaving { .. }) {
            return phase;
        }
        let mut least = phase;
        for session in &self.sessions {
            least = earliest(
                least,
                session.deadline(&self.objects, &self.observations, &self.attributes),
            );
        }
        least
    }

    /// Where a link leads.
    pub fn remote(&self, link: Link) -> Option<Remote<'_>> {
        let account = self.objects.security.account(link.0)?;
        let Uri { secure, host, port } = account.uri;
        Some(Remote {
            host,
            port,
            security_tag: secure.then_some(account.tag),
        })
    }

    /// The key to be stored in the modem; `None` without security.
    pub fn credential(&self) -> Option<Credential<'_>> {
        let account = self
            .objects
            .security
            .account(0)
            .filter(|account| account.uri.secure)?;
        Some(Credential {
            tag: account.tag,
            identity: &self.endpoint,
            psk: account.psk,
        })
    }

    /// The clock values to be offered to the application.
    pub fn clock_request(&self) -> ClockRequest<'_> {
        self.objects.device.clock_request()
    }

    /// The bytes of a record, [`record::LARGEST`] at most; 0: nothing to store.
    pub fn record(&self, id: RecordId, out: &mut [u8]) -> usize {
        match id {
            RecordId::Account => self.account.encode(out),
            RecordId::Server => record::encode_server(&self.objects, out),
        }
    }

    /// Copies the application data that arrived; gives its length.
    pub fn take_app_data(&mut self, out: &mut [u8]) -> usize {
        let data = self.objects.app_data.downlink();
        match out.get_mut(..data.len()) {
            Some(space) => {
                space.copy_from_slice(data);
                data.len()
            }
            None => 0,
        }
    }

    /// Declares the available power sources, each once; forgets voltages, currents and battery.
    pub fn set_power_sources(&mut self, sources: &[u8]) -> Result<(), DeviceError> {
        self.device_changed(|device| device.set_power_sources(sources))
    }

    /// Sets the voltage of a declared source in mV.
    pub fn set_power_source_voltage(
        &mut self,
        source: u8,
        millivolts: i32,
    ) -> Result<(), DeviceError> {
        self.device_changed(|device| device.set_voltage(source, millivolts))
    }

    /// Sets the current of a declared source in mA.
    pub fn set_power_source_current(
        &mut self,
        source: u8,
        milliamperes: i32,
    ) -> Result<(), DeviceError> {
        self.device_changed(|device| device.set_current(source, milliamperes))
    }

    /// Sets the level of the internal battery in percent.
    pub fn set_battery_level(&mut self, percent: u8) -> Result<(), DeviceError> {
        self.device_changed(|device| device.set_battery_level(percent))
    }

    /// Sets the status of the internal battery, 0 to 6.
    pub fn set_battery_status(&mut self, status: i32) -> Result<(), DeviceError> {
        self.device_changed(|device| device.set_battery_status(status))
    }

    /// Lists a device error; 0 clears the list.
    pub fn add_error_code(&mut self, code: i32) -> Result<(), DeviceError> {
        self.device_changed(|device| device.add_error_code(code))
    }

    /// Takes a device error off the list.
    pub fn remove_error_code(&mut self, code: i32) -> Result<(), DeviceError> {
        self.device_changed(|device| device.remove_error_code(code))
    }

    /// Sets the total memory in kB.
    pub fn set_memory_total(&mut self, kilobytes: u32) -> Result<(), DeviceError> {
        self.device_changed(|device| device.set_memory_total(kilobytes))
    }

    /// A Portfolio identity; empty when never set.
    pub fn identity(&self, instance: u16, kind: u16) -> Result<&str, PortfolioError> {
        self.objects.portfolio.identity(instance, kind)
    }

    /// Sets a Portfolio identity.
    pub fn set_identity(
        &mut self,
        instance: u16,
        kind: u16,
        value: &str,
    ) -> Result<(), PortfolioError> {
        self.objects.portfolio.set_identity(instance, kind, value)?;
        self.observations
            .changed(&Path::instance(portfolio::ID, instance));
        Ok(())
    }

    /// Creates a Portfolio instance.
    pub fn create_portfolio_instance(&mut self, instance: u16) -> Result<(), PortfolioError> {
        self.objects.portfolio.create_instance(instance)?;
        self.observations.changed(&Path::object(portfolio::ID));
        Ok(())
    }

    /// Reports a position: degrees, metres, seconds since 1970.
    pub fn set_location(
        &mut self,
        latitude: f64,
        longitude: f64,
        altitude: f32,
        timestamp: u32,
        uncertainty: f32,
    ) -> Result<(), LocationError> {
        self.objects
            .location
            .set(latitude, longitude, altitude, timestamp, uncertainty)?;
        self.observations.changed(&Path::instance(location::ID, 0));
        Ok(())
    }

    /// Reports a velocity: degrees from north, m/s; NaN for what is unknown.
    pub fn set_velocity(
        &mut self,
        heading: i32,
        speed_h: f32,
        speed_v: f32,
        uncertainty_h: f32,
        uncertainty_v: f32,
    ) -> Result<(), LocationError> {
        self.objects.location.set_velocity(
            heading,
            speed_h,
            speed_v,
            uncertainty_h,
            uncertainty_v,
        )?;
        self.observations.changed(&Path::instance(location::ID, 0));
        Ok(())
    }

    /// Sets the uplink application data.
    pub fn set_app_data(&mut self, data: &[u8]) -> Result<(), AppDataError> {
        if !self.objects.offers(crate::objects::app_data::ID) {
            return Err(AppDataError::NotPresent);
        }
        self.objects.app_data.set_uplink(data)?;
        self.observations.changed(&UPLINK_PATH);
        Ok(())
    }

    /// Network time in seconds since 1970; 0 while unknown.
    pub fn utc_time(&self, now: Instant) -> i32 {
        self.clock.utc_time(now)
    }

    /// Minutes east of UTC.
    pub fn utc_offset(&self) -> i32 {
        self.clock.utc_offset()
    }

    /// Copies the time zone name; gives its length.
    pub fn timezone(&self, out: &mut [u8]) -> usize {
        self.clock.timezone(out)
    }

    /// Sets the time.
    pub fn set_utc_time(&mut self, now: Instant, seconds: i32) {
        self.clock.set_utc_time(now, i64::from(seconds));
    }

    /// Sets the offset in minutes.
    pub fn set_utc_offset(&mut self, minutes: i32) {
        self.clock.set_utc_offset(minutes);
    }

    /// Sets the time zone name; false when it is too long.
    pub fn set_timezone(&mut self, zone: &str) -> bool {
        self.clock.set_timezone(zone)
    }
}

impl Carrier {
    /// From the configuration to the first request for the link.
    fn begin(&mut self, now: Instant) {
        let Some(account) = self.account_from_config() else {
            return;
        };
        let lifetime = u32::try_from(self.config.server_lifetime)
            .ok()
            .filter(|seconds| *seconds > 0);
        let lifetime = lifetime.unwrap_or(self.profile.lifetime);
        self.objects
            .server
            .set(ServerInstance::new(0, CUSTOM_SERVER, lifetime));
        let uri = self.config.server_uri.unwrap_or("");
        self.account.server = digest(&[uri.as_bytes(), &lifetime.to_be_bytes()]);
        if self.stored.server == self.account.server {
            // A record that does not decode leaves the factory settings.
            record::decode_server(&self.stored_server, &mut self.objects.server);
            self.account.keys = self.stored.keys;
        }
        let secure = account.uri.secure;
        self.objects.security.set(account);
        let idle = u32::try_from(self.config.session_idle_timeout)
            .ok()
            .filter(|seconds| *seconds > 0);
        let idle = Duration::from_secs(u64::from(idle.unwrap_or(IDLE_TIMEOUT)));
        for (index, session) in self.sessions.iter_mut().enumerate() {
            session.start(secure, idle, self.seed.wrapping_add(index as u32));
        }
        self.connect(now);
    }

    /// The custom management server, or an error told to the application.
    fn account_from_config(&mut self) -> Option<Account> {
        let uri = self
            .config
            .server_uri
            .filter(|_| !self.config.is_bootstrap_server);
        let Some(uri) = uri else {
            self.error(ErrorKind::Configuration, Cause::NotSupported);
            return None;
        };
        let uri = Uri::parse(uri).filter(|uri| !uri.secure || self.config.psk.is_some());
        let Some(uri) = uri else {
            self.error(ErrorKind::Configuration, Cause::Invalid);
            return None;
        };
        Some(Account {
            uri,
            psk: self.config.psk.unwrap_or(""),
            tag: CUSTOM_TAG,
        })
    }

    fn connect(&mut self, now: Instant) {
        self.phase = Phase::Connecting;
        self.ask_again = Some(now.plus(NETWORK_POLL));
        self.put(Output::Event(Event::LinkUp));
        self.put(Output::Query(Query::Registration));
    }

    /// Whether keys have to be stored before the first session.
    fn needs_keys(&self) -> bool {
        self.credential().is_some() && self.account.keys != self.key_digest()
    }

    fn key_digest(&self) -> u32 {
        self.credential().map_or(0, |keys| {
            digest(&[
                &keys.tag.to_be_bytes(),
                keys.identity.as_bytes(),
                keys.psk.as_bytes(),
            ])
            .max(1)
        })
    }

    fn network_up(&mut self, now: Instant) {
        self.network = true;
        match self.phase {
            Phase::Connecting if self.needs_keys() => {
                self.phase = Phase::GoingOffline {
                    give_up: now.plus(OFFLINE_PATIENCE),
                };
                self.put(Output::Event(Event::LinkDown));
                self.ask_again = Some(now.plus(OFFLINE_POLL));
            }
            Phase::Connecting => {
                self.phase = Phase::Running;
                self.ask_again = None;
                self.put(Output::Query(Query::Clock));
            }
            Phase::Running => self.ask_again = None,
            _ => {}
        }
    }

    fn network_down(&mut self, now: Instant) {
        if core::mem::replace(&mut self.network, false) && self.phase == Phase::Running {
            self.ask_again = Some(now.plus(NETWORK_POLL));
        }
    }

    fn notice(&mut self, now: Instant, notice: Notice) {
        match notice {
            Notice::Registered => self.network_up(now),
            Notice::NotRegistered => self.network_down(now),
            Notice::Time(time) => self.clock.set_network(now, &time),
            Notice::Domain(domain) => self.put(Output::Event(Event::ModemDomain(domain))),
            Notice::Sim(_) => {}
        }
    }

    fn reply(&mut self, now: Instant, query: Query, answer: Option<&str>) {
        let Some(answer) = answer else {
            return;
        };
        match query {
            Query::Registration => match query::registration_status(answer) {
                Some(status) if notice::is_registered(status) => self.network_up(now),
                Some(_) => self.network_down(now),
                None => {}
            },
            Query::Clock => {
                if let Some(time) = notice::clock(answer) {
                    self.clock.set_network(now, &time);
                }
            }
            Query::Functional => self.functional_mode(now, query::number(query, answer)),
            _ => {}
        }
    }

    /// The modem's mode while it is to go offline: minimum, flight, LTE off, or flight with SIM.
    fn functional_mode(&mut self, now: Instant, mode: Option<u32>) {
        let Phase::GoingOffline { give_up } = self.phase else {
            return;
        };
        if matches!(mode, Some(0 | 4 | 20 | 44)) {
            self.network = false;
            self.ask_again = None;
            self.phase = Phase::WritingKeys;
            self.put(Output::WriteKeys);
        } else if now >= give_up {
            self.keys_written(now, Err(KeyError::LinkIsUp));
        }
    }

    fn keys_written(&mut self, now: Instant, result: Result<(), KeyError>) {
        match result {
            Ok(()) => {
                self.account.keys = self.key_digest();
                self.put(Output::Save(RecordId::Account));
                self.connect(now);
            }
            Err(error) => {
                let cause = match error {
                    KeyError::LinkIsUp => Cause::LinkIsUp,
                    KeyError::Other(code) => Cause::Code(code),
                };
                self.error(ErrorKind::Bootstrap, cause);
                self.ask_again = None;
                self.phase = Phase::KeyPause {
                    until: now.plus(KEY_PAUSE),
                };
                self.put(Output::Event(Event::LinkUp));
            }
        }
    }

    fn event_answered(&mut self, now: Instant, value: i32) {
        let asked = core::mem::replace(&mut self.asked, Asked::Nothing);
        match asked {
            Asked::LinkUp if value != 0 => self.error(ErrorKind::LinkUp, Cause::Code(value)),
            Asked::LinkDown => {
                if value != 0 {
                    self.error(ErrorKind::LinkDown, Cause::Code(value));
                }
                self.put(Output::Query(Query::Functional));
            }
            Asked::Reboot if value != 0 => self.phase = Phase::Halted,
            Asked::Reboot => {
                self.phase = Phase::Leaving {
                    give_up: now.plus(LEAVE_PATIENCE),
                };
                for session in &mut self.sessions {
                    session.leave(now, None);
                }
            }
            Asked::PowerOff => self.put(Output::Reset),
            Asked::LinkUp | Asked::Nothing => {}
        }
    }

    fn clock_set(&mut self, taken: bool) {
        self.objects.device.clock_answered();
        if taken {
            self.observations.changed(&device::INSTANCE);
        }
        self.clock_taken = Some(taken);
    }

    fn request(
        &mut self,
        now: Instant,
        link: Link,
        message: &Message<'_>,
        reply: &mut [u8],
    ) -> Option<usize> {
        let session = self
            .sessions
            .get_mut(usize::from(link.0))
            .filter(|session| session.serves() && !session.is_parked())?;
        let (kind, id) = match message.kind {
            Kind::Confirmable => (Kind::Acknowledgement, message.id),
            _ => (Kind::NonConfirmable, session.exchanges.new_id()),
        };
        let address = Address {
            kind,
            id,
            token: message.token,
        };
        let mut scene = dispatch::Scene {
            directory: &mut self.objects,
            observations: &mut self.observations,
            attributes: &mut self.attributes,
            assembly: &mut self.assembly,
            server: link.0,
        };
        match dispatch::dispatch(&mut scene, now, message, address, reply) {
            Handled::Replied(length) => {
                // Reads may be repeated freely; everything else must not happen twice.
                if message.code != code::GET {
                    session
                        .exchanges
                        .keep(now, message.id, reply.get(..length).unwrap_or(&[]));
                    self.grant_wishes(now, link);
                }
                Some(length)
            }
            Handled::Parked(parked) => {
                session.park(now, parked);
                self.put(Output::SetClock);
                None
            }
        }
    }

    /// What the request just answered asked for.
    fn grant_wishes(&mut self, now: Instant, link: Link) {
        while let Some(wish) = self.objects.take_wish() {
            let Some(session) = self.sessions.get_mut(usize::from(link.0)) else {
                return;
            };
            match wish {
                Wish::Update(changed) => session.want_update(changed),
                Wish::Trigger => session.want_update(Default::default()),
                Wish::Disable => {
                    let seconds = self
                        .objects
                        .server
                        .of_session(link.0)
                        .map_or(0, ServerInstance::disable_seconds);
                    session.leave(now, Some(Duration::from_secs(u64::from(seconds))));
                }
                Wish::Reboot => self.put(Output::Event(Event::Reboot)),
                Wish::FactoryReset => self.factory_reset(now),
                Wish::AppData => self.put(Output::Event(Event::AppData)),
            }
        }
        if self.objects.server.take_settings_changed() {
            self.put(Output::Save(RecordId::Server));
        }
    }

    /// Forgets everything stored and starts from the configuration.
    fn factory_reset(&mut self, now: Instant) {
        self.put(Output::Erase(RecordId::Server));
        self.put(Output::Erase(RecordId::Account));
        self.stored = record::Account::default();
        self.account = record::Account::default();
        self.stored_server.clear();
        self.registered_once = false;
        for index in 0..SERVERS as u8 {
            self.observations.forget_server(index);
            self.attributes.forget_server(index);
            if self
                .sessions
                .get_mut(usize::from(index))
                .is_some_and(Session::stop)
            {
                self.put(Output::Close(Link(index)));
            }
        }
        self.begin(now);
    }

    /// Moves on from phases that end by themselves.
    fn advance(&mut self, now: Instant) {
        match self.phase {
            Phase::KeyPause { until } if now >= until => self.connect(now),
            Phase::Leaving { give_up }
                if now >= give_up || self.sessions.iter().all(Session::has_left) =>
            {
                self.phase = Phase::PoweringOff;
                self.put(Output::Event(Event::PowerOff));
            }
            _ => {}
        }
        if self.ask_again.is_some_and(|at| now >= at) {
            match self.phase {
                Phase::GoingOffline { .. } => {
                    self.ask_again = Some(now.plus(OFFLINE_POLL));
                    self.put(Output::Query(Query::Functional));
                }
                Phase::Connecting | Phase::Running => {
                    // A modem that was powered off has forgotten our subscriptions.
                    self.ask_again = Some(now.plus(NETWORK_POLL));
                    for query in SUBSCRIPTIONS {
                        self.put(Output::Query(query));
                    }
                    self.put(Output::Query(Query::Registration));
                }
                _ => self.ask_again = None,
            }
        }
    }

    /// The reply to a parked request, once the outside has answered.
    fn parked_reply(&mut self, now: Instant, buffer: &mut [u8]) -> Option<Output> {
        let taken = self.clock_taken.take()?;
        let code = if taken {
            code::CHANGED
        } else {
            code::BAD_REQUEST
        };
        for (index, session) in self.sessions.iter_mut().enumerate() {
            if let Some(parked) = session.unpark() {
                let length = dispatch::simple(buffer, &parked.address, code, parked.block1);
                session
                    .exchanges
                    .keep(now, parked.request, buffer.get(..length).unwrap_or(&[]));
                return Some(Output::Send {
                    link: Link(index as u8),
                    length,
                });
            }
        }
        None
    }

    fn note_registration(&mut self) {
        if !self.registered_once && self.is_registered() {
            self.registered_once = true;
            self.put(Output::Event(Event::Registered));
            if self.stored != self.account {
                self.stored = self.account;
                self.put(Output::Save(RecordId::Account));
            }
        }
    }

    fn session(&mut self, link: Link) -> Option<(&mut Session, Scene<'_>)> {
        let session = self.sessions.get_mut(usize::from(link.0))?;
        let scene = Scene {
            objects: &self.objects,
            observations: &mut self.observations,
            attributes: &self.attributes,
            profile: self.profile,
            endpoint: &self.endpoint,
        };
        Some((session, scene))
    }

    fn device_changed(
        &mut self,
        change: impl FnOnce(&mut device::Device) -> Result<Path, DeviceError>,
    ) -> Result<(), DeviceError> {
        let path = change(&mut self.objects.device)?;
        self.observations.changed(&path);
        Ok(())
    }

    fn error(&mut self, kind: ErrorKind, cause: Cause) {
        self.put(Output::Event(Event::Error { kind, cause }));
    }

    fn tell_if(&mut self, event: Option<Event>) {
        if let Some(event) = event {
            self.put(Output::Event(event));
        }
    }

    /// Queues an output. The queue holds the most that one input can cause, since it is drained after each.
    fn put(&mut self, output: Output) {
        let full = self.outputs.push_back(output).is_err();
        debug_assert!(!full, "outputs are drained after every input");
    }
}
