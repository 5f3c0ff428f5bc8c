//! Link format, content format 40 (RFC 6690): the object list of a registration and the answer to Discover
//! (OMA LwM2M TS Core 6.2.1, 6.3.2).

use super::text::{decimal, number};
use crate::lwm2m::attribute::{AttributeTable, NAMES, PMAX};
use crate::lwm2m::object::{Directory, MULTIPLE, Object, has_resource, instances, values};
use crate::lwm2m::path::Path;
use crate::lwm2m::sink::{SHORT, Sink};
use crate::lwm2m::value::Value;
use crate::text::{FIXED_ONE, divide};
use crate::version::{HAS_1_1, Version};

/// The objects and instances of a registration: `</1/0>,</3/0>,</5>`. Security is not listed. Since 1.1 the formats of
/// the payloads are told before.
pub fn registration(directory: &dyn Directory, spoken: Version, sink: &mut Sink<'_>) {
    if spoken.is_1_1() {
        sink.put(FORMATS);
    }
    for id in directory.ids() {
        objects(directory, spoken, *id, false, sink);
    }
}

/// The root with the formats of several values, and CBOR.
const FORMATS: &[u8] = b"</>;ct=\"60 110 112 11542\"";

/// The answer to Bootstrap-Discover on the root or an existing object: the LwM2M version, then objects and instances with
/// the short server ids of their accounts (OMA LwM2M TS Core 6.1.7.3).
pub fn accounts(directory: &dyn Directory, spoken: Version, path: &Path, sink: &mut Sink<'_>) {
    sink.put(if spoken.is_1_1() {
        b"</>;lwm2m=1.1"
    } else {
        b"lwm2m=\"1.0\""
    });
    if let Some(id) = path.ids().first() {
        return objects(directory, spoken, *id, true, sink);
    }
    // Security is not among those that servers see.
    objects(directory, spoken, 0, true, sink);
    for id in directory.ids() {
        objects(directory, spoken, *id, true, sink);
    }
}

/// An object and its instances, these with the short server ids of their `accounts` if wanted. An object is named by
/// itself only when it has no instances, or a version to tell.
fn objects(
    directory: &dyn Directory,
    spoken: Version,
    id: u16,
    accounts: bool,
    sink: &mut Sink<'_>,
) {
    let Some(object) = directory.object(id) else {
        return;
    };
    let grew = grew(object, spoken);
    if object.instance(0).is_none() || object.definition().version.is_some() || grew {
        link(sink, &Path::object(id));
        version(sink, object, grew);
    }
    for instance in instances(object) {
        link(sink, &Path::instance(id, instance));
        if accounts
            && id < 2
            && let Some((_, Value::Integer(server))) =
                object.value(instance, if id == 0 { 10 } else { 0 }, 0)
        {
            // Of 16 bits.
            sink.put(b";ssid=");
            number(sink, server as u16);
        }
        if accounts
            && spoken.is_1_1()
            && id == 0
            && let Some((_, Value::Text(uri))) = object.value(instance, 0, 0)
        {
            sink.put(b";uri=\"");
            sink.put(uri);
            sink.put(b"\"");
        }
    }
}

/// Whether an object's version is the one that came with LwM2M 1.1: Security, Server and Access Control.
#[inline(always)]
fn grew(object: &dyn Object, spoken: Version) -> bool {
    spoken.is_1_1() && object.definition().id < 3
}

/// The answer to Discover on an existing object, instance or resource. Each link carries the attributes written for
/// exactly that path; a resource asked for by itself also shows what it inherits.
pub fn discover(
    directory: &dyn Directory,
    spoken: Version,
    table: &AttributeTable,
    server: u8,
    path: &Path,
    sink: &mut Sink<'_>,
) {
    let Some(object) = path.ids().first().and_then(|id| directory.object(*id)) else {
        return;
    };
    match *path.ids() {
        [id] => {
            link(sink, path);
            version(sink, object, grew(object, spoken));
            attributes(sink, table, server, path, path.depth());
            for instance in instances(object) {
                instance_links(
                    object,
                    table,
                    server,
                    &Path::instance(id, instance),
                    instance,
                    sink,
                );
            }
        }
        [_, instance] => instance_links(object, table, server, path, instance, sink),
        [_, instance, id] => {
            if let Some(resource) = object.definition().resource(id) {
                link(sink, path);
                if resource.has(MULTIPLE) {
                    dimension(sink, values(object, instance, id).count());
                }
                attributes(sink, table, server, path, 0);
                if spoken.is_1_1() && resource.has(MULTIPLE) {
                    for (id, _) in values(object, instance, id) {
                        let path = path.then(id).unwrap_or(*path);
                        link(sink, &path);
                        attributes(sink, table, server, &path, path.depth());
                    }
                }
            }
        }
        [_, _, _, _] if HAS_1_1 => {
            link(sink, path);
            attributes(sink, table, server, path, 0);
        }
        _ => {}
    }
}

