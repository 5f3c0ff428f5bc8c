//! Tests of the Access Control object, by itself and through requests of two servers.
#![cfg(feature = "access-control")]

use super::*;
use crate::coap::block::Assembly;
use crate::coap::code;
use crate::coap::message::{Kind, Message, Token, Writer};
use crate::coap::option::number;
use crate::config::DATAGRAM;
use crate::lwm2m::attribute::AttributeTable;
use crate::lwm2m::dispatch::{Handled, Scene, Transfer, dispatch};
use crate::lwm2m::format::Format;
use crate::lwm2m::object::{DEVICE, Directory, instances};
use crate::lwm2m::observe::Observations;
use crate::lwm2m::read;
use crate::lwm2m::reply::Address;
use crate::lwm2m::sink::Sink;
use crate::objects::{Objects, portfolio};
use crate::time::Instant;
use crate::version::Version;

/// Short ids of the servers of sessions 0 and 1.
const SERVERS: [u16; 2] = [101, 102];
const OWNER_SERVER: u8 = 0;
const OTHER_SERVER: u8 = 1;

const R: u16 = 1;
const W: u16 = 2;
const E: u16 = 4;
const D: u16 = 8;
const C: u16 = 16;

/// Writes as the bootstrap interface does.
fn control(access: &mut Access, target: (u16, u16), owner: u16, entries: &[(u16, u16)]) -> u16 {
    let id = access.create(None).unwrap();
    let singles = [(OBJECT, target.0), (INSTANCE, target.1), (OWNER, owner)];
    for (resource, number) in singles {
        let value = Value::Integer(i64::from(number));
        access.write(id, resource, 0, &value, Phase::Apply).unwrap();
    }
    for (server, rights) in entries {
        let value = Value::Integer(i64::from(*rights));
        access
            .write(id, ACL, *server, &value, Phase::Apply)
            .unwrap();
    }
    id
}

fn may(access: &Access, server: u16, rights: u16) -> bool {
    let path = Path::instance(3, 0);
    let all = [
        Right::Read,
        Right::Write,
        Right::Execute,
        Right::Delete,
        Right::Create,
    ];
    all.into_iter().all(|right| {
        access.allows(server, &path, right).unwrap_or(false) == (rights & right as u16 != 0)
            // Resources have the rights of their instance.
            && access.allows(server, &Path::resource(3, 0, 9), right).unwrap_or(false)
                == (rights & right as u16 != 0)
    })
}

#[test]
fn an_own_entry_comes_before_ownership_and_that_before_the_default() {
    let mut access = Access::new();
    assert!(may(&access, 101, 0));
    assert_eq!(
        access.allows(101, &Path::instance(3, 0), Right::Write),
        None
    );
    let id = control(&mut access, (3, 0), 101, &[(102, R | E), (0, W | D)]);
    assert!(may(&access, 101, ALL_RIGHTS));
    assert!(may(&access, 102, R | E));
    assert!(may(&access, 103, W | D));
    access
        .write(id, ACL, 101, &Value::Integer(0), Phase::Apply)
        .unwrap();
    assert!(may(&access, 101, 0));
    assert!(access.clear(id, Some(ACL)));
    assert!(!access.clear(id, Some(ACL)));
    assert!(may(&access, 101, ALL_RIGHTS));
    assert!(may(&access, 102, 0));
    assert_eq!(
        access.allows(102, &Path::instance(3, 0), Right::Read),
        Some(false)
    );
    assert_eq!(access.allows(102, &Path::instance(3, 1), Right::Read), None);
    access
        .write(id, OWNER, 0, &Value::Integer(65_535), Phase::Apply)
        .unwrap();
    assert!(may(&access, 101, 0));
}

