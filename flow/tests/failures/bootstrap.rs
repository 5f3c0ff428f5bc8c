//! The bootstrap server cannot be reached, refuses, or stops half way.

use carrier_lab::account::Instance;
use carrier_lab::answer::Answer;
use carrier_lab::coap::Code;
use carrier_lab::event::Operation;
use conformance::setup::{ENDPOINT, KEY};
use flow_tests::lab::BOOTSTRAP;
use flow_tests::row::{About, Row};
use flow_tests::told::Told::{Deferred, Error};
use flow_tests::told::{BOOTSTRAPPED, DOWN, INIT, REGISTERED, UP};
use flow_tests::{Bench, Told};
use std::time::Duration;

/// From a bootstrap that works to the end.
const HAPPY_END: &[Told] = &[DOWN, BOOTSTRAPPED, UP, REGISTERED];
/// How long a handshake is tried.
const HANDSHAKE: (u64, u64) = (31, 31);
/// How long an answer is awaited, with all retransmissions (RFC 7252 4.8.2: MAX_TRANSMIT_WAIT, by its random factor).
const ANSWER: (u64, u64) = (62, 93);
/// How long the bootstrap server may be silent (EXCHANGE_LIFETIME).
const SILENCE: (u64, u64) = (247, 247);
const DAY: i64 = 86_400;

pub fn know_names(bench: &mut Bench) {
    bench.device.control("dns clear");
    for name in ["bs.test", "dm.test", "other.test"] {
        bench.device.control(&format!("dns host {name}=127.0.0.1"));
    }
}

pub fn clear_faults(bench: &mut Bench) {
    bench.device.control("fault clear");
}

fn take_key(bench: &mut Bench) {
    let right = [(ENDPOINT.as_bytes(), KEY)];
    bench.lab.bootstrap.set_keys(&right).unwrap();
}

fn answer_well(bench: &mut Bench) {
    let server = &bench.lab.bootstrap;
    server.answer(Operation::Bootstrap, Answer::Normal, None);
}

/// After the last try nothing happens, for days, until a reset.
fn reset_after_days(bench: &mut Bench) {
    for _ in 0..3 {
        bench.expect_silence(Duration::from_secs(DAY as u64));
    }
    bench.device.power_cut();
    let scenario = &mut bench.device.settings().scenario;
    *scenario = scenario.replace("dns fail", "# dns fail");
    bench.start_again();
}

