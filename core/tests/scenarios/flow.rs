//! Links, network and failures: when attempts are repeated, when links close and open again.

use carrier_core::profile::Settings;
use carrier_core::{
    Carrier, Cause, Config, DeferredReason, ErrorKind, Event, Input, Instant, LinkError, Output,
    Query,
};

use crate::sim::server::Reaction;
use crate::sim::*;

const REFUSED: Reaction = Reaction::Refuse(403, None);

fn deferrals(world: &World) -> Vec<DeferredReason> {
    let events = world.application.events.iter();
    events
        .filter_map(|(_, event)| match event {
            Event::Deferred { reason, .. } => Some(*reason),
            _ => None,
        })
        .collect()
}

#[test]
fn refused_registrations_are_repeated_with_doubled_delays_and_then_daily() {
    let mut world = world("coap://server.example");
    world.server.reactions.extend([REFUSED; 8]);
    world.start();
    world.run(3 * DAY);
    assert_eq!(world.delays()[..5], [60, 120, 240, 480, 960]);
    assert_eq!(world.delays()[5], 86_400);
    let contacts: Vec<u64> = world
        .server
        .registers
        .iter()
        .map(|contact| contact.at)
        .collect();
    for (index, pair) in contacts.windows(2).enumerate() {
        let wait = pair[1] - pair[0];
        let told = world.delays()[index] as u64 * SECOND;
        assert!(
            (told..told + 2 * SECOND).contains(&wait),
            "attempt {index}: {wait}"
        );
    }
    assert!(
        deferrals(&world)
            .iter()
            .all(|reason| *reason == DeferredReason::ServerRegistration)
    );
}

#[test]
fn success_starts_the_delays_over() {
    let mut world = world("coap://server.example");
    world.server.reactions.extend([REFUSED, REFUSED]);
    world.start();
    world.run_until_registered();
    world
        .server
        .reactions
        .extend([Reaction::Refuse(404, None), REFUSED]);
    world.server.forget();
    world.run(2 * HOUR);
    assert_eq!(world.delays(), [60, 120, 60]);
    assert!(world.server.registration.is_some());
}

#[test]
fn a_silent_server_is_given_up_after_the_last_retransmission_and_tried_again() {
    let mut world = world("coap://server.example");
    world.server.reactions.push_back(Reaction::Silent);
    world.start();
    world.run_until_registered();
    assert_eq!(world.delays(), [60]);
    assert_eq!(deferrals(&world), [DeferredReason::ServerRegistration]);
    let sent = world
        .server
        .heard
        .iter()
        .filter(|(_, message)| message.id == world.server.heard[0].1.id);
    assert_eq!(sent.count(), 5);
}

#[test]
fn a_registration_without_a_location_or_rejected_counts_as_failed() {
    for reaction in [
        Reaction::NoLocation,
        Reaction::Reset,
        Reaction::Refuse(500, None),
    ] {
        let mut world = world("coap://server.example");
        world.server.reactions.push_back(reaction);
        world.start();
        world.run_until_registered();
        assert_eq!(
            deferrals(&world),
            [DeferredReason::ServerRegistration],
            "{reaction:?}"
        );
    }
}

#[test]
fn a_server_in_maintenance_is_left_alone_as_long_as_it_says() {
    let mut world = world("coap://server.example");
    world
        .server
        .reactions
        .push_back(Reaction::Refuse(503, Some(1_234)));
    world.start();
    world.run(HOUR);
    assert_eq!(world.delays(), [1_234]);
    assert_eq!(deferrals(&world), [DeferredReason::ServiceUnavailable]);
    assert!(world.carrier.is_registered());
}

#[test]
fn a_server_that_is_back_in_no_time_is_not_flooded() {
    let mut world = world("coap://server.example");
    world
        .server
        .reactions
        .extend([Reaction::Refuse(503, Some(0)); 1_000]);
    world.start();
    world.run(MINUTE);
    assert!(
        world.server.registers.len() <= 3,
        "{}",
        world.server.registers.len()
    );
}

#[test]
fn failures_to_connect_are_told_with_their_reason() {
    let mut world = world("coaps://server.example");
    world
        .openings
        .extend([Err(LinkError::NoRoute), Err(LinkError::Handshake)]);
    world.start();
    world.run_until_registered();
    assert_eq!(
        deferrals(&world),
        [DeferredReason::ServerNoRoute, DeferredReason::ServerConnect]
    );
    assert_eq!(world.delays(), [60, 120]);
}

#[test]
fn a_link_that_dies_before_the_registration_is_answered_is_a_failed_attempt() {
    let mut world = world("coap://server.example");
    world.server.reactions.extend([Reaction::Silent; 100]);
    world.start();
    let end = world.now + 10 * MINUTE;
    while world.step(end) {
        if world.is_open() && !world.server.registers.is_empty() {
            world.lose_link();
        }
        assert!(world.opened.len() < 20, "the server is flooded");
    }
    assert!(!world.delays().is_empty());
}

