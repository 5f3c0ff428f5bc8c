//! Which accounts are in force. They come from storage, from the card, or from configuration and settings:
//!
//! `Load` -> stored accounts, if this SIM may use them -> `ReadCard` where that is allowed -> otherwise factory accounts
//! -> `FindKeys` -> connect. A failed bootstrap goes the same way to get the former accounts back.

use super::{Carrier, NETWORK_POLL, Phase};
use crate::boundary::{Cause, DeferredReason, ErrorKind, Event, Link, Output, Remote};
use crate::card::Bootstrap;
use crate::config::{
    ACCOUNTS, BOOTSTRAP, OBJECT_CELLULAR, OBJECT_FIRMWARE, OBJECT_PORTFOLIO, OPERATORS, SMARTCARD,
};
use crate::lwm2m::dispatch;
use crate::lwm2m::format::Format;
use crate::lwm2m::object::Directory;
use crate::lwm2m::path::Path;
use crate::modem::query::{self, Query};
use crate::objects::portfolio::Portfolio;
use crate::objects::security::{self, Uri};
use crate::objects::{Objects, access, apn};
use crate::profile::{self, Missing, Name, Profile, Settings, Terms};
use crate::record::{self, Basis, RecordId, digest};
use crate::slot::Slot;
use crate::text::octets;
use crate::time::Instant;
use crate::version::HAS_1_1;

/// Short server id of a factory account: its Server instance is made here, so any valid number does.
const FACTORY_SERVER: u16 = 1;

