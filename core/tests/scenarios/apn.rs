//! Object 11: profiles that servers write, the connections they lead to, and what a wrong one leads back to.

use carrier_core::{DeferredReason, Event};

use crate::sim::coap::*;
use crate::sim::tlv::{self, Entry};
use crate::sim::*;

/// Storage id of the record.
const RECORD: u16 = 0xCA28;
/// Longer than a change waits, and than what it leads to takes.
const SETTLED: u64 = 20 * SECOND;

fn status(response: &Message) -> u16 {
    dotted(response.code)
}

fn text(id: u16, value: &str) -> Vec<u8> {
    tlv::entry(tlv::RESOURCE, id, value.as_bytes())
}

fn number(id: u16, value: u8) -> Vec<u8> {
    tlv::entry(tlv::RESOURCE, id, &[value])
}

/// Creates a profile with this access point; gives its path.
fn create(world: &mut World, name: &str) -> String {
    let payload = [text(0, "spare"), text(1, name)].concat();
    let created = world.post("/11", TLV, payload);
    assert_eq!(status(&created), 201);
    format!("/{}", created.texts(LOCATION_PATH).join("/"))
}

/// Instances that `/10/0/11` shows.
fn active(world: &mut World) -> Vec<u8> {
    let payload = world.get("/10/0/11").payload;
    let entries = tlv::decode(&payload);
    let links: Vec<Entry> = tlv::find(&entries, 11).nested();
    links.iter().map(|link| link.value[3]).collect()
}

fn values(world: &mut World, path: &str) -> Vec<Entry> {
    tlv::decode(&world.get(path).payload)
}

fn deferrals(world: &World) -> Vec<DeferredReason> {
    let events = world.application.events.iter();
    events
        .filter_map(|(_, event)| match event {
            Event::Deferred { reason, .. } => Some(*reason),
            _ => None,
        })
        .collect()
}

#[test]
fn the_connection_of_the_registration_is_the_networks() {
    let mut world = plain();
    world.run(MINUTE);
    let all = values(&mut world, "/11/0");
    let ids: Vec<u16> = all.iter().map(|entry| entry.id).collect();
    assert_eq!(ids, [0, 1, 3, 4, 9, 10, 15, 24]);
    assert_eq!(tlv::find(&all, 0).text(), "default");
    assert_eq!(tlv::find(&all, 1).text(), "iot.test");
    assert_eq!(tlv::find(&all, 4).number(), 3);
    assert_eq!(tlv::find(&all, 10).nested()[0].number(), 0);
    assert_eq!(tlv::find(&all, 24).number(), 3);
    let addresses = tlv::find(&all, 15).nested();
    assert_eq!(addresses[0].text(), "10.0.0.2");
    assert!(addresses[1].text().starts_with("2001:0DB8:"));
    assert_eq!(active(&mut world), [0]);
    for (path, value) in [("/11/0/1", "evil.test"), ("/11/0/3", "0"), ("/11/0/0", "x")] {
        assert_eq!(status(&world.put(path, TEXT, value)), 405, "{path}");
    }
    assert_eq!(status(&world.delete("/11/0")), 405);
    world.run(SETTLED);
    assert!(world.modem.asked.is_empty());
}

#[test]
fn name_servers_are_shown_while_there_is_room() {
    let mut world = plain();
    let answer = "+CGCONTRDP: 0,,\"iot.test\",\"\",\"\",\"10.0.0.53\",\"10.0.0.54\",,,,,1464\r\n\
                  +CGCONTRDP: 0,,\"iot.test\",\"\",\"\",\"2001:0DB8::53\",\"\",,,,,1464\r\nOK\r\n";
    world
        .modem
        .answers
        .insert("AT+CGCONTRDP", Some(answer.to_owned()));
    let all = values(&mut world, "/11/0");
    let first = tlv::find(&all, 19).nested();
    assert_eq!(first[0].text(), "10.0.0.53");
    assert_eq!(first[1].text(), "2001:0DB8::53");
    assert_eq!(tlv::find(&all, 20).nested().len(), 1);
    // What is written comes first.
    let path = create(&mut world, &"long.".repeat(12));
    assert_eq!(
        status(&world.put(&format!("{path}/0"), TEXT, "y".repeat(64))),
        204
    );
    assert_eq!(
        status(&world.put(&format!("{path}/5"), TEXT, "z".repeat(64))),
        500
    );
    assert_eq!(world.get(&format!("{path}/0")).text(), "y".repeat(64));
}

