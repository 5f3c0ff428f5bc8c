//! Object 1, LwM2M Server (OMA LwM2M TS Core E.2): what each management server set for itself.

use heapless::Vec;
use heapless::vec::VecView;

use super::Changed;
use super::instances::{self, Instance, Numbered};
use crate::config::{BOOTSTRAP, SERVERS};
use crate::lwm2m::object::{Definition, EXECUTE, Object, Phase, READ, Refusal, Resource, WRITE};
use crate::lwm2m::observe::Defaults;
use crate::lwm2m::value::{Type, Value};
use crate::version::HAS_1_1;

/// Object id.
pub const ID: u16 = 1;

const SHORT_SERVER_ID: u16 = 0;
const LIFETIME: u16 = 1;
const STORING: u16 = 6;
const BINDING: u16 = 7;
const ORDER: u16 = 13;
const INITIAL_DELAY: u16 = 14;
const FAILURE_BLOCK: u16 = 15;
const BOOTSTRAP_ON_FAILURE: u16 = 16;

/// Disable.
pub const DISABLE: u16 = 4;

/// Bootstrap-Request Trigger.
pub const REQUEST_BOOTSTRAP: u16 = 9;

/// Registration Update Trigger.
pub const TRIGGER: u16 = 8;

/// The first of Communication Retry Count, Retry Timer, Sequence Delay Timer and Sequence Retry Count.
const RETRY: u16 = 17;

static DEFINITION: Definition = Definition {
    id: ID,
    version: None,
    creatable: false,
    resources: if HAS_1_1 { &ROWS_1_1 } else { &ROWS },
};

const ROWS: [Resource; 15] = [
    Resource::new(SHORT_SERVER_ID, Type::Integer, READ),
    Resource::new(LIFETIME, Type::Integer, READ | WRITE),
    Resource::new(2, Type::Integer, READ | WRITE),
    Resource::new(3, Type::Integer, READ | WRITE),
    Resource::new(DISABLE, Type::None, EXECUTE),
    Resource::new(5, Type::Integer, READ | WRITE),
    Resource::new(STORING, Type::Boolean, READ | WRITE),
    Resource::new(BINDING, Type::Text, READ | WRITE),
    Resource::new(TRIGGER, Type::None, EXECUTE),
    Resource::new(REQUEST_BOOTSTRAP, Type::None, EXECUTE),
    Resource::new(BOOTSTRAP_ON_FAILURE, Type::Boolean, READ),
    Resource::new(RETRY, Type::Integer, READ | WRITE),
    Resource::new(18, Type::Integer, READ | WRITE),
    Resource::new(19, Type::Integer, READ | WRITE),
    Resource::new(20, Type::Integer, READ | WRITE),
];

/// Where the rows of Registration Priority Order, Initial Registration Delay Timer and Registration Failure Block belong.
const ORDER_ROW: usize = 10;

/// With what LwM2M 1.1 adds.
// An index out of range would not compile.
#[allow(clippy::indexing_slicing)]
const ROWS_1_1: [Resource; ROWS.len() + 3] = {
    let mut rows = [Resource::new(ORDER, Type::Integer, READ); ROWS.len() + 3];
    let mut at = 0;
    while at < ROWS.len() {
        rows[if at < ORDER_ROW { at } else { at + 3 }] = ROWS[at];
        at += 1;
    }
    rows[ORDER_ROW + 1] = Resource::new(INITIAL_DELAY, Type::Integer, READ | WRITE);
    rows[ORDER_ROW + 2] = Resource::new(FAILURE_BLOCK, Type::Boolean, READ);
    rows
};

/// Default of Disable Timeout in seconds.
const DISABLE_TIMEOUT: u32 = 86_400;

/// The bindings offered, by the number they are kept as: UDP, and UDP with queue mode (OMA LwM2M 1.0 TS 5.3.1.1).
pub const BINDINGS: [&[u8]; 2] = [b"U", b"UQ"];

/// Where the numbers of an instance are kept.
const SHORT_SERVER_ID_PLACE: usize = 0;
const LIFETIME_PLACE: usize = 1;
const PMIN_PLACE: usize = 2;
const PMAX_PLACE: usize = 3;
const DISABLE_TIMEOUT_PLACE: usize = 4;
const STORING_PLACE: usize = 5;
const BOOTSTRAP_ON_FAILURE_PLACE: usize = 6;
const RETRY_PLACE: usize = 7;
const BINDING_PLACE: usize = 11;
const ORDER_PLACE: usize = 12;
const INITIAL_DELAY_PLACE: usize = 13;
const FAILURE_BLOCK_PLACE: usize = 14;

