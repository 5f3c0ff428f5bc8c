//! Composite operations (OMA LwM2M TS Core 1.1 6.3.8, 6.3.9, 6.4.3): Read-Composite and Observe-Composite with FETCH,
//! Write-Composite with iPATCH, on the root. A SenML payload names the paths (RFC 8132, RFC 8790).
//!
//! What a composite read names and the server may not read, or what is not there, is left out. A composite write is done
//! whole or not at all: everything is checked before the first value takes effect.

use super::{ABSENT, PARKED, Payload, Request, Scene, block, reported};
use crate::bytes::copy;
use crate::coap::code;
use crate::coap::message::Message;
use crate::coap::option::{number, uint};
use crate::lwm2m::format::Format;
use crate::lwm2m::format::senml::Pack;
use crate::lwm2m::object::{Phase, Right, WRITE};
use crate::lwm2m::read;
use crate::lwm2m::sink::Sink;
use crate::lwm2m::write::{Outcome, record};

/// SenML with the fields that only FETCH and iPATCH know, in JSON and in CBOR (RFC 8790).
const ETCH_JSON: u32 = 320;
const ETCH_CBOR: u32 = 322;

impl Request<'_> {
    /// Does what a FETCH or iPATCH asks for.
    pub(super) fn compose(&mut self, scene: &mut Scene<'_>) -> Result<u8, u8> {
        if self.path.depth() > 0 || !self.path_known {
            return Err(code::METHOD_NOT_ALLOWED);
        }
        let format = match self.content_format {
            ETCH_JSON => Format::SenmlJson,
            ETCH_CBOR => Format::SenmlCbor,
            number => senml(number).ok_or(code::UNSUPPORTED_CONTENT_FORMAT)?,
        };
        let path = self.path;
        let Payload::Whole(last) = self.assemble(scene, &path)? else {
            return Ok(code::CONTINUE);
        };
        let assembled = last.is_some();
        let mut handed = None;
        let done = if self.message.code == code::FETCH {
            self.fetch(scene, format, assembled)
        } else {
            self.patch(scene, format, assembled, &mut handed)
        };
        if assembled {
            scene.assembly.clear();
        }
        // Bytes for the application stay in the assembly, which is idle after a whole payload.
        if let Some(bytes) = handed.and_then(|length| self.buffer.get(..length)) {
            scene.assembly.hold(bytes);
        }
        done
    }

    /// Read-Composite and Observe-Composite.
    fn fetch(&mut self, scene: &mut Scene<'_>, format: Format, assembled: bool) -> Result<u8, u8> {
        let payload = if assembled {
            scene.assembly.payload()
        } else {
            self.message.payload()
        };
        let answer = match self.accept {
            ABSENT => format,
            number => senml(number).ok_or(code::NOT_ACCEPTABLE)?,
        };
        let mut pack = Pack::new(format, payload);
        let mut any = false;
        while pack.advance() {
            any = true;
        }
        if !any || !pack.is_whole() {
            return Err(code::BAD_REQUEST);
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
        if self.observe == 0 && wanted.is_none_or(|block| block.number == 0) {
            let mut pack = Pack::new(format, payload);
            while pack.advance() {
                let path = *pack.path();
                let reported = reported(directory, scene.attributes, server, &path);
                if sequence.is_none() {
                    sequence = observations.add(self.now, server, path, token, answer, reported);
                    observations.unite(server, &token);
                } else if !observations.join(server, &token, path, reported) {
                    sequence = None;
                }
                if sequence.is_none() {
                    // No room for all: none is observed.
                    observations.cancel(server, &token);
                    break;
                }
            }
        }
        let produce = &|sink: &mut Sink<'_>| {
            read::read_all(directory, server, answer, sink, &|each| {
                let mut pack = Pack::new(format, payload);
                while pack.advance() {
                    each(pack.path());
                }
            });
        };
        self.content(answer, sequence, wanted, produce)
    }

    /// Write-Composite. Bytes for the application go to the buffer; `handed` tells how many.
    fn patch(
        &mut self,
        scene: &mut Scene<'_>,
        format: Format,
        assembled: bool,
        handed: &mut Option<usize>,
    ) -> Result<u8, u8> {
        let payload = if assembled {
            scene.assembly.payload()
        } else {
            self.message.payload()
        };
        let directory = &mut *scene.directory;
        for id in directory.ids() {
            if let Some(object) = directory.object_mut(*id) {
                object.prepare(false);
            }
        }
        let mut code = code::CHANGED;
        for phase in [Phase::Check, Phase::Apply] {
            let mut pack = Pack::new(format, payload);
            while pack.advance() {
                let row = read::target(directory, pack.path(), false)?;
                if !directory.allows(scene.server, pack.path(), Right::Write) {
                    return Err(code::UNAUTHORIZED);
                }
                if !row.ok_or(code::BAD_REQUEST)?.has(WRITE) {
                    return Err(code::METHOD_NOT_ALLOWED);
                }
                let id = pack.path().ids().first().copied().unwrap_or(0);
                let object = directory.object_mut(id).ok_or(code::NOT_FOUND)?;
                let observations = &mut *scene.observations;
                let spare = &mut *self.buffer;
                record(object, &pack, phase, &mut |outcome| match outcome {
                    Outcome::Changed(path) => observations.changed(path),
                    Outcome::HandedOver(bytes) => *handed = copy(bytes, spare),
                })?;
                if object.awaits_outside() {
                    code = PARKED;
                }
            }
            if !pack.is_whole() {
                return Err(code::BAD_REQUEST);
            }
        }
        Ok(code)
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
