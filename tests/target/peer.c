/*
 * See peer.h. Encodes and decodes CoAP by itself (RFC 7252, 7641, 7959), sharing nothing with the library.
 *
 * SPDX-License-Identifier: MIT OR Apache-2.0
 */

#include "peer.h"

#include <string.h>

#include "sched.h"
#include "world.h"

#define LATENCY 20

#define TYPE_CON 0
#define TYPE_NON 1
#define TYPE_ACK 2
#define TYPE_RST 3

#define OPTION_OBSERVE 6
#define OPTION_LOCATION_PATH 8
#define OPTION_URI_PATH 11
#define OPTION_CONTENT_FORMAT 12
#define OPTION_URI_QUERY 15
#define OPTION_ACCEPT 17
#define OPTION_BLOCK1 27

struct peer_seen peer_seen;

static uint16_t next_id = 0x7000;
static uint8_t next_token = 1;
static uint8_t waiting_token;
static uint8_t observe_token;
static struct peer_answer *waiting;

/* Writing. */

struct message {
    uint8_t bytes[256];
    size_t length;
    unsigned int option;
};

static void put(struct message *message, const void *bytes, size_t length)
{
    if (message->length + length <= sizeof(message->bytes)) {
        memcpy(message->bytes + message->length, bytes, length);
        message->length += length;
    }
}

static void put_option(struct message *message, unsigned int number, const void *value, size_t length)
{
    unsigned int delta = number - message->option;
    uint8_t head[3];
    size_t size = 1;

    message->option = number;
    head[0] = (uint8_t)((delta < 13 ? delta : 13) << 4 | (length < 13 ? length : 13));
    if (delta >= 13) {
        head[size++] = (uint8_t)(delta - 13);
    }
    if (length >= 13) {
        head[size++] = (uint8_t)(length - 13);
    }
    put(message, head, size);
    put(message, value, length);
}

static void put_uint_option(struct message *message, unsigned int number, unsigned int value)
{
    const uint8_t bytes[2] = {(uint8_t)(value >> 8), (uint8_t)value};
    size_t length = value == 0 ? 0 : value < 256 ? 1 : 2;

    put_option(message, number, bytes + 2 - length, length);
}

static void put_header(struct message *message, int type, uint8_t code, uint16_t id, const uint8_t *token, size_t token_length)
{
    const uint8_t head[4] = {(uint8_t)(0x40 | type << 4 | token_length), code, (uint8_t)(id >> 8), (uint8_t)id};

    message->length = 0;
    message->option = 0;
    put(message, head, sizeof(head));
    put(message, token, token_length);
}

static void put_path(struct message *message, const char *path)
{
    while (*path != '\0') {
        size_t length = strcspn(path, "/");

        put_option(message, OPTION_URI_PATH, path, length);
        path += length + (path[length] == '/');
    }
}

static bool answered(const void *argument)
{
    return ((const struct peer_answer *)argument)->copies > 0;
}

bool peer_request(const struct peer_request *request, unsigned int times, struct peer_answer *answer)
{
    struct message message;
    const uint8_t token[2] = {0xA5, next_token++};
    const uint8_t marker = 0xFF;

    memset(answer, 0, sizeof(*answer));
    put_header(&message, TYPE_CON, request->code, next_id++, token, sizeof(token));
    if (request->observe >= 0) {
        put_uint_option(&message, OPTION_OBSERVE, (unsigned int)request->observe);
        observe_token = token[1];
    }
    put_path(&message, request->path);
    if (request->content_format >= 0) {
        put_uint_option(&message, OPTION_CONTENT_FORMAT, (unsigned int)request->content_format);
    }
    if (request->accept >= 0) {
        put_uint_option(&message, OPTION_ACCEPT, (unsigned int)request->accept);
    }
    if (request->block1 >= 0) {
        put_uint_option(&message, OPTION_BLOCK1, (unsigned int)request->block1);
    }
    if (request->payload_length > 0) {
        put(&message, &marker, 1);
        put(&message, request->payload, request->payload_length);
    }
    waiting = answer;
    waiting_token = token[1];
    for (unsigned int copy = 0; copy < times; copy++) {
        modem_deliver(message.bytes, message.length, LATENCY + (int)copy * 5);
    }
    if (!sched_wait(answered, answer, sched_now() + 10000)) {
        waiting = NULL;
        return false;
    }
    /* The answers to the other copies. */
    sched_wait(NULL, NULL, sched_now() + 200);
    waiting = NULL;
    return true;
}

