//! The LwM2M client protocol of `lwm2m-carrier`: no I/O, no clock, no heap, no unsafe code, no panic.
//!
//! [`Carrier`] is the whole client as one value. It takes [`Input`]s, datagrams and a time, and gives back [`Output`]s;
//! it calls nothing. Read [`carrier`] next, then [`session`] (one management server) and [`lwm2m::dispatch`] (one request).
//!
//! Words used everywhere: a *link* is one server's transport, a *session* its registration and exchanges, an *exchange*
//! a message and its answer, a *record* something stored, a *notice* a modem notification, a *profile* an operator.

#![cfg_attr(not(test), no_std)]
#![forbid(unsafe_code)]
#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing
    )
)]

pub mod boundary;
mod bytes;
pub mod card;
pub mod carrier;
mod clock;
pub mod coap;
pub mod config;
pub mod lwm2m;
pub mod modem;
pub mod objects;
pub mod profile;
pub mod record;
pub mod session;
mod slot;
mod text;
pub mod time;
pub mod version;

pub use boundary::{
    Cause, ClockRequest, Config, Credential, DeferredReason, ErrorKind, Event, FirmwareStep,
    Identity, Input, KeyError, Link, LinkError, Live, ModemDomain, Output, Query, RecordId, Remote,
};
pub use bytes::move_up;
pub use carrier::Carrier;
pub use objects::app_data::AppDataError;
pub use objects::device::{DeviceError, DeviceValue};
pub use objects::firmware::Piece;
pub use objects::location::LocationError;
pub use objects::portfolio::PortfolioError;
pub use slot::Slot;
pub use text::is_utf8;
pub use time::{Duration, Instant};
