//! The bootstrap: what a server may write and how it is answered, how it begins and ends, what a failure leaves in force.

use carrier_core::{DeferredReason, Event};
#[cfg(feature = "object-app-data")]
use carrier_core::{Input, Instant, Link, Output, config::DATAGRAM};

use crate::sim::bootstrap::*;
use crate::sim::coap::*;
use crate::sim::network::Way;
use crate::sim::server::Reaction;
use crate::sim::tlv::{RESOURCE, entry};
use crate::sim::*;

const HOST: &str = "server.example";

/// A blank plain device whose bootstrap server does this, and has done all of it.
fn after(steps: Vec<Step>) -> World {
    let mut world = blank(false);
    let count = steps.len();
    world.bootstrap().recipe.steps = steps;
    world.start();
    world.run_until(10 * MINUTE, |world| {
        world.others[BOOTSTRAP].recipe.outcomes.len() == count
    });
    world
}

fn codes(steps: Vec<Step>) -> Vec<u16> {
    after(steps).bootstrap().recipe.codes()
}

fn deferred(world: &World, wanted: DeferredReason) -> usize {
    world.count(|event| matches!(event, Event::Deferred { reason, .. } if *reason == wanted))
}

#[test]
fn a_blank_device_is_bootstrapped_and_registers_over_plain_udp() {
    let mut world = bootstrapped(false);
    assert_eq!(
        world.take_events(),
        [Event::LinkUp, Event::Bootstrapped, Event::Registered]
    );
    assert_eq!(world.bootstrap().bootstraps.len(), 1);
    let request = &world.others[BOOTSTRAP].bootstraps[0].message;
    assert_eq!(request.texts(URI_QUERY), [format!("ep={ENDPOINT}")]);
    assert!(request.payload.is_empty());
    assert_eq!(world.bootstrap().recipe.codes(), [202, 202, 204, 204, 204]);
    assert!(world.modem.keys.is_empty(), "no key where none is needed");
    assert!(world.bootstrap().registers.is_empty());
}

#[test]
fn over_dtls_keys_are_stored_before_the_bootstrap_and_after_it() {
    let mut world = bootstrapped(true);
    assert_eq!(
        world.take_events(),
        [
            Event::LinkUp,
            Event::LinkDown,
            Event::LinkUp,
            Event::LinkDown,
            Event::Bootstrapped,
            Event::LinkUp,
            Event::Registered
        ]
    );
    let tags: Vec<u32> = world.modem.keys.keys().copied().collect();
    assert_eq!(tags, [25, 26]);
    assert_eq!(world.modem.keys[&25].1, PSK);
    assert_eq!(world.modem.keys[&26], world.server.key);
    let record = &world.storage[&ACCOUNTS];
    let key = &world.server.key.1;
    assert!(!record.windows(16).any(|bytes| bytes == key.as_slice()));
}

#[test]
fn a_restart_registers_without_a_bootstrap() {
    for secure in [false, true] {
        let mut world = bootstrapped(secure);
        for _ in 0..3 {
            world.take_events();
            world.power_cut();
            world.run(MINUTE);
            assert_eq!(world.take_events(), [Event::LinkUp, Event::Registered]);
        }
        assert_eq!(world.bootstrap().bootstraps.len(), 1);
        assert_eq!(world.server.registers.len(), 4);
    }
}

#[test]
fn slow_links_change_nothing() {
    for secure in [false, true] {
        let mut world = blank(secure);
        world.opening_time = 3 * SECOND;
        world.start();
        world.run_until_registered();
        assert_eq!(world.count(|event| *event == Event::Bootstrapped), 1);
        world.execute("/1/101/9");
        world.run(2 * MINUTE);
        assert!(world.carrier.is_registered());
        assert_eq!(world.bootstrap().bootstraps.len(), 2);
        world.execute("/3/0/5");
        world.run(2 * MINUTE);
        assert!(world.carrier.is_registered());
        assert_eq!(world.bootstrap().bootstraps.len(), 3);
    }
}

