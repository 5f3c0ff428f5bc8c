//! Runs the C sample on the virtual modem against two generations of Eclipse Leshan and against aiocoap, over plain CoAP and
//! over DTLS, and compares their answers with what the device was told.
//!
//! `interop --repository DIR --jars DIR --fronts DIR --python FILE --archive FILE --modem FILE --scratch DIR --report FILE`
//! prints a table and exits with 0 when every step passed, 1 when one failed, 2 when it could not start.

mod aiocoap;
mod bootstrap;
mod client;
mod device;
mod events;
mod expect;
mod leshan;
mod report;
mod steps;

use std::path::PathBuf;
use std::process::ExitCode;

use client::Security;
use leshan::{Program, Server};
use report::Report;

/// Where everything is; all paths exist except the scratch folder and the report.
#[derive(Debug)]
struct Options {
    repository: PathBuf,
    /// A folder of jars for each pom.
    jars: PathBuf,
    /// A folder of classes for each front of ours.
    fronts: PathBuf,
    /// A Python with the packages of `aiocoap/requirements.txt`.
    python: PathBuf,
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
        jars: take("--jars")?,
        fronts: take("--fronts")?,
        python: take("--python")?,
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
    let generations = [
        (Program::Demo, Program::OldBootstrap),
        (Program::Peer, Program::NewBootstrap),
    ];
    let (reports, third) = std::thread::scope(|scope| {
        let runs = generations.map(|(management, bootstrap)| {
            scope.spawn(move || against(options, management, bootstrap))
        });
        let third = scope.spawn(|| {
            let mut report = Report::default();
            for security in [Security::None, Security::PreSharedKey] {
                aiocoap::run(options, security, &mut report);
            }
            report
        });
        (
            runs.map(|run| run.join().expect("a run does not panic")),
            third.join().expect("a run does not panic"),
        )
    });
    let mut whole = Report::default();
    for report in reports {
        whole.append(report?);
    }
    whole.append(third);
    whole.write(&options.report)?;
    whole.print();
    Ok(whole.passed())
}

/// All steps against one generation: a device with the management server alone, and one with both servers. The steps mostly
/// wait, so all this happens at the same time.
fn against(options: &Options, management: Program, bootstrap: Program) -> Result<Report, String> {
    let server = start(options, management)?;
    std::thread::scope(|scope| {
        let provisioned = scope.spawn(|| {
            let bootstrap = start(options, bootstrap)?;
            let mut report = Report::default();
            for security in [Security::None, Security::PreSharedKey] {
                bootstrap::run(options, &server, &bootstrap, security, &mut report);
            }
            Ok::<Report, String>(report)
        });
        let mut report = Report::default();
        for security in [Security::None, Security::PreSharedKey] {
            steps::run(options, &server, security, &mut report);
        }
        report.append(provisioned.join().expect("a run does not panic")?);
        Ok(report)
    })
}

fn start(options: &Options, program: Program) -> Result<Server, String> {
    let server = Server::start(options, program)?;
    println!(
        "{}: coap {}, coaps {}, web {}",
        program.name(),
        server.coap_port,
        server.coaps_port,
        server.web_port
    );
    Ok(server)
}
