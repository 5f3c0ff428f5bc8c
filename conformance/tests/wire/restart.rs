//! Restarts, what survives them, factory reset and Disable.

use carrier_lab::coap::{Code, Message, option};
use carrier_lab::request::Request;
use conformance::device::EXIT_RESTART;
use conformance::setup::Pair;
use std::time::Duration;

const WAIT: Duration = Duration::from_secs(10);

fn lifetime(message: &Message) -> Option<String> {
    message.query("lt")
}

#[test]
fn a_reboot_is_told_step_by_step_and_leads_to_a_new_life() {
    let (mut pair, _) = Pair::start(|settings| settings).until_registered();
    pair.expect(Request::execute("/3/0/4", ""), Code::CHANGED);
    assert_eq!(pair.device.wait_exit().code(), Some(EXIT_RESTART));
    pair.device.start_again();
    pair.wait_registered();
    pair.expect_alive();
    let names = pair.device.event_names();
    let life = ["INIT", "LTE_LINK_UP", "REGISTERED"];
    let wanted = [&life[..], &["REBOOT", "LTE_POWER_OFF"], &life[..]].concat();
    assert_eq!(names, wanted);
}

#[test]
fn an_application_may_refuse_a_reboot() {
    let (mut pair, _) = Pair::start(|settings| settings).until_registered();
    pair.device.tell("reboot-answer 1");
    pair.expect(Request::execute("/3/0/4", ""), Code::CHANGED);
    pair.device.wait_event("REBOOT");
    std::thread::sleep(Duration::from_millis(500));
    assert!(pair.device.is_alive());
    assert_eq!(pair.device.count("LTE_POWER_OFF"), 0);
}

#[test]
fn what_a_server_set_survives_a_power_cut() {
    let (mut pair, first) = Pair::start(|settings| settings.lifetime(3600)).until_registered();
    assert_eq!(lifetime(&first.message).as_deref(), Some("3600"));
    for (path, value) in [
        ("/1/0/1", "777"),
        ("/1/0/2", "3"),
        ("/1/0/5", "42"),
        ("/1/0/6", "0"),
    ] {
        pair.expect(Request::write_text(path, value), Code::CHANGED);
    }
    pair.server.wait_update(WAIT).expect("an Update");
    // The last write is stored before the next request is served.
    pair.expect_alive();
    pair.device.power_cut();
    pair.device.start_again();
    let again = pair.wait_registered();
    assert_eq!(lifetime(&again.message).as_deref(), Some("777"));
    for (path, value) in [
        ("/1/0/1", "777"),
        ("/1/0/2", "3"),
        ("/1/0/5", "42"),
        ("/1/0/6", "0"),
    ] {
        let reply = pair.expect(Request::read_as(path, 0), Code::CONTENT);
        assert_eq!(reply.text(), value, "{path}");
    }
}

#[test]
fn another_server_begins_with_its_own_settings() {
    let (mut pair, _) = Pair::start(|settings| settings.lifetime(3600)).until_registered();
    pair.expect(Request::write_text("/1/0/1", "777"), Code::CHANGED);
    pair.server.wait_update(WAIT).expect("an Update");
    pair.device.power_cut();
    let other = carrier_lab::server::Server::plain().unwrap();
    pair.device.settings().options[0].1 = other.uris()[0].clone();
    pair.device.start_again();
    let registration = other.wait_register(WAIT).expect("a Register");
    assert_eq!(registration.lifetime, 3600);
}

#[test]
fn a_factory_reset_forgets_what_the_server_set() {
    let (pair, _) = Pair::start(|settings| settings.lifetime(3600)).until_registered();
    pair.device.wait_event("REGISTERED");
    pair.expect(Request::write_text("/1/0/1", "777"), Code::CHANGED);
    pair.server.wait_update(WAIT).expect("an Update");
    pair.expect(Request::observe("/3/0/9"), Code::CONTENT);
    pair.expect(Request::execute("/3/0/5", ""), Code::CHANGED);
    let again = pair.wait_registered();
    assert_eq!(again.lifetime, 3600);
    pair.device.wait_event("REGISTERED");
    let reply = pair.expect(Request::read_as("/1/0/1", 0), Code::CONTENT);
    assert_eq!(reply.text(), "3600");
}

#[test]
fn a_factory_reset_lasts_over_a_restart_and_writes_keys_again() {
    let (mut pair, _) = Pair::start_secure(|settings| settings.lifetime(3600)).until_registered();
    pair.device.wait_event("REGISTERED");
    pair.expect(Request::write_text("/1/0/1", "777"), Code::CHANGED);
    pair.server.wait_update(WAIT).expect("an Update");
    pair.server.discard_events();
    pair.expect(Request::execute("/3/0/5", ""), Code::CHANGED);
    pair.wait_registered();
    pair.device.wait_event("REGISTERED");
    assert_eq!(pair.device.count("LTE_LINK_DOWN"), 2);
    pair.device.power_cut();
    pair.device.start_again();
    assert_eq!(pair.wait_registered().lifetime, 3600);
}

#[test]
fn a_disabled_server_is_left_alone_for_its_time() {
    let (pair, _) = Pair::start(|settings| settings.clock("step")).until_registered();
    pair.expect(Request::write_text("/1/0/5", "100"), Code::CHANGED);
    pair.expect(Request::execute("/1/0/4", ""), Code::CHANGED);
    pair.device.advance(Duration::from_millis(500));
    pair.server.wait_deregister(WAIT).expect("a De-register");
    let left = pair.sent().last().unwrap().0;
    let quiet_since = pair.wire().len();
    pair.device.advance(Duration::from_secs(98));
    assert_eq!(
        pair.wire().len(),
        quiet_since,
        "datagrams of a disabled client"
    );
    let again = pair.wait_registered();
    assert_eq!(again.message.segments(option::URI_PATH), ["rd"]);
    let at = pair.registers().last().unwrap().0;
    assert!(
        (99_500..=105_000).contains(&(at - left)),
        "{} ms",
        at - left
    );
    pair.expect_alive();
}

#[test]
fn a_power_cut_leads_to_a_new_registration() {
    let (mut pair, first) = Pair::start(|settings| settings).until_registered();
    pair.device.power_cut();
    pair.device.start_again();
    let again = pair.wait_registered();
    assert_ne!(again.location, first.location);
    assert_eq!(again.message.payload, first.message.payload);
    pair.expect_alive();
}
