//! The client as a whole: from the configuration over network and keys to running sessions, and the way to a restart.

use super::{
    Asked, CUSTOM_SERVER, CUSTOM_TAG, Carrier, IDLE_TIMEOUT, KEY_PAUSE, LEAVE_PATIENCE,
    NETWORK_POLL, OFFLINE_PATIENCE, OFFLINE_POLL, Phase,
};
use crate::boundary::{Cause, ErrorKind, Event, KeyError, Link, Output};
use crate::config::SERVERS;
use crate::modem::notice::{self, Notice};
use crate::modem::query::{self, Query, SUBSCRIPTIONS};
use crate::objects::Changed;
use crate::objects::security::{Account, Uri};
use crate::objects::server::ServerInstance;
use crate::record::{self, RecordId, digest};
use crate::session::Session;
use crate::time::{Duration, Instant};

/// A time of the configuration in seconds, which is positive if it is set.
fn configured(seconds: i32, otherwise: u32) -> u32 {
    if seconds > 0 {
        seconds as u32
    } else {
        otherwise
    }
}

impl Carrier {
    /// From the configuration to the first request for the link.
    pub(super) fn begin(&mut self, now: Instant) {
        let Some(secure) = self.account_from_config() else {
            return;
        };
        let lifetime = configured(self.config.server_lifetime, self.profile().lifetime);
        self.objects
            .server
            .set(ServerInstance::new(0, CUSTOM_SERVER, lifetime));
        let uri = self.config.server_uri.unwrap_or("");
        self.account.server = digest(&[uri.as_bytes(), &lifetime.to_be_bytes()]);
        if self.stored.server == self.account.server {
            // A record that does not decode leaves the factory settings.
            record::decode_server(&self.stored_server, &mut self.objects.server);
            self.account.keys = self.stored.keys;
        }
        let idle = configured(self.config.session_idle_timeout, IDLE_TIMEOUT);
        let idle = Duration::from_secs(idle);
        for session in &mut self.sessions {
            session.start(secure, idle);
        }
        self.connect(now);
    }

    /// The custom management server, or an error told to the application; whether it is secure.
    pub(super) fn account_from_config(&mut self) -> Option<bool> {
        let uri = self
            .config
            .server_uri
            .filter(|_| !self.config.is_bootstrap_server);
        let Some(uri) = uri else {
            self.error(ErrorKind::Configuration, Cause::NotSupported);
            return None;
        };
        let uri = Uri::parse(uri).filter(|uri| !uri.secure || self.config.psk.is_some());
        let Some(uri) = uri else {
            self.error(ErrorKind::Configuration, Cause::Invalid);
            return None;
        };
        self.objects.security.set(Account {
            uri,
            psk: self.config.psk.unwrap_or(""),
            tag: CUSTOM_TAG,
        });
        Some(uri.secure)
    }

    pub(super) fn connect(&mut self, now: Instant) {
        self.phase = Phase::Connecting;
        self.ask_again = now.plus(NETWORK_POLL);
        self.put(Output::Event(Event::LinkUp));
        self.put(Output::Query(Query::Registration));
    }

    /// Whether keys have to be stored before the first session.
    pub(super) fn needs_keys(&self) -> bool {
        self.credential().is_some() && self.account.keys != self.key_digest()
    }

    pub(super) fn key_digest(&self) -> u32 {
        self.credential().map_or(0, |keys| {
            digest(&[
                &keys.tag.to_be_bytes(),
                keys.identity.as_bytes(),
                keys.psk.as_bytes(),
            ])
            .max(1)
        })
    }

    pub(super) fn network_up(&mut self, now: Instant) {
        if !core::mem::replace(&mut self.network, true) {
            self.sessions.iter_mut().for_each(Session::network_returned);
        }
        match self.phase {
            Phase::Connecting if self.needs_keys() => {
                self.phase = Phase::GoingOffline {
                    give_up: now.plus(OFFLINE_PATIENCE),
                };
                self.put(Output::Event(Event::LinkDown));
                self.ask_again = now.plus(OFFLINE_POLL);
            }
            Phase::Connecting => {
                self.phase = Phase::Running;
                self.ask_again = Instant::ZERO;
                self.put(Output::Query(Query::Clock));
            }
            Phase::Running => self.ask_again = Instant::ZERO,
            _ => {}
        }
    }

    pub(super) fn network_down(&mut self, now: Instant) {
        if core::mem::replace(&mut self.network, false) && self.phase == Phase::Running {
            self.ask_again = now.plus(NETWORK_POLL);
        }
    }

    pub(super) fn notice(&mut self, now: Instant, notice: Notice) {
        match notice {
            Notice::Registered => self.network_up(now),
            Notice::NotRegistered => self.network_down(now),
            Notice::Time(time) => self.clock.set_network(now, &time),
            Notice::Domain(domain) => self.put(Output::Event(Event::ModemDomain(domain))),
            Notice::Sim(_) => {}
        }
    }

