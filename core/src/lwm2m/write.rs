//! Write, Create and Execute arguments (OMA LwM2M TS Core 6.3.3 to 6.3.6). A request is decoded and checked whole before
//! its first value takes effect, so nothing is ever half written.

use super::format::senml::Pack;
use super::format::{Format, tlv};
use super::object::{Definition, HANDED_OVER, MULTIPLE, Object, Phase, Refusal, Resource, WRITE};
use super::path::Path;
use super::value::{Type, Value};
use crate::config::OBJECT_APP_DATA;
use crate::version::HAS_1_1;

/// Longest opaque value that can be written as base64 text; with LwM2M 1.1, and text with escapes or in pieces as well.
const SCRATCH: usize = if HAS_1_1 { 256 } else { 96 };

/// What a write leads to besides the new values.
pub enum Outcome<'a> {
    /// What a path names is another value now.
    Changed(&'a Path),
    /// Bytes for the application.
    HandedOver(&'a [u8]),
}

/// Hears the outcomes of a write.
pub type News<'n> = dyn FnMut(Outcome<'_>) + 'n;

/// No id: this one is reserved (OMA LwM2M TS Core 7.1).
const ALL: u16 = u16::MAX;

/// How a write treats what is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Manner {
    /// What the payload does not name stays.
    Update,
    /// What the payload does not name is removed where that is possible.
    Replace,
    /// As [`Manner::Replace`] by a bootstrap server: access modes do not count, what is not known here is left aside.
    Provision,
    /// Only say whether [`Manner::Provision`] would succeed; the object was prepared before.
    ProvisionCheck,
}

impl Manner {
    /// Whether a bootstrap server writes.
    fn provisions(self) -> bool {
        matches!(self, Manner::Provision | Manner::ProvisionCheck)
    }
}

/// A write under way.
struct Write<'w> {
    object: &'w mut dyn Object,
    definition: &'static Definition,
    instance: u16,
    /// The resource that is written, or [`ALL`] of the instance.
    only: u16,
    /// The resource instance that is written, or [`ALL`] of them (1.1).
    place: u16,
    format: Format,
    phase: Phase,
    /// A bootstrap server writes.
    lenient: bool,
    news: &'w mut News<'w>,
}

/// Writes a payload to an instance or resource of `object`. `news` hears what came of it.
pub fn write<'w>(
    object: &'w mut dyn Object,
    path: &Path,
    format: Format,
    payload: &[u8],
    manner: Manner,
    news: &'w mut News<'w>,
) -> Result<(), Refusal> {
    let definition = object.definition();
    let (instance, only, place) = match *path.ids() {
        [_, instance] => (instance, ALL, ALL),
        [_, instance, resource] => (instance, resource, ALL),
        [_, instance, resource, place] if HAS_1_1 => (instance, resource, place),
        _ => return Err(Refusal::NotAllowed),
    };
    if only == ALL && payload.is_empty() {
        return Err(Refusal::BadRequest);
    }
    let row = definition.resource(only);
    let lenient = manner.provisions();
    if !lenient && row.is_some_and(|row| !row.has(WRITE)) {
        return Err(Refusal::NotAllowed);
    }
    let mut write = Write {
        object,
        definition,
        instance,
        only,
        place,
        format,
        phase: Phase::Apply,
        lenient,
        news,
    };
    let replaces = manner != Manner::Update && !write.names_one();
    if only != ALL && format.is_single() {
        // One value: it is checked as it is applied.
        let row = row.ok_or(Refusal::NotFound)?;
        if row.has(MULTIPLE) && !write.names_one() {
            return Err(Refusal::Unsupported);
        }
        if format == Format::Opaque && row.kind != Type::Opaque {
            return Err(Refusal::Unsupported);
        }
        if !write.names_one() {
            return write.take(row, 0, payload);
        }
        // There may be no room for one more.
        write.object.prepare(false);
        write.phase = Phase::Check;
        write.take(row, place, payload)?;
        write.phase = Phase::Apply;
        return write.take(row, place, payload);
    }
    if format != Format::Tlv && !format.is_senml() {
        return Err(Refusal::Unsupported);
    }
    if manner != Manner::ProvisionCheck {
        write.object.prepare(replaces);
    }
    let mut content = payload;
    if only == ALL && !format.is_senml() {
        // With or without the instance entry around the resources.
        let mut wrapped = tlv::Entries::new(payload);
        if let Some(entry) = wrapped.next()
            && entry.kind == tlv::Kind::Instance
        {
            if entry.id != instance || !wrapped.is_whole() {
                return Err(Refusal::BadRequest);
            }
            content = entry.value;
        }
    }
    write.phase = Phase::Check;
    write.content(path, content)?;
    if manner == Manner::ProvisionCheck {
        return Ok(());
    }
    write.phase = Phase::Apply;
    if replaces
        && write
            .object
            .clear(instance, Some(only).filter(|id| *id != ALL))
    {
        (write.news)(Outcome::Changed(path));
    }
    write.content(path, content)
}

