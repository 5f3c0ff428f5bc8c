//! Register, Update, De-register (OMA LwM2M TS Core 6.2).

use carrier_core::{Event, Live};

use crate::sim::coap::*;
use crate::sim::network::Way;
use crate::sim::server::Reaction;
use crate::sim::*;

#[test]
#[cfg(feature = "access-control")]
fn a_registration_names_endpoint_lifetime_version_binding_and_objects() {
    let world = plain();
    let registration = world.server.registration.clone().expect("registered");
    assert_eq!(
        registration.query,
        ["ep=urn:imei:352656100000001", "lt=3600", "lwm2m=1.0", "b=U"]
    );
    assert!(
        registration.objects.starts_with("</1/0>,</2>,</3/0>"),
        "{}",
        registration.objects
    );
    let register = &world.server.registers[0].message;
    assert_eq!(register.option_uint(CONTENT_FORMAT), Some(u32::from(LINK)));
    assert_eq!(
        register.token.len(),
        4,
        "a token nobody can guess without security"
    );
    assert_eq!(world.count(|event| *event == Event::Registered), 1);
}

#[test]
fn over_dtls_keys_are_stored_while_the_link_is_down_and_tokens_are_left_out() {
    let world = secure();
    let events: Vec<Event> = world
        .application
        .events
        .iter()
        .map(|(_, event)| *event)
        .collect();
    assert_eq!(
        events,
        [
            Event::LinkUp,
            Event::LinkDown,
            Event::LinkUp,
            Event::Registered
        ]
    );
    assert_eq!(world.server.registers[0].message.token, []);
    assert!(!world.modem.keys.is_empty());
}

#[test]
fn updates_keep_the_registration_alive_and_carry_nothing_that_did_not_change() {
    let mut world = plain();
    world.run(DAY);
    assert!(world.server.registration.is_some());
    assert_eq!(world.server.registers.len(), 1);
    assert!(
        (24..=26).contains(&world.server.updates.len()),
        "{}",
        world.server.updates.len()
    );
    for update in &world.server.updates {
        assert_eq!(update.message.texts(URI_PATH), ["rd", "1a2b"]);
        assert_eq!(update.message.texts(URI_QUERY), [] as [&str; 0]);
        assert_eq!(update.message.payload, b"");
    }
}

#[test]
fn an_update_starts_early_enough_for_all_its_retransmissions() {
    let mut world = plain();
    let expires = world
        .server
        .registration
        .as_ref()
        .expect("registered")
        .expires;
    world.run(HOUR);
    let first = world.server.updates.first().expect("an update").at;
    assert!(first + 93 * SECOND < expires, "{first} {expires}");
}

#[test]
fn a_short_lifetime_is_halved() {
    let mut world = world("coap://server.example");
    world.config.server_lifetime = 60;
    world.start();
    world.run_until_registered();
    world.run(10 * MINUTE);
    assert_eq!(world.server.registers.len(), 1);
    assert!((19..=22).contains(&world.server.updates.len()));
}

#[test]
fn a_written_lifetime_goes_out_with_an_update_at_once() {
    let mut world = plain();
    assert_eq!(dotted(world.put("/1/0/1", TEXT, "7200").code), 204);
    world.run(SECOND);
    let update = &world.server.updates[0].message;
    assert_eq!(update.texts(URI_QUERY), ["lt=7200"]);
    assert_eq!(
        world
            .server
            .registration
            .as_ref()
            .expect("registered")
            .lifetime,
        7_200
    );
}

#[test]
fn the_update_trigger_sends_an_update() {
    let mut world = plain();
    assert_eq!(dotted(world.execute("/1/0/8").code), 204);
    world.run(SECOND);
    assert_eq!(world.server.updates.len(), 1);
}

#[test]
#[cfg(feature = "object-portfolio")]
fn a_created_instance_is_told_with_the_whole_object_list() {
    let mut world = plain();
    let identity = tlv::entry(
        tlv::MULTIPLE,
        0,
        &tlv::entry(tlv::RESOURCE_INSTANCE, 0, b"Host Device 2"),
    );
    let response = world.post("/16", TLV, tlv::entry(tlv::INSTANCE, 5, &identity));
    assert_eq!(dotted(response.code), 201);
    world.run(SECOND);
    let update = &world.server.updates[0].message;
    assert_eq!(update.option_uint(CONTENT_FORMAT), Some(u32::from(LINK)));
    assert!(update.text().contains("</16/5>"), "{}", update.text());
    assert!(update.text().contains("</3/0>"));
}

#[test]
#[cfg(feature = "object-portfolio")]
fn an_instance_created_by_the_application_is_told_as_well() {
    let mut world = plain();
    world
        .apply(|carrier| carrier.create_portfolio_instance(3))
        .expect("there is room");
    world.run(SECOND);
    assert_eq!(world.server.updates.len(), 1);
    assert!(world.server.updates[0].message.text().contains("</16/3>"));
}

#[test]
fn an_update_for_an_unknown_registration_leads_to_a_new_one() {
    let mut world = plain();
    world.server.forget();
    world.run(2 * HOUR);
    assert_eq!(world.server.registers.len(), 2);
    assert!(world.server.registration.is_some());
    assert_eq!(
        world.count(|event| matches!(event, Event::Deferred { .. })),
        0
    );
}

