//! The C sample as a process on the virtual modem: built for one server, started in a scratch folder.

use std::fs::File;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

use serde_json::json;

use crate::Options;

/// What the sample is configured with, and what a server must therefore read.
#[derive(Debug)]
pub struct Identity {
    /// /3/0/0
    pub manufacturer: &'static str,
    /// /3/0/1
    pub model: &'static str,
    /// /3/0/17
    pub device_type: &'static str,
    /// /3/0/18
    pub hardware_version: &'static str,
    /// /3/0/19
    pub software_version: &'static str,
    /// /3/0/7: what the modem measures, mV
    pub millivolts: u32,
    /// /3/0/8, mA
    pub milliamperes: u32,
    /// /3/0/9: what the sample makes of the voltage, %
    pub battery_level: u32,
    /// /3/0/10, kB
    pub memory_free: u32,
    /// /3/0/21, kB
    pub memory_total: u32,
}

/// The values of every run.
pub const IDENTITY: Identity = Identity {
    manufacturer: "Example Works",
    model: "Virtual 91",
    device_type: "Interop Node",
    hardware_version: "2.1",
    software_version: "7.4.2",
    millivolts: 3600,
    milliamperes: 55,
    battery_level: 50,
    memory_free: 72,
    memory_total: 200,
};

/// A running sample; ends with this value.
#[derive(Debug)]
pub struct Device {
    process: Child,
    output: Output,
    modem_control: PathBuf,
}

#[derive(Debug, Clone, Default)]
struct Output(Arc<(Mutex<Vec<String>>, Condvar)>);

/// What one device differs in.
#[derive(Debug)]
pub struct Setting<'a> {
    /// Name of its folder.
    pub folder: &'a str,
    /// The library it is linked with.
    pub archive: &'a Path,
    /// 15 digits.
    pub imei: &'a str,
    /// Where its server is.
    pub uri: &'a str,
    /// Key for that, hexadecimal text; empty without security.
    pub psk: &'a str,
    /// Lifetime in seconds at that server; `None`: it is a bootstrap server.
    pub lifetime: Option<u32>,
}

impl Device {
    /// Builds the sample with cmake and starts it, blank.
    pub fn start(options: &Options, setting: &Setting<'_>) -> Result<Self, String> {
        let folder = options.scratch.join(setting.folder);
        let modem = folder.join("modem");
        std::fs::create_dir_all(&modem).map_err(|e| format!("{}: {e}", modem.display()))?;
        // What is left out gets its default.
        std::fs::write(
            modem.join("modem.json"),
            json!({ "imei": setting.imei }).to_string(),
        )
        .map_err(|e| format!("{}: {e}", modem.display()))?;
        let program = build(options, &folder, setting)?;
        let modem_control = folder.join("control");
        let log = File::create(folder.join("sample.err")).map_err(|e| e.to_string())?;
        let mut process = Command::new(program)
            .env("VIRTUAL_MODEM_DIR", modem)
            .env("VIRTUAL_MODEM_SEED", "1")
            .env("VIRTUAL_MODEM_CONTROL", &modem_control)
            .env("VIRTUAL_MODEM_PCAP", folder.join("wire.pcapng"))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .map_err(|e| format!("sample: {e}"))?;
        let output = Output::default();
        let sink = output.clone();
        let pipe = process.stdout.take().ok_or("no standard output")?;
        let mut copy = File::create(folder.join("sample.out")).map_err(|e| e.to_string())?;
        std::thread::spawn(move || {
            for line in BufReader::new(pipe).lines() {
                let Ok(line) = line else { return };
                // The copy is for people; the list below is what counts.
                let _ = writeln!(copy, "{line}");
                sink.push(line);
            }
        });
        Ok(Self {
            process,
            output,
            modem_control,
        })
    }

    /// Number of lines printed so far: a mark for [`Self::wait_line`].
    pub fn mark(&self) -> usize {
        self.output
            .0
            .0
            .lock()
            .expect("no panic under this lock")
            .len()
    }

    /// Waits for a line after `mark` that contains `text`; the mark behind it.
    pub fn wait_line(&self, mark: usize, text: &str, limit: Duration) -> Result<usize, String> {
        let deadline = Instant::now() + limit;
        let (lines, arrived) = &*self.output.0;
        let mut lines = lines.lock().expect("no panic under this lock");
        loop {
            if let Some(at) = lines.iter().skip(mark).position(|line| line.contains(text)) {
                return Ok(mark + at + 1);
            }
            let Some(left) = deadline.checked_duration_since(Instant::now()) else {
                return Err(format!("the sample did not print {text}"));
            };
            lines = arrived
                .wait_timeout(lines, left)
                .expect("no panic under this lock")
                .0;
        }
    }

