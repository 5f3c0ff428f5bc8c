//! The seam between the modem engine and the network part: the network part asks here, and is told about changes of the
//! packet data connection through the observer it registers.

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::{Mutex, OnceLock, PoisonError};

/// Generation of the modem library whose option numbers and address layouts are in use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Generation {
    /// nrf_modem 2.0.x.
    A,
    /// nrf_modem 2.1.0 to 2.4.x.
    B,
    /// nrf_modem 2.5.x.
    C,
    /// nrf_modem 2.6.0 and later.
    D,
}

/// The generation chosen by `VIRTUAL_MODEM_ABI` (`A` to `D`, default `A`).
pub fn generation() -> Generation {
    static CHOSEN: OnceLock<Generation> = OnceLock::new();
    *CHOSEN.get_or_init(|| match std::env::var("VIRTUAL_MODEM_ABI").as_deref() {
        Err(_) | Ok("" | "A") => Generation::A,
        Ok("B") => Generation::B,
        Ok("C") => Generation::C,
        Ok("D") => Generation::D,
        Ok(other) => {
            eprintln!("virtual-modem: VIRTUAL_MODEM_ABI={other} is not A, B, C or D");
            std::process::exit(64);
        }
    })
}

/// One active packet data connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pdn {
    /// Context id (0..10).
    pub cid: u8,
    /// PDN id, what a socket is bound to (0..20).
    pub id: u8,
    /// Address given by the simulated network.
    pub ipv4: Option<Ipv4Addr>,
    /// Address given by the simulated network.
    pub ipv6: Option<Ipv6Addr>,
}

/// What lies between a connection and a host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Route {
    /// The internet.
    Open,
    /// Nothing: what is sent is lost.
    Silent,
    /// A network that tells so: `NRF_ENETUNREACH`.
    Unreachable,
}

/// What the network part is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NetworkEvent {
    /// The connection came up.
    Up(Pdn),
    /// The connection with this PDN id went down: its sockets die with `NRF_ENETDOWN`.
    Down {
        /// PDN id.
        id: u8,
        /// Why, for the log.
        reason: String,
    },
    /// The modem library was shut down: every call answers `NRF_ESHUTDOWN` until the next init.
    Shutdown,
    /// The modem library was initialised.
    Init,
    /// Radio coverage was lost or came back while connections are kept: nothing passes while `false`.
    Coverage(bool),
}

/// What the engine answers to the network part. Implemented by the device; tests of the network part bring their own.
pub trait Modem: Send + Sync {
    /// True between init and shutdown of the modem library.
    fn is_initialized(&self) -> bool;
    /// True after a shutdown that followed an init.
    fn was_shut_down(&self) -> bool;
    /// The active connections, context 0 first. Empty when there is no network.
    fn pdns(&self) -> Vec<Pdn>;
    /// What lies between the connection with this PDN id and `host`.
    fn route(&self, _pdn_id: u8, _host: SocketAddr) -> Route {
        Route::Open
    }
    /// False while radio coverage is lost although connections are kept.
    fn has_coverage(&self) -> bool;
    /// Identity bytes and binary key stored under a security tag, if both are there.
    fn psk(&self, sec_tag: u32) -> Option<(Vec<u8>, Vec<u8>)>;
    /// Directory of the device.
    fn directory(&self) -> std::path::PathBuf;
    /// Number of this process life on the device directory, from 1; with the seed it selects random streams.
    fn life(&self) -> u64;
    /// Adds one line to the device log (simulated time is put before it).
    fn log(&self, area: &str, line: &str);
    /// Bytes of an IP packet sent or received, for `%XCONNSTAT`; of a stream its payload.
    fn count_traffic(&self, sent: usize, received: usize);
}

type Observer = Box<dyn Fn(&NetworkEvent) + Send>;

static MODEM: OnceLock<Box<dyn Modem>> = OnceLock::new();
static OBSERVERS: Mutex<Vec<Observer>> = Mutex::new(Vec::new());

/// The modem of this process. The first call makes the device unless [`install`] was called before.
pub fn modem() -> &'static dyn Modem {
    MODEM.get_or_init(crate::device::seam_modem).as_ref()
}

/// Puts `modem` in the place of the device, for tests of the network part. False when one is there already.
pub fn install(modem: Box<dyn Modem>) -> bool {
    MODEM.set(modem).is_ok()
}

/// Calls `observer` for every network event from now on. It runs on the thread that caused the change, without any lock
/// of the engine held; it must not wait.
pub fn observe(observer: impl Fn(&NetworkEvent) + Send + 'static) {
    OBSERVERS
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .push(Box::new(observer));
}

/// Tells every observer. Called by the device with no lock held.
pub fn tell(event: &NetworkEvent) {
    for observer in OBSERVERS
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .iter()
    {
        observer(event);
    }
}

/// Seed of all randomness: `VIRTUAL_MODEM_SEED` (default 1).
pub fn seed() -> u64 {
    std::env::var("VIRTUAL_MODEM_SEED")
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(1)
}

/// The random stream `name` of this process life.
pub fn random(name: &str) -> crate::rng::Rng {
    crate::rng::Rng::stream(seed(), modem().life(), name)
}
