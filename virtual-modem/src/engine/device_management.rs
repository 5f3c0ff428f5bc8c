//! Settings and measurements: modes of operation, supply, statistics, modem events, host identity.

use super::Engine;
use super::command::{Command, Operation, Reply};
use super::power_saving::PowerSaving;
use crate::profile::Profile;
use serde::{Deserialize, Serialize};

/// What `+CFUN=0` stores, and counters.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Management {
    system_mode: [u8; 4],
    pub power_saving: PowerSaving,
    /// Service centre address and its type, once set.
    pub service_centre: Option<(String, u8)>,
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
}

impl Engine {
    /// Counts a packet for `%XCONNSTAT` and keeps the radio connection in use.
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
