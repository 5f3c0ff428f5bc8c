//! A device with its application, a modem, a network and a server, in simulated time. The client is driven as the shell
//! drives it: after every call it is polled until there is nothing, and each output is carried out.

pub mod coap;
pub mod modem;
pub mod network;
pub mod random;
pub mod server;
pub mod tlv;

use std::collections::{BTreeMap, VecDeque};

use carrier_core::config::DATAGRAM;
use carrier_core::profile::{Profile, Settings, generic};
use carrier_core::record::LARGEST;
use carrier_core::{
    Carrier, Config, Event, Identity, Input, Instant, KeyError, Link, LinkError, Live, Output,
};
use coap::*;
use modem::Modem;
use network::{Network, Way};
use server::{Notification, Server};

pub const SECOND: u64 = 1_000;
pub const MINUTE: u64 = 60 * SECOND;
pub const HOUR: u64 = 60 * MINUTE;
pub const DAY: u64 = 24 * HOUR;

const LINK: Link = Link(0);
const PSK_TEXT: &str = "000102030405060708090a0b0c0d0e0f";
const PSK: [u8; 16] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15];

/// What the application answers and sees.
pub struct Application {
    pub events: Vec<(u64, Event)>,
    pub reboot_answer: i32,
    pub link_up_answer: i32,
    pub takes_clock: bool,
    pub utc_time: i32,
    pub utc_offset: i32,
    pub timezone: String,
    pub memory_free: i32,
    /// Application data taken, in order.
    pub data: Vec<Vec<u8>>,
}

/// Everything together.
pub struct World {
    pub now: u64,
    pub carrier: Carrier,
    pub config: Config,
    /// Generic mode's.
    pub profile: &'static Profile,
    pub application: Application,
    pub modem: Modem,
    pub network: Network,
    pub server: Server,
    pub storage: BTreeMap<u16, Vec<u8>>,
    /// Bootstrap data of the SIM.
    pub card: Option<Vec<u8>>,
    /// Outcomes of the next attempts to open the link; a plain success when empty.
    pub openings: VecDeque<Result<(), LinkError>>,
    /// What storing keys reports besides the modem's own rules.
    pub key_errors: VecDeque<i32>,
    /// When the link was opened and closed.
    pub opened: Vec<u64>,
    pub closed: Vec<u64>,
    pub resets: u32,
    /// Whether the device starts again after a reset.
    pub restarts: bool,
    is_open: bool,
    socket: u32,
    seed: u32,
    off: bool,
}

/// A world with this server URI whose device is not yet running.
pub fn world(uri: &'static str) -> World {
    World {
        now: 5_000,
        carrier: Carrier::new(),
        config: Config {
            server_uri: Some(uri),
            psk: Some(PSK_TEXT),
            manufacturer: Some("Maker"),
            model_number: Some("Model 1"),
            ..Config::NONE
        },
        profile: &generic::PROFILE,
        application: Application {
            events: Vec::new(),
            reboot_answer: 0,
            link_up_answer: 0,
            takes_clock: true,
            utc_time: 1_655_296_496,
            utc_offset: 120,
            timezone: "Europe/Oslo".to_owned(),
            memory_free: 100,
            data: Vec::new(),
        },
        modem: Modem::new(),
        network: Network::new(1),
        server: Server::default(),
        storage: BTreeMap::new(),
        card: None,
        openings: VecDeque::new(),
        key_errors: VecDeque::new(),
        opened: Vec::new(),
        closed: Vec::new(),
        resets: 0,
        restarts: true,
        is_open: false,
        socket: 0,
        seed: 7,
        off: true,
    }
}

/// A registered device over plain UDP.
pub fn plain() -> World {
    let mut world = world("coap://server.example");
    world.start();
    world.run_until_registered();
    world
}

/// A registered device over DTLS.
pub fn secure() -> World {
    let mut world = world("coaps://server.example");
    world.start();
    world.run_until_registered();
    world
}

impl World {
    /// Powers the device on: records are given back, and the client starts.
    pub fn start(&mut self) {
        self.carrier = Carrier::new();
        self.off = false;
        self.seed += 1;
        let mut identity = Identity::empty();
        identity.imei.push_str("352656100000001").expect("it fits");
        identity.firmware.push_str("mfw_1.3.2").expect("it fits");
        self.carrier.start_with(
            &self.config,
            identity,
            self.seed,
            |_| Settings::NONE,
            self.profile,
        );
        self.settle();
    }

