//! What all sockets share: the table of sockets, faults, capture, resumable DTLS sessions, and the news from the engine.

use std::collections::HashMap;
use std::io::Write;
use std::net::SocketAddr;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use super::capture::Capture;
use super::fault::Faults;
use super::lookup::Lookup;
use super::socket::Socket;
use super::wire;
use crate::clock::Event;
use crate::errno::{NRF_EBADF, NRF_ENOBUFS, NRF_EPERM, NRF_ESHUTDOWN};
use crate::seam::{self, NetworkEvent, Route};

/// Sockets at a time.
pub const MAX_SOCKETS: usize = 8;

/// The shared state; one per process, made by [`network`].
pub struct Network {
    /// Faults in force.
    pub faults: Mutex<Faults>,
    /// Faults of name lookup, and the host table.
    pub lookup: Mutex<Lookup>,
    /// Sessions that can be resumed.
    pub resumption: Mutex<Resumption>,
    /// Signalled when anything a socket call could wait for has changed.
    pub changed: Event,
    /// DTLS sessions at a time (default 2).
    pub session_limit: AtomicUsize,
    /// False while radio coverage is lost.
    pub coverage: AtomicBool,
    capture: Mutex<Option<Capture>>,
    sockets: Mutex<[Option<Arc<Socket>>; MAX_SOCKETS]>,
    wake: UnixStream,
    attempts: AtomicU64,
}

/// DTLS sessions kept for resumption, by server address and security tag.
#[derive(Default)]
pub struct Resumption {
    /// Kept sessions, encoded.
    pub kept: HashMap<(SocketAddr, u32), Vec<u8>>,
    /// Full handshakes that succeeded.
    pub full: u64,
    /// Abbreviated handshakes that succeeded.
    pub resumed: u64,
}

/// Locks; a panic of another holder does not matter, as no update is left half done.
pub fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The network of this process. The first call starts the I/O thread and listens to the engine.
pub fn network() -> &'static Network {
    static NETWORK: OnceLock<Network> = OnceLock::new();
    let mut wake_receiver = None;
    let network = NETWORK.get_or_init(|| {
        let (wake, receiver) = UnixStream::pair().expect("the system gives socket pairs");
        wake.set_nonblocking(true)
            .expect("a socket pair can be made non-blocking");
        receiver
            .set_nonblocking(true)
            .expect("a socket pair can be made non-blocking");
        wake_receiver = Some(receiver);
        let session_limit = std::env::var("VIRTUAL_MODEM_DTLS_SESSIONS")
            .ok()
            .and_then(|text| text.parse().ok());
        Network {
            faults: Mutex::new(Faults::new(seam::random("faults"))),
            lookup: Mutex::new(Lookup::from_environment()),
            resumption: Mutex::default(),
            changed: Event::new(),
            session_limit: AtomicUsize::new(session_limit.unwrap_or(2)),
            coverage: AtomicBool::new(seam::modem().has_coverage()),
            capture: Mutex::new(open_capture()),
            sockets: Mutex::default(),
            wake,
            attempts: AtomicU64::new(0),
        }
    });
    if let Some(receiver) = wake_receiver {
        wire::start(network, receiver);
        seam::observe(move |event| network.news(event));
    }
    network
}

fn open_capture() -> Option<Capture> {
    let path = std::env::var("VIRTUAL_MODEM_PCAP")
        .ok()
        .filter(|path| !path.is_empty())?;
    // A later life of the same device goes on in the same file.
    let append = seam::modem().life() > 1;
    Capture::open(Path::new(&path), append)
        .inspect_err(|error| eprintln!("virtual-modem: VIRTUAL_MODEM_PCAP={path}: {error}"))
        .ok()
}

