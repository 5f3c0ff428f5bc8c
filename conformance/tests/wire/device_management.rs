//! Device management rows, on objects 1, 3 and 16.

use carrier_lab::coap::{Code, format, option};
use carrier_lab::request::{Content, Reply, Request};
use carrier_lab::tlv::{Entry, multiple, resource};
use carrier_lab::value::Value;
use conformance::device::EXIT_RESTART;
use conformance::setup::Pair;
use std::time::Duration;

const WAIT: Duration = Duration::from_secs(10);
const JSON: u16 = 11543;

/// A registered device with server defaults, power sources and an error list as many rows want them.
fn prepared() -> Pair {
    let mut pair = Pair::registered();
    for command in [
        "sources 1 5",
        "voltage 1 3700",
        "voltage 5 5000",
        "current 1 120",
        "current 5 900",
        "battery 80",
        "battery-status 0",
        "memory-total 512",
    ] {
        pair.device.tell(command);
    }
    for (path, value) in [
        ("/1/0/2", "1"),
        ("/1/0/3", "10"),
        ("/1/0/5", "86400"),
        ("/1/0/6", "0"),
    ] {
        pair.expect(Request::write_text(path, value), Code::CHANGED);
    }
    pair
}

/// Paths and values in a TLV answer.
fn values(reply: &Reply) -> Vec<(String, Value)> {
    match reply.content() {
        Content::Values(values) => values
            .into_iter()
            .map(|(path, value)| (path.to_string(), value))
            .collect(),
        other => panic!("no values: {other:?}"),
    }
}

/// Resources below `/3/0` that can be read on the prepared device; 22 (links to other objects) is not offered.
const DEVICE_READABLE: &[u16] = &[
    0, 1, 2, 3, 6, 7, 8, 9, 10, 11, 13, 14, 15, 16, 17, 18, 19, 20, 21,
];
const DEVICE_EXECUTABLE: &[u16] = &[4, 5, 12];

#[test]
fn dm_01_texts_are_read_as_plain_text() {
    let pair = prepared();
    for (path, wanted) in [
        ("/3/0/0", "Nordic Semiconductor ASA"),
        ("/3/0/1", "nRF9160-SICA"),
        ("/3/0/2", "352656100000001"),
    ] {
        let reply = pair.expect(Request::read_as(path, format::TEXT), Code::CONTENT);
        assert_eq!(reply.format(), Some(0), "{path}");
        assert_eq!(std::str::from_utf8(&reply.payload), Ok(wanted), "{path}");
    }
}

#[test]
fn dm_02_an_instance_in_tlv_has_every_readable_resource() {
    let pair = prepared();
    let reply = pair.expect(Request::read_as("/3/0", format::TLV), Code::CONTENT);
    assert_eq!(reply.format(), Some(u32::from(format::TLV)));
    let entries = carrier_lab::tlv::parse(&reply.payload).unwrap();
    use carrier_lab::tlv::Kind;
    for entry in &entries {
        assert!(
            matches!(entry.kind, Kind::Resource | Kind::MultipleResource),
            "{entry:?}"
        );
    }
    let ids: Vec<u16> = entries.iter().map(|entry| entry.id).collect();
    assert_eq!(ids, DEVICE_READABLE);
    let multiple: Vec<u16> = entries
        .iter()
        .filter(|entry| entry.kind == Kind::MultipleResource)
        .map(|entry| entry.id)
        .collect();
    assert_eq!(multiple, [6, 7, 8, 11]);
    for (path, value) in [
        ("/3/0/6/0", Value::Integer(1)),
        ("/3/0/6/1", Value::Integer(5)),
        ("/3/0/7/0", Value::Integer(3700)),
        ("/3/0/7/1", Value::Integer(5000)),
        ("/3/0/8/0", Value::Integer(120)),
        ("/3/0/9", Value::Integer(80)),
        ("/3/0/11/0", Value::Integer(0)),
        ("/3/0/16", Value::Text("UQ".into())),
        ("/3/0/20", Value::Integer(0)),
        ("/3/0/21", Value::Integer(512)),
    ] {
        assert_eq!(reply.value(path), Some(value), "{path}");
    }
}

