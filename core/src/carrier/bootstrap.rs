//! The bootstrap as a whole: when it begins, what its end leads to, and what a failure leaves in force.

use super::{Carrier, Phase, Stage};
use crate::boundary::{Cause, DeferredReason, ErrorKind, Link, Output};
use crate::config::{BOOTSTRAP, OBJECT_CELLULAR, SERVERS};
use crate::lwm2m::object::Object;
use crate::objects::security::SecurityInstance;
use crate::objects::server::ServerInstance;
use crate::record::RecordId;
use crate::session::{Attempts, Session};
use crate::time::{Duration, Instant};

/// The session that serves the bootstrap server.
const LINK: Link = Link(0);

impl Carrier {
    /// Begins to use the accounts in force: management servers, or the bootstrap server when there are none.
    pub(super) fn start_sessions(&mut self, now: Instant) {
        let first = core::mem::take(&mut self.bootstrap_first);
        if BOOTSTRAP && (first || self.scene.objects.server.count() == 0) {
            return self.start_bootstrap(now);
        }
        self.stage = Stage::Management;
        self.used = self.scene.objects.server.count() as u8;
        let attempts = if self.tired {
            Attempts::TIRED
        } else {
            Attempts::new()
        };
        for index in 0..self.used {
            self.start_session(now, index, attempts);
        }
        self.tired = false;
        if let Some(own) = self.scene.objects.security.bootstrap()
            && own.account_timeout() > 0
            && self.basis.bootstrapped
        {
            self.purge_at = now.plus(Duration::from_secs(own.account_timeout()));
        }
    }

    /// Leaves all servers alone and asks the bootstrap server.
    pub(super) fn start_bootstrap(&mut self, now: Instant) {
        let account = self.scene.objects.account_of(0, true);
        let hold_off = self
            .scene
            .objects
            .security
            .bootstrap()
            .map_or(0, SecurityInstance::hold_off);
        let Some(secure) = account.map(|account| account.uri.secure) else {
            return;
        };
        self.stop_sessions(false);
        self.purge_at = Instant::ZERO;
        self.stage = Stage::Bootstrap;
        self.used = 1;
        if let Some(session) = self.sessions.first_mut() {
            session.start_bootstrap(secure, now.plus(Duration::from_secs(hold_off)));
        }
    }

    /// Closes all links and forgets what servers asked for. `same`: the next ones lead to the same servers.
    pub(super) fn stop_sessions(&mut self, same: bool) {
        for index in 0..SERVERS as u8 {
            self.scene.observations.forget_server(index);
            self.scene.attributes.forget_server(index);
            if self
                .sessions
                .get_mut(usize::from(index))
                .is_some_and(|session| session.stop(same))
            {
                self.put(Output::Close(Link(index)));
            }
        }
        self.assembly.clear();
    }

    /// A request of the bootstrap server was handled, its last one if `finish`; `finished` says whether its accounts can be used.
    pub(super) fn provisioned(&mut self, finish: bool, finished: bool) {
        self.ask_outside();
        if finish && !finished {
            self.error(ErrorKind::Configuration, Cause::Invalid);
        }
        if finished {
            // The account is in flash before the server knows that it is in force.
            self.basis.bootstrapped = true;
            self.basis.operator = self.profile().operator;
            self.basis.sim = self.sim();
            self.bootstrapped = true;
            self.unsaved = true;
        }
    }

    /// What the bootstrap session's time brings.
    pub(super) fn advance_bootstrap(&mut self, now: Instant) {
        let Some(session) = self.sessions.first_mut() else {
            return;
        };
        if session.has_accounts(now) {
            self.stop_sessions(false);
            self.scene.objects.accounts_settled();
            if self.needs_keys() {
                return self.go_offline(now);
            }
            self.unsaved = true;
            self.announce();
            return self.run(now);
        }
        if session.is_rested(now) && self.scene.objects.server.count() != 0 {
            // One attempt was all: the former accounts are in force.
            self.stop_sessions(false);
            return self.start_sessions(now);
        }
        let overdue = self.session(LINK);
        let failed = overdue.and_then(|(session, scene)| session.bootstrap_overdue(now, scene));
        self.deferred(failed);
    }

    /// An attempt failed: what was written is void, the former accounts are loaded. Without any the next attempt follows
    /// its pause, unless that was the last one.
    pub(super) fn bootstrap_failed(&mut self, reason: DeferredReason) {
        let sequences = self.sessions.first().map_or(0, Session::failed_sequences);
        if sequences >= self.scene.retry.sequences
            && reason != DeferredReason::ServiceUnavailable
            && !self.basis.bootstrapped
        {
            self.error(ErrorKind::Bootstrap, Cause::TimedOut);
            self.stop_sessions(false);
            self.phase = Phase::Idle;
            return;
        }
        if OBJECT_CELLULAR != 0 {
            self.put(Output::Load(RecordId::AccessPoints));
        }
        self.put(Output::Load(RecordId::Accounts));
    }

    /// Bootstraps again because a server wants it, or because no registration succeeds.
    pub(super) fn bootstrap_again(&mut self, now: Instant) {
        if BOOTSTRAP && self.scene.objects.security.bootstrap().is_some() {
            self.start_bootstrap(now);
        }
    }

    /// The bootstrap account's time is over (OMA LwM2M TS Core E.1, resource 12).
    pub(super) fn purge_bootstrap_account(&mut self) {
        self.purge_at = Instant::ZERO;
        let id = self
            .scene
            .objects
            .security
            .bootstrap()
            .map(SecurityInstance::id);
        if let Some(id) = id {
            self.scene.objects.security.clear(id, None);
            self.scene.objects.security.delete(id).ok();
            self.scene.objects.accounts_settled();
            self.unsaved = true;
        }
    }

    /// When this session's accounts were given up on: every management server failed a whole sequence of attempts.
    pub(super) fn gave_up(&self, now: Instant) -> bool {
        let mut due = false;
        for (index, session) in self.sessions.iter().enumerate() {
            let server = self.scene.objects.server.of_session(index as u8);
            match session.gave_up(server.map_or(1, ServerInstance::sequences)) {
                Some(until) => due |= now >= until,
                None if session.is_idle() => {}
                None => return false,
            }
        }
        due && self.scene.objects.security.bootstrap().is_some()
            && self
                .scene
                .objects
                .server
                .all()
                .any(ServerInstance::bootstraps_on_failure)
    }
}
