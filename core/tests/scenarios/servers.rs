//! Several management servers: each has its own link, registration and troubles; Access Control decides who may do what.

use carrier_core::{DeferredReason, Event};

use crate::sim::bootstrap::*;
use crate::sim::coap::*;
use crate::sim::server::Reaction;
use crate::sim::*;

const HOSTS: [&str; 3] = ["server.example", "second.example", "third.example"];

/// A device bootstrapped with this many servers, not running yet.
fn several(secure: bool, count: usize) -> World {
    let mut world = blank(secure);
    let accounts: Vec<Account> = HOSTS[..count]
        .iter()
        .zip(101..)
        .map(|(host, id)| account(secure, host, id))
        .collect();
    world.give(&accounts);
    world
}

fn registered(secure: bool, count: usize) -> World {
    let mut world = several(secure, count);
    world.start();
    world.run_until_registered();
    world
}

#[test]
fn all_servers_are_registered_before_the_application_hears_so() {
    for secure in [false, true] {
        for count in [2, 3] {
            let mut world = registered(secure, count);
            assert_eq!(world.count(|event| *event == Event::Registered), 1);
            assert_eq!(world.server.registrations(), 1);
            assert_eq!(world.others[SECOND_SERVER].registrations(), 1);
            assert_eq!(world.others[THIRD_SERVER].registrations(), count - 2);
            assert_eq!(world.modem.keys.len(), if secure { count + 1 } else { 0 });
            world.power_cut();
            world.run(MINUTE);
            assert_eq!(world.count(|event| *event == Event::Registered), 2);
            assert_eq!(world.bootstrap().bootstraps.len(), 1);
        }
    }
}

#[test]
fn a_dead_server_disturbs_no_other() {
    for secure in [false, true] {
        let mut world = several(secure, 2);
        world.others[SECOND_SERVER].is_dead = true;
        world.start();
        world.run_until(10 * MINUTE, |world| world.server.registration.is_some());
        let (_, token) = world.observe("/3/0/9");
        world
            .apply(|carrier| carrier.set_power_sources(&[1]))
            .expect("valid");
        for hour in 0..24 {
            world
                .apply(|carrier| carrier.set_battery_level(hour))
                .expect("declared");
            world.run(HOUR);
        }
        assert_eq!(world.server.registrations(), 1);
        assert!(
            (24..=27).contains(&world.server.updates.len()),
            "{}",
            world.server.updates.len()
        );
        assert!(world.take_notifications(&token).len() >= 23);
        assert_eq!(world.count(|event| *event == Event::Registered), 0);
        assert_eq!(world.delays(), [60, 120, 240, 480, 960, 86_400]);
        assert_eq!(
            world.bootstrap().bootstraps.len(),
            1,
            "one server is enough"
        );
        world.others[SECOND_SERVER].is_dead = false;
        world.run(DAY);
        assert!(world.carrier.is_registered());
        assert_eq!(world.count(|event| *event == Event::Registered), 1);
    }
}

#[test]
fn a_server_that_goes_later_is_the_only_one_to_be_registered_anew() {
    for secure in [false, true] {
        let mut world = registered(secure, 3);
        world.others[SECOND_SERVER].is_dead = true;
        world.run(3 * HOUR);
        world.others[SECOND_SERVER].is_dead = false;
        world.run(DAY);
        assert!(world.carrier.is_registered());
        assert_eq!(world.server.registrations(), 1);
        assert_eq!(world.others[THIRD_SERVER].registrations(), 1);
        assert!(world.others[SECOND_SERVER].registrations() >= 2);
    }
}

#[test]
fn a_disabled_server_is_left_alone_while_others_are_served() {
    let mut world = registered(false, 2);
    world.put("/1/101/5", TEXT, "600");
    assert_eq!(dotted(world.execute("/1/101/4").code), 204);
    world.run(MINUTE);
    assert_eq!(world.server.deregisters.len(), 1);
    world.focus(Some(SECOND_SERVER));
    assert_eq!(dotted(world.get("/3/0/0").code), 205);
    world.run(10 * MINUTE);
    assert_eq!(world.server.registrations(), 2);
    assert_eq!(world.others[SECOND_SERVER].registrations(), 1);
    assert_eq!(world.delays(), []);
}

#[test]
fn a_disabled_server_is_back_after_a_bootstrap() {
    let mut world = registered(false, 2);
    world.put("/1/101/5", TEXT, "86400");
    assert_eq!(dotted(world.execute("/1/101/4").code), 204);
    world.run(MINUTE);
    world.focus(Some(SECOND_SERVER));
    assert_eq!(dotted(world.execute("/1/102/9").code), 204);
    world.run(2 * MINUTE);
    assert_eq!(world.bootstrap().bootstraps.len(), 2);
    assert_eq!(world.server.registrations(), 2);
    assert!(world.carrier.is_registered());
}

