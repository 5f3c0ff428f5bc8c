//! A device: the C application as a process with a folder of its own, its lives, events, commands and modem control.

use crate::artifacts::artifacts;
use crate::capture::{self, Packet};
use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// How long the harness waits in real time for something that should happen at once.
pub const PATIENCE: Duration = Duration::from_secs(20);
/// Exit code of a process that wants to be started again.
pub const EXIT_RESTART: i32 = 75;

/// How a device is started.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Options of the application, in pairs.
    pub options: Vec<(String, String)>,
    /// Clock of the modem: `real`, `scale:N`, `skip` or `step`.
    pub clock: String,
    /// Real milliseconds for which a datagram holds back a jump of simulated time.
    pub grace_ms: u32,
    /// `modem.json`.
    pub profile: String,
    /// Seed of all randomness in the modem.
    pub seed: u64,
    /// Commands of the modem's scenario file, carried out at start.
    pub scenario: String,
    /// Take the archive that speaks LwM2M 1.1 as well.
    pub both_versions: bool,
    /// Further environment of the modem.
    pub environment: Vec<(String, String)>,
    /// Another device's folder to begin with, instead of a blank one.
    pub copy_of: Option<PathBuf>,
}

impl Settings {
    /// A device with the server's URI and quick network attachment.
    pub fn new(uri: &str) -> Settings {
        Settings {
            options: vec![("--uri".into(), uri.into())],
            clock: "real".into(),
            grace_ms: 10,
            profile: r#"{"delays": {"card": 5, "attach": 20, "time": 30}}"#.into(),
            seed: 1,
            scenario: String::new(),
            both_versions: false,
            environment: Vec::new(),
            copy_of: None,
        }
    }

    /// Adds an option of the application.
    pub fn option(mut self, name: &str, value: &str) -> Settings {
        self.options.push((name.into(), value.into()));
        self
    }

    /// Registration lifetime in seconds.
    pub fn lifetime(self, seconds: u32) -> Settings {
        self.option("--lifetime", &seconds.to_string())
    }

    /// Changes the clock.
    pub fn clock(self, clock: &str) -> Settings {
        Settings {
            clock: clock.into(),
            ..self
        }
    }

    /// Changes `modem.json`.
    pub fn profile(self, json: &str) -> Settings {
        Settings {
            profile: json.into(),
            ..self
        }
    }

    /// Adds a name that the device can resolve.
    pub fn host(self, name: &str, address: std::net::Ipv4Addr) -> Settings {
        self.scenario(&format!("dns host {name}={address}"))
    }

    /// Adds a line to the scenario.
    pub fn scenario(mut self, line: &str) -> Settings {
        self.scenario += line;
        self.scenario.push('\n');
        self
    }
}

/// An event the application printed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// Simulated milliseconds of this life.
    pub at_ms: u64,
    /// Name without prefix, such as `REGISTERED`.
    pub name: String,
    /// What follows, such as reason and time-out.
    pub details: Vec<String>,
    /// Life of the device, from 1.
    pub life: u32,
}

impl Event {
    /// A detail as a number.
    pub fn number(&self, index: usize) -> i64 {
        let text = self.details.get(index).map_or("", String::as_str);
        text.parse()
            .unwrap_or_else(|_| panic!("no number {index} in {self:?}"))
    }
}

#[derive(Default)]
struct Heard {
    events: Vec<(Event, bool)>,
    results: Vec<(String, i32)>,
    lines: Vec<String>,
    /// The newest life that has ended.
    ended: u32,
}

#[derive(Default)]
struct Inbox {
    heard: Mutex<Heard>,
    changed: Condvar,
}

