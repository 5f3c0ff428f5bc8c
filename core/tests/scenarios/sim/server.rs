//! A LwM2M server: registration interface, one outstanding request, observations. Reliable as RFC 7252 demands, and told
//! by the test when to behave otherwise.

use std::collections::{HashMap, VecDeque};

use super::bootstrap::Recipe;
use super::coap::*;

/// How the server treats the next message on its registration interface.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reaction {
    /// The usual answer in the acknowledgement.
    Normal,
    /// Acknowledged at once, answered after so many ms in a message of its own.
    Separate(u64),
    /// No reaction at all, retransmissions included.
    Silent,
    /// This code, such as 403, with Max-Age.
    Refuse(u16, Option<u32>),
    /// 2.01 without a location.
    NoLocation,
    /// RST.
    Reset,
}

/// What a client registered.
#[derive(Clone, Debug)]
pub struct Registration {
    pub location: Vec<String>,
    pub query: Vec<String>,
    pub objects: String,
    pub lifetime: u64,
    pub expires: u64,
}

/// A message on the registration interface.
#[derive(Clone, Debug)]
pub struct Contact {
    pub at: u64,
    pub message: Message,
}

/// A notification.
#[derive(Clone, Debug)]
pub struct Notification {
    pub at: u64,
    pub message: Message,
}

/// A confirmable message of the server on its way.
struct Confirmable {
    id: u16,
    bytes: Vec<u8>,
    sent: u32,
    due: u64,
}

/// The request the test waits for.
struct Pending {
    id: u16,
    token: Vec<u8>,
    response: Option<Message>,
    failed: bool,
}

#[derive(Default)]
pub struct Server {
    pub reactions: VecDeque<Reaction>,
    /// Neither hears nor answers.
    pub is_dead: bool,
    /// The identity and key it accepts over DTLS.
    pub key: (Vec<u8>, Vec<u8>),
    /// What it accepts as well.
    pub next_key: (Vec<u8>, Vec<u8>),
    /// What it does with a client that asks for a bootstrap.
    pub recipe: Recipe,
    /// Bootstrap-Requests.
    pub bootstraps: Vec<Contact>,
    /// Largest block accepted in a Register.
    pub block_size: Option<usize>,
    pub registration: Option<Registration>,
    pub registers: Vec<Contact>,
    pub updates: Vec<Contact>,
    pub deregisters: Vec<Contact>,
    pub notifications: Vec<Notification>,
    /// Tokens whose notifications are rejected.
    pub unwanted: Vec<Vec<u8>>,
    /// Ids of own messages that the client rejected.
    pub rejected: Vec<u16>,
    /// Every datagram from the client.
    pub heard: Vec<(u64, Message)>,
    answered: HashMap<(u32, u16), Option<Vec<u8>>>,
    seen: HashMap<(u32, u16), u64>,
    body: Vec<u8>,
    confirmables: Vec<Confirmable>,
    later: Vec<(u64, u32, Message)>,
    late: Vec<(u64, u32, Vec<u8>)>,
    pending: Option<Pending>,
    socket: u32,
    next_id: u16,
    next_token: u32,
    registrations: u32,
    out: Vec<(u32, Vec<u8>)>,
}

impl Server {
    /// Registers, each counted once however many blocks its object list takes.
    pub fn registrations(&self) -> usize {
        let first = |contact: &&Contact| {
            let block = contact.message.block(BLOCK1);
            block.is_none_or(|block| block.number == 0)
        };
        self.registers.iter().filter(first).count()
    }

    /// A server that accepts this identity and key over DTLS.
    pub fn with_key(identity: &[u8], psk: &[u8]) -> Server {
        Server {
            key: (identity.to_vec(), psk.to_vec()),
            ..Server::default()
        }
    }

    /// Datagrams to be sent, with the client's socket.
    pub fn take_out(&mut self) -> Vec<(u32, Vec<u8>)> {
        std::mem::take(&mut self.out)
    }

    pub fn new_id(&mut self) -> u16 {
        self.next_id = self.next_id.wrapping_add(1);
        self.next_id
    }

    pub fn new_token(&mut self) -> Vec<u8> {
        self.next_token += 1;
        (0xC0DE_0000 + self.next_token).to_be_bytes().to_vec()
    }

    /// The server forgets the client, as after a restart.
    pub fn forget(&mut self) {
        self.registration = None;
    }

    /// Sends a datagram of the test's making.
    pub fn send_raw(&mut self, bytes: &[u8]) {
        self.out.push((self.socket, bytes.to_vec()));
    }

    /// Sends a confirmable request whose response the test awaits.
    pub fn begin(&mut self, now: u64, message: &Message) {
        assert!(self.pending.is_none(), "one request at a time");
        self.pending = Some(Pending {
            id: message.id,
            token: message.token.clone(),
            response: None,
            failed: false,
        });
        let bytes = message.encode();
        if message.kind == Kind::Con {
            self.confirm(now, message.id, bytes.clone());
        }
        self.out.push((self.socket, bytes));
    }

