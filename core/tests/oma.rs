//! Every object against its definition in the OMA LwM2M registry, whose facts are in `oma/registry.txt`: an object lacks no
//! mandatory resource, has none that its version does not have, and agrees in type, multiplicity and operations.

use carrier_core::config;
#[cfg(feature = "lwm2m-1-1")]
use carrier_core::lwm2m::format::Format;
use carrier_core::lwm2m::object::{
    Definition, Directory, EXECUTE, MULTIPLE, READ, Resource, WRITE, instances, values,
};
use carrier_core::lwm2m::value::{Type, Value};
use carrier_core::objects::Objects;

/// Version of objects whose definition names none.
const DEFAULT_VERSION: &str = "1.0";

/// Resources of a later version that are offered to servers of every version, which may leave them aside.
struct Later {
    object: u16,
    resource: u16,
    /// The version whose facts hold.
    version: &'static str,
    /// What they are for.
    reason: &'static str,
}

const fn later(object: u16, resource: u16, version: &'static str, reason: &'static str) -> Later {
    Later {
        object,
        resource,
        version,
        reason,
    }
}

const ASKED: &str = "servers of operators ask for a bootstrap by it, whatever their version";
const RETRIES: &str = "how registrations are repeated is for the bootstrap server to set";

const LATER: &[Later] = &[
    later(1, 9, "1.1", ASKED),
    #[cfg(feature = "lwm2m-1-1")]
    later(1, 13, "1.2", RETRIES),
    #[cfg(feature = "lwm2m-1-1")]
    later(1, 14, "1.2", RETRIES),
    #[cfg(feature = "lwm2m-1-1")]
    later(1, 15, "1.2", RETRIES),
    later(1, 16, "1.2", RETRIES),
    later(1, 17, "1.2", RETRIES),
    later(1, 18, "1.2", RETRIES),
    later(1, 19, "1.2", RETRIES),
    later(1, 20, "1.2", RETRIES),
];

/// A definition of the registry.
struct Registered {
    id: u16,
    version: String,
    multiple: bool,
    mandatory: bool,
    resources: Vec<Fact>,
}

/// A resource of the registry.
#[derive(Clone, Debug, PartialEq)]
struct Fact {
    id: u16,
    flags: u8,
    /// Reached by the bootstrap interface only.
    provisioned: bool,
    mandatory: bool,
    kind: Type,
}

fn one_of<'w>(word: &str, words: [&'w str; 2]) -> &'w str {
    let found = words.into_iter().find(|known| *known == word);
    found.unwrap_or_else(|| panic!("{word} is none of {words:?}"))
}

fn fact(words: &[&str]) -> Fact {
    let [id, operations, instances, need, kind] = words else {
        panic!("no resource: {words:?}");
    };
    let mut flags = 0;
    for operation in operations.chars() {
        flags |= match operation {
            'R' => READ,
            'W' => WRITE,
            'E' => EXECUTE,
            '-' => 0,
            _ => panic!("no operation: {operation}"),
        };
    }
    if one_of(instances, ["single", "multiple"]) == "multiple" {
        flags |= MULTIPLE;
    }
    Fact {
        id: id.parse().expect("a resource id"),
        flags,
        provisioned: *operations == "-",
        mandatory: one_of(need, ["mandatory", "optional"]) == "mandatory",
        kind: match *kind {
            "text" => Type::Text,
            "integer" | "unsigned" => Type::Integer,
            "float" => Type::Float,
            "boolean" => Type::Boolean,
            "opaque" => Type::Opaque,
            "time" => Type::Time,
            "link" => Type::Link,
            "none" => Type::None,
            _ => panic!("no type: {kind}"),
        },
    }
}

fn registry() -> Vec<Registered> {
    let mut found: Vec<Registered> = Vec::new();
    for line in include_str!("oma/registry.txt").lines() {
        let words: Vec<&str> = line.split_whitespace().collect();
        match words[..] {
            [] | ["#", ..] => {}
            ["object", id, version, instances, need, ..] => found.push(Registered {
                id: id.parse().expect("an object id"),
                version: version.to_string(),
                multiple: one_of(instances, ["single", "multiple"]) == "multiple",
                mandatory: one_of(need, ["mandatory", "optional"]) == "mandatory",
                resources: Vec::new(),
            }),
            _ => {
                let object = found.last_mut().expect("an object before its resources");
                object.resources.push(fact(&words));
            }
        }
    }
    found
}

