//! Observations and notification attributes (RFC 7641, OMA LwM2M TS Core 5.1.2 and 6.4).

use carrier_core::config::OBSERVATIONS;

use crate::sim::coap::*;
use crate::sim::network::Way;
use crate::sim::*;

/// A registered device with a battery at 50 percent.
fn with_battery() -> World {
    let mut world = plain();
    world
        .apply(|carrier| carrier.set_power_sources(&[1, 5]))
        .expect("valid");
    battery(&mut world, 50);
    world
}

fn battery(world: &mut World, percent: u8) {
    world
        .apply(|carrier| carrier.set_battery_level(percent))
        .expect("declared");
}

/// Lets the notifications under way arrive and gives their payloads.
fn values(world: &mut World, token: &[u8]) -> Vec<String> {
    world.run(SECOND / 2);
    let all = world.take_notifications(token);
    all.iter()
        .map(|one| one.message.text().to_owned())
        .collect()
}

#[test]
fn a_change_is_notified_with_the_observers_token_and_a_later_sequence() {
    let mut world = with_battery();
    let (response, token) = world.observe("/3/0/9");
    assert_eq!((dotted(response.code), response.text()), (205, "50"));
    let first = response.option_uint(OBSERVE).expect("Observe");
    battery(&mut world, 51);
    world.run(SECOND);
    let notifications = world.take_notifications(&token);
    let [notification] = &notifications[..] else {
        panic!("{notifications:?}")
    };
    assert_eq!(notification.message.kind, Kind::Non);
    assert_eq!(dotted(notification.message.code), 205);
    assert_eq!(notification.message.text(), "51");
    assert!(notification.message.option_uint(OBSERVE).expect("Observe") > first);
}

#[test]
fn sequence_numbers_only_rise() {
    let mut world = with_battery();
    let (response, token) = world.observe("/3/0/9");
    let mut last = response.option_uint(OBSERVE).expect("Observe");
    for turn in 0..600u32 {
        battery(&mut world, (turn % 100) as u8);
        world.run(100);
        for one in world.take_notifications(&token) {
            let sequence = one.message.option_uint(OBSERVE).expect("Observe");
            assert!(sequence > last && sequence < 1 << 24);
            last = sequence;
        }
    }
    assert!(last >= 590);
}

#[test]
fn notifications_keep_the_format_the_observer_asked_for() {
    let mut world = with_battery();
    let request = world
        .request(GET, "/3/0/9")
        .with_uint(OBSERVE, 0)
        .with_uint(ACCEPT, u32::from(TLV));
    let response = world.exchange(&request);
    assert_eq!(tlv::find(&tlv::decode(&response.payload), 9).number(), 50);
    battery(&mut world, 49);
    world.run(SECOND);
    let notifications = world.take_notifications(&request.token);
    let message = &notifications[0].message;
    assert_eq!(message.option_uint(CONTENT_FORMAT), Some(u32::from(TLV)));
    assert_eq!(tlv::find(&tlv::decode(&message.payload), 9).number(), 49);
}

#[test]
fn an_observer_of_object_or_instance_hears_of_every_resource() {
    let mut world = with_battery();
    for path in ["/3", "/3/0"] {
        let (_, token) = world.observe(path);
        world
            .apply(|carrier| carrier.add_error_code(1))
            .expect("valid");
        world
            .apply(|carrier| carrier.remove_error_code(1))
            .expect("listed");
        world.run(SECOND);
        let notifications = world.take_notifications(&token);
        assert!(!notifications.is_empty(), "{path}");
        assert_eq!(
            notifications[0].message.option_uint(CONTENT_FORMAT),
            Some(u32::from(TLV))
        );
    }
}

#[test]
fn other_resources_are_no_business_of_an_observer() {
    let mut world = with_battery();
    let (_, token) = world.observe("/3/0/9");
    world
        .apply(|carrier| carrier.set_power_source_voltage(1, 3_700))
        .expect("declared");
    world.execute("/1/0/8");
    world.put("/1/0/2", TEXT, "0");
    world.execute("/3/0/12");
    assert_eq!(values(&mut world, &token), [] as [&str; 0]);
}

#[test]
fn the_same_value_again_is_no_change() {
    let mut world = with_battery();
    let (_, token) = world.observe("/3/0/9");
    battery(&mut world, 50);
    assert_eq!(values(&mut world, &token), [] as [&str; 0]);
}

#[test]
fn within_the_minimum_period_changes_wait_and_only_the_newest_is_sent() {
    let mut world = with_battery();
    assert_eq!(dotted(world.attributes("/3/0/9", "pmin=30").code), 204);
    let (_, token) = world.observe("/3/0/9");
    let begin = world.now;
    for percent in 60..70 {
        battery(&mut world, percent);
        world.run(SECOND);
    }
    assert_eq!(world.take_notifications(&token).len(), 0);
    world.run(30 * SECOND);
    let notifications = world.take_notifications(&token);
    assert_eq!(notifications.len(), 1);
    assert_eq!(notifications[0].message.text(), "69");
    let after = notifications[0].at - begin;
    assert!((29_900..31_000).contains(&after), "{after}");
}

