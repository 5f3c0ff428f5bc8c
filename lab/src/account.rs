//! What a bootstrap server provisions: instances of the Security, Server and Access Control objects (OMA LwM2M 1.0 TS
//! appendix E), built from readable fields, complete or as incomplete as a test wants.

use crate::coap::format;
use crate::path::Path;
use crate::request::Request;
use crate::tlv::{self, Body, Entry};
use crate::value::{Type, Value};

/// The Security object.
pub const SECURITY: u16 = 0;
/// The Server object.
pub const SERVER: u16 = 1;
/// The Access Control object.
pub const ACCESS_CONTROL: u16 = 2;

/// Security mode "pre-shared key".
pub const PSK: i64 = 0;
/// Security mode "NoSec".
pub const NO_SEC: i64 = 3;

/// Names of resources in scripts; those of the Server object from 13 on are of LwM2M 1.1.
const NAMES: &[(u16, &[(u16, &str)])] = &[
    (
        SECURITY,
        &[
            (0, "uri"),
            (1, "bootstrap"),
            (2, "mode"),
            (3, "identity"),
            (4, "server-key"),
            (5, "key"),
            (6, "sms-mode"),
            (7, "sms-parameters"),
            (8, "sms-key"),
            (9, "sms-number"),
            (10, "ssid"),
            (11, "hold-off"),
            (12, "account-timeout"),
        ],
    ),
    (
        SERVER,
        &[
            (0, "ssid"),
            (1, "lifetime"),
            (2, "pmin"),
            (3, "pmax"),
            (5, "disable-timeout"),
            (6, "storing"),
            (7, "binding"),
            (10, "apn"),
            (13, "priority"),
            (14, "first-delay"),
            (15, "failure-block"),
            (16, "bootstrap-on-failure"),
            (17, "retry-count"),
            (18, "retry-timer"),
            (19, "sequence-delay"),
            (20, "sequence-count"),
            (21, "trigger"),
            (22, "transport"),
            (23, "mute-send"),
        ],
    ),
    (
        ACCESS_CONTROL,
        &[(0, "object"), (1, "instance"), (2, "acl"), (3, "owner")],
    ),
];

/// Number of a resource by its name in scripts, such as `hold-off` for /0/x/11. `None` for another object or name.
pub fn resource_named(object: u16, name: &str) -> Option<u16> {
    let (_, names) = NAMES.iter().find(|(id, _)| *id == object)?;
    let (id, _) = names.iter().find(|(_, known)| *known == name)?;
    Some(*id)
}

/// An object instance with the resources it is to have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Instance {
    /// Object.
    pub object: u16,
    /// Instance.
    pub id: u16,
    /// Resources in the order in which they are written.
    pub resources: Vec<Entry>,
}

impl Instance {
    /// An instance without resources.
    pub fn new(object: u16, id: u16) -> Instance {
        Instance {
            object,
            id,
            resources: Vec::new(),
        }
    }

    /// Security instance of a management server reached with a pre-shared key.
    pub fn security_psk(
        id: u16,
        uri: &str,
        identity: &str,
        key: &[u8],
        short_server_id: u16,
    ) -> Instance {
        Instance::security(id, uri, PSK, identity, key)
            .set(10, Value::Integer(short_server_id.into()))
    }

    /// Security instance of a management server without security.
    pub fn security_open(id: u16, uri: &str, short_server_id: u16) -> Instance {
        Instance::security(id, uri, NO_SEC, "", &[]).set(10, Value::Integer(short_server_id.into()))
    }

    /// Security instance with everything the object demands; of a management server until /1 is set, and without a short
    /// server id.
    pub fn security(id: u16, uri: &str, mode: i64, identity: &str, key: &[u8]) -> Instance {
        Instance::new(SECURITY, id)
            .set(0, Value::Text(uri.into()))
            .set(1, Value::Boolean(false))
            .set(2, Value::Integer(mode))
            .set(3, Value::Opaque(identity.into()))
            .set(4, Value::Opaque(Vec::new()))
            .set(5, Value::Opaque(key.to_vec()))
    }

