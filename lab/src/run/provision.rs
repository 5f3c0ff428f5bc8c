//! Defining and writing accounts, also those of the other servers of this process.

use super::Runner;
use crate::account::{Instance, NO_SEC, PSK, SECURITY, SERVER, write_object};
use crate::bootstrap::Provisioning;
use crate::hex;
use crate::named::Named;
use crate::request::Request;
use crate::script::{Account, Definition, Put, Sequence};
use crate::server::Role;
use crate::value::Value;

/// Short server id of the first management server when none is given.
const FIRST_SHORT_SERVER_ID: u16 = 101;
/// Instance 0 of the Security object is that of the bootstrap server in most devices, so others begin here.
const FIRST_SECURITY_INSTANCE: u16 = 1;
/// Lifetime of an account when none is given, in seconds.
const LIFETIME: u32 = 300;

impl Runner<'_> {
    pub(super) fn define(&mut self, definition: &Definition) -> Result<String, String> {
        match definition {
            Definition::Clear => self.instances.clear(),
            Definition::Resources(instance, without) => {
                self.merge(instance);
                let place = self.place(instance);
                for resource in without {
                    let instance =
                        std::mem::replace(&mut self.instances[place], Instance::new(0, 0));
                    self.instances[place] = instance.without(*resource);
                }
            }
            Definition::Account(account) => return self.account(account),
        }
        Ok(String::new())
    }

    pub(super) fn bootstrap(&mut self, sequence: &Sequence) -> Result<String, String> {
        let mut servers = sequence.servers.clone();
        if servers.is_empty() && self.instances.is_empty() {
            let management = self.servers.iter().filter(|named| !is_bootstrap(named));
            servers = management.map(|named| named.name.clone()).collect();
        }
        if !servers.is_empty() {
            self.instances.clear();
        }
        for name in servers {
            self.account(&Account {
                name,
                ..Account::default()
            })?;
        }
        let provisioning = Provisioning {
            delete: sequence.delete.clone(),
            instances: self.instances.clone(),
            block1: sequence.block1,
            finish: sequence.finish,
        };
        let replies = self.server().provision(&provisioning);
        let replies = replies.map_err(|wrong| wrong.to_string())?;
        if let Some(last) = replies.last() {
            self.keep(last);
        }
        Ok(format!("{} requests", replies.len()))
    }

    /// The request of a `put` with what is defined.
    pub(super) fn filled(&self, put: &Put) -> Result<Request, String> {
        let nothing = || format!("nothing is defined for {}", put.path);
        let [object, rest @ ..] = &put.path.0[..] else {
            return Err(nothing());
        };
        let instance = |id: u16| {
            let mut own = self.instances.iter();
            own.find(|known| (known.object, known.id) == (*object, id))
                .ok_or_else(nothing)
        };
        let request = match *rest {
            [] => {
                if !self.instances.iter().any(|known| known.object == *object) {
                    return Err(nothing());
                }
                write_object(*object, &self.instances)
            }
            [id] => instance(id)?.write(),
            [id, resource, ..] => {
                let request = instance(id)?.write_resource(resource, put.format);
                request.ok_or_else(nothing)?
            }
        };
        Ok(Request {
            payload: request.payload,
            format: request.format,
            ..put.request.clone()
        })
    }

    /// Defines the instances of a server of this process, which from now on takes the account's identity and key only.
    fn account(&mut self, account: &Account) -> Result<String, String> {
        let index = self.index(&account.name)?;
        let named = &self.servers[index];
        let is_management = !is_bootstrap(named);
        let uris = named.server.uris();
        // DTLS where there is a choice; it is the last one.
        let uri = uris.last().ok_or("the server has no socket")?;
        let is_secure = uri.starts_with("coaps:");
        let mode = if is_secure { PSK } else { NO_SEC };
        let place = self.servers[..index]
            .iter()
            .filter(|named| !is_bootstrap(named));
        let short_server_id = account
            .short_server_id
            .unwrap_or(FIRST_SHORT_SERVER_ID + place.count() as u16);
        let security_id = account.security.unwrap_or_else(|| match is_management {
            true => self.free(SECURITY, FIRST_SECURITY_INSTANCE),
            false => 0,
        });
        let server_id = account.server.unwrap_or_else(|| self.free(SERVER, 0));

        let mut security = Instance::security(security_id, uri, mode, "", &[]);
        if is_management {
            security = security.set(10, Value::Integer(short_server_id.into()));
        } else {
            security = security.of_bootstrap_server();
        }
        if is_secure {
            let (identity, key) = credentials(named)?;
            security = security
                .set(3, Value::Opaque(identity))
                .set(5, Value::Opaque(key));
        }
        for entry in &account.security_resources {
            security = security.put(entry.clone());
        }
        let bytes = |resource| security.value(resource).map(|value| value.to_bytes());
        let (identity, key) = (bytes(3).unwrap_or_default(), bytes(5).unwrap_or_default());
        if is_secure {
            let keys = [(identity.as_slice(), key.as_slice())];
            let demanded = named.server.set_keys(&keys);
            demanded.map_err(|error| error.to_string())?;
        }
        let note = format!(
            "/0/{security_id} {uri} identity {} key {}",
            String::from_utf8_lossy(&identity),
            hex::encode(&key)
        );
        self.merge(&security);
        if is_management {
            let mut server = Instance::server(server_id, short_server_id, LIFETIME);
            for entry in &account.server_resources {
                server = server.put(entry.clone());
            }
            self.merge(&server);
        }
        Ok(note)
    }

    /// Sets the resources of an instance, which may be there already.
    fn merge(&mut self, instance: &Instance) {
        let place = self.place(instance);
        for entry in &instance.resources {
            let known = std::mem::replace(&mut self.instances[place], Instance::new(0, 0));
            self.instances[place] = known.put(entry.clone());
        }
    }

    /// Where the instance with this object and id stands; it is added when it is new.
    fn place(&mut self, instance: &Instance) -> usize {
        let same = |known: &Instance| (known.object, known.id) == (instance.object, instance.id);
        self.instances.iter().position(same).unwrap_or_else(|| {
            self.instances
                .push(Instance::new(instance.object, instance.id));
            self.instances.len() - 1
        })
    }

    fn free(&self, object: u16, first: u16) -> u16 {
        let taken = |id: &u16| {
            let mut known = self.instances.iter();
            known.any(|instance| (instance.object, instance.id) == (object, *id))
        };
        (first..u16::MAX).find(|id| !taken(id)).unwrap_or(u16::MAX)
    }
}

fn is_bootstrap(named: &Named) -> bool {
    named.server.role() == Role::Bootstrap
}

/// The server's identity and key, the first in alphabetical order when there are several, fresh ones when there are none.
fn credentials(named: &Named) -> Result<(Vec<u8>, Vec<u8>), String> {
    if let Some(known) = named.server.keys().into_iter().min() {
        return Ok(known);
    }
    let mut random = [0; 20];
    openssl::rand::rand_bytes(&mut random).map_err(|error| error.to_string())?;
    let (suffix, key) = random.split_at(4);
    let identity = format!("{}-{}", named.name, hex::encode(suffix));
    Ok((identity.into_bytes(), key.to_vec()))
}
