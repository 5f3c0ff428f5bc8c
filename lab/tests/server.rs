//! The server against a client of a few lines that sends hand-written bytes.

use carrier_lab::answer::Answer;
use carrier_lab::coap::{Code, format};
use carrier_lab::event::{Event, Operation};
use carrier_lab::request::{Failure, Request};
use carrier_lab::server::{NotificationAnswer, Server, Timing};
use carrier_lab::tlv;
use carrier_lab::value::Value;
use std::net::UdpSocket;
use std::thread::{JoinHandle, spawn};
use std::time::{Duration, Instant};

const WAIT: Duration = Duration::from_secs(5);

/// POST /rd?ep=dev&lt=60&lwm2m=1.0, content format 40, "</1/0>,</3/0>"; token aa.
const REGISTER: &[u8] =
    b"\x41\x02\x00\x01\xaa\xb2rd\x11\x28\x36ep=dev\x05lt=60\x09lwm2m=1.0\xff</1/0>,</3/0>";

struct Client(UdpSocket);

impl Client {
    fn new(server: &Server) -> Client {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        socket.connect(server.wires()[0].address()).unwrap();
        socket.set_read_timeout(Some(WAIT)).unwrap();
        Client(socket)
    }

    fn send(&self, bytes: &[u8]) {
        self.0.send(bytes).unwrap();
    }

    fn receive(&self) -> Vec<u8> {
        let mut buffer = [0; 2048];
        let length = self
            .0
            .recv(&mut buffer)
            .expect("the server must send something");
        buffer[..length].to_vec()
    }

    fn is_quiet(&self) -> bool {
        self.0
            .set_read_timeout(Some(Duration::from_millis(150)))
            .unwrap();
        let quiet = self.0.recv(&mut [0; 2048]).is_err();
        self.0.set_read_timeout(Some(WAIT)).unwrap();
        quiet
    }

    /// Registers; gives the last location segment.
    fn register(&self) -> Vec<u8> {
        self.send(REGISTER);
        let answer = self.receive();
        assert_eq!(answer[..9], *b"\x61\x41\x00\x01\xaa\x82rd\x04");
        assert_eq!(answer.len(), 13);
        answer[9..].to_vec()
    }

    /// Answers the next request with a piggy-backed response; gives the request.
    fn answer(&self, code: u8, rest: &[u8]) -> Vec<u8> {
        let request = self.receive();
        self.send(&piggybacked(&request, code, rest));
        request
    }
}

/// Acknowledgement with message id and token of a request.
fn piggybacked(request: &[u8], code: u8, rest: &[u8]) -> Vec<u8> {
    let token = &request[4..4 + usize::from(request[0] & 15)];
    [
        &[0x60 | request[0] & 15, code, request[2], request[3]],
        token,
        rest,
    ]
    .concat()
}

/// A server with a registered client.
fn registered() -> (Server, Client) {
    let server = Server::plain().unwrap();
    let client = Client::new(&server);
    client.register();
    (server, client)
}

/// Runs a request while the test plays the client.
fn sending(
    server: Server,
    request: Request,
) -> JoinHandle<(Server, Result<carrier_lab::request::Reply, Failure>)> {
    spawn(move || {
        let reply = server.send(request);
        (server, reply)
    })
}

#[test]
fn a_client_registers_updates_and_leaves() {
    let server = Server::plain().unwrap();
    let client = Client::new(&server);
    let id = client.register();
    let registration = server.wait_register(WAIT).unwrap();
    assert_eq!(
        (
            registration.endpoint.as_str(),
            registration.lifetime,
            registration.links.len()
        ),
        ("dev", 60, 2)
    );

    client.send(&[b"\x40\x02\x00\x02\xb2rd\x04", &id[..], b"\x46lt=120"].concat());
    assert_eq!(client.receive(), b"\x60\x44\x00\x02");
    let (registration, message) = server.wait_update(WAIT).unwrap();
    assert_eq!(
        (registration.lifetime, message.query("lt").as_deref()),
        (120, Some("120"))
    );

    client.send(&[b"\x40\x04\x00\x03\xb2rd\x04", &id[..]].concat());
    assert_eq!(client.receive(), b"\x60\x42\x00\x03");
    assert_eq!(server.wait_deregister(WAIT).unwrap().endpoint, "dev");
    assert!(server.newest().is_none());

    client.send(&[b"\x40\x02\x00\x04\xb2rd\x04", &id[..]].concat());
    assert_eq!(client.receive(), b"\x60\x84\x00\x04", "unknown location");
}

