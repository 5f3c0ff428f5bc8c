//! Queue mode rows of LwM2M 1.0, on a DTLS server: there the end of listening is to be seen, as a session that is closed.

use carrier_lab::coap::{Code, option};
use carrier_lab::event::Event;
use carrier_lab::request::Request;
use conformance::setup::Pair;
use std::time::Duration;

const WAIT: Duration = Duration::from_secs(10);

/// A device whose server has chosen queue mode, with an idle timeout much shorter than that asks for.
fn queued() -> Pair {
    let mut pair = Pair::start_secure(|settings| settings.option("--idle", "10").clock("step"))
        .until_registered()
        .0;
    pair.device.tell("sources 1");
    pair.device.tell("battery 80");
    pair.server.discard_events();
    choose(&pair, "UQ");
    pair
}

/// Writes the binding; the device tells it in an Update.
fn choose(pair: &Pair, binding: &str) {
    pair.expect(Request::write_text("/1/0/7", binding), Code::CHANGED);
    let update = (0..20).find_map(|_| {
        pass(pair, 100);
        pair.server.wait_update(Duration::from_millis(20))
    });
    let (registration, message) = update.expect("an Update");
    assert_eq!(
        message.segments(option::URI_QUERY),
        [format!("b={binding}")]
    );
    assert_eq!(registration.binding, binding);
    pass(pair, 200);
}

fn pass(pair: &Pair, millis: u64) {
    pair.device.advance(Duration::from_millis(millis));
}

/// Whether the device has closed its session by now.
fn sleeps(pair: &Pair) -> bool {
    let closed = pair.server.wait_event(Duration::from_millis(200), |event| {
        matches!(event, Event::Disconnected(_)).then_some(())
    });
    closed.is_some()
}

/// Lets the device fall asleep.
fn put_to_sleep(pair: &Pair) {
    pair.server.discard_events();
    pass(pair, 100_000);
    let closed = pair.server.wait_event(WAIT, |event| {
        matches!(event, Event::Disconnected(_)).then_some(())
    });
    assert!(closed.is_some(), "no close_notify");
}

#[test]
fn qm_01_queue_mode_is_told_at_registration() {
    let mut pair = queued();
    let supported = pair.expect(Request::read("/3/0/16"), Code::CONTENT);
    assert_eq!(supported.message.payload, b"UQ");
    // What the server wrote is kept, and Register says it from now on.
    pair.device.power_cut();
    pair.device.start_again();
    let registration = pair.wait_registered();
    assert_eq!(registration.binding, "UQ");
    choose(&pair, "U");
}

#[test]
fn qm_02_the_device_listens_for_93_seconds() {
    let pair = queued();
    pair.expect_alive();
    pair.server.discard_events();
    pass(&pair, 90_000);
    assert!(!sleeps(&pair));
    // Whatever is said begins the time anew.
    pair.expect_alive();
    pass(&pair, 90_000);
    assert!(!sleeps(&pair));
    pass(&pair, 6_000);
    assert!(sleeps(&pair));
}

#[test]
fn qm_03_a_change_wakes_the_device_which_then_listens_again() {
    let mut pair = queued();
    pair.expect(Request::observe("/3/0/9"), Code::CONTENT);
    put_to_sleep(&pair);
    pair.device.tell("battery 33");
    let notification = (0..20).find_map(|_| {
        pass(&pair, 100);
        pair.server
            .wait_notification("/3/0/9", Duration::from_millis(50))
    });
    assert_eq!(notification.expect("a notification").message.payload, b"33");
    pair.server.discard_events();
    pass(&pair, 88_000);
    assert!(!sleeps(&pair));
    pass(&pair, 10_000);
    assert!(sleeps(&pair));
}

#[test]
fn qm_04_requests_kept_for_a_sleeping_device_are_answered_when_it_wakes() {
    let mut pair = queued();
    pair.expect(Request::observe("/3/0/9"), Code::CONTENT);
    put_to_sleep(&pair);
    pair.device.tell("battery 34");
    let notification = (0..20).find_map(|_| {
        pass(&pair, 100);
        pair.server
            .wait_notification("/3/0/9", Duration::from_millis(50))
    });
    assert!(notification.is_some(), "a notification");
    let battery = pair.expect(Request::read("/3/0/9"), Code::CONTENT);
    assert_eq!(battery.message.payload, b"34");
    let lifetime = pair.expect(Request::read("/1/0/1"), Code::CONTENT);
    assert!(!lifetime.message.payload.is_empty());
}
