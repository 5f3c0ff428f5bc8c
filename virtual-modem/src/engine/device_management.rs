//! Settings and measurements: modes of operation, power saving, supply, statistics, modem events, host identity.

use super::Engine;
use super::command::{Command, Operation, Reply};
use crate::profile::Profile;
use serde::{Deserialize, Serialize};

/// Timer value "deactivated" (3GPP TS 24.008 10.5.7.4).
const TIMER_OFF: &str = "11100000";

/// What `+CFUN=0` stores, and counters.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Management {
    system_mode: [u8; 4],
    psm_active: Option<String>,
    psm_periodic: Option<String>,
    edrx: Option<(u8, String)>,
    host_identity: [String; 4],
    #[serde(skip)]
    pub operator_format: u8,
    #[serde(skip)]
    statistics: Statistics,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Statistics {
    running: bool,
    pub sms_sent: u32,
    pub sms_received: u32,
    bytes_sent: u64,
    bytes_received: u64,
    packets: u64,
    largest: usize,
}

impl Management {
    pub fn load(text: &str, profile: &Profile) -> Management {
        serde_json::from_str(text).unwrap_or_else(|_| Management {
            system_mode: profile.system_mode,
            ..Management::default()
        })
    }

    pub fn store(&self) -> String {
        serde_json::to_string_pretty(self).unwrap_or_default()
    }

    /// Active time and periodic TAU time as granted: what was asked for.
    pub fn granted_timers(&self) -> (&str, &str) {
        match &self.psm_active {
            Some(active) => (active, self.psm_periodic.as_deref().unwrap_or(TIMER_OFF)),
            None => (TIMER_OFF, TIMER_OFF),
        }
    }
}

impl Engine {
    /// Counts payload for `%XCONNSTAT` and keeps the radio connection in use.
    pub fn count_traffic(&mut self, sent: usize, received: usize) {
        let statistics = &mut self.management.statistics;
        if statistics.running {
            statistics.bytes_sent += sent as u64;
            statistics.bytes_received += received as u64;
            statistics.packets += u64::from(sent > 0) + u64::from(received > 0);
            statistics.largest = statistics.largest.max(sent).max(received);
        }
        self.traffic();
    }

    pub(crate) fn count_sms(&mut self, sent: u32, received: u32) {
        let statistics = &mut self.management.statistics;
        if statistics.running {
            statistics.sms_sent += sent;
            statistics.sms_received += received;
        }
    }

    /// Modem event for `%MDMEV`, for example `ME OVERHEATED`.
    pub fn modem_event(&mut self, text: &str) {
        if self.subscriptions.modem_events {
            self.notify(format!("%MDMEV: {text}"));
        }
    }

    pub(crate) fn xsystemmode(&mut self, command: &Command) -> Reply {
        match command.operation {
            Operation::Read => {
                let [ltem, nbiot, gnss, preference] = self.management.system_mode;
                Reply::line(format!("%XSYSTEMMODE: {ltem},{nbiot},{gnss},{preference}"))
            }
            Operation::Set => {
                if self.modes.lte || self.modes.gnss {
                    return Reply::Cme(518);
                }
                let field = |index, limit| {
                    command
                        .number(index)
                        .filter(|value| (0..=limit).contains(value))
                };
                match (field(0, 1), field(1, 1), field(2, 1), field(3, 4)) {
                    (Some(ltem), Some(nbiot), Some(gnss), Some(preference))
                        if ltem + nbiot + gnss > 0 =>
                    {
                        self.management.system_mode =
                            [ltem as u8, nbiot as u8, gnss as u8, preference as u8];
                        Reply::done()
                    }
                    _ => Reply::Error,
                }
            }
            Operation::Test | Operation::Execute => Reply::Error,
        }
    }

    pub(crate) fn cpsms(&mut self, command: &Command) -> Reply {
        let management = &mut self.management;
        match (command.operation, command.number(0)) {
            (Operation::Set, Some(1)) => {
                management.psm_periodic = command
                    .text(3)
                    .map(String::from)
                    .or(management.psm_periodic.take());
                management.psm_active = command
                    .text(4)
                    .map(String::from)
                    .or(Some("00000110".into()));
                Reply::done()
            }
            (Operation::Set, Some(0 | 2)) => {
                management.psm_active = None;
                management.psm_periodic = None;
                Reply::done()
            }
            (Operation::Read, _) => {
                let on = u8::from(management.psm_active.is_some());
                let periodic = management.psm_periodic.as_deref().unwrap_or("");
                let active = management.psm_active.as_deref().unwrap_or("");
                Reply::line(format!("+CPSMS: {on},,,\"{periodic}\",\"{active}\""))
            }
            (Operation::Set | Operation::Test | Operation::Execute, _) => Reply::Error,
        }
    }