    /// Names of all events after `mark`, separated by spaces.
    pub fn events(&self, mark: usize) -> String {
        let lines = self.output.0.0.lock().expect("no panic under this lock");
        let names: Vec<&str> = lines
            .iter()
            .skip(mark)
            .filter_map(|line| line.strip_prefix("LWM2M_CARRIER_EVENT_"))
            .collect();
        names.join(" ")
    }

    /// Sets the supply voltage; the sample looks at it every second.
    pub fn set_battery(&self, millivolts: u32) -> Result<(), String> {
        self.modem(&format!("voltage {millivolts}"))
    }

    /// Gives the modem a control command.
    pub fn modem(&self, command: &str) -> Result<(), String> {
        let mut modem = UnixStream::connect(&self.modem_control)
            .map_err(|e| format!("{}: {e}", self.modem_control.display()))?;
        writeln!(modem, "{command}").map_err(|e| e.to_string())?;
        let mut answer = String::new();
        BufReader::new(modem)
            .read_line(&mut answer)
            .map_err(|e| e.to_string())?;
        if answer.starts_with("ok") {
            return Ok(());
        }
        Err(format!("the modem answered {answer}"))
    }
}

impl Drop for Device {
    fn drop(&mut self) {
        // Failures mean that the process is already gone.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Output {
    fn push(&self, line: String) {
        let (lines, arrived) = &*self.0;
        lines.lock().expect("no panic under this lock").push(line);
        arrived.notify_all();
    }
}

fn build(options: &Options, folder: &Path, setting: &Setting<'_>) -> Result<PathBuf, String> {
    let conf = folder.join("interop.conf");
    let kind = match setting.lifetime {
        Some(lifetime) => format!("SERVER_LIFETIME={lifetime}"),
        None => "IS_SERVER_BOOTSTRAP=y".into(),
    };
    let text = format!(
        "CONFIG_LWM2M_CARRIER_CUSTOM_URI=\"{}\"\n\
         CONFIG_LWM2M_CARRIER_CUSTOM_PSK=\"{}\"\n\
         CONFIG_LWM2M_CARRIER_{kind}\n\
         CONFIG_LWM2M_CARRIER_DEVICE_MANUFACTURER=\"{}\"\n\
         CONFIG_LWM2M_CARRIER_DEVICE_MODEL_NUMBER=\"{}\"\n\
         CONFIG_LWM2M_CARRIER_DEVICE_TYPE=\"{}\"\n\
         CONFIG_LWM2M_CARRIER_DEVICE_HARDWARE_VERSION=\"{}\"\n\
         CONFIG_LWM2M_CARRIER_DEVICE_SOFTWARE_VERSION=\"{}\"\n\
         CONFIG_BATTERY_CURRENT={}\n\
         CONFIG_MEMORY_FREE={}\n\
         CONFIG_MEMORY_TOTAL={}\n",
        setting.uri,
        setting.psk,
        IDENTITY.manufacturer,
        IDENTITY.model,
        IDENTITY.device_type,
        IDENTITY.hardware_version,
        IDENTITY.software_version,
        IDENTITY.milliamperes,
        IDENTITY.memory_free,
        IDENTITY.memory_total,
    );
    std::fs::write(&conf, text).map_err(|e| format!("{}: {e}", conf.display()))?;
    let build = folder.join("build");
    cmake(
        Command::new("cmake")
            .arg("-S")
            .arg(options.repository.join("samples/host"))
            .arg("-B")
            .arg(&build)
            .arg(format!("-DEXTRA_CONF={}", conf.display()))
            .arg(format!("-DCARRIER_ARCHIVE={}", setting.archive.display()))
            .arg(format!("-DVIRTUAL_MODEM={}", options.modem.display())),
        &folder.join("configure.log"),
    )?;
    cmake(
        Command::new("cmake").arg("--build").arg(&build),
        &folder.join("build.log"),
    )?;
    Ok(build.join("lwm2m_carrier_sample"))
}

/// Runs cmake with its output in a file; the error names the file.
fn cmake(command: &mut Command, log: &Path) -> Result<(), String> {
    let output = command.output().map_err(|e| format!("cmake: {e}"))?;
    let text = [output.stdout, output.stderr].concat();
    std::fs::write(log, text).map_err(|e| format!("{}: {e}", log.display()))?;
    if output.status.success() {
        return Ok(());
    }
    Err(format!("the sample was not built, see {}", log.display()))
}
