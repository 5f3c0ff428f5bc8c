//! Which operator issued the SIM.

use core::ops::Range;

use super::{Profile, att, bell, lguplus, softbank, tmobile, verizon};
use crate::config::OPERATORS;
use crate::text::unsigned;

static PROFILES: [&Profile; 6] = [
    &verizon::PROFILE,
    &att::PROFILE,
    &tmobile::PROFILE,
    &lguplus::PROFILE,
    &softbank::PROFILE,
    &bell::PROFILE,
];

/// The operator of a SIM, or `None` when it is not one of the known. `family` is the modem's own finding, the answer to
/// `AT%XOPERID` or 0; without one the subscriber number decides: country and three digits of the network, then two, as the
/// length of the network code (3GPP TS 23.003 2.2) is not known.
pub fn detect(family: u8, imsi: &str) -> Option<&'static Profile> {
    let family = 1_u16.checked_shl(u32::from(family)).unwrap_or(0);
    find(|profile| profile.sim_families & family != 0)
        .or_else(|| by_prefix(number(imsi, 6)?.checked_sub(300_000)?, 0..COUNTRY_200))
        .or_else(|| by_prefix(number(imsi, 5)?, COUNTRY_200..u32::MAX))
}

/// The profile of an operator by its number.
pub fn of_operator(operator: u8) -> Option<&'static Profile> {
    find(|profile| profile.operator == operator)
}

/// Five digits of the lowest country code there is. Six digits less 300000 stay below for all countries in the tables.
const COUNTRY_200: u32 = 20_000;

fn number(imsi: &str, length: usize) -> Option<u32> {
    unsigned(imsi.as_bytes().get(..length)?).map(|digits| digits as u32)
}

fn by_prefix(code: u32, valid: Range<u32>) -> Option<&'static Profile> {
    let is_it = |own: &u16| u32::from(*own) == code;
    find(|profile| profile.prefixes.iter().any(is_it)).filter(|_| valid.contains(&code))
}

fn find(is_it: impl Fn(&Profile) -> bool) -> Option<&'static Profile> {
    let mut all = PROFILES.iter().copied().filter(|_| OPERATORS);
    all.find(|profile| is_it(profile))
}
