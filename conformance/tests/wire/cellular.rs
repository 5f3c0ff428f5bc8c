//! Objects 10 and 11: power saving, service centre and access points, told to the modem and asked of it.

use carrier_lab::coap::{Code, format};
use carrier_lab::request::Request;
use carrier_lab::tlv::{Entry, multiple, resource};
use carrier_lab::value::Value;
use conformance::setup::{Pair, eventually};
use std::time::Duration;

const WAIT: Duration = Duration::from_secs(10);
const MINUTE: Duration = Duration::from_secs(60);
/// Longer than a changed access point waits and takes, in real time at 20 times the pace.
const PROFILE: &str = r#"{"apns": [{"name": "new.test"},
    {"name": "closed.test", "user": "me", "password": "secret"}],
    "delays": {"card": 5, "attach": 20, "time": 30}}"#;

fn write(pair: &Pair, path: &str, value: &str) {
    pair.expect(
        Request::write(path, format::TEXT, value.as_bytes()),
        Code::CHANGED,
    );
}

/// The modem's own answer.
fn modem(pair: &Pair, command: &str) -> String {
    pair.device.control(&format!("at {command}"))
}

fn profiles() -> Pair {
    let pair = Pair::start(|settings| settings.profile(PROFILE).clock("step"));
    pair.until_registered().0
}

/// Creates a profile from TLV; gives its path.
fn create(pair: &Pair, resources: &[Entry]) -> String {
    let reply = pair.expect(Request::create("/11", resources), Code::CREATED);
    format!("/{}", reply.location().join("/"))
}

fn named(id: u16, text: &str) -> Entry {
    resource(id, &Value::Text(text.into()))
}

fn counted(id: u16, number: i64) -> Entry {
    resource(id, &Value::Integer(number))
}

/// Lets time pass until an access point was asked for that often.
fn wait_activated(pair: &Pair, count: usize) {
    for _ in 0..60 {
        pair.device.advance(Duration::from_secs(1));
        if pair.device.log().matches("pdn_activate").count() >= count {
            return;
        }
    }
    panic!("not activated {count} times: {}", pair.device.log());
}

#[test]
fn ob_15_cellular_settings_are_shown_as_the_modem_has_them() {
    let pair = Pair::registered();
    let values = pair.values("/10/0");
    assert_eq!(
        values.get("/10/0/0"),
        Some(&Value::Text("+15550199".into()))
    );
    assert_eq!(values.get("/10/0/1"), Some(&Value::Integer(0)));
    assert_eq!(values.get("/10/0/11/0"), Some(&Value::Link(11, 0)));
    assert_eq!(values.get("/10/0/12"), Some(&Value::Integer(3)));
    assert_eq!(values.get("/10/0/13"), Some(&Value::Integer(0)));
    // The application asks the modem for power saving.
    modem(&pair, "AT+CPSMS=1,,,\"00100010\",\"00000101\"");
    modem(&pair, "AT%XPTW=4,\"0011\"");
    modem(&pair, "AT+CEDRXS=2,4,\"1001\"");
    let values = pair.values("/10/0");
    assert_eq!(values.get("/10/0/4"), Some(&Value::Integer(7_200)));
    assert_eq!(values.get("/10/0/5"), Some(&Value::Integer(10)));
    assert_eq!(values.get("/10/0/8"), Some(&Value::Opaque(vec![0x39])));
    assert_eq!(values.get("/10/0/9"), None);
    assert_eq!(values.get("/10/0/13"), Some(&Value::Integer(3)));
    write(&pair, "/10/0/0", "+491710760000");
    assert!(modem(&pair, "AT+CSCA?").contains("\"+491710760000\",145"));
    assert_eq!(pair.text("/10/0/0"), "+491710760000");
}

#[test]
fn ob_16_a_created_profile_is_listed_and_connected() {
    let pair = profiles();
    let path = create(
        &pair,
        &[named(0, "spare"), named(1, "new.test"), counted(4, 3)],
    );
    assert_eq!(path, "/11/1");
    let (_, update) = eventually("an Update", || {
        pair.device.advance(Duration::from_millis(400));
        pair.server.wait_update(Duration::from_millis(50))
    });
    let list = String::from_utf8(update.payload.clone()).unwrap();
    assert!(
        list.contains("</11/1>") && list.contains("</10>;ver="),
        "{list}"
    );
    wait_activated(&pair, 1);
    pair.wait_register();
    let values = pair.values("/10/0");
    assert_eq!(values.get("/10/0/11/0"), Some(&Value::Link(11, 0)));
    assert_eq!(values.get("/10/0/11/1"), Some(&Value::Link(11, 1)));
    // Which profiles are active is not for servers to write (OMA object 10 1.1).
    let link = Request::write_tlv("/10/0/11", &[multiple(11, &[(0, Value::Link(11, 1))])]);
    pair.expect(link, Code::NOT_ALLOWED);
    let values = pair.values("/11/1");
    assert_eq!(values.get("/11/1/1"), Some(&Value::Text("new.test".into())));
    assert_eq!(values.get("/11/1/10/0"), Some(&Value::Integer(0)));
    assert!(values.contains_key("/11/1/9/0"));
    let Some(Value::Text(address)) = values.get("/11/1/15/0") else {
        panic!("{values:?}");
    };
    assert!(modem(&pair, "AT+CGPADDR=1").contains(address.as_str()));
    assert!(values.contains_key("/11/1/19/0"));
    // The default connection is there as well, and is the network's.
    assert_eq!(pair.text("/11/0/1"), "apn.test");
    let other = Request::write("/11/0/1", format::TEXT, b"new.test");
    pair.expect(other, Code::NOT_ALLOWED);
    pair.expect(Request::delete(&path), Code::DELETED);
    pair.wait_register();
    assert_eq!(pair.values("/10/0/11").len(), 1);
    assert!(!modem(&pair, "AT+CGACT?").contains("+CGACT: 1,1"));
}