    /// Runs until the client is registered, for ten minutes at most.
    pub fn run_until_registered(&mut self) {
        let end = self.now + 10 * MINUTE;
        while !self.carrier.is_registered() || self.server.registration.is_none() {
            assert!(
                self.step(end),
                "not registered: {:?}",
                self.application.events
            );
        }
        self.run(SECOND);
    }

    /// Lets a span of time pass.
    pub fn run(&mut self, span: u64) {
        let end = self.now + span;
        while self.step(end) {}
    }

    /// Goes on to the next thing that happens, at most until `end`; false when that is reached.
    pub fn step(&mut self, end: u64) -> bool {
        self.settle();
        let now = Instant::from_millis(self.now);
        let deadline = self.carrier.deadline().filter(|_| !self.off);
        if let Some(deadline) = deadline {
            assert!(
                deadline > now,
                "nothing to do, yet to be polled at once: {deadline:?} at {now:?}"
            );
        }
        let next = [
            deadline.map(Instant::as_millis),
            self.network.next_arrival(),
            self.modem.attach_at,
            self.server.next_timer(),
        ];
        let next = next.into_iter().flatten().min().unwrap_or(u64::MAX);
        self.now = next.min(end).max(self.now);
        self.modem.tick(self.now);
        self.server.tick(self.now);
        while let Some((way, socket, bytes)) = self.network.arrived(self.now) {
            match way {
                Way::ToServer => self.server.receive(self.now, socket, &bytes),
                Way::ToClient if self.is_open && socket == self.socket && !self.off => {
                    self.deliver(&bytes);
                }
                Way::ToClient => {}
            }
        }
        self.settle();
        next < end
    }

    /// Hands the client a datagram, sends its reply, and drains.
    pub fn deliver(&mut self, bytes: &[u8]) {
        self.sample();
        let mut reply = [0; DATAGRAM];
        let now = Instant::from_millis(self.now);
        if let Some(length) = self.carrier.datagram(now, LINK, bytes, &mut reply) {
            self.send(&reply[..length]);
        }
        self.drain();
    }

    /// The socket dies.
    pub fn lose_link(&mut self) {
        self.is_open = false;
        self.input(Input::LinkLost(LINK));
    }

    /// The network goes: every datagram is lost, the modem tells, and the socket dies if `socket_dies`.
    pub fn lose_coverage(&mut self, socket_dies: bool) {
        self.network.is_down = true;
        self.modem.set_coverage(self.now, false);
        self.settle();
        if socket_dies && self.is_open {
            self.lose_link();
        }
    }

    pub fn regain_coverage(&mut self) {
        self.network.is_down = false;
        self.modem.set_coverage(self.now, true);
        self.settle();
    }

    pub fn input(&mut self, input: Input<'_>) {
        self.carrier.input(Instant::from_millis(self.now), input);
        self.drain();
    }

    /// The application does something with the client.
    pub fn apply<T>(&mut self, act: impl FnOnce(&mut Carrier) -> T) -> T {
        let result = act(&mut self.carrier);
        self.settle();
        result
    }

    /// Runs the server's request to its end; `None` when no response came.
    pub fn try_exchange(&mut self, request: &Message) -> Option<Message> {
        self.server.begin(self.now, request);
        let end = self.now + 5 * MINUTE;
        loop {
            if let Some(outcome) = self.server.outcome() {
                return outcome;
            }
            if !self.step(end) {
                self.server.abandon();
                return None;
            }
        }
    }

    pub fn exchange(&mut self, request: &Message) -> Message {
        let response = self.try_exchange(request);
        response.unwrap_or_else(|| panic!("no response to {request:?}"))
    }

    /// A confirmable request to a path like `/3/0`.
    pub fn request(&mut self, method: u8, path: &str) -> Message {
        let (id, token) = (self.server.new_id(), self.server.new_token());
        let mut message = Message::new(Kind::Con, method, id, &token);
        for segment in path.split('/').filter(|segment| !segment.is_empty()) {
            message = message.with(URI_PATH, segment);
        }
        message
    }

    pub fn get(&mut self, path: &str) -> Message {
        let request = self.request(GET, path);
        self.exchange(&request)
    }

