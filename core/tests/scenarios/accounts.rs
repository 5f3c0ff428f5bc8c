//! Which accounts are used: stored ones, those of the card, of the configuration or of the operator's settings; and what
//! another SIM, another build, or damage makes of them.

use carrier_core::profile::{Service, Settings};
use carrier_core::{Cause, DeferredReason, ErrorKind, Event};

use crate::sim::bootstrap::*;
use crate::sim::coap::*;
use crate::sim::*;

/// Settings of a product for all operators.
fn settings(_: u8) -> Settings {
    Settings {
        server_uri: Some("coaps://bs.example"),
        endpoint: Some("urn:imei:{imei}"),
        ..Settings::NONE
    }
}

fn error(kind: ErrorKind, cause: Cause) -> Event {
    let code = 0;
    Event::Error { kind, cause, code }
}

/// Bootstrap data on a card: objects with their TLV.
fn card(objects: &[(u16, Vec<u8>)]) -> Option<Vec<u8>> {
    let mut body = Vec::new();
    for (id, tlv) in objects {
        body.extend(id.to_be_bytes());
        body.push(0);
        body.extend((tlv.len() as u16).to_be_bytes());
        body.extend(tlv);
    }
    let mut file = (objects.len() as u16).to_be_bytes().to_vec();
    file.extend((body.len() as u16).to_be_bytes());
    file.extend(body);
    file.extend([0xFF; 8]);
    Some(file)
}

/// A card with a management account.
fn card_with(own: &Account) -> Option<Vec<u8>> {
    card(&[
        (0, instance(1, &own.security_tlv())),
        (1, instance(1, &own.server_tlv())),
    ])
}

fn bootstraps(world: &World) -> usize {
    world.others[BOOTSTRAP].bootstraps.len()
}

/// Off, something changes, on again.
fn restart(world: &mut World, change: impl FnOnce(&mut World)) {
    world.switch_off();
    world.take_events();
    change(world);
    world.start();
    world.run(2 * MINUTE);
}

#[test]
#[cfg(feature = "operators")]
fn another_sim_of_the_same_operator_leads_to_a_new_bootstrap() {
    let mut world = operated();
    restart(&mut world, |world| {
        world.sim.iccid = "8900101000000000002".to_owned();
    });
    assert_eq!(bootstraps(&world), 2);
    assert_eq!(world.count(|event| *event == Event::Reboot), 0);
    assert!(world.carrier.is_registered());
    assert_eq!(world.modem.keys[&25].1, PSK);
    restart(&mut world, |_| {});
    assert_eq!(bootstraps(&world), 2);
}

#[test]
#[cfg(feature = "operators")]
fn a_sim_of_another_operator_leads_to_a_restart_and_a_new_bootstrap() {
    let mut world = operated();
    restart(&mut world, |world| {
        world.sim.imsi = "450061234567890".to_owned()
    });
    assert_eq!(world.count(|event| *event == Event::Reboot), 1);
    assert_eq!(world.resets, 1);
    assert_eq!(bootstraps(&world), 2);
    assert!(world.carrier.is_registered());
    let events = world.take_events();
    assert_eq!(events[..2], [Event::Reboot, Event::PowerOff], "{events:?}");
}

#[test]
#[cfg(feature = "operators")]
fn the_modem_knows_the_operator_better_than_the_subscriber_number() {
    let mut world = operated();
    restart(&mut world, |world| world.sim.operator = 10);
    // The same SIM: its accounts stay.
    assert_eq!(bootstraps(&world), 1);
    assert!(world.carrier.is_registered());
}

#[test]
#[cfg(feature = "operators")]
fn an_application_that_refuses_the_restart_is_left_alone() {
    let mut world = operated();
    world.application.reboot_answer = 1;
    restart(&mut world, |world| {
        world.sim.imsi = "450061234567890".to_owned()
    });
    world.run(DAY);
    assert_eq!((world.resets, bootstraps(&world)), (0, 1));
    assert_eq!(world.take_events(), [Event::Reboot]);
}

#[test]
#[cfg(feature = "bootstrap")]
fn a_custom_server_does_not_care_whose_sim_it_is() {
    for secure in [false, true] {
        let mut world = bootstrapped(secure);
        restart(&mut world, |world| {
            world.sim.imsi = "310260123456789".to_owned();
            world.sim.iccid = "8900101000000000001".to_owned();
        });
        assert!(world.carrier.is_registered());
        assert_eq!((bootstraps(&world), world.resets), (1, 0));
    }
}

