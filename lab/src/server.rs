//! The server: sockets served by threads of their own, so that registrations and notifications are answered whatever a
//! test is doing, and calls with which the test drives it. Every method may be called from any thread; every wait ends
//! after the real time it was given, however fast a client's simulated clock runs.

use crate::answer::Answer;
use crate::dtls::{DtlsConfig, Session};
use crate::engine::Engine;
use crate::event::{Event, Notification, Operation};
use crate::path::Path;
use crate::registration::Registration;
use crate::request::Failure;
use crate::wire::{Record, Wire, lock};
use std::io;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// Where lines of the conversation go.
pub type Sink = Arc<dyn Fn(&str) + Send + Sync>;

/// A client's address on one of the server's sockets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Peer {
    /// Index of the socket: plain before DTLS, when there are both.
    pub wire: usize,
    /// UDP address.
    pub address: SocketAddr,
}

/// What a server is for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Role {
    /// Takes registrations; `/bs` is 4.04.
    #[default]
    Management,
    /// Takes Bootstrap-Requests on any path that ends in `bs`; everything else is 4.04.
    Bootstrap,
}

/// What to serve.
#[derive(Clone, Default)]
pub struct ServerConfig {
    /// What for.
    pub role: Role,
    /// Plain socket.
    pub coap: Option<SocketAddr>,
    /// DTLS socket.
    pub coaps: Option<(SocketAddr, DtlsConfig)>,
    /// Receives one line a message.
    pub trace: Option<Sink>,
}

/// Message layer parameters (RFC 7252 4.8), in real time.
#[derive(Clone, Copy, Debug)]
pub struct Timing {
    /// Wait before the first retransmission; doubles each time.
    pub first_wait: Duration,
    /// Retransmissions at most.
    pub retransmissions: u32,
    /// How long a message id is remembered to recognise duplicates.
    pub duplicate_window: Duration,
}

impl Default for Timing {
    /// 2 s, 4 times, 247 s.
    fn default() -> Timing {
        let seconds = Duration::from_secs;
        Timing {
            first_wait: seconds(2),
            retransmissions: 4,
            duplicate_window: seconds(247),
        }
    }
}

/// What notifications get.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotificationAnswer {
    /// An acknowledgement for CON, nothing for NON.
    Acknowledge,
    /// A reset, which ends the observation.
    Reset,
    /// Nothing.
    Ignore,
}

/// A running server. Dropping it ends its threads and closes its sockets.
pub struct Server {
    pub(crate) shared: Arc<Shared>,
    threads: Vec<JoinHandle<()>>,
}

pub(crate) struct Shared {
    pub engine: Mutex<Engine>,
    pub changed: Condvar,
    stop: AtomicBool,
}

impl Server {
    /// Binds and starts to serve.
    pub fn start(config: ServerConfig) -> io::Result<Server> {
        let mut wires = Vec::new();
        if let Some(address) = config.coap {
            wires.push(Arc::new(Wire::plain(address)?));
        }
        if let Some((address, dtls)) = config.coaps {
            wires.push(Arc::new(Wire::dtls(address, dtls)?));
        }
        let engine = Mutex::new(Engine::new(wires.clone(), config.role, config.trace));
        let shared = Arc::new(Shared {
            engine,
            changed: Condvar::new(),
            stop: AtomicBool::new(false),
        });
        let serve = |(index, wire): (usize, Arc<Wire>)| {
            let shared = shared.clone();
            std::thread::spawn(move || shared.serve(index, &wire))
        };
        let threads = wires.into_iter().enumerate().map(serve).collect();
        Ok(Server { shared, threads })
    }

    /// A plain server on a free loopback port, tracing to the test's output.
    pub fn plain() -> io::Result<Server> {
        Server::start(ServerConfig {
            coap: Some(loopback()),
            trace: Some(stdout()),
            ..ServerConfig::default()
        })
    }