impl Network {
    /// Errors of a modem library that is not running: `NRF_EPERM` before init, `NRF_ESHUTDOWN` after shutdown.
    pub fn ready(&self) -> Result<(), i32> {
        let modem = seam::modem();
        match (modem.is_initialized(), modem.was_shut_down()) {
            (true, _) => Ok(()),
            (false, true) => Err(NRF_ESHUTDOWN),
            (false, false) => Err(NRF_EPERM),
        }
    }

    /// Puts a socket into the table; it is made with its descriptor. `NRF_ENOBUFS` when the table is full.
    pub fn insert(&self, make: impl FnOnce(i32) -> Result<Socket, i32>) -> Result<i32, i32> {
        let mut sockets = lock(&self.sockets);
        let free = sockets
            .iter()
            .position(Option::is_none)
            .ok_or(NRF_ENOBUFS)?;
        let fd = free as i32;
        sockets[free] = Some(Arc::new(make(fd)?));
        drop(sockets);
        self.wake();
        Ok(fd)
    }

    /// The socket of a descriptor, `NRF_EBADF` when there is none.
    pub fn socket(&self, fd: i32) -> Result<Arc<Socket>, i32> {
        let index = usize::try_from(fd).map_err(|_| NRF_EBADF)?;
        lock(&self.sockets)
            .get(index)
            .cloned()
            .flatten()
            .ok_or(NRF_EBADF)
    }

    /// Takes a socket out of the table.
    pub fn remove(&self, fd: i32) -> Result<Arc<Socket>, i32> {
        let index = usize::try_from(fd).map_err(|_| NRF_EBADF)?;
        lock(&self.sockets)
            .get_mut(index)
            .and_then(Option::take)
            .ok_or(NRF_EBADF)
    }

    /// All open sockets.
    pub fn sockets(&self) -> Vec<Arc<Socket>> {
        lock(&self.sockets).iter().flatten().cloned().collect()
    }

    /// What lies between a socket's connection and `peer`, by faults and by the access point.
    pub fn route(&self, peer: SocketAddr, pdn_id: Option<u8>) -> Route {
        let faults = lock(&self.faults);
        if faults.unreachable(peer, pdn_id) {
            return Route::Unreachable;
        }
        if faults.blackhole(peer, pdn_id) {
            return Route::Silent;
        }
        drop(faults);
        pdn_id.map_or(Route::Open, |id| seam::modem().route(id, peer))
    }

    /// A number no connection attempt had before.
    pub fn new_attempt(&self) -> u64 {
        self.attempts.fetch_add(1, Ordering::SeqCst) + 1
    }

    /// Makes the I/O thread look at the table again.
    pub fn wake(&self) {
        // A full pipe means that the thread is being woken already.
        let _ = (&self.wake).write(&[1]);
    }

    /// Adds the secret of a DTLS session to the capture file, if there is one, as a line of a key log.
    pub fn capture_secret(&self, line: &str) {
        if let Some(capture) = lock(&self.capture).as_mut() {
            // A full disk must not stop the device.
            let _ = capture.secret(line);
        }
    }

    /// Adds a datagram to the capture file, if there is one.
    pub fn capture(&self, source: SocketAddr, target: SocketAddr, bytes: &[u8]) {
        if let Some(capture) = lock(&self.capture).as_mut() {
            // A full disk must not change what the modem does.
            let _ = capture.datagram(crate::clock::clock().now_ms(), source, target, bytes);
        }
    }

    fn news(&self, event: &NetworkEvent) {
        match event {
            NetworkEvent::Down { id, .. } => self
                .sockets()
                .iter()
                .for_each(|socket| socket.connection_lost(*id)),
            NetworkEvent::Shutdown => {
                for socket in self.sockets() {
                    let _ = self.remove(socket.fd);
                    socket.abandon(NRF_ESHUTDOWN);
                }
            }
            NetworkEvent::Coverage(there) => self.coverage.store(*there, Ordering::SeqCst),
            NetworkEvent::Up(_) | NetworkEvent::Init => {}
        }
        self.changed.signal();
        self.wake();
    }
}
