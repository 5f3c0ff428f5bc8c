//! LwM2M 1.1 (OMA LwM2M TS Core and Transport 1.1.1): registration and bootstrap, resource instances, SenML and CBOR,
//! composite operations.

use carrier_core::profile::Settings;
use carrier_core::{DeferredReason, Event};

use crate::sim::bootstrap::*;
use crate::sim::coap::*;
use crate::sim::server::Reaction;
use crate::sim::*;

const FETCH: u8 = 0x05;
const IPATCH: u8 = 0x07;
const CBOR: u16 = 60;
const JSON: u16 = 110;
const SENML_CBOR: u16 = 112;
const ETCH_JSON: u16 = 320;

/// A device whose product leaves the version to the library, not yet running.
fn unversioned() -> World {
    let mut world = world("coap://server.example");
    world.settings = |_| Settings::NONE;
    world
}

/// The same, registered, with power sources.
fn registered() -> World {
    let mut world = unversioned();
    world.start();
    world.run_until_registered();
    world
        .apply(|carrier| carrier.set_power_sources(&[1, 5]))
        .expect("valid");
    world
        .apply(|carrier| carrier.set_battery_level(50))
        .expect("declared");
    world
}

fn status(message: Message) -> u16 {
    dotted(message.code)
}

/// A composite request on the root.
fn composite(world: &mut World, method: u8, format: u16, payload: &str) -> Message {
    let request = world.request(method, "");
    request
        .with_uint(CONTENT_FORMAT, u32::from(format))
        .payload(payload)
}

fn fetch(world: &mut World, payload: &str) -> Message {
    let request = composite(world, FETCH, JSON, payload);
    world.exchange(&request)
}

fn patch(world: &mut World, payload: &str) -> Message {
    let request = composite(world, IPATCH, JSON, payload);
    world.exchange(&request)
}

fn read(world: &mut World, path: &str) -> String {
    let answer = world.get_as(path, JSON);
    assert_eq!(dotted(answer.code), 205, "{path}");
    assert_eq!(answer.option_uint(CONTENT_FORMAT), Some(u32::from(JSON)));
    answer.text().to_owned()
}

#[test]
fn a_registration_tells_version_formats_and_object_versions() {
    let world = registered();
    let registration = world.server.registration.clone().expect("registered");
    assert_eq!(
        registration.query,
        ["ep=urn:imei:352656100000001", "lt=3600", "lwm2m=1.1", "b=U"]
    );
    let objects = &registration.objects;
    assert!(
        objects.starts_with("</>;ct=\"60 110 112 11542\",</1>;ver=1.1,</1/0>,</2>;ver=1.1,</3"),
        "{objects}"
    );
    assert!(!objects.contains("</0"), "{objects}");
}

#[test]
fn the_product_chooses_the_version() {
    let mut world = unversioned();
    world.settings = |_| Settings {
        version: Some(Version::V1_0),
        ..Settings::NONE
    };
    world.start();
    world.run_until_registered();
    let registration = world.server.registration.clone().expect("registered");
    assert_eq!(registration.query[2], "lwm2m=1.0");
    assert!(registration.objects.starts_with("</1/0>"));
    // An operator's device speaks 1.0 unless its product wants otherwise.
    let mut world = operated();
    let server = world.server.registration.clone().expect("registered");
    assert_eq!(server.query[2], "lwm2m=1.0");
    assert_eq!(
        world.bootstrap().bootstraps[0]
            .message
            .texts(URI_QUERY)
            .len(),
        1
    );
    let mut world = operator();
    world.settings = |_| Settings {
        server_uri: Some("coaps://bs.example"),
        endpoint: Some("urn:imei:{imei}"),
        version: Some(Version::V1_1),
        ..Settings::NONE
    };
    world.start();
    world.run_until_registered();
    let server = world.server.registration.clone().expect("registered");
    assert_eq!(server.query[2], "lwm2m=1.1");
}

