//! The registration interface (OMA LwM2M TS Core 6.2): Register, Update and De-register as messages, and what the
//! answers mean.

use heapless::Vec;

use super::{Purpose, Scene, Session, State, maintenance};
use crate::boundary::{DeferredReason, Event};
use crate::coap::block::Block;
use crate::coap::code;
use crate::coap::message::{Kind, Message, Token, Writer};
use crate::coap::option::number;
use crate::config::LOCATION;
use crate::lwm2m::format::{Format, link};
use crate::lwm2m::sink::Sink;
use crate::objects::Changed;
use crate::session::Attempts;
use crate::text::Digits;
use crate::time::Instant;

impl Session {
    /// Writes Register, or the wanted block of it.
    pub(super) fn send_register(&mut self, now: Instant, wanted: Block, scene: &Scene<'_>) {
        let token = self.exchanges.new_token(self.secure);
        let lifetime = scene
            .objects
            .server
            .of_session(self.index)
            .map_or(0, |server| server.lifetime);
        let mut compose = |buffer: &mut [u8], id: u16| {
            let mut writer = Writer::new(buffer, Kind::Confirmable, code::POST, id, &token);
            writer.option(number::URI_PATH, b"rd");
            writer.option_uint(number::CONTENT_FORMAT, u32::from(Format::Link.number()));
            writer.option_joined(number::URI_QUERY, b"ep=", scene.endpoint.as_bytes());
            writer.option_joined(
                number::URI_QUERY,
                b"lt=",
                Digits::unsigned(u64::from(lifetime)).as_bytes(),
            );
            writer.option_joined(
                number::URI_QUERY,
                b"lwm2m=",
                scene.profile.version.as_bytes(),
            );
            writer.option(number::URI_QUERY, b"b=U");
            object_list(writer, wanted, scene)
        };
        self.changed = Changed::default();
        self.update_wanted = false;
        self.exchanges
            .send(now, Purpose::Register(wanted), token, &mut compose);
    }

    /// Writes Update with what changed.
    pub(super) fn send_update(&mut self, now: Instant, expires: Instant, scene: &Scene<'_>) {
        let token = self.exchanges.new_token(self.secure);
        let lifetime = scene
            .objects
            .server
            .of_session(self.index)
            .map_or(0, |server| server.lifetime);
        let changed = core::mem::take(&mut self.changed);
        self.update_wanted = false;
        let location = &self.location;
        let mut compose = |buffer: &mut [u8], id: u16| {
            let mut writer = to_location(buffer, code::POST, id, &token, location);
            if changed.objects {
                writer.option_uint(number::CONTENT_FORMAT, u32::from(Format::Link.number()));
            }
            if changed.lifetime {
                writer.option_joined(
                    number::URI_QUERY,
                    b"lt=",
                    Digits::unsigned(u64::from(lifetime)).as_bytes(),
                );
            }
            if !changed.objects {
                return writer.finish();
            }
            let mut sink = Sink::new(writer.payload_space());
            link::registration(scene.objects, &mut sink);
            let (complete, length) = (sink.is_complete(), sink.written());
            writer.payload_written(length);
            if complete { writer.finish() } else { None }
        };
        self.state = if self
            .exchanges
            .send(now, Purpose::Update, token, &mut compose)
        {
            State::Updating { expires }
        } else {
            // A list too long for one message goes block-wise with a Register.
            State::Registering
        };
    }

    /// Writes De-register.
    pub(super) fn send_deregister(&mut self, now: Instant) {
        let token = self.exchanges.new_token(self.secure);
        let location = &self.location;
        let mut compose = |buffer: &mut [u8], id: u16| {
            to_location(buffer, code::DELETE, id, &token, location).finish()
        };
        self.exchanges
            .send(now, Purpose::Deregister, token, &mut compose);
    }

