//! What the server does with each message and timer, under one lock: repeats confirmable messages,
//! recognises duplicates (RFC 7252 4), acknowledges notifications (RFC 7641) and hands responses to whoever waits.

use crate::answer::Answers;
use crate::bootstrap::Bootstrapping;
use crate::coap::{Code, Kind, Malformed, Message, option};
use crate::dtls::Session;
use crate::event::{Event, Notification, Operation};
use crate::path::Path;
use crate::registration::Table;
use crate::server::{NotificationAnswer, Peer, Role, Sink, Timing};
use crate::trace;
use crate::wire::{Arrival, Direction, Wire};
use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Events kept; when full, the older half is dropped.
const EVENTS: usize = 100_000;

pub(crate) struct Engine {
    pub wires: Vec<Arc<Wire>>,
    pub role: Role,
    pub table: Table,
    /// Clients that were promised a bootstrap, oldest first.
    pub bootstrapping: Vec<Bootstrapping>,
    pub answers: Answers,
    pub timing: Timing,
    pub trace: Option<Sink>,
    pub events: Vec<Logged>,
    pub waiting: HashMap<Vec<u8>, Waiting>,
    pub observations: Vec<Observation>,
    pub notification_answer: NotificationAnswer,
    /// Block size asked for in answers to Register and Update payloads in blocks.
    pub block1_size: Option<usize>,
    exchanges: HashMap<(Peer, u16), Exchange>,
    pub seen: HashMap<(Peer, u16), (Instant, Vec<Message>)>,
    pub uploads: HashMap<Peer, Vec<u8>>,
    pub delayed: Vec<(Instant, Peer, Operation, Message)>,
    pub sessions: HashMap<Peer, Session>,
    next_message_id: u16,
}

/// An event, when it happened, and whether a wait has consumed it.
pub(crate) struct Logged {
    pub at: Instant,
    pub event: Event,
    pub taken: bool,
}

/// A request whose answer is awaited.
pub(crate) struct Waiting {
    pub peer: Peer,
    pub path: Path,
    /// A cancellation: messages with an Observe option are late notifications, not its answer.
    pub cancels: bool,
    pub answers: Vec<Message>,
    pub reset: bool,
}

/// An observation the server believes in.
#[derive(Clone)]
pub(crate) struct Observation {
    pub peer: Peer,
    pub path: Path,
    pub token: Vec<u8>,
    /// The next notification gets a reset.
    pub reset_next: bool,
}

/// A confirmable message that is repeated until acknowledged.
struct Exchange {
    token: Vec<u8>,
    message: Message,
    due: Instant,
    wait: Duration,
    left: u32,
}

impl Engine {
    pub fn new(wires: Vec<Arc<Wire>>, role: Role, trace: Option<Sink>) -> Engine {
        let mut id = [0; 2];
        // A fixed first message id would do as well.
        let _ = openssl::rand::rand_bytes(&mut id);
        Engine {
            wires,
            role,
            table: Table::default(),
            bootstrapping: Vec::new(),
            answers: Answers::default(),
            timing: Timing::default(),
            trace,
            events: Vec::new(),
            waiting: HashMap::new(),
            observations: Vec::new(),
            notification_answer: NotificationAnswer::Acknowledge,
            block1_size: None,
            exchanges: HashMap::new(),
            seen: HashMap::new(),
            uploads: HashMap::new(),
            delayed: Vec::new(),
            sessions: HashMap::new(),
            next_message_id: u16::from_be_bytes(id),
        }
    }

    pub fn message_id(&mut self) -> u16 {
        self.next_message_id = self.next_message_id.wrapping_add(1);
        self.next_message_id
    }

    /// The client to which requests go: the newest that registered, or that asked to be bootstrapped.
    pub fn client(&self) -> Option<Peer> {
        match self.role {
            Role::Management => self.table.newest().map(|client| client.peer),
            Role::Bootstrap => self.bootstrapping.last().map(|client| client.peer),
        }
    }

    /// Sends, traces, and repeats a confirmable message until it is acknowledged.
    pub fn send(&mut self, peer: Peer, message: &Message, now: Instant) -> bool {
        let about = self.about(&message.token);
        self.say(&trace::line(
            Direction::Sent,
            &self.name(peer),
            message,
            about.as_ref(),
        ));
        if self.wires[peer.wire]
            .send(peer.address, &message.encode())
            .is_err()
        {
            return false;
        }
        if message.kind == Kind::Con {
            let wait = self.timing.first_wait;
            let exchange = Exchange {
                token: message.token.clone(),
                message: message.clone(),
                due: now + wait,
                wait,
                left: self.timing.retransmissions,
            };
            self.exchanges.insert((peer, message.message_id), exchange);
        }
        true
    }

