//! An update of the modem's firmware: each part that a server pushes goes to the modem before it is answered, the whole is
//! applied at a restart, and the servers see what came of it.
//!
//! Part -> event -> `Write` until the modem has erased its area -> reply -> ... -> Execute -> `Update` -> event -> restart.
//! The state is stored before whatever it announces is done, so that a power cut ends in the state before or after.

use super::Carrier;
use crate::boundary::{
    Cause, ERASE_PENDING, ErrorKind, Event, FirmwareStep, Output, PACKAGE_TOO_LARGE,
};
use crate::bytes::copy;
use crate::coap::code;
use crate::coap::timing::EXCHANGE_LIFETIME;
use crate::objects::firmware::{self, Firmware, Order, Outcome, Piece, State};
use crate::record::{FirmwareRecord, digest};
use crate::session::Session;
use crate::time::{Duration, Instant};

/// How often the modem is asked whether it has erased its area.
const ERASE_POLL: Duration = Duration::from_secs(1);
/// How often at most: a server waits no longer for a reply than an exchange lives.
const ERASE_LOOKS: u8 = 240;

/// The update, besides what its object shows.
#[derive(Debug)]
pub(super) struct Update {
    /// When it goes on by itself; zero: never.
    due: Instant,
    /// How often the modem was found erasing its area.
    erase_looks: u8,
    /// State and result are not stored as they are.
    pub(super) unsaved: bool,
}

impl Update {
    /// None under way.
    pub(super) const fn new() -> Update {
        Update {
            due: Instant::ZERO,
            erase_looks: 0,
            unsaved: false,
        }
    }
}

impl Carrier {
    /// Which piece of its package [`FirmwareStep::Write`] is about.
    pub fn firmware_piece(&self) -> Option<Piece> {
        self.scene.objects.firmware.first()?.piece()
    }

    /// Copies the bytes of that piece; gives their length.
    pub fn firmware_part(&self, out: &mut [u8]) -> usize {
        copy(self.assembly.payload(), out).unwrap_or(0)
    }

    /// Takes what is stored about an update. A package that was still coming is lost with the power; an update that the
    /// modem told nothing about shows in the version that runs.
    pub(super) fn firmware_loaded(&mut self, bytes: Option<&[u8]>) {
        let Some(stored) = bytes.and_then(FirmwareRecord::decode) else {
            return;
        };
        let (state, outcome) = match stored.state {
            State::Downloading => (State::Idle, Outcome::ConnectionLost),
            State::Updating if stored.code != 0 => (State::Updating, Outcome::Initial),
            State::Updating if stored.version != self.firmware_version() => {
                (State::Idle, Outcome::Updated)
            }
            State::Updating => (State::Downloaded, Outcome::Failed),
            other => (other, stored.outcome),
        };
        let firmware = self.scene.objects.firmware.first_mut();
        if let (Some(firmware), Some(update)) = (firmware, self.update.first_mut()) {
            firmware.set(state, outcome);
            update.unsaved = state != stored.state || stored.code != 0;
        }
        if stored.code != 0 {
            self.error_code(ErrorKind::FirmwareFailed, stored.code);
        }
    }

    /// The record of the update.
    pub(super) fn firmware_record(&self) -> FirmwareRecord {
        let firmware = self.scene.objects.firmware.first();
        FirmwareRecord {
            state: self.firmware_state(),
            outcome: firmware.map_or(Outcome::Initial, Firmware::outcome),
            version: self.firmware_version(),
            code: 0,
        }
    }

    fn firmware_state(&self) -> State {
        let firmware = self.scene.objects.firmware.first();
        firmware.map_or(State::Idle, Firmware::state)
    }

    fn firmware_version(&self) -> u32 {
        digest(&[self.scene.objects.device.identity().firmware.as_bytes()])
    }

    /// When the update goes on by itself.
    pub(super) fn firmware_due(&self) -> Option<Instant> {
        let due = self.update.first()?.due;
        (due != Instant::ZERO).then_some(due)
    }

    /// Lets the update go on by itself then; zero: never.
    fn firmware_waits(&mut self, due: Instant) {
        if let Some(update) = self.update.first_mut() {
            update.due = due;
        }
    }

    /// A part of a package came; whether that is so.
    pub(super) fn firmware_arrived(&mut self) -> bool {
        if !self.holds_firmware() {
            return false;
        }
        if self.firmware_state() == State::Idle {
            self.put(Output::Event(Event::FirmwareStarted));
        }
        self.firmware_is(State::Downloading, Outcome::Initial);
        if let Some(update) = self.update.first_mut() {
            update.erase_looks = 0;
        }
        self.put(Output::Firmware(FirmwareStep::Write));
        true
    }

