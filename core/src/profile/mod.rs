//! Operators as data: one file of constants each, chosen at start. No other file names an operator.

pub mod generic;

/// What is particular to an operator.
#[derive(Debug)]
pub struct Profile {
    /// Objects offered to servers, ascending ids.
    pub objects: &'static [u16],
    /// LwM2M version of registrations.
    pub version: &'static str,
    /// Lifetime of a custom management server without one of its own, in seconds.
    pub lifetime: u32,
    /// How failed attempts are spaced.
    pub retry: Retry,
}

/// Spacing of attempts (OMA LwM2M TS Core 1.1 6.2.1.1): `timer` doubled after each of `count` tries, then `sequence_delay`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retry {
    /// Tries of a sequence.
    pub count: u8,
    /// Delay after the first failed try in seconds.
    pub timer: u32,
    /// Delay after a failed sequence in seconds.
    pub sequence_delay: u32,
    /// Delay when a server in maintenance (5.03) names none, in seconds.
    pub maintenance: u32,
}