#[test]
fn after_the_maximum_period_the_value_is_sent_unchanged() {
    let mut world = with_battery();
    assert_eq!(dotted(world.attributes("/3/0/9", "pmax=60").code), 204);
    let (_, token) = world.observe("/3/0/9");
    world.run(10 * MINUTE);
    let notifications = world.take_notifications(&token);
    assert!(
        (9..=10).contains(&notifications.len()),
        "{}",
        notifications.len()
    );
    assert!(notifications.iter().all(|one| one.message.text() == "50"));
}

#[test]
fn a_maximum_period_below_the_minimum_does_not_count() {
    let mut world = with_battery();
    world.attributes("/3/0/9", "pmin=60");
    world.attributes("/3/0/9", "pmax=10");
    let (_, token) = world.observe("/3/0/9");
    world.run(10 * MINUTE);
    assert_eq!(world.take_notifications(&token).len(), 0);
}

#[test]
fn the_servers_default_periods_apply_where_no_attribute_says_otherwise() {
    let mut world = with_battery();
    assert_eq!(dotted(world.put("/1/0/3", TEXT, "100").code), 204);
    let (_, token) = world.observe("/3/0/9");
    world.run(1_050 * SECOND);
    assert_eq!(world.take_notifications(&token).len(), 10);
    world.attributes("/3/0", "pmax=500");
    world.run(1_050 * SECOND);
    assert!((2..=3).contains(&world.take_notifications(&token).len()));
}

#[test]
fn crossing_a_threshold_in_either_direction_is_notified_and_nothing_else() {
    let mut world = with_battery();
    assert_eq!(dotted(world.attributes("/3/0/9", "lt=20&gt=80").code), 204);
    let (_, token) = world.observe("/3/0/9");
    let expected: [(u8, &[&str]); 8] = [
        (60, &[]),
        (80, &[]),
        (81, &["81"]),
        (95, &[]),
        (79, &["79"]),
        (20, &[]),
        (19, &["19"]),
        (21, &["21"]),
    ];
    for (percent, wanted) in expected {
        battery(&mut world, percent);
        assert_eq!(values(&mut world, &token), wanted, "at {percent}");
    }
}

#[test]
fn a_step_counts_from_the_value_last_sent() {
    let mut world = with_battery();
    assert_eq!(dotted(world.attributes("/3/0/9", "st=5").code), 204);
    let (_, token) = world.observe("/3/0/9");
    for (percent, wanted) in [
        (54, &[][..]),
        (55, &["55"]),
        (51, &[]),
        (50, &["50"]),
        (46, &[]),
    ] {
        battery(&mut world, percent);
        assert_eq!(values(&mut world, &token), wanted, "at {percent}");
    }
}

#[test]
fn attributes_written_during_an_observation_apply_at_once_and_can_be_removed() {
    let mut world = with_battery();
    let (_, token) = world.observe("/3/0/9");
    world.attributes("/3/0/9", "gt=90");
    battery(&mut world, 60);
    assert_eq!(values(&mut world, &token), [] as [&str; 0]);
    world.attributes("/3/0/9", "gt");
    battery(&mut world, 61);
    assert_eq!(values(&mut world, &token), ["61"]);
}

#[test]
fn observing_again_with_the_same_token_renews_and_does_not_double() {
    let mut world = with_battery();
    let (_, token) = world.observe("/3/0/9");
    let id = world.server.new_id();
    let mut again = world.request(GET, "/3/0/9").with_uint(OBSERVE, 0);
    (again.id, again.token) = (id, token.clone());
    assert_eq!(dotted(world.exchange(&again).code), 205);
    assert_eq!(world.carrier.observation_count(), 1);
    battery(&mut world, 51);
    assert_eq!(values(&mut world, &token), ["51"]);
}

#[test]
fn a_cancelled_observation_is_silent() {
    let mut world = with_battery();
    let (_, token) = world.observe("/3/0/9");
    let mut cancel = world.request(GET, "/3/0/9").with_uint(OBSERVE, 1);
    cancel.token = token.clone();
    let response = world.exchange(&cancel);
    assert_eq!((dotted(response.code), response.text()), (205, "50"));
    assert_eq!(response.option(OBSERVE), None);
    assert_eq!(world.carrier.observation_count(), 0);
    battery(&mut world, 51);
    assert_eq!(values(&mut world, &token), [] as [&str; 0]);
}

