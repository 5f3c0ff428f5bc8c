//! Operators as data: one file of published constants each, chosen at start. No other file names an operator.
//!
//! What is not public (addresses, keys, names) is no constant here but a [`Settings`] of the product. A profile and its
//! settings make the [`Terms`] the client works under. Sources and what is missing: `docs/operators.md`.

mod att;
mod bell;
mod detect;
pub mod generic;
mod lguplus;
mod name;
mod settings;
mod softbank;
mod tmobile;
mod verizon;

pub use detect::{detect, of_operator};
pub use name::Name;
pub use settings::{Missing, Service, Settings, Terms};

use crate::version::Version;

#[cfg(test)]
mod tests;

/// What is particular to an operator.
#[derive(Clone, Copy, Debug)]
pub struct Profile {
    /// Number of the operator in stored records and in the product's settings; never given to another.
    pub operator: u8,
    /// Whether it is served without the product asking for it.
    pub enabled: bool,
    /// How the device gets its management servers.
    pub bootstrap: Bootstrap,
    /// Whether bootstrap data of the SIM are used.
    pub smartcard: bool,
    /// What the application's access point name is for.
    pub apn: Apn,
    /// Whether `/3/0/1` shows the service code, if there is one.
    pub model_is_service_code: bool,
    /// Answers to `AT%XOPERID` that mean this operator, a bit each.
    pub sim_families: u16,
    /// Beginnings of its subscriber numbers: six digits less 300000 for the countries 300 to 319, or five digits.
    pub prefixes: &'static [u16],
    /// Pattern of the endpoint name, see [`Terms::compose`]. Empty: the product has to give it.
    pub endpoint: &'static str,
    /// Objects offered to servers, ascending ids.
    pub objects: &'static [u16],
    /// LwM2M version when the product does not choose one.
    pub version: Version,
    /// Lifetime of a management server without one of its own, in seconds.
    pub lifetime: u32,
    /// How failed attempts are spaced.
    pub retry: &'static Retry,
}

/// How a device gets its management servers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bootstrap {
    /// The configured server is the management server.
    None,
    /// From a bootstrap server, once.
    Server,
    /// From a bootstrap server, at each start.
    EveryStart,
}

/// What the application's access point name is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Apn {
    /// Nothing.
    Ignored,
    /// It is tried when the operator's cannot be activated.
    Fallback,
    /// It takes the operator's place.
    Replaces,
}

/// Spacing of attempts (OMA LwM2M TS Core 1.1 6.2.1.1): `timer` doubled after each of `count` tries, then `sequence_delay`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retry {
    /// Tries of a sequence.
    pub count: u8,
    /// Sequences of bootstrap attempts before the client gives up until the next reset.
    pub sequences: u8,
    /// Delay after the first failed try in seconds.
    pub timer: u32,
    /// Delay after a failed sequence in seconds.
    pub sequence_delay: u32,
    /// Delay when a server in maintenance (5.03) names none, in seconds.
    pub maintenance: u32,
}

impl Retry {
    /// Nothing set.
    pub const UNSET: Retry = Retry {
        count: 0,
        sequences: 0,
        timer: 0,
        sequence_delay: 0,
        maintenance: 0,
    };

    /// Count, timer and delay are the defaults of the LwM2M 1.1 Server object (resources 17 to 19). No operator's own
    /// values are public.
    pub const STANDARD: Retry = Retry {
        count: 5,
        sequences: 3,
        timer: 60,
        sequence_delay: 86_400,
        maintenance: 4 * 3_600,
    };
}
