//! The one device of this process: its directory, engine, flash and log, joined to the clock, the system work queue and
//! the network part.
//!
//! Lock order: engine, then the system work queue and the clock. Observers and application code run with no lock held.

use crate::clock::clock;
use crate::engine::registration::Status;
use crate::engine::{Answer, Engine, Moment, Output};
use crate::profile::Profile;
use crate::resets::Resets;
use crate::rng::Rng;
use crate::seam::{self, Modem, NetworkEvent, Pdn, Route};
use crate::storage::Storage;
use crate::{control, dfu, os, power};
use std::collections::VecDeque;
use std::fs::File;
use std::io::Write as _;
use std::net::SocketAddr;
use std::os::fd::AsRawFd as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

/// Exit code when the device cannot be set up (directory in use, unreadable `modem.json`).
const EXIT_UNUSABLE: i32 = 73;

/// Whether the modem library is up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Library {
    /// Never initialised in this process.
    Down,
    /// Initialised.
    Up,
    /// Initialised, but the modem has only told what became of a firmware update: it has to be shut down and initialised again.
    Updated,
    /// Shut down after an init.
    ShutDown,
}

/// The device.
pub struct Device {
    directory: PathBuf,
    // Held for the life of the process; the kernel lets go of it.
    _lock: File,
    log: Mutex<File>,
    life: u64,
    engine: Mutex<Engine>,
    storage: Mutex<Storage>,
    library: Mutex<Library>,
    init_failures: Mutex<u32>,
    resets: Mutex<Resets>,
    network_events: Mutex<VecDeque<NetworkEvent>>,
    telling: Mutex<()>,
    armed: Mutex<Option<i64>>,
}

static DEVICE: OnceLock<Device> = OnceLock::new();

/// The device of this process, made at first use from `VIRTUAL_MODEM_DIR`. When it cannot be made the process ends with
/// a message and code 73.
pub fn device() -> &'static Device {
    static STARTED: AtomicBool = AtomicBool::new(false);
    let device = DEVICE.get_or_init(|| {
        let directory =
            std::env::var("VIRTUAL_MODEM_DIR").unwrap_or_else(|_| "./virtual-modem".into());
        Device::open(Path::new(&directory)).unwrap_or_else(|error| {
            eprintln!("virtual-modem: {directory}: {error}");
            // SAFETY: ends the process; nothing of this library is half done.
            unsafe { libc::_exit(EXIT_UNUSABLE) }
        })
    });
    // Not a OnceLock: commands of the scenario come back here while it starts.
    if !STARTED.swap(true, Ordering::SeqCst) {
        device.start();
    }
    device
}

/// The device behind the seam.
pub(crate) fn seam_modem() -> Box<dyn Modem> {
    device();
    Box::new(SeamModem)
}

impl Device {
    fn open(directory: &Path) -> Result<Device, String> {
        let text = |error: std::io::Error| error.to_string();
        std::fs::create_dir_all(directory).map_err(text)?;
        let lock = File::options()
            .write(true)
            .create(true)
            .truncate(false)
            .open(directory.join("lock"))
            .map_err(text)?;
        // SAFETY: flock on an open descriptor.
        if unsafe { libc::flock(lock.as_raw_fd(), libc::LOCK_EX | libc::LOCK_NB) } != 0 {
            return Err("in use by another process".into());
        }
        let read = |name: &str| std::fs::read_to_string(directory.join(name)).unwrap_or_default();
        let profile = match read("modem.json") {
            empty if empty.is_empty() => {
                let name =
                    std::env::var("VIRTUAL_MODEM_PROFILE").unwrap_or_else(|_| "generic".into());
                let profile = Profile::named(&name).ok_or(format!("no profile {name}"))?;
                let json =
                    serde_json::to_string_pretty(&profile).map_err(|error| error.to_string())?;
                replace(&directory.join("modem.json"), &json).map_err(text)?;
                profile
            }
            json => serde_json::from_str(&json).map_err(|error| format!("modem.json: {error}"))?,
        };
        let life = read("life").trim().parse::<u64>().unwrap_or(0) + 1;
        replace(&directory.join("life"), life.to_string()).map_err(text)?;
        let random = Rng::stream(seam::seed(), life, "engine");
        let mut engine = Engine::new(profile, &read("keys"), &read("settings"), random);
        dfu::load(directory);
        dfu::apply_to(&mut engine);
        let log = File::options()
            .append(true)
            .create(true)
            .open(directory.join("log"))
            .map_err(text)?;
        power::start(directory)?;
        clock().set_network_ms(network_start(&read("network-time")));
        Ok(Device {
            _lock: lock,
            log: Mutex::new(log),
            life,
            engine: Mutex::new(engine),
            storage: Mutex::new(Storage::open(&directory.join("nvs")).map_err(text)?),
            library: Mutex::new(Library::Down),
            init_failures: Mutex::new(0),
            resets: Mutex::new(Resets::open(directory)),
            network_events: Mutex::new(VecDeque::new()),
            telling: Mutex::new(()),
            armed: Mutex::new(None),
            directory: directory.to_path_buf(),
        })
    }

