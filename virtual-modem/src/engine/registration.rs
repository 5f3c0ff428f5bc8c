//! Registration with the network (`+CEREG`, 3GPP TS 27.007 10.1.22), search, coverage, detach.

use super::command::{Command, Operation, Reply};
use super::{Engine, Later};
use crate::seam::NetworkEvent;

/// EMM cause of an attach that failed because of its connection (TS 24.301 9.9.3.9).
const ESM_FAILURE: u8 = 19;

/// How long a modem in a reset loop does not attach.
const RESET_LOOP_MS: i64 = 30 * 60_000;

/// Registration state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Status {
    /// LTE is off.
    #[default]
    Off,
    /// No network found yet, or coverage lost.
    Searching,
    /// In the home network or, by the profile, roaming.
    Registered,
    /// The network refused with this EMM cause.
    Denied(u8),
    /// No usable card.
    CardFailure,
}

#[derive(Clone, Debug)]
pub(crate) struct Registration {
    pub status: Status,
    pub coverage: bool,
    /// EMM cause with which the network answers an attach.
    pub deny: Option<u8>,
    /// A cell was seen since LTE was switched on.
    cell_known: bool,
    /// Uptime in ms until which a modem in a reset loop does not attach.
    blocked_until: Option<i64>,
    pub radio_connected: bool,
}

impl Default for Registration {
    fn default() -> Self {
        Registration {
            status: Status::Off,
            coverage: true,
            deny: None,
            cell_known: false,
            blocked_until: None,
            radio_connected: false,
        }
    }
}

impl Engine {
    /// Registration state now.
    pub fn status(&self) -> Status {
        self.registration.status
    }

    /// True while packets can pass.
    pub fn has_coverage(&self) -> bool {
        self.registration.coverage
    }

    /// The modem moves to another cell, perhaps with another kind of access; it is told when registered.
    pub fn set_cell(&mut self, cell: &str, access: Option<u8>) {
        self.profile.cell = cell.into();
        self.profile.access = access.unwrap_or(self.profile.access);
        if self.registration.status == Status::Registered && self.subscriptions.registration > 1 {
            let fields = self.registration_fields(self.subscriptions.registration);
            self.notify(format!("+CEREG: {fields}"));
        }
    }

    /// Takes radio coverage away or gives it back. Connections are kept; nothing passes without coverage.
    pub fn set_coverage(&mut self, coverage: bool) {
        self.cancel(|later| *later == Later::CoverageBack);
        if self.registration.coverage == coverage {
            return;
        }
        self.registration.coverage = coverage;
        self.network(NetworkEvent::Coverage(coverage));
        match (coverage, self.registration.status) {
            (false, Status::Registered) => self.set_status(Status::Searching),
            (false, _) => self.cancel(|later| *later == Later::Attached),
            (true, Status::Searching) if self.contexts.is_active(0) => {
                self.set_status(Status::Registered)
            }
            (true, Status::Searching) => self.after(self.attach_delay(), Later::Attached),
            (true, _) => {}
        }
    }

    /// Loses coverage for `ms`. With `lose_connections` the network also drops all packet data connections, and the
    /// modem attaches anew afterwards.
    pub fn drop_link(&mut self, ms: i64, lose_connections: bool) {
        if lose_connections && self.modes.lte {
            self.lose_all_contexts("link dropped", "NW");
        }
        self.set_coverage(false);
        self.after(ms, Later::CoverageBack);
    }

    /// The network refuses attaches with this EMM cause from now on (`None`: accepts). A registered modem is detached.
    pub fn deny_registration(&mut self, cause: Option<u8>) {
        self.registration.deny = cause;
        if !self.modes.lte || !self.card_is_ready() {
            return;
        }
        match (cause, self.registration.status) {
            (Some(_), Status::Registered) => {
                self.lose_all_contexts("network detach", "NW");
                self.refused();
            }
            (Some(_), _) => self.refused(),
            (None, Status::Denied(_)) => self.search(),
            (None, _) => {}
        }
    }

    /// Too many restarts without `+CFUN=0`: no attach for half an hour from now.
    pub fn enter_reset_loop(&mut self) {
        self.registration.blocked_until = Some(self.moment.uptime_ms + RESET_LOOP_MS);
        self.log("reset loop: no attach for 30 minutes");
    }

    /// Time until an attach that begins now is done.
    fn attach_delay(&self) -> i64 {
        let blocked = self.registration.blocked_until.unwrap_or(0) - self.moment.uptime_ms;
        self.profile.delays.attach.max(blocked)
    }

    /// The network ended the attach.
    pub(super) fn attach_anew(&mut self) {
        if self.registration.status == Status::Registered {
            self.registration.status = Status::Off;
            self.search();
        }
    }

    pub(crate) fn search(&mut self) {
        if matches!(
            self.registration.status,
            Status::Searching | Status::Registered
        ) {
            return;
        }
        self.set_status(Status::Searching);
        if self.registration.blocked_until > Some(self.moment.uptime_ms) {
            self.modem_event("RESET LOOP");
        }
        if self.registration.coverage {
            self.after(self.attach_delay(), Later::Attached);
        }
    }

    pub(super) fn attached(&mut self) {
        if !self.registration.coverage {
            return;
        }
        self.registration.cell_known = true;
        if self.registration.deny.is_some() {
            self.refused();
            return;
        }
        if !self.contexts.is_active(0) && !self.activate_default() {
            self.refused_with(ESM_FAILURE);
            return;
        }
        self.set_status(Status::Registered);
        self.traffic();
        if self.profile.delays.time >= 0 {
            self.after(self.profile.delays.time, Later::TimeSent);
        }
    }

    fn refused(&mut self) {
        if let Some(cause) = self.registration.deny {
            self.refused_with(cause);
        }
    }