#[test]
fn accounts_come_by_object_by_instance_or_by_resource() {
    let own = account(false, HOST, 101);
    let by_object = vec![
        put("/0", instance(1, &own.security_tlv())),
        put("/1", instance(0, &own.server_tlv())),
        finish(),
    ];
    let by_instance = vec![
        put("/0/1", instance(1, &own.security_tlv())),
        put("/1/0", own.server_tlv()),
        finish(),
    ];
    let by_resource = vec![
        put_as("/0/1/0", TEXT, &own.uri),
        put_as("/0/1/1", TEXT, "0"),
        put("/0/1/2", number(2, 3)),
        put_as("/0/1/4", OPAQUE, [4; 90]),
        put_as("/0/1/10", TEXT, "101"),
        put_as("/1/7/0", TEXT, "101"),
        put_as("/1/7/1", TEXT, "3600"),
        put_as("/1/7/7", TEXT, "U"),
        finish(),
    ];
    for steps in [by_object, by_instance, by_resource] {
        let mut world = after(steps);
        let codes = world.bootstrap().recipe.codes();
        assert!(codes.iter().all(|code| *code == 204), "{codes:?}");
        world.run_until_registered();
    }
}

#[test]
fn several_instances_in_one_payload_take_effect_together_or_not_at_all() {
    let own = account(false, HOST, 101);
    let good = instance(1, &own.security_tlv());
    let bad = instance(2, &entry(RESOURCE, 0, b"http://x"));
    let mut world = after(vec![
        put("/0", [good, bad].concat()),
        discover("/0"),
        put(
            "/0",
            [instance(1, &own.security_tlv()), vec![0x08]].concat(),
        ),
        discover("/0"),
    ]);
    let outcomes = &world.bootstrap().recipe.outcomes;
    assert_eq!(outcomes[0].code, 400);
    assert_eq!(outcomes[1].text, "lwm2m=\"1.0\",</0/0>");
    assert_eq!(outcomes[2].code, 400);
    assert_eq!(outcomes[3].text, "lwm2m=\"1.0\",</0/0>");
}

#[test]
#[cfg(feature = "full")]
fn discover_lists_objects_and_accounts_with_their_servers() {
    let own = account(false, HOST, 101);
    let mut world = after(vec![
        discover("/"),
        put("/0/1", own.security_tlv()),
        put("/1/4", own.server_tlv()),
        discover("/"),
        discover("/0"),
        discover("/1"),
        discover("/77"),
        finish(),
    ]);
    let outcomes = &world.bootstrap().recipe.outcomes;
    assert_eq!(
        outcomes[0].text,
        "lwm2m=\"1.0\",</0/0>,</1>,</2>,</3/0>,</4/0>,</5/0>,</6/0>,</7/0>,</10>;ver=1.1,</10/0>,</11/0>,</16/0>,</10250/0>"
    );
    assert_eq!(
        outcomes[3].text,
        "lwm2m=\"1.0\",</0/0>,</0/1>;ssid=101,</1/4>;ssid=101,</2>,</3/0>,</4/0>,</5/0>,</6/0>,</7/0>,</10>;ver=1.1,</10/0>,</11/0>,</16/0>,</10250/0>"
    );
    assert_eq!(outcomes[4].text, "lwm2m=\"1.0\",</0/0>,</0/1>;ssid=101");
    assert_eq!(outcomes[5].text, "lwm2m=\"1.0\",</1/4>;ssid=101");
    assert_eq!(outcomes[6].code, 404);
}

#[test]
fn a_lost_answer_to_discover_comes_again() {
    let mut world = blank(false);
    world.bootstrap().recipe.steps.insert(0, discover("/"));
    world.start();
    world.run_until(MINUTE, |world| {
        !world.others[BOOTSTRAP].bootstraps.is_empty()
    });
    // The answer to discover, which follows the arrival of the request.
    world.network.drop_next(Way::ToServer, 1);
    world.run_until_registered();
    assert_eq!(world.bootstrap().recipe.codes()[0], 205);
}

#[test]
fn deletes_spare_the_bootstrap_account_and_the_device() {
    let own = account(false, HOST, 101);
    let mut steps = own.steps();
    steps.extend([
        delete("/0/0"),
        delete("/0/101"),
        delete("/1"),
        discover("/"),
    ]);
    steps.extend(own.steps());
    steps.extend([delete("/"), discover("/"), delete("/3"), delete("/3/0")]);
    steps.extend(own.steps());
    steps.push(finish());
    let mut world = after(steps);
    let codes = world.bootstrap().recipe.codes();
    assert_eq!(codes[2..5], [400, 202, 202]);
    assert_eq!(codes[8], 202);
    assert_eq!(codes[11], 400);
    let outcomes = &world.bootstrap().recipe.outcomes;
    assert!(outcomes[5].text.contains("</0/0>,</1>,"), "{outcomes:?}");
    assert!(outcomes[9].text.contains("</0/0>,</1>,"), "{outcomes:?}");
    assert!(outcomes[9].text.contains("</3/0>"), "{outcomes:?}");
    world.run_until_registered();
}

