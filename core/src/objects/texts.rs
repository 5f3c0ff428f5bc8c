//! Texts and keys of an object's instances, one behind the other in one store: their number and lengths may vary as
//! long as all fit together.

use heapless::vec::VecView;

use crate::bytes::move_up;

/// Head of an entry: instance, kind, length. The bytes follow.
const HEAD: usize = 4;

/// A store of any capacity: one copy of the code for all.
pub type Store = VecView<u8>;

/// Instance and kind of the first entry, its bytes, and what follows.
type Entry<'s> = ((u16, u16), &'s [u8], &'s [u8]);

fn split(store: &[u8]) -> Option<Entry<'_>> {
    let [high, low, kind, length, rest @ ..] = store else {
        return None;
    };
    let length = usize::from(*length);
    Some((
        (u16::from_be_bytes([*high, *low]), u16::from(*kind)),
        rest.get(..length)?,
        rest.get(length..)?,
    ))
}

/// The bytes of a kind an instance has.
#[cfg_attr(target_os = "none", inline(never))]
pub fn find(store: &[u8], instance: u16, kind: u16) -> Option<&[u8]> {
    let mut rest = store;
    loop {
        let (head, bytes, next) = split(rest)?;
        if head == (instance, kind) {
            return Some(bytes);
        }
        rest = next;
    }
}

/// Takes one kind of an instance out of the store, or all of them.
#[cfg_attr(target_os = "none", inline(never))]
pub fn remove(store: &mut Store, instance: u16, kind: Option<u16>) {
    let mut at = 0;
    while let Some((head, bytes, _)) = store.get(at..).and_then(split) {
        let length = HEAD + bytes.len();
        if head.0 != instance || kind.is_some_and(|kind| kind != head.1) {
            at += length;
            continue;
        }
        let end = store.len();
        if let Some(rest) = store.get_mut(at..) {
            move_up(rest, length);
        }
        store.truncate(end - length);
    }
}

/// Bytes by which the store grows with an entry; what it replaces is given back.
pub fn growth(store: &[u8], instance: u16, kind: u16, bytes: &[u8]) -> usize {
    let freed = find(store, instance, kind).map_or(0, |old| HEAD + old.len());
    (HEAD + bytes.len()).saturating_sub(freed)
}

/// Bytes not in use.
pub fn free(store: &Store) -> usize {
    store.capacity() - store.len()
}

/// Stores an entry of at most 255 bytes in place of the old one; one that does not fit only removes that.
#[cfg_attr(target_os = "none", inline(never))]
pub fn put(store: &mut Store, instance: u16, kind: u16, bytes: &[u8]) {
    remove(store, instance, Some(kind));
    let Ok(length) = u8::try_from(bytes.len()) else {
        return;
    };
    if HEAD + bytes.len() <= free(store) {
        let [high, low] = instance.to_be_bytes();
        store
            .extend_from_slice(&[high, low, kind as u8, length])
            .ok();
        store.extend_from_slice(bytes).ok();
    }
}