#[test]
fn observations_and_attributes_are_each_servers_own() {
    let mut world = registered(false, 2);
    world
        .apply(|carrier| carrier.set_power_sources(&[1]))
        .expect("valid");
    let (_, first) = world.observe("/3/0/9");
    world.attributes("/3/0/9", "pmin=100");
    world.focus(Some(SECOND_SERVER));
    let (_, second) = world.observe("/3/0/9");
    world.run(SECOND);
    world
        .apply(|carrier| carrier.set_battery_level(7))
        .expect("declared");
    world.run(10 * SECOND);
    assert_eq!(world.take_notifications(&second).len(), 1);
    world.focus(None);
    assert_eq!(world.take_notifications(&first).len(), 0);
    world.run(2 * MINUTE);
    assert_eq!(world.take_notifications(&first).len(), 1);
    // One server that starts over keeps the other's.
    world.server.forget();
    world.run(2 * HOUR);
    assert_eq!(world.carrier.observation_count(), 1);
}

#[test]
#[cfg(feature = "access-control")]
fn each_server_reads_and_changes_what_it_may() {
    let mut world = registered(false, 2);
    assert_eq!(dotted(world.get("/1/101/1").code), 205);
    assert_eq!(dotted(world.get("/1/102/1").code), 401);
    assert_eq!(dotted(world.put("/1/102/1", TEXT, "60").code), 401);
    assert_eq!(dotted(world.execute("/1/102/4").code), 401);
    assert_eq!(dotted(world.get("/3/0/0").code), 205);
    world.focus(Some(SECOND_SERVER));
    assert_eq!(dotted(world.get("/1/101/1").code), 401);
    assert_eq!(dotted(world.get("/1/102/1").code), 205);
    assert_eq!(dotted(world.put("/1/102/1", TEXT, "7200").code), 204);
    assert_eq!(dotted(world.execute("/3/0/12").code), 204);
    // The owner of the device takes the rights of the other, which holds beyond a restart.
    world.focus(None);
    let list = [tlv::entry(
        tlv::MULTIPLE,
        2,
        &tlv::entry(tlv::RESOURCE_INSTANCE, 102, &[1]),
    )];
    let control = world.get("/2");
    let entries = tlv::decode(&control.payload);
    let device = entries
        .iter()
        .find(|entry| tlv::find(&entry.nested(), 0).number() == 3);
    let path = format!("/2/{}", device.expect("controlled").id);
    assert_eq!(dotted(world.post(&path, TLV, list.concat()).code), 204);
    for _ in 0..2 {
        world.focus(Some(SECOND_SERVER));
        assert_eq!(dotted(world.get("/3/0/0").code), 205);
        assert_eq!(dotted(world.execute("/3/0/12").code), 401);
        assert_eq!(world.get("/1/102/1").text(), "7200");
        world.focus(None);
        world.power_cut();
        world.run(MINUTE);
    }
}

#[test]
fn the_record_of_full_accounts_has_room_for_what_servers_change() {
    let mut world = several(true, 3);
    for id in [101, 102, 103] {
        let steps = &mut world.bootstrap().recipe.steps;
        let forbids = put_as(&format!("/1/{id}/16"), TEXT, "0");
        steps.insert(steps.len() - 1, forbids);
    }
    world.start();
    world.run_until_registered();
    for (other, id) in [
        (None, 101),
        (Some(SECOND_SERVER), 102),
        (Some(THIRD_SERVER), 103),
    ] {
        world.focus(other);
        for resource in [1, 2, 3, 5, 17, 18, 19, 20] {
            let path = format!("/1/{id}/{resource}");
            assert_eq!(dotted(world.put(&path, TEXT, "100000").code), 204, "{path}");
        }
    }
    world.power_cut();
    world.run(MINUTE);
    assert!(world.carrier.is_registered());
    for (other, id) in [
        (None, 101),
        (Some(SECOND_SERVER), 102),
        (Some(THIRD_SERVER), 103),
    ] {
        world.focus(other);
        assert_eq!(world.get(&format!("/1/{id}/16")).text(), "0");
        assert_eq!(world.get(&format!("/1/{id}/20")).text(), "100000");
    }
}

#[test]
fn what_a_bootstrap_wrote_is_stored_once() {
    let mut world = registered(false, 2);
    let saved = world.saved;
    world.put("/1/101/1", TEXT, "3600");
    world.execute("/3/0/12");
    world.focus(Some(SECOND_SERVER));
    world.execute("/3/0/12");
    assert_eq!(world.saved, saved, "nothing changed");
}

#[test]
fn when_all_servers_fail_the_bootstrap_server_is_asked() {
    let mut world = several(false, 2);
    world.start();
    world.run_until_registered();
    for server in [None, Some(SECOND_SERVER)] {
        let server = match server {
            None => &mut world.server,
            Some(other) => &mut world.others[other],
        };
        server.reactions.extend([Reaction::Refuse(403, None); 7]);
        server.forget();
    }
    world.take_events();
    world.run(2 * DAY);
    assert_eq!(world.bootstrap().bootstraps.len(), 2);
    assert!(world.carrier.is_registered());
    let refused = |event: &Event| {
        matches!(
            event,
            Event::Deferred {
                reason: DeferredReason::ServerRegistration,
                ..
            }
        )
    };
    assert!(world.count(refused) >= 12);
}