    /// A DTLS server with one key on a free loopback port, tracing to the test's output.
    pub fn secure(identity: &str, key: &[u8]) -> io::Result<Server> {
        let coaps = Some((loopback(), DtlsConfig::with_key(identity, key)));
        Server::start(ServerConfig {
            coaps,
            trace: Some(stdout()),
            ..ServerConfig::default()
        })
    }

    /// The sockets: plain before DTLS, when there are both.
    pub fn wires(&self) -> Vec<Arc<Wire>> {
        self.engine().wires.clone()
    }

    /// URIs of the sockets in the order of [`Server::wires`], such as `coap://127.0.0.1:5683`.
    pub fn uris(&self) -> Vec<String> {
        let scheme = |wire: &Wire| if wire.is_dtls() { "coaps" } else { "coap" };
        self.wires()
            .iter()
            .map(|wire| format!("{}://{}", scheme(wire), wire.address()))
            .collect()
    }

    /// Every registration, oldest first.
    pub fn registrations(&self) -> Vec<Registration> {
        self.engine().table.all().to_vec()
    }

    /// The newest registration, to which requests go.
    pub fn newest(&self) -> Option<Registration> {
        self.engine().table.newest().cloned()
    }

    /// Answers the next `count` requests of a kind, or all of them, in this way.
    pub fn answer(&self, operation: Operation, answer: Answer, count: Option<u32>) {
        self.engine().answers.plan(operation, answer, count);
    }

    /// Answers notifications in this way from now on.
    pub fn answer_notifications(&self, answer: NotificationAnswer) {
        self.engine().notification_answer = answer;
    }

    /// Asks clients that register in blocks for blocks of this many bytes; `None` takes theirs.
    pub fn set_block1_size(&self, size: Option<usize>) {
        self.engine().block1_size = size;
    }

    /// Location segments for new registrations; `{id}` in them stands for four fresh hexadecimal digits.
    pub fn set_location(&self, segments: &[&str]) {
        self.engine().table.location = segments.iter().map(ToString::to_string).collect();
    }

    /// Registers this endpoint only when it comes under this PSK identity.
    pub fn bind_identity(&self, endpoint: &str, identity: &str) {
        self.engine()
            .table
            .bound
            .push((endpoint.into(), identity.into()));
    }

    /// Changes the message layer's parameters.
    pub fn set_timing(&self, timing: Timing) {
        self.engine().timing = timing;
    }

    /// Forgets every registration, bootstrap and observation without telling the clients; the next Update gets 4.04.
    pub fn forget_clients(&self) {
        let mut engine = self.engine();
        engine.table.forget();
        engine.bootstrapping.clear();
        engine.observations.clear();
    }

    /// Forgets every DTLS session without telling the clients.
    pub fn forget_dtls(&self) -> io::Result<()> {
        self.wires().iter().try_for_each(|wire| wire.forget_dtls())
    }

    /// While deaf, nothing is answered on any socket.
    pub fn set_deaf(&self, deaf: bool) {
        self.wires().iter().for_each(|wire| wire.set_deaf(deaf));
    }

    /// Sends bytes to the newest client as they are (inside its DTLS session); returns the time just before.
    pub fn send_raw(&self, bytes: &[u8]) -> Result<Instant, Failure> {
        let engine = self.engine();
        let peer = engine.client().ok_or(Failure::NoClient)?;
        engine.say(&format!(
            "-> {} raw {}",
            peer.address,
            crate::hex::encode(bytes)
        ));
        let before = Instant::now();
        let sent = engine.wires[peer.wire].send(peer.address, bytes);
        sent.map(|()| before).map_err(|_| Failure::NotConnected)
    }

    /// Waits for a message of any client that came after `since` and pleases `wanted`.
    pub fn wait_raw(
        &self,
        since: Instant,
        timeout: Duration,
        wanted: impl Fn(&[u8]) -> bool,
    ) -> Option<Record> {
        let wires = self.wires();
        self.wait(timeout, |_| {
            wires
                .iter()
                .flat_map(|wire| wire.received_since(since))
                .find(|record| wanted(&record.bytes))
        })
    }

