//! A firmware package is refused, stops coming, or is not applied.

use carrier_lab::coap::{Block, option};
use carrier_lab::request::Request;
use conformance::eventually;
use conformance::firmware::{package, write};
use flow_tests::row::{About, Row, nothing};
use flow_tests::told::Told::{self, Error, Plain};
use flow_tests::told::{ECANCELED, ETIMEDOUT, INIT, POWER_OFF, REBOOT, REGISTERED, UP};
use flow_tests::{Bench, Lab};
use std::time::Duration;

const FOTA_START: Told = Plain("FOTA_START");
/// Result of a start that found a package without a valid signature.
const AUTHENTICATION: i64 = 0x0440_0003;

/// Lets time pass until the device is registered.
fn register(bench: &mut Bench) {
    while bench.device.count("REGISTERED") == 0 {
        bench.pass(Duration::from_millis(500));
        bench.settle();
    }
}

/// Pushes a good package.
fn push(bench: &mut Bench) {
    let package = package(&bench.device, 600, "");
    bench.ask_when_awake(0, write(&package).block1(256));
}

fn push_rubbish(bench: &mut Bench) {
    register(bench);
    bench.ask_when_awake(0, write(&[0x5A; 100]));
}

fn push_a_beginning(bench: &mut Bench) {
    register(bench);
    let block = Block {
        number: 0,
        more: true,
        exponent: 0,
    };
    // For which firmware the package is does not show yet.
    let mut request = write(&b"VMDELTA1 and more"[..block.size()]);
    let value = u8::try_from(block.to_uint()).expect("one byte");
    request.options.push((option::BLOCK1, vec![value]));
    bench.ask_when_awake(0, request);
}

fn cancel(bench: &mut Bench) {
    register(bench);
    push(bench);
    bench.ask_when_awake(0, write(&[0]));
}

/// An update whose package the modem does not like.
fn update(bench: &mut Bench) {
    register(bench);
    push(bench);
    bench.device.control("firmware outcome authentication");
    bench.ask_when_awake(0, Request::execute("/5/0/2", ""));
    eventually("the restart", || {
        bench.pass(Duration::from_secs(1));
        (!bench.device.is_alive()).then_some(())
    });
    bench.start_again();
}

const PUSHED: Row = Row {
    lab: Lab::plain,
    device: Lab::direct,
    repair: push,
    then: &[FOTA_START],
    ..Row::new(About::Error(4, 3), "")
};

pub const ROWS: &[Row] = &[
    Row {
        about: About::Error(4, 3),
        fault: "what the server pushes is no firmware package",
        begin: push_rubbish,
        told: &[INIT, UP, REGISTERED, FOTA_START, Error(4, 3)],
        ..PUSHED
    },
    Row {
        about: About::Error(7, ETIMEDOUT),
        fault: "the server stops in the middle of a firmware package",
        begin: push_a_beginning,
        told: &[INIT, UP, REGISTERED, FOTA_START, Error(7, ETIMEDOUT)],
        attempt: (247, 247),
        ..PUSHED
    },
    Row {
        about: About::Error(7, ECANCELED),
        fault: "the server takes a firmware package back",
        begin: cancel,
        told: &[INIT, UP, REGISTERED, FOTA_START, Error(7, ECANCELED)],
        ..PUSHED
    },
    Row {
        about: About::Error(8, AUTHENTICATION),
        fault: "the modem does not apply a firmware package",
        begin: update,
        told: &[
            INIT,
            UP,
            REGISTERED,
            FOTA_START,
            REBOOT,
            POWER_OFF,
            INIT,
            Error(8, AUTHENTICATION),
            UP,
            REGISTERED,
        ],
        // What is in the area has to be erased first, which takes its time.
        repair: nothing,
        then: &[],
        ..PUSHED
    },
];