    /// Whether a part waits for the modem. Until then no other payload may be collected.
    pub(super) fn holds_firmware(&self) -> bool {
        self.firmware_piece().is_some()
    }

    /// What became of a step.
    pub(super) fn firmware_done(&mut self, now: Instant, result: i32) {
        if self.firmware_state() == State::Updating {
            return if result == 0 {
                self.put(Output::Event(Event::Reboot));
            } else {
                self.firmware_failed(Outcome::Failed, ErrorKind::FirmwareFailed, result);
            };
        }
        if !self.holds_firmware() {
            return;
        }
        if result == ERASE_PENDING
            && let Some(update) = self.update.first_mut()
            && update.erase_looks < ERASE_LOOKS
        {
            update.erase_looks += 1;
            update.due = now.plus(ERASE_POLL);
            return;
        }
        self.answer = if result != 0 {
            let (outcome, code) = match result {
                PACKAGE_TOO_LARGE => (Outcome::NoFlash, code::REQUEST_ENTITY_TOO_LARGE),
                // Out of memory.
                1 => (Outcome::NoRam, code::INTERNAL_SERVER_ERROR),
                // Header; version to start from.
                3 | 9 => (Outcome::PackageType, code::BAD_REQUEST),
                // Data.
                5 => (Outcome::Integrity, code::BAD_REQUEST),
                _ => (Outcome::Failed, code::INTERNAL_SERVER_ERROR),
            };
            self.firmware_failed(outcome, ErrorKind::FirmwarePackage, result);
            code
        } else if self
            .scene
            .objects
            .firmware
            .first_mut()
            .is_some_and(Firmware::written)
        {
            self.firmware_is(State::Downloaded, Outcome::Initial);
            self.firmware_waits(Instant::ZERO);
            code::CHANGED
        } else {
            self.firmware_waits(now.plus(EXCHANGE_LIFETIME));
            code::CONTINUE
        };
    }

    /// Does what a server asked for besides writing a package.
    pub(super) fn firmware_ordered(&mut self, order: Order) {
        match order {
            Order::None => {}
            Order::FromNowhere => self.firmware_is(State::Idle, Outcome::InvalidUri),
            Order::Download => self.firmware_is(State::Idle, Outcome::Protocol),
            Order::Reset if self.firmware_state() == State::Idle => {
                self.firmware_is(State::Idle, Outcome::Initial);
            }
            Order::Reset => self.firmware_stopped(Outcome::Initial, Cause::Cancelled),
            Order::Update => {
                self.firmware_is(State::Updating, Outcome::Initial);
                self.put(Output::Firmware(FirmwareStep::Update));
            }
        }
    }

    /// The time has come to look again at the modem, or to wait no longer for the next part.
    pub(super) fn firmware_late(&mut self) {
        self.firmware_waits(Instant::ZERO);
        // A part is no longer there when its server was given up meanwhile.
        if self.holds_firmware() && self.sessions.iter().any(Session::is_parked) {
            self.put(Output::Firmware(FirmwareStep::Write));
        } else {
            self.firmware_stopped(Outcome::ConnectionLost, Cause::TimedOut);
        }
    }

    /// The package is not wanted any more or does not come.
    fn firmware_stopped(&mut self, outcome: Outcome, cause: Cause) {
        self.firmware_over(outcome);
        self.error(ErrorKind::FirmwareLost, cause);
        self.put(Output::Firmware(FirmwareStep::Abandon));
    }

    fn firmware_failed(&mut self, outcome: Outcome, kind: ErrorKind, code: i32) {
        self.firmware_over(outcome);
        self.error_code(kind, code);
    }

    fn firmware_over(&mut self, outcome: Outcome) {
        self.firmware_waits(Instant::ZERO);
        self.firmware_is(State::Idle, outcome);
    }

    /// Changes state and result, to be stored and observed.
    fn firmware_is(&mut self, state: State, outcome: Outcome) {
        let firmware = self.scene.objects.firmware.first_mut();
        let (Some(firmware), Some(update)) = (firmware, self.update.first_mut()) else {
            return;
        };
        let changed = firmware.set(state, outcome);
        update.unsaved |= changed != 0;
        self.told(firmware::ID, 0, changed);
    }
}
