//! Start-up, a plain sequence on the caller's thread: layer below, modem, notifications, SIM, identity, protocol.

use core::ffi::c_int;

use carrier_core::config::{
    BOOTSTRAP, DATAGRAM, OBJECT_FIRMWARE, OBJECT_PORTFOLIO, OPERATORS, SMS,
};
use carrier_core::modem::query;
use carrier_core::profile::Settings;
use carrier_core::record::FirmwareRecord;
use carrier_core::{Config, Input, Query, RecordId};

use super::run::hand_in;
use super::{CARRIER, WAKE, Workspace, event};
use crate::abi::{LWM2M_CARRIER_ERROR_INIT, LWM2M_CARRIER_EVENT_INIT};
use crate::errno::Errno;
use crate::sys::os::HookFailed;
use crate::sys::{at, opening, os, poll, provision, sms, storage};

/// How often the SIM is asked for its state in milliseconds, besides being asked after each of its notifications.
const SIM_LOOK: c_int = 1_000;

/// How often, and how long apart in milliseconds, the IMSI is asked for: some cards tell it a moment after they are ready.
const IMSI_TRIES: usize = 10;
const IMSI_PAUSE: u16 = 500;

/// Brings everything up and tells the application; blocks until there is a SIM.
pub fn boot(workspace: &mut Workspace, settings: &Config) -> Result<(), Errno> {
    let result = start(workspace, settings);
    match result {
        Ok(()) => event::tell_plain(LWM2M_CARRIER_EVENT_INIT),
        Err(errno) => event::tell_error(LWM2M_CARRIER_ERROR_INIT, errno.negative()),
    };
    result
}

/// Out of line, so that its frame is gone when the application's handler is called.
#[inline(never)]
fn start(workspace: &mut Workspace, settings: &Config) -> Result<(), Errno> {
    os::init().map_err(|_| Errno::ACCES)?;
    start_modem(&mut workspace.outgoing).map_err(|_| Errno::IO)?;
    let result = start_with_modem(workspace, settings);
    if result.is_err() {
        // So that the next attempt finds the modem as this one did.
        os::modem_shutdown().ok();
    }
    result
}

/// Starts the modem library. What became of a package of its firmware is stored before the modem is told to forget it. Where the modem did
/// not survive that, the second start fails.
fn start_modem(room: &mut [u8]) -> Result<(), HookFailed> {
    let result = os::modem_init()?;
    if result == 0 {
        return Ok(());
    }
    if OBJECT_FIRMWARE != 0 {
        let length = FirmwareRecord::after_update(result).encode(room);
        storage::write(RecordId::Firmware, room.get(..length).unwrap_or_default());
    }
    os::modem_shutdown()?;
    match os::modem_init()? {
        0 => Ok(()),
        _ => Err(HookFailed),
    }
}

fn start_with_modem(workspace: &mut Workspace, settings: &Config) -> Result<(), Errno> {
    let room = &mut workspace.outgoing;
    at::init().map_err(|_| Errno::IO)?;
    for subscription in query::subscriptions() {
        at::command(*subscription, room).ok_or(Errno::IO)?;
    }
    WAKE.init().map_err(|_| Errno::NOMEM)?;
    poll::start().map_err(|_| Errno::NOMEM)?;
    opening::start().map_err(|_| Errno::NOMEM)?;
    wait_for_sim(room)?;
    identify(room)?;
    if SMS {
        sms::register();
    }
    if OPERATORS {
        let operator = CARRIER.with(|carrier| carrier.of_sim().map_or(0, |own| own.operator));
        provision::ask(operator);
    }
    let seed = os::random();
    let brought = if OPERATORS {
        settings_of
    } else {
        |_| Settings::NONE
    };
    // The application may change it once init has succeeded.
    if OBJECT_PORTFOLIO != 0 {
        let stored = storage::read(RecordId::Portfolio, room);
        hand_in(Input::Loaded(RecordId::Portfolio, stored));
    }
    CARRIER.with(|carrier| carrier.start(settings, seed, brought));
    Ok(())
}

/// What the product brings for an operator; settings that cannot be read count as none.
fn settings_of(operator: u8) -> Settings {
    let mut settings = Settings::NONE;
    if !provision::read(operator, &mut settings) {
        settings = Settings::NONE;
    }
    settings
}

/// Powers the SIM unless the application has switched the modem on, and waits for it without limit.
fn wait_for_sim(room: &mut [u8; DATAGRAM]) -> Result<(), Errno> {
    const FULL: u32 = 1;
    let mode = at::command(Query::Functional, room).ok_or(Errno::IO)?;
    if query::number(Query::Functional, mode) != Some(FULL) {
        at::command(Query::UiccOn, room).ok_or(Errno::IO)?;
    }
    const READY: u32 = 1;
    loop {
        // An error is no reason to give up: the SIM interface may still be starting.
        let state = at::command(Query::SimState, room)
            .and_then(|answer| query::number(Query::SimState, answer));
        if state == Some(READY) {
            return Ok(());
        }
        WAKE.take(SIM_LOOK);
    }
}

/// What modem and SIM are asked about themselves.
const ABOUT: &[Query] = if OPERATORS {
    &[
        Query::Imei,
        Query::Imsi,
        Query::Iccid,
        Query::Manufacturer,
        Query::Model,
        Query::Firmware,
        Query::Hardware,
        Query::Msisdn,
        Query::Operator,
    ]
} else if BOOTSTRAP {
    &[
        Query::Imei,
        Query::Imsi,
        Query::Iccid,
        Query::Manufacturer,
        Query::Model,
        Query::Firmware,
        Query::Hardware,
    ]
} else {
    &[
        Query::Imei,
        Query::Manufacturer,
        Query::Model,
        Query::Firmware,
        Query::Hardware,
    ]
};

/// Reads who modem and SIM are. Only the IMEI is indispensable: it names the device to every server.
fn identify(room: &mut [u8; DATAGRAM]) -> Result<(), Errno> {
    for query in ABOUT {
        let mut tries = if *query == Query::Imsi { IMSI_TRIES } else { 1 };
        loop {
            let answer = at::command(*query, room).unwrap_or_default();
            if CARRIER.with(|carrier| carrier.identity_mut().take(*query, answer)) {
                break;
            }
            if *query == Query::Imei {
                return Err(Errno::IO);
            }
            if *query == Query::Imsi {
                os::sleep(IMSI_PAUSE);
            }
            tries -= 1;
            if tries == 0 {
                break;
            }
        }
    }
    Ok(())
}
