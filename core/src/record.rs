//! What survives a reset: records with a version and a checksum. A record that does not decode counts as absent.

use heapless::vec::VecView;

use crate::bytes::copy;
use crate::config::{ACCESS_INSTANCES, ACCOUNTS, BOOTSTRAP, DATAGRAM, SECURITY_STORE, SERVERS};
use crate::lwm2m::sink::Sink;
use crate::objects::access::{Control, Controls};
use crate::objects::firmware::{OUTCOMES, Outcome, STATES, State};
use crate::objects::instances::{Instance, NUMBERS};
use crate::objects::portfolio::Portfolio;
use crate::objects::statistics::Statistics;
use crate::objects::texts::{self, Texts};
use crate::objects::{Objects, security};

/// A stored record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RecordId {
    /// All server accounts and what they were made from. One record, so that they change together or not at all.
    Accounts,
    /// Access points as servers wrote them, with the secrets for them: the modem does not give those back.
    AccessPoints,
    /// How far an update of the firmware is.
    Firmware,
    /// Identities of the host device and of others. To be given to [`crate::Carrier::input`] before the start, so that no change of
    /// the application comes before it.
    Portfolio,
}

impl RecordId {
    /// The storage id, within the library's range 0xCA00 to 0xCAFF.
    pub const fn storage_id(self) -> u16 {
        match self {
            RecordId::Accounts => 0xCA10,
            RecordId::AccessPoints => 0xCA28,
            RecordId::Firmware => 0xCA30,
            RecordId::Portfolio => 0xCA38,
        }
    }
}

/// Longest record in bytes.
pub const LARGEST: usize = DATAGRAM;

/// First bytes of every record: a mark that it is ours, and the layout: its version, and how many accounts it has room for.
const HEAD: [u8; 2] = [0x4C, 3 + 16 * (4 - ACCOUNTS as u8)];
const CHECKSUM: usize = 4;

/// What the accounts in force were made from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Basis {
    /// Whether a bootstrap server, or the card, gave management servers; otherwise the accounts are those of the configuration.
    pub bootstrapped: bool,
    /// [`crate::profile::Profile::operator`] at that time.
    pub operator: u8,
    /// Digest of the SIM's identity.
    pub sim: u32,
    /// Digest of the configuration.
    pub made_from: u32,
    /// Digest of the card's bootstrap data; 0: not from the card.
    pub card: u32,
}

impl Basis {
    /// Of no accounts.
    pub const NONE: Basis = Basis {
        bootstrapped: false,
        operator: 0,
        sim: 0,
        made_from: 0,
        card: 0,
    };
}

/// A digest (FNV-1a) of several texts.
pub fn digest(parts: &[&[u8]]) -> u32 {
    let mut hash: u32 = 0x811C_9DC5;
    for part in parts {
        for byte in *part {
            hash = (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193);
        }
        hash = (hash ^ 0xFF).wrapping_mul(0x0100_0193);
    }
    hash
}

/// A record that is gone over from its first byte to its last: what is there is stored, or replaced by what was stored. So one
/// function says what is in a record, for both ways.
enum Pass<'p, 'b> {
    Store(&'p mut Sink<'b>),
    Take(&'p [u8]),
    /// The record is too short.
    Failed,
}

impl Pass<'_, '_> {
    #[cfg_attr(target_os = "none", inline(never))]
    fn bytes(&mut self, bytes: &mut [u8]) {
        match self {
            Pass::Store(sink) => sink.put(bytes),
            Pass::Take(stored) => match stored.split_at_checked(bytes.len()) {
                Some((front, rest)) => {
                    copy(front, bytes);
                    *stored = rest;
                }
                None => *self = Pass::Failed,
            },
            Pass::Failed => {}
        }
    }

    fn byte(&mut self, number: &mut u8) {
        self.bytes(core::slice::from_mut(number));
    }

    #[cfg_attr(target_os = "none", inline(never))]
    fn short(&mut self, number: &mut u16) {
        let mut bytes = number.to_be_bytes();
        self.bytes(&mut bytes);
        *number = u16::from_be_bytes(bytes);
    }

    #[cfg_attr(target_os = "none", inline(never))]
    fn word(&mut self, number: &mut u32) {
        let mut bytes = number.to_be_bytes();
        self.bytes(&mut bytes);
        *number = u32::from_be_bytes(bytes);
    }

    /// Whether all that was wanted was there.
    fn is_whole(&self) -> bool {
        !matches!(self, Pass::Failed)
    }
}

/// The beginning of a record.
fn begin(out: &mut [u8]) -> Sink<'_> {
    let mut sink = Sink::new(out);
    sink.put(&HEAD);
    sink
}

