//! The registration interface (OMA LwM2M TS Core 6.2): Register, Update and De-register as messages, and what the
//! answers mean.

use heapless::Vec;

use super::send::FIRST_BLOCK;
use super::{Purpose, Scene, Session, State, maintenance};
use crate::boundary::DeferredReason;
use crate::coap::block::Block;
use crate::coap::code;
use crate::coap::message::{Kind, Message, Writer};
use crate::coap::option::number;
use crate::config::LOCATION;
use crate::lwm2m::format::{Format, link};
use crate::lwm2m::sink::Sink;
use crate::objects::Changed;
use crate::objects::server::{BINDINGS, ServerInstance};
use crate::session::Attempts;
use crate::text::Digits;
use crate::time::Instant;
use crate::version::{HAS_1_1, Version};

/// Where Register goes, in the form of a location.
const REGISTER_PATH: &[u8] = b"\x02rd";

/// Where Bootstrap-Request goes.
const REQUEST_PATH: &[u8] = b"\x02bs";

impl Session {
    /// The LwM2M version spoken with this server.
    #[inline(always)]
    pub fn version(&self, scene: &Scene) -> Version {
        self.version_of(scene.version())
    }

    /// The same, `wanted` being the version to begin with.
    #[inline(always)]
    pub fn version_of(&self, wanted: Version) -> Version {
        if HAS_1_1 && self.speaks_1_0 {
            Version::V1_0
        } else {
            wanted
        }
    }

    /// Begins Register, or the wanted block of it.
    pub(super) fn send_register(&mut self, now: Instant, wanted: Block) {
        self.changed = Changed::NOTHING;
        self.begin_own(now, Purpose::Register(wanted));
    }

    /// Begins Update with what changed.
    pub(super) fn send_update(&mut self, now: Instant, expires: Instant, scene: &Scene) {
        if self.changed.has(Changed::OBJECTS)
            && list_length(self.version(scene), scene) > FIRST_BLOCK.size()
        {
            // A list too long for one message goes block-wise with a Register.
            return self.send_register(now, FIRST_BLOCK);
        }
        if self.changed.has(Changed::BINDING) && self.version(scene).is_1_1() {
            // An Update cannot tell of queue mode.
            return self.send_register(now, FIRST_BLOCK);
        }
        let changed = core::mem::take(&mut self.changed);
        self.state = State::Updating { expires };
        self.begin_own(now, Purpose::Update(changed));
    }

    /// Begins a message of the registration interface. What changes from here on is told afterwards: the server may have
    /// seen the message as it is now.
    pub(super) fn begin_own(&mut self, now: Instant, purpose: Purpose) {
        self.update_wanted = false;
        let token = self.exchanges.new_token(self.secure);
        self.exchanges.begin(now, purpose, token);
    }