pub const ROWS: &[Row] = &[
    Row {
        device: |lab| lab.blank().scenario(&format!("dns fail {BOOTSTRAP}")),
        told: &[
            INIT,
            UP,
            DOWN,
            UP,
            Deferred(2, 60),
            Deferred(2, 120),
            Deferred(2, 240),
        ],
        repair: know_names,
        then: HAPPY_END,
        ..Row::new(About::Reason(2), "the bootstrap server's name is unknown")
    },
    Row {
        device: |lab| lab.blank().scenario("fault unreachable on"),
        told: &[INIT, UP, DOWN, UP, Deferred(2, 60), Deferred(2, 120)],
        repair: clear_faults,
        then: HAPPY_END,
        ..Row::new(About::Reason(2), "no route to the bootstrap server")
    },
    Row {
        device: |lab| {
            let wrong = [(ENDPOINT.as_bytes(), &b"another key"[..])];
            lab.bootstrap.set_keys(&wrong).unwrap();
            lab.blank()
        },
        told: &[INIT, UP, DOWN, UP, Deferred(3, 60), Deferred(3, 120)],
        attempt: HANDSHAKE,
        repair: take_key,
        then: HAPPY_END,
        ..Row::new(About::Reason(3), "the bootstrap server has another key")
    },
    Row {
        device: |lab| {
            let others = [(&b"somebody else"[..], KEY)];
            lab.bootstrap.set_keys(&others).unwrap();
            lab.blank()
        },
        told: &[INIT, UP, DOWN, UP, Deferred(3, 60), Deferred(3, 120)],
        repair: take_key,
        then: HAPPY_END,
        ..Row::new(
            About::Reason(3),
            "the bootstrap server does not know the identity",
        )
    },
    Row {
        device: |lab| lab.blank().scenario("fault blackhole on"),
        told: &[INIT, UP, DOWN, UP, Deferred(3, 60), Deferred(3, 120)],
        attempt: HANDSHAKE,
        repair: clear_faults,
        then: HAPPY_END,
        ..Row::new(About::Reason(3), "the bootstrap server is dead")
    },
    Row {
        device: |lab| {
            let refusal = Answer::Code(Code::BAD_REQUEST, None);
            lab.bootstrap.answer(Operation::Bootstrap, refusal, None);
            lab.blank()
        },
        told: &[INIT, UP, DOWN, UP, Deferred(4, 60), Deferred(4, 120)],
        repair: answer_well,
        then: HAPPY_END,
        ..Row::new(About::Reason(4), "the bootstrap server refuses (4.00)")
    },
    Row {
        device: |lab| {
            lab.bootstrap
                .answer(Operation::Bootstrap, Answer::Silence, None);
            lab.blank()
        },
        told: &[INIT, UP, DOWN, UP, Deferred(4, 60), Deferred(4, 120)],
        attempt: ANSWER,
        repair: answer_well,
        then: HAPPY_END,
        ..Row::new(About::Reason(4), "the bootstrap server does not answer")
    },
    Row {
        begin: |bench| bench.provisioning = None,
        told: &[INIT, UP, DOWN, UP, Deferred(4, 60), Deferred(4, 120)],
        attempt: SILENCE,
        repair: |bench| bench.provisioning = Some(bench.lab.provisioning(1)),
        then: HAPPY_END,
        ..Row::new(About::Reason(4), "the bootstrap server writes nothing")
    },
    Row {
        begin: |bench| bench.provisioning.as_mut().unwrap().finish = false,
        told: &[INIT, UP, DOWN, UP, Deferred(4, 60), Deferred(4, 120)],
        attempt: SILENCE,
        repair: |bench| bench.provisioning = Some(bench.lab.provisioning(1)),
        then: HAPPY_END,
        ..Row::new(About::Reason(4), "the bootstrap server does not finish")
    },
    Row {
        device: |lab| {
            let busy = Answer::Code(Code::UNAVAILABLE, Some(600));
            lab.bootstrap.answer(Operation::Bootstrap, busy, None);
            lab.blank()
        },
        told: &[INIT, UP, DOWN, UP, Deferred(8, 600), Deferred(8, 600)],
        repair: answer_well,
        then: HAPPY_END,
        ..Row::new(
            About::Reason(8),
            "the bootstrap server is in maintenance for 10 minutes",
        )
    },
    Row {
        device: |lab| lab.blank().scenario(&format!("dns fail {BOOTSTRAP}")),
        told: &[
            INIT,
            UP,
            DOWN,
            UP,
            Deferred(2, 60),
            Deferred(2, 120),
            Deferred(2, 240),
            Deferred(2, 480),
            Deferred(2, 960),
            Deferred(2, DAY),
            Deferred(2, 1200),
            Deferred(2, 1200),
            Deferred(2, 1200),
            Deferred(2, 1200),
            Deferred(2, 1200),
            Deferred(2, DAY),
            Deferred(2, 1200),
            Deferred(2, 1200),
            Deferred(2, 1200),
            Deferred(2, 1200),
            Deferred(2, 1200),
            Deferred(2, DAY),
            Error(3, flow_tests::told::ETIMEDOUT),
        ],
        repair: reset_after_days,
        then: &[INIT, UP, DOWN, BOOTSTRAPPED, UP, REGISTERED],
        ..Row::new(
            About::Error(3, flow_tests::told::ETIMEDOUT),
            "the bootstrap server cannot be reached for days",
        )
    },
    Row {
        begin: |bench| {
            // A second server with the short id of the first.
            let mut accounts = bench.lab.accounts(1);
            accounts.push(Instance::server(1, 101, 60));
            bench.provisioning.as_mut().unwrap().instances = accounts;
        },
        told: &[
            INIT,
            UP,
            DOWN,
            UP,
            Error(9, flow_tests::told::EINVAL),
            Deferred(4, 60),
            Error(9, flow_tests::told::EINVAL),
            Deferred(4, 120),
        ],
        attempt: SILENCE,
        repair: |bench| bench.provisioning = Some(bench.lab.provisioning(1)),
        then: HAPPY_END,
        ..Row::new(
            About::Error(9, flow_tests::told::EINVAL),
            "a bootstrap gives two servers with one short id",
        )
    },
    Row {
        begin: |bench| {
            // Security without its Server instance.
            let accounts = bench.lab.accounts(1);
            bench.provisioning.as_mut().unwrap().instances = accounts[..1].to_vec();
        },
        told: &[
            INIT,
            UP,
            DOWN,
            UP,
            Error(9, flow_tests::told::EINVAL),
            Deferred(4, 60),
        ],
        attempt: SILENCE,
        repair: |bench| bench.provisioning = Some(bench.lab.provisioning(1)),
        then: HAPPY_END,
        ..Row::new(
            About::Error(9, flow_tests::told::EINVAL),
            "a bootstrap gives a security instance without server instance",
        )
    },
];
