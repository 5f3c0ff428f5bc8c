//! Object 0, LwM2M Security: where servers are and how they are reached (OMA LwM2M TS Core E.1). Only the bootstrap
//! interface and the stored accounts see it; to management servers it does not exist.

use heapless::Vec;

use super::texts::{self, Texts};
use crate::bytes::settle_last;
use crate::config::{self, ACCOUNTS, IDENTITY, SECURITY_STORE};
use crate::lwm2m::object::{Definition, Object, Phase, READ, Refusal, Resource, WRITE};
use crate::lwm2m::value::{Type, Value};
use crate::text::{split, unsigned};

/// Object id.
pub const ID: u16 = 0;

const URI: u16 = 0;
const BOOTSTRAP: u16 = 1;
const MODE: u16 = 2;
const PSK_IDENTITY: u16 = 3;
const SERVER_KEY: u16 = 4;
const KEY: u16 = 5;
const SHORT_SERVER_ID: u16 = 10;
const HOLD_OFF: u16 = 11;
const ACCOUNT_TIMEOUT: u16 = 12;

static DEFINITION: Definition = Definition {
    id: ID,
    version: None,
    creatable: false,
    resources: &[
        Resource::new(URI, Type::Text, READ | WRITE),
        Resource::new(BOOTSTRAP, Type::Boolean, READ | WRITE),
        Resource::new(MODE, Type::Integer, READ | WRITE),
        Resource::new(PSK_IDENTITY, Type::Opaque, READ | WRITE),
        Resource::new(SERVER_KEY, Type::Opaque, READ | WRITE),
        Resource::new(KEY, Type::Opaque, READ | WRITE),
        Resource::new(SHORT_SERVER_ID, Type::Integer, READ | WRITE),
        Resource::new(HOLD_OFF, Type::Integer, READ | WRITE),
        Resource::new(ACCOUNT_TIMEOUT, Type::Integer, READ | WRITE),
    ],
};

/// Security Mode: pre-shared key.
const PRE_SHARED_KEY: u8 = 0;
/// Security Mode: none.
pub const NO_SECURITY: u8 = 3;

/// Longest key in bytes: what the modem's 64 hexadecimal digits hold.
const LONGEST_KEY: usize = 32;
/// Longest URI in bytes (OMA LwM2M TS Core E.1).
const LONGEST_URI: usize = 255;

/// Security tag of the bootstrap account; management accounts have the next ones.
pub const FIRST_TAG: u8 = 25;
const LAST_TAG: u8 = FIRST_TAG + ACCOUNTS as u8 - 1;

/// One instance without its texts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SecurityInstance {
    /// Instance id.
    pub id: u16,
    /// Whether this is the bootstrap account.
    pub bootstrap: bool,
    /// Security Mode: 0 pre-shared key, 3 none.
    pub mode: u8,
    /// Security tag in the modem.
    pub tag: u8,
    /// Short server id of a management account; 0: not set.
    pub short_server_id: u16,
    /// Client Hold Off in seconds.
    pub hold_off: u32,
    /// Bootstrap-Server Account Timeout in seconds; 0: never.
    pub account_timeout: u32,
    /// Digest of the identity and key that the modem holds under the tag; 0: none.
    pub held: u32,
}

/// The Security object.
#[derive(Debug)]
pub struct Security {
    instances: Vec<SecurityInstance, ACCOUNTS>,
    texts: Texts<[u8; SECURITY_STORE]>,
}

/// One server account's address.
#[derive(Clone, Copy, Debug)]
pub struct Account<'a> {
    /// The parsed server URI.
    pub uri: Uri<'a>,
    /// Security tag the key is stored under, for a secure URI.
    pub tag: Option<u32>,
}

impl Security {
    /// No account.
    pub const fn new() -> Security {
        Security {
            instances: Vec::new(),
            texts: Texts::new(),
        }
    }

    /// Forgets all accounts.
    pub fn reset(&mut self) {
        self.instances.clear();
        texts::clear(&mut self.texts);
    }

