//! The bootstrap interface (OMA LwM2M TS Core 6.1.7): Bootstrap-Write, -Delete, -Discover, -Read and -Finish. There are no
//! access rights here, and instances come into being by being written. Each request takes effect whole or not at all.

use super::{Answer, Directory, FINISH, Request, Scene, block};
use crate::coap::block::Block;
use crate::coap::code;
use crate::coap::exchange::Brief;
use crate::coap::option::number;
use crate::lwm2m::format::senml::Pack;
use crate::lwm2m::format::{Format, link, tlv};
use crate::lwm2m::object::{DEVICE, Object, Refusal, has_instance};
use crate::lwm2m::path::Path;
use crate::lwm2m::read;
use crate::lwm2m::reply::{self, Address};
use crate::lwm2m::sink::Sink;
use crate::lwm2m::write::{Manner, write};

/// Instances one payload can bring: more than any object holds.
const MOST: usize = 32;

/// Writes the reply to Bootstrap-Finish: 2.04, or 4.06 when the accounts cannot be used as they are. Gives its length.
pub fn finished(buffer: &mut [u8], address: &Address, consistent: bool) -> (usize, Brief) {
    let code = if consistent {
        code::CHANGED
    } else {
        code::NOT_ACCEPTABLE
    };
    let brief = Brief {
        code,
        ..Brief::NONE
    };
    let length = reply::short(buffer, address, &brief, Block::NONE);
    (length, brief)
}

impl Request<'_> {
    /// Does what a bootstrap server asks for.
    #[cfg_attr(target_os = "none", inline(never))]
    pub(super) fn provision(
        &mut self,
        scene: &mut Scene<'_>,
        answer: &mut Answer<'_>,
    ) -> Result<(), Refusal> {
        let path = &self.path;
        // Bootstrap-Finish is a POST to `/bs`.
        if self.message.code == code::POST
            && (path.depth(), self.unknown_segments) == (0, 1)
            && self.message.option(number::URI_PATH) == Some(b"bs")
        {
            answer.brief.code = FINISH;
            return Ok(());
        }
        self.settle_version(scene.version);
        if self.unknown_segments != 0 {
            return Err(Refusal::NotFound);
        }
        let path = &self.path;
        match self.message.code {
            code::PUT if path.depth() > 0 => {
                let id = path.ids().first().copied().unwrap_or(0);
                let object = scene.directory.object_mut(id).ok_or(Refusal::NotFound)?;
                let resource = match *path.ids() {
                    [_, _, resource, ..] => Some(
                        object
                            .definition()
                            .resource(resource)
                            .ok_or(Refusal::NotFound)?,
                    ),
                    _ => None,
                };
                let format = self.format(read::natural(resource))?;
                self.assemble(scene)?;
                let object = scene.directory.object_mut(id).ok_or(Refusal::NotFound)?;
                let written = apply(object, path, format, self.payload(scene.assembly));
                self.conclude(scene, answer, None);
                written
            }
            code::DELETE if path.depth() < 3 => {
                answer.brief.code = code::DELETED;
                delete(scene.directory, path)
            }
            code::GET => {
                if self.accept == u32::from(Format::Link.number()) {
                    match *path.ids() {
                        [] => {}
                        [id] if scene.directory.object(id).is_some() => {}
                        [_] => return Err(Refusal::NotFound),
                        _ => return Err(Refusal::NotAllowed),
                    }
                    let produce = &|sink: &mut Sink<'_>| {
                        link::accounts(scene.directory, scene.version, path, sink);
                    };
                    return answer.content(Format::Link, None, block(self.block2)?, produce);
                }
                // Reading is for servers that check what an earlier one left behind (OMA LwM2M TS Core 1.1 6.1.7.4).
                if !scene.version.is_1_1() || !matches!(path.ids(), [1 | 2] | [1 | 2, _]) {
                    return Err(Refusal::NotAllowed);
                }
                read::target(scene.directory, path, true)?;
                let format = read::format(path, None, self.accept)?;
                let produce = &|sink: &mut Sink<'_>| {
                    read::read(scene.directory, DEVICE, path, format, sink);
                };
                answer.content(format, None, block(self.block2)?, produce)
            }
            _ => Err(Refusal::NotAllowed),
        }
    }
}