impl Inbox {
    fn lock(&self) -> MutexGuard<'_, Heard> {
        self.heard.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn take(&self, line: &str, life: u32) {
        let words: Vec<&str> = line.split(' ').collect();
        let mut heard = self.lock();
        heard.lines.push(line.into());
        match words[..] {
            ["event", at, name, ref details @ ..] => {
                let event = Event {
                    at_ms: at.parse().unwrap_or(0),
                    name: name.into(),
                    details: details.iter().map(ToString::to_string).collect(),
                    life,
                };
                heard.events.push((event, false));
            }
            ["result", name, value] => heard
                .results
                .push((name.into(), value.parse().unwrap_or(i32::MIN))),
            _ => {}
        }
        self.changed.notify_all();
    }

    fn wait<T>(
        &self,
        timeout: Duration,
        mut look: impl FnMut(&mut Heard) -> Option<T>,
    ) -> Option<T> {
        let end = Instant::now() + timeout;
        let mut heard = self.lock();
        loop {
            if let Some(found) = look(&mut heard) {
                return Some(found);
            }
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return None;
            }
            let waited = self.changed.wait_timeout(heard, left);
            heard = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}

/// A running device. Dropping it kills its process and, unless the test failed, removes its folder.
pub struct Device {
    settings: Settings,
    folder: PathBuf,
    process: Child,
    commands: Option<ChildStdin>,
    inbox: Arc<Inbox>,
    life: u32,
}

impl Device {
    /// Starts the first life.
    pub fn start(settings: Settings) -> Device {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::SeqCst);
        let name = format!("carrier-conformance-{}-{number}", std::process::id());
        let folder = std::env::temp_dir().join(name);
        // What an earlier process of the same number left behind.
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(folder.join("modem")).expect("a scratch folder can be made");
        match &settings.copy_of {
            Some(other) => copy_files(&other.join("modem"), &folder.join("modem"))
                .expect("another device's folder can be copied"),
            None => std::fs::write(folder.join("modem/modem.json"), &settings.profile)
                .expect("modem.json can be written"),
        }
        std::fs::write(folder.join("scenario"), &settings.scenario)
            .expect("the scenario can be written");
        let inbox = Arc::new(Inbox::default());
        let (process, commands) = spawn(&settings, &folder, &inbox, 1);
        Device {
            settings,
            folder,
            process,
            commands: Some(commands),
            inbox,
            life: 1,
        }
    }

    /// Starts the next life after the process has ended by itself, or after [`Device::power_cut`].
    pub fn start_again(&mut self) {
        self.life += 1;
        std::fs::write(self.folder.join("scenario"), &self.settings.scenario)
            .expect("the scenario can be written");
        let (process, commands) = spawn(&self.settings, &self.folder, &self.inbox, self.life);
        (self.process, self.commands) = (process, Some(commands));
    }

    /// Changes settings for the next life.
    pub fn settings(&mut self) -> &mut Settings {
        &mut self.settings
    }

    /// Clock of the modem, as in the settings.
    pub fn clock(&self) -> &str {
        &self.settings.clock
    }

