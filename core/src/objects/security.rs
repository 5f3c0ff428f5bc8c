//! Object 0, LwM2M Security: where servers are and how they are reached (OMA LwM2M TS Core E.1). Only the bootstrap
//! interface and the stored accounts see it; to management servers it does not exist.

use heapless::Vec;
use heapless::vec::VecView;

use super::instances::{self, Instance, Numbered};
use super::texts::{self, Texts};
use crate::config::{self, ACCOUNTS, IDENTITY, SECURITY_STORE};
use crate::lwm2m::object::{Definition, Object, Phase, READ, Refusal, Resource, WRITE};
use crate::lwm2m::value::{Type, Value};
use crate::text::{split, unsigned};

/// Object id.
pub const ID: u16 = 0;

/// LwM2M Server URI.
pub const URI: u16 = 0;
const BOOTSTRAP: u16 = 1;
const MODE: u16 = 2;
/// Public Key or Identity.
pub const PSK_IDENTITY: u16 = 3;
const SERVER_KEY: u16 = 4;
/// Secret Key.
pub const KEY: u16 = 5;
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

/// The modes that are known, a bit each.
const MODES: u32 = 1 << PRE_SHARED_KEY | 1 << NO_SECURITY;

/// Longest key in bytes: what the modem's 64 hexadecimal digits hold.
const LONGEST_KEY: usize = 32;
/// Longest URI in bytes (OMA LwM2M TS Core E.1).
const LONGEST_URI: usize = 255;

/// Security tag of the bootstrap account; management accounts have the next ones.
pub const FIRST_TAG: u8 = 25;

/// Where the numbers of an instance are kept.
const BOOTSTRAP_PLACE: usize = 0;
const MODE_PLACE: usize = 1;
const SHORT_SERVER_ID_PLACE: usize = 2;
const HOLD_OFF_PLACE: usize = 3;
const ACCOUNT_TIMEOUT_PLACE: usize = 4;
/// These two are no resources. Tags are counted from the first.
const TAG_PLACE: usize = 5;
const HELD_PLACE: usize = 6;

/// How many numbers an instance has.
pub const NUMBERS: usize = 7;

/// The resources among these.
static NUMBERED: Numbered = Numbered(&[
    BOOTSTRAP as u8,
    MODE as u8,
    SHORT_SERVER_ID as u8,
    HOLD_OFF as u8,
    ACCOUNT_TIMEOUT as u8,
]);

/// One instance without its texts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SecurityInstance<'a>(&'a Instance);

impl SecurityInstance<'_> {
    /// Instance id.
    pub fn id(self) -> u16 {
        self.0.id
    }

    /// Whether this is the bootstrap account.
    pub fn is_bootstrap(self) -> bool {
        self.0.always(BOOTSTRAP_PLACE) != 0
    }

    /// Security Mode: 0 pre-shared key, 3 none.
    pub fn mode(self) -> u8 {
        self.0.always(MODE_PLACE) as u8
    }

    /// Security tag in the modem.
    pub fn tag(self) -> u8 {
        FIRST_TAG.wrapping_add(self.0.always(TAG_PLACE) as u8)
    }

    /// Short server id of a management account; 0: not set.
    pub fn short_server_id(self) -> u16 {
        self.0.always(SHORT_SERVER_ID_PLACE) as u16
    }

    /// Client Hold Off in seconds.
    pub fn hold_off(self) -> u32 {
        self.0.always(HOLD_OFF_PLACE)
    }

    /// Bootstrap-Server Account Timeout in seconds; 0: never.
    pub fn account_timeout(self) -> u32 {
        self.0.always(ACCOUNT_TIMEOUT_PLACE)
    }

    /// Digest of the identity and key that the modem holds under the tag; 0: none.
    pub fn held(self) -> u32 {
        self.0.always(HELD_PLACE)
    }
}

/// The Security object.
#[derive(Debug)]
pub struct Security {
    instances: Vec<Instance, ACCOUNTS>,
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

    /// How many accounts there are.
    pub fn count(&self) -> usize {
        self.instances.len()
    }