    /// Writes a message of the registration interface, or a Bootstrap-Request.
    pub(super) fn compose(&self, scene: &Scene, buffer: &mut [u8]) -> Option<usize> {
        let message = self.exchanges.outgoing()?;
        let (mut code, mut place) = (code::POST, REGISTER_PATH);
        let (mut register, mut changed, mut objects) = (false, Changed::NOTHING, None);
        match message.purpose {
            Purpose::Register(block) => {
                register = true;
                changed.add(Changed::LIFETIME);
                changed.add(Changed::BINDING);
                objects = Some(block);
            }
            Purpose::Update(news) => {
                place = &self.location;
                changed = news;
                objects = changed.has(Changed::OBJECTS).then_some(FIRST_BLOCK);
            }
            Purpose::Deregister => (code, place) = (code::DELETE, &self.location),
            Purpose::Bootstrap => place = REQUEST_PATH,
            Purpose::Notify => return None,
        }
        let mut writer = Writer::new(buffer, Kind::Confirmable, code, message.id, &message.token);
        while let Some((length, rest)) = place.split_first() {
            let length = usize::from(*length);
            writer.option(number::URI_PATH, rest.get(..length)?);
            place = rest.get(length..)?;
        }
        if objects.is_some() {
            writer.option_uint(number::CONTENT_FORMAT, u32::from(Format::Link.number()));
        }
        if register || matches!(message.purpose, Purpose::Bootstrap) {
            writer.option_joined(number::URI_QUERY, b"ep=", &scene.endpoint);
        }
        if self.version(scene).is_1_1() && matches!(message.purpose, Purpose::Bootstrap) {
            // The preferred format of its writes: SenML in CBOR (OMA LwM2M TS Core 1.1 6.1.7.2).
            writer.option(number::URI_QUERY, b"pct=112");
        }
        let server = scene.objects.server.of_session(self.index);
        if changed.has(Changed::LIFETIME) {
            let seconds = server.map_or(0, ServerInstance::lifetime);
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
                self.version(scene).text().as_bytes(),
            );
        }
        if changed.has(Changed::BINDING) {
            let spoken = self.version(scene);
            let mut binding = server.map_or(BINDINGS[0], ServerInstance::binding);
            if spoken.is_1_1() {
                binding = BINDINGS[0];
            }
            writer.option_joined(number::URI_QUERY, b"b=", binding);
            if spoken.is_1_1() && server.is_some_and(ServerInstance::queues) {
                // Queue mode is no part of the binding any more (OMA LwM2M TS Core 1.1 6.2.1).
                writer.option(number::URI_QUERY, b"Q");
            }
        }
        if let Some(wanted) = objects {
            object_list(&mut writer, self.version(scene), wanted, scene);
        }
        writer.finish()
    }

    /// The answer to Register or to one of its blocks.
    pub(super) fn register_answered(
        &mut self,
        now: Instant,
        block: Block,
        message: &Message<'_>,
        scene: &mut Scene,
    ) -> Option<DeferredReason> {
        // Without a block: larger than any.
        let answered = Block::of(message, number::BLOCK1).szx();
        let mut reason = DeferredReason::ServerRegistration;
        let mut delay = None;
        match (message.code, answered) {
            (code::CREATED, _) if take_location(message, &mut self.location).is_some() => {
                self.attempts = Attempts::new();
                self.renew_observations(now, scene);
                self.registered(now, scene);
                return None;
            }
            // The server may ask for smaller blocks; the position stays (RFC 7959 2.3).
            (code::CONTINUE, szx) if szx <= block.szx() => {
                let position = block.offset() + block.size();
                let number = (position >> (szx + 4)) as u32;
                self.send_register(now, Block::new(number, szx));
                return None;
            }
            // The server takes smaller blocks only: from the start (RFC 7959 2.9.3).
            (code::REQUEST_ENTITY_TOO_LARGE, szx) if szx < block.szx() => {
                self.send_register(now, Block::new(0, szx));
                return None;
            }
            // The server does not know the version: once more with the older one.
            (code::PRECONDITION_FAILED, _) if self.version(scene).is_1_1() => {
                self.speaks_1_0 = true;
                self.send_register(now, FIRST_BLOCK);
                return None;
            }
            (code::SERVICE_UNAVAILABLE, _) => {
                reason = DeferredReason::ServiceUnavailable;
                delay = Some(maintenance(message, &scene.retry));
            }
            _ => {}
        }
        self.fail(now, reason, delay, scene)
    }
}

impl Session {
    /// With a new registration the server has forgotten its observations (OMA LwM2M TS Core 6.2.1), but those of the time
    /// before it was disabled or out of reach are owed what was stored for them (`/1/x/6`).
    fn renew_observations(&mut self, now: Instant, scene: &mut Scene) {
        let server = scene.objects.server.of_session(self.index);
        match server.filter(|server| server.stores_notifications()) {
            Some(server) if core::mem::take(&mut self.kept) => scene.observations.keep_due(
                now,
                self.index,
                &scene.attributes,
                server.defaults(),
                &scene.objects,
            ),
            _ => scene.observations.forget_server(self.index),
        }
        self.kept = false;
    }
}

/// Bytes of the whole object list.
#[cfg_attr(target_os = "none", inline(never))]
fn list_length(version: Version, scene: &Scene) -> usize {
    let mut measure = Sink::new(&mut []);
    link::registration(&scene.objects, version, &mut measure);
    measure.total()
}

/// Appends the object list, cut to the wanted block when it does not fit into one.
fn object_list(writer: &mut Writer<'_>, version: Version, wanted: Block, scene: &Scene) {
    let total = list_length(version, scene);
    if wanted.number() > 0 || total > wanted.size() {
        let more = total > wanted.offset().saturating_add(wanted.size());
        writer.option_uint(number::BLOCK1, wanted.followed(more).value());
    }
    let space = writer.payload_space();
    let size = wanted.size().min(space.len());
    let mut sink = Sink::block(space.get_mut(..size).unwrap_or_default(), wanted.offset());
    link::registration(&scene.objects, version, &mut sink);
    let length = sink.written();
    writer.payload_written(length);
}

/// Keeps the segments of Location-Path, each behind its length; `None` when there is none or they are too long to keep.
fn take_location(message: &Message<'_>, location: &mut Vec<u8, LOCATION>) -> Option<()> {
    location.clear();
    for option in message.options() {
        if option.number == number::LOCATION_PATH {
            location.push(u8::try_from(option.value.len()).ok()?).ok()?;
            location.extend_from_slice(option.value).ok()?;
        }
    }
    (!location.is_empty()).then_some(())
}
