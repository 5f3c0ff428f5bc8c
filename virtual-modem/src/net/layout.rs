//! Numbers and memory layouts of the socket interface that differ between generations of the modem library.
//!
//! Addresses are read and written byte by byte; numbers inside are in the byte order of the machine, except port and
//! address, which are in network order.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV6};

use crate::seam::Generation;

/// `NRF_AF_UNSPEC`.
pub const AF_UNSPEC: i32 = 0;
/// `NRF_AF_INET`.
pub const AF_INET: i32 = 1;
/// `NRF_AF_INET6`.
pub const AF_INET6: i32 = 2;
/// `NRF_SOCK_STREAM`.
pub const SOCK_STREAM: i32 = 1;
/// `NRF_SOCK_DGRAM`.
pub const SOCK_DGRAM: i32 = 2;
/// `NRF_IPPROTO_TCP`.
pub const PROTO_TCP: i32 = 6;
/// `NRF_IPPROTO_UDP`.
pub const PROTO_UDP: i32 = 17;
/// `NRF_SPROTO_DTLS1v2`.
pub const PROTO_DTLS12: i32 = 273;

/// What a socket option means, whatever its number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are those of the options")]
pub enum Meaning {
    ReuseAddress,
    Error,
    ReceiveTimeout,
    SendTimeout,
    SilenceAll,
    EchoReply,
    EchoReplyV6,
    KeepOpen,
    ReleaseAssistance,
    BindToDevice,
    BindToPdn,
    Role,
    SecTagList,
    SessionCache,
    PeerVerify,
    Hostname,
    CipherSuiteList,
    CipherSuiteUsed,
    HandshakeTimeout,
    SessionCachePurge,
}

const LEVEL_SOCKET: i32 = 1;
const LEVEL_SECURE: i32 = 282;

/// The meaning of option `number` of `level` in a generation; `None` when it has no such option.
pub fn option(generation: Generation, level: i32, number: i32) -> Option<Meaning> {
    use Generation::{A, B, C, D};
    use Meaning::*;
    Some(match (level, number, generation) {
        (LEVEL_SOCKET, 2, _) => ReuseAddress,
        (LEVEL_SOCKET, 4, _) => Error,
        (LEVEL_SOCKET, 20, _) => ReceiveTimeout,
        (LEVEL_SOCKET, 21, _) => SendTimeout,
        (LEVEL_SOCKET, 25, A | B) => BindToDevice,
        (LEVEL_SOCKET, 30, _) => SilenceAll,
        (LEVEL_SOCKET, 31, _) => EchoReply,
        (LEVEL_SOCKET, 32, _) => EchoReplyV6,
        (LEVEL_SOCKET, 34, D) => KeepOpen,
        (LEVEL_SOCKET, 40, C | D) => BindToPdn,
        (LEVEL_SOCKET, 50..=54, A | B | C) => ReleaseAssistance,
        (LEVEL_SOCKET, 61, D) => ReleaseAssistance,
        (LEVEL_SECURE, 1, A) => Role,
        (LEVEL_SECURE, 2, A) => SecTagList,
        (LEVEL_SECURE, 3, A) => SessionCache,
        (LEVEL_SECURE, 4, A) => PeerVerify,
        (LEVEL_SECURE, 5, A) => Hostname,
        (LEVEL_SECURE, 6, A) => CipherSuiteList,
        (LEVEL_SECURE, 8, A) => HandshakeTimeout,
        (LEVEL_SECURE, 9, A) => SessionCachePurge,
        (LEVEL_SECURE, 1, _) => SecTagList,
        (LEVEL_SECURE, 2, _) => Hostname,
        (LEVEL_SECURE, 3, B | C | D) => CipherSuiteList,
        (LEVEL_SECURE, 4, B | C | D) => CipherSuiteUsed,
        (LEVEL_SECURE, 5, B | C | D) => PeerVerify,
        (LEVEL_SECURE, 6, B | C | D) => Role,
        (LEVEL_SECURE, 12, B | C | D) => SessionCache,
        (LEVEL_SECURE, 13, B | C | D) => SessionCachePurge,
        (LEVEL_SECURE, 14, B | C | D) => HandshakeTimeout,
        _ => return None,
    })
}

