//! Registration rows.

use carrier_lab::answer::Answer;
use carrier_lab::coap::{Code, Kind, Message, format, option};
use carrier_lab::event::{Event, Operation};
use carrier_lab::link;
use carrier_lab::request::Request;
use conformance::ENDPOINT;
use conformance::device::EXIT_RESTART;
use conformance::setup::Pair;
use std::time::Duration;

const WAIT: Duration = Duration::from_secs(10);

/// The queries of a message, sorted.
fn queries(message: &Message) -> Vec<String> {
    let mut queries = message.segments(option::URI_QUERY);
    queries.sort();
    queries
}

#[test]
fn rg_01_register_carries_parameters_and_the_client_then_serves() {
    let (pair, registration) = Pair::start(|settings| settings.lifetime(3600)).until_registered();
    let message = &registration.message;
    assert_eq!((message.kind, message.code), (Kind::Con, Code::POST));
    assert_eq!(message.segments(option::URI_PATH), ["rd"]);
    let ep = format!("ep={ENDPOINT}");
    assert_eq!(queries(message), ["b=U", &ep, "lt=3600", "lwm2m=1.0"]);
    assert_eq!(message.uint(option::CONTENT_FORMAT), Some(40));
    assert!(!message.payload.is_empty());
    pair.expect_alive();
    pair.device.wait_event("REGISTERED");
}

#[test]
fn rg_02_object_links_are_complete_and_strict() {
    let (_pair, registration) = Pair::start(|settings| settings).until_registered();
    let text = std::str::from_utf8(&registration.message.payload).unwrap();
    let links = link::parse(text).unwrap();
    let targets: Vec<&str> = links.iter().map(|link| link.target.as_str()).collect();
    for wanted in ["/1/0", "/3/0"] {
        assert!(targets.contains(&wanted), "{text}");
    }
    for link in &links {
        let target = &link.target;
        let object = target.trim_start_matches('/').split('/').next().unwrap();
        assert!(!["0", "21"].contains(&object), "{text}");
        // An object alone stands for one without instances, or has another version than its default.
        let has_instances = targets
            .iter()
            .any(|other| other.starts_with(&format!("{target}/")));
        let version = link.attribute("ver");
        assert_eq!(has_instances, version.is_some(), "{text}");
        assert!(version.is_none() || target == "/10", "{text}");
    }
    // No alternate path, so no root link.
    assert!(!targets.contains(&"/"), "{text}");
}

#[test]
fn rg_03_a_written_lifetime_is_told_by_an_update() {
    let pair = Pair::registered();
    pair.expect(Request::write_text("/1/0/1", "20"), Code::CHANGED);
    let (registration, message) = pair.server.wait_update(WAIT).expect("an Update");
    assert_eq!(message.segments(option::URI_PATH), registration.location);
    assert_eq!(queries(&message), ["lt=20"]);
    assert!(message.payload.is_empty());
    // Its 2.04 is taken: no second transmission.
    std::thread::sleep(Duration::from_millis(3500));
    assert_eq!(pair.updates().len(), 1);
    pair.expect_alive();
}

#[test]
fn rg_04_updates_come_before_the_lifetime_ends() {
    let (pair, _) = Pair::start(|settings| settings.lifetime(20).clock("step")).until_registered();
    for _ in 0..12 {
        pair.device.advance(Duration::from_secs(10));
    }
    let mut last = pair.registers().last().unwrap().0;
    let updates = pair.updates();
    assert!(updates.len() >= 6, "{} Updates in 120 s", updates.len());
    for (at, message) in updates {
        assert!(at - last < 20_000, "{} ms without an Update", at - last);
        assert!(queries(&message).is_empty() && message.payload.is_empty());
        last = at;
    }
    assert_eq!(pair.registers().len(), 1);
}

#[test]
fn rg_05_disable_is_answered_before_the_deregister() {
    let (pair, registration) = Pair::start(|settings| settings.clock("step")).until_registered();
    pair.expect(Request::execute("/1/0/4", ""), Code::CHANGED);
    pair.device.advance(Duration::from_millis(500));
    let gone = pair.server.wait_deregister(WAIT).expect("a De-register");
    assert_eq!(gone.location, registration.location);
    let sent = pair.sent();
    let position =
        |wanted: &dyn Fn(&Message) -> bool| sent.iter().position(|(_, message)| wanted(message));
    let answer = position(&|message| message.kind == Kind::Ack && message.code == Code::CHANGED);
    let delete = position(&|message| message.code == Code::DELETE);
    assert!(answer.unwrap() < delete.unwrap());
}

