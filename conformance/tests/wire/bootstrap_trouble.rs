//! Rows of the bootstrap group: servers that refuse, keep silent or know another key, and what the account's own timers do.

use carrier_lab::account::{Instance, write_object};
use carrier_lab::answer::Answer;
use carrier_lab::bootstrap::Provisioning;
use carrier_lab::coap::Code;
use carrier_lab::event::Operation;
use carrier_lab::request::Request;
use carrier_lab::value::Value;
use conformance::Event;
use conformance::blank::Blank;
use conformance::setup::{ask, expect_one_of};
use conformance::{ENDPOINT, KEY};
use std::time::Duration;

use crate::security::assert_sealed;

/// BOOTSTRAP_NO_ROUTE
const NO_ROUTE: i64 = 2;
/// BOOTSTRAP_CONNECT
const CONNECT: i64 = 3;
/// BOOTSTRAP_SEQUENCE
const SEQUENCE: i64 = 4;
/// SERVER_REGISTRATION
const REGISTRATION: i64 = 7;
/// Error group of bootstraps, and -ETIMEDOUT of this machine.
const GIVEN_UP: (i64, i64) = (3, -110);
/// Grain of the client's timers in milliseconds, with some for the wire.
const TICK: u64 = 150;
const SILENCE: Duration = Duration::from_millis(300);

fn refusal(code: Code) -> Answer {
    Answer::Code(code, None)
}

fn deferred(blank: &Blank, seconds: u64) -> Event {
    let limit = Duration::from_secs(seconds);
    blank.device.advance_to_event("DEFERRED", limit)
}

#[test]
fn bs_15_refused_requests_are_repeated_with_growing_delays() {
    for code in [Code::BAD_REQUEST, Code::of(5, 0)] {
        let blank = Blank::open(1);
        blank
            .bootstrap
            .answer(Operation::Bootstrap, refusal(code), Some(3));
        for delay in [60, 120, 240] {
            let event = deferred(&blank, 300);
            assert_eq!((event.number(0), event.number(1)), (SEQUENCE, delay));
        }
        blank.provision(&blank.accounts());
        blank.wait_register(0);
        let times: Vec<u64> = blank.requests().iter().map(|(at, _)| *at).collect();
        let gaps: Vec<u64> = times.windows(2).map(|pair| pair[1] - pair[0]).collect();
        assert_eq!(gaps.len(), 3, "{code}");
        for (gap, wanted) in gaps.iter().zip([60_000, 120_000, 240_000]) {
            assert!(gap.abs_diff(wanted) <= wanted / 20, "{code}: {gaps:?}");
        }
    }
}

#[test]
fn bs_18_a_client_nobody_registers_bootstraps_again() {
    let blank = Blank::open(1);
    blank.management[0].answer(Operation::Register, refusal(Code::FORBIDDEN), None);
    blank.provision(&blank.accounts());
    for delay in [60, 120, 240, 480, 960, 86_400] {
        let event = deferred(&blank, 1_200);
        assert_eq!((event.number(0), event.number(1)), (REGISTRATION, delay));
    }
    blank.device.advance(Duration::from_secs(86_390));
    blank.management[0].answer(Operation::Register, Answer::Normal, None);
    blank.provision(&blank.accounts());
    blank.wait_register(0);
    assert_eq!(Blank::attempts(&blank.bootstrap, Operation::Bootstrap), 2);
}

#[test]
fn what_a_server_says_about_failures_comes_before_the_usual() {
    // Communication Retry Count, Retry Timer, Sequence Delay Timer; and Bootstrap on Registration Failure.
    for bootstrap_again in [true, false] {
        let blank = Blank::open(1);
        blank.management[0].answer(Operation::Register, refusal(Code::FORBIDDEN), None);
        let [security, mut server] = blank.account(0);
        for (resource, value) in [(17, 2), (18, 3), (19, 2_000)] {
            server = server.set(resource, Value::Integer(value));
        }
        server = server.set(16, Value::Boolean(bootstrap_again));
        blank.provision(&[security, server]);
        for delay in [3, 6, 2_000] {
            let event = deferred(&blank, 60);
            assert_eq!((event.number(0), event.number(1)), (REGISTRATION, delay));
        }
        blank.device.advance(Duration::from_secs(1_998));
        blank.bootstrap.discard_events();
        blank.device.advance(Duration::from_secs(3));
        let again = blank.bootstrap.wait_bootstrap(SILENCE);
        assert_eq!(again.is_some(), bootstrap_again);
        let registers = Blank::attempts(&blank.management[0], Operation::Register);
        assert_eq!(registers, if bootstrap_again { 3 } else { 4 });
    }
}

