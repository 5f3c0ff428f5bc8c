//! What survives a reset: records with a version and a checksum. A record that does not decode counts as absent.

use crate::config::{ACCOUNTS, BOOTSTRAP, DATAGRAM};
use crate::lwm2m::dispatch;
use crate::lwm2m::format::Format;
use crate::lwm2m::object::{DEVICE, Directory};
use crate::lwm2m::path::Path;
use crate::lwm2m::read;
use crate::lwm2m::sink::Sink;
use crate::lwm2m::write::{Manner, write};
use crate::objects::firmware::{OUTCOMES, Outcome, STATES, State};
use crate::objects::statistics::{self, Statistics};
use crate::objects::{Objects, access, security, server};

/// A stored record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RecordId {
    /// All server accounts and what they were made from. One record, so that they change together or not at all.
    Accounts,
    /// Access points as servers wrote them, with the secrets for them: the modem does not give those back.
    AccessPoints,
    /// How far an update of the firmware is.
    Firmware,
}

impl RecordId {
    /// The storage id, within the library's range 0xCA00 to 0xCAFF.
    pub const fn storage_id(self) -> u16 {
        match self {
            RecordId::Accounts => 0xCA10,
            RecordId::AccessPoints => 0xCA28,
            RecordId::Firmware => 0xCA30,
        }
    }
}

/// Longest record in bytes.
pub const LARGEST: usize = DATAGRAM;

/// Bytes that settings written by servers may add to accounts as they were bootstrapped.
const GROWTH: usize = 200;

/// First bytes of every record: a mark that it is ours, and the layout: its version, and how many accounts it has room for.
const HEAD: [u8; 2] = [0x4C, 2 + 16 * (4 - ACCOUNTS as u8)];
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

/// Writes a record around what `body` puts; gives its length, 0 when it does not fit.
fn encode(out: &mut [u8], body: &dyn Fn(&mut Sink<'_>)) -> usize {
    let mut sink = Sink::new(out);
    sink.put(&HEAD);
    body(&mut sink);
    let (complete, length) = (sink.is_complete(), sink.written());
    let checksum = digest(&[out.get(..length).unwrap_or(&[])]).to_be_bytes();
    match out
        .get_mut(length..)
        .and_then(|rest| rest.first_chunk_mut())
    {
        Some(space) if complete => {
            *space = checksum;
            length + CHECKSUM
        }
        _ => 0,
    }
}

/// The body of a whole and unharmed record.
fn decode(record: &[u8]) -> Option<&[u8]> {
    let end = record.len().checked_sub(CHECKSUM)?;
    let (content, checksum) = (record.get(..end)?, record.get(end..)?);
    if checksum == digest(&[content]).to_be_bytes() {
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
    encode(out, &|sink| {
        sink.put(&sim.to_be_bytes());
        apn.store(&mut |bytes| sink.put(bytes));
    })
}

/// Replaces what was written to access points by those of a record for the same SIM; without one nothing is written.
pub fn decode_access_points(record: Option<&[u8]>, sim: u32, objects: &mut Objects) {
    let stored = record
        .and_then(decode)
        .and_then(|body| body.strip_prefix(&sim.to_be_bytes()));
    for apn in &mut objects.apn {
        apn.restore(stored.unwrap_or(&[]));
    }
}

/// Objects whose instances make up the accounts. A configured account is made anew at each start, what its server set is not.
const OBJECTS: &[u16] = if BOOTSTRAP {
    &[security::ID, server::ID, access::ID]
} else {
    &[server::ID]
};
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
        encode(out, &|sink| {
            sink.put(&[self.state as u8, self.outcome as u8]);
            sink.put(&self.version.to_be_bytes());
            sink.put(&self.code.to_be_bytes());
        })
    }

    /// Reads a record.
    pub fn decode(record: &[u8]) -> Option<FirmwareRecord> {
        let [state, outcome, numbers @ ..] = decode(record)? else {
            return None;
        };
        let (version, code) = numbers.split_first_chunk()?;
        Some(FirmwareRecord {
            state: *STATES.get(usize::from(*state))?,
            outcome: *OUTCOMES.get(usize::from(*outcome))?,
            version: u32::from_be_bytes(*version),
            code: number(code) as i32,
        })
    }
}

/// Bytes of [`Basis`] and of a tag with its digest.
const BASIS: usize = 14;
const HELD: usize = 5;

/// Writes the record of the accounts; gives its length, 0 when it does not fit.
pub fn encode_accounts(basis: &Basis, objects: &mut Objects, out: &mut [u8]) -> usize {
    objects.provision(true);
    let own = &*objects;
    let length = encode(out, &|sink| {
        sink.put(&[u8::from(basis.bootstrapped), basis.operator]);
        for digest in [basis.sim, basis.made_from, basis.card] {
            sink.put(&digest.to_be_bytes());
        }
        for index in 0..ACCOUNTS {
            let (tag, held) = own
                .security
                .all()
                .get(index)
                .map_or((0, 0), |instance| (instance.tag, instance.held));
            sink.put(&[tag]);
            sink.put(&held.to_be_bytes());
        }
        if let Some(period) = own
            .statistics
            .first()
            .map(Statistics::period)
            .filter(|period| *period != 0)
        {
            sink.put(&statistics::ID.to_be_bytes());
            sink.put(&4_u16.to_be_bytes());
            sink.put(&period.to_be_bytes());
        }
        for &id in OBJECTS {
            let path = Path::object(id);
            let mut measure = Sink::new(&mut []);
            read::read(own, DEVICE, &path, Format::Tlv, &mut measure);
            sink.put(&id.to_be_bytes());
            sink.put(&(measure.total() as u16).to_be_bytes());
            read::read(own, DEVICE, &path, Format::Tlv, sink);
        }
    });
    objects.provision(false);
    length
}

