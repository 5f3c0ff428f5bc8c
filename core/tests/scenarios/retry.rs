//! Failed attempts: how far apart they are, what servers may change about that, and that nothing makes the client storm.
//! Every world counts the accesses of its links, see [`World::first_sequence`].

use carrier_core::profile::{Retry, Settings};
use carrier_core::{Cause, DeferredReason, ErrorKind, Event, LinkError};

use crate::sim::bootstrap::*;
use crate::sim::coap::*;
use crate::sim::server::Reaction;
use crate::sim::*;

const FIRST: [i32; 6] = [60, 120, 240, 480, 960, 86_400];
const LATER: [i32; 6] = [1_200, 1_200, 1_200, 1_200, 1_200, 86_400];
const REFUSED: Reaction = Reaction::Refuse(403, None);

/// A registered device whose server refuses it from the next message on.
fn refused(mut world: World) -> World {
    world.server.reactions.extend([REFUSED; 1_000]);
    world.server.forget();
    world.take_events();
    world
}

#[test]
fn later_sequences_are_slower_than_the_first() {
    let mut world = refused(plain());
    world.run(5 * DAY);
    let delays = world.delays();
    assert_eq!(delays[..6], FIRST);
    assert_eq!(delays[6..12], LATER);
    assert_eq!(delays[12..18], LATER);
}

#[test]
fn whatever_the_failure_there_is_one_event_for_each() {
    type Fault = fn(&mut World);
    let faults: [(Fault, DeferredReason); 5] = [
        (
            |world| world.server.is_dead = true,
            DeferredReason::ServerConnect,
        ),
        (
            |world| world.server.key = Default::default(),
            DeferredReason::ServerConnect,
        ),
        (
            |world| world.openings.extend([Err(LinkError::NoRoute); 100]),
            DeferredReason::ServerNoRoute,
        ),
        (
            |world| world.openings.extend([Err(LinkError::NoResources); 100]),
            DeferredReason::ServerConnect,
        ),
        (
            |world| world.server.reactions.extend([REFUSED; 100]),
            DeferredReason::ServerRegistration,
        ),
    ];
    for (fault, wanted) in faults {
        let mut world = world("coaps://server.example");
        fault(&mut world);
        world.start();
        world.run(2 * HOUR);
        let reasons: Vec<Event> = world
            .take_events()
            .into_iter()
            .filter(|event| matches!(event, Event::Deferred { .. }))
            .collect();
        assert_eq!(reasons.len(), 6);
        assert!(
            reasons
                .iter()
                .all(|event| matches!(event, Event::Deferred { reason, .. } if *reason == wanted)),
            "{wanted:?}: {reasons:?}"
        );
    }
}

#[test]
fn a_server_sets_the_delays_it_wants() {
    let mut world = plain();
    for (resource, value) in [(17, "2"), (18, "100"), (19, "5000"), (20, "9")] {
        world.put(&format!("/1/0/{resource}"), TEXT, value);
    }
    world = refused(world);
    world.run(DAY);
    assert_eq!(
        world.delays()[..9],
        [100, 200, 5_000, 1_200, 1_200, 5_000, 1_200, 1_200, 5_000]
    );
}

#[test]
fn no_delay_a_server_sets_leads_to_a_storm() {
    for values in [
        ["255", "0", "0", "0"],
        ["0", "0", "0", "0"],
        ["255", "2147483647", "1", "5"],
        ["40", "60", "2147483647", "1"],
    ] {
        let mut world = plain();
        for (resource, value) in (17..).zip(values) {
            world.put(&format!("/1/0/{resource}"), TEXT, value);
        }
        world = refused(world);
        world.first_sequence = if values[0] == "255" { 14 } else { 8 };
        world.run(20 * DAY);
        assert!(world.delays().iter().all(|delay| *delay > 0), "{values:?}");
        assert!(world.delays().len() < 20 * 24 * 4 + 20, "{values:?}");
    }
}

#[test]
fn a_server_in_endless_maintenance_is_not_flooded() {
    let mut world = plain();
    world
        .server
        .reactions
        .extend([Reaction::Refuse(503, Some(1)); 10_000]);
    world.server.forget();
    world.run(3 * DAY);
    let delays = world.delays();
    assert_eq!(delays[..7], [60, 60, 60, 60, 60, 1_200, 1_200]);
    assert!(delays[7..].iter().all(|delay| *delay == 1_200));
}

#[test]
#[cfg(feature = "bootstrap")]
fn servers_that_take_turns_in_refusing_are_not_flooded() {
    let mut world = bootstrapped(false);
    world.bootstrap().reactions.extend([REFUSED; 1_000]);
    world = refused(world);
    world.run(20 * DAY);
    let delays = world.delays();
    assert_eq!(delays[..6], FIRST);
    // One bootstrap, then the former accounts, at the slower pace.
    assert_eq!(delays[6], 60);
    assert_eq!(delays[7..13], LATER);
    assert_eq!(delays[13], 60);
    assert!(world.count(|event| matches!(event, Event::Error { .. })) == 0);
}