    /// All instances in ascending order of id.
    pub fn all(&self) -> impl Iterator<Item = SecurityInstance<'_>> {
        self.instances.iter().map(SecurityInstance)
    }

    /// The bootstrap account.
    #[cfg_attr(target_os = "none", inline(never))]
    pub fn bootstrap(&self) -> Option<SecurityInstance<'_>> {
        let mut all = self.all().filter(|_| config::BOOTSTRAP);
        all.find(|own| own.is_bootstrap())
    }

    /// The account of a management server.
    #[cfg_attr(target_os = "none", inline(never))]
    pub fn of_server(&self, short_server_id: u16) -> Option<SecurityInstance<'_>> {
        self.all()
            .find(|own| !own.is_bootstrap() && own.short_server_id() == short_server_id)
    }

    /// Where an account's server is.
    pub fn account(&self, instance: SecurityInstance<'_>) -> Option<Account<'_>> {
        let uri = Uri::parse(self.bytes(instance.id(), URI)?)?;
        Some(Account {
            uri,
            tag: uri.secure.then_some(u32::from(instance.tag())),
        })
    }

    /// Identity and key that are to be stored in the modem; `None` when there are none, or not any more. Servers write
    /// empty ones where none are needed.
    pub fn key(&self, instance: SecurityInstance<'_>) -> Option<(&[u8], &[u8])> {
        let identity = self.bytes(instance.id(), PSK_IDENTITY)?;
        let key = self.bytes(instance.id(), KEY)?;
        let wanted = instance.mode() == PRE_SHARED_KEY && !identity.is_empty() && !key.is_empty();
        wanted.then_some((identity, key))
    }

    /// The modem holds all keys, of which these are the digests by account: they are forgotten here.
    pub fn keys_are_held(&mut self, digests: &[u32; ACCOUNTS]) {
        for (own, digest) in self.instances.iter_mut().zip(digests) {
            put(own, HELD_PLACE, *digest);
            texts::remove(&mut self.texts, own.id, KEY);
        }
    }

    /// Makes an account where there is none, of a management server or, with 0 in place of its short server id, of the bootstrap
    /// server. Its texts are [kept](Security::keep) afterwards.
    pub fn make(&mut self, id: u16, server: u16, secure: bool) {
        // There is room for one.
        self.create(Some(id)).ok();
        self.settle(id, server == 0);
        if let Some(own) = instances::find_mut(&mut self.instances, id) {
            let mode = if secure { PRE_SHARED_KEY } else { NO_SECURITY };
            put(own, MODE_PLACE, mode.into());
            put(own, SHORT_SERVER_ID_PLACE, server.into());
        }
    }

    /// Keeps address, PSK identity or key of an account that was made.
    pub fn keep(&mut self, id: u16, resource: u16, bytes: &[u8]) {
        texts::put(&mut self.texts, id, resource, bytes);
    }

    /// Whether an account can be used: its URI can be parsed, and a secure one has identity and key here or in the modem.
    pub fn is_complete(&self, instance: SecurityInstance<'_>) -> bool {
        let Some(account) = self.account(instance) else {
            return false;
        };
        match instance.mode() {
            PRE_SHARED_KEY => {
                account.uri.secure && (instance.held() != 0 || self.key(instance).is_some())
            }
            NO_SECURITY => !account.uri.secure,
            _ => false,
        }
    }

    /// What is stored besides the texts.
    pub fn stored_mut(&mut self) -> &mut VecView<Instance> {
        &mut self.instances
    }

    /// Addresses, identities and keys.
    pub fn texts_mut(&mut self) -> &mut Texts {
        &mut self.texts
    }

    fn bytes(&self, id: u16, kind: u16) -> Option<&[u8]> {
        texts::find(&self.texts, id, kind)
    }

    /// Makes an instance the bootstrap account or one of a management server, with a tag that no other account uses: if
    /// possible the first for bootstrap, one of the others for management.
    #[cfg_attr(target_os = "none", inline(never))]
    fn settle(&mut self, id: u16, bootstrap: bool) {
        let others = self.all().filter(|own| own.id() != id);
        let taken = others.fold(0, |taken, own| {
            taken | 1_u32.wrapping_shl(own.0.always(TAG_PLACE))
        });
        // There are as many tags as instances.
        let mut free = !taken & ((1 << ACCOUNTS) - 1);
        if !bootstrap && free & !1 != 0 {
            free &= !1;
        }
        if let Some(own) = instances::find_mut(&mut self.instances, id) {
            put(own, BOOTSTRAP_PLACE, bootstrap.into());
            put(own, TAG_PLACE, free.trailing_zeros());
            put(own, HELD_PLACE, 0);
        }
    }

    /// Gives an instance the values of a new one.
    fn blank(&mut self, id: u16) {
        if let Some(own) = instances::find_mut(&mut self.instances, id) {
            own.numbers = [0; _];
            own.present = !0;
        }
        self.settle(id, false);
        texts::remove(&mut self.texts, id, texts::ALL);
    }
}

