//! Packet data contexts 0 to 10: definition, activation, addresses, events (3GPP TS 27.007 10.1).

use super::apn::{has, verdict};
use super::command::{Command, Operation, Reply};
use super::{Engine, Later};
use crate::profile::Apn;
use crate::seam::{NetworkEvent, Pdn};
use std::fmt::Write as _;
use std::net::Ipv6Addr;

/// Context ids are 0 to this.
const LAST_CONTEXT: usize = 10;

/// ESM cause "user authentication or authorization failed" (3GPP TS 24.301 9.9.4.4).
const AUTHENTICATION_FAILED: u8 = 29;

/// Longest user name and password of `+CGAUTH`.
const CREDENTIAL_LIMIT: usize = 64;

#[derive(Clone, Debug, Default)]
pub(crate) struct Context {
    /// Defined by `+CGDCONT` or handed out by `%XNEWCID`.
    used: bool,
    family: String,
    apn: String,
    /// `+CGAUTH`: 0 none, 1 PAP, 2 CHAP; user name and password.
    authentication: (u8, String, String),
    active: Option<Pdn>,
    /// APN as granted.
    granted: Option<Apn>,
}

#[derive(Clone, Debug)]
pub(crate) struct Contexts(Vec<Context>);

impl Contexts {
    pub fn new() -> Contexts {
        let mut contexts = vec![Context::default(); LAST_CONTEXT + 1];
        contexts[0].used = true;
        Contexts(contexts)
    }

    pub fn is_active(&self, cid: u8) -> bool {
        self.0
            .get(usize::from(cid))
            .is_some_and(|context| context.active.is_some())
    }
}

impl Engine {
    /// The active connections, context 0 first.
    pub fn pdns(&self) -> Vec<Pdn> {
        self.contexts
            .0
            .iter()
            .filter_map(|context| context.active.clone())
            .collect()
    }

    /// The network takes the connection of `cid` away. False when it is not active. Without context 0 there is no
    /// attach: the modem then begins anew.
    pub fn network_deactivates(&mut self, cid: u8) -> bool {
        if !self.contexts.is_active(cid) {
            return false;
        }
        self.deactivate(cid, "network deactivation");
        if self.subscriptions.packet_events {
            self.notify(format!("+CGEV: NW PDN DEACT {cid}"));
        }
        if cid == 0 {
            self.lose_all_contexts("network detach", "NW");
            self.attach_anew();
        }
        true
    }

    /// The access point behind a PDN id, as it was granted.
    pub(super) fn granted(&self, pdn_id: u8) -> Option<&Apn> {
        let context = self
            .contexts
            .0
            .iter()
            .find(|context| context.active.as_ref().is_some_and(|pdn| pdn.id == pdn_id))?;
        context.granted.as_ref()
    }

    /// Activates context 0 as part of the attach. False when the network refuses its APN or family.
    pub(crate) fn activate_default(&mut self) -> bool {
        let context = &self.contexts.0[0];
        let wanted = if context.family.is_empty() {
            self.profile.apn.family.clone()
        } else {
            context.family.clone()
        };
        let apn = self.profile.apn.clone();
        let (cause, granted) = verdict(Some(&apn), &wanted);
        if granted {
            self.activate(0, apn, &wanted, cause);
        } else {
            self.tell_refusal(0, cause);
        }
        granted
    }

    fn activate(&mut self, cid: u8, apn: Apn, wanted: &str, cause: u8) {
        let id = if cid == 0 {
            0
        } else {
            cid + self.profile.pdn_id_offset
        };
        let v4 = has(wanted, "IP") && has(&apn.family, "IP");
        let v6 = has(wanted, "IPV6") && has(&apn.family, "IPV6");
        let pdn = Pdn {
            cid,
            id,
            ipv4: v4.then_some(apn.ipv4),
            ipv6: v6.then_some(apn.ipv6),
        };
        // 27.007 10.1.19: the reason tells that only one of two wanted families was given.
        let reason = match (wanted, v4, v6) {
            ("IPV4V6", true, false) => ",0",
            ("IPV4V6", false, true) => ",1",
            _ => "",
        };
        let context = &mut self.contexts.0[usize::from(cid)];
        context.active = Some(pdn.clone());
        context.granted = Some(apn);
        self.tell_activation(cid, reason, cause);
        if v6 {
            self.after(self.profile.delays.ipv6, Later::Ipv6Ready(cid));
        }
        self.network(NetworkEvent::Up(pdn));
    }