    /// Makes a Security instance that of a bootstrap server.
    pub fn of_bootstrap_server(self) -> Instance {
        self.set(1, Value::Boolean(true)).without(10)
    }

    /// Server instance with everything the object demands: binding `U`, notifications stored. The lifetime is in seconds.
    pub fn server(id: u16, short_server_id: u16, lifetime: u32) -> Instance {
        Instance::new(SERVER, id)
            .set(0, Value::Integer(short_server_id.into()))
            .set(1, Value::Integer(lifetime.into()))
            .set(6, Value::Boolean(true))
            .set(7, Value::Text("U".into()))
    }

    /// Access Control instance for an object instance: its owner, and rights (read 1, write 2, execute 4, delete 8,
    /// create 16) by short server id.
    pub fn access_control(
        id: u16,
        target: (u16, u16),
        owner: u16,
        rights: &[(u16, u8)],
    ) -> Instance {
        let rights: Vec<(u16, Value)> = rights
            .iter()
            .map(|(server, rights)| (*server, Value::Integer((*rights).into())))
            .collect();
        let mut instance = Instance::new(ACCESS_CONTROL, id)
            .set(0, Value::Integer(target.0.into()))
            .set(1, Value::Integer(target.1.into()));
        if !rights.is_empty() {
            instance = instance.put(tlv::multiple(2, &rights));
        }
        instance.set(3, Value::Integer(owner.into()))
    }

    /// Sets a resource; one that is there keeps its place.
    pub fn set(self, resource: u16, value: Value) -> Instance {
        self.put(tlv::resource(resource, &value))
    }

    /// Like [`Instance::set`], with any entry, such as a multiple resource.
    pub fn put(mut self, entry: Entry) -> Instance {
        match self.resources.iter_mut().find(|old| old.id == entry.id) {
            Some(old) => *old = entry,
            None => self.resources.push(entry),
        }
        self
    }

    /// Leaves a resource out.
    pub fn without(mut self, resource: u16) -> Instance {
        self.resources.retain(|entry| entry.id != resource);
        self
    }

    /// Value of a single resource.
    pub fn value(&self, resource: u16) -> Option<Value> {
        let entry = self.resources.iter().find(|entry| entry.id == resource)?;
        match &entry.body {
            Body::Value(bytes) => Some(Value::from_bytes(
                Type::of(&self.path().join(resource)),
                bytes,
            )),
            Body::Entries(_) => None,
        }
    }

    /// `/object/instance`.
    pub fn path(&self) -> Path {
        Path(vec![self.object, self.id])
    }

    /// Bootstrap-Write of the instance.
    pub fn write(&self) -> Request {
        Request::write_tlv(&self.path().to_string(), &self.resources)
    }

    /// Bootstrap-Write of one resource, in TLV, text or as opaque bytes. `None` when it is not there, or not in this format.
    pub fn write_resource(&self, resource: u16, content_format: u16) -> Option<Request> {
        let entry = self.resources.iter().find(|entry| entry.id == resource)?;
        let path = self.path().join(resource).to_string();
        match (content_format, &entry.body) {
            (format::TLV, _) => Some(Request::write_tlv(&path, std::slice::from_ref(entry))),
            (format::OPAQUE, Body::Value(bytes)) => {
                Some(Request::write(&path, format::OPAQUE, bytes))
            }
            (format::TEXT, Body::Value(_)) => {
                Some(Request::write_text(&path, &self.value(resource)?.to_text()))
            }
            _ => None,
        }
    }
}

