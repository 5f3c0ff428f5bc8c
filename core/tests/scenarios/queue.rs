//! Queue mode of LwM2M 1.0 (OMA LwM2M 1.0 TS 8.3): the server keeps its requests until it hears from the client, which
//! then listens for MAX_TRANSMIT_WAIT.

use crate::sim::coap::*;
use crate::sim::*;

/// A device over DTLS whose server has chosen queue mode.
fn queued() -> World {
    let mut world = world("coaps://server.example");
    world.config.session_idle_timeout = 10;
    world.start();
    world.run_until_registered();
    assert_eq!(dotted(world.put("/1/0/7", TEXT, "UQ").code), 204);
    world.run(SECOND);
    world
}

#[test]
fn what_can_be_chosen_is_listed_and_the_choice_is_told_by_an_update() {
    let mut world = queued();
    assert_eq!(world.get("/3/0/16").text(), "UQ");
    assert_eq!(world.get("/1/0/7").text(), "UQ");
    assert_eq!(world.server.updates.len(), 1);
    let told = world.server.updates[0].message.texts(URI_QUERY);
    assert_eq!(told, ["b=UQ"]);
    // The same again is no change.
    world.put("/1/0/7", TEXT, "UQ");
    world.run(MINUTE);
    assert_eq!(world.server.updates.len(), 1);
    world.put("/1/0/7", TEXT, "U");
    world.run(SECOND);
    let told = world.server.updates[1].message.texts(URI_QUERY);
    assert_eq!(told, ["b=U"]);
}

#[test]
fn other_bindings_are_refused() {
    let mut world = queued();
    for binding in ["S", "SQ", "US", "UQS", "T", "QU", "uq", ""] {
        let answer = world.put("/1/0/7", TEXT, binding);
        assert_eq!(dotted(answer.code), 400, "{binding}");
    }
    assert_eq!(world.get("/1/0/7").text(), "UQ");
}

#[test]
fn the_mode_outlives_a_restart_and_is_in_the_next_register() {
    let mut world = queued();
    world.power_cut();
    world.run_until_registered();
    let query = &world.server.registration.as_ref().expect("known").query;
    assert!(query.iter().any(|item| item == "b=UQ"), "{query:?}");
}

#[test]
fn the_client_listens_for_the_whole_transmission_wait_and_then_sleeps() {
    let mut world = queued();
    let last = world.server.heard.last().expect("traffic").0;
    world.run(last + 92 * SECOND - world.now);
    assert!(world.is_open());
    // A request at the last moment is served, and the time starts anew.
    assert_eq!(dotted(world.get("/3/0/16").code), 205);
    world.run(92 * SECOND);
    assert!(world.is_open());
    world.run(2 * SECOND);
    assert!(!world.is_open());
}

#[test]
fn without_queue_mode_the_own_idle_timeout_counts() {
    let mut world = queued();
    world.put("/1/0/7", TEXT, "U");
    world.run(12 * SECOND);
    assert!(!world.is_open());
}

#[test]
fn a_value_that_changes_during_sleep_wakes_the_client_and_queued_requests_are_served() {
    let mut world = queued();
    world
        .apply(|carrier| carrier.set_power_sources(&[1]))
        .expect("valid");
    let (_, token) = world.observe("/3/0/9");
    world.run(10 * MINUTE);
    assert!(!world.is_open());
    world
        .apply(|carrier| carrier.set_battery_level(33))
        .expect("declared");
    world.run(SECOND);
    let notifications = world.take_notifications(&token);
    assert_eq!(notifications.len(), 1);
    for path in ["/3/0/9", "/1/0/1"] {
        assert_eq!(dotted(world.get(path).code), 205, "{path}");
    }
    world.run(92 * SECOND);
    assert!(world.is_open());
    world.run(2 * SECOND);
    assert!(!world.is_open());
    assert_eq!(world.server.registers.len(), 1);
}

#[test]
fn an_update_wakes_the_client_in_time() {
    let mut world = queued();
    world.put("/1/0/1", TEXT, "600");
    world.run(3 * MINUTE);
    assert!(!world.is_open());
    let updates = world.server.updates.len();
    world.run(6 * MINUTE);
    assert_eq!(world.server.updates.len(), updates + 1);
    assert!(world.is_open());
    assert_eq!(world.get("/3/0/16").text(), "UQ");
}
