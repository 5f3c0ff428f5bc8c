//! Servers and devices in the state in which most rows begin.

use crate::capture::Packet;
use crate::device::{Device, PATIENCE, Settings};
use carrier_lab::coap::{Code, Message, format};
use carrier_lab::registration::Registration;
use carrier_lab::request::{Content, Failure, Reply, Request};
use carrier_lab::server::Server;
use carrier_lab::value::Value;
use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::{Duration, Instant};

/// Endpoint name and PSK identity of the default device.
pub const ENDPOINT: &str = "urn:imei:352656100000001";
/// Its key.
pub const KEY: &[u8] = b"0123456789abcdef";
/// Its key as the application writes it.
pub const KEY_TEXT: &str = "30313233343536373839616263646566";

/// A server and a device that talk to each other.
pub struct Pair {
    /// The server.
    pub server: Server,
    /// The device.
    pub device: Device,
}

impl Pair {
    /// A plain server, and a device that is started but not yet registered.
    pub fn start(change: impl FnOnce(Settings) -> Settings) -> Pair {
        let server = Server::plain().expect("a loopback port is free");
        Pair::with(server, change)
    }

    /// A DTLS server with the device's key, and a device that is started.
    pub fn start_secure(change: impl FnOnce(Settings) -> Settings) -> Pair {
        let server = Server::secure(ENDPOINT, KEY).expect("a loopback port is free");
        Pair::with(server, |settings| {
            change(settings.option("--psk", KEY_TEXT))
        })
    }

    /// A device that is started towards this server.
    pub fn with(server: Server, change: impl FnOnce(Settings) -> Settings) -> Pair {
        let device = Device::start(change(Settings::new(&server.uris()[0])));
        Pair { server, device }
    }

    /// A registered device on a plain server, with the real clock.
    pub fn registered() -> Pair {
        Pair::start(|settings| settings).until_registered().0
    }

    /// Waits for the registration, on clock `step` by letting time pass.
    pub fn until_registered(self) -> (Pair, Registration) {
        let registration = self.wait_registered();
        (self, registration)
    }

    /// Waits for the next registration and its event.
    pub fn wait_registered(&self) -> Registration {
        let registration = self.wait_register();
        self.settle();
        registration
    }

    /// Waits for the next registration.
    pub fn wait_register(&self) -> Registration {
        await_at(&self.device, "a registration", |pause| {
            self.server.wait_register(pause)
        })
    }

    /// Lets the device take an answer that is on its way.
    fn settle(&self) {
        if self.steps() {
            self.device.advance(Duration::from_millis(20));
        } else {
            std::thread::sleep(Duration::from_millis(30));
        }
    }

    fn steps(&self) -> bool {
        self.device.clock() == "step"
    }

    /// Port of the server.
    pub fn port(&self) -> u16 {
        self.server.wires()[0].address().port()
    }

    /// Datagrams so far.
    pub fn wire(&self) -> Vec<Packet> {
        self.device.wire(self.port())
    }

    /// CoAP messages of the device so far, with their times in simulated milliseconds (plain servers).
    pub fn sent(&self) -> Vec<(u64, Message)> {
        let packets = self.wire().into_iter().filter(|packet| packet.outbound);
        packets
            .filter_map(|packet| Some((packet.at_ms, packet.message()?)))
            .collect()
    }

    /// Registers among [`Pair::sent`].
    pub fn registers(&self) -> Vec<(u64, Message)> {
        let is_register = |message: &Message| {
            message.code == Code::POST
                && message.segments(carrier_lab::coap::option::URI_PATH) == ["rd"]
        };
        let mut sent = self.sent();
        sent.retain(|(_, message)| is_register(message));
        sent
    }

    /// Updates among [`Pair::sent`].
    pub fn updates(&self) -> Vec<(u64, Message)> {
        let is_update = |message: &Message| {
            message.code == Code::POST
                && message.segments(carrier_lab::coap::option::URI_PATH).len() > 1
        };
        let mut sent = self.sent();
        sent.retain(|(_, message)| is_update(message));
        sent
    }

