//! An operator: a bootstrap server and its management servers, over DTLS. Each bootstrap issues accounts with identities and
//! keys of its own, so that an identity tells which bootstrap it comes from.

use carrier_lab::account::Instance;
use carrier_lab::bootstrap::Provisioning;
use carrier_lab::coap::Code;
use carrier_lab::dtls::DtlsConfig;
use carrier_lab::event::Event;
use carrier_lab::server::{Role, Server, ServerConfig};
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// Management servers of an operator.
pub const SERVERS: usize = 2;

/// How long a bootstrapping device may take for an answer, in real time.
const ANSWER: Duration = Duration::from_secs(2);

/// How often it is looked whether somebody asks.
const PAUSE: Duration = Duration::from_millis(2);

/// Objects of which the first management server has every right.
const MANAGED: [u16; 2] = [1, 3];

/// Key of the bootstrap account that a device leaves the factory with.
pub const FACTORY_KEY: [u8; 16] = *b"key-from-factory";

/// The accounts of one bootstrap.
pub type Generation = u32;

/// What was given to devices.
#[derive(Clone, Debug, Default)]
struct Issued {
    /// The newest generation.
    last: Generation,
    /// The newest whose Bootstrap-Finish was answered with success; 0: none.
    acknowledged: Generation,
}

/// The servers of one operator; they bootstrap whoever asks.
pub struct Operator {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

struct Shared {
    name: String,
    /// Lifetime in the accounts, in seconds.
    lifetime: u32,
    /// Whether a bootstrap also replaces the key of the bootstrap account.
    rotates: bool,
    bootstrap: Server,
    management: Vec<Server>,
    issued: Mutex<Issued>,
    bootstraps: AtomicU32,
    /// When the newest client that is done with asked to be bootstrapped.
    served: Mutex<Option<Instant>>,
    stop: AtomicBool,
}

impl Operator {
    /// Starts its servers on free loopback ports. The factory account has this identity and [`FACTORY_KEY`]; `rotates`: each
    /// bootstrap replaces its key, and the former one is worth nothing once that was acknowledged.
    pub fn start(name: &str, factory_identity: &str, lifetime: u32, rotates: bool) -> Operator {
        let shared = Arc::new(Shared {
            name: name.into(),
            lifetime,
            rotates,
            bootstrap: server(
                Role::Bootstrap,
                DtlsConfig::with_key(factory_identity, &FACTORY_KEY),
            ),
            management: (0..SERVERS)
                .map(|_| server(Role::Management, DtlsConfig::default()))
                .collect(),
            issued: Mutex::default(),
            bootstraps: AtomicU32::new(0),
            served: Mutex::new(None),
            stop: AtomicBool::new(false),
        });
        let own = Arc::clone(&shared);
        let thread = Some(std::thread::spawn(move || own.serve()));
        Operator { shared, thread }
    }

    /// Address of the bootstrap server.
    pub fn uri(&self) -> String {
        self.shared.bootstrap.uris()[0].clone()
    }

    /// The bootstrap server.
    pub fn bootstrap(&self) -> &Server {
        &self.shared.bootstrap
    }

    /// The management servers.
    pub fn management(&self) -> &[Server] {
        &self.shared.management
    }

    /// The management servers, then the bootstrap server.
    pub fn all(&self) -> impl Iterator<Item = &Server> {
        self.shared.all()
    }

    /// The newest generation a device has acknowledged.
    pub fn acknowledged(&self) -> Generation {
        self.shared.issued().acknowledged
    }

    /// How many bootstraps were finished.
    pub fn bootstraps(&self) -> u32 {
        self.shared.bootstraps.load(Ordering::SeqCst)
    }

    /// Waits until nobody is being bootstrapped; a device that is gone is given up soon. Before simulated time passes, so that
    /// it does not run away from servers, whose time is real.
    pub fn settle(&self) {
        while self.shared.waiting().is_some() {
            std::thread::sleep(PAUSE);
        }
    }

    /// Forgets all clients, sessions and events. What was issued stays valid.
    pub fn forget(&self) {
        self.settle();
        for server in self.shared.all() {
            server.forget_clients();
            server
                .forget_dtls()
                .expect("DTLS sessions can be forgotten");
            server.discard_events();
        }
    }

    /// As it was when a device had acknowledged this generation, for another device of that time.
    pub fn rewind(&self, generation: Generation) {
        self.forget();
        self.shared.issued().acknowledged = generation;
        if self.shared.rotates && generation > 0 {
            self.shared.revoke_before(generation);
        }
    }

    /// The generation this device is registered with; `None` unless all servers have it registered, each under the same.
    /// An error tells identities that do not belong together.
    pub fn registered(&self) -> Result<Option<Generation>, String> {
        let mut found = Vec::new();
        for (index, server) in self.shared.management.iter().enumerate() {
            let Some(registration) = server.newest() else {
                return Ok(None);
            };
            let identity = registration.identity.unwrap_or_default();
            let identity = String::from_utf8_lossy(&identity).into_owned();
            let generation = self.shared.generation(index, &identity);
            found.push(generation.ok_or(format!("registered as {identity}"))?);
        }
        match found.iter().all(|one| *one == found[0]) {
            true => Ok(found.first().copied()),
            false => Err(format!("accounts of several bootstraps: {found:?}")),
        }
    }