#[test]
fn instances_are_listed_in_ascending_order() {
    let mut access = Access::new();
    for id in [7, 0, 65_534, 3] {
        assert_eq!(access.create(Some(id)), Ok(id));
        assert_eq!(access.create(Some(id)), Err(Refusal::BadRequest));
    }
    assert_eq!(access.create(None), Ok(1));
    access.delete(7).unwrap();
    let ids: Vec<u16, 8> = instances(&access).collect();
    assert_eq!(ids, [0, 1, 3, 65_534]);
    for _ in ids.len()..ACCESS_INSTANCES {
        access.create(None).unwrap();
    }
    assert_eq!(access.create(None), Err(Refusal::Full));
}

#[test]
fn entries_of_a_request_have_to_fit_together_with_those_that_stay() {
    let mut access = Access::new();
    let id = control(&mut access, (3, 0), 101, &[(0, R), (102, R)]);
    let mut check = |replace: bool, servers: &[u16]| {
        access.prepare(replace);
        servers
            .iter()
            .try_for_each(|server| access.write(id, ACL, *server, &Value::Integer(1), Phase::Check))
    };
    assert_eq!(check(false, &[0, 102, 103]), Ok(()));
    assert_eq!(check(false, &[103, 104]), Err(Refusal::Full));
    assert_eq!(check(true, &[103, 104, 105]), Ok(()));
    assert_eq!(check(true, &[0, 103, 104, 105]), Err(Refusal::Full));
    // Those of another instance count by themselves.
    let other = control(&mut access, (6, 0), 101, &[]);
    access.prepare(true);
    for (instance, server) in [(id, 0), (id, 102), (id, 103), (other, 0), (other, 104)] {
        assert_eq!(
            access.write(instance, ACL, server, &Value::Integer(1), Phase::Check),
            Ok(())
        );
    }
    for wrong in [-1, 32, 65_536, i64::MAX] {
        let value = Value::Integer(wrong);
        assert_eq!(
            access.write(id, ACL, 0, &value, Phase::Check),
            Err(Refusal::BadRequest)
        );
    }
}

/// Objects used by two servers.
struct Shared(Objects);

impl Directory for Shared {
    fn ids(&self) -> &'static [u16] {
        self.0.ids()
    }

    fn object(&self, id: u16) -> Option<&dyn Object> {
        self.0.object(id)
    }

    fn object_mut(&mut self, id: u16) -> Option<&mut dyn Object> {
        self.0.object_mut(id)
    }

    fn allows(&self, server: u8, path: &Path, right: Right) -> bool {
        server == DEVICE
            || self.0.access[0].allows(SERVERS[usize::from(server)], path, right) == Some(true)
    }

    fn created(&mut self, server: u8, object: u16, instance: u16) -> Result<(), Refusal> {
        let server = SERVERS[usize::from(server)];
        self.0.access[0].own(server, object, instance)
    }

    fn deleted(&mut self, object: u16, instance: u16) {
        self.0.deleted(object, instance);
    }
}

struct World {
    objects: Shared,
    observations: Observations,
    attributes: AttributeTable,
    assembly: Assembly<Transfer>,
}

/// A request besides its method and path.
#[derive(Default)]
struct Extra<'a> {
    observe: bool,
    query: &'a [u8],
    format: Option<u32>,
    accept: Option<u32>,
    payload: &'a [u8],
}

const TLV: u32 = 11_542;
const LINK: u32 = 40;

fn tlv(payload: &[u8]) -> Extra<'_> {
    Extra {
        format: Some(TLV),
        payload,
        ..Extra::default()
    }
}

impl World {
    /// The Device and Portfolio objects; the bootstrap interface lets both servers create Portfolio instances.
    fn new() -> World {
        let mut objects = Objects::new();
        objects.offer(&[1, ID, 3, portfolio::ID]);
        control(
            &mut objects.access[0],
            (portfolio::ID, MAX_ID),
            MAX_ID,
            &[(101, C), (102, C)],
        );
        World {
            objects: Shared(objects),
            observations: Observations::new(),
            attributes: AttributeTable::new(),
            assembly: Assembly::new(),
        }
    }

