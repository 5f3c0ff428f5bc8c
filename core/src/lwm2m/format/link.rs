//! Link format, content format 40 (RFC 6690): the object list of a registration and the answer to Discover
//! (OMA LwM2M TS Core 6.2.1, 6.3.2).

use crate::lwm2m::attribute::{AttributeTable, Attributes, NAMES};
use crate::lwm2m::object::{
    Directory, MULTIPLE, Object, Resource, has_resource, instances, values,
};
use crate::lwm2m::path::Path;
use crate::lwm2m::sink::{SHORT, Sink};
use crate::text::{Digits, FIXED_ONE};

/// The objects and instances of a registration: `</1/0>,</3/0>,</5>`. Security is not listed.
pub fn registration(directory: &dyn Directory, sink: &mut Sink<'_>) {
    for object in directory
        .ids()
        .iter()
        .filter_map(|id| directory.object(*id))
    {
        let path = Path::object(object.definition().id);
        if object.instance(0).is_none() || object.definition().version.is_some() {
            link(sink, &path);
            version(sink, object);
        }
        for instance in instances(object) {
            link(sink, &path.then(instance).unwrap_or(path));
        }
    }
}

/// The answer to Discover on an existing object, instance or resource. Each link carries the attributes written for
/// exactly that path; a resource asked for by itself also shows what it inherits.
pub fn discover(
    directory: &dyn Directory,
    table: &AttributeTable,
    server: u8,
    path: &Path,
    sink: &mut Sink<'_>,
) {
    let Some(object) = path.ids().first().and_then(|id| directory.object(*id)) else {
        return;
    };
    match *path.ids() {
        [_] => {
            link(sink, path);
            version(sink, object);
            attributes(sink, &table.own(server, path));
            for instance in instances(object) {
                instance_links(
                    object,
                    table,
                    server,
                    &path.then(instance).unwrap_or(*path),
                    instance,
                    sink,
                );
            }
        }
        [_, instance] => instance_links(object, table, server, path, instance, sink),
        [_, instance, id, ..] => {
            if let Some(resource) = object.definition().resource(id) {
                link(sink, path);
                dimension(sink, object, instance, resource);
                attributes(sink, &table.effective(server, path));
            }
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
    link(sink, path);
    attributes(sink, &table.own(server, path));
    // `,</o/i/` stands before each resource.
    let mut prefix = [0; SHORT];
    let mut start = Sink::new(&mut prefix);
    start.put(b",<");
    path.write(|bytes| start.put(bytes));
    start.put(b"/");
    let length = start.written();
    for resource in object.definition().resources {
        if !has_resource(object, instance, resource) {
            continue;
        }
        resource_link(sink, &prefix, length, resource.id);
        dimension(sink, object, instance, resource);
        if !table.is_empty() {
            attributes(
                sink,
                &table.own(server, &path.then(resource.id).unwrap_or(*path)),
            );
        }
    }
}

/// One resource's link behind its prefix. Ids below 100 are composed in one short piece.
fn resource_link(sink: &mut Sink<'_>, prefix: &[u8; SHORT], length: usize, id: u16) {
    let mut piece = *prefix;
    if id < 100
        && let Some([tens, units, end, ..]) = piece.get_mut(length..)
    {
        let (ten, unit) = (id as u8 / 10, id as u8 % 10);
        let size = if ten == 0 {
            (*tens, *units) = (b'0' + unit, b'>');
            2
        } else {
            (*tens, *units, *end) = (b'0' + ten, b'0' + unit, b'>');
            3
        };
        sink.put_short(&piece, length + size);
        return;
    }
    sink.put_short(prefix, length);
    sink.put(Digits::unsigned(u64::from(id)).as_bytes());
    sink.put(b">");
}

/// One link, behind a comma unless it is the first.
fn link(sink: &mut Sink<'_>, path: &Path) {
    sink.put(if sink.total() > 0 { b",<" } else { b"<" });
    path.write(|bytes| sink.put(bytes));
    sink.put(b">");
}

fn version(sink: &mut Sink<'_>, object: &dyn Object) {
    if let Some(version) = object.definition().version {
        sink.put(b";ver=");
        sink.put(version.as_bytes());
    }
}

/// `dim`: how many instances a multiple resource has.
fn dimension(sink: &mut Sink<'_>, object: &dyn Object, instance: u16, resource: &Resource) {
    if resource.has(MULTIPLE) {
        let count = values(object, instance, resource.id).count();
        if count < 10 {
            let [a, b, c, d, e] = *b";dim=";
            sink.put_short(
                &[
                    a,
                    b,
                    c,
                    d,
                    e,
                    b'0' + count as u8,
                    0,
                    0,
                    0,
                    0,
                    0,
                    0,
                    0,
                    0,
                    0,
                    0,
                ],
                6,
            );
            return;
        }
        sink.put(b";dim=");
        sink.put(Digits::unsigned(count as u64).as_bytes());
    }
}

fn attributes(sink: &mut Sink<'_>, attributes: &Attributes) {
    for (index, name) in NAMES.iter().enumerate() {
        if let Some(value) = attributes.get(index) {
            sink.put(b";");
            sink.put(name);
            sink.put(b"=");
            // The first two are whole seconds, the others are kept in millionths.
            fixed(sink, if index < 2 { value * FIXED_ONE } else { value });
        }
    }
}

/// A number in millionths as decimal text.
fn fixed(sink: &mut Sink<'_>, value: i64) {
    let magnitude = value.unsigned_abs();
    if value < 0 {
        sink.put(b"-");
    }
    let one = FIXED_ONE.unsigned_abs();
    sink.put(Digits::unsigned(magnitude / one).as_bytes());
    crate::text::fraction(one + magnitude % one, |bytes| sink.put(bytes));
}
