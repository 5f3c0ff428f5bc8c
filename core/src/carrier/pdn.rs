//! The connection to a named access point: sessions wait until it is there, or until it is clear that the default one has
//! to do. It is looked after whenever a link fails, the network returns, or notifications were missed.

use super::Carrier;
use crate::boundary::{DeferredReason, Event, Output};
use crate::session::{Attempts, Spacing};
use crate::time::Instant;

/// Where the connection stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pdn {
    /// To be made, or to be looked after.
    Wanted,
    /// Asked for with the name that comes first.
    Asked,
    /// Asked for with the fallback.
    AskedAgain,
    /// There, or the default one has to do.
    Ready,
    /// Not granted; next try at [`Carrier::pdn_again`].
    Refused,
}

impl Carrier {
    /// The access point name that [`Output::ActivatePdn`] is about; `None`: the default connection.
    pub fn apn(&self) -> Option<&'static str> {
        let terms = self.terms();
        if self.pdn == Pdn::AskedAgain {
            terms.fallback_apn
        } else {
            terms.own.apn
        }
    }

    /// Asks for the connection when it is time to.
    pub(super) fn advance_pdn(&mut self, now: Instant) {
        if self.pdn == Pdn::Wanted || self.pdn == Pdn::Refused && now >= self.pdn_again {
            self.pdn = Pdn::Ready;
            self.ask_for_pdn(Pdn::Asked);
        }
    }

    /// Asks for the access point whose turn it is; says whether there is one.
    fn ask_for_pdn(&mut self, turn: Pdn) -> bool {
        let before = core::mem::replace(&mut self.pdn, turn);
        let named = self.apn().is_some();
        if named {
            self.put(Output::ActivatePdn);
        } else {
            self.pdn = before;
        }
        named
    }

    /// The connection is there, or not granted.
    pub(super) fn pdn_answered(&mut self, now: Instant, granted: bool) {
        if granted || self.pdn == Pdn::AskedAgain {
            self.pdn_attempts = Attempts::new();
            self.pdn = Pdn::Ready;
            return;
        }
        if self.ask_for_pdn(Pdn::AskedAgain) {
            return;
        }
        let spacing = Spacing::of(self.retry, None);
        let delay = self.pdn_attempts.next_delay(&spacing);
        self.pdn = Pdn::Refused;
        self.pdn_again = now.plus(delay);
        self.put(Output::Event(Event::Deferred {
            reason: DeferredReason::PdnActivate,
            delay,
        }));
    }

    /// The connection may be gone.
    pub(super) fn doubt_pdn(&mut self) {
        if self.pdn == Pdn::Ready {
            self.pdn = Pdn::Wanted;
        }
    }

    /// The network is there again: a try that failed for want of it need not wait.
    pub(super) fn network_returned_to_pdn(&mut self) {
        if self.pdn_attempts.sequences() == 0 || self.pdn == Pdn::Ready {
            self.pdn = Pdn::Wanted;
        }
    }
}
