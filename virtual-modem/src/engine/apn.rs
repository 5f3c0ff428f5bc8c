//! What the network grants on an access point name: families, refusals (ESM causes of 3GPP TS 24.301 9.9.4.4), and which
//! hosts can be reached from it.

use super::Engine;
use crate::profile::{Apn, EsmOrder};
use crate::seam::Route;
use std::net::SocketAddr;

/// Unknown or missing APN.
const UNKNOWN: u8 = 27;
const ONLY_IPV4: u8 = 50;
const ONLY_IPV6: u8 = 51;

/// Both families, or one of them.
pub(super) fn has(family: &str, part: &str) -> bool {
    family == part || family == "IPV4V6"
}

/// ESM cause of what the network does not grant, and whether a connection comes up all the same.
pub(super) fn verdict(apn: Option<&Apn>, wanted: &str) -> (u8, bool) {
    let Some(apn) = apn else {
        return (UNKNOWN, false);
    };
    if apn.refuse != 0 {
        return (apn.refuse, false);
    }
    let only = match apn.family.as_str() {
        "IP" => ONLY_IPV4,
        "IPV6" => ONLY_IPV6,
        _ => return (0, true),
    };
    if wanted == apn.family {
        (0, true)
    } else {
        // Both were wanted: one is granted. Only the other was wanted: none is.
        (only, wanted == "IPV4V6")
    }
}

impl Engine {
    /// The access point called `name`, letter case ignored.
    pub(super) fn apn(&self, name: &str) -> Option<&Apn> {
        std::iter::once(&self.profile.apn)
            .chain(&self.profile.apns)
            .find(|apn| apn.name.eq_ignore_ascii_case(name))
    }

    /// Changes access point `name`, made when the network does not know it. Connections that are up keep their addresses.
    pub fn change_apn(&mut self, name: &str, change: impl FnOnce(&mut Apn)) {
        let known = std::iter::once(&mut self.profile.apn)
            .chain(&mut self.profile.apns)
            .find(|apn| apn.name.eq_ignore_ascii_case(name));
        match known {
            Some(apn) => change(apn),
            None => {
                let mut apn = Apn {
                    name: name.into(),
                    ..Apn::default()
                };
                change(&mut apn);
                self.profile.apns.push(apn);
            }
        }
        self.log(format!("APN {name} changed"));
    }

    /// The network no longer knows access point `name`. False when it did not, or when it is the one of context 0.
    pub fn remove_apn(&mut self, name: &str) -> bool {
        let before = self.profile.apns.len();
        self.profile
            .apns
            .retain(|apn| !apn.name.eq_ignore_ascii_case(name));
        self.profile.apns.len() < before
    }

    /// What lies between the connection with this PDN id and `host`.
    pub fn route(&self, pdn_id: u8, host: SocketAddr) -> Route {
        let Some(apn) = self
            .granted(pdn_id)
            .and_then(|granted| self.apn(&granted.name))
        else {
            return Route::Open;
        };
        let closed = apn.no_route.iter().any(|entry| {
            entry == "*" || *entry == host.ip().to_string() || *entry == host.to_string()
        });
        match (closed, apn.unreachable) {
            (false, _) => Route::Open,
            (true, false) => Route::Silent,
            (true, true) => Route::Unreachable,
        }
    }

    /// Tells activation and ESM cause in the order the profile wants.
    pub(super) fn tell_activation(&mut self, cid: u8, reason: &str, cause: u8) {
        let esm = (cause != 0 && self.subscriptions.network_errors & 16 != 0)
            .then(|| format!("+CNEC_ESM: {cause},{cid}"));
        let event = self
            .subscriptions
            .packet_events
            .then(|| format!("+CGEV: ME PDN ACT {cid}{reason}"));
        let told = match self.profile.esm_order {
            EsmOrder::Before => [esm, event],
            EsmOrder::After => [event, esm],
        };
        for text in told.into_iter().flatten() {
            self.notify(text);
        }
    }

    /// Tells the ESM cause of a refusal.
    pub(super) fn tell_refusal(&mut self, cid: u8, cause: u8) {
        if self.subscriptions.network_errors & 16 != 0 {
            self.notify(format!("+CNEC_ESM: {cause},{cid}"));
        }
    }
}