    /// Code and payload of the reply.
    fn ask(
        &mut self,
        server: u8,
        method: u8,
        path: &str,
        extra: &Extra<'_>,
    ) -> (u8, std::vec::Vec<u8>) {
        let mut request = [0; 256];
        let token = Token::new(b"t");
        let mut writer = Writer::new(&mut request, Kind::Confirmable, method, 1, &token);
        if extra.observe {
            writer.option_uint(number::OBSERVE, 0);
        }
        for segment in path.split('/').skip(1) {
            writer.option(number::URI_PATH, segment.as_bytes());
        }
        if let Some(format) = extra.format {
            writer.option_uint(number::CONTENT_FORMAT, format);
        }
        if !extra.query.is_empty() {
            writer.option(number::URI_QUERY, extra.query);
        }
        if let Some(accept) = extra.accept {
            writer.option_uint(number::ACCEPT, accept);
        }
        writer.payload(extra.payload);
        let length = writer.finish().unwrap();
        let address = Address {
            kind: Kind::Acknowledgement,
            id: 1,
            token,
        };
        let mut scene = Scene {
            directory: &mut self.objects,
            observations: &mut self.observations,
            attributes: &mut self.attributes,
            assembly: &mut self.assembly,
            server,
            bootstrap: false,
            version: Version::V1_0,
        };
        let mut reply = [0; DATAGRAM];
        let message = Message::parse(&request[..length]).unwrap();
        let handled = dispatch(&mut scene, Instant::ZERO, &message, &address, &mut reply);
        let Handled::Replied(length, _) = handled else {
            panic!("{handled:?}")
        };
        let reply = Message::parse(&reply[..length]).unwrap();
        (reply.code, reply.payload().to_vec())
    }

    fn code(&mut self, server: u8, method: u8, path: &str) -> u8 {
        self.ask(server, method, path, &Extra::default()).0
    }

    /// A Portfolio instance of the first server, and the instance that controls it.
    fn create(&mut self) {
        // Instance 1: resource 0, resource instance 0, "x".
        let instance = b"\x05\x01\x83\x00\x41\x00x";
        let (code, _) = self.ask(OWNER_SERVER, code::POST, "/16", &tlv(instance));
        assert_eq!(code, code::CREATED);
    }
}

#[test]
#[cfg(feature = "object-portfolio")]
fn without_an_instance_only_discover_is_open() {
    let mut world = World::new();
    for (method, path) in [
        (code::GET, "/3/0"),
        (code::GET, "/3/0/16"),
        (code::PUT, "/3/0/14"),
        (code::POST, "/3/0/4"),
        (code::DELETE, "/16/0"),
        (code::POST, "/3"),
    ] {
        assert_eq!(
            world.code(OTHER_SERVER, method, path),
            code::UNAUTHORIZED,
            "{method} {path}"
        );
    }
    let discover = Extra {
        accept: Some(LINK),
        ..Extra::default()
    };
    for path in ["/3", "/3/0", "/3/0/16", "/2/0"] {
        let (code, _) = world.ask(OTHER_SERVER, code::GET, path, &discover);
        assert_eq!(code, code::CONTENT, "{path}");
    }
    // What is not there cannot be forbidden.
    assert_eq!(world.code(OTHER_SERVER, code::GET, "/3/7"), code::NOT_FOUND);
    assert_eq!(world.code(OTHER_SERVER, code::GET, "/4"), code::NOT_FOUND);
}