#[test]
#[cfg(feature = "bootstrap")]
fn a_build_with_another_custom_server_keeps_the_accounts_it_has() {
    for secure in [false, true] {
        let mut world = bootstrapped(secure);
        restart(&mut world, |world| {
            world.config.server_uri = Some("coap://elsewhere.example");
        });
        assert!(world.carrier.is_registered());
        assert_eq!(bootstraps(&world), 1);
        // After a factory reset it counts.
        world.execute("/3/0/5");
        world.run(MINUTE);
        assert!(!world.carrier.is_registered());
        assert!(deferred(&world, DeferredReason::BootstrapNoRoute) > 0);
    }
}

fn deferred(world: &World, wanted: DeferredReason) -> usize {
    world.count(|event| matches!(event, Event::Deferred { reason, .. } if *reason == wanted))
}

#[test]
#[cfg(feature = "bootstrap")]
fn a_build_without_the_custom_server_keeps_accounts_and_name() {
    let mut world = blank(false);
    world.sim.imsi = "310260123456789".to_owned();
    world.sim.iccid = "8900101000000000001".to_owned();
    world.settings = |operator| match operator {
        0 => Settings::NONE,
        _ => Settings {
            endpoint: Some("another-{imei}"),
            ..settings(operator)
        },
    };
    world.start();
    world.run_until_registered();
    restart(&mut world, |world| {
        world.config.server_uri = None;
        world.config.is_bootstrap_server = false;
    });
    assert!(world.carrier.is_registered());
    assert_eq!(bootstraps(&world), 1);
    let query = world.server.registration.clone().expect("registered").query;
    assert!(query.contains(&format!("ep={ENDPOINT}")), "{query:?}");
}

#[test]
fn a_build_with_another_management_server_uses_that() {
    let mut world = secure();
    world.others[SECOND_SERVER].key = world.server.key.clone();
    restart(&mut world, |world| {
        world.config.server_uri = Some("coaps://second.example");
    });
    assert!(world.carrier.is_registered());
    assert_eq!(world.others[SECOND_SERVER].registers.len(), 1);
    assert_eq!(world.server.registers.len(), 1);
}

#[test]
#[cfg(feature = "bootstrap")]
fn a_build_with_another_key_stores_that() {
    let mut world = secure();
    world.server.key.1 = vec![0xEE; 16];
    restart(&mut world, |world| {
        world.config.psk = Some("eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee");
    });
    assert!(world.carrier.is_registered());
    assert_eq!(world.modem.keys[&26].1, [0xEE; 16]);
}

#[test]
#[cfg(feature = "bootstrap")]
fn damaged_accounts_lead_to_a_new_bootstrap() {
    for secure in [false, true] {
        let whole = bootstrapped(secure).storage[&ACCOUNTS].clone();
        for at in (0..whole.len()).step_by(7) {
            let mut world = bootstrapped(secure);
            let record = world.storage.get_mut(&ACCOUNTS).expect("stored");
            record[at] ^= 0x21;
            if at % 2 == 0 {
                record.truncate(at);
            }
            restart(&mut world, |_| {});
            assert!(world.carrier.is_registered(), "{at}");
            assert_eq!(bootstraps(&world), 2, "{at}");
        }
    }
}

#[test]
#[cfg(feature = "bootstrap")]
fn accounts_whose_keys_the_modem_lost_are_bootstrapped_anew() {
    for tag in [25, 26] {
        let mut world = bootstrapped(true);
        restart(&mut world, |world| drop(world.modem.keys.remove(&tag)));
        assert!(world.carrier.is_registered());
        assert_eq!(bootstraps(&world), 2);
        assert_eq!(world.modem.keys.len(), 2);
    }
}

#[test]
#[cfg(feature = "bootstrap")]
fn storage_that_takes_nothing_does_not_stop_the_device() {
    for secure in [false, true] {
        let mut world = blank(secure);
        world.storage_fails = true;
        world.start();
        world.run_until_registered();
        world.put("/1/101/2", TEXT, "5");
        assert_eq!(dotted(world.execute("/1/101/9").code), 204);
        world.run(2 * MINUTE);
        assert!(world.carrier.is_registered());
        restart(&mut world, |_| {});
        assert!(world.carrier.is_registered());
        assert_eq!(bootstraps(&world), 3);
        // It works again in the middle of its life.
        world.storage_fails = false;
        world.put("/1/101/2", TEXT, "7");
        restart(&mut world, |_| {});
        assert!(world.carrier.is_registered());
        assert_eq!(bootstraps(&world), 3);
    }
}