#[test]
fn rg_06_the_trigger_leads_to_an_update_that_renews_the_lifetime() {
    let (pair, _) = Pair::start(|settings| settings.lifetime(60).clock("step")).until_registered();
    let registered = pair.registers()[0].0;
    pair.device.advance(Duration::from_secs(20));
    pair.expect(Request::execute("/1/0/8", ""), Code::CHANGED);
    let (_, message) = pair.server.wait_update(WAIT).expect("an Update");
    assert!(queries(&message).is_empty() && message.payload.is_empty());
    // Beyond the end of the first lifetime, never longer than one lifetime without an Update.
    for _ in 0..6 {
        pair.device.advance(Duration::from_secs(10));
    }
    let updates: Vec<u64> = pair.updates().iter().map(|(at, _)| *at).collect();
    assert!(updates[0] - registered < 25_000, "{updates:?}");
    assert!(
        updates.windows(2).all(|pair| pair[1] - pair[0] < 60_000),
        "{updates:?}"
    );
    assert!(
        updates.last().unwrap() + 60_000 > registered + 80_000,
        "{updates:?}"
    );
    pair.expect_alive();
}

#[test]
fn rg_07_an_unknown_location_leads_to_a_full_register() {
    let (pair, registration) =
        Pair::start(|settings| settings.lifetime(20).clock("step")).until_registered();
    pair.server.forget_clients();
    pair.device.advance(Duration::from_secs(12));
    let again = pair.wait_register();
    assert_eq!(queries(&again.message), queries(&registration.message));
    assert_eq!(again.message.payload, registration.message.payload);
    let answered = pair
        .server
        .events()
        .into_iter()
        .any(|(_, event)| matches!(event, Event::Attempt(Operation::Update, ..)));
    assert!(answered, "the Update that was answered 4.04");
    pair.expect_alive();
}

#[test]
fn rg_08_any_error_to_an_update_leads_to_a_register() {
    let pair = Pair::registered();
    let errors = (0..=15).map(|detail| Code::of(4, detail));
    for error in errors.chain((0..=5).map(|detail| Code::of(5, detail))) {
        pair.server.discard_events();
        pair.server
            .answer(Operation::Update, Answer::Code(error, None), Some(1));
        pair.expect(Request::execute("/1/0/8", ""), Code::CHANGED);
        let again = pair.server.wait_register(WAIT);
        assert!(again.is_some(), "no Register after {error}");
        pair.expect_alive();
    }
}

#[test]
fn rg_09_location_segments_come_back_as_they_were_given() {
    let pair = Pair::start(|settings| settings.clock("step"));
    // 1, 3, 13 and 19 bytes: the option length takes one or two bytes.
    let segments = ["r", "d%2", "thirteen-char", "nineteen-characters"];
    pair.server.set_location(&segments);
    let registration = pair.wait_registered();
    assert_eq!(registration.location, segments);
    pair.expect(Request::execute("/1/0/8", ""), Code::CHANGED);
    let (_, update) = pair.server.wait_update(WAIT).expect("an Update");
    assert_eq!(update.segments(option::URI_PATH), segments);
    pair.expect(Request::execute("/1/0/4", ""), Code::CHANGED);
    pair.device.advance(Duration::from_millis(500));
    pair.server.wait_deregister(WAIT).expect("a De-register");
    let sent = pair.sent();
    let (_, delete) = sent
        .iter()
        .find(|(_, message)| message.code == Code::DELETE)
        .unwrap();
    assert_eq!(delete.segments(option::URI_PATH), segments);
}

#[test]
fn rg_10_a_separate_response_is_taken_and_acknowledged() {
    let pair = Pair::start(|settings| settings.option("--lazy", "1"));
    pair.server.answer(
        Operation::Register,
        Answer::Separate(Duration::from_secs(1)),
        Some(1),
    );
    pair.device.wait_event("LTE_LINK_UP");
    pair.device.control("at AT+CFUN=1");
    pair.device.wait_event("REGISTERED");
    pair.expect_alive();
    assert_eq!(pair.registers().len(), 1, "transmissions of the Register");
    let acknowledged = pair
        .sent()
        .iter()
        .any(|(_, message)| message.kind == Kind::Ack && message.code == Code::EMPTY);
    assert!(acknowledged, "the separate response");
}