    /// Whether a client has opened a session with any server, or tried to, since the last [`Operator::forget`].
    pub fn was_visited(&self) -> bool {
        let visit = |event: &Event| {
            matches!(event, Event::Connected(..) | Event::NotConnected(..)).then_some(())
        };
        self.shared
            .all()
            .any(|server| server.wait_event(Duration::ZERO, visit).is_some())
    }
}

impl Drop for Operator {
    fn drop(&mut self) {
        self.shared.stop.store(true, Ordering::SeqCst);
        if let Some(thread) = self.thread.take() {
            // If it panicked, the test has failed already.
            let _ = thread.join();
        }
    }
}

impl Shared {
    fn issued(&self) -> MutexGuard<'_, Issued> {
        lock(&self.issued)
    }

    fn all(&self) -> impl Iterator<Item = &Server> {
        self.management.iter().chain([&self.bootstrap])
    }

    fn identity(&self, server: usize, generation: Generation) -> String {
        format!("{}-{server}-{generation}", self.name)
    }

    /// Of an identity at this server.
    fn generation(&self, server: usize, identity: &str) -> Option<Generation> {
        identity
            .strip_prefix(&format!("{}-{server}-", self.name))?
            .parse()
            .ok()
    }

    fn key(&self, server: usize, generation: Generation) -> Vec<u8> {
        format!("{:<8.8}{server}{generation:07}", self.name).into_bytes()
    }

    /// When the client that waits to be bootstrapped asked for it.
    fn waiting(&self) -> Option<Instant> {
        let served = *lock(&self.served);
        let newest = self.bootstrap.bootstrapping()?.at;
        (served != Some(newest)).then_some(newest)
    }

    /// Bootstraps whoever asks until the end.
    fn serve(&self) {
        while !self.stop.load(Ordering::SeqCst) {
            if let Some(at) = self.waiting() {
                self.provision();
                *lock(&self.served) = Some(at);
            }
            std::thread::sleep(PAUSE);
        }
    }

    /// Issues accounts of a new generation and writes them, as far as the device takes part.
    fn provision(&self) {
        let generation = {
            let mut issued = self.issued();
            issued.last += 1;
            issued.last
        };
        let mut instances = Vec::new();
        if self.rotates {
            instances.push(self.bootstrap_account(generation));
        }
        for (index, server) in self.management.iter().enumerate() {
            let (identity, key) = (
                self.identity(index, generation),
                self.key(index, generation),
            );
            let mut keys = server.keys();
            keys.push((identity.clone().into_bytes(), key.clone()));
            accept(server, &keys);
            let number = index as u16;
            let uri = &server.uris()[0];
            instances.push(Instance::security_psk(
                number + 1,
                uri,
                &identity,
                &key,
                101 + number,
            ));
            instances.push(Instance::server(number, 101 + number, self.lifetime));
        }
        for (number, object) in (0..).zip(MANAGED) {
            let rights = [(101, 15), (0, 1)];
            instances.push(Instance::access_control(number, (object, 0), 101, &rights));
        }
        for (request, wanted) in Provisioning::of(&instances).requests() {
            let path = request.path.clone();
            let finishes = request.code == Code::POST;
            let answer = self.bootstrap.send(request.timeout(ANSWER));
            if !answer.as_ref().is_ok_and(|reply| reply.code() == wanted) {
                println!("{}: {path}: {answer:?}", self.name);
                return;
            }
            if finishes {
                self.bootstraps.fetch_add(1, Ordering::SeqCst);
                self.issued().acknowledged = generation;
                if self.rotates {
                    self.revoke_before(generation);
                }
            }
        }
    }

    /// The bootstrap server accepts the key of this generation only.
    fn revoke_before(&self, generation: Generation) {
        let identity = self.identity(SERVERS, generation).into_bytes();
        accept(
            &self.bootstrap,
            &[(identity, self.key(SERVERS, generation))],
        );
    }

    /// The bootstrap server's own account with a new key, which it accepts from now on, besides the former.
    fn bootstrap_account(&self, generation: Generation) -> Instance {
        let (identity, key) = (
            self.identity(SERVERS, generation),
            self.key(SERVERS, generation),
        );
        let mut keys = self.bootstrap.keys();
        keys.push((identity.clone().into_bytes(), key.clone()));
        accept(&self.bootstrap, &keys);
        let uri = &self.bootstrap.uris()[0];
        Instance::security_psk(0, uri, &identity, &key, 0).of_bootstrap_server()
    }
}

fn lock<T>(value: &Mutex<T>) -> MutexGuard<'_, T> {
    value.lock().unwrap_or_else(PoisonError::into_inner)
}

fn accept(server: &Server, keys: &[(Vec<u8>, Vec<u8>)]) {
    let keys: Vec<(&[u8], &[u8])> = keys
        .iter()
        .map(|(identity, key)| (&identity[..], &key[..]))
        .collect();
    server.set_keys(&keys).expect("keys can be changed");
}

fn server(role: Role, dtls: DtlsConfig) -> Server {
    let config = ServerConfig {
        role,
        coaps: Some((SocketAddr::from(([127, 0, 0, 1], 0)), dtls)),
        ..ServerConfig::default()
    };
    Server::start(config).expect("a loopback port is free")
}
