//! Write, Create and Execute arguments (OMA LwM2M TS Core 6.3.3 to 6.3.6). A request is decoded and checked whole before
//! its first value takes effect, so nothing is ever half written.

use super::format::{Format, text, tlv};
use super::object::{
    Definition, MULTIPLE, Object, Phase, Refusal, Resource, WRITE, values as object_values,
};
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

/// Writes a payload to an instance or resource of `object`; `replace` removes what the payload does not name where
/// that is possible. `news` hears what came of it. The error is the response code.
pub fn write(
    object: &mut dyn Object,
    path: &Path,
    format: Format,
    payload: &[u8],
    replace: bool,
    news: &mut News<'_>,
) -> Result<(), u8> {
    let definition = object.definition();
    let (instance, resource) = match *path.ids() {
        [_, instance] => (instance, None),
        [_, instance, resource] => (instance, Some(resource)),
        _ => return Err(code::METHOD_NOT_ALLOWED),
    };
    if let Some(row) = resource.and_then(|id| definition.resource(id))
        && !row.has(WRITE)
    {
        return Err(code::METHOD_NOT_ALLOWED);
    }
    if let (Some(id), Format::Text | Format::Opaque) = (resource, format) {
        // One value: it is checked as it is applied.
        let mut scratch = [0; BASE64];
        let value = single_value(definition, id, format, payload, &mut scratch)?;
        return apply(object, path, 0, &value, news);
    }
    object.prepare();
    for phase in [Phase::Check, Phase::Apply] {
        if phase == Phase::Apply && replace && object.clear(instance, resource) {
            news(Outcome::Changed(path));
        }
        let mut take = |id: u16, resource_instance: u16, value: &Value<'_>| {
            if phase == Phase::Apply {
                let path = Path::resource(definition.id, instance, id);
                return apply(object, &path, resource_instance, value, news);
            }
            object
                .write(instance, id, resource_instance, value, phase)
                .map_err(Refusal::code)
        };
        values(definition, instance, resource, format, payload, &mut take)?;
    }
    Ok(())
}

/// Applies one value and tells what came of it.
fn apply(
    object: &mut dyn Object,
    path: &Path,
    resource_instance: u16,
    value: &Value<'_>,
    news: &mut News<'_>,
) -> Result<(), u8> {
    let [_, instance, resource] = *path.ids() else {
        return Err(code::METHOD_NOT_ALLOWED);
    };
    let same = object_values(object, instance, resource)
        .any(|(id, own)| id == resource_instance && own.is_same(value));
    object
        .write(instance, resource, resource_instance, value, Phase::Apply)
        .map_err(Refusal::code)?;
    if !same {
        news(Outcome::Changed(path));
    }
    if let (true, Value::Opaque(bytes)) = (object.hands_over(), value) {
        news(Outcome::HandedOver(bytes));
    }
    Ok(())
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
    let written = write(object, &path, format, payload, false, &mut |_| ());
    let complete = written.and(if payload.is_empty() {
        Err(code::BAD_REQUEST)
    } else {
        Ok(())
    });
    if let Err(code) = complete {
        // The instance was created a moment ago and nobody saw it: it can be deleted.
        object.delete(instance).ok();
        return Err(code);
    }
    Ok(instance)
}

/// A value with its resource and resource instance.
type Visit<'v> = dyn FnMut(u16, u16, &Value<'_>) -> Result<(), u8> + 'v;

/// Visits every value of a TLV payload: resources of an instance, with or without the instance entry around them, or
/// the entries of one resource.
fn values(
    definition: &Definition,
    instance: u16,
    resource: Option<u16>,
    format: Format,
    payload: &[u8],
    visit: &mut Visit<'_>,
) -> Result<(), u8> {
    if format != Format::Tlv {
        return Err(code::UNSUPPORTED_CONTENT_FORMAT);
    }
    let mut content = payload;
    let mut wrapped = tlv::Entries::new(payload);
    if let (
        None,
        Some(tlv::Entry {
            kind: tlv::Kind::Instance,
            id,
            value,
        }),
    ) = (resource, wrapped.next())
    {
        if id != instance || !wrapped.is_whole() {
            return Err(code::BAD_REQUEST);
        }
        content = value;
    }
    entries(definition, resource, None, content, visit)
}

/// Visits the values of one level of entries: of the resource `only` or of all, or those inside a multiple resource.
fn entries(
    definition: &Definition,
    only: Option<u16>,
    inside: Option<&Resource>,
    bytes: &[u8],
    visit: &mut Visit<'_>,
) -> Result<(), u8> {
    let mut list = tlv::Entries::new(bytes);
    for entry in list.by_ref() {
        let plain = entry.kind == tlv::Kind::ResourceInstance;
        // An instance of the only resource may stand without the resource around it.
        let id = if plain {
            only.unwrap_or(entry.id)
        } else {
            entry.id
        };
        let row = match inside {
            Some(row) if plain => row,
            None if entry.kind != tlv::Kind::Instance && only.is_none_or(|only| only == id) => {
                definition.resource(id).ok_or(code::NOT_FOUND)?
            }
            _ => return Err(code::BAD_REQUEST),
        };
        if !row.has(WRITE) {
            return Err(code::METHOD_NOT_ALLOWED);
        }
        let multiple = row.has(MULTIPLE);
        match entry.kind {
            tlv::Kind::Multiple if multiple => {
                entries(definition, None, Some(row), entry.value, visit)?
            }
            tlv::Kind::ResourceInstance if multiple && (inside.is_some() || only.is_some()) => {
                visit(
                    row.id,
                    entry.id,
                    &tlv::value(row.kind, entry.value).ok_or(code::BAD_REQUEST)?,
                )?;
            }
            tlv::Kind::Resource if !multiple => {
                visit(
                    row.id,
                    0,
                    &tlv::value(row.kind, entry.value).ok_or(code::BAD_REQUEST)?,
                )?;
            }
            _ => return Err(code::BAD_REQUEST),
        }
    }
    if list.is_whole() {
        Ok(())
    } else {
        Err(code::BAD_REQUEST)
    }
}

/// The value of a payload that is one value.
fn single_value<'v>(
    definition: &Definition,
    id: u16,
    format: Format,
    payload: &'v [u8],
    scratch: &'v mut [u8],
) -> Result<Value<'v>, u8> {
    let row = single(definition, id)?;
    match format {
        Format::Text => text::value(row.kind, payload, scratch).ok_or(code::BAD_REQUEST),
        _ if row.kind == Type::Opaque => Ok(Value::Opaque(payload)),
        _ => Err(code::UNSUPPORTED_CONTENT_FORMAT),
    }
}

/// The row of a resource that takes one value.
fn single(definition: &Definition, id: u16) -> Result<&'static Resource, u8> {
    let row = definition.resource(id).ok_or(code::NOT_FOUND)?;
    if row.has(MULTIPLE) {
        Err(code::UNSUPPORTED_CONTENT_FORMAT)
    } else {
        Ok(row)
    }
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