/// Whether the accounts fit into their record with room for later settings.
pub fn accounts_fit(objects: &dyn Directory) -> bool {
    let mut measure = Sink::new(&mut []);
    for id in OBJECTS {
        read::read(
            objects,
            DEVICE,
            &Path::object(*id),
            Format::Tlv,
            &mut measure,
        );
    }
    measure.total() + GROWTH <= LARGEST
}

/// Replaces all accounts by those of a record; `None` leaves none. Without bootstrap: completes the configured account, which is
/// not to be used after `None`.
pub fn decode_accounts(record: &[u8], objects: &mut Objects) -> Option<Basis> {
    if BOOTSTRAP {
        objects.forget_accounts();
    }
    let basis = decode(record).and_then(|body| accounts(body, objects));
    if basis.is_none() {
        objects.forget_accounts();
    }
    basis
}

fn accounts(body: &[u8], objects: &mut Objects) -> Option<Basis> {
    let (basis, rest) = body.split_first_chunk::<BASIS>()?;
    let [bootstrapped, operator, digests @ ..] = *basis;
    let mut digests = digests.chunks(4).map(number);
    let mut held = rest;
    let mut sections = rest.get(ACCOUNTS * HELD..)?;
    while let [id_high, id_low, high, low, rest @ ..] = sections {
        let id = u16::from_be_bytes([*id_high, *id_low]);
        let length = usize::from(u16::from_be_bytes([*high, *low]));
        let section = rest.get(..length)?;
        if id == statistics::ID {
            objects
                .statistics
                .iter_mut()
                .for_each(|statistics| statistics.set_period(number(section)));
        } else if !bring(objects, id, section) {
            return None;
        }
        sections = rest.get(length..)?;
    }
    for instance in objects.security.all_mut() {
        let [tag, digest @ ..] = held else {
            return None;
        };
        instance.tag = *tag;
        instance.held = number(digest.get(..HELD - 1)?);
        held = held.get(HELD..)?;
    }
    Some(Basis {
        bootstrapped: bootstrapped != 0,
        operator,
        sim: digests.next()?,
        made_from: digests.next()?,
        card: digests.next()?,
    })
}

/// Puts one object's instances in place, as a bootstrap server would; whether that was possible.
pub fn bring(objects: &mut Objects, id: u16, tlv: &[u8]) -> bool {
    if tlv.is_empty() || id == access::ID && objects.access.is_empty() {
        // Nothing, or rights in a build that does not look at any.
        return true;
    }
    objects.provision(true);
    let brought = objects.object_mut(id).is_some_and(|object| {
        let applied = if BOOTSTRAP {
            dispatch::apply(object, &Path::object(id), Format::Tlv, tlv)
        } else {
            // The only instance, which is there.
            let path = Path::instance(id, 0);
            write(
                object,
                &path,
                Format::Tlv,
                tlv,
                Manner::Provision,
                &mut |_| (),
            )
        };
        applied.is_ok()
    });
    objects.provision(false);
    brought
}

fn number(bytes: &[u8]) -> u32 {
    bytes
        .iter()
        .fold(0, |value, byte| value << 8 | u32::from(*byte))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lwm2m::object::{Object, Phase};
    use crate::lwm2m::value::Value;
    use crate::objects::security::SecurityInstance;
    use crate::objects::server::ServerInstance;

    fn accounts_of_two() -> Objects {
        let mut objects = Objects::new();
        let bootstrap = SecurityInstance {
            bootstrap: true,
            tag: 25,
            held: 0xDEAD_BEEF,
            hold_off: 3,
            ..SecurityInstance::default()
        };
        objects
            .security
            .add(bootstrap, "coaps://bs.example", b"id", &[]);
        let server = SecurityInstance {
            id: 1,
            tag: 26,
            short_server_id: 101,
            ..SecurityInstance::default()
        };
        objects
            .security
            .add(server, "coaps://dm.example:5690", b"urn:imei:1", &[7; 16]);
        objects.server.set(ServerInstance::new(4, 101, 86_400));
        for (resource, number) in [(2, 1), (17, 3), (20, 9)] {
            let written =
                objects
                    .server
                    .write(4, resource, 0, &Value::Integer(number), Phase::Apply);
            assert_eq!(written, Ok(()));
        }
        objects
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
    fn accounts_survive_with_their_keys_until_those_are_forgotten() {
        let mut objects = accounts_of_two();
        let mut bytes = [0; LARGEST];
        let length = encode_accounts(&BASIS, &mut objects, &mut bytes);
        let mut restored = Objects::new();
        assert_eq!(
            decode_accounts(&bytes[..length], &mut restored),
            Some(BASIS)
        );
        assert_eq!(restored.security.all(), objects.security.all());
        assert_eq!(restored.server.all(), objects.server.all());
        let own = restored.security.all()[1];
        assert_eq!(
            restored.security.key(&own),
            Some((&b"urn:imei:1"[..], &[7; 16][..]))
        );
        assert!(restored.accounts_are_consistent());

        restored.security.forget_keys();
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
            assert_eq!(
                decode_accounts(&damaged[..length], &mut restored),
                None,
                "byte {index}"
            );
            assert_eq!(decode_accounts(&bytes[..index], &mut restored), None);
            assert!(restored.security.all().is_empty() && restored.server.all().is_empty());
        }
    }
}
