//! Objects 4 and 7: what the modem says of its network, and what it counts.

use carrier_lab::coap::{Code, format};
use carrier_lab::request::Request;
use carrier_lab::tlv::resource;
use carrier_lab::value::Value;
use conformance::setup::Pair;
use std::net::IpAddr;
use std::time::Duration;

const WAIT: Duration = Duration::from_secs(10);

fn number(pair: &Pair, path: &str) -> i64 {
    let text = pair.text(path);
    text.parse().unwrap_or_else(|_| panic!("{path}: {text}"))
}

/// Waits until the device has told a number by a notification.
fn wait_told(pair: &Pair, path: &str, wanted: &str) {
    loop {
        let notification = pair.server.wait_notification(path, WAIT);
        let notification = notification.unwrap_or_else(|| panic!("{path} becomes {wanted}"));
        if notification.message.payload == wanted.as_bytes() {
            return;
        }
    }
}

#[test]
fn ob_04_the_connection_is_shown_as_the_modem_has_it() {
    let pair = Pair::registered();
    pair.device.control("signal -97 -12 7");
    let values = pair.values("/4/0");
    let integer = |path: &str| match values.get(path) {
        Some(Value::Integer(number)) => *number,
        other => panic!("{path}: {other:?}"),
    };
    assert_eq!(integer("/4/0/0"), 6);
    assert_eq!(
        (integer("/4/0/1/0"), integer("/4/0/2"), integer("/4/0/3")),
        (6, -97, -12)
    );
    assert_eq!(
        (integer("/4/0/8"), integer("/4/0/9"), integer("/4/0/10")),
        (0x1_2345, 1, 1)
    );
    let Some(Value::Text(address)) = values.get("/4/0/4/0") else {
        panic!("{values:?}");
    };
    address.parse::<IpAddr>().expect("an address");
    assert!(
        pair.device
            .control("at AT+CGPADDR=0")
            .contains(address.as_str())
    );
    let Some(Value::Text(name)) = values.get("/4/0/7/0") else {
        panic!("{values:?}");
    };
    assert!(
        pair.device
            .control("at AT+CGDCONT?")
            .contains(&format!("\"{name}\""))
    );
    // Multiple resources are such when read by themselves, too.
    assert!(pair.values("/4/0/4").contains_key("/4/0/4/0"));
    // Each read is of its own moment: no notification of the modem is needed.
    for (signal, strength, quality) in [
        ("-140 -19 0", -140, -19),
        ("-44 -3 0", -44, -3),
        ("-98 -10 0", -98, -10),
    ] {
        pair.device.control(&format!("signal {signal}"));
        assert_eq!(
            (number(&pair, "/4/0/2"), number(&pair, "/4/0/3")),
            (strength, quality)
        );
    }
    pair.device.control("cell 0ABCDEF0 nb-iot");
    assert_eq!(
        (number(&pair, "/4/0/8"), number(&pair, "/4/0/0")),
        (0xABC_DEF0, 7)
    );
}

#[test]
fn ob_14_traffic_is_counted_from_start_to_stop() {
    let pair = Pair::registered();
    let counters = |pair: &Pair| [0, 1, 2, 3, 4, 5].map(|id| number(pair, &format!("/7/0/{id}")));
    assert_eq!(counters(&pair), [0; 6]);
    pair.expect(Request::execute("/7/0/6", ""), Code::CHANGED);
    let traffic = |pair: &Pair| {
        for _ in 0..8 {
            let block = Request::write("/10250/0/1", format::OPAQUE, &[7; 900]);
            pair.expect(block, Code::CHANGED);
            pair.expect(Request::read("/3/0"), Code::CONTENT);
        }
    };
    traffic(&pair);
    let on = counters(&pair);
    assert_eq!(on[..2], [0, 0], "{on:?}");
    assert!(on[2] >= 1 && (7..=20).contains(&on[3]), "{on:?}");
    // The largest: 900 bytes, CoAP, UDP and IP.
    assert!(
        (929..=980).contains(&on[4]) && (30..=on[4]).contains(&on[5]),
        "{on:?}"
    );
    pair.expect(Request::execute("/7/0/7", ""), Code::CHANGED);
    let stopped = counters(&pair);
    traffic(&pair);
    assert_eq!(counters(&pair), stopped);
    // Start begins from zero.
    pair.expect(Request::execute("/7/0/6", ""), Code::CHANGED);
    let again = counters(&pair);
    assert!(again[3] == 0 && again[4] < 200, "{again:?}");
    pair.device.control("sms +15550100 text hello");
    let received = (0..50).any(|_| {
        std::thread::sleep(Duration::from_millis(100));
        number(&pair, "/7/0/1") == 1
    });
    assert!(received, "an SMS is counted");
}