#[test]
fn an_unanswered_update_leads_to_a_new_registration() {
    let mut world = plain();
    world.server.reactions.push_back(Reaction::Silent);
    world.run(2 * HOUR);
    assert_eq!(world.server.registers.len(), 2);
    assert!(world.server.registration.is_some());
}

#[test]
fn a_response_in_a_message_of_its_own_is_awaited_and_acknowledged() {
    for delay in [10, 5_000, 120_000] {
        let mut world = world("coap://server.example");
        world.server.reactions.push_back(Reaction::Separate(delay));
        world.start();
        world.run(3 * MINUTE);
        assert!(world.carrier.is_registered(), "after {delay}");
        assert_eq!(world.server.registers.len(), 1);
        assert_eq!(world.server.rejected, []);
        let acknowledged = world
            .server
            .heard
            .iter()
            .any(|(_, message)| message.kind == Kind::Ack);
        assert!(acknowledged);
    }
}

#[test]
fn a_repeated_separate_response_is_acknowledged_again() {
    let mut world = world("coap://server.example");
    world.server.reactions.push_back(Reaction::Separate(500));
    world.start();
    while !world.carrier.is_registered() {
        // The acknowledgement of the response is lost once, so the server repeats it.
        let before = world.server.heard.len();
        assert!(world.step(world.now + MINUTE));
        if before == 0 && world.server.heard.len() == 1 {
            world.network.drop_next(Way::ToServer, 1);
        }
    }
    world.run(MINUTE);
    assert_eq!(world.server.rejected, [] as [u16; 0]);
}

#[test]
fn over_dtls_an_old_response_is_not_taken_for_the_answer_to_the_next_request() {
    let mut world = secure();
    world.server.reactions.push_back(Reaction::Separate(500));
    world.execute("/1/0/8");
    world.run(SECOND);
    let (_, acknowledgement) = world.server.heard.last().expect("something was heard");
    assert_eq!(acknowledgement.kind, Kind::Ack);
    // The network repeats the response to this Update while the next one is unanswered.
    let again = Message::new(Kind::Con, code(204), acknowledgement.id, &[]);
    world.server.reactions.push_back(Reaction::Silent);
    world.execute("/1/0/8");
    world.run(100);
    world.deliver(&again.encode());
    world.run(5 * MINUTE);
    assert_eq!(world.server.rejected, [] as [u16; 0]);
    assert_eq!(
        world.server.registers.len(),
        2,
        "the unanswered Update was noticed"
    );
}

#[test]
fn over_dtls_an_empty_message_is_no_answer() {
    let mut world = secure();
    world.server.reactions.push_back(Reaction::Separate(2_000));
    world.execute("/1/0/8");
    world.run(500);
    world.deliver(&Message::new(Kind::Non, 0, 77, &[]).encode());
    world.run(MINUTE);
    assert_eq!(world.server.registers.len(), 1);
    assert!(world.carrier.is_registered());
}

#[test]
fn disable_deregisters_stays_away_and_comes_back() {
    let mut world = plain();
    assert_eq!(dotted(world.put("/1/0/5", TEXT, "600").code), 204);
    assert_eq!(dotted(world.execute("/1/0/4").code), 204);
    world.run(10 * SECOND);
    assert_eq!(world.server.deregisters.len(), 1);
    assert!(world.server.registration.is_none());
    assert!(!world.is_open());
    let heard = world.server.heard.len();
    world.run(9 * MINUTE);
    assert_eq!(world.server.heard.len(), heard, "silence while disabled");
    world.run(2 * MINUTE);
    assert_eq!(world.server.registers.len(), 2);
    assert!(world.server.registration.is_some());
}

#[test]
fn an_acknowledgement_with_another_token_is_no_answer() {
    let mut world = world("coap://server.example");
    world.server.reactions.push_back(Reaction::Silent);
    world.start();
    let end = world.now + MINUTE;
    while world.server.registers.is_empty() {
        assert!(world.step(end));
    }
    let register = world.server.registers[0].message.clone();
    let forged = Message::new(Kind::Ack, code(201), register.id, &[1, 2, 3, 4])
        .with(LOCATION_PATH, "rd")
        .with(LOCATION_PATH, "evil");
    world.deliver(&forged.encode());
    assert!(!world.carrier.is_registered());
    let right = Message {
        token: register.token.clone(),
        ..forged
    };
    world.deliver(&right.encode());
    assert!(world.carrier.is_registered());
}

#[test]
fn requests_before_the_registration_is_confirmed_are_not_served() {
    let mut world = world("coap://server.example");
    world.server.reactions.push_back(Reaction::Separate(20_000));
    world.start();
    world.run(5 * SECOND);
    let heard = world.server.heard.len();
    let request = world.request(GET, "/3/0/0");
    world.deliver(&request.encode());
    world.run(SECOND);
    assert_eq!(world.server.heard.len(), heard);
}

#[test]
fn the_time_passing_in_the_application_is_no_reason_to_send() {
    let mut world = plain();
    let (_, token) = world.observe("/3/0/13");
    for second in 0..60 {
        world.application.utc_time += 1;
        let utc_time = world.application.utc_time;
        world.apply(|carrier| {
            carrier.live(&Live {
                utc_time,
                utc_offset: 120,
                timezone: "Europe/Oslo",
                memory_free: 100,
            })
        });
        world.run(SECOND);
        assert_eq!(world.take_notifications(&token).len(), 0, "second {second}");
    }
}