#[test]
fn what_is_unknown_is_refused_by_itself_and_left_aside_in_an_instance() {
    let own = account(false, HOST, 101);
    let more = [own.server_tlv(), number(13, 1), number(21, 7)].concat();
    assert_eq!(
        codes(vec![
            put("/77/0", number(0, 1)),
            put_as("/0/1/77", TEXT, "1"),
            put_as("/0/1/2", TEXT, "1"),
            put_as("/0/1/2", TEXT, "x"),
            put("/0/1", own.security_tlv()),
            put("/1/1", more),
            put_as("/1/1/7", TEXT, "S"),
            put_as("/1/1", TEXT, "x"),
            put_as("/1/1", 110, "[]"),
            put("/1/1", b""),
            Step {
                method: POST,
                ..put("/1/1", own.server_tlv())
            },
            Step {
                method: GET,
                ..put("/3/0/0", b"")
            },
            delete("/77"),
            delete("/1/9"),
            finish(),
        ]),
        [
            404, 404, 400, 400, 204, 204, 400, 415, 415, 400, 405, 405, 404, 202, 204
        ]
    );
}

#[test]
fn payloads_may_come_in_blocks() {
    let own = account(true, HOST, 101);
    let steps = vec![
        put("/0/1", own.security_tlv()).in_blocks(32),
        put("/1/1", own.server_tlv()).in_blocks(16),
        put("/0/2", [own.security_tlv(), vec![0xC8, 9]].concat()).in_blocks(64),
        finish(),
    ];
    let mut world = blank(true);
    world.bootstrap().recipe.steps = steps;
    world.start();
    world.run_until_registered();
    assert_eq!(world.bootstrap().recipe.codes(), [204, 204, 400, 204]);
}

#[test]
fn a_datagram_that_is_too_long_is_told_what_fits() {
    let mut world = blank(false);
    let long = [
        account(false, HOST, 101).security_tlv(),
        entry(RESOURCE, 99, &[0; 1_100]),
    ];
    world
        .bootstrap()
        .recipe
        .steps
        .insert(2, put("/0/1", long.concat()));
    world.start();
    world.run_until_registered();
    assert_eq!(
        world.bootstrap().recipe.codes(),
        [202, 202, 413, 204, 204, 204]
    );
}

#[test]
fn accounts_that_cannot_be_used_are_refused_and_can_be_repaired() {
    let own = account(false, HOST, 101);
    let keyed = account(true, HOST, 101);
    let second = Account {
        security: 2,
        server: 2,
        id: 102,
        ..own.clone()
    };
    let no_key = security("coaps://server.example", false, None, 101);
    let wrong_scheme = security(&own.uri, false, Some((b"i", &[1; 16])), 101);
    let empty_key = security(&keyed.uri, false, Some((b"i", b"")), 101);
    let empty_identity = security(&keyed.uri, false, Some((b"", &[1; 16])), 101);
    let cases: Vec<(&str, Vec<Step>)> = vec![
        ("nothing at all", vec![]),
        ("no server", vec![put("/0/101", own.security_tlv())]),
        ("no security", vec![put("/1/101", own.server_tlv())]),
        (
            "another server's",
            vec![
                put("/0/101", own.security_tlv()),
                put("/1/101", second.server_tlv()),
            ],
        ),
        (
            "one security too many",
            [own.steps(), vec![put("/0/2", second.security_tlv())]].concat(),
        ),
        (
            "one server too many",
            [own.steps(), vec![put("/1/2", second.server_tlv())]].concat(),
        ),
        (
            "an id twice",
            [
                own.steps(),
                vec![
                    put("/0/2", own.security_tlv()),
                    put("/1/2", own.server_tlv()),
                ],
            ]
            .concat(),
        ),
        (
            "no lifetime",
            vec![
                put("/0/101", own.security_tlv()),
                put("/1/101", number(0, 101)),
            ],
        ),
        (
            "no id",
            vec![
                put("/0/101", security(&own.uri, false, None, 0)),
                put("/1/101", number(1, 60)),
            ],
        ),
        (
            "secure without mode",
            vec![put("/0/101", no_key), put("/1/101", own.server_tlv())],
        ),
        (
            "key without security",
            vec![put("/0/101", wrong_scheme), put("/1/101", own.server_tlv())],
        ),
        (
            "an empty key",
            vec![put("/0/101", empty_key), put("/1/101", own.server_tlv())],
        ),
        (
            "an empty identity",
            vec![
                put("/0/101", empty_identity),
                put("/1/101", own.server_tlv()),
            ],
        ),
        (
            "no address",
            vec![
                put("/0/101", [number(2, 3), number(10, 101)].concat()),
                put("/1/101", own.server_tlv()),
            ],
        ),
        (
            "two bootstrap accounts",
            [
                own.steps(),
                vec![put("/0/9", security("coap://bs.example", true, None, 0))],
            ]
            .concat(),
        ),
        (
            "an unusable bootstrap account",
            [
                own.steps(),
                vec![put("/0/0", security("coaps://bs.example", true, None, 0))],
            ]
            .concat(),
        ),
    ];
    for (name, wrong) in cases {
        let mut steps = wrong;
        steps.push(finish());
        let refused = steps.len() - 1;
        steps.extend([
            put("/0/0", security("coap://bs.example", true, None, 0)),
            delete("/0"),
            delete("/1"),
        ]);
        // A second bootstrap account is protected as well, so it is made something else.
        steps.insert(refused + 1, put("/0/9", second.security_tlv()));
        steps.extend(own.steps());
        steps.push(finish());
        let mut world = after(steps);
        let codes = world.bootstrap().recipe.codes();
        assert_eq!(codes[refused], 406, "{name}: {codes:?}");
        assert_eq!(codes.last(), Some(&204), "{name}: {codes:?}");
        world.run_until_registered();
        assert_eq!(world.count(|event| *event == Event::Bootstrapped), 1);
    }
}