#[test]
fn a_duplicate_gets_the_same_answer_and_registers_once() {
    let server = Server::plain().unwrap();
    let client = Client::new(&server);
    client.send(REGISTER);
    client.send(REGISTER);
    assert_eq!(client.receive(), client.receive());
    let registered = server
        .events()
        .iter()
        .filter(|(_, event)| matches!(event, Event::Registered(_)))
        .count();
    assert_eq!(registered, 1);
}

#[test]
fn a_short_lifetime_runs_out() {
    let server = Server::plain().unwrap();
    let client = Client::new(&server);
    client.send(b"\x40\x02\x00\x01\xb2rd\x44ep=d\x04lt=1");
    client.receive();
    let expired = |event: &Event| matches!(event, Event::Expired(_)).then_some(());
    assert!(server.wait_event(Duration::from_secs(3), expired).is_some());
    assert!(server.newest().is_none());
}

#[test]
fn planned_answers_replace_the_right_one() {
    let server = Server::plain().unwrap();
    let client = Client::new(&server);
    server.answer(
        Operation::Register,
        Answer::Code(Code::UNAVAILABLE, Some(60)),
        Some(1),
    );
    client.send(REGISTER);
    assert_eq!(client.receive(), b"\x61\xa3\x00\x01\xaa\xd1\x01\x3c");

    let mut again = REGISTER.to_vec();
    let mut send = |id: u8| {
        again[3] = id;
        client.send(&again);
    };
    server.answer(Operation::Register, Answer::Silence, Some(1));
    send(2);
    assert!(client.is_quiet());

    server.answer(Operation::Register, Answer::WrongToken, Some(1));
    send(2);
    let wrong = client.receive();
    assert_eq!(wrong[..6], *b"\x62\x41\x00\x02\x55\x00");
    assert!(server.newest().is_none());

    server.answer(
        Operation::Register,
        Answer::Separate(Duration::from_millis(200)),
        Some(1),
    );
    send(2);
    assert_eq!(client.receive(), b"\x60\x00\x00\x02");
    assert!(server.newest().is_none());
    let separate = client.receive();
    assert_eq!((separate[0], separate[1], separate[4]), (0x41, 0x41, 0xaa));
    client.send(&[0x60, 0, separate[2], separate[3]]);

    server.answer(Operation::Register, Answer::Twice, Some(1));
    send(3);
    assert_eq!(client.receive(), client.receive());
}

#[test]
fn a_separate_response_is_repeated_until_acknowledged() {
    let server = Server::plain().unwrap();
    server.set_timing(Timing {
        first_wait: Duration::from_millis(100),
        retransmissions: 2,
        ..Timing::default()
    });
    server.answer(Operation::Register, Answer::Separate(Duration::ZERO), None);
    let client = Client::new(&server);
    client.send(REGISTER);
    assert_eq!(client.receive(), b"\x60\x00\x00\x01");
    let first = client.receive();
    assert_eq!(client.receive(), first);
    client.send(&[0x60, 0, first[2], first[3]]);
    assert!(client.is_quiet());
}

#[test]
fn a_registration_in_blocks_is_put_together_with_the_size_asked_for() {
    let server = Server::plain().unwrap();
    server.set_block1_size(Some(16));
    let client = Client::new(&server);
    let links = "</1/0>,</3/0>,</4/0>,</5/0>,</6/0>,</7/0>,".to_string();
    let first = &links.as_bytes()[..32];
    // Block1 0/1/32, then 2/1/16 and 3/0/16.
    let head = |id: u8, block: u8| {
        [
            &[0x40, 2, 0, id][..],
            b"\xb2rd\x11\x28\x34ep=d\xc1",
            &[block, 0xff],
        ]
        .concat()
    };
    client.send(&[&head(1, 0x09), first].concat());
    assert_eq!(client.receive(), b"\x60\x5f\x00\x01\xd1\x0e\x08");
    client.send(&[&head(2, 0x28), &b"</5/0>,</6/0>,</"[..]].concat());
    client.receive();
    client.send(&[&head(3, 0x30), &b"7/0>"[..]].concat());
    assert_eq!(client.receive()[1], 0x80, "two halves that make no list");

    client.send(&[&head(4, 0x09), &b"</1/0>,</3/0>,</4/0>,</9>,</10>,"[..]].concat());
    client.receive();
    client.send(&[&head(5, 0x20), &b"</5/0>"[..]].concat());
    assert_eq!(client.receive()[1], 0x41);
    assert_eq!(server.wait_register(WAIT).unwrap().links.len(), 6);
    client.send(&[&head(6, 0x20), &b"</5/0>"[..]].concat());
    assert_eq!(
        client.receive()[1],
        0x88,
        "a block in the middle of nothing"
    );
}

