/*
 * SPDX-License-Identifier: MIT OR Apache-2.0
 *
 * Socket calls of the modem library as calls of Zephyr's sockets. Both number families, protocols, flags, poll bits and TLS options
 * alike; addresses are Zephyr's, which the table at the end tells the library. What differs: error numbers on a PC, time limits, the
 * result of a name lookup, and when a DTLS handshake takes place.
 */
#include <errno.h>
#include <stddef.h>
#include <string.h>

#include <zephyr/kernel.h>
#include <zephyr/net/socket.h>

#include <lwm2m_carrier_modem_abi.h>
#include <nrf_socket.h>

#include "../glue.h"
#include "modem.h"

BUILD_ASSERT(NRF_AF_INET == AF_INET && NRF_AF_INET6 == AF_INET6 && NRF_SOCK_DGRAM == SOCK_DGRAM);
BUILD_ASSERT(NRF_IPPROTO_UDP == IPPROTO_UDP && NRF_SPROTO_DTLS1v2 == IPPROTO_DTLS_1_2);
BUILD_ASSERT(NRF_SOL_SOCKET == SOL_SOCKET && NRF_SOL_SECURE == SOL_TLS);
BUILD_ASSERT(NRF_SO_ERROR == SO_ERROR && NRF_SO_RCVTIMEO == SO_RCVTIMEO && NRF_SO_SNDTIMEO == SO_SNDTIMEO);
BUILD_ASSERT(NRF_MSG_DONTWAIT == ZSOCK_MSG_DONTWAIT);
BUILD_ASSERT(sizeof(struct nrf_pollfd) == sizeof(struct zsock_pollfd));
BUILD_ASSERT(offsetof(struct nrf_pollfd, revents) == offsetof(struct zsock_pollfd, revents));

/* Sockets that do a handshake, by descriptor; -1 for an empty place. */
static int secure[CONFIG_LWM2M_CARRIER_PLAIN_SOCKETS] = { [0 ... CONFIG_LWM2M_CARRIER_PLAIN_SOCKETS - 1] = -1 };
static int open_sockets;
static K_MUTEX_DEFINE(lock);

/* A PC's C library numbers errors differently. */
static int number_of(int error)
{
	switch (error) {
	case EAGAIN:
		return NRF_EAGAIN;
	case ENOMEM:
		return NRF_ENOMEM;
	case EBADF:
		return NRF_EBADF;
	case EINVAL:
		return NRF_EINVAL;
	case ENOPROTOOPT:
	case ENOTSUP:
		return NRF_ENOPROTOOPT;
	case ENOBUFS:
		return NRF_ENOBUFS;
	case EMFILE:
	case ENFILE:
		return NRF_EMFILE;
	case EAFNOSUPPORT:
		return NRF_EAFNOSUPPORT;
	case ECONNREFUSED:
	case ECONNABORTED:
		return NRF_ECONNREFUSED;
	case ENETUNREACH:
		return NRF_ENETUNREACH;
	case ENETDOWN:
		return NRF_ENETDOWN;
	case ETIMEDOUT:
		return NRF_ETIMEDOUT;
	case EHOSTUNREACH:
		return NRF_EHOSTUNREACH;
	case EMSGSIZE:
		return NRF_EMSGSIZE;
	case ENOTCONN:
		return NRF_ENOTCONN;
	default:
		return NRF_EIO;
	}
}

/* Passes a result on; the error of a failed call becomes one of the modem library. */
static int outcome(int result)
{
	if (result < 0) {
		errno = number_of(errno);
	}
	return result;
}

static int fails_with(int error)
{
	errno = error;
	return -1;
}

/* As a modem: no traffic without a link. */
static bool link_is_missing(void)
{
	return !plain_modem_is_up() || !plain_link_is_on();
}

static int link_error(void)
{
	return fails_with(plain_modem_is_up() ? NRF_ENETDOWN : -plain_modem_error());
}

int lwm2m_os_nrf_errno(void)
{
	return errno;
}

static bool mark(int from, int to)
{
	for (size_t i = 0; i < ARRAY_SIZE(secure); i++) {
		if (secure[i] == from) {
			secure[i] = to;
			return true;
		}
	}
	return false;
}

