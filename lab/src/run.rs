//! Carries out script commands against a server and says what went wrong, in one sentence.

use crate::coap::{Code, option};
use crate::event::Event;
use crate::link::Link;
use crate::path::Path;
use crate::request::{Content, Reply};
use crate::script::{Awaited, Command, Relation};
use crate::server::Server;
use crate::value::{Type, Value};
use std::time::{Duration, Instant};

/// A script's memory between commands.
pub struct Runner<'a> {
    server: &'a Server,
    /// Nothing waits longer than this.
    deadline: Option<Instant>,
    code: Option<Code>,
    content: Content,
    links: Vec<Link>,
    format: Option<u32>,
    /// Answer with an error code that no `expect` has looked at.
    unexpected: Option<String>,
    /// When the client was last given a reason to answer.
    mark: Instant,
}

impl<'a> Runner<'a> {
    /// A script that starts now and must be over at the deadline, if there is one.
    pub fn new(server: &'a Server, deadline: Option<Instant>) -> Runner<'a> {
        let (content, mark) = (Content::Nothing, Instant::now());
        Runner {
            server,
            deadline,
            code: None,
            content,
            links: Vec::new(),
            format: None,
            unexpected: None,
            mark,
        }
    }

    /// Carries out one command. The good result is a short note on what happened, possibly empty.
    pub fn run(&mut self, command: &Command) -> Result<String, String> {
        if self
            .deadline
            .is_some_and(|deadline| Instant::now() >= deadline)
        {
            return Err("the time for the whole script is over".into());
        }
        if !matches!(command, Command::ExpectCode(_)) {
            self.finish()?;
        }
        match command {
            Command::Wait(awaited, timeout) => self.wait(awaited, *timeout),
            Command::Send(request) => {
                let mut request = (**request).clone();
                request.timeout = self.within(request.timeout);
                let reply = self
                    .server
                    .send(request)
                    .map_err(|failure| failure.to_string())?;
                Ok(self.keep(&reply))
            }
            Command::Cancel(path, true) => {
                let done = self
                    .server
                    .cancel_by_reset(path)
                    .map_err(|failure| failure.to_string());
                done.map(|()| "the next notification gets a reset".into())
            }
            Command::Cancel(path, false) => {
                let reply = self
                    .server
                    .cancel(path)
                    .map_err(|failure| failure.to_string())?;
                Ok(self.keep(&reply))
            }
            Command::ExpectCode(wanted) => {
                self.unexpected = None;
                match self.code {
                    Some(code) if code == *wanted => Ok(String::new()),
                    Some(code) => Err(format!("the answer is {code}, not {wanted}")),
                    None => Err("there is no answer yet".into()),
                }
            }
            Command::ExpectValue(path, relation, text) => self.expect_value(path, *relation, text),
            Command::ExpectAbsent(path) => match &self.content {
                Content::Values(values) => {
                    match values.iter().find(|(known, _)| path.covers(known)) {
                        Some((known, value)) => Err(format!("{known} is there: {value}")),
                        None => Ok(String::new()),
                    }
                }
                other => Err(format!("no values in the last answer: {other:?}")),
            },
            Command::ExpectLink(target, wanted) => {
                let there = self.links.iter().any(|link| link.target == *target);
                let targets: Vec<&str> =
                    self.links.iter().map(|link| link.target.as_str()).collect();
                if there == *wanted {
                    Ok(String::new())
                } else {
                    Err(format!("the links are: {}", targets.join(" ")))
                }
            }
            Command::ExpectFormat(wanted) if self.format == Some(*wanted) => Ok(String::new()),
            Command::ExpectFormat(wanted) => {
                Err(format!("the format is {:?}, not {wanted}", self.format))
            }
            Command::ExpectSilence(duration) => {
                let since = self.mark;
                match self
                    .server
                    .wait_raw(since, self.within(*duration), |_| true)
                {
                    Some(record) => Err(format!(
                        "the client sent {}",
                        crate::hex::encode(&record.bytes)
                    )),
                    None => Ok(String::new()),
                }
            }
            Command::ExpectRaw(pattern, timeout) => self.expect_raw(pattern, *timeout),
            Command::SendRaw(bytes) => {
                self.mark = self
                    .server
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

    /// Commands that change the server and cannot go wrong for the client's sake.
    fn arrange(&mut self, command: &Command) -> Result<String, String> {
        match command {
            Command::ForgetClient => self.server.forget_clients(),
            Command::ForgetDtls => self
                .server
                .forget_dtls()
                .map_err(|error| error.to_string())?,
            Command::Answer(operation, answer, count) => {
                self.server.answer(*operation, answer.clone(), *count)
            }
            Command::AnswerNotifications(answer) => self.server.answer_notifications(*answer),
            Command::Deaf(deaf) => self.server.set_deaf(*deaf),
            Command::Clear => self.server.discard_events(),
            Command::Sleep(duration) => std::thread::sleep(self.within(*duration)),
            Command::Print(text) => return Ok(text.clone()),
            _ => {}
        }
        Ok(String::new())
    }

    fn wait(&mut self, awaited: &Awaited, timeout: Duration) -> Result<String, String> {
        let timeout = self.within(timeout);
        let nothing = || format!("nothing like that within {} ms", timeout.as_millis());
        let event = self.server.wait_event(timeout, |event| {
            wanted(awaited, event).then(|| event.clone())
        });
        let note = match event.ok_or_else(nothing)? {
            Event::Registered(registration) => {
                let (name, location) =
                    (registration.endpoint.clone(), registration.location_path());
                let note = format!("{name} at {location}, lifetime {} s", registration.lifetime);
                self.links = registration.links;
                note
            }
            Event::Updated(registration, _) => {
                let note = format!(
                    "{}, lifetime {} s",
                    registration.endpoint, registration.lifetime
                );
                self.links = registration.links;
                note
            }
            Event::Notified(notification) => {
                self.code = Some(notification.message.code);
                self.format = notification.message.uint(option::CONTENT_FORMAT);
                let complete = self.server.complete(&notification);
                self.content = complete.map_err(|failure| failure.to_string())?;
                shown(&self.content)
            }
            Event::Connected(_, session) => String::from_utf8_lossy(&session.identity).into_owned(),
            _ => String::new(),
        };
        self.mark = Instant::now();
        Ok(note)
    }

    fn keep(&mut self, reply: &Reply) -> String {
        self.mark = Instant::now();
        self.code = Some(reply.code());
        self.format = reply.format();
        self.content = reply.content();
        if let Content::Links(links) = &self.content {
            self.links = links.clone();
        }
        let note = format!("{} {}", reply.code(), shown(&self.content));
        self.unexpected =
            (!reply.code().is_success()).then(|| format!("the answer before was {}", note.trim()));
        note.trim().to_string()
    }

    fn expect_value(&self, path: &Path, relation: Relation, text: &str) -> Result<String, String> {
        let Some(value) = self.content.value(path) else {
            return Err(format!(
                "{path} is not in the last answer: {}",
                shown(&self.content)
            ));
        };
        let wanted = Value::from_script(Type::of(path), text);
        let holds = match (relation, value.as_number(), text.parse::<f64>()) {
            (Relation::Equal, ..) => value == wanted || same_number(&value, &wanted),
            (Relation::Different, ..) => value != wanted && !same_number(&value, &wanted),
            (Relation::Contains, ..) => value.to_string().contains(text),
            (Relation::AtLeast, Some(number), Ok(limit)) => number >= limit,
            (Relation::AtMost, Some(number), Ok(limit)) => number <= limit,
            (Relation::AtLeast | Relation::AtMost, ..) => {
                return Err(format!("{value} and {text} are not both numbers"));
            }
        };
        if holds {
            Ok(String::new())
        } else {
            Err(format!("{path} is {value}"))
        }
    }

    fn expect_raw(&mut self, pattern: &[Option<u8>], timeout: Duration) -> Result<String, String> {
        let (since, timeout) = (self.mark, self.within(timeout));
        match self
            .server
            .wait_raw(since, timeout, |bytes| crate::hex::matches(pattern, bytes))
        {
            Some(record) => Ok(crate::hex::encode(&record.bytes)),
            None => {
                let records = self
                    .server
                    .wires()
                    .into_iter()
                    .flat_map(|wire| wire.received_since(since));
                let got: Vec<String> = records
                    .map(|record| crate::hex::encode(&record.bytes))
                    .collect();
                Err(format!("not among what the client sent: {got:?}"))
            }
        }
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
        (Awaited::Deregister, Event::Deregistered(_))
        | (Awaited::Reconnect, Event::Connected(..)) => true,
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