impl Registered {
    fn fact(&self, id: u16) -> Option<&Fact> {
        self.resources.iter().find(|fact| fact.id == id)
    }
}

fn version<'r>(registry: &'r [Registered], id: u16, version: &str) -> Option<&'r Registered> {
    registry
        .iter()
        .find(|object| object.id == id && object.version == version)
}

/// What is wrong with a resource that the registry has.
fn resource_faults(object: u16, own: &Resource, fact: &Fact, faults: &mut Vec<String>) {
    let path = format!("/{object}/x/{}", own.id);
    if own.kind != fact.kind {
        faults.push(format!("{path} is {:?}, not {:?}", own.kind, fact.kind));
    }
    let operations = READ | WRITE | EXECUTE;
    // The record and the bootstrap interface read and write what no server may.
    let expected = if fact.provisioned && object == 0 {
        fact.flags | READ | WRITE
    } else {
        fact.flags
    };
    if own.flags & operations != expected & operations {
        faults.push(format!(
            "{path} has operations {:03b}, not {:03b}",
            own.flags & operations,
            expected & operations
        ));
    }
    if own.has(MULTIPLE) != (fact.flags & MULTIPLE != 0) {
        faults.push(format!("{path} disagrees about having instances"));
    }
}

/// What is wrong with a definition of ours.
fn faults(registry: &[Registered], own: &Definition, later: &[Later]) -> Vec<String> {
    let named = own.version.unwrap_or(DEFAULT_VERSION);
    let Some(registered) = version(registry, own.id, named) else {
        return vec![format!("/{} {named} is not in the table", own.id)];
    };
    let mut faults = Vec::new();
    if own.creatable && !registered.multiple {
        faults.push(format!("/{} has a single instance", own.id));
    }
    for fact in registered.resources.iter().filter(|fact| fact.mandatory) {
        if own.resource(fact.id).is_none() {
            faults.push(format!("/{}/x/{} is mandatory", own.id, fact.id));
        }
    }
    for (index, resource) in own.resources.iter().enumerate() {
        if index > 0 && own.resources[index - 1].id >= resource.id {
            faults.push(format!("/{}/x/{} out of order", own.id, resource.id));
        }
        let fact = registered.fact(resource.id).or_else(|| {
            let entry = later
                .iter()
                .find(|entry| (entry.object, entry.resource) == (own.id, resource.id))?;
            version(registry, own.id, entry.version)?.fact(resource.id)
        });
        match fact {
            Some(fact) => resource_faults(own.id, resource, fact, &mut faults),
            None => faults.push(format!(
                "/{}/x/{} is not in version {named}",
                own.id, resource.id
            )),
        }
    }
    faults
}

/// Every object there is, whether a profile offers it or not.
fn all() -> Objects {
    let mut objects = Objects::new();
    let mut there = Vec::new();
    for id in 0..=u16::MAX {
        objects.offer(Box::leak(Box::new([id])));
        if objects.object(id).is_some() {
            there.push(id);
        }
    }
    objects.offer(Box::leak(there.into()));
    objects
}

fn definitions() -> Vec<&'static Definition> {
    let objects = all();
    let found = objects.ids().iter().filter_map(|id| objects.object(*id));
    found.map(|object| object.definition()).collect()
}

