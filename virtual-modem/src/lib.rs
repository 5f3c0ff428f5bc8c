//! A virtual nRF91 modem for the PC: the modem library (`nrf_*`) and the OS hooks (`lwm2m_os_*`) that an LwM2M carrier
//! library and its C application need, over real sockets, with simulated time and repeatable faults.
//!
//! Three layers: [`engine`] (the modem as a state machine), [`net`] (sockets) and the C surface ([`at`], [`os`]). [`device`]
//! joins them.

pub mod at;
pub mod clock;
pub mod control;
pub mod device;
pub mod dfu;
pub mod engine;
pub mod errno;
pub mod firmware;
pub mod net;
pub mod os;
pub mod power;
pub mod profile;
mod resets;
pub mod rng;
pub mod seam;
pub mod storage;
