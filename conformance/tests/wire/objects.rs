//! Object rows that have no file of their own: Device, Location, Portfolio, and what two servers may do to each other's instances.

use carrier_lab::account::Instance;
use carrier_lab::coap::{Code, format};
use carrier_lab::event::Operation;
use carrier_lab::request::{Content, Reply, Request};
use carrier_lab::tlv::{multiple, resource};
use carrier_lab::value::Value;
use conformance::blank::{Blank, FIRST_SERVER};
use conformance::setup::Pair;
use std::time::Duration;

const WAIT: Duration = Duration::from_secs(10);
/// Rights of an access control list.
const READ: i64 = 1;
const CREATE: u8 = 16;
/// In place of an instance: those to be created.
const TO_BE_CREATED: u16 = 65_535;
/// In place of an owner: the bootstrap server alone.
const NOBODY: u16 = 65_535;
const UNAUTHORIZED: Code = Code::of(4, 1);

/// Paths and values in a TLV answer, but for those that change by themselves.
fn values(reply: &Reply, apart: &[&str]) -> Vec<(String, Value)> {
    let Content::Values(values) = reply.content() else {
        panic!("no values: {:?}", reply.content());
    };
    let named = values
        .into_iter()
        .map(|(path, value)| (path.to_string(), value));
    named
        .filter(|(path, _)| !apart.contains(&path.as_str()))
        .collect()
}

fn read(pair: &Pair, path: &str) -> Reply {
    pair.expect(Request::read_as(path, format::TLV), Code::CONTENT)
}

fn seconds(reply: &Reply) -> i64 {
    match reply.value("/3/0/13") {
        Some(Value::Time(seconds)) => seconds,
        other => panic!("no time: {other:?}"),
    }
}

#[test]
fn ob_01_clock_offset_and_zone_are_written_and_restored() {
    /// 2027-01-15.
    const LATER: i64 = 1_800_000_000;
    let pair = Pair::registered();
    let clock = ["/3/0/10", "/3/0/13", "/3/0/14", "/3/0/15"];
    let before = read(&pair, "/3/0");
    let written = [
        resource(13, &Value::Time(LATER)),
        resource(14, &Value::Text("+02:00".into())),
        resource(15, &Value::Text("Europe/Berlin".into())),
    ];
    pair.expect(Request::update_tlv("/3/0", &written), Code::CHANGED);
    let after = read(&pair, "/3/0");
    assert!((LATER..LATER + 5).contains(&seconds(&after)));
    for (path, text) in [("/3/0/14", "+02:00"), ("/3/0/15", "Europe/Berlin")] {
        assert_eq!(after.value(path), Some(Value::Text(text.into())));
    }
    assert_eq!(values(&before, &clock), values(&after, &clock));
    for id in [13, 14, 15] {
        let path = format!("/3/0/{id}");
        let value = before.value(&path).expect("it was read");
        let entry = resource(id, &value);
        pair.expect(Request::write_tlv(&path, &[entry]), Code::CHANGED);
    }
    let restored = read(&pair, "/3/0");
    let old = seconds(&before);
    assert!((old..old + 5).contains(&seconds(&restored)));
    for path in ["/3/0/14", "/3/0/15"] {
        assert_eq!(restored.value(path), before.value(path), "{path}");
    }
    assert_eq!(values(&before, &clock), values(&restored, &clock));
}

#[test]
fn ob_02_the_firmware_version_is_that_of_the_modem() {
    let pair = Pair::start(|settings| {
        settings.profile(
            r#"{"firmware": "mfw_nrf9160_9.8.7", "delays": {"card": 5, "attach": 20, "time": 30}}"#,
        )
    })
    .until_registered()
    .0;
    let reply = pair.expect(Request::read_as("/3/0/3", format::TEXT), Code::CONTENT);
    assert_eq!(reply.payload, b"mfw_nrf9160_9.8.7");
}

#[test]
fn ob_03_a_factory_reset_leads_to_a_bootstrap() {
    let blank = Blank::open(1).until_registered();
    let lifetime = Request::write_text("/1/0/1", "7200");
    blank.expect_managed(0, lifetime, Code::CHANGED);
    blank.management[0].discard_events();
    let reset = Request::execute("/3/0/5", "");
    blank.expect_managed(0, reset, Code::CHANGED);
    blank.provision(&blank.accounts());
    blank.wait_register(0);
    let requests = Blank::attempts(&blank.bootstrap, Operation::Bootstrap);
    assert_eq!(requests, 2);
    // What the server had set is gone with the rest.
    let reply = blank.expect_managed(0, Request::read("/1/0/1"), Code::CONTENT);
    assert_eq!(reply.text(), conformance::blank::LIFETIME.to_string());
}

#[test]
fn ob_13_location_is_what_the_application_said() {
    let mut pair = Pair::registered();
    for (latitude, longitude, time) in [
        (59.9139, 10.7522, 1_700_000_000),
        (-33.5, -70.25, 1_700_000_060),
    ] {
        pair.device
            .tell(&format!("location {latitude} {longitude} 12.5 {time} 3.25"));
        let reply = read(&pair, "/6/0");
        let number = |path: &str| reply.value(path).and_then(|value| value.as_number());
        for (path, wanted) in [
            ("/6/0/0", latitude),
            ("/6/0/1", longitude),
            ("/6/0/2", 12.5),
            ("/6/0/3", 3.25),
        ] {
            let found = number(path).unwrap_or_else(|| panic!("no {path}"));
            assert!((found - wanted).abs() < 1e-4, "{path} is {found}");
        }
        assert_eq!(reply.value("/6/0/5"), Some(Value::Time(time)));
    }
}

