//! Object 5: packages that servers push, from the first block to the restart and what comes after it.

use carrier_core::{Cause, ErrorKind, Event};

use crate::sim::bootstrap::{account, blank};
use crate::sim::coap::*;
use crate::sim::package::{REFUSED, VOLTAGE_LOW};
use crate::sim::*;

/// As RFC 7252 4.8.2 has it.
const EXCHANGE_LIFETIME: u64 = 247 * SECOND;

fn package(length: usize) -> Vec<u8> {
    (0..length)
        .map(|index| (index * 7 + index / 256) as u8)
        .collect()
}

/// Pushes one block; gives the code of the answer, which repeats the option.
fn block(world: &mut World, number: u32, more: bool, size: usize, part: &[u8]) -> u16 {
    let block = Block { number, more, size };
    let request = world
        .request(PUT, "/5/0/0")
        .with_uint(CONTENT_FORMAT, u32::from(OPAQUE))
        .with(BLOCK1, block.bytes())
        .payload(part);
    let response = world.exchange(&request);
    let code = dotted(response.code);
    if code == 231 || code == 204 {
        assert_eq!(response.block(BLOCK1), Some(block));
    }
    code
}

/// Pushes a package; gives the code of the last answer.
fn push(world: &mut World, package: &[u8], size: usize) -> u16 {
    let count = package.chunks(size).count();
    for (number, part) in package.chunks(size).enumerate() {
        let more = number + 1 < count;
        let code = block(world, number as u32, more, size, part);
        if code != 231 || !more {
            return code;
        }
    }
    unreachable!("the last block is answered")
}

/// State and result.
fn standing(world: &mut World) -> (String, String) {
    let read = |world: &mut World, path| world.get(path).text().to_owned();
    (read(world, "/5/0/3"), read(world, "/5/0/5"))
}

fn assert_stands(world: &mut World, state: &str, result: &str) {
    assert_eq!(standing(world), (state.to_owned(), result.to_owned()));
}

fn error(kind: ErrorKind, cause: Cause) -> Event {
    let code = 0;
    Event::Error { kind, cause, code }
}

fn error_code(kind: ErrorKind, code: i32) -> Event {
    let cause = Cause::Code;
    Event::Error { kind, cause, code }
}

/// A device with a package in its modem.
fn with_package() -> World {
    let mut world = plain();
    assert_eq!(push(&mut world, &package(700), 256), 204);
    world.take_events();
    world
}

#[test]
fn the_first_state_names_push_and_no_download() {
    let mut world = plain();
    assert_stands(&mut world, "0", "0");
    assert_eq!(world.get("/5/0/9").text(), "1");
    assert_eq!(dotted(world.get("/5/0/0").code), 405);
    assert_eq!(dotted(world.get("/5/0/2").code), 405);
    // Package URI, State, Update Result, no protocol, push.
    let all = [0xC0, 1, 0xC1, 3, 0, 0xC1, 5, 0, 0x80, 8, 0xC1, 9, 1];
    assert_eq!(world.get_as("/5/0", TLV).payload, all);
    assert_eq!(dotted(world.execute("/5/0/2").code), 405);
}

#[test]
fn any_block_size_brings_the_same_package() {
    for exponent in 0..7 {
        let size = 16 << exponent;
        let mut world = plain();
        let package = package(5_000);
        assert_eq!(push(&mut world, &package, size), 204, "{size}");
        assert_eq!(world.modem.package.bytes(), package, "{size}");
        assert_stands(&mut world, "2", "0");
        assert_eq!(world.take_events().last(), Some(&Event::FirmwareStarted));
    }
}

#[test]
fn states_are_seen_while_it_goes_on() {
    let mut world = plain();
    let (_, state) = world.observe("/5/0/3");
    let (_, result) = world.observe("/5/0/5");
    let package = package(300);
    assert_eq!(block(&mut world, 0, true, 256, &package[..256]), 231);
    assert_stands(&mut world, "1", "0");
    assert_eq!(block(&mut world, 1, false, 256, &package[256..]), 204);
    assert_stands(&mut world, "2", "0");
    world.restarts = false;
    assert_eq!(dotted(world.execute("/5/0/2").code), 204);
    world.run(MINUTE);
    let texts: Vec<String> = world
        .take_notifications(&state)
        .iter()
        .map(|one| one.message.text().to_owned())
        .collect();
    assert_eq!(texts[..2], ["1", "2"]);
    assert!(world.take_notifications(&result).is_empty());
}

