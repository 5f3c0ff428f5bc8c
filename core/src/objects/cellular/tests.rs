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
    assert_eq!(own.radio_is_on(), 1 << RADIO_OFF);
    assert_eq!(own.radio_is_on(), 0);
    assert_eq!(own.value(0, RADIO_OFF, 0), Some((0, Value::Integer(0))));
}

#[test]
fn timers_in_force_are_those_granted_and_changes_are_told() {
    let mut own = Cellular::new();
    let granted = |periodic: &str, active: &str| {
        format!(
            "%XMONITOR: 5,\"\",\"\",\"00101\",\"0001\",7,20,\"00012345\",7,6300,53,30,\"\",\"{active}\",\"{periodic}\"\r\nOK\r\n"
        )
    };
    let [periodic, active] = [1 << PERIODIC_TIMER, 1 << ACTIVE_TIMER];
    let asked = "+CPSMS: 1,,,\"00100010\",\"\"\r\nOK\r\n";
    assert_eq!(own.take(Query::Psm, asked), 0);
    let off = granted("", "11100000");
    assert_eq!(own.take(Query::Network, &off), periodic | active);
    assert_eq!(
        own.value(0, PERIODIC_TIMER, 0),
        Some((0, Value::Integer(7_200)))
    );
    // The usual minute.
    assert_eq!(own.value(0, ACTIVE_TIMER, 0), Some((0, Value::Integer(60))));
    let both = granted("00100010", "00000001");
    assert_eq!(own.take(Query::Network, &both), active);
    assert_eq!(own.value(0, ACTIVE_TIMER, 0), Some((0, Value::Integer(2))));
    assert_eq!(own.take(Query::Psm, "+CPSMS: 0,,,\"\",\"\"\r\nOK\r\n"), 0);
    let none = "%XMONITOR: 2\r\nOK\r\n";
    assert_eq!(own.take(Query::Network, none), periodic | active);
    assert_eq!(own.value(0, ACTIVE_TIMER, 0), None);
}

#[test]
fn power_saving_mode_is_taken_apart() {
    let mut own = Cellular::new();
    own.take(
        Query::Psm,
        "+CPSMS: 1,,,\"10101111\",\"01101100\"\r\nOK\r\n",
    );
    assert!(own.psm);
    assert_eq!(own.wanted, [0xAF, 0x6C]);
    for text in [
        "+CPSMS: 0,,,\"\",\"\"\r\nOK\r\n",
        "",
        "OK\r\n",
        "ERROR\r\n",
        "+CPSMS:",
        "+CPSMS: x",
        "+CPSMS: 2,,,\"2\",\"000000000\"",
    ] {
        own.take(Query::Psm, text);
        assert!(!own.psm, "{text}");
        assert_eq!(own.wanted, [USUAL_TIMER; 2], "{text}");
    }
}

#[test]
fn the_service_centre_is_the_first_field_and_a_number() {
    let mut own = Cellular::new();
    let answer = "+CSCA: \"+15550199\",145\r\nOK\r\n";
    assert_eq!(own.take(Query::ServiceCentre, answer), 1 << CENTRE);
    assert_eq!(own.take(Query::ServiceCentre, answer), 0);
    for text in [
        "",
        "OK\r\n",
        "+CMS ERROR: 321\r\n",
        "+CSCA: \"\",129",
        "+CSCA: \"1x\"",
    ] {
        assert_eq!(own.take(Query::ServiceCentre, text), 0, "{text}");
    }
    let centre = Some((0, Value::Text(b"+15550199")));
    assert_eq!(own.value(0, CENTRE, 0), centre);
}

#[test]
fn windows_without_a_cycle_mean_nothing() {
    let mut own = Cellular::new();
    own.take(Query::Windows, "%XPTW: 5,\"0011\"\r\n");
    assert_eq!(own.value(0, EDRX_NARROW, 0), None);
    own.take(Query::Cycles, "+CEDRXS: 5,\"1001\"\r\n");
    own.take(Query::Windows, "%XPTW: 4,\"0001\"\r\n%XPTW: 5,\"0011\"\r\n");
    assert_eq!(own.value(0, EDRX_WIDE, 0), None);
    assert_eq!(
        own.value(0, EDRX_NARROW, 0),
        Some((0, Value::Opaque(&[0x39])))
    );
    // The next question finds no window: the former one holds.
    own.take(Query::Cycles, "+CEDRXS: 5,\"1010\"\r\n");
    own.take(Query::Windows, "OK\r\n");
    assert_eq!(
        own.value(0, EDRX_NARROW, 0),
        Some((0, Value::Opaque(&[0x3A])))
    );
    own.take(Query::Cycles, "OK\r\n");
    assert_eq!(own.value(0, EDRX_NARROW, 0), None);
}

#[test]
fn what_is_only_read_is_not_written_by_a_bootstrap_server_either() {
    let mut own = Cellular::new();
    for (resource, value) in [
        (PROFILES, Value::Link(11, 1)),
        (SUPPORTED, Value::Integer(3)),
        (SUPPORTED, Value::Integer(7_200)),
    ] {
        for phase in [Phase::Check, Phase::Apply] {
            let written = own.write(0, resource, 0, &value, phase);
            assert_eq!(written, Err(Refusal::BadRequest), "{resource}");
        }
    }
    assert!(!own.awaits_outside());
}
