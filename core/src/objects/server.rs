//! Object 1, LwM2M Server (OMA LwM2M TS Core E.2): what each management server set for itself.

use heapless::Vec;

use super::{Changed, Wish};
use crate::bytes::settle_last;
use crate::config::{BOOTSTRAP, SERVERS};
use crate::lwm2m::object::{Definition, EXECUTE, Object, Phase, READ, Refusal, Resource, WRITE};
use crate::lwm2m::observe::Defaults;
use crate::lwm2m::value::{Type, Value};
use crate::slot::Slot;
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
    Resource::new(4, Type::None, EXECUTE),
    Resource::new(5, Type::Integer, READ | WRITE),
    Resource::new(STORING, Type::Boolean, READ | WRITE),
    Resource::new(BINDING, Type::Text, READ | WRITE),
    Resource::new(TRIGGER, Type::None, EXECUTE),
    Resource::new(9, Type::None, EXECUTE),
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

/// How many resources are kept as numbers.
const NUMBERS: usize = if HAS_1_1 { 15 } else { 12 };

/// Where the number of a resource is kept.
fn place(resource: u16) -> usize {
    usize::from(match resource {
        0..=3 => resource,
        5..=6 => resource - 1,
        BINDING => 11,
        ORDER..=FAILURE_BLOCK if HAS_1_1 => resource - 1,
        16..=20 => resource - 10,
        _ => u16::MAX,
    })
}

/// One server's settings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ServerInstance {
    /// Instance id.
    pub id: u16,
    /// One more than the number of each resource; 0: not set.
    numbers: [u32; NUMBERS],
}

impl ServerInstance {
    /// Settings as a factory account has them; the lifetime is in seconds.
    pub const fn new(id: u16, short_server_id: u16, lifetime: u32) -> ServerInstance {
        let mut numbers = [0; NUMBERS];
        numbers[0] = short_server_id as u32 + 1;
        numbers[1] = lifetime.saturating_add(1);
        // Notifications are stored while the server is offline.
        numbers[5] = 2;
        numbers[11] = 1;
        ServerInstance { id, numbers }
    }

    /// The number of a resource, if it is set; of a Boolean one 0 or 1.
    #[cfg_attr(target_os = "none", inline(never))]
    pub fn number(&self, resource: u16) -> Option<u32> {
        self.numbers.get(place(resource))?.checked_sub(1)
    }

    /// Short server id, 1 to 65534.
    pub fn short_server_id(&self) -> u16 {
        self.number(SHORT_SERVER_ID).unwrap_or(0) as u16
    }

    /// Registration lifetime in seconds.
    pub fn lifetime(&self) -> u32 {
        self.number(LIFETIME).unwrap_or(0)
    }

    /// Periods for observations without attributes.
    #[cfg_attr(target_os = "none", inline(never))]
    pub fn defaults(&self) -> Defaults {
        Defaults {
            pmin: self.number(2).unwrap_or(0),
            pmax: self.number(3),
        }
    }

    /// How many failed sequences of attempts lead to a bootstrap.
    pub fn sequences(&self) -> u32 {
        self.number(RETRY + 3).unwrap_or(1)
    }

    /// Communication Retry Count, Retry Timer and Sequence Delay Timer, as far as the server sets them (1.1).
    pub fn retry(&self) -> [Option<u32>; 3] {
        [0, 1, 2].map(|index| self.number(RETRY + index))
    }

    /// Whether notifications that fall due while the server cannot be reached are sent afterwards.
    pub fn stores_notifications(&self) -> bool {
        self.number(STORING) != Some(0)
    }

    /// The binding, one of [`BINDINGS`].
    pub fn binding(&self) -> &'static [u8] {
        let [udp, queued] = BINDINGS;
        if self.queues() { queued } else { udp }
    }

    /// Whether the server keeps its requests until it hears from us: queue mode.
    pub fn queues(&self) -> bool {
        self.number(BINDING) == Some(1)
    }

    /// The place among the servers that are registered one after the other (1.1).
    pub fn order(&self) -> Option<u32> {
        self.number(ORDER)
    }

    /// How long the first registration is put off, in seconds (1.1).
    pub fn initial_delay(&self) -> Option<u32> {
        self.number(INITIAL_DELAY)
    }

    /// Whether servers behind this one are not registered when it is given up (1.1).
    pub fn blocks_others(&self) -> bool {
        self.number(FAILURE_BLOCK) == Some(1)
    }

    /// How long a disabled server is left alone, in seconds.
    pub fn disable_seconds(&self) -> u32 {
        self.number(5).unwrap_or(DISABLE_TIMEOUT)
    }

    /// Whether a failed registration leads to a bootstrap.
    pub fn bootstraps_on_failure(&self) -> bool {
        self.number(BOOTSTRAP_ON_FAILURE) != Some(0)
    }
}

