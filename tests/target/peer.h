/*
 * A scripted LwM2M server inside the image: answers registrations by itself, sends requests when told, looks at the answers.
 *
 * SPDX-License-Identifier: MIT OR Apache-2.0
 */

#ifndef PEER_H
#define PEER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define COAP_GET 0x01
#define COAP_POST 0x02
#define COAP_PUT 0x03
#define COAP_CODE(class, detail) ((class) << 5 | (detail))

#define FORMAT_NONE (-1)
#define FORMAT_TEXT 0
#define FORMAT_LINK 40
#define FORMAT_OPAQUE 42
#define FORMAT_TLV 11542

struct peer_request {
    uint8_t code;
    const char *path;      /* such as "3/0/9" */
    int observe;           /* -1 none, 0 observe, 1 cancel */
    int accept;            /* FORMAT_* */
    int content_format;    /* FORMAT_* */
    int block1;            /* -1 none, else the option's value */
    const void *payload;
    size_t payload_length;
};

struct peer_answer {
    uint8_t code;
    uint8_t payload[600];
    size_t payload_length;
    unsigned int copies;   /* how often it came: duplicates are answered too */
};

/* What the server has seen. */
struct peer_seen {
    unsigned int registrations;
    unsigned int updates;
    unsigned int deregistrations;
    unsigned int notifications;
    unsigned int resets;
    char register_query[160];
    char update_query[160];
    uint8_t notification[64];
    size_t notification_length;
};

extern struct peer_seen peer_seen;

/* Sends a request, `times` times with the same message id, and waits for the answer; false when none comes within 10 seconds. */
bool peer_request(const struct peer_request *request, unsigned int times, struct peer_answer *answer);

/* Sends bytes as they are. */
void peer_send_raw(const uint8_t *bytes, size_t length);

#endif /* PEER_H */
