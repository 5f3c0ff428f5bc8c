//! Power saving: `+CPSMS`, extended DRX with `+CEDRXS`, its paging window `%XPTW`, and what the network grants, which is all
//! that is asked for.

use super::Engine;
use super::command::{Command, Operation, Reply};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// Timer value "deactivated" (3GPP TS 24.008 10.5.7.4).
const TIMER_OFF: &str = "11100000";
/// Active time when none is given.
const ACTIVE: &str = "00000110";
/// Cycle when none is given: 20.48 s.
const CYCLE: &str = "0010";
/// Parameter error.
const BAD: Reply = Reply::Cme(50);

/// What was asked for; `+CFUN=0` stores it. Binary digits of 3GPP TS 24.008, by access technology (4 LTE-M, 5 NB-IoT) where it differs.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct PowerSaving {
    enabled: bool,
    periodic: Option<String>,
    active: Option<String>,
    cycles: BTreeMap<u8, String>,
    windows: BTreeMap<u8, String>,
}

impl PowerSaving {
    /// Active time and periodic TAU time as granted.
    pub fn granted_timers(&self) -> (&str, &str) {
        match &self.active {
            Some(active) if self.enabled => (active, self.periodic.as_deref().unwrap_or(TIMER_OFF)),
            _ => (TIMER_OFF, TIMER_OFF),
        }
    }

    fn window(&self, access: u8) -> &str {
        self.windows.get(&access).map_or("0001", String::as_str)
    }
}

/// Parameter `index` as so many binary digits; the error is the answer to others.
fn digits(command: &Command, index: usize, count: usize) -> Result<Option<String>, Reply> {
    match command.text(index) {
        None => Ok(None),
        Some(text)
            if text.len() == count && text.bytes().all(|byte| matches!(byte, b'0' | b'1')) =>
        {
            Ok(Some(text.into()))
        }
        Some(_) => Err(BAD),
    }
}

fn access(command: &Command, index: usize) -> Result<u8, Reply> {
    match command.number(index) {
        Some(access @ (4 | 5)) => Ok(access as u8),
        _ => Err(BAD),
    }
}

/// Either way the answer.
fn answer(result: Result<Reply, Reply>) -> Reply {
    result.unwrap_or_else(|refusal| refusal)
}

impl Engine {
    pub(crate) fn cpsms(&mut self, command: &Command) -> Reply {
        match (command.operation, command.number(0)) {
            (Operation::Set, Some(1)) => answer(self.begin_psm(command)),
            (Operation::Set, Some(mode @ (0 | 2))) => {
                let own = &mut self.management.power_saving;
                own.enabled = false;
                if mode == 2 {
                    own.periodic = None;
                    own.active = None;
                }
                self.tell_timers();
                Reply::done()
            }
            (Operation::Read, _) => {
                let own = &self.management.power_saving;
                let periodic = own.periodic.as_deref().unwrap_or("");
                let active = own.active.as_deref().unwrap_or("");
                let on = u8::from(own.enabled);
                Reply::line(format!("+CPSMS: {on},,,\"{periodic}\",\"{active}\""))
            }
            (Operation::Set | Operation::Test | Operation::Execute, _) => Reply::Error,
        }
    }

    fn begin_psm(&mut self, command: &Command) -> Result<Reply, Reply> {
        let (periodic, active) = (digits(command, 3, 8)?, digits(command, 4, 8)?);
        let own = &mut self.management.power_saving;
        own.enabled = true;
        own.periodic = periodic.or(own.periodic.take());
        own.active = active.or(own.active.take()).or(Some(ACTIVE.into()));
        self.tell_timers();
        Ok(Reply::done())
    }

    pub(crate) fn cedrxs(&mut self, command: &Command) -> Reply {
        match (command.operation, command.number(0)) {
            (Operation::Set, Some(mode @ (1 | 2))) => answer(self.begin_edrx(command, mode == 2)),
            (Operation::Set, Some(0 | 3)) => {
                self.management.power_saving.cycles.clear();
                self.subscriptions.edrx = false;
                Reply::done()
            }
            (Operation::Read, _) => {
                let mut text = String::new();
                for (access, cycle) in &self.management.power_saving.cycles {
                    let _ = write!(text, "+CEDRXS: {access},\"{cycle}\"\r\n");
                }
                Reply::Ok(text)
            }
            (Operation::Set | Operation::Test | Operation::Execute, _) => Reply::Error,
        }
    }

    fn begin_edrx(&mut self, command: &Command, tells: bool) -> Result<Reply, Reply> {
        let (access, cycle) = (access(command, 1)?, digits(command, 2, 4)?);
        let cycle = cycle.unwrap_or_else(|| CYCLE.into());
        let own = &mut self.management.power_saving;
        own.cycles.insert(access, cycle.clone());
        let window = own.window(access).to_string();
        self.subscriptions.edrx = tells;
        if tells && self.status_number() % 4 == 1 {
            self.notify(format!(
                "+CEDRXP: {access},\"{cycle}\",\"{cycle}\",\"{window}\""
            ));
        }
        Ok(Reply::done())
    }

    pub(crate) fn xptw(&mut self, command: &Command) -> Reply {
        match command.operation {
            Operation::Set => answer(self.set_window(command)),
            Operation::Read => {
                let mut text = String::new();
                for (access, window) in &self.management.power_saving.windows {
                    let _ = write!(text, "%XPTW: {access},\"{window}\"\r\n");
                }
                Reply::Ok(text)
            }
            Operation::Test | Operation::Execute => Reply::Error,
        }
    }

    fn set_window(&mut self, command: &Command) -> Result<Reply, Reply> {
        let (access, window) = (access(command, 0)?, digits(command, 1, 4)?);
        let windows = &mut self.management.power_saving.windows;
        match window {
            Some(window) => windows.insert(access, window),
            None => windows.remove(&access),
        };
        Ok(Reply::done())
    }

    /// What is in use with the present network.
    pub(crate) fn cedrxrdp(&self, command: &Command) -> Reply {
        let own = &self.management.power_saving;
        let access = if self.profile.access == 9 { 5 } else { 4 };
        match (command.operation, own.cycles.get(&access)) {
            (Operation::Execute, Some(cycle)) => {
                let window = own.window(access);
                Reply::line(format!(
                    "+CEDRXRDP: {access},\"{cycle}\",\"{cycle}\",\"{window}\""
                ))
            }
            (Operation::Execute, None) => Reply::line("+CEDRXRDP: 0"),
            (Operation::Set | Operation::Read | Operation::Test, _) => Reply::Error,
        }
    }
}
