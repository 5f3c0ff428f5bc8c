//! Harness for wire tests of the shipping archive. A test starts a lab server and a [`Device`]: a process of its own with the
//! C application `tests/apps/carrier_app.c`, the archive and the virtual modem. It talks to the device through the server,
//! through the application's commands and through the modem's control socket, and judges by packets, not by logs.
//!
//! * [`artifacts`] builds archive, modem and application once.
//! * [`device`] runs the process and its lives.
//! * [`capture`] reads what the modem put on the wire, with simulated time.
//! * [`setup`] brings a device to the state in which most rows begin.
//! * [`blank`] brings up a device that has to be bootstrapped, with all the servers it meets.
//! * [`firmware`] makes packages of the modem's firmware.
//! * [`rows`] lists the rows of the conformance list.
//!
//! Clocks: `real` where a test only asks and answers; `step` where it is about time, which then passes by
//! [`Device::advance`] alone; `scale:N` where both sides need a clock that runs by itself.

pub mod artifacts;
pub mod blank;
pub mod capture;
pub mod device;
pub mod firmware;
pub mod rows;
pub mod setup;

pub use blank::Blank;
pub use capture::Packet;
pub use device::{Device, Event, Settings};
pub use setup::{ENDPOINT, KEY, Pair, eventually};