    pub fn get_as(&mut self, path: &str, format: u16) -> Message {
        let request = self.request(GET, path).with_uint(ACCEPT, u32::from(format));
        self.exchange(&request)
    }

    pub fn put(&mut self, path: &str, format: u16, payload: impl AsRef<[u8]>) -> Message {
        let request = self.request(PUT, path);
        self.exchange(
            &request
                .with_uint(CONTENT_FORMAT, u32::from(format))
                .payload(payload),
        )
    }

    pub fn post(&mut self, path: &str, format: u16, payload: impl AsRef<[u8]>) -> Message {
        let request = self.request(POST, path);
        self.exchange(
            &request
                .with_uint(CONTENT_FORMAT, u32::from(format))
                .payload(payload),
        )
    }

    pub fn execute(&mut self, path: &str) -> Message {
        let request = self.request(POST, path);
        self.exchange(&request)
    }

    pub fn delete(&mut self, path: &str) -> Message {
        let request = self.request(DELETE, path);
        self.exchange(&request)
    }

    /// Write-Attributes with a query like `pmin=1&pmax=60`.
    pub fn attributes(&mut self, path: &str, query: &str) -> Message {
        let mut request = self.request(PUT, path);
        for item in query.split('&') {
            request = request.with(URI_QUERY, item);
        }
        self.exchange(&request)
    }

    /// Observes a path; gives the response and the token.
    pub fn observe(&mut self, path: &str) -> (Message, Vec<u8>) {
        let request = self.request(GET, path).with_uint(OBSERVE, 0);
        let response = self.exchange(&request);
        (response, request.token)
    }

    /// Notifications with this token since the last call that took them.
    pub fn take_notifications(&mut self, token: &[u8]) -> Vec<Notification> {
        let all = std::mem::take(&mut self.server.notifications);
        let (mine, others) = all
            .into_iter()
            .partition(|notification| notification.message.token == token);
        self.server.notifications = others;
        mine
    }

    /// How many events of a kind there were.
    pub fn count(&self, wanted: impl Fn(&Event) -> bool) -> usize {
        let events = self.application.events.iter();
        events.filter(|(_, event)| wanted(event)).count()
    }

    /// Delays of all deferred events in seconds.
    pub fn delays(&self) -> Vec<i32> {
        let events = self.application.events.iter();
        events
            .filter_map(|(_, event)| match event {
                Event::Deferred { delay, .. } => Some(delay.as_secs_i32()),
                _ => None,
            })
            .collect()
    }

    /// Whether the link is open.
    pub fn is_open(&self) -> bool {
        self.is_open
    }

    /// One turn of the run loop: samples, notices, outputs.
    fn settle(&mut self) {
        for (socket, bytes) in self.server.take_out() {
            self.network.send(self.now, Way::ToClient, socket, &bytes);
        }
        if self.off {
            return;
        }
        self.sample();
        self.drain();
        while !self.modem.notices.is_empty() {
            let line = self.modem.notices.remove(0);
            self.input(Input::Notification(&line));
        }
    }

    fn sample(&mut self) {
        let application = &self.application;
        self.carrier.live(&Live {
            utc_time: application.utc_time,
            utc_offset: application.utc_offset,
            timezone: &application.timezone,
            memory_free: application.memory_free,
        });
    }

    fn drain(&mut self) {
        let mut buffer = [0; DATAGRAM];
        let mut outputs = 0;
        while !self.off {
            let now = Instant::from_millis(self.now);
            let Some(output) = self.carrier.poll(now, &mut buffer) else {
                return;
            };
            outputs += 1;
            assert!(outputs < 200, "outputs without end: {output:?} at {now:?}");
            self.carry_out(output, &buffer);
        }
    }

