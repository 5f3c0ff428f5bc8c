//! Sessions: liveness, times, several servers.

use carrier_lab::answer::Answer;
use carrier_lab::coap::Code;
use carrier_lab::event::{Event as Happened, Operation};
use carrier_lab::request::Request;
use flow_tests::told::Told::Deferred;
use flow_tests::told::{BOOTSTRAPPED, DOWN, INIT, REGISTERED, UP};
use flow_tests::{Bench, Lab};
use std::time::Duration;

const MINUTE: Duration = Duration::from_secs(60);

#[test]
fn defect_09_nothing_that_happens_at_once_leaves_it_unresponsive() {
    let lab = Lab::plain();
    let settings = lab.direct();
    let mut bench = Bench::start(lab, settings);
    bench.expect_all(&[INIT, UP, REGISTERED], MINUTE);
    for round in 0..20 {
        bench.device.control("storm 100");
        bench.device.control("notify +CEREG: 2");
        bench.device.control("link drop 200ms");
        bench.device.tell("sources 0 1");
        bench.device.tell(&format!("battery {round}"));
        bench.device.tell(&format!("appdata {round:02x}"));
        bench.pass(Duration::from_millis(100 + round * 37));
        bench.device.control("storm 30");
        bench.pass(Duration::from_secs(3));
        let level = bench.ask(0, Request::read("/3/0/9"));
        assert_eq!(level.text(), round.to_string());
    }
    assert!(bench.device.is_alive());
}

/// When messages of this kind reached the server: counted, since its clock is not the device's.
fn attempts(bench: &Bench, server: usize, wanted: Operation) -> usize {
    let events = bench.lab.management[server].events();
    let is_wanted = |happened: &Happened| matches!(happened, Happened::Attempt(operation, ..) if *operation == wanted);
    events
        .iter()
        .filter(|(_, happened)| is_wanted(happened))
        .count()
}

#[test]
fn defect_20_an_update_leaves_time_for_all_its_repetitions() {
    for (lifetime, lost) in [(60, 2), (150, 4), (200, 4), (300, 4), (3_600, 4)] {
        let lab = Lab::plain();
        let settings = lab.direct().lifetime(lifetime);
        let mut bench = Bench::start(lab, settings);
        let registered = bench.expect_all(&[INIT, UP, REGISTERED], MINUTE).unwrap();
        let port = bench.lab.ports()[1];
        bench.pass(Duration::from_secs(u64::from(lifetime) / 3));
        // The first copies are lost; the next has to be in time.
        bench.device.control(&format!("fault drop next {lost} out"));
        bench.pass(Duration::from_secs(u64::from(lifetime) * 2 / 3) - Duration::from_secs(1));
        bench.settle();
        assert_eq!(bench.fresh(), None);
        let arrived: Vec<u64> = bench
            .device
            .wire(port)
            .iter()
            .filter(|packet| packet.outbound && packet.at_ms > registered.at_ms + 1_000)
            .map(|packet| packet.at_ms)
            .collect();
        let first = arrived.first().copied().unwrap_or(u64::MAX);
        let expiry = registered.at_ms + u64::from(lifetime) * 1_000;
        assert!(
            first < expiry,
            "lifetime {lifetime}: {first} ms after {expiry} ms"
        );
        assert_eq!(
            attempts(&bench, 0, Operation::Register),
            1,
            "lifetime {lifetime}"
        );
        assert!(
            attempts(&bench, 0, Operation::Update) >= 1,
            "lifetime {lifetime}"
        );
    }
}

#[test]
fn defect_21_the_system_work_queue_is_never_held_up() {
    let lab = Lab::secure();
    let mut settings = lab.blank().scenario("fault blackhole on");
    settings
        .environment
        .push(("VIRTUAL_MODEM_LOG".into(), "all".into()));
    let mut bench = Bench::start(lab, settings);
    bench.expect_all(&[INIT, UP, DOWN, UP], MINUTE);
    // In the middle of a handshake with a server that is dead, a notification is delivered at once.
    bench.pass(Duration::from_secs(10));
    bench.device.control("event ME BATTERY LOW");
    let asked = bench.device.now_ms();
    let event = bench.next(Duration::from_secs(2)).expect("an event");
    assert_eq!(event.name, "MODEM_DOMAIN");
    assert!(event.at_ms - asked < 500, "{} ms", event.at_ms - asked);
    bench.expect(Deferred(3, 60), MINUTE);
    let log = bench.device.log();
    let timers: Vec<&str> = log
        .lines()
        .filter(|line| line.contains("timer_start"))
        .collect();
    assert!(!timers.is_empty(), "timers are in the log");
    let own = |line: &&str| line.contains(" queue 0 ") || line.contains(" queue 1 ");
    assert!(
        timers.iter().all(own),
        "a timer of the system work queue: {timers:?}"
    );
}