#[test]
fn ob_17_portfolio_instances_are_read_created_and_discovered() {
    let mut pair = Pair::registered();
    // Instance 0 is the device's own, which the application cannot write.
    pair.device.tell("portfolio create 2");
    for (id, text) in [(0, "host-1"), (1, "Example-Works"), (3, "1.0.4")] {
        pair.device.tell(&format!("portfolio write 2 {id} {text}"));
    }
    let host = read(&pair, "/16/2");
    let Content::Values(identities) = host.content() else {
        panic!("no identities");
    };
    assert_eq!(identities.len(), 3);
    for (path, value) in identities {
        assert!(path.to_string().starts_with("/16/2/0/"), "{path}");
        assert!(matches!(value, Value::Text(_)), "{path}");
    }
    let texts = [
        (0, Value::Text("meter-1".into())),
        (1, Value::Text("Example Works".into())),
        (3, Value::Text("2.0".into())),
    ];
    let create = Request::create(
        "/16",
        &[carrier_lab::tlv::instance(1, vec![multiple(0, &texts)])],
    );
    pair.expect(create, Code::CREATED);
    let links = pair
        .expect(Request::discover("/16/1"), Code::CONTENT)
        .links();
    let link = links.iter().find(|link| link.target == "/16/1/0");
    assert_eq!(link.and_then(|link| link.attribute("dim")), Some("3"));
    let all = read(&pair, "/16");
    for (id, text) in texts {
        assert_eq!(all.value(&format!("/16/1/0/{id}")), Some(text));
    }
    for (path, value) in values(&host, &[]) {
        assert_eq!(all.value(&path), Some(value), "{path}");
    }
    // Both outlive the device's power.
    pair.device.power_cut();
    pair.device.start_again();
    pair.wait_registered();
    assert_eq!(read(&pair, "/16").payload, all.payload);
}

/// A device of two servers, of which the second may create instances of the Portfolio object.
fn shared() -> Blank {
    let blank = Blank::open(2);
    let mut accounts = blank.accounts();
    accounts.push(Instance::access_control(
        10,
        (16, TO_BE_CREATED),
        NOBODY,
        &[(FIRST_SERVER + 1, CREATE)],
    ));
    blank.provision(&accounts);
    for index in 0..2 {
        blank.wait_register(index);
    }
    blank
        .device
        .advance_to_event("REGISTERED", Duration::from_secs(10));
    blank
}

#[test]
fn dm_34_who_creates_an_instance_owns_it() {
    let blank = shared();
    let texts = multiple(0, &[(0, Value::Text("host-7".into()))]);
    let create = || Request::create("/16", std::slice::from_ref(&texts));
    blank.expect_managed(0, create(), UNAUTHORIZED);
    let reply = blank.expect_managed(1, create(), Code::CREATED);
    let path = format!("/16/{}", reply.location()[1]);
    blank.expect_managed(1, Request::read(&path), Code::CONTENT);
    for request in [Request::read(&path), Request::delete(&path)] {
        blank.expect_managed(0, request, UNAUTHORIZED);
    }
    // The owner finds what controls it, and lets the other read.
    let control = blank.expect_managed(1, Request::read_as("/2", format::TLV), Code::CONTENT);
    let target: i64 = reply.location()[1].parse().unwrap();
    let id = (0..20)
        .find(|id| {
            let value = |resource| control.value(&format!("/2/{id}/{resource}"));
            value(0) == Some(Value::Integer(16)) && value(1) == Some(Value::Integer(target))
        })
        .expect("the instance is controlled");
    let list = format!("/2/{id}/2");
    let rights = multiple(2, &[(FIRST_SERVER, Value::Integer(READ))]);
    let grant = Request::write_tlv(&list, &[rights]);
    blank.expect_managed(0, grant.clone(), UNAUTHORIZED);
    blank.expect_managed(1, grant, Code::CHANGED);
    blank.expect_managed(0, Request::read(&path), Code::CONTENT);
    blank.expect_managed(0, Request::delete(&path), UNAUTHORIZED);
    blank.expect_managed(1, Request::delete(&path), Code::DELETED);
    blank.expect_managed(1, Request::read(&path), Code::NOT_FOUND);
}

#[test]
fn rg_13_each_server_has_a_registration_of_its_own() {
    let blank = Blank::open(2);
    let mut accounts = blank.accounts();
    for (index, lifetime) in [(0, 600), (1, 1_200)] {
        let server = accounts
            .iter_mut()
            .filter(|instance| instance.path().to_string() == format!("/1/{index}"));
        for instance in server {
            *instance = instance.clone().set(1, Value::Integer(lifetime));
        }
    }
    blank.management[0].set_location(&["rd", "first"]);
    blank.management[1].set_location(&["rd", "second", "place"]);
    blank.provision(&accounts);
    let registrations = [0, 1].map(|index| blank.wait_register(index));
    assert_eq!(
        registrations.each_ref().map(|own| own.lifetime),
        [600, 1_200]
    );
    blank
        .device
        .advance_to_event("REGISTERED", Duration::from_secs(10));
    for index in 0..2 {
        blank.expect_managed(index, Request::read("/3/0/2"), Code::CONTENT);
        let path = format!("/1/{index}/8");
        blank.management[index].discard_events();
        blank.expect_managed(index, Request::execute(&path, ""), Code::CHANGED);
        let update = blank.management[index].wait_update(WAIT);
        assert!(update.is_some(), "an Update at its own place");
    }
}