#[test]
fn bs_19_another_key_at_the_bootstrap_server_ends_in_a_pause() {
    let blank = Blank::secure_with(1, b"another key here", |settings| settings);
    let first = deferred(&blank, 300);
    assert_eq!((first.number(0), first.number(1)), (CONNECT, 60));
    let second = deferred(&blank, 400);
    assert_eq!((second.number(0), second.number(1)), (CONNECT, 120));
    assert!(second.at_ms - first.at_ms >= 60_000);
    assert_sealed(&blank.wire(&blank.bootstrap));
    assert_eq!(Blank::attempts(&blank.bootstrap, Operation::Bootstrap), 0);
    let right = [(ENDPOINT.as_bytes(), KEY)];
    blank.bootstrap.set_keys(&right).unwrap();
    blank.provision(&blank.accounts());
    blank.wait_register(0);
}

#[test]
fn bs_20_an_unanswered_request_is_retransmitted_with_growing_gaps() {
    let blank = Blank::open(1);
    blank
        .bootstrap
        .answer(Operation::Bootstrap, Answer::Silence, Some(5));
    let event = deferred(&blank, 200);
    assert_eq!((event.number(0), event.number(1)), (SEQUENCE, 60));
    let requests = blank.requests();
    assert_eq!(requests.len(), 5);
    assert!(
        requests
            .iter()
            .all(|(_, message)| *message == requests[0].1)
    );
    let gaps: Vec<u64> = requests
        .windows(2)
        .map(|pair| pair[1].0 - pair[0].0)
        .collect();
    assert!((2_000 - TICK..=3_000 + TICK).contains(&gaps[0]), "{gaps:?}");
    for pair in gaps.windows(2) {
        assert!(pair[1].abs_diff(2 * pair[0]) <= 2 * TICK, "{gaps:?}");
    }
    // The next attempt is a new exchange.
    blank.wait_bootstrap();
    let again = blank.requests().pop().unwrap().1;
    assert_ne!(again.message_id, requests[0].1.message_id);
    assert_ne!(again.token, requests[0].1.token);
}

#[test]
fn a_repetition_that_arrives_is_enough() {
    let blank = Blank::open(1);
    blank
        .bootstrap
        .answer(Operation::Bootstrap, Answer::Silence, Some(1));
    blank.provision(&blank.accounts());
    blank.wait_register(0);
    assert_eq!(blank.requests().len(), 2);
    assert_eq!(blank.device.count("DEFERRED"), 0);
}

#[test]
fn bs_21_the_request_waits_for_the_hold_off_time() {
    // The account says so itself, from the second bootstrap on.
    let blank = Blank::open(1);
    blank.wait_bootstrap();
    for instance in blank.account(0) {
        blank.expect(instance.write(), Code::CHANGED);
    }
    let hold_off = Request::write_text("/0/0/11", "5");
    blank.expect(hold_off, Code::CHANGED);
    blank.expect(Request::finish(), Code::CHANGED);
    blank.wait_register(0);
    // None while a registration is up.
    blank.device.advance(Duration::from_secs(7_200));
    assert_eq!(blank.requests().len(), 1);
    let asked = blank.device.now_ms();
    blank.expect_managed(0, Request::execute("/1/0/9", ""), Code::CHANGED);
    blank.wait_bootstrap();
    let sent = blank.requests().pop().unwrap().0;
    assert!(
        (4_000..=6_000).contains(&(sent - asked)),
        "{} ms",
        sent - asked
    );
}

