//! The registration interface (OMA LwM2M 1.0 TS 5.3 and 8.2.3): who is registered, where, and until when.

use crate::coap::{Code, Message, format, option};
use crate::link::{self, Link};
use crate::server::Peer;
use std::time::{Duration, Instant};

/// Lifetime when a client names none, in seconds.
pub const DEFAULT_LIFETIME: u32 = 86_400;

/// One registered client.
#[derive(Clone, Debug)]
pub struct Registration {
    /// Endpoint client name, `ep`.
    pub endpoint: String,
    /// Location segments given with the 2.01.
    pub location: Vec<String>,
    /// `lt` in seconds.
    pub lifetime: u32,
    /// `lwm2m`.
    pub version: String,
    /// `b`, as sent.
    pub binding: String,
    /// `Q` was given (1.1).
    pub queue_mode: bool,
    /// Objects and instances.
    pub links: Vec<Link>,
    /// Where requests go: the address of the last Register or Update.
    pub peer: Peer,
    /// PSK identity of the session it came in.
    pub identity: Option<Vec<u8>>,
    /// When it registered.
    pub registered: Instant,
    /// Last Register or Update.
    pub refreshed: Instant,
    /// The Register message, with the whole payload when it came in blocks.
    pub message: Message,
}

impl Registration {
    /// When it ends unless it is updated.
    pub fn expires(&self) -> Instant {
        self.refreshed + Duration::from_secs(self.lifetime.into())
    }

    /// Location as a path, `/rd/1a2b`.
    pub fn location_path(&self) -> String {
        self.location
            .iter()
            .map(|segment| format!("/{segment}"))
            .collect()
    }
}

/// Every registration, oldest first, and the rules for taking new ones.
pub struct Table {
    registrations: Vec<Registration>,
    /// Location segments for new registrations; `{id}` stands for four fresh hexadecimal digits.
    pub location: Vec<String>,
    /// Endpoint names that must come under a certain PSK identity.
    pub bound: Vec<(String, Vec<u8>)>,
}

impl Default for Table {
    fn default() -> Table {
        Table {
            registrations: Vec::new(),
            location: vec!["rd".into(), "{id}".into()],
            bound: Vec::new(),
        }
    }
}

impl Table {
    /// All of them, oldest first.
    pub fn all(&self) -> &[Registration] {
        &self.registrations
    }

    /// The newest one.
    pub fn newest(&self) -> Option<&Registration> {
        self.registrations.last()
    }

    /// Forgets every client without telling it.
    pub fn forget(&mut self) {
        self.registrations.clear();
    }

    /// The registration at this location.
    pub fn at(&self, location: &[String]) -> Option<&Registration> {
        self.registrations
            .iter()
            .find(|known| known.location == location)
    }

    /// Takes a Register, replacing an older registration of the same endpoint. Refusals: 4.00 missing or unreadable
    /// parameter, 4.03 wrong identity for the endpoint, 4.12 unknown version, 4.15 payload that is no link format.
    pub fn register(
        &mut self,
        peer: Peer,
        identity: Option<Vec<u8>>,
        message: &Message,
        now: Instant,
    ) -> Result<&Registration, Code> {
        let endpoint = message
            .query("ep")
            .filter(|name| !name.is_empty())
            .ok_or(Code::BAD_REQUEST)?;
        let lifetime = message
            .query("lt")
            .map_or(Ok(DEFAULT_LIFETIME), |lt| lt.parse())
            .map_err(|_| Code::BAD_REQUEST)?;
        let version = message.query("lwm2m").unwrap_or_else(|| "1.0".into());
        if !["1.0", "1.1"].contains(&version.as_str()) {
            return Err(Code::PRECONDITION_FAILED);
        }
        if self
            .bound
            .iter()
            .any(|(name, wanted)| *name == endpoint && identity.as_ref() != Some(wanted))
        {
            return Err(Code::FORBIDDEN);
        }
        let links = links(message)?;
        self.registrations
            .retain(|known| known.endpoint != endpoint);
        let registration = Registration {
            endpoint,
            location: self.new_location(),
            lifetime,
            version,
            binding: message.query("b").unwrap_or_else(|| "U".into()),
            queue_mode: message.query("Q").is_some(),
            links,
            peer,
            identity,
            registered: now,
            refreshed: now,
            message: message.clone(),
        };
        self.registrations.push(registration);
        self.registrations.last().ok_or(Code::BAD_REQUEST)
    }

    /// Takes an Update. Refusals: 4.04 unknown location, 4.03 another identity, 4.00 unreadable parameter, 4.15.
    pub fn update(
        &mut self,
        peer: Peer,
        identity: Option<&[u8]>,
        message: &Message,
        now: Instant,
    ) -> Result<&Registration, Code> {
        let location = message.segments(option::URI_PATH);
        let known = self
            .registrations
            .iter_mut()
            .find(|known| known.location == location)
            .ok_or(Code::NOT_FOUND)?;
        if known.identity.as_deref() != identity {
            return Err(Code::FORBIDDEN);
        }
        let lifetime = message
            .query("lt")
            .map_or(Ok(known.lifetime), |lt| lt.parse())
            .map_err(|_| Code::BAD_REQUEST)?;
        if !message.payload.is_empty() {
            known.links = links(message)?;
        }
        known.lifetime = lifetime;
        known.binding = message.query("b").unwrap_or_else(|| known.binding.clone());
        known.peer = peer;
        known.refreshed = now;
        Ok(known)
    }

