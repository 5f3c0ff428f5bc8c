//! The registration interface (OMA LwM2M TS Core 6.2): Register, Update and De-register as messages, and what the
//! answers mean.

use heapless::Vec;

use super::send::FIRST_BLOCK;
use super::{Purpose, Scene, Session, State, maintenance};
use crate::boundary::{DeferredReason, Event};
use crate::coap::block::Block;
use crate::coap::code;
use crate::coap::message::{Kind, Message, Writer};
use crate::coap::option::number;
use crate::config::LOCATION;
use crate::lwm2m::format::{Format, link};
use crate::lwm2m::sink::Sink;
use crate::objects::Changed;
use crate::session::Attempts;
use crate::text::Digits;
use crate::time::Instant;

/// Where Register goes, in the form of a location.
const REGISTER_PATH: &[u8] = b"\x02rd";

/// What a message of the registration interface says.
#[derive(Clone, Copy)]
struct Contents {
    /// A Register goes to everybody's place and says everything; others go to the registration's location.
    register: bool,
    lifetime: bool,
    /// The object list, or a block of it.
    objects: Option<Block>,
}

impl Session {
    /// Writes Register, or the wanted block of it.
    pub(super) fn send_register(&mut self, now: Instant, wanted: Block, scene: &Scene<'_>) {
        self.changed = Changed::default();
        self.update_wanted = false;
        let contents = Contents {
            register: true,
            lifetime: true,
            objects: Some(wanted),
        };
        self.send_registration(now, Purpose::Register(wanted), code::POST, contents, scene);
    }

    /// Writes Update with what changed.
    pub(super) fn send_update(&mut self, now: Instant, expires: Instant, scene: &Scene<'_>) {
        if self.changed.objects && list_length(scene) > FIRST_BLOCK.size() {
            // A list too long for one message goes block-wise with a Register.
            return self.send_register(now, FIRST_BLOCK, scene);
        }
        let changed = core::mem::take(&mut self.changed);
        self.update_wanted = false;
        self.state = State::Updating { expires };
        let contents = Contents {
            register: false,
            lifetime: changed.lifetime,
            objects: if changed.objects {
                Some(FIRST_BLOCK)
            } else {
                None
            },
        };
        self.send_registration(now, Purpose::Update, code::POST, contents, scene);
    }

    /// Writes De-register.
    pub(super) fn send_deregister(&mut self, now: Instant, scene: &Scene<'_>) {
        let contents = Contents {
            register: false,
            lifetime: false,
            objects: None,
        };
        self.send_registration(now, Purpose::Deregister, code::DELETE, contents, scene);
    }

    fn send_registration(
        &mut self,
        now: Instant,
        purpose: Purpose,
        code: u8,
        contents: Contents,
        scene: &Scene<'_>,
    ) {
        let token = self.exchanges.new_token(self.secure);
        let seconds = scene
            .objects
            .server
            .of_session(self.index)
            .map_or(0, |server| server.lifetime());
        let mut compose = |buffer: &mut [u8], id: u16| {
            let mut writer = Writer::new(buffer, Kind::Confirmable, code, id, &token);
            let register = contents.register;
            let mut segments = if register {
                REGISTER_PATH
            } else {
                self.location.as_slice()
            };
            while let Some((length, rest)) = segments.split_first() {
                let length = usize::from(*length);
                writer.option(number::URI_PATH, rest.get(..length)?);
                segments = rest.get(length..)?;
            }
            if contents.objects.is_some() {
                writer.option_uint(number::CONTENT_FORMAT, u32::from(Format::Link.number()));
            }
            if register {
                writer.option_joined(number::URI_QUERY, b"ep=", scene.endpoint.as_bytes());
            }
            if contents.lifetime {
                writer.option_joined(
                    number::URI_QUERY,
                    b"lt=",
                    Digits::unsigned(u64::from(seconds)).as_bytes(),
                );
            }
            if register {
                writer.option_joined(
                    number::URI_QUERY,
                    b"lwm2m=",
                    scene.profile.version.as_bytes(),
                );
                writer.option(number::URI_QUERY, b"b=U");
            }
            match contents.objects {
                Some(wanted) => object_list(writer, wanted, scene),
                None => writer.finish(),
            }
        };
        self.exchanges.send(now, purpose, token, &mut compose);
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
        let mut reason = DeferredReason::ServerRegistration;
        let mut delay = None;
        match (message.code, answered) {
            (code::CREATED, _) => {
                if let Some(location) = location(message) {
                    self.location = location;
                    self.attempts = Attempts::new();
                    // The server has forgotten its observations (OMA LwM2M TS Core 6.2.1).
                    scene.observations.forget_server(self.index);
                    self.registered(now, scene);
                    return None;
                }
            }
            // The server may ask for smaller blocks; the position stays (RFC 7959 2.3).
            (code::CONTINUE, Some(answered)) if answered.szx <= block.szx => {
                let position = block.offset() + block.size();
                let next = Block {
                    number: (position >> (answered.szx + 4)) as u32,
                    more: false,
                    szx: answered.szx,
                };
                self.send_register(now, next, scene);
                return None;
            }
            // The server takes smaller blocks only: from the start (RFC 7959 2.9.3).
            (code::REQUEST_ENTITY_TOO_LARGE, Some(answered)) if answered.szx < block.szx => {
                let first = Block {
                    number: 0,
                    more: false,
                    szx: answered.szx,
                };
                self.send_register(now, first, scene);
                return None;
            }
            (code::SERVICE_UNAVAILABLE, _) => {
                reason = DeferredReason::ServiceUnavailable;
                delay = Some(maintenance(message, scene.retry));
            }
            _ => {}
        }
        Some(self.fail(now, reason, delay, scene))
    }
}

/// Bytes of the whole object list.
#[cfg_attr(target_os = "none", inline(never))]
fn list_length(scene: &Scene<'_>) -> usize {
    let mut measure = Sink::new(&mut []);
    link::registration(scene.objects, &mut measure);
    measure.total()
}

/// Appends the object list, cut to the wanted block when it does not fit into one.
fn object_list(mut writer: Writer<'_>, wanted: Block, scene: &Scene<'_>) -> Option<usize> {
    let total = list_length(scene);
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
