//! From request to reply: finds operation and path, checks, lets the object act, writes the answer
//! (OMA LwM2M TS Transport 6.4.4 maps operations to CoAP methods).

mod composite;
mod provision;
mod stream;

pub use composite::composite_paths;
pub use provision::{apply, finished};

use super::attribute::AttributeTable;
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
use crate::coap::exchange::Brief;
use crate::coap::message::Message;
use crate::coap::option::{number, uint};
use crate::config::{ASSEMBLY, BOOTSTRAP, CREATES, OBJECT_APP_DATA, OBJECT_FIRMWARE};
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

/// What became of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Handled {
    /// The reply has this length and says this, besides a payload.
    Replied(usize, Brief),
    /// The reply follows when the outside has answered.
    Parked,
    /// Bootstrap-Finish: the reply depends on the accounts, see [`finished`].
    Finish,
}

/// An option that is not there. No option we read can have this value.
const ABSENT: u32 = u32::MAX;

/// A content format nobody knows.
const UNKNOWN: u32 = u32::MAX - 1;

/// What a request says, read from its options once.
struct Request<'a> {
    message: &'a Message<'a>,
    now: Instant,
    path: Path,
    content_format: u32,
    accept: u32,
    observe: u32,
    block1: u32,
    block2: u32,
    size1: u32,
    has_query: bool,
    /// Path segments that are not of the data model.
    unknown_segments: u8,
}

/// What is answered.
struct Answer<'a> {
    /// The reply. Until it is written, bytes for the application pass through here.
    buffer: &'a mut [u8],
    address: &'a Address,
    /// The code, and with 2.01 the new instance.
    brief: Brief,
    /// With 2.05: the length of the reply.
    length: usize,
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
    let mut request = Request::new(now, message);
    let mut answer = Answer {
        buffer,
        address,
        brief: Brief {
            code: code::CHANGED,
            ..Brief::NONE
        },
        length: 0,
    };
    let mut block1 = Block::NONE;
    let done = request.read().and_then(|()| {
        block1 = Block::from_bits(request.block1);
        if BOOTSTRAP && scene.bootstrap {
            request.provision(scene, &mut answer)
        } else {
            request.operate(scene, &mut answer)
        }
    });
    if let Err(refusal) = done {
        answer.brief.code = refusal.code();
    }
    let length = match answer.brief.code {
        FINISH => return Handled::Finish,
        PARKED => return Handled::Parked,
        code::CONTENT => answer.length,
        _ => reply::short(answer.buffer, address, &answer.brief, block1),
    };
    Handled::Replied(length, answer.brief)
}

