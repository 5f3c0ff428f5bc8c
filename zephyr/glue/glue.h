/*
 * SPDX-License-Identifier: MIT OR Apache-2.0
 *
 * What the files of this integration know of each other.
 */
#ifndef LWM2M_CARRIER_GLUE_H_
#define LWM2M_CARRIER_GLUE_H_

#include <stddef.h>
#include <stdint.h>

#include <zephyr/kernel.h>

#include <lwm2m_os.h>

/* Keys and identities kept beside the library's records start here in the record store. */
#define GLUE_STORAGE_KEYS 0xCB00

/* Mounts the record store; 0, also when that was done, or a negative error number. */
int glue_storage_init(void);

/* As the hooks lwm2m_os_storage_*, for any id. */
int glue_storage_read(uint16_t id, void *data, size_t length);
int glue_storage_write(uint16_t id, const void *data, size_t length);
int glue_storage_delete(uint16_t id);

/* The thread that delivers notifications and runs plain timers. Starts with the first call. */
struct k_work_q *glue_queue(void);

/* Queues a notification for the callback; one that does not fit is dropped. From any thread and from interrupts. */
void glue_notify(const char *text);

#endif /* LWM2M_CARRIER_GLUE_H_ */
