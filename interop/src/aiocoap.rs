//! The steps that a server on aiocoap takes with the device; the server, the steps and what they compare are in `aiocoap/`.

use std::fs::File;
use std::io::{BufRead, BufReader, Lines};
use std::process::{Child, ChildStdout, Command, Stdio};

use serde_json::Value;

use crate::Options;
use crate::client::Security;
use crate::device::{Device, Setting};
use crate::report::Report;
use crate::steps::{IMEI, KEY, LIFETIME};

/// Steps that have to be in the report of a run: without them the server ended early.
const LEAST: usize = 13;

/// The server's process; ends with this value.
struct Server {
    process: Child,
    lines: Lines<BufReader<ChildStdout>>,
    port: u16,
}

impl Server {
    fn start(options: &Options, security: Security, folder: &str) -> Result<Self, String> {
        let folder = options.scratch.join(folder);
        std::fs::create_dir_all(&folder).map_err(|e| format!("{}: {e}", folder.display()))?;
        let log = File::create(folder.join("server.err")).map_err(|e| e.to_string())?;
        let mut command = Command::new(&options.python);
        command
            .arg(options.repository.join("interop/aiocoap/main.py"))
            .args([folder.join("control"), folder.join("sample.out")])
            // No compiled files beside the sources.
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(log);
        if security == Security::PreSharedKey {
            command.args([&format!("urn:imei:{IMEI}"), KEY]);
        }
        let mut process = command.spawn().map_err(|e| format!("python: {e}"))?;
        let pipe = process.stdout.take().ok_or("no standard output")?;
        let mut server = Server {
            process,
            lines: BufReader::new(pipe).lines(),
            port: 0,
        };
        let first = server.line().ok_or("the server does not start")?;
        let port = first.strip_prefix("port ").and_then(|p| p.parse().ok());
        server.port = port.ok_or(format!("the server says {first}"))?;
        Ok(server)
    }

    fn line(&mut self) -> Option<String> {
        self.lines.next()?.ok()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Failures mean that the process is already gone.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Takes every step over one transport and adds each to the report.
pub fn run(options: &Options, security: Security, report: &mut Report) {
    let transport = security.scheme();
    let name = format!("aiocoap {transport}");
    let folder = format!("aiocoap-{transport}");
    match steps(options, security, &folder, &name, report) {
        Err(why) => {
            report.add(format!("{name} start"), Err(why));
        }
        Ok(count) if count < LEAST => {
            report.add(
                format!("{name} end"),
                Err(format!("only {count} steps, see {folder}/server.err")),
            );
        }
        Ok(_) => {}
    }
}

/// Gives the number of steps that were taken.
fn steps(
    options: &Options,
    security: Security,
    folder: &str,
    name: &str,
    report: &mut Report,
) -> Result<usize, String> {
    let mut server = Server::start(options, security, folder)?;
    let uri = format!("{}://127.0.0.1:{}", security.scheme(), server.port);
    let setting = Setting {
        folder,
        archive: &options.archive,
        imei: IMEI,
        uri: &uri,
        psk: match security {
            Security::None => "",
            Security::PreSharedKey => KEY,
        },
        lifetime: Some(LIFETIME),
    };
    let _device = Device::start(options, &setting)?;
    let mut count = 0;
    while let Some(line) = server.line() {
        let step: Value = serde_json::from_str(&line).map_err(|e| format!("{e} in {line}"))?;
        let (title, seen) = (text(&step[0])?, text(&step[2])?);
        let result = if step[1] == Value::Bool(true) {
            Ok(seen)
        } else {
            Err(seen)
        };
        report.add(format!("{name} {title}"), result);
        count += 1;
    }
    Ok(count)
}

fn text(value: &Value) -> Result<String, String> {
    let text = value.as_str().map(str::to_owned);
    text.ok_or(format!("{value} is no text"))
}
