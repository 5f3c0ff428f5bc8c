//! The command `carrier-lab`: serves a client and drives it by a script, or by hand.

use carrier_lab::dtls::DtlsConfig;
use carrier_lab::report::{self, Step};
use carrier_lab::run::Runner;
use carrier_lab::script::{self, Command};
use carrier_lab::server::{Server, ServerConfig, Sink};
use carrier_lab::{hex, wire};
use clap::{Args, Parser, Subcommand};
use std::io::{BufRead, Write};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

#[derive(Parser)]
#[command(
    name = "carrier-lab",
    about = "A small LwM2M server that is driven by a script or by hand"
)]
struct Arguments {
    #[command(subcommand)]
    mode: Mode,
}

#[derive(Subcommand)]
enum Mode {
    /// Serve and run a script; without one, serve until the time is over or for ever.
    Serve {
        #[command(flatten)]
        common: Common,
        /// Commands, one a line; `-` reads standard input.
        #[arg(long)]
        script: Option<PathBuf>,
        /// Write the steps and their results as JSON.
        #[arg(long)]
        report: Option<PathBuf>,
        /// Longest time the script may take.
        #[arg(long, value_parser = carrier_lab::words::duration)]
        timeout: Option<Duration>,
    },
    /// Serve and carry out commands typed on standard input; mistakes do not end it.
    Interactive {
        #[command(flatten)]
        common: Common,
    },
}

#[derive(Args)]
struct Common {
    /// Address of the plain socket.
    #[arg(long)]
    coap: Option<SocketAddr>,
    /// Address of the DTLS socket.
    #[arg(long)]
    coaps: Option<SocketAddr>,
    /// Identity and key in hexadecimal digits; may be given several times.
    #[arg(long, value_name = "IDENTITY:KEY", value_parser = identity_and_key)]
    psk: Vec<(String, Vec<u8>)>,
    /// Print every datagram in hexadecimal digits as well, at the end.
    #[arg(long)]
    trace: bool,
    /// Do not print the conversation.
    #[arg(long)]
    quiet: bool,
}

fn main() -> ExitCode {
    let result = match Arguments::parse().mode {
        Mode::Serve {
            common,
            script,
            report,
            timeout,
        } => serve(&common, script, report, timeout),
        Mode::Interactive { common } => interactive(&common),
    };
    match result {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(message) => {
            eprintln!("carrier-lab: {message}");
            ExitCode::from(2)
        }
    }
}

fn serve(
    common: &Common,
    script: Option<PathBuf>,
    report: Option<PathBuf>,
    timeout: Option<Duration>,
) -> Result<bool, String> {
    let commands = script
        .as_ref()
        .map_or(Ok(Vec::new()), |path| commands(path))?;
    let server = start(common)?;
    let Some(script) = script else {
        let end = timeout.map(|timeout| Instant::now() + timeout);
        while end.is_none_or(|end| Instant::now() < end) {
            std::thread::sleep(Duration::from_millis(100));
        }
        return Ok(true);
    };
    let steps = run(&server, &script, &commands, timeout);
    if common.trace {
        print_datagrams(&server);
    }
    if let Some(path) = report {
        std::fs::write(&path, report::json(&steps))
            .map_err(|error| format!("{}: {error}", path.display()))?;
    }
    Ok(steps.iter().all(|step| step.ok))
}

/// Stops at the first step that fails.
fn run(server: &Server, script: &Path, commands: &[Line], timeout: Option<Duration>) -> Vec<Step> {
    let mut runner = Runner::new(server, timeout.map(|timeout| Instant::now() + timeout));
    let mut steps = Vec::new();
    for (line, text, command) in commands {
        let start = Instant::now();
        say(&format!("## {text}"));
        let result = runner.run(command);
        let (ok, detail) = (result.is_ok(), result.unwrap_or_else(|wrong| wrong));
        if ok && !detail.is_empty() {
            say(&format!("   {detail}"));
        }
        steps.push(Step {
            line: *line,
            command: text.clone(),
            ok,
            detail,
            took: start.elapsed(),
        });
        if !ok {
            break;
        }
    }
    if let (Err(wrong), Some(last)) = (runner.finish(), steps.last_mut()) {
        (last.ok, last.detail) = (false, wrong);
    }
    match steps.last().filter(|step| !step.ok) {
        Some(step) => {
            eprintln!(
                "carrier-lab: {}:{}: {}: {}",
                script.display(),
                step.line,
                step.command,
                step.detail
            );
        }
        None => say(&format!("## {} steps done", steps.len())),
    }
    steps
}

