//! DTLS with a pre-shared key: what is on the wire, where the key goes, what happens when it is wrong or the session is gone.

use carrier_lab::coap::Code;
use carrier_lab::dtls::DtlsConfig;
use carrier_lab::event::Event;
use carrier_lab::request::Request;
use carrier_lab::server::{Server, ServerConfig};
use conformance::setup::Pair;
use conformance::{ENDPOINT, KEY, Packet, eventually};
use std::time::Duration;

const WAIT: Duration = Duration::from_secs(10);
/// SERVER_CONNECT
const CONNECT: i64 = 6;

/// Whole DTLS records and nothing else (RFC 6347 4.1).
fn assert_sealed(packets: &[Packet]) {
    assert!(!packets.is_empty());
    for packet in packets {
        let mut rest = &packet.bytes[..];
        while !rest.is_empty() {
            let is_record = rest.len() >= 13 && (20..=25).contains(&rest[0]) && rest[1] == 0xfe;
            assert!(is_record, "{:02x?}", packet.bytes);
            let length = usize::from(u16::from_be_bytes([rest[11], rest[12]]));
            rest = rest.get(13 + length..).expect("a whole record");
        }
    }
}

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

#[test]
fn the_right_key_leads_to_a_registration_inside_dtls() {
    let (pair, registration) = Pair::start_secure(|settings| settings).until_registered();
    assert_eq!(registration.identity.as_deref(), Some(ENDPOINT.as_bytes()));
    pair.expect_alive();
    let (_, session) = pair.server.wait_connected(WAIT).expect("a session");
    assert_eq!(session.cipher, "PSK-AES128-CCM8");
    let wire = pair.wire();
    assert_sealed(&wire);
    // The identity is sent in the handshake; the serial number and the key never are.
    let all: Vec<u8> = wire
        .iter()
        .flat_map(|packet| packet.bytes.clone())
        .collect();
    assert!(!contains(&all, b"lwm2m=1.0") && !contains(&all, KEY));
}

#[test]
fn the_key_is_written_with_the_link_down_and_only_once() {
    let (mut pair, _) = Pair::start_secure(|settings| settings).until_registered();
    pair.device.wait_event("REGISTERED");
    let up_down_up = ["LTE_LINK_UP", "LTE_LINK_DOWN", "LTE_LINK_UP"];
    let names = pair.device.event_names();
    let without_up: Vec<&str> = names.iter().map(String::as_str).collect();
    assert_eq!(
        without_up,
        [&["INIT"], &up_down_up[..], &["REGISTERED"]].concat()
    );
    let writes = |log: &str| log.matches("AT%CMNG=0,").count();
    let log = pair.device.log();
    assert_eq!(writes(&log), 2, "key and identity");
    // Offline mode stands between the going down and the first write.
    let offline = log.find("AT+CFUN=4 ->").expect("the link went down");
    let first = log.find("AT%CMNG=0,").unwrap();
    let online = log.rfind("AT+CFUN=1 ->").unwrap();
    assert!(offline < first && first < online);
    pair.device.power_cut();
    pair.device.start_again();
    pair.wait_registered();
    let names: Vec<String> = pair
        .device
        .events()
        .into_iter()
        .filter(|event| event.life == 2)
        .map(|event| event.name)
        .collect();
    assert_eq!(names, ["INIT", "LTE_LINK_UP", "REGISTERED"]);
    assert_eq!(writes(&pair.device.log()), 2);
}

#[test]
fn a_new_key_in_the_configuration_replaces_the_old_one() {
    let (mut pair, _) = Pair::start_secure(|settings| settings).until_registered();
    pair.device.power_cut();
    let change = |config: &mut DtlsConfig| {
        config.keys.insert(ENDPOINT.into(), vec![0xab; 32]);
    };
    pair.server.wires()[0].configure_dtls(change).unwrap();
    let psk = pair
        .device
        .settings()
        .options
        .iter_mut()
        .find(|option| option.0 == "--psk");
    psk.unwrap().1 = "ab".repeat(32);
    pair.server.discard_events();
    pair.device.start_again();
    pair.wait_registered();
    pair.expect_alive();
}

/// A server that knows other keys.
fn stranger(identity: &str, key: &[u8]) -> Pair {
    let server = Server::secure(identity, key).unwrap();
    let key = conformance::setup::KEY_TEXT;
    Pair::with(server, |settings| {
        settings.option("--psk", key).clock("step")
    })
}

