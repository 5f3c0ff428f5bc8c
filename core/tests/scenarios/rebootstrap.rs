//! Bootstraps that follow the first: asked for by a server, after a factory reset, after the network was away; and when
//! the bootstrap account goes.

use carrier_core::{Cause, DeferredReason, ErrorKind, Event};

use crate::sim::bootstrap::*;
use crate::sim::coap::*;
use crate::sim::server::Reaction;
use crate::sim::*;

const HOST: &str = "server.example";

fn deferred(world: &World, wanted: DeferredReason) -> usize {
    world.count(|event| matches!(event, Event::Deferred { reason, .. } if *reason == wanted))
}

#[test]
fn bootstrap_begins_after_the_hold_off_the_account_names() {
    let mut world = bootstrapped(false);
    let hold_off = [security("coap://bs.example", true, None, 0), number(11, 90)];
    world
        .bootstrap()
        .recipe
        .steps
        .insert(2, put("/0/0", hold_off.concat()));
    world.execute("/1/101/9");
    world.run(MINUTE);
    assert_eq!(world.bootstrap().bootstraps.len(), 2);
    let asked = world.now;
    world.execute("/1/101/9");
    world.run(3 * MINUTE);
    let at = world.bootstrap().bootstraps[2].at;
    assert!(
        (89..92).contains(&((at - asked) / SECOND)),
        "{}",
        at - asked
    );
    assert!(world.carrier.is_registered());
}

#[test]
fn the_bootstrap_account_goes_when_its_time_is_over() {
    for secure in [false, true] {
        let mut world = blank(secure);
        let key = secure.then_some((ENDPOINT.as_bytes(), &PSK[..]));
        let uri = if secure {
            "coaps://bs.example"
        } else {
            "coap://bs.example"
        };
        let bootstrap = [security(uri, true, key, 0), number(12, 300)];
        world
            .bootstrap()
            .recipe
            .steps
            .insert(2, put("/0/0", bootstrap.concat()));
        world.start();
        world.run_until_registered();
        world.run(4 * MINUTE);
        // Asked for again, it is still there, and not taken away under the server's hands.
        world.bootstrap().recipe.pause = 40 * SECOND;
        assert_eq!(dotted(world.execute("/1/101/9").code), 204);
        world.run(270 * SECOND);
        assert_eq!(world.bootstrap().recipe.codes().len(), 12, "all answered");
        assert!(world.carrier.is_registered());
        world.run(6 * MINUTE);
        assert_eq!(dotted(world.execute("/1/101/9").code), 405);
        world.power_cut();
        world.run(2 * MINUTE);
        assert!(world.carrier.is_registered());
        assert_eq!(dotted(world.execute("/1/101/9").code), 405);
        assert_eq!(world.bootstrap().bootstraps.len(), 2);
    }
}

#[test]
fn a_server_can_ask_for_another_bootstrap() {
    for secure in [false, true] {
        let mut world = bootstrapped(secure);
        world.observe("/3/0/9");
        world.attributes("/3/0/9", "pmin=7");
        world.take_events();
        // Other accounts, other keys, another place.
        world.server.is_dead = false;
        world.give(&[account(secure, "second.example", 9)]);
        assert_eq!(dotted(world.execute("/1/101/9").code), 204);
        world.run(2 * MINUTE);
        let expected: &[Event] = if secure {
            &[Event::LinkDown, Event::Bootstrapped, Event::LinkUp]
        } else {
            &[Event::Bootstrapped]
        };
        assert_eq!(world.take_events(), expected);
        assert!(world.carrier.is_registered());
        assert_eq!(world.others[SECOND_SERVER].registers.len(), 1);
        assert_eq!(world.server.registers.len(), 1);
        assert_eq!(world.carrier.observation_count(), 0);
        world.focus(Some(SECOND_SERVER));
        assert!(!world.get_as("/3/0/9", LINK).text().contains("pmin"));
        if secure {
            let key = &world.others[SECOND_SERVER].key;
            assert_eq!(world.modem.keys.get(&26), Some(key));
        }
    }
}

#[test]
fn the_same_account_once_more_needs_no_link_cycle() {
    let mut world = bootstrapped(true);
    let keys = world.modem.keys.clone();
    for _ in 0..2 {
        world.take_events();
        assert_eq!(dotted(world.execute("/1/101/9").code), 204);
        world.run(2 * MINUTE);
        assert_eq!(world.take_events(), [Event::Bootstrapped]);
        assert!(world.carrier.is_registered());
        assert_eq!(world.modem.keys, keys);
    }
    // And nothing has to be written at the next start either.
    world.execute("/3/0/4");
    world.run(MINUTE);
    assert_eq!(world.count(|event| *event == Event::LinkDown), 0);
    assert!(world.carrier.is_registered());
}

