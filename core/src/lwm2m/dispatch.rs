//! From request to reply: finds operation and path, checks, lets the object act, writes the answer
//! (OMA LwM2M TS Transport 6.4.4 maps operations to CoAP methods).

mod composite;
mod provision;
mod stream;

pub use composite::composite_paths;
pub use provision::{apply, finished};

use super::attribute::{AttributeError, AttributeTable};
use super::format::{Format, link};
use super::object::{Directory, EXECUTE, Object, Refusal, Right, STREAM};
use super::observe::{self, Observations};
use super::path::Path;
use super::read;
use super::reply::{self, Address, Content, REPLY_SZX};
use super::sink::Sink;
use super::value::Type;
use super::write::{self, Manner, Outcome};
use crate::bytes::copy;
use crate::coap::block::{Assembly, Block, Progress};
use crate::coap::code;
use crate::coap::message::Message;
use crate::coap::option::{number, uint};
use crate::config::{ASSEMBLY, BOOTSTRAP, OBJECT_FIRMWARE};
use crate::time::Instant;
use crate::version::{HAS_1_1, Version};

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
    /// Whether that is the bootstrap server.
    pub bootstrap: bool,
    /// The LwM2M version in use with it.
    pub version: Version,
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
    /// The reply has this length; with 2.01, the ids of the new instance.
    Replied(usize, [u16; 2]),
    /// The reply follows when the outside has answered.
    Parked(Parked),
    /// Bootstrap-Finish: the reply depends on the accounts, see [`finished`].
    Finish,
}

/// An option that is not there. No option we read can have this value.
const ABSENT: u32 = u32::MAX;

/// What a request says, read from its options once, and what its answer needs.
struct Request<'a> {
    message: &'a Message<'a>,
    /// The reply. Until it is written, bytes for the application pass through here.
    buffer: &'a mut [u8],
    now: Instant,
    content_format: u32,
    accept: u32,
    observe: u32,
    block1: u32,
    block2: u32,
    size1: u32,
    has_query: bool,
    /// Whether the path is one of the data model.
    path_known: bool,
    path: Path,
    address: &'a Address,
    /// 2.01: the new instance.
    location: Path,
    /// 2.05: the length of the reply.
    length: usize,
}

/// A content format nobody knows.
const UNKNOWN: u32 = u32::MAX - 1;

/// How much of a payload is there.
enum Payload {
    /// More blocks follow.
    Continues,
    /// All of it: in the assembly when it came in blocks, this one the last.
    Whole(Option<Block>),
}

/// The code of an answer that comes later.
const PARKED: u8 = code::EMPTY;

/// Instead of a code, that of Bootstrap-Finish.
const FINISH: u8 = 1;

/// Handles a request that was not seen before and writes the reply to `buffer`.
pub fn dispatch(
    scene: &mut Scene<'_>,
    now: Instant,
    message: &Message<'_>,
    address: &Address,
    buffer: &mut [u8],
) -> Handled {
    let mut request = Request::new(now, message, address, buffer);
    let mut block1 = None;
    let (Ok(code) | Err(code)) = request.read().and_then(|()| {
        block1 = Some(request.block1).filter(|bits| *bits != ABSENT);
        if BOOTSTRAP && scene.bootstrap {
            request.provision(scene)
        } else {
            request.operate(scene)
        }
    });
    if code == FINISH {
        return Handled::Finish;
    }
    if code == PARKED {
        return Handled::Parked(Parked {
            address: *address,
            request: message.id,
            block1,
        });
    }
    let length = request.answer(code, block1);
    let created = match *request.location.ids() {
        [object, instance] => [object, instance],
        _ => [0; 2],
    };
    Handled::Replied(length, created)
}