    /// Events so far with their times, oldest first, whether waited for or not.
    pub fn events(&self) -> Vec<(Instant, Event)> {
        self.engine()
            .events
            .iter()
            .map(|logged| (logged.at, logged.event.clone()))
            .collect()
    }

    /// Makes later waits look only at what happens from now on.
    pub fn discard_events(&self) {
        self.engine()
            .events
            .iter_mut()
            .for_each(|logged| logged.taken = true);
    }

    /// Takes the first event not taken before for which `wanted` gives something; waits for one to happen.
    pub fn wait_event<T>(
        &self,
        timeout: Duration,
        mut wanted: impl FnMut(&Event) -> Option<T>,
    ) -> Option<T> {
        self.wait(timeout, |engine| {
            engine
                .events
                .iter_mut()
                .filter(|logged| !logged.taken)
                .find_map(|logged| {
                    let found = wanted(&logged.event)?;
                    logged.taken = true;
                    Some(found)
                })
        })
    }

    /// Waits for a registration.
    pub fn wait_register(&self, timeout: Duration) -> Option<Registration> {
        self.wait_event(timeout, |event| match event {
            Event::Registered(registration) => Some(registration.clone()),
            _ => None,
        })
    }

    /// Waits for an Update; gives its message and the registration after it.
    pub fn wait_update(&self, timeout: Duration) -> Option<(Registration, crate::coap::Message)> {
        self.wait_event(timeout, |event| match event {
            Event::Updated(registration, message) => Some((registration.clone(), message.clone())),
            _ => None,
        })
    }

    /// Waits for a De-register.
    pub fn wait_deregister(&self, timeout: Duration) -> Option<Registration> {
        self.wait_event(timeout, |event| match event {
            Event::Deregistered(registration) => Some(registration.clone()),
            _ => None,
        })
    }

    /// Waits for a notification of the observation of exactly this path.
    pub fn wait_notification(&self, path: &str, timeout: Duration) -> Option<Notification> {
        let path: Path = path.parse().ok()?;
        self.wait_event(timeout, |event| match event {
            Event::Notified(notification) if notification.path == path => {
                Some(notification.clone())
            }
            _ => None,
        })
    }

    /// Waits for a finished DTLS handshake.
    pub fn wait_connected(&self, timeout: Duration) -> Option<(Peer, Session)> {
        self.wait_event(timeout, |event| match event {
            Event::Connected(peer, session) => Some((*peer, session.clone())),
            _ => None,
        })
    }

    pub(crate) fn engine(&self) -> MutexGuard<'_, Engine> {
        lock(&self.shared.engine)
    }

    /// Looks each time something arrives, until there is something or the time is over.
    pub(crate) fn wait<T>(
        &self,
        timeout: Duration,
        mut look: impl FnMut(&mut Engine) -> Option<T>,
    ) -> Option<T> {
        let end = Instant::now() + timeout;
        let mut engine = self.engine();
        loop {
            if let Some(found) = look(&mut engine) {
                return Some(found);
            }
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return None;
            }
            let waited = self.shared.changed.wait_timeout(engine, left);
            engine = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.shared.stop.store(true, Ordering::Relaxed);
        for thread in self.threads.drain(..) {
            // A thread that panicked has printed why.
            let _ = thread.join();
        }
    }
}

impl Shared {
    fn serve(&self, index: usize, wire: &Wire) {
        while !self.stop.load(Ordering::Relaxed) {
            let arrival = wire.receive(Duration::from_millis(20));
            let mut engine = lock(&self.engine);
            let now = Instant::now();
            if let Some(arrival) = arrival {
                engine.arrived(index, arrival, now);
                self.changed.notify_all();
            }
            engine.timers(index, now);
        }
    }
}

pub(crate) fn loopback() -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], 0))
}

/// Lines appear in the output of the test program as they happen.
pub(crate) fn stdout() -> Sink {
    Arc::new(|line| println!("{line}"))
}