/// The resources that are kept there.
static NUMBERED: Numbered = Numbered(if HAS_1_1 {
    &[0, 1, 2, 3, 5, 6, 16, 17, 18, 19, 20, 7, 13, 14, 15]
} else {
    &[0, 1, 2, 3, 5, 6, 16, 17, 18, 19, 20, 7]
});

/// Short server id, lifetime, storing and binding are mandatory.
const MANDATORY: u16 =
    1 << SHORT_SERVER_ID_PLACE | 1 << LIFETIME_PLACE | 1 << STORING_PLACE | 1 << BINDING_PLACE;

/// One server's settings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ServerInstance<'a>(&'a Instance);

impl ServerInstance<'_> {
    /// Instance id.
    pub fn id(self) -> u16 {
        self.0.id
    }

    /// Short server id, 1 to 65534.
    pub fn short_server_id(self) -> u16 {
        self.0.always(SHORT_SERVER_ID_PLACE) as u16
    }

    /// Registration lifetime in seconds.
    pub fn lifetime(self) -> u32 {
        self.0.always(LIFETIME_PLACE)
    }

    /// Periods for observations without attributes.
    #[cfg_attr(target_os = "none", inline(never))]
    pub fn defaults(self) -> Defaults {
        Defaults {
            pmin: self.0.number(PMIN_PLACE).unwrap_or(0),
            pmax: self.0.number(PMAX_PLACE),
        }
    }

    /// How many failed sequences of attempts lead to a bootstrap.
    pub fn sequences(self) -> u32 {
        self.0.number(RETRY_PLACE + 3).unwrap_or(1)
    }

    /// Communication Retry Count (0), Retry Timer (1) or Sequence Delay Timer (2), if the server sets it (1.1).
    pub fn retry(self, which: usize) -> Option<u32> {
        self.0.number(RETRY_PLACE + which)
    }

    /// Whether notifications that fall due while the server cannot be reached are sent afterwards.
    pub fn stores_notifications(self) -> bool {
        self.0.always(STORING_PLACE) != 0
    }

    /// The binding, one of [`BINDINGS`].
    pub fn binding(self) -> &'static [u8] {
        binding(u32::from(self.queues()))
    }

    /// Whether the server keeps its requests until it hears from us: queue mode.
    pub fn queues(self) -> bool {
        self.0.always(BINDING_PLACE) == 1
    }

    /// The place among the servers that are registered one after the other (1.1).
    pub fn order(self) -> Option<u32> {
        self.0.number(ORDER_PLACE)
    }

    /// How long the first registration is put off, in seconds (1.1).
    pub fn initial_delay(self) -> Option<u32> {
        self.0.number(INITIAL_DELAY_PLACE)
    }

    /// Whether servers behind this one are not registered when it is given up (1.1).
    pub fn blocks_others(self) -> bool {
        self.0.number(FAILURE_BLOCK_PLACE) == Some(1)
    }

    /// How long a disabled server is left alone, in seconds.
    pub fn disable_seconds(self) -> u32 {
        self.0
            .number(DISABLE_TIMEOUT_PLACE)
            .unwrap_or(DISABLE_TIMEOUT)
    }

    /// Whether a failed registration leads to a bootstrap.
    pub fn bootstraps_on_failure(self) -> bool {
        self.0.number(BOOTSTRAP_ON_FAILURE_PLACE) != Some(0)
    }
}

/// The binding that is kept as a number.
fn binding(number: u32) -> &'static [u8] {
    let [udp, queued] = BINDINGS;
    if number == 0 { udp } else { queued }
}

/// The Server object.
#[derive(Debug)]
pub struct Server {
    instances: Vec<Instance, SERVERS>,
    changed: Changed,
    settings_changed: bool,
    /// The resource that was executed; 0: none.
    executed: u16,
    /// Whether there is a bootstrap account, so that servers may ask for a bootstrap.
    pub can_bootstrap: bool,
}

impl Server {
    /// No servers.
    pub const fn new() -> Server {
        Server {
            instances: Vec::new(),
            changed: Changed::NOTHING,
            settings_changed: false,
            executed: 0,
            can_bootstrap: false,
        }
    }

    /// Forgets all servers.
    pub fn reset(&mut self) {
        self.instances.clear();
        self.settled();
    }

    /// Makes a server, the lifetime is in seconds.
    pub fn make(&mut self, id: u16, short_server_id: u16, lifetime: u32) -> Result<(), Refusal> {
        let own = instances::add(&mut self.instances, id).ok_or(Refusal::Full)?;
        // One that is only just created has no values yet.
        if lifetime > 0 {
            own.set(SHORT_SERVER_ID_PLACE, short_server_id.into());
            own.set(LIFETIME_PLACE, lifetime);
        }
        // Notifications are stored while the server is offline.
        own.set(STORING_PLACE, 1);
        own.set(BINDING_PLACE, 0);
        Ok(())
    }