#[test]
fn requests_have_the_bytes_the_standard_asks_for() {
    let (server, client) = registered();
    let entries = [
        tlv::resource(1, &Value::Integer(120)),
        tlv::resource(6, &Value::Boolean(true)),
    ];
    let mut server = server;
    for (request, code, rest) in [
        (
            Request::read_as("/3/0", format::TLV),
            1,
            &b"\xb1\x33\x01\x30\x62\x2d\x16"[..],
        ),
        (Request::discover("/3"), 1, b"\xb1\x33\x61\x28"),
        (
            Request::write_text("/1/0/1", "120"),
            3,
            b"\xb1\x31\x01\x30\x01\x31\x10\xff120",
        ),
        (
            Request::update_tlv("/1/0", &entries),
            2,
            b"\xb1\x31\x01\x30\x12\x2d\x16\xff\xc1\x01\x78\xc1\x06\x01",
        ),
        (
            Request::attributes("/3/0/9", &["pmin=1", "pmax=10"]),
            3,
            b"\xb1\x33\x01\x30\x01\x39\x46pmin=1\x07pmax=10",
        ),
        (
            Request::execute("/3/0/4", ""),
            2,
            b"\xb1\x33\x01\x30\x01\x34",
        ),
        (Request::delete("/16/1"), 4, b"\xb2\x31\x36\x01\x31"),
    ] {
        let sending = sending(server, request);
        let got = client.answer(0x44, b"");
        let (back, reply) = sending.join().unwrap();
        assert_eq!((got[0], got[1], &got[8..]), (0x44, code, rest));
        assert_eq!(reply.unwrap().code(), Code::CHANGED);
        server = back;
    }
}

#[test]
fn a_read_gives_typed_values() {
    let (server, client) = registered();
    let sending = sending(server, Request::read("/3/0"));
    client.answer(
        0x45,
        b"\xc2\x2d\x16\xff\xc1\x09\x50\x86\x06\x41\x00\x01\x41\x01\x05\xc1\x10U",
    );
    let reply = sending.join().unwrap().1.unwrap();
    assert_eq!(reply.value("/3/0/9"), Some(Value::Integer(80)));
    assert_eq!(reply.value("/3/0/6/1"), Some(Value::Integer(5)));
    assert_eq!(reply.value("/3/0/16"), Some(Value::Text("U".into())));
    assert_eq!(reply.value("/3/0/10"), None);
}

#[test]
fn a_lost_request_is_repeated_with_the_same_bytes_and_a_separate_answer_taken() {
    let (server, client) = registered();
    server.set_timing(Timing {
        first_wait: Duration::from_millis(100),
        ..Timing::default()
    });
    let sending = sending(server, Request::read("/3/0/9"));
    let request = client.receive();
    assert_eq!(client.receive(), request);
    client.send(&[0x60, 0, request[2], request[3]]);
    client.send(&[&[0x44, 0x45, 0x70, 0x01][..], &request[4..8], b"\xc0\xff80"].concat());
    assert_eq!(client.receive(), b"\x60\x00\x70\x01");
    assert_eq!(
        sending.join().unwrap().1.unwrap().value("/3/0/9"),
        Some(Value::Integer(80))
    );
}

#[test]
fn failures_are_told_apart() {
    let server = Server::plain().unwrap();
    assert_eq!(
        server.send(Request::read("/3")).err(),
        Some(Failure::NoClient)
    );
    let client = Client::new(&server);
    client.register();
    let start = Instant::now();
    let timeout = server.send(Request::read("/3").timeout(Duration::from_millis(200)));
    assert_eq!(timeout.err(), Some(Failure::Timeout));
    assert!(start.elapsed() < Duration::from_secs(2));
    client.receive();
    let sending = sending(server, Request::read("/3"));
    let request = client.receive();
    client.send(&[0x70, 0, request[2], request[3]]);
    assert_eq!(sending.join().unwrap().1.err(), Some(Failure::Reset));
}

#[test]
fn an_acknowledgement_with_another_token_is_no_answer() {
    let (server, client) = registered();
    let sending = sending(
        server,
        Request {
            timeout: Duration::from_millis(300),
            ..Request::read("/3")
        },
    );
    let request = client.receive();
    client.send(&[0x61, 0x45, request[2], request[3], 0x01, 0xff, b'x']);
    let (server, reply) = sending.join().unwrap();
    assert_eq!(reply.err(), Some(Failure::Timeout));
    assert!(
        server
            .events()
            .iter()
            .any(|(_, event)| matches!(event, Event::Unmatched(..)))
    );
}