impl<'a> Request<'a> {
    fn new(now: Instant, message: &'a Message<'a>) -> Request<'a> {
        Request {
            message,
            now,
            path: Path::ROOT,
            content_format: ABSENT,
            accept: ABSENT,
            observe: ABSENT,
            block1: ABSENT,
            block2: ABSENT,
            size1: ABSENT,
            has_query: false,
            unknown_segments: 0,
        }
    }

    /// Reads the options.
    #[cfg_attr(not(target_os = "none"), inline(always))]
    #[cfg_attr(target_os = "none", inline(never))]
    fn read(&mut self) -> Result<(), Refusal> {
        let request = self;
        for option in request.message.options() {
            let (field, limit) = match option.number {
                number::URI_PATH => {
                    if !request.path.extend(option.value) {
                        request.unknown_segments = request.unknown_segments.saturating_add(1);
                    }
                    continue;
                }
                number::URI_QUERY => {
                    request.has_query = true;
                    continue;
                }
                // We are the only host here: the name does not matter.
                number::URI_HOST | number::URI_PORT => continue,
                number::PROXY_URI | number::PROXY_SCHEME => {
                    return Err(Refusal::NoProxy);
                }
                number::CONTENT_FORMAT => (&mut request.content_format, 2),
                number::ACCEPT => (&mut request.accept, 2),
                number::OBSERVE => (&mut request.observe, 3),
                number::BLOCK1 => (&mut request.block1, 3),
                number::BLOCK2 => (&mut request.block2, 3),
                number::SIZE1 => (&mut request.size1, 4),
                number if number & 1 == 0 => continue,
                // Odd numbers are critical: the request cannot be understood without them (RFC 7252 5.4.1).
                _ => return Err(Refusal::BadOption),
            };
            // A value that is too long or there twice counts as an unknown option (RFC 7252 5.4.3, 5.4.5).
            if *field == ABSENT && option.value.len() <= limit {
                *field = uint(option.value).unwrap_or(ABSENT);
            } else if option.number & 1 == 1 {
                return Err(Refusal::BadOption);
            }
        }
        Ok(())
    }

    /// To a server that speaks 1.0, what came with 1.1 is unknown.
    #[inline(always)]
    fn settle_version(&mut self, version: Version) {
        if HAS_1_1 && !version.is_1_1() {
            if self.path.depth() > 3 {
                self.unknown_segments = 1;
            }
            for number in [&mut self.content_format, &mut self.accept] {
                let format = Format::from_number(*number);
                if format.is_some_and(|format| format.is_senml() || format == Format::Cbor) {
                    *number = UNKNOWN;
                }
            }
        }
    }

    /// The payload format of a write: the one named, or the natural one of the target.
    fn format(&self, natural: Format) -> Result<Format, Refusal> {
        match self.content_format {
            ABSENT => Ok(natural),
            number => Format::from_number(number).ok_or(Refusal::Unsupported),
        }
    }

    /// Does what is asked for.
    #[cfg_attr(not(target_os = "none"), inline(always))]
    #[cfg_attr(target_os = "none", inline(never))]
    fn operate(&mut self, scene: &mut Scene<'_>, answer: &mut Answer<'_>) -> Result<(), Refusal> {
        let method = self.message.code;
        self.settle_version(scene.version);
        if scene.version.is_1_1() && matches!(method, code::FETCH | code::IPATCH) {
            return self.compose(scene, answer);
        }
        if !matches!(method, code::GET | code::POST | code::PUT | code::DELETE) {
            return Err(Refusal::NotAllowed);
        }
        if self.unknown_segments != 0 {
            return Err(Refusal::NotFound);
        }
        let path = &self.path;
        // Reads want what is there. Otherwise the object or instance has to exist, and the resource has to be known.
        let reads = method == code::GET;
        let resource = read::target(scene.directory, path, reads)?;
        let attributes = method == code::PUT
            && self.has_query
            && self.message.payload().is_empty()
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
        if !discovers && !scene.directory.allows(scene.server, path, right) {
            return Err(Refusal::Unauthorized);
        }
        if reads {
            let format = if discovers {
                Format::Link
            } else {
                read::format(path, resource, self.accept)?
            };
            return self.get(scene, answer, format);
        }
        if method == code::DELETE {
            if !CREATES {
                return Err(Refusal::NotAllowed);
            }
            answer.brief.code = code::DELETED;
            return delete(scene, path);
        }
        if attributes {
            let numeric = resource
                .is_some_and(|row| matches!(row.kind, Type::Integer | Type::Float | Type::Time));
            return self.write_attributes(scene, numeric);
        }
        match (method, path.depth()) {
            (code::PUT, 2..) | (code::POST, 1 | 2) => {}
            (code::POST, 3) if resource.is_some_and(|row| row.has(EXECUTE)) => {
                return self.execute(scene);
            }
            _ => return Err(Refusal::NotAllowed),
        }
        let format = self.format(read::natural(read::single(path, resource)))?;
        if OBJECT_FIRMWARE != 0 && resource.is_some_and(|row| row.has(STREAM)) {
            return self.stream(scene, answer, format);
        }
        self.assemble(scene)?;
        self.write(scene, answer, format)
    }

    /// Collects a payload that comes in blocks.
    fn assemble(&self, scene: &mut Scene<'_>) -> Result<(), Refusal> {
        let block = block(self.block1)?;
        if !block.is_some() {
            return Ok(());
        }
        if block.number() == 0 && self.size1 != ABSENT && self.size1 as usize > ASSEMBLY {
            return Err(Refusal::TooLarge);
        }
        let transfer = (scene.server, self.message.code, self.path);
        match scene
            .assembly
            .block(self.now, transfer, block, self.message.payload())
        {
            Progress::Continue => Err(Refusal::Continue),
            Progress::Incomplete => Err(Refusal::Incomplete),
            Progress::BadBlock => Err(Refusal::BadRequest),
            Progress::TooLarge => Err(Refusal::TooLarge),
            Progress::Complete => Ok(()),
        }
    }

    /// The whole payload, once it is there: in the assembly when it came in blocks.
    #[cfg_attr(target_os = "none", inline(never))]
    fn payload<'p>(&self, assembly: &'p Assembly<Transfer>) -> &'p [u8]
    where
        'a: 'p,
    {
        if self.block1 == ABSENT {
            self.message.payload()
        } else {
            assembly.payload()
        }
    }

    /// The whole payload is dealt with. `handed` bytes for the application stay in the assembly, which is idle now.
    #[cfg_attr(target_os = "none", inline(never))]
    fn conclude(&self, scene: &mut Scene<'_>, answer: &Answer<'_>, handed: Option<usize>) {
        if self.block1 != ABSENT {
            scene.assembly.clear();
        }
        if let Some(bytes) = handed.and_then(|length| answer.buffer.get(..length)) {
            scene.assembly.hold(bytes);
        }
    }

    /// Writes a 2.05: whole when it fits and nobody asked for blocks, otherwise the block asked for.
    #[cfg_attr(not(target_os = "none"), inline(always))]
    fn get(
        &self,
        scene: &mut Scene<'_>,
        answer: &mut Answer<'_>,
        format: Format,
    ) -> Result<(), Refusal> {
        let mut observe = None;
        let wanted = block(self.block2)?;
        let path = &self.path;
        if format != Format::Link {
            observe = self.observe(scene, format, wanted);
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
        answer.content(format, observe, wanted, produce)
    }

    /// Begins or ends an observation, if that is asked for; gives the Observe option of the answer.
    fn observe(&self, scene: &mut Scene<'_>, format: Format, wanted: Block) -> Option<u32> {
        let token = &self.message.token;
        if self.observe == ABSENT {
            return None;
        }
        if self.observe != 0 {
            scene.observations.cancel(scene.server, token);
            return None;
        }
        // The blocks behind the first are no new observation (RFC 7959 3.4).
        if wanted.is_some() && wanted.number() != 0 {
            return None;
        }
        let server = scene.server;
        let reported = reported(scene.directory, scene.attributes, server, &self.path);
        scene
            .observations
            .add(self.now, server, self.path, *token, format, reported)
    }

    fn write_attributes(&self, scene: &mut Scene<'_>, numeric: bool) -> Result<(), Refusal> {
        scene
            .attributes
            .write(scene.server, &self.path, numeric, self.message.options())?;
        scene
            .observations
            .attributes_written(scene.server, scene.directory);
        Ok(())
    }

    fn execute(&self, scene: &mut Scene<'_>) -> Result<(), Refusal> {
        if self.format(Format::Text)? != Format::Text {
            return Err(Refusal::Unsupported);
        }
        let arguments = self.message.payload();
        if !write::arguments_are_valid(arguments) {
            return Err(Refusal::BadRequest);
        }
        let [id, instance, resource] = *self.path.ids() else {
            return Err(Refusal::NotAllowed);
        };
        let object = scene.directory.object_mut(id).ok_or(Refusal::NotFound)?;
        let changed = object.execute(instance, resource, arguments)?;
        if let Some(resource) = changed {
            scene
                .observations
                .changed(&Path::resource(id, instance, resource));
        }
        Ok(())
    }

    /// A write or create with its whole payload.
    fn write(
        &self,
        scene: &mut Scene<'_>,
        answer: &mut Answer<'_>,
        format: Format,
    ) -> Result<(), Refusal> {
        let mut handed = None;
        let payload = self.payload(scene.assembly);
        let spare = &mut *answer.buffer;
        let observations = &mut *scene.observations;
        let mut news = |outcome: Outcome<'_>| match outcome {
            Outcome::Changed(path) => observations.changed(path),
            Outcome::HandedOver(bytes) if OBJECT_APP_DATA != 0 => handed = copy(bytes, spare),
            Outcome::HandedOver(_) => {}
        };
        let directory = &mut *scene.directory;
        let done = if CREATES && self.path.depth() == 1 {
            create(
                directory,
                scene.server,
                &self.path,
                format,
                payload,
                &mut answer.brief,
                &mut news,
            )
        } else {
            let manner = if self.message.code == code::PUT {
                Manner::Replace
            } else {
                Manner::Update
            };
            change(
                directory,
                &self.path,
                format,
                payload,
                manner,
                &mut answer.brief,
                &mut news,
            )
        };
        self.conclude(scene, answer, handed);
        done
    }
}

