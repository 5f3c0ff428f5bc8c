//! Carries out script commands against one or several servers and says what went wrong, in one sentence.

mod expect;
mod provision;

use crate::account::Instance;
use crate::coap::{Code, Message, option};
use crate::event::Event;
use crate::link::Link;
use crate::named::Named;
use crate::request::{Content, Failure, Reply, Request, content};
use crate::script::{Awaited, Command, Expected};
use crate::server::Server;
use crate::value::{Type, Value};
use std::time::{Duration, Instant};

/// A script's memory between commands. There must be at least one server; commands are for the first one, until others are
/// named.
pub struct Runner<'a> {
    servers: &'a [Named],
    current: usize,
    /// Nothing waits longer than this.
    deadline: Option<Instant>,
    code: Option<Code>,
    content: Content,
    text: String,
    links: Vec<Link>,
    format: Option<u32>,
    /// The request last waited for.
    asked: Option<Message>,
    /// Identity of the session it came in, or of the handshake last waited for.
    identity: Option<Vec<u8>>,
    /// Answer with an error code that no `expect` has looked at.
    unexpected: Option<String>,
    /// When the client was last given a reason to answer.
    mark: Instant,
    /// What is to be written in a bootstrap.
    instances: Vec<Instance>,
}

impl<'a> Runner<'a> {
    /// A script that starts now and must be over at the deadline, if there is one.
    pub fn new(servers: &'a [Named], deadline: Option<Instant>) -> Runner<'a> {
        Runner {
            servers,
            current: 0,
            deadline,
            code: None,
            content: Content::Nothing,
            text: String::new(),
            links: Vec::new(),
            format: None,
            asked: None,
            identity: None,
            unexpected: None,
            mark: Instant::now(),
            instances: Vec::new(),
        }
    }

    /// Carries out one command. The good result is a short note on what happened, possibly empty.
    pub fn run(&mut self, command: &Command) -> Result<String, String> {
        match command {
            Command::At(name, inner) => {
                let index = self.index(name)?;
                let before = std::mem::replace(&mut self.current, index);
                let result = self.run(inner);
                self.current = before;
                return result;
            }
            Command::Use(name) => {
                self.current = self.index(name)?;
                return Ok(String::new());
            }
            _ => {}
        }
        if self
            .deadline
            .is_some_and(|deadline| Instant::now() >= deadline)
        {
            return Err("the time for the whole script is over".into());
        }
        if !matches!(command, Command::Expect(Expected::Code(_))) {
            self.finish()?;
        }
        match command {
            Command::Wait(awaited, timeout) => self.wait(awaited, *timeout),
            Command::ExpectNone(awaited, time) => match self.event(awaited, *time) {
                Some(event) => Err(format!("it did happen: {event:?}")),
                None => Ok(String::new()),
            },
            Command::Send(request) => self.send((**request).clone()),
            Command::Stranger(what, wait) => self.stranger(what, *wait),
            Command::Cancel(path, true) => {
                let done = self
                    .server()
                    .cancel_by_reset(path)
                    .map_err(|failure| failure.to_string());
                done.map(|()| "the next notification gets a reset".into())
            }
            Command::Cancel(path, false) => {
                let reply = self
                    .server()
                    .cancel(path)
                    .map_err(|failure| failure.to_string())?;
                Ok(self.keep(&reply))
            }
            Command::Define(definition) => self.define(definition),
            Command::Put(put) => {
                let request = self.filled(put)?;
                self.send(request)
            }
            Command::Bootstrap(sequence) => self.bootstrap(sequence),
            Command::Expect(expected) => self.expect(expected),
            Command::ExpectSilence(duration) => self.expect_silence(*duration),
            Command::ExpectRaw(pattern, timeout) => self.expect_raw(pattern, *timeout),
            Command::SendRaw(bytes) => {
                self.mark = self
                    .server()
                    .send_raw(bytes)
                    .map_err(|failure| failure.to_string())?;
                Ok(String::new())
            }
            other => self.arrange(other),
        }
    }

    /// The end of the script: fails when the last answer was an error nobody expected.
    pub fn finish(&mut self) -> Result<(), String> {
        self.unexpected.take().map_or(Ok(()), Err)
    }

    fn server(&self) -> &'a Server {
        &self.servers[self.current].server
    }

    fn index(&self, name: &str) -> Result<usize, String> {
        let index = self.servers.iter().position(|known| known.name == name);
        index.ok_or(format!("no server is called {name}"))
    }

    /// Commands that change the server and cannot go wrong for the client's sake.
    fn arrange(&mut self, command: &Command) -> Result<String, String> {
        let server = self.server();
        match command {
            Command::ForgetClient => server.forget_clients(),
            Command::ForgetDtls => server.forget_dtls().map_err(|error| error.to_string())?,
            Command::Keys(keys) => {
                let keys: Vec<(&[u8], &[u8])> = keys
                    .iter()
                    .map(|(identity, key)| (identity.as_bytes(), key.as_slice()))
                    .collect();
                server.set_keys(&keys).map_err(|error| error.to_string())?;
            }
            Command::Lose(direction, nth) => {
                for wire in server.wires() {
                    wire.lose(*direction, *nth);
                }
            }
            Command::Answer(operation, answer, count) => {
                server.answer(*operation, answer.clone(), *count)
            }
            Command::AnswerNotifications(answer) => server.answer_notifications(*answer),
            Command::Deaf(deaf) => server.set_deaf(*deaf),
            Command::Clear => server.discard_events(),
            Command::Sleep(duration) => std::thread::sleep(self.within(*duration)),
            Command::Print(text) => return Ok(text.clone()),
            _ => {}
        }
        Ok(String::new())
    }

