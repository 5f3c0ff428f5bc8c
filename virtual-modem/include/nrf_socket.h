/*
 * SPDX-License-Identifier: MIT OR Apache-2.0
 *
 * Socket functions of the modem library. Addresses and options have the numbers and layouts of the
 * generation chosen by VIRTUAL_MODEM_ABI; the values below are those of generation A
 * (nrf_modem 2.0.x). Calls return -1 and set errno to an NRF_E* number, which equals newlib's.
 */
#ifndef NRF_SOCKET_H__
#define NRF_SOCKET_H__

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#ifdef __cplusplus
extern "C" {
#endif

#define NRF_AF_UNSPEC 0
#define NRF_AF_INET 1
#define NRF_AF_INET6 2
#define NRF_SOCK_STREAM 1
#define NRF_SOCK_DGRAM 2
#define NRF_IPPROTO_TCP 6
#define NRF_IPPROTO_UDP 17
#define NRF_SPROTO_TLS1v2 258
#define NRF_SPROTO_DTLS1v2 273

#define NRF_SOL_SOCKET 1
#define NRF_SOL_SECURE 282
#define NRF_SO_ERROR 4
#define NRF_SO_RCVTIMEO 20
#define NRF_SO_SNDTIMEO 21
#define NRF_SO_BINDTODEVICE 25
#define NRF_SO_SEC_TAG_LIST 2
#define NRF_SO_SEC_SESSION_CACHE 3
#define NRF_SO_SEC_PEER_VERIFY 4
#define NRF_SO_SEC_HOSTNAME 5
#define NRF_SO_SEC_DTLS_HANDSHAKE_TIMEO 8
#define NRF_SO_SEC_SESSION_CACHE_PURGE 9

#define NRF_MSG_PEEK 0x02
#define NRF_MSG_DONTWAIT 0x40

#define NRF_F_GETFL 3
#define NRF_F_SETFL 4
#define NRF_O_NONBLOCK 1

#define NRF_POLLIN 0x01
#define NRF_POLLOUT 0x04
#define NRF_POLLERR 0x08
#define NRF_POLLHUP 0x10
#define NRF_POLLNVAL 0x20

#define NRF_AI_CANONNAME 0x02
#define NRF_AI_NUMERICSERV 0x400
#define NRF_AI_PDNSERV 0x1000

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

struct nrf_in_addr {
	uint32_t s_addr;
};

struct nrf_in6_addr {
	uint8_t s6_addr[16];
};

struct nrf_sockaddr {
	uint8_t sa_len;
	int sa_family;
	char sa_data[];
};

struct nrf_sockaddr_in {
	uint8_t sin_len;
	int sin_family;
	uint16_t sin_port;
	struct nrf_in_addr sin_addr;
};

struct nrf_sockaddr_in6 {
	uint8_t sin6_len;
	int sin6_family;
	uint16_t sin6_port;
	uint32_t sin6_flowinfo;
	struct nrf_in6_addr sin6_addr;
	uint32_t sin6_scope_id;
};

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

int nrf_socket(int family, int type, int protocol);
int nrf_close(int fd);
int nrf_connect(int fd, const struct nrf_sockaddr *address, nrf_socklen_t address_len);
int nrf_bind(int fd, const struct nrf_sockaddr *address, nrf_socklen_t address_len);
ssize_t nrf_send(int fd, const void *buffer, size_t length, int flags);
ssize_t nrf_sendto(int fd, const void *message, size_t length, int flags,
		   const struct nrf_sockaddr *dest_addr, nrf_socklen_t dest_len);
ssize_t nrf_recv(int fd, void *buffer, size_t length, int flags);
ssize_t nrf_recvfrom(int fd, void *buffer, size_t length, int flags, struct nrf_sockaddr *address,
		     nrf_socklen_t *address_len);
int nrf_poll(struct nrf_pollfd *fds, nrf_nfds_t nfds, int timeout);
int nrf_fcntl(int fd, int cmd, int flags);
int nrf_setsockopt(int fd, int level, int option_name, const void *option_value,
		   nrf_socklen_t option_len);
int nrf_getsockopt(int fd, int level, int option_name, void *option_value,
		   nrf_socklen_t *option_len);
int nrf_getaddrinfo(const char *nodename, const char *servname, const struct nrf_addrinfo *hints,
		    struct nrf_addrinfo **res);
void nrf_freeaddrinfo(struct nrf_addrinfo *ai);
const char *nrf_inet_ntop(int af, const void *src, char *dst, size_t size);
int nrf_inet_pton(int af, const char *src, void *dst);

#ifdef __cplusplus
}
#endif

#endif /* NRF_SOCKET_H__ */
