//! The numbers of the modem library that changed between its releases, as one table the archive reads instead of constants.
//! Wrong ones still compile: option 2 means "security tags" in release 2.0 and "host name" from 2.1 on. The archive brings the table of
//! generation A as weak data; whoever builds against a newer release defines `lwm2m_carrier_modem_abi` from that release's headers.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use super::nrf::{NRF_AF_INET, NRF_AF_INET6};

/// Numbers of the modem library that differ between its releases. Offsets and sizes are in bytes.
#[repr(C)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ModemAbi {
    /// Which set of numbers: 1 nrf_modem 2.0, 2 releases 2.1 to 2.4, 3 release 2.5, 4 releases from 2.6. Informative.
    pub generation: i32,
    /// Option: list of security tags.
    pub so_sec_tag_list: i32,
    /// Option: verification of the peer.
    pub so_sec_peer_verify: i32,
    /// Option: host name of the peer.
    pub so_sec_hostname: i32,
    /// Option: session cache.
    pub so_sec_session_cache: i32,
    /// Option: list of cipher suites.
    pub so_sec_ciphersuite_list: i32,
    /// Option: time limit of the DTLS handshake.
    pub so_sec_dtls_handshake_timeo: i32,
    /// Option: DTLS connection id; 0 when the release has none.
    pub so_sec_dtls_cid: i32,
    /// Option: binding a socket to a packet data network.
    pub so_bind_to_pdn: i32,
    /// What that option takes: 0 the text "pdn" with the number, 1 the number as an int.
    pub bind_to_pdn_is_int: i32,
    /// Whether the first byte of an address is its length: 0 or 1.
    pub sockaddr_has_len: i32,
    /// Offset of the address family.
    pub family_offset: i32,
    /// Width of the address family: 2 or 4.
    pub family_width: i32,
    /// Size of an IPv4 address structure.
    pub sockaddr_in_size: i32,
    /// Offset of its port.
    pub sin_port_offset: i32,
    /// Offset of its address.
    pub sin_addr_offset: i32,
    /// Size of an IPv6 address structure.
    pub sockaddr_in6_size: i32,
    /// Offset of its port.
    pub sin6_port_offset: i32,
    /// Offset of its address.
    pub sin6_addr_offset: i32,
    /// Offset of its scope id.
    pub sin6_scope_id_offset: i32,
    /// Width of its scope id: 1 or 4.
    pub sin6_scope_id_width: i32,
}

unsafe extern "C" {
    /// The table the library uses. The archive defines it weakly for nrf_modem 2.0.x; define it to build against another release.
    pub safe static lwm2m_carrier_modem_abi: ModemAbi;
}

impl ModemAbi {
    /// nrf_modem 2.0.x.
    pub const A: Self = Self {
        generation: 1,
        so_sec_tag_list: 2,
        so_sec_peer_verify: 4,
        so_sec_hostname: 5,
        so_sec_session_cache: 3,
        so_sec_ciphersuite_list: 6,
        so_sec_dtls_handshake_timeo: 8,
        so_sec_dtls_cid: 0,
        so_bind_to_pdn: 25,
        bind_to_pdn_is_int: 0,
        sockaddr_has_len: 1,
        family_offset: 4,
        family_width: 4,
        sockaddr_in_size: 16,
        sin_port_offset: 8,
        sin_addr_offset: 12,
        sockaddr_in6_size: 36,
        sin6_port_offset: 8,
        sin6_addr_offset: 16,
        sin6_scope_id_offset: 32,
        sin6_scope_id_width: 4,
    };

    /// nrf_modem 2.1 to 2.4: the options renumbered. The connection id came with 2.4; older ones refuse the option.
    pub const B: Self = Self {
        generation: 2,
        so_sec_tag_list: 1,
        so_sec_peer_verify: 5,
        so_sec_hostname: 2,
        so_sec_session_cache: 12,
        so_sec_ciphersuite_list: 3,
        so_sec_dtls_handshake_timeo: 14,
        so_sec_dtls_cid: 15,
        ..Self::A
    };