#[test]
fn a_created_profile_is_connected_and_the_servers_are_reached_over_it() {
    for secure in [false, true] {
        let mut world = if secure {
            crate::sim::secure()
        } else {
            plain()
        };
        world.modem.granted.insert("new.test");
        let (_, token) = world.observe("/10/0/11");
        let path = create(&mut world, "new.test");
        assert_eq!(path, "/11/1");
        // The answer has time to arrive.
        world.run(4 * SECOND);
        assert!(world.modem.asked.is_empty());
        world.run(SETTLED);
        assert_eq!(world.modem.asked, ["new.test"]);
        let own = values(&mut world, &path);
        assert_eq!(tlv::find(&own, 1).text(), "new.test");
        assert_eq!(tlv::find(&own, 10).nested()[0].number(), 0);
        assert_eq!(tlv::find(&own, 15).nested()[0].text(), "10.1.0.2");
        assert_eq!(tlv::find(&own, 24).number(), 1);
        assert_eq!(active(&mut world), [0, 1]);
        assert!(deferrals(&world).is_empty());
        let told = world.take_notifications(&token);
        assert!(secure != told.is_empty(), "a plain link is registered anew");
        // The servers know the new list.
        let mut told = world.server.updates.iter().chain(&world.server.registers);
        assert!(
            told.any(|last| { String::from_utf8_lossy(&last.message.payload).contains("</11/1>") })
        );
        // The same is kept over a restart.
        world.power_cut();
        world.run_until_registered();
        assert_eq!(world.modem.asked, ["new.test"; 2]);
        assert_eq!(active(&mut world), [0, 1]);
    }
}

#[test]
fn a_profile_that_the_network_refuses_shows_why_and_the_default_connection_serves() {
    let mut world = plain();
    let path = create(&mut world, "unknown.test");
    world.run(SETTLED);
    assert_eq!(world.modem.asked, ["unknown.test"]);
    let own = values(&mut world, &path);
    assert_eq!(tlv::find(&own, 10).nested()[0].number(), 1);
    assert_eq!(tlv::find(&own, 11).nested()[0].number(), 27);
    assert_eq!(active(&mut world), [0]);
    assert!(deferrals(&world).is_empty());
}

#[test]
fn a_profile_that_leads_nowhere_is_left_and_tried_again_when_the_way_back_fails_too() {
    let mut world = plain();
    world.modem.granted.insert("island.test");
    world.modem.islands.insert("island.test");
    create(&mut world, "island.test");
    world.run(2 * MINUTE);
    assert!(world.carrier.is_registered());
    assert_eq!(world.modem.connected, None);
    assert_eq!(deferrals(&world), [DeferredReason::ServerNoRoute]);
    assert_eq!(active(&mut world), [0]);
    // Nobody is reached any more: both ways are tried, each after a pause.
    let before = world.modem.asked.len();
    world.server.is_dead = true;
    world.modem.islands.clear();
    world.run(6 * HOUR);
    assert!(world.modem.asked.len() > before);
    world.server.is_dead = false;
    world.run(2 * DAY);
    assert!(world.carrier.is_registered());
}

