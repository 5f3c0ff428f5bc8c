//! From request to reply: finds operation and path, checks, lets the object act, writes the answer
//! (OMA LwM2M TS Transport 6.4.4 maps operations to CoAP methods).

use super::attribute::{AttributeError, AttributeTable};
use super::format::{Format, link};
use super::object::{Directory, EXECUTE, Object, Refusal};
use super::observe::{self, Observations};
use super::path::Path;
use super::read;
use super::reply::{self, Address, Content, REPLY_SZX, simple};
use super::sink::Sink;
use super::value::Type;
use super::write::{self, Outcome};
use crate::bytes::copy;
use crate::coap::block::{Assembly, Block, Progress};
use crate::coap::code;
use crate::coap::message::Message;
use crate::coap::option::{number, uint};
use crate::config::ASSEMBLY;
use crate::time::Instant;

/// Whose block-wise write is being collected: server, method and path.
pub type Transfer = (u8, u8, Path);

/// What a request acts on.
pub struct Scene<'s> {
    /// The objects.
    pub directory: &'s mut dyn Directory,
    /// Who observes what.
    pub observations: &'s mut Observations,
    /// Notification attributes.
    pub attributes: &'s mut AttributeTable,
    /// The block-wise write in progress.
    pub assembly: &'s mut Assembly<Transfer>,
    /// The server that sent the request.
    pub server: u8,
}

/// A reply that waits for somebody outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Parked {
    /// Where the reply goes.
    pub address: Address,
    /// The id of the request, under which duplicates arrive.
    pub request: u16,
    /// Block1 option to repeat.
    pub block1: Option<u32>,
}

/// What became of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Handled {
    /// The reply has this length.
    Replied(usize),
    /// The reply follows when the outside has answered.
    Parked(Parked),
}

/// An option that is not there. No option we read can have this value.
const ABSENT: u32 = u32::MAX;

/// What a request says, read from its options once.
struct Request<'a> {
    message: &'a Message<'a>,
    /// `None`: no path of the data model.
    path: Option<Path>,
    content_format: u32,
    accept: u32,
    observe: u32,
    block1: u32,
    block2: u32,
    size1: u32,
    has_query: bool,
}

/// A positive outcome, before it is written.
enum Answer {
    /// Only a code.
    Code(u8),
    /// 2.01 with the location of the new instance.
    Created(u16),
    /// 2.31: go on with this block.
    Continue,
    /// 4.13 with the largest possible size.
    TooLarge,
    /// 2.05 with what the path names.
    Content {
        format: Format,
        observe: Option<u32>,
    },
    /// 2.04 later.
    Parked,
}

/// Handles a request that was not seen before and writes the reply to `buffer`.
pub fn dispatch(
    scene: &mut Scene<'_>,
    now: Instant,
    message: &Message<'_>,
    address: Address,
    buffer: &mut [u8],
) -> Handled {
    let request = match Request::read(message) {
        Ok(request) => request,
        Err(code) => return Handled::Replied(simple(buffer, &address, code, None)),
    };
    let block1 = if request.block1 == ABSENT {
        None
    } else {
        Some(request.block1)
    };
    let path = request.path.unwrap_or(Path::ROOT);
    let answer = operate(scene, now, &request, buffer).unwrap_or_else(Answer::Code);
    let length = match answer {
        Answer::Code(code) => simple(buffer, &address, code, block1),
        Answer::Continue => simple(buffer, &address, code::CONTINUE, block1),
        Answer::TooLarge => reply::too_large(buffer, &address, block1),
        Answer::Created(instance) => {
            let location = path.then(instance).unwrap_or(path);
            reply::created(buffer, &address, &location, block1)
        }
        Answer::Parked => {
            return Handled::Parked(Parked {
                address,
                request: message.id,
                block1,
            });
        }
        Answer::Content { format, observe } => {
            content(scene, &request, &address, &path, format, observe, buffer)
        }
    };
    Handled::Replied(length)
}