    /// Ends the repetition of a request nobody waits for any more.
    pub fn abandon(&mut self, token: &[u8]) {
        self.exchanges.retain(|_, exchange| exchange.token != token);
        self.waiting.remove(token);
    }

    pub fn log(&mut self, event: Event, now: Instant) {
        if self.events.len() >= EVENTS {
            self.events.drain(..EVENTS / 2);
        }
        self.events.push(Logged {
            at: now,
            event,
            taken: false,
        });
    }

    pub fn say(&self, line: &str) {
        if let Some(trace) = &self.trace {
            trace(line);
        }
    }

    pub fn arrived(&mut self, wire: usize, arrival: Arrival, now: Instant) {
        let peer = |address| Peer { wire, address };
        match arrival {
            Arrival::Message(address, bytes) => self.message(peer(address), &bytes, now),
            Arrival::Established(address, session) => {
                let peer = peer(address);
                let how = if session.resumed {
                    "resumed"
                } else {
                    "established"
                };
                let identity = String::from_utf8_lossy(&session.identity).into_owned();
                self.say(&format!(
                    "== {address} DTLS session {how}: {identity}, {}",
                    session.cipher
                ));
                // Message ids begin anew with a session (RFC 7252 9.1).
                self.seen.retain(|(known, _), _| *known != peer);
                self.exchanges.retain(|(known, _), _| *known != peer);
                // A sleeping client wakes up behind another port and may begin with a notification.
                if session.resumed
                    && let Some(before) = self.table.follow(&session.identity, peer)
                {
                    let all = self.observations.iter_mut();
                    all.filter(|known| known.peer == before)
                        .for_each(|known| known.peer = peer);
                }
                self.sessions.insert(peer, session.clone());
                self.log(Event::Connected(peer, session), now);
            }
            Arrival::Failed(address, why) => {
                self.say(&format!("== {address} DTLS handshake failed: {why}"));
                self.log(Event::NotConnected(peer(address), why), now);
            }
            Arrival::Closed(address) => {
                self.say(&format!("== {address} DTLS session closed"));
                self.sessions.remove(&peer(address));
                self.log(Event::Disconnected(peer(address)), now);
            }
        }
    }

    /// Repeats what is due on a wire, answers what was put off, ends old registrations.
    pub fn timers(&mut self, wire: usize, now: Instant) {
        let window = self.timing.duplicate_window;
        self.seen
            .retain(|_, (at, _)| now.duration_since(*at) < window);
        for registration in self.table.expire(now) {
            self.say(&format!("== {} lifetime over", registration.endpoint));
            self.observations
                .retain(|known| known.peer != registration.peer);
            self.log(Event::Expired(registration), now);
        }
        let due =
            |&(at, peer, ..): &(Instant, Peer, Operation, Message)| peer.wire == wire && at <= now;
        let (ready, later) = self.delayed.drain(..).partition(due);
        self.delayed = later;
        for (_, peer, operation, request) in ready {
            let mut answer = self.perform(operation, peer, &request, now);
            (answer.kind, answer.message_id) = (Kind::Con, self.message_id());
            self.send(peer, &answer, now);
        }
        let due = |(key, exchange): (&(Peer, u16), &Exchange)| {
            (key.0.wire == wire && exchange.due <= now).then_some(*key)
        };
        let due: Vec<(Peer, u16)> = self.exchanges.iter().filter_map(due).collect();
        for key in due {
            let Some(mut exchange) = self.exchanges.remove(&key) else {
                continue;
            };
            if exchange.left == 0 {
                continue;
            }
            exchange.left -= 1;
            exchange.wait *= 2;
            exchange.due = now + exchange.wait;
            self.say(&format!(
                "-> {} CON mid={:04x} again",
                self.name(key.0),
                key.1
            ));
            // A peer without a session shows in the missing answer.
            let _ = self.wires[wire].send(key.0.address, &exchange.message.encode());
            self.exchanges.insert(key, exchange);
        }
    }

