//! Start-up, a plain sequence on the caller's thread: layer below, modem, notifications, SIM, identity, stored records, protocol.

use carrier_core::boundary::DEVICE_TEXT;
use carrier_core::modem::query::{self, SUBSCRIPTIONS};
use carrier_core::{Config, Duration, Identity, Query, RecordId};

use super::{CARRIER, WAKE, Workspace, event};
use crate::abi::{LWM2M_CARRIER_ERROR_INIT, LWM2M_CARRIER_EVENT_INIT};
use crate::errno::Errno;
use crate::sys::{at, os, poll, storage};

/// How often the SIM is asked for its state, besides being asked after each of its notifications.
const SIM_LOOK: Duration = Duration::from_secs(1);

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
    os::modem_init().map_err(|_| Errno::IO)?;
    at::init().map_err(|_| Errno::IO)?;
    for subscription in SUBSCRIPTIONS {
        at::command(subscription, &mut workspace.outgoing).map_err(|_| Errno::IO)?;
    }
    WAKE.init().map_err(|_| Errno::NOMEM)?;
    poll::start().map_err(|_| Errno::NOMEM)?;
    wait_for_sim(&mut workspace.outgoing)?;
    let identity = identify(&mut workspace.outgoing)?;
    for id in RecordId::ALL {
        if let Some(record) = storage::read(id, &mut workspace.outgoing) {
            CARRIER.with(|carrier| carrier.restore(id, record));
        }
    }
    let (now, seed) = (os::now(), os::random());
    CARRIER.with(|carrier| carrier.start(now, settings, identity, seed));
    Ok(())
}

/// Powers the SIM unless the application has switched the modem on, and waits for it without limit.
fn wait_for_sim(room: &mut [u8]) -> Result<(), Errno> {
    const FULL: u32 = 1;
    let mode = at::command(Query::Functional, room).map_err(|_| Errno::IO)?;
    if query::number(Query::Functional, mode) != Some(FULL) {
        at::command(Query::UiccOn, room).map_err(|_| Errno::IO)?;
    }
    const READY: u32 = 1;
    loop {
        // An error is no reason to give up: the SIM interface may still be starting.
        let state = at::command(Query::SimState, room)
            .ok()
            .and_then(|answer| query::number(Query::SimState, answer));
        if state == Some(READY) {
            return Ok(());
        }
        WAKE.take(Some(SIM_LOOK));
    }
}

/// Reads who modem and SIM are. Only the IMEI is indispensable: it names the device to every server.
fn identify(room: &mut [u8]) -> Result<Identity, Errno> {
    let mut identity = Identity::empty();
    identity.imei = value(Query::Imei, room).parse().unwrap_or_default();
    if identity.imei.is_empty() {
        return Err(Errno::IO);
    }
    for _ in 0..IMSI_TRIES {
        identity.imsi = value(Query::Imsi, room).parse().unwrap_or_default();
        if !identity.imsi.is_empty() {
            break;
        }
        os::sleep(IMSI_PAUSE);
    }
    identity.iccid = value(Query::Iccid, room).parse().unwrap_or_default();
    identity.msisdn = value(Query::Msisdn, room).parse().unwrap_or_default();
    identity.manufacturer = value(Query::Manufacturer, room).parse().unwrap_or_default();
    identity.model = value(Query::Model, room).parse().unwrap_or_default();
    identity.firmware = value(Query::Firmware, room).parse().unwrap_or_default();
    identity.hardware = value(Query::Hardware, room).parse().unwrap_or_default();
    Ok(identity)
}

/// What the modem answers, cut to the length of a Device object text; empty when it has no answer.
fn value(query: Query, room: &mut [u8]) -> &str {
    let answer = at::command(query, room).unwrap_or_default();
    let text = query::text(query, answer).unwrap_or_default();
    text.get(..DEVICE_TEXT).unwrap_or(text)
}