fn interactive(common: &Common) -> Result<bool, String> {
    let server = start(common)?;
    let mut runner = Runner::new(&server, None);
    for line in std::io::stdin().lock().lines() {
        let line = line.map_err(|error| error.to_string())?;
        let result = match script::parse(&line) {
            Ok(Some(Command::Quit)) => break,
            Ok(Some(command)) => runner.run(&command),
            Ok(None) => continue,
            Err(wrong) => Err(wrong),
        };
        match result {
            Ok(detail) => say(&format!("ok {detail}")),
            Err(wrong) => say(&format!("failed: {wrong}")),
        }
    }
    if common.trace {
        print_datagrams(&server);
    }
    Ok(true)
}

/// Line number, text and command.
type Line = (usize, String, Command);

fn commands(path: &Path) -> Result<Vec<Line>, String> {
    let read = |path: &Path| match path.to_str() {
        Some("-") => std::io::read_to_string(std::io::stdin()),
        _ => std::fs::read_to_string(path),
    };
    let text = read(path).map_err(|error| format!("{}: {error}", path.display()))?;
    let mut commands = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let command = script::parse(line)
            .map_err(|wrong| format!("{}:{}: {wrong}", path.display(), index + 1))?;
        commands.extend(command.map(|command| (index + 1, line.trim().to_string(), command)));
    }
    Ok(commands)
}

fn start(common: &Common) -> Result<Server, String> {
    if common.coap.is_none() && common.coaps.is_none() {
        return Err("one of --coap and --coaps is needed".into());
    }
    if common.coaps.is_some() && common.psk.is_empty() {
        return Err("--coaps needs a --psk".into());
    }
    let keys = common
        .psk
        .iter()
        .map(|(identity, key)| (identity.clone().into_bytes(), key.clone()))
        .collect();
    let dtls = DtlsConfig {
        keys,
        ..DtlsConfig::default()
    };
    let conversation: Sink = Arc::new(say);
    let config = ServerConfig {
        role: carrier_lab::server::Role::Management,
        coap: common.coap,
        coaps: common.coaps.map(|address| (address, dtls)),
        trace: (!common.quiet).then_some(conversation),
    };
    let server = Server::start(config).map_err(|error| format!("cannot serve: {error}"))?;
    say(&format!("## serving {}", server.uris().join(" and ")));
    Ok(server)
}

fn print_datagrams(server: &Server) {
    for wire in server.wires() {
        let records = wire.records();
        let Some(first) = records.first().map(|record| record.at) else {
            continue;
        };
        for record in &records {
            let arrow = if record.direction == wire::Direction::Received {
                "<-"
            } else {
                "->"
            };
            let layer = if record.sealed { "dtls" } else { "coap" };
            let milliseconds = record.at.duration_since(first).as_millis();
            say(&format!(
                "{milliseconds:>7} ms {arrow} {} {layer} {}",
                record.peer,
                hex::encode(&record.bytes)
            ));
        }
    }
}

/// Prints a line at once, so that a reader at the other end of a pipe sees it; a reader that left is no reason to stop.
fn say(line: &str) {
    let mut out = std::io::stdout().lock();
    let _ = writeln!(out, "{line}").and_then(|()| out.flush());
}

fn identity_and_key(text: &str) -> Result<(String, Vec<u8>), String> {
    // Identities hold colons themselves (urn:imei:...), keys do not.
    let (identity, key) = text.rsplit_once(':').ok_or("identity:key is needed")?;
    let key = hex::decode(key)
        .filter(|key| !key.is_empty())
        .ok_or("the key is not hexadecimal")?;
    Ok((identity.to_string(), key))
}