    /// Ends the process at once, as a power cut does.
    pub fn power_cut(&mut self) {
        // A process that has ended already is as dead.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }

    /// Folder of the device; it goes with the value.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The life that runs, or has run last, from 1.
    pub fn life(&self) -> u32 {
        self.life
    }

    /// Process id of this life.
    pub fn id(&self) -> u32 {
        self.process.id()
    }

    /// Waits for the process to end by itself.
    pub fn wait_exit(&mut self) -> ExitStatus {
        let end = Instant::now() + PATIENCE;
        loop {
            let ended = self.process.try_wait().expect("the process is a child");
            if let Some(status) = ended {
                return status;
            }
            assert!(Instant::now() < end, "the device does not end");
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// Whether the process runs.
    pub fn is_alive(&mut self) -> bool {
        self.process.try_wait().is_ok_and(|ended| ended.is_none())
    }

    /// Takes the first event of this name not taken before; fails the test when none comes.
    pub fn wait_event(&self, name: &str) -> Event {
        self.look_for_event(name, PATIENCE).unwrap_or_else(|| {
            let lines = self.inbox.lock().lines.join("\n");
            panic!("no event {name}; the application printed:\n{lines}")
        })
    }

    /// Takes the first event of this name not taken before, if one comes in time.
    pub fn look_for_event(&self, name: &str, timeout: Duration) -> Option<Event> {
        self.inbox.wait(timeout, |heard| {
            let mut fresh = heard.events.iter_mut().filter(|(_, taken)| !taken);
            let (event, taken) = fresh.find(|(event, _)| event.name == name)?;
            *taken = true;
            Some(event.clone())
        })
    }

    /// Every event so far, oldest first, whether waited for or not.
    pub fn events(&self) -> Vec<Event> {
        let heard = self.inbox.lock();
        heard
            .events
            .iter()
            .map(|(event, _)| event.clone())
            .collect()
    }

    /// Events of a name so far.
    pub fn count(&self, name: &str) -> usize {
        self.events()
            .iter()
            .filter(|event| event.name == name)
            .count()
    }

    /// Names of the events so far.
    pub fn event_names(&self) -> Vec<String> {
        self.events().into_iter().map(|event| event.name).collect()
    }

    /// Waits for a line of the application that begins like this.
    pub fn wait_line(&self, begin: &str) -> String {
        let found = self.inbox.wait(PATIENCE, |heard| {
            heard
                .lines
                .iter()
                .find(|line| line.starts_with(begin))
                .cloned()
        });
        found.unwrap_or_else(|| panic!("the application prints no line '{begin}...'"))
    }

    /// Gives the application a command; its result.
    pub fn command(&mut self, line: &str) -> i32 {
        let pipe = self.commands.as_mut().expect("the device runs");
        writeln!(pipe, "{line}").expect("the application reads commands");
        let name = line.split(' ').next().unwrap_or("").to_string();
        let deadline = Instant::now() + PATIENCE;
        while Instant::now() < deadline {
            let result = self.inbox.wait(Duration::from_secs(1), |heard| {
                let index = heard.results.iter().position(|(of, _)| *of == name)?;
                Some(heard.results.remove(index).1)
            });
            if let Some(result) = result {
                return result;
            }
            if self.clock() == "step" {
                // A thread that finds the library busy sleeps for a millisecond of simulated time.
                self.control("clock advance 1ms");
            }
        }
        panic!("no result of '{line}'")
    }

    /// Gives the application a command that has to succeed.
    pub fn tell(&mut self, line: &str) {
        assert_eq!(self.command(line), 0, "{line}");
    }

    /// Gives the modem a control command; its answer without the leading `ok`.
    pub fn control(&self, line: &str) -> String {
        let answer = self.try_control(line);
        answer.unwrap_or_else(|problem| panic!("modem: {line}: {problem}"))
    }

    /// Like [`Device::control`], with the refusal as an error.
    pub fn try_control(&self, line: &str) -> Result<String, String> {
        let path = self.folder.join("modem/control");
        let end = Instant::now() + PATIENCE;
        let mut stream = loop {
            // The socket of an earlier life may still lie there.
            match UnixStream::connect(&path) {
                Ok(stream) => break stream,
                Err(error) if Instant::now() > end || self.inbox.lock().ended == self.life => {
                    return Err(error.to_string());
                }
                Err(_) => std::thread::sleep(Duration::from_millis(5)),
            }
        };
        let io = |error: std::io::Error| error.to_string();
        stream
            .set_read_timeout(Some(Duration::from_secs(120)))
            .map_err(io)?;
        writeln!(stream, "{line}").map_err(io)?;
        let mut answer = String::new();
        BufReader::new(stream).read_line(&mut answer).map_err(io)?;
        let answer = answer.trim_end();
        match answer.strip_prefix("ok") {
            Some(text) => Ok(text.trim_start().into()),
            None => Err(answer.into()),
        }
    }

    /// Simulated milliseconds of this life.
    pub fn now_ms(&self) -> u64 {
        let text = self.control("clock now");
        text.parse().unwrap_or_else(|_| panic!("no time: {text}"))
    }

    /// Lets simulated time pass (clock `step`).
    pub fn advance(&self, time: Duration) {
        self.control(&format!("clock advance {}ms", time.as_millis()));
    }

    /// Lets simulated time pass in steps until an event comes (clock `step`); takes the event. `limit` is simulated time.
    pub fn advance_to_event(&self, name: &str, limit: Duration) -> Event {
        let step = Duration::from_millis(500).max(limit / 200);
        let mut passed = Duration::ZERO;
        while passed < limit {
            if let Some(event) = self.look_for_event(name, Duration::from_millis(10)) {
                return event;
            }
            self.advance(step);
            passed += step;
        }
        self.wait_event(name)
    }

    /// Datagrams between the device and this port of the server, in all lives, oldest first.
    pub fn wire(&self, server_port: u16) -> Vec<Packet> {
        capture::read(&self.folder.join("wire.pcapng"), server_port)
    }

    /// The modem's log.
    pub fn log(&self) -> String {
        let bytes = std::fs::read(self.folder.join("modem/log")).unwrap_or_default();
        String::from_utf8_lossy(&bytes).into_owned()
    }
}

impl Drop for Device {
    fn drop(&mut self) {
        self.power_cut();
        if !std::thread::panicking() {
            for life in 1..=self.life {
                let log = std::fs::read_to_string(self.folder.join(format!("memcheck.{life}")));
                let errors = log.unwrap_or_default();
                assert!(errors.is_empty(), "{errors}");
            }
        }
        if std::thread::panicking() {
            println!("device folder: {}", self.folder.display());
        } else {
            // A folder that stays costs only space.
            let _ = std::fs::remove_dir_all(&self.folder);
        }
    }
}

/// Copies the plain files of a folder; sockets stay where they are.
fn copy_files(from: &Path, to: &Path) -> std::io::Result<()> {
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        if entry.file_type()?.is_file() {
            std::fs::copy(entry.path(), to.join(entry.file_name()))?;
        }
    }
    Ok(())
}

/// `CARRIER_MEMCHECK=1` runs devices under Valgrind; a device with a memory error fails its test.
pub fn memcheck() -> bool {
    std::env::var("CARRIER_MEMCHECK").is_ok_and(|value| value == "1")
}

fn spawn(settings: &Settings, folder: &Path, inbox: &Arc<Inbox>, life: u32) -> (Child, ChildStdin) {
    let application = &artifacts(settings.both_versions).application;
    let mut command = Command::new(if memcheck() {
        "valgrind".as_ref()
    } else {
        application.as_os_str()
    });
    if memcheck() {
        let mut log = std::ffi::OsString::from("--log-file=");
        log.push(folder.join(format!("memcheck.{life}")));
        command.arg("--quiet").arg(log).arg(application);
    }
    for (name, value) in &settings.options {
        command.arg(name).arg(value);
    }
    let mut process = command
        .env("VIRTUAL_MODEM_DIR", folder.join("modem"))
        .env("VIRTUAL_MODEM_PCAP", folder.join("wire.pcapng"))
        .env("VIRTUAL_MODEM_SCENARIO", folder.join("scenario"))
        .env("VIRTUAL_MODEM_CLOCK", &settings.clock)
        .env("VIRTUAL_MODEM_GRACE", settings.grace_ms.to_string())
        .env("VIRTUAL_MODEM_SEED", settings.seed.to_string())
        .env("VIRTUAL_MODEM_NO_EXEC", "1")
        .envs(settings.environment.iter().cloned())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the application can be started");
    let commands = process.stdin.take().expect("standard input is a pipe");
    let output = process.stdout.take().expect("standard output is a pipe");
    let inbox = Arc::clone(inbox);
    std::thread::spawn(move || {
        for line in BufReader::new(output).lines().map_while(Result::ok) {
            println!("app {life} | {line:.200}");
            inbox.take(&line, life);
        }
        inbox.lock().ended = life;
        inbox.changed.notify_all();
    });
    (process, commands)
}
