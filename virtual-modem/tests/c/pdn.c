/* Packet data connections as an application meets them: refusals, families, routes, an end by the network. */
#include "hooks.h"
#include <nrf_socket.h>
#include <arpa/inet.h>
#include <sys/socket.h>
#include <sys/time.h>

int lwm2m_os_pdn_deactivate(uint8_t cid);
int lwm2m_os_pdn_ctx_destroy(uint8_t cid);

static int events[5], reasons[5];
static char seen[512];

static void pdn_event(uint8_t cid, int event, int reason)
{
	CHECK(cid > 0 && event >= 0 && event < 5);
	events[event]++;
	reasons[event] = reason;
}

static void notification(const char *text)
{
	if (strncmp(text, "+CGEV: ME PDN ACT", 17) == 0 || strncmp(text, "+CNEC_ESM", 9) == 0) {
		strncat(seen, text, sizeof(seen) - strlen(seen) - 1);
	}
}

static int try_apn(uint8_t cid, const char *apn, int family, int *esm)
{
	int result;

	CHECK(lwm2m_os_pdn_ctx_configure(cid, apn, family) == 0);
	result = lwm2m_os_pdn_activate(cid, esm, NULL);
	if (result == 0) {
		CHECK(lwm2m_os_pdn_deactivate(cid) == 0);
	}
	return result;
}

/* A datagram socket on the connection of a context. */
static int bound(uint8_t cid)
{
	char name[16];
	int id = lwm2m_os_pdn_id_get(cid), fd = nrf_socket(NRF_AF_INET, NRF_SOCK_DGRAM, NRF_IPPROTO_UDP);

	CHECK(id >= 0 && fd >= 0);
	snprintf(name, sizeof(name), "pdn%d", id);
	CHECK(nrf_setsockopt(fd, NRF_SOL_SOCKET, NRF_SO_BINDTODEVICE, name, strlen(name)) == 0);
	return fd;
}

static int send_to(int fd, uint16_t port)
{
	struct nrf_sockaddr_in to = {
		.sin_len = sizeof(to),
		.sin_family = NRF_AF_INET,
		.sin_port = htons(port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};

	errno = 0;
	return (int)nrf_sendto(fd, "hello", 5, 0, (struct nrf_sockaddr *)&to, sizeof(to));
}

/* A server of this computer; its port. */
static int server(uint16_t *port)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	struct timeval wait = {.tv_usec = 300000};
	socklen_t length = sizeof(address);
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	CHECK(bind(fd, (struct sockaddr *)&address, length) == 0);
	CHECK(getsockname(fd, (struct sockaddr *)&address, &length) == 0);
	CHECK(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait)) == 0);
	*port = ntohs(address.sin_port);
	return fd;
}

int main(void)
{
	struct nrf_pollfd poll;
	uint8_t cid = 0, more = 0, silent = 0;
	int esm, first, second, family;

	CHECK(lwm2m_os_init() == 0);
	CHECK(lwm2m_os_nrf_modem_init() == 0);
	CHECK(lwm2m_os_at_init(notification) == 0);
	CHECK(lwm2m_os_pdn_init() == 0);
	CHECK(nrf_modem_at_printf("AT+CGEREP=1") == 0);
	CHECK(nrf_modem_at_printf("AT+CNEC=24") == 0);
	CHECK(nrf_modem_at_printf("AT+CFUN=1") == 0);
	lwm2m_os_sleep(1000);
	CHECK(lwm2m_os_pdn_ctx_create(&cid, pdn_event) == 0);

	/* Causes: unknown name, refused by the network, wrong family. */
	CHECK(try_apn(cid, "nobody.test", 0, &esm) > 0 && esm == 27);
	CHECK(try_apn(cid, "refused.test", 0, &esm) > 0 && esm == 33);
	CHECK(try_apn(cid, "fota.test", 1, &esm) > 0 && esm == 50);
	CHECK(try_apn(cid, "six.test", 0, &esm) > 0 && esm == 51);
	CHECK(events[0] == 4 && reasons[0] == 51 && events[1] == 0);
	CHECK(try_apn(cid, "six.test", 1, &esm) == 0 && esm == 0);
	lwm2m_os_sleep(1000);

	/* One of two families: granted, with a cause, in both orders. */
	seen[0] = 0;
	CHECK(try_apn(cid, "fota.test", 2, &esm) == 0 && esm == 50);
	CHECK(strcmp(seen, "+CNEC_ESM: 50,1\r\n+CGEV: ME PDN ACT 1,0\r\n") == 0);
	CHECK(nrf_modem_at_printf("AT+CMEE=1") == 0); /* the scenario now turns the order round */
	lwm2m_os_sleep(1);
	seen[0] = 0;
	CHECK(lwm2m_os_pdn_ctx_configure(cid, "fota.test", 2) == 0);
	family = 2;
	CHECK(lwm2m_os_pdn_activate(cid, &esm, &family) == 0 && esm == 50 && family == 0);
	CHECK(strcmp(seen, "+CGEV: ME PDN ACT 1,0\r\n+CNEC_ESM: 50,1\r\n") == 0);

	/* Routes: this APN does not reach port 9 and is told so for port 10 of another APN. */
	first = bound(cid);
	CHECK(lwm2m_os_pdn_ctx_create(&more, pdn_event) == 0 && more == 2);
	CHECK(lwm2m_os_pdn_ctx_configure(more, "closed.test", 0) == 0);
	int64_t before = lwm2m_os_uptime_get();

	CHECK(lwm2m_os_pdn_activate(more, NULL, NULL) == 0);
	CHECK(lwm2m_os_uptime_delta(&before) == 100);
	second = bound(more);
	CHECK(send_to(second, 9) == -1 && errno == 114);
	CHECK(send_to(second, 10) == 5);
	CHECK(send_to(first, 9) == 5);

	uint16_t port;
	int local = server(&port);
	char text[8];

	CHECK(lwm2m_os_pdn_ctx_create(&silent, pdn_event) == 0);
	CHECK(lwm2m_os_pdn_ctx_configure(silent, "silent.test", 0) == 0);
	CHECK(lwm2m_os_pdn_activate(silent, NULL, NULL) == 0);
	CHECK(send_to(first, port) == 5 && recv(local, text, sizeof(text), 0) == 5);
	CHECK(send_to(bound(silent), port) == 5 && recv(local, text, sizeof(text), 0) == -1);

	/* The network ends the first: its socket dies, the other lives. */
	events[2] = 0;
	CHECK(nrf_modem_at_printf("AT+CMEE=0") == 0);
	poll = (struct nrf_pollfd){.fd = first, .events = NRF_POLLIN};
	CHECK(nrf_poll(&poll, 1, 60000) == 1 && (poll.revents & NRF_POLLERR) != 0);
	CHECK(send_to(first, 9) == -1 && errno == 115);
	CHECK(send_to(second, 10) == 5);
	CHECK(lwm2m_os_pdn_id_get(cid) < 0 && lwm2m_os_pdn_id_get(more) == 12);
	lwm2m_os_sleep(1);
	CHECK(events[2] == 1);

	/* The APN of context 0 is refused: no attach. */
	CHECK(nrf_modem_at_printf("AT+CFUN=4") == 0);
	lwm2m_os_sleep(1);
	CHECK(nrf_modem_at_printf("AT+CFUN=1") == 0);
	lwm2m_os_sleep(1000);
	CHECK(nrf_modem_at_scanf("AT+CEREG?", "+CEREG: 0,%d", &family) == 1 && family == 3);
	puts("complete");
	return 0;
}
