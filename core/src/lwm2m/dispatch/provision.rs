//! The bootstrap interface (OMA LwM2M TS Core 6.1.7): Bootstrap-Write, -Delete, -Discover, -Read and -Finish. There are no
//! access rights here, and instances come into being by being written. Each request takes effect whole or not at all.

use super::{Directory, Payload, Request, Scene, block};
use crate::coap::code;
use crate::coap::message::Message;
use crate::coap::option::number;
use crate::lwm2m::format::{Format, link, tlv};
use crate::lwm2m::object::{DEVICE, Object, Refusal, has_instance};
use crate::lwm2m::path::Path;
use crate::lwm2m::read;
use crate::lwm2m::reply::{self, Address, Content, REPLY_SZX};
use crate::lwm2m::sink::Sink;
use crate::lwm2m::write::{Manner, write};
use crate::time::Instant;

/// What became of a request of the bootstrap server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Provisioned {
    /// Length of the reply.
    pub length: usize,
    /// Bootstrap-Finish: the reply depends on the accounts, see [`finished`].
    pub finish: bool,
}

/// Instances one payload can bring: more than any object holds.
const MOST: usize = 32;

/// Handles a request of the bootstrap server and writes the reply to `buffer`. `version` is the LwM2M version in use.
pub fn provision(
    scene: &mut Scene<'_>,
    now: Instant,
    message: &Message<'_>,
    address: Address,
    version: &str,
    buffer: &mut [u8],
) -> Provisioned {
    let mut request = Request::new(now, message, address, buffer);
    let mut block1 = None;
    let mut finish = false;
    let (Ok(code) | Err(code)) = request.read().and_then(|()| {
        block1 = Some(request.block1).filter(|bits| *bits != super::ABSENT);
        if message.code == code::POST && is_finish(message) {
            finish = true;
            return Ok(code::CHANGED);
        }
        request.provision(scene, version)
    });
    Provisioned {
        length: request.answer(code, block1),
        finish,
    }
}

/// Writes the reply to Bootstrap-Finish: 2.04, or 4.06 when the accounts cannot be used as they are.
pub fn finished(buffer: &mut [u8], address: &Address, consistent: bool) -> usize {
    let code = if consistent {
        code::CHANGED
    } else {
        code::NOT_ACCEPTABLE
    };
    reply::simple(buffer, address, code, None)
}

/// Whether the path is that of Bootstrap-Finish, `/bs`.
fn is_finish(message: &Message<'_>) -> bool {
    let mut path = message
        .options()
        .filter(|option| option.number == number::URI_PATH);
    path.next().is_some_and(|segment| segment.value == b"bs") && path.next().is_none()
}

impl Request<'_> {
    fn provision(&mut self, scene: &mut Scene<'_>, version: &str) -> Result<u8, u8> {
        if !self.path_known {
            return Err(code::NOT_FOUND);
        }
        let path = self.path;
        match self.message.code {
            code::PUT if path.depth() > 0 => {
                let id = path.ids().first().copied().unwrap_or(0);
                let object = scene.directory.object(id).ok_or(code::NOT_FOUND)?;
                let resource = match *path.ids() {
                    [_, _, resource] => Some(
                        object
                            .definition()
                            .resource(resource)
                            .ok_or(code::NOT_FOUND)?,
                    ),
                    _ => None,
                };
                let format = self.format(read::natural(resource))?;
                let Payload::Whole(block) = self.assemble(scene, &path)? else {
                    return Ok(code::CONTINUE);
                };
                let object = scene.directory.object_mut(id).ok_or(code::NOT_FOUND)?;
                let written = if block.is_some() {
                    let written = apply(object, &path, format, scene.assembly.payload());
                    scene.assembly.clear();
                    written
                } else {
                    apply(object, &path, format, self.message.payload())
                };
                written.map(|()| code::CHANGED)
            }
            code::DELETE if path.depth() < 3 => delete(scene.directory, &path),
            code::GET if self.accept == u32::from(Format::Link.number()) && path.depth() < 2 => {
                if let [id] = *path.ids() {
                    scene.directory.object(id).ok_or(code::NOT_FOUND)?;
                }
                let produce =
                    &|sink: &mut Sink<'_>| link::accounts(scene.directory, version, &path, sink);
                self.content(Format::Link, produce)
            }
            // Reading is for servers that check what an earlier one left behind (OMA LwM2M TS Core 1.1 6.1.7.4).
            code::GET if version != "1.0" && matches!(path.ids(), [1 | 2] | [1 | 2, _]) => {
                read::target(scene.directory, &path, true)?;
                let format = read::format(None, self.accept)?;
                let produce =
                    &|sink: &mut Sink<'_>| read::read(scene.directory, DEVICE, &path, format, sink);
                self.content(format, produce)
            }
            _ => Err(code::METHOD_NOT_ALLOWED),
        }
    }

    fn content(&mut self, format: Format, produce: &dyn Fn(&mut Sink<'_>)) -> Result<u8, u8> {
        let reply = Content {
            format,
            observe: None,
            block: block(self.block2)?,
        };
        self.length = reply.write(
            &self.address,
            code::CONTENT,
            produce,
            REPLY_SZX,
            self.buffer,
        )?;
        Ok(code::CONTENT)
    }
}

