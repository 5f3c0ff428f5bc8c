/*
 * SPDX-License-Identifier: MIT OR Apache-2.0
 *
 * The numbers of the modem library this firmware is built with, read from its own header. They changed between releases without
 * changing their names, so the archive takes them from this table instead of from constants of its own.
 */
#include <stddef.h>

#include <nrf_socket.h>

#include <lwm2m_carrier_modem_abi.h>

#define WIDTH_OF(type, member) ((int32_t)sizeof(((struct type *)0)->member))
#define OFFSET_OF(type, member) ((int32_t)offsetof(struct type, member))

/* Only addresses of old releases begin with a length. */
#define HAS_LEN (offsetof(struct nrf_sockaddr, sa_family) != 0)

#ifdef NRF_SO_SEC_DTLS_CID
#define DTLS_CID NRF_SO_SEC_DTLS_CID
#else
#define DTLS_CID 0
#endif

#ifdef NRF_SO_BINDTOPDN
#define BIND_TO_PDN NRF_SO_BINDTOPDN
#define BIND_TO_PDN_IS_INT 1
#else
#define BIND_TO_PDN NRF_SO_BINDTODEVICE
#define BIND_TO_PDN_IS_INT 0
#endif

#if NRF_SO_SEC_TAG_LIST == 2
#define GENERATION 1
#elif !BIND_TO_PDN_IS_INT
#define GENERATION 2
#else
#define GENERATION (WIDTH_OF(nrf_sockaddr_in, sin_family) == 4 ? 3 : 4)
#endif

const struct lwm2m_carrier_modem_abi lwm2m_carrier_modem_abi = {
	.generation = GENERATION,
	.so_sec_tag_list = NRF_SO_SEC_TAG_LIST,
	.so_sec_peer_verify = NRF_SO_SEC_PEER_VERIFY,
	.so_sec_hostname = NRF_SO_SEC_HOSTNAME,
	.so_sec_session_cache = NRF_SO_SEC_SESSION_CACHE,
	.so_sec_session_cache_purge = NRF_SO_SEC_SESSION_CACHE_PURGE,
	.so_sec_ciphersuite_list = NRF_SO_SEC_CIPHERSUITE_LIST,
	.so_sec_dtls_handshake_timeo = NRF_SO_SEC_DTLS_HANDSHAKE_TIMEO,
	.so_sec_dtls_cid = DTLS_CID,
	.so_bind_to_pdn = BIND_TO_PDN,
	.bind_to_pdn_is_int = BIND_TO_PDN_IS_INT,
	.sockaddr_has_len = HAS_LEN,
	.family_offset = OFFSET_OF(nrf_sockaddr_in, sin_family),
	.family_width = WIDTH_OF(nrf_sockaddr_in, sin_family),
	.sockaddr_in_size = (int32_t)sizeof(struct nrf_sockaddr_in),
	.sin_port_offset = OFFSET_OF(nrf_sockaddr_in, sin_port),
	.sin_addr_offset = OFFSET_OF(nrf_sockaddr_in, sin_addr),
	.sockaddr_in6_size = (int32_t)sizeof(struct nrf_sockaddr_in6),
	.sin6_port_offset = OFFSET_OF(nrf_sockaddr_in6, sin6_port),
	.sin6_addr_offset = OFFSET_OF(nrf_sockaddr_in6, sin6_addr),
	.sin6_scope_id_offset = OFFSET_OF(nrf_sockaddr_in6, sin6_scope_id),
	.sin6_scope_id_width = WIDTH_OF(nrf_sockaddr_in6, sin6_scope_id),
};