#[test]
fn rg_11_a_new_instance_is_told_with_the_complete_list() {
    let (mut pair, first) =
        Pair::start(|settings| settings.lifetime(120).clock("step")).until_registered();
    pair.device.tell("portfolio create 3");
    // The next Update is due after half the lifetime.
    pair.device.advance(Duration::from_secs(65));
    let (registration, message) = pair.server.wait_update(WAIT).expect("an Update");
    assert_eq!(message.uint(option::CONTENT_FORMAT), Some(40));
    assert_eq!(registration.links.len(), first.links.len() + 1);
    for target in ["/1/0", "/3/0", "/16/0", "/16/3"] {
        let listed = registration.links.iter().any(|link| link.target == target);
        assert!(listed, "{target}");
    }
}

#[test]
fn rg_12_a_refused_register_is_repeated_slowly() {
    for refusal in [Code::BAD_REQUEST, Code::FORBIDDEN, Code::of(5, 0)] {
        let pair = Pair::start(|settings| settings.clock("step"));
        pair.server
            .answer(Operation::Register, Answer::Code(refusal, None), Some(1));
        let deferred = pair
            .device
            .advance_to_event("DEFERRED", Duration::from_secs(60));
        assert_eq!(
            (deferred.number(0), deferred.number(1)),
            (7, 60),
            "{refusal}"
        );
        let (_, peer) = attempts(&pair)[0];
        let read = Request::read("/3/0/2").timeout(Duration::from_millis(300));
        let served = pair.server.send_to(peer, read);
        assert!(
            !served.is_ok_and(|reply| reply.code().is_success()),
            "{refusal}"
        );
        let again = pair.wait_register();
        assert_eq!(again.endpoint, ENDPOINT);
        let times: Vec<u64> = pair.registers().iter().map(|(at, _)| *at).collect();
        assert_eq!(times.len(), 2, "{refusal}");
        assert!(times[1] - times[0] >= 60_000, "{refusal}: {times:?}");
    }
}

/// Attempts to register, and from where.
fn attempts(pair: &Pair) -> Vec<(Message, carrier_lab::server::Peer)> {
    let events = pair.server.events().into_iter();
    events
        .filter_map(|(_, event)| match event {
            Event::Attempt(Operation::Register, peer, message) => Some((message, peer)),
            _ => None,
        })
        .collect()
}

/// The interface has no call to stop the client; the orderly stop is the one before a restart.
#[test]
fn rg_14_an_orderly_stop_deregisters() {
    let (mut pair, registration) = Pair::start(|settings| settings).until_registered();
    pair.expect(Request::execute("/3/0/4", ""), Code::CHANGED);
    let gone = pair.server.wait_deregister(WAIT).expect("a De-register");
    assert_eq!(gone.location, registration.location);
    assert_eq!(pair.device.wait_exit().code(), Some(EXIT_RESTART));
    // 2.02 was taken: one transmission, and nothing after it.
    let sent = pair.sent();
    assert_eq!(
        sent.iter()
            .filter(|(_, message)| message.code == Code::DELETE)
            .count(),
        1
    );
    assert_eq!(sent.last().unwrap().1.code, Code::DELETE);
}

#[test]
fn rg_15_a_wrong_token_is_no_answer() {
    let pair = Pair::start(|settings| settings.clock("step"));
    pair.server
        .answer(Operation::Register, Answer::WrongToken, Some(1));
    pair.wait_registered();
    let registers = pair.registers();
    let [(first, one), (second, two)] = &registers[..] else {
        panic!("{} transmissions", registers.len());
    };
    assert_eq!(one, two);
    assert!(
        (1_900..=3_100).contains(&(second - first)),
        "{} ms",
        second - first
    );
    pair.expect_alive();
}

#[test]
fn rg_16_version_1_0_has_its_mode_in_the_binding() {
    let (_pair, registration) = Pair::start(|settings| settings).until_registered();
    assert_eq!(registration.version, "1.0");
    assert!(!registration.queue_mode);
    assert!(
        ["U", "UQ"].contains(&registration.binding.as_str()),
        "{}",
        registration.binding
    );
    // Payload and queries fit into the one message that was seen.
    assert_eq!(
        registration.message.uint(option::CONTENT_FORMAT),
        Some(format::LINK.into())
    );
}