void peer_send_raw(const uint8_t *bytes, size_t length)
{
    modem_deliver(bytes, length, LATENCY);
}

/* Reading. */

struct received {
    int type;
    uint8_t code;
    uint16_t id;
    const uint8_t *token;
    size_t token_length;
    char path[64];
    char query[160];
    const uint8_t *payload;
    size_t payload_length;
};

static void append(char *text, size_t size, char separator, const uint8_t *value, size_t length)
{
    size_t used = strlen(text);

    if (used + length + 2 <= size) {
        text[used] = separator;
        memcpy(text + used + 1, value, length);
        text[used + 1 + length] = '\0';
    }
}

static bool parse(const uint8_t *bytes, size_t length, struct received *received)
{
    size_t at;
    unsigned int number = 0;

    memset(received, 0, sizeof(*received));
    if (length < 4 || bytes[0] >> 6 != 1) {
        return false;
    }
    received->type = bytes[0] >> 4 & 3;
    received->code = bytes[1];
    received->id = (uint16_t)(bytes[2] << 8 | bytes[3]);
    received->token = bytes + 4;
    received->token_length = bytes[0] & 15;
    at = 4 + received->token_length;
    while (at < length && bytes[at] != 0xFF) {
        size_t delta = bytes[at] >> 4;
        size_t size = bytes[at] & 15;

        at++;
        for (size_t *field = &delta;; field = &size) {
            if (*field == 13) {
                *field = (size_t)bytes[at] + 13;
                at += 1;
            } else if (*field == 14) {
                *field = ((size_t)bytes[at] << 8 | bytes[at + 1]) + 269;
                at += 2;
            }
            if (field == &size) {
                break;
            }
        }
        number += delta;
        if (at + size > length) {
            return false;
        }
        if (number == OPTION_URI_PATH) {
            append(received->path, sizeof(received->path), '/', bytes + at, size);
        } else if (number == OPTION_URI_QUERY) {
            append(received->query, sizeof(received->query), '&', bytes + at, size);
        }
        at += size;
    }
    if (at < length) {
        received->payload = bytes + at + 1;
        received->payload_length = length - at - 1;
    }
    return true;
}

static void acknowledge(const struct received *received, uint8_t code, const char *location)
{
    struct message message;

    put_header(&message, TYPE_ACK, code, received->id, received->token, code == 0 ? 0 : received->token_length);
    if (location != NULL) {
        put_option(&message, OPTION_LOCATION_PATH, "rd", 2);
        put_option(&message, OPTION_LOCATION_PATH, location, strlen(location));
    }
    modem_deliver(message.bytes, message.length, LATENCY);
}

static void request_received(const struct received *received)
{
    if (received->code == COAP_POST && strcmp(received->path, "/rd") == 0) {
        peer_seen.registrations++;
        memcpy(peer_seen.register_query, received->query, sizeof(peer_seen.register_query));
        acknowledge(received, COAP_CODE(2, 1), "1a2b");
    } else if (received->code == COAP_POST) {
        peer_seen.updates++;
        memcpy(peer_seen.update_query, received->query, sizeof(peer_seen.update_query));
        acknowledge(received, COAP_CODE(2, 4), NULL);
    } else {
        peer_seen.deregistrations++;
        acknowledge(received, COAP_CODE(2, 2), NULL);
    }
}

void peer_receive(const uint8_t *bytes, size_t length)
{
    struct received received;

    if (!parse(bytes, length, &received)) {
        return;
    }
    if (received.type == TYPE_RST) {
        peer_seen.resets++;
    } else if (received.code != 0 && received.code < COAP_CODE(2, 0)) {
        request_received(&received);
    } else if (received.code != 0 && received.token_length == 2) {
        if (received.type == TYPE_CON) {
            acknowledge(&received, 0, NULL);
        }
        if (waiting != NULL && received.token[1] == waiting_token) {
            waiting->code = received.code;
            waiting->payload_length =
                received.payload_length < sizeof(waiting->payload) ? received.payload_length : sizeof(waiting->payload);
            if (waiting->payload_length > 0) {
                memcpy(waiting->payload, received.payload, waiting->payload_length);
            }
            waiting->copies++;
        } else if (received.token[1] == observe_token) {
            peer_seen.notifications++;
            peer_seen.notification_length = received.payload_length < sizeof(peer_seen.notification)
                                                ? received.payload_length
                                                : sizeof(peer_seen.notification);
            if (peer_seen.notification_length > 0) {
                memcpy(peer_seen.notification, received.payload, peer_seen.notification_length);
            }
        }
    }
}
