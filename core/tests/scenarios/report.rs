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