    /// The outcome of [`Server::begin`]: `Some(None)` when it failed.
    pub fn outcome(&mut self) -> Option<Option<Message>> {
        let pending = self.pending.as_mut()?;
        if pending.response.is_none() && !pending.failed {
            return None;
        }
        self.pending.take().map(|pending| pending.response)
    }

    /// Whether the outstanding request is still unanswered.
    pub fn is_pending(&self) -> bool {
        let pending = self.pending.as_ref();
        pending.is_some_and(|own| own.response.is_none() && !own.failed)
    }

    /// Gives up on the outstanding request.
    pub fn abandon(&mut self) {
        if let Some(pending) = self.pending.take() {
            self.confirmables.retain(|own| own.id != pending.id);
        }
    }

    pub fn next_timer(&self) -> Option<u64> {
        let resend = self.confirmables.iter().map(|own| own.due).min();
        let later = self.later.iter().map(|(at, ..)| *at).min();
        let late = self.late.iter().map(|(at, ..)| *at).min();
        let all = [resend, later, late, self.recipe_timer()];
        all.into_iter().flatten().min()
    }

    pub fn tick(&mut self, now: u64) {
        while let Some(index) = self.later.iter().position(|(at, ..)| *at <= now) {
            let (_, socket, message) = self.later.remove(index);
            let bytes = message.encode();
            self.confirm(now, message.id, bytes.clone());
            self.out.push((socket, bytes));
        }
        while let Some(index) = self.late.iter().position(|(at, ..)| *at <= now) {
            let (_, socket, bytes) = self.late.remove(index);
            self.out.push((socket, bytes));
        }
        self.advance_recipe(now);
        let mut given_up = Vec::new();
        for own in &mut self.confirmables {
            if own.due > now {
                continue;
            }
            if own.sent > 4 {
                given_up.push(own.id);
                continue;
            }
            own.due = now + (2_500 << own.sent);
            own.sent += 1;
            self.out.push((self.socket, own.bytes.clone()));
        }
        self.confirmables.retain(|own| !given_up.contains(&own.id));
        if let Some(pending) = &mut self.pending {
            pending.failed |= given_up.contains(&pending.id);
        }
        if self
            .registration
            .as_ref()
            .is_some_and(|registration| now >= registration.expires)
        {
            self.registration = None;
        }
    }

    pub fn receive(&mut self, now: u64, socket: u32, bytes: &[u8]) {
        let message = Message::decode(bytes);
        self.socket = socket;
        self.heard.push((now, message.clone()));
        match message.kind {
            Kind::Ack | Kind::Rst => self.settled(message),
            _ if message.is_request() => self.request(now, socket, message),
            _ => self.response(now, socket, message),
        }
    }

    fn settled(&mut self, message: Message) {
        self.confirmables.retain(|own| own.id != message.id);
        if message.kind == Kind::Rst {
            self.rejected.push(message.id);
        }
        let Some(pending) = self.pending.as_mut().filter(|own| own.id == message.id) else {
            return;
        };
        if message.kind == Kind::Rst {
            pending.failed = true;
        } else if message.code != 0 {
            assert_eq!(message.token, pending.token);
            pending.response = Some(message);
        }
    }

    /// A response in a message of its own: to the outstanding request, or a notification.
    fn response(&mut self, now: u64, socket: u32, message: Message) {
        let mut reply = Kind::Ack;
        let is_new = self
            .seen
            .insert((socket, message.id), now)
            .is_none_or(|before| now - before > 247_000);
        let own = self.pending.as_mut();
        if let Some(pending) = own.filter(|own| own.token == message.token) {
            pending.response = Some(message.clone());
            let id = pending.id;
            self.confirmables.retain(|own| own.id != id);
        } else if self.unwanted.contains(&message.token) {
            reply = Kind::Rst;
        } else if is_new {
            self.notifications.push(Notification {
                at: now,
                message: message.clone(),
            });
        }
        if message.kind == Kind::Con || reply == Kind::Rst {
            let empty = Message::new(reply, 0, message.id, &[]);
            self.out.push((socket, empty.encode()));
        }
    }

