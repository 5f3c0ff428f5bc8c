/*
 * SPDX-License-Identifier: MIT OR Apache-2.0
 *
 * Hooks for work queues and timers. A timer is a delayed work item. Plain timers run on the queue that delivers notifications, not on
 * the system's: what they do cannot hold up the rest of the firmware.
 */
#include <errno.h>

#include <zephyr/kernel.h>

#include "glue.h"

#define PRIORITY MIN(CONFIG_LWM2M_CARRIER_THREAD_PRIORITY, K_LOWEST_APPLICATION_THREAD_PRIO)

struct timer {
	struct k_work_delayable work;
	/* NULL: the slot is free. */
	lwm2m_os_timer_handler_t handler;
	/* Where it was started last. */
	struct k_work_q *queue;
};

static K_THREAD_STACK_ARRAY_DEFINE(stacks, LWM2M_OS_MAX_WORK_QS, CONFIG_LWM2M_CARRIER_WORK_QUEUE_STACK_SIZE);
static struct k_work_q queues[LWM2M_OS_MAX_WORK_QS];
static atomic_t queues_started;

static struct timer timers[LWM2M_OS_MAX_TIMER_COUNT];
static K_MUTEX_DEFINE(timers_lock);

/* --- Work queues ----------------------------------------------------------------------------- */

/* The second call for an index finds the queue running. */
lwm2m_os_work_q_t *lwm2m_os_work_q_start(int index, const char *name)
{
	const struct k_work_queue_config config = { .name = name };

	if (index < 0 || index >= LWM2M_OS_MAX_WORK_QS) {
		return NULL;
	}
	if (!atomic_test_and_set_bit(&queues_started, index)) {
		k_work_queue_init(&queues[index]);
		k_work_queue_start(&queues[index], stacks[index], K_THREAD_STACK_SIZEOF(stacks[index]), PRIORITY, &config);
	}
	return &queues[index];
}

/* --- Timers ---------------------------------------------------------------------------------- */

static void expired(struct k_work *work)
{
	struct timer *timer = CONTAINER_OF(k_work_delayable_from_work(work), struct timer, work);
	lwm2m_os_timer_handler_t handler = timer->handler;

	if (handler != NULL) {
		handler(timer);
	}
}

lwm2m_os_timer_t *lwm2m_os_timer_get(lwm2m_os_timer_handler_t handler)
{
	struct timer *found = NULL;

	if (handler == NULL) {
		return NULL;
	}
	(void)k_mutex_lock(&timers_lock, K_FOREVER);
	for (size_t i = 0; i < ARRAY_SIZE(timers) && found == NULL; i++) {
		/* A slot given back in its own handler is free when the handler has ended. */
		if (timers[i].handler == NULL && k_work_delayable_busy_get(&timers[i].work) == 0) {
			found = &timers[i];
			k_work_init_delayable(&found->work, expired);
			found->handler = handler;
			found->queue = NULL;
		}
	}
	(void)k_mutex_unlock(&timers_lock);
	return found;
}

/* A pending timer is stopped first, so that nothing is called afterwards. */
void lwm2m_os_timer_release(lwm2m_os_timer_t *pointer)
{
	struct timer *timer = pointer;

	if (timer != NULL) {
		lwm2m_os_timer_cancel(timer);
		timer->handler = NULL;
	}
}

int lwm2m_os_timer_start_on_q(lwm2m_os_work_q_t *work_q, lwm2m_os_timer_t *pointer, int64_t delay)
{
	struct timer *timer = pointer;

	if (timer == NULL || timer->handler == NULL || work_q == NULL) {
		return -EINVAL;
	}
	timer->queue = work_q;
	return k_work_reschedule_for_queue(work_q, &timer->work, K_MSEC(MAX(delay, 0))) < 0 ? -EINVAL : 0;
}

int lwm2m_os_timer_start(lwm2m_os_timer_t *timer, int64_t delay)
{
	return lwm2m_os_timer_start_on_q(glue_queue(), timer, delay);
}

/* In the timer's own handler nothing is left to wait for. */
void lwm2m_os_timer_cancel(lwm2m_os_timer_t *pointer)
{
	struct timer *timer = pointer;
	struct k_work_sync sync;

	if (timer == NULL || timer->queue == NULL) {
		return;
	}
	if (k_current_get() == k_work_queue_thread_get(timer->queue)) {
		(void)k_work_cancel_delayable(&timer->work);
	} else {
		(void)k_work_cancel_delayable_sync(&timer->work, &sync);
	}
}

int64_t lwm2m_os_timer_remaining(lwm2m_os_timer_t *pointer)
{
	struct timer *timer = pointer;

	return timer->queue == NULL ? 0 : (int64_t)k_ticks_to_ms_floor64(k_work_delayable_remaining_get(&timer->work));
}

bool lwm2m_os_timer_is_pending(lwm2m_os_timer_t *pointer)
{
	struct timer *timer = pointer;

	return timer->queue != NULL && k_work_delayable_is_pending(&timer->work);
}