#[test]
fn dm_03_json_that_is_not_offered_is_not_acceptable() {
    let pair = prepared();
    pair.expect(Request::read_as("/3/0", JSON), Code::NOT_ACCEPTABLE);
    pair.expect_alive();
}

#[test]
fn dm_04_numbers_are_written_as_text_and_read_back() {
    let pair = prepared();
    for (path, value, before) in [
        ("/1/0/2", "101", "1"),
        ("/1/0/3", "1010", "10"),
        ("/1/0/5", "2000", "86400"),
    ] {
        assert_eq!(pair.text(path), before);
        pair.expect(Request::write_text(path, value), Code::CHANGED);
        assert_eq!(pair.text(path), value);
        pair.expect(Request::write_text(path, before), Code::CHANGED);
        assert_eq!(pair.text(path), before);
    }
}

#[test]
fn dm_06_instances_are_updated_in_part_and_replaced() {
    let pair = prepared();
    let saved = values(&pair.expect(Request::read_as("/1/0", format::TLV), Code::CONTENT));
    let changes = [
        resource(2, &Value::Integer(101)),
        resource(3, &Value::Integer(1010)),
        resource(5, &Value::Integer(2000)),
        resource(6, &Value::Boolean(true)),
        resource(7, &Value::Text("U".into())),
    ];
    pair.expect(Request::update_tlv("/1/0", &changes), Code::CHANGED);
    let reply = pair.expect(Request::read_as("/1/0", format::TLV), Code::CONTENT);
    for (path, value) in [
        ("/1/0/0", Value::Integer(1)),
        ("/1/0/2", Value::Integer(101)),
        ("/1/0/3", Value::Integer(1010)),
        ("/1/0/5", Value::Integer(2000)),
        ("/1/0/6", Value::Boolean(true)),
        ("/1/0/7", Value::Text("U".into())),
    ] {
        assert_eq!(reply.value(path), Some(value), "{path}");
    }
    let restore: Vec<Entry> = saved
        .iter()
        .filter(|(path, _)| path != "/1/0/0")
        .map(|(path, value)| resource(path.rsplit('/').next().unwrap().parse().unwrap(), value))
        .collect();
    pair.expect(Request::write_tlv("/1/0", &restore), Code::CHANGED);
    let reply = pair.expect(Request::read_as("/1/0", format::TLV), Code::CONTENT);
    assert_eq!(values(&reply), saved);
    // So far the parameters of the registration have not changed; now they do.
    pair.server.discard_events();
    pair.expect(
        Request::update_tlv("/1/0", &[resource(1, &Value::Integer(777))]),
        Code::CHANGED,
    );
    let (registration, message) = pair.server.wait_update(WAIT).expect("an Update");
    assert_eq!(registration.lifetime, 777);
    assert_eq!(message.query("lt").as_deref(), Some("777"));
}

#[test]
fn dm_07_the_security_object_is_closed_to_servers() {
    let pair = prepared();
    for path in ["/0", "/0/0", "/0/0/0"] {
        pair.expect(Request::read(path), Code::of(4, 1));
        pair.expect(Request::discover(path), Code::of(4, 1));
        pair.expect(Request::attributes(path, &["pmin=1"]), Code::of(4, 1));
        pair.expect(Request::delete(path), Code::of(4, 1));
    }
    pair.expect(
        Request::write_text("/0/0/0", "coap://127.0.0.1"),
        Code::of(4, 1),
    );
    pair.expect(
        Request::write_tlv("/0/0", &[resource(0, &Value::Text("x".into()))]),
        Code::of(4, 1),
    );
    pair.expect(Request::execute("/0/0/0", ""), Code::of(4, 1));
    pair.expect(
        Request::create("/0", &[resource(0, &Value::Text("x".into()))]),
        Code::of(4, 1),
    );
    pair.expect_alive();
}

