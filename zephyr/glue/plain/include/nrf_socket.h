/*
 * SPDX-License-Identifier: MIT OR Apache-2.0
 *
 * The socket functions of the modem library that the carrier library calls, over Zephyr's sockets. Addresses and security options are
 * Zephyr's own; plain/socket.c tells the library so.
 */
#ifndef NRF_SOCKET_H__
#define NRF_SOCKET_H__

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define NRF_AF_INET 1
#define NRF_AF_INET6 2
#define NRF_SOCK_DGRAM 2
#define NRF_IPPROTO_UDP 17
#define NRF_SPROTO_DTLS1v2 273

#define NRF_SOL_SOCKET 1
#define NRF_SOL_SECURE 282
#define NRF_SO_ERROR 4
#define NRF_SO_RCVTIMEO 20
#define NRF_SO_SNDTIMEO 21

#define NRF_MSG_DONTWAIT 0x40

#define NRF_EPERM 1
#define NRF_EIO 5
#define NRF_EBADF 9
#define NRF_EAGAIN 11
#define NRF_ENOMEM 12
#define NRF_EACCES 13
#define NRF_EINVAL 22
#define NRF_EMFILE 24
#define NRF_ENOPROTOOPT 109
#define NRF_ENOBUFS 105
#define NRF_EAFNOSUPPORT 106
#define NRF_ESHUTDOWN 110
#define NRF_ECONNREFUSED 111
#define NRF_ECONNABORTED 113
#define NRF_ENETUNREACH 114
#define NRF_ENETDOWN 115
#define NRF_ETIMEDOUT 116
#define NRF_EHOSTUNREACH 118
#define NRF_EMSGSIZE 122
#define NRF_ENOTCONN 128

typedef uint32_t nrf_socklen_t;
typedef uint32_t nrf_nfds_t;

struct nrf_timeval {
	uint32_t tv_sec;
	uint32_t tv_usec;
};

struct nrf_pollfd {
	int fd;
	short events;
	short revents;
};

struct nrf_sockaddr;

struct nrf_addrinfo {
	int ai_flags;
	int ai_family;
	int ai_socktype;
	int ai_protocol;
	nrf_socklen_t ai_addrlen;
	struct nrf_sockaddr *ai_addr;
	char *ai_canonname;
	struct nrf_addrinfo *ai_next;
};

/* Results: -1, with errno one of the numbers above, for every failure. */
int nrf_socket(int family, int type, int protocol);
int nrf_close(int fd);
int nrf_connect(int fd, const struct nrf_sockaddr *address, nrf_socklen_t address_len);
ssize_t nrf_send(int fd, const void *buffer, size_t length, int flags);
ssize_t nrf_recv(int fd, void *buffer, size_t length, int flags);
int nrf_poll(struct nrf_pollfd *fds, nrf_nfds_t nfds, int timeout);
int nrf_setsockopt(int fd, int level, int option, const void *value, nrf_socklen_t length);
int nrf_getsockopt(int fd, int level, int option, void *value, nrf_socklen_t *length);

/* 0, or an error of the resolver. Give the result back before the next lookup. */
int nrf_getaddrinfo(const char *node, const char *service, const struct nrf_addrinfo *hints, struct nrf_addrinfo **result);
void nrf_freeaddrinfo(struct nrf_addrinfo *result);

#endif /* NRF_SOCKET_H__ */