#[test]
fn an_observation_brings_notifications_until_cancelled() {
    let (server, client) = registered();
    let started = sending(server, Request::observe("/3/0/9"));
    let request = client.answer(0x45, b"\x61\x05\x60\xff80");
    assert_eq!(request[8..], *b"\x60\x51\x33\x01\x30\x01\x39");
    let (server, reply) = started.join().unwrap();
    reply.unwrap();
    let token = request[4..8].to_vec();
    let notify = |kind: u8, id: u8, value: &[u8]| {
        client.send(
            &[
                &[kind, 0x45, 0x80, id][..],
                &token,
                b"\x61",
                &[id],
                b"\x60\xff",
                value,
            ]
            .concat(),
        );
    };

    notify(0x44, 6, b"55");
    assert_eq!(client.receive(), b"\x60\x00\x80\x06");
    notify(0x44, 6, b"55");
    assert_eq!(client.receive(), b"\x60\x00\x80\x06");
    notify(0x54, 7, b"54");
    assert!(client.is_quiet());
    let values: Vec<_> = (0..2)
        .map(|_| server.wait_notification("/3/0/9", WAIT).unwrap())
        .map(|n| (n.sequence(), n.content().value(&n.path)))
        .collect();
    assert_eq!(
        values,
        [
            (Some(6), Some(Value::Integer(55))),
            (Some(7), Some(Value::Integer(54)))
        ]
    );
    assert!(
        server
            .wait_notification("/3/0/9", Duration::from_millis(50))
            .is_none(),
        "the duplicate is no news"
    );

    let cancelled = spawn(move || (server.cancel("/3/0/9"), server));
    let request = client.receive();
    assert_eq!(
        (&request[4..8], &request[8..]),
        (&token[..], &b"\x61\x01\x51\x33\x01\x30\x01\x39"[..])
    );
    notify(0x54, 8, b"53");
    client.send(&piggybacked(&request, 0x45, b"\xc0\xff53"));
    let (reply, server) = cancelled.join().unwrap();
    assert_eq!(reply.unwrap().message.payload, b"53");
    assert!(server.observed().is_empty());
    notify(0x54, 9, b"52");
    assert_eq!(
        client.receive(),
        b"\x70\x00\x80\x09",
        "a notification after the end is reset"
    );
}

#[test]
fn notifications_are_reset_or_ignored_on_demand() {
    let (server, client) = registered();
    let started = sending(server, Request::observe("/3/0/9"));
    let request = client.answer(0x45, b"\x60\x60\xff80");
    let (server, _) = started.join().unwrap();
    let notify = |id: u8| {
        client.send(
            &[
                &[0x44, 0x45, 0x80, id][..],
                &request[4..8],
                b"\x61",
                &[id],
                b"\x60\xff1",
            ]
            .concat(),
        )
    };
    server.answer_notifications(NotificationAnswer::Ignore);
    notify(1);
    assert!(client.is_quiet());
    server.answer_notifications(NotificationAnswer::Acknowledge);
    server.cancel_by_reset("/3/0/9").unwrap();
    notify(2);
    assert_eq!(client.receive(), b"\x70\x00\x80\x02");
    assert_eq!(
        server.cancel_by_reset("/3/0/9"),
        Err(Failure::NoObservation)
    );
}

#[test]
fn an_observation_that_is_refused_leaves_nothing_behind() {
    let (server, client) = registered();
    let started = sending(server, Request::observe("/3/0/9"));
    client.answer(0x45, b"\xc0\xff80");
    let (server, reply) = started.join().unwrap();
    assert_eq!(reply.unwrap().code(), Code::CONTENT);
    assert!(server.observed().is_empty());
}

#[test]
fn a_write_goes_out_in_blocks_and_takes_a_smaller_size() {
    let (server, client) = registered();
    let payload: Vec<u8> = (0..80).collect();
    let sending = sending(
        server,
        Request::write("/5/0/0", format::OPAQUE, &payload).block1(32),
    );
    let block = |request: &[u8]| {
        // Behind the header and the token, which may hold any bytes.
        let request = &request[8..];
        let marker = request.iter().position(|byte| *byte == 0xff).unwrap();
        let option = request[..marker]
            .windows(3)
            .position(|w| w[0] == 0xd1 && w[1] == 2)
            .unwrap();
        (request[option + 2], request[marker + 1..].to_vec())
    };
    // 0/1/32 is answered with 0/1/16, so 2/1/16, 3/1/16 and 4/0/16 follow.
    let mut got = Vec::new();
    for answer in [0x08, 0x28, 0x38] {
        got.push(block(&client.answer(0x5f, &[0xd1, 0x0e, answer])));
    }
    got.push(block(&client.answer(0x44, &[0xd1, 0x0e, 0x40])));
    let reply = sending.join().unwrap().1.unwrap();
    assert_eq!((reply.code(), reply.earlier.len()), (Code::CHANGED, 3));
    assert_eq!(
        got.iter().map(|(block, _)| *block).collect::<Vec<_>>(),
        [0x09, 0x28, 0x38, 0x40]
    );
    assert_eq!(
        got.into_iter()
            .flat_map(|(_, bytes)| bytes)
            .collect::<Vec<_>>(),
        payload
    );
}