    /// A client resumed its session from another address, where its registration follows it; gives the address before.
    pub fn follow(&mut self, identity: &[u8], peer: Peer) -> Option<Peer> {
        let known = self.registrations.iter_mut().rev().find(|known| {
            known.peer.wire == peer.wire && known.identity.as_deref() == Some(identity)
        })?;
        Some(std::mem::replace(&mut known.peer, peer))
    }

    /// Takes a De-register; 4.04 when the location is unknown.
    pub fn deregister(&mut self, message: &Message) -> Result<Registration, Code> {
        let location = message.segments(option::URI_PATH);
        let index = self
            .registrations
            .iter()
            .position(|known| known.location == location)
            .ok_or(Code::NOT_FOUND)?;
        Ok(self.registrations.remove(index))
    }

    /// Removes and returns those whose lifetime is over.
    pub fn expire(&mut self, now: Instant) -> Vec<Registration> {
        let (kept, gone) = self
            .registrations
            .drain(..)
            .partition(|known| known.expires() > now);
        self.registrations = kept;
        gone
    }

    fn new_location(&self) -> Vec<String> {
        loop {
            let mut id = [0; 2];
            // Without random numbers the locations only become predictable.
            let _ = openssl::rand::rand_bytes(&mut id);
            let fill = |segment: &String| segment.replace("{id}", &crate::hex::encode(&id));
            let location: Vec<String> = self.location.iter().map(fill).collect();
            if location == self.location || self.at(&location).is_none() {
                return location;
            }
        }
    }
}

fn links(message: &Message) -> Result<Vec<Link>, Code> {
    if !message.payload.is_empty()
        && message.uint(option::CONTENT_FORMAT) != Some(format::LINK.into())
    {
        return Err(Code::UNSUPPORTED_FORMAT);
    }
    let text = std::str::from_utf8(&message.payload).map_err(|_| Code::BAD_REQUEST)?;
    link::parse(text).map_err(|_| Code::BAD_REQUEST)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::coap::Kind;

    fn register(query: &[&str], payload: &str) -> Message {
        let mut message = Message::new(Kind::Con, Code::POST, 1, &[1]).with_path("/rd");
        for item in query {
            message = message.with(option::URI_QUERY, item.as_bytes());
        }
        message.with_payload(format::LINK, payload.as_bytes())
    }

    fn peer() -> Peer {
        Peer {
            wire: 0,
            address: "127.0.0.1:9".parse().unwrap(),
        }
    }

    #[test]
    fn a_client_registers_updates_and_leaves() {
        let (mut table, now) = (Table::default(), Instant::now());
        let message = register(&["ep=a", "lt=30", "lwm2m=1.0", "b=UQ"], "</1/0>,</3/0>");
        let location = table
            .register(peer(), None, &message, now)
            .unwrap()
            .location_path();
        assert_eq!((location.len(), &location[..4]), (8, "/rd/"));
        assert_eq!(table.newest().unwrap().links.len(), 2);

        let update = Message::new(Kind::Con, Code::POST, 2, &[])
            .with_path(&location)
            .with(option::URI_QUERY, b"lt=60");
        assert_eq!(
            table.update(peer(), None, &update, now).unwrap().lifetime,
            60
        );
        assert_eq!(table.newest().unwrap().binding, "UQ");
        assert!(table.expire(now + Duration::from_secs(59)).is_empty());
        assert_eq!(table.expire(now + Duration::from_secs(60)).len(), 1);
        assert_eq!(
            table.update(peer(), None, &update, now).err(),
            Some(Code::NOT_FOUND)
        );
    }

    #[test]
    fn a_second_registration_replaces_the_first() {
        let (mut table, now) = (Table::default(), Instant::now());
        table.location = vec!["some".into(), "odd".into(), "place-{id}".into()];
        for _ in 0..2 {
            table
                .register(peer(), None, &register(&["ep=a"], ""), now)
                .unwrap();
        }
        assert_eq!(table.all().len(), 1);
        assert_eq!(table.newest().unwrap().lifetime, DEFAULT_LIFETIME);
        assert_eq!(table.newest().unwrap().location.len(), 3);
    }

    #[test]
    fn wrong_registrations_are_refused() {
        let (mut table, now) = (Table::default(), Instant::now());
        table.bound.push(("bound".into(), b"identity".to_vec()));
        for (query, payload, code) in [
            (&["lt=30"][..], "</1/0>", Code::BAD_REQUEST),
            (&["ep=a", "lt=x"], "</1/0>", Code::BAD_REQUEST),
            (&["ep=a", "lwm2m=7.0"], "</1/0>", Code::PRECONDITION_FAILED),
            (&["ep=a"], "</1/0>,", Code::BAD_REQUEST),
            (&["ep=bound"], "</1/0>", Code::FORBIDDEN),
        ] {
            assert_eq!(
                table
                    .register(peer(), None, &register(query, payload), now)
                    .err(),
                Some(code),
                "{query:?}"
            );
        }
        let mut text = register(&["ep=a"], "</1/0>");
        text.options
            .retain(|(number, _)| *number != option::CONTENT_FORMAT);
        assert_eq!(
            table.register(peer(), None, &text, now).err(),
            Some(Code::UNSUPPORTED_FORMAT)
        );
        assert!(
            table
                .register(
                    peer(),
                    Some(b"identity".to_vec()),
                    &register(&["ep=bound"], ""),
                    now
                )
                .is_ok()
        );
    }
}