    fn message(&mut self, peer: Peer, bytes: &[u8], now: Instant) {
        let message = match Message::parse(bytes) {
            Ok(message) => message,
            Err(Malformed(why)) => {
                self.say(&format!(
                    "<- {} malformed ({why}): {}",
                    self.name(peer),
                    crate::hex::encode(bytes)
                ));
                return self.log(Event::Malformed(peer, bytes.to_vec(), why), now);
            }
        };
        let about = self.about(&message.token);
        self.say(&trace::line(
            Direction::Received,
            &self.name(peer),
            &message,
            about.as_ref(),
        ));
        match message.kind {
            Kind::Ack | Kind::Rst => self.acknowledged(peer, message, now),
            Kind::Con | Kind::Non => {
                if let Some((_, answers)) = self.seen.get(&(peer, message.message_id)) {
                    for answer in answers.clone() {
                        self.send_once(peer, &answer);
                    }
                    return self.log(Event::Duplicate(peer, message), now);
                }
                if message.code == Code::EMPTY {
                    let reset = Message::new(Kind::Rst, Code::EMPTY, message.message_id, &[]);
                    self.send_once(peer, &reset);
                } else if message.code.is_request() {
                    self.request(peer, message, now);
                } else {
                    self.response(peer, message, now);
                }
            }
        }
    }

    fn acknowledged(&mut self, peer: Peer, message: Message, now: Instant) {
        let Some(exchange) = self.exchanges.remove(&(peer, message.message_id)) else {
            return self.log(Event::Unmatched(peer, message), now);
        };
        match (message.kind, self.waiting.get_mut(&exchange.token)) {
            (Kind::Rst, Some(waiting)) => waiting.reset = true,
            (Kind::Ack, Some(waiting)) if message.code != Code::EMPTY => {
                if message.token == exchange.token {
                    waiting.answers.push(message);
                } else {
                    self.log(Event::Unmatched(peer, message), now);
                }
            }
            _ => {}
        }
    }

    fn response(&mut self, peer: Peer, message: Message, now: Instant) {
        let id = message.message_id;
        let notifies = message.value(option::OBSERVE).is_some();
        let observation = self
            .observations
            .iter()
            .position(|o| o.peer == peer && o.token == message.token);
        let mut answer = Message::new(Kind::Ack, Code::EMPTY, id, &[]);
        let mut answered = message.kind == Kind::Con;
        if let Some(waiting) = self
            .waiting
            .get_mut(&message.token)
            .filter(|w| w.peer == peer && w.answers.is_empty() && !(w.cancels && notifies))
        {
            waiting.answers.push(message.clone());
            let token = message.token.clone();
            self.exchanges.retain(|_, exchange| exchange.token != token);
        } else if let Some(index) = observation {
            let Observation {
                path,
                token,
                reset_next,
                ..
            } = self.observations[index].clone();
            if reset_next || self.notification_answer == NotificationAnswer::Reset {
                (answer.kind, answered) = (Kind::Rst, true);
                self.observations.remove(index);
            } else if self.notification_answer == NotificationAnswer::Ignore {
                answered = false;
            }
            if !notifies && answer.kind == Kind::Ack {
                self.observations.remove(index);
            }
            self.log(
                Event::Notified(Notification {
                    peer,
                    at: now,
                    path,
                    token,
                    message,
                }),
                now,
            );
        } else {
            (answer.kind, answered) = (Kind::Rst, true);
            self.log(Event::Stray(peer, message), now);
        }
        let answers = if answered { vec![answer] } else { Vec::new() };
        for answer in &answers {
            self.send_once(peer, answer);
        }
        self.seen.insert((peer, id), (now, answers));
    }

    pub fn send_once(&mut self, peer: Peer, message: &Message) {
        let about = self.about(&message.token);
        self.say(&trace::line(
            Direction::Sent,
            &self.name(peer),
            message,
            about.as_ref(),
        ));
        // A client that is gone meanwhile simply does not get it.
        let _ = self.wires[peer.wire].send(peer.address, &message.encode());
    }

    fn about(&self, token: &[u8]) -> Option<Path> {
        let observed = || {
            self.observations
                .iter()
                .find(|known| known.token == token)
                .map(|known| known.path.clone())
        };
        self.waiting
            .get(token)
            .map(|waiting| waiting.path.clone())
            .or_else(observed)
    }

    fn name(&self, peer: Peer) -> String {
        let registered = self.table.all().iter().rev();
        let bootstrapping = self.bootstrapping.iter().rev();
        registered
            .map(|known| (known.peer, &known.endpoint))
            .chain(bootstrapping.map(|known| (known.peer, &known.endpoint)))
            .find(|(known, _)| *known == peer)
            .map_or_else(|| peer.address.to_string(), |(_, name)| name.clone())
    }
}
