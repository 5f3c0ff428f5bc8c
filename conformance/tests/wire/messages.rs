//! Robustness rows of the message layer.

use carrier_lab::answer::Answer;
use carrier_lab::coap::{Code, Kind, Message, option};
use carrier_lab::event::{Event, Operation};
use carrier_lab::request::Request;
use carrier_lab::server::Server;
use conformance::device::memcheck;
use conformance::setup::Pair;
use conformance::{Device, Settings, eventually};
use std::collections::HashMap;
use std::time::Duration;

const WAIT: Duration = Duration::from_secs(10);
/// Real time in which an answer would have come.
const SILENCE: Duration = Duration::from_millis(300);
/// Grain of the client's timers in milliseconds, with some for the wire; the list allows half a second.
const TICK: u64 = 150;
/// Message id of raw requests.
const ID: u16 = 0x7a7a;

/// What a raw datagram brings: the first answer with its message id, if any.
fn answer(pair: &Pair, bytes: &[u8]) -> Option<Vec<u8>> {
    let id = bytes.get(2..4).map(<[u8]>::to_vec);
    let sent = pair.server.send_raw(bytes).unwrap();
    let wanted = |got: &[u8]| id.as_deref() == got.get(2..4) || id.is_none();
    pair.server
        .wait_raw(sent, SILENCE, wanted)
        .map(|record| record.bytes)
}

/// Nothing, a reset, or one of the errors.
fn assert_harmless(told: &str, answer: Option<&[u8]>, errors: &[Code]) {
    let Some(bytes) = answer else { return };
    let is_reset = bytes[0] >> 4 & 3 == 3 && bytes[1] == 0;
    assert!(
        is_reset || errors.contains(&Code(bytes[1])),
        "{told}: {bytes:02x?}"
    );
}

/// A request that would have an effect: an Update.
fn trigger() -> Request {
    Request::execute("/1/0/8", "")
}

fn update_count(pair: &Pair) -> usize {
    let is_update = |event: &Event| matches!(event, Event::Attempt(Operation::Update, ..));
    pair.server
        .events()
        .iter()
        .filter(|(_, event)| is_update(event))
        .count()
}

#[test]
fn rb_01_other_versions_are_ignored() {
    let pair = Pair::registered();
    for version in [0, 2, 3] {
        for request in [trigger(), Request::read("/3/0/2")] {
            let mut bytes = request.encode(ID, &[1, 2, 3, 4]);
            bytes[0] = bytes[0] & 0x3f | version << 6;
            assert_eq!(answer(&pair, &bytes), None, "version {version}");
        }
    }
    pair.expect_alive();
    assert_eq!(update_count(&pair), 0);
}

#[test]
fn rb_02_tokens_that_are_too_long_have_no_effect() {
    let pair = Pair::registered();
    for length in 9..=15_u8 {
        // A header with that length, the token, and the rest of a good request.
        let good = trigger().encode(ID, &[]);
        let mut bytes = vec![good[0] & 0xf0 | length, good[1], good[2], good[3]];
        bytes.extend((0..length).map(|index| index + 1));
        bytes.extend(&good[4..]);
        let got = answer(&pair, &bytes);
        assert_harmless(
            &format!("token of {length}"),
            got.as_deref(),
            &[Code::BAD_REQUEST],
        );
    }
    pair.expect_alive();
    assert_eq!(update_count(&pair), 0);
}

#[test]
fn rb_03_damaged_messages_have_no_effect() {
    let pair = Pair::registered();
    let good = trigger().encode(ID, &[9]);
    let with = |more: &[u8]| [&good[..], more].concat();
    let mut cases = vec![
        with(&[0xff]),
        with(&[0xf0]),
        with(&[0xf1, 1]),
        with(&[0x0f]),
        with(&[0x1f, 0]),
        with(&[0x15, 1]),
        with(&[0x1d]),
        with(&[0x1e, 0xff]),
        with(&[0x1e, 0xff, 0xff]),
        with(&[0xd1]),
        with(&[0xe1, 0xff]),
        with(&[0xe1, 0xff, 0xff, 1]),
        // A token that is not there.
        vec![0x44, 2, ID.to_be_bytes()[0], ID.to_be_bytes()[1], 1],
    ];
    cases.extend((0..4).map(|length| good[..length].to_vec()));
    for bytes in cases {
        let got = answer(&pair, &bytes);
        let told = format!("{bytes:02x?}");
        assert_harmless(
            &told,
            got.as_deref(),
            &[Code::BAD_REQUEST, Code::BAD_OPTION],
        );
        pair.expect_alive();
    }
    assert_eq!(update_count(&pair), 0);
}

#[test]
fn rb_04_answers_have_their_requests_tokens() {
    let pair = Pair::registered();
    for token in [&[1, 2, 3][..], &[], &[8, 7, 6, 5, 4, 3, 2, 1], &[0, 0]] {
        let request = Request {
            token: Some(token.to_vec()),
            ..Request::read("/3/0/2")
        };
        let reply = pair.expect(request, Code::CONTENT);
        assert_eq!(reply.message.token, token);
        assert_eq!(reply.text(), "352656100000001");
    }
}