#[test]
fn a_collection_period_ends_the_counting_and_is_kept() {
    let mut pair = Pair::start(|settings| settings.clock("step"));
    pair.wait_registered();
    pair.expect(Request::write_text("/7/0/8", "-5"), Code::BAD_REQUEST);
    pair.expect(Request::write_text("/7/0/8", "30"), Code::CHANGED);
    pair.expect(Request::execute("/7/0/6", ""), Code::CHANGED);
    pair.expect(Request::read("/3/0"), Code::CONTENT);
    pair.device.advance(Duration::from_secs(29));
    let before = number(&pair, "/7/0/5");
    assert!(before > 0);
    let large = || Request::write("/10250/0/1", format::OPAQUE, &[7; 900]);
    pair.expect(large(), Code::CHANGED);
    assert!(number(&pair, "/7/0/4") > 900);
    pair.device.advance(Duration::from_secs(2));
    let stopped = number(&pair, "/7/0/5");
    for _ in 0..4 {
        pair.expect(large(), Code::CHANGED);
    }
    assert_eq!(number(&pair, "/7/0/5"), stopped);
    pair.device.power_cut();
    pair.device.start_again();
    pair.wait_registered();
    assert_eq!(pair.text("/7/0/8"), "30");
}

#[test]
fn observers_hear_of_signal_and_cell() {
    let pair = Pair::registered();
    pair.device.control("signal -88 -10 5");
    for path in ["/4/0/2", "/4/0/8"] {
        pair.expect(Request::observe(path), Code::CONTENT);
    }
    pair.device.control("signal -110 -10 5");
    wait_told(&pair, "/4/0/2", "-110");
    pair.device.control("cell 00054321");
    wait_told(&pair, "/4/0/8", &0x5_4321.to_string());
}

#[test]
fn what_the_modem_refuses_to_say_is_absent_and_comes_back() {
    let pair = Pair::registered();
    for command in ["AT+CESQ", "AT%XMONITOR", "AT+CGDCONT?", "AT%XSYSTEMMODE?"] {
        pair.device.control(&format!("at-error {command} 0 always"));
    }
    let values = pair.values("/4/0");
    assert!(
        values
            .keys()
            .all(|path| path.starts_with("/4/0/1") || path.starts_with("/4/0/4")),
        "{values:?}"
    );
    pair.expect(Request::read("/4/0/2"), Code::NOT_FOUND);
    pair.device.control("at-clear");
    assert!(number(&pair, "/4/0/2") < 0);
}

/// The part of row OB-18 about object 4.
#[test]
fn connectivity_cannot_be_written() {
    let pair = Pair::registered();
    for path in ["/4/0/0", "/4/0/2", "/4/0/8"] {
        pair.expect(Request::write_text(path, "1"), Code::NOT_ALLOWED);
        pair.expect(Request::execute(path, ""), Code::NOT_ALLOWED);
    }
    pair.expect(
        Request::write_tlv("/4/0", &[resource(0, &Value::Integer(6))]),
        Code::NOT_ALLOWED,
    );
    pair.expect(Request::delete("/4/0"), Code::NOT_ALLOWED);
}
