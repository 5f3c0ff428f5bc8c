//! Restarts: what is stored, what is asked of the application, what a factory reset forgets.

use carrier_core::Event;
#[cfg(feature = "object-portfolio")]
use carrier_core::{PortfolioError, RecordId};

use crate::sim::coap::*;
use crate::sim::network::Way;
use crate::sim::*;

#[test]
fn a_reboot_is_answered_asked_for_deregistered_powered_off_and_reset() {
    let mut world = plain();
    world.restarts = false;
    world.application.events.clear();
    assert_eq!(dotted(world.execute("/3/0/4").code), 204);
    world.run(10 * SECOND);
    let events: Vec<Event> = world
        .application
        .events
        .iter()
        .map(|(_, event)| *event)
        .collect();
    assert_eq!(events, [Event::Reboot, Event::PowerOff]);
    assert_eq!((world.resets, world.server.deregisters.len()), (1, 1));
}

#[test]
fn after_the_reset_the_device_registers_anew() {
    for mut world in [plain(), secure()] {
        world.execute("/3/0/4");
        world.run(MINUTE);
        assert_eq!(world.resets, 1);
        assert!(world.carrier.is_registered());
        assert_eq!(world.server.registers.len(), 2);
        assert_eq!(world.count(|event| *event == Event::Registered), 2);
    }
}

#[test]
fn a_server_that_does_not_answer_the_goodbye_does_not_hold_up_the_reset() {
    let mut world = plain();
    world.restarts = false;
    world.execute("/3/0/4");
    world.network.is_down = true;
    world.run(10 * SECOND);
    assert_eq!(world.resets, 1);
}

#[test]
fn an_application_that_restarts_by_itself_is_left_to_it() {
    let mut world = plain();
    world.application.reboot_answer = 1;
    world.execute("/3/0/4");
    world.run(HOUR);
    assert_eq!(world.resets, 0);
    assert_eq!(world.count(|event| *event == Event::PowerOff), 0);
}

#[test]
fn what_a_server_wrote_survives_a_reset() {
    let mut world = plain();
    for (path, value) in [
        ("/1/0/1", "7200"),
        ("/1/0/2", "5"),
        ("/1/0/3", "600"),
        ("/1/0/5", "900"),
    ] {
        assert_eq!(dotted(world.put(path, TEXT, value).code), 204, "{path}");
    }
    assert_eq!(dotted(world.put("/1/0/6", TEXT, "0").code), 204);
    world.execute("/3/0/4");
    world.run(MINUTE);
    let registration = world.server.registration.clone().expect("registered again");
    assert_eq!(registration.lifetime, 7_200);
    for (path, value) in [
        ("/1/0/2", "5"),
        ("/1/0/3", "600"),
        ("/1/0/5", "900"),
        ("/1/0/6", "0"),
    ] {
        assert_eq!(world.get(path).text(), value, "{path}");
    }
}

#[test]
fn settings_for_another_server_or_lifetime_are_not_taken_over() {
    let mut world = plain();
    world.put("/1/0/1", TEXT, "7200");
    world.config.server_lifetime = 1_000;
    world.execute("/3/0/4");
    world.run(MINUTE);
    let registration = world.server.registration.clone().expect("registered again");
    assert_eq!(registration.lifetime, 1_000);
}

#[test]
fn damaged_records_count_as_absent() {
    let mut world = secure();
    world.put("/1/0/1", TEXT, "7200");
    for record in world.storage.values_mut() {
        record[3] ^= 0x40;
    }
    world.execute("/3/0/4");
    world.run(2 * MINUTE);
    let registration = world.server.registration.clone().expect("registered again");
    assert_eq!(registration.lifetime, 3_600);
}

#[test]
fn keys_already_in_the_modem_are_not_stored_again() {
    let mut world = secure();
    let link_downs = |world: &World| world.count(|event| *event == Event::LinkDown);
    assert_eq!(link_downs(&world), 1);
    world.execute("/3/0/4");
    world.run(MINUTE);
    assert!(world.carrier.is_registered());
    assert_eq!(link_downs(&world), 1);
}

#[test]
fn keys_without_a_record_are_stored_again() {
    let mut world = secure();
    world.storage.clear();
    world.modem.keys.clear();
    world.execute("/3/0/4");
    world.run(MINUTE);
    assert!(world.carrier.is_registered());
    assert_eq!(world.count(|event| *event == Event::LinkDown), 2);
}