    pub(super) fn ipv6_ready(&mut self, cid: u8) {
        if self.contexts.is_active(cid) && self.subscriptions.packet_events {
            self.notify(format!("+CGEV: IPV6 {cid}"));
        }
    }

    fn deactivate(&mut self, cid: u8, reason: &str) {
        let context = &mut self.contexts.0[usize::from(cid)];
        context.granted = None;
        if let Some(pdn) = context.active.take() {
            self.cancel(|later| *later == Later::Ipv6Ready(cid));
            self.network(NetworkEvent::Down {
                id: pdn.id,
                reason: reason.into(),
            });
        }
    }

    /// All connections end; `who` is `ME` or `NW` in the events.
    pub(crate) fn lose_all_contexts(&mut self, reason: &str, who: &str) {
        for cid in 0..=LAST_CONTEXT as u8 {
            if self.contexts.is_active(cid) {
                self.deactivate(cid, reason);
                if cid > 0 && self.subscriptions.packet_events {
                    self.notify(format!("+CGEV: {who} PDN DEACT {cid}"));
                }
            }
        }
        if self.subscriptions.packet_events {
            self.notify(format!("+CGEV: {who} DETACH"));
        }
    }

    fn cid(&self, command: &Command, index: usize) -> Option<u8> {
        let cid = command.number(index)?;
        (0..=LAST_CONTEXT as i64)
            .contains(&cid)
            .then_some(cid as u8)
    }

    pub(crate) fn xnewcid(&mut self, command: &Command) -> Reply {
        if command.operation != Operation::Read {
            return Reply::Error;
        }
        match self.contexts.0.iter().position(|context| !context.used) {
            Some(cid) => {
                self.contexts.0[cid].used = true;
                Reply::line(format!("%XNEWCID: {cid}"))
            }
            None => Reply::Error,
        }
    }

    pub(crate) fn cgdcont(&mut self, command: &Command) -> Reply {
        match command.operation {
            Operation::Read => {
                let mut text = String::new();
                for (cid, context) in self
                    .contexts
                    .0
                    .iter()
                    .enumerate()
                    .filter(|(_, context)| context.used)
                {
                    let (mut family, mut apn, mut address) =
                        (context.family.clone(), context.apn.clone(), String::new());
                    if let (Some(pdn), Some(granted)) = (&context.active, &context.granted) {
                        apn.clone_from(&granted.name);
                        family = match (pdn.ipv4, pdn.ipv6) {
                            (Some(_), Some(_)) => "IPV4V6".into(),
                            (None, Some(_)) => "IPV6".into(),
                            (Some(_) | None, None) => "IP".into(),
                        };
                        let v4 = pdn.ipv4.map(|address| address.to_string());
                        address = [v4, pdn.ipv6.map(full)]
                            .into_iter()
                            .flatten()
                            .collect::<Vec<_>>()
                            .join(" ");
                    }
                    let _ = write!(
                        text,
                        "+CGDCONT: {cid},\"{family}\",\"{apn}\",\"{address}\",0,0\r\n"
                    );
                }
                Reply::Ok(text)
            }
            Operation::Set => {
                let Some(cid) = self.cid(command, 0) else {
                    return Reply::Error;
                };
                if cid != 0 && self.contexts.is_active(cid) {
                    return Reply::Cme(518);
                }
                let Some(family) = command.text(1) else {
                    if cid == 0 {
                        return Reply::Error;
                    }
                    self.contexts.0[usize::from(cid)] = Context::default();
                    return Reply::done();
                };
                if !matches!(family, "IP" | "IPV6" | "IPV4V6" | "Non-IP") {
                    return Reply::Cme(50);
                }
                let apn = command.text(2).unwrap_or("").to_string();
                let context = &mut self.contexts.0[usize::from(cid)];
                context.used = true;
                context.family = family.into();
                context.apn = apn;
                Reply::done()
            }
            Operation::Test | Operation::Execute => Reply::Error,
        }
    }

