/*
 * SPDX-License-Identifier: MIT OR Apache-2.0
 *
 * AT notifications on their way from the modem to the library: kept in a ring of their own and delivered by a thread of their own, so
 * that neither is shared with the rest of the firmware.
 */
#include <string.h>

#include <zephyr/kernel.h>
#include <zephyr/logging/log.h>

#include "glue.h"

LOG_MODULE_DECLARE(lwm2m_carrier, CONFIG_LWM2M_CARRIER_LOG_LEVEL);

#define PRIORITY MIN(CONFIG_LWM2M_CARRIER_THREAD_PRIORITY, K_LOWEST_APPLICATION_THREAD_PRIO)
#define POOL_SIZE CONFIG_LWM2M_CARRIER_NOTIFICATION_POOL_SIZE

/* Texts lie one behind the other, each with its zero and in one piece: when the end is too short for one, it goes to the beginning,
 * and `wrap` is where the reader follows it. */
static struct {
	char texts[POOL_SIZE];
	size_t read;
	size_t write;
	size_t wrap;
	bool empty;
	unsigned int dropped;
	struct k_spinlock lock;
} pool = { .wrap = POOL_SIZE, .empty = true };

static lwm2m_os_at_handler_callback_t receiver;

static K_THREAD_STACK_DEFINE(stack, CONFIG_LWM2M_CARRIER_NOTIFICATION_STACK_SIZE);
static struct k_work_q queue;
static atomic_t started;

/* Where a text of this size goes, or NULL. */
static char *room_for(size_t size)
{
	if (pool.empty) {
		pool.read = 0;
		pool.write = 0;
		pool.wrap = POOL_SIZE;
	}
	if (pool.empty || pool.write > pool.read) {
		if (POOL_SIZE - pool.write >= size) {
			return &pool.texts[pool.write];
		}
		if (pool.read < size) {
			return NULL;
		}
		pool.wrap = pool.write;
		pool.write = 0;
		return pool.texts;
	}
	return pool.read - pool.write >= size ? &pool.texts[pool.write] : NULL;
}

/* The oldest text, which stays until `taken`; NULL when there is none. */
static const char *oldest(unsigned int *dropped)
{
	k_spinlock_key_t key = k_spin_lock(&pool.lock);
	const char *text = pool.empty ? NULL : &pool.texts[pool.read];

	*dropped = pool.dropped;
	pool.dropped = 0;
	k_spin_unlock(&pool.lock, key);
	return text;
}

static void taken(size_t size)
{
	k_spinlock_key_t key = k_spin_lock(&pool.lock);

	pool.read += size;
	pool.empty = pool.read == pool.write;
	if (!pool.empty && pool.read >= pool.wrap) {
		pool.read = 0;
		pool.wrap = POOL_SIZE;
	}
	k_spin_unlock(&pool.lock, key);
}

static void deliver(struct k_work *work)
{
	const char *text;
	unsigned int dropped;

	ARG_UNUSED(work);

	while ((text = oldest(&dropped)) != NULL) {
		size_t size = strlen(text) + 1;

		if (dropped != 0) {
			LOG_WRN("%u notifications did not fit", dropped);
		}
		if (receiver != NULL) {
			receiver(text);
		}
		taken(size);
	}
}

static K_WORK_DEFINE(delivery, deliver);

struct k_work_q *glue_queue(void)
{
	static const struct k_work_queue_config config = { .name = "lwm2m_carrier_notify" };

	if (atomic_cas(&started, 0, 1)) {
		k_work_queue_init(&queue);
		k_work_queue_start(&queue, stack, K_THREAD_STACK_SIZEOF(stack), PRIORITY, &config);
	}
	return &queue;
}

void glue_notify(const char *text)
{
	size_t size = strlen(text) + 1;
	k_spinlock_key_t key;
	char *place;

	/* Before the library is there, nobody would read it; the queue may not run yet either. */
	if (receiver == NULL) {
		return;
	}
	key = k_spin_lock(&pool.lock);
	place = room_for(size);
	if (place == NULL) {
		pool.dropped++;
	} else {
		memcpy(place, text, size);
		pool.write = (size_t)(place - pool.texts) + size;
		pool.empty = false;
	}
	k_spin_unlock(&pool.lock, key);
	(void)k_work_submit_to_queue(&queue, &delivery);
}

int lwm2m_os_at_init(lwm2m_os_at_handler_callback_t callback)
{
	(void)glue_queue();
	receiver = callback;
	return 0;
}