#[test]
fn bs_22_the_bootstrap_account_ends_with_its_time() {
    let mut blank = Blank::open(1);
    blank.wait_bootstrap();
    for instance in blank.account(0) {
        blank.expect(instance.write(), Code::CHANGED);
    }
    blank.expect(Request::write_text("/0/0/12", "3"), Code::CHANGED);
    blank.expect(Request::finish(), Code::CHANGED);
    blank.wait_register(0);
    blank.device.advance(Duration::from_secs(4));
    let refused = [Code::NOT_ALLOWED, Code::BAD_REQUEST];
    let trigger = || Request::execute("/1/0/9", "");
    expect_one_of(&blank.management[0], trigger(), &refused);
    // The server that is out of the game is not served either.
    let finish = Request::finish().timeout(SILENCE);
    let served = blank.bootstrap.send(finish);
    assert!(!served.is_ok_and(|reply| reply.code().is_success()));
    // For good.
    blank.device.power_cut();
    blank.device.start_again();
    blank.wait_register(0);
    expect_one_of(&blank.management[0], trigger(), &refused);
    assert_eq!(blank.requests().len(), 1);
}

#[test]
fn a_bootstrap_account_without_a_time_stays() {
    let blank = Blank::open(1).until_registered();
    blank.device.advance(Duration::from_secs(7_200));
    blank.expect_managed(0, Request::execute("/1/0/9", ""), Code::CHANGED);
    blank.wait_bootstrap();
}

#[test]
fn after_the_last_sequence_the_client_gives_up_until_the_next_start() {
    let mut blank = Blank::open(1);
    blank
        .bootstrap
        .answer(Operation::Bootstrap, refusal(Code::BAD_REQUEST), None);
    let mut count = 0;
    let end = loop {
        if let Some(error) = blank.device.look_for_event("ERROR", SILENCE / 20) {
            break error;
        }
        if blank
            .device
            .look_for_event("DEFERRED", SILENCE / 20)
            .is_some()
        {
            count += 1;
        }
        assert!(count < 30);
        blank.device.advance(Duration::from_secs(600));
    };
    assert_eq!((end.number(0), end.number(1)), GIVEN_UP);
    let before = blank.requests().len();
    blank.device.advance(Duration::from_secs(7 * 86_400));
    assert_eq!(blank.requests().len(), before);
    blank
        .bootstrap
        .answer(Operation::Bootstrap, Answer::Normal, None);
    blank.device.power_cut();
    blank.device.start_again();
    blank.provision(&blank.accounts());
    blank.wait_register(0);
}

#[test]
fn a_server_that_falls_silent_after_its_writes_has_written_nothing() {
    let blank = Blank::open(2);
    blank.wait_bootstrap();
    for instance in blank.account(0) {
        blank.expect(instance.write(), Code::CHANGED);
    }
    let begin = blank.device.now_ms();
    let event = deferred(&blank, 400);
    assert_eq!((event.number(0), event.number(1)), (SEQUENCE, 60));
    // EXCHANGE_LIFETIME after its last word.
    assert!((event.at_ms - begin).abs_diff(247_000) < 1_000);
    assert_eq!(
        Blank::attempts(&blank.management[0], Operation::Register),
        0
    );
    blank.wait_bootstrap();
    let found = blank.discovered();
    assert!(found.contains(&"/0/0".to_string()));
    assert!(!found.contains(&"/0/1".to_string()), "{found:?}");
    assert!(!found.contains(&"/1/0".to_string()), "{found:?}");
    let accounts = Provisioning::of(&blank.account(1));
    blank.bootstrap.provision(&accounts).unwrap();
    blank.wait_register(1);
}

#[test]
fn an_unfinished_second_bootstrap_leaves_the_accounts_as_they_were() {
    for blank in [Blank::open(1), Blank::secure(1)] {
        let blank = blank.until_registered();
        blank.management[0].discard_events();
        blank.expect_managed(0, Request::execute("/1/0/9", ""), Code::CHANGED);
        blank.wait_bootstrap();
        blank.expect(Request::delete("/"), Code::DELETED);
        blank.expect(Request::finish(), Code::NOT_ACCEPTABLE);
        let event = deferred(&blank, 400);
        assert_eq!(event.number(0), SEQUENCE);
        blank.device.advance(Duration::from_secs(61));
        blank.wait_register(0);
        blank.expect_managed(0, Request::read("/3/0/2"), Code::CONTENT);
    }
}