#[test]
#[cfg(feature = "bootstrap")]
fn a_failed_bootstrap_with_storage_that_takes_nothing_is_tried_again() {
    let mut world = blank(true);
    world.storage_fails = true;
    world.bootstrap().recipe.stall_at = Some(3);
    world.start();
    world.run(10 * MINUTE);
    world.bootstrap().recipe.stall_at = None;
    world.run(20 * MINUTE);
    assert!(world.carrier.is_registered());
}

#[test]
#[cfg(feature = "smartcard")]
fn the_card_comes_before_the_configuration() {
    for secure in [false, true] {
        let own = account(secure, "second.example", 9);
        let mut world = blank(secure);
        world.give(std::slice::from_ref(&own));
        world.sim.card = card_with(&own);
        world.start();
        world.run(2 * MINUTE);
        assert!(world.carrier.is_registered());
        assert_eq!(bootstraps(&world), 0);
        assert_eq!(world.others[SECOND_SERVER].registers.len(), 1);
        restart(&mut world, |_| {});
        assert_eq!(world.take_events(), [Event::LinkUp, Event::Registered]);
        // Without the card the accounts stay.
        restart(&mut world, |world| world.sim.card = None);
        // Those without keys never were stored.
        assert_eq!(bootstraps(&world), usize::from(!secure));
    }
}

#[test]
#[cfg(feature = "smartcard")]
fn a_card_that_changed_comes_before_what_is_stored() {
    let first = account(true, "second.example", 9);
    let second = account(true, "third.example", 10);
    let mut world = bootstrapped(true);
    world.give(&[first.clone(), second.clone()]);
    restart(&mut world, |world| world.sim.card = card_with(&first));
    assert_eq!(world.others[SECOND_SERVER].registers.len(), 1);
    restart(&mut world, |world| world.sim.card = card_with(&second));
    assert_eq!(world.others[THIRD_SERVER].registers.len(), 1);
    assert!(world.carrier.is_registered());
    assert_eq!(bootstraps(&world), 1);
}

#[test]
#[cfg(feature = "smartcard")]
fn a_card_may_name_the_bootstrap_server_only() {
    for secure in [false, true] {
        let key = secure.then_some((ENDPOINT.as_bytes(), &PSK[..]));
        let uri = if secure {
            "coaps://bs.example"
        } else {
            "coap://bs.example"
        };
        let mut world = blank(secure);
        world.config.server_uri = Some("coap://nowhere.example");
        world.sim.card = card(&[(0, instance(0, &security(uri, true, key, 0)))]);
        world.start();
        world.run_until_registered();
        assert_eq!(bootstraps(&world), 1);
        restart(&mut world, |_| {});
        assert_eq!(world.take_events(), [Event::LinkUp, Event::Registered]);
        assert_eq!(bootstraps(&world), 1);
        // A failed bootstrap leads back to the card's account.
        world.execute("/3/0/5");
        world.run(2 * MINUTE);
        assert!(world.carrier.is_registered());
        assert_eq!(bootstraps(&world), 2);
    }
}

#[test]
#[cfg(feature = "bootstrap")]
fn a_card_nobody_can_use_counts_as_none() {
    let own = account(false, "second.example", 9);
    let whole = card_with(&own).expect("made");
    let half = card(&[(0, instance(1, &own.security_tlv()))]);
    let nonsense = card(&[
        (0, b"\xC1\x00".to_vec()),
        (1, instance(1, &own.server_tlv())),
    ]);
    let damaged = [
        half,
        nonsense,
        Some(whole[..30].to_vec()),
        Some(vec![]),
        Some(vec![0xFF; 60]),
    ];
    for data in damaged {
        let mut world = blank(false);
        world.sim.card = data;
        world.start();
        world.run_until_registered();
        assert_eq!(bootstraps(&world), 1);
        restart(&mut world, |_| {});
        assert!(world.carrier.is_registered());
        assert_eq!(bootstraps(&world), 1);
    }
    let mut world = blank(false);
    world.config.disable_bootstrap_from_smartcard = true;
    world.sim.card = Some(whole);
    world.start();
    world.run_until_registered();
    assert_eq!(bootstraps(&world), 1);
}

