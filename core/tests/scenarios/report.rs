//! What is sent again and what is reported late: confirmable messages are composed anew for each transmission, so that
//! everything that changes meanwhile has to reach the server all the same.

use crate::sim::coap::*;
use crate::sim::network::Way;
use crate::sim::*;

fn battery(world: &mut World, percent: u8) {
    world
        .apply(|carrier| carrier.set_battery_level(percent))
        .expect("declared");
}

/// A registered device a day after its battery began to be observed: the next notification is confirmable.
fn with_day_old_observation() -> (World, Vec<u8>) {
    let mut world = plain();
    world
        .apply(|carrier| carrier.set_power_sources(&[1]))
        .expect("valid");
    let (_, token) = world.observe("/3/0/9");
    world.run(DAY);
    (world, token)
}

fn texts(world: &mut World, token: &[u8]) -> Vec<String> {
    let all = world.take_notifications(token);
    all.iter()
        .map(|one| one.message.text().to_owned())
        .collect()
}

#[test]
fn a_lost_confirmable_notification_comes_again_as_it_was() {
    let (mut world, token) = with_day_old_observation();
    world.server.heard.clear();
    world.network.drop_next(Way::ToClient, 1);
    battery(&mut world, 51);
    world.run(MINUTE);
    let heard: Vec<Message> = world
        .server
        .heard
        .iter()
        .map(|(_, message)| message.clone())
        .filter(|message| message.token == token)
        .collect();
    assert_eq!(heard.len(), 2);
    assert_eq!(heard[0], heard[1]);
    assert_eq!(texts(&mut world, &token), ["51"]);
}

#[test]
fn a_value_that_changes_before_the_retransmission_goes_out_with_it_as_new() {
    let (mut world, token) = with_day_old_observation();
    world.network.drop_next(Way::ToServer, 1);
    battery(&mut world, 51);
    world.run(SECOND);
    battery(&mut world, 52);
    world.run(MINUTE);
    let notifications = world.take_notifications(&token);
    let texts: Vec<&str> = notifications.iter().map(|one| one.message.text()).collect();
    assert_eq!(texts, ["52"]);
    assert_eq!(notifications[0].message.kind, Kind::Con);
    battery(&mut world, 53);
    world.run(SECOND);
    let next = world.take_notifications(&token);
    let sequence = |message: &Message| message.option_uint(OBSERVE).expect("Observe");
    assert!(sequence(&next[0].message) > sequence(&notifications[0].message));
}

#[test]
fn a_server_that_knows_the_first_transmission_still_hears_of_the_change() {
    let (mut world, token) = with_day_old_observation();
    // The notification arrives, its acknowledgement does not.
    world.network.drop_next(Way::ToClient, 1);
    battery(&mut world, 51);
    world.run(SECOND);
    battery(&mut world, 52);
    world.run(MINUTE);
    assert_eq!(texts(&mut world, &token), ["51", "52"]);
    assert_eq!(world.carrier.observation_count(), 1);
}

#[test]
fn a_change_while_the_acknowledgement_is_on_its_way_is_reported_after_it() {
    let (mut world, token) = with_day_old_observation();
    battery(&mut world, 51);
    battery(&mut world, 52);
    world.run(SECOND);
    assert_eq!(texts(&mut world, &token), ["51", "52"]);
}

#[test]
fn changes_do_not_make_an_unanswered_notification_immortal() {
    let (mut world, _) = with_day_old_observation();
    world.network.drop_next(Way::ToServer, 5);
    for percent in 0..100 {
        battery(&mut world, percent);
        world.run(2 * SECOND);
    }
    assert_eq!(world.carrier.observation_count(), 0);
}

#[test]
fn a_cancelled_observation_is_not_retransmitted() {
    let (mut world, token) = with_day_old_observation();
    world.network.drop_next(Way::ToServer, 1);
    battery(&mut world, 51);
    let mut cancel = world.request(GET, "/3/0/9").with_uint(OBSERVE, 1);
    cancel.token = token.clone();
    assert_eq!(dotted(world.exchange(&cancel).code), 205);
    world.run(3 * MINUTE);
    assert_eq!(texts(&mut world, &token), [] as [&str; 0]);
    assert!(world.carrier.is_registered());
}

