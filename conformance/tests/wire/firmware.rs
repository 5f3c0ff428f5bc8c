//! Object 5 on the wire: packages pushed into the modem, their errors, the update and the restart. Packages come from the
//! modem itself, and its folder tells which bytes arrived.

use carrier_lab::coap::{Code, format};
use carrier_lab::request::{Reply, Request};
use conformance::device::EXIT_RESTART;
use conformance::firmware::{UPDATED, package, quick, write, written};
use conformance::setup::Pair;
use std::time::Duration;

const PACKAGE: &str = "/5/0/0";
/// Of a Linux host.
const ECANCELED: i64 = -125;

fn registered() -> Pair {
    Pair::start(quick).until_registered().0
}

/// State and result.
#[track_caller]
fn expect_standing(pair: &Pair, state: &str, result: &str) {
    let standing = (pair.text("/5/0/3"), pair.text("/5/0/5"));
    assert_eq!(standing, (state.to_string(), result.to_string()));
}

/// The next error event.
fn expect_error(pair: &Pair, kind: i64, value: i64) {
    let event = pair.device.wait_event("ERROR");
    assert_eq!((event.number(0), event.number(1)), (kind, value));
}

fn push(pair: &Pair, payload: &[u8], size: usize, code: Code) -> Reply {
    pair.expect(write(payload).block1(size), code)
}

#[test]
fn ob_05_the_first_state_is_idle_and_names_push() {
    let pair = registered();
    expect_standing(&pair, "0", "0");
    assert_eq!(pair.text("/5/0/9"), "1");
    let reply = pair.expect(Request::read_as("/5/0", format::TLV), Code::CONTENT);
    // No protocol to download by, and push.
    assert!(reply.payload.ends_with(&[0x80, 8, 0xC1, 9, 1]));
    pair.expect(Request::read(PACKAGE), Code::of(4, 5));
    pair.expect(Request::execute("/5/0/2", ""), Code::of(4, 5));
}

#[test]
fn ob_06_a_zero_byte_resets_and_an_image_goes_through_its_states() {
    let mut pair = registered();
    pair.expect(write(&[0]), Code::CHANGED);
    expect_standing(&pair, "0", "0");
    let image = package(&pair.device, 3_000, "");
    push(&pair, &image, 512, Code::CHANGED);
    assert_eq!(pair.device.wait_event("FOTA_START").details, ["0", "-"]);
    expect_standing(&pair, "2", "0");
    // Another one only after a reset.
    push(&pair, &image, 512, Code::of(4, 5));
    pair.expect(write(&[0]), Code::CHANGED);
    expect_standing(&pair, "0", "0");
    expect_error(&pair, 7, ECANCELED);
    push(&pair, &image, 512, Code::CHANGED);
    assert_eq!(written(&pair.device), image);
    pair.expect(Request::execute("/5/0/2", ""), Code::CHANGED);
    assert_eq!(pair.device.wait_exit().code(), Some(EXIT_RESTART));
    pair.device.start_again();
    pair.wait_registered();
    expect_standing(&pair, "0", "1");
    assert_eq!(pair.text("/3/0/3"), UPDATED);
    let names = pair.device.event_names();
    let life = ["INIT", "LTE_LINK_UP", "REGISTERED"];
    let update = [
        "FOTA_START",
        "ERROR",
        "FOTA_START",
        "REBOOT",
        "LTE_POWER_OFF",
    ];
    assert_eq!(names, [&life[..], &update, &life].concat());
}

#[test]
fn ob_09_an_image_larger_than_the_area_has_its_result() {
    let pair = registered();
    let image = package(&pair.device, 3_000, "");
    pair.device.control("firmware area 2999");
    push(&pair, &image, 256, Code::of(4, 13));
    expect_standing(&pair, "0", "2");
    expect_error(&pair, 4, -28);
    pair.device.control("firmware area 3000");
    push(&pair, &image, 256, Code::CHANGED);
    expect_standing(&pair, "2", "0");
}

#[test]
fn ob_11_a_package_of_an_unknown_kind_has_its_result() {
    let pair = registered();
    push(&pair, &[0x5A; 100], 64, Code::BAD_REQUEST);
    expect_standing(&pair, "0", "6");
    expect_error(&pair, 4, 3);
    let foreign = package(&pair.device, 400, "foreign");
    push(&pair, &foreign, 64, Code::BAD_REQUEST);
    expect_standing(&pair, "0", "6");
    expect_error(&pair, 4, 9);
    let damaged = package(&pair.device, 400, "damaged");
    push(&pair, &damaged, 64, Code::BAD_REQUEST);
    expect_standing(&pair, "0", "5");
    expect_error(&pair, 4, 5);
    push(&pair, &package(&pair.device, 400, ""), 64, Code::CHANGED);
    expect_standing(&pair, "2", "0");
}

#[test]
fn ob_12_an_unsupported_scheme_has_its_result() {
    let pair = registered();
    let uri = "gopher://files.example/image";
    pair.expect(Request::write_text("/5/0/1", uri), Code::CHANGED);
    expect_standing(&pair, "0", "9");
    pair.expect(Request::write_text("/5/0/1", ""), Code::CHANGED);
    expect_standing(&pair, "0", "0");
    assert_eq!(pair.device.count("FOTA_START"), 0);
}

#[test]
fn an_update_the_modem_does_not_apply_is_told_and_reported() {
    let mut pair = registered();
    push(&pair, &package(&pair.device, 500, ""), 256, Code::CHANGED);
    pair.device.control("firmware outcome authentication");
    pair.expect(Request::execute("/5/0/2", ""), Code::CHANGED);
    assert_eq!(pair.device.wait_exit().code(), Some(EXIT_RESTART));
    pair.device.start_again();
    pair.wait_registered();
    expect_error(&pair, 8, 0x0440_0003);
    expect_standing(&pair, "0", "8");
}

#[test]
fn an_application_may_restart_an_updated_device_itself() {
    let mut pair = registered();
    pair.device.tell("reboot-answer 1");
    push(&pair, &package(&pair.device, 500, ""), 256, Code::CHANGED);
    pair.expect(Request::execute("/5/0/2", ""), Code::CHANGED);
    pair.device.wait_event("REBOOT");
    std::thread::sleep(Duration::from_millis(200));
    pair.device.power_cut();
    pair.device.start_again();
    pair.wait_registered();
    expect_standing(&pair, "0", "1");
    assert_eq!(pair.device.count("LTE_POWER_OFF"), 0);
}