#[test]
fn an_update_restarts_the_device_and_runs_the_new_firmware() {
    let mut world = with_package();
    assert_eq!(world.get("/3/0/3").text(), "mfw_1.3.2");
    assert_eq!(dotted(world.execute("/5/0/2").code), 204);
    world.run(MINUTE);
    let events = world.take_events();
    assert_eq!(events[..2], [Event::Reboot, Event::PowerOff]);
    assert_eq!((world.resets, events.last()), (1, Some(&Event::Registered)));
    assert_stands(&mut world, "0", "1");
    assert_eq!(world.get("/3/0/3").text(), "mfw_1.3.3");
    // The result stays until the next package begins.
    world.power_cut();
    world.run(MINUTE);
    assert_stands(&mut world, "0", "1");
    assert_eq!(block(&mut world, 0, true, 16, &[1; 16]), 231);
    assert_stands(&mut world, "1", "0");
}

#[test]
fn the_application_may_restart_the_device_itself() {
    let mut world = with_package();
    world.application.reboot_answer = 1;
    assert_eq!(dotted(world.execute("/5/0/2").code), 204);
    world.run(MINUTE);
    assert_eq!(
        (world.take_events(), world.resets),
        (vec![Event::Reboot], 0)
    );
    world.power_cut();
    world.run(MINUTE);
    assert_stands(&mut world, "0", "1");
}

#[test]
fn a_package_that_is_not_applied_is_told_once() {
    let mut world = with_package();
    world.modem.package.outcome = REFUSED;
    world.execute("/5/0/2");
    world.run(MINUTE);
    let failed = error_code(ErrorKind::FirmwareFailed, REFUSED);
    assert!(world.take_events().contains(&failed));
    assert_stands(&mut world, "0", "8");
    world.power_cut();
    world.run(MINUTE);
    assert!(!world.take_events().contains(&failed));
    assert_stands(&mut world, "0", "8");
}

#[test]
fn with_too_low_a_voltage_the_update_waits_for_the_next_start() {
    let mut world = with_package();
    world.modem.package.outcome = VOLTAGE_LOW;
    world.execute("/5/0/2");
    world.run(MINUTE);
    assert_stands(&mut world, "3", "0");
    world.power_cut();
    world.run(MINUTE);
    assert_stands(&mut world, "0", "1");
}

#[test]
fn an_update_whose_result_got_lost_shows_in_the_version() {
    let mut world = with_package();
    world.modem.package.is_silent = true;
    world.execute("/5/0/2");
    world.run(MINUTE);
    assert_stands(&mut world, "0", "1");
}

#[test]
fn an_update_the_modem_refuses_ends_at_once() {
    let mut world = with_package();
    world.modem.package.codes.push_back(19);
    assert_eq!(dotted(world.execute("/5/0/2").code), 204);
    world.run(MINUTE);
    let failed = error_code(ErrorKind::FirmwareFailed, 19);
    assert_eq!((world.take_events(), world.resets), (vec![failed], 0));
    assert_stands(&mut world, "0", "8");
}

#[test]
fn one_zero_byte_or_none_resets() {
    for payload in [&[0][..], &[]] {
        let mut world = with_package();
        assert_eq!(dotted(world.put("/5/0/0", OPAQUE, payload).code), 204);
        assert_stands(&mut world, "0", "0");
        assert!(world.modem.package.parts.is_empty());
        let stopped = error(ErrorKind::FirmwareLost, Cause::Cancelled);
        assert_eq!(world.take_events(), [stopped]);
        // Where there is nothing, nobody is told.
        assert_eq!(dotted(world.put("/5/0/0", OPAQUE, payload).code), 204);
        assert_eq!(dotted(world.put("/5/0/1", TEXT, "").code), 204);
        assert_eq!(world.take_events(), []);
        assert_eq!(dotted(world.execute("/5/0/2").code), 405);
    }
    let mut world = plain();
    assert_eq!(block(&mut world, 0, true, 16, &[1; 16]), 231);
    assert_eq!(dotted(world.put("/5/0/1", TEXT, "").code), 204);
    assert_stands(&mut world, "0", "0");
    assert_eq!(block(&mut world, 1, true, 16, &[1; 16]), 408);
}

