/*
 * What the parts of the simulated world share: faults to play, and what the program looks at afterwards.
 *
 * SPDX-License-Identifier: MIT OR Apache-2.0
 */

#ifndef WORLD_H
#define WORLD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct world {
    /* Faults. */
    bool fail_os_init;
    bool fail_modem_init;
    bool fail_sem_init;
    /* Set by the library. */
    void (*notify)(const char *notif);
    int nrf_errno;
    unsigned int heap_calls;
    unsigned int resets;
};

extern struct world world;

/* The modem. */
bool modem_link_is_on(void);
/* Functional mode, as AT+CFUN sets it: 1 on, 4 flight mode, 0 off. */
void modem_set_mode(int mode);
/* A datagram that reaches the device's socket in `delay` milliseconds. */
void modem_deliver(const uint8_t *bytes, size_t length, int delay);

/* The area for packages of the modem's firmware. */
struct world_firmware {
    size_t length;
    unsigned int writes;
    /* Of all bytes. */
    unsigned int sum;
};

extern struct world_firmware world_firmware;

/* The peer: called with every datagram the device sends. */
void peer_receive(const uint8_t *bytes, size_t length);

#endif /* WORLD_H */