/// Puts a number in its place. All of them are always set.
fn put(own: &mut Instance, place: usize, number: u32) {
    if let Some(own) = own.numbers.get_mut(place) {
        *own = number;
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
        if index > 0 {
            return None;
        }
        if let Some(bytes) = self.bytes(instance, resource) {
            let value = if resource == URI {
                Value::Text(bytes)
            } else {
                Value::Opaque(bytes)
            };
            return Some((0, value));
        }
        let own = instances::find(&self.instances, instance)?;
        if resource == SHORT_SERVER_ID && SecurityInstance(own).is_bootstrap() {
            return None;
        }
        let number = NUMBERED.number(own, resource)?;
        let value = if resource == BOOTSTRAP {
            Value::Boolean(number != 0)
        } else {
            Value::Integer(number.into())
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
        let own = instances::find_mut(&mut self.instances, instance).ok_or(Refusal::NotFound)?;
        let (Value::Text(bytes) | Value::Opaque(bytes)) = *value else {
            let (most, known) = match resource {
                MODE => (NO_SECURITY.into(), MODES),
                SHORT_SERVER_ID => (65_534, !0),
                _ => (u32::MAX, !0),
            };
            let number = value.number(most).ok_or(Refusal::BadRequest)?;
            if known.wrapping_shr(number) & 1 == 0 {
                return Err(Refusal::BadRequest);
            }
            if apply && NUMBERED.write(own, resource, number) && resource == BOOTSTRAP {
                self.settle(instance, number != 0);
            }
            return Ok(());
        };
        let longest = match resource {
            SERVER_KEY => return Ok(()),
            PSK_IDENTITY => IDENTITY,
            KEY => LONGEST_KEY,
            _ if Uri::parse(bytes).is_some() => LONGEST_URI,
            _ => return Err(Refusal::BadRequest),
        };
        if bytes.len() > longest {
            return Err(Refusal::BadRequest);
        }
        if apply {
            // What the modem holds is another key now.
            put(own, HELD_PLACE, 0);
        }
        texts::write(&mut self.texts, instance, resource, bytes, phase)
    }

    fn clear(&mut self, instance: u16, resource: Option<u16>) -> bool {
        if resource.is_none() {
            self.blank(instance);
        }
        true
    }

    fn create(&mut self, instance: Option<u16>) -> Result<u16, Refusal> {
        let id = instance.ok_or(Refusal::BadRequest)?;
        instances::add(&mut self.instances, id).ok_or(Refusal::Full)?;
        self.blank(id);
        Ok(id)
    }

    /// The bootstrap account stays (OMA LwM2M TS Core 6.1.7.6).
    fn delete(&mut self, instance: u16) -> Result<(), Refusal> {
        let own = instances::find_mut(&mut self.instances, instance).ok_or(Refusal::NotFound)?;
        if SecurityInstance(own).is_bootstrap() {
            return Err(Refusal::NotAllowed);
        }
        instances::remove(&mut self.instances, instance);
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
        // In whatever case.
        let mut letters = scheme.iter().zip(b"coaps");
        if !(scheme.len() == 4 || secure) || !letters.all(|(own, letter)| own | 0x20 == *letter) {
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
        let mut tags: std::vec::Vec<u8> = security.all().map(SecurityInstance::tag).collect();
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
