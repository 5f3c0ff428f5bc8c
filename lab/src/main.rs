//! The command `carrier-lab`: serves a client and drives it by a script, or by hand.

use carrier_lab::named::{Named, Plan, identity_and_key};
use carrier_lab::report::{self, Step};
use carrier_lab::run::Runner;
use carrier_lab::script::{self, Command};
use carrier_lab::server::Sink;
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
    about = "Small LwM2M servers driven by a script or by hand"
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
    /// A further server: name, `bootstrap` if it is one, coap=, coaps=, psk=; may be given several times.
    #[arg(long, value_name = "PLAN", value_parser = Plan::parse)]
    server: Vec<Plan>,
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
        .map_or(Ok(Vec::new()), |path| commands(path, common))?;
    let servers = start(common)?;
    let Some(script) = script else {
        let end = timeout.map(|timeout| Instant::now() + timeout);
        while end.is_none_or(|end| Instant::now() < end) {
            std::thread::sleep(Duration::from_millis(100));
        }
        return Ok(true);
    };
    let steps = run(&servers, &script, &commands, timeout);
    if common.trace {
        print_datagrams(&servers);
    }
    if let Some(path) = report {
        std::fs::write(&path, report::json(&steps))
            .map_err(|error| format!("{}: {error}", path.display()))?;
    }
    Ok(steps.iter().all(|step| step.ok))
}

/// Stops at the first step that fails.
fn run(
    servers: &[Named],
    script: &Path,
    commands: &[Line],
    timeout: Option<Duration>,
) -> Vec<Step> {
    let mut runner = Runner::new(servers, timeout.map(|timeout| Instant::now() + timeout));
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
    let servers = start(common)?;
    let mut runner = Runner::new(&servers, None);
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
        print_datagrams(&servers);
    }
    Ok(true)
}

/// Line number, text and command.
type Line = (usize, String, Command);

fn commands(path: &Path, common: &Common) -> Result<Vec<Line>, String> {
    let plans = plans(common)?;
    let known = |name: &&str| plans.iter().any(|plan| plan.name == *name);
    let read = |path: &Path| match path.to_str() {
        Some("-") => std::io::read_to_string(std::io::stdin()),
        _ => std::fs::read_to_string(path),
    };
    let text = read(path).map_err(|error| format!("{}: {error}", path.display()))?;
    let mut commands = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let place = |wrong: String| format!("{}:{}: {wrong}", path.display(), index + 1);
        let command = script::parse(line).map_err(place)?;
        let names = command.as_ref().map(Command::servers).unwrap_or_default();
        if let Some(name) = names.into_iter().find(|name| !known(name)) {
            return Err(place(format!("no server is called {name}")));
        }
        commands.extend(command.map(|command| (index + 1, line.trim().to_string(), command)));
    }
    Ok(commands)
}

/// The servers to start: that of the plain options, called `dm`, then the others.
fn plans(common: &Common) -> Result<Vec<Plan>, String> {
    let mut plans = Vec::new();
    if common.coap.is_some() || common.coaps.is_some() {
        plans.push(Plan {
            name: "dm".into(),
            coap: common.coap,
            coaps: common.coaps,
            keys: common.psk.clone(),
            ..Plan::default()
        });
    }
    plans.extend(common.server.iter().cloned());
    if plans.is_empty() {
        return Err("one of --coap, --coaps and --server is needed".into());
    }
    for (index, plan) in plans.iter().enumerate() {
        if plans[..index].iter().any(|other| other.name == plan.name) {
            return Err(format!("two servers are called {}", plan.name));
        }
    }
    if common.coaps.is_some() && common.psk.is_empty() && common.server.is_empty() {
        return Err("--coaps needs a --psk".into());
    }
    Ok(plans)
}

fn start(common: &Common) -> Result<Vec<Named>, String> {
    let plans = plans(common)?;
    let mut servers = Vec::new();
    for plan in &plans {
        // A name in front of each line where there is more than one server.
        let front = match plans.len() {
            1 => String::new(),
            _ => format!("{} ", plan.name),
        };
        let prefix = front.clone();
        let conversation: Sink = Arc::new(move |line| say(&format!("{prefix}{line}")));
        let started = plan.start((!common.quiet).then_some(conversation));
        let named = started.map_err(|error| format!("cannot serve {}: {error}", plan.name))?;
        let uris = named.server.uris().join(" and ");
        say(&format!("## {front}serving {uris}"));
        servers.push(named);
    }
    Ok(servers)
}

fn print_datagrams(servers: &[Named]) {
    for wire in servers.iter().flat_map(|named| named.server.wires()) {
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
