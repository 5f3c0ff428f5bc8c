//! Values that are not kept but passed on as they come, block by block: one alone, or as TLV with its head in front.

use super::{ABSENT, PARKED, Request, Scene, block};
use crate::coap::code;
use crate::config::ASSEMBLY;
use crate::lwm2m::format::{Format, tlv};
use crate::lwm2m::object::{Part, Refusal};
use crate::lwm2m::path::Path;

impl Request<'_> {
    /// Passes on what came of a value.
    pub(super) fn stream(
        &self,
        scene: &mut Scene<'_>,
        path: &Path,
        format: Format,
    ) -> Result<u8, u8> {
        let [id, _, resource] = *path.ids() else {
            return Err(code::METHOD_NOT_ALLOWED);
        };
        let mut bytes = self.message.payload();
        let length = bytes.len();
        let mut offset = 0;
        let mut more = false;
        if let Some(block) = block(self.block1)? {
            if length > block.size() || block.more && length < block.size() {
                return Err(code::BAD_REQUEST);
            }
            offset = block.offset();
            more = block.more;
        }
        match format {
            Format::Opaque => {}
            Format::Tlv if offset != 0 => {}
            Format::Tlv => match tlv::front(&mut bytes) {
                Some((tlv::Kind::Resource, own, _)) if own == resource => {}
                _ => return Err(code::BAD_REQUEST),
            },
            _ => return Err(code::UNSUPPORTED_CONTENT_FORMAT),
        }
        if bytes.len() > ASSEMBLY {
            return Err(code::REQUEST_ENTITY_TOO_LARGE);
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
        let object = scene.directory.object_mut(id).ok_or(code::NOT_FOUND)?;
        if object.part(&part).map_err(Refusal::code)? {
            scene.assembly.hold(bytes);
            return Ok(PARKED);
        }
        Ok(if more { code::CONTINUE } else { code::CHANGED })
    }
}