#[test]
fn a_configured_access_point_that_is_written_over_wrongly_is_used_as_configured() {
    for name in ["unknown.test", "island.test"] {
        let mut world = world("coap://server.example");
        world.config.apn = Some("own.test");
        world.modem.granted.extend(["own.test", "island.test"]);
        world.modem.islands.insert("island.test");
        world.start();
        world.run_until_registered();
        assert_eq!(world.get("/11/1/1").text(), "own.test");
        assert_eq!(world.get("/11/1/0").text(), "own.test");
        assert_eq!(status(&world.put("/11/1/1", TEXT, name)), 204);
        world.run(3 * MINUTE);
        assert!(world.carrier.is_registered());
        assert_eq!(world.modem.connected.as_deref(), Some("own.test"), "{name}");
        assert_eq!(world.get("/11/1/1").text(), name);
        assert_eq!(active(&mut world), [0, 1]);
        // Set right again.
        world.modem.granted.insert("better.test");
        assert_eq!(status(&world.put("/11/1/1", TEXT, "better.test")), 204);
        world.run(SETTLED);
        assert_eq!(world.modem.connected.as_deref(), Some("better.test"));
        // It is the configuration's: it cannot be deleted.
        assert_eq!(status(&world.delete("/11/1")), 405);
    }
}

#[test]
fn a_disabled_or_deleted_profile_gives_its_connection_up() {
    let mut world = plain();
    world.modem.granted.extend(["one.test", "two.test"]);
    let one = create(&mut world, "one.test");
    let two = create(&mut world, "two.test");
    world.run(SETTLED);
    assert_eq!(world.modem.connected.as_deref(), Some("one.test"));
    assert_eq!(status(&world.put(&format!("{one}/3"), TEXT, "0")), 204);
    world.run(SETTLED);
    assert_eq!(world.modem.connected.as_deref(), Some("two.test"));
    let own = values(&mut world, &two);
    assert_eq!(tlv::find(&own, 10).nested()[0].number(), 0);
    assert_eq!(status(&world.delete(&two)), 202);
    world.run(SETTLED);
    assert_eq!(world.modem.connected, None);
    assert_eq!(active(&mut world), [0]);
    assert_eq!(status(&world.get(&two)), 404);
    assert_eq!(status(&world.put(&format!("{one}/3"), TEXT, "1")), 204);
    world.run(SETTLED);
    assert_eq!(active(&mut world), [0, 1]);
    assert!(deferrals(&world).is_empty());
}

#[test]
fn a_disabled_profile_leaves_the_default_connection_alone() {
    let mut world = plain();
    world.run(MINUTE);
    let registers = world.server.registers.len();
    let payload = [text(0, "spare"), text(1, "one.test"), number(3, 0)].concat();
    assert_eq!(status(&world.post("/11", TLV, payload)), 201);
    world.run(SETTLED);
    assert_eq!(status(&world.delete("/11/1")), 202);
    world.run(SETTLED);
    assert_eq!(world.server.registers.len(), registers);
    assert!(world.modem.asked.is_empty());
}

#[test]
fn authentication_is_given_to_the_modem_and_survives_a_restart() {
    let mut world = plain();
    world.modem.granted.insert("closed.test");
    let payload = [
        text(0, "closed"),
        text(1, "closed.test"),
        number(4, 1),
        text(5, "me"),
        text(6, "geheim 1"),
    ]
    .concat();
    assert_eq!(status(&world.post("/11", TLV, payload)), 201);
    world.run(SETTLED);
    let expected = (2, "me".to_owned(), "geheim 1".to_owned());
    assert_eq!(world.modem.credentials, std::slice::from_ref(&expected));
    world.power_cut();
    world.run_until_registered();
    assert_eq!(world.modem.credentials, [expected.clone(), expected]);
    assert_eq!(world.get("/11/1/6").text(), "geheim 1");
    for (kind, told) in [("0", 1), ("2", 2), ("3", 0)] {
        assert_eq!(status(&world.put("/11/1/4", TEXT, kind)), 204);
        world.run(SETTLED);
        assert_eq!(
            world.modem.credentials.last().map(|last| last.0),
            Some(told)
        );
    }
}