    /// Sends a request; there has to be an answer.
    pub fn ask(&self, request: Request) -> Reply {
        ask(&self.server, request)
    }

    /// Sends a request.
    pub fn try_ask(&self, request: Request) -> Result<Reply, Failure> {
        self.server.send(request)
    }

    /// Sends a request and compares the code of the answer.
    pub fn expect(&self, request: Request, code: Code) -> Reply {
        expect(&self.server, request, code)
    }

    /// Sends a request whose answer has to be an error, one of these.
    pub fn expect_one_of(&self, request: Request, codes: &[Code]) -> Reply {
        expect_one_of(&self.server, request, codes)
    }

    /// Reads a path in TLV; its values by their paths.
    #[track_caller]
    pub fn values(&self, path: &str) -> BTreeMap<String, Value> {
        let reply = self.expect(Request::read_as(path, format::TLV), Code::CONTENT);
        match reply.content() {
            Content::Values(values) => values
                .into_iter()
                .map(|(path, value)| (path.to_string(), value))
                .collect(),
            other => panic!("no values: {other:?}"),
        }
    }

    /// Reads a resource as plain text.
    #[track_caller]
    pub fn text(&self, path: &str) -> String {
        self.expect(Request::read_as(path, format::TEXT), Code::CONTENT)
            .text()
    }

    /// Proves that the device still serves requests.
    pub fn expect_alive(&self) {
        self.expect(Request::read("/3/0/2"), Code::CONTENT);
    }
}

/// A loopback address nobody else uses: for servers at the ports of the standard.
pub fn own_address() -> Ipv4Addr {
    static COUNT: AtomicU8 = AtomicU8::new(1);
    let [.., high, low] = std::process::id().to_be_bytes();
    Ipv4Addr::new(127, high | 0x80, low, COUNT.fetch_add(1, Ordering::SeqCst))
}

/// Sends a server's request; there has to be an answer.
pub fn ask(server: &Server, request: Request) -> Reply {
    let told = format!("{} {}", request.code, request.path);
    server
        .send(request)
        .unwrap_or_else(|failure| panic!("{told}: {failure}"))
}

/// Sends a server's request and compares the code of the answer.
pub fn expect(server: &Server, request: Request, code: Code) -> Reply {
    expect_one_of(server, request, &[code])
}

/// Sends a server's request whose answer has to have one of these codes.
pub fn expect_one_of(server: &Server, request: Request, codes: &[Code]) -> Reply {
    let told = format!("{} {}", request.code, request.path);
    let reply = ask(server, request);
    let shown: Vec<String> = codes.iter().map(ToString::to_string).collect();
    assert!(
        codes.contains(&reply.code()),
        "{told}: {} is none of {shown:?}",
        reply.code()
    );
    reply
}

/// Looks until there is something, on clock `step` by letting time pass. `look` is given how long to wait in real time.
pub fn await_at<T>(device: &Device, what: &str, mut look: impl FnMut(Duration) -> Option<T>) -> T {
    let steps = device.clock() == "step";
    let pause = Duration::from_millis(if steps { 10 } else { 500 });
    let end = Instant::now() + PATIENCE;
    for count in 0.. {
        if let Some(found) = look(pause) {
            return found;
        }
        assert!(Instant::now() < end, "never: {what}");
        if steps {
            // What takes long may as well be found a little late.
            let millis = if count < 20 { 500 } else { 2_000 };
            device.advance(Duration::from_millis(millis));
        }
    }
    unreachable!("the time is over before the numbers are")
}

/// Looks again and again until there is something; fails the test with `what` when nothing comes.
pub fn eventually<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let end = Instant::now() + PATIENCE;
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(Instant::now() < end, "never: {what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}
