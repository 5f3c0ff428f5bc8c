//! Power cuts at chosen writes. Every change of the record store, the credential store or the area for firmware has a number; the file `writes`
//! in the device directory lists them all, so that a sweep knows how many there are. A cut ends the process with
//! [`EXIT_CUT`], and what is on the disk then is what a device would find.

use crate::clock::clock;
use crate::device::{device, lock};
use std::fs::File;
use std::io::Write as _;
use std::path::Path;
use std::sync::Mutex;

/// Exit code of a process whose power was cut.
pub const EXIT_CUT: i32 = 76;

/// What is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Store {
    /// A record, or its deletion.
    Storage,
    /// A credential, or its deletion.
    Key,
    /// A piece of a firmware package, or what becomes of it.
    Firmware,
}

/// When power goes, as seen from the write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Nothing of it is done.
    Before,
    /// It is half done.
    Within,
    /// It is done, its caller does not know it.
    After,
}

/// A cut to come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Cut {
    /// Number of the write, from 1.
    number: u64,
    phase: Phase,
    /// The only store whose writes count, or all.
    store: Option<Store>,
    /// Numbers count from the start of this process instead of the first write on the directory.
    life: bool,
}

/// Numbers of writes to records, credentials and the area for firmware.
#[derive(Clone, Copy, Debug, Default)]
struct Count {
    storage: u64,
    key: u64,
    firmware: u64,
}

struct State {
    list: File,
    life: Count,
    device: Count,
    cuts: Vec<Cut>,
}

static STATE: Mutex<Option<State>> = Mutex::new(None);

impl Count {
    fn add(&mut self, store: Store) {
        match store {
            Store::Storage => self.storage += 1,
            Store::Key => self.key += 1,
            Store::Firmware => self.firmware += 1,
        }
    }

    fn of(self, store: Option<Store>) -> u64 {
        match store {
            Some(Store::Storage) => self.storage,
            Some(Store::Key) => self.key,
            Some(Store::Firmware) => self.firmware,
            None => self.storage + self.key + self.firmware,
        }
    }
}

impl Cut {
    /// Reads `<number> [before|within|after] [storage|key|firmware] [life]`, words in any order, also parted by commas.
    fn parse(text: &str) -> Option<Cut> {
        let mut cut = Cut {
            number: 0,
            phase: Phase::Before,
            store: None,
            life: false,
        };
        for word in text.split([' ', ',', ':']).filter(|word| !word.is_empty()) {
            match word {
                "before" => cut.phase = Phase::Before,
                "within" => cut.phase = Phase::Within,
                "after" => cut.phase = Phase::After,
                "storage" => cut.store = Some(Store::Storage),
                "key" => cut.store = Some(Store::Key),
                "firmware" => cut.store = Some(Store::Firmware),
                "life" => cut.life = true,
                number => cut.number = number.parse().ok()?,
            }
        }
        (cut.number > 0).then_some(cut)
    }
}

/// Reads the list of writes of earlier lives and `VIRTUAL_MODEM_CUT`.
pub(crate) fn start(directory: &Path) -> Result<(), String> {
    let path = directory.join("writes");
    let mut count = Count::default();
    for line in std::fs::read_to_string(&path).unwrap_or_default().lines() {
        match line.split_whitespace().nth(3) {
            Some("storage") => count.add(Store::Storage),
            Some("key") => count.add(Store::Key),
            Some("firmware") => count.add(Store::Firmware),
            Some(_) | None => {}
        }
    }
    let mut cuts = Vec::new();
    if let Ok(text) = std::env::var("VIRTUAL_MODEM_CUT")
        && !text.is_empty()
    {
        cuts.push(Cut::parse(&text).ok_or(format!("VIRTUAL_MODEM_CUT={text}: {USAGE}"))?);
    }
    let list = File::options().append(true).create(true).open(path);
    *lock(&STATE) = Some(State {
        list: list.map_err(|error| format!("writes: {error}"))?,
        life: Count::default(),
        device: count,
        cuts,
    });
    Ok(())
}

const USAGE: &str = "<number> [before|within|after] [storage|key|firmware] [life]";

/// A write of `text` begins. A cut before it happens here; the others are the caller's to play, with [`off`].
pub(crate) fn write_begins(store: Store, text: &str) -> Option<Phase> {
    let mut state = lock(&STATE);
    let state = state.as_mut()?;
    state.life.add(store);
    state.device.add(store);
    let name = match store {
        Store::Storage => "storage",
        Store::Key => "key",
        Store::Firmware => "firmware",
    };
    // number, life, uptime, store, what
    let line = format!(
        "{} {} {} {name} {text}\n",
        state.device.of(None),
        device().life(),
        clock().now_ms()
    );
    // A full disk must not change what the device does.
    let _ = state.list.write_all(line.as_bytes());
    let index = state.cuts.iter().position(|cut| {
        let count = if cut.life { state.life } else { state.device };
        cut.store.is_none_or(|wanted| wanted == store) && count.of(cut.store) == cut.number
    })?;
    let cut = state.cuts.remove(index);
    device().log(
        "power",
        &format!("cut {:?} write {}", cut.phase, line.trim_end()),
    );
    if cut.phase == Phase::Before {
        off();
    }
    Some(cut.phase)
}

/// Power goes: the process ends with [`EXIT_CUT`].
pub(crate) fn off() -> ! {
    device().log("power", "off");
    // The network's clock goes on.
    device().save_network_time();
    crate::os::misc::flush_output();
    // SAFETY: ends the process without running handlers, as a power cut does.
    unsafe { libc::_exit(EXIT_CUT) }
}

/// Control: `power writes`, `power cut <number> ...` (counted from now), `power off`.
pub(crate) fn control(line: &str) -> Result<String, String> {
    let (verb, rest) = line.split_once(' ').unwrap_or((line, ""));
    match verb {
        "writes" => {
            let state = lock(&STATE);
            let state = state.as_ref().ok_or("no device")?;
            Ok(format!(
                "life={} device={} storage={} key={} firmware={}",
                state.life.of(None),
                state.device.of(None),
                state.device.storage,
                state.device.key,
                state.device.firmware
            ))
        }
        "cut" => {
            let mut cut = Cut::parse(rest).ok_or(format!("power cut {USAGE}"))?;
            let mut state = lock(&STATE);
            let state = state.as_mut().ok_or("no device")?;
            let base = if cut.life { state.life } else { state.device };
            cut.number += base.of(cut.store);
            state.cuts.push(cut);
            Ok(String::new())
        }
        "off" => off(),
        _ => Err(format!("power writes | power cut {USAGE} | power off")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cut_is_told_in_words() {
        let cut = Cut::parse("7 within key life").unwrap();
        assert_eq!(
            (cut.number, cut.phase, cut.store, cut.life),
            (7, Phase::Within, Some(Store::Key), true)
        );
        let cut = Cut::parse("after,12").unwrap();
        assert_eq!(
            (cut.number, cut.phase, cut.store, cut.life),
            (12, Phase::After, None, false)
        );
        for wrong in ["", "0", "within", "3 sideways"] {
            assert_eq!(Cut::parse(wrong), None, "{wrong}");
        }
    }
}
