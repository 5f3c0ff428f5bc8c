//! The run loop: what comes in goes to the protocol, what the protocol asks for is carried out.
//!
//! One turn: drain what is due, hand in notifications, receive from the links that are ready, give the sockets to the helper thread.
//! Then sleep until something comes or the protocol's next deadline.
//!
//! Functions with large frames are kept out of line, so that they do not lie below the application's handler on the stack.

use core::ffi::c_int;

use carrier_core::config::{DATAGRAM, OBJECT_FIRMWARE, PDN, SERVERS, SMARTCARD, SMS};
use carrier_core::{FirmwareStep, Input, KeyError, Link, LinkError, Live, Output, Query, RecordId};

use super::{CARRIER, INBOX, WAKE, Workspace, card, event};
use crate::abi::LWM2M_CARRIER_ERROR_INTERNAL;
use crate::errno::Errno;
use crate::sys::os::FOREVER;
use crate::sys::socket::{self, Socket, Trouble};
use crate::sys::{application, at, dfu, keys, nrf, opening, os, pdn, poll, ptr, sms, storage};

/// Datagrams taken from one link in a turn, so that a flood on one does not starve the other.
const DATAGRAMS_A_TURN: usize = 16;

/// Runs until the modem library is gone.
pub fn run(workspace: &mut Workspace) {
    os::modem_is_there();
    while turn(workspace) {
        let now = os::now();
        let limit = match CARRIER.with(|carrier| carrier.deadline()) {
            // Not zero: a wait of zero would not let other threads of the same priority run.
            Some(deadline) => c_int::try_from(deadline.since(now).as_millis())
                .unwrap_or(c_int::MAX)
                .max(1),
            None => FOREVER,
        };
        WAKE.take(limit);
    }
    workspace.sockets.close_all();
    event::tell_error(LWM2M_CARRIER_ERROR_INTERNAL, Errno::IO.negative());
}

/// False: the modem library is not running any more, and neither does anything else.
fn turn(workspace: &mut Workspace) -> bool {
    sample(&mut workspace.outgoing);
    if !drain(workspace) {
        return false;
    }
    while let Some(entry) = INBOX.with(|inbox| inbox.take(&mut workspace.incoming)) {
        if SMS && sms::is_sms(entry) {
            hand_in(Input::Sms(entry));
        } else if let Some(line) = ptr::utf8(entry) {
            hand_in(Input::Notification(line));
        }
        if !drain(workspace) {
            return false;
        }
    }
    if INBOX.with(|inbox| inbox.take_missed()) {
        hand_in(Input::NotificationsMissed);
        if !drain(workspace) {
            return false;
        }
    }
    let idle = poll::is_idle();
    for link in (0..SERVERS as u8).map(Link) {
        if let Some(outcome) = opening::take(link) {
            opened(workspace, link, outcome);
            if !drain(workspace) {
                return false;
            }
        }
        let ready = workspace.sockets.take_ready(link);
        if ready != 0 && !receive(workspace, link, ready & !nrf::NRF_POLLIN != 0) {
            return false;
        }
    }
    // When the helper has let go meanwhile, it has also woken this thread for another turn.
    if idle {
        workspace.sockets.hand_over();
    } else if workspace.sockets.changed() {
        poll::ask_to_stop();
    }
    true
}

/// Asks the application for the values it alone knows; `room` is for the time zone.
#[inline(never)]
fn sample(room: &mut [u8]) {
    let live = Live {
        utc_time: application::utc_time(),
        utc_offset: application::utc_offset(),
        memory_free: application::memory_free(),
        timezone: application::timezone(room),
    };
    CARRIER.with(|carrier| carrier.live(&live));
}

/// Hands in what has happened.
#[inline(never)]
pub fn hand_in(input: Input<'_>) {
    let now = os::now();
    CARRIER.with(|carrier| carrier.input(now, input));
}

/// Receives what a link has. A failed link that has not even an error to tell is lost. False: the modem is gone.
#[inline(never)]
fn receive(workspace: &mut Workspace, link: Link, failed: bool) -> bool {
    for count in 0..DATAGRAMS_A_TURN {
        match workspace.sockets.receive(link, &mut workspace.incoming) {
            Ok(length) => {
                sample(&mut workspace.outgoing);
                for query in questions(workspace, length) {
                    ask(workspace, *query);
                    if os::modem_is_gone() {
                        return false;
                    }
                }
                if let Some(length) = datagram(workspace, link, length) {
                    // What a server was told to be written is in flash before it hears so.
                    while let Some(id) = CARRIER.with(|carrier| carrier.take_unsaved()) {
                        save(workspace, id);
                    }
                    send(workspace, link, length);
                }
                if !drain(workspace) {
                    return false;
                }
            }
            Err(Trouble::Noise) => {}
            Err(Trouble::Nothing) if failed && count == 0 => return lose(workspace, link),
            Err(Trouble::Nothing) => break,
            Err(Trouble::LinkLost) => return lose(workspace, link),
            Err(Trouble::ModemGone) => return false,
        }
    }
    true
}

