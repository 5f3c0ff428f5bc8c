//! Information reporting rows, with notifications and their simulated times as they are on the wire.

use carrier_lab::coap::{Code, Kind, Message, format, option};
use carrier_lab::request::{Reply, Request};
use carrier_lab::server::NotificationAnswer;
use carrier_lab::tlv;
use conformance::setup::Pair;
use std::time::Duration;

/// Tolerance of periods.
const SLACK_MS: u64 = 500;

/// A registered device with an internal battery and external power, on clock `step`, with nothing left to tell.
fn prepared() -> Pair {
    let mut pair = Pair::start(|settings| settings.clock("step"))
        .until_registered()
        .0;
    for command in [
        "sources 1 5",
        "voltage 1 3700",
        "current 1 120",
        "battery 80",
    ] {
        pair.device.tell(command);
    }
    pass(&pair, 1_000);
    pair
}

/// Lets simulated time pass, in steps short enough for what happens in between.
fn pass(pair: &Pair, millis: u64) {
    for _ in 0..millis.div_ceil(100) {
        pair.device.advance(Duration::from_millis(100));
    }
}

fn observe(pair: &Pair, path: &str) -> Reply {
    let reply = pair.expect(Request::observe(path), Code::CONTENT);
    assert!(reply.message.uint(option::OBSERVE).is_some(), "{path}");
    reply
}

fn attributes(pair: &Pair, path: &str, list: &[&str]) {
    pair.expect(Request::attributes(path, list), Code::CHANGED);
}

/// Notifications of an observation so far, with their times in simulated milliseconds.
fn told(pair: &Pair, observed: &Reply) -> Vec<(u64, Message)> {
    let mut sent = pair.sent();
    sent.retain(|(_, message)| {
        message.token == observed.token
            && message.code == Code::CONTENT
            && message.kind != Kind::Ack
            && message.uint(option::OBSERVE).is_some()
    });
    sent
}

/// Times of the notifications since `begin`, in milliseconds from there.
fn times(pair: &Pair, observed: &Reply, begin: u64) -> Vec<u64> {
    let all = told(pair, observed).into_iter();
    all.filter(|(at, _)| *at >= begin)
        .map(|(at, _)| at - begin)
        .collect()
}

/// Notifications came at these times, in milliseconds.
fn expect_times(pair: &Pair, observed: &Reply, begin: u64, wanted: &[u64]) {
    let times = times(pair, observed, begin);
    let fits = times.len() == wanted.len()
        && times
            .iter()
            .zip(wanted)
            .all(|(time, wanted)| time.abs_diff(*wanted) <= SLACK_MS);
    assert!(fits, "{}: {times:?}, not {wanted:?}", observed.path);
}

#[test]
fn ir_01_changes_wait_for_pmin_and_silence_ends_at_pmax() {
    let mut pair = prepared();
    attributes(&pair, "/3/0/7", &["pmin=5", "pmax=10"]);
    let observed = observe(&pair, "/3/0/7");
    pass(&pair, 6_000);
    let begin = pair.device.now_ms();
    pair.device.tell("voltage 1 3600");
    pass(&pair, 200);
    pair.device.tell("voltage 1 3500");
    pass(&pair, 16_000);
    expect_times(&pair, &observed, begin, &[0, 5_000, 15_000]);
}

#[test]
fn ir_02_a_reset_ends_one_observation() {
    let mut pair = prepared();
    let voltage = observe(&pair, "/3/0/7");
    let current = observe(&pair, "/3/0/8");
    pair.server.answer_notifications(NotificationAnswer::Reset);
    pair.device.tell("voltage 1 3600");
    pass(&pair, 1_000);
    assert_eq!(told(&pair, &voltage).len(), 1);
    // The reset is on its way.
    std::thread::sleep(Duration::from_millis(100));
    pass(&pair, 500);
    pair.server
        .answer_notifications(NotificationAnswer::Acknowledge);
    pair.device.tell("voltage 1 3500");
    pair.device.tell("current 1 60");
    pass(&pair, 2_000);
    assert_eq!(told(&pair, &voltage).len(), 1);
    assert_eq!(told(&pair, &current).len(), 1);
}

#[test]
fn ir_03_a_get_with_observe_1_ends_an_observation() {
    let mut pair = prepared();
    let observed = observe(&pair, "/3/0/9");
    let cancel = Request {
        observe: Some(1),
        token: Some(observed.token.clone()),
        ..Request::read("/3/0/9")
    };
    let reply = pair.expect(cancel, Code::CONTENT);
    assert_eq!(reply.message.uint(option::OBSERVE), None);
    pair.device.tell("battery 60");
    pass(&pair, 3_000);
    assert!(told(&pair, &observed).is_empty());
}

#[test]
fn ir_08_notifications_are_numbered_in_order() {
    let mut pair = prepared();
    let observed = observe(&pair, "/3/0/9");
    for level in 10..20 {
        pair.device.tell(&format!("battery {level}"));
        pass(&pair, 1_000);
    }
    let told = told(&pair, &observed);
    assert_eq!(told.len(), 10);
    let mut last = observed.message.uint(option::OBSERVE).expect("a number");
    let mut ids = Vec::new();
    for (_, message) in told {
        let number = message.uint(option::OBSERVE).expect("a number");
        // RFC 7641 3.4, for notifications less than 128 s apart.
        let ahead = number.wrapping_sub(last) & 0xff_ffff;
        assert!(number < 1 << 24 && (1..1 << 23).contains(&ahead));
        last = number;
        assert!(!ids.contains(&message.message_id), "{ids:?}");
        ids.push(message.message_id);
    }
}

