//! Object 10: what the modem was asked for, what servers ask it for, and a radio that is off for a while.

use carrier_core::{Cause, ErrorKind, Event};

use crate::sim::coap::*;
use crate::sim::tlv::{self, Entry};
use crate::sim::*;

fn ids(entries: &[Entry]) -> Vec<u16> {
    entries.iter().map(|entry| entry.id).collect()
}

fn status(response: &Message) -> u16 {
    dotted(response.code)
}

/// Commands the modem was given since the last call.
fn commands(world: &mut World) -> Vec<String> {
    std::mem::take(&mut world.modem.saving.commands)
}

#[test]
fn what_nobody_asked_the_modem_for_is_absent() {
    let mut world = plain();
    let values = tlv::decode(&world.get("/10/0").payload);
    // The network granted timers although nobody asked: they are in force.
    assert_eq!(ids(&values), [1, 4, 5, 11, 12, 13]);
    assert_eq!(tlv::find(&values, 1).number(), 0);
    assert_eq!(tlv::find(&values, 4).number(), 3_600);
    assert_eq!(tlv::find(&values, 5).number(), 12);
    assert_eq!(tlv::find(&values, 12).number(), 3);
    assert_eq!(tlv::find(&values, 13).number(), 0);
    let links = tlv::find(&values, 11).nested();
    assert_eq!(
        links,
        [Entry {
            kind: tlv::RESOURCE_INSTANCE,
            id: 0,
            value: vec![0, 11, 0, 0]
        }]
    );
    for absent in ["/10/0/0", "/10/0/8", "/10/0/9", "/10/0/2", "/10/0/14"] {
        assert_eq!(status(&world.get(absent)), 404, "{absent}");
    }
}

#[test]
fn written_values_go_to_the_modem_and_come_back_from_it() {
    let mut world = plain();
    world
        .modem
        .answers
        .insert("AT%%XMONITOR", Some("%XMONITOR: 2\r\nOK\r\n".to_owned()));
    for (path, value, expected) in [
        (
            "/10/0/0",
            "+491710760000",
            vec!["AT+CSCA=\"+491710760000\",145"],
        ),
        // The other timer has its usual value, an hour or a minute.
        (
            "/10/0/4",
            "86400",
            vec!["AT+CPSMS=1,,,\"00111000\",\"00100001\""],
        ),
        (
            "/10/0/5",
            "120",
            vec!["AT+CPSMS=1,,,\"00111000\",\"00100010\""],
        ),
        ("/10/0/13", "0", vec!["AT+CPSMS=0"]),
        (
            "/10/0/13",
            "1",
            vec!["AT+CPSMS=1,,,\"00111000\",\"00100010\""],
        ),
        (
            "/10/0/13",
            "3",
            vec!["AT%XPTW=4,\"0001\"", "AT+CEDRXS=2,4,\"0010\""],
        ),
        ("/10/0/13", "1", vec!["AT+CEDRXS=0"]),
    ] {
        assert_eq!(status(&world.put(path, TEXT, value)), 204, "{path}");
        assert_eq!(commands(&mut world), expected, "{path} {value}");
        assert_eq!(world.get(path).text(), value);
    }
    for (path, octet, expected) in [
        (
            "/10/0/8",
            0x39,
            ["AT%XPTW=4,\"0011\"", "AT+CEDRXS=2,4,\"1001\""],
        ),
        (
            "/10/0/9",
            0xFE,
            ["AT%XPTW=5,\"1111\"", "AT+CEDRXS=2,5,\"1110\""],
        ),
    ] {
        assert_eq!(status(&world.put(path, OPAQUE, [octet])), 204);
        assert_eq!(commands(&mut world), expected);
        assert_eq!(world.get(path).payload, [octet]);
    }
    assert_eq!(world.get("/10/0/13").text(), "3");
    // Several at once: all are told before the answer.
    let several = [
        tlv::entry(tlv::RESOURCE, 4, &7_200u16.to_be_bytes()),
        tlv::entry(tlv::RESOURCE, 8, &[0x12]),
    ]
    .concat();
    assert_eq!(status(&world.post("/10/0", TLV, several)), 204);
    assert_eq!(commands(&mut world).len(), 3);
    assert_eq!(world.get("/10/0/4").text(), "7200");
}

#[test]
fn a_time_without_an_octet_becomes_the_next_longer_one() {
    let mut world = plain();
    let quiet = Some("%XMONITOR: 2\r\nOK\r\n".to_owned());
    world.modem.answers.insert("AT%%XMONITOR", quiet);
    for (path, written, read) in [
        ("/10/0/4", "601", "630"),
        ("/10/0/4", "35712000", "35712000"),
        ("/10/0/5", "61", "62"),
        ("/10/0/5", "0", "0"),
    ] {
        assert_eq!(status(&world.put(path, TEXT, written)), 204);
        assert_eq!(world.get(path).text(), read, "{path} {written}");
    }
}

#[test]
fn values_that_mean_nothing_are_refused_before_the_modem_hears_of_them() {
    let mut world = plain();
    for (path, value) in [
        ("/10/0/0", "0171-22"),
        ("/10/0/0", ""),
        ("/10/0/0", "+123456789012345678901"),
        ("/10/0/0", "1\",145\r"),
        ("/10/0/1", "65536"),
        ("/10/0/1", "-1"),
        ("/10/0/4", "35712001"),
        ("/10/0/4", "-1"),
        ("/10/0/5", "11161"),
        ("/10/0/13", "4"),
    ] {
        assert_eq!(status(&world.put(path, TEXT, value)), 400, "{path} {value}");
    }
    for (path, octets) in [
        ("/10/0/8", &[0x3E][..]),
        ("/10/0/8", &[0x3F]),
        ("/10/0/8", &[]),
        ("/10/0/8", &[0x39, 0x39]),
        ("/10/0/9", &[0x30]),
        ("/10/0/9", &[0x38]),
    ] {
        assert_eq!(
            status(&world.put(path, OPAQUE, octets)),
            400,
            "{path} {octets:x?}"
        );
    }
    for path in ["/10/0/11", "/10/0/12"] {
        assert_eq!(status(&world.put(path, TEXT, "1")), 405, "{path}");
    }
    assert!(commands(&mut world).is_empty());
}

