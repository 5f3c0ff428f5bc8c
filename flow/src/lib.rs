//! Tests of the way from a blank device to a registration, and of everything that can stand in it: the shipping archive in
//! the application `tests/apps/carrier_app.c`, on the virtual modem, against lab servers, in simulated time.
//!
//! * [`lab`] is the servers and the settings of a device that is to meet them.
//! * [`mod@bench`] is a device among them: time passes, bootstrap requests are served, events are compared.
//! * [`told`] writes expected events.
//! * [`report`] writes results down.
//! * [`row`] is one failure: what is broken, what the application is told and when, and what follows the repair.
//!
//! The tests: `failures` has a row for each reason and error, `defects` a test for each known defect of earlier libraries.

pub mod bench;
pub mod lab;
pub mod report;
pub mod row;
pub mod told;

pub use bench::Bench;
pub use lab::Lab;
pub use told::Told;