    /// All instances in ascending order of id.
    pub fn all(&self) -> &[SecurityInstance] {
        &self.instances
    }

    /// The same, to change what is no resource.
    pub fn all_mut(&mut self) -> &mut [SecurityInstance] {
        &mut self.instances
    }

    /// The bootstrap account.
    pub fn bootstrap(&self) -> Option<&SecurityInstance> {
        let mut all = self.instances.iter().filter(|_| config::BOOTSTRAP);
        all.find(|instance| instance.bootstrap)
    }

    /// The account of a management server.
    pub fn of_server(&self, short_server_id: u16) -> Option<&SecurityInstance> {
        self.instances
            .iter()
            .find(|own| !own.bootstrap && own.short_server_id == short_server_id)
    }

    /// Where an account's server is.
    pub fn account(&self, instance: &SecurityInstance) -> Option<Account<'_>> {
        let uri = Uri::parse(self.bytes(instance.id, URI)?)?;
        Some(Account {
            uri,
            tag: uri.secure.then_some(u32::from(instance.tag)),
        })
    }

    /// Identity and key that are to be stored in the modem; `None` when there are none, or not any more. Servers write
    /// empty ones where none are needed.
    pub fn key(&self, instance: &SecurityInstance) -> Option<(&[u8], &[u8])> {
        let identity = self.bytes(instance.id, PSK_IDENTITY)?;
        let key = self.bytes(instance.id, KEY)?;
        let wanted = instance.mode == PRE_SHARED_KEY && !identity.is_empty() && !key.is_empty();
        wanted.then_some((identity, key))
    }

    /// The modem holds all keys: they are forgotten here.
    pub fn forget_keys(&mut self) {
        for instance in &self.instances {
            texts::remove(&mut self.texts, instance.id, KEY);
        }
    }

    /// Makes an account; the bytes are those of the resources of the same names.
    pub fn add(&mut self, instance: SecurityInstance, uri: &str, identity: &[u8], key: &[u8]) {
        let id = instance.id;
        self.instances.push(instance).ok();
        let texts: &mut Texts = &mut self.texts;
        texts::put(texts, id, URI, uri.as_bytes());
        if !key.is_empty() {
            texts::put(texts, id, PSK_IDENTITY, identity);
            texts::put(texts, id, KEY, key);
        }
    }

    /// Whether an account can be used: its URI can be parsed, and a secure one has identity and key here or in the modem.
    pub fn is_complete(&self, instance: &SecurityInstance) -> bool {
        let Some(account) = self.account(instance) else {
            return false;
        };
        match instance.mode {
            PRE_SHARED_KEY => {
                account.uri.secure && (instance.held != 0 || self.key(instance).is_some())
            }
            NO_SECURITY => !account.uri.secure,
            _ => false,
        }
    }

    fn find_mut(&mut self, id: u16) -> Option<&mut SecurityInstance> {
        self.instances.iter_mut().find(|own| own.id == id)
    }

    fn bytes(&self, id: u16, kind: u16) -> Option<&[u8]> {
        texts::find(&self.texts, id, kind)
    }

    /// A tag no other account uses: if possible the first for bootstrap, one of the others for management.
    fn free_tag(&self, id: u16, bootstrap: bool) -> u8 {
        let taken = |tag: u8| {
            self.instances
                .iter()
                .any(|own| own.id != id && own.tag == tag)
        };
        let mut tag = FIRST_TAG + u8::from(!bootstrap);
        // There are as many tags as instances; one too many is refused.
        for _ in 0..ACCOUNTS {
            if !taken(tag) {
                break;
            }
            tag = if tag == LAST_TAG { FIRST_TAG } else { tag + 1 };
        }
        tag
    }
}

