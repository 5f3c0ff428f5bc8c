//! Requests to a client: sending, waiting, blocks in both directions (RFC 7959), starting and ending observations.

use crate::coap::{Block, Code, Kind, Message, option};
use crate::engine::{Observation, Waiting};
use crate::event::Notification;
use crate::path::Path;
use crate::request::{Content, Failure, Reply, Request, content};
use crate::server::{Peer, Server};
use std::time::Instant;

impl Server {
    /// Sends a request to the newest client (registered, or bootstrapping at a bootstrap server) and waits for the answer.
    pub fn send(&self, request: Request) -> Result<Reply, Failure> {
        let peer = self.engine().client().ok_or(Failure::NoClient)?;
        self.send_to(peer, request)
    }

    /// Sends a request to any address and waits for the answer. Payloads go in blocks when `block1` is set; answers in
    /// blocks are fetched to their end. A request with `observe` 0 and a good answer that has an Observe option starts
    /// an observation.
    pub fn send_to(&self, peer: Peer, request: Request) -> Result<Reply, Failure> {
        let start = Instant::now();
        let token = request.token.clone().unwrap_or_else(fresh_token);
        let path = request.path.parse::<Path>().unwrap_or_default();
        let mut earlier = Vec::new();
        let mut answer = match request.block1 {
            Some(size) => self.upload(peer, &request, &token, size, &mut earlier)?,
            None => {
                let mut message = request.head(self.id(request.message_id), &token);
                if let Some(size) = request.block2 {
                    message = message.with_uint(option::BLOCK2, Block::exponent_of(size).into());
                }
                message.payload = request.payload.clone();
                self.exchange(peer, &request, message)?
            }
        };
        let payload = self.fetch_rest(peer, &request, &mut answer, &mut earlier)?;
        Ok(Reply {
            path,
            message: answer,
            earlier,
            payload,
            token,
            took: start.elapsed(),
        })
    }

    /// Content of a notification; when more blocks follow, they are fetched first.
    pub fn complete(&self, notification: &Notification) -> Result<Content, Failure> {
        let request = Request {
            accept: notification
                .message
                .uint(option::CONTENT_FORMAT)
                .map(|format| format as u16),
            ..Request::read(&notification.path.to_string())
        };
        let mut last = notification.message.clone();
        let payload = self.fetch_rest(notification.peer, &request, &mut last, &mut Vec::new())?;
        Ok(content(&notification.path, &notification.message, &payload))
    }

    /// Ends the observation of a path by Observe 1 with its token.
    pub fn cancel(&self, path: &str) -> Result<Reply, Failure> {
        let (observation, peer) = self.observation(path)?;
        let request = Request {
            observe: Some(1),
            token: Some(observation.token.clone()),
            ..Request::read(path)
        };
        let reply = self.send_to(peer, request)?;
        self.engine()
            .observations
            .retain(|known| known.token != observation.token);
        Ok(reply)
    }

    /// Ends the observation of a path by answering its next notification with a reset.
    pub fn cancel_by_reset(&self, path: &str) -> Result<(), Failure> {
        let (observation, _) = self.observation(path)?;
        let mut engine = self.engine();
        let known = engine
            .observations
            .iter_mut()
            .find(|known| known.token == observation.token);
        known.ok_or(Failure::NoObservation)?.reset_next = true;
        Ok(())
    }

    /// Paths under observation, oldest first.
    pub fn observed(&self) -> Vec<Path> {
        self.engine()
            .observations
            .iter()
            .map(|known| known.path.clone())
            .collect()
    }

    /// The payload of an answer to its end; `answer` becomes the last message.
    fn fetch_rest(
        &self,
        peer: Peer,
        request: &Request,
        answer: &mut Message,
        earlier: &mut Vec<Message>,
    ) -> Result<Vec<u8>, Failure> {
        let mut payload = answer.payload.clone();
        while let Some(block) = answer.block(option::BLOCK2).filter(|block| block.more) {
            if !payload.len().is_multiple_of(block.size()) {
                return Err(Failure::BadBlock);
            }
            let next = Block {
                number: (payload.len() / block.size()) as u32,
                more: false,
                ..block
            };
            let plain = Request {
                observe: None,
                payload: Vec::new(),
                ..request.clone()
            };
            let message = plain
                .head(self.id(None), &fresh_token())
                .with_uint(option::BLOCK2, next.to_uint());
            earlier.push(std::mem::replace(
                answer,
                self.exchange(peer, &plain, message)?,
            ));
            let got = answer.block(option::BLOCK2);
            if got.is_none_or(|got| got.number as usize * got.size() != payload.len()) {
                return if answer.code.is_success() {
                    Err(Failure::BadBlock)
                } else {
                    break;
                };
            }
            payload.extend_from_slice(&answer.payload);
        }
        Ok(payload)
    }