#[test]
#[cfg(feature = "operators")]
fn the_service_code_is_the_model_number_where_the_operator_wants_that() {
    for (imsi, model) in [("450061234567890", "AB12C"), ("310260123456789", "Model 1")] {
        let mut world = operator();
        world.sim.imsi = imsi.to_owned();
        world.config.service_code = Some("AB12C");
        world.start();
        world.run_until_registered();
        assert_eq!(world.get("/3/0/1").text(), model, "{imsi}");
    }
}

#[test]
#[cfg(feature = "operators")]
fn an_operator_that_wants_it_is_asked_at_every_start() {
    let mut world = operator();
    world.sim.imsi = "450061234567890".to_owned();
    world.start();
    world.run_until_registered();
    for count in 2..5 {
        restart(&mut world, |_| {});
        assert_eq!(bootstraps(&world), count);
        assert!(world.carrier.is_registered());
    }
    // Its failure leaves the accounts of last time.
    restart(&mut world, |world| world.bootstrap().is_dead = true);
    world.run(5 * MINUTE);
    assert!(world.carrier.is_registered());
    world.bootstrap().is_dead = false;
    // So does a bootstrap account that is gone.
    let key = Some((ENDPOINT.as_bytes(), &PSK[..]));
    let short = [security("coaps://bs.example", true, key, 0), number(12, 60)].concat();
    world.bootstrap().recipe.steps.insert(2, put("/0/0", short));
    restart(&mut world, |_| {});
    world.run(3 * MINUTE);
    restart(&mut world, |_| {});
    assert!(world.carrier.is_registered(), "{:?}", world.take_events());
}

#[test]
#[cfg(feature = "operators")]
fn a_phone_number_is_waited_for_where_the_name_needs_it() {
    for imsi in ["310260123456789", "450061234567890"] {
        let mut world = operator();
        world.settings = |_| Settings {
            endpoint: Some("urn:imei-msisdn:{imei}-{msisdn}"),
            psk_identity: Some("urn:imei:{imei}"),
            ..settings(0)
        };
        world.sim.imsi = imsi.to_owned();
        world.start();
        world.run(150 * SECOND);
        assert_eq!(deferred(&world, DeferredReason::SimMsisdn), 3);
        assert!(bootstraps(&world) == 0);
        world.modem.msisdn = Some("15550100".to_owned());
        world.run(3 * MINUTE);
        assert!(world.carrier.is_registered());
        let query = world.server.registration.clone().expect("registered").query;
        assert!(query.contains(&"ep=urn:imei-msisdn:352656100000001-15550100".to_owned()));
        // Power fails, and the number has to be waited for again: nothing is forgotten meanwhile.
        let before = bootstraps(&world);
        restart(&mut world, |_| {});
        assert!(world.carrier.is_registered());
        let every_start = imsi.starts_with("45006");
        assert_eq!(bootstraps(&world), before + usize::from(every_start));
    }
}

#[test]
#[cfg(feature = "operators")]
fn without_settings_an_operator_is_connected_to_nowhere() {
    type Case = (fn(u8) -> Settings, Event);
    let cases: [Case; 4] = [
        (
            |_| Settings::NONE,
            error(ErrorKind::Configuration, Cause::NotSupported),
        ),
        (
            |_| Settings {
                server_uri: Some("ftp://x"),
                ..settings(0)
            },
            error(ErrorKind::Configuration, Cause::Invalid),
        ),
        (
            |_| Settings {
                endpoint: Some("urn:{service}"),
                ..settings(0)
            },
            error(ErrorKind::Bootstrap, Cause::Unreadable),
        ),
        (
            |_| Settings {
                enable: Some(Service::Off),
                ..settings(0)
            },
            error(ErrorKind::Configuration, Cause::NotSupported),
        ),
    ];
    for (settings, expected) in cases {
        let mut world = operator();
        world.settings = settings;
        world.start();
        world.run(2 * DAY);
        assert_eq!(world.take_events(), [expected]);
        assert_eq!(world.opened.len(), 0);
    }
}
