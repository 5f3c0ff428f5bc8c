//! A bad network, and a long time: everything completes, nothing happens twice, nothing grows.

use carrier_lab::coap::{Code, format, option};
use carrier_lab::event::Event;
use carrier_lab::hex;
use carrier_lab::request::Request;
use carrier_lab::server::{Server, Timing};
use conformance::firmware;
use conformance::setup::{KEY_TEXT, Pair};
use conformance::{Device, ENDPOINT, KEY};
use std::time::Duration;

const WAIT: Duration = Duration::from_secs(30);
/// Simulated seconds a second of the server's time; its own timers run in real time.
const SPEED: u32 = 20;
/// The faults of every test here, from the first datagram on.
const FAULTS: [&str; 4] = [
    "fault loss 20% both",
    "fault dup 10% both",
    "fault reorder 10% 300ms both",
    "fault latency 1000ms both",
];

/// A server whose patience fits a network of that speed.
fn patient(server: Server) -> Server {
    server.set_timing(Timing {
        first_wait: Duration::from_millis(250),
        retransmissions: 9,
        ..Timing::default()
    });
    server
}

fn start(server: Server, options: &[(&str, &str)], seed: u64) -> Pair {
    let pair = Pair::with(patient(server), |mut settings| {
        for (name, value) in options {
            settings = settings.option(name, value);
        }
        settings.seed = seed;
        let settings = settings.clock(&format!("scale:{SPEED}"));
        FAULTS
            .iter()
            .fold(settings, |settings, line| settings.scenario(line))
    });
    let registration = pair.server.wait_register(WAIT);
    assert!(registration.is_some(), "not registered");
    pair.device.wait_event("REGISTERED");
    pair
}

fn plain(seed: u64) -> Pair {
    start(Server::plain().unwrap(), &[("--lifetime", "86400")], seed)
}

fn slow(request: Request) -> Request {
    request.timeout(WAIT)
}

fn data(seed: u8) -> Vec<u8> {
    (0..1024_usize)
        .map(|index| (index * 11 + index / 253) as u8 ^ seed)
        .collect()
}

#[test]
fn requests_complete_on_a_bad_network_and_act_once() {
    let mut pair = plain(11);
    pair.device.tell("sources 1");
    for round in 0..10_u32 {
        let battery = (10 + round).to_string();
        pair.device.tell(&format!("battery {battery}"));
        let reply = pair.expect(
            slow(Request::read_as("/3/0/9", format::TEXT)),
            Code::CONTENT,
        );
        assert_eq!(reply.text(), battery);
        let lifetime = (50_000 + round).to_string();
        pair.expect(
            slow(Request::write_text("/1/0/1", &lifetime)),
            Code::CHANGED,
        );
        let update = pair.server.wait_update(WAIT).expect("an Update");
        assert_eq!(update.1.query("lt"), Some(lifetime));
        let payload = [round as u8; 5];
        let write = Request::write("/10250/0/1", format::OPAQUE, &payload);
        pair.expect(slow(write), Code::CHANGED);
        let event = pair.device.wait_event("APP_DATA");
        assert_eq!(event.details[1], hex::encode(&payload));
    }
    assert_eq!(pair.device.count("APP_DATA"), 10);
    assert_eq!(pair.device.count("REGISTERED"), 1);
    assert_eq!(pair.device.count("DEFERRED"), 0);
    pair.expect(slow(Request::execute("/1/0/4", "")), Code::CHANGED);
    pair.server.wait_deregister(WAIT).expect("a De-register");
}

#[test]
fn long_writes_in_small_blocks_complete_on_a_bad_network() {
    let pair = plain(12);
    // More than 4 kB in all.
    let sizes = [64, 64, 64, 32, 16];
    for (number, size) in sizes.into_iter().enumerate() {
        let payload = data(number as u8);
        let write = Request::write("/10250/0/1", format::OPAQUE, &payload).block1(size);
        pair.expect(slow(write), Code::CHANGED);
        let event = pair.device.wait_event("APP_DATA");
        assert_eq!(event.details, ["1024".to_string(), hex::encode(&payload)]);
    }
    std::thread::sleep(Duration::from_millis(500));
    assert_eq!(pair.device.count("APP_DATA"), sizes.len());
}

#[test]
fn a_firmware_package_is_written_once_on_a_bad_network() {
    let pair = plain(15);
    let image = firmware::package(&pair.device, 4_500, "");
    for size in [256, 1024] {
        pair.expect(slow(firmware::write(&image).block1(size)), Code::CHANGED);
        assert_eq!(firmware::written(&pair.device), image, "{size}");
        // Copies that come late write nothing.
        std::thread::sleep(Duration::from_millis(500));
        let state = pair.device.control("firmware state");
        let writes = format!("offset=4500 whole writes={}", 4_500_usize.div_ceil(size));
        assert!(state.starts_with(&writes), "{state}");
        if size == 256 {
            pair.expect(slow(firmware::write(&[0])), Code::CHANGED);
        }
    }
    assert_eq!(pair.device.count("FOTA_START"), 2);
}