#[test]
fn rb_05_a_non_confirmable_execute_is_done_once() {
    let pair = Pair::registered();
    let request = Request {
        confirmable: false,
        message_id: Some(ID),
        token: Some(vec![5, 5]),
        ..trigger()
    };
    let bytes = request.encode(ID, &[5, 5]);
    let reply = pair.ask(request);
    assert_eq!(
        (reply.message.kind, reply.code()),
        (Kind::Non, Code::CHANGED)
    );
    pair.server.wait_update(WAIT).expect("an Update");
    // The network may have doubled it.
    let repeated = answer(&pair, &bytes);
    if let Some(repeated) = repeated {
        assert_ne!(repeated[0] >> 4 & 3, 2, "an ACK to a NON");
    }
    pair.expect_alive();
    std::thread::sleep(SILENCE);
    assert_eq!(update_count(&pair), 1);
}

#[test]
fn rb_06_unknown_methods_are_not_allowed() {
    let pair = Pair::registered();
    for detail in 5..=31 {
        let request = Request::new(Code::of(0, detail), "/3/0/2");
        let reply = pair.ask(request);
        let refused = [Code::NOT_ALLOWED, Code::BAD_REQUEST].contains(&reply.code());
        assert!(refused, "0.{detail:02}: {}", reply.code());
    }
    for class in [1, 6, 7] {
        for detail in [0, 1, 31] {
            let mut bytes = Request::read("/3/0/2").encode(ID, &[1]);
            bytes[1] = class << 5 | detail;
            let got = answer(&pair, &bytes);
            assert_harmless(&format!("{class}.{detail:02}"), got.as_deref(), &[]);
        }
    }
    pair.expect_alive();
}

#[test]
fn rb_07_unknown_elective_options_are_ignored() {
    let pair = Pair::registered();
    for number in [2, 14, 46, 290, 65000, 65534] {
        let mut request = Request::read("/3/0/2");
        request.options.push((number, vec![1, 2, 3]));
        request.options.push((number, vec![0; 300]));
        let reply = pair.expect(request, Code::CONTENT);
        assert_eq!(reply.text(), "352656100000001", "option {number}");
    }
    // Critical ones are not.
    for number in [9, 13, 65001] {
        let mut request = Request::read("/3/0/2");
        request.options.push((number, vec![1]));
        pair.expect(request, Code::BAD_OPTION);
    }
}

#[test]
fn rb_08_requests_are_served_while_an_update_is_unanswered() {
    let pair = Pair::registered();
    pair.server
        .answer(Operation::Update, Answer::Silence, Some(1));
    pair.expect(trigger(), Code::CHANGED);
    eventually("the first Update", || {
        (update_count(&pair) == 1).then_some(())
    });
    let reply = pair.expect(Request::read("/3/0/2"), Code::CONTENT);
    assert!(reply.took < Duration::from_millis(1500), "{:?}", reply.took);
    pair.server.wait_update(WAIT).expect("the Update again");
    let updates = pair.updates();
    assert_eq!(updates.len(), 2);
    assert_eq!(updates[0].1, updates[1].1);
    // Taken: not sent again, and no Register.
    std::thread::sleep(Duration::from_secs(5));
    assert_eq!((pair.updates().len(), pair.registers().len()), (2, 1));
    pair.expect_alive();
}

#[test]
fn rb_09_server_uris_end_at_255_characters() {
    let uri = |length: usize| {
        let (head, tail) = ("coap://", ".test:5683");
        let mut host = String::new();
        while head.len() + host.len() + tail.len() < length {
            host.push(if host.len() % 32 == 31 { '.' } else { 'a' });
        }
        let host = if host.ends_with('.') {
            host.replace(".aaaa", "-aaaa")
        } else {
            host
        };
        format!("{head}{host}{tail}")
    };
    let mut device = Device::start(Settings::new(&uri(255)));
    assert_eq!(device.wait_line("init "), "init 0");
    assert_eq!(
        device.wait_event("DEFERRED").number(0),
        5,
        "no route to that host"
    );
    assert!(device.is_alive());
    for length in [256, 257, 1000] {
        let mut device = Device::start(Settings::new(&uri(length)));
        assert_eq!(device.wait_line("init "), "init -22", "{length}");
        assert_eq!(
            device.wait_exit().code(),
            Some(1),
            "the application's own end"
        );
    }
}

/// Xorshift, 64 bits.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, limit: usize) -> usize {
        (self.next() % limit as u64) as usize
    }
}

/// Resident memory of a process in kB.
fn resident(device: &Device) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", device.id())).unwrap();
    let line = status
        .lines()
        .find(|line| line.starts_with("VmRSS:"))
        .unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