#[test]
fn a_factory_reset_forgets_settings_and_keys_and_registers_anew() {
    for mut world in [plain(), secure()] {
        world.put("/1/0/1", TEXT, "7200");
        world.attributes("/3/0/9", "pmin=7");
        world.observe("/3/0/9");
        assert_eq!(dotted(world.execute("/3/0/5").code), 204);
        world.run(40 * SECOND);
        let registration = world.server.registration.clone().expect("registered again");
        assert_eq!(registration.lifetime, 3_600);
        assert_eq!(world.carrier.observation_count(), 0);
        assert!(!world.get_as("/3/0/9", LINK).text().contains("pmin"));
        assert_eq!(world.resets, 0);
        world.execute("/3/0/4");
        world.run(MINUTE);
        let registration = world.server.registration.clone().expect("registered again");
        assert_eq!(registration.lifetime, 3_600);
    }
}

#[test]
fn a_repeated_factory_reset_request_has_no_second_effect() {
    let mut world = plain();
    world.network.drop_next(Way::ToServer, 1);
    let request = world.request(POST, "/3/0/5");
    world.try_exchange(&request);
    world.run(2 * MINUTE);
    let erased = world.server.registers.len();
    assert_eq!(erased, 2, "one new registration");
}

#[test]
fn records_are_written_only_when_something_changed() {
    let mut world = plain();
    let before = world.storage.clone();
    world.storage.clear();
    world.run(DAY);
    world.get("/3/0");
    assert!(world.storage.is_empty());
    world.put("/1/0/1", TEXT, "7200");
    assert_eq!(world.storage.len(), 1);
    assert!(before.len() <= 2);
}

/// The identities of a Portfolio instance, `None` when there is no such instance.
#[cfg(feature = "object-portfolio")]
fn identities(world: &mut World, instance: u16) -> Option<Vec<String>> {
    let reply = world.get(&format!("/16/{instance}/0"));
    if dotted(reply.code) != 205 {
        return None;
    }
    let resource = tlv::decode(&reply.payload).swap_remove(0);
    let texts = resource.nested().into_iter();
    Some(texts.map(|own| own.text().to_owned()).collect())
}

#[test]
#[cfg(feature = "object-portfolio")]
fn the_portfolio_survives_a_restart_but_no_factory_reset() {
    let mut world = plain();
    world.apply(|carrier| {
        carrier.create_portfolio_instance(2).unwrap();
        carrier.set_identity(2, 0, b"modem board").unwrap();
        carrier.set_identity(2, 3, b"1.0").unwrap();
    });
    let written = tlv::entry(
        tlv::MULTIPLE,
        0,
        &tlv::entry(tlv::RESOURCE_INSTANCE, 1, b"maker"),
    );
    assert_eq!(
        dotted(
            world
                .post("/16", TLV, tlv::entry(tlv::INSTANCE, 7, &written))
                .code
        ),
        201
    );
    let own = Some(vec!["modem board".to_owned(), "1.0".to_owned()]);
    let server = Some(vec!["maker".to_owned()]);
    world.power_cut();
    world.run(MINUTE);
    assert_eq!(identities(&mut world, 2), own);
    assert_eq!(identities(&mut world, 7), server);
    // What is there already is the application's to find out.
    let again = world.apply(|carrier| carrier.create_portfolio_instance(2));
    assert_eq!(again, Err(PortfolioError::Exists));
    assert_eq!(dotted(world.delete("/16/2").code), 202);
    world.power_cut();
    world.run(MINUTE);
    assert_eq!(identities(&mut world, 2), None);
    assert_eq!(identities(&mut world, 7), server);
    assert_eq!(dotted(world.execute("/3/0/5").code), 204);
    world.run(MINUTE);
    for _ in 0..2 {
        assert_eq!(identities(&mut world, 7), None);
        world.power_cut();
        world.run(MINUTE);
    }
}

#[test]
#[cfg(feature = "object-portfolio")]
fn a_damaged_portfolio_record_is_none() {
    let mut world = plain();
    world.apply(|carrier| {
        carrier.create_portfolio_instance(2).unwrap();
        carrier.set_identity(2, 0, b"modem board").unwrap();
    });
    let id = RecordId::Portfolio.storage_id();
    let whole = world.storage[&id].clone();
    for (at, length) in [
        (3, whole.len()),
        (whole.len() - 1, whole.len()),
        (0, 9),
        (0, 0),
    ] {
        let mut record = whole[..length].to_vec();
        if length == whole.len() {
            record[at] ^= 1;
        }
        world.switch_off();
        world.storage.insert(id, record);
        world.start();
        world.run(MINUTE);
        assert_eq!(identities(&mut world, 2), None);
        assert_eq!(dotted(world.get("/16/0").code), 205);
    }
}