    pub(crate) fn cgact(&mut self, command: &Command) -> Reply {
        if !self.modes.lte {
            return Reply::Error;
        }
        match command.operation {
            Operation::Read => {
                let mut text = String::new();
                for (cid, context) in self
                    .contexts
                    .0
                    .iter()
                    .enumerate()
                    .filter(|(_, context)| context.used)
                {
                    let _ = write!(
                        text,
                        "+CGACT: {cid},{}\r\n",
                        u8::from(context.active.is_some())
                    );
                }
                Reply::Ok(text)
            }
            Operation::Set => match (command.switch(0), self.cid(command, 1)) {
                (Some(true), Some(cid)) if cid > 0 => self.connect(cid),
                (Some(false), Some(cid)) if cid > 0 && self.contexts.is_active(cid) => {
                    self.deactivate(cid, "CGACT=0");
                    if self.subscriptions.packet_events {
                        self.notify(format!("+CGEV: ME PDN DEACT {cid}"));
                    }
                    Reply::done()
                }
                _ => Reply::Error,
            },
            Operation::Test | Operation::Execute => Reply::Error,
        }
    }

    fn connect(&mut self, cid: u8) -> Reply {
        let context = &self.contexts.0[usize::from(cid)];
        if !context.used || !self.contexts.is_active(0) || !self.registration.coverage {
            return Reply::Error;
        }
        if context.active.is_some() {
            return Reply::done();
        }
        let wanted = if context.family.is_empty() {
            "IP".to_string()
        } else {
            context.family.clone()
        };
        let apn = self.apn(&context.apn).cloned();
        let (cause, granted) = match &apn {
            Some(apn) if !is_known(apn, &context.authentication) => (AUTHENTICATION_FAILED, false),
            apn => verdict(apn.as_ref(), &wanted),
        };
        self.answer_delay_ms += self.profile.delays.activate;
        match apn {
            Some(apn) if granted => {
                self.activate(cid, apn, &wanted, cause);
                Reply::done()
            }
            _ => {
                self.tell_refusal(cid, cause);
                Reply::Error
            }
        }
    }

    pub(crate) fn cgauth(&mut self, command: &Command) -> Reply {
        match command.operation {
            Operation::Read => {
                let mut text = String::new();
                for (cid, context) in self.contexts.0.iter().enumerate() {
                    let (kind, user, password) = &context.authentication;
                    if context.used {
                        let _ = write!(text, "+CGAUTH: {cid},{kind},\"{user}\",\"{password}\"\r\n");
                    }
                }
                Reply::Ok(text)
            }
            Operation::Set => {
                let Some(cid) = self.cid(command, 0) else {
                    return Reply::Error;
                };
                let (kind, user, password) = (command.number(1), command.text(2), command.text(3));
                let wanted = match (kind, user, password) {
                    (None | Some(0), None, None) => (0, String::new(), String::new()),
                    (Some(kind @ (1 | 2)), Some(user), Some(password))
                        if user.len() <= CREDENTIAL_LIMIT && password.len() <= CREDENTIAL_LIMIT =>
                    {
                        (kind as u8, user.into(), password.into())
                    }
                    _ => return Reply::Cme(50),
                };
                self.contexts.0[usize::from(cid)].authentication = wanted;
                Reply::done()
            }
            Operation::Test | Operation::Execute => Reply::Error,
        }
    }

