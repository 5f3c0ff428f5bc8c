//! A device with its application, a modem, a network and servers, in simulated time. The client is driven as the shell
//! drives it: after every call it is polled until there is nothing, and each output is carried out.

pub mod bootstrap;
pub mod coap;
pub mod modem;
pub mod network;
pub mod package;
pub mod random;
mod requests;
pub mod saving;
pub mod server;
mod shell;
pub mod tlv;

use std::collections::{BTreeMap, VecDeque};

use carrier_core::profile::{Profile, Settings, generic};
use carrier_core::record::{FIRMWARE, FirmwareRecord};
pub use carrier_core::version::Version;
use carrier_core::{Carrier, Config, Event, Identity, Input, Instant, Link, LinkError, RecordId};
use modem::Modem;
use network::{Network, Way};
use server::Server;

pub const SECOND: u64 = 1_000;
pub const MINUTE: u64 = 60 * SECOND;
pub const HOUR: u64 = 60 * MINUTE;
pub const DAY: u64 = 24 * HOUR;

pub const PSK_TEXT: &str = "000102030405060708090a0b0c0d0e0f";
pub const PSK: [u8; 16] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15];
pub const ENDPOINT: &str = "urn:imei:352656100000001";

/// Storage id of the accounts.
pub const ACCOUNTS: u16 = 0xCA10;

/// Places of the servers in [`World::others`] and of their hosts.
pub const SECOND_SERVER: usize = 0;
pub const THIRD_SERVER: usize = 1;
pub const BOOTSTRAP: usize = 2;
const HOSTS: [&str; 3] = ["second.example", "third.example", "bs.example"];

/// What the application answers and sees.
pub struct Application {
    pub events: Vec<(u64, Event)>,
    pub reboot_answer: i32,
    pub link_up_answer: i32,
    pub link_down_answer: i32,
    pub takes_clock: bool,
    pub utc_time: i32,
    pub utc_offset: i32,
    pub timezone: String,
    pub memory_free: i32,
    /// Application data taken, in order.
    pub data: Vec<Vec<u8>>,
}

/// The SIM as modem and card tell it.
#[derive(Clone, Default)]
pub struct Sim {
    pub imsi: String,
    pub iccid: String,
    pub msisdn: String,
    /// Answer to `AT%XOPERID`; 0: none.
    pub operator: u8,
    /// Bootstrap data.
    pub card: Option<Vec<u8>>,
}

/// When the power fails, relative to an output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cut {
    Before,
    /// Half of what the output does is done.
    Within,
    After,
}

/// A link as the shell keeps it.
#[derive(Clone, Copy, Default)]
pub struct Socket {
    pub is_open: bool,
    /// To be opened then.
    opening: Option<u64>,
    number: u32,
}

/// Everything together.
pub struct World {
    pub now: u64,
    pub carrier: Carrier,
    pub config: Config,
    /// Generic mode's.
    pub profile: &'static Profile,
    /// The product's.
    pub settings: fn(u8) -> Settings,
    pub application: Application,
    pub modem: Modem,
    pub sim: Sim,
    pub network: Network,
    /// The management server at `server.example`.
    pub server: Server,
    /// Servers at other hosts.
    pub others: [Server; 3],
    pub storage: BTreeMap<u16, Vec<u8>>,
    /// Writing storage does nothing.
    pub storage_fails: bool,
    /// How often storage was written.
    pub saved: u32,
    /// Outcomes of the next attempts to open a link; a plain success when empty.
    pub openings: VecDeque<Result<(), LinkError>>,
    /// How long opening a link takes.
    pub opening_time: u64,
    /// What storing keys reports besides the modem's own rules.
    pub key_errors: VecDeque<i32>,
    /// When links were opened and closed.
    pub opened: Vec<u64>,
    pub closed: Vec<u64>,
    pub resets: u32,
    /// Whether the device starts again after a reset.
    pub restarts: bool,
    /// Outputs carried out so far, without questions to the modem.
    pub outputs: u64,
    /// Power fails at the output with this number.
    pub cut: Option<(u64, Cut)>,
    /// Attempts of a first sequence: those after it are counted, see [`World::accesses`].
    pub first_sequence: usize,
    /// When each link was used in vain since its last success.
    accesses: [Vec<u64>; 3],
    last_own: Vec<u8>,
    links: [Socket; 3],
    /// Which server a socket leads to.
    routes: BTreeMap<u32, Option<usize>>,
    focus: Option<usize>,
    sockets: u32,
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
        // Whatever is built in, so that messages have one form; those of 1.1 have scenarios of their own.
        settings: |_| Settings {
            version: Some(Version::V1_0),
            ..Settings::NONE
        },
        application: Application {
            events: Vec::new(),
            reboot_answer: 0,
            link_up_answer: 0,
            link_down_answer: 0,
            takes_clock: true,
            utc_time: 1_655_296_496,
            utc_offset: 120,
            timezone: "Europe/Oslo".to_owned(),
            memory_free: 100,
            data: Vec::new(),
        },
        modem: Modem::new(),
        sim: Sim::default(),
        network: Network::new(1),
        server: Server::with_key(ENDPOINT.as_bytes(), &PSK),
        others: Default::default(),
        storage: BTreeMap::new(),
        storage_fails: false,
        saved: 0,
        openings: VecDeque::new(),
        opening_time: 0,
        key_errors: VecDeque::new(),
        opened: Vec::new(),
        closed: Vec::new(),
        resets: 0,
        restarts: true,
        outputs: 0,
        cut: None,
        first_sequence: 6,
        accesses: Default::default(),
        last_own: Vec::new(),
        links: Default::default(),
        routes: BTreeMap::new(),
        focus: None,
        sockets: 0,
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
    /// Powers the device on: the client starts.
    pub fn start(&mut self) {
        self.carrier = Carrier::new();
        self.off = false;
        self.seed += 1;
        if let Some(result) = self.modem.package.restart() {
            let mut record = [0; FIRMWARE];
            FirmwareRecord::after_update(result).encode(&mut record);
            self.storage
                .insert(RecordId::Firmware.storage_id(), record.to_vec());
        }
        let identity = self.carrier.identity_mut();
        *identity = Identity::empty();
        let texts = [
            (&mut identity.imei, "352656100000001"),
            (&mut identity.imsi, &self.sim.imsi),
            (&mut identity.msisdn, &self.sim.msisdn),
        ];
        for (field, text) in texts {
            field.push_str(text).expect("it fits");
        }
        identity.iccid.push_str(&self.sim.iccid).expect("it fits");
        let version = self.modem.package.version();
        identity.firmware.push_str(version).expect("it fits");
        identity.operator = self.sim.operator;
        let portfolio = self.storage.get(&RecordId::Portfolio.storage_id());
        self.carrier.input(
            Instant::from_millis(self.now),
            Input::Loaded(RecordId::Portfolio, portfolio.map(Vec::as_slice)),
        );
        self.carrier
            .start_with(&self.config, self.seed, self.settings, self.profile);
        self.settle();
    }