    /// The answer to Register or to one of its blocks.
    pub(super) fn register_answered(
        &mut self,
        now: Instant,
        block: Block,
        message: &Message<'_>,
        scene: &mut Scene<'_>,
    ) -> Option<Event> {
        let answered = message.option(number::BLOCK1).and_then(Block::parse);
        match message.code {
            code::CREATED => {
                let Some(location) = location(message) else {
                    return Some(self.fail(
                        now,
                        DeferredReason::ServerRegistration,
                        None,
                        scene.profile,
                    ));
                };
                self.location = location;
                self.attempts = Attempts::new();
                // The server has forgotten its observations (OMA LwM2M TS Core 6.2.1).
                scene.observations.forget_server(self.index);
                self.registered(now, scene);
                None
            }
            code::CONTINUE => {
                // The server may ask for smaller blocks; the position stays (RFC 7959 2.3).
                let Some(answered) = answered.filter(|answered| answered.szx <= block.szx) else {
                    return Some(self.fail(
                        now,
                        DeferredReason::ServerRegistration,
                        None,
                        scene.profile,
                    ));
                };
                let position = block.offset() + block.size();
                let next = Block {
                    number: (position >> (answered.szx + 4)) as u32,
                    more: false,
                    szx: answered.szx,
                };
                self.send_register(now, next, scene);
                None
            }
            // The server takes smaller blocks only: from the start (RFC 7959 2.9.3).
            code::REQUEST_ENTITY_TOO_LARGE
                if answered.is_some_and(|answered| answered.szx < block.szx) =>
            {
                let szx = answered.map_or(0, |answered| answered.szx);
                self.send_register(
                    now,
                    Block {
                        number: 0,
                        more: false,
                        szx,
                    },
                    scene,
                );
                None
            }
            code::SERVICE_UNAVAILABLE => {
                let delay = maintenance(message, &scene.profile.retry);
                Some(self.fail(
                    now,
                    DeferredReason::ServiceUnavailable,
                    Some(delay),
                    scene.profile,
                ))
            }
            _ => Some(self.fail(now, DeferredReason::ServerRegistration, None, scene.profile)),
        }
    }
}

/// Appends the object list, cut to the wanted block when it does not fit into one.
fn object_list(mut writer: Writer<'_>, wanted: Block, scene: &Scene<'_>) -> Option<usize> {
    let mut measure = Sink::new(&mut []);
    link::registration(scene.objects, &mut measure);
    let total = measure.total();
    if wanted.number > 0 || total > wanted.size() {
        let more = total > wanted.offset().saturating_add(wanted.size());
        writer.option_uint(number::BLOCK1, Block { more, ..wanted }.value());
    }
    let space = writer.payload_space();
    let size = wanted.size().min(space.len());
    let mut sink = Sink::block(space.get_mut(..size)?, wanted.offset());
    link::registration(scene.objects, &mut sink);
    let length = sink.written();
    writer.payload_written(length);
    writer.finish()
}

/// Begins a message to the registration's location.
fn to_location<'b>(
    buffer: &'b mut [u8],
    code: u8,
    id: u16,
    token: &Token,
    location: &[u8],
) -> Writer<'b> {
    let mut writer = Writer::new(buffer, Kind::Confirmable, code, id, token);
    let mut rest = location;
    while let Some((length, after)) = rest.split_first() {
        let length = usize::from(*length);
        writer.option(number::URI_PATH, after.get(..length).unwrap_or(&[]));
        rest = after.get(length..).unwrap_or(&[]);
    }
    writer
}

/// The segments of Location-Path, each behind its length; `None` when there is none or they are too long to keep.
fn location(message: &Message<'_>) -> Option<Vec<u8, LOCATION>> {
    let mut location = Vec::new();
    for option in message
        .options()
        .filter(|option| option.number == number::LOCATION_PATH)
    {
        location.push(u8::try_from(option.value.len()).ok()?).ok()?;
        location.extend_from_slice(option.value).ok()?;
    }
    if location.is_empty() {
        None
    } else {
        Some(location)
    }
}
