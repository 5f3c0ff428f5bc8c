//! Who the modem and the card are.

use super::Engine;
use super::command::{Command, Operation, Reply};

impl Engine {
    pub(crate) fn cgsn(&self, command: &Command) -> Reply {
        let profile = &self.profile;
        match (command.operation, command.number(0)) {
            (Operation::Execute, _) | (Operation::Set, Some(0)) => Reply::line(&profile.imei),
            (Operation::Set, Some(1)) => Reply::line(format!("+CGSN: \"{}\"", profile.imei)),
            (Operation::Set, Some(2)) => {
                let body = profile.imei.get(..14).unwrap_or(&profile.imei);
                Reply::line(format!("+CGSN: \"{body}{}\"", profile.software_version))
            }
            (Operation::Set, Some(3)) => {
                Reply::line(format!("+CGSN: \"{}\"", profile.software_version))
            }
            (Operation::Set | Operation::Read | Operation::Test, _) => Reply::Error,
        }
    }

    pub(crate) fn cimi(&self) -> Reply {
        if self.card_is_ready() {
            Reply::line(&self.profile.imsi)
        } else {
            Reply::Error
        }
    }

    pub(crate) fn xiccid(&self) -> Reply {
        if !self.card_is_ready() {
            return Reply::Error;
        }
        Reply::line(format!("%XICCID: {:F<20}", self.profile.iccid))
    }

    pub(crate) fn cnum(&self) -> Reply {
        match &self.profile.msisdn {
            Some(number) if self.card_is_ready() => {
                let kind = if number.starts_with('+') { 145 } else { 129 };
                Reply::line(format!("+CNUM: ,\"{number}\",{kind}"))
            }
            _ => Reply::Error,
        }
    }

    pub(crate) fn xoperid(&self) -> Reply {
        if self.card_is_ready() {
            Reply::line(format!("%XOPERID: {}", self.profile.operator_id))
        } else {
            Reply::Error
        }
    }

    /// Puts another number on the card, or none.
    pub fn set_msisdn(&mut self, number: Option<String>) {
        self.log(format!(
            "card number: {}",
            number.as_deref().unwrap_or("none")
        ));
        self.profile.msisdn = number;
    }
}
