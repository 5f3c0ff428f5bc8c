//! The bootstrap server against a client of a few lines: the request, the sequence, keys, and what goes wrong.

mod device;

use carrier_lab::account::Instance;
use carrier_lab::answer::Answer;
use carrier_lab::bootstrap::{NotProvisioned, Provisioning};
use carrier_lab::coap::{Code, format};
use carrier_lab::event::{Event, Operation};
use carrier_lab::request::{Failure, Request};
use carrier_lab::server::Server;
use carrier_lab::tlv;
use carrier_lab::wire::Direction;
use device::{Got, Link, lines};
use std::thread::JoinHandle;
use std::time::Duration;

const WAIT: Duration = Duration::from_secs(5);
const KEY: &[u8] = b"0123456789abcdef";

/// A client that asks for a bootstrap and takes it, in a thread of its own.
fn bootstrapping(
    uri: &str,
    identity: &'static str,
    key: &'static [u8],
    odd: device::Oddities,
) -> JoinHandle<Vec<Got>> {
    let uri = uri.to_string();
    std::thread::spawn(move || {
        let mut link = Link::open(&uri, identity.as_bytes(), key).unwrap();
        device::bootstrap(&mut link, "dev", odd, Duration::from_secs(5))
    })
}

#[test]
fn a_client_is_bootstrapped_and_registers_with_the_keys_it_was_given() {
    let bootstrap = Server::bootstrap_secure("factory", KEY).unwrap();
    let management = Server::secure("old", KEY).unwrap();
    let fresh_key = b"\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f\x10";
    management.set_keys(&[(b"fresh", fresh_key)]).unwrap();
    let client = bootstrapping(&bootstrap.uris()[0], "factory", KEY, &[]);

    let asked = bootstrap.wait_bootstrap(WAIT).unwrap();
    assert_eq!(
        (asked.endpoint.as_str(), asked.preferred_format),
        ("dev", None)
    );
    assert_eq!(asked.identity.as_deref(), Some(&b"factory"[..]));
    let uri = &management.uris()[0];
    let accounts = [
        Instance::security_psk(1, uri, "fresh", fresh_key, 101),
        Instance::server(0, 101, 60),
    ];
    bootstrap.provision(&Provisioning::of(&accounts)).unwrap();

    let requests = client.join().unwrap();
    assert_eq!(
        lines(&requests),
        ["DELETE /", "PUT /0", "PUT /1", "POST /bs"]
    );
    let entries = tlv::parse(&requests[1].payload).unwrap();
    let values = tlv::flatten(&"/0".parse().unwrap(), &entries).unwrap();
    let bytes = |path: &str| {
        let path = path.parse().unwrap();
        let (_, value) = values.iter().find(|(known, _)| *known == path).unwrap();
        value.to_bytes()
    };
    assert_eq!(bytes("/0/1/0"), uri.as_bytes());
    let mut link = Link::open(uri, &bytes("/0/1/3"), &bytes("/0/1/5")).unwrap();
    let registered = link.post("/rd", &["ep=dev", "lt=60"], "</1/0>,</3/0>");
    assert_eq!(registered.as_deref(), Some("2.01"));
    let registration = management.wait_register(WAIT).unwrap();
    assert_eq!(registration.identity.as_deref(), Some(&b"fresh"[..]));
    assert!(Link::open(uri, b"old", KEY).is_err(), "no longer demanded");
}

