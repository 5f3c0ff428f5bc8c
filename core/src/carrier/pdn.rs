//! The connection to a named access point: sessions wait until it is there, or until it is clear that the default one has
//! to do. It is looked after whenever a link fails, the network returns, or notifications were missed.
//!
//! Turns: each profile of object 11 as it was written, then as it was configured. What servers wrote may be granted and lead nowhere:
//! when no server is reached, only the configuration counts, and with the next failure what was written again.

use super::Carrier;
use crate::boundary::{AccessPoint, DeferredReason, Event, Link, Output};
use crate::config::{APN_PROFILES, OBJECT_CELLULAR};
use crate::objects::Changed;
use crate::objects::apn::{self, Apn};
use crate::session::{Attempts, Session};
use crate::time::{Duration, Instant};

/// Where the connection stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pdn {
    /// To be made, or to be looked after.
    Wanted,
    /// Asked for.
    Asked,
    /// Asked for with the access point that was granted last; then all have their turn.
    AskedAgain,
    /// There, or the default one has to do. To be made anew at [`Carrier::pdn_again`] if [`Carrier::pdn_fresh`].
    Ready,
    /// Not granted; next try at [`Carrier::pdn_again`].
    Refused,
}

/// Turns there are.
const TURNS: u8 = 2 * APN_PROFILES as u8;
/// The turn of the access point that is configured to come first.
const CONFIGURED: u8 = 1;

/// Between the answer to a request and the end of the connection it came by: time for the answer to arrive and, should it get lost,
/// for the request to be repeated.
pub(super) const FAREWELL: Duration = Duration::from_secs(5);

/// The profile of a turn.
fn profile(turn: u8) -> u8 {
    turn / 2 + 1
}