#[test]
#[cfg(feature = "object-portfolio")]
fn an_instance_that_appears_while_register_is_out_is_told_afterwards() {
    let mut world = world("coap://server.example");
    // Register arrives, its answer does not: the server keeps to the list of the first transmission.
    world.network.drop_next(Way::ToClient, 1);
    world.start();
    while world.server.registers.is_empty() {
        assert!(world.step(MINUTE));
    }
    world
        .apply(|carrier| carrier.create_portfolio_instance(2))
        .expect("room");
    world.run(MINUTE);
    assert!(world.carrier.is_registered());
    assert_eq!(world.server.registers.len(), 1);
    let objects = &world.server.registration.as_ref().expect("known").objects;
    assert!(objects.contains("</16/2>"), "{objects}");
}

#[test]
fn a_lifetime_written_while_update_is_out_is_told_afterwards() {
    let mut world = plain();
    world.put("/1/0/1", TEXT, "600");
    // The Update that tells so arrives; its answer does not.
    world.network.drop_next(Way::ToClient, 1);
    world.run(SECOND);
    assert_eq!(world.server.updates.len(), 1);
    world.put("/1/0/1", TEXT, "900");
    world.run(MINUTE);
    assert_eq!(
        world.server.registration.as_ref().expect("known").lifetime,
        900
    );
}

/// A registered device over DTLS whose battery is observed.
fn observed() -> (World, Vec<u8>) {
    let mut world = secure();
    world
        .apply(|carrier| carrier.set_power_sources(&[1]))
        .expect("valid");
    battery(&mut world, 50);
    let (_, token) = world.observe("/3/0/9");
    (world, token)
}

fn offline_for(world: &mut World, span: u64, act: impl FnOnce(&mut World)) {
    world.lose_coverage(true);
    act(world);
    world.run(span);
    world.regain_coverage();
    // The modem looks for a cell.
    world.run(10 * SECOND);
}

#[test]
fn what_changed_without_network_is_reported_after_it_with_the_newest_value() {
    let (mut world, token) = observed();
    let (_, other) = world.observe("/3/0/20");
    offline_for(&mut world, 20 * MINUTE, |world| {
        for percent in [51, 52, 53] {
            battery(world, percent);
            world.run(SECOND);
        }
    });
    world.run(SECOND);
    assert_eq!(texts(&mut world, &token), ["53"]);
    assert_eq!(texts(&mut world, &other), [] as [&str; 0]);
    world.run(HOUR);
    assert_eq!(texts(&mut world, &token), [] as [&str; 0]);
    assert_eq!(world.server.registers.len(), 1);
}

#[test]
fn what_was_silent_longest_is_reported_first() {
    let (mut world, battery_token) = observed();
    let (_, status_token) = world.observe("/3/0/20");
    world.run(SECOND);
    battery(&mut world, 51);
    world.run(SECOND);
    world.server.notifications.clear();
    offline_for(&mut world, 20 * MINUTE, |world| {
        battery(world, 52);
        world
            .apply(|carrier| carrier.set_battery_status(2))
            .expect("declared");
    });
    let tokens: Vec<Vec<u8>> = world
        .server
        .notifications
        .iter()
        .map(|one| one.message.token.clone())
        .collect();
    assert_eq!(tokens, [status_token, battery_token]);
}

#[test]
fn a_server_that_wants_nothing_stored_hears_of_later_changes_only() {
    let (mut world, token) = observed();
    assert_eq!(dotted(world.put("/1/0/6", TEXT, "0").code), 204);
    world.attributes("/3/0/9", "pmax=600");
    offline_for(&mut world, 20 * MINUTE, |world| battery(world, 51));
    world.run(MINUTE);
    assert_eq!(texts(&mut world, &token), [] as [&str; 0]);
    world.run(10 * MINUTE);
    assert_eq!(texts(&mut world, &token), ["51"], "the maximum period");
    battery(&mut world, 52);
    world.run(SECOND);
    assert_eq!(texts(&mut world, &token), ["52"]);
}