impl<'a> Request<'a> {
    fn new(
        now: Instant,
        message: &'a Message<'a>,
        address: &'a Address,
        buffer: &'a mut [u8],
    ) -> Request<'a> {
        Request {
            message,
            buffer,
            now,
            content_format: ABSENT,
            accept: ABSENT,
            observe: ABSENT,
            block1: ABSENT,
            block2: ABSENT,
            size1: ABSENT,
            has_query: false,
            path_known: true,
            path: Path::ROOT,
            address,
            location: Path::ROOT,
            length: 0,
        }
    }

    /// Writes the reply, unless it is written already; its length.
    fn answer(&mut self, code: u8, block1: Option<u32>) -> usize {
        match code {
            code::CONTENT => self.length,
            _ => reply::short(self.buffer, self.address, code, &self.location, block1),
        }
    }

    #[cfg_attr(not(target_os = "none"), inline(always))]
    fn read(&mut self) -> Result<(), u8> {
        let request = self;
        for option in request.message.options() {
            let (field, limit) = match option.number {
                number::URI_PATH => {
                    request.path_known &= request.path.extend(option.value);
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
        Ok(())
    }

    /// To a server that speaks 1.0, what came with 1.1 is unknown.
    #[inline(always)]
    fn settle_version(&mut self, version: Version) {
        if HAS_1_1 && !version.is_1_1() {
            self.path_known &= self.path.depth() < 4;
            for number in [&mut self.content_format, &mut self.accept] {
                let format = Format::from_number(*number);
                if format.is_some_and(|format| format.is_senml() || format == Format::Cbor) {
                    *number = UNKNOWN;
                }
            }
        }
    }

    /// The payload format of a write: the one named, or the natural one of the target.
    fn format(&self, natural: Format) -> Result<Format, u8> {
        match self.content_format {
            ABSENT => Ok(natural),
            number => Format::from_number(number).ok_or(code::UNSUPPORTED_CONTENT_FORMAT),
        }
    }

    /// Does what is asked for. Either way the result is the code of the answer.
    #[cfg_attr(not(target_os = "none"), inline(always))]
    fn operate(&mut self, scene: &mut Scene<'_>) -> Result<u8, u8> {
        let method = self.message.code;
        self.settle_version(scene.version);
        if scene.version.is_1_1() && matches!(method, code::FETCH | code::IPATCH) {
            return self.compose(scene);
        }
        if !matches!(method, code::GET | code::POST | code::PUT | code::DELETE) {
            return Err(code::METHOD_NOT_ALLOWED);
        }
        if !self.path_known {
            return Err(code::NOT_FOUND);
        }
        let path = self.path;
        // Reads want what is there. Otherwise the object or instance has to exist, and the resource has to be known.
        let reads = method == code::GET;
        let resource = read::target(scene.directory, &path, reads)?;
        let payload = self.message.payload();
        let attributes = method == code::PUT
            && self.has_query
            && payload.is_empty()
            && self.content_format == ABSENT;
        let right = if reads || attributes {
            Right::Read
        } else if method == code::DELETE {
            Right::Delete
        } else if method == code::PUT || path.depth() == 2 {
            Right::Write
        } else if path.depth() == 1 {
            Right::Create
        } else {
            Right::Execute
        };
        // Discover needs no right (OMA LwM2M 1.0 TS 7.3.2).
        let discovers = reads && self.accept == u32::from(Format::Link.number());
        if !discovers && !scene.directory.allows(scene.server, &path, right) {
            return Err(code::UNAUTHORIZED);
        }
        if reads {
            let format = if discovers {
                Format::Link
            } else {
                read::format(&path, resource, self.accept)?
            };
            return self.get(scene, &path, format);
        }
        if method == code::DELETE {
            return delete(scene, &path);
        }
        if attributes {
            let numeric = resource
                .is_some_and(|row| matches!(row.kind, Type::Integer | Type::Float | Type::Time));
            return self.write_attributes(scene, &path, numeric);
        }
        match (method, path.depth()) {
            (code::PUT, 2..) | (code::POST, 1 | 2) => {}
            (code::POST, 3) if resource.is_some_and(|row| row.has(EXECUTE)) => {
                return self.execute(scene, &path);
            }
            _ => return Err(code::METHOD_NOT_ALLOWED),
        }
        let format = self.format(read::natural(read::single(&path, resource)))?;
        if OBJECT_FIRMWARE != 0 && resource.is_some_and(|row| row.has(STREAM)) {
            return self.stream(scene, &path, format);
        }
        match self.assemble(scene, &path)? {
            Payload::Continues => Ok(code::CONTINUE),
            Payload::Whole(block) => self.write(scene, &path, format, block),
        }
    }

    /// Collects a payload that comes in blocks.
    fn assemble(&self, scene: &mut Scene<'_>, path: &Path) -> Result<Payload, u8> {
        let Some(block) = block(self.block1)? else {
            return Ok(Payload::Whole(None));
        };
        if block.number == 0 && self.size1 != ABSENT && self.size1 as usize > ASSEMBLY {
            return Err(code::REQUEST_ENTITY_TOO_LARGE);
        }
        let transfer = (scene.server, self.message.code, *path);
        match scene
            .assembly
            .block(self.now, transfer, block, self.message.payload())
        {
            Progress::Continue => Ok(Payload::Continues),
            Progress::Incomplete => Err(code::REQUEST_ENTITY_INCOMPLETE),
            Progress::BadBlock => Err(code::BAD_REQUEST),
            Progress::TooLarge => Err(code::REQUEST_ENTITY_TOO_LARGE),
            Progress::Complete => Ok(Payload::Whole(Some(block))),
        }
    }

    /// Writes a 2.05: whole when it fits and nobody asked for blocks, otherwise the block asked for.
    #[cfg_attr(not(target_os = "none"), inline(always))]
    fn get(&mut self, scene: &mut Scene<'_>, path: &Path, format: Format) -> Result<u8, u8> {
        let mut observe = None;
        let wanted = block(self.block2)?;
        if format != Format::Link {
            observe = self.observe(scene, path, format, wanted);
        }
        let produce = &|sink: &mut Sink<'_>| match format {
            Format::Link => {
                link::discover(
                    scene.directory,
                    scene.version,
                    scene.attributes,
                    scene.server,
                    path,
                    sink,
                );
            }
            _ => read::read(scene.directory, scene.server, path, format, sink),
        };
        self.content(format, observe, wanted, produce)
    }

    /// Writes a 2.05 with what `produce` puts.
    fn content(
        &mut self,
        format: Format,
        observe: Option<u32>,
        block: Option<Block>,
        produce: &dyn Fn(&mut Sink<'_>),
    ) -> Result<u8, u8> {
        let reply = Content {
            format,
            observe,
            block,
        };
        self.length = reply.write(self.address, code::CONTENT, produce, REPLY_SZX, self.buffer)?;
        Ok(code::CONTENT)
    }

    /// Begins or ends an observation, if that is asked for; gives the Observe option of the answer.
    fn observe(
        &self,
        scene: &mut Scene<'_>,
        path: &Path,
        format: Format,
        wanted: Option<Block>,
    ) -> Option<u32> {
        let token = &self.message.token;
        if self.observe == ABSENT {
            return None;
        }
        if self.observe != 0 {
            scene.observations.cancel(scene.server, token);
            return None;
        }
        // The blocks behind the first are no new observation (RFC 7959 3.4).
        if wanted.is_some_and(|block| block.number != 0) {
            return None;
        }
        let server = scene.server;
        let reported = reported(scene.directory, scene.attributes, server, path);
        scene
            .observations
            .add(self.now, server, *path, *token, format, reported)
    }

    fn write_attributes(
        &self,
        scene: &mut Scene<'_>,
        path: &Path,
        numeric: bool,
    ) -> Result<u8, u8> {
        let options = self.message.options();
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
                Ok(code::CHANGED)
            }
            Err(AttributeError::Invalid) => Err(code::BAD_REQUEST),
            Err(AttributeError::Full) => Err(code::INTERNAL_SERVER_ERROR),
        }
    }

    fn execute(&self, scene: &mut Scene<'_>, path: &Path) -> Result<u8, u8> {
        if self.format(Format::Text)? != Format::Text {
            return Err(code::UNSUPPORTED_CONTENT_FORMAT);
        }
        let arguments = self.message.payload();
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
        Ok(code::CHANGED)
    }

    /// A write or create with its whole payload, which was assembled when there is a last `block`.
    fn write(
        &mut self,
        scene: &mut Scene<'_>,
        path: &Path,
        format: Format,
        block: Option<Block>,
    ) -> Result<u8, u8> {
        let mut handed = None;
        let payload = if block.is_some() {
            scene.assembly.payload()
        } else {
            self.message.payload()
        };
        let spare = &mut *self.buffer;
        let observations = &mut *scene.observations;
        let mut news = |outcome: Outcome<'_>| match outcome {
            Outcome::Changed(path) => observations.changed(path),
            Outcome::HandedOver(bytes) => handed = copy(bytes, spare),
        };
        let manner = if self.message.code == code::PUT {
            Manner::Replace
        } else {
            Manner::Update
        };
        let answer = change(
            scene.directory,
            scene.server,
            path,
            format,
            payload,
            manner,
            &mut self.location,
            &mut news,
        );
        if block.is_some() {
            scene.assembly.clear();
        }
        // Bytes for the application stay in the assembly, which is idle after a whole payload.
        if let Some(bytes) = handed.and_then(|length| self.buffer.get(..length)) {
            scene.assembly.hold(bytes);
        }
        answer
    }
}