#[test]
fn dm_08_objects_are_read_with_all_instances() {
    let pair = prepared();
    for (object, wanted) in [
        ("/1", vec![0, 1, 2, 3, 5, 6, 7]),
        ("/3", DEVICE_READABLE.to_vec()),
    ] {
        let reply = pair.expect(Request::read(object), Code::CONTENT);
        let entries = carrier_lab::tlv::parse(&reply.payload).unwrap();
        assert_eq!(entries.len(), 1, "{object}");
        assert_eq!(entries[0].kind, carrier_lab::tlv::Kind::Instance);
        let mut ids: Vec<u16> = values(&reply)
            .iter()
            .map(|(path, _)| path.split('/').nth(3).unwrap().parse().unwrap())
            .collect();
        ids.dedup();
        assert_eq!(ids, wanted, "{object}");
    }
}

#[test]
fn dm_09_one_instance_is_read() {
    let pair = prepared();
    for (instance, resources) in [("/1/0", 7), ("/3/0", DEVICE_READABLE.len())] {
        let reply = pair.expect(Request::read(instance), Code::CONTENT);
        let entries = carrier_lab::tlv::parse(&reply.payload).unwrap();
        assert_eq!(entries.len(), resources, "{instance}");
    }
}

#[test]
fn dm_10_server_resources_have_their_types() {
    let pair = prepared();
    for (path, wanted, bytes) in [
        ("/1/0/0", Value::Integer(1), 1),
        ("/1/0/1", Value::Integer(3600), 2),
        ("/1/0/6", Value::Boolean(false), 1),
        ("/1/0/7", Value::Text("U".into()), 1),
    ] {
        let plain = pair.expect(Request::read(path), Code::CONTENT);
        assert_eq!(plain.value(path), Some(wanted.clone()), "{path}");
        let reply = pair.expect(Request::read_as(path, format::TLV), Code::CONTENT);
        assert_eq!(reply.value(path), Some(wanted), "{path}");
        assert_eq!(reply.payload.len(), 2 + bytes, "{path}");
    }
}

#[test]
fn dm_11_a_partial_update_leaves_the_rest() {
    let pair = prepared();
    let before = values(&pair.expect(Request::read_as("/1/0", format::TLV), Code::CONTENT));
    let changes = [
        resource(1, &Value::Integer(60)),
        resource(6, &Value::Boolean(true)),
    ];
    pair.expect(Request::update_tlv("/1/0", &changes), Code::CHANGED);
    let after = values(&pair.expect(Request::read_as("/1/0", format::TLV), Code::CONTENT));
    let wanted: Vec<(String, Value)> = before
        .into_iter()
        .map(|(path, value)| match path.as_str() {
            "/1/0/1" => (path, Value::Integer(60)),
            "/1/0/6" => (path, Value::Boolean(true)),
            _ => (path, value),
        })
        .collect();
    assert_eq!(after, wanted);
}

#[test]
fn dm_12_a_written_lifetime_is_updated_and_read() {
    let pair = prepared();
    pair.expect(Request::write_text("/1/0/1", "63"), Code::CHANGED);
    let (_, message) = pair.server.wait_update(WAIT).expect("an Update");
    assert_eq!(message.query("lt").as_deref(), Some("63"));
    assert_eq!(pair.text("/1/0/1"), "63");
}

#[test]
fn dm_17_without_accept_the_client_names_a_true_format() {
    let pair = prepared();
    for path in ["/1", "/3"] {
        let reply = pair.expect(Request::read(path), Code::CONTENT);
        assert_eq!(reply.format(), Some(u32::from(format::TLV)), "{path}");
        assert!(!values(&reply).is_empty(), "{path}");
    }
}

#[test]
fn dm_18_reboot_is_answered_before_it_happens() {
    let mut pair = prepared();
    pair.expect(Request::execute("/3/0/4", ""), Code::CHANGED);
    assert_eq!(pair.device.wait_exit().code(), Some(EXIT_RESTART));
    pair.server.discard_events();
    pair.device.start_again();
    pair.server.wait_register(WAIT).expect("a Register");
    pair.device.wait_event("REBOOT");
    pair.device.wait_event("LTE_POWER_OFF");
}

#[test]
fn dm_19_the_short_server_id_cannot_be_written() {
    let pair = prepared();
    pair.expect(Request::write_text("/1/0/0", "123"), Code::NOT_ALLOWED);
    assert_eq!(pair.text("/1/0/0"), "1");
}