/// Session cache and handshake time limit (s, 0 for none) of a new socket: the documented defaults changed.
pub fn secure_defaults(generation: Generation) -> (bool, u32) {
    match generation {
        Generation::A | Generation::B => (true, 123),
        Generation::C | Generation::D => (false, 0),
    }
}

/// Failure of a name lookup.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LookupError {
    /// Temporary failure.
    Again,
    /// Bad flags.
    BadFlags,
    /// Permanent failure.
    Fail,
    /// Family not supported.
    Family,
    /// Out of memory.
    Memory,
    /// The name has no address of this family.
    NoData,
    /// Unknown name.
    NoName,
    /// Service text not understood.
    Service,
    /// Socket type not supported.
    SocketType,
    /// See `errno`.
    System,
}

/// The number `nrf_getaddrinfo` answers in a generation.
pub fn lookup_error(generation: Generation, error: LookupError) -> i32 {
    // Generation A is not consistent in itself: 277 is the system error of 2.0.x, after 276 for "in progress".
    let (first, later) = match error {
        LookupError::Again => (258, -3),
        LookupError::BadFlags => (259, -1),
        LookupError::Fail => (260, -4),
        LookupError::Family => (270, -6),
        LookupError::Memory => (271, -10),
        LookupError::NoData => (272, -5),
        LookupError::NoName => (273, -2),
        LookupError::Service => (274, -8),
        LookupError::SocketType => (275, -7),
        LookupError::System => (277, -11),
    };
    if generation == Generation::A {
        first
    } else {
        later
    }
}

/// Why an address was not understood.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AddressError {
    /// Fewer bytes than its structure has.
    TooShort,
    /// Not INET or INET6.
    Family,
}

/// Offsets of one address structure.
struct Layout {
    size: usize,
    family: usize,
    family_width: usize,
    port: usize,
    address: usize,
    scope: Option<(usize, usize)>,
    length_byte: bool,
}

fn layout(generation: Generation, v6: bool) -> Layout {
    let (size, family, family_width, port, address, scope, length_byte) = match (generation, v6) {
        (Generation::A | Generation::B, false) => (16, 4, 4, 8, 12, None, true),
        (Generation::A | Generation::B, true) => (36, 4, 4, 8, 16, Some((32, 4)), true),
        (Generation::C, false) => (12, 0, 4, 4, 8, None, false),
        (Generation::C, true) => (32, 0, 4, 4, 12, Some((28, 4)), false),
        (Generation::D, false) => (8, 0, 2, 2, 4, None, false),
        (Generation::D, true) => (22, 0, 2, 2, 4, Some((20, 1)), false),
    };
    Layout {
        size,
        family,
        family_width,
        port,
        address,
        scope,
        length_byte,
    }
}

/// Size of the address structure of a family.
pub fn address_size(generation: Generation, v6: bool) -> usize {
    layout(generation, v6).size
}

/// Reads an address structure.
pub fn read_address(generation: Generation, bytes: &[u8]) -> Result<SocketAddr, AddressError> {
    let any = layout(generation, false);
    let family = match (
        any.family_width,
        bytes.get(any.family..any.family + any.family_width),
    ) {
        (4, Some(&[a, b, c, d])) => i32::from_ne_bytes([a, b, c, d]),
        (2, Some(&[a, b])) => i32::from(u16::from_ne_bytes([a, b])),
        _ => return Err(AddressError::TooShort),
    };
    let v6 = match family {
        AF_INET => false,
        AF_INET6 => true,
        _ => return Err(AddressError::Family),
    };
    let at = layout(generation, v6);
    if bytes.len() < at.size {
        return Err(AddressError::TooShort);
    }
    let port = u16::from_be_bytes([bytes[at.port], bytes[at.port + 1]]);
    let mut octets = [0; 16];
    let width = if v6 { 16 } else { 4 };
    octets[..width].copy_from_slice(&bytes[at.address..at.address + width]);
    if v6 {
        let scope = match at.scope {
            Some((offset, 1)) => u32::from(bytes[offset]),
            Some((offset, _)) => u32::from_ne_bytes([
                bytes[offset],
                bytes[offset + 1],
                bytes[offset + 2],
                bytes[offset + 3],
            ]),
            None => 0,
        };
        return Ok(SocketAddr::V6(SocketAddrV6::new(
            Ipv6Addr::from(octets),
            port,
            0,
            scope,
        )));
    }
    Ok(SocketAddr::new(
        IpAddr::V4(Ipv4Addr::new(octets[0], octets[1], octets[2], octets[3])),
        port,
    ))
}

