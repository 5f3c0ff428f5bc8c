//! Updates of the modem's firmware.

use carrier_lab::coap::{Block, Code, option};
use carrier_lab::request::Request;
use conformance::device::EXIT_RESTART;
use conformance::firmware::{UPDATED, package, quick, write, written};
use conformance::{Pair, Settings};

fn registered(change: impl FnOnce(Settings) -> Settings) -> Pair {
    Pair::start(|settings| change(quick(settings)))
        .until_registered()
        .0
}

/// State and result of the update.
fn standing(pair: &Pair) -> (String, String) {
    (pair.text("/5/0/3"), pair.text("/5/0/5"))
}

/// Pushes a package and has it applied with this outcome; the device restarts.
fn update(pair: &mut Pair, outcome: &str) {
    let image = package(&pair.device, 500, "");
    pair.expect(write(&image).block1(256), Code::CHANGED);
    pair.device.control(&format!("firmware outcome {outcome}"));
    pair.expect(Request::execute("/5/0/2", ""), Code::CHANGED);
    assert_eq!(pair.device.wait_exit().code(), Some(EXIT_RESTART));
}

#[test]
fn defect_17_a_failed_modem_update_is_told_to_application_and_server() {
    let mut pair = registered(|settings| settings);
    for (outcome, code) in [("authentication", 0x0440_0003), ("uuid", 0x0440_0004)] {
        update(&mut pair, outcome);
        pair.device.start_again();
        pair.wait_registered();
        let error = pair.device.wait_event("ERROR");
        assert_eq!((error.number(0), error.number(1)), (8, code), "{outcome}");
        assert_eq!(standing(&pair), ("0".into(), "8".into()), "{outcome}");
    }
    // Once: the next life has nothing new to tell the application, the server may still ask.
    pair.device.power_cut();
    pair.device.start_again();
    pair.wait_registered();
    assert_eq!(pair.device.count("ERROR"), 2);
    assert_eq!(standing(&pair).1, "8");
}

#[test]
fn defect_18_traffic_does_not_hold_up_a_modem_update() {
    let mut pair = registered(|settings| settings);
    let image = package(&pair.device, 4_000, "");
    let blocks = image.chunks(256);
    let last = blocks.len() - 1;
    pair.expect(Request::observe("/3/0/9"), Code::CONTENT);
    for (number, bytes) in blocks.enumerate() {
        let block = Block {
            number: number as u32,
            more: number < last,
            exponent: 4,
        };
        let value = block.to_uint().to_be_bytes();
        let mut request = write(bytes);
        request.options.push((option::BLOCK1, value[2..].to_vec()));
        let code = if block.more {
            Code::CONTINUE
        } else {
            Code::CHANGED
        };
        pair.expect(request, code);
        pair.device.tell("sources 1");
        pair.device.tell(&format!("battery {number}"));
        pair.device.tell("appdata 00112233");
        pair.expect(Request::read("/3/0"), Code::CONTENT);
    }
    assert_eq!(written(&pair.device), image);
    assert_eq!(standing(&pair), ("2".into(), "0".into()));
}

#[test]
fn defect_24_a_package_that_broke_off_is_not_continued_by_the_next() {
    let mut pair = registered(|settings| settings);
    let broken = package(&pair.device, 1_000, "");
    let block = Block {
        number: 0,
        more: true,
        exponent: 5,
    };
    let mut request = write(&broken[..block.size()]);
    request
        .options
        .push((option::BLOCK1, vec![block.to_uint() as u8]));
    pair.expect(request, Code::CONTINUE);
    assert_eq!(written(&pair.device), &broken[..block.size()]);
    // The modem keeps what it has over a restart.
    pair.device.power_cut();
    pair.device.start_again();
    pair.wait_registered();
    let image = package(&pair.device, 1_500, "");
    pair.expect(write(&image).block1(512), Code::CHANGED);
    assert_eq!(written(&pair.device), image);
    pair.expect(Request::execute("/5/0/2", ""), Code::CHANGED);
    assert_eq!(pair.device.wait_exit().code(), Some(EXIT_RESTART));
    pair.device.start_again();
    pair.wait_registered();
    assert_eq!(pair.text("/3/0/3"), UPDATED);
}

#[test]
fn defect_25_an_unsupported_image_is_a_bad_request() {
    let pair = registered(|settings| settings);
    for (image, result) in [
        (vec![0x5A; 100], "6"),
        (package(&pair.device, 400, "foreign"), "6"),
        (package(&pair.device, 400, "damaged"), "5"),
    ] {
        pair.expect(write(&image).block1(64), Code::BAD_REQUEST);
        assert_eq!(standing(&pair), ("0".into(), result.into()));
    }
}
