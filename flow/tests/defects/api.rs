//! Calls of the application, memory, timers, the end.

use carrier_lab::coap::Code;
use carrier_lab::request::Request;
use flow_tests::told::Told::Error;
use flow_tests::told::{BOOTSTRAPPED, DOWN, EIO, INIT, REGISTERED, UP};
use flow_tests::{Bench, Lab};
use std::time::Duration;

const MINUTE: Duration = Duration::from_secs(60);

/// A word `name=value` of the modem's state, and how many sockets are open.
fn footprint(bench: &Bench) -> (String, usize) {
    let state = bench.device.control("state");
    let allocations = state
        .split(' ')
        .find(|word| word.starts_with("allocations="))
        .unwrap_or_default();
    let sockets = bench.device.control("sockets");
    (allocations.into(), sockets.matches("fd=").count())
}

#[test]
fn defect_10_bootstraps_leave_no_memory_behind() {
    let lab = Lab::secure();
    let settings = lab.blank();
    let mut bench = Bench::start(lab, settings);
    bench.expect_all(
        &[INIT, UP, DOWN, UP, DOWN, BOOTSTRAPPED, UP, REGISTERED],
        MINUTE,
    );
    let (allocations, sockets) = footprint(&bench);
    assert_eq!(allocations, "allocations=0");
    for _ in 0..5 {
        let reply = bench.ask(0, Request::execute("/1/0/9", ""));
        assert_eq!(reply.code(), Code::CHANGED);
        while bench.expect_any(MINUTE).name != "BOOTSTRAPPED" {}
        while bench.fresh().is_some() {}
        let registered = bench.lab.management[0]
            .wait_register(Duration::ZERO)
            .is_some();
        let mut registered = registered;
        for _ in 0..40 {
            registered |= bench.lab.management[0]
                .wait_register(Duration::from_millis(5))
                .is_some();
            if registered {
                break;
            }
            bench.pass(Duration::from_millis(500));
        }
        assert!(registered, "after a bootstrap");
        bench.pass(Duration::from_secs(2));
        assert_eq!(footprint(&bench), ("allocations=0".into(), sockets));
    }
}

#[test]
fn defect_11_no_timer_is_released() {
    let lab = Lab::plain();
    let settings = lab.blank();
    let mut bench = Bench::start(lab, settings);
    bench.expect_all(&[INIT, UP, BOOTSTRAPPED, REGISTERED], MINUTE);
    bench.pass(60 * MINUTE);
    bench.device.tell("shutdown");
    bench.expect(Error(11, EIO), 120 * MINUTE);
    let log = bench.device.log();
    assert!(log.contains("timer_get"), "hooks are in the log");
    assert!(!log.contains("timer_release"), "a timer was released");
}

#[test]
fn defect_13_run_comes_back_and_the_application_goes_on() {
    let lab = Lab::plain();
    let settings = lab.direct();
    let mut bench = Bench::start(lab, settings);
    bench.expect_all(&[INIT, UP, REGISTERED], MINUTE);
    bench.device.tell("shutdown");
    bench.expect(Error(11, EIO), 120 * MINUTE);
    bench.device.wait_line("ended");
    // What the application does after that.
    assert_eq!(bench.device.wait_exit().code(), Some(3));
}

#[test]
fn defect_14_calls_before_there_is_an_object_say_so() {
    const ENOENT: i32 = -2;
    const ENODEV: i32 = -19;
    let lab = Lab::plain();
    let settings = lab
        .direct()
        .scenario("sim missing")
        .scenario("at 60s sim ready");
    let mut bench = Bench::start(lab, settings);
    bench.expect_silence(30 * Duration::from_secs(1));
    for call in ["sources 0 1", "error-add 1", "error-remove 1"] {
        assert_eq!(bench.device.command(call), ENOENT, "{call}");
    }
    // Nothing is declared.
    for call in ["voltage 0 3700", "current 0 10", "battery 50"] {
        assert_eq!(bench.device.command(call), ENODEV, "{call}");
    }
    bench.expect_all(&[INIT, UP, REGISTERED], 2 * MINUTE);
    for call in [
        "sources 0 1",
        "error-add 1",
        "voltage 0 3700",
        "current 0 10",
        "battery 50",
        "memory-total 100",
    ] {
        bench.device.tell(call);
    }
}