/// What the modem is to be asked before the protocol sees a datagram.
#[inline(never)]
fn questions(workspace: &Workspace, length: usize) -> &'static [Query] {
    let bytes = workspace.incoming.get(..length).unwrap_or_default();
    CARRIER.with(|carrier| carrier.questions(bytes))
}

/// Hands a datagram to the protocol; the length of its reply in the outgoing buffer. One that fills the incoming buffer may have been
/// longer, which the protocol is told.
#[inline(never)]
fn datagram(workspace: &mut Workspace, link: Link, length: usize) -> Option<usize> {
    let now = os::now();
    let Workspace {
        outgoing, incoming, ..
    } = workspace;
    CARRIER.with(|carrier| match incoming.get(..length) {
        Some(bytes) if length < DATAGRAM => carrier.datagram(now, link, bytes, outgoing),
        _ => carrier.oversized(now, link, incoming, outgoing),
    })
}

fn lose(workspace: &mut Workspace, link: Link) -> bool {
    lost(workspace, link);
    drain(workspace)
}

#[cfg_attr(target_os = "none", inline(never))]
fn lost(workspace: &mut Workspace, link: Link) {
    workspace.sockets.close(link);
    hand_in(Input::LinkLost(link));
}

/// Carries out everything the protocol asks for. False: the modem is gone.
fn drain(workspace: &mut Workspace) -> bool {
    while !os::modem_is_gone() {
        let Some(output) = next_output(&mut workspace.outgoing) else {
            return true;
        };
        execute(workspace, output);
    }
    false
}

#[inline(never)]
fn next_output(outgoing: &mut [u8]) -> Option<Output> {
    let now = os::now();
    CARRIER.with(|carrier| carrier.poll(now, outgoing))
}

fn execute(workspace: &mut Workspace, output: Output) {
    match output {
        Output::Send { link, length } => send(workspace, link, length.into()),
        Output::Open(link) => {
            if !opening::ask(link) {
                hand_in(Input::LinkFailed(link, LinkError::NoResources));
            }
        }
        Output::Close(link) => {
            opening::cancel(link);
            workspace.sockets.close(link);
        }
        Output::Event(told) => {
            let answer = event::tell(told, &mut workspace.incoming);
            hand_in(Input::EventAnswer(answer));
        }
        Output::Query(query) => ask(workspace, query),
        Output::WriteKeys => {
            let written = write_keys(workspace);
            hand_in(Input::KeysWritten(written));
        }
        Output::FindKeys => {
            let all = find_keys();
            hand_in(Input::KeysFound(all));
        }
        Output::Load(id) => hand_in(Input::Loaded(
            id,
            storage::read(id, &mut workspace.incoming),
        )),
        Output::ReadCard => {
            let data = if SMARTCARD {
                card::read(workspace)
            } else {
                None
            };
            hand_in(Input::Card(data));
        }
        Output::ActivatePdn => {
            let result = if PDN { activate_pdn(workspace) } else { Err(0) };
            hand_in(Input::Pdn(result));
        }
        Output::Save(id) => save(workspace, id),
        Output::Erase(id) => storage::erase(id),
        Output::SetClock => {
            let taken = set_clock(workspace);
            hand_in(Input::ClockSet(taken));
        }
        Output::Configure => {
            let all = configure(workspace);
            hand_in(Input::Configured(all));
        }
        Output::Firmware(_) if OBJECT_FIRMWARE == 0 => {}
        Output::Firmware(step) => {
            let result = firmware(workspace, step);
            hand_in(Input::Firmware(result));
        }
        Output::Reset => os::reset(),
    }
}

/// Sends the first `length` bytes of the outgoing buffer. The link's death is handed in; what follows from it is drained by the caller.
fn send(workspace: &mut Workspace, link: Link, length: usize) {
    let bytes = workspace.outgoing.get(..length).unwrap_or_default();
    if workspace.sockets.send(link, bytes) == Err(Trouble::LinkLost) {
        lost(workspace, link);
    }
}