impl Object for Security {
    fn definition(&self) -> &'static Definition {
        &DEFINITION
    }

    fn instance(&self, index: usize) -> Option<u16> {
        self.instances.get(index).map(|instance| instance.id)
    }

    fn value(&self, instance: u16, resource: u16, index: usize) -> Option<(u16, Value<'_>)> {
        let own = self
            .instances
            .iter()
            .find(|own| own.id == instance && index == 0)?;
        let number = |value: u32| Value::Integer(i64::from(value));
        let value = match resource {
            URI => Value::Text(self.bytes(instance, URI)?),
            BOOTSTRAP => Value::Boolean(own.bootstrap),
            MODE => number(own.mode.into()),
            PSK_IDENTITY | KEY => Value::Opaque(self.bytes(instance, resource)?),
            SHORT_SERVER_ID if !own.bootstrap => number(own.short_server_id.into()),
            HOLD_OFF if own.hold_off > 0 => number(own.hold_off),
            ACCOUNT_TIMEOUT if own.account_timeout > 0 => number(own.account_timeout),
            _ => return None,
        };
        Some((0, value))
    }

    fn prepare(&mut self, _replace: bool) {
        texts::prepare(&mut self.texts);
    }

    fn write(
        &mut self,
        instance: u16,
        resource: u16,
        _resource_instance: u16,
        value: &Value<'_>,
        phase: Phase,
    ) -> Result<(), Refusal> {
        let apply = phase == Phase::Apply;
        let own = self.find_mut(instance).ok_or(Refusal::NotFound)?;
        let (bytes, most) = match (resource, *value) {
            (BOOTSTRAP, Value::Boolean(bootstrap)) => {
                if apply && own.bootstrap != bootstrap {
                    own.bootstrap = bootstrap;
                    own.held = 0;
                    let tag = self.free_tag(instance, bootstrap);
                    if let Some(own) = self.find_mut(instance) {
                        own.tag = tag;
                    }
                }
                return Ok(());
            }
            (_, Value::Integer(number)) => {
                let number = u32::try_from(number).map_err(|_| Refusal::BadRequest)?;
                let most = match resource {
                    MODE if number == 0 => 0,
                    MODE => u32::from(NO_SECURITY),
                    SHORT_SERVER_ID => 65_534,
                    _ => u32::MAX,
                };
                // Of the modes only the two are known.
                if number > most || resource == MODE && number != most {
                    return Err(Refusal::BadRequest);
                }
                match resource {
                    _ if !apply => {}
                    MODE => own.mode = number as u8,
                    SHORT_SERVER_ID => own.short_server_id = number as u16,
                    HOLD_OFF => own.hold_off = number,
                    _ => own.account_timeout = number,
                }
                return Ok(());
            }
            (URI, Value::Text(uri)) if Uri::parse(uri).is_some() => (uri, LONGEST_URI),
            (PSK_IDENTITY, Value::Opaque(bytes)) => (bytes, IDENTITY),
            (KEY, Value::Opaque(bytes)) => (bytes, LONGEST_KEY),
            (SERVER_KEY, Value::Opaque(_)) => return Ok(()),
            _ => return Err(Refusal::BadRequest),
        };
        if bytes.len() > most {
            return Err(Refusal::BadRequest);
        }
        if apply {
            // What the modem holds is another key now.
            own.held = 0;
        }
        texts::write(&mut self.texts, instance, resource, bytes, phase)
    }

    fn clear(&mut self, instance: u16, resource: Option<u16>) -> bool {
        let tag = self.free_tag(instance, false);
        if resource.is_none()
            && let Some(own) = self.find_mut(instance)
        {
            *own = SecurityInstance {
                id: instance,
                tag,
                ..SecurityInstance::default()
            };
            texts::remove(&mut self.texts, instance, texts::ALL);
        }
        true
    }

    fn create(&mut self, instance: Option<u16>) -> Result<u16, Refusal> {
        let id = instance.ok_or(Refusal::BadRequest)?;
        let instance = SecurityInstance {
            id,
            tag: self.free_tag(id, false),
            ..SecurityInstance::default()
        };
        self.instances.push(instance).map_err(|_| Refusal::Full)?;
        settle_last(&mut self.instances, |own| own.id);
        Ok(id)
    }

    /// The bootstrap account stays (OMA LwM2M TS Core 6.1.7.6).
    fn delete(&mut self, instance: u16) -> Result<(), Refusal> {
        let own = self.find_mut(instance).ok_or(Refusal::NotFound)?;
        if own.bootstrap {
            return Err(Refusal::NotAllowed);
        }
        self.instances.retain(|own| own.id != instance);
        texts::remove(&mut self.texts, instance, texts::ALL);
        Ok(())
    }
}
/// The parts of a `coap` or `coaps` URI that matter (RFC 7252 6).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Uri<'a> {
    /// `coaps`
    pub secure: bool,
    /// Host, an IPv6 address without brackets.
    pub host: &'a [u8],
    /// Port, 5683 or 5684 when the URI has none.
    pub port: u16,
}