#[test]
fn no_address_is_downloaded_from() {
    let mut world = plain();
    for (uri, result) in [("http://a/b", "9"), ("coap://a/b", "9"), ("nowhere", "7")] {
        assert_eq!(dotted(world.put("/5/0/1", TEXT, uri).code), 204);
        assert_stands(&mut world, "0", result);
        assert_eq!(world.get("/5/0/1").text(), "");
        world.power_cut();
        world.run(MINUTE);
        assert_stands(&mut world, "0", result);
    }
    assert_eq!(dotted(world.put("/5/0/1", TEXT, "").code), 204);
    assert_stands(&mut world, "0", "0");
    let long = "x".repeat(256);
    assert_eq!(dotted(world.put("/5/0/1", TEXT, long).code), 400);
    let mut world = with_package();
    assert_eq!(dotted(world.put("/5/0/1", TEXT, "coap://a/b").code), 405);
    assert_stands(&mut world, "2", "0");
}

#[test]
fn what_the_modem_refuses_has_its_result() {
    let refused = [
        (1, "3", 500),
        (3, "6", 400),
        (5, "5", 400),
        (9, "6", 400),
        (12, "8", 500),
        (14, "8", 500),
        (-5, "8", 500),
    ];
    for (code, result, answer) in refused {
        for good in [0, 2] {
            let mut world = plain();
            world.modem.package.codes.extend(vec![0; good]);
            world.modem.package.codes.push_back(code);
            world.take_events();
            assert_eq!(push(&mut world, &package(100), 16), answer);
            let told = error_code(ErrorKind::FirmwarePackage, code);
            assert_eq!(world.take_events(), [Event::FirmwareStarted, told]);
            assert_stands(&mut world, "0", result);
            assert!(world.modem.package.parts.is_empty());
            // The next one is welcome.
            assert_eq!(push(&mut world, &package(100), 16), 204);
            assert_stands(&mut world, "2", "0");
        }
    }
}

#[test]
fn what_does_not_fit_is_refused_as_soon_as_that_is_known() {
    let mut world = plain();
    world.modem.package.area = 512;
    assert_eq!(push(&mut world, &package(513), 64), 413);
    assert_stands(&mut world, "0", "2");
    let first = Block {
        number: 0,
        more: true,
        size: 64,
    };
    let request = world
        .request(PUT, "/5/0/0")
        .with_uint(CONTENT_FORMAT, u32::from(OPAQUE))
        .with(BLOCK1, first.bytes())
        .with_uint(SIZE1, 513)
        .payload([1; 64]);
    assert_eq!(dotted(world.exchange(&request).code), 413);
    assert_eq!(push(&mut world, &package(512), 64), 204);
}

#[test]
fn a_first_block_waits_while_the_modem_erases() {
    let mut world = with_package();
    world.put("/5/0/0", OPAQUE, [0]);
    world.modem.package.parts.push(vec![1]);
    world.modem.package.erase_time = 20 * SECOND;
    let before = world.now;
    assert_eq!(block(&mut world, 0, true, 64, &package(64)), 231);
    assert!((20 * SECOND..25 * SECOND).contains(&(world.now - before)));
    assert_eq!(world.modem.package.parts.len(), 1);
    assert_eq!(block(&mut world, 1, false, 64, &[9; 3]), 204);
    assert_eq!(world.modem.package.bytes().len(), 67);
}

