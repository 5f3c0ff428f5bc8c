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

/// What may be done with one instance.
#[derive(Clone, Copy, Debug)]
struct Control {
    id: u16,
    /// By resource id: object, instance, the rights of all entries, owner.
    numbers: [u16; 4],
    /// The server of each entry; [`MAX_ID`]: no entry.
    servers: [u16; ACCESS_ENTRIES],
}

impl Control {
    /// The index of a server's entry, or of a free one.
    #[cfg_attr(target_os = "none", inline(never))]
    fn slot(&self, server: u16) -> Option<usize> {
        self.servers.iter().position(|own| *own == server)
    }

    /// How many entries there are. They stand in front of the free ones.
    fn entries(&self) -> usize {
        self.slot(MAX_ID).unwrap_or(ACCESS_ENTRIES)
    }

    /// The rights of the entry at an index.
    fn rights(&self, slot: usize) -> u16 {
        let [_, _, rights, _] = self.numbers;
        rights >> (slot * RIGHT_BITS) & ALL_RIGHTS
    }

    /// Writes the entry of a server, unless all are in use by others.
    fn set(&mut self, server: u16, new: u16) -> Option<()> {
        let slot = self.slot(server).or_else(|| self.slot(MAX_ID))?;
        *self.servers.get_mut(slot)? = server;
        let [_, _, rights, _] = &mut self.numbers;
        let shift = slot * RIGHT_BITS;
        *rights = *rights & !(ALL_RIGHTS << shift) | new << shift;
        Some(())
    }

    /// What a server may do: by an entry of its own, else by ownership, else by default (OMA LwM2M 1.0 TS 7.3.2.1).
    fn rights_of(&self, server: u16, owner: u16) -> u16 {
        let mut slot = self.slot(server);
        if slot.is_none() {
            if owner == server {
                return ALL_RIGHTS;
            }
            slot = self.slot(DEFAULT);
        }
        slot.map_or(0, |slot| self.rights(slot))
    }
}

/// The Access Control object.
#[derive(Debug)]
pub struct Access {
    /// In no order.
    list: Vec<Control, ACCESS_INSTANCES, u8>,
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

    /// Whether the server with this short id has a right. `alone`: it is the only one, and what no instance controls is
    /// open to it. Instances of this object itself are read by all and written by their owner.
    pub fn allows(&self, server: u16, path: &Path, right: Right, alone: bool) -> bool {
        let (object, instance) = match *path.ids() {
            [object] if right == Right::Create => (object, MAX_ID),
            [object, instance, ..] => (object, instance),
            _ => return true,
        };
        for control in &self.list {
            let [its_object, its_instance, _, owner] = control.numbers;
            if object == ID {
                if control.id == instance {
                    return right == Right::Read || owner == server;
                }
            } else if its_object == object && its_instance == instance {
                return control.rights_of(server, owner) & right as u16 != 0;
            }
        }
        alone
    }

    /// Makes a server the owner of a new instance of another object.
    pub fn own(&mut self, server: u16, object: u16, instance: u16) -> Result<(), Refusal> {
        self.add(None, [object, instance, 0, server]).map(|_| ())
    }

    /// An instance of another object is gone: nothing is left to control.
    pub fn release(&mut self, object: u16, instance: u16) {
        let target = |own: &&Control| {
            let [its_object, its_instance, _, _] = own.numbers;
            its_object == object && its_instance == instance
        };
        if let Some(id) = self.list.iter().find(target).map(|own| own.id) {
            self.remove(id);
        }
    }

    /// Adds an instance without entries; gives its id, the one wanted or the first free.
    fn add(&mut self, wanted: Option<u16>, numbers: [u16; 4]) -> Result<u16, Refusal> {
        let mut id = wanted.unwrap_or(0);
        while self.list.iter().any(|own| own.id == id) {
            if wanted.is_some() {
                return Err(Refusal::BadRequest);
            }
            id += 1;
        }
        let control = Control {
            id,
            numbers,
            servers: [MAX_ID; ACCESS_ENTRIES],
        };
        self.list.push(control).map_err(|_| Refusal::Full)?;
        self.changed = true;
        Ok(id)
    }

    fn remove(&mut self, id: u16) {
        if let Some(index) = self.list.iter().position(|own| own.id == id)
            && let Some(last) = self.list.pop()
        {
            if let Some(slot) = self.list.get_mut(index) {
                *slot = last;
            }
            self.changed = true;
        }
    }

    #[cfg_attr(target_os = "none", inline(never))]
    fn find_mut(&mut self, id: u16) -> Option<&mut Control> {
        self.list.iter_mut().find(|own| own.id == id)
    }
}

impl Object for Access {
    fn definition(&self) -> &'static Definition {
        &DEFINITION
    }

    fn instance(&self, index: usize) -> Option<u16> {
        // The one that as many others come before.
        let ids = || self.list.iter().map(|own| own.id);
        ids().find(|id| ids().filter(|other| other < id).count() == index)
    }

    fn value(&self, instance: u16, resource: u16, index: usize) -> Option<(u16, Value<'_>)> {
        let control = self.list.iter().find(|own| own.id == instance)?;
        let (id, number) = if resource == ACL {
            let server = *control.servers.get(index)?;
            (server, control.rights(index))
        } else {
            (index as u16, *control.numbers.get(usize::from(resource))?)
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
        let number = match *value {
            Value::Integer(number) if number as u64 <= u64::from(limit) => number as u16,
            _ => return Err(Refusal::BadRequest),
        };
        if self.checked != instance {
            self.checked = instance;
            self.wanted = 0;
        }
        let (replacing, wanted) = (self.replacing, self.wanted);
        let control = self.find_mut(instance).ok_or(Refusal::NotFound)?;
        if phase == Phase::Apply {
            if resource == ACL {
                control.set(server, number).ok_or(Refusal::Full)?;
            } else if let Some(slot) = control.numbers.get_mut(usize::from(resource)) {
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
        let any = control.entries() != 0;
        control.servers = [MAX_ID; ACCESS_ENTRIES];
        self.changed = true;
        any
    }

    fn create(&mut self, instance: Option<u16>) -> Result<u16, Refusal> {
        // Security is no server's concern: nothing is controlled until the target is written.
        self.add(instance, [0, 0, 0, MAX_ID])
    }

    fn delete(&mut self, instance: u16) -> Result<(), Refusal> {
        self.remove(instance);
        Ok(())
    }
}

#[cfg(test)]
mod tests;
