//! Events as expected and as told.

use conformance::Event;
use std::fmt;

/// An event with what matters of its payload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Told {
    /// An event without payload, by its name without prefix.
    Plain(&'static str),
    /// DEFERRED: reason, and seconds to the next try.
    Deferred(i64, i64),
    /// ERROR: type and value.
    Error(i64, i64),
}

/// INIT
pub const INIT: Told = Told::Plain("INIT");
/// LTE_LINK_UP
pub const UP: Told = Told::Plain("LTE_LINK_UP");
/// LTE_LINK_DOWN
pub const DOWN: Told = Told::Plain("LTE_LINK_DOWN");
/// LTE_POWER_OFF
pub const POWER_OFF: Told = Told::Plain("LTE_POWER_OFF");
/// BOOTSTRAPPED
pub const BOOTSTRAPPED: Told = Told::Plain("BOOTSTRAPPED");
/// REGISTERED
pub const REGISTERED: Told = Told::Plain("REGISTERED");
/// REBOOT
pub const REBOOT: Told = Told::Plain("REBOOT");

impl Told {
    /// Whether this is the event.
    pub fn is(&self, event: &Event) -> bool {
        match *self {
            Told::Plain(name) => event.name == name,
            Told::Deferred(reason, seconds) => {
                event.name == "DEFERRED" && (event.number(0), event.number(1)) == (reason, seconds)
            }
            Told::Error(kind, value) => {
                event.name == "ERROR" && (event.number(0), event.number(1)) == (kind, value)
            }
        }
    }
}

impl fmt::Display for Told {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Told::Plain(name) => f.write_str(name),
            Told::Deferred(reason, seconds) => write!(f, "DEFERRED {reason} {seconds}"),
            Told::Error(kind, value) => write!(f, "ERROR {kind} {value}"),
        }
    }
}

/// An event in the same words.
pub fn words(event: &Event) -> String {
    let mut text = event.name.clone();
    for detail in &event.details {
        text += " ";
        text += detail;
    }
    text
}

/// What is wrong with an event whose numbers an application might index tables by: types, reasons and errors that this
/// release does not publish.
pub fn unpublished(event: &Event) -> Option<String> {
    const NAMES: [&str; 12] = [
        "INIT",
        "LTE_LINK_UP",
        "LTE_LINK_DOWN",
        "LTE_POWER_OFF",
        "BOOTSTRAPPED",
        "REGISTERED",
        "DEFERRED",
        "FOTA_START",
        "REBOOT",
        "MODEM_DOMAIN",
        "APP_DATA",
        "ERROR",
    ];
    let known = NAMES.contains(&event.name.as_str())
        && match event.name.as_str() {
            "DEFERRED" => (0..=9).contains(&event.number(0)) && event.number(1) > 0,
            "ERROR" => (1..=11).contains(&event.number(0)),
            "MODEM_DOMAIN" => (0..=2).contains(&event.number(0)),
            _ => true,
        };
    (!known).then(|| words(event))
}

// Error numbers of a Linux host; those of the device's C library differ.

/// Operation not permitted.
pub const EPERM: i64 = -1;
/// Input or output error.
pub const EIO: i64 = -5;
/// Out of memory.
pub const ENOMEM: i64 = -12;
/// Not allowed now.
pub const EACCES: i64 = -13;
/// Something indispensable cannot be had.
pub const EFAULT: i64 = -14;
/// Not valid.
pub const EINVAL: i64 = -22;
/// Not supported.
pub const ENOTSUP: i64 = -95;
/// Given up by the other side.
pub const ECANCELED: i64 = -125;
/// Time is up.
pub const ETIMEDOUT: i64 = -110;
