//! Runs the C sample on the virtual modem against two generations of Eclipse Leshan and against aiocoap, over plain CoAP and
//! over DTLS, and compares their answers with what the device was told.
//!
//! `interop --repository DIR --jars DIR --fronts DIR --python FILE --archive FILE --archive-1-1 FILE --modem FILE --scratch DIR --report FILE`
//! prints a table and exits with 0 when every step passed, 1 when one failed, 2 when it could not start.

mod aiocoap;
mod bootstrap;
mod client;
mod device;
mod events;
mod expect;
mod leshan;
mod report;
mod rights;
mod steps;
mod version_1_1;
mod walk;

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
    /// The library built with LwM2M 1.1.
    archive_1_1: PathBuf,
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
        archive_1_1: take("--archive-1-1")?,
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
    let programs = [
        Program::Demo,
        Program::OldBootstrap,
        Program::Peer,
        Program::NewBootstrap,
    ];
    let started = std::thread::scope(|scope| {
        let starts = programs.map(|program| scope.spawn(move || start(options, program)));
        starts.map(|start| start.join().expect("a start does not panic"))
    });
    let [demo, old, peer, new] = started;
    let (demo, old, peer, new) = (&demo?, &old?, &peer?, &new?);
    let mut whole = Report::default();
    // The steps mostly wait, so all runs are at the same time.
    let runs: [Run<'_>; 7] = [
        Box::new(|report| each(|security| steps::run(options, demo, security, report))),
        Box::new(|report| each(|security| steps::run(options, peer, security, report))),
        Box::new(|report| each(|security| bootstrap::run(options, demo, old, security, report))),
        Box::new(|report| each(|security| bootstrap::run(options, peer, new, security, report))),
        Box::new(|report| each(|security| version_1_1::run(options, peer, security, report))),
        Box::new(|report| rights::run(options, [demo, peer], new, report)),
        Box::new(|report| each(|security| aiocoap::run(options, security, report))),
    ];
    let reports = std::thread::scope(|scope| {
        let running = runs.each_ref().map(|run| {
            scope.spawn(move || {
                let mut report = Report::default();
                run(&mut report);
                report
            })
        });
        running.map(|run| run.join().expect("a run does not panic"))
    });
    for report in reports {
        whole.append(report);
    }
    whole.write(&options.report)?;
    whole.print();
    Ok(whole.passed())
}

/// Steps of one kind, added to a report.
type Run<'a> = Box<dyn Fn(&mut Report) + Sync + 'a>;

/// Over CoAP, then over DTLS.
fn each(mut run: impl FnMut(Security)) {
    run(Security::None);
    run(Security::PreSharedKey);
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