#[test]
fn replacing_the_bootstrap_account_replaces_its_key() {
    let mut world = blank(true);
    let new = security("coaps://bs.example", true, Some((b"new", &[9; 16])), 0);
    world.bootstrap().recipe.steps.insert(2, put("/0/0", new));
    world.start();
    world.run_until_registered();
    assert_eq!(world.modem.keys[&25], (b"new".to_vec(), vec![9; 16]));
    world.bootstrap().key = (b"new".to_vec(), vec![9; 16]);
    world.execute("/1/101/9");
    world.run(2 * MINUTE);
    assert_eq!(world.bootstrap().bootstraps.len(), 2);
    assert!(world.carrier.is_registered());
}

#[test]
fn keys_never_share_a_tag_whatever_the_order_of_writes() {
    // The place of the bootstrap account is taken by a management account that does not say so, then comes a new one.
    let own = account(true, HOST, 101);
    let quiet = [
        entry(RESOURCE, 0, own.uri.as_bytes()),
        number(2, 0),
        entry(RESOURCE, 3, &own.identity),
        entry(RESOURCE, 5, &own.key),
        number(10, 101),
    ];
    let bootstrap = security(
        "coaps://bs.example",
        true,
        Some((ENDPOINT.as_bytes(), &PSK)),
        0,
    );
    let mut world = blank(true);
    world.give(std::slice::from_ref(&own));
    world.bootstrap().recipe.steps = vec![
        put("/0/0", quiet.concat()),
        put("/0/1", bootstrap),
        put("/1/0", own.server_tlv()),
        finish(),
    ];
    world.start();
    world.run_until_registered();
    assert_eq!(world.modem.keys.len(), 2);
    world.execute("/1/0/9");
    world.run(2 * MINUTE);
    assert_eq!(world.bootstrap().bootstraps.len(), 2);
    assert!(world.carrier.is_registered());
}

#[test]
fn the_first_request_may_overtake_the_answer_to_ours() {
    for secure in [false, true] {
        let mut world = blank(secure);
        world.bootstrap().recipe.eager = true;
        world.start();
        world.run_until_registered();
        assert_eq!(world.delays(), []);
    }
}

#[test]
fn lost_and_doubled_datagrams_do_no_harm() {
    for seed in 1..40 {
        let mut world = blank(seed % 2 == 0);
        world.network = network::Network::new(seed);
        world.network.quality = network::Quality {
            loss: 15,
            duplication: 20,
            latency: (10, 900),
        };
        world.start();
        world.run_until(2 * HOUR, |world| world.carrier.is_registered());
        world.run(MINUTE);
        assert!(world.count(|event| *event == Event::Bootstrapped) == 1);
    }
}