#[test]
fn a_failed_bootstrap_leaves_the_former_account_in_force() {
    for secure in [false, true] {
        for stall in 0..5 {
            let mut world = bootstrapped(secure);
            world.put("/1/101/2", TEXT, "5");
            let before = world.storage.clone();
            world.give(&[account(secure, "second.example", 9)]);
            world.server.key = account_key(HOST);
            world.bootstrap().recipe.stall_at = Some(stall);
            world.take_events();
            world.execute("/1/101/9");
            world.run(2 * MINUTE);
            // Power fails half way: nothing of it counts.
            if stall == 3 {
                world.power_cut();
            }
            world.run(10 * MINUTE);
            assert!(world.carrier.is_registered());
            assert_eq!(world.storage, before);
            assert_eq!(world.get("/1/101/2").text(), "5");
            assert!(world.others[SECOND_SERVER].registers.is_empty());
        }
    }
}

fn account_key(host: &str) -> (Vec<u8>, Vec<u8>) {
    let own = account(true, host, 1);
    (own.identity, own.key)
}

#[test]
fn one_failure_after_a_failed_bootstrap_is_no_reason_for_a_day_of_silence() {
    let mut world = bootstrapped(false);
    world
        .bootstrap()
        .reactions
        .push_back(Reaction::Refuse(500, None));
    world.server.reactions.extend([Reaction::Normal; 0]);
    world.execute("/1/101/9");
    world
        .server
        .reactions
        .push_back(Reaction::Refuse(500, None));
    world.run(10 * MINUTE);
    assert!(world.carrier.is_registered(), "{:?}", world.delays());
}

#[test]
fn a_factory_reset_leads_to_the_bootstrap_server_again() {
    for secure in [false, true] {
        let mut world = bootstrapped(secure);
        world.take_events();
        assert_eq!(dotted(world.execute("/3/0/5").code), 204);
        world.run(2 * MINUTE);
        let events = world.take_events();
        assert_eq!(events.last(), Some(&Event::Registered), "{events:?}");
        assert!(events.contains(&Event::Bootstrapped));
        assert_eq!(world.bootstrap().bootstraps.len(), 2);
    }
}

#[test]
fn a_network_that_comes_back_leads_to_the_same_question_again() {
    let mut world = blank(false);
    world
        .openings
        .push_back(Err(carrier_core::LinkError::NoRoute));
    world.start();
    world.run(5 * SECOND);
    assert_eq!(deferred(&world, DeferredReason::BootstrapNoRoute), 1);
    world.lose_coverage(false);
    world.run(5 * SECOND);
    world.regain_coverage();
    world.run(20 * SECOND);
    assert!(world.carrier.is_registered());
    assert!(world.bootstrap().registers.is_empty());
}

#[test]
fn a_finish_without_network_is_followed_up_when_it_is_back() {
    let mut world = blank(false);
    world.start();
    world.run_until(MINUTE, |world| {
        world.others[BOOTSTRAP].recipe.codes().last() == Some(&204)
    });
    world.run_until(MINUTE, |world| {
        world.others[BOOTSTRAP].recipe.codes().len() == 5
    });
    world.lose_coverage(false);
    world.run(5 * MINUTE);
    assert!(!world.carrier.is_registered());
    // The word that it is back gets lost.
    world.regain_coverage();
    while world.modem.attach_at.is_some() {
        world.now += 100;
        world.modem.tick(world.now);
    }
    world.modem.notices.clear();
    world.run(3 * MINUTE);
    assert!(world.carrier.is_registered());
}

#[test]
fn a_device_whose_bootstrap_never_succeeds_gives_up_until_it_is_reset() {
    let mut world = blank(false);
    world.bootstrap().is_dead = true;
    world.start();
    world.run(10 * DAY);
    let error = Event::Error {
        kind: ErrorKind::Bootstrap,
        cause: Cause::TimedOut,
        code: 0,
    };
    assert_eq!(world.count(|event| *event == error), 1);
    assert_eq!(world.delays().len(), 18);
    let events = world.application.events.len();
    world.run(30 * DAY);
    assert_eq!(world.application.events.len(), events);
    world.bootstrap().is_dead = false;
    world.power_cut();
    world.run_until_registered();
}