impl Carrier {
    /// The access point that [`Output::ActivatePdn`] is about; `None`: the default connection.
    pub fn access_point(&self) -> Option<AccessPoint<'_>> {
        let turn = self.candidate(self.pdn_turn)?;
        Some(AccessPoint {
            fresh: self.pdn_fresh,
            ..turn
        })
    }

    fn candidate(&self, turn: u8) -> Option<AccessPoint<'_>> {
        let id = profile(turn);
        let own = self.scene.objects.apn.first();
        if turn & 1 == 0 {
            let trusted = own.filter(|own| !self.pdn_distrusted && own.is_enabled(id));
            return trusted?.written(id);
        }
        if own.is_some_and(|own| !self.pdn_distrusted && !own.is_enabled(id)) {
            return None;
        }
        let terms = self.terms();
        let name = match turn {
            CONFIGURED => terms.own.apn,
            3 => terms.fallback_apn,
            _ => None,
        };
        Some(AccessPoint {
            name: name?.as_bytes(),
            kind: 3,
            ..AccessPoint::default()
        })
    }

    /// Asks for the connection when it is time to.
    pub(super) fn advance_pdn(&mut self, now: Instant) {
        let due = now >= self.pdn_again;
        if self.pdn == Pdn::Ready && self.is_pdn_stale() && due {
            // Without an access point before and after, nothing changes below the links.
            if self.next_turn(0).is_some() || self.is_pdn_used() {
                self.drop_links(now);
            }
            self.pdn = Pdn::Wanted;
        }
        if self.pdn == Pdn::Wanted || self.pdn == Pdn::Refused && due {
            if self.pdn_fresh {
                self.pdn_turn = 0;
            }
            let again = self.pdn_turn > 0;
            self.ask_for_pdn(self.pdn_turn);
            if again && self.pdn == Pdn::Asked {
                self.pdn = Pdn::AskedAgain;
            }
        }
    }

    /// Whether the connection is to be made anew; a bootstrap is not disturbed.
    pub(super) fn is_pdn_stale(&self) -> bool {
        OBJECT_CELLULAR != 0 && self.pdn_fresh && !self.bootstraps()
    }

    fn is_pdn_used(&self) -> bool {
        self.scene.objects.apn.first().is_some_and(Apn::is_used)
    }

    fn next_turn(&self, from: u8) -> Option<u8> {
        (from..TURNS).find(|turn| self.candidate(*turn).is_some())
    }

    /// Asks for the next access point from this turn on; without any, a connection that is there is ended.
    fn ask_for_pdn(&mut self, from: u8) {
        let turn = self.next_turn(from);
        self.pdn_turn = turn.unwrap_or(TURNS);
        let ask = turn.is_some() || self.is_pdn_used();
        self.pdn = if ask { Pdn::Asked } else { Pdn::Ready };
        if ask {
            self.put(Output::ActivatePdn);
        } else {
            self.pdn_turn = 0;
            self.pdn_fresh = false;
        }
    }

    /// The connection is there, or not granted.
    pub(super) fn pdn_answered(&mut self, now: Instant, result: Result<u8, u8>) {
        let turn = self.pdn_turn;
        let again = self.pdn == Pdn::AskedAgain;
        self.pdn_fresh = false;
        self.note_pdn(now, turn, result);
        if result.is_err() {
            let all = again && self.next_turn(0) != Some(turn);
            let next = if all { 0 } else { turn.saturating_add(1) };
            if self.next_turn(next).is_some() {
                return self.ask_for_pdn(next);
            }
            self.pdn_turn = 0;
            if turn == CONFIGURED {
                let delay = self.pdn_attempts.next_delay(None, &self.scene.retry, None);
                self.pdn = Pdn::Refused;
                self.pdn_again = now.plus(delay);
                return self.put(Output::Event(Event::Deferred {
                    reason: DeferredReason::PdnActivate,
                    delay,
                }));
            }
        } else if turn >= TURNS {
            self.pdn_turn = 0;
        }
        self.pdn_attempts = Attempts::new();
        self.pdn = Pdn::Ready;
    }

    /// Shows in object 11 what became of an attempt.
    fn note_pdn(&mut self, now: Instant, turn: u8, result: Result<u8, u8>) {
        let time = self.clock.utc_time(now) as u32;
        let Some(apn) = self.scene.objects.apn.first_mut() else {
            return;
        };
        match result {
            _ if turn >= TURNS => apn.disconnected(false, time),
            Ok(context) => apn.connected(profile(turn), context, time),
            Err(cause) => apn.refused(profile(turn), cause, time),
        }
        self.note_connections();
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

    /// Takes notice of access points that were written.
    pub(super) fn note_access_points(&mut self, now: Instant) {
        let apn = self.scene.objects.apn.first_mut();
        if apn.is_some_and(|apn| apn.take_note(apn::CHANGED)) {
            self.pdn_distrusted = false;
            self.pdn_fresh = true;
            self.pdn_again = now.plus(FAREWELL);
            if self.pdn == Pdn::Refused {
                self.pdn_attempts = Attempts::new();
                self.pdn = Pdn::Wanted;
            }
        }
    }

    /// No server was reached: perhaps the access points that were written are to blame, or those that were not.
    pub(super) fn doubt_access_points(&mut self, reason: DeferredReason) {
        let apn = self.scene.objects.apn.first();
        let unreachable = matches!(
            reason,
            DeferredReason::ServerNoRoute
                | DeferredReason::ServerConnect
                | DeferredReason::ServerRegistration
        );
        if unreachable
            && apn.is_some_and(Apn::is_written)
            && !self.sessions.iter().any(Session::is_registered)
        {
            self.pdn_distrusted = !self.pdn_distrusted;
            self.pdn_fresh = true;
            self.pdn_again = Instant::ZERO;
        }
    }

    /// Closes all links because what is below them goes away; registrations stay.
    pub(super) fn drop_links(&mut self, now: Instant) {
        for index in 0..self.used {
            let link = Link(index);
            if let Some((session, scene)) = self.session(link) {
                let failed = session.link_lost(now, false, scene);
                session.want_update(Changed::NOTHING);
                self.put(Output::Close(link));
                self.deferred(failed);
            }
        }
    }
}
