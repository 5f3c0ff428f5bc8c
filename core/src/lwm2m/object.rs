//! What an object is: a definition table and a few methods that exchange values. Existence and permission are checked
//! from the table before an object is asked.

use super::path::Path;
use super::value::{Type, Value};
use crate::coap::code;
use crate::version::HAS_1_1;

/// One resource of an object's definition.
#[derive(Clone, Copy, Debug)]
pub struct Resource {
    /// Resource id.
    pub id: u16,
    /// Type of its values.
    pub kind: Type,
    /// [`READ`], [`WRITE`], [`EXECUTE`], [`MULTIPLE`], [`STREAM`], [`LISTED`], [`HANDED_OVER`] and [`OUTSIDE`] bits.
    pub flags: u8,
}

/// A server may read the resource.
pub const READ: u8 = 1;
/// A server may write the resource.
pub const WRITE: u8 = 2;
/// A server may execute the resource.
pub const EXECUTE: u8 = 4;
/// The resource has instances.
pub const MULTIPLE: u8 = 8;
/// The value is passed on as it comes, block by block: see [`Object::part`].
pub const STREAM: u8 = 16;
/// The resource is present even while it has no instances.
pub const LISTED: u8 = 32;
/// Bytes that are written belong to the application: they are kept for it elsewhere.
pub const HANDED_OVER: u8 = 64;
/// Application or modem decide later whether a written value is taken: see [`Object::awaits_outside`].
pub const OUTSIDE: u8 = 128;

impl Resource {
    /// A table row.
    pub const fn new(id: u16, kind: Type, flags: u8) -> Resource {
        Resource { id, kind, flags }
    }

    /// Whether all of `flags` are set.
    pub const fn has(&self, flags: u8) -> bool {
        self.flags & flags == flags
    }

    /// Whether the resource is present without a value to read: executable, write-only, or [`LISTED`].
    pub const fn is_always_present(&self) -> bool {
        self.flags & (READ | LISTED) != READ
    }
}

/// An object's definition.
#[derive(Debug)]
pub struct Definition {
    /// Object id.
    pub id: u16,
    /// Version when it differs from the one of the LwM2M version in use.
    pub version: Option<&'static str>,
    /// Whether servers may create and delete instances.
    pub creatable: bool,
    /// Resources in ascending order of id.
    pub resources: &'static [Resource],
}

impl Definition {
    /// The table row of a resource.
    pub fn resource(&self, id: u16) -> Option<&'static Resource> {
        self.resources.iter().find(|resource| resource.id == id)
    }
}

/// Whether a write only checks or takes effect. Every value of a request is checked before the first is applied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Say whether the value would be taken; change nothing.
    Check,
    /// Take the value.
    Apply,
}

/// Why something is not done, each with its CoAP code. Objects need only some of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Refusal {
    /// Not yet, more blocks are to come: 2.31.
    Continue = code::CONTINUE,
    /// The value or argument is not acceptable: 4.00.
    BadRequest = code::BAD_REQUEST,
    /// The server has no right to that: 4.01.
    Unauthorized = code::UNAUTHORIZED,
    /// An option is not understood: 4.02.
    BadOption = code::BAD_OPTION,
    /// There is no such thing: 4.04.
    NotFound = code::NOT_FOUND,
    /// Not possible with this instance: 4.05.
    NotAllowed = code::METHOD_NOT_ALLOWED,
    /// The answer cannot have the format that was asked for: 4.06.
    NotAcceptable = code::NOT_ACCEPTABLE,
    /// A part before this one is missing: 4.08.
    Incomplete = code::REQUEST_ENTITY_INCOMPLETE,
    /// The value is too long: 4.13.
    TooLarge = code::REQUEST_ENTITY_TOO_LARGE,
    /// The payload has another format than this needs: 4.15.
    Unsupported = code::UNSUPPORTED_CONTENT_FORMAT,
    /// A capacity is used up: 5.00.
    Full = code::INTERNAL_SERVER_ERROR,
    /// We are no proxy: 5.05.
    NoProxy = code::PROXYING_NOT_SUPPORTED,
}

impl Refusal {
    /// The response code.
    pub const fn code(self) -> u8 {
        self as u8
    }
}

/// A part of a value that is passed on as it comes.
#[derive(Clone, Copy, Debug)]
pub struct Part<'a> {
    /// The session of the server that writes.
    pub server: u8,
    /// Whether more parts follow.
    pub more: bool,
    /// Id of the message it came in.
    pub message: u16,
    /// Where in the whole it begins.
    pub offset: u32,
    /// Where it ends.
    pub end: u32,
    /// Length of the whole as the server says it; 0: unknown.
    pub size: u32,
    /// Its bytes.
    pub bytes: &'a [u8],
}

/// An object of the data model. Ids given to its methods are those of its definition and existing instances, unless
/// said otherwise.
pub trait Object {
    /// The definition.
    fn definition(&self) -> &'static Definition;

    /// The id of the `index`-th instance in ascending order; without more said the only one is 0.
    fn instance(&self, index: usize) -> Option<u16> {
        (index == 0).then_some(0)
    }