    /// nrf_modem 2.5: addresses without a length byte, sockets bound by number.
    pub const C: Self = Self {
        generation: 3,
        so_bind_to_pdn: 40,
        bind_to_pdn_is_int: 1,
        sockaddr_has_len: 0,
        family_offset: 0,
        sockaddr_in_size: 12,
        sin_port_offset: 4,
        sin_addr_offset: 8,
        sockaddr_in6_size: 32,
        sin6_port_offset: 4,
        sin6_addr_offset: 12,
        sin6_scope_id_offset: 28,
        ..Self::B
    };

    /// nrf_modem 2.6 and later: narrow family and scope id.
    pub const D: Self = Self {
        generation: 4,
        family_width: 2,
        sockaddr_in_size: 8,
        sin_port_offset: 2,
        sin_addr_offset: 4,
        sockaddr_in6_size: 22,
        sin6_port_offset: 2,
        sin6_addr_offset: 4,
        sin6_scope_id_offset: 20,
        sin6_scope_id_width: 1,
        ..Self::C
    };

    /// Lays an address out as this release expects it.
    pub fn encode(&self, address: SocketAddr) -> Sockaddr {
        let (size, port_offset) = match address {
            SocketAddr::V4(_) => (self.sockaddr_in_size, self.sin_port_offset),
            SocketAddr::V6(_) => (self.sockaddr_in6_size, self.sin6_port_offset),
        };
        let mut sockaddr = Sockaddr {
            bytes: [0; SOCKADDR_MAX],
            len: size.clamp(0, SOCKADDR_MAX as i32) as u32,
        };
        if self.sockaddr_has_len != 0 {
            sockaddr.put(0, 1, size as u32);
        }
        let family = if address.is_ipv4() {
            NRF_AF_INET
        } else {
            NRF_AF_INET6
        };
        sockaddr.put(self.family_offset, self.family_width, family as u32);
        sockaddr.put_bytes(port_offset, &address.port().to_be_bytes());
        match address {
            SocketAddr::V4(v4) => sockaddr.put_bytes(self.sin_addr_offset, &v4.ip().octets()),
            SocketAddr::V6(v6) => {
                sockaddr.put_bytes(self.sin6_addr_offset, &v6.ip().octets());
                sockaddr.put(
                    self.sin6_scope_id_offset,
                    self.sin6_scope_id_width,
                    v6.scope_id(),
                );
            }
        }
        sockaddr
    }

    /// Reads an address as this release lays it out. None when it is too short or of another family.
    pub fn decode(&self, bytes: &[u8]) -> Option<SocketAddr> {
        let family = number(bytes, self.family_offset, self.family_width)? as i32;
        if family == NRF_AF_INET {
            let octets: [u8; 4] = field(bytes, self.sin_addr_offset)?;
            let port: [u8; 2] = field(bytes, self.sin_port_offset)?;
            let ip = IpAddr::V4(Ipv4Addr::from(octets));
            Some(SocketAddr::new(ip, u16::from_be_bytes(port)))
        } else if family == NRF_AF_INET6 {
            let octets: [u8; 16] = field(bytes, self.sin6_addr_offset)?;
            let port: [u8; 2] = field(bytes, self.sin6_port_offset)?;
            let scope = number(bytes, self.sin6_scope_id_offset, self.sin6_scope_id_width)?;
            let mut address =
                SocketAddr::new(IpAddr::V6(Ipv6Addr::from(octets)), u16::from_be_bytes(port));
            if let SocketAddr::V6(v6) = &mut address {
                v6.set_scope_id(scope);
            }
            Some(address)
        } else {
            None
        }
    }
}

/// Room for the largest address structure of any release.
pub(crate) const SOCKADDR_MAX: usize = 36;

/// An address structure as bytes, aligned for the modem library.
#[repr(C, align(4))]
#[derive(Debug, Clone, Copy)]
pub struct Sockaddr {
    bytes: [u8; SOCKADDR_MAX],
    len: u32,
}

