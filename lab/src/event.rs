//! What happened at the server, in the order in which it happened.

use crate::bootstrap::Bootstrapping;
use crate::coap::{Message, option};
use crate::dtls::Session;
use crate::path::Path;
use crate::registration::Registration;
use crate::request::{Content, content};
use crate::server::Peer;
use std::time::Instant;

/// Requests of the registration interface, and the one that begins a bootstrap.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Operation {
    /// POST /rd
    Register,
    /// POST on the location.
    Update,
    /// DELETE on the location.
    Deregister,
    /// POST /bs, at a bootstrap server.
    Bootstrap,
}

/// Something that happened.
#[derive(Clone, Debug)]
pub enum Event {
    /// One of those requests came in (its retransmissions do not count), whatever the answer will be.
    Attempt(Operation, Peer, Message),
    /// A client asked to be bootstrapped and was promised it.
    Bootstrapping(Bootstrapping),
    /// A client registered.
    Registered(Registration),
    /// A client updated its registration with this message.
    Updated(Registration, Message),
    /// A client de-registered.
    Deregistered(Registration),
    /// A lifetime ran out.
    Expired(Registration),
    /// A notification of an observation that is alive.
    Notified(Notification),
    /// A DTLS handshake finished.
    Connected(Peer, Session),
    /// A DTLS handshake failed, for this reason.
    NotConnected(Peer, String),
    /// A client closed its DTLS session.
    Disconnected(Peer),
    /// Some other request came in; it was answered 4.04.
    Requested(Peer, Message),
    /// A response nobody waits for; it was answered with a reset.
    Stray(Peer, Message),
    /// A request or notification that was already seen; it got the same answer as before.
    Duplicate(Peer, Message),
    /// An acknowledgement or reset without a known exchange.
    Unmatched(Peer, Message),
    /// Bytes that are no CoAP message, and why.
    Malformed(Peer, Vec<u8>, String),
}

/// One notification.
#[derive(Clone, Debug)]
pub struct Notification {
    /// Who sent it.
    pub peer: Peer,
    /// When it arrived.
    pub at: Instant,
    /// What is observed.
    pub path: Path,
    /// The observation's token.
    pub token: Vec<u8>,
    /// The message, with its Observe option. When more blocks follow, [`crate::server::Server::complete`] gets them.
    pub message: Message,
}

impl Notification {
    /// Observe sequence number; `None` when the client ended the observation.
    pub fn sequence(&self) -> Option<u32> {
        self.message.uint(option::OBSERVE)
    }

    /// Decoded payload.
    pub fn content(&self) -> Content {
        content(&self.path, &self.message, &self.message.payload)
    }
}
