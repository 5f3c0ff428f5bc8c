//! Link format, content format 40 (RFC 6690): the object list of a registration and the answer to Discover
//! (OMA LwM2M TS Core 6.2.1, 6.3.2).

use crate::lwm2m::attribute::{AttributeTable, Attributes};
use crate::lwm2m::object::{
    Directory, MULTIPLE, Object, Resource, has_resource, instances, values,
};
use crate::lwm2m::path::Path;
use crate::lwm2m::sink::Sink;
use crate::text::{Digits, FIXED_ONE};

/// The objects and instances of a registration: `</1/0>,</3/0>,</5>`. Security is not listed.
pub fn registration(directory: &dyn Directory, sink: &mut Sink<'_>) {
    for object in directory
        .ids()
        .iter()
        .filter_map(|id| directory.object(*id))
    {
        let path = Path::object(object.definition().id);
        let first = object.instance(0);
        if first.is_none() || object.definition().version.is_some() {
            separator(sink);
            link(sink, &path);
            version(sink, object);
        }
        for instance in instances(object) {
            separator(sink);
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
    separator(sink);
    link(sink, path);
    attributes(sink, &table.own(server, path));
    for resource in object.definition().resources {
        if has_resource(object, instance, resource) {
            separator(sink);
            let path = path.then(resource.id).unwrap_or(*path);
            link(sink, &path);
            dimension(sink, object, instance, resource);
            attributes(sink, &table.own(server, &path));
        }
    }
}

fn separator(sink: &mut Sink<'_>) {
    if sink.total() > 0 {
        sink.put(b",");
    }
}

fn link(sink: &mut Sink<'_>, path: &Path) {
    sink.put(b"<");
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
        number(
            sink,
            b";dim=",
            values(object, instance, resource.id).count() as u64,
        );
    }
}

fn attributes(sink: &mut Sink<'_>, attributes: &Attributes) {
    for (name, value) in [(b";pmin=", attributes.pmin), (b";pmax=", attributes.pmax)] {
        if let Some(value) = value {
            number(sink, name, u64::from(value));
        }
    }
    for (name, value) in [
        (b";gt=", attributes.gt),
        (b";lt=", attributes.lt),
        (b";st=", attributes.st),
    ] {
        if let Some(value) = value {
            sink.put(name);
            fixed(sink, value);
        }
    }
}

fn number(sink: &mut Sink<'_>, name: &[u8], value: u64) {
    sink.put(name);
    sink.put(Digits::unsigned(value).as_bytes());
}

/// A number in millionths as decimal text.
fn fixed(sink: &mut Sink<'_>, value: i64) {
    let magnitude = value.unsigned_abs();
    if value < 0 {
        sink.put(b"-");
    }
    let one = FIXED_ONE.unsigned_abs();
    sink.put(Digits::unsigned(magnitude / one).as_bytes());
    let fraction = magnitude % one;
    if fraction > 0 {
        let digits = Digits::unsigned(one + fraction);
        let digits = digits.as_bytes().get(1..).unwrap_or(&[]);
        let end = digits
            .iter()
            .rposition(|digit| *digit != b'0')
            .map_or(0, |last| last + 1);
        sink.put(b".");
        sink.put(digits.get(..end).unwrap_or(&[]));
    }
}