#[test]
fn a_bootstrap_server_takes_nothing_but_bootstrap_requests() {
    let server = Server::bootstrap_plain().unwrap();
    let mut link = Link::open(&server.uris()[0], b"", b"").unwrap();
    assert_eq!(link.post("/rd", &["ep=dev"], "").as_deref(), Some("4.04"));
    let mut link = Link::open(&server.uris()[0], b"", b"").unwrap();
    assert_eq!(
        link.post("/bs", &[], "").as_deref(),
        Some("4.00"),
        "no name"
    );
    let mut link = Link::open(&server.uris()[0], b"", b"").unwrap();
    let query = ["c=d", "ep=dev", "pct=112"];
    assert_eq!(link.post("/a/b/bs", &query, "").as_deref(), Some("2.04"));
    let asked = server.wait_bootstrap(WAIT).unwrap();
    assert_eq!(asked.preferred_format.as_deref(), Some("112"));
    assert_eq!(asked.message.query("c").as_deref(), Some("d"));
    server.forget_clients();
    let failure = server.send(Request::discover("/")).err();
    assert_eq!(failure, Some(Failure::NoClient));

    let management = Server::plain().unwrap();
    let mut link = Link::open(&management.uris()[0], b"", b"").unwrap();
    assert_eq!(link.post("/bs", &["ep=dev"], "").as_deref(), Some("4.04"));
}

#[test]
fn bootstrap_requests_can_be_refused_ignored_and_answered_late() {
    let server = Server::bootstrap_plain().unwrap();
    let link = || Link::open(&server.uris()[0], b"", b"").unwrap();
    let busy = Answer::Code(Code::UNAVAILABLE, Some(60));
    server.answer(Operation::Bootstrap, busy, Some(1));
    let mut refused = link();
    refused.send(b"\x41\x02\x00\x01\xaa\xb2bs\x44ep=d");
    assert_eq!(
        refused.receive().unwrap(),
        b"\x61\xa3\x00\x01\xaa\xd1\x01\x3c"
    );
    assert!(server.bootstrapping().is_none());

    server.answer(Operation::Bootstrap, Answer::Silence, Some(1));
    assert_eq!(link().post("/bs", &["ep=d"], "").as_deref(), Some("2.04"));
    let attempts = |event: &Event| matches!(event, Event::Attempt(Operation::Bootstrap, ..));
    let count = |wanted: &dyn Fn(&Event) -> bool| {
        let events = server.events();
        events.iter().filter(|(_, event)| wanted(event)).count()
    };
    assert_eq!(count(&attempts), 3, "refused, ignored, taken");

    let late = Answer::Separate(Duration::from_millis(100));
    server.answer(Operation::Bootstrap, late, Some(1));
    let mut separate = link();
    separate.send(b"\x41\x02\x00\x01\xaa\xb2bs\x44ep=d");
    assert_eq!(separate.receive().unwrap(), b"\x60\x00\x00\x01");
    let answer = separate.receive().unwrap();
    assert_eq!((answer[0], answer[1], answer[4]), (0x41, 0x44, 0xaa));
}

#[test]
fn single_steps_go_out_as_wanted() {
    let server = Server::bootstrap_plain().unwrap();
    let odd: device::Oddities = &[
        (
            "GET",
            "/",
            0x45,
            "lwm2m=\"1.0\",</0/0>,</0/1>;ssid=101,</3/0>",
        ),
        ("DELETE", "/1/7", 0x84, ""),
    ];
    let client = bootstrapping(&server.uris()[0], "", b"", odd);
    server.wait_bootstrap(WAIT).unwrap();
    let links = server.send(Request::discover("/")).unwrap().links();
    assert_eq!(links[0].attribute("lwm2m"), Some("1.0"));
    assert_eq!(links[2].attribute("ssid"), Some("101"));
    let code = |request| server.send(request).unwrap().code();
    assert_eq!(code(Request::delete("/1/7")), Code::NOT_FOUND);
    assert_eq!(code(Request::delete("/0")), Code::DELETED);
    let account = Instance::security_psk(1, "coaps://127.0.0.1:5684", "me", KEY, 101);
    assert_eq!(code(account.write().block1(16)), Code::CHANGED);
    let short_id = account.write_resource(10, format::TLV).unwrap();
    let unconfirmed = Request {
        confirmable: false,
        ..short_id
    };
    assert_eq!(code(unconfirmed), Code::CHANGED);
    assert_eq!(code(Request::finish()), Code::CHANGED);
    let requests = client.join().unwrap();
    let wanted = [
        "GET /",
        "DELETE /1/7",
        "DELETE /0",
        "PUT /0/1",
        "PUT /0/1/10",
        "POST /bs",
    ];
    assert_eq!(lines(&requests), wanted);
    assert_eq!(requests[3].payload, tlv::encode(&account.resources));
    assert_eq!((requests[3].blocks, requests[4].blocks), (4, 0));
    assert!(requests[3].confirmable && !requests[4].confirmable);
}