#[test]
fn a_rejected_notification_ends_the_observation() {
    let mut world = with_battery();
    let (_, unwanted) = world.observe("/3/0/9");
    let (_, wanted) = world.observe("/3/0/20");
    world.server.unwanted.push(unwanted);
    battery(&mut world, 51);
    world.run(SECOND);
    assert_eq!(world.carrier.observation_count(), 1);
    world
        .apply(|carrier| carrier.set_battery_status(2))
        .expect("declared");
    assert_eq!(values(&mut world, &wanted), ["2"]);
}

#[test]
fn a_rejected_confirmable_notification_ends_the_observation() {
    let mut world = with_battery();
    let (_, token) = world.observe("/3/0/9");
    world.run(DAY);
    world.server.unwanted.push(token);
    battery(&mut world, 51);
    world.run(MINUTE);
    assert_eq!(world.carrier.observation_count(), 0);
}

#[test]
fn at_least_once_a_day_a_notification_is_confirmable() {
    let mut world = with_battery();
    world.attributes("/3/0/9", "pmax=3600");
    let (_, token) = world.observe("/3/0/9");
    world.run(5 * DAY + HOUR);
    let notifications = world.take_notifications(&token);
    let confirmable: Vec<u64> = notifications
        .iter()
        .filter(|one| one.message.kind == Kind::Con)
        .map(|one| one.at)
        .collect();
    assert!((4..=5).contains(&confirmable.len()), "{confirmable:?}");
    assert!(
        confirmable
            .windows(2)
            .all(|pair| pair[1] - pair[0] <= 25 * HOUR)
    );
    assert_eq!(world.carrier.observation_count(), 1);
}

#[test]
fn a_confirmable_notification_nobody_acknowledges_ends_the_observation() {
    let mut world = with_battery();
    world.observe("/3/0/9");
    world.run(DAY);
    world.network.drop_next(Way::ToServer, 5);
    battery(&mut world, 51);
    world.run(3 * MINUTE);
    assert_eq!(world.carrier.observation_count(), 0);
}

#[test]
fn an_update_wanted_while_a_confirmable_notification_is_out_waits_for_it() {
    let mut world = with_battery();
    world.observe("/3/0/9");
    world.run(DAY);
    world.network.drop_next(Way::ToServer, 1);
    let updates = world.server.updates.len();
    battery(&mut world, 51);
    assert_eq!(dotted(world.execute("/1/0/8").code), 204);
    world.run(10 * SECOND);
    assert_eq!(world.server.updates.len(), updates + 1);
}

#[test]
fn a_new_registration_ends_all_observations() {
    let mut world = with_battery();
    world.observe("/3/0/9");
    world.lose_link();
    world.run(MINUTE);
    assert_eq!(world.server.registers.len(), 2);
    assert_eq!(world.carrier.observation_count(), 0);
}

#[test]
fn over_dtls_a_notification_opens_the_closed_link() {
    let mut world = secure();
    world
        .apply(|carrier| carrier.set_power_sources(&[1]))
        .expect("valid");
    let (_, token) = world.observe("/3/0/9");
    world.run(10 * MINUTE);
    assert!(!world.is_open());
    battery(&mut world, 33);
    assert_eq!(values(&mut world, &token), ["33"]);
    assert_eq!(world.server.registers.len(), 1);
}

#[test]
fn when_there_is_no_room_the_answer_comes_without_observe() {
    let mut world = with_battery();
    for count in 0..OBSERVATIONS {
        let (response, _) = world.observe("/3/0/9");
        assert!(response.option(OBSERVE).is_some(), "observation {count}");
    }
    let (response, _) = world.observe("/3/0/9");
    assert_eq!(
        (dotted(response.code), response.option(OBSERVE)),
        (205, None)
    );
    assert_eq!(world.carrier.observation_count(), OBSERVATIONS);
}

#[test]
fn a_failed_read_is_not_observed() {
    let mut world = with_battery();
    for (path, code) in [
        ("/3/0/4", 405),
        ("/3/0/99", 404),
        ("/3/9", 404),
        ("/0/0/0", 401),
    ] {
        let (response, _) = world.observe(path);
        assert_eq!(dotted(response.code), code, "{path}");
        assert_eq!(response.option(OBSERVE), None);
    }
    assert_eq!(world.carrier.observation_count(), 0);
}

#[test]
#[cfg(feature = "object-portfolio")]
fn the_end_of_an_instance_ends_its_observations() {
    let mut world = with_battery();
    let identity = tlv::entry(
        tlv::MULTIPLE,
        0,
        &tlv::entry(tlv::RESOURCE_INSTANCE, 0, b"x"),
    );
    world.post("/16", TLV, tlv::entry(tlv::INSTANCE, 5, &identity));
    world.observe("/16/5");
    assert_eq!(dotted(world.delete("/16/5").code), 202);
    world.run(SECOND);
    assert_eq!(world.carrier.observation_count(), 0);
}