/// Bootstrap-Write of an object, an instance or a resource, which need not exist. The error is the response code.
pub fn apply(
    object: &mut dyn Object,
    path: &Path,
    format: Format,
    payload: &[u8],
) -> Result<(), u8> {
    object.prepare(true);
    match *path.ids() {
        [id] => {
            if format != Format::Tlv {
                return Err(code::UNSUPPORTED_CONTENT_FORMAT);
            }
            instances_of(object, id, payload)
        }
        [id, instance] => one(object, &Path::instance(id, instance), format, payload),
        [_, instance, _] => {
            let new = bring(object, instance)?;
            let written = write(
                object,
                path,
                format,
                payload,
                Manner::Provision,
                &mut |_| (),
            );
            if written.is_err() && new {
                object.delete(instance).ok();
            }
            written
        }
        _ => Err(code::METHOD_NOT_ALLOWED),
    }
}

/// Writes one instance as the payload of an object with one instance.
fn one(object: &mut dyn Object, path: &Path, format: Format, payload: &[u8]) -> Result<(), u8> {
    let [_, instance] = *path.ids() else {
        return Err(code::METHOD_NOT_ALLOWED);
    };
    let new = bring(object, instance)?;
    let checked = check(object, path, format, payload);
    if checked.is_err() && new {
        object.delete(instance).ok();
    }
    checked?;
    put(object, path, format, payload)
}

/// Writes the instances of an object's payload: all are checked before the first takes effect.
fn instances_of(object: &mut dyn Object, id: u16, payload: &[u8]) -> Result<(), u8> {
    let mut entries = tlv::Entries::new(payload);
    let mut checked = Ok(());
    // Which of them did not exist before.
    let mut new = 0u32;
    let mut count = 0;
    for entry in entries.by_ref() {
        if entry.kind != tlv::Kind::Instance || count == MOST {
            checked = Err(code::BAD_REQUEST);
            break;
        }
        checked = bring(object, entry.id).and_then(|brought| {
            new |= u32::from(brought) << count;
            count += 1;
            let path = Path::instance(id, entry.id);
            check(object, &path, Format::Tlv, entry.value)
        });
        if checked.is_err() {
            break;
        }
    }
    if !entries.is_whole() {
        checked = checked.and(Err(code::BAD_REQUEST));
    }
    for (index, entry) in tlv::Entries::new(payload).take(count).enumerate() {
        if checked.is_ok() {
            put(
                object,
                &Path::instance(id, entry.id),
                Format::Tlv,
                entry.value,
            )?;
        } else if new >> index & 1 == 1 {
            object.delete(entry.id).ok();
        }
    }
    checked
}

/// Makes sure that an instance exists; whether it is new.
fn bring(object: &mut dyn Object, instance: u16) -> Result<bool, u8> {
    if has_instance(object, instance) {
        return Ok(false);
    }
    match object.create(Some(instance)) {
        Ok(_) => Ok(true),
        Err(Refusal::NotAllowed) => Err(code::BAD_REQUEST),
        Err(refusal) => Err(refusal.code()),
    }
}

fn check(object: &mut dyn Object, path: &Path, format: Format, payload: &[u8]) -> Result<(), u8> {
    if payload.is_empty() {
        return Err(code::BAD_REQUEST);
    }
    write(
        object,
        path,
        format,
        payload,
        Manner::ProvisionCheck,
        &mut |_| (),
    )
}

fn put(object: &mut dyn Object, path: &Path, format: Format, payload: &[u8]) -> Result<(), u8> {
    write(
        object,
        path,
        format,
        payload,
        Manner::Provision,
        &mut |_| (),
    )
}

/// Bootstrap-Delete: of everything, an object or an instance. What may not go stays; asked for by itself, that is
/// refused (OMA LwM2M TS Core 6.1.7.6).
fn delete(directory: &mut dyn Directory, path: &Path) -> Result<u8, u8> {
    match *path.ids() {
        [id, instance] => {
            let object = directory.object_mut(id).ok_or(code::NOT_FOUND)?;
            match object.delete(instance) {
                Err(Refusal::NotAllowed) => Err(code::BAD_REQUEST),
                _ => Ok(code::DELETED),
            }
        }
        [id] => {
            empty(directory.object_mut(id).ok_or(code::NOT_FOUND)?);
            Ok(code::DELETED)
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
            Ok(code::DELETED)
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