    /// What is stored.
    pub fn stored_mut(&mut self) -> &mut VecView<Instance> {
        &mut self.instances
    }

    /// How many servers there are.
    pub fn count(&self) -> usize {
        self.instances.len()
    }

    /// Whether there is one server at most.
    pub fn is_alone(&self) -> bool {
        self.count() <= 1
    }

    /// All servers, in the order of their sessions.
    pub fn all(&self) -> impl Iterator<Item = ServerInstance<'_>> {
        self.instances.iter().map(ServerInstance)
    }

    /// The settings of a session's server.
    #[cfg_attr(target_os = "none", inline(never))]
    pub fn of_session(&self, session: u8) -> Option<ServerInstance<'_>> {
        self.instances.get(usize::from(session)).map(ServerInstance)
    }

    /// Forgets what changed and what was asked for.
    pub fn settled(&mut self) {
        self.changed = Changed::NOTHING;
        self.settings_changed = false;
        self.executed = 0;
    }

    /// Whether settings changed since the last call and are to be stored.
    pub fn take_settings_changed(&mut self) -> bool {
        core::mem::take(&mut self.settings_changed)
    }

    /// What a server changed, and the resource that it executed, 0 if none, since the last call.
    pub fn take_wishes(&mut self) -> (Changed, u16) {
        let changed = core::mem::take(&mut self.changed);
        (changed, core::mem::take(&mut self.executed))
    }
}

impl Object for Server {
    fn definition(&self) -> &'static Definition {
        &DEFINITION
    }

    fn instance(&self, index: usize) -> Option<u16> {
        self.instances.get(index).map(|instance| instance.id)
    }

    fn value(&self, instance: u16, resource: u16, index: usize) -> Option<(u16, Value<'_>)> {
        if index > 0 {
            return None;
        }
        let number = NUMBERED.number(instances::find(&self.instances, instance)?, resource)?;
        let value = match resource {
            BINDING => Value::Text(binding(number)),
            STORING | BOOTSTRAP_ON_FAILURE | FAILURE_BLOCK => Value::Boolean(number != 0),
            _ => Value::Integer(number.into()),
        };
        Some((0, value))
    }

    fn write(
        &mut self,
        instance: u16,
        resource: u16,
        _resource_instance: u16,
        value: &Value<'_>,
        phase: Phase,
    ) -> Result<(), Refusal> {
        let own = instances::find_mut(&mut self.instances, instance).ok_or(Refusal::NotFound)?;
        let number = match *value {
            Value::Text(b"U") => Some(0),
            Value::Text(b"UQ") => Some(1),
            // A short server id, from the bootstrap interface only, or a period or lifetime.
            _ if resource == SHORT_SERVER_ID => value.number(65_534),
            _ => value.number(i32::MAX as u32),
        };
        let number = match (resource, number) {
            (SHORT_SERVER_ID, Some(0)) | (_, None) => return Err(Refusal::BadRequest),
            (LIFETIME, Some(0)) => 1,
            (_, Some(number)) => number,
        };
        if phase == Phase::Apply && NUMBERED.write(own, resource, number) {
            self.settings_changed = true;
            match resource {
                LIFETIME => self.changed.add(Changed::LIFETIME),
                BINDING => self.changed.add(Changed::BINDING),
                _ => {}
            }
        }
        Ok(())
    }

    fn clear(&mut self, instance: u16, resource: Option<u16>) -> bool {
        let own = instances::find_mut(&mut self.instances, instance);
        let Some(own) = own.filter(|_| resource.is_none()) else {
            return false;
        };
        let changed = own.present & !MANDATORY != 0;
        own.present &= MANDATORY;
        self.settings_changed |= changed;
        changed
    }

    fn execute(
        &mut self,
        _instance: u16,
        resource: u16,
        _arguments: &[u8],
    ) -> Result<Option<u16>, Refusal> {
        if resource == REQUEST_BOOTSTRAP && !(BOOTSTRAP && self.can_bootstrap) {
            return Err(Refusal::NotAllowed);
        }
        self.executed = resource;
        Ok(None)
    }

    fn create(&mut self, instance: Option<u16>) -> Result<u16, Refusal> {
        // A configured server is one for ever.
        let id = instance.filter(|_| BOOTSTRAP).ok_or(Refusal::BadRequest)?;
        self.make(id, 0, 0)?;
        Ok(id)
    }

    fn delete(&mut self, instance: u16) -> Result<(), Refusal> {
        if !BOOTSTRAP {
            return Err(Refusal::NotAllowed);
        }
        if !instances::remove(&mut self.instances, instance) {
            return Err(Refusal::NotFound);
        }
        Ok(())
    }
}