impl Answer<'_> {
    /// Writes a 2.05 with what `produce` puts.
    fn content(
        &mut self,
        format: Format,
        observe: Option<u32>,
        block: Block,
        produce: &dyn Fn(&mut Sink<'_>),
    ) -> Result<(), Refusal> {
        let reply = Content {
            format,
            observe,
            block,
        };
        self.brief.code = code::CONTENT;
        self.length = reply.write(self.address, code::CONTENT, produce, REPLY_SZX, self.buffer)?;
        Ok(())
    }
}

/// The number that is told first, where a threshold decides about the next.
fn reported(
    directory: &dyn Directory,
    attributes: &AttributeTable,
    server: u8,
    path: &Path,
) -> i64 {
    if attributes.has_threshold(server, path, 0) {
        observe::number(directory, path)
    } else {
        observe::NO_NUMBER
    }
}

/// A block option, if there is one; exponent 7 is reserved: 4.00 (RFC 7959 2.2).
fn block(value: u32) -> Result<Block, Refusal> {
    let block = Block::from_bits(value);
    if block.is_some() && !block.is_valid() {
        return Err(Refusal::BadRequest);
    }
    Ok(block)
}

fn delete(scene: &mut Scene<'_>, path: &Path) -> Result<(), Refusal> {
    let [id, instance] = *path.ids() else {
        return Err(Refusal::NotAllowed);
    };
    let object = changeable(scene.directory, id)?;
    object.delete(instance)?;
    scene.directory.deleted(id, instance);
    scene.observations.forget_path(path);
    scene.attributes.forget_path(path);
    scene.observations.changed(&Path::object(id));
    Ok(())
}

