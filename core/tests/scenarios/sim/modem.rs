//! The modem as far as the client sees it: functional mode, registration, answers to AT commands, key store.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::ffi::CStr;

use carrier_core::Query;
use carrier_core::boundary::AccessPoint;

use super::saving::Saving;

use super::package::Package;

#[derive(Default)]
pub struct Modem {
    /// `AT+CFUN` value: 1 on, 4 flight.
    pub functional: u8,
    /// Whether a network is in reach.
    pub coverage: bool,
    pub registered: bool,
    /// When registration completes.
    pub attach_at: Option<u64>,
    /// Notifications not delivered yet.
    pub notices: Vec<String>,
    /// Identity and key under each security tag.
    pub keys: BTreeMap<u32, (Vec<u8>, Vec<u8>)>,
    /// The phone number, once the network has given one.
    pub msisdn: Option<String>,
    /// Access points that are granted.
    pub granted: BTreeSet<&'static str>,
    /// Access points asked for, in order.
    pub asked: Vec<String>,
    /// Authentication, user name and password they were asked for with.
    pub credentials: Vec<(u8, String, String)>,
    /// Access point of the connection that is there.
    pub connected: Option<String>,
    /// Access points from which no server is reached.
    pub islands: BTreeSet<&'static str>,
    /// Power saving and service centre.
    pub saving: Saving,
    /// Answers that are not those of every day; `None` is an error.
    pub answers: BTreeMap<&'static str, Option<String>>,
    /// Commands asked, in order.
    pub commands: RefCell<Vec<&'static str>>,
    /// Its area for firmware packages.
    pub package: Package,
    /// The application's LTE link does not go down when asked.
    pub stuck_online: bool,
}

/// The library's context.
const CONTEXT: u8 = 3;
/// Cause: unknown access point.
const UNKNOWN: u8 = 27;
const REGISTRATION: &str = "+CGDCONT: 0,\"IPV4V6\",\"iot.test\",\"10.0.0.2 2001:0DB8:0000:0000:0000:0000:0000:0001\",0,0\r\n";

const ATTACH_TIME: u64 = 1_500;

impl Modem {
    pub fn new() -> Modem {
        Modem {
            functional: 4,
            coverage: true,
            ..Modem::default()
        }
    }

    pub fn link_up(&mut self, now: u64) {
        self.functional = 1;
        if self.coverage && !self.registered && self.attach_at.is_none() {
            self.attach_at = Some(now + ATTACH_TIME);
        }
    }

    /// Power is gone; keys stay.
    pub fn switch_off(&mut self) {
        self.functional = 4;
        self.registered = false;
        self.connected = None;
        self.attach_at = None;
        self.notices.clear();
    }

    pub fn link_down(&mut self) {
        if self.stuck_online {
            return;
        }
        self.functional = 4;
        self.connected = None;
        self.detach("+CEREG: 0");
    }

    /// Coverage comes or goes.
    pub fn set_coverage(&mut self, now: u64, coverage: bool) {
        self.coverage = coverage;
        if coverage && self.functional == 1 && !self.registered {
            self.attach_at = Some(now + ATTACH_TIME);
        } else if !coverage {
            self.detach("+CEREG: 2");
        }
    }

    pub fn tick(&mut self, now: u64) {
        if self.attach_at.is_some_and(|at| at <= now) {
            self.attach_at = None;
            self.registered = true;
            self.notices
                .push("+CEREG: 5,\"0001\",\"00012345\",7\r\n".to_owned());
        }
    }

    pub fn activate(&mut self, wanted: Option<AccessPoint<'_>>) -> Result<u8, u8> {
        let Some(wanted) = wanted else {
            self.connected = None;
            return Ok(0);
        };
        assert!(self.registered, "an access point without a network");
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).expect("a text");
        let name = text(wanted.name);
        self.asked.push(name.clone());
        self.credentials.push((
            wanted.authentication,
            text(wanted.user),
            text(wanted.secret),
        ));
        if wanted.fresh {
            self.connected = None;
        }
        self.connected
            .take_if(|own| !self.granted.contains(own.as_str()));
        if self.connected.is_some() {
            return Ok(0);
        }
        if !self.granted.contains(name.as_str()) {
            return Err(UNKNOWN);
        }
        self.connected = Some(name);
        Ok(CONTEXT)
    }

    /// Whether servers are reached over the connection in use.
    pub fn has_route(&self) -> bool {
        let own = self.connected.as_deref();
        own.is_none_or(|name| !self.islands.contains(name))
    }

    /// Takes or refuses a command that changes settings.
    pub fn take(&mut self, command: &str) -> bool {
        self.saving.take(command)
    }

    pub fn answer(&self, query: Query) -> Option<String> {
        let format = CStr::from_bytes_until_nul(query.format()).expect("a command");
        let command = format.to_str().expect("a text");
        self.commands.borrow_mut().push(command);
        if let Some(answer) = self.answers.get(command) {
            return answer.clone();
        }
        match query {
            Query::Signal => Some("+CESQ: 99,99,255,255,20,53\r\nOK\r\n".to_owned()),
            Query::Network if self.registered => Some(
                "%XMONITOR: 5,\"Test\",\"Test\",\"00101\",\"0001\",7,20,\"00012345\",7,6300,53,30,\"\",\"00000110\",\
                 \"00100001\",\"00000000\"\r\nOK\r\n"
                    .to_owned(),
            ),
            Query::Network => Some("%XMONITOR: 2\r\nOK\r\n".to_owned()),
            Query::Contexts => {
                let own = self.connected.as_ref().map_or(String::new(), |name| {
                    format!("+CGDCONT: {CONTEXT},\"IP\",\"{name}\",\"10.1.0.2\",0,0\r\n")
                });
                Some(format!("{REGISTRATION}{own}OK\r\n"))
            }
            Query::Psm | Query::Cycles | Query::Windows | Query::ServiceCentre => {
                Some(self.saving.answer(query))
            }
            Query::Modes => Some("%XSYSTEMMODE: 1,1,0,0\r\nOK\r\n".to_owned()),
            Query::Registration => {
                let status = if self.registered { 5 } else { 2 };
                Some(format!("+CEREG: 4,{status}\r\nOK\r\n"))
            }
            Query::Functional => Some(format!("+CFUN: {}\r\nOK\r\n", self.functional)),
            Query::Clock => Some("+CCLK: \"22/06/15,12:34:56+08\"\r\nOK\r\n".to_owned()),
            Query::Msisdn => {
                let number = self.msisdn.as_ref()?;
                Some(format!("+CNUM: ,\"+{number}\",145\r\nOK\r\n"))
            }
            _ => Some("OK\r\n".to_owned()),
        }
    }

    fn detach(&mut self, line: &str) {
        self.attach_at = None;
        if std::mem::take(&mut self.registered) {
            self.notices.push(format!("{line}\r\n"));
        }
    }
}
