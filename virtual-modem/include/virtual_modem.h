/*
 * SPDX-License-Identifier: MIT OR Apache-2.0
 *
 * What a PC program may use of the virtual modem beyond what the device has.
 */
#ifndef VIRTUAL_MODEM_H_
#define VIRTUAL_MODEM_H_

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Simulated time stands still while a participating thread runs (clock modes skip and step). A
 * thread takes part from its first wait in a hook or socket call on; call this at its start to take
 * part from there. `name` may be NULL.
 */
void virtual_modem_thread_start(const char *name);

/*
 * Ends it. Call it before a thread blocks outside the modem (pthread_join, read, ...): otherwise
 * simulated time cannot jump. A thread that ends does this by itself.
 */
void virtual_modem_thread_exit(void);

/* Sleeps for `ms` of simulated time. */
void virtual_modem_sleep_ms(int64_t ms);

/* Simulated milliseconds since the process started. */
int64_t virtual_modem_uptime_ms(void);

/* nrf_modem_at_cmd without format; `answer` may be NULL. */
int virtual_modem_at(const char *line, char *answer, size_t size);

/* nrf_modem_at_cmd_async without format. */
int virtual_modem_at_async(const char *line, void (*handler)(const char *answer));

/* Adds a listener for all notifications beside that of the carrier library; system work queue. */
int virtual_modem_at_monitor_add(void (*listener)(const char *notification));

#ifdef __cplusplus
}
#endif

#endif /* VIRTUAL_MODEM_H_ */