/// The address structure of `address`.
pub fn write_address(generation: Generation, address: SocketAddr) -> Vec<u8> {
    let at = layout(generation, address.is_ipv6());
    let mut bytes = vec![0; at.size];
    if at.length_byte {
        bytes[0] = at.size as u8;
    }
    let family = if address.is_ipv6() { AF_INET6 } else { AF_INET };
    match at.family_width {
        2 => bytes[at.family..at.family + 2].copy_from_slice(&(family as u16).to_ne_bytes()),
        _ => bytes[at.family..at.family + 4].copy_from_slice(&family.to_ne_bytes()),
    }
    bytes[at.port..at.port + 2].copy_from_slice(&address.port().to_be_bytes());
    match address {
        SocketAddr::V4(v4) => bytes[at.address..at.address + 4].copy_from_slice(&v4.ip().octets()),
        SocketAddr::V6(v6) => {
            bytes[at.address..at.address + 16].copy_from_slice(&v6.ip().octets());
            match at.scope {
                Some((offset, 1)) => bytes[offset] = v6.scope_id() as u8,
                Some((offset, _)) => {
                    bytes[offset..offset + 4].copy_from_slice(&v6.scope_id().to_ne_bytes())
                }
                None => {}
            }
        }
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [Generation; 4] = [Generation::A, Generation::B, Generation::C, Generation::D];

    #[test]
    fn addresses_come_back_in_every_generation() {
        for generation in ALL {
            for text in ["192.0.2.7:5684", "[2001:db8::7]:5683"] {
                let address: SocketAddr = text.parse().unwrap();
                let bytes = write_address(generation, address);
                assert_eq!(bytes.len(), address_size(generation, address.is_ipv6()));
                assert_eq!(read_address(generation, &bytes), Ok(address));
                assert_eq!(
                    read_address(generation, &bytes[..bytes.len() - 1]),
                    Err(AddressError::TooShort)
                );
            }
            assert_eq!(
                read_address(generation, &[0; 36]),
                Err(AddressError::Family)
            );
        }
    }

    #[test]
    fn bytes_of_generation_a_and_d() {
        let v4 = "192.0.2.7:5684".parse().unwrap();
        assert_eq!(
            write_address(Generation::A, v4),
            [16, 0, 0, 0, 1, 0, 0, 0, 0x16, 0x34, 0, 0, 192, 0, 2, 7]
        );
        assert_eq!(
            write_address(Generation::D, v4),
            [1, 0, 0x16, 0x34, 192, 0, 2, 7]
        );
        let v6 = SocketAddr::V6(SocketAddrV6::new("fe80::1".parse().unwrap(), 1, 0, 5));
        let bytes = write_address(Generation::A, v6);
        assert_eq!(
            (bytes[0], bytes[4], &bytes[8..10], &bytes[16..18], bytes[32]),
            (36, 2, &[0, 1][..], &[0xfe, 0x80][..], 5)
        );
        let bytes = write_address(Generation::D, v6);
        assert_eq!(
            (&bytes[..6], bytes[19], bytes[20], bytes.len()),
            (&[2, 0, 0, 1, 0xfe, 0x80][..], 1, 5, 22)
        );
    }

    #[test]
    fn option_two_of_the_secure_level_changed_its_meaning() {
        assert_eq!(option(Generation::A, 282, 2), Some(Meaning::SecTagList));
        assert_eq!(option(Generation::B, 282, 2), Some(Meaning::Hostname));
        assert_eq!(option(Generation::A, 282, 12), None);
        assert_eq!(option(Generation::C, 1, 25), None);
        assert_eq!(option(Generation::D, 1, 34), Some(Meaning::KeepOpen));
    }
}
