//! Runs the C sample on the virtual modem against two generations of Eclipse Leshan, over plain CoAP and
//! over DTLS, and compares Leshan's answers with what the device was told.
//!
//! `interop --repository DIR --demo DIR --peer DIR --archive FILE --modem FILE --scratch DIR --report FILE`
//! prints a table and exits with 0 when every step passed, 1 when one failed, 2 when it could not start.

mod device;
mod events;
mod expect;
mod leshan;
mod report;
mod steps;

use std::path::PathBuf;
use std::process::ExitCode;

use leshan::{Program, Server};
use report::Report;
use steps::Security;

/// Where everything is; all paths exist except the scratch folder and the report.
#[derive(Debug)]
struct Options {
    repository: PathBuf,
    /// Jars of the demo server.
    demo: PathBuf,
    /// Jars of the newest libraries, and `classes/` with our front.
    peer: PathBuf,
    archive: PathBuf,
    modem: PathBuf,
    scratch: PathBuf,
    report: PathBuf,
}

fn main() -> ExitCode {
    let options = match options() {
        Ok(options) => options,
        Err(why) => {
            eprintln!("interop: {why}");
            return ExitCode::from(2);
        }
    };
    match run(&options) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(why) => {
            eprintln!("interop: {why}");
            ExitCode::from(2)
        }
    }
}

fn options() -> Result<Options, String> {
    let mut arguments = std::env::args().skip(1);
    let mut found = std::collections::HashMap::new();
    while let Some(name) = arguments.next() {
        let value = arguments.next().ok_or(format!("{name} needs a value"))?;
        found.insert(name, PathBuf::from(value));
    }
    let mut take = |name: &str| found.remove(name).ok_or(format!("{name} is missing"));
    let options = Options {
        repository: take("--repository")?,
        demo: take("--demo")?,
        peer: take("--peer")?,
        archive: take("--archive")?,
        modem: take("--modem")?,
        scratch: take("--scratch")?,
        report: take("--report")?,
    };
    match found.into_keys().next() {
        Some(unknown) => Err(format!("{unknown} is not an option")),
        None => Ok(options),
    }
}

fn run(options: &Options) -> Result<bool, String> {
    // The steps mostly wait, so both generations are served at the same time.
    let reports = std::thread::scope(|scope| {
        let runs = [Program::Demo, Program::Peer]
            .map(|program| scope.spawn(move || against(options, program)));
        runs.map(|run| run.join().expect("a run does not panic"))
    });
    let mut whole = Report::default();
    for report in reports {
        whole.append(report?);
    }
    whole.write(&options.report)?;
    whole.print();
    Ok(whole.passed())
}

/// All steps against one server program.
fn against(options: &Options, program: Program) -> Result<Report, String> {
    let server = Server::start(options, program)?;
    println!(
        "{}: coap {}, coaps {}, web {}",
        program.name(),
        server.coap_port,
        server.coaps_port,
        server.web_port
    );
    let mut report = Report::default();
    for security in [Security::None, Security::PreSharedKey] {
        steps::run(options, &server, security, &mut report);
    }
    Ok(report)
}