#[test]
#[cfg(feature = "bootstrap")]
fn a_bootstrap_that_gives_useless_accounts_again_and_again_is_no_storm() {
    let mut world = bootstrapped(false);
    world = refused(world);
    world.run(10 * DAY);
    assert!(world.bootstrap().bootstraps.len() > 5);
    let delays = world.delays();
    assert_eq!(delays[..6], FIRST);
    assert_eq!(delays[6..12], LATER);
    world.server.reactions.clear();
    world.run(DAY);
    assert!(world.carrier.is_registered());
}

#[test]
#[cfg(feature = "bootstrap")]
fn servers_that_forbid_it_lead_to_no_bootstrap() {
    let mut world = blank(false);
    // A bootstrap server says so; management servers can only read it.
    let steps = &mut world.bootstrap().recipe.steps;
    steps.insert(steps.len() - 1, put_as("/1/101/16", TEXT, "0"));
    world.start();
    world.run_until_registered();
    assert_eq!(dotted(world.put("/1/101/16", TEXT, "1").code), 405);
    world = refused(world);
    world.run(10 * DAY);
    assert_eq!(world.bootstrap().bootstraps.len(), 1);
    world.server.reactions.clear();
    world.run(DAY + HOUR);
    assert!(world.carrier.is_registered());
}

#[test]
#[cfg(feature = "bootstrap")]
fn a_server_names_how_many_sequences_lead_to_a_bootstrap() {
    let mut world = bootstrapped(false);
    world.put("/1/101/20", TEXT, "3");
    world.put("/1/101/19", TEXT, "7200");
    world = refused(world);
    world.run_until(4 * DAY, |world| {
        world.others[BOOTSTRAP].bootstraps.len() == 2
    });
    assert_eq!(world.delays().len(), 3 * FIRST.len());
}

#[test]
#[cfg(feature = "operators")]
fn bootstrap_attempts_are_spaced_and_limited_as_the_product_says() {
    let mut world = operator();
    world.settings = |_| Settings {
        server_uri: Some("coaps://bs.example"),
        endpoint: Some("urn:imei:{imei}"),
        retry: Retry {
            count: 2,
            sequences: 2,
            timer: 10,
            sequence_delay: 3_000,
            maintenance: 0,
        },
        ..Settings::NONE
    };
    world.first_sequence = 3;
    world.bootstrap().is_dead = true;
    world.start();
    world.run(30 * DAY);
    assert_eq!(world.delays(), [10, 20, 3_000, 1_200, 1_200, 3_000]);
    let last = world.take_events().pop();
    let error = Event::Error {
        kind: ErrorKind::Bootstrap,
        cause: Cause::TimedOut,
        code: 0,
    };
    assert_eq!(last, Some(error));
}

#[test]
#[cfg(feature = "bootstrap")]
fn success_makes_the_next_failures_a_first_sequence_again() {
    let mut world = bootstrapped(false);
    world.bootstrap().reactions.extend([REFUSED; 1_000]);
    world = refused(world);
    world.run(3 * DAY);
    world.server.reactions.clear();
    world.run(2 * DAY);
    assert!(world.carrier.is_registered());
    world = refused(world);
    world.run(DAY);
    assert_eq!(world.delays()[..6], FIRST);
}

#[test]
#[cfg(feature = "bootstrap")]
fn a_network_that_comes_and_goes_is_used_once_each_time() {
    for secure in [false, true] {
        let mut world = bootstrapped(secure);
        world.server.is_dead = true;
        world.others[BOOTSTRAP].is_dead = true;
        world.first_sequence = usize::MAX;
        for _ in 0..2_000 {
            world.lose_coverage(true);
            world.run(20 * SECOND);
            let before = world.opened.len();
            world.regain_coverage();
            world.run(2 * MINUTE);
            assert!(world.opened.len() <= before + 2);
        }
        world.server.is_dead = false;
        world.run(2 * DAY);
        assert!(world.carrier.is_registered());
    }
}

#[test]
fn short_lifetimes_are_kept_alive_and_dead_servers_noticed() {
    for lifetime in ["1", "2", "10", "60", "200"] {
        let mut world = plain();
        world.put("/1/0/1", TEXT, lifetime);
        world.run(10 * MINUTE);
        assert_eq!(world.server.registers.len(), 1, "{lifetime}");
        assert!(world.server.registration.is_some(), "{lifetime}");
        world.server.is_dead = true;
        world.take_events();
        world.run(HOUR);
        assert!(!world.carrier.is_registered());
        assert_eq!(world.delays()[..5], FIRST[..5]);
    }
}