/// Ends a record; gives its length, 0 when it does not fit.
#[cfg_attr(target_os = "none", inline(never))]
fn end(mut sink: Sink<'_>) -> usize {
    let length = sink.total();
    let written = sink.window().get(..length);
    let checksum = written.map_or(0, |written| digest(&[written]));
    sink.put(&checksum.to_be_bytes());
    if sink.is_complete() { sink.total() } else { 0 }
}

/// The body of a whole and unharmed record.
#[cfg_attr(target_os = "none", inline(never))]
fn decode(record: &[u8]) -> Option<&[u8]> {
    let (content, checksum) = record.split_last_chunk()?;
    if digest(&[content]) == u32::from_be_bytes(*checksum) {
        content.strip_prefix(&HEAD)
    } else {
        None
    }
}

/// Writes the record of access points for a SIM; gives its length, 0 when there are none.
pub fn encode_access_points(sim: u32, objects: &Objects, out: &mut [u8]) -> usize {
    let Some(apn) = objects.apn.first() else {
        return 0;
    };
    let mut sink = begin(out);
    sink.put(&sim.to_be_bytes());
    apn.store(&mut |bytes| sink.put(bytes));
    end(sink)
}

/// Replaces what was written to access points by those of a record for the same SIM; without one nothing is written.
pub fn decode_access_points(record: Option<&[u8]>, sim: u32, objects: &mut Objects) {
    let stored = record
        .and_then(decode)
        .and_then(|body| body.strip_prefix(&sim.to_be_bytes()));
    if let Some(apn) = objects.apn.first_mut() {
        apn.restore(stored.unwrap_or(&[]));
    }
}

/// Writes the record of the Portfolio; gives its length, 0 in a build without that object.
pub fn encode_portfolio(objects: &mut Objects, out: &mut [u8]) -> usize {
    let Some(own) = objects.portfolio.first_mut() else {
        return 0;
    };
    let mut sink = begin(out);
    portfolio(&mut Pass::Store(&mut sink), own);
    end(sink)
}

/// Takes what a record says of the Portfolio, nothing from one that cannot be read.
pub fn decode_portfolio(record: &[u8], objects: &mut Objects) {
    if let (Some(own), Some(body)) = (objects.portfolio.first_mut(), decode(record)) {
        let mut pass = Pass::Take(body);
        portfolio(&mut pass, own);
        if !pass.is_whole() {
            *own = Portfolio::new();
        }
    }
}

/// Goes over the Portfolio.
fn portfolio(pass: &mut Pass<'_, '_>, own: &mut Portfolio) {
    let (created, identities) = own.stored_mut();
    for id in created {
        pass.short(id);
    }
    texts(pass, identities);
}

/// Goes over the texts of an object.
fn texts(pass: &mut Pass<'_, '_>, texts: &mut Texts) {
    let mut used = texts::used(texts) as u16;
    pass.short(&mut used);
    pass.bytes(texts::stored(texts, used.into()));
}

/// Bytes of a firmware record.
pub const FIRMWARE: usize = 16;

/// How far an update of the firmware is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FirmwareRecord {
    /// `/5/0/3`
    pub state: State,
    /// `/5/0/5`
    pub outcome: Outcome,
    /// Digest of the version that ran.
    pub version: u32,
    /// What the modem said when it failed to apply the package, to be told to the application; 0: nothing.
    pub code: i32,
}

/// What the modem library's start says when the modem has just applied a package.
const UPDATED: i32 = 0x0550_0001;
/// The same when the supply voltage was too low for that: the modem tries again at its next start.
const VOLTAGE_LOW: i32 = 0x0440_0005;

impl FirmwareRecord {
    /// After a start of the modem library that had this positive result: a package was applied or could not be.
    pub const fn after_update(result: i32) -> FirmwareRecord {
        let (state, outcome, code) = match result {
            UPDATED => (State::Idle, Outcome::Updated, 0),
            VOLTAGE_LOW => (State::Updating, Outcome::Initial, result),
            _ => (State::Idle, Outcome::Failed, result),
        };
        FirmwareRecord {
            state,
            outcome,
            version: 0,
            code,
        }
    }

    /// Writes the record; gives its length.
    pub fn encode(&self, out: &mut [u8]) -> usize {
        let mut sink = begin(out);
        { *self }.pass(&mut Pass::Store(&mut sink));
        end(sink)
    }

    /// Reads a record.
    pub fn decode(record: &[u8]) -> Option<FirmwareRecord> {
        let mut own = FirmwareRecord::after_update(UPDATED);
        let mut pass = Pass::Take(decode(record)?);
        own.pass(&mut pass)?;
        pass.is_whole().then_some(own)
    }

