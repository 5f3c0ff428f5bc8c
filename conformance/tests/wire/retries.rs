//! When the client tries again after a failed attempt, in simulated time.

use carrier_lab::answer::Answer;
use carrier_lab::coap::Code;
use carrier_lab::event::Operation;
use conformance::setup::Pair;
use std::time::Duration;

/// SERVER_REGISTRATION
const REGISTRATION: i64 = 7;
/// SERVICE_UNAVAILABLE
const UNAVAILABLE: i64 = 8;

#[test]
fn failed_registrations_are_spaced_by_doubling_delays_then_a_day_then_slower() {
    let pair = Pair::start(|settings| settings.clock("step"));
    let refusal = Answer::Code(Code::FORBIDDEN, None);
    pair.server.answer(Operation::Register, refusal, None);
    let mut before: Option<(u64, u64)> = None;
    for delay in [60, 120, 240, 480, 960, 86_400, 1_200, 1_200] {
        let limit = Duration::from_secs(before.map_or(60, |(_, delay)| delay + 60));
        let event = pair.device.advance_to_event("DEFERRED", limit);
        assert_eq!(
            (event.number(0), event.number(1)),
            (REGISTRATION, delay as i64)
        );
        if let Some((at_ms, announced)) = before {
            // What was announced is what happened.
            let passed = event.at_ms - at_ms;
            assert!(
                passed.abs_diff(announced * 1000) < 1000,
                "{passed} ms after {announced} s"
            );
        }
        before = Some((event.at_ms, delay));
    }
    pair.server
        .answer(Operation::Register, Answer::Normal, None);
    pair.device
        .advance_to_event("REGISTERED", Duration::from_secs(1_300));
    assert_eq!(pair.registers().len(), 9);
}

#[test]
fn a_success_begins_the_delays_anew() {
    let pair = Pair::start(|settings| settings.lifetime(60).clock("step"));
    let refusal = Answer::Code(Code::FORBIDDEN, None);
    pair.server
        .answer(Operation::Register, refusal.clone(), Some(3));
    for delay in [60, 120, 240] {
        let event = pair
            .device
            .advance_to_event("DEFERRED", Duration::from_secs(200));
        assert_eq!(event.number(1), delay);
    }
    pair.device
        .advance_to_event("REGISTERED", Duration::from_secs(300));
    pair.server.answer(Operation::Register, refusal, Some(1));
    pair.server.forget_clients();
    let event = pair
        .device
        .advance_to_event("DEFERRED", Duration::from_secs(100));
    assert_eq!((event.number(0), event.number(1)), (REGISTRATION, 60));
}

#[test]
fn a_server_in_maintenance_is_left_alone_as_long_as_it_says() {
    let pair = Pair::start(|settings| settings.clock("step"));
    let busy = |max_age| Answer::Code(Code::UNAVAILABLE, max_age);
    pair.server
        .answer(Operation::Register, busy(Some(777)), Some(1));
    let first = pair
        .device
        .advance_to_event("DEFERRED", Duration::from_secs(60));
    assert_eq!((first.number(0), first.number(1)), (UNAVAILABLE, 777));
    pair.server.answer(Operation::Register, busy(None), Some(1));
    let second = pair
        .device
        .advance_to_event("DEFERRED", Duration::from_secs(900));
    assert_eq!(
        (second.number(0), second.number(1)),
        (UNAVAILABLE, 4 * 3600)
    );
    assert!((second.at_ms - first.at_ms).abs_diff(777_000) < 1000);
    pair.device
        .advance_to_event("REGISTERED", Duration::from_secs(4 * 3600 + 100));
}

#[test]
fn a_name_without_address_is_no_route() {
    let pair = Pair::start(|settings| {
        let mut settings = settings.clock("step").scenario("dns fail server.test");
        settings.options = vec![("--uri".into(), "coap://server.test:5683".into())];
        settings
    });
    let event = pair
        .device
        .advance_to_event("DEFERRED", Duration::from_secs(60));
    assert_eq!((event.number(0), event.number(1)), (5, 60));
    let event = pair
        .device
        .advance_to_event("DEFERRED", Duration::from_secs(100));
    assert_eq!((event.number(0), event.number(1)), (5, 120));
    assert!(pair.wire().is_empty());
}