#[test]
fn what_the_modem_refuses_is_told_and_changes_nothing() {
    let mut world = plain();
    world.put("/10/0/0", TEXT, "+4911");
    world.modem.saving.refuses = Some("AT+C");
    commands(&mut world);
    assert_eq!(status(&world.put("/10/0/0", TEXT, "+4922")), 400);
    assert_eq!(world.get("/10/0/0").text(), "+4911");
    // The window is told before the cycle, which is refused; nothing follows that.
    let both = [
        tlv::entry(tlv::RESOURCE, 8, &[0x12]),
        tlv::entry(tlv::RESOURCE, 9, &[0x12]),
    ]
    .concat();
    commands(&mut world);
    assert_eq!(status(&world.post("/10/0", TLV, both)), 400);
    assert_eq!(
        commands(&mut world),
        ["AT%XPTW=4,\"0001\"", "AT+CEDRXS=2,4,\"0010\""]
    );
    assert_eq!(status(&world.get("/10/0/8")), 404);
    world.modem.saving.refuses = None;
    assert_eq!(status(&world.put("/10/0/0", TEXT, "+4922")), 204);
    assert_eq!(world.get("/10/0/0").text(), "+4922");
}

#[test]
fn timers_that_the_network_grants_are_notified() {
    let mut world = plain();
    let (response, token) = world.observe("/10/0/4");
    assert_eq!(response.text(), "3600");
    let granted = "%XMONITOR: 5,\"\",\"\",\"00101\",\"0001\",7,20,\"00012345\",7,6300,53,30,\"\",\"00000110\",\"00100010\"\r\nOK\r\n";
    world
        .modem
        .answers
        .insert("AT%%XMONITOR", Some(granted.to_owned()));
    world
        .modem
        .notices
        .push("+CEREG: 5,\"0001\",\"00012345\",7,,,\"00000110\",\"00100010\"\r\n".to_owned());
    world.run(SECOND);
    let told = world.take_notifications(&token);
    assert_eq!(told.len(), 1);
    assert_eq!(told[0].message.text(), "7200");
}

#[test]
fn a_radio_that_is_off_is_silent_for_as_long_as_the_server_wants() {
    for secure in [false, true] {
        let mut world = if secure {
            crate::sim::secure()
        } else {
            plain()
        };
        world.take_events();
        let before = world.server.registers.len();
        assert_eq!(status(&world.put("/10/0/1", TEXT, "7")), 204);
        assert_eq!(world.get("/10/0/1").text(), "7");
        let off = world.now;
        world.run(10 * SECOND);
        assert_eq!(world.take_events(), [Event::LinkDown]);
        assert!(!world.is_open() && world.modem.functional == 4);
        world.run(6 * MINUTE);
        assert!(world.take_events().is_empty() && !world.is_open());
        while world.modem.functional == 4 {
            world.step(off + HOUR);
        }
        let silent = world.now - off;
        assert!((7 * MINUTE..8 * MINUTE).contains(&silent), "{silent}");
        world.run(MINUTE);
        assert_eq!(world.take_events(), [Event::LinkUp]);
        // Without security the device may have another address.
        let anew = usize::from(!secure);
        assert_eq!(world.server.registers.len(), before + anew);
        assert_eq!(world.get("/10/0/1").text(), "0");
        world.run(DAY);
        assert!(world.take_events().is_empty());
    }
}

#[test]
fn a_radio_goes_off_with_other_settings_of_the_same_request_or_not_at_all() {
    let mut world = plain();
    world.take_events();
    let both = [
        tlv::entry(tlv::RESOURCE, 1, &[2]),
        tlv::entry(tlv::RESOURCE, 4, &7_200u16.to_be_bytes()),
    ]
    .concat();
    world.modem.saving.refuses = Some("AT+CPSMS");
    assert_eq!(status(&world.post("/10/0", TLV, both.clone())), 400);
    assert_eq!(world.get("/10/0/1").text(), "0");
    world.run(MINUTE);
    assert!(world.take_events().is_empty());
    world.modem.saving.refuses = None;
    assert_eq!(status(&world.post("/10/0", TLV, both)), 204);
    world.run(10 * SECOND);
    assert_eq!(world.take_events(), [Event::LinkDown]);
}

#[test]
fn a_link_that_stays_up_is_an_error_and_the_servers_are_served() {
    let mut world = secure();
    world.application.link_down_answer = -5;
    world.take_events();
    assert_eq!(status(&world.put("/10/0/1", TEXT, "3")), 204);
    world.run(MINUTE);
    let error = Event::Error {
        kind: ErrorKind::LinkDown,
        cause: Cause::Code,
        code: -5,
    };
    assert_eq!(world.take_events(), [Event::LinkDown, error]);
    world.run(2 * MINUTE);
    assert!(world.carrier.is_registered());
    let trigger = world.server.updates.len();
    assert!(trigger > 0, "the device is heard again");
}

#[test]
fn a_restart_ends_the_silence() {
    let mut world = plain();
    world.put("/10/0/1", TEXT, "60");
    world.run(MINUTE);
    world.power_cut();
    world.run_until_registered();
    assert_eq!(world.get("/10/0/1").text(), "0");
}
