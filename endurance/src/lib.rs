//! The shipping archive over times and accidents that no other test reaches, in simulated time. Devices are those of
//! [`conformance`], servers those of the lab, all in one process.
//!
//! * `tests/power_cut.rs`: power is cut before, within and after every write of a record or a credential.
//! * `tests/year.rs`: 365 days of outages.
//! * `tests/two_servers.rs`: a server that is dead for a day beside one that is not.
//! * `tests/calm.rs`: servers whose registrations are worth nothing.
//!
//! [`operator`] has the servers of an operator, [`settings`] devices for them, [`drive`] lets their time pass, [`watch`] keeps
//! account of what servers saw, [`report`] writes it down.

pub mod drive;
pub mod operator;
pub mod report;
pub mod settings;
pub mod watch;

pub use operator::Operator;