impl<'a> Request<'a> {
    fn read(message: &'a Message<'a>) -> Result<Request<'a>, u8> {
        let mut request = Request {
            message,
            path: Some(Path::ROOT),
            content_format: ABSENT,
            accept: ABSENT,
            observe: ABSENT,
            block1: ABSENT,
            block2: ABSENT,
            size1: ABSENT,
            has_query: false,
        };
        for option in message.options() {
            let (field, limit) = match option.number {
                number::URI_PATH => {
                    request.path = request
                        .path
                        .and_then(|path| path.then_segment(option.value));
                    continue;
                }
                number::URI_QUERY => {
                    request.has_query = true;
                    continue;
                }
                // We are the only host here: the name does not matter.
                number::URI_HOST | number::URI_PORT => continue,
                number::PROXY_URI | number::PROXY_SCHEME => {
                    return Err(code::PROXYING_NOT_SUPPORTED);
                }
                number::CONTENT_FORMAT => (&mut request.content_format, 2),
                number::ACCEPT => (&mut request.accept, 2),
                number::OBSERVE => (&mut request.observe, 3),
                number::BLOCK1 => (&mut request.block1, 3),
                number::BLOCK2 => (&mut request.block2, 3),
                number::SIZE1 => (&mut request.size1, 4),
                number if number & 1 == 0 => continue,
                // Odd numbers are critical: the request cannot be understood without them (RFC 7252 5.4.1).
                _ => return Err(code::BAD_OPTION),
            };
            // A value that is too long or there twice counts as an unknown option (RFC 7252 5.4.3, 5.4.5).
            if *field == ABSENT && option.value.len() <= limit {
                *field = uint(option.value).unwrap_or(ABSENT);
            } else if option.number & 1 == 1 {
                return Err(code::BAD_OPTION);
            }
        }
        Ok(request)
    }

    /// The payload format of a write: the one named, or the natural one of the target.
    fn format(&self, natural: Format) -> Result<Format, u8> {
        match self.content_format {
            ABSENT => Ok(natural),
            number => Format::from_number(number).ok_or(code::UNSUPPORTED_CONTENT_FORMAT),
        }
    }
}

/// A block option, if there is one; exponent 7 is reserved: 4.00 (RFC 7959 2.2).
fn block(value: u32) -> Result<Option<Block>, u8> {
    match value {
        ABSENT => Ok(None),
        bits => Block::from_bits(bits).map(Some).ok_or(code::BAD_REQUEST),
    }
}

fn operate(
    scene: &mut Scene<'_>,
    now: Instant,
    request: &Request<'_>,
    spare: &mut [u8],
) -> Result<Answer, u8> {
    let method = request.message.code;
    if !matches!(method, code::GET | code::POST | code::PUT | code::DELETE) {
        return Err(code::METHOD_NOT_ALLOWED);
    }
    let path = request.path.ok_or(code::NOT_FOUND)?;
    if method == code::GET {
        return get(scene, now, request, path);
    }
    // The object or instance has to exist, and the resource has to be known, whatever the operation.
    let (_, resource) = read::target(scene.directory, &path, false)?;
    if method == code::DELETE {
        return delete(scene, &path);
    }
    if method == code::PUT
        && request.has_query
        && request.message.payload().is_empty()
        && request.content_format == ABSENT
    {
        let numeric = resource
            .is_some_and(|row| matches!(row.kind, Type::Integer | Type::Float | Type::Time));
        return write_attributes(scene, request, &path, numeric);
    }
    match (method, path.depth()) {
        (code::PUT, 2 | 3) | (code::POST, 1 | 2) => {}
        (code::POST, 3) if resource.is_some_and(|row| row.has(EXECUTE)) => {
            return execute(scene, request, &path);
        }
        _ => return Err(code::METHOD_NOT_ALLOWED),
    }
    let natural = match resource.map(|row| row.kind) {
        None => Format::Tlv,
        Some(Type::Opaque) => Format::Opaque,
        Some(_) => Format::Text,
    };
    let format = request.format(natural)?;
    let Some(block) = block(request.block1)? else {
        let mut change = Change {
            directory: scene.directory,
            observations: scene.observations,
            spare,
            handed: None,
        };
        let answer = change.make(method, &path, format, request.message.payload());
        return change.finish(answer, scene.assembly);
    };
    if block.number == 0 && request.size1 != ABSENT && request.size1 as usize > ASSEMBLY {
        return Ok(Answer::TooLarge);
    }
    match scene.assembly.block(
        now,
        (scene.server, method, path),
        block,
        request.message.payload(),
    ) {
        Progress::Continue => Ok(Answer::Continue),
        Progress::Incomplete => Err(code::REQUEST_ENTITY_INCOMPLETE),
        Progress::BadBlock => Err(code::BAD_REQUEST),
        Progress::TooLarge => Ok(Answer::TooLarge),
        Progress::Complete => {
            let mut change = Change {
                directory: scene.directory,
                observations: scene.observations,
                spare,
                handed: None,
            };
            let answer = change.make(method, &path, format, scene.assembly.payload());
            scene.assembly.clear();
            change.finish(answer, scene.assembly)
        }
    }
}