#[test]
fn a_lost_link_is_opened_and_registered_anew() {
    for mut world in [plain(), secure()] {
        world.lose_link();
        world.run(MINUTE);
        assert!(world.carrier.is_registered());
        assert_eq!((world.opened.len(), world.server.registers.len()), (2, 2));
        assert_eq!(world.count(|event| *event == Event::Registered), 1);
    }
}

#[test]
fn an_idle_dtls_link_closes_and_opens_for_the_next_message() {
    let mut world = secure();
    assert!(world.is_open());
    world.run(2 * MINUTE);
    assert!(!world.is_open());
    assert!(world.carrier.is_registered());
    world.run(2 * HOUR);
    assert!(world.server.updates.len() >= 2);
    assert_eq!(
        world.opened.len(),
        world.closed.len() + usize::from(world.is_open())
    );
    assert!(world.opened.len() >= 3);
}

#[test]
fn the_idle_timeout_is_the_configured_one() {
    let mut world = world("coaps://server.example");
    world.config.session_idle_timeout = 300;
    world.start();
    world.run_until_registered();
    world.run(290 * SECOND);
    assert!(world.is_open());
    world.run(30 * SECOND);
    assert!(!world.is_open());
}

#[test]
fn a_plain_link_stays_open() {
    let mut world = plain();
    world.run(DAY);
    assert_eq!((world.opened.len(), world.closed.len()), (1, 0));
}

#[test]
fn without_network_nothing_is_tried_and_afterwards_everything_goes_on() {
    for mut world in [plain(), secure()] {
        world.lose_coverage(true);
        let (opened, heard) = (world.opened.len(), world.server.heard.len());
        world.run(10 * MINUTE);
        assert_eq!(
            (world.opened.len(), world.server.heard.len()),
            (opened, heard)
        );
        world.regain_coverage();
        world.run(HOUR + MINUTE);
        assert!(world.carrier.is_registered());
        assert!(world.server.registration.is_some());
    }
}

#[test]
fn a_registration_that_ran_out_while_offline_is_made_anew() {
    let mut world = secure();
    world.lose_coverage(true);
    world.run(2 * HOUR);
    assert!(world.server.registration.is_none());
    world.regain_coverage();
    world.run(MINUTE);
    assert!(world.server.registration.is_some());
    assert_eq!(world.server.registers.len(), 2);
}

#[test]
fn a_lost_registration_notice_is_made_up_for_by_asking() {
    let mut world = world("coap://server.example");
    world.start();
    while world.modem.attach_at.is_some() {
        world.now += 100;
        world.modem.tick(world.now);
    }
    world.modem.notices.clear();
    world.run(2 * MINUTE);
    assert!(world.carrier.is_registered());
}

#[test]
fn dropped_notifications_lead_to_a_question() {
    let mut world = world("coap://server.example");
    world.start();
    while world.modem.attach_at.is_some() {
        world.now += 100;
        world.modem.tick(world.now);
    }
    world.modem.notices.clear();
    world.input(Input::NotificationsMissed);
    world.run(SECOND);
    assert!(world.carrier.is_registered());
}

#[test]
fn an_application_that_cannot_bring_the_link_up_hears_of_it() {
    let mut world = world("coap://server.example");
    world.application.link_up_answer = -5;
    world.start();
    let error = Event::Error {
        kind: ErrorKind::LinkUp,
        cause: Cause::Code,
        code: -5,
    };
    assert_eq!(world.count(|event| *event == error), 1);
}

#[test]
fn nothing_is_left_out_when_the_link_is_up_though_the_application_says_otherwise() {
    let mut carrier = Carrier::new();
    carrier.identity_mut().imei.push_str("352656100000001").ok();
    let config = Config {
        server_uri: Some("coaps://server.example"),
        psk: Some("00112233445566778899aabbccddeeff"),
        ..Config::NONE
    };
    carrier.start(&config, 1, |_| Settings::NONE);
    let now = Instant::from_millis(1_000);
    let mut asked = Vec::new();
    let mut buffer = [0; carrier_core::config::DATAGRAM];
    while let Some(output) = carrier.poll(now, &mut buffer) {
        let input = match output {
            Output::Load(id) => Input::Loaded(id, None),
            Output::ReadCard => Input::Card(None),
            Output::Event(Event::LinkUp) => Input::EventAnswer(-5),
            Output::Event(_) => Input::EventAnswer(0),
            Output::WriteKeys => Input::KeysWritten(Ok(())),
            Output::Query(query) => {
                asked.push(query);
                let answer = match query {
                    Query::Registration => "+CEREG: 5,5\r\nOK\r\n",
                    Query::Functional => "+CFUN: 4\r\nOK\r\n",
                    _ => "OK\r\n",
                };
                Input::Reply(query, Some(answer))
            }
            _ => continue,
        };
        carrier.input(now, input);
    }
    // Once before the keys are stored, and once after.
    let count = |wanted| asked.iter().filter(|query| **query == wanted).count();
    assert_eq!(count(Query::SubscribeSms), 2);
    assert_eq!(count(Query::Clock), 1);
}

