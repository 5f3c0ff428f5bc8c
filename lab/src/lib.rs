//! wip
pub mod answer;
mod client;
pub mod coap;
pub mod dtls;
mod engine;
pub mod event;
pub mod hex;
pub mod link;
pub mod path;
pub mod registration;
pub mod request;
pub mod server;
pub mod tlv;
pub mod trace;
pub mod value;
pub mod wire;