    /// Power fails; the device starts again at once.
    pub fn power_cut(&mut self) {
        self.switch_off();
        self.start();
    }

    /// Everything but storage and key store is lost.
    pub fn switch_off(&mut self) {
        self.off = true;
        for link in &mut self.links {
            link.is_open = false;
            link.opening = None;
        }
        self.modem.switch_off();
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
        let openings = self.links.iter().filter_map(|link| link.opening);
        let next = [
            deadline.map(Instant::as_millis),
            self.network.next_arrival(),
            self.modem.attach_at,
            openings.min(),
        ];
        let timers = self.servers().filter_map(|server| server.next_timer());
        let next = next.into_iter().flatten().chain(timers).min();
        self.now = next.unwrap_or(u64::MAX).min(end).max(self.now);
        let now = self.now;
        self.modem.tick(now);
        self.server.tick(now);
        self.others.iter_mut().for_each(|server| server.tick(now));
        while let Some((way, socket, bytes)) = self.network.arrived(now) {
            match way {
                Way::ToServer => {
                    if let Some(server) = self.server_behind(socket) {
                        server.receive(now, socket, &bytes);
                    }
                }
                Way::ToClient => {
                    let open = |link: &Socket| link.is_open && link.number == socket;
                    let link = self.links.iter().position(open).filter(|_| !self.off);
                    if let Some(link) = link {
                        self.deliver_to(link, &bytes);
                    }
                }
            }
        }
        self.finish_openings();
        self.settle();
        next.is_some_and(|next| next < end)
    }

    fn servers(&self) -> impl Iterator<Item = &Server> {
        std::iter::once(&self.server).chain(&self.others)
    }

    /// The server at a host.
    pub fn server_at(&mut self, host: &str) -> &mut Server {
        match HOSTS.iter().position(|own| *own == host) {
            Some(other) => &mut self.others[other],
            None => &mut self.server,
        }
    }

    /// The server a socket leads to, unless it is dead.
    fn server_behind(&mut self, socket: u32) -> Option<&mut Server> {
        let server = match self.routes.get(&socket)? {
            Some(other) => &mut self.others[*other],
            None => &mut self.server,
        };
        (!server.is_dead).then_some(server)
    }

    /// Hands the client a datagram on the first link.
    pub fn deliver(&mut self, bytes: &[u8]) {
        self.deliver_to(0, bytes);
    }

    /// Whether the first link is open.
    pub fn is_open(&self) -> bool {
        self.links[0].is_open
    }

    /// The first link's socket dies.
    pub fn lose_link(&mut self) {
        self.links[0].is_open = false;
        self.input(Input::LinkLost(Link(0)));
    }

    /// The network goes: every datagram is lost, the modem tells, and the socket dies if `socket_dies`.
    pub fn lose_coverage(&mut self, socket_dies: bool) {
        self.network.is_down = true;
        self.modem.set_coverage(self.now, false);
        self.settle();
        if socket_dies && self.is_open() {
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

    /// How many events of a kind there were.
    pub fn count(&self, wanted: impl Fn(&Event) -> bool) -> usize {
        let events = self.application.events.iter();
        events.filter(|(_, event)| wanted(event)).count()
    }

    /// Takes all events so far.
    pub fn take_events(&mut self) -> Vec<Event> {
        let events = std::mem::take(&mut self.application.events);
        events.into_iter().map(|(_, event)| event).collect()
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

    /// One turn of the run loop: samples, notices, outputs.
    fn settle(&mut self) {
        let all = std::iter::once(&mut self.server).chain(&mut self.others);
        for server in all {
            for (socket, bytes) in server.take_out() {
                if !server.is_dead {
                    self.network.send(self.now, Way::ToClient, socket, &bytes);
                }
            }
        }
        if self.off {
            return;
        }
        self.sample();
        self.drain();
        while !self.modem.notices.is_empty() && !self.off {
            let line = self.modem.notices.remove(0);
            self.input(Input::Notification(&line));
        }
    }
}