/// Takes a link that was opened, or word that it could not be.
#[inline(never)]
fn opened(workspace: &mut Workspace, link: Link, outcome: Result<Socket, LinkError>) {
    match outcome {
        Ok(socket) => {
            workspace.sockets.adopt(link, socket);
            hand_in(Input::LinkOpened(link));
        }
        Err(error) => hand_in(Input::LinkFailed(link, error)),
    }
}

#[inline(never)]
fn ask(workspace: &mut Workspace, query: Query) {
    let answer = at::command(query, &mut workspace.outgoing);
    if !os::modem_is_gone() {
        hand_in(Input::Reply(query, answer));
    }
}

#[inline(never)]
fn firmware(workspace: &mut Workspace, step: FirmwareStep) -> c_int {
    let room = &mut workspace.incoming;
    let (piece, length) =
        CARRIER.with(|carrier| (carrier.firmware_piece(), carrier.firmware_part(room)));
    dfu::step(step, piece, room.get(..length).unwrap_or_default())
}

#[inline(never)]
fn activate_pdn(workspace: &mut Workspace) -> Result<u8, u8> {
    let Workspace {
        outgoing, incoming, ..
    } = workspace;
    let (user, secret) = incoming.split_at_mut(DATAGRAM / 2);
    let settings = CARRIER.with(|carrier| {
        let wanted = carrier.access_point()?;
        Some(pdn::Settings {
            name: ptr::with_zero(wanted.name, outgoing)?,
            kind: wanted.kind,
            authentication: wanted.authentication,
            user: ptr::with_zero(wanted.user, user)?,
            secret: ptr::with_zero(wanted.secret, secret)?,
            fresh: wanted.fresh,
        })
    });
    pdn::activate(settings.as_ref())
}

/// Tells the modem what servers want of it; whether it took all.
#[inline(never)]
fn configure(workspace: &mut Workspace) -> bool {
    let room = &mut workspace.outgoing;
    while CARRIER.with(|carrier| carrier.command(room)) > 0 {
        let command = ptr::c_text(room).unwrap_or_default();
        if !at::configure(command) {
            return false;
        }
    }
    true
}

/// Stores every key that waits, then deletes what nobody uses any more.
#[inline(never)]
fn write_keys(workspace: &mut Workspace) -> Result<(), KeyError> {
    let Workspace {
        outgoing, incoming, ..
    } = workspace;
    socket::forget_sessions();
    let mut index = 0;
    while let Some((tag, identity, psk)) = CARRIER.with(|carrier| {
        let credential = carrier.credential(index)?;
        let identity = ptr::copy(credential.identity, outgoing)?;
        let psk = ptr::hexadecimal(credential.psk, incoming)?;
        Some((credential.tag, identity, psk))
    }) {
        keys::write(tag, identity, psk)?;
        index += 1;
    }
    for tag in keys::TAGS {
        if !CARRIER.with(|carrier| carrier.uses_tag(tag)) {
            keys::delete(tag);
        }
    }
    Ok(())
}

/// Whether the modem holds what the accounts use.
#[inline(never)]
fn find_keys() -> bool {
    keys::TAGS
        .into_iter()
        .all(|tag| !CARRIER.with(|carrier| carrier.uses_tag(tag)) || keys::exist(tag))
}

#[inline(never)]
fn save(workspace: &mut Workspace, id: RecordId) {
    let record = &mut workspace.incoming;
    let length = CARRIER.with(|carrier| carrier.record(id, record));
    storage::write(id, record.get(..length).unwrap_or_default());
}

/// Offers the clock values of the protocol to the application; when it refuses one, the earlier ones get their old values back.
#[inline(never)]
fn set_clock(workspace: &mut Workspace) -> bool {
    let room = &mut workspace.outgoing;
    let (time, offset, zone) = CARRIER.with(|carrier| {
        let request = carrier.clock_request();
        let zone = request
            .timezone
            .map(|name| ptr::with_zero(name, room).is_some());
        (request.utc_time, request.utc_offset, zone)
    });
    let zone = match zone {
        Some(true) => ptr::c_text(room),
        Some(false) => return false,
        None => None,
    };
    let old_time = application::utc_time();
    let old_offset = application::utc_offset();
    if !time.is_none_or(application::set_utc_time) {
        return false;
    }
    let offset_taken = offset.is_none_or(application::set_utc_offset);
    if offset_taken && zone.is_none_or(application::set_timezone) {
        return true;
    }
    if offset_taken && offset.is_some() {
        application::set_utc_offset(old_offset);
    }
    if time.is_some() {
        application::set_utc_time(old_time);
    }
    false
}
