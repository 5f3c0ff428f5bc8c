/*
 * SPDX-License-Identifier: MIT OR Apache-2.0
 *
 * Hooks of the operating system: start-up, memory, time, random numbers, semaphores, the helper thread.
 */
#include <errno.h>

#include <zephyr/kernel.h>
#include <zephyr/logging/log.h>
#include <zephyr/logging/log_ctrl.h>
#if __has_include(<zephyr/random/random.h>)
#include <zephyr/random/random.h>
#else
#include <zephyr/random/rand32.h>
#endif
#include <zephyr/sys/reboot.h>

#include "glue.h"

LOG_MODULE_REGISTER(lwm2m_carrier, CONFIG_LWM2M_CARRIER_LOG_LEVEL);

int lwm2m_os_init(void)
{
	int err = glue_storage_init();

	if (err == 0) {
		(void)glue_queue();
	}
	return err;
}

/* --- Memory ----------------------------------------------------------------------------------- */

#if CONFIG_HEAP_MEM_POOL_SIZE > 0

void *lwm2m_os_malloc(size_t size)
{
	return k_malloc(size);
}

void lwm2m_os_free(void *ptr)
{
	k_free(ptr);
}

#endif /* CONFIG_HEAP_MEM_POOL_SIZE > 0 */

/* --- Time, random numbers, reset ------------------------------------------------------------- */

int64_t lwm2m_os_uptime_get(void)
{
	return k_uptime_get();
}

int64_t lwm2m_os_uptime_delta(int64_t *ref)
{
	return k_uptime_delta(ref);
}

int lwm2m_os_sleep(int ms)
{
	return k_msleep(ms);
}

uint32_t lwm2m_os_rand_get(void)
{
	return sys_rand32_get();
}

void lwm2m_os_sys_reset(void)
{
	/* What is in the log would be lost. */
	LOG_PANIC();
	sys_reboot(SYS_REBOOT_COLD);
}

/* --- Semaphores ------------------------------------------------------------------------------ */

static struct k_sem semaphores[LWM2M_OS_MAX_SEM_COUNT];
static atomic_t semaphores_taken;

/* A semaphore that already is one is initialised anew; the pool is left alone for a wrong count or limit. */
int lwm2m_os_sem_init(lwm2m_os_sem_t **sem, unsigned int initial_count, unsigned int limit)
{
	if (sem == NULL || limit == 0 || initial_count > limit) {
		return -EINVAL;
	}
	if (*sem == NULL) {
		atomic_val_t index = atomic_inc(&semaphores_taken);

		if (index >= LWM2M_OS_MAX_SEM_COUNT) {
			atomic_dec(&semaphores_taken);
			return -ENOMEM;
		}
		*sem = &semaphores[index];
	}
	return k_sem_init(*sem, initial_count, limit);
}

int lwm2m_os_sem_take(lwm2m_os_sem_t *sem, int timeout)
{
	return k_sem_take(sem, timeout < 0 ? K_FOREVER : K_MSEC(timeout));
}

void lwm2m_os_sem_give(lwm2m_os_sem_t *sem)
{
	k_sem_give(sem);
}

void lwm2m_os_sem_reset(lwm2m_os_sem_t *sem)
{
	k_sem_reset(sem);
}

/* --- Thread ---------------------------------------------------------------------------------- */

static K_THREAD_STACK_DEFINE(helper_stack, CONFIG_LWM2M_CARRIER_HELPER_STACK_SIZE);
static struct k_thread helper;
static atomic_t helper_started;

int lwm2m_os_thread_start(int index, lwm2m_os_thread_entry_t entry, const char *name)
{
	if (index < 0 || index >= LWM2M_OS_MAX_THREAD_COUNT || entry == NULL || !atomic_cas(&helper_started, 0, 1)) {
		return -EINVAL;
	}
	k_thread_create(&helper, helper_stack, K_THREAD_STACK_SIZEOF(helper_stack), entry, NULL, NULL, NULL,
			MIN(CONFIG_LWM2M_CARRIER_THREAD_PRIORITY, K_LOWEST_APPLICATION_THREAD_PRIO), 0, K_NO_WAIT);
	(void)k_thread_name_set(&helper, name);
	return 0;
}