    /// Goes over the record; `None` for a state or outcome that is not known.
    fn pass(&mut self, pass: &mut Pass<'_, '_>) -> Option<()> {
        let (mut state, mut outcome) = (self.state as u8, self.outcome as u8);
        pass.byte(&mut state);
        self.state = *STATES.get(usize::from(state))?;
        pass.byte(&mut outcome);
        self.outcome = *OUTCOMES.get(usize::from(outcome))?;
        pass.word(&mut self.version);
        let mut code = self.code as u32;
        pass.word(&mut code);
        self.code = code as i32;
        Some(())
    }
}

/// Numbers of a server in any build: one can read the record of another.
const MOST_NUMBERS: usize = 15;

/// The accounts, whatever they are, fit into their record: this would be negative otherwise.
const _: usize = LARGEST
    - (HEAD.len() + CHECKSUM)
    - (2 + 4 * 4 + 2 + 2 + 1)
    - ACCOUNTS * 4 * (1 + security::NUMBERS)
    - SERVERS * 4 * (1 + MOST_NUMBERS)
    - ACCESS_INSTANCES * size_of::<Control>()
    - SECURITY_STORE;

/// Writes the record of the accounts; gives its length.
pub fn encode_accounts(basis: &Basis, objects: &mut Objects, out: &mut [u8]) -> usize {
    let mut sink = begin(out);
    accounts(&mut Pass::Store(&mut sink), &mut { *basis }, objects);
    end(sink)
}

/// Replaces all accounts and their basis by those of a record; whether it can be used: otherwise there are none. Without
/// bootstrap: completes the configured account.
pub fn decode_accounts(record: &[u8], basis: &mut Basis, objects: &mut Objects) -> bool {
    if let Some(body) = decode(record) {
        let mut pass = Pass::Take(body);
        if accounts(&mut pass, basis, objects).is_some() && pass.is_whole() {
            return true;
        }
    }
    objects.forget_accounts();
    *basis = Basis::NONE;
    false
}

/// Goes over the accounts; `None` when there are more than this build has room for.
fn accounts(pass: &mut Pass<'_, '_>, basis: &mut Basis, objects: &mut Objects) -> Option<()> {
    let mut bootstrapped = u8::from(basis.bootstrapped);
    pass.byte(&mut bootstrapped);
    basis.bootstrapped = bootstrapped != 0;
    pass.byte(&mut basis.operator);
    pass.word(&mut basis.sim);
    pass.word(&mut basis.made_from);
    pass.word(&mut basis.card);
    let mut none = 0;
    let statistics = objects.statistics.first_mut();
    pass.word(statistics.map_or(&mut none, Statistics::period_mut));
    instances(pass, objects.security.stored_mut(), security::NUMBERS)?;
    instances(pass, objects.server.stored_mut(), MOST_NUMBERS)?;
    // Without bootstrap addresses and keys are those of the configuration.
    if BOOTSTRAP {
        texts(pass, objects.security.texts_mut());
    }
    // What this build does not look at is left aside.
    match objects.access.first_mut() {
        Some(access) => controls(pass, access.stored_mut()),
        None => {
            pass.byte(&mut 0);
            Some(())
        }
    }
}

/// Goes over instances and the first of their numbers. Those without a place in this build are not set.
#[cfg_attr(target_os = "none", inline(never))]
fn instances(pass: &mut Pass<'_, '_>, list: &mut VecView<Instance>, numbers: usize) -> Option<()> {
    let mut count = list.len() as u8;
    pass.byte(&mut count);
    list.truncate(count.into());
    while list.len() < count.into() {
        list.push(Instance::new(0)).ok()?;
    }
    for own in list {
        pass.short(&mut own.id);
        pass.short(&mut own.present);
        if NUMBERS < MOST_NUMBERS {
            own.present &= (1 << NUMBERS) - 1;
        }
        for place in 0..numbers {
            pass.word(own.numbers.get_mut(place).unwrap_or(&mut 0));
        }
    }
    Some(())
}

