/*
 * SPDX-License-Identifier: MIT OR Apache-2.0
 *
 * What the modem library's header says in each of its generations, as far as modem_abi.c reads it: MODEM_RELEASE is 1 for
 * nrf_modem 2.0, 2 for 2.1 to 2.3, 24 for 2.4, 3 for 2.5, 4 from 2.6 on. The facts were measured by compiling the published headers.
 */
#ifndef NRF_SOCKET_H__
#define NRF_SOCKET_H__

#include <stdint.h>

#if MODEM_RELEASE == 1
#define NRF_SO_SEC_TAG_LIST 2
#define NRF_SO_SEC_SESSION_CACHE 3
#define NRF_SO_SEC_PEER_VERIFY 4
#define NRF_SO_SEC_HOSTNAME 5
#define NRF_SO_SEC_CIPHERSUITE_LIST 6
#define NRF_SO_SEC_DTLS_HANDSHAKE_TIMEO 8
#define NRF_SO_SEC_SESSION_CACHE_PURGE 9
#else
#define NRF_SO_SEC_TAG_LIST 1
#define NRF_SO_SEC_HOSTNAME 2
#define NRF_SO_SEC_CIPHERSUITE_LIST 3
#define NRF_SO_SEC_PEER_VERIFY 5
#define NRF_SO_SEC_SESSION_CACHE 12
#define NRF_SO_SEC_SESSION_CACHE_PURGE 13
#define NRF_SO_SEC_DTLS_HANDSHAKE_TIMEO 14
#endif

#if MODEM_RELEASE == 24 || MODEM_RELEASE == 3 || MODEM_RELEASE == 4
#define NRF_SO_SEC_DTLS_CID 15
#endif

#if MODEM_RELEASE == 3 || MODEM_RELEASE == 4
#define NRF_SO_BINDTOPDN 40
#define LENGTH(name)
#else
#define NRF_SO_BINDTODEVICE 25
#define LENGTH(name) uint8_t name;
#endif

#if MODEM_RELEASE == 4
typedef unsigned short nrf_sa_family_t;
#define FLOW_INFO(name)
#define SCOPE_ID(name) uint8_t name;
#else
typedef int nrf_sa_family_t;
#define FLOW_INFO(name) uint32_t name;
#define SCOPE_ID(name) uint32_t name;
#endif

struct nrf_in_addr {
	uint32_t s_addr;
};

struct nrf_in6_addr {
	uint8_t s6_addr[16];
};

struct nrf_sockaddr {
	LENGTH(sa_len)
	nrf_sa_family_t sa_family;
	char sa_data[];
};

struct nrf_sockaddr_in {
	LENGTH(sin_len)
	nrf_sa_family_t sin_family;
	uint16_t sin_port;
	struct nrf_in_addr sin_addr;
};

struct nrf_sockaddr_in6 {
	LENGTH(sin6_len)
	nrf_sa_family_t sin6_family;
	uint16_t sin6_port;
	FLOW_INFO(sin6_flowinfo)
	struct nrf_in6_addr sin6_addr;
	SCOPE_ID(sin6_scope_id)
};

#endif /* NRF_SOCKET_H__ */
