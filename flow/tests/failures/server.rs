//! A management server cannot be reached, refuses, or is in maintenance.

use crate::bootstrap::{clear_faults, know_names};
use carrier_lab::answer::Answer;
use carrier_lab::coap::Code;
use carrier_lab::event::Operation;
use conformance::setup::{ENDPOINT, KEY};
use flow_tests::lab::MANAGEMENT;
use flow_tests::row::{About, Row};
use flow_tests::told::Told::Deferred;
use flow_tests::told::{BOOTSTRAPPED, DOWN, INIT, REGISTERED, UP};
use flow_tests::{Bench, Lab};

const HANDSHAKE: (u64, u64) = (31, 31);
/// How long an answer is awaited, with all retransmissions (RFC 7252 4.8.2: MAX_TRANSMIT_WAIT, by its random factor).
const ANSWER: (u64, u64) = (62, 93);
const DAY: i64 = 86_400;

fn answer(lab: &Lab, answer: Answer) {
    lab.management[0].answer(Operation::Register, answer, None);
}

fn answer_well(bench: &mut Bench) {
    answer(&bench.lab, Answer::Normal);
}

fn take_key(bench: &mut Bench) {
    let right = [(ENDPOINT.as_bytes(), KEY)];
    bench.lab.management[0].set_keys(&right).unwrap();
}

pub const ROWS: &[Row] = &[
    Row {
        device: |lab| {
            lab.direct()
                .scenario(&format!("dns fail {}", MANAGEMENT[0]))
        },
        told: &[
            INIT,
            UP,
            DOWN,
            UP,
            Deferred(5, 60),
            Deferred(5, 120),
            Deferred(5, 240),
        ],
        repair: know_names,
        then: &[REGISTERED],
        ..Row::new(About::Reason(5), "the server's name is unknown")
    },
    Row {
        device: |lab| lab.direct().scenario("fault unreachable on"),
        told: &[INIT, UP, DOWN, UP, Deferred(5, 60), Deferred(5, 120)],
        repair: clear_faults,
        then: &[REGISTERED],
        ..Row::new(About::Reason(5), "no route to the server")
    },
    Row {
        device: |lab| {
            let settings = lab.direct();
            let wrong = [(ENDPOINT.as_bytes(), &b"another key"[..])];
            lab.management[0].set_keys(&wrong).unwrap();
            settings
        },
        told: &[INIT, UP, DOWN, UP, Deferred(6, 60), Deferred(6, 120)],
        attempt: HANDSHAKE,
        repair: take_key,
        then: &[REGISTERED],
        ..Row::new(About::Reason(6), "the server has another key")
    },
    Row {
        device: |lab| {
            let settings = lab.direct();
            lab.management[0]
                .set_keys(&[(b"somebody else", KEY)])
                .unwrap();
            settings
        },
        told: &[INIT, UP, DOWN, UP, Deferred(6, 60), Deferred(6, 120)],
        repair: take_key,
        then: &[REGISTERED],
        ..Row::new(About::Reason(6), "the server does not know the identity")
    },
    Row {
        device: |lab| lab.direct().scenario("fault blackhole on"),
        told: &[INIT, UP, DOWN, UP, Deferred(6, 60), Deferred(6, 120)],
        attempt: HANDSHAKE,
        repair: clear_faults,
        then: &[REGISTERED],
        ..Row::new(About::Reason(6), "the server is dead")
    },
    Row {
        device: |lab| {
            answer(lab, Answer::Code(Code::FORBIDDEN, None));
            lab.direct()
        },
        told: &[
            INIT,
            UP,
            DOWN,
            UP,
            Deferred(7, 60),
            Deferred(7, 120),
            Deferred(7, 240),
            Deferred(7, 480),
            Deferred(7, 960),
            Deferred(7, DAY),
            Deferred(7, 1200),
            Deferred(7, 1200),
        ],
        repair: answer_well,
        then: &[REGISTERED],
        ..Row::new(
            About::Reason(7),
            "the server does not know the device (4.03)",
        )
    },
    Row {
        device: |lab| {
            answer(lab, Answer::Silence);
            lab.direct()
        },
        told: &[INIT, UP, DOWN, UP, Deferred(7, 60), Deferred(7, 120)],
        attempt: ANSWER,
        repair: answer_well,
        then: &[REGISTERED],
        ..Row::new(About::Reason(7), "the server does not answer")
    },
    Row {
        device: |lab| {
            answer(lab, Answer::Code(Code::FORBIDDEN, None));
            lab.blank()
        },
        told: &[
            INIT,
            UP,
            DOWN,
            UP,
            DOWN,
            BOOTSTRAPPED,
            UP,
            Deferred(7, 60),
            Deferred(7, 120),
            Deferred(7, 240),
            Deferred(7, 480),
            Deferred(7, 960),
            Deferred(7, DAY),
        ],
        repair: answer_well,
        // The same keys once more: no link cycle.
        then: &[BOOTSTRAPPED, REGISTERED],
        ..Row::new(
            About::Reason(7),
            "the server refuses the account of a bootstrap: another is made",
        )
    },
    Row {
        device: |lab| {
            answer(lab, Answer::Code(Code::UNAVAILABLE, Some(777)));
            lab.direct()
        },
        told: &[INIT, UP, DOWN, UP, Deferred(8, 777), Deferred(8, 777)],
        repair: answer_well,
        then: &[REGISTERED],
        ..Row::new(
            About::Reason(8),
            "the server is in maintenance for 777 seconds",
        )
    },
    Row {
        device: |lab| {
            answer(lab, Answer::Code(Code::UNAVAILABLE, None));
            lab.direct()
        },
        told: &[INIT, UP, DOWN, UP, Deferred(8, 14_400), Deferred(8, 14_400)],
        repair: answer_well,
        then: &[REGISTERED],
        ..Row::new(
            About::Reason(8),
            "the server is in maintenance and does not say how long",
        )
    },
];