    fn event(&self, awaited: &Awaited, timeout: Duration) -> Option<Event> {
        self.server().wait_event(self.within(timeout), |event| {
            wanted(awaited, event).then(|| event.clone())
        })
    }

    fn wait(&mut self, awaited: &Awaited, timeout: Duration) -> Result<String, String> {
        let nothing = || format!("nothing like that within {} ms", timeout.as_millis());
        let note = match self.event(awaited, timeout).ok_or_else(nothing)? {
            Event::Registered(registration) => {
                let (name, location) =
                    (registration.endpoint.clone(), registration.location_path());
                let note = format!("{name} at {location}, lifetime {} s", registration.lifetime);
                self.links = registration.links;
                self.identity = registration.identity;
                self.asked = Some(registration.message);
                note
            }
            Event::Bootstrapping(client) => {
                self.identity = client.identity;
                self.asked = Some(client.message);
                client.endpoint
            }
            Event::Updated(registration, message) => {
                let note = format!(
                    "{}, lifetime {} s",
                    registration.endpoint, registration.lifetime
                );
                self.links = registration.links;
                self.identity = registration.identity;
                self.asked = Some(message);
                note
            }
            Event::Notified(notification) => {
                self.code = Some(notification.message.code);
                self.format = notification.message.uint(option::CONTENT_FORMAT);
                let complete = self.server().complete(&notification);
                self.content = complete.map_err(|failure| failure.to_string())?;
                shown(&self.content)
            }
            Event::Connected(_, session) => {
                let name = String::from_utf8_lossy(&session.identity).into_owned();
                self.identity = Some(session.identity);
                name
            }
            Event::NotConnected(_, why) => why,
            _ => String::new(),
        };
        self.mark = Instant::now();
        Ok(note)
    }

    fn send(&mut self, mut request: Request) -> Result<String, String> {
        request.timeout = self.within(request.timeout);
        let reply = self.server().send(request);
        let reply = reply.map_err(|failure| failure.to_string())?;
        Ok(self.keep(&reply))
    }

    fn stranger(&mut self, what: &Command, wait: Duration) -> Result<String, String> {
        let (bytes, path) = match what {
            Command::SendRaw(bytes) => (bytes.clone(), String::new()),
            Command::Send(request) => (request.encode(0x5354, b"stranger"), request.path.clone()),
            _ => return Err("a stranger sends a request or send-raw".into()),
        };
        let answer = self.server().send_from_elsewhere(&bytes, self.within(wait));
        let Some(bytes) = answer.map_err(|failure: Failure| failure.to_string())? else {
            (self.code, self.content) = (None, Content::Nothing);
            return Ok("no answer".into());
        };
        let Ok(message) = Message::parse(&bytes) else {
            return Err(format!("no message: {}", crate::hex::encode(&bytes)));
        };
        let path = path.parse().unwrap_or_default();
        self.code = Some(message.code);
        self.content = content(&path, &message, &message.payload);
        Ok(format!("{} {}", message.code, shown(&self.content)))
    }

    fn keep(&mut self, reply: &Reply) -> String {
        self.mark = Instant::now();
        self.code = Some(reply.code());
        self.format = reply.format();
        self.text = reply.text();
        self.content = reply.content();
        if let Content::Links(links) = &self.content {
            self.links = links.clone();
        }
        let note = format!("{} {}", reply.code(), shown(&self.content));
        self.unexpected =
            (!reply.code().is_success()).then(|| format!("the answer before was {}", note.trim()));
        note.trim().to_string()
    }

    fn within(&self, duration: Duration) -> Duration {
        self.deadline.map_or(duration, |deadline| {
            duration.min(deadline.saturating_duration_since(Instant::now()))
        })
    }
}

fn wanted(awaited: &Awaited, event: &Event) -> bool {
    match (awaited, event) {
        (Awaited::Register(name), Event::Registered(registration)) => name
            .as_ref()
            .is_none_or(|name| *name == registration.endpoint),
        (Awaited::Bootstrap(name), Event::Bootstrapping(client)) => {
            name.as_ref().is_none_or(|name| *name == client.endpoint)
        }
        (Awaited::Update(lifetime), Event::Updated(_, message)) => {
            lifetime.is_none_or(|lifetime| message.query("lt") == Some(lifetime.to_string()))
        }
        (Awaited::Notify(path, text), Event::Notified(notification)) => {
            let matches = |text: &String| {
                let value = notification.content().value(path);
                value.is_some_and(|value| {
                    let wanted = Value::from_script(Type::of(path), text);
                    value == wanted || same_number(&value, &wanted)
                })
            };
            notification.path == *path && text.as_ref().is_none_or(matches)
        }
        (Awaited::Reconnect(identity), Event::Connected(_, session)) => identity
            .as_ref()
            .is_none_or(|identity| identity.as_bytes() == session.identity),
        (Awaited::Deregister, Event::Deregistered(_))
        | (Awaited::Refused, Event::NotConnected(..)) => true,
        _ => false,
    }
}

fn same_number(one: &Value, other: &Value) -> bool {
    one.as_number()
        .is_some_and(|number| other.as_number() == Some(number))
}

fn shown(content: &Content) -> String {
    match content {
        Content::Nothing => String::new(),
        Content::Values(values) => values
            .iter()
            .map(|(path, value)| format!("{path}={value}"))
            .collect::<Vec<_>>()
            .join(" "),
        Content::Links(links) => links
            .iter()
            .map(|link| link.target.as_str())
            .collect::<Vec<_>>()
            .join(" "),
        Content::Text(text) => text.clone(),
        Content::Bytes(bytes) => format!("0x{}", crate::hex::encode(bytes)),
        Content::Unreadable(why) => format!("unreadable, {why}"),
    }
}