static bool is_secure(int fd)
{
	bool found = false;

	(void)k_mutex_lock(&lock, K_FOREVER);
	for (size_t i = 0; i < ARRAY_SIZE(secure); i++) {
		found = found || secure[i] == fd;
	}
	(void)k_mutex_unlock(&lock);
	return found;
}

int nrf_socket(int family, int type, int protocol)
{
	int fd;

	if (!plain_modem_is_up()) {
		return link_error();
	}
	(void)k_mutex_lock(&lock, K_FOREVER);
	if (open_sockets == CONFIG_LWM2M_CARRIER_PLAIN_SOCKETS) {
		fd = fails_with(NRF_ENOBUFS);
	} else {
		fd = outcome(zsock_socket(family, type, protocol));
		if (fd >= 0) {
			open_sockets++;
			if (protocol == NRF_SPROTO_DTLS1v2) {
				(void)mark(-1, fd);
			}
		}
	}
	(void)k_mutex_unlock(&lock);
	return fd;
}

int nrf_close(int fd)
{
	int result;

	(void)k_mutex_lock(&lock, K_FOREVER);
	result = outcome(zsock_close(fd));
	if (result == 0) {
		open_sockets--;
		(void)mark(fd, -1);
	}
	(void)k_mutex_unlock(&lock);
	return result;
}

int nrf_connect(int fd, const struct nrf_sockaddr *address, nrf_socklen_t address_len)
{
	if (link_is_missing()) {
		return link_error();
	}
	if (zsock_connect(fd, (const struct sockaddr *)address, address_len) != 0) {
		return outcome(-1);
	}
	if (!is_secure(fd)) {
		return 0;
	}
	/* Zephyr puts the handshake off until something is sent, the modem library does it here. An empty record carries no message. */
	return zsock_send(fd, "", 0, 0) < 0 ? outcome(-1) : 0;
}

ssize_t nrf_send(int fd, const void *buffer, size_t length, int flags)
{
	return link_is_missing() ? link_error() : outcome((int)zsock_send(fd, buffer, length, flags));
}

ssize_t nrf_recv(int fd, void *buffer, size_t length, int flags)
{
	return link_is_missing() ? link_error() : outcome((int)zsock_recv(fd, buffer, length, flags));
}

int nrf_poll(struct nrf_pollfd *fds, nrf_nfds_t nfds, int timeout)
{
	return plain_modem_is_up() ? outcome(zsock_poll((struct zsock_pollfd *)fds, (int)nfds, timeout)) : link_error();
}

int nrf_setsockopt(int fd, int level, int option, const void *value, nrf_socklen_t length)
{
	if (level == NRF_SOL_SOCKET && (option == NRF_SO_RCVTIMEO || option == NRF_SO_SNDTIMEO)) {
		const struct nrf_timeval *limit = value;
		struct zsock_timeval time;

		if (value == NULL || length != sizeof(*limit)) {
			return fails_with(NRF_EINVAL);
		}
		time.tv_sec = limit->tv_sec;
		time.tv_usec = limit->tv_usec;
		return outcome(zsock_setsockopt(fd, level, option, &time, sizeof(time)));
	}
	return outcome(zsock_setsockopt(fd, level, option, value, length));
}

int nrf_getsockopt(int fd, int level, int option, void *value, nrf_socklen_t *length)
{
	socklen_t room = *length;
	int result = outcome(zsock_getsockopt(fd, level, option, value, &room));

	if (result != 0) {
		return result;
	}
	*length = room;
	if (level == NRF_SOL_SOCKET && option == NRF_SO_ERROR && *(int *)value != 0) {
		*(int *)value = number_of(*(int *)value);
	}
	return 0;
}

/* --- Names ----------------------------------------------------------------------------------- */

/* The one result at a time: found.info begins it, so that giving it back needs no search. */
static struct {
	struct nrf_addrinfo info;
	struct sockaddr_storage address;
	bool lent;
} found;

