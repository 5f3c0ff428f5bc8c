//! A laboratory for LwM2M 1.0 clients: a small server over real UDP sockets, plain or with DTLS-PSK, that behaves well
//! or badly as a test wants and records every datagram. It shares no code with the client under test; message, link
//! format and TLV decoders are its own.
//!
//! From the wire upwards:
//!
//! * [`wire::Wire`]: one socket. Any bytes out, whole messages in, DTLS under it ([`dtls`]); sessions can be forgotten,
//!   closed, refused; it can be deaf. Interprets nothing.
//! * [`server::Server`]: sockets with threads of their own. Takes registrations ([`registration`]), acknowledges
//!   notifications, repeats what is not acknowledged, answers duplicates alike, and logs each thing that happens
//!   ([`event`]). [`answer`] lists the ways in which it can answer wrongly.
//! * [`bootstrap`], [`account`]: the same server as a bootstrap server, and the accounts it writes.
//! * [`request::Request`]: what it can ask a client; [`request::Reply`] holds typed values.
//! * [`script`], [`run`], [`report`], [`trace`]: the command `carrier-lab`.
//!
//! A test in full:
//!
//! ```no_run
//! use carrier_lab::coap::{Code, format};
//! use carrier_lab::request::Request;
//! use carrier_lab::server::Server;
//! use carrier_lab::value::Value;
//! use std::time::Duration;
//!
//! let server = Server::secure("urn:imei:352656100000001", b"0123456789abcdef").unwrap();
//! println!("point the client at {}", server.uris()[0]);
//! let wait = Duration::from_secs(20);
//! let registration = server.wait_register(wait).expect("a registration");
//! assert!(registration.links.iter().any(|link| link.target == "/3/0"));
//!
//! let reply = server.send(Request::read_as("/3/0", format::TLV)).unwrap();
//! assert_eq!(reply.value("/3/0/9"), Some(Value::Integer(80)));
//!
//! let reply = server.send(Request::write_text("/1/0/1", "120")).unwrap();
//! assert_eq!(reply.code(), Code::CHANGED);
//! let (registration, message) = server.wait_update(wait).expect("an update");
//! assert_eq!((registration.lifetime, message.payload.len()), (120, 0));
//!
//! // A token of nine bytes cannot be built, so it is sent raw. Nothing may come back but a reset.
//! let sent = server.send_raw(b"\x49\x01\x00\x01123456789").unwrap();
//! let answer = server.wait_raw(sent, Duration::from_secs(1), |bytes| bytes[0] != 0x70);
//! assert!(answer.is_none());
//! ```
//!
//! Waits for events take the first one not taken before, even when it happened earlier: nothing is missed between two
//! calls. [`server::Server::discard_events`] forgets the past. All time limits are in real time.

pub mod account;
pub mod answer;
pub mod bootstrap;
mod client;
pub mod coap;
pub mod dtls;
mod engine;
pub mod event;
pub mod hex;
mod interface;
pub mod link;
pub mod named;
pub mod path;
pub mod registration;
pub mod report;
pub mod request;
pub mod run;
pub mod script;
pub mod server;
pub mod tlv;
pub mod trace;
pub mod value;
pub mod wire;
pub mod words;
