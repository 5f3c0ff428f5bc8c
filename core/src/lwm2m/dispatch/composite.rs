//! Composite operations (OMA LwM2M TS Core 1.1 6.3.8, 6.3.9, 6.4.3): Read-Composite and Observe-Composite with FETCH,
//! Write-Composite with iPATCH, on the root. A SenML payload names the paths (RFC 8132, RFC 8790).
//!
//! What a composite read names and the server may not read, or what is not there, is left out. A composite write is done
//! whole or not at all: everything is checked before the first value takes effect. What application or modem decide
//! about later is therefore not written together with other objects.

use super::{ABSENT, Answer, PARKED, Request, Scene, block, reported};
use crate::bytes::copy;
use crate::coap::code;
use crate::coap::message::Message;
use crate::coap::option::{number, uint};
use crate::lwm2m::format::Format;
use crate::lwm2m::format::senml::Pack;
use crate::lwm2m::object::{OUTSIDE, Phase, Refusal, Right, WRITE};
use crate::lwm2m::read;
use crate::lwm2m::sink::Sink;
use crate::lwm2m::write::{Outcome, record};

/// SenML with the fields that only FETCH and iPATCH know, in JSON and in CBOR (RFC 8790).
const ETCH_JSON: u32 = 320;
const ETCH_CBOR: u32 = 322;

impl Request<'_> {
    /// Does what a FETCH or iPATCH asks for.
    pub(super) fn compose(
        &self,
        scene: &mut Scene<'_>,
        answer: &mut Answer<'_>,
    ) -> Result<(), Refusal> {
        if self.path.depth() > 0 || self.unknown_segments != 0 {
            return Err(Refusal::NotAllowed);
        }
        let format = match self.content_format {
            ETCH_JSON => Format::SenmlJson,
            ETCH_CBOR => Format::SenmlCbor,
            number => senml(number).ok_or(Refusal::Unsupported)?,
        };
        self.assemble(scene)?;
        let mut handed = None;
        let done = if self.message.code == code::FETCH {
            self.fetch(scene, answer, format)
        } else {
            self.patch(scene, answer, format, &mut handed)
        };
        self.conclude(scene, answer, handed);
        done
    }

    /// Read-Composite and Observe-Composite.
    fn fetch(
        &self,
        scene: &mut Scene<'_>,
        answer: &mut Answer<'_>,
        format: Format,
    ) -> Result<(), Refusal> {
        let payload = self.payload(scene.assembly);
        let wanted_format = match self.accept {
            ABSENT => format,
            number => senml(number).ok_or(Refusal::NotAcceptable)?,
        };
        let mut pack = Pack::new(format, payload);
        let mut any = false;
        while pack.advance() {
            any = true;
        }
        if !any || !pack.is_whole() {
            return Err(Refusal::BadRequest);
        }
        let wanted = block(self.block2)?;
        let server = scene.server;
        let (directory, token) = (&*scene.directory, self.message.token);
        let observations = &mut *scene.observations;
        let mut sequence = None;
        if self.observe != ABSENT && self.observe != 0 {
            observations.cancel(server, &token);
        }
        // The blocks behind the first are no new observation (RFC 7959 3.4).
        if self.observe == 0 && (!wanted.is_some() || wanted.number() == 0) {
            observations.cancel(server, &token);
            let mut has_room = true;
            let mut pack = Pack::new(format, payload);
            while has_room && pack.advance() {
                let path = *pack.path();
                let reported = reported(directory, scene.attributes, server, &path);
                let (now, format) = (self.now, wanted_format);
                has_room = observations.join(now, server, path, token, format, reported, true);
            }
            if has_room {
                sequence = observations.count_up(server);
            } else {
                // No room for all: none is observed.
                observations.cancel(server, &token);
            }
        }
        let produce = &|sink: &mut Sink<'_>| {
            read::read_all(directory, server, wanted_format, sink, &|each| {
                let mut pack = Pack::new(format, payload);
                while pack.advance() {
                    each(pack.path());
                }
            });
        };
        answer.content(wanted_format, sequence, wanted, produce)
    }

    /// Write-Composite. Bytes for the application go to the buffer; `handed` tells how many.
    fn patch(
        &self,
        scene: &mut Scene<'_>,
        answer: &mut Answer<'_>,
        format: Format,
        handed: &mut Option<usize>,
    ) -> Result<(), Refusal> {
        let payload = self.payload(scene.assembly);
        let directory = &mut *scene.directory;
        for id in directory.ids() {
            if let Some(object) = directory.object_mut(*id) {
                object.prepare(false);
            }
        }
        let mut last = None;
        let (mut several, mut outside) = (false, false);
        for phase in [Phase::Check, Phase::Apply] {
            let mut pack = Pack::new(format, payload);
            while pack.advance() {
                let row = read::target(directory, pack.path(), false)?;
                if !directory.allows(scene.server, pack.path(), Right::Write) {
                    return Err(Refusal::Unauthorized);
                }
                let row = row.ok_or(Refusal::BadRequest)?;
                let id = pack.path().ids().first().copied().unwrap_or(0);
                several |= last.replace(id).is_some_and(|last| last != id);
                outside |= row.has(OUTSIDE);
                // What may be refused later cannot take effect as one with other objects.
                if !row.has(WRITE) || several && outside {
                    return Err(Refusal::NotAllowed);
                }
                let object = directory.object_mut(id).ok_or(Refusal::NotFound)?;
                let observations = &mut *scene.observations;
                let spare = &mut *answer.buffer;
                record(object, &pack, format, phase, &mut |outcome| match outcome {
                    Outcome::Changed(path) => observations.changed(path),
                    Outcome::HandedOver(bytes) => *handed = copy(bytes, spare),
                })?;
                if object.awaits_outside() {
                    answer.brief.code = PARKED;
                }
            }
            if !pack.is_whole() {
                return Err(Refusal::BadRequest);
            }
        }
        Ok(())
    }
}

/// The paths a FETCH names that came in one piece.
pub fn composite_paths<'m>(message: &Message<'m>) -> Pack<'m> {
    let number = message.option(number::CONTENT_FORMAT).and_then(uint);
    let format = match number {
        Some(ETCH_CBOR | 112) => Format::SenmlCbor,
        _ => Format::SenmlJson,
    };
    Pack::new(format, message.payload())
}

/// The SenML format of a number.
fn senml(number: u32) -> Option<Format> {
    Format::from_number(number).filter(|format| format.is_senml())
}
