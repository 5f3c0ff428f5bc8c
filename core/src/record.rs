//! What survives a reset: records with a version and a checksum. A record that does not decode counts as absent.

use crate::lwm2m::format::{Format, tlv};
use crate::lwm2m::object::{DEVICE, Object, Phase};
use crate::lwm2m::path::Path;
use crate::lwm2m::sink::Sink;
use crate::objects::{Objects, server};

/// A stored record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RecordId {
    /// What the account in use was made from.
    Account,
    /// The custom server's settings.
    Server,
}

impl RecordId {
    /// All records, in the order in which they are restored.
    pub const ALL: [RecordId; 2] = [RecordId::Account, RecordId::Server];

    /// The storage id, within the library's range 0xCA00 to 0xCAFF.
    pub const fn storage_id(self) -> u16 {
        match self {
            RecordId::Account => 0xCA01,
            RecordId::Server => 0xCA18,
        }
    }
}

/// Longest record in bytes.
pub const LARGEST: usize = 64;

/// First bytes of every record: a mark that it is ours, and the layout version.
const HEAD: [u8; 2] = [0x4C, 1];
const CHECKSUM: usize = 4;

/// What the account in use was made from, as digests: the secrets themselves stay in the modem.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Account {
    /// Digest of the configured server.
    pub server: u32,
    /// Digest of the key and identity stored in the modem; 0: none.
    pub keys: u32,
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

impl Account {
    /// The record of this account.
    pub fn encode(&self, out: &mut [u8]) -> usize {
        encode(out, &|sink| {
            sink.put(&self.server.to_be_bytes());
            sink.put(&self.keys.to_be_bytes());
        })
    }

    /// The account of a record.
    pub fn decode(record: &[u8]) -> Option<Account> {
        match *decode(record)? {
            [a, b, c, d, e, f, g, h] => Some(Account {
                server: u32::from_be_bytes([a, b, c, d]),
                keys: u32::from_be_bytes([e, f, g, h]),
            }),
            _ => None,
        }
    }
}

/// The record of a session's server settings: the TLV of its instance.
pub fn encode_server(objects: &Objects, out: &mut [u8]) -> usize {
    let Some(instance) = objects.server.instance(0) else {
        return 0;
    };
    encode(out, &|sink| {
        crate::lwm2m::read::read(
            objects,
            DEVICE,
            &Path::instance(server::ID, instance),
            Format::Tlv,
            sink,
        )
    })
}

/// Applies a record of server settings to an existing instance.
pub fn decode_server(record: &[u8], server: &mut server::Server) -> Option<()> {
    let body = decode(record)?;
    let instance = server.instance(0)?;
    for phase in [Phase::Check, Phase::Apply] {
        let mut entries = tlv::Entries::new(body);
        // The short server id comes from the account.
        for entry in entries.by_ref().filter(|entry| entry.id != 0) {
            let row = server.definition().resource(entry.id)?;
            let value = tlv::value(row.kind, entry.value)?;
            server.write(instance, entry.id, 0, &value, phase).ok()?;
        }
        if !entries.is_whole() {
            return None;
        }
    }
    server.take_settings_changed();
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::objects::server::{Server, ServerInstance};

    #[test]
    fn an_account_survives_and_damage_is_seen() {
        let account = Account {
            server: 7,
            keys: 0xDEAD_BEEF,
        };
        let mut bytes = [0; LARGEST];
        let length = account.encode(&mut bytes);
        assert_eq!(Account::decode(&bytes[..length]), Some(account));
        for index in 0..length {
            let mut damaged = bytes;
            damaged[index] ^= 0x10;
            assert_eq!(Account::decode(&damaged[..length]), None, "byte {index}");
            assert_eq!(Account::decode(&bytes[..index]), None);
        }
    }

    #[test]
    fn server_settings_survive() {
        let mut objects = Objects::new();
        objects.offer(&[1]);
        let stored = ServerInstance {
            pmin: Some(1),
            pmax: Some(600),
            disable_timeout: Some(86_400),
            ..ServerInstance::new(0, 1, 86_400)
        };
        objects.server.set(stored);
        let mut bytes = [0; LARGEST];
        let length = encode_server(&objects, &mut bytes);
        assert!(length > 0);
        let mut server = Server::new();
        server.set(ServerInstance::new(0, 1, 60));
        assert_eq!(decode_server(&bytes[..length], &mut server), Some(()));
        assert_eq!(server.of_session(0), Some(&stored));
        bytes[4] ^= 1;
        assert_eq!(decode_server(&bytes[..length], &mut server), None);
    }
}