#[test]
fn a_server_that_refuses_the_version_is_spoken_to_in_the_older_one() {
    let mut world = unversioned();
    world
        .server
        .reactions
        .push_back(Reaction::Refuse(412, None));
    world.start();
    world.run_until_registered();
    let registers = &world.server.registers;
    let versions: Vec<String> = registers
        .iter()
        .map(|own| own.message.texts(URI_QUERY)[2].clone())
        .collect();
    assert_eq!(versions, ["lwm2m=1.1", "lwm2m=1.0"]);
    assert_eq!(
        world.count(|event| matches!(event, Event::Deferred { .. })),
        0
    );
    // What came with 1.1 is unknown between the two.
    assert_eq!(status(world.get_as("/3/0", JSON)), 406);
    assert_eq!(status(world.get("/3/0/11/0")), 404);
    assert_eq!(status(fetch(&mut world, r#"[{"n":"/3/0/9"}]"#)), 405);
    world.server.forget();
    world.run(DAY);
    let last = world.server.registers.last().expect("registered anew");
    assert_eq!(last.message.texts(URI_QUERY)[2], "lwm2m=1.0");
}

#[test]
fn a_server_that_refuses_both_versions_is_left_alone_for_a_while() {
    let mut world = unversioned();
    for _ in 0..4 {
        world
            .server
            .reactions
            .push_back(Reaction::Refuse(412, None));
    }
    world.start();
    world.run(50 * SECOND);
    assert_eq!(world.server.registers.len(), 2);
    let wanted = DeferredReason::ServerRegistration;
    assert_eq!(
        world.count(|event| matches!(event, Event::Deferred { reason, .. } if *reason == wanted)),
        1
    );
}

#[test]
fn resource_instances_are_read_discovered_and_observed() {
    let mut world = registered();
    assert_eq!(world.get("/3/0/6/1").text(), "5");
    assert_eq!(read(&mut world, "/3/0/6/1"), r#"[{"bn":"/3/0/6/1","v":5}]"#);
    assert_eq!(world.get_as("/3/0/6/1", TLV).payload, [0x41, 1, 5]);
    assert_eq!(world.get_as("/3/0/6/1", CBOR).payload, [5]);
    assert_eq!(status(world.get("/3/0/6/2")), 404);
    assert_eq!(status(world.get("/3/0/9/0")), 404);
    let links = world.get_as("/3/0/6", LINK);
    assert_eq!(links.text(), "</3/0/6>;dim=2,</3/0/6/0>,</3/0/6/1>");
    assert_eq!(world.get_as("/3/0/6/0", LINK).text(), "</3/0/6/0>");
    assert_eq!(status(world.attributes("/3/0/7/1", "pmin=1&gt=4000")), 204);
    let links = world.get_as("/3/0/7", LINK);
    assert_eq!(
        links.text(),
        "</3/0/7>;dim=2,</3/0/7/0>,</3/0/7/1>;pmin=1;gt=4000"
    );
    let (answer, token) = world.observe("/3/0/7/1");
    assert_eq!((dotted(answer.code), answer.text()), (205, "0"));
    for (millivolts, told) in [(3_000, false), (5_000, true)] {
        world
            .apply(|carrier| carrier.set_power_source_voltage(5, millivolts))
            .expect("declared");
        world.run(5 * SECOND);
        let notifications = world.take_notifications(&token);
        assert_eq!(!notifications.is_empty(), told, "{notifications:?}");
    }
}

#[test]
fn values_are_read_in_senml_and_in_cbor() {
    let mut world = registered();
    assert_eq!(
        read(&mut world, "/3/0/0"),
        r#"[{"bn":"/3/0/0","vs":"Maker"}]"#
    );
    assert_eq!(
        read(&mut world, "/3/0/6"),
        r#"[{"bn":"/3/0/6/","n":"0","v":1},{"n":"1","v":5}]"#
    );
    let whole = read(&mut world, "/3");
    assert!(
        whole.starts_with(r#"[{"bn":"/3/","n":"0/0","vs":"Maker"},{"n":"0/1","vs":"Model 1"}"#),
        "{whole}"
    );
    assert!(whole.contains(r#"{"n":"0/6/1","v":5}"#), "{whole}");
    let server = read(&mut world, "/1/0");
    assert_eq!(
        server,
        r#"[{"bn":"/1/0/","n":"0","v":1},{"n":"1","v":3600},{"n":"6","vb":true},{"n":"7","vs":"U"}]"#
    );
    let cbor = world.get_as("/1/0", SENML_CBOR);
    assert_eq!(
        cbor.payload,
        [
            &[0x84, 0xA3, 0x21, 0x65][..],
            b"/1/0/",
            &[0x00, 0x61, b'0', 0x02, 0x01],
            &[0xA2, 0x00, 0x61, b'1', 0x02, 0x19, 0x0E, 0x10],
            &[0xA2, 0x00, 0x61, b'6', 0x04, 0xF5],
            &[0xA2, 0x00, 0x61, b'7', 0x03, 0x61, b'U'],
        ]
        .concat()
    );
    assert_eq!(world.get_as("/1/0/1", CBOR).payload, [0x19, 0x0E, 0x10]);
    assert_eq!(world.get_as("/1/0/6", CBOR).payload, [0xF5]);
    assert_eq!(world.get_as("/1/0/7", CBOR).payload, [0x61, b'U']);
    // A time is told as one.
    assert_eq!(world.get_as("/6/0/5", CBOR).payload, [0xC1, 0x00]);
    for path in ["/1/0", "/3/0/6"] {
        assert_eq!(status(world.get_as(path, CBOR)), 406, "{path}");
    }
    // Without a wish things are as they were.
    assert_eq!(world.get("/1/0").option_uint(CONTENT_FORMAT), Some(11_542));
}

#[test]
fn values_are_written_in_senml_and_in_cbor() {
    let mut world = registered();
    assert_eq!(status(world.put("/1/0/1", CBOR, [0x19, 0x01, 0x2C])), 204);
    assert_eq!(world.get("/1/0/1").text(), "300");
    // 300.0 with half precision: a whole number, whatever objects the build has.
    assert_eq!(status(world.put("/1/0/1", CBOR, [0xF9, 0x5C, 0xB0])), 204);
    assert_eq!(status(world.put("/1/0/6", CBOR, [0xF4])), 204);
    assert_eq!(world.get("/1/0/6").text(), "0");
    assert_eq!(status(world.put("/1/0/1", CBOR, [0x61, b'x'])), 400);
    let update = r#"[{"bn":"/1/0/","n":"1","v":60},{"n":"6","vb":true},{"n":"2","v":1.0e1}]"#;
    assert_eq!(status(world.post("/1/0", JSON, update)), 204);
    for (path, value) in [("/1/0/1", "60"), ("/1/0/6", "1"), ("/1/0/2", "10")] {
        assert_eq!(world.get(path).text(), value, "{path}");
    }
    // A replacing write forgets what it does not name.
    let whole = r#"[{"bn":"/1/0/","n":"1","v":600},{"n":"6","vb":false},{"n":"7","vs":"U"}]"#;
    assert_eq!(status(world.put("/1/0", JSON, whole)), 204);
    assert_eq!(status(world.get("/1/0/2")), 404);
    let one = [
        &[0x81, 0xA2, 0x21, 0x66][..],
        b"/1/0/2",
        &[0x02, 0xF9, 0x56, 0x40],
    ]
    .concat();
    assert_eq!(status(world.put("/1/0/2", SENML_CBOR, one)), 204);
    assert_eq!(world.get("/1/0/2").text(), "100");
}

#[test]
fn a_senml_write_that_is_wrong_in_one_place_changes_nothing() {
    let mut world = registered();
    for (payload, code) in [
        (r#"[{"bn":"/1/0/","n":"1","v":60},{"n":"0","v":7}]"#, 405),
        (r#"[{"bn":"/1/0/","n":"1","v":60},{"n":"77","v":7}]"#, 404),
        (r#"[{"bn":"/1/0/","n":"1","v":60},{"n":"6","v":7}]"#, 400),
        (r#"[{"bn":"/1/0/","n":"1","v":60},{"n":"2/0","v":7}]"#, 400),
        (
            r#"[{"bn":"/1/0/","n":"1","v":60},{"bn":"/3/0/14","vs":"Z"}]"#,
            400,
        ),
        (r#"[{"bn":"/1/0/","n":"1","v":60},{"n":"2"}]"#, 400),
        (r#"[{"bn":"/1/0/","n":"1","v":60}"#, 400),
        (r#"[{"bn":"/1/0/","n":"1","v":60.5}]"#, 400),
        ("", 400),
    ] {
        assert_eq!(status(world.post("/1/0", JSON, payload)), code, "{payload}");
    }
    assert_eq!(world.get("/1/0/1").text(), "3600");
}

#[test]
fn an_instance_is_created_from_senml() {
    let mut world = registered();
    let payload = r#"[{"bn":"/16/2/","n":"0/0","vs":"a\u00e9\"b"},{"n":"0/3","vs":"1"}]"#;
    let answer = world.post("/16", JSON, payload);
    assert_eq!(dotted(answer.code), 201);
    assert_eq!(answer.texts(LOCATION_PATH), ["16", "2"]);
    assert_eq!(
        read(&mut world, "/16/2"),
        "[{\"bn\":\"/16/2/\",\"n\":\"0/0\",\"vs\":\"a\u{E9}\\\"b\"},{\"n\":\"0/3\",\"vs\":\"1\"}]"
    );
    // One instance of a multiple resource, and all of them.
    assert_eq!(status(world.put("/16/2/0/1", TEXT, "one")), 204);
    assert_eq!(world.get("/16/2/0/1").text(), "one");
    assert_eq!(world.get("/16/2/0/3").text(), "1");
    let replacing = r#"[{"n":"/16/2/0/2","vs":"two"}]"#;
    assert_eq!(status(world.put("/16/2/0", JSON, replacing)), 204);
    assert_eq!(
        read(&mut world, "/16/2"),
        r#"[{"bn":"/16/2/","n":"0/2","vs":"two"}]"#
    );
    assert_eq!(status(world.delete("/16/2")), 202);
}

#[test]
fn a_composite_read_gives_what_it_names_and_is_there() {
    let mut world = registered();
    assert_eq!(status(world.put("/16/0/0/0", TEXT, "a")), 204);
    let answer = fetch(
        &mut world,
        r#"[{"n":"/1/0/1"},{"n":"/3/0/6/1"},{"n":"/3/0/77"},{"n":"/0"},{"n":"/3/0/4"},{"n":"/16/0/0"},{"n":"/9"}]"#,
    );
    assert_eq!(dotted(answer.code), 205);
    assert_eq!(answer.option_uint(CONTENT_FORMAT), Some(u32::from(JSON)));
    let text = answer.text();
    assert!(
        text.starts_with(r#"[{"bn":"/1/0/1","v":3600},{"bn":"/3/0/6/1","v":5},{"bn":"/16/0/0/""#),
        "{text}"
    );
    assert!(
        !text.contains("/0/77") && !text.contains("coap://"),
        "{text}"
    );
    assert_eq!(fetch(&mut world, r#"[{"n":"/0/0/0"}]"#).text(), "[]");
    // Asked in one encoding, answered in the other.
    let request = composite(&mut world, FETCH, ETCH_JSON, r#"[{"n":"/1/0/1"}]"#);
    let answer = world.exchange(&request.with_uint(ACCEPT, u32::from(SENML_CBOR)));
    assert_eq!(
        answer.option_uint(CONTENT_FORMAT),
        Some(u32::from(SENML_CBOR))
    );
    let wanted = [
        &[0x81, 0xA2, 0x21, 0x66][..],
        b"/1/0/1",
        &[0x02, 0x19, 0x0E, 0x10],
    ]
    .concat();
    assert_eq!(answer.payload, wanted);
    // The root is everything.
    let all = fetch(&mut world, r#"[{"n":"/"}]"#);
    assert!(all.text().starts_with(r#"[{"bn":"/","n":"1/0/0","v":1}"#));
}

#[test]
fn composite_requests_that_cannot_be_understood_say_so() {
    let mut world = registered();
    for (format, payload, code) in [
        (TLV, "[]", 415),
        (TEXT, "[]", 415),
        (11_543, "[]", 415),
        (JSON, "", 400),
        (JSON, "[]", 400),
        (JSON, r#"[{"n":"3"}]"#, 400),
        (SENML_CBOR, r#"[{"n":"/3"}]"#, 400),
    ] {
        let request = composite(&mut world, FETCH, format, payload);
        assert_eq!(status(world.exchange(&request)), code, "{format} {payload}");
    }
    let request = composite(&mut world, FETCH, JSON, r#"[{"n":"/3"}]"#);
    let request = request.with_uint(ACCEPT, u32::from(TLV));
    assert_eq!(status(world.exchange(&request)), 406);
    let request = world.request(FETCH, "/3").with_uint(CONTENT_FORMAT, 110);
    assert_eq!(status(world.exchange(&request.payload("[]"))), 405);
}

#[test]
fn a_composite_write_is_done_whole_or_not_at_all() {
    let mut world = registered();
    let answer = patch(
        &mut world,
        r#"[{"n":"/1/0/1","v":60},{"n":"/1/0/6","vb":false},{"n":"/16/0/0/3","vs":"b"}]"#,
    );
    assert_eq!(status(answer), 204);
    for (path, value) in [("/1/0/1", "60"), ("/1/0/6", "0"), ("/16/0/0/3", "b")] {
        assert_eq!(world.get(path).text(), value, "{path}");
    }
    world.run(SECOND);
    assert!(
        !world.server.updates.is_empty(),
        "a written lifetime is told"
    );
    for (payload, code) in [
        (r#"[{"n":"/1/0/1","v":99},{"n":"/3/0/9","v":1}]"#, 405),
        (r#"[{"n":"/1/0/1","v":99},{"n":"/0/0/0","vs":"x"}]"#, 401),
        (r#"[{"n":"/1/0/1","v":99},{"n":"/1/7/1","v":1}]"#, 404),
        (r#"[{"n":"/1/0/1","v":99},{"n":"/16/0","vs":"x"}]"#, 400),
        (r#"[{"n":"/1/0/1","v":99},{"n":"/16/0/0","vs":"x"}]"#, 400),
        (r#"[{"n":"/1/0/1","v":99},{"n":"/1/0/6","v":1}]"#, 400),
        (r#"[{"n":"/1/0/1","v":99},"#, 400),
    ] {
        assert_eq!(status(patch(&mut world, payload)), code, "{payload}");
    }
    assert_eq!(world.get("/1/0/1").text(), "60");
}

/// The application may refuse the clock, the modem its settings: what else was written would be in effect by then.
#[test]
fn a_composite_write_that_may_be_refused_later_is_of_one_object() {
    let mut world = registered();
    for takes_clock in [true, false] {
        world.application.takes_clock = takes_clock;
        for payload in [
            r#"[{"n":"/1/0/1","v":99},{"n":"/3/0/13","v":1700000000}]"#,
            r#"[{"n":"/3/0/14","vs":"+05:00"},{"n":"/1/0/1","v":99}]"#,
            r#"[{"n":"/10/0/11","v":1},{"n":"/3/0/15","vs":"Asia/Tokyo"}]"#,
        ] {
            assert_eq!(status(patch(&mut world, payload)), 405, "{payload}");
        }
        assert_eq!(world.get("/1/0/1").text(), "3600");
        assert_eq!(world.get("/3/0/14").text(), "+02:00");
        // Of one object it is for application or modem to decide.
        let clock = r#"[{"n":"/3/0/13","v":1700000000},{"n":"/3/0/15","vs":"Asia/Tokyo"}]"#;
        let code = if takes_clock { 204 } else { 400 };
        assert_eq!(status(patch(&mut world, clock)), code);
    }
}

#[test]
fn application_data_can_come_in_a_composite_write() {
    let mut world = registered();
    let answer = patch(&mut world, r#"[{"n":"/10250/0/1","vd":"aGVsbG8"}]"#);
    assert_eq!(status(answer), 204);
    world.run(SECOND);
    assert_eq!(world.application.data, [b"hello"]);
}

#[test]
fn a_composite_observation_is_told_as_a_whole() {
    let mut world = registered();
    let paths = r#"[{"n":"/3/0/9"},{"n":"/16/1"},{"n":"/1/0/1"}]"#;
    let request = composite(&mut world, FETCH, JSON, paths).with_uint(OBSERVE, 0);
    let answer = world.exchange(&request);
    assert_eq!(
        (dotted(answer.code), answer.text()),
        (205, r#"[{"bn":"/3/0/9","v":50},{"bn":"/1/0/1","v":3600}]"#)
    );
    let mut last = answer.option_uint(OBSERVE).expect("Observe");
    world
        .apply(|carrier| carrier.set_battery_level(51))
        .expect("declared");
    world.run(SECOND);
    // What was not there comes later.
    let create = r#"[{"n":"/16/1/0/0","vs":"x"}]"#;
    assert_eq!(status(world.post("/16", JSON, create)), 201);
    world.run(SECOND);
    let told: Vec<String> = world
        .take_notifications(&request.token)
        .into_iter()
        .map(|one| {
            let sequence = one.message.option_uint(OBSERVE).expect("Observe");
            assert!(sequence > last, "{sequence} after {last}");
            last = sequence;
            one.message.text().to_owned()
        })
        .collect();
    assert_eq!(
        told,
        [
            r#"[{"bn":"/3/0/9","v":51},{"bn":"/1/0/1","v":3600}]"#,
            r#"[{"bn":"/3/0/9","v":51},{"bn":"/16/1/","n":"0/0","vs":"x"},{"bn":"/1/0/1","v":3600}]"#
        ]
    );
    // Ended as it was begun.
    let end = composite(&mut world, FETCH, JSON, paths);
    let end = Message {
        token: request.token.clone(),
        ..end.with_uint(OBSERVE, 1)
    };
    let answer = world.exchange(&end);
    assert_eq!(
        (dotted(answer.code), answer.option_uint(OBSERVE)),
        (205, None)
    );
    assert_eq!(world.carrier.observation_count(), 0);
}

#[test]
fn periods_of_any_path_tell_all_paths_of_a_composite_observation() {
    let mut world = registered();
    assert_eq!(status(world.attributes("/3/0/9", "pmin=10&pmax=45")), 204);
    let paths = r#"[{"n":"/3/0/9"},{"n":"/3/0/6/1"}]"#;
    let request = composite(&mut world, FETCH, JSON, paths).with_uint(OBSERVE, 0);
    let answer = world.exchange(&request);
    assert!(answer.option(OBSERVE).is_some());
    world.run(2 * MINUTE);
    let told = world.take_notifications(&request.token);
    assert_eq!(told.len(), 2, "{told:?}");
    for one in &told {
        assert_eq!(
            one.message.text(),
            r#"[{"bn":"/3/0/9","v":50},{"bn":"/3/0/6/1","v":5}]"#
        );
    }
    // A rejected notification ends all of it.
    world.server.unwanted.push(request.token);
    world.run(2 * MINUTE);
    assert_eq!(world.carrier.observation_count(), 0);
}

#[test]
fn a_composite_observation_without_room_is_a_read() {
    let mut world = registered();
    let names: Vec<String> = (0..=carrier_core::config::OBSERVATIONS)
        .map(|id| format!(r#"{{"n":"/3/0/{id}"}}"#))
        .collect();
    let paths = format!("[{}]", names.join(","));
    let request = composite(&mut world, FETCH, JSON, &paths).with_uint(OBSERVE, 0);
    let answer = world.exchange(&request);
    assert_eq!((dotted(answer.code), answer.option(OBSERVE)), (205, None));
    assert_eq!(world.carrier.observation_count(), 0);
}

/// A bootstrap server's writes in SenML JSON for the account of the management server.
fn senml_steps() -> Vec<Step> {
    vec![
        discover("/"),
        delete("/0"),
        delete("/1"),
        put_as(
            "/0",
            JSON,
            r#"[{"bn":"/0/1/","n":"0","vs":"coap://server.example"},{"n":"1","vb":false},{"n":"2","v":3},
                {"n":"3","vd":""},{"n":"4","vd":""},{"n":"5","vd":""},{"n":"10","v":101},{"n":"17","vlo":"1:0"}]"#,
        ),
        put_as(
            "/1",
            JSON,
            r#"[{"bn":"/1/1/","n":"0","v":101},{"n":"1","v":600},{"n":"6","vb":true},{"n":"7","vs":"U"}]"#,
        ),
        put_as("/1/1/2", CBOR, [0x18, 0x1E]),
        discover("/"),
        Step {
            accept: Some(JSON),
            ..discover("/1")
        },
        Step {
            accept: Some(JSON),
            ..discover("/0")
        },
        finish(),
    ]
}

#[test]
fn a_bootstrap_in_senml_makes_accounts() {
    let mut world = blank(false);
    world.settings = |_| Settings::NONE;
    world.bootstrap().recipe.steps = senml_steps();
    world.start();
    world.run_until_registered();
    let request = world.bootstrap().bootstraps[0].message.clone();
    assert_eq!(
        request.texts(URI_QUERY),
        [format!("ep={ENDPOINT}"), "pct=112".into()]
    );
    let outcomes = &world.bootstrap().recipe.outcomes;
    let codes: Vec<u16> = outcomes.iter().map(|own| own.code).collect();
    assert_eq!(codes, [205, 202, 202, 204, 204, 204, 205, 205, 405, 204]);
    let blank = &outcomes[0].text;
    assert!(
        blank.starts_with(
            "</>;lwm2m=1.1,</0>;ver=1.1,</0/0>;uri=\"coap://bs.example\",</1>;ver=1.1,"
        ),
        "{blank}"
    );
    let made = &outcomes[6].text;
    assert!(
        made.contains(
            "</0/1>;ssid=101;uri=\"coap://server.example\",</1>;ver=1.1,</1/1>;ssid=101,"
        ),
        "{made}"
    );
    assert_eq!(
        outcomes[7].text,
        r#"[{"bn":"/1/","n":"1/0","v":101},{"n":"1/1","v":600},{"n":"1/2","v":30},{"n":"1/6","vb":true},{"n":"1/7","vs":"U"}]"#
    );
    let registration = world.server.registration.clone().expect("registered");
    assert!(registration.query.contains(&"lt=600".into()));
}

#[test]
fn a_senml_bootstrap_write_that_is_wrong_in_one_place_changes_nothing() {
    let mut world = blank(false);
    world.settings = |_| Settings::NONE;
    let wrong = [
        r#"[{"bn":"/1/1/","n":"0","v":101},{"bn":"/1/2/","n":"0","v":0}]"#,
        r#"[{"bn":"/1/1/","n":"0","v":101},{"bn":"/0/2/","n":"0","vs":"x"}]"#,
        r#"[{"bn":"/1/1/","n":"0","v":101},{"n":"1"}]"#,
        r#"[{"bn":"/1/1/","n":"0","v":101}"#,
    ];
    let mut steps: Vec<Step> = wrong.iter().map(|text| put_as("/1", JSON, text)).collect();
    steps.push(put_as("/1/1", JSON, r#"[{"bn":"/1/2/","n":"0","v":101}]"#));
    steps.push(discover("/1"));
    let count = steps.len();
    world.bootstrap().recipe.steps = steps;
    world.start();
    world.run_until(10 * MINUTE, |world| {
        world.others[BOOTSTRAP].recipe.outcomes.len() == count
    });
    let outcomes = &world.bootstrap().recipe.outcomes;
    let codes: Vec<u16> = outcomes.iter().map(|own| own.code).collect();
    assert_eq!(codes, [400, 400, 400, 400, 400, 205]);
    assert_eq!(outcomes[5].text, "</>;lwm2m=1.1,</1>;ver=1.1");
}

#[test]
fn queue_mode_is_told_apart_from_the_binding_and_changes_with_a_register() {
    let mut world = registered();
    for (binding, query) in [
        ("UQ", &["lwm2m=1.1", "b=U", "Q"][..]),
        ("U", &["lwm2m=1.1", "b=U"]),
    ] {
        let before = world.server.registers.len();
        assert_eq!(status(world.put("/1/0/7", TEXT, binding)), 204);
        world.run(10 * SECOND);
        assert_eq!(world.server.updates.len(), 0, "{binding}");
        assert!(world.server.registers.len() > before, "{binding}");
        let registration = world.server.registration.clone().expect("registered");
        assert_eq!(registration.query[2..], *query);
    }
}

/// Two accounts in the given order, each with a delay, in a bootstrap.
fn ordered(first_fails: bool, blocks: bool) -> World {
    let mut world = blank(false);
    world.settings = |_| Settings::NONE;
    let accounts = [
        account(false, "server.example", 101),
        account(false, "second.example", 102),
    ];
    world.give(&accounts);
    let steps = &mut world.bootstrap().recipe.steps;
    let end = steps.len() - 1;
    let mut extra = Vec::new();
    for (path, value) in [
        ("/1/101/13", "2"),
        ("/1/102/13", "1"),
        ("/1/102/14", "5"),
        ("/1/102/17", "1"),
        ("/1/102/18", "3"),
        ("/1/102/19", "1500"),
        ("/1/102/15", if blocks { "1" } else { "0" }),
    ] {
        extra.push(put_as(path, TEXT, value));
    }
    steps.splice(end..end, extra);
    world.others[SECOND_SERVER].is_dead = first_fails;
    world.start();
    world
}

#[test]
fn servers_are_registered_in_their_order_and_after_their_delay() {
    let mut world = ordered(false, false);
    world.run_until_registered();
    let finish = world.others[BOOTSTRAP].heard.last().expect("an answer").0;
    let first = world.others[SECOND_SERVER].registers[0].at;
    let second = world.server.registers[0].at;
    assert!(first >= finish + 5 * SECOND, "{first} after {finish}");
    assert!(first < finish + 10 * SECOND, "{first} after {finish}");
    assert!(second > first, "{second} after {first}");
    assert_eq!(world.count(|event| *event == Event::Registered), 1);
    // So it is after the next start.
    let at = world.now;
    world.power_cut();
    world.run_until_registered();
    let since = |registers: &[crate::sim::server::Contact]| {
        let mut all = registers.iter().map(|own| own.at);
        all.find(|own| *own > at).expect("registered anew")
    };
    let first = since(&world.others[SECOND_SERVER].registers);
    assert!(first >= at + 5 * SECOND, "{first} after {at}");
    assert!(since(&world.server.registers) > first);
}

#[test]
fn a_server_that_is_given_up_lets_the_next_one_pass_unless_it_blocks() {
    for blocks in [false, true] {
        let mut world = ordered(true, blocks);
        world.run(20 * MINUTE);
        assert_eq!(world.server.registers.is_empty(), blocks, "{blocks}");
    }
}

#[test]
fn a_composite_read_asks_the_modem_first() {
    let mut world = registered();
    world.modem.commands.take();
    let answer = fetch(&mut world, r#"[{"n":"/3/0/9"},{"n":"/4/0/0"}]"#);
    assert_eq!(dotted(answer.code), 205);
    assert!(
        answer.text().contains(r#"{"bn":"/4/0/0","v":"#),
        "{answer:?}"
    );
    assert!(!world.modem.commands.take().is_empty());
}

#[test]
fn all_that_a_composite_read_names_is_asked_of_the_modem() {
    let mut world = registered();
    let mut asked = |payload: &str| {
        world.modem.commands.take();
        assert_eq!(dotted(fetch(&mut world, payload).code), 205);
        let mut commands = world.modem.commands.take();
        commands.sort_unstable();
        commands
    };
    assert_eq!(asked(r#"[{"n":"/3/0/9"},{"n":"/4/0/2"}]"#), ["AT+CESQ"]);
    // The same twice is one question.
    let same = r#"[{"n":"/4/0/2"},{"n":"/4/0/3"}]"#;
    assert_eq!(asked(same), ["AT+CESQ"]);
    for payload in [
        r#"[{"n":"/4/0/2"},{"n":"/4/0/7"},{"n":"/11/0"}]"#,
        r#"[{"n":"/11/0"},{"n":"/3/0/9"},{"n":"/4/0"}]"#,
        r#"[{"n":"/"}]"#,
    ] {
        let commands = asked(payload);
        for command in ["AT+CESQ", "AT+CGDCONT?", "AT+CGCONTRDP"] {
            assert!(commands.contains(&command), "{payload}: {commands:?}");
        }
    }
    assert!(asked(r#"[{"n":"/3/0/9"},{"n":"/1"}]"#).is_empty());
}

#[test]
fn all_paths_of_a_composite_notification_are_asked_of_the_modem() {
    let mut world = registered();
    let paths = r#"[{"n":"/3/0/9"},{"n":"/4/0/2"}]"#;
    let request = composite(&mut world, FETCH, JSON, paths).with_uint(OBSERVE, 0);
    assert_eq!(dotted(world.exchange(&request).code), 205);
    let weak = "+CESQ: 99,99,255,255,0,97\r\nOK\r\n".to_owned();
    world.modem.answers.insert("AT+CESQ", Some(weak));
    world
        .apply(|carrier| carrier.set_battery_level(51))
        .expect("declared");
    world.run(SECOND);
    let told = world.take_notifications(&request.token);
    let text = told.first().expect("a notification").message.text();
    let wanted = r#"[{"bn":"/3/0/9","v":51},{"bn":"/4/0/2","v":-44}]"#;
    assert_eq!(text, wanted);
}