#[test]
fn configurations_that_cannot_work_are_told_and_nothing_is_sent() {
    let cases: [(Config, Cause); 6] = [
        (Config::NONE, Cause::NotSupported),
        (
            Config {
                server_uri: Some("http://x"),
                ..Config::NONE
            },
            Cause::Invalid,
        ),
        (
            Config {
                server_uri: Some("coaps://x"),
                ..Config::NONE
            },
            Cause::Invalid,
        ),
        (
            Config {
                server_uri: Some("coaps://x"),
                is_bootstrap_server: true,
                ..Config::NONE
            },
            Cause::Invalid,
        ),
        (
            Config {
                server_uri: Some("coaps://x"),
                psk: Some("0"),
                ..Config::NONE
            },
            Cause::Invalid,
        ),
        // A build without bootstrap has no way to use it, however its key is written.
        (
            Config {
                server_uri: Some(if cfg!(feature = "bootstrap") {
                    "coaps://x"
                } else {
                    "coap://x"
                }),
                psk: Some("0"),
                is_bootstrap_server: true,
                ..Config::NONE
            },
            if cfg!(feature = "bootstrap") {
                Cause::Invalid
            } else {
                Cause::NotSupported
            },
        ),
    ];
    for (config, cause) in cases {
        let mut world = world("coap://x");
        world.config = config;
        world.start();
        world.run(HOUR);
        let error = Event::Error {
            kind: ErrorKind::Configuration,
            cause,
            code: 0,
        };
        assert_eq!(world.application.events, [(5_000, error)]);
        assert!(world.server.heard.is_empty());
    }
}

#[test]
fn keys_that_cannot_be_stored_are_told_and_tried_again_a_day_later() {
    let mut world = world("coaps://server.example");
    world.key_errors.push_back(-7);
    world.start();
    world.run(HOUR);
    let error = Event::Error {
        kind: ErrorKind::Bootstrap,
        cause: Cause::Code,
        code: -7,
    };
    assert_eq!(world.count(|event| *event == error), 1);
    assert!(!world.carrier.is_registered());
    world.run(DAY);
    assert!(world.carrier.is_registered());
}

#[test]
fn a_link_that_stays_up_although_keys_have_to_be_stored_is_an_error() {
    let mut world = world("coaps://server.example");
    world.modem.stuck_online = true;
    world.start();
    world.run(2 * MINUTE);
    let error = Event::Error {
        kind: ErrorKind::Bootstrap,
        cause: Cause::LinkIsUp,
        code: 0,
    };
    assert_eq!(world.count(|event| *event == error), 1);
}

#[test]
fn thirty_days_of_hourly_updates_leave_no_trace() {
    for uri in ["coap://server.example", "coaps://server.example"] {
        let mut world = world(uri);
        world.start();
        world.run_until_registered();
        let (_, token) = world.observe("/3/0/9");
        world
            .apply(|carrier| carrier.set_power_sources(&[1]))
            .expect("valid");
        let mut a_day = Vec::new();
        for day in 0..30u64 {
            let before = world.server.updates.len();
            for hour in 0..24 {
                let level = ((day * 24 + hour) % 100) as u8;
                world
                    .apply(|carrier| carrier.set_battery_level(level))
                    .expect("declared");
                world.run(HOUR);
            }
            a_day.push(world.server.updates.len() - before);
            assert_eq!(world.carrier.observation_count(), 1);
        }
        assert_eq!(world.server.registers.len(), 1);
        assert!(
            a_day.iter().all(|count| (24..=26).contains(count)),
            "{a_day:?}"
        );
        let notifications = world.take_notifications(&token).len();
        assert!((700..=760).contains(&notifications), "{notifications}");
        assert_eq!(world.delays(), []);
    }
}

#[test]
fn a_link_that_dies_at_once_each_time_is_opened_ever_more_rarely() {
    let mut world = secure();
    let start = world.now;
    let mut deaths = 0;
    while world.now < start + 2 * DAY {
        world.run(5 * SECOND);
        if world.is_open() && world.server.registration.is_some() {
            world.lose_link();
            deaths += 1;
        }
    }
    let told = world.delays();
    assert_eq!(told[..5], [60, 120, 240, 480, 960]);
    assert!(
        told.len() + 3 >= deaths,
        "all but the first of a row are told"
    );
    assert!(deaths < 20, "{deaths}");
}