#[test]
fn rights_are_looked_at_before_what_an_object_can_do() {
    let mut world = World::new();
    control(
        &mut world.objects.0.access[0],
        (3, 0),
        MAX_ID,
        &[(101, R | E | D), (102, W)],
    );
    let get = |world: &mut World, server| world.code(server, code::GET, "/3/0/4");
    assert_eq!(get(&mut world, OWNER_SERVER), code::METHOD_NOT_ALLOWED);
    assert_eq!(get(&mut world, OTHER_SERVER), code::UNAUTHORIZED);
    for (method, path) in [(code::DELETE, "/3/0"), (code::POST, "/3/0/16")] {
        assert_eq!(
            world.code(OWNER_SERVER, method, path),
            code::METHOD_NOT_ALLOWED
        );
        assert_eq!(world.code(OTHER_SERVER, method, path), code::UNAUTHORIZED);
    }
    let attributes = Extra {
        query: b"pmin=5",
        ..Extra::default()
    };
    let (code, _) = world.ask(OWNER_SERVER, code::PUT, "/3/0/13", &attributes);
    assert_eq!(code, code::CHANGED);
    let (code, _) = world.ask(OTHER_SERVER, code::PUT, "/3/0/13", &attributes);
    assert_eq!(code, code::UNAUTHORIZED);
}

#[test]
#[cfg(feature = "object-portfolio")]
fn an_object_reads_as_the_instances_that_may_be_read() {
    let mut world = World::new();
    world.create();
    let first = b"\x05\x01\x83\x00\x41\x00x";
    let (code, payload) = world.ask(OWNER_SERVER, code::GET, "/16", &Extra::default());
    assert_eq!((code, &payload[..]), (code::CONTENT, &first[..]));
    let (code, payload) = world.ask(OTHER_SERVER, code::GET, "/16", &Extra::default());
    assert_eq!((code, &payload[..]), (code::CONTENT, &b""[..]));
}

#[test]
#[cfg(feature = "object-portfolio")]
fn a_created_instance_is_its_creators_until_it_grants_more() {
    let mut world = World::new();
    world.create();
    // The first id behind the one of the bootstrap interface.
    let (_, owned) = world.ask(OWNER_SERVER, code::GET, "/2/1", &Extra::default());
    assert_eq!(owned, b"\xC1\x00\x10\xC1\x01\x01\xC1\x03\x65");
    assert_eq!(world.code(OWNER_SERVER, code::GET, "/16/1"), code::CONTENT);
    let get = |world: &mut World| world.code(OTHER_SERVER, code::GET, "/16/1");
    assert_eq!(get(&mut world), code::UNAUTHORIZED);
    // ACL: 102 may read.
    let grant = tlv(b"\x83\x02\x41\x66\x01");
    let (code, _) = world.ask(OTHER_SERVER, code::PUT, "/2/1", &grant);
    assert_eq!(code, code::UNAUTHORIZED);
    let (code, _) = world.ask(OWNER_SERVER, code::PUT, "/2/1", &grant);
    assert_eq!(code, code::CHANGED);
    assert_eq!(get(&mut world), code::CONTENT);
    // What the bootstrap interface wrote is nobody's to change, the target of an instance neither.
    let (code, _) = world.ask(OWNER_SERVER, code::PUT, "/2/0", &grant);
    assert_eq!(code, code::UNAUTHORIZED);
    let (code, _) = world.ask(OWNER_SERVER, code::POST, "/2/1", &tlv(b"\xC1\x00\x03"));
    assert_eq!(code, code::METHOD_NOT_ALLOWED);
    assert_eq!(
        world.code(OWNER_SERVER, code::DELETE, "/2/1"),
        code::METHOD_NOT_ALLOWED
    );
    assert_eq!(
        world.code(OTHER_SERVER, code::DELETE, "/16/1"),
        code::UNAUTHORIZED
    );
    assert_eq!(
        world.code(OWNER_SERVER, code::DELETE, "/16/1"),
        code::DELETED
    );
    assert_eq!(world.code(OWNER_SERVER, code::GET, "/2/1"), code::NOT_FOUND);
}

