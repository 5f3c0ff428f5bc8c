//! Values that are not kept but passed on as they come, block by block: one alone, or as TLV with its head in front.

use super::{ABSENT, Answer, PARKED, Request, Scene, block};
use crate::config::ASSEMBLY;
use crate::lwm2m::format::{Format, tlv};
use crate::lwm2m::object::{Part, Refusal};

impl Request<'_> {
    /// Passes on what came of a value.
    pub(super) fn stream(
        &self,
        scene: &mut Scene<'_>,
        answer: &mut Answer<'_>,
        format: Format,
    ) -> Result<(), Refusal> {
        let [id, _, resource] = *self.path.ids() else {
            return Err(Refusal::NotAllowed);
        };
        let mut bytes = self.message.payload();
        let length = bytes.len();
        let mut offset = 0;
        let mut more = false;
        let block = block(self.block1)?;
        if block.is_some() {
            more = block.more();
            if length > block.size() || more && length < block.size() {
                return Err(Refusal::BadRequest);
            }
            offset = block.offset();
        }
        match format {
            Format::Opaque => {}
            Format::Tlv if offset != 0 => {}
            Format::Tlv => match tlv::front(&mut bytes) {
                Some((tlv::Kind::Resource, own, _)) if own == resource => {}
                _ => return Err(Refusal::BadRequest),
            },
            _ => return Err(Refusal::Unsupported),
        }
        if bytes.len() > ASSEMBLY {
            return Err(Refusal::TooLarge);
        }
        let part = Part {
            server: scene.server,
            more,
            message: self.message.id,
            offset: offset as u32,
            end: (offset + length) as u32,
            size: if self.size1 == ABSENT { 0 } else { self.size1 },
            bytes,
        };
        let object = scene.directory.object_mut(id).ok_or(Refusal::NotFound)?;
        if object.part(&part)? {
            scene.assembly.hold(bytes);
            answer.brief.code = PARKED;
        } else if more {
            return Err(Refusal::Continue);
        }
        Ok(())
    }
}