    fn upload(
        &self,
        peer: Peer,
        request: &Request,
        token: &[u8],
        size: usize,
        earlier: &mut Vec<Message>,
    ) -> Result<Message, Failure> {
        let mut exponent = Block::exponent_of(size);
        let (mut sent, mut first_id) = (0, request.message_id);
        loop {
            let size = 16 << exponent;
            let end = (sent + size).min(request.payload.len());
            let more = end < request.payload.len();
            let block = Block {
                number: (sent / size) as u32,
                more,
                exponent,
            };
            let mut message = request
                .head(self.id(first_id.take()), token)
                .with_uint(option::BLOCK1, block.to_uint());
            if block.number == 0 {
                message = message.with_uint(option::SIZE1, request.payload.len() as u32);
            }
            message.payload = request.payload[sent..end].to_vec();
            let answer = self.exchange(peer, request, message)?;
            if !more || answer.code != Code::CONTINUE {
                return Ok(answer);
            }
            // A smaller size in the answer counts from here on; the block just sent was taken whole.
            exponent = answer
                .block(option::BLOCK1)
                .map_or(exponent, |echo| echo.exponent.min(exponent));
            earlier.push(answer);
            sent = end;
        }
    }

    /// One message and its answer.
    fn exchange(
        &self,
        peer: Peer,
        request: &Request,
        message: Message,
    ) -> Result<Message, Failure> {
        let token = message.token.clone();
        let path = request.path.parse::<Path>().unwrap_or_default();
        let starts = message.uint(option::OBSERVE) == Some(0);
        {
            let mut engine = self.engine();
            let cancels = message.uint(option::OBSERVE) == Some(1);
            let waiting = Waiting {
                peer,
                path: path.clone(),
                cancels,
                answers: Vec::new(),
                reset: false,
            };
            engine.waiting.insert(token.clone(), waiting);
            if starts {
                let observation = Observation {
                    peer,
                    path,
                    token: token.clone(),
                    reset_next: false,
                };
                engine
                    .observations
                    .retain(|known| known.peer != peer || known.token != token);
                engine.observations.push(observation);
            }
            if !engine.send(peer, &message, Instant::now()) {
                engine.abandon(&token);
                engine
                    .observations
                    .retain(|known| !starts || known.token != token);
                return Err(Failure::NotConnected);
            }
        }
        let answer = self.wait(request.timeout, |engine| {
            let waiting = engine.waiting.get_mut(&token)?;
            let Some(answer) = waiting.answers.pop() else {
                return waiting.reset.then_some(Err(Failure::Reset));
            };
            // At once: what comes next with this token is no answer but a notification.
            engine.abandon(&token);
            Some(Ok(answer))
        });
        let answer = answer.unwrap_or(Err(Failure::Timeout));
        let mut engine = self.engine();
        engine.abandon(&token);
        let observes =
            |answer: &Message| answer.code.is_success() && answer.value(option::OBSERVE).is_some();
        if starts && !answer.as_ref().is_ok_and(observes) {
            engine.observations.retain(|known| known.token != token);
        }
        answer
    }

    fn observation(&self, path: &str) -> Result<(Observation, Peer), Failure> {
        let path = path.parse::<Path>().map_err(|_| Failure::NoObservation)?;
        let engine = self.engine();
        let newest = engine
            .observations
            .iter()
            .rev()
            .find(|known| known.path == path);
        newest
            .map(|known| (known.clone(), known.peer))
            .ok_or(Failure::NoObservation)
    }

    fn id(&self, wanted: Option<u16>) -> u16 {
        wanted.unwrap_or_else(|| self.engine().message_id())
    }
}

impl Request {
    /// The bytes of a request as it would be sent whole, for tests that want to spoil them.
    pub fn encode(&self, message_id: u16, token: &[u8]) -> Vec<u8> {
        let mut message = self.head(message_id, token);
        message.kind = if self.confirmable {
            Kind::Con
        } else {
            Kind::Non
        };
        message.payload = self.payload.clone();
        message.encode()
    }
}

fn fresh_token() -> Vec<u8> {
    let mut token = vec![0; 4];
    openssl::rand::rand_bytes(&mut token).expect("the system has random numbers");
    token
}