#[test]
fn dm_20_discover_shows_what_is_there() {
    let pair = prepared();
    let reply = pair.expect(Request::discover("/3"), Code::CONTENT);
    assert_eq!(reply.format(), Some(u32::from(format::LINK)));
    let targets: Vec<String> = reply.links().into_iter().map(|link| link.target).collect();
    let mut ids = [DEVICE_READABLE, DEVICE_EXECUTABLE].concat();
    ids.sort_unstable();
    let mut wanted = vec!["/3".to_string(), "/3/0".to_string()];
    wanted.extend(ids.iter().map(|id| format!("/3/0/{id}")));
    assert_eq!(targets, wanted);
}

#[test]
fn dm_21_an_instance_is_created_with_an_id_of_the_client() {
    let pair = prepared();
    let texts = multiple(
        0,
        &[
            (0, Value::Text("host-7".into())),
            (3, Value::Text("1.2".into())),
        ],
    );
    let reply = pair.expect(
        Request::create("/16", std::slice::from_ref(&texts)),
        Code::CREATED,
    );
    let location = reply.location();
    assert_eq!((location.len(), location[0].as_str()), (2, "16"));
    let path = format!("/16/{}", location[1]);
    let read = pair.expect(Request::read_as(&path, format::TLV), Code::CONTENT);
    assert_eq!(
        read.value(&format!("{path}/0/0")),
        Some(Value::Text("host-7".into()))
    );
    assert_eq!(
        read.value(&format!("{path}/0/3")),
        Some(Value::Text("1.2".into()))
    );
    pair.expect(Request::execute("/1/0/8", ""), Code::CHANGED);
    let listed = |links: &[carrier_lab::link::Link]| links.iter().any(|link| link.target == path);
    while let Some((registration, _)) = pair.server.wait_update(WAIT) {
        if listed(&registration.links) {
            return;
        }
    }
    panic!("no Update lists {path}");
}

#[test]
fn dm_23_a_created_instance_is_deleted() {
    let pair = prepared();
    let texts = multiple(0, &[(0, Value::Text("host-7".into()))]);
    let reply = pair.expect(Request::create("/16", &[texts]), Code::CREATED);
    let path = format!("/16/{}", reply.location()[1]);
    pair.server
        .wait_update(WAIT)
        .expect("an Update with the new list");
    pair.expect(Request::delete(&path), Code::DELETED);
    pair.expect(Request::read(&path), Code::NOT_FOUND);
    let (registration, _) = pair
        .server
        .wait_update(WAIT)
        .expect("an Update with the shorter list");
    assert!(registration.links.iter().all(|link| link.target != path));
}

#[test]
fn dm_24_what_is_missing_is_not_found() {
    let pair = prepared();
    for path in ["/9999", "/3/1", "/3/0/99", "/3/0/22", "/3/0/6/7", "/16/9"] {
        pair.expect(Request::read(path), Code::NOT_FOUND);
    }
}

#[test]
fn dm_25_operations_a_resource_lacks_are_not_allowed() {
    let pair = prepared();
    for path in ["/3/0/4", "/1/0/8", "/10250/0/1"] {
        pair.expect(Request::read(path), Code::NOT_ALLOWED);
    }
    pair.expect(Request::write_text("/3/0/4", "1"), Code::NOT_ALLOWED);
    pair.expect(Request::execute("/3/0/9", ""), Code::NOT_ALLOWED);
    pair.expect_alive();
    assert_eq!(pair.device.count("REBOOT"), 0);
}

#[test]
fn dm_26_only_resources_are_executed() {
    let pair = prepared();
    let refused = [
        Code::BAD_REQUEST,
        Code::NOT_ALLOWED,
        Code::UNSUPPORTED_FORMAT,
    ];
    pair.expect_one_of(Request::execute("/3", ""), &refused);
    pair.expect_one_of(Request::execute("/3/0", ""), &refused);
    pair.expect(Request::execute("/3/0/99", ""), Code::NOT_FOUND);
}