    fn refused_with(&mut self, cause: u8) {
        self.cancel(|later| *later == Later::Attached);
        self.set_status(Status::Denied(cause));
        if self.subscriptions.network_errors & 8 != 0 {
            self.notify(format!("+CNEC_EMM: {cause}"));
        }
    }

    /// LTE goes off: everything that depends on it ends.
    pub(crate) fn detach(&mut self, reason: &str) {
        self.cancel(|later| *later == Later::Attached);
        if self.contexts.is_active(0) {
            self.lose_all_contexts(reason, "ME");
        }
        self.set_status(Status::Off);
        self.registration.cell_known = false;
        self.registration.radio_connected = false;
    }

    /// The card is gone or unusable while LTE is on.
    pub(crate) fn card_lost(&mut self) {
        self.cancel(|later| *later == Later::Attached);
        if self.contexts.is_active(0) {
            self.lose_all_contexts("card lost", "ME");
        }
        self.set_status(Status::CardFailure);
    }

    fn set_status(&mut self, status: Status) {
        if self.registration.status == status {
            return;
        }
        self.registration.status = status;
        self.log(format!("registration: {status:?}"));
        self.tell_registration();
    }

    fn tell_registration(&mut self) {
        if self.subscriptions.registration > 0 {
            let fields = self.registration_fields(self.subscriptions.registration);
            self.notify(format!("+CEREG: {fields}"));
        }
    }

    /// The network grants other timers: told from level 4 on.
    pub(super) fn tell_timers(&mut self) {
        if self.subscriptions.registration > 3 && self.registration.status == Status::Registered {
            self.tell_registration();
        }
    }

    /// Packets pass: the radio connection is (again) in use.
    pub fn traffic(&mut self) {
        if self.registration.status != Status::Registered {
            return;
        }
        if !self.registration.radio_connected {
            self.registration.radio_connected = true;
            if self.subscriptions.radio {
                self.notify("+CSCON: 1");
            }
        }
        if self.subscriptions.radio {
            self.cancel(|later| *later == Later::RadioIdle);
            self.after(self.profile.delays.radio_idle, Later::RadioIdle);
        }
    }

    pub(super) fn radio_idle(&mut self) {
        self.registration.radio_connected = false;
        if self.subscriptions.radio {
            self.notify("+CSCON: 0");
        }
    }

    pub(crate) fn status_number(&self) -> u8 {
        match self.registration.status {
            Status::Off => 0,
            Status::Registered if self.profile.roaming => 5,
            Status::Registered => 1,
            Status::Searching => 2,
            Status::Denied(_) => 3,
            Status::CardFailure => 90,
        }
    }

    fn registration_fields(&self, level: u8) -> String {
        let mut text = self.status_number().to_string();
        if level < 2 || !self.registration.cell_known || self.registration.status == Status::Off {
            return text;
        }
        let profile = &self.profile;
        text += &format!(
            ",\"{}\",\"{}\",{}",
            profile.tracking_area, profile.cell, profile.access
        );
        let cause = match self.registration.status {
            Status::Denied(cause) if matches!(level, 3 | 5) => format!("0,{cause}"),
            _ => ",".into(),
        };
        match level {
            3 if cause != "," => text += &format!(",{cause}"),
            4 | 5 => {
                let (active, periodic) = self.management.power_saving.granted_timers();
                text += &format!(",{cause},\"{active}\",\"{periodic}\"");
            }
            _ => {}
        }
        text
    }

    pub(crate) fn cereg(&mut self, command: &Command) -> Reply {
        match (command.operation, command.number(0)) {
            (Operation::Read, _) => {
                let level = self.subscriptions.registration;
                // With level 0 and 1 the read form has the status only.
                Reply::line(format!(
                    "+CEREG: {level},{}",
                    self.registration_fields(level)
                ))
            }
            (Operation::Test, _) => Reply::line("+CEREG: (0-5)"),
            (Operation::Set, Some(level @ 0..=5)) => {
                self.subscriptions.registration = level as u8;
                Reply::done()
            }
            (Operation::Set | Operation::Execute, _) => Reply::Error,
        }
    }

    pub(crate) fn cscon(&mut self, command: &Command) -> Reply {
        match (command.operation, command.switch(0)) {
            (Operation::Set, Some(on)) => {
                self.subscriptions.radio = on;
                self.traffic_timer();
                Reply::done()
            }
            (Operation::Read, _) => Reply::line(format!(
                "+CSCON: {},{}",
                u8::from(self.subscriptions.radio),
                u8::from(self.registration.radio_connected)
            )),
            (Operation::Set | Operation::Test | Operation::Execute, _) => Reply::Error,
        }
    }

    fn traffic_timer(&mut self) {
        self.cancel(|later| *later == Later::RadioIdle);
        if self.subscriptions.radio && self.registration.radio_connected {
            self.after(self.profile.delays.radio_idle, Later::RadioIdle);
        }
    }

    pub(crate) fn cops(&mut self, command: &Command) -> Reply {
        match command.operation {
            Operation::Set => match command.number(0) {
                Some(0..=4) => {
                    if let Some(format) = command.number(1) {
                        self.management.operator_format = format.clamp(0, 2) as u8;
                    }
                    Reply::done()
                }
                _ => Reply::Error,
            },
            Operation::Read if self.registration.status != Status::Registered => {
                Reply::line("+COPS: 0")
            }
            Operation::Read => {
                let format = self.management.operator_format;
                let name = if format == 2 {
                    &self.profile.plmn
                } else {
                    &self.profile.network_name
                };
                Reply::line(format!(
                    "+COPS: 0,{format},\"{name}\",{}",
                    self.profile.access
                ))
            }
            Operation::Test | Operation::Execute => Reply::Error,
        }
    }
}