    /// The `index`-th value of a readable resource with its resource instance id (0 for a single resource). `None` at
    /// index 0: the resource is absent, unless its row says that it [is always present](Resource::is_always_present).
    fn value(&self, instance: u16, resource: u16, index: usize) -> Option<(u16, Value<'_>)>;

    /// A write request begins: what earlier checks added up is void. `replace`: [`Object::clear`] comes before its values.
    fn prepare(&mut self, _replace: bool) {}

    /// Takes or checks a value of a writable resource.
    fn write(
        &mut self,
        _instance: u16,
        _resource: u16,
        _resource_instance: u16,
        _value: &Value<'_>,
        _phase: Phase,
    ) -> Result<(), Refusal> {
        Err(Refusal::NotAllowed)
    }

    /// A replacing write of a resource, or of the whole instance when `None`, is about to be applied: forget what is
    /// not mandatory. Says whether anything was there to forget.
    fn clear(&mut self, _instance: u16, _resource: Option<u16>) -> bool {
        false
    }

    /// Executes a resource with its arguments; gives the resource whose value changed by that, if one did.
    fn execute(
        &mut self,
        _instance: u16,
        _resource: u16,
        _arguments: &[u8],
    ) -> Result<Option<u16>, Refusal> {
        Err(Refusal::NotAllowed)
    }

    /// Creates an instance; `None` lets the object choose the id, which is returned. Its values follow as writes.
    fn create(&mut self, _instance: Option<u16>) -> Result<u16, Refusal> {
        Err(Refusal::NotAllowed)
    }

    /// Deletes an instance.
    fn delete(&mut self, _instance: u16) -> Result<(), Refusal> {
        Err(Refusal::NotAllowed)
    }

    /// Takes note of a part of a [`STREAM`] resource. Whether its bytes are to be passed on: the reply is parked until that is done.
    /// Otherwise they were dealt with.
    fn part(&mut self, _part: &Part<'_>) -> Result<bool, Refusal> {
        Err(Refusal::NotAllowed)
    }

    /// Whether applied writes await somebody outside; the reply is parked until then.
    fn awaits_outside(&self) -> bool {
        false
    }
}

/// The objects of a device.
pub trait Directory {
    /// The ids of all objects a server may see, ascending.
    fn ids(&self) -> &'static [u16];

    /// An object a server may see.
    fn object(&self, id: u16) -> Option<&dyn Object>;

    /// The same, to change it.
    fn object_mut(&mut self, id: u16) -> Option<&mut dyn Object>;

    /// Whether the server of a session has a right to the instance a path names or is in; with [`Right::Create`], to make
    /// instances of its object. [`DEVICE`] has all. What an object's path permits is decided for each instance.
    fn allows(&self, _server: u8, _path: &Path, _right: Right) -> bool {
        true
    }

    /// A server created an instance.
    fn created(&mut self, _server: u8, _object: u16, _instance: u16) -> Result<(), Refusal> {
        Ok(())
    }

    /// A server deleted an instance.
    fn deleted(&mut self, _object: u16, _instance: u16) {}
}

/// What a server may be permitted to do with an instance, each with its bit (OMA LwM2M 1.0 TS E.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Right {
    /// Read, Observe and Write-Attributes.
    Read = 1,
    /// Write.
    Write = 2,
    /// Execute.
    Execute = 4,
    /// Delete.
    Delete = 8,
    /// Create instances of an object.
    Create = 16,
}

/// In place of a server: the device itself, which keeps and shows everything.
pub const DEVICE: u8 = u8::MAX;

/// Whether an instance exists.
pub fn has_instance(object: &dyn Object, id: u16) -> bool {
    instances(object).any(|instance| instance == id)
}

/// The instance ids of an object, ascending.
pub fn instances(object: &dyn Object) -> impl Iterator<Item = u16> + '_ {
    (0..).map_while(|index| object.instance(index))
}

/// The values of a resource with their resource instance ids.
pub fn values<'o>(
    object: &'o dyn Object,
    instance: u16,
    resource: u16,
) -> impl Iterator<Item = (u16, Value<'o>)> + 'o {
    (0..).map_while(move |index| object.value(instance, resource, index))
}

/// Whether a defined resource exists in an instance.
#[cfg_attr(target_os = "none", inline(always))]
pub fn has_resource(object: &dyn Object, instance: u16, resource: &Resource) -> bool {
    resource.is_always_present() || object.value(instance, resource.id, 0).is_some()
}

/// The single value of a resource, or that of a resource instance.
pub fn value_at<'o>(directory: &'o dyn Directory, path: &Path) -> Option<Value<'o>> {
    match *path.ids() {
        [object, instance, resource] => {
            Some(directory.object(object)?.value(instance, resource, 0)?.1)
        }
        [object, instance, resource, id] if HAS_1_1 => {
            let object = directory.object(object)?;
            let mut values = values(object, instance, resource);
            values.find(|(own, _)| *own == id).map(|(_, value)| value)
        }
        _ => None,
    }
}