    /// What needs the device to be there already: control socket, scenario, saving at exit.
    fn start(&self) {
        extern "C" fn at_exit() {
            if let Some(device) = DEVICE.get() {
                device.save_network_time();
            }
        }
        self.log(
            "life",
            &format!("{} begins, clock {:?}", self.life, clock().mode()),
        );
        // SAFETY: registers a plain function.
        unsafe { libc::atexit(at_exit) };
        clock().hold();
        control::start(&self.directory);
    }

    /// Runs `work` on the engine at this moment, then does what came out of it.
    pub fn with_engine<R>(&self, work: impl FnOnce(&mut Engine) -> R) -> R {
        let mut engine = lock(&self.engine);
        let before = engine.status();
        let was_off = engine.functional_mode() == 0;
        engine.advance(moment());
        let result = work(&mut engine);
        {
            let mut resets = lock(&self.resets);
            resets.lives(clock().now_ms());
            if was_off && engine.functional_mode() != 0 {
                resets.switched_on();
            }
        }
        let outputs = engine.outputs();
        let after = engine.status();
        let deadline = engine.deadline();
        for output in outputs {
            self.carry_out(output);
        }
        self.arm(deadline);
        drop(engine);
        self.tell();
        if before != after {
            let name = match after {
                Status::Registered => "registered",
                Status::Searching => "searching",
                Status::Denied(_) => "denied",
                Status::Off => "off",
                Status::CardFailure => "card-failure",
            };
            control::happened(name);
        }
        result
    }

    /// Runs an AT command; both it and its answer are logged.
    pub fn at(&self, line: &str) -> Answer {
        let answer = self.with_engine(|engine| engine.command(moment(), line));
        self.log(
            "at",
            &format!(
                "{} -> {}",
                line.trim_end().escape_debug(),
                answer.text.trim_end().escape_debug()
            ),
        );
        control::happened(&format!("at:{}", line.trim_end()));
        answer
    }

    /// Runs an AT command for a thread of the application, which waits until the answer comes.
    pub fn at_answered(&self, line: &str) -> Answer {
        let answer = self.at(line);
        if answer.delay_ms > 0 {
            clock().sleep_ms(answer.delay_ms);
        }
        answer
    }

    fn carry_out(&self, output: Output) {
        match output {
            Output::Notify(text) => self.notify(&text),
            Output::Network(event) => lock(&self.network_events).push_back(event),
            Output::SaveCredentials { text, change } => {
                let cut = power::write_begins(power::Store::Key, &change);
                // The store is replaced as a whole: half a write leaves the former content.
                if cut == Some(power::Phase::Within) {
                    power::off();
                }
                self.save("keys", &text);
                if cut == Some(power::Phase::After) {
                    power::off();
                }
            }
            Output::SaveSettings(text) => {
                self.save("settings", &text);
                lock(&self.resets).switched_off();
                self.save_network_time();
            }
            Output::Log(text) => self.log("modem", &text),
        }
    }

    /// Sends a notification to the listeners as if the modem had sent it.
    pub fn notify(&self, text: &str) {
        self.log("notify", &text.trim_end().escape_debug().to_string());
        os::notify(text);
    }

    fn arm(&self, deadline: Option<i64>) {
        let mut armed = lock(&self.armed);
        if let Some(at) = deadline.filter(|at| *armed != Some(*at)) {
            *armed = Some(at);
            clock().schedule(at, || {
                let device = device();
                *lock(&device.armed) = None;
                device.with_engine(|_| ());
            });
        }
    }

    /// Tells the network part what is pending. Whoever tells already goes on with what came meanwhile.
    fn tell(&self) {
        loop {
            let Ok(telling) = self.telling.try_lock() else {
                return;
            };
            loop {
                let event = lock(&self.network_events).pop_front();
                let Some(event) = event else { break };
                self.log("modem", &format!("{event:?}"));
                seam::tell(&event);
                match event {
                    NetworkEvent::Up(_) => control::happened("pdn-up"),
                    NetworkEvent::Down { .. } => control::happened("pdn-down"),
                    NetworkEvent::Init => control::happened("init"),
                    NetworkEvent::Shutdown => control::happened("shutdown"),
                    NetworkEvent::Coverage(_) => control::happened("coverage"),
                }
            }
            drop(telling);
            if lock(&self.network_events).is_empty() {
                return;
            }
        }
    }

