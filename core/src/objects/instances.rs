//! Instances of objects 0 and 1, which make up accounts: an id and a few numbers each, ascending by id. One copy of the code
//! serves both objects and their record.

use heapless::vec::VecView;

use crate::version::HAS_1_1;

/// Most numbers of an instance.
pub const NUMBERS: usize = if HAS_1_1 { 15 } else { 12 };

/// One instance, as it is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Instance {
    /// Each number has its place.
    pub numbers: [u32; NUMBERS],
    /// Which numbers are set, a bit each.
    pub present: u16,
    /// Instance id.
    pub id: u16,
}

impl Instance {
    /// Without any number.
    pub const fn new(id: u16) -> Instance {
        Instance {
            numbers: [0; NUMBERS],
            present: 0,
            id,
        }
    }

    /// The number of a place, if it is set.
    pub fn number(&self, place: usize) -> Option<u32> {
        let number = self.numbers.get(place)?;
        (self.present >> place & 1 != 0).then_some(*number)
    }

    /// The number of a place that is always set.
    pub fn always(&self, place: usize) -> u32 {
        self.numbers.get(place).copied().unwrap_or(0)
    }

    /// Sets the number of a place.
    pub fn set(&mut self, place: usize, number: u32) {
        if let Some(own) = self.numbers.get_mut(place) {
            *own = number;
            self.present |= 1 << place;
        }
    }
}

/// The resources of an object that are kept as numbers, by place.
#[derive(Debug)]
pub struct Numbered(pub &'static [u8]);

impl Numbered {
    /// The place of a resource; [`NUMBERS`] for another one.
    #[cfg_attr(target_os = "none", inline(never))]
    fn place(&self, resource: u16) -> usize {
        let place = self.0.iter().position(|own| u16::from(*own) == resource);
        place.unwrap_or(NUMBERS)
    }

    /// The number of a resource, if it is set.
    pub fn number(&self, own: &Instance, resource: u16) -> Option<u32> {
        own.number(self.place(resource))
    }

    /// Sets the number of a resource; whether it is another one now.
    #[cfg_attr(target_os = "none", inline(never))]
    pub fn write(&self, own: &mut Instance, resource: u16, number: u32) -> bool {
        let place = self.place(resource);
        let changed = own.number(place) != Some(number);
        own.set(place, number);
        changed
    }
}

/// The instance with an id.
#[cfg_attr(target_os = "none", inline(never))]
pub fn find(list: &[Instance], id: u16) -> Option<&Instance> {
    list.iter().find(|own| own.id == id)
}

/// The same, to change it.
#[cfg_attr(target_os = "none", inline(never))]
pub fn find_mut(list: &mut [Instance], id: u16) -> Option<&mut Instance> {
    list.iter_mut().find(|own| own.id == id)
}

/// Adds an instance without any number, if there is room.
#[cfg_attr(target_os = "none", inline(never))]
pub fn add(list: &mut VecView<Instance>, id: u16) -> Option<&mut Instance> {
    let mut at = list.len();
    list.push(Instance::new(id)).ok()?;
    while at > 0 && list.get(at - 1).is_some_and(|before| before.id > id) {
        swap(list, at);
        at -= 1;
    }
    list.get_mut(at)
}

/// Removes an instance; whether there was one.
#[cfg_attr(target_os = "none", inline(never))]
pub fn remove(list: &mut VecView<Instance>, id: u16) -> bool {
    let Some(at) = list.iter().position(|own| own.id == id) else {
        return false;
    };
    let last = list.len() - 1;
    for at in at..last {
        swap(list, at + 1);
    }
    list.truncate(last);
    true
}

/// Changes the places of an instance and the one before.
#[cfg_attr(target_os = "none", inline(never))]
fn swap(list: &mut [Instance], at: usize) {
    if let Some([before, own]) = list.get_mut(at - 1..at + 1) {
        core::mem::swap(before, own);
    }
}
