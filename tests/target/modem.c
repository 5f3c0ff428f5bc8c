/*
 * The modem for the bare-metal program: AT answers, notifications, and one UDP socket whose other end is the peer.
 * Numbers and address layout are those of modem library 2.0.x.
 *
 * SPDX-License-Identifier: MIT OR Apache-2.0
 */

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "sched.h"
#include "world.h"

#define NRF_EINVAL 22
#define NRF_EAGAIN 11
#define NRF_EBADF 9
#define NRF_ENOBUFS 105
#define NRF_ENETDOWN 115
#define NRF_AF_INET 1
#define NRF_POLLIN 1
#define NRF_POLLNVAL 0x20
#define AT_ERROR (1 << 16)

struct nrf_pollfd {
    int fd;
    short events;
    short revents;
};

struct nrf_sockaddr_in {
    uint8_t sin_len;
    int sin_family;
    uint16_t sin_port;
    uint32_t sin_addr;
};

struct nrf_addrinfo {
    int ai_flags;
    int ai_family;
    int ai_socktype;
    int ai_protocol;
    uint32_t ai_addrlen;
    struct nrf_sockaddr_in *ai_addr;
    char *ai_canonname;
    struct nrf_addrinfo *ai_next;
};

int nrf_socket(int family, int type, int protocol);
int nrf_close(int fd);
int nrf_connect(int fd, const void *address, uint32_t length);
int nrf_send(int fd, const void *buffer, size_t length, int flags);
int nrf_recv(int fd, void *buffer, size_t length, int flags);
int nrf_poll(struct nrf_pollfd *fds, uint32_t count, int timeout);
int nrf_setsockopt(int fd, int level, int option, const void *value, uint32_t length);
int nrf_getsockopt(int fd, int level, int option, void *value, uint32_t *length);
int nrf_getaddrinfo(const char *node, const char *service, const struct nrf_addrinfo *hints, struct nrf_addrinfo **result);
void nrf_freeaddrinfo(struct nrf_addrinfo *result);
int nrf_modem_at_cmd(void *buffer, size_t length, const char *format, ...);
int nrf_modem_at_printf(const char *format, ...);

/* Functional mode and registration. */

static int mode;
static bool uicc;
static bool registered;
static int64_t registers_at = SCHED_FOREVER;

bool modem_link_is_on(void)
{
    return mode == 1;
}

void modem_set_mode(int new_mode)
{
    mode = new_mode;
    uicc = mode == 1 || mode == 41;
    registers_at = mode == 1 ? sched_now() + 300 : sched_now();
}

/* Datagrams on their way to the device. */

struct datagram {
    int64_t due;
    size_t length;
    uint8_t bytes[1280];
};

static struct datagram queue[8];
static unsigned int queued;

void modem_deliver(const uint8_t *bytes, size_t length, int delay)
{
    if (queued < sizeof(queue) / sizeof(queue[0]) && length <= sizeof(queue[0].bytes)) {
        queue[queued].due = sched_now() + delay;
        queue[queued].length = length;
        memcpy(queue[queued].bytes, bytes, length);
        queued++;
    }
}

int64_t modem_step(int64_t now)
{
    int64_t next = registers_at;

    if (now >= registers_at) {
        registers_at = SCHED_FOREVER;
        next = now;
        registered = mode == 1;
        if (world.notify != NULL) {
            world.notify(registered ? "+CEREG: 1,\"0001\",\"00012345\",7\r\n" : "+CEREG: 0\r\n");
            if (registered) {
                world.notify("%XTIME: \"80\",\"22605121436580\",\"00\"\r\n");
            }
        }
    }
    for (unsigned int index = 0; index < queued; index++) {
        if (queue[index].due > now && queue[index].due < next) {
            next = queue[index].due;
        }
    }
    return next;
}

/* Sockets: one is enough. */

static int open_socket = -1;
static int sockets_opened;

static int fails(int number)
{
    world.nrf_errno = number;
    return -1;
}

