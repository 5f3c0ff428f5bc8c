//! Object 1, LwM2M Server (OMA LwM2M TS Core E.2): what each management server set for itself.

use heapless::Vec;

use super::Wish;
use crate::bytes::settle_last;
use crate::config::SERVERS;
use crate::lwm2m::object::{Definition, EXECUTE, Object, Phase, READ, Refusal, Resource, WRITE};
use crate::lwm2m::observe::Defaults;
use crate::lwm2m::value::{Type, Value};
use crate::slot::Slot;

/// Object id.
pub const ID: u16 = 1;

const SHORT_SERVER_ID: u16 = 0;

/// Registration Update Trigger.
pub const TRIGGER: u16 = 8;

/// The first of Communication Retry Count, Retry Timer, Sequence Delay Timer and Sequence Retry Count.
const RETRY: u16 = 17;

static DEFINITION: Definition = Definition {
    id: ID,
    version: None,
    creatable: false,
    resources: &[
        Resource::new(SHORT_SERVER_ID, Type::Integer, READ),
        Resource::new(1, Type::Integer, READ | WRITE),
        Resource::new(2, Type::Integer, READ | WRITE),
        Resource::new(3, Type::Integer, READ | WRITE),
        Resource::new(4, Type::None, EXECUTE),
        Resource::new(5, Type::Integer, READ | WRITE),
        Resource::new(6, Type::Boolean, READ | WRITE),
        Resource::new(7, Type::Text, READ | WRITE),
        Resource::new(TRIGGER, Type::None, EXECUTE),
        Resource::new(9, Type::None, EXECUTE),
        Resource::new(16, Type::Boolean, READ | WRITE),
        Resource::new(17, Type::Integer, READ | WRITE),
        Resource::new(18, Type::Integer, READ | WRITE),
        Resource::new(19, Type::Integer, READ | WRITE),
        Resource::new(20, Type::Integer, READ | WRITE),
    ],
};

/// Default of Disable Timeout in seconds.
const DISABLE_TIMEOUT: u32 = 86_400;

/// The only binding offered: UDP.
const BINDING: &[u8] = b"U";

/// One server's settings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ServerInstance {
    /// Instance id.
    pub id: u16,
    /// Short server id, 1 to 65534.
    pub short_server_id: u16,
    /// Registration lifetime in seconds.
    pub lifetime: u32,
    /// Default minimum period in seconds.
    pub pmin: Option<u32>,
    /// Default maximum period in seconds.
    pub pmax: Option<u32>,
    /// Disable timeout in seconds.
    pub disable_timeout: Option<u32>,
    /// Whether notifications are stored while offline or disabled.
    pub storing: bool,
    /// Whether a failed registration leads to a bootstrap, if the server says so.
    pub bootstrap_on_failure: Option<bool>,
    /// Communication Retry Count, Retry Timer, Sequence Delay Timer and Sequence Retry Count, as far as the server sets them (1.1).
    pub retry: [Option<u32>; 4],
}

impl ServerInstance {
    /// Settings as a factory account has them.
    pub const fn new(id: u16, short_server_id: u16, lifetime: u32) -> ServerInstance {
        ServerInstance {
            id,
            short_server_id,
            lifetime,
            pmin: None,
            pmax: None,
            disable_timeout: None,
            storing: true,
            bootstrap_on_failure: None,
            retry: [None; 4],
        }
    }

    /// Periods for observations without attributes.
    #[cfg_attr(target_os = "none", inline(never))]
    pub fn defaults(&self) -> Defaults {
        Defaults {
            pmin: self.pmin.unwrap_or(0),
            pmax: self.pmax,
        }
    }

    /// How many failed sequences of attempts lead to a bootstrap.
    pub fn sequences(&self) -> u32 {
        let [_, _, _, sequences] = self.retry;
        sequences.unwrap_or(1)
    }

    /// How long a disabled server is left alone, in seconds.
    pub fn disable_seconds(&self) -> u32 {
        self.disable_timeout.unwrap_or(DISABLE_TIMEOUT)
    }
}