    pub(crate) fn cedrxs(&mut self, command: &Command) -> Reply {
        match (command.operation, command.number(0)) {
            (Operation::Set, Some(mode @ 0..=3)) => {
                let access = command
                    .number(1)
                    .map_or(4, |access| access.clamp(4, 5) as u8);
                let value = command.text(2).unwrap_or("0000").to_string();
                self.management.edrx = matches!(mode, 1 | 2).then(|| (access, value.clone()));
                self.subscriptions.edrx = mode == 2;
                if mode == 2 && self.status_number() % 4 == 1 {
                    self.notify(format!(
                        "+CEDRXP: {access},\"{value}\",\"{value}\",\"0011\""
                    ));
                }
                Reply::done()
            }
            (Operation::Read, _) => match &self.management.edrx {
                Some((access, value)) => Reply::line(format!("+CEDRXS: {access},\"{value}\"")),
                None => Reply::done(),
            },
            (Operation::Set | Operation::Test | Operation::Execute, _) => Reply::Error,
        }
    }

    pub(crate) fn xconnstat(&mut self, command: &Command) -> Reply {
        match (command.operation, command.switch(0)) {
            (Operation::Set, Some(true)) => {
                self.management.statistics = Statistics {
                    running: true,
                    ..Statistics::default()
                };
                Reply::done()
            }
            (Operation::Set, Some(false)) => {
                self.management.statistics.running = false;
                Reply::done()
            }
            (Operation::Read, _) => {
                let s = &self.management.statistics;
                let average = (s.bytes_sent + s.bytes_received)
                    .checked_div(s.packets)
                    .unwrap_or(0);
                Reply::line(format!(
                    "%XCONNSTAT: {},{},{},{},{},{average}",
                    s.sms_sent,
                    s.sms_received,
                    s.bytes_sent / 1024,
                    s.bytes_received / 1024,
                    s.largest,
                ))
            }
            (Operation::Set | Operation::Test | Operation::Execute, _) => Reply::Error,
        }
    }

    /// Changes the supply voltage, in mV.
    pub fn set_voltage(&mut self, millivolts: u32) {
        self.profile.voltage_mv = millivolts;
    }

    pub(crate) fn xvbat(&self) -> Reply {
        // The converter has steps of 4 mV.
        Reply::line(format!("%XVBAT: {}", self.profile.voltage_mv / 4 * 4))
    }

    pub(crate) fn xtemp(&self, command: &Command) -> Reply {
        match command.operation {
            Operation::Read => Reply::line(format!("%XTEMP: {}", self.profile.temperature_c)),
            Operation::Set | Operation::Test | Operation::Execute => Reply::Error,
        }
    }

    pub(crate) fn mdmev(&mut self, command: &Command) -> Reply {
        match (command.operation, command.switch(0)) {
            (Operation::Set, Some(on)) => {
                self.subscriptions.modem_events = on;
                Reply::done()
            }
            (Operation::Set | Operation::Read | Operation::Test | Operation::Execute, _) => {
                Reply::Error
            }
        }
    }

    pub(crate) fn odis(&mut self, command: &Command) -> Reply {
        match command.operation {
            Operation::Set => {
                let mut fields = [const { String::new() }; 4];
                for (index, field) in fields.iter_mut().enumerate() {
                    let Some(text) = command.text(index) else {
                        return Reply::Error;
                    };
                    *field = text.into();
                }
                if fields != self.management.host_identity {
                    self.management.host_identity = fields;
                    if self.subscriptions.host_identity {
                        let [id, manufacturer, model, software] =
                            self.management.host_identity.clone();
                        self.notify(format!(
                            "+ODISNTF: \"{id}\",\"{manufacturer}\",\"{model}\",\"{software}\""
                        ));
                    }
                }
                Reply::done()
            }
            Operation::Read => {
                let [_, manufacturer, model, software] = &self.management.host_identity;
                Reply::line(format!(
                    "+ODIS: \"{manufacturer}\",\"{model}\",\"{software}\""
                ))
            }
            Operation::Test | Operation::Execute => Reply::Error,
        }
    }

    pub(crate) fn odisntf(&mut self, command: &Command) -> Reply {
        match (command.operation, command.switch(0)) {
            (Operation::Set, Some(on)) => {
                self.subscriptions.host_identity = on;
                Reply::done()
            }
            (Operation::Set | Operation::Read | Operation::Test | Operation::Execute, _) => {
                Reply::Error
            }
        }
    }

    pub(crate) fn cmee(&mut self, command: &Command) -> Reply {
        match (command.operation, command.switch(0)) {
            (Operation::Set, Some(on)) => {
                self.extended_errors = on;
                Reply::done()
            }
            (Operation::Read, _) => {
                Reply::line(format!("+CMEE: {}", u8::from(self.extended_errors)))
            }
            (Operation::Test, _) => Reply::line("+CMEE: (0,1)"),
            (Operation::Set | Operation::Execute, _) => Reply::Error,
        }
    }
}