int nrf_socket(int family, int type, int protocol)
{
    (void)type;
    (void)protocol;
    if (open_socket >= 0) {
        return fails(NRF_ENOBUFS);
    }
    if (family != NRF_AF_INET) {
        return fails(NRF_EINVAL);
    }
    open_socket = sockets_opened++ % 8;
    return open_socket;
}

int nrf_close(int fd)
{
    if (fd != open_socket || fd < 0) {
        return fails(NRF_EBADF);
    }
    open_socket = -1;
    queued = 0;
    return 0;
}

int nrf_connect(int fd, const void *address, uint32_t length)
{
    const struct nrf_sockaddr_in *peer = address;

    if (fd != open_socket) {
        return fails(NRF_EBADF);
    }
    if (!registered) {
        return fails(NRF_ENETDOWN);
    }
    if (length != sizeof(*peer) || peer->sin_len != sizeof(*peer) || peer->sin_family != NRF_AF_INET) {
        return fails(NRF_EINVAL);
    }
    return 0;
}

struct outgoing {
    const void *bytes;
    size_t length;
};

static int hand_to_peer(void *argument)
{
    const struct outgoing *outgoing = argument;

    peer_receive(outgoing->bytes, outgoing->length);
    return 0;
}

int nrf_send(int fd, const void *buffer, size_t length, int flags)
{
    struct outgoing outgoing = {buffer, length};

    (void)flags;
    if (fd != open_socket) {
        return fails(NRF_EBADF);
    }
    if (!registered) {
        return fails(NRF_ENETDOWN);
    }
    sched_system_call(hand_to_peer, &outgoing);
    return (int)length;
}

int nrf_recv(int fd, void *buffer, size_t length, int flags)
{
    (void)flags;
    if (fd != open_socket) {
        return fails(NRF_EBADF);
    }
    for (unsigned int index = 0; index < queued; index++) {
        if (queue[index].due <= sched_now()) {
            size_t taken = queue[index].length < length ? queue[index].length : length;

            memcpy(buffer, queue[index].bytes, taken);
            queued--;
            memmove(&queue[index], &queue[index + 1], (queued - index) * sizeof(queue[0]));
            return (int)taken;
        }
    }
    return fails(NRF_EAGAIN);
}

static bool readable(const void *argument)
{
    (void)argument;
    for (unsigned int index = 0; index < queued; index++) {
        if (queue[index].due <= sched_now()) {
            return true;
        }
    }
    return false;
}

int nrf_poll(struct nrf_pollfd *fds, uint32_t count, int timeout)
{
    int ready = 0;

    if (!readable(NULL)) {
        sched_wait(readable, NULL, timeout < 0 ? SCHED_FOREVER : sched_now() + timeout);
    }
    for (uint32_t index = 0; index < count; index++) {
        fds[index].revents = 0;
        if (fds[index].fd != open_socket) {
            fds[index].revents = NRF_POLLNVAL;
        } else if (readable(NULL)) {
            fds[index].revents = NRF_POLLIN;
        }
        ready += fds[index].revents != 0;
    }
    return ready;
}

int nrf_setsockopt(int fd, int level, int option, const void *value, uint32_t length)
{
    (void)level;
    (void)option;
    (void)value;
    (void)length;
    return fd == open_socket ? 0 : fails(NRF_EBADF);
}

int nrf_getsockopt(int fd, int level, int option, void *value, uint32_t *length)
{
    (void)level;
    (void)option;
    memset(value, 0, *length);
    return fd == open_socket ? 0 : fails(NRF_EBADF);
}

int nrf_getaddrinfo(const char *node, const char *service, const struct nrf_addrinfo *hints, struct nrf_addrinfo **result)
{
    static struct nrf_sockaddr_in address = {sizeof(address), NRF_AF_INET, 0, 0x010200C0};
    static struct nrf_addrinfo info = {.ai_family = NRF_AF_INET, .ai_addrlen = sizeof(address), .ai_addr = &address};

    (void)service;
    if (hints->ai_family != NRF_AF_INET || strcmp(node, "192.0.2.1") != 0) {
        return 257;
    }
    *result = &info;
    return 0;
}