#[test]
fn a_notification_that_was_lost_with_its_link_is_sent_again() {
    let (mut world, token) = observed();
    world.run(DAY);
    world.network.is_down = true;
    battery(&mut world, 51);
    world.run(SECOND);
    offline_for(&mut world, 20 * MINUTE, |_| ());
    world.run(MINUTE);
    assert_eq!(texts(&mut world, &token), ["51"]);
    assert_eq!(world.carrier.observation_count(), 1);
}

fn disable(world: &mut World, during: impl FnOnce(&mut World)) {
    world.put("/1/0/5", TEXT, "600");
    assert_eq!(dotted(world.execute("/1/0/4").code), 204);
    world.run(MINUTE);
    assert_eq!(world.server.deregisters.len(), 1);
    during(world);
    world.run(10 * MINUTE);
    assert_eq!(world.server.registers.len(), 2);
}

#[test]
fn what_changed_while_the_server_was_disabled_is_confirmed_or_ends() {
    for rejects in [false, true] {
        let (mut world, token) = observed();
        let (_, unchanged) = world.observe("/3/0/20");
        disable(&mut world, |world| {
            battery(world, 51);
            if rejects {
                world.server.unwanted.push(token.clone());
            }
        });
        world.run(MINUTE);
        let notifications = world.take_notifications(&token);
        if rejects {
            assert_eq!(world.carrier.observation_count(), 0);
            continue;
        }
        assert_eq!(notifications.len(), 1);
        assert_eq!(notifications[0].message.text(), "51");
        assert_eq!(notifications[0].message.kind, Kind::Con);
        battery(&mut world, 52);
        world.run(SECOND);
        let next = world.take_notifications(&token);
        assert_eq!(next[0].message.kind, Kind::Non);
        // Nothing was stored for it, so it ended with the registration.
        world
            .apply(|carrier| carrier.set_battery_status(2))
            .expect("declared");
        world.run(SECOND);
        assert_eq!(texts(&mut world, &unchanged), [] as [&str; 0]);
    }
}

#[test]
fn a_server_that_forgot_without_a_word_costs_one_timeout() {
    let (mut world, _) = observed();
    let (_, _) = world.observe("/3/0/20");
    world.put("/1/0/5", TEXT, "600");
    world.execute("/1/0/4");
    world.run(MINUTE);
    battery(&mut world, 51);
    world
        .apply(|carrier| carrier.set_battery_status(2))
        .expect("declared");
    let end = world.now + 20 * MINUTE;
    while world.server.registers.len() < 2 {
        assert!(world.step(end));
    }
    world.network.drop_next(Way::ToServer, 5);
    world.run(10 * SECOND);
    assert_eq!(world.carrier.observation_count(), 2);
    world.run(2 * MINUTE);
    assert_eq!(world.carrier.observation_count(), 0);
    assert!(world.carrier.is_registered());
}

#[test]
fn nothing_is_stored_for_a_disabled_server_that_does_not_want_it() {
    let (mut world, token) = observed();
    world.put("/1/0/6", TEXT, "0");
    disable(&mut world, |world| battery(world, 51));
    world.run(HOUR);
    assert_eq!(texts(&mut world, &token), [] as [&str; 0]);
    assert_eq!(world.carrier.observation_count(), 0);
}

