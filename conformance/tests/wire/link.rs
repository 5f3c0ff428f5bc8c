//! The way to the network: card, coverage, packet data, and an application that takes its time.

use carrier_lab::coap::Code;
use carrier_lab::request::Request;
use conformance::setup::Pair;
use std::time::Duration;

const SHORT: Duration = Duration::from_millis(400);

fn read() -> Request {
    Request::read("/3/0/2").timeout(SHORT)
}

/// Lets time pass until reads are served again; whoever is asked is the newest registration.
fn until_served(pair: &Pair, limit: Duration) {
    let step = limit / 60;
    for _ in 0..60 {
        pair.device.advance(step);
        if pair
            .try_ask(read())
            .is_ok_and(|reply| reply.code() == Code::CONTENT)
        {
            return;
        }
    }
    panic!("not served within {limit:?} of simulated time");
}

#[test]
fn a_card_without_a_number_is_enough() {
    let profile = r#"{"msisdn": null, "delays": {"card": 5, "attach": 20, "time": 30}}"#;
    let (pair, _) = Pair::start(|settings| settings.profile(profile)).until_registered();
    pair.expect_alive();
    pair.device.wait_event("REGISTERED");
    assert_eq!(pair.device.count("DEFERRED"), 0);
}

#[test]
fn init_waits_for_a_card() {
    let pair = Pair::start(|settings| settings.scenario("sim missing").clock("step"));
    pair.device.advance(Duration::from_secs(90));
    assert!(pair.device.event_names().is_empty());
    assert!(pair.device.look_for_event("INIT", SHORT).is_none());
    pair.device.control("sim ready");
    pair.wait_registered();
    assert_eq!(pair.device.wait_line("init "), "init 0");
    assert_eq!(
        pair.device.event_names(),
        ["INIT", "LTE_LINK_UP", "REGISTERED"]
    );
}

#[test]
fn coverage_that_comes_late_is_awaited() {
    let pair = Pair::start(|settings| settings.scenario("coverage off").clock("step"));
    pair.device.advance(Duration::from_secs(3600));
    pair.device.wait_event("LTE_LINK_UP");
    assert!(pair.wire().is_empty());
    // Nothing failed: there was nothing to try.
    assert_eq!(pair.device.event_names(), ["INIT", "LTE_LINK_UP"]);
    pair.device.control("coverage on");
    pair.wait_registered();
}

#[test]
fn lost_coverage_that_comes_back_is_survived() {
    let (pair, _) = Pair::start(|settings| settings.lifetime(60).clock("step")).until_registered();
    pair.expect_alive();
    pair.device.control("coverage off");
    assert!(pair.try_ask(read()).is_err());
    pair.device.advance(Duration::from_secs(600));
    pair.device.control("coverage on");
    until_served(&pair, Duration::from_secs(600));
}

#[test]
fn a_lost_network_leads_to_a_new_registration() {
    let (pair, _) = Pair::start(|settings| settings.clock("step")).until_registered();
    pair.device.control("link drop 30s lose");
    pair.device.advance(Duration::from_secs(20));
    assert!(pair.try_ask(read()).is_err());
    // Without security the device's address may be another now, so an Update from there is not enough.
    let again = pair.wait_registered();
    assert_eq!(again.lifetime, 3600);
    pair.expect_alive();
    assert_eq!(
        pair.device.count("REGISTERED"),
        1,
        "only the first registration is told"
    );
}

#[test]
fn a_lazy_application_is_awaited() {
    let pair = Pair::start(|settings| settings.option("--lazy", "1").clock("step"));
    pair.device.advance(Duration::from_secs(600));
    pair.device.wait_event("LTE_LINK_UP");
    assert_eq!(pair.device.event_names(), ["INIT", "LTE_LINK_UP"]);
    pair.device.control("at AT+CFUN=1");
    pair.wait_registered();
}

#[test]
fn an_application_that_fails_to_bring_the_link_up_is_told() {
    let pair = Pair::start(|settings| {
        settings
            .option("--lazy", "1")
            .option("--link-answer", "-5")
            .clock("step")
    });
    let error = pair
        .device
        .advance_to_event("ERROR", Duration::from_secs(60));
    assert_eq!((error.number(0), error.number(1)), (1, -5));
    pair.device.control("at AT+CFUN=1");
    pair.wait_registered();
}
