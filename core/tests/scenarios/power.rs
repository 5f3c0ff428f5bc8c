//! Power fails at each output of each way through bootstrap, keys and storage: the device comes back registered, with
//! accounts that belong together, and never without the key it needs to ask for new ones.

use carrier_core::Event;

use crate::sim::bootstrap::*;
use crate::sim::*;

/// A world on the way, and whether it has arrived.
struct Way {
    name: &'static str,
    begin: fn() -> World,
    /// Sets it going.
    go: fn(&mut World),
    has_arrived: fn(&World) -> bool,
}

fn is_registered(world: &World) -> bool {
    let mut servers = [&world.server, &world.others[SECOND_SERVER]].into_iter();
    world.carrier.is_registered() && servers.any(|server| server.registration.is_some())
}

/// The device is registered with the second server and knows no other.
fn has_moved(world: &World) -> bool {
    is_registered(world) && world.others[SECOND_SERVER].registration.is_some()
}

fn two(secure: bool) -> [Account; 2] {
    [
        account(secure, "server.example", 101),
        account(secure, "second.example", 102),
    ]
}

/// A device with two servers whose bootstrap server now gives other accounts.
fn to_be_moved(secure: bool) -> World {
    let mut world = blank(secure);
    world.give(&two(secure));
    world.start();
    world.run_until_registered();
    let moved = Account {
        security: 7,
        identity: b"another".to_vec(),
        key: vec![0x5A; 16],
        ..account(secure, "second.example", 9)
    };
    world.bootstrap().recipe.steps = recipe(std::slice::from_ref(&moved));
    world.others[SECOND_SERVER].next_key = (moved.identity, moved.key);
    world
}

const WAYS: [Way; 9] = [
    Way {
        name: "first boot, DTLS",
        begin: || blank(true),
        go: World::start,
        has_arrived: is_registered,
    },
    Way {
        name: "first boot, plain",
        begin: || blank(false),
        go: World::start,
        has_arrived: is_registered,
    },
    Way {
        name: "first boot without a bootstrap server",
        begin: || world("coaps://server.example"),
        go: World::start,
        has_arrived: is_registered,
    },
    Way {
        name: "bootstrap again, DTLS",
        begin: || to_be_moved(true),
        go: |world| drop(world.try_execute("/1/101/9")),
        has_arrived: is_registered,
    },
    Way {
        name: "bootstrap again, plain",
        begin: || to_be_moved(false),
        go: |world| drop(world.try_execute("/1/101/9")),
        has_arrived: is_registered,
    },
    Way {
        name: "factory reset, DTLS",
        begin: || to_be_moved(true),
        go: |world| drop(world.try_execute("/3/0/5")),
        has_arrived: is_registered,
    },
    Way {
        name: "factory reset, plain",
        begin: || to_be_moved(false),
        go: |world| drop(world.try_execute("/3/0/5")),
        has_arrived: is_registered,
    },
    Way {
        name: "another SIM of the same operator",
        begin: || {
            let mut world = operated();
            world.give(&[account(true, "second.example", 9)]);
            world.switch_off();
            world.sim.iccid = "8900101000000000002".to_owned();
            world
        },
        go: World::start,
        has_arrived: has_moved,
    },
    Way {
        name: "a SIM of another operator",
        begin: || {
            let mut world = operated();
            world.give(&[account(true, "second.example", 9)]);
            world.switch_off();
            world.sim.imsi = "450061234567890".to_owned();
            world.sim.iccid = "8982101000000000002".to_owned();
            world
        },
        go: World::start,
        has_arrived: has_moved,
    },
];

#[test]
#[cfg(feature = "operators")]
fn wherever_power_fails_the_device_comes_back_registered() {
    let mut cuts = 0;
    for way in &WAYS {
        let mut whole = (way.begin)();
        let begin = whole.outputs;
        (way.go)(&mut whole);
        whole.run_until(20 * MINUTE, way.has_arrived);
        whole.run(MINUTE);
        let end = whole.outputs;
        assert!(end > begin + 8, "{}", way.name);
        for at in begin + 1..=end {
            for when in [Cut::Before, Cut::Within, Cut::After] {
                let mut world = (way.begin)();
                world.cut = Some((at, when));
                (way.go)(&mut world);
                let deadline = world.now + 3 * HOUR;
                while !(way.has_arrived)(&world) || world.outputs < at {
                    let goes_on = world.step(deadline);
                    let events = &world.application.events;
                    assert!(goes_on, "{}, cut {when:?} {at}: {events:?}", way.name);
                }
                world.run(2 * MINUTE);
                check(&mut world, way.name, at, when);
                cuts += 1;
            }
        }
    }
    println!("{cuts} points");
    assert!(cuts > 400, "{cuts}");
}

/// What is in force holds beyond the next restart, and the device can be bootstrapped again.
fn check(world: &mut World, name: &str, at: u64, when: Cut) {
    world.cut = None;
    world.take_events();
    world.power_cut();
    world.run(2 * MINUTE);
    let events = world.take_events();
    assert!(is_registered(world), "{name}, {when:?} {at}: {events:?}");
    assert_eq!(
        events.last(),
        Some(&Event::Registered),
        "{name}, {when:?} {at}"
    );
    let tags = world.modem.keys.len();
    assert!(tags <= 3, "{name}, {when:?} {at}: {tags} keys");
}