/// The number that is told first, where a threshold decides about the next.
fn reported(
    directory: &dyn Directory,
    attributes: &AttributeTable,
    server: u8,
    path: &Path,
) -> Option<i64> {
    if attributes.effective(server, path).has_threshold() {
        observe::number(directory, path)
    } else {
        None
    }
}

/// A block option, if there is one; exponent 7 is reserved: 4.00 (RFC 7959 2.2).
#[cfg_attr(target_os = "none", inline(always))]
fn block(value: u32) -> Result<Option<Block>, u8> {
    match value {
        ABSENT => Ok(None),
        bits => Block::from_bits(bits).map(Some).ok_or(code::BAD_REQUEST),
    }
}

fn delete(scene: &mut Scene<'_>, path: &Path) -> Result<u8, u8> {
    let [id, instance] = *path.ids() else {
        return Err(code::METHOD_NOT_ALLOWED);
    };
    let object = changeable(scene.directory, id)?;
    object.delete(instance).map_err(Refusal::code)?;
    scene.directory.deleted(id, instance);
    scene.observations.forget_path(path);
    scene.attributes.forget_path(path);
    scene.observations.changed(&Path::object(id));
    Ok(code::DELETED)
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

/// Writes or creates; `location` becomes the path of a new instance.
#[allow(clippy::too_many_arguments)]
fn change(
    directory: &mut dyn Directory,
    server: u8,
    path: &Path,
    format: Format,
    payload: &[u8],
    manner: Manner,
    location: &mut Path,
    news: &mut write::News<'_>,
) -> Result<u8, u8> {
    let id = *path.ids().first().ok_or(code::METHOD_NOT_ALLOWED)?;
    if path.depth() == 1 {
        let instance = write::create(changeable(directory, id)?, format, payload)?;
        if let Err(refusal) = directory.created(server, id, instance) {
            // Nobody saw the instance: it can be deleted.
            if let Some(object) = directory.object_mut(id) {
                object.delete(instance).ok();
            }
            return Err(refusal.code());
        }
        *location = Path::instance(id, instance);
        news(Outcome::Changed(path));
        return Ok(code::CREATED);
    }
    if path.depth() == 2 && payload.is_empty() {
        return Err(code::BAD_REQUEST);
    }
    let object = directory.object_mut(id).ok_or(code::NOT_FOUND)?;
    write::write(object, path, format, payload, manner, news)?;
    Ok(if object.awaits_outside() {
        PARKED
    } else {
        code::CHANGED
    })
}
