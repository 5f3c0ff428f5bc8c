//! Object 10 by itself: what is written and what becomes of it, command by command.

use std::vec::Vec;

use super::*;

fn commands(own: &mut Cellular) -> Vec<String> {
    let mut all = Vec::new();
    loop {
        let mut text = Vec::new();
        if !own.command(&mut |bytes| text.extend_from_slice(bytes)) {
            return all;
        }
        all.push(String::from_utf8(text).expect("text"));
    }
}

fn write(own: &mut Cellular, resource: u16, value: Value<'_>) -> Result<(), Refusal> {
    own.write(0, resource, 0, &value, Phase::Check)?;
    assert!(!own.awaits_outside(), "a check changes nothing");
    own.write(0, resource, 0, &value, Phase::Apply)
}

#[test]
fn commands_come_in_an_order_that_ends_in_what_was_wanted() {
    let mut own = Cellular::new();
    for (resource, value) in [
        (EDRX_NARROW, Value::Opaque(&[0x2A])),
        (EDRX_WIDE, Value::Opaque(&[0x39])),
        (SAVING, Value::Integer(0)),
        (PERIODIC_TIMER, Value::Integer(3_600)),
        (CENTRE, Value::Text(b"0171")),
    ] {
        own.write(0, resource, 0, &value, Phase::Apply).unwrap();
    }
    // What is switched off and on again by the same request is on.
    own.write(0, EDRX_WIDE, 0, &Value::Opaque(&[0x39]), Phase::Apply)
        .unwrap();
    assert_eq!(
        commands(&mut own),
        [
            "AT+CSCA=\"0171\",129",
            "AT+CPSMS=1,,,\"00000110\",\"00000000\"",
            "AT+CEDRXS=0",
            "AT%XPTW=4,\"0011\"",
            "AT+CEDRXS=2,4,\"1001\"",
        ]
    );
    assert!(!own.awaits_outside());
}

#[test]
fn after_a_refusal_nothing_is_left_to_be_told() {
    let mut own = Cellular::new();
    write(&mut own, EDRX_WIDE, Value::Opaque(&[0x39])).unwrap();
    assert!(own.command(&mut |_| ()));
    own.refused();
    assert!(!own.awaits_outside());
    assert!(commands(&mut own).is_empty());
}

#[test]
fn the_radio_is_asked_for_once() {
    let mut own = Cellular::new();
    write(&mut own, RADIO_OFF, Value::Integer(0)).unwrap();
    assert_eq!(own.take_radio_off(), None);
    write(&mut own, RADIO_OFF, Value::Integer(65_535)).unwrap();
    assert_eq!(own.take_radio_off(), Some(65_535));
    assert_eq!(own.take_radio_off(), None);
    let mut told = 0;
    own.radio_is_on(&mut |_| told += 1);
    own.radio_is_on(&mut |_| told += 1);
    assert_eq!(told, 1);
    assert_eq!(own.value(0, RADIO_OFF, 0), Some((0, Value::Integer(0))));
}

#[test]
fn timers_in_force_are_those_granted_and_changes_are_told() {
    let mut own = Cellular::new();
    let mut told = Vec::new();
    let mut news = |path: &Path| told.push(*path);
    let granted = |periodic, active| Network {
        periodic_update: periodic,
        active_time: active,
        ..Network::default()
    };
    own.take_psm(&Psm {
        on: true,
        periodic: Some(0b001_00010),
        active: None,
    });
    own.take_network(&granted(None, Some(0b111_00000)), &mut news);
    assert_eq!(
        own.value(0, PERIODIC_TIMER, 0),
        Some((0, Value::Integer(7_200)))
    );
    // The usual minute.
    assert_eq!(own.value(0, ACTIVE_TIMER, 0), Some((0, Value::Integer(60))));
    own.take_network(&granted(Some(0b001_00010), Some(0b000_00001)), &mut news);
    assert_eq!(own.value(0, ACTIVE_TIMER, 0), Some((0, Value::Integer(2))));
    own.take_psm(&Psm::default());
    own.take_network(&Network::default(), &mut news);
    assert_eq!(own.value(0, ACTIVE_TIMER, 0), None);
    let [periodic, active] = [at(PERIODIC_TIMER), at(ACTIVE_TIMER)];
    assert_eq!(told, [periodic, active, active, periodic, active]);
}

#[test]
fn windows_without_a_cycle_mean_nothing() {
    let mut own = Cellular::new();
    let news = &mut |_: &Path| ();
    own.take_edrx([None, Some(3)], true, news);
    assert_eq!(own.value(0, EDRX_NARROW, 0), None);
    own.take_edrx([None, Some(9)], false, news);
    own.take_edrx([Some(1), Some(3)], true, news);
    assert_eq!(own.value(0, EDRX_WIDE, 0), None);
    assert_eq!(
        own.value(0, EDRX_NARROW, 0),
        Some((0, Value::Opaque(&[0x39])))
    );
    // The next question finds no window: the former one holds.
    own.take_edrx([None, Some(10)], false, news);
    own.take_edrx([None, None], true, news);
    assert_eq!(
        own.value(0, EDRX_NARROW, 0),
        Some((0, Value::Opaque(&[0x3A])))
    );
    own.take_edrx([None, None], false, news);
    assert_eq!(own.value(0, EDRX_NARROW, 0), None);
}
