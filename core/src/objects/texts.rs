//! Texts and keys of an object's instances, one behind the other in one store: their number and lengths may vary as
//! long as all fit together.
//!
//! An object has a `Texts<[u8; N]>` and gives it to the functions here, which know nothing of its size. A write begins
//! with [`prepare`]; then each text is checked by [`write()`] together with those before it, and is put there by the same
//! function afterwards. Kinds are the object's to choose, resource ids as a rule.

use crate::bytes::{copy, move_up};
use crate::lwm2m::object::{Phase, Refusal};

/// Head of an entry: instance, kind, length. The bytes follow.
const HEAD: usize = 4;

/// In place of a kind: all of them.
pub const ALL: u16 = u16::MAX;

/// A store of any capacity.
#[derive(Debug)]
pub struct Texts<B: ?Sized = [u8]> {
    /// Bytes in use.
    used: usize,
    /// Bytes that the texts checked since [`prepare`] would add.
    wanted: usize,
    bytes: B,
}

impl<const N: usize> Texts<[u8; N]> {
    /// No texts.
    pub const fn new() -> Self {
        Texts {
            used: 0,
            wanted: 0,
            bytes: [0; N],
        }
    }
}

/// Bytes in use.
pub fn used(texts: &Texts) -> usize {
    texts.used
}

/// All entries: instance in two bytes, kind, length, and the text.
pub fn entries(texts: &Texts) -> &[u8] {
    texts.bytes.get(..texts.used).unwrap_or_default()
}

/// All entries as they are stored; they can be replaced by as many bytes of others.
pub fn stored(texts: &mut Texts, bytes: usize) -> &mut [u8] {
    texts.used = bytes.min(texts.bytes.len());
    texts.bytes.get_mut(..texts.used).unwrap_or_default()
}

/// Forgets all texts.
pub fn clear(texts: &mut Texts) {
    texts.used = 0;
}

/// The store from the first entry of an instance on that is of a kind.
#[cfg_attr(target_os = "none", inline(never))]
fn from(texts: &Texts, instance: u16, kind: u16) -> Option<&[u8]> {
    let mut rest = entries(texts);
    while let [high, low, own, length, ..] = rest {
        let next = rest.get(HEAD + usize::from(*length)..)?;
        if instance == u16::from_be_bytes([*high, *low]) && (kind == ALL || kind == u16::from(*own))
        {
            return Some(rest);
        }
        rest = next;
    }
    None
}

/// The bytes of a kind an instance has.
#[cfg_attr(target_os = "none", inline(never))]
pub fn find(texts: &Texts, instance: u16, kind: u16) -> Option<&[u8]> {
    let [_, _, _, length, rest @ ..] = from(texts, instance, kind)? else {
        return None;
    };
    rest.get(..usize::from(*length))
}

/// Takes one kind of an instance out of the store, or [`ALL`] of them.
#[cfg_attr(target_os = "none", inline(never))]
pub fn remove(texts: &mut Texts, instance: u16, kind: u16) {
    while let Some(rest @ [_, _, _, length, ..]) = from(texts, instance, kind) {
        let (left, length) = (rest.len(), HEAD + usize::from(*length));
        let used = texts.used;
        if let Some(rest) = texts.bytes.get_mut(used - left..used) {
            move_up(rest, length);
        }
        texts.used = used - length;
    }
}

/// Bytes by which the store grows with an entry; what it replaces is given back.
pub fn growth(texts: &Texts, instance: u16, kind: u16, bytes: &[u8]) -> usize {
    let freed = find(texts, instance, kind).map_or(0, |old| HEAD + old.len());
    (HEAD + bytes.len()).saturating_sub(freed)
}

/// Bytes not in use.
pub fn free(texts: &Texts) -> usize {
    texts.bytes.len() - texts.used
}

/// Stores an entry of at most 255 bytes in place of the old one; one that does not fit only removes that.
#[cfg_attr(target_os = "none", inline(never))]
pub fn put(texts: &mut Texts, instance: u16, kind: u16, bytes: &[u8]) {
    remove(texts, instance, kind);
    let [own_high, own_low] = instance.to_be_bytes();
    if let Some([high, low, own, length, space @ ..]) = texts.bytes.get_mut(texts.used..)
        && let Ok(size) = u8::try_from(bytes.len())
        && copy(bytes, space).is_some()
    {
        (*high, *low, *own, *length) = (own_high, own_low, kind as u8, size);
        texts.used += HEAD + bytes.len();
    }
}

/// A write begins.
pub fn prepare(texts: &mut Texts) {
    texts.wanted = 0;
}

/// Checks whether a text fits together with those checked before it, or puts it there if it fits by itself.
#[cfg_attr(target_os = "none", inline(never))]
pub fn write(
    texts: &mut Texts,
    instance: u16,
    kind: u16,
    bytes: &[u8],
    phase: Phase,
) -> Result<(), Refusal> {
    let apply = phase == Phase::Apply;
    let mut wanted = growth(texts, instance, kind, bytes);
    if !apply {
        wanted += texts.wanted;
    }
    if wanted > free(texts) {
        return Err(Refusal::Full);
    }
    if apply {
        put(texts, instance, kind, bytes);
    } else {
        texts.wanted = wanted;
    }
    Ok(())
}