impl Sockaddr {
    /// Start of the structure.
    pub fn as_ptr(&self) -> *const u8 {
        self.bytes.as_ptr()
    }

    /// The bytes of the structure.
    pub fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..self.len as usize).unwrap_or_default()
    }

    /// Number of bytes.
    pub fn size(&self) -> u32 {
        self.len
    }

    fn put_bytes(&mut self, offset: i32, value: &[u8]) {
        let offset = offset as usize;
        if let Some(slot) = self
            .bytes
            .get_mut(offset..offset.saturating_add(value.len()))
        {
            slot.copy_from_slice(value);
        }
    }

    /// Writes a number of one, two or four bytes in the processor's order.
    fn put(&mut self, offset: i32, width: i32, value: u32) {
        match width {
            1 => self.put_bytes(offset, &[value as u8]),
            2 => self.put_bytes(offset, &(value as u16).to_ne_bytes()),
            _ => self.put_bytes(offset, &value.to_ne_bytes()),
        }
    }
}

fn field<const N: usize>(bytes: &[u8], offset: i32) -> Option<[u8; N]> {
    bytes.get(offset as usize..)?.first_chunk().copied()
}

/// Reads a number of one, two or four bytes in the processor's order.
fn number(bytes: &[u8], offset: i32, width: i32) -> Option<u32> {
    Some(match width {
        1 => u32::from(*bytes.get(offset as usize)?),
        2 => u32::from(u16::from_ne_bytes(field(bytes, offset)?)),
        _ => u32::from_ne_bytes(field(bytes, offset)?),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [ModemAbi; 4] = [ModemAbi::A, ModemAbi::B, ModemAbi::C, ModemAbi::D];

    #[test]
    fn addresses_survive_the_round_trip_in_every_generation() {
        for abi in ALL {
            for text in ["192.0.2.1:5683", "[2001:db8::1]:5684", "[fe80::1%3]:1"] {
                let address: SocketAddr = text.parse().unwrap();
                assert_eq!(abi.decode(abi.encode(address).as_bytes()), Some(address));
            }
        }
    }

    #[test]
    fn generation_a_has_length_byte_and_wide_family() {
        let sockaddr = ModemAbi::A.encode("192.0.2.1:5683".parse().unwrap());
        let family = 1_u32.to_ne_bytes();
        let expected = [
            &[16, 0, 0, 0][..],
            &family,
            &[0x16, 0x33, 0, 0, 192, 0, 2, 1],
        ]
        .concat();
        assert_eq!(sockaddr.as_bytes(), expected);
    }

    #[test]
    fn generation_d_is_packed_tight() {
        let sockaddr = ModemAbi::D.encode("192.0.2.1:5683".parse().unwrap());
        let family = 1_u16.to_ne_bytes();
        assert_eq!(
            sockaddr.as_bytes(),
            [&family[..], &[0x16, 0x33, 192, 0, 2, 1]].concat()
        );
    }

    #[test]
    fn short_or_foreign_addresses_are_refused() {
        for abi in ALL {
            let whole = abi.encode("192.0.2.1:5683".parse().unwrap());
            let short = &whole.as_bytes()[..whole.as_bytes().len() - 1];
            assert_eq!(abi.decode(short), None);
            assert_eq!(abi.decode(&[]), None);
            assert_eq!(abi.decode(&[9; SOCKADDR_MAX]), None);
        }
    }

    #[test]
    fn a_wrong_table_never_writes_outside() {
        let wrong = ModemAbi {
            sin_addr_offset: -1,
            sockaddr_in_size: 4_000,
            ..ModemAbi::A
        };
        let sockaddr = wrong.encode("192.0.2.1:5683".parse().unwrap());
        assert_eq!(sockaddr.as_bytes().len(), SOCKADDR_MAX);
        assert_eq!(wrong.decode(sockaddr.as_bytes()), None);
    }
}
