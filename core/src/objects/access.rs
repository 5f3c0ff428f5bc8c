//! Object 2, LwM2M Access Control (OMA LwM2M 1.0 TS 7.3, E.3): which server may do what with which instance. The bootstrap
//! interface writes it, owners change it, and an instance that a server creates becomes that server's.

use heapless::Vec;

use crate::config::{ACCESS_ENTRIES, ACCESS_INSTANCES};
use crate::lwm2m::object::{
    Definition, MULTIPLE, Object, Phase, READ, Refusal, Resource, Right, WRITE,
};
use crate::lwm2m::path::Path;
use crate::lwm2m::value::{Type, Value};

/// Object id.
pub const ID: u16 = 2;

const OBJECT: u16 = 0;
const INSTANCE: u16 = 1;
const ACL: u16 = 2;
const OWNER: u16 = 3;

static DEFINITION: Definition = Definition {
    id: ID,
    version: None,
    creatable: false,
    resources: &[
        Resource::new(OBJECT, Type::Integer, READ),
        Resource::new(INSTANCE, Type::Integer, READ),
        Resource::new(ACL, Type::Integer, READ | WRITE | MULTIPLE),
        Resource::new(OWNER, Type::Integer, READ | WRITE),
    ],
};

/// In place of an instance id: those to be created. In place of a server: none.
const MAX_ID: u16 = u16::MAX;

/// In place of a server: those without an entry of their own.
const DEFAULT: u16 = 0;

/// Bits of an entry's rights, and all of them.
const RIGHT_BITS: usize = 5;
const ALL_RIGHTS: u16 = (1 << RIGHT_BITS) - 1;

/// No more entries than their number has room for: this would be negative.
const _: usize = u16::BITS as usize - ACCESS_ENTRIES * RIGHT_BITS;

/// What may be done with one instance, as it is stored: its id; by resource id the object, the instance, the rights of all
/// entries, and the owner; then the server of each entry, 65535 where there is none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Control(pub [u16; 5 + ACCESS_ENTRIES]);

impl Control {
    /// An instance without entries.
    fn new(id: u16, object: u16, instance: u16, owner: u16) -> Control {
        let mut control = [MAX_ID; 5 + ACCESS_ENTRIES];
        let [own_id, own_object, own_instance, rights, own_owner, ..] = &mut control;
        (*own_id, *own_object, *own_instance) = (id, object, instance);
        (*rights, *own_owner) = (0, owner);
        Control(control)
    }

    fn id(&self) -> u16 {
        let [id, ..] = self.0;
        id
    }

    fn owner(&self) -> u16 {
        let [_, _, _, _, owner, ..] = self.0;
        owner
    }

    /// Whether this is about an instance of another object.
    fn is_about(&self, target: (u16, u16)) -> bool {
        let [_, object, instance, ..] = self.0;
        (object, instance) == target
    }

    /// The number of a resource.
    fn number(&mut self, resource: u16) -> Option<&mut u16> {
        self.0.get_mut(usize::from(resource) + 1)
    }

    fn servers(&self) -> &[u16] {
        let [_, _, _, _, _, servers @ ..] = &self.0;
        servers
    }

    /// The index of a server's entry, or of a free one.
    #[cfg_attr(target_os = "none", inline(never))]
    fn slot(&self, server: u16) -> Option<usize> {
        self.servers().iter().position(|own| *own == server)
    }

    /// How many entries there are. They stand in front of the free ones.
    fn entries(&self) -> usize {
        self.slot(MAX_ID).unwrap_or(ACCESS_ENTRIES)
    }

    /// The rights of the entry at an index.
    fn rights(&self, slot: usize) -> u16 {
        let [_, _, _, rights, ..] = self.0;
        rights >> (slot * RIGHT_BITS) & ALL_RIGHTS
    }

    /// Writes the entry of a server, unless all are in use by others.
    fn set(&mut self, server: u16, new: u16) -> Option<()> {
        let slot = self.slot(server).or_else(|| self.slot(MAX_ID))?;
        let [_, _, _, rights, _, servers @ ..] = &mut self.0;
        *servers.get_mut(slot)? = server;
        let shift = slot * RIGHT_BITS;
        *rights = *rights & !(ALL_RIGHTS << shift) | new << shift;
        Some(())
    }

    /// Removes all entries. Whether there were any.
    fn clear(&mut self) -> bool {
        let any = self.entries() != 0;
        let [_, _, _, _, _, servers @ ..] = &mut self.0;
        *servers = [MAX_ID; ACCESS_ENTRIES];
        any
    }

    /// What a server may do: by an entry of its own, else by ownership, else by default (OMA LwM2M 1.0 TS 7.3.2.1).
    fn rights_of(&self, server: u16) -> u16 {
        let mut slot = self.slot(server);
        if slot.is_none() {
            if self.owner() == server {
                return ALL_RIGHTS;
            }
            slot = self.slot(DEFAULT);
        }
        slot.map_or(0, |slot| self.rights(slot))
    }
}

/// All of them.
pub type Controls = Vec<Control, ACCESS_INSTANCES, u8>;

/// The Access Control object.
#[derive(Debug)]
pub struct Access {
    /// In no order.
    list: Controls,
    /// The instance whose values are checked, and the entries that these would add to those that stay.
    checked: u16,
    wanted: u8,
    replacing: bool,
    changed: bool,
}

impl Access {
    /// No instances.
    pub const fn new() -> Access {
        Access {
            list: Vec::new(),
            checked: 0,
            wanted: 0,
            replacing: false,
            changed: false,
        }
    }

    /// Forgets all instances.
    pub fn reset(&mut self) {
        self.list.clear();
        self.changed = false;
    }