#[test]
fn ir_09_object_instance_and_resource_are_observed_in_the_form_of_a_read() {
    let mut pair = prepared();
    for (path, level) in [("/3", 41), ("/3/0", 42), ("/3/0/9", 43)] {
        let read = pair.expect(Request::read(path), Code::CONTENT);
        let observed = observe(&pair, path);
        assert_eq!(observed.format(), read.format(), "{path}");
        assert_eq!(observed.payload.len(), read.payload.len(), "{path}");
        pair.device.tell(&format!("battery {level}"));
        pass(&pair, 2_000);
        let told = told(&pair, &observed);
        let (_, message) = told.first().unwrap_or_else(|| panic!("{path}: silence"));
        let form = message.uint(option::CONTENT_FORMAT);
        assert_eq!(form, read.format(), "{path}");
    }
}

#[test]
fn ir_10_what_is_missing_or_not_readable_is_not_observed() {
    let mut pair = prepared();
    for (path, code) in [
        ("/9999", Code::NOT_FOUND),
        ("/3/1", Code::NOT_FOUND),
        ("/3/0/99", Code::NOT_FOUND),
        ("/3/0/4", Code::NOT_ALLOWED),
        ("/10250/0/1", Code::NOT_ALLOWED),
    ] {
        let reply = pair.expect(Request::observe(path), code);
        assert_eq!(reply.message.uint(option::OBSERVE), None, "{path}");
    }
    pair.device.tell("battery 60");
    pass(&pair, 3_000);
    let mut sent = pair.sent();
    sent.retain(|(_, message)| message.uint(option::OBSERVE).is_some());
    assert!(sent.is_empty(), "{sent:?}");
}

#[test]
fn ir_11_pmin_delays_pmax_repeats_and_both_make_a_period() {
    let mut pair = prepared();
    attributes(&pair, "/3/0/20", &["pmax=4"]);
    attributes(&pair, "/3/0/9", &["pmin=4"]);
    attributes(&pair, "/3/0/7", &["pmin=4", "pmax=4"]);
    let status = observe(&pair, "/3/0/20");
    let level = observe(&pair, "/3/0/9");
    let voltage = observe(&pair, "/3/0/7");
    let begin = pair.device.now_ms();
    pair.device.tell("battery 60");
    pair.device.tell("voltage 1 3600");
    pass(&pair, 13_000);
    for observed in [&status, &voltage] {
        expect_times(&pair, observed, begin, &[4_000, 8_000, 12_000]);
    }
    expect_times(&pair, &level, begin, &[4_000]);
}

#[test]
fn ir_12_the_server_objects_periods_hold_where_no_attribute_does() {
    let mut pair = prepared();
    for (path, value) in [("/1/0/2", "3"), ("/1/0/3", "10")] {
        pair.expect(Request::write_text(path, value), Code::CHANGED);
    }
    let observed = observe(&pair, "/3/0/9");
    let begin = pair.device.now_ms();
    pair.device.tell("battery 60");
    pass(&pair, 14_000);
    expect_times(&pair, &observed, begin, &[3_000, 13_000]);
}

#[test]
fn ir_13_attributes_are_inherited_until_the_resource_has_its_own() {
    let mut pair = prepared();
    attributes(&pair, "/3", &["pmin=3"]);
    attributes(&pair, "/3/0", &["pmax=10"]);
    attributes(&pair, "/3/0/7", &["pmin=6"]);
    let level = observe(&pair, "/3/0/9");
    let voltage = observe(&pair, "/3/0/7");
    let begin = pair.device.now_ms();
    pair.device.tell("battery 60");
    pair.device.tell("voltage 1 3600");
    pass(&pair, 17_000);
    expect_times(&pair, &level, begin, &[3_000, 13_000]);
    expect_times(&pair, &voltage, begin, &[6_000, 16_000]);
}

#[test]
fn ir_14_two_tokens_on_one_resource_are_never_mixed() {
    let mut pair = prepared();
    let observations = [observe(&pair, "/3/0/9"), observe(&pair, "/3/0/9")];
    assert_ne!(observations[0].token, observations[1].token);
    for level in [60, 61, 62] {
        pair.device.tell(&format!("battery {level}"));
        pass(&pair, 1_000);
    }
    let values = observations.each_ref().map(|own| {
        let told = told(&pair, own).into_iter();
        told.map(|(_, message)| message.payload).collect::<Vec<_>>()
    });
    let all: Vec<Vec<u8>> = [b"60", b"61", b"62"].map(|level| level.to_vec()).into();
    // Each has all, or the newer has taken the older one's place.
    assert_eq!(values[1], all);
    assert!(values[0] == all || values[0].is_empty(), "{values:?}");
}

#[test]
fn ir_15_instances_are_told_whole_and_within_their_bounds() {
    let pair = prepared();
    for path in ["/3/0", "/4/0"] {
        attributes(&pair, path, &["pmin=2", "pmax=10"]);
        let request = Request {
            accept: Some(format::TLV),
            ..Request::observe(path)
        };
        let observed = pair.expect(request, Code::CONTENT);
        let whole = tlv::parse(&observed.payload).expect("TLV").len();
        let begin = pair.device.now_ms();
        pass(&pair, 31_000);
        let times = times(&pair, &observed, begin);
        assert!(times.len() >= 3, "{path}: {times:?}");
        let mut last = 0;
        for time in times {
            let pause = time - last;
            let bounds = 2_000 - SLACK_MS..=10_000 + SLACK_MS;
            assert!(bounds.contains(&pause), "{path}: {pause} ms");
            last = time;
        }
        for (_, message) in told(&pair, &observed) {
            let entries = tlv::parse(&message.payload).expect("TLV");
            assert_eq!(entries.len(), whole, "{path}");
        }
    }
}