void nrf_freeaddrinfo(struct nrf_addrinfo *result)
{
    (void)result;
}

/* AT commands. */

static const struct {
    const char *command;
    const char *answer;
} answers[] = {
    {"AT+CGSN=1", "+CGSN: \"352656100000001\"\r\n"},
    {"AT+CIMI", "001010123456789\r\n"},
    {"AT%XICCID", "%XICCID: 8900101000000000001F\r\n"},
    {"AT+CNUM", "+CNUM: ,\"+15550100\",145\r\n"},
    {"AT+CGMI", "Nordic Semiconductor ASA\r\n"},
    {"AT+CGMM", "nRF9160-SICA\r\n"},
    {"AT+CGMR", "mfw_nrf9160_1.3.2\r\n"},
    {"AT%HWVERSION", "%HWVERSION: nRF9160 SICA B0A\r\n"},
    {"AT+CCLK?", "+CCLK: \"22/06/15,12:34:56+08\"\r\n"},
    {"AT%XOPERID", "%XOPERID: 0\r\n"},
    {"AT+CESQ", "+CESQ: 99,99,255,255,20,53\r\n"},
    /* Subscriptions. */
    {"AT%XSIM=1", ""},
    {"AT+CEREG=5", ""},
    {"AT+CGEREP=1", ""},
    {"AT%XTIME=1", ""},
    {"AT%MDMEV=1", ""},
    {"AT+CNEC=24", ""},
    {"AT%CESQ=1", ""},
    {"AT+ODISNTF=1", ""},
};

struct command {
    char text[64];
    char *buffer;
    size_t length;
};

static int answer(void *argument)
{
    struct command *command = argument;
    char body[160] = "";
    int found = 0;

    if (strcmp(command->text, "AT+CFUN=41") == 0) {
        uicc = true;
        found = 1;
    } else if (strcmp(command->text, "AT+CFUN?") == 0) {
        snprintf(body, sizeof(body), "+CFUN: %d\r\n", mode);
        found = 1;
    } else if (strcmp(command->text, "AT%XSIM?") == 0) {
        snprintf(body, sizeof(body), "%%XSIM: %d\r\n", uicc ? 1 : 0);
        found = 1;
    } else if (strcmp(command->text, "AT+CEREG?") == 0) {
        snprintf(body, sizeof(body), registered ? "+CEREG: 4,1,\"0001\",\"00012345\",7\r\n" : "+CEREG: 4,0\r\n");
        found = 1;
    }
    for (size_t index = 0; found == 0 && index < sizeof(answers) / sizeof(answers[0]); index++) {
        if (strcmp(command->text, answers[index].command) == 0) {
            snprintf(body, sizeof(body), "%s", answers[index].answer);
            found = 1;
        }
    }
    if (command->buffer != NULL) {
        int length = snprintf(command->buffer, command->length, "%s%s", body, found ? "OK\r\n" : "ERROR\r\n");

        if ((size_t)length >= command->length) {
            return -7;
        }
    }
    return found ? 0 : AT_ERROR;
}

struct arguments {
    struct command command;
    const char *format;
    va_list list;
};

static int format_and_answer(void *argument)
{
    struct arguments *arguments = argument;

    vsnprintf(arguments->command.text, sizeof(arguments->command.text), arguments->format, arguments->list);
    return answer(&arguments->command);
}

/* Not on the caller's stack. */
static struct arguments arguments;

int nrf_modem_at_cmd(void *buffer, size_t length, const char *format, ...)
{
    int result;

    arguments.command.buffer = buffer;
    arguments.command.length = length;
    arguments.format = format;
    va_start(arguments.list, format);
    result = sched_system_call(format_and_answer, &arguments);
    va_end(arguments.list);
    return result;
}

int nrf_modem_at_printf(const char *format, ...)
{
    int result;

    arguments.command.buffer = NULL;
    arguments.command.length = 0;
    arguments.format = format;
    va_start(arguments.list, format);
    result = sched_system_call(format_and_answer, &arguments);
    va_end(arguments.list);
    return result;
}