#[test]
fn an_answer_in_blocks_is_fetched_to_its_end() {
    let (server, client) = registered();
    let sending = sending(server, Request::discover("/3").block2(16));
    let text = b"</3>,</3/0>,</3/0/0>,</3/0/9>";
    let first = client.answer(0x45, &[b"\xc1\x28\xb1\x08\xff", &text[..16]].concat());
    assert_eq!(
        first[8..],
        *b"\xb1\x33\x61\x28\x60",
        "Block2 0/0/16 is an empty option"
    );
    let second = client.answer(0x45, &[b"\xc1\x28\xb1\x10\xff", &text[16..]].concat());
    assert_eq!(second[8..], *b"\xb1\x33\x61\x28\x61\x10");
    let reply = sending.join().unwrap().1.unwrap();
    assert_eq!(
        (reply.links().len(), reply.payload.as_slice()),
        (4, &text[..])
    );
}

#[test]
fn a_notification_in_blocks_is_fetched_to_its_end() {
    let (server, client) = registered();
    let started = sending(server, Request::observe("/3/0"));
    let request = client.answer(0x45, b"\x60\x62\x2d\x16\xff\xc1\x09\x50");
    let (server, _) = started.join().unwrap();
    let head = [
        &[0x54, 0x45, 0x80, 1][..],
        &request[4..8],
        b"\x61\x01\x62\x2d\x16\xb1\x08\xff",
    ]
    .concat();
    client.send(&[&head[..], b"\xc8\x00\x0d0123456789abc"].concat());
    let notification = server.wait_notification("/3/0", WAIT).unwrap();
    let completing = spawn(move || server.complete(&notification));
    let request = client.answer(0x45, b"\xc2\x2d\x16\xb1\x10\xff\xc1\x09\x50");
    assert_eq!(request[8..], *b"\xb1\x33\x01\x30\x62\x2d\x16\x61\x10");
    let content = completing.join().unwrap().unwrap();
    assert_eq!(
        content.value(&"/3/0/9".parse().unwrap()),
        Some(Value::Integer(80))
    );
    assert_eq!(
        content.value(&"/3/0/0".parse().unwrap()),
        Some(Value::Text("0123456789abc".into()))
    );
}

#[test]
fn raw_bytes_go_out_and_come_back_untouched() {
    let (server, client) = registered();
    let since = server.send_raw(b"\x49\x01\x00\x01123456789").unwrap();
    assert_eq!(client.receive(), b"\x49\x01\x00\x01123456789");
    assert!(
        server
            .wait_raw(since, Duration::from_millis(50), |_| true)
            .is_none()
    );
    client.send(b"\x70\x00\x00\x01");
    assert_eq!(
        server.wait_raw(since, WAIT, |_| true).unwrap().bytes,
        b"\x70\x00\x00\x01"
    );
    client.send(b"\x80\x01\x00");
    let malformed = |event: &Event| match event {
        Event::Malformed(_, bytes, _) => Some(bytes.clone()),
        _ => None,
    };
    assert_eq!(
        server.wait_event(WAIT, malformed),
        Some(b"\x80\x01\x00".to_vec())
    );
}

#[test]
fn a_ping_is_answered_with_a_reset_and_other_requests_with_not_found() {
    let server = Server::plain().unwrap();
    let client = Client::new(&server);
    client.send(b"\x40\x00\x12\x34");
    assert_eq!(client.receive(), b"\x70\x00\x12\x34");
    client.send(b"\x40\x02\x12\x35\xb2bs");
    assert_eq!(client.receive(), b"\x60\x84\x12\x35");
}

#[test]
fn a_server_that_forgot_answers_an_update_with_not_found() {
    let (server, client) = registered();
    server.forget_clients();
    client.send(b"\x40\x02\x00\x09\xb2rd\x041234");
    assert_eq!(client.receive(), b"\x60\x84\x00\x09");
}