    /// The flash store.
    pub fn storage(&self) -> MutexGuard<'_, Storage> {
        lock(&self.storage)
    }

    /// State of the modem library.
    pub fn library(&self) -> Library {
        *lock(&self.library)
    }

    /// Starts the modem library. The result is 0, or what became of a firmware update; `None` when it runs already, when no firmware runs,
    /// or when a failure was asked for. The calling thread takes part in simulated time from here on.
    pub fn init(&self) -> Option<i32> {
        clock().enter(std::thread::current().name().unwrap_or("application"));
        {
            let mut failures = lock(&self.init_failures);
            if *failures > 0 {
                *failures -= 1;
                self.log("modem", "init fails as asked");
                return None;
            }
        }
        if matches!(self.library(), Library::Up | Library::Updated) {
            return None;
        }
        if let Some(outcome) = dfu::start().ok()? {
            *lock(&self.library) = Library::Updated;
            self.with_engine(dfu::apply_to);
            return Some(outcome.result());
        }
        *lock(&self.library) = Library::Up;
        let in_loop = lock(&self.resets).modem_starts(clock().now_ms());
        if in_loop && std::env::var("VIRTUAL_MODEM_RESET_LOOP").as_deref() != Ok("0") {
            self.with_engine(Engine::enter_reset_loop);
        }
        lock(&self.network_events).push_back(NetworkEvent::Init);
        self.tell();
        Some(0)
    }

    /// Stops the modem library and the modem. False when it does not run.
    pub fn shut_down(&self) -> bool {
        match self.library() {
            Library::Up => {}
            Library::Updated => {
                *lock(&self.library) = Library::ShutDown;
                return true;
            }
            Library::Down | Library::ShutDown => return false,
        }
        self.with_engine(|engine| engine.command(moment(), "AT+CFUN=0"));
        *lock(&self.library) = Library::ShutDown;
        lock(&self.network_events).push_back(NetworkEvent::Shutdown);
        self.tell();
        true
    }

    /// Makes the next `count` inits of the modem library fail.
    pub fn fail_init(&self, count: u32) {
        *lock(&self.init_failures) = count;
    }

    /// Directory of the device.
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// Number of this process life on the directory, from 1.
    pub fn life(&self) -> u64 {
        self.life
    }

    /// One line in the log, with simulated time.
    pub fn log(&self, area: &str, line: &str) {
        let now = clock().now_ms();
        let text = format!("{:>7}.{:03} {area:<7} {line}\n", now / 1000, now % 1000);
        // A full disk must not change what the device does.
        let _ = lock(&self.log).write_all(text.as_bytes());
    }

    /// Replaces a file of the device's directory.
    pub(crate) fn save(&self, name: &str, text: &str) {
        self.save_bytes(name, text.as_bytes());
    }

    /// As [`Device::save`], with any bytes.
    pub(crate) fn save_bytes(&self, name: &str, bytes: &[u8]) {
        if let Err(error) = replace(&self.directory.join(name), bytes) {
            os::fatal(&format!("cannot write {name}: {error}"));
        }
    }

    /// Keeps the network time for the next life.
    pub fn save_network_time(&self) {
        self.save("network-time", &clock().network_ms().to_string());
    }
}

struct SeamModem;

impl Modem for SeamModem {
    fn is_initialized(&self) -> bool {
        device().library() == Library::Up
    }

    fn was_shut_down(&self) -> bool {
        device().library() == Library::ShutDown
    }

    fn pdns(&self) -> Vec<Pdn> {
        lock(&device().engine).pdns()
    }

    fn route(&self, pdn_id: u8, host: SocketAddr) -> Route {
        lock(&device().engine).route(pdn_id, host)
    }

    fn has_coverage(&self) -> bool {
        lock(&device().engine).has_coverage()
    }

    fn psk(&self, sec_tag: u32) -> Option<(Vec<u8>, Vec<u8>)> {
        lock(&device().engine).psk(sec_tag)
    }

    fn directory(&self) -> PathBuf {
        device().directory.clone()
    }

    fn life(&self) -> u64 {
        device().life
    }

    fn log(&self, area: &str, line: &str) {
        device().log(area, line);
    }

    fn count_traffic(&self, sent: usize, received: usize) {
        device().with_engine(|engine| engine.count_traffic(sent, received));
    }
}

/// This moment of simulated time.
pub fn moment() -> Moment {
    Moment {
        uptime_ms: clock().now_ms(),
        network_ms: clock().network_ms(),
    }
}

/// Network time at start: what the last life left or, if later, `VIRTUAL_MODEM_EPOCH` (Unix seconds; without it the
/// computer's clock).
fn network_start(saved: &str) -> i64 {
    let epoch = std::env::var("VIRTUAL_MODEM_EPOCH")
        .ok()
        .and_then(|text| text.parse::<i64>().ok());
    let start = epoch.map_or_else(
        || {
            let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
            since.map_or(0, |since| since.as_millis() as i64)
        },
        |seconds| seconds.saturating_mul(1000),
    );
    saved
        .trim()
        .parse::<i64>()
        .map_or(start, |saved| saved.max(start))
}

/// Replaces a file as a whole.
pub(crate) fn replace(path: &Path, content: impl AsRef<[u8]>) -> std::io::Result<()> {
    let fresh = path.with_extension("new");
    std::fs::write(&fresh, content)?;
    std::fs::rename(&fresh, path)
}

pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
