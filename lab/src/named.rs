//! Servers of one process and their names in scripts.

use crate::dtls::DtlsConfig;
use crate::hex;
use crate::server::{Role, Server, ServerConfig, Sink};
use crate::words::Words;
use std::io;
use std::net::SocketAddr;

/// A server and what scripts call it.
pub struct Named {
    /// Letters, digits and dashes, a letter first.
    pub name: String,
    /// The server.
    pub server: Server,
}

/// What to start.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// Name in scripts.
    pub name: String,
    /// What it is for.
    pub role: Role,
    /// Plain socket.
    pub coap: Option<SocketAddr>,
    /// DTLS socket.
    pub coaps: Option<SocketAddr>,
    /// Identities and keys it accepts.
    pub keys: Vec<(String, Vec<u8>)>,
}

impl Plan {
    /// Reads `bs bootstrap coaps=127.0.0.1:0 psk=identity:0011`. The error is a sentence.
    pub fn parse(text: &str) -> Result<Plan, String> {
        let mut words = Words(text);
        let name = words.need("a server's name")?;
        if !is_name(name) {
            return Err(format!("not a name: {name}"));
        }
        let mut plan = Plan {
            name: name.into(),
            ..Plan::default()
        };
        let address = |text: &str| text.parse().map_err(|_| format!("not an address: {text}"));
        while let Some(word) = words.next() {
            match word.split_once('=') {
                None if word == "bootstrap" => plan.role = Role::Bootstrap,
                Some(("coap", at)) => plan.coap = Some(address(at)?),
                Some(("coaps", at)) => plan.coaps = Some(address(at)?),
                Some(("psk", key)) => plan.keys.push(identity_and_key(key)?),
                _ => return Err(format!("not understood: {word}")),
            }
        }
        if plan.coap.is_none() && plan.coaps.is_none() {
            return Err(format!("{name} needs coap= or coaps="));
        }
        Ok(plan)
    }

    /// Binds and starts to serve.
    pub fn start(&self, trace: Option<Sink>) -> io::Result<Named> {
        let keys = self.keys.iter();
        let keys = keys.map(|(identity, key)| (identity.clone().into_bytes(), key.clone()));
        let dtls = DtlsConfig {
            keys: keys.collect(),
            ..DtlsConfig::default()
        };
        let server = Server::start(ServerConfig {
            role: self.role,
            coap: self.coap,
            coaps: self.coaps.map(|address| (address, dtls)),
            trace,
        })?;
        Ok(Named {
            name: self.name.clone(),
            server,
        })
    }
}

/// Whether a word may name a server.
pub fn is_name(word: &str) -> bool {
    let letter = word.starts_with(|first: char| first.is_ascii_alphabetic());
    letter && word.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
}

/// Reads `identity:key`, the key in hexadecimal digits. The error is a sentence.
pub fn identity_and_key(text: &str) -> Result<(String, Vec<u8>), String> {
    // Identities hold colons themselves (urn:imei:...), keys do not.
    let (identity, key) = text.rsplit_once(':').ok_or("identity:key is needed")?;
    let key = hex::decode(key)
        .filter(|key| !key.is_empty())
        .ok_or("the key is not hexadecimal")?;
    Ok((identity.to_string(), key))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plans_are_read_and_mistakes_named() {
        let plan = Plan::parse("bs bootstrap coaps=127.0.0.1:0 psk=urn:a:0011 psk=b:22").unwrap();
        assert_eq!((plan.name.as_str(), plan.role), ("bs", Role::Bootstrap));
        assert_eq!(plan.coaps, "127.0.0.1:0".parse().ok());
        let keys = [("urn:a".into(), vec![0, 0x11]), ("b".into(), vec![0x22])];
        assert_eq!(plan.keys, keys);
        for (text, message) in [
            ("", "a server's name is missing"),
            ("1 coap=127.0.0.1:0", "not a name: 1"),
            ("dm", "dm needs coap= or coaps="),
            ("dm coap=localhost", "not an address: localhost"),
            ("dm coap=127.0.0.1:0 psk=a", "identity:key is needed"),
            ("dm coap=127.0.0.1:0 boot", "not understood: boot"),
        ] {
            assert_eq!(Plan::parse(text).err().as_deref(), Some(message));
        }
    }
}
