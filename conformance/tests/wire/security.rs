//! DTLS with a pre-shared key: what is on the wire, where the key goes, what happens when it is wrong.

use carrier_lab::coap::Code;
use carrier_lab::dtls::DtlsConfig;
use carrier_lab::request::Request;
use carrier_lab::server::{Server, ServerConfig};
use conformance::setup::{Pair, own_address};
use conformance::{ENDPOINT, KEY, Packet};
use std::time::Duration;

const WAIT: Duration = Duration::from_secs(10);
/// SERVER_CONNECT
const CONNECT: i64 = 6;
/// SERVER_REGISTRATION
const REGISTRATION: i64 = 7;

/// Whole DTLS records and nothing else (RFC 6347 4.1).
pub fn assert_sealed(packets: &[Packet]) {
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

/// What a ClientHello says (RFC 6347 4.3.2).
#[derive(Debug)]
pub struct ClientHello {
    pub random: [u8; 32],
    pub session: Vec<u8>,
    pub suites: Vec<u16>,
}

/// The ClientHellos among what the device sent; each is one record of one fragment.
pub fn client_hellos(packets: &[Packet]) -> Vec<ClientHello> {
    let sent = packets.iter().filter(|packet| packet.outbound);
    let hellos = sent.filter(|packet| packet.bytes[0] == 22 && packet.bytes[13] == 1);
    hellos
        .map(|packet| {
            // Behind the headers of record and handshake, and the version.
            let body = &packet.bytes[13 + 12 + 2..];
            let (random, rest) = body.split_first_chunk().unwrap();
            let (session, rest) = rest[1..].split_at(rest[0].into());
            let rest = &rest[1 + usize::from(rest[0])..];
            let length = usize::from(u16::from_be_bytes([rest[0], rest[1]]));
            let suites = rest[2..2 + length].chunks(2);
            ClientHello {
                random: *random,
                session: session.to_vec(),
                suites: suites
                    .map(|suite| u16::from_be_bytes([suite[0], suite[1]]))
                    .collect(),
            }
        })
        .collect()
}

#[test]
fn se_01_everything_is_inside_dtls() {
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
fn se_03_a_wrong_key_is_told_and_nothing_is_sent_in_clear() {
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
fn se_04_an_unknown_identity_is_told_and_tried_again_slowly() {
    let pair = stranger("somebody-else", KEY);
    for delay in [60, 120, 240] {
        let event = pair
            .device
            .advance_to_event("DEFERRED", Duration::from_secs(400));
        assert_eq!((event.number(0), event.number(1)), (CONNECT, delay));
    }
    assert_sealed(&pair.wire());
    assert!(pair.server.registrations().is_empty());
    let right = [(ENDPOINT.as_bytes(), KEY)];
    pair.server.set_keys(&right).unwrap();
    pair.wait_registered();
}

#[test]
fn se_05_an_identity_of_another_endpoint_is_not_registered() {
    let server = Server::secure(ENDPOINT, KEY).unwrap();
    server.bind_identity(ENDPOINT, "somebody-else");
    let key = conformance::setup::KEY_TEXT;
    let pair = Pair::with(server, |settings| {
        settings.option("--psk", key).clock("step")
    });
    for delay in [60, 120] {
        let event = pair
            .device
            .advance_to_event("DEFERRED", Duration::from_secs(200));
        assert_eq!((event.number(0), event.number(1)), (REGISTRATION, delay));
        let asked = pair.try_ask(Request::read("/3/0").timeout(Duration::from_millis(200)));
        assert!(asked.is_err(), "served as if registered");
    }
    assert!(pair.server.registrations().is_empty());
}

#[test]
fn se_02_the_suite_every_server_has_is_offered() {
    let (pair, _) = Pair::start_secure(|settings| settings).until_registered();
    let hellos = client_hellos(&pair.wire());
    for hello in &hellos {
        // TLS_PSK_WITH_AES_128_CCM_8
        assert!(hello.suites.contains(&0xc0a8), "{:04x?}", hello.suites);
    }
    // A server that has only the other one of the standard is reached as well.
    let mut config = DtlsConfig::with_key(ENDPOINT, KEY);
    config.ciphers = "PSK-AES128-CBC-SHA256:@SECLEVEL=0".into();
    let server = Server::start(ServerConfig {
        coaps: Some((([127, 0, 0, 1], 0).into(), config)),
        ..Default::default()
    });
    let key = conformance::setup::KEY_TEXT;
    let pair = Pair::with(server.unwrap(), |settings| settings.option("--psk", key));
    pair.wait_registered();
    let (_, session) = pair.server.wait_connected(WAIT).expect("a session");
    assert_eq!(session.cipher, "PSK-AES128-CBC-SHA256");
}

#[test]
fn se_07_uris_without_a_port_mean_those_of_the_standard() {
    let plain = Server::start(ServerConfig {
        coap: Some((own_address(), 5683).into()),
        ..Default::default()
    });
    let key = DtlsConfig::with_key(ENDPOINT, KEY);
    let secure = Server::start(ServerConfig {
        coaps: Some(((own_address(), 5684).into(), key)),
        ..Default::default()
    });
    let key = conformance::setup::KEY_TEXT;
    for (server, scheme) in [(plain, "coap"), (secure, "coaps")] {
        let server = server.unwrap();
        let ip = server.wires()[0].address().ip();
        let pair = Pair::with(server, |mut settings| {
            settings.options[0].1 = format!("{scheme}://{ip}");
            settings.option("--psk", key)
        });
        pair.wait_registered();
        pair.expect_alive();
        let sealed = pair.wire().iter().all(|packet| packet.bytes[1] == 0xfe);
        assert_eq!(sealed, scheme == "coaps");
    }
}

#[test]
fn a_plain_server_needs_no_key() {
    let (pair, _) = Pair::start(|settings| settings).until_registered();
    pair.device.wait_event("REGISTERED");
    assert_eq!(pair.device.count("LTE_LINK_DOWN"), 0);
    assert!(!pair.device.log().contains("AT%CMNG=0,"));
}

#[test]
fn se_06_a_cookie_exchange_is_followed_and_can_be_missing() {
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
