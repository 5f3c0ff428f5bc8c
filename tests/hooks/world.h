/*
 * SPDX-License-Identifier: MIT OR Apache-2.0
 *
 * What the hook tests need of the implementation under test besides the hooks: a way to make the modem do something. A port brings these
 * few functions and links hooks_test.c; it is right when every case passes.
 */
#ifndef HOOKS_WORLD_H_
#define HOOKS_WORLD_H_

#include <stdbool.h>
#include <stdint.h>

/* Whether the hooks have the traps of the original integration. A new port has none of them. */
bool world_has_traps(void);

/* The modem sends a notification. */
void world_notify(const char *text);

/* The modem receives a short message for a port. */
void world_sms(uint16_t port, const char *payload);

/* The query for the radio mode fails from now on. */
void world_mode_query_fails(void);

/* Whether this thread is the system's own work queue, which the rest of the firmware waits for. */
bool world_is_system_queue(void);

/* An AT command without response: 0 for OK. */
int world_at(const char *command);

#endif /* HOOKS_WORLD_H_ */
