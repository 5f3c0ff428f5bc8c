//! Read: the payload of an object, instance, resource or resource instance (OMA LwM2M TS Core 6.3.1).

use super::format::{Format, cbor, senml, text, tlv};
use super::object::{
    Directory, MULTIPLE, Object, READ, Refusal, Resource, Right, WRITE, has_instance, has_resource,
    instances, value_at, values,
};
use super::path::Path;
use super::sink::Sink;
use super::value::{Type, Value};
use crate::version::HAS_1_1;

/// For paths to one, the resource of an existing path. Without
/// `present` a resource that is absent but writable counts as well: writing brings it into being.
pub fn target(
    directory: &dyn Directory,
    path: &Path,
    present: bool,
) -> Result<Option<&'static Resource>, Refusal> {
    let ids = path.ids();
    let id = *ids.first().ok_or(Refusal::NotAllowed)?;
    if id == 0 {
        // Security is never visible outside the bootstrap interface (OMA LwM2M TS Core E.1).
        return Err(Refusal::Unauthorized);
    }
    let object = directory.object(id).ok_or(Refusal::NotFound)?;
    if let Some(instance) = ids.get(1) {
        if !has_instance(object, *instance) {
            return Err(Refusal::NotFound);
        }
        if let Some(resource) = ids.get(2) {
            let resource = object
                .definition()
                .resource(*resource)
                .ok_or(Refusal::NotFound)?;
            if !has_resource(object, *instance, resource) && (present || !resource.has(WRITE)) {
                return Err(Refusal::NotFound);
            }
            if HAS_1_1 && let Some(id) = ids.get(3) {
                let mut values = values(object, *instance, resource.id);
                if !resource.has(MULTIPLE) || present && !values.any(|(own, _)| own == *id) {
                    return Err(Refusal::NotFound);
                }
            }
            return Ok(Some(resource));
        }
    }
    Ok(None)
}

/// The format in which a path is exchanged when nobody names one: a single value goes as text or bytes and everything
/// else as TLV.
pub fn natural(single: Option<&Resource>) -> Format {
    match single.map(|resource| resource.kind) {
        None => Format::Tlv,
        Some(Type::Opaque) => Format::Opaque,
        Some(_) => Format::Text,
    }
}

