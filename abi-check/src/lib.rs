//! Compares the tables of the modem library's numbers with the headers inside published `nrfxlib-sys` releases, at compile time:
//! generation B with 2.4.2, generation D with 4.0.0. Run `cargo check` in this folder; it needs libclang and arm-none-eabi-objcopy.
//!
//! Nothing here is ever linked: naming one constant of that crate would pack the vendor's modem library into the result.
//! Generations A and C have no published crate.

#![allow(dead_code)]

#[path = "../../src/sys/modem_abi.rs"]
mod modem_abi;
#[path = "../../src/sys/nrf.rs"]
mod nrf;
#[path = "../../src/sys/ptr.rs"]
mod ptr;

/// Asserts that a table's numbers are those of a release. The differences between the releases' Rust names are parameters.
macro_rules! compare {
    ($table:ident, $headers:ident, bind: $bind:ident, len: $len:tt) => {
        const _: () = {
            use core::mem::{offset_of, size_of};
            use $headers as headers;
            const TABLE: modem_abi::ModemAbi = modem_abi::ModemAbi::$table;
            const IN4: headers::nrf_sockaddr_in = unsafe { core::mem::zeroed() };
            const IN6: headers::nrf_sockaddr_in6 = unsafe { core::mem::zeroed() };

            assert!(TABLE.so_sec_tag_list == headers::NRF_SO_SEC_TAG_LIST as i32);
            assert!(TABLE.so_sec_peer_verify == headers::NRF_SO_SEC_PEER_VERIFY as i32);
            assert!(TABLE.so_sec_hostname == headers::NRF_SO_SEC_HOSTNAME as i32);
            assert!(TABLE.so_sec_session_cache == headers::NRF_SO_SEC_SESSION_CACHE as i32);
            assert!(
                TABLE.so_sec_session_cache_purge == headers::NRF_SO_SEC_SESSION_CACHE_PURGE as i32
            );
            assert!(TABLE.so_sec_ciphersuite_list == headers::NRF_SO_SEC_CIPHERSUITE_LIST as i32);
            assert!(
                TABLE.so_sec_dtls_handshake_timeo
                    == headers::NRF_SO_SEC_DTLS_HANDSHAKE_TIMEO as i32
            );
            assert!(TABLE.so_sec_dtls_cid == headers::NRF_SO_SEC_DTLS_CID as i32);
            assert!(TABLE.so_bind_to_pdn == headers::$bind as i32);

            assert!(TABLE.sockaddr_in_size as usize == size_of::<headers::nrf_sockaddr_in>());
            assert!(
                TABLE.family_offset as usize == offset_of!(headers::nrf_sockaddr_in, sin_family)
            );
            assert!(TABLE.family_width as usize == size_of_val(&IN4.sin_family));
            assert!(
                TABLE.sin_port_offset as usize == offset_of!(headers::nrf_sockaddr_in, sin_port)
            );
            assert!(
                TABLE.sin_addr_offset as usize == offset_of!(headers::nrf_sockaddr_in, sin_addr)
            );
            assert!(TABLE.sockaddr_in6_size as usize == size_of::<headers::nrf_sockaddr_in6>());
            assert!(
                TABLE.family_offset as usize == offset_of!(headers::nrf_sockaddr_in6, sin6_family)
            );
            assert!(
                TABLE.sin6_port_offset as usize == offset_of!(headers::nrf_sockaddr_in6, sin6_port)
            );
            assert!(
                TABLE.sin6_addr_offset as usize == offset_of!(headers::nrf_sockaddr_in6, sin6_addr)
            );
            assert!(
                TABLE.sin6_scope_id_offset as usize
                    == offset_of!(headers::nrf_sockaddr_in6, sin6_scope_id)
            );
            assert!(TABLE.sin6_scope_id_width as usize == size_of_val(&IN6.sin6_scope_id));
            assert!((TABLE.sockaddr_has_len == 1) == $len);
        };
        const _: () = {
            use $headers as headers;

            assert!(nrf::NRF_AF_INET == headers::NRF_AF_INET as i32);
            assert!(nrf::NRF_AF_INET6 == headers::NRF_AF_INET6 as i32);
            assert!(nrf::NRF_SOCK_DGRAM == headers::NRF_SOCK_DGRAM as i32);
            assert!(nrf::NRF_IPPROTO_UDP == headers::NRF_IPPROTO_UDP as i32);
            assert!(nrf::NRF_SPROTO_DTLS1V2 == headers::NRF_SPROTO_DTLS1v2 as i32);
            assert!(nrf::NRF_SOL_SECURE == headers::NRF_SOL_SECURE as i32);
            assert!(nrf::NRF_MSG_DONTWAIT == headers::NRF_MSG_DONTWAIT as i32);
            assert!(nrf::NRF_POLLIN as i32 == headers::NRF_POLLIN as i32);
            assert!(nrf::NRF_POLLERR as i32 == headers::NRF_POLLERR as i32);
            assert!(nrf::NRF_POLLHUP as i32 == headers::NRF_POLLHUP as i32);
            assert!(nrf::NRF_POLLNVAL as i32 == headers::NRF_POLLNVAL as i32);
            assert!(nrf::NRF_EAGAIN == headers::NRF_EAGAIN as i32);
            assert!(nrf::NRF_ENOBUFS == headers::NRF_ENOBUFS as i32);
            assert!(nrf::NRF_ECONNREFUSED == headers::NRF_ECONNREFUSED as i32);
            assert!(nrf::NRF_ENETUNREACH == headers::NRF_ENETUNREACH as i32);
            assert!(nrf::NRF_ENETDOWN == headers::NRF_ENETDOWN as i32);
            assert!(nrf::NRF_EHOSTUNREACH == headers::NRF_EHOSTUNREACH as i32);
        };
    };
}

compare!(B, nrfxlib_2_4, bind: NRF_SO_BINDTODEVICE, len: true);
compare!(D, nrfxlib_4_0, bind: NRF_SO_BINDTOPDN, len: false);