/// The Server object.
#[derive(Debug)]
pub struct Server {
    instances: Vec<ServerInstance, SERVERS>,
    lifetime_changed: bool,
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
            lifetime_changed: false,
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
        self.lifetime_changed = false;
        self.settings_changed = false;
        self.executed = Slot::Empty;
    }

    /// Whether settings changed since the last call and are to be stored.
    pub fn take_settings_changed(&mut self) -> bool {
        core::mem::take(&mut self.settings_changed)
    }

    /// What the server asked for.
    pub(super) fn take_wish(&mut self) -> Option<Wish> {
        if core::mem::take(&mut self.lifetime_changed) {
            return Some(Wish::Lifetime);
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
        let number = |value: u32| Value::Integer(i64::from(value));
        let value = match resource {
            0 => number(u32::from(instance.short_server_id)),
            1 => number(instance.lifetime),
            2 => number(instance.pmin?),
            3 => number(instance.pmax?),
            5 => number(instance.disable_timeout?),
            6 => Value::Boolean(instance.storing),
            7 => Value::Text(BINDING),
            16 => Value::Boolean(instance.bootstrap_on_failure?),
            _ => number(
                (*instance
                    .retry
                    .get(usize::from(resource.checked_sub(RETRY)?))?)?,
            ),
        };
        Some((0, value))
    }

    fn has_resource(&self, _instance: u16, resource: u16) -> bool {
        matches!(resource, 4 | 8 | 9)
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
        let apply = phase == Phase::Apply;
        let changed = match (resource, value) {
            (6, Value::Boolean(storing)) => {
                apply && core::mem::replace(&mut instance.storing, *storing) != *storing
            }
            (16, Value::Boolean(bootstrap)) => {
                apply && instance.bootstrap_on_failure.replace(*bootstrap) != Some(*bootstrap)
            }
            (7, Value::Text(binding)) if *binding == BINDING => false,
            // Only the bootstrap interface gets here.
            (SHORT_SERVER_ID, Value::Integer(id)) => {
                let id = u16::try_from(*id)
                    .ok()
                    .filter(|id| (1..u16::MAX).contains(id))
                    .ok_or(Refusal::BadRequest)?;
                apply && core::mem::replace(&mut instance.short_server_id, id) != id
            }
            (_, Value::Integer(seconds)) => {
                let seconds = seconds_of(*seconds)?;
                let slot = match resource {
                    1 => {
                        let seconds = seconds.max(1);
                        if apply && instance.lifetime != seconds {
                            instance.lifetime = seconds;
                            self.lifetime_changed = true;
                            self.settings_changed = true;
                        }
                        return Ok(());
                    }
                    2 => &mut instance.pmin,
                    3 => &mut instance.pmax,
                    5 => &mut instance.disable_timeout,
                    _ => resource
                        .checked_sub(RETRY)
                        .and_then(|index| instance.retry.get_mut(usize::from(index)))
                        .ok_or(Refusal::BadRequest)?,
                };
                apply && slot.replace(seconds) != Some(seconds)
            }
            _ => return Err(Refusal::BadRequest),
        };
        self.settings_changed |= changed;
        Ok(())
    }

    fn clear(&mut self, instance: u16, resource: Option<u16>) -> bool {
        let Some(instance) = self.instances.iter_mut().find(|own| own.id == instance) else {
            return false;
        };
        let changed = resource.is_none()
            && (instance.pmin.take().is_some()
                | instance.pmax.take().is_some()
                | instance.disable_timeout.take().is_some()
                | instance.bootstrap_on_failure.take().is_some()
                | (core::mem::take(&mut instance.retry) != [None; 4]));
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
            8 => Slot::Full(Wish::Trigger),
            9 if self.can_bootstrap => Slot::Full(Wish::Bootstrap),
            _ => return Err(Refusal::NotAllowed),
        };
        Ok(None)
    }

    fn create(&mut self, instance: Option<u16>) -> Result<u16, Refusal> {
        let id = instance.ok_or(Refusal::BadRequest)?;
        self.instances
            .push(ServerInstance::new(id, 0, 0))
            .map_err(|_| Refusal::Full)?;
        settle_last(&mut self.instances, |own| own.id);
        Ok(id)
    }

    fn delete(&mut self, instance: u16) -> Result<(), Refusal> {
        let before = self.instances.len();
        self.instances.retain(|own| own.id != instance);
        if self.instances.len() == before {
            return Err(Refusal::NotFound);
        }
        Ok(())
    }
}

/// A period or lifetime: not negative, at most `i32::MAX` seconds.
fn seconds_of(value: i64) -> Result<u32, Refusal> {
    if value as u64 >> 31 == 0 {
        Ok(value as u32)
    } else {
        Err(Refusal::BadRequest)
    }
}