/// The resource if the path to it names one value.
pub fn single(path: &Path, resource: Option<&'static Resource>) -> Option<&'static Resource> {
    resource.filter(|resource| !resource.has(MULTIPLE) || HAS_1_1 && path.depth() > 3)
}

/// The format of an answer: the one asked for, if any, when it can carry what the path names, else 4.06; 4.05 for what
/// cannot be read. An `accept` of `u32::MAX` is no wish.
pub fn format(
    path: &Path,
    resource: Option<&'static Resource>,
    accept: u32,
) -> Result<Format, Refusal> {
    if resource.is_some_and(|resource| !resource.has(READ)) {
        return Err(Refusal::NotAllowed);
    }
    let natural = natural(single(path, resource));
    if accept == u32::MAX {
        return Ok(natural);
    }
    match Format::from_number(accept) {
        Some(Format::Tlv) => Ok(Format::Tlv),
        Some(Format::Text) if natural != Format::Tlv => Ok(Format::Text),
        Some(Format::Opaque) if natural == Format::Opaque => Ok(Format::Opaque),
        Some(Format::Cbor) if HAS_1_1 && natural != Format::Tlv => Ok(Format::Cbor),
        Some(senml) if senml.is_senml() => Ok(senml),
        _ => Err(Refusal::NotAcceptable),
    }
}

/// Writes the payload of a path that the server may read.
pub fn read(
    directory: &dyn Directory,
    server: u8,
    path: &Path,
    format: Format,
    sink: &mut Sink<'_>,
) {
    match format {
        Format::Tlv => read_tlv(directory, server, path, sink),
        _ if format.is_senml() => {
            read_all(directory, server, format, sink, &|each| each(path));
        }
        _ => match value_at(directory, path) {
            Some(Value::Opaque(bytes)) if format == Format::Opaque => sink.put(bytes),
            Some(value) if HAS_1_1 && format == Format::Cbor => {
                let row = target(directory, path, true).ok().flatten();
                if row.is_some_and(|row| row.kind == Type::Time) {
                    sink.put(&[cbor::EPOCH]);
                }
                cbor::put(sink, &value);
            }
            Some(value) => text::write(sink, &value),
            None => {}
        },
    }
}

/// Tells paths.
pub type Paths<'p> = dyn Fn(&mut dyn FnMut(&Path)) + 'p;

/// Writes the payload of several paths in SenML. What is not there, or the server may not read, is left out.
pub fn read_all(
    directory: &dyn Directory,
    server: u8,
    format: Format,
    sink: &mut Sink<'_>,
    paths: &Paths<'_>,
) {
    let mut writer = senml::Writer::new(sink, format);
    for _ in 0..2 {
        paths(&mut |path| {
            writer.base(path);
            visit(directory, server, path, &mut writer);
        });
        writer.turn();
    }
}

/// Writes all values at and below a path that the server may read. What is not there is left out.
fn visit(directory: &dyn Directory, server: u8, path: &Path, writer: &mut senml::Writer<'_, '_>) {
    let Some(id) = path.ids().first() else {
        for id in directory.ids() {
            visit(directory, server, &Path::object(*id), writer);
        }
        return;
    };
    let Some(object) = directory.object(*id) else {
        return;
    };
    for instance in instances(object) {
        let place = Path::instance(*id, instance);
        if !place.overlaps(path) || !directory.allows(server, &place, Right::Read) {
            continue;
        }
        for resource in object.definition().resources {
            let place = Path::resource(*id, instance, resource.id);
            if !resource.has(READ) || !place.overlaps(path) {
                continue;
            }
            for (own, value) in values(object, instance, resource.id) {
                let place = if resource.has(MULTIPLE) {
                    place.then(own).unwrap_or(place)
                } else {
                    place
                };
                if path.contains(&place) {
                    writer.record(&place, &value);
                }
            }
        }
    }
}

fn read_tlv(directory: &dyn Directory, server: u8, path: &Path, sink: &mut Sink<'_>) {
    let Some(object) = path.ids().first().and_then(|id| directory.object(*id)) else {
        return;
    };
    match *path.ids() {
        [id] => {
            for instance in instances(object) {
                if !directory.allows(server, &Path::instance(id, instance), Right::Read) {
                    continue;
                }
                let mut measure = Sink::new(&mut []);
                instance_content(object, instance, &mut measure);
                tlv::head(sink, tlv::Kind::Instance, instance, measure.total());
                instance_content(object, instance, sink);
            }
        }
        [_, instance] => instance_content(object, instance, sink),
        [_, instance, id] => {
            if let Some(resource) = object.definition().resource(id) {
                resource_entry(object, instance, resource, sink);
            }
        }
        [_, instance, id, own] if HAS_1_1 => {
            for (found, value) in values(object, instance, id) {
                if found == own {
                    tlv::entry(sink, tlv::Kind::ResourceInstance, found, &value);
                }
            }
        }
        _ => {}
    }
}

/// All readable resources of an instance that are present.
fn instance_content(object: &dyn Object, instance: u16, sink: &mut Sink<'_>) {
    for resource in object.definition().resources {
        if resource.has(READ) {
            resource_entry(object, instance, resource, sink);
        }
    }
}

fn resource_entry(object: &dyn Object, instance: u16, resource: &Resource, sink: &mut Sink<'_>) {
    if resource.has(MULTIPLE) {
        multiple_entry(object, instance, resource, sink);
    } else if let Some((_, value)) = object.value(instance, resource.id, 0) {
        tlv::entry(sink, tlv::Kind::Resource, resource.id, &value);
    }
}

/// Apart from the usual case, which needs no room on the stack.
#[inline(never)]
fn multiple_entry(object: &dyn Object, instance: u16, resource: &Resource, sink: &mut Sink<'_>) {
    // The length stands in front: short contents are composed aside, long ones are measured first.
    let mut aside = [0; ASIDE];
    let mut content = Sink::new(&mut aside);
    let instances = instance_entries(object, instance, resource.id, &mut content);
    let length = content.total();
    let complete = ASIDE != 0 && content.is_complete();
    if instances == 0 && !resource.is_always_present() {
        return;
    }
    tlv::head(sink, tlv::Kind::Multiple, resource.id, length);
    if complete {
        sink.put(aside.get(..length).unwrap_or(&[]));
    } else {
        instance_entries(object, instance, resource.id, sink);
    }
}

/// Room for the entries of a multiple resource with a few numbers.
const ASIDE: usize = if cfg!(target_os = "none") { 0 } else { 64 };

/// Writes the entries of a multiple resource; gives their number.
fn instance_entries(
    object: &dyn Object,
    instance: u16,
    resource: u16,
    sink: &mut Sink<'_>,
) -> usize {
    let mut index = 0;
    while let Some((id, value)) = object.value(instance, resource, index) {
        tlv::entry(sink, tlv::Kind::ResourceInstance, id, &value);
        index += 1;
    }
    index
}
