//! The bootstrap interface (OMA LwM2M TS Core 6.1.7): Bootstrap-Write, -Delete, -Discover, -Read and -Finish. There are no
//! access rights here, and instances come into being by being written. Each request takes effect whole or not at all.

use super::{Answer, Directory, FINISH, Request, Scene, block};
use crate::coap::block::Block;
use crate::coap::code;
use crate::coap::exchange::Brief;
use crate::coap::message::Message;
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

/// Whether the path is that of Bootstrap-Finish, `/bs`.
fn is_finish(message: &Message<'_>) -> bool {
    let mut path = message
        .options()
        .filter(|option| option.number == number::URI_PATH);
    path.next().is_some_and(|segment| segment.value == b"bs") && path.next().is_none()
}

impl Request<'_> {
    /// Does what a bootstrap server asks for.
    #[cfg_attr(target_os = "none", inline(never))]
    pub(super) fn provision(
        &mut self,
        scene: &mut Scene<'_>,
        answer: &mut Answer<'_>,
    ) -> Result<(), Refusal> {
        if self.message.code == code::POST && is_finish(self.message) {
            answer.brief.code = FINISH;
            return Ok(());
        }
        self.settle_version(scene.version);
        if !self.path_known {
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
                let discovers = self.accept == u32::from(Format::Link.number());
                let format = match path.ids() {
                    [] if discovers => Format::Link,
                    [id] if discovers => {
                        scene.directory.object(*id).ok_or(Refusal::NotFound)?;
                        Format::Link
                    }
                    // Reading is for servers that check what an earlier one left behind (OMA LwM2M TS Core 1.1 6.1.7.4).
                    [1 | 2] | [1 | 2, _] if !discovers && scene.version.is_1_1() => {
                        read::target(scene.directory, path, true)?;
                        read::format(path, None, self.accept)?
                    }
                    _ => return Err(Refusal::NotAllowed),
                };
                let produce = &|sink: &mut Sink<'_>| {
                    if discovers {
                        link::accounts(scene.directory, scene.version, path, sink);
                    } else {
                        read::read(scene.directory, DEVICE, path, format, sink);
                    }
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
    let mut outcome = Ok(());
    if format.is_senml() {
        let mut pack = Pack::new(format, payload);
        let mut all = true;
        while pack.advance() {
            all &= path.contains(pack.path());
        }
        if !all || !pack.is_whole() {
            outcome = Err(Refusal::BadRequest);
        }
    }
    let mut most = MOST;
    // Which instances did not exist before.
    let mut new = 0u32;
    for manner in [Manner::ProvisionCheck, Manner::Provision] {
        let checks = manner == Manner::ProvisionCheck;
        let mut entries = tlv::Entries::new(payload);
        let mut count = 0;
        let mut last = None;
        while count < most {
            let (instance, content) = match only {
                Some(instance) if count == 0 => (instance, payload),
                Some(_) => break,
                None if format.is_senml() => match instance_after(format, payload, last) {
                    // What is not of the instance is left aside when it is written.
                    Some(instance) => (instance, payload),
                    None => break,
                },
                None => match entries.next() {
                    Some(entry) if entry.kind == tlv::Kind::Instance => (entry.id, entry.value),
                    Some(_) => {
                        outcome = Err(Refusal::BadRequest);
                        break;
                    }
                    None => break,
                },
            };
            last = Some(instance);
            let mut target = Path::instance(id, instance);
            if checks {
                match bring(object, instance) {
                    Ok(brought) => new |= u32::from(brought) << count,
                    Err(refusal) => {
                        outcome = Err(refusal);
                        break;
                    }
                }
            }
            let single = path.depth() > 2;
            if single {
                target = *path;
            }
            if outcome.is_ok() && !(checks && single) {
                outcome = if content.is_empty() && !single {
                    Err(Refusal::BadRequest)
                } else {
                    write(object, &target, format, content, manner, &mut |_| ())
                };
            }
            if !checks && outcome.is_err() && new >> count & 1 == 1 {
                object.delete(instance).ok();
            }
            count += 1;
            if checks && outcome.is_err() {
                break;
            }
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

/// Makes sure that an instance exists; whether it is new.
fn bring(object: &mut dyn Object, instance: u16) -> Result<bool, Refusal> {
    if has_instance(object, instance) {
        return Ok(false);
    }
    match object.create(Some(instance)) {
        Ok(_) => Ok(true),
        Err(Refusal::NotAllowed) => Err(Refusal::BadRequest),
        Err(refusal) => Err(refusal),
    }
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
        [id] => {
            empty(directory.object_mut(id).ok_or(Refusal::NotFound)?);
            Ok(())
        }
        _ => {
            for id in [0, 1, 2] {
                if let Some(object) = directory.object_mut(id) {
                    empty(object);
                }
            }
            for id in directory.ids() {
                if let Some(object) = directory.object_mut(*id) {
                    empty(object);
                }
            }
            Ok(())
        }
    }
}

/// Deletes all instances that can be deleted.
fn empty(object: &mut dyn Object) {
    let mut index = 0;
    while let Some(instance) = object.instance(index) {
        if object.delete(instance).is_err() {
            index += 1;
        }
    }
}