    fn active_context(&self, command: &Command) -> Option<(&Pdn, &Apn)> {
        if !self.modes.lte || command.operation != Operation::Set {
            return None;
        }
        let context = &self.contexts.0[usize::from(self.cid(command, 0)?)];
        Some((context.active.as_ref()?, context.granted.as_ref()?))
    }

    pub(crate) fn xgetpdnid(&self, command: &Command) -> Reply {
        self.active_context(command)
            .map_or(Reply::Error, |(pdn, _)| {
                Reply::line(format!("%XGETPDNID: {}", pdn.id))
            })
    }

    pub(crate) fn cgpaddr(&self, command: &Command) -> Reply {
        let Some((pdn, _)) = self.active_context(command) else {
            return Reply::Error;
        };
        let v4 = pdn.ipv4.map(|address| address.to_string());
        let addresses = [v4, pdn.ipv6.map(full)].into_iter().flatten();
        let quoted: String = addresses.map(|address| format!(",\"{address}\"")).collect();
        Reply::line(format!("+CGPADDR: {}{quoted}", pdn.cid))
    }

    /// Of one context, or of all that are active.
    pub(crate) fn cgcontrdp(&self, command: &Command) -> Reply {
        if !self.modes.lte {
            return Reply::Error;
        }
        match command.operation {
            Operation::Set => match self.active_context(command) {
                Some((pdn, apn)) => Reply::Ok(self.details(pdn, apn)),
                None => Reply::Error,
            },
            Operation::Execute => {
                let contexts = self.contexts.0.iter();
                Reply::Ok(
                    contexts
                        .filter_map(|own| {
                            Some(self.details(own.active.as_ref()?, own.granted.as_ref()?))
                        })
                        .collect(),
                )
            }
            Operation::Read | Operation::Test => Reply::Error,
        }
    }

    fn details(&self, pdn: &Pdn, apn: &Apn) -> String {
        let dns = |index: usize| self.profile.dns.get(index).map_or("", String::as_str);
        let line = |first: &str, second: &str| {
            format!(
                "+CGCONTRDP: {},,\"{}\",\"\",\"\",\"{first}\",\"{second}\",,,,,{}\r\n",
                pdn.cid, apn.name, self.profile.mtu
            )
        };
        let mut text = String::new();
        if pdn.ipv4.is_some() {
            text += &line(dns(0), dns(1));
        }
        if pdn.ipv6.is_some() {
            text += &line(dns(2), dns(3));
        }
        text
    }

    pub(crate) fn cgerep(&mut self, command: &Command) -> Reply {
        match (command.operation, command.switch(0)) {
            (Operation::Set, Some(on)) => {
                self.subscriptions.packet_events = on;
                Reply::done()
            }
            (Operation::Read, _) => Reply::line(format!(
                "+CGEREP: {},0",
                u8::from(self.subscriptions.packet_events)
            )),
            (Operation::Set | Operation::Test | Operation::Execute, _) => Reply::Error,
        }
    }

    pub(crate) fn cnec(&mut self, command: &Command) -> Reply {
        match (command.operation, command.number(0)) {
            (Operation::Set, Some(value @ (0 | 8 | 16 | 24))) => {
                self.subscriptions.network_errors = value as u8;
                Reply::done()
            }
            (Operation::Read, _) => {
                Reply::line(format!("+CNEC: {}", self.subscriptions.network_errors))
            }
            (Operation::Set | Operation::Test | Operation::Execute, _) => Reply::Error,
        }
    }
}

/// Whether an access point lets somebody in with these credentials.
fn is_known(apn: &Apn, (kind, user, password): &(u8, String, String)) -> bool {
    apn.user.is_empty() || *kind != 0 && apn.user == *user && apn.password == *password
}

/// All eight groups with four digits, as the modem writes addresses.
fn full(address: Ipv6Addr) -> String {
    address
        .segments()
        .map(|group| format!("{group:04X}"))
        .join(":")
}