/// Bootstrap-Write of an object: its instances among these, in one payload.
pub fn write_object(object: u16, instances: &[Instance]) -> Request {
    let own = instances
        .iter()
        .filter(|instance| instance.object == object);
    let entries: Vec<Entry> = own
        .map(|instance| tlv::instance(instance.id, instance.resources.clone()))
        .collect();
    Request::write_tlv(&Path(vec![object]).to_string(), &entries)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_security_instance_has_the_bytes_of_the_standard() {
        let instance = Instance::security_psk(1, "coaps://a", "me", &[0x10, 0x11], 101);
        let request = instance.write();
        assert_eq!(
            (request.path.as_str(), request.format),
            ("/0/1", Some(format::TLV))
        );
        assert_eq!(
            request.payload,
            b"\xC8\x00\x09coaps://a\xC1\x01\x00\xC1\x02\x00\xC2\x03me\xC0\x04\xC2\x05\x10\x11\xC1\x0A\x65"
        );
        let bootstrap = Instance::security(0, "coap://b", NO_SEC, "", &[]).of_bootstrap_server();
        assert_eq!(
            tlv::encode(&bootstrap.resources),
            b"\xC8\x00\x08coap://b\xC1\x01\x01\xC1\x02\x03\xC0\x03\xC0\x04\xC0\x05"
        );
    }

    #[test]
    fn an_object_is_written_with_all_its_instances_at_once() {
        let instances = [
            Instance::server(0, 101, 3600),
            Instance::security_open(1, "coap://a", 101),
            Instance::server(1, 300, 60).set(11, Value::Integer(-1)),
        ];
        let request = write_object(SERVER, &instances);
        assert_eq!(request.path, "/1");
        assert_eq!(
            request.payload,
            b"\x08\x00\x0D\xC1\x00\x65\xC2\x01\x0E\x10\xC1\x06\x01\xC1\x07U\
              \x08\x01\x10\xC2\x00\x01\x2C\xC1\x01\x3C\xC1\x06\x01\xC1\x07U\xC1\x0B\xFF"
        );
    }

    #[test]
    fn access_rights_are_a_multiple_resource_by_server() {
        let instance = Instance::access_control(2, (3, 0), 101, &[(101, 15), (0, 1)]);
        assert_eq!(
            tlv::encode(&instance.resources),
            b"\xC1\x00\x03\xC1\x01\x00\x86\x02\x41\x65\x0F\x41\x00\x01\xC1\x03\x65"
        );
        let bare = Instance::access_control(2, (3, 65535), 65535, &[]);
        // 65535 does not fit two signed bytes.
        assert_eq!(
            tlv::encode(&bare.resources),
            b"\xC1\x00\x03\xC4\x01\x00\x00\xFF\xFF\xC4\x03\x00\x00\xFF\xFF"
        );
    }

    #[test]
    fn a_resource_is_written_alone_in_three_formats() {
        let instance = Instance::security_psk(1, "coaps://a", "me", &[0x10, 0x11], 101);
        let payload = |resource, format| {
            instance
                .write_resource(resource, format)
                .map(|request| (request.path, request.payload))
        };
        assert_eq!(
            payload(10, format::TLV),
            Some(("/0/1/10".into(), b"\xC1\x0A\x65".to_vec()))
        );
        assert_eq!(
            payload(10, format::TEXT),
            Some(("/0/1/10".into(), b"101".to_vec()))
        );
        assert_eq!(
            payload(1, format::TEXT),
            Some(("/0/1/1".into(), b"0".to_vec()))
        );
        assert_eq!(
            payload(5, format::OPAQUE),
            Some(("/0/1/5".into(), vec![0x10, 0x11]))
        );
        assert_eq!(
            payload(5, format::TEXT),
            Some(("/0/1/5".into(), b"EBE=".to_vec()))
        );
        assert_eq!(payload(11, format::TLV), None);
    }

    #[test]
    fn resources_are_replaced_left_out_and_read() {
        let instance = Instance::server(0, 101, 60)
            .set(1, Value::Integer(120))
            .without(7);
        assert_eq!(instance.value(1), Some(Value::Integer(120)));
        assert_eq!(instance.resources[1].id, 1);
        assert_eq!(instance.value(7), None);
        assert_eq!(resource_named(SECURITY, "hold-off"), Some(11));
        assert_eq!(resource_named(SERVER, "sequence-count"), Some(20));
        assert_eq!(resource_named(SERVER, "uri"), None);
        assert_eq!(resource_named(3, "uri"), None);
    }
}
