//! The shipping archive over times and accidents that no other test reaches, in simulated time. Devices are those of
//! [`conformance`], servers those of the lab, all in one process.
//!
//! * `tests/power_cut.rs`: power is cut before, within and after every write of a record or a credential.
//!
//! [`operator`] has the servers of an operator, [`drive`] lets a device's time pass, [`report`] writes what was found.

pub mod drive;
pub mod operator;
pub mod report;

pub use operator::Operator;