/// Checks or applies one value of a composite write; its path names a writable resource, or an instance of one.
pub fn record<'w>(
    object: &'w mut dyn Object,
    record: &Pack<'_>,
    format: Format,
    phase: Phase,
    news: &'w mut News<'w>,
) -> Result<(), Refusal> {
    let instance = record.path().ids().get(1).copied();
    Write {
        definition: object.definition(),
        object,
        instance: instance.ok_or(Refusal::BadRequest)?,
        only: ALL,
        place: ALL,
        format,
        phase,
        lenient: false,
        news,
    }
    .record(record)
}

impl Write<'_> {
    /// Whether a resource instance is written, not a resource.
    #[inline(always)]
    fn names_one(&self) -> bool {
        HAS_1_1 && self.place != ALL
    }

    /// Takes all values of a payload.
    #[inline(always)]
    fn content(&mut self, path: &Path, content: &[u8]) -> Result<(), Refusal> {
        if self.format.is_senml() {
            self.records(path, Pack::new(self.format, content))
        } else {
            self.entries(None, content)
        }
    }

    /// Takes the values of records at or below a path.
    fn records(&mut self, path: &Path, mut pack: Pack<'_>) -> Result<(), Refusal> {
        while pack.advance() {
            if path.contains(pack.path()) {
                self.record(&pack)?;
            } else if !self.lenient {
                return Err(Refusal::BadRequest);
            }
        }
        if pack.is_whole() {
            Ok(())
        } else {
            Err(Refusal::BadRequest)
        }
    }

    /// Takes the value of a record.
    fn record(&mut self, record: &Pack<'_>) -> Result<(), Refusal> {
        let (id, place) = match *record.path().ids() {
            [_, _, resource] => (resource, None),
            [_, _, resource, place] => (resource, Some(place)),
            _ => return Err(Refusal::BadRequest),
        };
        let row = match self.definition.resource(id) {
            Some(row) => row,
            None if self.lenient && self.only == ALL => return Ok(()),
            None => return Err(Refusal::NotFound),
        };
        if !row.has(WRITE) && !self.lenient {
            return Err(Refusal::NotAllowed);
        }
        if row.has(MULTIPLE) != place.is_some() {
            return Err(Refusal::BadRequest);
        }
        let value = record.value(row.kind).ok_or(Refusal::BadRequest)?;
        self.take(row, place.unwrap_or(0), value)
    }

    /// Takes the values of one level of entries: of the instance or resource, or those inside a multiple resource.
    fn entries(&mut self, inside: Option<&'static Resource>, bytes: &[u8]) -> Result<(), Refusal> {
        let mut list = tlv::Entries::new(bytes);
        for entry in list.by_ref() {
            let plain = entry.kind == tlv::Kind::ResourceInstance;
            let row = match inside {
                Some(row) if plain => row,
                None if entry.kind != tlv::Kind::Instance => {
                    // An instance of the only resource may stand without the resource around it.
                    let id = if plain && self.only != ALL {
                        self.only
                    } else {
                        entry.id
                    };
                    if self.only != ALL && self.only != id {
                        return Err(Refusal::BadRequest);
                    }
                    match self.definition.resource(id) {
                        Some(row) => row,
                        None if self.lenient && self.only == ALL => continue,
                        None => return Err(Refusal::NotFound),
                    }
                }
                _ => return Err(Refusal::BadRequest),
            };
            if !row.has(WRITE) && !self.lenient {
                return Err(Refusal::NotAllowed);
            }
            let multiple = row.has(MULTIPLE);
            let id = match entry.kind {
                tlv::Kind::Multiple if multiple => {
                    self.entries(Some(row), entry.value)?;
                    continue;
                }
                tlv::Kind::ResourceInstance
                    if multiple && (inside.is_some() || self.only != ALL) =>
                {
                    if self.names_one() && entry.id != self.place {
                        return Err(Refusal::BadRequest);
                    }
                    entry.id
                }
                tlv::Kind::Resource if !multiple => 0,
                _ => return Err(Refusal::BadRequest),
            };
            self.take(row, id, entry.value)?;
        }
        if list.is_whole() {
            Ok(())
        } else {
            Err(Refusal::BadRequest)
        }
    }

    /// Checks one value, or applies it and tells what came of it.
    fn take(
        &mut self,
        row: &Resource,
        resource_instance: u16,
        bytes: &[u8],
    ) -> Result<(), Refusal> {
        let mut scratch = [0; SCRATCH];
        let Some(value) = &self.format.value(row.kind, bytes, &mut scratch) else {
            return Err(Refusal::BadRequest);
        };
        let (instance, id) = (self.instance, row.id);
        let check = self.phase == Phase::Check;
        let mut same = check;
        let mut index = 0;
        while !same && let Some((own_id, own)) = self.object.value(instance, id, index) {
            same = own_id == resource_instance && own.is_same(value);
            index += 1;
        }
        match self
            .object
            .write(instance, id, resource_instance, value, self.phase)
        {
            Err(Refusal::NotAllowed) if self.lenient && self.only == ALL => return Ok(()),
            outcome => outcome?,
        }
        if !same {
            let path = Path::resource(self.definition.id, instance, id);
            (self.news)(Outcome::Changed(&path));
        }
        if let (false, Value::Opaque(bytes)) = (check, value)
            && OBJECT_APP_DATA != 0
            && row.has(HANDED_OVER)
        {
            (self.news)(Outcome::HandedOver(bytes));
        }
        Ok(())
    }
}