#[test]
fn a_sequence_stops_at_the_step_that_is_refused() {
    let server = Server::bootstrap_plain().unwrap();
    let odd: device::Oddities = &[("PUT", "/1", 0x80, "")];
    let client = bootstrapping(&server.uris()[0], "", b"", odd);
    server.wait_bootstrap(WAIT).unwrap();
    let accounts = [
        Instance::server(0, 101, 60),
        Instance::access_control(0, (3, 0), 101, &[(101, 15)]),
        Instance::security_open(1, "coap://127.0.0.1:5683", 101),
    ];
    let sequence = Provisioning {
        delete: vec!["/0".into(), "/1".into()],
        block1: Some(32),
        ..Provisioning::of(&accounts)
    };
    let paths: Vec<String> = sequence
        .requests()
        .into_iter()
        .map(|(request, _)| request.path)
        .collect();
    assert_eq!(paths, ["/0", "/1", "/0", "/1", "/2", "/bs"]);
    let stopped = server.provision(&sequence).err();
    let step = "0.03 /1".to_string();
    let why = Ok(Code::BAD_REQUEST);
    assert_eq!(stopped, Some(NotProvisioned { step, why }));
    server.send(Request::finish()).unwrap();
    let seen = client.join().unwrap();
    assert_eq!(
        lines(&seen),
        ["DELETE /0", "DELETE /1", "PUT /0", "PUT /1", "POST /bs"]
    );
    assert!(seen[2].blocks > 1);
}

#[test]
fn a_lost_datagram_is_one_in_its_direction() {
    let server = Server::bootstrap_plain().unwrap();
    let wire = server.wires().remove(0);
    wire.lose(Direction::Received, 1);
    wire.lose(Direction::Sent, 1);
    let mut link = Link::open(&server.uris()[0], b"", b"").unwrap();
    // The first copy and the first answer are lost.
    assert_eq!(link.post("/bs", &["ep=d"], "").as_deref(), Some("2.04"));
    let directions: Vec<Direction> = wire
        .records()
        .iter()
        .map(|record| record.direction)
        .collect();
    use Direction::{Received, Sent};
    assert_eq!(directions, [Received, Received, Sent, Received, Sent]);
    let duplicates = |event: &Event| matches!(event, Event::Duplicate(..)).then_some(());
    assert!(server.wait_event(WAIT, duplicates).is_some());
}

#[test]
fn another_address_reaches_the_client_and_hears_what_it_says() {
    let server = Server::bootstrap_plain().unwrap();
    let client = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
    client.set_read_timeout(Some(WAIT)).unwrap();
    let address = server.wires()[0].address();
    client
        .send_to(b"\x40\x02\x00\x01\xb2bs\x44ep=d", address)
        .unwrap();
    server.wait_bootstrap(WAIT).unwrap();
    let mut buffer = [0; 64];
    client.recv(&mut buffer).unwrap();
    let read = Request::read("/1").encode(7, b"\xee");
    let quiet = server
        .send_from_elsewhere(&read, Duration::from_millis(50))
        .unwrap();
    assert_eq!(quiet, None);
    let (length, stranger) = client.recv_from(&mut buffer).unwrap();
    assert_eq!(buffer[..length], read);
    assert_ne!(stranger, address);
    let answering = std::thread::spawn(move || {
        let (_, stranger) = client.recv_from(&mut buffer).unwrap();
        client.send_to(b"\x61\x81\x00\x07\xee", stranger).unwrap();
    });
    let answer = server.send_from_elsewhere(&read, WAIT).unwrap();
    assert_eq!(answer.as_deref(), Some(&b"\x61\x81\x00\x07\xee"[..]));
    answering.join().unwrap();
}