#[test]
fn objects_agree_with_the_registry() {
    let registry = registry();
    let mut wrong = Vec::new();
    for own in definitions() {
        wrong.extend(faults(&registry, own, LATER));
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// What a build leaves out by these constants must not be needed by an object that it has.
#[test]
fn what_the_objects_need_is_built_in() {
    for definition in definitions() {
        let id = definition.id;
        let has = |kind: Type, flag: u8| {
            let mut rows = definition.resources.iter();
            rows.any(|row| row.kind == kind && row.has(flag))
        };
        assert!(config::FLOATS || !has(Type::Float, 0), "{id}");
        assert!(config::LINKS || !has(Type::Link, 0), "{id}");
        // The keys of object 0 are open to nobody.
        assert!(
            config::OPAQUES || id == 0 || !has(Type::Opaque, READ),
            "{id}"
        );
        // Bootstrap servers alone create accounts.
        assert!(config::CREATES || id < 2 || !definition.creatable, "{id}");
    }
}

/// A float without a fraction is an integer as well, whatever objects a build has.
#[cfg(feature = "lwm2m-1-1")]
#[test]
fn whole_numbers_come_as_floats() {
    for bytes in [&[0xF9, 0x56, 0x40][..], &[0xFA, 0x42, 0xC8, 0, 0]] {
        let found = Format::Cbor.value(Type::Integer, bytes, &mut []);
        assert_eq!(found, Some(Value::Integer(100)));
    }
}

#[test]
fn mandatory_objects_are_there() {
    let own: Vec<u16> = definitions().iter().map(|own| own.id).collect();
    // Without bootstrap nobody reads or writes accounts.
    let first = u16::from(!cfg!(feature = "bootstrap"));
    for registered in registry()
        .iter()
        .filter(|object| object.mandatory && object.id >= first)
    {
        assert!(own.contains(&registered.id), "/{}", registered.id);
    }
}

#[test]
fn later_resources_are_needed_and_have_a_reason() {
    let registry = registry();
    let own = definitions();
    for entry in LATER {
        let definition = own.iter().find(|own| own.id == entry.object);
        let definition = definition.expect("the object is there");
        let path = format!("/{}/x/{}", entry.object, entry.resource);
        assert!(!entry.reason.is_empty(), "{path}");
        assert!(definition.resource(entry.resource).is_some(), "{path}");
        let named = definition.version.unwrap_or(DEFAULT_VERSION);
        let registered = version(&registry, entry.object, named).expect("a version of the table");
        assert!(
            registered.fact(entry.resource).is_none() || named != DEFAULT_VERSION,
            "{path} needs no entry"
        );
    }
}

#[test]
fn values_have_the_types_of_their_definitions() {
    let objects = all();
    let mut seen = 0;
    for object in objects.ids().iter().filter_map(|id| objects.object(*id)) {
        let definition = object.definition();
        for instance in instances(object) {
            for resource in definition.resources {
                for (id, value) in values(object, instance, resource.id) {
                    let fits = match resource.kind {
                        Type::Integer | Type::Time => matches!(value, Value::Integer(_)),
                        Type::Float => matches!(value, Value::Float(_) | Value::Double(_)),
                        Type::Boolean => matches!(value, Value::Boolean(_)),
                        Type::Text => matches!(value, Value::Text(_)),
                        Type::Opaque => matches!(value, Value::Opaque(_)),
                        Type::Link => matches!(value, Value::Link(..)),
                        Type::None => false,
                    };
                    let path = format!("/{}/{instance}/{}/{id}", definition.id, resource.id);
                    assert!(fits, "{path} is {value:?}");
                    assert!(id == 0 || resource.has(MULTIPLE), "{path}");
                    seen += 1;
                }
            }
        }
    }
    assert!(seen > 10, "{seen} values");
}

/// A Device object as it should be, but for one thing.
fn device(resources: Vec<Resource>) -> Definition {
    Definition {
        id: 3,
        version: None,
        creatable: false,
        resources: Box::leak(resources.into()),
    }
}

#[test]
fn what_disagrees_is_found() {
    let registry = registry();
    let good = vec![
        Resource::new(4, Type::None, EXECUTE),
        Resource::new(11, Type::Integer, READ | MULTIPLE),
        Resource::new(16, Type::Text, READ),
    ];
    assert_eq!(faults(&registry, &device(good.clone()), &[]), [""; 0]);
    let found = |change: fn(&mut Vec<Resource>)| {
        let mut resources = good.clone();
        change(&mut resources);
        faults(&registry, &device(resources), &[]).join("; ")
    };
    assert_eq!(
        found(|own| own.retain(|own| own.id != 4)),
        "/3/x/4 is mandatory"
    );
    assert_eq!(
        found(|own| own[1].flags = READ),
        "/3/x/11 disagrees about having instances"
    );
    assert_eq!(
        found(|own| own[2].kind = Type::Opaque),
        "/3/x/16 is Opaque, not Text"
    );
    assert_eq!(
        found(|own| own[2].flags |= WRITE),
        "/3/x/16 has operations 011, not 001"
    );
    assert_eq!(
        found(|own| own.push(Resource::new(23, Type::Text, READ))),
        "/3/x/23 is not in version 1.0"
    );
    assert_eq!(found(|own| own.swap(0, 1)), "/3/x/4 out of order");
    let many = Definition {
        creatable: true,
        ..device(good.clone())
    };
    assert_eq!(faults(&registry, &many, &[]), ["/3 has a single instance"]);
    let unknown = Definition {
        id: 9999,
        ..device(good)
    };
    assert_eq!(
        faults(&registry, &unknown, &[]),
        ["/9999 1.0 is not in the table"]
    );
}