/// Creates an instance from a payload, with the id the payload names or one the object chooses. Gives the id.
pub fn create(object: &mut dyn Object, format: Format, payload: &[u8]) -> Result<u16, Refusal> {
    let wanted = if format.is_senml() {
        // The first names the instance.
        let mut pack = Pack::new(format, payload);
        pack.advance();
        pack.path().ids().get(1).copied()
    } else if format == Format::Tlv {
        match tlv::Entries::new(payload).next() {
            Some(entry) if entry.kind == tlv::Kind::Instance => Some(entry.id),
            _ => None,
        }
    } else {
        return Err(Refusal::Unsupported);
    };
    let object_id = object.definition().id;
    let instance = object.create(wanted)?;
    let path = Path::instance(object_id, instance);
    let written = write(object, &path, format, payload, Manner::Update, &mut |_| ());
    if written.is_err() {
        // The instance was created a moment ago and nobody saw it: it can be deleted.
        object.delete(instance).ok();
    }
    written.map(|()| instance)
}

/// Whether Execute arguments are well-formed: a comma list of `digit` or `digit='text'` (OMA LwM2M TS Core 6.3.5).
pub fn arguments_are_valid(payload: &[u8]) -> bool {
    let mut rest = payload;
    if rest.is_empty() {
        return true;
    }
    loop {
        rest = match rest {
            [b'0'..=b'9', b'=', b'\'', text @ ..] => {
                let Some(end) = text.iter().position(|byte| *byte == b'\'') else {
                    return false;
                };
                text.get(end + 1..).unwrap_or(&[])
            }
            [b'0'..=b'9', rest @ ..] => rest,
            _ => return false,
        };
        rest = match rest {
            [] => return true,
            [b',', rest @ ..] => rest,
            _ => return false,
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn execute_arguments_follow_their_grammar() {
        for good in [
            "",
            "0",
            "5,7",
            "0='a'",
            "0='a',1",
            "2='10.3',7,0='https://x.y'",
            "1=''",
        ] {
            assert!(arguments_are_valid(good.as_bytes()), "{good}");
        }
        for bad in ["a", "10", "0=", "0=a", "0='a", "0,", ",0", "0='a'b", "0 ,1"] {
            assert!(!arguments_are_valid(bad.as_bytes()), "{bad}");
        }
    }
}
