//! Name lookup: a host table, numeric addresses and `localhost`; nothing is ever asked of a real name server.
//!
//! The table comes from `VIRTUAL_MODEM_HOSTS`: `name=address` pairs separated by commas, a name may stand several times.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use super::layout::{self, LookupError};
use super::network::{lock, network};
use crate::clock::clock;
use crate::errno::{NRF_ENETUNREACH, set_nrf_errno};
use crate::seam;

/// `NRF_AI_CANONNAME`.
pub const AI_CANONNAME: i32 = 0x02;
/// `NRF_AI_NUMERICSERV`.
pub const AI_NUMERICSERV: i32 = 0x400;
/// `NRF_AI_PDNSERV`.
pub const AI_PDNSERV: i32 = 0x1000;

/// Host table and faults.
#[derive(Debug, Default)]
pub struct Lookup {
    hosts: Vec<(String, IpAddr)>,
    /// Names (or `*`) and what their lookup fails with.
    pub failures: Vec<(String, LookupError)>,
    /// Simulated time a lookup takes, ms.
    pub delay_ms: i64,
}

/// What is asked for; zeros where the caller does not mind.
#[derive(Clone, Copy, Debug, Default)]
pub struct Hints {
    /// Flags `AI_*`.
    pub flags: i32,
    /// Family.
    pub family: i32,
    /// Socket type.
    pub socktype: i32,
    /// Protocol.
    pub protocol: i32,
}

impl Lookup {
    /// The table of `VIRTUAL_MODEM_HOSTS`; an entry that cannot be read is reported on standard error.
    pub fn from_environment() -> Lookup {
        let text = std::env::var("VIRTUAL_MODEM_HOSTS").unwrap_or_default();
        let mut lookup = Lookup::default();
        for entry in text
            .split(',')
            .map(str::trim)
            .filter(|entry| !entry.is_empty())
        {
            if lookup.add(entry).is_none() {
                eprintln!("virtual-modem: VIRTUAL_MODEM_HOSTS: {entry} is not name=address");
            }
        }
        lookup
    }

    /// Adds `name=address`.
    pub fn add(&mut self, entry: &str) -> Option<()> {
        let (name, address) = entry.split_once('=')?;
        let address = address.trim_matches(['[', ']']).parse().ok()?;
        self.hosts.push((name.to_ascii_lowercase(), address));
        Some(())
    }

    /// All addresses of a name, IPv6 first.
    fn addresses(&self, name: &str) -> Result<Vec<IpAddr>, LookupError> {
        let lower = name.to_ascii_lowercase();
        if let Some(failure) = self
            .failures
            .iter()
            .find(|failure| failure.0 == "*" || failure.0 == lower)
        {
            return Err(failure.1);
        }
        let mut found: Vec<_> = self
            .hosts
            .iter()
            .filter(|host| host.0 == lower)
            .map(|host| host.1)
            .collect();
        if found.is_empty() {
            found = match lower.parse::<IpAddr>() {
                Ok(address) => vec![address],
                Err(_) if lower == "localhost" => {
                    vec![Ipv6Addr::LOCALHOST.into(), Ipv4Addr::LOCALHOST.into()]
                }
                Err(_) => return Err(LookupError::NoName),
            };
        }
        found.sort_by_key(IpAddr::is_ipv4);
        Ok(found)
    }
}