    pub(super) fn reply(&mut self, now: Instant, query: Query, answer: Option<&str>) {
        let Some(answer) = answer else {
            return;
        };
        match query {
            Query::Registration => match query::registration_status(answer) {
                Some(status) if notice::is_registered(status) => self.network_up(now),
                Some(_) => self.network_down(now),
                None => {}
            },
            Query::Clock => {
                if let Some(time) = notice::clock(answer) {
                    self.clock.set_network(now, &time);
                }
            }
            Query::Functional => self.functional_mode(now, query::number(query, answer)),
            _ => {}
        }
    }

    /// The modem's mode while it is to go offline: minimum, flight, LTE off, or flight with SIM.
    pub(super) fn functional_mode(&mut self, now: Instant, mode: Option<u32>) {
        let Phase::GoingOffline { give_up } = self.phase else {
            return;
        };
        if matches!(mode, Some(0 | 4 | 20 | 44)) {
            self.network = false;
            self.ask_again = Instant::ZERO;
            self.phase = Phase::WritingKeys;
            self.put(Output::WriteKeys);
        } else if now >= give_up {
            self.keys_written(now, Err(KeyError::LinkIsUp));
        }
    }

    pub(super) fn keys_written(&mut self, now: Instant, result: Result<(), KeyError>) {
        match result {
            Ok(()) => {
                self.account.keys = self.key_digest();
                self.put(Output::Save(RecordId::Account));
                self.connect(now);
            }
            Err(error) => {
                let cause = match error {
                    KeyError::LinkIsUp => Cause::LinkIsUp,
                    KeyError::Other(code) => Cause::Code(code),
                };
                self.error(ErrorKind::Bootstrap, cause);
                self.ask_again = Instant::ZERO;
                self.phase = Phase::KeyPause {
                    until: now.plus(KEY_PAUSE),
                };
                self.put(Output::Event(Event::LinkUp));
            }
        }
    }

    pub(super) fn event_answered(&mut self, now: Instant, value: i32) {
        let asked = core::mem::replace(&mut self.asked, Asked::Nothing);
        match asked {
            Asked::LinkUp if value != 0 => self.error(ErrorKind::LinkUp, Cause::Code(value)),
            Asked::LinkDown => {
                if value != 0 {
                    self.error(ErrorKind::LinkDown, Cause::Code(value));
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
        if self.objects.portfolio.take_changed() {
            let changed = Changed {
                objects: true,
                ..Changed::default()
            };
            self.sessions
                .iter_mut()
                .for_each(|session| session.want_update(changed));
        }
    }

    /// Forgets everything stored and starts from the configuration.
    pub(super) fn factory_reset(&mut self, now: Instant) {
        self.put(Output::Erase(RecordId::Server));
        self.put(Output::Erase(RecordId::Account));
        self.stored = record::Account::default();
        self.account = record::Account::default();
        self.stored_server.clear();
        self.registered_once = false;
        for index in 0..SERVERS as u8 {
            self.observations.forget_server(index);
            self.attributes.forget_server(index);
            if self
                .sessions
                .get_mut(usize::from(index))
                .is_some_and(Session::stop)
            {
                self.put(Output::Close(Link(index)));
            }
        }
        self.begin(now);
    }

    /// Moves on from phases that end by themselves.
    pub(super) fn advance(&mut self, now: Instant) {
        match self.phase {
            Phase::KeyPause { until } if now >= until => self.connect(now),
            Phase::Leaving { give_up }
                if now >= give_up || self.sessions.iter().all(Session::has_left) =>
            {
                self.phase = Phase::PoweringOff;
                self.put(Output::Event(Event::PowerOff));
            }
            _ => {}
        }
        if self.ask_again != Instant::ZERO && now >= self.ask_again {
            match self.phase {
                Phase::GoingOffline { .. } => {
                    self.ask_again = now.plus(OFFLINE_POLL);
                    self.put(Output::Query(Query::Functional));
                }
                Phase::Connecting | Phase::Running => {
                    // A modem that was powered off has forgotten our subscriptions.
                    self.ask_again = now.plus(NETWORK_POLL);
                    for query in &SUBSCRIPTIONS {
                        self.put(Output::Query(*query));
                    }
                    self.put(Output::Query(Query::Registration));
                }
                _ => self.ask_again = Instant::ZERO,
            }
        }
    }

    pub(super) fn note_registration(&mut self) {
        if !self.registered_once && self.is_registered() {
            self.registered_once = true;
            self.put(Output::Event(Event::Registered));
            if self.stored != self.account {
                self.stored = self.account;
                self.put(Output::Save(RecordId::Account));
            }
        }
    }
}
