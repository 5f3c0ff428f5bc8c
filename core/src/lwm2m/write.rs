//! Write, Create and Execute arguments (OMA LwM2M TS Core 6.3.3 to 6.3.6). A request is decoded and checked whole before
//! its first value takes effect, so nothing is ever half written.

use super::format::{Format, text, tlv};
use super::object::{Definition, MULTIPLE, Object, Phase, Refusal, Resource, WRITE};
use super::path::Path;
use super::value::{Type, Value};
use crate::coap::code;

/// Longest opaque value that can be written as base64 text.
const BASE64: usize = 96;

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
    phase: Phase,
    /// A bootstrap server writes.
    lenient: bool,
    news: &'w mut News<'w>,
}

/// Writes a payload to an instance or resource of `object`. `news` hears what came of it. The error is the response code.
pub fn write<'w>(
    object: &'w mut dyn Object,
    path: &Path,
    format: Format,
    payload: &[u8],
    manner: Manner,
    news: &'w mut News<'w>,
) -> Result<(), u8> {
    let definition = object.definition();
    let (instance, only) = match *path.ids() {
        [_, instance] => (instance, ALL),
        [_, instance, resource] => (instance, resource),
        _ => return Err(code::METHOD_NOT_ALLOWED),
    };
    let row = definition.resource(only);
    let lenient = manner.provisions();
    if !lenient && row.is_some_and(|row| !row.has(WRITE)) {
        return Err(code::METHOD_NOT_ALLOWED);
    }
    let mut write = Write {
        object,
        definition,
        instance,
        only,
        phase: Phase::Apply,
        lenient,
        news,
    };
    if only != ALL && matches!(format, Format::Text | Format::Opaque) {
        // One value: it is checked as it is applied.
        let row = row.ok_or(code::NOT_FOUND)?;
        if row.has(MULTIPLE) {
            return Err(code::UNSUPPORTED_CONTENT_FORMAT);
        }
        let mut scratch = [0; BASE64];
        let value = match format {
            Format::Text => {
                text::value(row.kind, payload, &mut scratch).ok_or(code::BAD_REQUEST)?
            }
            _ if row.kind == Type::Opaque => Value::Opaque(payload),
            _ => return Err(code::UNSUPPORTED_CONTENT_FORMAT),
        };
        return write.take(only, 0, &value);
    }
    if format != Format::Tlv {
        return Err(code::UNSUPPORTED_CONTENT_FORMAT);
    }
    if manner != Manner::ProvisionCheck {
        write.object.prepare(manner != Manner::Update);
    }
    let mut content = payload;
    if only == ALL {
        // With or without the instance entry around the resources.
        let mut wrapped = tlv::Entries::new(payload);
        if let Some(entry) = wrapped.next()
            && entry.kind == tlv::Kind::Instance
        {
            if entry.id != instance || !wrapped.is_whole() {
                return Err(code::BAD_REQUEST);
            }
            content = entry.value;
        }
    }
    write.phase = Phase::Check;
    write.entries(None, content)?;
    if manner == Manner::ProvisionCheck {
        return Ok(());
    }
    write.phase = Phase::Apply;
    if manner != Manner::Update
        && write
            .object
            .clear(instance, Some(only).filter(|id| *id != ALL))
    {
        (write.news)(Outcome::Changed(path));
    }
    write.entries(None, content)
}

impl Write<'_> {
    /// Takes the values of one level of entries: of the instance or resource, or those inside a multiple resource.
    fn entries(&mut self, inside: Option<&'static Resource>, bytes: &[u8]) -> Result<(), u8> {
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
                        return Err(code::BAD_REQUEST);
                    }
                    match self.definition.resource(id) {
                        Some(row) => row,
                        None if self.lenient && self.only == ALL => continue,
                        None => return Err(code::NOT_FOUND),
                    }
                }
                _ => return Err(code::BAD_REQUEST),
            };
            if !row.has(WRITE) && !self.lenient {
                return Err(code::METHOD_NOT_ALLOWED);
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
                    entry.id
                }
                tlv::Kind::Resource if !multiple => 0,
                _ => return Err(code::BAD_REQUEST),
            };
            let value = tlv::value(row.kind, entry.value).ok_or(code::BAD_REQUEST)?;
            self.take(row.id, id, &value)?;
        }
        if list.is_whole() {
            Ok(())
        } else {
            Err(code::BAD_REQUEST)
        }
    }

    /// Checks one value, or applies it and tells what came of it.
    fn take(&mut self, id: u16, resource_instance: u16, value: &Value<'_>) -> Result<(), u8> {
        let instance = self.instance;
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
            outcome => outcome.map_err(Refusal::code)?,
        }
        if !same {
            let path = Path::resource(self.definition.id, instance, id);
            (self.news)(Outcome::Changed(&path));
        }
        if let (false, Value::Opaque(bytes)) = (check, value)
            && self.object.hands_over()
        {
            (self.news)(Outcome::HandedOver(bytes));
        }
        Ok(())
    }
}

/// Creates an instance from a TLV payload, with the id the payload names or one the object chooses. Gives the id.
pub fn create(object: &mut dyn Object, format: Format, payload: &[u8]) -> Result<u16, u8> {
    if format != Format::Tlv {
        return Err(code::UNSUPPORTED_CONTENT_FORMAT);
    }
    let wanted = match tlv::Entries::new(payload).next() {
        Some(entry) if entry.kind == tlv::Kind::Instance => Some(entry.id),
        _ => None,
    };
    let object_id = object.definition().id;
    let instance = object.create(wanted).map_err(|refusal| refusal.code())?;
    let path = Path::instance(object_id, instance);
    let written = write(object, &path, format, payload, Manner::Update, &mut |_| ());
    let refused = match written {
        Ok(()) if !payload.is_empty() => return Ok(instance),
        Ok(()) => code::BAD_REQUEST,
        Err(code) => code,
    };
    // The instance was created a moment ago and nobody saw it: it can be deleted.
    object.delete(instance).ok();
    Err(refused)
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