#[test]
fn ob_18_power_saving_is_written_read_and_observed() {
    let pair = Pair::registered();
    pair.expect(Request::observe("/10/0/4"), Code::NOT_FOUND);
    write(&pair, "/10/0/4", "36000");
    write(&pair, "/10/0/5", "120");
    assert_eq!(
        (pair.text("/10/0/4"), pair.text("/10/0/5")),
        ("36000".into(), "120".into())
    );
    assert!(modem(&pair, "AT+CPSMS?").contains("1,,,\"00101010\",\"00100010\""));
    pair.expect(Request::observe("/10/0/4"), Code::CONTENT);
    write(&pair, "/10/0/4", "86400");
    let told = pair
        .server
        .wait_notification("/10/0/4", WAIT)
        .expect("a notification");
    assert_eq!(told.message.payload, b"86400");
    for (path, good, bad) in [
        ("/10/0/8", [0x00, 0x39, 0xFD], [0x0E, 0x0F]),
        ("/10/0/9", [0x02, 0x39, 0xFF], [0x00, 0x04]),
    ] {
        for octet in good {
            pair.expect(
                Request::write(path, format::OPAQUE, &[octet]),
                Code::CHANGED,
            );
            let reply = pair.expect(Request::read_as(path, format::OPAQUE), Code::CONTENT);
            assert_eq!(reply.message.payload, [octet], "{path}");
        }
        for octet in bad {
            pair.expect(
                Request::write(path, format::OPAQUE, &[octet]),
                Code::BAD_REQUEST,
            );
        }
        pair.expect(
            Request::write(path, format::OPAQUE, &[0x32, 0x32]),
            Code::BAD_REQUEST,
        );
    }
    // What the modem does not take is an error, and nothing changed.
    pair.device.control("at-error AT+CPSMS=1");
    pair.expect(
        Request::write("/10/0/4", format::TEXT, b"3600"),
        Code::BAD_REQUEST,
    );
    assert_eq!(pair.text("/10/0/4"), "86400");
    write(&pair, "/10/0/13", "2");
    assert!(modem(&pair, "AT+CPSMS?").contains("+CPSMS: 0"));
}

#[test]
fn a_radio_that_a_server_switches_off_returns_by_itself() {
    let pair = profiles();
    write(&pair, "/10/0/1", "3");
    let down = pair.device.advance_to_event("LTE_LINK_DOWN", MINUTE);
    assert_eq!(down.name, "LTE_LINK_DOWN");
    let before = pair.wire().len();
    pair.device.advance(2 * MINUTE);
    assert!(modem(&pair, "AT+CFUN?").contains("+CFUN: 4"));
    assert_eq!(pair.wire().len(), before, "nothing is sent without a radio");
    pair.device.advance_to_event("LTE_LINK_UP", 2 * MINUTE);
    pair.wait_register();
    assert_eq!(pair.text("/10/0/1"), "0");
    assert_eq!(pair.device.count("DEFERRED"), 0);
}

#[test]
fn a_profile_that_is_refused_leaves_the_servers_where_they_were() {
    let pair = profiles();
    let path = create(&pair, &[named(0, "x"), named(1, "closed.test")]);
    wait_activated(&pair, 1);
    pair.wait_register();
    let values = pair.values(&path);
    assert_eq!(values.get("/11/1/10/0"), Some(&Value::Integer(1)));
    // User authentication failed (3GPP TS 24.301 9.9.4.4).
    assert_eq!(values.get("/11/1/11/0"), Some(&Value::Integer(29)));
    // With name and password it is granted.
    let credentials = [counted(4, 1), named(5, "me"), named(6, "secret")];
    pair.expect(Request::update_tlv(&path, &credentials), Code::CHANGED);
    wait_activated(&pair, 2);
    pair.wait_register();
    assert_eq!(pair.values("/10/0/11").len(), 2);
    assert!(modem(&pair, "AT+CGAUTH?").contains("+CGAUTH: 1,2,\"me\",\"secret\""));
}