/* An address written in digits needs no resolver, and none of its memory. */
static bool digits(const char *node, int family)
{
	struct sockaddr_in *four = (struct sockaddr_in *)&found.address;
	struct sockaddr_in6 *six = (struct sockaddr_in6 *)&found.address;

	if (family == AF_INET && zsock_inet_pton(AF_INET, node, &four->sin_addr) == 1) {
		found.info.ai_addrlen = sizeof(*four);
	} else if (family == AF_INET6 && zsock_inet_pton(AF_INET6, node, &six->sin6_addr) == 1) {
		found.info.ai_addrlen = sizeof(*six);
	} else {
		return false;
	}
	four->sin_family = family;
	found.info.ai_family = family;
	return true;
}

static int resolved(const char *node, const struct nrf_addrinfo *hints)
{
	struct zsock_addrinfo wanted = { .ai_family = hints->ai_family, .ai_socktype = hints->ai_socktype };
	struct zsock_addrinfo *answer = NULL;
	int err = zsock_getaddrinfo(node, NULL, &wanted, &answer);

	if (err != 0 || answer == NULL) {
		return err != 0 ? err : DNS_EAI_NODATA;
	}
	found.info.ai_family = answer->ai_family;
	found.info.ai_addrlen = MIN(answer->ai_addrlen, sizeof(found.address));
	memcpy(&found.address, answer->ai_addr, found.info.ai_addrlen);
	zsock_freeaddrinfo(answer);
	return 0;
}

int nrf_getaddrinfo(const char *node, const char *service, const struct nrf_addrinfo *hints, struct nrf_addrinfo **result)
{
	int err = 0;

	ARG_UNUSED(service);

	if (hints == NULL || link_is_missing() || found.lent) {
		return DNS_EAI_AGAIN;
	}
	memset(&found, 0, sizeof(found));
	if (!digits(node, hints->ai_family)) {
		err = resolved(node, hints);
	}
	if (err == 0) {
		found.info.ai_socktype = hints->ai_socktype;
		found.info.ai_addr = (struct nrf_sockaddr *)&found.address;
		found.lent = true;
		*result = &found.info;
	}
	return err;
}

void nrf_freeaddrinfo(struct nrf_addrinfo *result)
{
	if (result == &found.info) {
		found.lent = false;
	}
}

/* --- What the library has to know ------------------------------------------------------------ */

#define SIZE(type) ((int32_t)sizeof(struct type))
#define OFFSET(type, member) ((int32_t)offsetof(struct type, member))

const struct lwm2m_carrier_modem_abi lwm2m_carrier_modem_abi = {
	.generation = 4,
	.so_sec_tag_list = TLS_SEC_TAG_LIST,
	.so_sec_peer_verify = TLS_PEER_VERIFY,
	.so_sec_hostname = TLS_HOSTNAME,
	.so_sec_session_cache = TLS_SESSION_CACHE,
	.so_sec_session_cache_purge = TLS_SESSION_CACHE_PURGE,
	.so_sec_ciphersuite_list = TLS_CIPHERSUITE_LIST,
	/* Zephyr has its limit in an option of the build; an unknown number is refused. */
	.so_sec_dtls_handshake_timeo = 0,
	.so_sec_dtls_cid = 0,
	.so_bind_to_pdn = 0,
	.bind_to_pdn_is_int = 1,
	.sockaddr_has_len = 0,
	.family_offset = OFFSET(sockaddr_in, sin_family),
	.family_width = sizeof(((struct sockaddr_in *)0)->sin_family),
	.sockaddr_in_size = SIZE(sockaddr_in),
	.sin_port_offset = OFFSET(sockaddr_in, sin_port),
	.sin_addr_offset = OFFSET(sockaddr_in, sin_addr),
	.sockaddr_in6_size = SIZE(sockaddr_in6),
	.sin6_port_offset = OFFSET(sockaddr_in6, sin6_port),
	.sin6_addr_offset = OFFSET(sockaddr_in6, sin6_addr),
	.sin6_scope_id_offset = OFFSET(sockaddr_in6, sin6_scope_id),
	.sin6_scope_id_width = sizeof(((struct sockaddr_in6 *)0)->sin6_scope_id),
};
