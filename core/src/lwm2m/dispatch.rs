//! From request to reply: finds operation and path, checks, lets the object act, writes the answer
//! (OMA LwM2M TS Transport 6.4.4 maps operations to CoAP methods).

use super::attribute::{AttributeError, AttributeTable};
use super::format::{Format, link};
use super::object::{Directory, EXECUTE, Object, Refusal};
use super::observe::Observations;
use super::path::Path;
use super::read;
use super::sink::Sink;
use super::value::Type;
use super::write;
use crate::coap::block::{Assembly, Block, Progress};
use crate::coap::code;
use crate::coap::message::{Kind, Message, Token, Writer};
use crate::coap::option::{number, uint};
use crate::config::ASSEMBLY;
use crate::time::Instant;

/// Largest block of a reply: 1024 bytes.
pub const REPLY_SZX: u8 = 6;

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

/// How a reply is addressed: type, message id and token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Address {
    /// ACK to a confirmable request, NON otherwise.
    pub kind: Kind,
    /// The request's id for an ACK, an own id otherwise.
    pub id: u16,
    /// The request's token.
    pub token: Token,
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

/// What a request says, read from its options once.
struct Request<'a> {
    message: &'a Message<'a>,
    /// `None`: no path of the data model.
    path: Option<Path>,
    content_format: Option<u32>,
    accept: Option<u32>,
    observe: Option<u32>,
    block1: Option<Block>,
    block2: Option<Block>,
    size1: Option<u32>,
    has_query: bool,
}

/// A positive outcome, before it is written.
enum Answer {
    /// Only a code.
    Code(u8),
    /// 2.01 with the location of the new instance.
    Created(Path),
    /// 2.31: go on with this block.
    Continue,
    /// 4.13 with the largest possible size.
    TooLarge,
    /// 2.05 with what the path names.
    Content {
        path: Path,
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
    let block1 = request.block1.map(Block::value);
    let answer = operate(scene, now, &request).unwrap_or_else(Answer::Code);
    let length = match answer {
        Answer::Code(code) => simple(buffer, &address, code, block1),
        Answer::Continue => simple(buffer, &address, code::CONTINUE, block1),
        Answer::TooLarge => too_large(buffer, &address, request.block1),
        Answer::Created(path) => created(buffer, &address, &path, block1),
        Answer::Parked => {
            return Handled::Parked(Parked {
                address,
                request: message.id,
                block1,
            });
        }
        Answer::Content {
            path,
            format,
            observe,
        } => content(scene, &request, &address, &path, format, observe, buffer),
    };
    Handled::Replied(length)
}

/// Writes a reply of only a code, with the Block1 option to repeat.
pub fn simple(buffer: &mut [u8], address: &Address, code: u8, block1: Option<u32>) -> usize {
    let mut writer = Writer::new(buffer, address.kind, code, address.id, &address.token);
    if let Some(value) = block1 {
        writer.option_uint(number::BLOCK1, value);
    }
    writer.finish().unwrap_or(0)
}

impl<'a> Request<'a> {
    fn read(message: &'a Message<'a>) -> Result<Request<'a>, u8> {
        let mut request = Request {
            message,
            path: Some(Path::ROOT),
            content_format: None,
            accept: None,
            observe: None,
            block1: None,
            block2: None,
            size1: None,
            has_query: false,
        };
        for option in message.options() {
            let value = option.value;
            match option.number {
                number::URI_PATH => {
                    request.path = request.path.and_then(|path| path.then_segment(value))
                }
                number::CONTENT_FORMAT if request.content_format.is_none() => {
                    request.content_format = uint(value);
                }
                number::ACCEPT if request.accept.is_none() && value.len() <= 2 => {
                    request.accept = uint(value)
                }
                number::OBSERVE if value.len() <= 3 => request.observe = uint(value),
                number::URI_QUERY => request.has_query = true,
                number::BLOCK1 if request.block1.is_none() && value.len() <= 3 => {
                    request.block1 = Some(Block::parse(value).ok_or(code::BAD_REQUEST)?);
                }
                number::BLOCK2 if request.block2.is_none() && value.len() <= 3 => {
                    request.block2 = Some(Block::parse(value).ok_or(code::BAD_REQUEST)?);
                }
                number::SIZE1 => request.size1 = uint(value),
                // We are the only host here: the name does not matter.
                number::URI_HOST | number::URI_PORT => {}
                number::PROXY_URI | number::PROXY_SCHEME => {
                    return Err(code::PROXYING_NOT_SUPPORTED);
                }
                // Odd numbers are critical: the request cannot be understood without them (RFC 7252 5.4.1).
                number if number & 1 == 1 => return Err(code::BAD_OPTION),
                _ => {}
            }
        }
        Ok(request)
    }