#[test]
fn defect_22_a_failing_server_does_not_drop_the_other() {
    let lab = Lab::secure();
    let provisioning = lab.provisioning(2);
    lab.management[1].set_deaf(true);
    let settings = lab.blank().option("--idle", "7200");
    let mut bench = Bench::start(lab, settings);
    bench.provisioning = Some(provisioning);
    bench.expect_all(&[INIT, UP, DOWN, UP, DOWN, BOOTSTRAPPED, UP], MINUTE);
    for delay in [60, 120, 240, 480, 960] {
        bench.expect(Deferred(6, delay), Duration::from_secs(2 * 960));
        let alive = bench.ask(0, Request::read("/3/0/2"));
        assert_eq!(alive.code(), Code::CONTENT);
    }
    assert_eq!(
        attempts(&bench, 0, Operation::Register),
        1,
        "it was never registered anew"
    );
    bench.expect(Deferred(6, 86_400), Duration::from_secs(2 * 960));
    bench.lab.management[1].set_deaf(false);
    bench.expect(REGISTERED, Duration::from_secs(90_000));
    assert_eq!(attempts(&bench, 0, Operation::Register), 1);
}

#[test]
fn defect_27_only_published_numbers_are_told() {
    let lab = Lab::plain();
    let settings = lab.direct();
    let mut bench = Bench::start(lab, settings);
    bench.expect_all(&[INIT, UP, REGISTERED], MINUTE);
    // The bench looks at each event; these are what a later modem or network may bring.
    for text in [
        "ME OVERHEATED",
        "ME BATTERY LOW",
        "RESET LOOP",
        "PRACH CE-LEVEL 2",
        "SOMETHING NEW",
        "7",
    ] {
        bench.device.control(&format!("event {text}"));
        bench.pass(Duration::from_secs(1));
    }
    for line in [
        "+CEREG: 255",
        "%XSIM: 99",
        "+CEREG: 90",
        "%MDMEV: ",
        "%MDMEV",
    ] {
        bench.device.control(&format!("notify {line}"));
        bench.pass(Duration::from_secs(1));
    }
    bench.settle();
    let mut told = Vec::new();
    while let Some(event) = bench.fresh() {
        assert_eq!(event.name, "MODEM_DOMAIN");
        told.push(event.number(0));
    }
    assert_eq!(told, [0, 1, 2]);
}

#[test]
fn defect_28_a_server_in_maintenance_names_the_time() {
    let lab = Lab::plain();
    let busy = |seconds| Answer::Code(Code::UNAVAILABLE, seconds);
    let register = Operation::Register;
    lab.management[0].answer(register, busy(Some(100)), Some(1));
    let settings = lab.direct();
    let mut bench = Bench::start(lab, settings);
    bench.expect_all(&[INIT, UP], MINUTE);
    for (told, next) in [
        (100, Some(5_000)),
        (5_000, None),
        (14_400, Some(200)),
        (200, None),
    ] {
        let event = bench.expect(Deferred(8, told), MINUTE);
        let times = if told == 200 { 0 } else { 1 };
        bench.lab.management[0].answer(register, busy(next), Some(times));
        bench.expect_pause(&event, told);
    }
    bench.expect(REGISTERED, MINUTE);
}

#[test]
fn defect_23_signal_strength_is_that_of_the_modem_to_the_decibel() {
    let lab = Lab::plain();
    let settings = lab.direct();
    let mut bench = Bench::start(lab, settings);
    bench.expect_all(&[INIT, UP, REGISTERED], MINUTE);
    // 3GPP TS 27.007 8.69: 1 begins at -140 dBm, 97 at -44; asked for, and told when thresholds are passed.
    let observed = bench.ask(0, Request::observe("/4/0/2"));
    assert_eq!(observed.code(), Code::CONTENT);
    for strength in [-140, -139, -100, -88, -61, -45, -44] {
        bench.device.control(&format!("signal {strength} -10 5"));
        let index = format!(",{}", strength + 141);
        assert!(bench.device.control("at AT+CESQ").contains(&index));
        bench.pass(Duration::from_secs(1));
        let read = bench.ask(0, Request::read("/4/0/2"));
        assert_eq!(read.text(), strength.to_string());
    }
}
