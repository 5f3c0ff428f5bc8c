//! Keys go into the modem only while its link is down: the application is asked to take it down, the modem is watched
//! until it is, then all keys are written at once.

use super::{Asked, Carrier, KEY_PAUSE, OFFLINE_PATIENCE, OFFLINE_POLL, Phase, Stage};
use crate::boundary::{Cause, Credential, ErrorKind, Event, KeyError, Output};
use crate::config::{ACCOUNTS, BOOTSTRAP};
use crate::objects::security::{Security, SecurityInstance};
use crate::record::{RecordId, digest};
use crate::time::Instant;

impl Carrier {
    /// The `index`-th key to be stored in the modem.
    pub fn credential(&self, index: usize) -> Option<Credential<'_>> {
        let security = &self.scene.objects.security;
        let mut before = index;
        for own in security.all() {
            if self.wants_key(own) {
                if before == 0 {
                    let (identity, psk) = security.key(own)?;
                    let tag = own.tag().into();
                    return Some(Credential { tag, identity, psk });
                }
                before -= 1;
            }
        }
        None
    }

    /// Whether an account uses the key under a security tag.
    pub fn uses_tag(&self, tag: u32) -> bool {
        let security = &self.scene.objects.security;
        let mut all = security.all();
        all.any(|own| {
            u32::from(own.tag()) == tag && (own.held() != 0 || security.key(own).is_some())
        })
    }

    /// Whether an account has a key the modem does not hold.
    // `contains` would be one more function on a device.
    #[allow(clippy::manual_contains)]
    fn wants_key(&self, own: SecurityInstance<'_>) -> bool {
        let key = key_digest(&self.scene.objects.security, own);
        key != 0 && !self.modem_keys.iter().any(|held| *held == key)
    }

    /// The modem holds the keys of all accounts: it is noted which, and they are forgotten here.
    pub(super) fn keys_are_held(&mut self) {
        let mut all = self.scene.objects.security.all();
        for held in &mut self.modem_keys {
            let digest = |own| match key_digest(&self.scene.objects.security, own) {
                0 => own.held(),
                digest => digest,
            };
            *held = all.next().map_or(0, digest);
        }
        drop(all);
        self.scene.objects.security.keys_are_held(&self.modem_keys);
    }

    /// Notes which keys the modem holds: one that comes back with another bootstrap needs no link cycle.
    pub(super) fn note_keys(&mut self) {
        let mut all = self.scene.objects.security.all();
        for held in &mut self.modem_keys {
            *held = all.next().map_or(0, SecurityInstance::held);
        }
    }

    /// Whether keys have to be stored before the first session.
    pub(super) fn needs_keys(&self) -> bool {
        self.credential(0).is_some()
    }

    /// Asks the application to take the link down.
    pub(super) fn go_offline(&mut self, now: Instant) {
        self.phase = Phase::GoingOffline {
            give_up: now.plus(OFFLINE_PATIENCE),
        };
        self.asked = Asked::Nothing;
        self.put(Output::Event(Event::LinkDown));
        self.ask_again = now.plus(OFFLINE_POLL);
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
                self.keys_are_held();
                self.put(Output::Save(RecordId::Accounts));
                self.announce();
                self.connect(now);
            }
            Err(error) => {
                self.modem_keys = [0; ACCOUNTS];
                match error {
                    KeyError::LinkIsUp => self.error(ErrorKind::Bootstrap, Cause::LinkIsUp),
                    KeyError::Other(code) => self.error_code(ErrorKind::Bootstrap, code),
                }
                self.ask_again = Instant::ZERO;
                self.phase = Phase::KeyPause {
                    until: now.plus(KEY_PAUSE),
                };
                self.put(Output::Event(Event::LinkUp));
            }
        }
    }

    /// Tells that a bootstrap is done with, if one is.
    pub(super) fn announce(&mut self) {
        if BOOTSTRAP && core::mem::take(&mut self.bootstrapped) {
            self.put(Output::Event(Event::Bootstrapped));
        }
        self.stage = Stage::New;
    }
}

/// A digest of an account's key; 0: there is none here.
fn key_digest(security: &Security, own: SecurityInstance<'_>) -> u32 {
    security.key(own).map_or(0, |(identity, psk)| {
        digest(&[&[own.tag()], identity, psk]).max(1)
    })
}
