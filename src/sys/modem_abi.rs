//! The numbers of the modem library that changed between its releases, as one table the archive reads instead of constants.
//! Wrong ones still compile: option 2 means "security tags" in release 2.0 and "host name" from 2.1 on. The archive brings the table of
//! generation A as weak data; whoever builds against a newer release defines `lwm2m_carrier_modem_abi` from that release's headers.

use super::nrf::{NRF_AF_INET, NRF_AF_INET6};
use super::ptr;

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
    /// Option: forget all cached sessions.
    pub so_sec_session_cache_purge: i32,
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
        so_sec_session_cache_purge: 9,
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
        so_sec_session_cache_purge: 13,
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

    /// Makes an address of a name lookup ready for connecting: its structure as the modem library filled it, `bytes`, goes to `sockaddr`
    /// with length byte, family and `port` set. `None` for another family, and when the structure is too short.
    pub fn address(
        &self,
        family: i32,
        bytes: &[u8],
        port: u16,
        sockaddr: &mut Sockaddr,
    ) -> Option<()> {
        let port_offset = match family {
            NRF_AF_INET => self.sin_port_offset,
            NRF_AF_INET6 => self.sin6_port_offset,
            _ => return None,
        };
        let size = self.size(family);
        ptr::copy(bytes.get(..size)?, &mut sockaddr.bytes)?;
        sockaddr.len = size as u32;
        sockaddr.family = family;
        if self.sockaddr_has_len != 0 {
            sockaddr.put(0, &[size as u8]);
        }
        if self.family_width == 2 {
            sockaddr.put(self.family_offset, &(family as u16).to_ne_bytes());
        } else {
            sockaddr.put(self.family_offset, &family.to_ne_bytes());
        }
        sockaddr.put(port_offset, &port.to_be_bytes());
        Some(())
    }

    /// Size of an address structure of a family.
    pub fn size(&self, family: i32) -> usize {
        let size = if family == NRF_AF_INET {
            self.sockaddr_in_size
        } else {
            self.sockaddr_in6_size
        };
        size as usize
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
    family: i32,
}

impl Sockaddr {
    /// No address.
    pub const fn new() -> Sockaddr {
        Sockaddr {
            bytes: [0; SOCKADDR_MAX],
            len: 0,
            family: 0,
        }
    }

    /// Start of the structure.
    pub fn as_ptr(&self) -> *const u8 {
        self.bytes.as_ptr()
    }

    /// Number of bytes.
    pub fn size(&self) -> u32 {
        self.len
    }

    /// Address family.
    pub fn family(&self) -> i32 {
        self.family
    }

    /// Overwrites a field; one outside of the structure's room is left out.
    fn put(&mut self, offset: i32, value: &[u8]) {
        let offset = offset as usize;
        for (slot, byte) in self.bytes.iter_mut().skip(offset).zip(value) {
            *slot = *byte;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [ModemAbi; 4] = [ModemAbi::A, ModemAbi::B, ModemAbi::C, ModemAbi::D];

    /// As a lookup leaves them: nothing but the address, here 0xA0 and following, and a mark in every other byte.
    fn found(offset: i32, length: u8) -> [u8; SOCKADDR_MAX] {
        let mut bytes = [0xEE; SOCKADDR_MAX];
        for (slot, byte) in bytes
            .iter_mut()
            .skip(offset as usize)
            .zip(0xA0..0xA0 + length)
        {
            *slot = byte;
        }
        bytes
    }

    fn address(abi: &ModemAbi, family: i32, bytes: &[u8], port: u16) -> Option<Sockaddr> {
        let mut sockaddr = Sockaddr::new();
        abi.address(family, bytes, port, &mut sockaddr)?;
        Some(sockaddr)
    }

    fn whole(sockaddr: &Sockaddr) -> &[u8] {
        &sockaddr.bytes[..sockaddr.len as usize]
    }

    #[test]
    fn addresses_are_kept_and_ports_set_in_every_generation() {
        for abi in ALL {
            for (family, port_at, address_at, length) in [
                (NRF_AF_INET, abi.sin_port_offset, abi.sin_addr_offset, 4_u8),
                (NRF_AF_INET6, abi.sin6_port_offset, abi.sin6_addr_offset, 16),
            ] {
                let bytes = found(address_at, length);
                let sockaddr = address(&abi, family, &bytes, 0x1633).unwrap();
                assert_eq!(sockaddr.family(), family);
                assert_eq!(whole(&sockaddr).len(), abi.size(family));
                assert_eq!(whole(&sockaddr)[port_at as usize..][..2], [0x16, 0x33]);
                let address: std::vec::Vec<u8> = (0xA0..0xA0 + length).collect();
                let at = address_at as usize;
                assert_eq!(whole(&sockaddr)[at..][..length.into()], address);
            }
        }
    }

    #[test]
    fn scope_ids_are_kept() {
        for abi in ALL {
            let mut bytes = [0; SOCKADDR_MAX];
            bytes[abi.sin6_scope_id_offset as usize] = 3;
            let sockaddr = address(&abi, NRF_AF_INET6, &bytes, 1).unwrap();
            assert_eq!(whole(&sockaddr)[abi.sin6_scope_id_offset as usize], 3);
        }
    }

    #[test]
    fn generation_a_has_length_byte_and_wide_family() {
        let bytes = [0, 0, 0, 0, 9, 9, 9, 9, 9, 9, 0, 0, 192, 0, 2, 1];
        let sockaddr = address(&ModemAbi::A, NRF_AF_INET, &bytes, 5683).unwrap();
        let family = 1_u32.to_ne_bytes();
        let expected = [
            &[16, 0, 0, 0][..],
            &family,
            &[0x16, 0x33, 0, 0, 192, 0, 2, 1],
        ]
        .concat();
        assert_eq!(whole(&sockaddr), expected);
    }

    #[test]
    fn generation_d_is_packed_tight() {
        let bytes = [9, 9, 9, 9, 192, 0, 2, 1];
        let sockaddr = address(&ModemAbi::D, NRF_AF_INET, &bytes, 5683).unwrap();
        assert_eq!(
            whole(&sockaddr),
            [&1_u16.to_ne_bytes()[..], &[0x16, 0x33, 192, 0, 2, 1]].concat()
        );
    }

    #[test]
    fn short_or_foreign_addresses_are_refused() {
        for abi in ALL {
            for family in [NRF_AF_INET, NRF_AF_INET6] {
                let short = [0; SOCKADDR_MAX];
                let short = &short[..abi.size(family) - 1];
                assert!(address(&abi, family, short, 1).is_none());
                assert!(address(&abi, family, &[], 1).is_none());
            }
            assert!(address(&abi, 9, &[9; SOCKADDR_MAX], 1).is_none());
        }
    }

    #[test]
    fn a_wrong_table_never_writes_outside() {
        let wrong = ModemAbi {
            sin_port_offset: -1,
            family_offset: 34,
            ..ModemAbi::A
        };
        let sockaddr = address(&wrong, NRF_AF_INET, &[7; SOCKADDR_MAX], 1).unwrap();
        assert_eq!(whole(&sockaddr)[1..], [7; 15]);
        let wrong = ModemAbi {
            sockaddr_in_size: 4_000,
            ..ModemAbi::A
        };
        assert!(address(&wrong, NRF_AF_INET, &[7; 4_000], 1).is_none());
        let wrong = ModemAbi {
            sockaddr_in_size: -1,
            ..ModemAbi::A
        };
        assert!(address(&wrong, NRF_AF_INET, &[7; SOCKADDR_MAX], 1).is_none());
    }
}