#[test]
fn a_lost_answer_to_finish_is_given_again() {
    let mut world = blank(false);
    world.start();
    world.run_until(MINUTE, |world| {
        world.others[BOOTSTRAP].recipe.outcomes.len() == 4
    });
    world.network.drop_next(Way::ToServer, 1);
    world.run_until_registered();
    assert_eq!(world.bootstrap().recipe.codes().last(), Some(&204));
}

#[test]
fn what_follows_finish_is_not_heard() {
    let mut world = blank(true);
    let steps = &mut world.bootstrap().recipe.steps;
    steps.extend([delete("/0"), delete("/1"), finish()]);
    world.start();
    world.run_until_registered();
    assert_eq!(world.bootstrap().recipe.codes()[4], 204);
    assert_eq!(world.delays(), []);
}

#[test]
fn a_server_that_falls_silent_is_given_up_after_an_exchange_lifetime() {
    for stall in 0..5 {
        let mut world = blank(false);
        world.bootstrap().recipe.stall_at = Some(stall);
        world.start();
        world.run(4 * MINUTE);
        assert_eq!(
            deferred(&world, DeferredReason::BootstrapSequence),
            0,
            "{stall}"
        );
        world.run(15 * SECOND);
        assert_eq!(
            deferred(&world, DeferredReason::BootstrapSequence),
            1,
            "{stall}"
        );
        assert_eq!(world.delays(), [60]);
        world.bootstrap().recipe.stall_at = None;
        world.run_until_registered();
    }
}

#[test]
fn a_slow_server_has_time_for_each_request() {
    for secure in [false, true] {
        let mut world = blank(secure);
        world.bootstrap().recipe.pause = 240 * SECOND;
        world.start();
        world.run(30 * MINUTE);
        assert!(world.carrier.is_registered());
        assert_eq!(world.delays(), []);
    }
}

#[test]
fn refusals_are_repeated_with_doubled_delays() {
    for refusal in [400, 403, 404, 415, 500] {
        let mut world = blank(false);
        let refused = Reaction::Refuse(refusal, None);
        world.bootstrap().reactions.extend([refused; 3]);
        world.start();
        world.run_until(30 * MINUTE, |world| world.carrier.is_registered());
        assert_eq!(world.delays(), [60, 120, 240], "{refusal}");
        assert_eq!(deferred(&world, DeferredReason::BootstrapSequence), 3);
    }
}

#[test]
fn a_bootstrap_server_in_maintenance_is_left_alone_as_long_as_it_says() {
    let mut world = blank(false);
    let reactions = &mut world.bootstrap().reactions;
    reactions.extend([
        Reaction::Refuse(503, Some(700)),
        Reaction::Refuse(503, None),
    ]);
    world.start();
    world.run_until(6 * HOUR, |world| world.carrier.is_registered());
    assert_eq!(world.delays(), [700, 4 * 3_600]);
    assert_eq!(deferred(&world, DeferredReason::ServiceUnavailable), 2);
}

#[test]
fn an_answer_in_a_message_of_its_own_is_acknowledged() {
    let mut world = blank(false);
    world
        .bootstrap()
        .reactions
        .push_back(Reaction::Separate(4 * SECOND));
    world.bootstrap().recipe.pause = 10 * SECOND;
    world.start();
    world.run_until_registered();
    assert_eq!(world.delays(), []);
    assert!(world.bootstrap().rejected.is_empty());
}

#[test]
#[cfg(feature = "object-app-data")]
fn a_reply_that_waited_comes_before_what_else_is_to_be_done() {
    let mut world = blank(false);
    // The application hears of these data with the first request that changes something.
    let data = put_as("/10250/0/1", OPAQUE, [6; 3]);
    world.bootstrap().recipe.steps.insert(0, data);
    world.start();
    world.run_until_registered();
    let write = world
        .request(PUT, "/3/0/13")
        .with_uint(CONTENT_FORMAT, u32::from(TEXT))
        .payload("1700000000");
    let now = Instant::from_millis(world.now);
    let mut buffer = [0; DATAGRAM];
    let carrier = &mut world.carrier;
    let reply = carrier.datagram(now, Link(0), &write.encode(), &mut buffer);
    assert_eq!(reply, None);
    assert_eq!(carrier.poll(now, &mut buffer), Some(Output::SetClock));
    carrier.input(now, Input::ClockSet(true));
    let first = carrier.poll(now, &mut buffer);
    assert!(matches!(first, Some(Output::Send { .. })), "{first:?}");
    let second = carrier.poll(now, &mut buffer);
    assert_eq!(second, Some(Output::Event(Event::AppData)));
}
