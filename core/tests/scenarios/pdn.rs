//! Named access points: what is asked for and when, what is told when the network refuses, and what an SMS may do.

use carrier_core::profile::{Apn, Profile, Settings, generic};
use carrier_core::{DeferredReason, Event, Input};

use crate::sim::coap::{DELETE, GET, Kind, POST, PUT};
use crate::sim::*;

/// An operator whose access point the product sets, with the application's as the fallback.
static OPERATOR: Profile = Profile {
    apn: Apn::Fallback,
    ..generic::PROFILE
};

/// A device of generic mode with an access point of its own.
fn custom(granted: bool) -> World {
    let mut world = world("coap://server.example");
    world.config.apn = Some("custom.test");
    if granted {
        world.modem.granted.insert("custom.test");
    }
    world
}

/// A device of that operator.
fn operator(granted: &[&'static str]) -> World {
    let mut world = world("coap://server.example");
    world.profile = &OPERATOR;
    world.config.apn = Some("fallback.test");
    world.settings = |_| Settings {
        apn: Some("operator.test"),
        ..Settings::NONE
    };
    world.modem.granted.extend(granted);
    world
}

/// Reasons of all deferrals with their delays in seconds.
fn deferrals(world: &World) -> Vec<(DeferredReason, i32)> {
    let events = world.application.events.iter();
    events
        .filter_map(|(_, event)| match event {
            Event::Deferred { reason, delay } => Some((*reason, delay.as_secs_i32())),
            _ => None,
        })
        .collect()
}

#[test]
fn without_a_name_the_default_connection_is_used_as_it_is() {
    let world = plain();
    assert!(world.modem.asked.is_empty());
}

#[test]
#[cfg(feature = "pdn")]
fn a_named_access_point_is_asked_for_once_the_network_is_there_and_before_any_link() {
    let mut world = custom(true);
    world.modem.coverage = false;
    world.start();
    world.run(HOUR);
    assert!(world.modem.asked.is_empty());
    world.regain_coverage();
    world.run_until_registered();
    assert_eq!(world.modem.asked, ["custom.test"]);
    world.run(DAY);
    assert_eq!(world.modem.asked, ["custom.test"]);
    assert!(deferrals(&world).is_empty());
}

#[test]
#[cfg(feature = "pdn")]
fn a_custom_access_point_that_is_refused_defers_with_doubled_delays() {
    let mut world = custom(false);
    world.start();
    world.run(2 * DAY);
    let told = deferrals(&world);
    let delays: Vec<i32> = told.iter().map(|(_, delay)| *delay).collect();
    assert_eq!(
        delays,
        [
            60, 120, 240, 480, 960, 86_400, 1_200, 1_200, 1_200, 1_200, 1_200, 86_400
        ]
    );
    let pdn = |(reason, _): &(DeferredReason, i32)| *reason == DeferredReason::PdnActivate;
    assert!(told.iter().all(pdn));
    assert_eq!(world.modem.asked.len(), 12);
    assert!(world.opened.is_empty() && world.server.registers.is_empty());
}

#[test]
#[cfg(feature = "pdn")]
fn a_custom_access_point_that_is_granted_at_last_leads_to_registration() {
    let mut world = custom(false);
    world.start();
    world.run(5 * MINUTE);
    world.modem.granted.insert("custom.test");
    world.run_until_registered();
    assert_eq!(world.count(|event| *event == Event::Registered), 1);
    // The next trouble starts the delays over.
    world.modem.granted.clear();
    world.lose_link();
    world.run(MINUTE / 2);
    assert_eq!(deferrals(&world).last().map(|(_, delay)| *delay), Some(60));
}

#[test]
#[cfg(all(feature = "operators", feature = "pdn"))]
fn an_operator_that_refuses_its_own_access_point_is_asked_for_the_fallback() {
    let mut world = operator(&["fallback.test"]);
    world.start();
    world.run_until_registered();
    assert_eq!(world.modem.asked, ["operator.test", "fallback.test"]);
    assert!(deferrals(&world).is_empty());
}

#[test]
#[cfg(all(feature = "operators", feature = "pdn"))]
fn an_operator_that_refuses_both_is_reached_by_the_default_connection() {
    let mut world = operator(&[]);
    world.start();
    world.run_until_registered();
    assert_eq!(world.modem.asked, ["operator.test", "fallback.test"]);
    assert!(deferrals(&world).is_empty());
}

#[test]
#[cfg(all(feature = "operators", feature = "pdn"))]
fn an_operator_that_grants_its_own_access_point_is_asked_for_nothing_else() {
    let mut world = operator(&["operator.test", "fallback.test"]);
    world.start();
    world.run_until_registered();
    assert_eq!(world.modem.asked, ["operator.test"]);
}

#[test]
#[cfg(feature = "pdn")]
fn a_connection_that_is_lost_is_made_again_before_the_link() {
    let mut world = custom(true);
    world.start();
    world.run_until_registered();
    world.run(HOUR);
    world.input(Input::NotificationsMissed);
    world.lose_link();
    world.run_until_registered();
    assert!(world.modem.asked.len() >= 2);
    assert!(deferrals(&world).is_empty());
}

#[test]
#[cfg(feature = "pdn")]
fn the_access_point_is_looked_after_when_the_network_returns() {
    let mut world = custom(true);
    world.start();
    world.run_until_registered();
    world.lose_coverage(true);
    world.run(HOUR);
    assert_eq!(world.modem.asked.len(), 1);
    world.regain_coverage();
    world.run_until_registered();
    assert_eq!(world.modem.asked, ["custom.test", "custom.test"]);
}

#[test]
#[cfg(feature = "pdn")]
fn coming_and_going_coverage_causes_no_storm_of_refused_requests() {
    let mut world = custom(false);
    world.start();
    for _ in 0..100 {
        world.run(MINUTE);
        world.lose_coverage(false);
        world.run(MINUTE);
        world.regain_coverage();
    }
    // One sequence of six tries, then a day of quiet.
    assert_eq!(world.modem.asked.len(), 6);
}

/// A request as an SMS carries it.
fn sms(world: &mut World, method: u8, path: &str) -> Vec<u8> {
    let mut message = world.request(method, path);
    message.kind = Kind::Non;
    message.encode()
}

fn updates(world: &World) -> usize {
    world.server.updates.len()
}

#[test]
#[cfg(feature = "sms")]
fn an_sms_triggers_an_update_and_nothing_else_is_obeyed() {
    let mut world = secure();
    world.run(10 * MINUTE);
    assert!(!world.is_open());
    let before = updates(&world);
    for (method, path) in [
        (POST, "/1/1/8"),
        (POST, "/1/0/4"),
        (POST, "/1/0/9"),
        (POST, "/1/0"),
        (POST, "/1/0/8/0"),
        (POST, "/3/0/4"),
        (POST, "/3/0/5"),
        (POST, "/01/0/8"),
        (POST, "/1/x/8"),
        (GET, "/1/0/8"),
        (PUT, "/1/0/8"),
        (DELETE, "/1/0/8"),
    ] {
        let bytes = sms(&mut world, method, path);
        world.input(Input::Sms(&bytes));
        world.run(10 * SECOND);
        assert!(!world.is_open() && updates(&world) == before, "{path}");
    }
    let trigger = sms(&mut world, POST, "/1/0/8");
    for end in 0..trigger.len() {
        world.input(Input::Sms(&trigger[..end]));
        world.run(10 * SECOND);
        assert_eq!(updates(&world), before, "the first {end} bytes");
    }
    world.input(Input::Sms(&trigger));
    world.run(10 * SECOND);
    assert!(world.is_open());
    assert_eq!(updates(&world), before + 1);
    assert_eq!((world.resets, world.server.registers.len()), (0, 1));
}

#[test]
fn an_sms_before_the_registration_is_ignored() {
    let mut world = world("coap://server.example");
    world.modem.coverage = false;
    world.start();
    let trigger = sms(&mut world, POST, "/1/0/8");
    world.input(Input::Sms(&trigger));
    world.regain_coverage();
    world.run_until_registered();
    world.run(MINUTE);
    assert_eq!(updates(&world), 0);
}