/// Goes over rights.
fn controls(pass: &mut Pass<'_, '_>, list: &mut Controls) -> Option<()> {
    let mut count = list.len() as u8;
    pass.byte(&mut count);
    list.truncate(count.into());
    while list.len() < count.into() {
        list.push(Control::default()).ok()?;
    }
    for own in list {
        for number in &mut own.0 {
            pass.short(number);
        }
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lwm2m::object::{Object, Phase};
    use crate::lwm2m::value::Value;

    fn accounts_of_two() -> Objects {
        let mut objects = Objects::new();
        let mut make = |id: u16, server: u16, uri: &[u8], identity: &[u8], key: &[u8]| {
            objects.security.make(id, server, true);
            objects.security.keep(id, security::URI, uri);
            objects.security.keep(id, security::PSK_IDENTITY, identity);
            objects.security.keep(id, security::KEY, key);
        };
        if BOOTSTRAP {
            make(0, 0, b"coaps://bs.example", b"id", &[1; 8]);
        }
        let id = u16::from(BOOTSTRAP);
        make(id, 101, b"coaps://dm.example:5690", b"urn:imei:1", &[7; 16]);
        objects.server.make(4, 101, 86_400).unwrap();
        for (resource, number) in [(2, 1), (17, 3), (20, 9)] {
            let written =
                objects
                    .server
                    .write(4, resource, 0, &Value::Integer(number), Phase::Apply);
            assert_eq!(written, Ok(()));
        }
        objects
    }

    #[cfg(feature = "bootstrap")]
    fn everything(objects: &mut Objects) -> (Vec<Instance>, Vec<Instance>, Vec<Control>) {
        (
            objects.security.stored_mut().to_vec(),
            objects.server.stored_mut().to_vec(),
            objects
                .access
                .iter_mut()
                .flat_map(|access| access.stored_mut().to_vec())
                .collect(),
        )
    }

    const BASIS: Basis = Basis {
        bootstrapped: true,
        operator: 3,
        sim: 1,
        made_from: 0x0102_0304,
        card: 0,
    };

    #[test]
    #[cfg(feature = "bootstrap")]
    fn a_server_without_lifetime_comes_back_without() {
        let mut objects = accounts_of_two();
        assert_eq!(objects.server.create(Some(5)), Ok(5));
        let mut bytes = [0; LARGEST];
        for _ in 0..2 {
            let length = encode_accounts(&BASIS, &mut objects, &mut bytes);
            let mut restored = Objects::new();
            let mut basis = Basis::NONE;
            assert!(decode_accounts(&bytes[..length], &mut basis, &mut restored));
            let lifetimes: Vec<u32> = restored.server.all().map(|one| one.lifetime()).collect();
            assert_eq!(lifetimes, [86_400, 0]);
            objects = restored;
        }
    }

    #[test]
    #[cfg(not(feature = "lwm2m-1-1"))]
    fn numbers_without_a_place_are_not_set() {
        let mut objects = Objects::new();
        let list = objects.server.stored_mut();
        // Instance 4 of a build with LwM2M 1.1, with all its numbers.
        let mut stored = vec![1, 0, 4, 0x7F, 0xFF];
        stored.resize(5 + 4 * MOST_NUMBERS, 1);
        let mut pass = Pass::Take(&stored);
        assert_eq!(instances(&mut pass, list, MOST_NUMBERS), Some(()));
        assert!(matches!(pass, Pass::Take([])));
        assert_eq!(list[0].present, (1 << NUMBERS) - 1);
    }

    #[test]
    #[cfg(feature = "bootstrap")]
    fn accounts_survive_with_their_keys_until_those_are_forgotten() {
        let mut objects = accounts_of_two();
        let mut bytes = [0; LARGEST];
        let length = encode_accounts(&BASIS, &mut objects, &mut bytes);
        let mut restored = Objects::new();
        let mut basis = Basis::NONE;
        assert!(decode_accounts(&bytes[..length], &mut basis, &mut restored));
        assert_eq!(basis, BASIS);
        assert_eq!(everything(&mut restored), everything(&mut objects));
        let own = restored.security.all().nth(1).unwrap();
        assert_eq!((own.tag(), own.short_server_id()), (26, 101));
        assert_eq!(
            restored.security.key(own),
            Some((&b"urn:imei:1"[..], &[7; 16][..]))
        );
        assert!(restored.accounts_are_consistent());

        restored.security.keys_are_held(&[0xDEAD_BEEF; ACCOUNTS]);
        let shorter = encode_accounts(&BASIS, &mut restored, &mut bytes);
        assert!(shorter < length);
        assert!(!bytes[..shorter].windows(16).any(|bytes| bytes == [7; 16]));
    }

    #[test]
    fn damaged_or_foreign_bytes_are_no_accounts() {
        let mut objects = accounts_of_two();
        let mut bytes = [0; LARGEST];
        let length = encode_accounts(&BASIS, &mut objects, &mut bytes);
        for index in 0..length {
            let mut damaged = bytes;
            damaged[index] ^= 0x10;
            let mut restored = accounts_of_two();
            let mut basis = BASIS;
            let mut decodes = |bytes: &[u8]| decode_accounts(bytes, &mut basis, &mut restored);
            assert!(!decodes(&damaged[..length]), "byte {index}");
            assert!(!decodes(&bytes[..index]), "byte {index}");
            assert_eq!(basis, Basis::NONE);
            assert_eq!((restored.security.count(), restored.server.count()), (0, 0));
        }
    }
}