#[test]
fn values_that_cannot_be_are_refused() {
    let mut world = plain();
    let path = create(&mut world, "a.test");
    for (resource, value) in [
        ("1", "a b"),
        ("1", "a,b"),
        ("1", "a\"b"),
        ("1", &"x".repeat(64)),
        ("4", "4"),
        ("5", "a\"b"),
        ("6", "\u{7}"),
        ("24", "0"),
        ("24", "4"),
    ] {
        let path = format!("{path}/{resource}");
        assert_eq!(
            status(&world.put(&path, TEXT, value)),
            400,
            "{path} {value}"
        );
    }
    let address = tlv::entry(
        tlv::MULTIPLE,
        15,
        &tlv::entry(tlv::RESOURCE_INSTANCE, 0, b"10.0.0.1"),
    );
    assert_eq!(status(&world.put(&format!("{path}/15"), TLV, address)), 405);
    assert_eq!(status(&world.put("/11/0/10", TLV, number(10, 0))), 405);
    create(&mut world, "b.test");
    create(&mut world, "c.test");
    assert_eq!(status(&world.post("/11", TLV, text(0, "too many"))), 500);
}

#[test]
fn what_was_written_for_another_sim_or_damaged_counts_as_absent() {
    let mut world = plain();
    world.modem.granted.insert("new.test");
    create(&mut world, "new.test");
    world.run(SETTLED);
    let record = world.storage.get(&RECORD).cloned().expect("stored");
    for index in 0..record.len() {
        let mut damaged = record.clone();
        damaged[index] ^= 0x40;
        world.storage.insert(RECORD, damaged);
        world.power_cut();
        world.run_until_registered();
        assert_eq!(status(&world.get("/11/1")), 404, "byte {index}");
    }
    world.storage.insert(RECORD, record.clone());
    world.sim.imsi = "001010999999999".to_owned();
    world.power_cut();
    world.run_until_registered();
    assert_eq!(status(&world.get("/11/1")), 404);
    world.sim.imsi.clear();
    world.power_cut();
    world.run_until_registered();
    assert_eq!(world.get("/11/1/1").text(), "new.test");
    world.execute("/3/0/5");
    world.run(MINUTE);
    assert_eq!(status(&world.get("/11/1")), 404);
    assert_eq!(world.modem.connected, None);
    assert!(!world.storage.contains_key(&RECORD));
}

#[test]
fn a_replaced_profile_forgets_what_is_not_mandatory() {
    let mut world = plain();
    let path = create(&mut world, "a.test");
    world.put(&format!("{path}/5"), TEXT, "me");
    let fresh = [text(0, "other"), number(4, 3)].concat();
    assert_eq!(status(&world.put(&path, TLV, fresh)), 204);
    let own = values(&mut world, &path);
    let ids: Vec<u16> = own.iter().map(|entry| entry.id).collect();
    assert_eq!(ids[..4], [0, 3, 4, 24]);
    assert_eq!(tlv::find(&own, 0).text(), "other");
}

#[test]
#[cfg(feature = "bootstrap")]
fn access_points_that_a_bootstrap_server_writes_are_used_when_it_has_finished() {
    use crate::sim::bootstrap::put;
    let mut world = crate::sim::bootstrap::blank(false);
    world.modem.granted.insert("new.test");
    let payload = [text(0, "from the bootstrap"), text(1, "new.test")].concat();
    world
        .bootstrap()
        .recipe
        .steps
        .insert(0, put("/11/1", payload));
    world.start();
    world.run_until_registered();
    world.run(SETTLED);
    assert_eq!(world.bootstrap().bootstraps.len(), 1);
    assert_eq!(world.modem.connected.as_deref(), Some("new.test"));
    assert_eq!(world.get("/11/1/0").text(), "from the bootstrap");
    world.power_cut();
    world.run_until_registered();
    assert_eq!(world.modem.connected.as_deref(), Some("new.test"));
}