fn instance_links(
    object: &dyn Object,
    table: &AttributeTable,
    server: u8,
    path: &Path,
    instance: u16,
    sink: &mut Sink<'_>,
) {
    let (prefix, length) = link_and_prefix(sink, path);
    let plain = table.is_empty();
    if !plain {
        attributes(sink, table, server, path, path.depth());
    }
    for resource in object.definition().resources {
        let multiple = resource.has(MULTIPLE);
        let mut count = 0;
        while multiple && object.value(instance, resource.id, count).is_some() {
            count += 1;
        }
        if count == 0 && !has_resource(object, instance, resource) {
            continue;
        }
        resource_link(sink, path, &prefix, length, resource.id);
        if multiple {
            dimension(sink, count);
        }
        if !plain {
            let path = path.then(resource.id).unwrap_or(*path);
            attributes(sink, table, server, &path, path.depth());
        }
    }
}

/// An instance's link, and with its length what stands before each resource: `,</o/i/`. A device composes each link
/// anew, which is smaller.
fn link_and_prefix(sink: &mut Sink<'_>, path: &Path) -> ([u8; SHORT], usize) {
    let mut prefix = [0; SHORT];
    if cfg!(target_os = "none") {
        link(sink, path);
        return (prefix, 0);
    }
    let mut start = Sink::new(&mut prefix);
    start.put(b",<");
    write_path(&mut start, path);
    start.put(b"/");
    let length = start.written();
    let comma = usize::from(sink.total() == 0);
    sink.put(prefix.get(comma..length - 1).unwrap_or(&[]));
    sink.put(b">");
    (prefix, length)
}

/// One resource's link behind its prefix. On a PC ids below 100 are composed in one short piece.
fn resource_link(sink: &mut Sink<'_>, path: &Path, prefix: &[u8; SHORT], length: usize, id: u16) {
    let mut piece = *prefix;
    if !cfg!(target_os = "none")
        && id < 100
        && let Some(space) = piece
            .get_mut(length..)
            .and_then(|space| space.first_chunk_mut())
    {
        let (ten, unit) = (b'0' + id as u8 / 10, b'0' + id as u8 % 10);
        if id < 10 {
            *space = [unit, b'>', 0];
            sink.put_short(&piece, length + 2);
        } else {
            *space = [ten, unit, b'>'];
            sink.put_short(&piece, length + 3);
        }
    } else {
        long_link(sink, path, id);
    }
}

#[cold]
fn long_link(sink: &mut Sink<'_>, path: &Path, id: u16) {
    link(sink, &path.then(id).unwrap_or(*path));
}

/// One link, behind a comma unless it is the first.
fn link(sink: &mut Sink<'_>, path: &Path) {
    sink.put(if sink.total() > 0 { b",<" } else { b"<" });
    write_path(sink, path);
    sink.put(b">");
}

/// `/o/i/r`
pub(super) fn write_path(sink: &mut Sink<'_>, path: &Path) {
    for id in path.ids() {
        sink.put(b"/");
        number(sink, *id);
    }
}

fn version(sink: &mut Sink<'_>, object: &dyn Object, grew: bool) {
    let version = if grew {
        Some("1.1")
    } else {
        object.definition().version
    };
    if let Some(version) = version {
        sink.put(b";ver=");
        sink.put(version.as_bytes());
    }
}

/// `dim`: how many instances a multiple resource has.
fn dimension(sink: &mut Sink<'_>, count: usize) {
    if !cfg!(target_os = "none") && count < 10 {
        let mut piece = *b";dim=\0\0\0\0\0\0\0\0\0\0\0";
        piece[5] = b'0' + count as u8;
        sink.put_short(&piece, 6);
    } else {
        sink.put(b";dim=");
        number(sink, count as u16);
    }
}

/// What a server wrote for a path and those around it of at least this depth.
fn attributes(sink: &mut Sink<'_>, table: &AttributeTable, server: u8, path: &Path, from: u8) {
    for (index, name) in (0..).zip(&NAMES) {
        if let Some(value) = table.get(server, path, from, index) {
            sink.put(b";");
            sink.put(name);
            sink.put(b"=");
            // The first two are whole seconds, the others are kept in millionths.
            let magnitude = value.unsigned_abs();
            let (whole, fraction) = if index <= PMAX {
                (magnitude, 0)
            } else {
                let (thousandths, low) = divide(magnitude, 1_000);
                let (whole, high) = divide(thousandths, 1_000);
                (whole, high * 1_000 + low)
            };
            decimal(sink, *value < 0, whole, fraction, FIXED_ONE as u32);
        }
    }
}