#[test]
fn a_modem_that_never_has_erased_ends_the_package() {
    let mut world = plain();
    world.modem.package.parts.push(vec![1]);
    world.modem.package.erase_time = DAY;
    let request = world.request(PUT, "/5/0/0").payload([1; 20]);
    assert!(world.try_exchange(&request).is_none());
    world.run(5 * MINUTE);
    assert_stands(&mut world, "0", "8");
    let told = error_code(ErrorKind::FirmwarePackage, 17);
    assert_eq!(world.take_events().last(), Some(&told));
}

#[test]
fn a_lost_link_while_the_modem_erases_loses_the_package() {
    let mut world = plain();
    world.modem.package.parts.push(vec![1]);
    world.modem.package.erase_time = 20 * SECOND;
    let request = world.request(PUT, "/5/0/0").payload([1; 20]);
    let now = world.now;
    world.server.begin(now, &request);
    world.run(SECOND);
    world.server.abandon();
    world.lose_link();
    world.run(MINUTE);
    assert_stands(&mut world, "0", "4");
    assert!(world.modem.package.parts.is_empty());
}

#[test]
fn blocks_come_in_order_and_once() {
    let mut world = plain();
    let package = package(200);
    assert_eq!(block(&mut world, 1, true, 16, &package[16..32]), 408);
    assert_stands(&mut world, "0", "0");
    assert_eq!(block(&mut world, 0, true, 64, &package[..64]), 231);
    assert_eq!(block(&mut world, 2, true, 64, &package[128..192]), 408);
    // The second block was written, its answer lost together with the exchange.
    assert_eq!(block(&mut world, 1, true, 64, &package[64..128]), 231);
    assert_eq!(block(&mut world, 1, true, 64, &package[64..128]), 231);
    assert_eq!(block(&mut world, 0, true, 64, &[1; 65]), 400);
    assert_eq!(block(&mut world, 2, true, 64, &[1; 63]), 400);
    // Smaller from here on.
    assert_eq!(block(&mut world, 4, true, 32, &package[128..160]), 231);
    assert_eq!(block(&mut world, 5, true, 32, &package[160..192]), 231);
    assert_eq!(block(&mut world, 12, false, 16, &package[192..]), 204);
    assert_eq!(block(&mut world, 12, false, 16, &package[192..]), 204);
    assert_eq!(world.modem.package.bytes(), package);
    assert_eq!(world.modem.package.parts.len(), 5);
    assert_eq!(push(&mut world, &package, 64), 405);
}

#[test]
fn a_transfer_begins_anew_with_its_first_block() {
    let mut world = plain();
    world.modem.package.erase_time = SECOND;
    assert_eq!(block(&mut world, 0, true, 64, &[1; 64]), 231);
    assert_eq!(block(&mut world, 1, true, 64, &[1; 64]), 231);
    assert_eq!(push(&mut world, &package(100), 64), 204);
    assert_eq!(world.modem.package.bytes(), package(100));
    assert_eq!(world.count(|event| *event == Event::FirmwareStarted), 1);
}

#[test]
fn a_late_copy_of_the_first_block_begins_nothing() {
    let mut world = plain();
    let first = Block {
        number: 0,
        more: true,
        size: 16,
    };
    let request = world
        .request(PUT, "/5/0/0")
        .with(BLOCK1, first.bytes())
        .payload([1; 16]);
    assert_eq!(dotted(world.exchange(&request).code), 231);
    for number in 1..8 {
        assert_eq!(block(&mut world, number, true, 16, &[2; 16]), 231);
    }
    world.deliver(&request.encode());
    world.run(SECOND);
    assert_eq!(block(&mut world, 8, false, 16, &[3; 16]), 204);
    assert_eq!(world.modem.package.bytes().len(), 9 * 16);
}