/// One by one, what Bootstrap-Finish has to refuse, and the repair.
#[test]
fn accounts_that_contradict_each_other_are_not_accepted() {
    let blank = Blank::open(1);
    blank.wait_bootstrap();
    let finish = || Request::finish();
    let refused = || blank.expect(finish(), Code::NOT_ACCEPTABLE);
    // Nothing there.
    refused();
    let [security, server] = blank.account(0);
    blank.expect(security.write(), Code::CHANGED);
    // No Server instance.
    refused();
    // One of another server.
    blank.expect(Instance::server(0, 333, 60).write(), Code::CHANGED);
    refused();
    blank.expect(server.write(), Code::CHANGED);
    // A second one of the same server.
    let double = Instance {
        id: 1,
        ..server.clone()
    };
    blank.expect(double.write(), Code::CHANGED);
    refused();
    // And a second address of it.
    let double = Instance {
        id: 2,
        ..security.clone()
    };
    blank.expect(double.write(), Code::CHANGED);
    refused();
    blank.expect(Request::delete("/0/2"), Code::DELETED);
    blank.expect(Request::delete("/1/1"), Code::DELETED);
    // A secure address without security, and the contrary.
    let uri = |uri: &str| security.clone().set(0, Value::Text(uri.into()));
    blank.expect(uri("coaps://127.0.0.1:1").write(), Code::CHANGED);
    refused();
    let keyless = security.clone().set(2, Value::Integer(0));
    blank.expect(keyless.write(), Code::CHANGED);
    refused();
    assert!(blank.management[0].wait_register(SILENCE).is_none());
    blank.expect(security.write(), Code::CHANGED);
    blank.expect(finish(), Code::CHANGED);
    blank.wait_register(0);
}

#[test]
fn a_network_that_returns_ends_the_pause_after_a_missing_route() {
    let blank = Blank::open_with(1, |settings| settings.scenario("fault unreachable on"));
    let event = deferred(&blank, 60);
    assert_eq!((event.number(0), event.number(1)), (NO_ROUTE, 60));
    blank.device.control("coverage off");
    blank.device.advance(Duration::from_secs(5));
    blank.device.control("fault clear");
    blank.device.control("coverage on");
    blank.provision(&blank.accounts());
    let asked = blank.requests()[0].0;
    assert!(asked - event.at_ms < 59_000, "{} ms", asked - event.at_ms);
    blank.wait_register(0);
    assert_eq!(blank.device.count("DEFERRED"), 1);
}

#[test]
fn a_factory_reset_leads_back_to_the_bootstrap_server() {
    for blank in [Blank::open(1), Blank::secure(1)] {
        let blank = blank.until_registered();
        blank.management[0].discard_events();
        blank.expect_managed(0, Request::execute("/3/0/5", ""), Code::CHANGED);
        blank.provision(&blank.accounts());
        blank.wait_register(0);
        assert_eq!(blank.device.count("DEFERRED"), 0);
        assert_eq!(blank.device.count("BOOTSTRAPPED"), 2);
    }
}

#[test]
fn accounts_there_is_no_room_for_are_refused_and_nothing_else() {
    let blank = Blank::open(1);
    blank.wait_bootstrap();
    let uri = "coap://127.0.0.1:9";
    let many: Vec<Instance> = (1..=9)
        .map(|id| Instance::security_open(id, uri, 100 + id))
        .collect();
    let all = write_object(0, &many);
    let reply = ask(&blank.bootstrap, all);
    assert!(!reply.code().is_success());
    assert!(!blank.discovered().contains(&"/0/1".to_string()));
    let refused = many
        .iter()
        .map(|instance| ask(&blank.bootstrap, instance.write()))
        .filter(|reply| !reply.code().is_success())
        .count();
    assert!(refused > 0);
    blank.expect(Request::delete("/0"), Code::DELETED);
    let long = Value::Text(format!("coap://{}", "x".repeat(245)));
    for instance in many.iter().take(3) {
        ask(
            &blank.bootstrap,
            instance.clone().set(0, long.clone()).write(),
        );
    }
    let accounts = Provisioning::of(&blank.accounts());
    blank.bootstrap.provision(&accounts).unwrap();
    blank.wait_register(0);
}