fn get(
    scene: &mut Scene<'_>,
    now: Instant,
    request: &Request<'_>,
    path: Path,
) -> Result<Answer, u8> {
    if request.accept == u32::from(Format::Link.number()) {
        read::target(scene.directory, &path, true)?;
        return Ok(Answer::Content {
            format: Format::Link,
            observe: None,
        });
    }
    let resource = read::readable(scene.directory, &path)?;
    let format = read::format(
        &path,
        resource,
        if request.accept == ABSENT {
            None
        } else {
            Some(request.accept)
        },
    )?;
    let token = request.message.token;
    let observe = match request.observe {
        // The blocks behind the first are no new observation (RFC 7959 3.4).
        0 if block(request.block2)?.is_none_or(|block| block.number == 0) => {
            let watched = scene
                .attributes
                .effective(scene.server, &path)
                .has_threshold();
            let reported = if watched {
                observe::number(scene.directory, &path)
            } else {
                None
            };
            scene
                .observations
                .add(now, scene.server, path, token, format, reported)
        }
        0 | ABSENT => None,
        _ => {
            scene.observations.cancel(scene.server, &token);
            None
        }
    };
    Ok(Answer::Content { format, observe })
}

fn delete(scene: &mut Scene<'_>, path: &Path) -> Result<Answer, u8> {
    let [id, instance] = *path.ids() else {
        return Err(code::METHOD_NOT_ALLOWED);
    };
    let object = changeable(scene.directory, id)?;
    object.delete(instance).map_err(Refusal::code)?;
    scene.observations.forget_path(path);
    scene.attributes.forget_path(path);
    scene.observations.changed(&Path::object(id));
    Ok(Answer::Code(code::DELETED))
}

/// An object whose instances servers may create and delete.
fn changeable(directory: &mut dyn Directory, id: u16) -> Result<&mut dyn Object, u8> {
    let object = directory.object_mut(id).ok_or(code::NOT_FOUND)?;
    if object.definition().creatable {
        Ok(object)
    } else {
        Err(code::METHOD_NOT_ALLOWED)
    }
}

fn write_attributes(
    scene: &mut Scene<'_>,
    request: &Request<'_>,
    path: &Path,
    numeric: bool,
) -> Result<Answer, u8> {
    let options = request.message.options();
    let mut items = options
        .filter(|option| option.number == number::URI_QUERY)
        .map(|option| option.value);
    match scene
        .attributes
        .write(scene.server, path, numeric, &mut items)
    {
        Ok(()) => {
            scene
                .observations
                .attributes_written(scene.server, scene.directory);
            Ok(Answer::Code(code::CHANGED))
        }
        Err(AttributeError::Invalid) => Err(code::BAD_REQUEST),
        Err(AttributeError::Full) => Err(code::INTERNAL_SERVER_ERROR),
    }
}