#[cfg(feature = "object-portfolio")]
#[test]
#[cfg(feature = "object-portfolio")]
fn the_last_notification_of_a_deleted_instance_says_so() {
    let mut world = plain();
    let identity = tlv::entry(
        tlv::MULTIPLE,
        0,
        &tlv::entry(tlv::RESOURCE_INSTANCE, 0, b"x"),
    );
    world.post("/16", TLV, tlv::entry(tlv::INSTANCE, 5, &identity));
    let tokens = ["/16/5", "/16/5/0", "/16"].map(|path| world.observe(path).1);
    assert_eq!(dotted(world.delete("/16/5").code), 202);
    // The first transmission gets lost: it matters enough to be confirmable.
    world.network.drop_next(Way::ToServer, 1);
    world.run(MINUTE);
    for token in &tokens[..2] {
        let notifications = world.take_notifications(token);
        let [last] = &notifications[..] else {
            panic!("{notifications:?}")
        };
        assert_eq!(dotted(last.message.code), 404);
        assert_eq!(last.message.kind, Kind::Con);
        assert_eq!(last.message.option(OBSERVE), None);
    }
    // The object is still there, with one instance less.
    let of_object = world.take_notifications(&tokens[2]);
    assert_eq!(dotted(of_object[0].message.code), 205);
    assert_eq!(world.carrier.observation_count(), 1);
}

#[test]
fn a_value_that_returns_before_the_minimum_period_ends_is_no_crossing() {
    let mut world = plain();
    world
        .apply(|carrier| carrier.set_power_sources(&[1]))
        .expect("valid");
    battery(&mut world, 50);
    world.attributes("/3/0/9", "pmin=60&gt=80&pmax=600");
    let (_, token) = world.observe("/3/0/9");
    for percent in [90, 70, 95, 60] {
        battery(&mut world, percent);
        world.run(5 * SECOND);
    }
    world.run(2 * MINUTE);
    assert_eq!(texts(&mut world, &token), [] as [&str; 0]);
    world.run(10 * MINUTE);
    assert_eq!(texts(&mut world, &token), ["60"], "the maximum period");
}

#[test]
fn thresholds_written_while_a_change_waits_apply_after_it() {
    let mut world = plain();
    world
        .apply(|carrier| carrier.set_power_sources(&[1]))
        .expect("valid");
    battery(&mut world, 50);
    world.attributes("/3/0/9", "pmin=60");
    let (_, token) = world.observe("/3/0/9");
    battery(&mut world, 51);
    world.attributes("/3/0/9", "st=10");
    world.run(2 * MINUTE);
    assert_eq!(texts(&mut world, &token), ["51"]);
    battery(&mut world, 55);
    world.run(2 * MINUTE);
    assert_eq!(texts(&mut world, &token), [] as [&str; 0]);
    battery(&mut world, 61);
    world.run(SECOND);
    assert_eq!(texts(&mut world, &token), ["61"]);
}

#[test]
fn a_token_used_again_goes_on_in_its_sequence() {
    let mut world = plain();
    world
        .apply(|carrier| carrier.set_power_sources(&[1]))
        .expect("valid");
    let (_, token) = world.observe("/3/0/9");
    for percent in 0..50 {
        battery(&mut world, percent);
        world.run(100);
    }
    let notifications = world.take_notifications(&token);
    let last = notifications.last().expect("some");
    let mut cancel = world.request(GET, "/3/0/9").with_uint(OBSERVE, 1);
    cancel.token = token.clone();
    world.exchange(&cancel);
    let mut again = world.request(GET, "/3/0/9").with_uint(OBSERVE, 0);
    again.token = token;
    let answer = world.exchange(&again);
    assert!(answer.option_uint(OBSERVE) > last.message.option_uint(OBSERVE));
}

#[test]
fn default_periods_that_change_during_an_observation_apply_at_once() {
    let mut world = plain();
    world
        .apply(|carrier| carrier.set_power_sources(&[1]))
        .expect("valid");
    let (_, token) = world.observe("/3/0/9");
    world.put("/1/0/3", TEXT, "60");
    world.run(61 * SECOND);
    assert_eq!(world.take_notifications(&token).len(), 1);
    world.put("/1/0/2", TEXT, "30");
    battery(&mut world, 7);
    world.run(20 * SECOND);
    assert_eq!(world.take_notifications(&token).len(), 0);
    world.run(11 * SECOND);
    assert_eq!(texts(&mut world, &token), ["7"]);
}
