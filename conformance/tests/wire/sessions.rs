//! DTLS sessions that end: idle ones, those of servers that are gone or have forgotten them, and those of an earlier life.

use carrier_lab::answer::Answer;
use carrier_lab::coap::Code;
use carrier_lab::dtls::{DtlsConfig, Resumption, Session};
use carrier_lab::event::{Event, Operation};
use carrier_lab::request::Request;
use carrier_lab::server::{Server, ServerConfig};
use conformance::device::EXIT_RESTART;
use conformance::setup::{KEY_TEXT, Pair};
use conformance::{ENDPOINT, KEY, eventually};
use std::time::Duration;

use crate::security::{assert_sealed, client_hellos};

const WAIT: Duration = Duration::from_secs(10);
/// SERVER_CONNECT
const CONNECT: i64 = 6;
/// SERVER_REGISTRATION
const REGISTRATION: i64 = 7;

/// A DTLS server like any other, but for this.
fn server_with(change: impl FnOnce(&mut DtlsConfig)) -> Server {
    let mut config = DtlsConfig::with_key(ENDPOINT, KEY);
    change(&mut config);
    let server = Server::start(ServerConfig {
        coaps: Some((([127, 0, 0, 1], 0).into(), config)),
        ..Default::default()
    });
    server.expect("a loopback port is free")
}

/// Sessions so far.
fn sessions(server: &Server) -> Vec<Session> {
    let events = server.events().into_iter();
    events
        .filter_map(|(_, event)| match event {
            Event::Connected(_, session) => Some(session),
            _ => None,
        })
        .collect()
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
fn se_08_a_server_that_lost_its_sessions_gets_a_new_one_and_a_register() {
    // unknown_session_alert: none, or internal_error as some servers send it.
    for alert in [None, Some(80)] {
        let server = server_with(|config| config.unknown_session_alert = alert);
        let (pair, _) = Pair::with(server, |settings| {
            settings
                .lifetime(600)
                .option("--psk", KEY_TEXT)
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
}

#[test]
fn se_09_each_life_has_a_session_of_its_own() {
    let (mut pair, first) = Pair::start_secure(|settings| settings).until_registered();
    pair.expect(Request::execute("/1/0/8", ""), Code::CHANGED);
    pair.server.wait_update(WAIT).expect("an Update");
    pair.expect(Request::execute("/3/0/4", ""), Code::CHANGED);
    pair.server.wait_deregister(WAIT).expect("a De-register");
    assert_eq!(pair.device.wait_exit().code(), Some(EXIT_RESTART));
    pair.device.start_again();
    let again = pair.wait_registered();
    assert_ne!(again.location, first.location);
    assert_eq!(again.identity, first.identity);
    pair.expect_alive();
    let both = sessions(&pair.server);
    assert_eq!(both.len(), 2);
    assert!(both.iter().all(|session| !session.resumed));
    let hellos = client_hellos(&pair.wire());
    let (begin, end) = (hellos.first().unwrap(), hellos.last().unwrap());
    assert_ne!(begin.random, end.random);
    assert!(end.session.is_empty(), "a session of the earlier life");
}

#[test]
fn se_11_an_unanswered_register_leads_to_new_handshakes_with_growing_delays() {
    let server = Server::secure(ENDPOINT, KEY).unwrap();
    server.answer(Operation::Register, Answer::Silence, None);
    let pair = Pair::with(server, |settings| {
        settings.option("--psk", KEY_TEXT).clock("step")
    });
    let deferred = |reason, delay| {
        let event = pair
            .device
            .advance_to_event("DEFERRED", Duration::from_secs(900));
        assert_eq!((event.number(0), event.number(1)), (reason, delay));
    };
    deferred(REGISTRATION, 60);
    assert_eq!(sessions(&pair.server).len(), 1);
    deferred(REGISTRATION, 120);
    assert_eq!(
        sessions(&pair.server).len(),
        2,
        "a session for each attempt"
    );
    pair.server.set_deaf(true);
    deferred(CONNECT, 240);
    pair.server.set_deaf(false);
    pair.server
        .answer(Operation::Register, Answer::Normal, None);
    pair.wait_registered();
    pair.expect_alive();
    assert_sealed(&pair.wire());
}

#[test]
fn se_12_a_session_is_resumed_where_the_server_offers_it() {
    for resumption in [Resumption::Off, Resumption::Ids, Resumption::Tickets] {
        let server = server_with(|config| config.resumption = resumption);
        let (pair, _) = Pair::with(server, |settings| {
            settings
                .lifetime(600)
                .option("--psk", KEY_TEXT)
                .option("--idle", "30")
                .clock("step")
        })
        .until_registered();
        // Asleep until the Update, 103 s before the end of the lifetime.
        pair.device.advance(Duration::from_secs(490));
        let woken = conformance::setup::await_at(&pair.device, "a second session", |_| {
            sessions(&pair.server).get(1).cloned()
        });
        assert_eq!(woken.resumed, resumption != Resumption::Off);
        pair.device.advance(Duration::from_secs(1));
        pair.expect_alive();
        let all = sessions(&pair.server);
        assert_eq!(all.len(), 2, "{resumption:?}");
        let counted = |operation: Operation| {
            let events = pair.server.events().into_iter();
            let wanted =
                |event: &Event| matches!(event, Event::Attempt(own, ..) if *own == operation);
            events.filter(|(_, event)| wanted(event)).count()
        };
        let told = (counted(Operation::Register), counted(Operation::Update));
        if resumption == Resumption::Off {
            // Whether the session is a new one is not told by every modem; the server decides.
            assert!([(2, 0), (1, 1)].contains(&told), "{told:?}");
        } else {
            assert_eq!(told, (1, 1), "{resumption:?}");
        }
    }
}

#[test]
fn an_update_that_a_new_session_makes_unknown_leads_to_a_register() {
    let server = server_with(|config| config.resumption = Resumption::Off);
    let (pair, _) = Pair::with(server, |settings| {
        settings
            .lifetime(600)
            .option("--psk", KEY_TEXT)
            .option("--idle", "30")
            .clock("step")
    })
    .until_registered();
    pair.device.advance(Duration::from_secs(300));
    pair.server.forget_clients();
    pair.device.advance(Duration::from_secs(190));
    let again = pair.wait_registered();
    assert_eq!(again.lifetime, 600);
    assert_eq!(sessions(&pair.server).len(), 2);
    pair.expect_alive();
}
