//! The UICC: states, PIN, what `%XSIM` tells, and insertion or removal at run time.

use super::command::{Command, Operation, Reply};
use super::{Engine, Later};

/// What is in the card slot.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Slot {
    /// A card that works.
    #[default]
    Ready,
    /// No card.
    Missing,
    /// A card that wants its PIN.
    Pin,
    /// A card whose PIN is blocked.
    Puk,
    /// A card that does not answer.
    Failure,
}

impl Slot {
    /// Reads `ready`, `missing`, `pin`, `puk` or `failure`.
    pub fn parse(text: &str) -> Option<Slot> {
        match text {
            "ready" => Some(Slot::Ready),
            "missing" => Some(Slot::Missing),
            "pin" => Some(Slot::Pin),
            "puk" => Some(Slot::Puk),
            "failure" => Some(Slot::Failure),
            _ => None,
        }
    }

    /// `%XSIM` fields.
    fn status(self) -> &'static str {
        match self {
            Slot::Ready => "1",
            Slot::Missing => "0",
            Slot::Pin => "0,1",
            Slot::Puk => "0,3",
            Slot::Failure => "0,9",
        }
    }
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Card {
    pub slot: Slot,
    /// Powered and started.
    pub started: bool,
    /// Power is on (starting or started).
    pub powered: bool,
}

impl Engine {
    /// Changes what is in the slot, also while the modem runs.
    pub fn insert_card(&mut self, slot: Slot) {
        self.card.slot = slot;
        self.log(format!("card slot: {slot:?}"));
        if !self.card.powered {
            return;
        }
        self.cancel(|later| *later == Later::CardStarted);
        self.card.started = false;
        self.channels.reset();
        if slot != Slot::Ready && self.modes.lte {
            self.card_lost();
        }
        match slot {
            Slot::Missing => {
                self.card.started = true;
                self.card_notice();
            }
            _ => self.after(self.profile.delays.card, Later::CardStarted),
        }
    }

    pub(crate) fn card_is_ready(&self) -> bool {
        self.card.started && self.card.slot == Slot::Ready
    }

    pub(crate) fn card_on(&mut self) {
        if !self.card.powered {
            self.card.powered = true;
            self.after(self.profile.delays.card, Later::CardStarted);
        }
    }

    pub(crate) fn card_off(&mut self) {
        if std::mem::take(&mut self.card.powered) {
            self.card.started = false;
            self.channels.reset();
            self.cancel(|later| *later == Later::CardStarted);
            if self.subscriptions.card {
                self.notify("%XSIM: 0");
            }
        }
    }

    pub(super) fn card_started(&mut self) {
        self.card.started = true;
        self.card_notice();
        if self.modes.lte {
            if self.card.slot == Slot::Ready {
                self.search()
            } else {
                self.card_lost()
            }
        }
    }

    fn card_notice(&mut self) {
        if self.subscriptions.card {
            self.notify(format!("%XSIM: {}", self.card.slot.status()));
        }
    }

    pub(crate) fn xsim(&mut self, command: &Command) -> Reply {
        match command.operation {
            Operation::Set => match command.switch(0) {
                Some(on) => {
                    self.subscriptions.card = on;
                    Reply::done()
                }
                None => Reply::Error,
            },
            Operation::Read if self.card.started => {
                Reply::line(format!("%XSIM: {}", self.card.slot.status()))
            }
            Operation::Read => Reply::line("%XSIM: 0"),
            Operation::Test | Operation::Execute => Reply::Error,
        }
    }

    pub(crate) fn cpin(&mut self, command: &Command) -> Reply {
        if !self.card.started {
            return Reply::Error;
        }
        match (command.operation, self.card.slot) {
            (Operation::Read, Slot::Ready) => Reply::line("+CPIN: READY"),
            (Operation::Read, Slot::Pin) => Reply::line("+CPIN: SIM PIN"),
            (Operation::Read, Slot::Puk) => Reply::line("+CPIN: SIM PUK"),
            (Operation::Read, Slot::Missing) => Reply::Cme(10),
            (Operation::Read, Slot::Failure) => Reply::Cme(13),
            (Operation::Set, Slot::Pin | Slot::Puk)
                if command.text(0) == Some(self.profile.pin.as_str()) =>
            {
                self.insert_card(Slot::Ready);
                Reply::done()
            }
            (Operation::Set, Slot::Pin | Slot::Puk) => Reply::Cme(16),
            (Operation::Set | Operation::Test | Operation::Execute, _) => Reply::Error,
        }
    }
}
