//! A device that knows a bootstrap server and nothing else, that server, and the management servers it can be given.

use crate::capture::Packet;
use crate::device::{Device, Settings};
use crate::setup::{ENDPOINT, KEY, KEY_TEXT, await_at, expect};
use carrier_lab::account::Instance;
use carrier_lab::bootstrap::{Bootstrapping, Provisioning};
use carrier_lab::coap::{Code, Message, option};
use carrier_lab::event::{Event, Operation};
use carrier_lab::registration::Registration;
use carrier_lab::request::{Reply, Request};
use carrier_lab::server::Server;

/// Lifetime in the accounts, in seconds.
pub const LIFETIME: u32 = 3600;
/// Short server id of the first management server; the others have the next ones.
pub const FIRST_SERVER: u16 = 101;

/// Identity a management server knows the device by, when it is secure.
pub fn identity(index: usize) -> String {
    format!("provisioned-{index}")
}

/// The key that goes with it.
pub fn key(index: usize) -> [u8; 16] {
    std::array::from_fn(|place| (index * 16 + place) as u8 ^ 0xa5)
}

/// The servers and the device, on clock `step`.
pub struct Blank {
    /// The bootstrap server.
    pub bootstrap: Server,
    /// The management servers.
    pub management: Vec<Server>,
    /// The device.
    pub device: Device,
}

impl Blank {
    /// Everything without security.
    pub fn open(servers: usize) -> Blank {
        Blank::open_with(servers, |settings| settings)
    }

    /// As [`Blank::open`], with other settings.
    pub fn open_with(servers: usize, change: impl FnOnce(Settings) -> Settings) -> Blank {
        let management = (0..servers).map(|_| Server::plain().expect("a loopback port is free"));
        let bootstrap = Server::bootstrap_plain().expect("a loopback port is free");
        Blank::with(bootstrap, management.collect(), change)
    }

    /// Everything over DTLS: the bootstrap server knows the device's identity and key, the others those of [`identity`] and [`key`].
    pub fn secure(servers: usize) -> Blank {
        Blank::secure_with(servers, KEY, |settings| settings)
    }

    /// As [`Blank::secure`], with a bootstrap server that has some other key, and other settings.
    pub fn secure_with(
        servers: usize,
        server_key: &[u8],
        change: impl FnOnce(Settings) -> Settings,
    ) -> Blank {
        let secure =
            |index| Server::secure(&identity(index), &key(index)).expect("a loopback port is free");
        let bootstrap =
            Server::bootstrap_secure(ENDPOINT, server_key).expect("a loopback port is free");
        Blank::with(bootstrap, (0..servers).map(secure).collect(), |settings| {
            change(settings.option("--psk", KEY_TEXT))
        })
    }

    /// A device that is started towards this bootstrap server.
    pub fn with(
        bootstrap: Server,
        management: Vec<Server>,
        change: impl FnOnce(Settings) -> Settings,
    ) -> Blank {
        let settings = Settings::new(&bootstrap.uris()[0])
            .option("--bootstrap", "1")
            .clock("step");
        let device = Device::start(change(settings));
        Blank {
            bootstrap,
            management,
            device,
        }
    }

    /// Security and Server instance of a management server.
    pub fn account(&self, index: usize) -> [Instance; 2] {
        let server = FIRST_SERVER + index as u16;
        let uri = &self.management[index].uris()[0];
        // Instance 0 is the bootstrap server's.
        let id = 1 + index as u16;
        let security = if uri.starts_with("coaps") {
            Instance::security_psk(id, uri, &identity(index), &key(index), server)
        } else {
            Instance::security_open(id, uri, server)
        };
        [security, Instance::server(index as u16, server, LIFETIME)]
    }

    /// The accounts of all management servers. Several share the device object, and each has its own Server instance.
    pub fn accounts(&self) -> Vec<Instance> {
        let servers = 0..self.management.len();
        let mut all: Vec<Instance> = servers
            .clone()
            .flat_map(|index| self.account(index))
            .collect();
        if servers.len() > 1 {
            let own = servers.map(|index| {
                let index = index as u16;
                Instance::access_control(index, (1, index), FIRST_SERVER + index, &[])
            });
            all.extend(own);
            // Everybody may read, write and execute.
            let shared = Instance::access_control(9, (3, 0), FIRST_SERVER, &[(0, 7)]);
            all.push(shared);
        }
        all
    }

    /// Waits for the next Bootstrap-Request that is answered with 2.04.
    pub fn wait_bootstrap(&self) -> Bootstrapping {
        await_at(&self.device, "a Bootstrap-Request", |pause| {
            self.bootstrap.wait_bootstrap(pause)
        })
    }

    /// Waits for the next registration at a management server.
    pub fn wait_register(&self, index: usize) -> Registration {
        await_at(&self.device, "a registration", |pause| {
            self.management[index].wait_register(pause)
        })
    }

    /// Waits for a Bootstrap-Request and provisions these instances in the usual way.
    pub fn provision(&self, instances: &[Instance]) {
        self.wait_bootstrap();
        let done = self.bootstrap.provision(&Provisioning::of(instances));
        done.unwrap_or_else(|problem| panic!("{problem}"));
    }

    /// Has the device bootstrapped with the accounts of all management servers, and registered with each.
    pub fn until_registered(self) -> Blank {
        self.provision(&self.accounts());
        for index in 0..self.management.len() {
            self.wait_register(index);
        }
        self.device
            .advance_to_event("REGISTERED", std::time::Duration::from_secs(10));
        self
    }

    /// Sends a request of the bootstrap server and compares the code of the answer.
    pub fn expect(&self, request: Request, code: Code) -> Reply {
        expect(&self.bootstrap, request, code)
    }

    /// Sends a request of a management server and compares the code of the answer.
    pub fn expect_managed(&self, index: usize, request: Request, code: Code) -> Reply {
        expect(&self.management[index], request, code)
    }

    /// Targets of Bootstrap-Discover of everything.
    pub fn discovered(&self) -> Vec<String> {
        let reply = self.expect(Request::discover("/"), Code::CONTENT);
        reply.links().into_iter().map(|link| link.target).collect()
    }

    /// Datagrams between the device and a server.
    pub fn wire(&self, server: &Server) -> Vec<Packet> {
        self.device.wire(server.wires()[0].address().port())
    }

    /// Bootstrap-Requests on the wire, repetitions included, with their times in simulated milliseconds (plain servers).
    pub fn requests(&self) -> Vec<(u64, Message)> {
        let packets = self.wire(&self.bootstrap).into_iter();
        let messages = packets
            .filter(|packet| packet.outbound)
            .filter_map(|packet| Some((packet.at_ms, packet.message()?)));
        let is_request = |message: &Message| {
            message.code == Code::POST
                && message
                    .segments(option::URI_PATH)
                    .last()
                    .map(String::as_str)
                    == Some("bs")
        };
        messages
            .filter(|(_, message)| is_request(message))
            .collect()
    }

    /// Requests of some kind that came to a server, repetitions not counted.
    pub fn attempts(server: &Server, operation: Operation) -> usize {
        let events = server.events().into_iter();
        let wanted = |event: &Event| matches!(event, Event::Attempt(own, ..) if *own == operation);
        events.filter(|(_, event)| wanted(event)).count()
    }
}
