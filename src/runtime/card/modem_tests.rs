//! Reading the bootstrap file through the whole way to the virtual modem's card.
//!
//! One test function: the modem is one for each process.

use std::fs;
use std::string::String;
use std::vec::Vec;

use virtual_modem::device::device;
use virtual_modem::profile::ChainStyle;

use super::*;

/// A bootstrap account without security at `coap://bs.example`, whose unused resource 15 has `filler` bytes.
fn bootstrap(filler: u16) -> Vec<u8> {
    let be = u16::to_be_bytes;
    let resources = [
        b"\xC8\x00\x11coap://bs.example\xC1\x01\x01\xC1\x02\x03\xD0\x0F".as_slice(),
        &be(filler),
        &std::vec![b'x'; filler.into()],
    ]
    .concat();
    let length = resources.len() as u16;
    [
        b"\x00\x01".as_slice(),
        &be(length + 9),
        b"\x00\x00\x00",
        &be(length + 4),
        b"\x10\x00",
        &be(length),
        &resources,
    ]
    .concat()
}

fn hex(bytes: &[u8]) -> String {
    bytes
        .iter()
        .map(|byte| std::format!("{byte:02X}"))
        .collect()
}

#[test]
fn the_file_comes_from_the_modem_in_every_style_it_has() {
    // Beside this program. The modem writes to its folder until the process ends, so the next run clears it.
    let program = std::env::current_exe().expect("a name");
    let folder = program.with_extension("card-modem");
    let _ = fs::remove_dir_all(&folder);
    // SAFETY: no other test reads or writes the environment.
    #[allow(unsafe_code)]
    unsafe {
        std::env::set_var("VIRTUAL_MODEM_DIR", &folder);
        std::env::set_var("VIRTUAL_MODEM_CLOCK", "skip");
    }
    let modem = device();
    assert_eq!(modem.init(), Some(0));
    let mut workspace = Workspace::new();
    assert_eq!(read(&mut workspace), None, "the SIM has no power");
    assert_eq!(modem.at("AT+CFUN=41").result, 0);
    crate::sys::os::sleep(5_000);
    assert_eq!(read(&mut workspace), None, "an ordinary SIM");

    for filler in [0, 300, 1_000] {
        let file = bootstrap(filler);
        modem.with_engine(|engine| engine.set_card_bootstrap(&hex(&file)));
        for style in ["direct", "61xx", "6cxx", "both"] {
            let style = ChainStyle::parse(style).expect("a style");
            modem.with_engine(|engine| engine.profile.card.style = style);
            assert_eq!(read(&mut workspace), Some(&file[..]), "{filler} {style:?}");
        }
    }
    // A channel is open for each reader that did not close it, and there are three.
    for instruction in [0xA4, 0xB0] {
        for _ in 0..4 {
            modem.with_engine(|engine| engine.force_status(instruction, 0x6982, 1));
            assert_eq!(read(&mut workspace), None);
        }
    }
    assert!(read(&mut workspace).is_some());
    modem.with_engine(|engine| engine.remove_card_after(5));
    assert_eq!(read(&mut workspace), None, "the card was pulled out");
    modem.shut_down();
    assert_eq!(read(&mut workspace), None, "the modem is gone");
}
