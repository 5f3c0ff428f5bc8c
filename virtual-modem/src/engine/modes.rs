//! Functional modes (`+CFUN`, 3GPP TS 27.007 8.2 with the vendor's additions).

use super::command::{Command, Operation, Reply};
use super::{Engine, Later, Output, Subscriptions};

/// What is switched on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Modes {
    /// LTE protocol stack runs (modes 1, 21).
    pub lte: bool,
    /// Minimum function: nothing runs and nothing was switched on since `+CFUN=0`.
    pub awake: bool,
    /// GNSS receiver (mode 31).
    pub gnss: bool,
    /// Mode 2: the card is read only; credentials stay locked as in mode 1.
    pub card_only: bool,
}

impl Engine {
    pub(crate) fn cfun(&mut self, command: &Command) -> Reply {
        match command.operation {
            Operation::Read => Reply::line(format!("+CFUN: {}", self.functional_mode())),
            Operation::Test => Reply::line("+CFUN: (0,1,2,4,20,21,30,31,40,41,44)"),
            Operation::Execute => Reply::Error,
            Operation::Set => match command.number(0) {
                Some(mode) => self.set_mode(mode),
                None => Reply::Error,
            },
        }
    }

    /// 0, 1 or 4; the other modes fold into these.
    pub fn functional_mode(&self) -> u8 {
        match self.modes {
            Modes { lte: true, .. } => 1,
            Modes { awake: true, .. } => 4,
            Modes { .. } => 0,
        }
    }

    /// True while credentials cannot be changed.
    pub(crate) fn is_active(&self) -> bool {
        self.modes.lte || self.modes.card_only
    }

    fn set_mode(&mut self, mode: i64) -> Reply {
        match mode {
            0 => {
                self.lte_off("CFUN=0");
                self.card_off();
                self.modes = Modes::default();
                self.subscriptions = Subscriptions::default();
                self.sms_client_dropped();
                self.time_known = false;
                let settings = self.management.store();
                self.outputs.push(Output::SaveSettings(settings));
            }
            1 => {
                self.modes = Modes {
                    lte: true,
                    awake: true,
                    card_only: false,
                    ..self.modes
                };
                self.lte_on();
            }
            2 => {
                self.lte_off("CFUN=2");
                self.modes = Modes {
                    awake: true,
                    card_only: true,
                    ..Modes::default()
                };
                self.card_on();
            }
            4 => {
                self.lte_off("CFUN=4");
                self.card_off();
                self.modes = Modes {
                    awake: true,
                    ..Modes::default()
                };
            }
            20 => {
                self.lte_off("CFUN=20");
                self.modes = Modes {
                    lte: false,
                    awake: true,
                    ..self.modes
                };
            }
            21 => {
                self.modes = Modes {
                    lte: true,
                    awake: true,
                    card_only: false,
                    ..self.modes
                };
                self.lte_on();
            }
            30 => self.modes.gnss = false,
            31 => {
                self.modes = Modes {
                    gnss: true,
                    awake: true,
                    ..self.modes
                }
            }
            40 if self.modes.lte => return Reply::Cme(518),
            40 => self.card_off(),
            41 => {
                self.modes.awake = true;
                self.card_on();
            }
            44 => {
                self.lte_off("CFUN=44");
                self.modes = Modes {
                    awake: true,
                    ..Modes::default()
                };
            }
            _ => return Reply::Error,
        }
        self.log(format!("functional mode {mode}"));
        Reply::done()
    }

    fn lte_on(&mut self) {
        if self.card_is_ready() {
            self.search();
        } else {
            self.card_on();
        }
    }

    fn lte_off(&mut self, reason: &str) {
        if !self.modes.lte {
            return;
        }
        self.modes.lte = false;
        self.cancel(|later| {
            matches!(
                later,
                Later::Attached | Later::TimeSent | Later::Ipv6Ready(_) | Later::RadioIdle
            )
        });
        self.detach(reason);
    }
}