impl<'a> Uri<'a> {
    /// Parses a URI; path and query are left aside. `None`: not a usable `coap` or `coaps` URI.
    pub fn parse(text: &'a [u8]) -> Option<Uri<'a>> {
        let (scheme, rest) = split(text, b':')?;
        let secure = scheme.len() == 5;
        if !scheme.eq_ignore_ascii_case(if secure { b"coaps" } else { b"coap" }) {
            return None;
        }
        let [b'/', b'/', rest @ ..] = rest else {
            return None;
        };
        let end = rest
            .iter()
            .position(|byte| matches!(byte, b'/' | b'?' | b'#'))
            .unwrap_or(rest.len());
        let authority = rest.get(..end)?;
        let (host, port) = if let [b'[', rest @ ..] = authority {
            match split(rest, b']')? {
                (host, []) => (host, &[][..]),
                (host, [b':', port @ ..]) => (host, port),
                _ => return None,
            }
        } else {
            split(authority, b':').unwrap_or((authority, &[]))
        };
        let port = if port.is_empty() {
            5683 + u16::from(secure)
        } else {
            u16::try_from(unsigned(port)?).ok()?
        };
        if port == 0 || host.is_empty() || host.iter().any(|byte| *byte <= b' ') {
            return None;
        }
        Some(Uri { secure, host, port })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(feature = "bootstrap")]
    fn one_account_too_many_is_refused() {
        let mut security = Security::new();
        for id in 0..ACCOUNTS as u16 {
            assert_eq!(security.create(Some(id)), Ok(id));
        }
        assert_eq!(security.create(Some(9)), Err(Refusal::Full));
        let mut tags: std::vec::Vec<u8> = security.all().iter().map(|own| own.tag).collect();
        tags.sort_unstable();
        assert_eq!(tags, [25, 26, 27, 28]);
    }

    #[test]
    fn host_and_port_come_from_the_authority() {
        assert_eq!(
            Uri::parse(b"coap://h"),
            Some(Uri {
                secure: false,
                host: b"h",
                port: 5683
            })
        );
        assert_eq!(
            Uri::parse(b"COAPS://h.example:1/a/b?c=d"),
            Some(Uri {
                secure: true,
                host: b"h.example",
                port: 1
            })
        );
        assert_eq!(
            Uri::parse(b"coaps://[2001:db8::1]"),
            Some(Uri {
                secure: true,
                host: b"2001:db8::1",
                port: 5684
            })
        );
        assert_eq!(
            Uri::parse(b"coap://[::1]:5690/"),
            Some(Uri {
                secure: false,
                host: b"::1",
                port: 5690
            })
        );
    }

    #[test]
    fn what_cannot_be_reached_is_no_uri() {
        for text in [
            "",
            "coap:",
            "http://h",
            "coap://",
            "coap://:1",
            "coap://h:0",
            "coap://h:65536",
            "coap://h:x",
            "coap://[::1",
            "coap://[::1]x",
        ] {
            assert_eq!(Uri::parse(text.as_bytes()), None, "{text}");
        }
    }
}