#[test]
fn a_package_in_one_piece_and_one_as_tlv() {
    let mut world = plain();
    assert_eq!(dotted(world.put("/5/0/0", OPAQUE, [7; 1_000]).code), 204);
    assert_eq!(world.modem.package.bytes(), [7; 1_000]);
    world.put("/5/0/0", OPAQUE, []);
    let package = package(300);
    let wrapped = tlv::entry(tlv::RESOURCE, 0, &package);
    for (number, part) in wrapped.chunks(16).enumerate() {
        let more = (number + 1) * 16 < wrapped.len();
        let block = Block {
            number: number as u32,
            more,
            size: 16,
        };
        let request = world
            .request(PUT, "/5/0/0")
            .with_uint(CONTENT_FORMAT, u32::from(TLV))
            .with(BLOCK1, block.bytes())
            .payload(part);
        let wanted = if more { 231 } else { 204 };
        assert_eq!(dotted(world.exchange(&request).code), wanted);
    }
    assert_eq!(world.modem.package.bytes(), package);
    world.put("/5/0/0", OPAQUE, []);
    let other = tlv::entry(tlv::RESOURCE, 1, &package);
    assert_eq!(dotted(world.put("/5/0/0", TLV, other).code), 400);
    assert_eq!(dotted(world.put("/5/0/0", TEXT, "QUJD").code), 415);
    assert_eq!(dotted(world.post("/5/0/0", OPAQUE, [1; 5]).code), 405);
    // A whole instance brings no package, but may reset.
    let whole = tlv::entry(tlv::RESOURCE, 0, &package);
    assert_eq!(dotted(world.put("/5/0", TLV, whole).code), 405);
    let reset = tlv::entry(tlv::RESOURCE, 0, &[0]);
    assert_eq!(dotted(world.put("/5/0", TLV, reset).code), 204);
    assert_stands(&mut world, "0", "0");
}

#[test]
fn a_transfer_that_stops_is_given_up() {
    let mut world = plain();
    assert_eq!(block(&mut world, 0, true, 64, &[1; 64]), 231);
    world.run(EXCHANGE_LIFETIME - SECOND);
    assert_stands(&mut world, "1", "0");
    world.take_events();
    world.run(2 * SECOND);
    assert_stands(&mut world, "0", "4");
    let lost = error(ErrorKind::FirmwareLost, Cause::TimedOut);
    assert_eq!(world.take_events(), [lost]);
    assert!(world.modem.package.parts.is_empty());
    assert_eq!(block(&mut world, 1, true, 64, &[1; 64]), 408);
    // A whole package waits without limit.
    let mut world = with_package();
    world.run(DAY);
    assert_stands(&mut world, "2", "0");
}

#[cfg(feature = "bootstrap")]
#[test]
fn while_one_server_pushes_no_other_can() {
    let mut world = blank(false);
    world.give(&[
        account(false, "server.example", 101),
        account(false, "second.example", 102),
    ]);
    world.start();
    world.run_until_registered();
    world.run(MINUTE);
    let package = package(200);
    assert_eq!(block(&mut world, 0, true, 64, &package[..64]), 231);
    world.focus(Some(SECOND_SERVER));
    assert_eq!(block(&mut world, 0, true, 64, &[9; 64]), 405);
    assert_eq!(block(&mut world, 1, true, 64, &[9; 64]), 405);
    world.focus(None);
    assert_eq!(block(&mut world, 1, true, 64, &package[64..128]), 231);
    assert_eq!(block(&mut world, 2, true, 64, &package[128..192]), 231);
    assert_eq!(block(&mut world, 3, false, 64, &package[192..]), 204);
    assert_eq!(world.modem.package.bytes(), package);
    // What another one wants collected does not get into the way of a part that waits for the modem.
    world.focus(Some(SECOND_SERVER));
    world.put("/5/0/0", OPAQUE, [0]);
    world.modem.package.parts.push(vec![1]);
    world.modem.package.erase_time = 10 * SECOND;
    world.focus(None);
    let request = world.request(PUT, "/5/0/0").payload([5; 40]);
    let now = world.now;
    world.server.begin(now, &request);
    world.run(SECOND);
    world.focus(Some(SECOND_SERVER));
    assert_eq!(dotted(world.put("/10250/0/1", OPAQUE, [6; 30]).code), 204);
    world.run(MINUTE);
    assert_eq!(world.modem.package.bytes(), [5; 40]);
}

