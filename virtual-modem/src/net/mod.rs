//! Network part of the virtual modem: the `nrf_*` socket functions over real UDP and TCP sockets.
//!
//! Downwards: [`api`] and [`names`] (C functions) -> [`socket`] (one socket and its lock) -> [`handshake`] (DTLS sessions, by [`dtls`])
//! -> [`wire`] (faults, capture, real sockets). Upwards the same way, started by the I/O thread of [`wire`]. Lock order:
//! socket table, socket, then the small locks of [`network`]. Nothing waits with a lock held; all waiting for time is
//! done through the simulated clock.

pub mod api;
pub mod capture;
pub mod control;
pub mod dtls;
pub mod fault;
pub mod handshake;
pub mod layout;
pub mod lookup;
pub mod names;
pub mod network;
pub mod options;
pub mod socket;
pub mod stream;
pub mod wire;

pub use control::control;