    fn carry_out(&mut self, output: Output, buffer: &[u8]) {
        let now = Instant::from_millis(self.now);
        match output {
            Output::Send { link, length } => {
                assert_eq!(link, LINK);
                self.send(&buffer[..length]);
            }
            Output::Open(link) => {
                assert!(!self.is_open, "opened twice");
                let usual = if !self.modem.registered || self.network.is_down {
                    Err(LinkError::NoRoute)
                } else if !self.may_open() {
                    Err(LinkError::Handshake)
                } else {
                    Ok(())
                };
                let input = match self.openings.pop_front().unwrap_or(usual) {
                    Ok(()) => {
                        self.is_open = true;
                        self.socket += 1;
                        self.opened.push(self.now);
                        Input::LinkOpened(link)
                    }
                    Err(error) => Input::LinkFailed(link, error),
                };
                self.carrier.input(now, input);
            }
            Output::Close(_) => {
                if std::mem::take(&mut self.is_open) {
                    self.closed.push(self.now);
                }
            }
            Output::Event(event) => {
                let answer = self.tell(event);
                self.carrier.input(now, Input::EventAnswer(answer));
            }
            Output::Query(query) => {
                let answer = self.modem.answer(query);
                self.carrier
                    .input(now, Input::Reply(query, answer.as_deref()));
            }
            Output::FindKeys => {
                let all = (25..=28)
                    .all(|tag| !self.carrier.uses_tag(tag) || self.modem.keys.contains_key(&tag));
                self.carrier.input(now, Input::KeysFound(all));
            }
            Output::Load(id) => {
                let bytes = self.storage.get(&id.storage_id()).cloned();
                self.carrier.input(now, Input::Loaded(id, bytes.as_deref()));
            }
            Output::ReadCard => {
                let data = self.card.clone();
                self.carrier.input(now, Input::Card(data.as_deref()));
            }
            Output::WriteKeys => {
                let written = self.write_keys();
                self.carrier.input(now, Input::KeysWritten(written));
            }
            Output::Save(id) => {
                let mut bytes = [0; LARGEST];
                let length = self.carrier.record(id, &mut bytes);
                assert!(length > 0, "nothing to store for {id:?}");
                self.storage
                    .insert(id.storage_id(), bytes[..length].to_vec());
            }
            Output::Erase(id) => {
                self.storage.remove(&id.storage_id());
            }
            Output::SetClock => {
                let taken = self.set_clock();
                self.sample();
                self.carrier.input(now, Input::ClockSet(taken));
            }
            Output::Reset => {
                self.resets += 1;
                self.is_open = false;
                self.off = true;
                self.modem.registered = false;
                self.modem.functional = 4;
                if self.restarts {
                    self.start();
                }
            }
        }
    }

    fn tell(&mut self, event: Event) -> i32 {
        self.application.events.push((self.now, event));
        match event {
            Event::LinkUp => {
                if self.application.link_up_answer == 0 {
                    self.modem.link_up(self.now);
                }
                self.application.link_up_answer
            }
            Event::LinkDown => {
                self.modem.link_down();
                0
            }
            Event::Reboot => self.application.reboot_answer,
            Event::AppData => {
                let mut data = [0; 2_048];
                let length = self.carrier.take_app_data(&mut data);
                self.application.data.push(data[..length].to_vec());
                0
            }
            _ => 0,
        }
    }

    /// Whether a handshake would succeed.
    fn may_open(&self) -> bool {
        let remote = self.carrier.remote(LINK).expect("where to connect to");
        remote.security_tag.is_none_or(|tag| {
            let expected = (b"urn:imei:352656100000001".to_vec(), PSK.to_vec());
            self.modem.keys.get(&tag) == Some(&expected)
        })
    }

    fn write_keys(&mut self) -> Result<(), KeyError> {
        if self.modem.functional == 1 {
            return Err(KeyError::LinkIsUp);
        }
        if let Some(error) = self.key_errors.pop_front() {
            return Err(KeyError::Other(error));
        }
        let mut index = 0;
        while let Some(keys) = self.carrier.credential(index) {
            self.modem
                .keys
                .insert(keys.tag, (keys.identity.to_vec(), keys.psk.to_vec()));
            index += 1;
        }
        assert!(index > 0, "no key to store");
        let carrier = &self.carrier;
        self.modem.keys.retain(|tag, _| carrier.uses_tag(*tag));
        Ok(())
    }

    fn set_clock(&mut self) -> bool {
        if !self.application.takes_clock {
            return false;
        }
        let request = self.carrier.clock_request();
        let application = &mut self.application;
        application.utc_time = request.utc_time.unwrap_or(application.utc_time);
        application.utc_offset = request.utc_offset.unwrap_or(application.utc_offset);
        if let Some(zone) = request.timezone {
            application.timezone = String::from_utf8(zone.to_vec()).expect("it is text");
        }
        true
    }

    fn send(&mut self, bytes: &[u8]) {
        assert!(self.is_open, "sent without a link");
        self.network
            .send(self.now, Way::ToServer, self.socket, bytes);
    }
}