/// Bootstrap-Write of an object, an instance or a resource, which need not exist.
/// All instances of an object's payload are checked before the first takes effect; a resource is checked by itself.
pub fn apply(
    object: &mut dyn Object,
    path: &Path,
    format: Format,
    payload: &[u8],
) -> Result<(), Refusal> {
    object.prepare(true);
    let (id, only) = match *path.ids() {
        [id] if format == Format::Tlv || format.is_senml() => (id, None),
        [_] => return Err(Refusal::Unsupported),
        [id, instance, ..] => (id, Some(instance)),
        _ => return Err(Refusal::NotAllowed),
    };
    if format.is_senml() {
        let mut pack = Pack::new(format, payload);
        let mut all = true;
        while pack.advance() {
            all &= path.contains(pack.path());
        }
        if !all || !pack.is_whole() {
            return Err(Refusal::BadRequest);
        }
    }
    let mut outcome = Ok(());
    let mut most = if only.is_some() { 1 } else { MOST };
    // Which instances did not exist before.
    let mut new = 0u32;
    for manner in [Manner::ProvisionCheck, Manner::Provision] {
        let checks = manner == Manner::ProvisionCheck;
        let mut entries = tlv::Entries::new(payload);
        let mut count = 0;
        let mut last = None;
        while count < most && !(checks && outcome.is_err()) {
            let mut content = payload;
            let instance = if only.is_some() {
                only
            } else if format.is_senml() {
                // What is not of the instance is left aside when it is written.
                instance_after(format, payload, last)
            } else {
                let entry = entries.next();
                if entry.is_some_and(|entry| entry.kind != tlv::Kind::Instance) {
                    outcome = Err(Refusal::BadRequest);
                    break;
                }
                entry.map(|entry| {
                    content = entry.value;
                    entry.id
                })
            };
            let Some(instance) = instance else {
                break;
            };
            last = Some(instance);
            if checks && !has_instance(object, instance) {
                match object.create(Some(instance)) {
                    Ok(_) => new |= 1 << count,
                    Err(Refusal::NotAllowed) => outcome = Err(Refusal::BadRequest),
                    Err(refusal) => outcome = Err(refusal),
                }
                if outcome.is_err() {
                    break;
                }
            }
            if outcome.is_ok() && !(checks && path.depth() > 2) {
                let target = if only.is_some() {
                    *path
                } else {
                    Path::instance(id, instance)
                };
                outcome = write(object, &target, format, content, manner, &mut |_| ());
            }
            if !checks && outcome.is_err() && new >> count & 1 == 1 {
                object.delete(instance).ok();
            }
            count += 1;
        }
        if checks {
            most = count;
            if only.is_none() && !format.is_senml() && !entries.is_whole() {
                outcome = outcome.and(Err(Refusal::BadRequest));
            }
        }
    }
    outcome
}

/// The least instance above another that records are of.
fn instance_after(format: Format, payload: &[u8], last: Option<u16>) -> Option<u16> {
    let mut least = None;
    let mut pack = Pack::new(format, payload);
    while pack.advance() {
        if let Some(id) = pack.path().ids().get(1)
            && last.is_none_or(|last| *id > last)
            && least.is_none_or(|least| *id < least)
        {
            least = Some(*id);
        }
    }
    least
}

/// Bootstrap-Delete: of everything, an object or an instance. What may not go stays; asked for by itself, that is
/// refused (OMA LwM2M TS Core 6.1.7.6).
fn delete(directory: &mut dyn Directory, path: &Path) -> Result<(), Refusal> {
    match *path.ids() {
        [id, instance] => {
            let object = directory.object_mut(id).ok_or(Refusal::NotFound)?;
            match object.delete(instance) {
                Err(Refusal::NotAllowed) => Err(Refusal::BadRequest),
                _ => Ok(()),
            }
        }
        [id] if empty(directory, id) => Ok(()),
        [_] => Err(Refusal::NotFound),
        _ => {
            // The objects of accounts are not among those that servers see.
            for id in 0..3 {
                empty(directory, id);
            }
            for id in directory.ids() {
                empty(directory, *id);
            }
            Ok(())
        }
    }
}

/// Deletes all instances of an object that can be deleted. Whether there is such an object.
fn empty(directory: &mut dyn Directory, id: u16) -> bool {
    let Some(object) = directory.object_mut(id) else {
        return false;
    };
    let mut index = 0;
    while let Some(instance) = object.instance(index) {
        if object.delete(instance).is_err() {
            index += 1;
        }
    }
    true
}