    fn request(&mut self, now: u64, socket: u32, message: Message) {
        if let Some(answer) = self.answered.get(&(socket, message.id)) {
            self.out
                .extend(answer.iter().map(|bytes| (socket, bytes.clone())));
            return;
        }
        assert_eq!(message.kind, Kind::Con, "LwM2M requests are confirmable");
        let path = message.texts(URI_PATH);
        let bootstrap = path == ["bs"];
        assert!(bootstrap || path.first().is_some_and(|first| first == "rd"));
        let contact = Contact {
            at: now,
            message: message.clone(),
        };
        match (message.code, path.len()) {
            (POST, 1) if bootstrap => self.bootstraps.push(contact),
            (POST, 1) => self.registers.push(contact),
            (POST, _) => self.updates.push(contact),
            (DELETE, _) => self.deregisters.push(contact),
            other => panic!("{other:?} is no message of the registration interface"),
        }
        let reaction = self.reactions.pop_front().unwrap_or(Reaction::Normal);
        let content = match reaction {
            Reaction::Silent => {
                self.answered.insert((socket, message.id), None);
                return;
            }
            Reaction::Reset => {
                let reset = Message::new(Kind::Rst, 0, message.id, &[]);
                self.answer(socket, message.id, reset);
                return;
            }
            Reaction::Refuse(refusal, max_age) => {
                let refusal = Message::new(Kind::Ack, code(refusal), message.id, &message.token);
                match max_age {
                    Some(seconds) => refusal.with_uint(MAX_AGE, seconds),
                    None => refusal,
                }
            }
            Reaction::NoLocation => Message::new(Kind::Ack, code(201), message.id, &message.token),
            _ if bootstrap => {
                self.begin_recipe(now);
                let reply = Message::new(Kind::Ack, code(204), message.id, &message.token);
                if self.recipe.eager {
                    self.late.push((now + 300, socket, reply.encode()));
                    self.answered.insert((socket, message.id), None);
                    return;
                }
                reply
            }
            _ => self.operate(now, &message, &path),
        };
        match reaction {
            Reaction::Separate(delay) => {
                let empty = Message::new(Kind::Ack, 0, message.id, &[]);
                self.answer(socket, message.id, empty);
                let id = self.new_id();
                self.later.push((
                    now + delay,
                    socket,
                    Message {
                        kind: Kind::Con,
                        id,
                        ..content
                    },
                ));
            }
            _ => self.answer(socket, message.id, content),
        }
    }

    fn answer(&mut self, socket: u32, id: u16, message: Message) {
        let bytes = message.encode();
        self.answered.insert((socket, id), Some(bytes.clone()));
        self.out.push((socket, bytes));
    }

    fn operate(&mut self, now: u64, message: &Message, path: &[String]) -> Message {
        let reply = |dotted: u16| Message::new(Kind::Ack, code(dotted), message.id, &message.token);
        if path.len() > 1 {
            let known = self
                .registration
                .as_mut()
                .filter(|own| own.location == path);
            let Some(registration) = known else {
                return reply(404);
            };
            if message.code == DELETE {
                self.registration = None;
                return reply(202);
            }
            for item in message.texts(URI_QUERY) {
                if let Some(lifetime) = item.strip_prefix("lt=") {
                    registration.lifetime = lifetime.parse().expect("a number");
                }
            }
            if !message.payload.is_empty() {
                registration.objects = message.text().to_owned();
            }
            registration.expires = now + registration.lifetime * 1_000;
            return reply(204);
        }
        let mut block = message.block(BLOCK1);
        if let Some(block) = &mut block {
            let position = block.number as usize * block.size;
            if block.number == 0 {
                self.body.clear();
            }
            assert!(!block.more || message.payload.len() == block.size);
            if position != self.body.len() {
                return reply(408);
            }
            match self.block_size.filter(|limit| *limit < block.size) {
                // Of a block that is too big only the first part is taken (RFC 7959 2.3 leaves the rest to be sent again).
                Some(limit) if block.number == 0 && block.more => {
                    block.size = limit;
                    self.body.extend_from_slice(&message.payload);
                }
                _ => self.body.extend_from_slice(&message.payload),
            }
            if block.more {
                return reply(231).with(BLOCK1, block.bytes());
            }
        } else if self
            .block_size
            .is_some_and(|limit| message.payload.len() > limit)
        {
            let smaller = Block {
                number: 0,
                more: false,
                size: self.block_size.unwrap_or(16),
            };
            return reply(413).with(BLOCK1, smaller.bytes());
        } else {
            self.body = message.payload.clone();
        }
        self.registrations += 1;
        let query = message.texts(URI_QUERY);
        let lifetime = query
            .iter()
            .find_map(|item| item.strip_prefix("lt="))
            .expect("lt")
            .parse()
            .expect("a number");
        let location = vec![
            "rd".to_owned(),
            format!("{:04x}", 0x1A2A + self.registrations),
        ];
        let mut answer = reply(201);
        for segment in &location {
            answer = answer.with(LOCATION_PATH, segment);
        }
        if let Some(block) = block {
            answer = answer.with(BLOCK1, block.bytes());
        }
        self.registration = Some(Registration {
            location,
            query,
            objects: String::from_utf8(std::mem::take(&mut self.body)).expect("link format"),
            lifetime,
            expires: now + lifetime * 1_000,
        });
        answer
    }

    fn confirm(&mut self, now: u64, id: u16, bytes: Vec<u8>) {
        self.confirmables.push(Confirmable {
            id,
            bytes,
            sent: 1,
            due: now + 2_500,
        });
    }
}