#[test]
fn while_an_update_waits_nothing_is_written() {
    let mut world = with_package();
    world.application.reboot_answer = 1;
    world.modem.package.outcome = VOLTAGE_LOW;
    world.execute("/5/0/2");
    world.power_cut();
    world.run(MINUTE);
    assert_stands(&mut world, "3", "0");
    assert_eq!(push(&mut world, &package(100), 16), 405);
    assert_eq!(dotted(world.put("/5/0/0", OPAQUE, [0]).code), 405);
    assert_eq!(dotted(world.put("/5/0/1", TEXT, "").code), 405);
    assert_eq!(dotted(world.execute("/5/0/2").code), 405);
}

#[test]
fn a_restart_forgets_a_package_that_is_not_whole_and_keeps_a_whole_one() {
    let mut world = plain();
    assert_eq!(block(&mut world, 0, true, 64, &[1; 64]), 231);
    world.power_cut();
    world.run(MINUTE);
    assert_stands(&mut world, "0", "4");
    assert_eq!(push(&mut world, &package(300), 64), 204);
    world.power_cut();
    world.run(MINUTE);
    assert_stands(&mut world, "2", "0");
    world.execute("/5/0/2");
    world.run(MINUTE);
    assert_stands(&mut world, "0", "1");
}

/// Power fails at each output from the first block to the first registration afterwards: state and result always agree with the
/// firmware that runs, and an update can be brought to its end.
#[test]
fn wherever_power_fails_state_and_firmware_agree() {
    let go = |world: &mut World| {
        let package = package(300);
        for (number, part) in package.chunks(64).enumerate() {
            let block = Block {
                number: number as u32,
                more: (number + 1) * 64 < package.len(),
                size: 64,
            };
            let request = world
                .request(PUT, "/5/0/0")
                .with(BLOCK1, block.bytes())
                .payload(part);
            if world.try_exchange(&request).is_none() {
                return;
            }
        }
        world.try_execute("/5/0/2");
        world.run(MINUTE);
    };
    let mut whole = plain();
    let begin = whole.outputs;
    go(&mut whole);
    let end = whole.outputs;
    assert!(end > begin + 15);
    assert_eq!(whole.modem.package.version(), "mfw_1.3.3");
    for at in begin + 1..=end {
        for when in [Cut::Before, Cut::After] {
            let mut world = plain();
            world.cut = Some((at, when));
            go(&mut world);
            world.run(10 * MINUTE);
            let name = format!("{when:?} {at}");
            assert!(world.carrier.is_registered(), "{name}");
            let (state, result) = standing(&mut world);
            let updated = world.modem.package.version() == "mfw_1.3.3";
            match (state.as_str(), result.as_str()) {
                ("0", "1") => assert!(updated, "{name}"),
                ("0", "0" | "4") => {
                    assert!(!updated, "{name}");
                    assert_eq!(push(&mut world, &package(300), 64), 204, "{name}");
                }
                ("2", "0" | "8") => assert!(!updated, "{name}"),
                other => panic!("{name}: {other:?}"),
            }
            if !updated {
                assert_eq!(dotted(world.execute("/5/0/2").code), 204, "{name}");
                world.run(MINUTE);
                assert_stands(&mut world, "0", "1");
                assert_eq!(world.modem.package.version(), "mfw_1.3.3", "{name}");
            }
        }
    }
}

#[test]
#[cfg(feature = "object-connectivity")]
fn all_that_is_due_at_once_after_a_long_wait_for_the_application_is_done() {
    let mut world = plain();
    assert_eq!(dotted(world.put("/7/0/8", TEXT, "100").code), 204);
    world.observe("/7/0/8");
    assert_eq!(dotted(world.execute("/7/0/6").code), 204);
    assert_eq!(block(&mut world, 0, true, 256, &package(256)), 231);
    world.lose_coverage(false);
    world.take_events();
    // The network, the end of counting, and the package that does not come.
    world.now += EXCHANGE_LIFETIME;
    world.apply(|_| ());
    let lost = error(ErrorKind::FirmwareLost, Cause::TimedOut);
    assert_eq!(world.take_events(), [lost]);
}