impl Carrier {
    /// Where a link leads.
    pub fn remote(&self, link: Link) -> Option<Remote<'_>> {
        let account = self.scene.objects.account_of(link.0, self.bootstraps())?;
        Some(Remote {
            host: account.uri.host,
            port: account.uri.port,
            security_tag: account.tag,
        })
    }

    /// A record that is to be stored before the reply just given is sent, if there is one more.
    pub fn take_unsaved(&mut self) -> Option<RecordId> {
        if core::mem::take(&mut self.unsaved) {
            return Some(RecordId::Accounts);
        }
        let apn = self.scene.objects.apn.first_mut();
        if apn.is_some_and(|apn| apn.take_note(apn::UNSAVED)) {
            return Some(RecordId::AccessPoints);
        }
        let portfolio = self.scene.objects.portfolio.first_mut();
        if portfolio.is_some_and(Portfolio::take_unsaved) {
            return Some(RecordId::Portfolio);
        }
        let update = self.update.first_mut()?;
        core::mem::take(&mut update.unsaved).then_some(RecordId::Firmware)
    }

    /// The bytes of a record, [`record::LARGEST`] at most; 0: nothing to store.
    pub fn record(&mut self, id: RecordId, out: &mut [u8]) -> usize {
        match id {
            RecordId::Accounts => {
                record::encode_accounts(&self.basis, &mut self.scene.objects, out)
            }
            RecordId::AccessPoints if OBJECT_CELLULAR != 0 => {
                record::encode_access_points(self.subscriber(), &self.scene.objects, out)
            }
            RecordId::Firmware if OBJECT_FIRMWARE != 0 => self.firmware_record().encode(out),
            RecordId::Portfolio if OBJECT_PORTFOLIO != 0 => {
                record::encode_portfolio(&mut self.scene.objects, out)
            }
            // What this build is without.
            RecordId::AccessPoints | RecordId::Firmware | RecordId::Portfolio => 0,
        }
    }

    /// From the beginning: asks for the stored accounts.
    pub(super) fn begin(&mut self) {
        self.phase = Phase::Starting;
        self.put(Output::Load(RecordId::Accounts));
    }

    /// Takes the stored accounts, if they may be used; then the card is asked.
    pub(super) fn loaded(&mut self, now: Instant, bytes: Option<&[u8]>) {
        self.profile = Some(self.detected());
        if !BOOTSTRAP {
            return self.configured(now, bytes);
        }
        if OPERATORS
            && self.profile().operator != self.generic().operator
            && self.scene.objects.device.identity().iccid.is_empty()
        {
            return self.await_sim(now, Query::Iccid);
        }
        if self.decodes(bytes) && self.may_use() {
            self.note_keys();
        } else {
            // Another operator's state is of no use, and may be that of an application built for it.
            self.swapped =
                self.basis.bootstrapped && self.basis.operator != self.profile().operator;
            self.basis = Basis::NONE;
            self.scene.objects.forget_accounts();
        }
        if self.basis.bootstrapped {
            self.profile = profile::of_operator(self.basis.operator).or(self.generic);
        }
        if SMARTCARD
            && self.profile().smartcard
            && !self.config.disable_bootstrap_from_smartcard
            && !self.card_unusable
        {
            return self.put(Output::ReadCard);
        }
        self.settle(now);
    }

    /// Makes the account of the configuration and takes what was stored of it.
    fn configured(&mut self, now: Instant, bytes: Option<&[u8]>) {
        let terms = self.terms();
        if terms.check().is_err() || self.make_factory_accounts(&terms).is_err() {
            // What it lacks is told when it is made once more.
            self.scene.objects.forget_accounts();
        } else if bytes.is_some() {
            let made = self.basis;
            if self.decodes(bytes) && self.basis.made_from == made.made_from {
                self.note_keys();
            } else {
                self.scene.objects.forget_accounts();
            }
            self.basis = made;
        }
        self.settle(now);
    }

    /// The operator the SIM belongs to, if it is one of the known.
    pub fn of_sim(&self) -> Option<&'static Profile> {
        let identity = self.scene.objects.device.identity();
        profile::detect(identity.operator, &identity.imsi)
    }

    /// The same, or generic mode.
    pub(super) fn detected(&self) -> &'static Profile {
        self.of_sim()
            .filter(|_| self.config.server_uri.is_none())
            .unwrap_or(self.generic())
    }

    /// Takes stored accounts; without usable ones there are none.
    fn decodes(&mut self, bytes: Option<&[u8]>) -> bool {
        record::decode_accounts(
            bytes.unwrap_or(&[]),
            &mut self.basis,
            &mut self.scene.objects,
        )
    }

    /// Whether the accounts just taken belong to this SIM, and, unless a bootstrap made them, to this configuration.
    fn may_use(&self) -> bool {
        let stored = &self.basis;
        let same_sim = stored.sim == self.sim();
        let any_sim = stored.operator == self.generic().operator && stored.card == 0;
        let same_operator = stored.operator == self.profile().operator;
        if stored.bootstrapped {
            same_sim || any_sim && same_operator
        } else {
            (same_sim || any_sim)
                && same_operator
                && stored.made_from == factory_digest(&self.terms())
        }
    }

    pub(super) fn sim(&self) -> u32 {
        let identity = self.scene.objects.device.identity();
        digest(&[identity.imsi.as_bytes(), identity.iccid.as_bytes()])
    }

    /// A digest of the subscriber alone: known from the start, whatever the operator.
    pub(super) fn subscriber(&self) -> u32 {
        digest(&[self.scene.objects.device.identity().imsi.as_bytes()])
    }

    pub(super) fn terms(&self) -> Terms {
        let profile = self.profile();
        let of = self.settings.as_ref().filter(|_| OPERATORS);
        let settings = of.map_or(Settings::NONE, |of| of(profile.operator));
        Terms::of(profile, settings, &self.config)
    }

    /// Takes the card's bootstrap data, which come before all others; unchanged ones are in force already.
    pub(super) fn card_read(&mut self, now: Instant, data: Option<&[u8]>) {
        if let Some(data) = data {
            let digest = digest(&[data]);
            if digest != self.basis.card {
                self.scene.objects.forget_accounts();
                let whole = Bootstrap::new(data).is_some_and(|mut objects| {
                    // Objects that make no account are left aside.
                    objects
                        .all(|(id, tlv)| id > access::ID || bring(&mut self.scene.objects, id, tlv))
                });
                let bootstrapped = self.scene.objects.accounts_are_consistent();
                if whole && (bootstrapped || self.scene.objects.can_only_bootstrap()) {
                    self.basis = Basis {
                        bootstrapped,
                        operator: self.profile().operator,
                        sim: self.sim(),
                        made_from: 0,
                        card: digest,
                    };
                    self.swapped = false;
                } else {
                    // Unusable data count as none; what was stored is asked for once more.
                    self.card_unusable = true;
                    return self.begin();
                }
            }
        }
        self.settle(now);
    }

    /// Names the device, and makes accounts if there are none.
    fn complete(&mut self, terms: &Terms) -> Result<(), Missing> {
        let blank = self.scene.objects.security.count() == 0;
        if blank {
            terms.check()?;
        }
        let identity = self.scene.objects.device.identity();
        terms.compose(terms.endpoint(), identity, &mut self.scene.endpoint)?;
        if !blank {
            return Ok(());
        }
        let made = self.make_factory_accounts(terms);
        if made.is_err() {
            self.scene.objects.forget_accounts();
        }
        made
    }

    /// The accounts of configuration and settings; says whether there are any. If not, what was made of them is of no use.
    #[cfg_attr(target_os = "none", inline(never))]
    fn make_factory_accounts(&mut self, terms: &Terms) -> Result<(), Missing> {
        self.scene.objects.forget_accounts();
        self.basis = Basis {
            operator: self.profile().operator,
            sim: self.sim(),
            made_from: factory_digest(terms),
            ..Basis::NONE
        };
        let uri = terms.own.server_uri.ok_or(Missing::Server)?.as_bytes();
        let secure = Uri::parse(uri).ok_or(Missing::Address)?.secure;
        let bootstraps = terms.bootstrap != profile::Bootstrap::None;
        let server = if bootstraps { 0 } else { FACTORY_SERVER };
        let security = &mut self.scene.objects.security;
        security.make(0, server, secure);
        security.keep(0, security::URI, uri);
        if secure && let Some(psk) = terms.own.psk {
            let mut key = [0; 32];
            let length = octets(psk.as_bytes(), &mut key).ok_or(Missing::Key)?;
            security.keep(0, security::KEY, key.get(..length).unwrap_or(&[]));
        }
        if bootstraps && !BOOTSTRAP {
            return Err(Missing::Disabled);
        }
        if secure {
            let mut identity = Name::new();
            let own = self.scene.objects.device.identity();
            terms.compose(terms.psk_identity(), own, &mut identity)?;
            security.keep(0, security::PSK_IDENTITY, &identity);
        }
        if !bootstraps {
            let lifetime = terms.own.lifetime;
            // One always fits into an empty list.
            let server = &mut self.scene.objects.server;
            server.make(0, FACTORY_SERVER, lifetime).ok();
        }
        Ok(())
    }

    /// The accounts are chosen: looks for their keys.
    pub(super) fn settle(&mut self, now: Instant) {
        let terms = self.terms();
        self.scene.retry = terms.own.retry;
        if HAS_1_1 {
            self.scene.begins_with_1_1 = terms.version().is_1_1();
        }
        match self.complete(&terms) {
            Ok(()) => {}
            Err(Missing::Msisdn) if OPERATORS => return self.await_sim(now, Query::Msisdn),
            Err(missing) => {
                let (kind, cause) = match missing {
                    Missing::Identity => (ErrorKind::Bootstrap, Cause::Unreadable),
                    Missing::Disabled | Missing::Server => {
                        (ErrorKind::Configuration, Cause::NotSupported)
                    }
                    _ => (ErrorKind::Configuration, Cause::Invalid),
                };
                self.phase = Phase::Idle;
                return self.error(kind, cause);
            }
        }
        self.scene.objects.offer(self.profile().objects);
        if let Some(apn) = self.scene.objects.apn.first_mut() {
            apn.configure(terms.own.apn, terms.fallback_apn);
        }
        if let Some(code) = self.config.service_code
            && self.profile().model_is_service_code
        {
            self.scene.objects.device.set_model(code);
        }
        self.scene.objects.accounts_settled();
        if OPERATORS && core::mem::take(&mut self.swapped) {
            // Nothing is connected: the restart follows at once.
            self.put(Output::Erase(RecordId::Accounts));
            return self.put(Output::Event(Event::Reboot));
        }
        if self.scene.objects.security.all().any(|own| own.held() != 0) {
            return self.put(Output::FindKeys);
        }
        self.ready(now);
    }

    /// Whether the modem still holds the keys it was given. If not, they are given again where that is possible; keys of a
    /// bootstrap are known to nobody else, so that is done anew.
    pub(super) fn keys_found(&mut self, now: Instant, all: bool) {
        if !all {
            self.modem_keys = [0; ACCOUNTS];
            self.put(Output::Erase(RecordId::Accounts));
            return self.loaded(now, None);
        }
        self.ready(now);
    }

    /// The accounts in force are known, and so are their keys.
    fn ready(&mut self, now: Instant) {
        if matches!(self.phase, Phase::Running) {
            // Reloaded after a failed attempt: the session that waits for the next goes on.
            return;
        }
        self.bootstrap_first = BOOTSTRAP
            && self.scene.objects.server.can_bootstrap
            && self.terms().bootstrap == profile::Bootstrap::EveryStart;
        self.bootstrapped = BOOTSTRAP && self.basis.bootstrapped && self.needs_keys();
        if matches!(self.phase, Phase::Connecting) {
            self.network_up(now);
        } else {
            self.connect(now);
        }
    }

    /// A number of the SIM is not there yet: it is asked for again once there is a network.
    fn await_sim(&mut self, now: Instant, query: Query) {
        self.awaited = Slot::Full(query);
        if matches!(self.phase, Phase::Connecting) {
            self.ask_again = now.plus(NETWORK_POLL);
        } else {
            self.connect(now);
        }
    }

    /// The modem's answer when it was asked for the awaited number.
    pub(super) fn sim_answered(&mut self, now: Instant, query: Query, answer: Option<&str>) {
        let is_msisdn = query == Query::Msisdn;
        if let Some(answer) = answer
            && query::text(query, answer).is_some()
        {
            // A number that does not fit counts as none.
            self.identity_mut().take(query, answer);
            self.awaited = Slot::Empty;
            return self.put(Output::Load(RecordId::Accounts));
        }
        self.ask_again = now.plus(NETWORK_POLL);
        if is_msisdn {
            self.put(Output::Event(Event::Deferred {
                reason: DeferredReason::SimMsisdn,
                delay: NETWORK_POLL,
            }));
        } else {
            // A card that does not tell it now does so at another connection, or never.
            self.in_vain = true;
            self.error(ErrorKind::Bootstrap, Cause::Unreadable);
        }
    }
}

/// Puts one object's instances in place, as a bootstrap server would; whether that was possible.
fn bring(objects: &mut Objects, id: u16, tlv: &[u8]) -> bool {
    if tlv.is_empty() || id == access::ID && objects.access.is_empty() {
        // Nothing, or rights in a build that does not look at any.
        return true;
    }
    objects.provision(true);
    let object = objects.object_mut(id);
    let brought = object
        .is_some_and(|object| dispatch::apply(object, &Path::object(id), Format::Tlv, tlv).is_ok());
    objects.provision(false);
    brought
}

/// A digest of what factory accounts are made from.
#[cfg_attr(target_os = "none", inline(never))]
fn factory_digest(terms: &Terms) -> u32 {
    digest(&[
        terms.own.server_uri.unwrap_or("").as_bytes(),
        &[u8::from(terms.bootstrap == profile::Bootstrap::None)],
        &terms.own.lifetime.to_be_bytes(),
        terms.own.psk.unwrap_or("").as_bytes(),
    ])
}