#[test]
#[cfg(feature = "object-portfolio")]
fn an_instance_that_cannot_be_owned_is_not_created() {
    let mut world = World::new();
    while world.objects.0.access[0].create(None).is_ok() {}
    let instance = b"\x05\x01\x83\x00\x41\x00x";
    let (code, _) = world.ask(OWNER_SERVER, code::POST, "/16", &tlv(instance));
    assert_eq!(code, code::INTERNAL_SERVER_ERROR);
    assert_eq!(
        world.code(OWNER_SERVER, code::GET, "/16/1"),
        code::NOT_FOUND
    );
}

#[test]
#[cfg(feature = "object-portfolio")]
fn an_observation_ends_when_its_server_may_no_longer_read() {
    let mut world = World::new();
    world.create();
    let id = 1;
    let access = &mut world.objects.0.access[0];
    access
        .write(id, ACL, 102, &Value::Integer(1), Phase::Apply)
        .unwrap();
    assert!(access.take_changed());
    let observe = Extra {
        observe: true,
        ..Extra::default()
    };
    for server in [OWNER_SERVER, OTHER_SERVER] {
        let (code, _) = world.ask(server, code::GET, "/16/1/0", &observe);
        assert_eq!(code, code::CONTENT);
    }
    world.observations.forget_unreadable(&world.objects);
    assert_eq!(world.observations.count(), 2);
    let access = &mut world.objects.0.access[0];
    access
        .write(id, ACL, 102, &Value::Integer(30), Phase::Apply)
        .unwrap();
    world.observations.forget_unreadable(&world.objects);
    assert_eq!(world.observations.count(), 1);
    assert_eq!(
        world.observations.get(0).map(|one| one.server),
        Some(OWNER_SERVER)
    );
}

#[test]
fn a_lone_server_may_do_what_nothing_limits() {
    let mut objects = Objects::new();
    objects.offer(&[1, ID, 3]);
    objects.server.make(0, 101, 60).unwrap();
    let device = Path::instance(3, 0);
    assert!(objects.allows(0, &device, Right::Write));
    control(&mut objects.access[0], (3, 0), 102, &[(0, R)]);
    assert!(objects.allows(0, &device, Right::Read));
    assert!(!objects.allows(0, &device, Right::Write));
    assert!(objects.allows(DEVICE, &device, Right::Write));
    assert!(objects.allows(0, &Path::instance(1, 0), Right::Write));
    // Nothing is controlled where the object is not offered.
    objects.offer(&[1, 3]);
    assert!(objects.allows(0, &device, Right::Write));
}

#[test]
fn what_is_stored_reads_back() {
    let mut objects = Objects::new();
    objects.offer(&[ID]);
    control(&mut objects.access[0], (3, 0), 101, &[(102, R | E), (0, D)]);
    control(&mut objects.access[0], (16, MAX_ID), MAX_ID, &[]);
    let mut buffer = [0; 128];
    let mut sink = Sink::new(&mut buffer);
    read::read(&objects, DEVICE, &Path::object(ID), Format::Tlv, &mut sink);
    assert!(sink.is_complete());
    let length = sink.written();
    let mut restored = Access::new();
    use crate::lwm2m::format::tlv::{Entries, Kind, value};
    for instance in Entries::new(&buffer[..length]) {
        restored.create(Some(instance.id)).unwrap();
        for entry in Entries::new(instance.value) {
            let row = DEFINITION.resource(entry.id).unwrap();
            let single = [(0, entry.value)];
            let nested: std::vec::Vec<_> = match entry.kind {
                Kind::Multiple => Entries::new(entry.value)
                    .map(|one| (one.id, one.value))
                    .collect(),
                _ => single.to_vec(),
            };
            for (id, bytes) in nested {
                let value = value(row.kind, bytes).unwrap();
                restored
                    .write(instance.id, entry.id, id, &value, Phase::Apply)
                    .unwrap();
            }
        }
    }
    for (one, other) in objects.access[0].list.iter().zip(&restored.list) {
        assert_eq!(one, other);
    }
    assert_eq!(objects.access[0].list.len(), restored.list.len());
}
