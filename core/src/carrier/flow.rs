//! The client as a whole: from the configuration over network and keys to running sessions, and the way to a restart.

use super::pdn::Pdn;
use super::{Asked, Carrier, LEAVE_PATIENCE, NETWORK_POLL, OFFLINE_POLL, Phase, Stage};
use crate::boundary::{ErrorKind, Event, Output};
use crate::config::{
    ACCOUNTS, BOOTSTRAP, MODEM_VALUES, OBJECT_CELLULAR, OBJECT_PORTFOLIO, OPERATORS, PDN,
};
use crate::modem::notice::{self, NetworkTime, Notice};
use crate::modem::query::{self, Query, RENEWALS};
use crate::objects::apn;
use crate::objects::portfolio::Portfolio;
use crate::objects::{Changed, cellular, connectivity};
use crate::record::RecordId;
use crate::session::Session;
use crate::slot::Slot;
use crate::time::Instant;
use crate::version::HAS_1_1;

impl Carrier {
    pub(super) fn connect(&mut self, now: Instant) {
        self.phase = Phase::Connecting;
        self.ask_again = now.plus(NETWORK_POLL);
        self.put(Output::Event(Event::LinkUp));
        self.put(Output::Query(Query::Registration));
    }

    pub(super) fn network_up(&mut self, now: Instant) {
        if !core::mem::replace(&mut self.network, true) {
            if OBJECT_CELLULAR != 0 {
                self.note_registration_context(now);
            }
            self.sessions.iter_mut().for_each(Session::network_returned);
            if PDN {
                self.network_returned_to_pdn();
            }
            // The modem may have been powered off meanwhile.
            self.renew_subscriptions();
        }
        if OPERATORS
            && matches!(self.phase, Phase::Connecting)
            && let Slot::Full(query) = self.awaited
        {
            if !self.in_vain {
                self.put(Output::Query(query));
            }
            return;
        }
        match self.phase {
            Phase::Connecting if self.needs_keys() => self.go_offline(now),
            Phase::Connecting => self.run(now),
            Phase::Running => self.ask_again = Instant::ZERO,
            _ => {}
        }
    }

    /// Everything is there: the servers are talked to.
    pub(super) fn run(&mut self, now: Instant) {
        self.phase = Phase::Running;
        self.ask_again = if self.network {
            Instant::ZERO
        } else {
            now.plus(NETWORK_POLL)
        };
        self.put(Output::Query(Query::Clock));
        if self.stage == Stage::New {
            self.keys_are_held();
            self.start_sessions(now);
        }
    }

    pub(super) fn network_down(&mut self, now: Instant) {
        self.in_vain = false;
        if core::mem::replace(&mut self.network, false) && matches!(self.phase, Phase::Running) {
            self.ask_again = now.plus(NETWORK_POLL);
        }
    }

    pub(super) fn notice(&mut self, now: Instant, notice: Notice, line: &str) {
        match notice {
            // It may have waited while the link went down or up: what counts is how things stand now.
            Notice::Registered | Notice::NotRegistered => {
                if self.network != (notice == Notice::Registered) {
                    self.put(Output::Query(Query::Registration));
                }
                if notice == Notice::Registered {
                    self.wonder(1 << connectivity::ID | 1 << cellular::ID, Query::Network);
                }
            }
            Notice::Packets => self.wonder(1 << connectivity::ID | 1 << apn::ID, Query::Contexts),
            Notice::Signal => self.fact(now, Query::SubscribeSignal, line),
            Notice::Time(time) => self.set_time(now, &time),
            Notice::Domain(domain) => self.put(Output::Event(Event::ModemDomain(domain))),
            Notice::Sim(_) => {}
        }
    }

    /// The network told the time; it does so just after the registration.
    fn set_time(&mut self, now: Instant, time: &NetworkTime) {
        self.clock.set_network(now, time);
        if let Some(apn) = self.scene.objects.apn.first_mut() {
            apn.time_is_known(time.utc_time as u32);
        }
    }

    pub(super) fn reply(&mut self, now: Instant, query: Query, answer: Option<&str>) {
        if OPERATORS && self.awaited == Slot::Full(query) {
            return self.sim_answered(now, query, answer);
        }
        // An answer that is missing says nothing about what was asked.
        let answer = answer.unwrap_or_default();
        match query {
            Query::Registration => match query::registration_status(answer) {
                Some(status) if notice::is_registered(status) => self.network_up(now),
                Some(_) => self.network_down(now),
                None => {}
            },
            Query::Clock => {
                if let Some(time) = notice::clock(answer) {
                    self.set_time(now, &time);
                }
            }
            Query::Functional => self.functional_mode(now, query::number(query, answer)),
            // Notifications tell the signal, not the consent to send them.
            Query::SubscribeSignal => {}
            _ if MODEM_VALUES => self.fact(now, query, answer),
            _ => {}
        }
    }

    pub(super) fn event_answered(&mut self, now: Instant, value: i32) {
        let asked = core::mem::replace(&mut self.asked, Asked::Nothing);
        match asked {
            Asked::LinkUp if value != 0 => self.error_code(ErrorKind::LinkUp, value),
            Asked::LinkDown
                if OBJECT_CELLULAR != 0 && matches!(self.phase, Phase::Silent { .. }) =>
            {
                self.silence_answered(now, value);
            }
            Asked::LinkDown => {
                if value != 0 {
                    self.error_code(ErrorKind::LinkDown, value);
                }
                self.put(Output::Query(Query::Functional));
            }
            Asked::Reboot if value != 0 => self.phase = Phase::Halted,
            Asked::Reboot => {
                self.phase = Phase::Leaving {
                    give_up: now.plus(LEAVE_PATIENCE),
                };
                for session in &mut self.sessions {
                    session.leave(now, Instant::NEVER);
                }
            }
            Asked::PowerOff => self.put(Output::Reset),
            Asked::LinkUp | Asked::Nothing => {}
        }
    }