    /// Whether there are no instances.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// Whether anything was written, created or deleted since the last call: rights may be lost, and there is something
    /// to store.
    pub fn take_changed(&mut self) -> bool {
        core::mem::take(&mut self.changed)
    }

    /// Whether the server with this short id has a right; `None` where no instance controls that. Instances of this object
    /// itself are read by all and written by their owner.
    pub fn allows(&self, server: u16, path: &Path, right: Right) -> Option<bool> {
        let (object, instance) = match *path.ids() {
            [object] if right == Right::Create => (object, MAX_ID),
            [object, instance, ..] => (object, instance),
            _ => return Some(true),
        };
        if object == ID {
            let own = self.find(instance)?;
            return Some(right == Right::Read || own.owner() == server);
        }
        let own = self.about(object, instance)?;
        Some(own.rights_of(server) & right as u16 != 0)
    }

    /// Makes a server the owner of a new instance of another object.
    pub fn own(&mut self, server: u16, object: u16, instance: u16) -> Result<(), Refusal> {
        self.add(self.free(), object, instance, server)
    }

    /// An instance of another object is gone: nothing is left to control.
    pub fn release(&mut self, object: u16, instance: u16) {
        if let Some(id) = self.about(object, instance).map(Control::id) {
            self.remove(id);
        }
    }

    /// What is stored.
    pub fn stored_mut(&mut self) -> &mut Controls {
        &mut self.list
    }

    /// Adds an instance without entries.
    #[cfg_attr(target_os = "none", inline(never))]
    fn add(&mut self, id: u16, object: u16, instance: u16, owner: u16) -> Result<(), Refusal> {
        let control = Control::new(id, object, instance, owner);
        self.list.push(control).map_err(|_| Refusal::Full)?;
        self.changed = true;
        Ok(())
    }

    /// The first id that is not in use.
    fn free(&self) -> u16 {
        let mut id = 0;
        while self.find(id).is_some() {
            id += 1;
        }
        id
    }

    fn remove(&mut self, id: u16) {
        if let Some(last) = self.list.last().copied()
            && let Some(own) = self.find_mut(id)
        {
            *own = last;
            self.list.truncate(self.list.len() - 1);
            self.changed = true;
        }
    }

    #[cfg_attr(target_os = "none", inline(never))]
    fn find(&self, id: u16) -> Option<&Control> {
        self.list.iter().find(|own| own.id() == id)
    }

    #[cfg_attr(target_os = "none", inline(never))]
    fn find_mut(&mut self, id: u16) -> Option<&mut Control> {
        self.list.iter_mut().find(|own| own.id() == id)
    }

    /// The instance about one of another object.
    #[cfg_attr(target_os = "none", inline(never))]
    fn about(&self, object: u16, instance: u16) -> Option<&Control> {
        self.list
            .iter()
            .find(|own| own.is_about((object, instance)))
    }
}

impl Object for Access {
    fn definition(&self) -> &'static Definition {
        &DEFINITION
    }

    fn instance(&self, index: usize) -> Option<u16> {
        // The one that as many others come before.
        let ids = || self.list.iter().map(Control::id);
        ids().find(|id| ids().filter(|other| other < id).count() == index)
    }

    fn value(&self, instance: u16, resource: u16, index: usize) -> Option<(u16, Value<'_>)> {
        let control = self.find(instance)?;
        let (id, number) = if resource == ACL {
            let server = *control.servers().get(index)?;
            (server, control.rights(index))
        } else {
            (index as u16, *control.0.get(usize::from(resource) + 1)?)
        };
        if id == MAX_ID || resource != ACL && index != 0 {
            return None;
        }
        Some((id, Value::Integer(i64::from(number))))
    }

    fn prepare(&mut self, replace: bool) {
        self.wanted = 0;
        self.replacing = replace;
    }

    fn write(
        &mut self,
        instance: u16,
        resource: u16,
        server: u16,
        value: &Value<'_>,
        phase: Phase,
    ) -> Result<(), Refusal> {
        let limit = if resource == ACL { ALL_RIGHTS } else { MAX_ID };
        let number = value.number(limit.into()).ok_or(Refusal::BadRequest)? as u16;
        if self.checked != instance {
            self.checked = instance;
            self.wanted = 0;
        }
        let (replacing, wanted) = (self.replacing, self.wanted);
        let control = self.find_mut(instance).ok_or(Refusal::NotFound)?;
        if phase == Phase::Apply {
            if resource == ACL {
                control.set(server, number).ok_or(Refusal::Full)?;
            } else if let Some(slot) = control.number(resource) {
                *slot = number;
            }
            self.changed = true;
        } else if resource == ACL && (replacing || control.slot(server).is_none()) {
            // All entries of a request have to fit together.
            let staying = if replacing { 0 } else { control.entries() };
            if staying + usize::from(wanted) >= ACCESS_ENTRIES {
                return Err(Refusal::Full);
            }
            self.wanted = wanted + 1;
        }
        Ok(())
    }

    fn clear(&mut self, instance: u16, resource: Option<u16>) -> bool {
        let Some(control) = self
            .find_mut(instance)
            .filter(|_| resource.unwrap_or(ACL) == ACL)
        else {
            return false;
        };
        let any = control.clear();
        self.changed = true;
        any
    }

    fn create(&mut self, instance: Option<u16>) -> Result<u16, Refusal> {
        let id = instance.unwrap_or_else(|| self.free());
        if self.find(id).is_some() {
            return Err(Refusal::BadRequest);
        }
        // Security is no server's concern: nothing is controlled until the target is written.
        self.add(id, 0, 0, MAX_ID)?;
        Ok(id)
    }

    fn delete(&mut self, instance: u16) -> Result<(), Refusal> {
        self.remove(instance);
        Ok(())
    }
}

#[cfg(test)]
mod tests;