#[test]
fn dm_27_a_second_device_cannot_be_created() {
    let pair = prepared();
    let before = values(&pair.ask(Request::read_as("/3/0", format::TLV)));
    let entries = [carrier_lab::tlv::instance(
        1,
        vec![resource(14, &Value::Text("+02:00".into()))],
    )];
    pair.expect_one_of(
        Request::create("/3", &entries),
        &[Code::BAD_REQUEST, Code::NOT_ALLOWED],
    );
    let untimed = |mut values: Vec<(String, Value)>| {
        values.retain(|(path, _)| path != "/3/0/13");
        values
    };
    let after = values(&pair.ask(Request::read_as("/3/0", format::TLV)));
    assert_eq!(untimed(after), untimed(before));
}

#[test]
fn dm_28_the_device_cannot_be_deleted() {
    let pair = prepared();
    pair.expect(Request::delete("/3/0"), Code::NOT_ALLOWED);
    pair.expect_alive();
}

#[test]
fn dm_29_an_unknown_instance_cannot_be_deleted() {
    let pair = prepared();
    for path in ["/16/9", "/3/1", "/9999/0"] {
        pair.expect(Request::delete(path), Code::NOT_FOUND);
    }
}

#[test]
fn dm_30_operations_on_impossible_paths_fail() {
    let pair = prepared();
    let methods = [Code::GET, Code::PUT, Code::POST, Code::DELETE];
    let every = |path: &'static str| methods.map(|method| Request::new(method, path));
    let requests = every("/").into_iter().chain(every("/3/0/6/0/0"));
    let more = ["/1", "/1/0/2", "/3/0/6/0"].map(Request::delete);
    for request in requests.chain(more) {
        pair.expect_one_of(
            request,
            &[
                Code::BAD_REQUEST,
                Code::BAD_OPTION,
                Code::NOT_FOUND,
                Code::NOT_ALLOWED,
            ],
        );
        pair.expect_alive();
    }
}

#[test]
fn dm_31_an_instance_of_an_absent_object_cannot_be_created() {
    let pair = prepared();
    let entries = [resource(0, &Value::Integer(1))];
    pair.expect_one_of(
        Request::create("/9999", &entries),
        &[Code::NOT_FOUND, Code::NOT_ALLOWED],
    );
}

#[test]
fn dm_32_execute_arguments_are_ignored_or_refused() {
    let mut pair = prepared();
    pair.device.tell("error-add 3");
    let reply = pair.expect_one_of(
        Request::execute("/3/0/12", "0='a',1"),
        &[Code::CHANGED, Code::BAD_REQUEST],
    );
    let wanted = if reply.code() == Code::CHANGED { 0 } else { 3 };
    let read = pair.expect(Request::read_as("/3/0/11", format::TLV), Code::CONTENT);
    assert_eq!(read.value("/3/0/11/0"), Some(Value::Integer(wanted)));
    // Arguments against the grammar have no effect at all.
    pair.device.tell("error-add 3");
    pair.expect(Request::execute("/3/0/12", "x=1"), Code::BAD_REQUEST);
    let read = pair.expect(Request::read_as("/3/0/11", format::TLV), Code::CONTENT);
    assert_eq!(read.value("/3/0/11/0"), Some(Value::Integer(3)));
}

#[test]
fn dm_33_path_segments_that_are_no_numbers_name_nothing() {
    let pair = prepared();
    let segments: &[&[&str]] = &[
        &["a"],
        &["3", "x"],
        &["3", "0", "two"],
        &["3", "0", "0x2"],
        &["3", "0", "+2"],
        &["3", "0", "-2"],
        &["3", "0", " 2"],
        &["3", "", "2"],
        &["", "3", "0", "2"],
        &["65539", "0", "2"],
        &["3", "65536", "2"],
        &["3", "0", "65538"],
        &["3", "0", "4294967298"],
        &["3", "0", "18446744073709551618"],
        &["3", "0", "99999999999999999999999999"],
    ];
    for path in segments {
        let mut request = Request::new(Code::GET, "/");
        for segment in *path {
            request
                .options
                .push((option::URI_PATH, segment.as_bytes().to_vec()));
        }
        let reply = pair.ask(request);
        let refused = [Code::NOT_FOUND, Code::BAD_REQUEST].contains(&reply.code());
        assert!(refused, "{path:?}: {}", reply.code());
    }
    pair.expect_alive();
}