    /// The object list may have changed: the servers that know it hear of that.
    pub(super) fn note_object_list(&mut self) {
        let portfolio = self.scene.objects.portfolio.first_mut();
        let apn = self.scene.objects.apn.first_mut();
        if portfolio.is_some_and(Portfolio::take_changed)
            | apn.is_some_and(|apn| apn.take_note(apn::LISTED))
        {
            self.sessions
                .iter_mut()
                .for_each(|session| session.want_update(Changed::OBJECTS));
        }
    }

    /// Forgets everything stored and starts from the configuration.
    pub(super) fn factory_reset(&mut self, now: Instant) {
        self.put(Output::Erase(RecordId::Accounts));
        self.put(Output::Erase(RecordId::AccessPoints));
        if let Some(apn) = self.scene.objects.apn.first_mut() {
            apn.restore(&[]);
        }
        for portfolio in &mut self.scene.objects.portfolio {
            *portfolio = Portfolio::new();
        }
        if OBJECT_PORTFOLIO != 0 {
            self.put(Output::Erase(RecordId::Portfolio));
        }
        self.registered_once = false;
        if let Some(statistics) = self.scene.objects.statistics.first_mut() {
            *statistics.period_mut() = 0;
        }
        // Without a bootstrap the configuration names the only server there is.
        self.stop_sessions(!self.basis.bootstrapped);
        self.stage = Stage::New;
        self.phase = Phase::Starting;
        self.purge_at = Instant::ZERO;
        // All keys are to go.
        self.modem_keys = [0; ACCOUNTS];
        self.loaded(now, None);
    }

    /// When to poll again at the latest, should nothing happen before. A point in the past: at once.
    pub fn deadline(&self) -> Option<Instant> {
        let mut least = match self.phase {
            Phase::KeyPause { until }
            | Phase::Leaving { give_up: until }
            | Phase::Fading { from: until, .. }
            | Phase::Silent { until } => until,
            _ if self.ask_again == Instant::ZERO => Instant::NEVER,
            _ => self.ask_again,
        };
        if BOOTSTRAP && matches!(self.phase, Phase::Running) && self.purge_at != Instant::ZERO {
            least = least.min(self.purge_at);
        }
        if MODEM_VALUES && self.counting_ends != Instant::ZERO {
            least = least.min(self.counting_ends);
        }
        if let Some(due) = self.firmware_due() {
            least = least.min(due);
        }
        if PDN
            && (self.pdn == Pdn::Refused || self.is_pdn_stale())
            && self.network
            && matches!(self.phase, Phase::Running)
        {
            least = least.min(self.pdn_again);
        }
        if self.is_connected() {
            for session in self.sessions.iter().take(self.used.into()) {
                least = least.min(session.deadline(&self.scene.observations));
            }
        }
        if least == Instant::NEVER {
            None
        } else {
            Some(least)
        }
    }

    /// Moves on from phases that end by themselves.
    pub(super) fn advance(&mut self, now: Instant) {
        match self.phase {
            Phase::KeyPause { until } if now >= until => self.connect(now),
            Phase::Fading { from, minutes } if OBJECT_CELLULAR != 0 && now >= from => {
                self.fall_silent(now, minutes);
            }
            Phase::Silent { until } if OBJECT_CELLULAR != 0 && now >= until => {
                self.speak_again(now)
            }
            Phase::Running if self.bootstraps() => self.advance_bootstrap(now),
            Phase::Running if BOOTSTRAP && self.gave_up(now) => {
                self.tired = true;
                self.bootstrap_again(now);
            }
            Phase::Leaving { give_up }
                if now >= give_up || self.sessions.iter().all(Session::has_left) =>
            {
                self.phase = Phase::PoweringOff;
                self.put(Output::Event(Event::PowerOff));
            }
            _ => {}
        }
        if OBJECT_CELLULAR != 0 {
            self.note_access_points(now);
        }
        if HAS_1_1 && self.phase == Phase::Running && self.stage == Stage::Management {
            self.start_next(now);
        }
        if PDN && self.network && matches!(self.phase, Phase::Running) {
            self.advance_pdn(now);
        }
        if OBJECT_CELLULAR != 0 {
            self.note_profiles();
        }
        if self.firmware_due().is_some_and(|due| now >= due) {
            self.firmware_late();
        }
        if BOOTSTRAP
            && self.purge_at != Instant::ZERO
            && now >= self.purge_at
            && matches!(self.phase, Phase::Running)
        {
            self.purge_bootstrap_account();
        }
        if MODEM_VALUES && self.counting_ends != Instant::ZERO && now >= self.counting_ends {
            self.count(now, false);
        }
        if self.ask_again != Instant::ZERO && now >= self.ask_again {
            match self.phase {
                Phase::GoingOffline { .. } => {
                    self.ask_again = now.plus(OFFLINE_POLL);
                    self.put(Output::Query(Query::Functional));
                }
                Phase::Connecting | Phase::Running => {
                    self.ask_again = now.plus(NETWORK_POLL);
                    self.renew_subscriptions();
                    self.put(Output::Query(Query::Registration));
                }
                _ => self.ask_again = Instant::ZERO,
            }
        }
    }

    /// A modem that was powered off has forgotten our subscriptions.
    fn renew_subscriptions(&mut self) {
        for query in &RENEWALS {
            self.put(Output::Query(*query));
        }
    }

    pub(super) fn note_registration(&mut self) {
        if !self.registered_once && self.is_registered() {
            self.registered_once = true;
            self.put(Output::Event(Event::Registered));
        }
    }
}