    /// The payload format of a write: the one named, or the natural one of the target.
    fn format(&self, natural: Format) -> Result<Format, u8> {
        match self.content_format {
            None => Ok(natural),
            Some(number) => Format::from_number(number).ok_or(code::UNSUPPORTED_CONTENT_FORMAT),
        }
    }
}

fn operate(scene: &mut Scene<'_>, now: Instant, request: &Request<'_>) -> Result<Answer, u8> {
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
        && request.content_format.is_none()
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
    let Some(block) = request.block1 else {
        return change(
            scene.directory,
            scene.observations,
            method,
            &path,
            format,
            request.message.payload(),
        );
    };
    if block.number == 0 && request.size1.is_some_and(|size| size as usize > ASSEMBLY) {
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
            let answer = change(
                scene.directory,
                scene.observations,
                method,
                &path,
                format,
                scene.assembly.payload(),
            );
            scene.assembly.clear();
            answer
        }
    }
}

fn get(
    scene: &mut Scene<'_>,
    now: Instant,
    request: &Request<'_>,
    path: Path,
) -> Result<Answer, u8> {
    if request.accept == Some(u32::from(Format::Link.number())) {
        read::target(scene.directory, &path, true)?;
        return Ok(Answer::Content {
            path,
            format: Format::Link,
            observe: None,
        });
    }
    let resource = read::readable(scene.directory, &path)?;
    let format = read::format(&path, resource, request.accept)?;
    let token = request.message.token;
    let observe = match request.observe {
        // The blocks behind the first are no new observation (RFC 7959 3.4).
        Some(0) if request.block2.is_some_and(|block| block.number > 0) => None,
        Some(0) => scene
            .observations
            .add(now, scene.server, path, token, format, scene.directory),
        Some(_) => {
            scene.observations.cancel(scene.server, &token);
            None
        }
        None => None,
    };
    Ok(Answer::Content {
        path,
        format,
        observe,
    })
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
    let items = options
        .filter(|option| option.number == number::URI_QUERY)
        .map(|option| option.value);
    match scene.attributes.write(scene.server, path, numeric, items) {
        Ok(()) => Ok(Answer::Code(code::CHANGED)),
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
fn change(
    directory: &mut dyn Directory,
    observations: &mut Observations,
    method: u8,
    path: &Path,
    format: Format,
    payload: &[u8],
) -> Result<Answer, u8> {
    let id = *path.ids().first().ok_or(code::METHOD_NOT_ALLOWED)?;
    if path.depth() == 1 {
        let object = changeable(directory, id)?;
        let instance = write::create(object, format, payload)?;
        observations.changed(path);
        return Ok(Answer::Created(Path::instance(id, instance)));
    }
    if path.depth() == 2 && payload.is_empty() {
        return Err(code::BAD_REQUEST);
    }
    let object = directory.object_mut(id).ok_or(code::NOT_FOUND)?;
    let mut changed = |path: &Path| observations.changed(path);
    write::write(
        object,
        path,
        format,
        payload,
        method == code::PUT,
        &mut changed,
    )?;
    if object.awaits_outside() {
        return Ok(Answer::Parked);
    }
    Ok(Answer::Code(code::CHANGED))
}

fn created(buffer: &mut [u8], address: &Address, path: &Path, block1: Option<u32>) -> usize {
    let mut writer = Writer::new(
        buffer,
        address.kind,
        code::CREATED,
        address.id,
        &address.token,
    );
    for id in path.ids() {
        writer.option(
            number::LOCATION_PATH,
            crate::text::Digits::unsigned(u64::from(*id)).as_bytes(),
        );
    }
    if let Some(value) = block1 {
        writer.option_uint(number::BLOCK1, value);
    }
    writer.finish().unwrap_or(0)
}

fn too_large(buffer: &mut [u8], address: &Address, block1: Option<Block>) -> usize {
    let mut writer = Writer::new(
        buffer,
        address.kind,
        code::REQUEST_ENTITY_TOO_LARGE,
        address.id,
        &address.token,
    );
    if let Some(block) = block1 {
        writer.option_uint(
            number::BLOCK1,
            Block {
                more: false,
                ..block
            }
            .value(),
        );
    }
    writer.option_uint(number::SIZE1, ASSEMBLY as u32);
    writer.finish().unwrap_or(0)
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
    let produce = &|sink: &mut Sink<'_>| produce(scene, path, format, sink);
    let reply = Content {
        format,
        observe,
        block: request.block2,
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

/// A message with a generated payload: reply or notification.
#[derive(Clone, Copy, Debug)]
pub struct Content {
    /// Content format.
    pub format: Format,
    /// Observe option.
    pub observe: Option<u32>,
    /// The block asked for.
    pub block: Option<Block>,
}

impl Content {
    /// Writes the message, cutting the payload into blocks of `szx` when it is longer than one. `produce` is called again for each pass. The error is
    /// the response code for a block that does not exist.
    pub fn write(
        &self,
        address: &Address,
        code: u8,
        produce: &dyn Fn(&mut Sink<'_>),
        szx: u8,
        buffer: &mut [u8],
    ) -> Result<usize, u8> {
        if self.block.is_none() {
            let mut writer = self.head(address, code, None, buffer);
            let mut sink = Sink::new(limit(writer.payload_space(), szx));
            produce(&mut sink);
            if sink.is_complete() {
                let length = sink.written();
                writer.payload_written(length);
                return writer.finish().ok_or(code::INTERNAL_SERVER_ERROR);
            }
        }
        let wanted = self.block.unwrap_or(Block {
            number: 0,
            more: false,
            szx,
        });
        let mut measure = Sink::new(&mut []);
        produce(&mut measure);
        let total = measure.total();
        if wanted.offset() > 0 && wanted.offset() >= total {
            return Err(code::BAD_OPTION);
        }
        let block = Block {
            more: total > wanted.offset().saturating_add(wanted.size()),
            ..wanted
        };
        let mut writer = self.head(address, code, Some(measure.digest()), buffer);
        writer.option_uint(number::BLOCK2, block.value());
        let window = writer.payload_space();
        let size = block.size().min(window.len());
        let mut sink = Sink::block(window.get_mut(..size).unwrap_or(&mut []), block.offset());
        produce(&mut sink);
        let length = sink.written();
        writer.payload_written(length);
        writer.finish().ok_or(code::INTERNAL_SERVER_ERROR)
    }

    fn head<'b>(
        &self,
        address: &Address,
        code: u8,
        etag: Option<u32>,
        buffer: &'b mut [u8],
    ) -> Writer<'b> {
        let mut writer = Writer::new(buffer, address.kind, code, address.id, &address.token);
        if let Some(tag) = etag {
            writer.option(number::ETAG, &tag.to_be_bytes());
        }
        if let Some(sequence) = self.observe {
            writer.option_uint(number::OBSERVE, sequence);
        }
        writer.option_uint(number::CONTENT_FORMAT, u32::from(self.format.number()));
        writer
    }
}

/// The space for a payload in one piece: a full block, since longer ones go block-wise.
fn limit(space: &mut [u8], szx: u8) -> &mut [u8] {
    let size = space.len().min(16 << szx);
    space.get_mut(..size).unwrap_or(&mut [])
}