#[test]
fn long_reads_in_small_blocks_complete_on_a_bad_network() {
    let mut pair = plain(13);
    let payload = data(0x55);
    pair.device
        .tell(&format!("appdata {}", hex::encode(&payload)));
    let reply = pair.expect(slow(Request::read("/10250/0/0").block2(64)), Code::CONTENT);
    assert_eq!(reply.payload, payload);
}

#[test]
fn a_secure_session_works_on_a_bad_network() {
    let server = Server::secure(ENDPOINT, KEY).unwrap();
    let options = [
        ("--lifetime", "86400"),
        ("--psk", KEY_TEXT),
        ("--idle", "3600"),
    ];
    let pair = start(server, &options, 14);
    for round in 0..5_u8 {
        let reply = pair.expect(
            slow(Request::read_as("/3/0/2", format::TEXT)),
            Code::CONTENT,
        );
        assert_eq!(reply.text(), "352656100000001");
        let write = Request::write("/10250/0/1", format::OPAQUE, &[round; 100]).block1(64);
        pair.expect(slow(write), Code::CHANGED);
        pair.device.wait_event("APP_DATA");
    }
    assert_eq!(pair.device.count("APP_DATA"), 5);
}

/// What must not grow: open descriptors, resident kilobytes, writes to the flash.
fn footprint(device: &Device) -> (usize, u64, u64) {
    let folder = format!("/proc/{}", device.id());
    // The modem lets go of a control connection a moment after its end.
    let count = || std::fs::read_dir(format!("{folder}/fd")).unwrap().count();
    let samples = (0..10).map(|_| {
        std::thread::sleep(Duration::from_millis(20));
        count()
    });
    let descriptors = samples.min().unwrap();
    let status = std::fs::read_to_string(format!("{folder}/status")).unwrap();
    let line = status
        .lines()
        .find(|line| line.starts_with("VmRSS:"))
        .unwrap();
    let resident = line.split_whitespace().nth(1).unwrap().parse().unwrap();
    let wear = device.control("storage wear");
    let counts = wear.split_whitespace().skip(1);
    let writes = counts.map(|item| item.split_once('=').unwrap().1.parse::<u64>().unwrap());
    (descriptors, resident, writes.sum())
}

fn attempts(pair: &Pair) -> (usize, usize) {
    let events = pair.server.events();
    let count =
        |wanted: fn(&Event) -> bool| events.iter().filter(|(_, event)| wanted(event)).count();
    (
        count(|event| matches!(event, Event::Registered(_))),
        count(|event| matches!(event, Event::Updated(..))),
    )
}

#[test]
fn a_month_of_hourly_updates_leaves_no_trace() {
    const DAY: Duration = Duration::from_secs(86_400);
    let begin = std::time::Instant::now();
    // Without trace: a month of lines.
    let server = Server::start(carrier_lab::server::ServerConfig {
        coaps: Some((
            ([127, 0, 0, 1], 0).into(),
            carrier_lab::dtls::DtlsConfig::with_key(ENDPOINT, KEY),
        )),
        ..Default::default()
    });
    let (mut pair, _) = Pair::with(server.unwrap(), |mut settings| {
        settings.grace_ms = 8;
        settings
            .lifetime(3600)
            .option("--psk", KEY_TEXT)
            .clock("step")
    })
    .until_registered();
    let first_life = pair.device.now_ms();
    pair.device.tell("sources 1");
    pair.device.advance(DAY);
    let before = footprint(&pair.device);
    for _ in 1..30 {
        pair.device.advance(DAY);
    }
    let after = footprint(&pair.device);
    let (registrations, updates) = attempts(&pair);
    // An Update goes 103 s before the end of a lifetime: a full retransmission and a handshake fit in between.
    let passed = pair.device.now_ms() - first_life;
    let wanted = (passed / (3600 - 103) / 1000) as usize;
    assert_eq!(registrations, 1);
    assert!(
        updates.abs_diff(wanted) <= 2,
        "{updates} Updates instead of {wanted}"
    );
    assert_eq!(after.0, before.0, "open descriptors");
    assert!(
        after.1 < before.1 + 1024,
        "{} kB, {} kB on the first day",
        after.1,
        before.1
    );
    assert_eq!(after.2, before.2, "writes to the flash");
    // Still served, and observations work as on the first day.
    pair.device.advance(Duration::from_secs(3600));
    let mut served = false;
    for _ in 0..120 {
        pair.device.advance(Duration::from_secs(30));
        if pair
            .try_ask(Request::read("/3/0/2").timeout(Duration::from_millis(200)))
            .is_ok()
        {
            served = true;
            break;
        }
    }
    assert!(served, "no session within an hour");
    let reply = pair.expect(Request::observe("/3/0/9"), Code::CONTENT);
    assert!(reply.message.value(option::OBSERVE).is_some());
    pair.device.tell("battery 77");
    let notification = pair.server.wait_notification("/3/0/9", WAIT);
    assert!(notification.is_some(), "a notification");
    assert_eq!(pair.device.event_names().last().unwrap(), "REGISTERED");
    let took = begin.elapsed();
    assert!(took < Duration::from_secs(60), "{took:?}");
}
