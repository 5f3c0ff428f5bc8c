//! Short messages at the AT interface (3GPP TS 27.005): one client, delivery, acknowledgement, sending.

use super::command::{Command, Operation, Reply};
use super::pdu::Content;
use super::{Engine, Later};

/// `+CMS ERROR` of a client that did not acknowledge.
const CLIENT_DROPPED: u16 = 524;

/// Type of an address with country code (3GPP TS 24.011 8.2.5.2).
const INTERNATIONAL: u8 = 145;

#[derive(Clone, Debug, Default)]
pub(crate) struct Sms {
    client: bool,
    waiting: Option<u32>,
    delivered: u32,
    reference: u8,
}

impl Engine {
    /// Delivers a message. Fails without client, when the last one is unacknowledged, or when it does not fit.
    pub fn deliver_sms(
        &mut self,
        sender: &str,
        ports: Option<(u16, u16)>,
        content: &Content,
    ) -> Result<(), String> {
        if !self.sms.client {
            return Err("no SMS client".into());
        }
        if self.sms.waiting.is_some() {
            return Err("the last message is not acknowledged".into());
        }
        let Some((pdu, octets)) =
            content.pdu(sender, ports, &[0x22, 0x60, 0x51, 0x21, 0x43, 0x65, 0])
        else {
            return Err("sender or content does not fit a message".into());
        };
        self.sms.delivered += 1;
        self.sms.waiting = Some(self.sms.delivered);
        self.count_sms(0, 1);
        self.notify(format!("+CMT: \"{sender}\",{octets}\r\n{pdu}"));
        self.after(
            self.profile.delays.sms_acknowledge,
            Later::SmsUnacknowledged(self.sms.delivered),
        );
        Ok(())
    }

    pub(super) fn sms_unacknowledged(&mut self, number: u32) {
        if self.sms.waiting == Some(number) {
            self.sms_client_dropped();
            self.notify(format!("+CMS ERROR: {CLIENT_DROPPED}"));
        }
    }

    pub(crate) fn sms_client_dropped(&mut self) {
        self.sms.client = false;
        self.sms.waiting = None;
    }

    pub(crate) fn cnmi(&mut self, command: &Command) -> Reply {
        match command.operation {
            Operation::Read if self.sms.client => Reply::line("+CNMI: 3,2,0,1,1"),
            Operation::Read => Reply::line("+CNMI: 0,0,0,0,1"),
            Operation::Set => {
                let fields = [0, 1, 2, 3].map(|index| command.number(index).unwrap_or(0));
                match fields {
                    [0, 0, 0, 0] => {
                        self.sms_client_dropped();
                        Reply::done()
                    }
                    [3, 2, 0, 0 | 1] if !self.sms.client => {
                        self.sms.client = true;
                        Reply::done()
                    }
                    // 302: operation not allowed, somebody else has it.
                    [3, 2, 0, 0 | 1] => Reply::Cms(302),
                    _ => Reply::Cms(303),
                }
            }
            Operation::Test | Operation::Execute => Reply::Error,
        }
    }

    /// Service centre: of the card until another is set, which it keeps.
    pub(crate) fn csca(&mut self, command: &Command) -> Reply {
        if !self.card_is_ready() {
            return Reply::Error;
        }
        match command.operation {
            Operation::Read => {
                let (address, kind) = match &self.management.service_centre {
                    Some((address, kind)) => (address.as_str(), *kind),
                    None => (self.profile.service_centre.as_str(), INTERNATIONAL),
                };
                Reply::line(format!("+CSCA: \"{address}\",{kind}"))
            }
            Operation::Set => {
                let address = command.text(0).unwrap_or("");
                let digits = address.strip_prefix('+').unwrap_or(address);
                let kind = command.number(1).unwrap_or(129);
                if digits.is_empty()
                    || digits.len() > 20
                    || !digits.bytes().all(|byte| byte.is_ascii_digit())
                    || !(129..=255).contains(&kind)
                {
                    return Reply::Cms(305);
                }
                self.management.service_centre = Some((address.into(), kind as u8));
                Reply::done()
            }
            Operation::Test | Operation::Execute => Reply::Error,
        }
    }

    pub(crate) fn cnma(&mut self, command: &Command) -> Reply {
        if !self.modes.lte || !matches!(command.operation, Operation::Set | Operation::Execute) {
            return Reply::Error;
        }
        match self.sms.waiting.take() {
            Some(_) => {
                self.cancel(|later| matches!(later, Later::SmsUnacknowledged(_)));
                Reply::done()
            }
            None => Reply::Cms(340),
        }
    }

    pub(crate) fn cmgs(&mut self, command: &Command) -> Reply {
        if command.operation != Operation::Set || self.status_number() % 4 != 1 {
            return Reply::Error;
        }
        // The PDU follows a carriage return and ends with control-Z.
        let Some((octets, pdu)) = command.text(0).and_then(|text| text.split_once('\r')) else {
            return Reply::Error;
        };
        let pdu = pdu.trim_end_matches('\u{1a}').trim();
        let Ok(octets) = octets.trim().parse::<usize>() else {
            return Reply::Error;
        };
        let centre = pdu
            .get(..2)
            .and_then(|text| usize::from_str_radix(text, 16).ok());
        if centre.is_none_or(|centre| pdu.len() != 2 * (1 + centre + octets)) {
            return Reply::Cms(304);
        }
        self.log(format!("SMS sent: {pdu}"));
        self.count_sms(1, 0);
        self.sms.reference = self.sms.reference.wrapping_add(1);
        Reply::line(format!("+CMGS: {}", self.sms.reference))
    }
}