#[test]
fn rb_10_random_datagrams_do_no_harm() {
    // Without trace: the datagrams would fill the output.
    let server = Server::start(carrier_lab::server::ServerConfig {
        coap: Some(([127, 0, 0, 1], 0).into()),
        ..Default::default()
    });
    let pair = Pair::with(server.unwrap(), |settings| settings)
        .until_registered()
        .0;
    let mut random = Random(0x5eed_0010);
    // Reads with some bytes changed come deeper than noise does.
    let seeds = ["/3/0", "/1/0/1", "/3", "/16/0/0", "/10250/0/0"].map(|path| {
        let request = Request::read(path).block2(64);
        request.encode(ID, &[1, 2, 3, 4])
    });
    let mut memory = 0;
    for number in 0..10_000 {
        let bytes = if number % 2 == 0 {
            let length = random.below(if number % 20 == 0 { 1152 } else { 64 });
            (0..length).map(|_| random.next() as u8).collect()
        } else {
            let mut bytes = seeds[random.below(seeds.len())].clone();
            for _ in 0..1 + random.below(4) {
                // Not the method: no operation here is meant to have an effect.
                let at = random.below(bytes.len());
                bytes[if at == 1 { 0 } else { at }] = random.next() as u8;
            }
            bytes
        };
        pair.server.send_raw(&bytes).unwrap();
        if number % 50 == 49 {
            // Keeps the socket's queue short, and shows that each batch was survived. Noise may have used up the read's
            // message id, whose kept reply is then right; the next id is another one.
            let again = pair.server.send(Request::read("/3/0/2"));
            if !again.is_ok_and(|reply| reply.code() == Code::CONTENT) {
                pair.expect_alive();
            }
        }
        if number == 999 {
            memory = resident(&pair.device);
        }
    }
    pair.expect_alive();
    let grown = resident(&pair.device).saturating_sub(memory);
    // Valgrind's own memory grows.
    assert!(grown < 1024 || memcheck(), "{grown} kB more");
}

#[test]
fn rb_11_an_unanswered_register_is_retransmitted_with_growing_gaps() {
    let pair = Pair::start(|settings| settings.clock("step"));
    pair.server
        .answer(Operation::Register, Answer::Silence, None);
    let deferred = pair
        .device
        .advance_to_event("DEFERRED", Duration::from_secs(200));
    assert_eq!((deferred.number(0), deferred.number(1)), (7, 60));
    let registers = pair.registers();
    assert_eq!(registers.len(), 5);
    assert!(
        registers
            .iter()
            .all(|(_, message)| *message == registers[0].1)
    );
    let gaps: Vec<u64> = registers
        .windows(2)
        .map(|pair| pair[1].0 - pair[0].0)
        .collect();
    assert!((2_000 - TICK..=3_000 + TICK).contains(&gaps[0]), "{gaps:?}");
    for pair in gaps.windows(2) {
        assert!(pair[1].abs_diff(2 * pair[0]) <= 2 * TICK, "{gaps:?}");
    }
    // The wait after the last transmission doubles once more; then the retry policy.
    let end = registers[4].0 + 2 * gaps[3];
    assert!(
        deferred.at_ms.abs_diff(end) <= 2 * TICK,
        "given up at {} instead of {end}",
        deferred.at_ms
    );
    let until = |at_ms: u64| {
        let left = at_ms.saturating_sub(pair.device.now_ms());
        pair.device.advance(Duration::from_millis(left));
    };
    until(deferred.at_ms + 59_500);
    assert_eq!(pair.registers().len(), 5);
    until(deferred.at_ms + 61_000);
    let registers = pair.registers();
    assert_eq!(registers.len(), 6);
    assert_ne!(registers[5].1.message_id, registers[0].1.message_id);
}

#[test]
fn rb_12_message_ids_are_not_reused() {
    let pair = Pair::registered();
    for _ in 0..1000 {
        pair.expect(trigger(), Code::CHANGED);
        pair.server.wait_update(WAIT).expect("an Update");
    }
    let mut seen: HashMap<u16, (u64, Message)> = HashMap::new();
    let mut fresh = 0;
    for (at, message) in pair.sent() {
        if message.kind == Kind::Ack || message.kind == Kind::Rst {
            continue;
        }
        match seen.get(&message.message_id) {
            // A retransmission is the same message.
            Some((before, known)) => {
                assert!(*known == message || at - before > 247_000, "{message:?}")
            }
            None => fresh += 1,
        }
        seen.insert(message.message_id, (at, message));
    }
    assert!(fresh > 1000, "{fresh} messages");
}

#[test]
fn a_ping_is_answered_by_a_reset() {
    let pair = Pair::registered();
    let ping = Message::new(Kind::Con, Code::EMPTY, ID, &[]).encode();
    let reset = Message::new(Kind::Rst, Code::EMPTY, ID, &[]).encode();
    assert_eq!(answer(&pair, &ping), Some(reset));
}

#[test]
fn a_duplicate_request_gets_the_kept_reply_and_no_second_effect() {
    let pair = Pair::registered();
    let bytes = trigger().encode(ID, &[1]);
    let first = answer(&pair, &bytes).expect("an answer");
    pair.server.wait_update(WAIT).expect("an Update");
    assert_eq!(answer(&pair, &bytes), Some(first));
    pair.expect_alive();
    std::thread::sleep(SILENCE);
    assert_eq!(update_count(&pair), 1);
    // An observation is not begun twice either.
    let reply = pair.expect(Request::observe("/3/0/9"), Code::CONTENT);
    assert!(reply.message.value(option::OBSERVE).is_some());
}
