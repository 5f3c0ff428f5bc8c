/*
 * Numbers of the modem library that differ between its releases, for whoever builds against another than 2.0.x.
 *
 * Generated from the Rust sources: change those, not this file.
 *
 * SPDX-License-Identifier: MIT OR Apache-2.0
 */

#ifndef LWM2M_CARRIER_MODEM_ABI_H__
#define LWM2M_CARRIER_MODEM_ABI_H__

#include <stdint.h>
#include <stddef.h>
#include <stdbool.h>

/**
 * Numbers of the modem library that differ between its releases. Offsets and sizes are in bytes.
 */
struct lwm2m_carrier_modem_abi {
    /**
     * Which set of numbers: 1 nrf_modem 2.0, 2 releases 2.1 to 2.4, 3 release 2.5, 4 releases from 2.6. Informative.
     */
    int32_t generation;
    /**
     * Option: list of security tags.
     */
    int32_t so_sec_tag_list;
    /**
     * Option: verification of the peer.
     */
    int32_t so_sec_peer_verify;
    /**
     * Option: host name of the peer.
     */
    int32_t so_sec_hostname;
    /**
     * Option: session cache.
     */
    int32_t so_sec_session_cache;
    /**
     * Option: forget all cached sessions.
     */
    int32_t so_sec_session_cache_purge;
    /**
     * Option: list of cipher suites.
     */
    int32_t so_sec_ciphersuite_list;
    /**
     * Option: time limit of the DTLS handshake.
     */
    int32_t so_sec_dtls_handshake_timeo;
    /**
     * Option: DTLS connection id; 0 when the release has none.
     */
    int32_t so_sec_dtls_cid;
    /**
     * Option: binding a socket to a packet data network.
     */
    int32_t so_bind_to_pdn;
    /**
     * What that option takes: 0 the text "pdn" with the number, 1 the number as an int.
     */
    int32_t bind_to_pdn_is_int;
    /**
     * Whether the first byte of an address is its length: 0 or 1.
     */
    int32_t sockaddr_has_len;
    /**
     * Offset of the address family.
     */
    int32_t family_offset;
    /**
     * Width of the address family: 2 or 4.
     */
    int32_t family_width;
    /**
     * Size of an IPv4 address structure.
     */
    int32_t sockaddr_in_size;
    /**
     * Offset of its port.
     */
    int32_t sin_port_offset;
    /**
     * Offset of its address.
     */
    int32_t sin_addr_offset;
    /**
     * Size of an IPv6 address structure.
     */
    int32_t sockaddr_in6_size;
    /**
     * Offset of its port.
     */
    int32_t sin6_port_offset;
    /**
     * Offset of its address.
     */
    int32_t sin6_addr_offset;
    /**
     * Offset of its scope id.
     */
    int32_t sin6_scope_id_offset;
    /**
     * Width of its scope id: 1 or 4.
     */
    int32_t sin6_scope_id_width;
};

/**
 * The table the library uses. The archive defines it weakly for nrf_modem 2.0.x; define it to build against another release.
 */
extern const struct lwm2m_carrier_modem_abi lwm2m_carrier_modem_abi;

#endif  /* LWM2M_CARRIER_MODEM_ABI_H__ */
