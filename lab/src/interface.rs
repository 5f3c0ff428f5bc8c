//! Serves the registration interface (OMA LwM2M 1.0 TS 5.3) and the Bootstrap-Request (5.2.7.1), rightly or as planned, with
//! payloads in blocks (RFC 7959).

use crate::answer::Answer;
use crate::bootstrap::Bootstrapping;
use crate::coap::{Block, Code, Kind, Message, option};
use crate::engine::Engine;
use crate::event::{Event, Operation};
use crate::server::{Peer, Role};
use std::time::Instant;

impl Engine {
    pub fn request(&mut self, peer: Peer, mut message: Message, now: Instant) {
        let path = message.segments(option::URI_PATH);
        let elsewhere = ["bs", "dp"].iter().any(|name| path == [*name]);
        let operation = match message.code {
            Code::POST
                if self.role == Role::Bootstrap && path.last().is_some_and(|s| s == "bs") =>
            {
                Operation::Bootstrap
            }
            Code::POST | Code::DELETE if self.role == Role::Bootstrap => {
                return self.unknown(peer, &message, now);
            }
            Code::POST if path == ["rd"] => Operation::Register,
            Code::POST if !elsewhere => Operation::Update,
            Code::DELETE => Operation::Deregister,
            _ => return self.unknown(peer, &message, now),
        };
        if let Some(block) = message.block(option::BLOCK1) {
            match self.upload(peer, &message, block) {
                Ok(None) => {
                    let answer = Message::new(Kind::Ack, Code::CONTINUE, 0, &message.token);
                    let answer = answer.with_uint(option::BLOCK1, self.echo(block).to_uint());
                    return self.respond(peer, &message, answer, 1, now);
                }
                Ok(Some(whole)) => message.payload = whole,
                Err(code) => {
                    let answer = Message::new(Kind::Ack, code, 0, &message.token);
                    return self.respond(peer, &message, answer, 1, now);
                }
            }
        }
        self.log(Event::Attempt(operation, peer, message.clone()), now);
        match self.answers.next(operation) {
            Answer::Normal => {
                let answer = self.perform(operation, peer, &message, now);
                self.respond(peer, &message, answer, 1, now);
            }
            Answer::Twice => {
                let answer = self.perform(operation, peer, &message, now);
                self.respond(peer, &message, answer, 2, now);
            }
            Answer::Code(code, max_age) => {
                let mut answer = Message::new(Kind::Ack, code, 0, &message.token);
                if let Some(seconds) = max_age {
                    answer = answer.with_uint(option::MAX_AGE, seconds);
                }
                self.respond(peer, &message, answer, 1, now);
            }
            Answer::Silence => {}
            Answer::Separate(delay) => {
                let acknowledgement = Message::new(Kind::Ack, Code::EMPTY, message.message_id, &[]);
                self.send_once(peer, &acknowledgement);
                self.seen
                    .insert((peer, message.message_id), (now, vec![acknowledgement]));
                self.delayed.push((now + delay, peer, operation, message));
            }
            Answer::WrongToken => {
                let token: Vec<u8> = message
                    .token
                    .iter()
                    .map(|byte| !byte)
                    .chain([0])
                    .take(8)
                    .collect();
                let code = if operation == Operation::Register {
                    Code::CREATED
                } else {
                    Code::CHANGED
                };
                let mut answer = Message::new(Kind::Ack, code, message.message_id, &token);
                if operation == Operation::Register {
                    answer = answer
                        .with(option::LOCATION_PATH, b"rd")
                        .with(option::LOCATION_PATH, b"none");
                }
                self.send_once(peer, &answer);
            }
        }
    }

    fn unknown(&mut self, peer: Peer, message: &Message, now: Instant) {
        self.log(Event::Requested(peer, message.clone()), now);
        let answer = Message::new(Kind::Ack, Code::NOT_FOUND, 0, &message.token);
        self.respond(peer, message, answer, 1, now);
    }

    /// Serves a request; the answer still lacks its type and message id.
    pub fn perform(
        &mut self,
        operation: Operation,
        peer: Peer,
        request: &Message,
        now: Instant,
    ) -> Message {
        let identity = self
            .sessions
            .get(&peer)
            .map(|session| session.identity.clone());
        let mut answer = Message::new(Kind::Ack, Code::CHANGED, 0, &request.token);
        if let Some(block) = request.block(option::BLOCK1) {
            answer = answer.with_uint(option::BLOCK1, self.echo(block).to_uint());
        }
        let event = match operation {
            Operation::Bootstrap => {
                let bound = &self.table.bound;
                Bootstrapping::take(bound, peer, identity, request, now).map(|client| {
                    self.bootstrapping
                        .retain(|known| known.endpoint != client.endpoint);
                    self.bootstrapping.push(client.clone());
                    Event::Bootstrapping(client)
                })
            }
            Operation::Register => self
                .table
                .register(peer, identity, request, now)
                .cloned()
                .map(|registration| {
                    answer.code = Code::CREATED;
                    let location = registration.location.iter();
                    answer.options.extend(
                        location
                            .map(|segment| (option::LOCATION_PATH, segment.clone().into_bytes())),
                    );
                    self.observations.retain(|known| known.peer != peer);
                    Event::Registered(registration)
                }),
            Operation::Update => {
                let updated = self
                    .table
                    .update(peer, identity.as_deref(), request, now)
                    .cloned();
                updated.map(|registration| Event::Updated(registration, request.clone()))
            }
            Operation::Deregister => self.table.deregister(request).map(|registration| {
                answer.code = Code::DELETED;
                self.observations.retain(|known| known.peer != peer);
                Event::Deregistered(registration)
            }),
        };
        match event {
            Ok(event) => self.log(event, now),
            Err(code) => answer.code = code,
        }
        answer
    }

    /// Adds a block to what a client is sending. `None` while more is to come.
    fn upload(
        &mut self,
        peer: Peer,
        message: &Message,
        block: Block,
    ) -> Result<Option<Vec<u8>>, Code> {
        let so_far = self.uploads.entry(peer).or_default();
        if block.number == 0 {
            so_far.clear();
        }
        let fits = block.number as usize * block.size() == so_far.len();
        if !fits || (block.more && message.payload.len() != block.size()) {
            self.uploads.remove(&peer);
            return Err(if fits {
                Code::BAD_REQUEST
            } else {
                Code::INCOMPLETE
            });
        }
        so_far.extend_from_slice(&message.payload);
        Ok(if block.more {
            None
        } else {
            self.uploads.remove(&peer)
        })
    }

    /// The block as acknowledged, with the size wanted from the client when it is smaller.
    fn echo(&self, block: Block) -> Block {
        let wanted = self.block1_size.map_or(block.exponent, Block::exponent_of);
        Block {
            exponent: block.exponent.min(wanted),
            ..block
        }
    }

    fn respond(
        &mut self,
        peer: Peer,
        request: &Message,
        mut answer: Message,
        copies: usize,
        now: Instant,
    ) {
        match request.kind {
            Kind::Con => answer.message_id = request.message_id,
            _ => (answer.kind, answer.message_id) = (Kind::Non, self.message_id()),
        }
        for _ in 0..copies {
            self.send_once(peer, &answer);
        }
        self.seen
            .insert((peer, request.message_id), (now, vec![answer]));
    }
}
