//! Signal strength in all the forms in which the modem reports it, from one model.

use super::Engine;
use super::command::{Command, Operation, Reply};
use super::registration::Status;

/// Default thresholds of `%CESQ`.
const RSRP_THRESHOLDS: [i32; 4] = [20, 40, 60, 80];
const RSRQ_THRESHOLDS: [i32; 4] = [7, 14, 21, 28];

/// Indexes as 3GPP TS 36.133 9.1 codes them.
struct Indexes {
    rsrp: i32,
    rsrq: i32,
    snr: i32,
}

/// How many thresholds lie at or below the indexes.
fn levels(rsrp: i32, rsrq: i32) -> (usize, usize) {
    let above =
        |value: i32, limits: [i32; 4]| limits.iter().filter(|limit| value >= **limit).count();
    (above(rsrp, RSRP_THRESHOLDS), above(rsrq, RSRQ_THRESHOLDS))
}

impl Engine {
    /// Changes the signal; tells it when subscribed and registered, and when a threshold was passed.
    pub fn set_signal(&mut self, rsrp: i32, rsrq: i32, snr: i32) {
        let signal = &mut self.profile.signal;
        let before = levels(signal.rsrp + 141, (signal.rsrq + 20) * 2);
        (signal.rsrp, signal.rsrq, signal.snr) = (rsrp, rsrq, snr);
        if levels(rsrp + 141, (rsrq + 20) * 2) != before {
            self.signal_notice();
        }
    }

    fn signal_notice(&mut self) {
        if self.subscriptions.signal && self.registration.status == Status::Registered {
            let now = self.indexes();
            let (strength, quality) = levels(now.rsrp, now.rsrq);
            self.notify(format!(
                "%CESQ: {},{strength},{},{quality}",
                now.rsrp, now.rsrq
            ));
        }
    }

    fn indexes(&mut self) -> Indexes {
        let signal = self.profile.signal.clone();
        let mut walk = || {
            let span = 2 * u64::from(signal.walk.unsigned_abs()) + 1;
            self.random.below(span) as i32 - signal.walk.abs()
        };
        Indexes {
            rsrp: (signal.rsrp + walk() + 141).clamp(0, 97),
            rsrq: ((signal.rsrq + walk() + 20) * 2).clamp(0, 34),
            snr: (signal.snr + walk() + 25).clamp(0, 49),
        }
    }

    fn is_registered(&self) -> bool {
        self.registration.status == Status::Registered
    }

    pub(crate) fn cesq(&mut self, command: &Command) -> Reply {
        if !self.modes.lte || command.operation != Operation::Execute {
            return Reply::Error;
        }
        if !self.is_registered() {
            return Reply::line("+CESQ: 99,99,255,255,255,255");
        }
        let now = self.indexes();
        Reply::line(format!("+CESQ: 99,99,255,255,{},{}", now.rsrq, now.rsrp))
    }

    pub(crate) fn cesq_events(&mut self, command: &Command) -> Reply {
        match (command.operation, command.switch(0)) {
            (Operation::Set, Some(on)) => {
                self.subscriptions.signal = on;
                self.signal_notice();
                Reply::done()
            }
            (Operation::Set | Operation::Read | Operation::Test | Operation::Execute, _) => {
                Reply::Error
            }
        }
    }

    pub(crate) fn xsnrsq(&mut self, command: &Command) -> Reply {
        match command.operation {
            Operation::Read if self.is_registered() => {
                let now = self.indexes();
                Reply::line(format!("%XSNRSQ: {},168,0", now.snr))
            }
            Operation::Read => Reply::line("%XSNRSQ: 127,255,255"),
            Operation::Set | Operation::Test | Operation::Execute => Reply::Error,
        }
    }

    pub(crate) fn coneval(&mut self) -> Reply {
        if !self.is_registered() {
            // 1: no cell.
            return Reply::line("%CONEVAL: 1");
        }
        let now = self.indexes();
        let profile = &self.profile;
        Reply::line(format!(
            "%CONEVAL: 0,{},7,{},{},{},\"{}\",\"{}\",{},{},{},0,0,-5,1,1,98",
            u8::from(self.registration.radio_connected),
            now.rsrp,
            now.rsrq,
            now.snr,
            profile.cell,
            profile.plmn,
            profile.physical_cell,
            profile.earfcn,
            profile.band,
        ))
    }

    pub(crate) fn xmonitor(&mut self) -> Reply {
        let status = self.status_number();
        if !self.is_registered() {
            return Reply::line(format!("%XMONITOR: {status}"));
        }
        let now = self.indexes();
        let (active, periodic) = self.management.power_saving.granted_timers();
        let profile = &self.profile;
        Reply::line(format!(
            "%XMONITOR: {status},\"{name}\",\"{name}\",\"{}\",\"{}\",{},{},\"{}\",{},{},{},{},\"\",\"{active}\",\"{periodic}\",\"00000000\"",
            profile.plmn,
            profile.tracking_area,
            profile.access,
            profile.band,
            profile.cell,
            profile.physical_cell,
            profile.earfcn,
            now.rsrp,
            now.snr,
            name = profile.network_name,
        ))
    }

    pub(crate) fn xcband(&self) -> Reply {
        Reply::line(format!(
            "%XCBAND: {}",
            if self.is_registered() {
                self.profile.band
            } else {
                0
            }
        ))
    }
}