fn execute(scene: &mut Scene<'_>, request: &Request<'_>, path: &Path) -> Result<Answer, u8> {
    if request.format(Format::Text)? != Format::Text {
        return Err(code::UNSUPPORTED_CONTENT_FORMAT);
    }
    let arguments = request.message.payload();
    if !write::arguments_are_valid(arguments) {
        return Err(code::BAD_REQUEST);
    }
    let [id, instance, resource] = *path.ids() else {
        return Err(code::METHOD_NOT_ALLOWED);
    };
    let object = scene.directory.object_mut(id).ok_or(code::NOT_FOUND)?;
    let changed = object
        .execute(instance, resource, arguments)
        .map_err(Refusal::code)?;
    if let Some(resource) = changed {
        scene
            .observations
            .changed(&Path::resource(id, instance, resource));
    }
    Ok(Answer::Code(code::CHANGED))
}

/// A write or create with its whole payload.
struct Change<'s> {
    directory: &'s mut dyn Directory,
    observations: &'s mut Observations,
    /// The reply buffer, not yet in use: bytes for the application pass through it.
    spare: &'s mut [u8],
    /// How many bytes the application gets.
    handed: Option<usize>,
}

impl Change<'_> {
    fn make(
        &mut self,
        method: u8,
        path: &Path,
        format: Format,
        payload: &[u8],
    ) -> Result<Answer, u8> {
        let Change {
            directory,
            observations,
            spare,
            handed,
        } = self;
        let id = *path.ids().first().ok_or(code::METHOD_NOT_ALLOWED)?;
        if path.depth() == 1 {
            let object = changeable(*directory, id)?;
            let instance = write::create(object, format, payload)?;
            observations.changed(path);
            return Ok(Answer::Created(instance));
        }
        if path.depth() == 2 && payload.is_empty() {
            return Err(code::BAD_REQUEST);
        }
        let object = directory.object_mut(id).ok_or(code::NOT_FOUND)?;
        let mut news = |outcome: Outcome<'_>| match outcome {
            Outcome::Changed(path) => observations.changed(path),
            Outcome::HandedOver(bytes) => *handed = copy(bytes, spare),
        };
        write::write(
            object,
            path,
            format,
            payload,
            method == code::PUT,
            &mut news,
        )?;
        Ok(if object.awaits_outside() {
            Answer::Parked
        } else {
            Answer::Code(code::CHANGED)
        })
    }

    /// Leaves bytes for the application in the assembly, which is idle after a whole payload.
    fn finish(
        &self,
        answer: Result<Answer, u8>,
        assembly: &mut Assembly<Transfer>,
    ) -> Result<Answer, u8> {
        if let Some(bytes) = self.handed.and_then(|length| self.spare.get(..length)) {
            assembly.hold(bytes);
        }
        answer
    }
}

/// Writes a 2.05: whole when it fits and nobody asked for blocks, otherwise the block asked for.
fn content(
    scene: &Scene<'_>,
    request: &Request<'_>,
    address: &Address,
    path: &Path,
    format: Format,
    observe: Option<u32>,
    buffer: &mut [u8],
) -> usize {
    let block = match block(request.block2) {
        Ok(block) => block,
        Err(code) => return simple(buffer, address, code, None),
    };
    let produce = &|sink: &mut Sink<'_>| produce(scene, path, format, sink);
    let reply = Content {
        format,
        observe,
        block,
    };
    match reply.write(address, code::CONTENT, produce, REPLY_SZX, buffer) {
        Ok(length) => length,
        Err(code) => simple(buffer, address, code, None),
    }
}

fn produce(scene: &Scene<'_>, path: &Path, format: Format, sink: &mut Sink<'_>) {
    match format {
        Format::Link => link::discover(scene.directory, scene.attributes, scene.server, path, sink),
        _ => read::read(scene.directory, path, format, sink),
    }
}