/// An object whose instances servers may create and delete.
fn changeable(directory: &mut dyn Directory, id: u16) -> Result<&mut dyn Object, Refusal> {
    let object = directory.object_mut(id).ok_or(Refusal::NotFound)?;
    if object.definition().creatable {
        Ok(object)
    } else {
        Err(Refusal::NotAllowed)
    }
}

/// Creates an instance; `brief` says which.
fn create(
    directory: &mut dyn Directory,
    server: u8,
    path: &Path,
    format: Format,
    payload: &[u8],
    brief: &mut Brief,
    news: &mut write::News<'_>,
) -> Result<(), Refusal> {
    let id = *path.ids().first().ok_or(Refusal::NotAllowed)?;
    let instance = write::create(changeable(directory, id)?, format, payload)?;
    if let Err(refusal) = directory.created(server, id, instance) {
        // Nobody saw the instance: it can be deleted.
        if let Some(object) = directory.object_mut(id) {
            object.delete(instance).ok();
        }
        return Err(refusal);
    }
    *brief = Brief {
        code: code::CREATED,
        location: [id, instance],
    };
    news(Outcome::Changed(path));
    Ok(())
}

/// Writes what is there.
fn change(
    directory: &mut dyn Directory,
    path: &Path,
    format: Format,
    payload: &[u8],
    manner: Manner,
    brief: &mut Brief,
    news: &mut write::News<'_>,
) -> Result<(), Refusal> {
    let id = *path.ids().first().ok_or(Refusal::NotAllowed)?;
    let object = directory.object_mut(id).ok_or(Refusal::NotFound)?;
    write::write(object, path, format, payload, manner, news)?;
    if object.awaits_outside() {
        brief.code = PARKED;
    }
    Ok(())
}