/// The Server object.
#[derive(Debug)]
pub struct Server {
    instances: Vec<ServerInstance, SERVERS>,
    changed: Changed,
    settings_changed: bool,
    executed: Slot<Wish>,
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
            executed: Slot::Empty,
            can_bootstrap: false,
        }
    }

    /// Forgets all servers.
    pub fn reset(&mut self) {
        self.instances.clear();
        self.settled();
    }

    /// Replaces all instances by one.
    pub fn set(&mut self, instance: ServerInstance) {
        self.reset();
        // One always fits into an empty list.
        self.instances.push(instance).ok();
    }

    /// Whether there is one server at most.
    pub fn is_alone(&self) -> bool {
        self.instances.len() <= 1
    }

    /// All servers, in the order of their sessions.
    pub fn all(&self) -> &[ServerInstance] {
        &self.instances
    }

    /// The settings of a session's server.
    #[cfg_attr(target_os = "none", inline(never))]
    pub fn of_session(&self, session: u8) -> Option<&ServerInstance> {
        self.instances.get(usize::from(session))
    }

    /// Forgets what changed and what was asked for.
    pub fn settled(&mut self) {
        self.changed = Changed::NOTHING;
        self.settings_changed = false;
        self.executed = Slot::Empty;
    }

    /// Whether settings changed since the last call and are to be stored.
    pub fn take_settings_changed(&mut self) -> bool {
        core::mem::take(&mut self.settings_changed)
    }

    /// What the server asked for.
    pub(super) fn take_wish(&mut self) -> Option<Wish> {
        if self.changed != Changed::NOTHING {
            return Some(Wish::Update(core::mem::take(&mut self.changed)));
        }
        self.executed.take()
    }

    fn find(&self, id: u16) -> Option<&ServerInstance> {
        self.instances.iter().find(|instance| instance.id == id)
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
        let instance = self.find(instance).filter(|_| index == 0)?;
        if resource == BINDING {
            return Some((0, Value::Text(instance.binding())));
        }
        let number = instance.number(resource)?;
        Some((
            0,
            match resource {
                STORING | BOOTSTRAP_ON_FAILURE | FAILURE_BLOCK => Value::Boolean(number != 0),
                _ => Value::Integer(i64::from(number)),
            },
        ))
    }

    fn write(
        &mut self,
        instance: u16,
        resource: u16,
        _resource_instance: u16,
        value: &Value<'_>,
        phase: Phase,
    ) -> Result<(), Refusal> {
        let instance = self
            .instances
            .iter_mut()
            .find(|own| own.id == instance)
            .ok_or(Refusal::NotFound)?;
        let number = match *value {
            Value::Boolean(wanted) => u32::from(wanted),
            Value::Integer(number) => {
                // A period or lifetime, or, from the bootstrap interface only, a short server id.
                let least = i64::from(resource == SHORT_SERVER_ID);
                let most = if resource == SHORT_SERVER_ID {
                    65_534
                } else {
                    i64::from(i32::MAX)
                };
                if number < least || number > most {
                    return Err(Refusal::BadRequest);
                }
                (number as u32).max(u32::from(resource == LIFETIME))
            }
            Value::Text(text) if resource == BINDING => {
                let known = BINDINGS.iter().position(|binding| *binding == text);
                known.ok_or(Refusal::BadRequest)? as u32
            }
            _ => return Err(Refusal::BadRequest),
        };
        let slot = instance
            .numbers
            .get_mut(place(resource))
            .ok_or(Refusal::BadRequest)?;
        if phase == Phase::Apply && core::mem::replace(slot, number + 1) != number + 1 {
            self.settings_changed = true;
            self.changed.lifetime |= resource == LIFETIME;
            self.changed.binding |= resource == BINDING;
        }
        Ok(())
    }

    fn clear(&mut self, instance: u16, resource: Option<u16>) -> bool {
        let mut changed = false;
        if resource.is_none()
            && let Some(instance) = self.instances.iter_mut().find(|own| own.id == instance)
        {
            for (at, slot) in instance.numbers.iter_mut().enumerate() {
                // Short server id, lifetime, storing and binding are mandatory.
                if !matches!(at, 0 | 1 | 5 | 11) {
                    changed |= core::mem::take(slot) != 0;
                }
            }
        }
        self.settings_changed |= changed;
        changed
    }

    fn execute(
        &mut self,
        _instance: u16,
        resource: u16,
        _arguments: &[u8],
    ) -> Result<Option<u16>, Refusal> {
        self.executed = match resource {
            4 => Slot::Full(Wish::Disable),
            8 => Slot::Full(Wish::Update(Changed::NOTHING)),
            9 if BOOTSTRAP && self.can_bootstrap => Slot::Full(Wish::Bootstrap),
            _ => return Err(Refusal::NotAllowed),
        };
        Ok(None)
    }

    fn create(&mut self, instance: Option<u16>) -> Result<u16, Refusal> {
        // A configured server is one for ever.
        let id = instance.filter(|_| BOOTSTRAP).ok_or(Refusal::BadRequest)?;
        self.instances
            .push(ServerInstance::new(id, 0, 0))
            .map_err(|_| Refusal::Full)?;
        settle_last(&mut self.instances, |own| own.id);
        Ok(id)
    }

    fn delete(&mut self, instance: u16) -> Result<(), Refusal> {
        if !BOOTSTRAP {
            return Err(Refusal::NotAllowed);
        }
        let before = self.instances.len();
        self.instances.retain(|own| own.id != instance);
        if self.instances.len() == before {
            return Err(Refusal::NotFound);
        }
        Ok(())
    }
}