#[test]
fn a_wrong_key_is_told_and_nothing_is_sent_in_clear() {
    let pair = stranger(ENDPOINT, b"another key here");
    let first = pair
        .device
        .advance_to_event("DEFERRED", Duration::from_secs(300));
    assert_eq!((first.number(0), first.number(1)), (CONNECT, 60));
    let second = pair
        .device
        .advance_to_event("DEFERRED", Duration::from_secs(400));
    assert_eq!((second.number(0), second.number(1)), (CONNECT, 120));
    assert!(second.at_ms - first.at_ms >= 60_000);
    assert_sealed(&pair.wire());
    assert!(pair.server.registrations().is_empty());
    // The server learns the key: the next try succeeds.
    let change = |config: &mut DtlsConfig| {
        config.keys.insert(ENDPOINT.into(), KEY.to_vec());
    };
    pair.server.wires()[0].configure_dtls(change).unwrap();
    pair.device
        .advance_to_event("REGISTERED", Duration::from_secs(300));
}

#[test]
fn an_unknown_identity_is_told() {
    let pair = stranger("somebody-else", KEY);
    let event = pair
        .device
        .advance_to_event("DEFERRED", Duration::from_secs(300));
    assert_eq!((event.number(0), event.number(1)), (CONNECT, 60));
    assert_sealed(&pair.wire());
}

#[test]
fn a_plain_server_needs_no_key() {
    let (pair, _) = Pair::start(|settings| settings).until_registered();
    pair.device.wait_event("REGISTERED");
    assert_eq!(pair.device.count("LTE_LINK_DOWN"), 0);
    assert!(!pair.device.log().contains("AT%CMNG=0,"));
}

#[test]
fn an_idle_session_is_closed_and_opened_again_for_the_update() {
    let (pair, _) =
        Pair::start_secure(|settings| settings.lifetime(600).option("--idle", "30").clock("step"))
            .until_registered();
    pair.device.advance(Duration::from_secs(20));
    pair.expect_alive();
    pair.server.discard_events();
    // Traffic begins the idle time anew.
    pair.device.advance(Duration::from_secs(25));
    pair.expect_alive();
    pair.device.advance(Duration::from_secs(40));
    let closed = pair.server.wait_event(WAIT, |event| {
        matches!(event, Event::Disconnected(_)).then_some(())
    });
    assert!(closed.is_some(), "no close_notify");
    // Due 103 s before the end of the lifetime.
    let update = (0..50).find_map(|_| {
        pair.device.advance(Duration::from_secs(10));
        pair.server.wait_update(Duration::from_millis(10))
    });
    let (_, message) = update.expect("an Update");
    // Inside a session nobody else can answer.
    assert!(message.token.is_empty());
    let registrations = pair.server.events().into_iter();
    let count = registrations
        .filter(|(_, event)| matches!(event, Event::Registered(_)))
        .count();
    assert_eq!(count, 1, "the registration outlives the session");
    pair.expect_alive();
    assert_sealed(&pair.wire());
}

#[test]
fn a_server_that_lost_its_sessions_gets_a_new_one_and_a_register() {
    let (pair, _) = Pair::start_secure(|settings| {
        settings
            .lifetime(600)
            .option("--idle", "3000")
            .clock("step")
    })
    .until_registered();
    pair.server.forget_dtls().unwrap();
    pair.server.forget_clients();
    for _ in 0..8 {
        pair.device.advance(Duration::from_secs(100));
    }
    let again = eventually("a Register", || {
        pair.server.wait_register(Duration::from_millis(100))
    });
    assert_eq!(again.endpoint, ENDPOINT);
    pair.expect_alive();
}

#[test]
fn a_cookie_exchange_is_followed_and_can_be_missing() {
    for cookies in [true, false] {
        let mut config = DtlsConfig::with_key(ENDPOINT, KEY);
        config.cookies = cookies;
        let server = Server::start(ServerConfig {
            coaps: Some((([127, 0, 0, 1], 0).into(), config)),
            ..Default::default()
        });
        let key = conformance::setup::KEY_TEXT;
        let pair = Pair::with(server.unwrap(), |settings| settings.option("--psk", key));
        pair.wait_registered();
        pair.expect(Request::read("/3/0/2"), Code::CONTENT);
    }
}
