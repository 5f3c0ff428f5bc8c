//! The modem as a state machine: AT commands and simulated time in; answers, notifications and things to store out.
//! No threads, no sockets, no clock of its own.
//!
//! Control methods (`insert_card`, `drop_link`, ...) count from the last [`Engine::advance`]: call that first.
//! After [`Engine::command`], [`Engine::advance`] or a control method the owner takes all [`Engine::outputs`], and calls
//! [`Engine::advance`] again when [`Engine::deadline`] is reached.

pub mod apdu;
pub mod apn;
pub mod card;
pub mod command;
pub mod contexts;
pub mod credentials;
pub mod device_management;
pub mod fault;
pub mod files;
pub mod identity;
pub mod modes;
pub mod pdu;
pub mod power_saving;
pub mod radio;
pub mod registration;
pub mod sms;
pub mod table;
pub mod time;
pub mod uicc;

use crate::profile::Profile;
use crate::rng::Rng;
use crate::seam::NetworkEvent;
use command::{Command, Reply};
use std::collections::BTreeMap;

/// Simulated time as the engine sees it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Moment {
    /// Milliseconds since the process started.
    pub uptime_ms: i64,
    /// Unix milliseconds in the mobile network.
    pub network_ms: i64,
}

/// What the owner has to do, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Output {
    /// A notification for the application, ending with `\r\n`.
    Notify(String),
    /// A change of the packet data connection.
    Network(NetworkEvent),
    /// The credential store changed.
    SaveCredentials {
        /// To be kept over restarts.
        text: String,
        /// What changed, for people.
        change: String,
    },
    /// Settings that survive restarts changed: keep this text.
    SaveSettings(String),
    /// A line for the log.
    Log(String),
}

/// What happens later.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Later {
    CardStarted,
    Attached,
    TimeSent,
    Ipv6Ready(u8),
    CoverageBack,
    RadioIdle,
    SmsUnacknowledged(u32),
}

/// What the application subscribed to. `+CFUN=0` clears it.
#[derive(Clone, Debug, Default)]
pub struct Subscriptions {
    /// `+CEREG` level 0 to 5.
    pub registration: u8,
    /// `+CGEREP`
    pub packet_events: bool,
    /// `+CNEC`: 8 mobility, 16 session errors.
    pub network_errors: u8,
    /// `%XSIM`
    pub card: bool,
    /// `%XTIME`
    pub time: bool,
    /// `%MDMEV`
    pub modem_events: bool,
    /// `%CESQ`
    pub signal: bool,
    /// `+ODISNTF`
    pub host_identity: bool,
    /// `+CSCON`
    pub radio: bool,
    /// `+CEDRXS` mode 2.
    pub edrx: bool,
}

/// One modem.
pub struct Engine {
    /// Identity and network.
    pub profile: Profile,
    /// Subscriptions now.
    pub subscriptions: Subscriptions,
    pub(crate) modes: modes::Modes,
    pub(crate) card: card::Card,
    pub(crate) channels: apdu::Channels,
    pub(crate) registration: registration::Registration,
    pub(crate) contexts: contexts::Contexts,
    pub(crate) credentials: credentials::Credentials,
    pub(crate) sms: sms::Sms,
    pub(crate) management: device_management::Management,
    pub(crate) time_known: bool,
    pub(crate) extended_errors: bool,
    pub(crate) faults: fault::Faults,
    /// Simulated time the answer of the command in hand takes.
    pub(crate) answer_delay_ms: i64,
    pub(crate) random: Rng,
    pub(crate) moment: Moment,
    outputs: Vec<Output>,
    later: BTreeMap<(i64, u64), Later>,
    sequence: u64,
}

/// The full answer to one AT command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// All lines, each ending with `\r\n`, with the final result code.
    pub text: String,
    /// 0, or error class and code packed as the modem library returns them.
    pub result: i32,
    /// Simulated milliseconds after which it comes.
    pub delay_ms: i64,
}

impl Engine {
    /// A modem that is switched off (`+CFUN: 0`), with the texts stored in earlier lives (empty for none).
    pub fn new(profile: Profile, credentials: &str, settings: &str, random: Rng) -> Engine {
        let mut engine = Engine {
            subscriptions: Subscriptions::default(),
            modes: modes::Modes::default(),
            card: card::Card::default(),
            channels: apdu::Channels::default(),
            registration: registration::Registration::default(),
            contexts: contexts::Contexts::new(),
            credentials: credentials::Credentials::load(credentials),
            sms: sms::Sms::default(),
            management: device_management::Management::load(settings, &profile),
            time_known: false,
            extended_errors: false,
            faults: fault::Faults::default(),
            answer_delay_ms: 0,
            random,
            moment: Moment::default(),
            outputs: Vec::new(),
            later: BTreeMap::new(),
            sequence: 0,
            profile,
        };
        if engine.credentials.is_damaged() {
            engine.log("credential store could not be read and starts empty");
        }
        engine
    }

    /// Runs one AT command (without or with line end).
    pub fn command(&mut self, now: Moment, line: &str) -> Answer {
        self.advance(now);
        let reply = match self.command_fault(line) {
            Some(reply) => reply,
            None => match Command::parse(line) {
                Some(command) => table::run(self, &command),
                None => Reply::Error,
            },
        };
        let (text, result) = match reply {
            Reply::Ok(lines) => (format!("{lines}OK\r\n"), 0),
            Reply::Cme(code) if self.extended_errors => {
                (format!("+CME ERROR: {code}\r\n"), 2 << 16 | i32::from(code))
            }
            Reply::Cms(code) => (format!("+CMS ERROR: {code}\r\n"), 3 << 16 | i32::from(code)),
            Reply::Error | Reply::Cme(_) => ("ERROR\r\n".into(), 1 << 16),
        };
        Answer {
            text,
            result,
            delay_ms: std::mem::take(&mut self.answer_delay_ms),
        }
    }

    /// Lets everything happen that is due.
    pub fn advance(&mut self, now: Moment) {
        self.moment = now;
        while let Some(entry) = self.later.first_entry() {
            if entry.key().0 > now.uptime_ms {
                break;
            }
            match entry.remove() {
                Later::CardStarted => self.card_started(),
                Later::Attached => self.attached(),
                Later::TimeSent => self.time_sent(),
                Later::Ipv6Ready(cid) => self.ipv6_ready(cid),
                Later::CoverageBack => self.set_coverage(true),
                Later::RadioIdle => self.radio_idle(),
                Later::SmsUnacknowledged(number) => self.sms_unacknowledged(number),
            }
        }
    }

    /// Uptime in ms at which [`Engine::advance`] has something to do.
    pub fn deadline(&self) -> Option<i64> {
        self.later.first_key_value().map(|(key, _)| key.0)
    }

    /// Takes what the owner has to do.
    pub fn outputs(&mut self) -> Vec<Output> {
        std::mem::take(&mut self.outputs)
    }

    fn notify(&mut self, text: impl AsRef<str>) {
        self.outputs
            .push(Output::Notify(format!("{}\r\n", text.as_ref())));
    }

    fn network(&mut self, event: NetworkEvent) {
        self.outputs.push(Output::Network(event));
    }

    fn log(&mut self, text: impl Into<String>) {
        self.outputs.push(Output::Log(text.into()));
    }

    fn after(&mut self, delay_ms: i64, later: Later) {
        self.sequence += 1;
        self.later
            .insert((self.moment.uptime_ms + delay_ms, self.sequence), later);
    }

    fn cancel(&mut self, what: impl Fn(&Later) -> bool) {
        self.later.retain(|_, later| !what(later));
    }
}

#[cfg(test)]
mod tests;