/// Looks a name up over the packet data connection named in the service text. Waits for the set delay.
pub fn resolve(
    node: Option<&str>,
    service: Option<&str>,
    hints: Hints,
) -> Result<Vec<SocketAddr>, LookupError> {
    if hints.flags & !(AI_CANONNAME | AI_NUMERICSERV | AI_PDNSERV) != 0 {
        return Err(LookupError::BadFlags);
    }
    let v6_wanted = match hints.family {
        layout::AF_UNSPEC => None,
        layout::AF_INET => Some(false),
        layout::AF_INET6 => Some(true),
        _ => return Err(LookupError::Family),
    };
    if !matches!(hints.socktype, 0 | layout::SOCK_STREAM | layout::SOCK_DGRAM) {
        return Err(LookupError::SocketType);
    }
    let (port, pdn_id) = parse_service(service.unwrap_or_default(), hints.flags)?;
    let node = node.ok_or(LookupError::NoName)?;
    let pdns = seam::modem().pdns();
    let pdn = match pdn_id {
        Some(id) => pdns.into_iter().find(|pdn| pdn.id == id),
        None => pdns.into_iter().next(),
    };
    let Some(pdn) = pdn else {
        set_nrf_errno(NRF_ENETUNREACH);
        return Err(LookupError::System);
    };
    let (delay_ms, found) = {
        let lookup = lock(&network().lookup);
        (lookup.delay_ms, lookup.addresses(node))
    };
    clock().sleep_ms(delay_ms);
    let granted = |address: &IpAddr| {
        if address.is_ipv6() {
            pdn.ipv6.is_some()
        } else {
            pdn.ipv4.is_some()
        }
    };
    let wanted =
        |address: &IpAddr| v6_wanted.map_or_else(|| granted(address), |v6| v6 == address.is_ipv6());
    let addresses: Vec<_> = found?
        .into_iter()
        .filter(wanted)
        .map(|address| SocketAddr::new(address, port))
        .collect();
    if addresses.is_empty() {
        Err(LookupError::NoData)
    } else {
        Ok(addresses)
    }
}

/// Port and PDN id of a service text: `<port>`, `pdn<id>`, or `<port>:<id>`, depending on the flags.
fn parse_service(text: &str, flags: i32) -> Result<(u16, Option<u8>), LookupError> {
    let port = |text: &str| text.parse::<u16>().map_err(|_| LookupError::Service);
    let id = |text: &str| {
        text.parse::<u8>()
            .map(Some)
            .map_err(|_| LookupError::Service)
    };
    match (flags & AI_PDNSERV != 0, flags & AI_NUMERICSERV != 0) {
        (true, true) => {
            let (left, right) = text.split_once(':').ok_or(LookupError::Service)?;
            Ok((port(left)?, id(right)?))
        }
        (true, false) => Ok((
            0,
            id(text.strip_prefix("pdn").ok_or(LookupError::Service)?)?,
        )),
        (false, _) if text.is_empty() => Ok((0, None)),
        (false, _) => Ok((port(text)?, None)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_service_forms_name_the_connection() {
        assert_eq!(parse_service("pdn3", AI_PDNSERV), Ok((0, Some(3))));
        assert_eq!(
            parse_service("5684:1", AI_PDNSERV | AI_NUMERICSERV),
            Ok((5684, Some(1)))
        );
        assert_eq!(parse_service("5684", AI_NUMERICSERV), Ok((5684, None)));
        assert_eq!(parse_service("", 0), Ok((0, None)));
        assert_eq!(parse_service("coap", 0), Err(LookupError::Service));
        assert_eq!(parse_service("5684", AI_PDNSERV), Err(LookupError::Service));
        assert_eq!(
            parse_service("65536:0", AI_PDNSERV | AI_NUMERICSERV),
            Err(LookupError::Service)
        );
    }

    #[test]
    fn the_table_comes_before_everything_else() {
        let mut lookup = Lookup::default();
        lookup.add("LwM2M.example=127.0.0.1").unwrap();
        lookup.add("lwm2m.example=[::1]").unwrap();
        lookup.add("localhost=192.0.2.1").unwrap();
        assert!(lookup.add("nonsense").is_none());
        let one = |name: &str| {
            lookup
                .addresses(name)
                .map(|found| found.iter().map(ToString::to_string).collect::<Vec<_>>())
        };
        assert_eq!(one("lwm2m.EXAMPLE").unwrap(), ["::1", "127.0.0.1"]);
        assert_eq!(one("localhost").unwrap(), ["192.0.2.1"]);
        assert_eq!(one("2001:db8::1").unwrap(), ["2001:db8::1"]);
        assert_eq!(one("example.com"), Err(LookupError::NoName));
    }
}
