/*
 * The lwm2m_os_* functions for the bare-metal program: simulated time, semaphores, one helper thread, records and keys in memory.
 * It behaves like the original integration where that is unkind: a semaphore must be initialised once from NULL, keys are refused
 * while the link is up.
 *
 * SPDX-License-Identifier: MIT OR Apache-2.0
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <lwm2m_os.h>

#include "sched.h"
#include "world.h"

struct world world;

int lwm2m_os_init(void)
{
    return world.fail_os_init ? -ENODEV : 0;
}

int lwm2m_os_nrf_modem_init(void)
{
    return world.fail_modem_init ? -EIO : 0;
}

int lwm2m_os_nrf_modem_shutdown(void)
{
    return 0;
}

int lwm2m_os_at_init(lwm2m_os_at_handler_callback_t callback)
{
    world.notify = callback;
    return 0;
}

void *lwm2m_os_malloc(size_t size)
{
    (void)size;
    world.heap_calls++;
    return NULL;
}

void lwm2m_os_free(void *ptr)
{
    (void)ptr;
    world.heap_calls++;
}

int64_t lwm2m_os_uptime_get(void)
{
    return sched_now();
}

int64_t lwm2m_os_uptime_delta(int64_t *ref)
{
    int64_t delta = sched_now() - *ref;

    *ref = sched_now();
    return delta;
}

int lwm2m_os_sleep(int ms)
{
    sched_wait(NULL, NULL, sched_now() + ms);
    return 0;
}

static bool never(const void *argument)
{
    (void)argument;
    return false;
}

void lwm2m_os_sys_reset(void)
{
    world.resets++;
    sched_wait(never, NULL, SCHED_FOREVER);
}

uint32_t lwm2m_os_rand_get(void)
{
    static uint32_t state = 0x2545F491;

    state ^= state << 13;
    state ^= state >> 17;
    state ^= state << 5;
    return state;
}

int lwm2m_os_nrf_errno(void)
{
    return world.nrf_errno;
}

/* Semaphores. */

struct semaphore {
    unsigned int count;
    unsigned int limit;
};

static struct semaphore semaphores[LWM2M_OS_MAX_SEM_COUNT];
static unsigned int semaphores_used;

int lwm2m_os_sem_init(lwm2m_os_sem_t **sem, unsigned int initial_count, unsigned int limit)
{
    struct semaphore *semaphore;

    if (world.fail_sem_init || limit == 0 || initial_count > limit || *sem != NULL ||
        semaphores_used == LWM2M_OS_MAX_SEM_COUNT) {
        return -EINVAL;
    }
    semaphore = &semaphores[semaphores_used++];
    semaphore->count = initial_count;
    semaphore->limit = limit;
    *sem = semaphore;
    return 0;
}

static bool available(const void *semaphore)
{
    return ((const struct semaphore *)semaphore)->count > 0;
}

int lwm2m_os_sem_take(lwm2m_os_sem_t *sem, int timeout)
{
    struct semaphore *semaphore = sem;
    int64_t deadline = timeout < 0 ? SCHED_FOREVER : sched_now() + timeout;

    if (!available(semaphore) && timeout == 0) {
        return -EBUSY;
    }
    if (!available(semaphore) && !sched_wait(available, semaphore, deadline)) {
        return -EAGAIN;
    }
    semaphore->count--;
    return 0;
}

void lwm2m_os_sem_give(lwm2m_os_sem_t *sem)
{
    struct semaphore *semaphore = sem;

    if (semaphore->count < semaphore->limit) {
        semaphore->count++;
    }
}

void lwm2m_os_sem_reset(lwm2m_os_sem_t *sem)
{
    ((struct semaphore *)sem)->count = 0;
}

/* The helper thread. */

static lwm2m_os_thread_entry_t helper;

static void helper_main(void)
{
    helper(NULL, NULL, NULL);
}

int lwm2m_os_thread_start(int index, lwm2m_os_thread_entry_t entry, const char *name)
{
    (void)name;
    if (index < 0 || index >= LWM2M_OS_MAX_THREAD_COUNT) {
        return -EINVAL;
    }
    helper = entry;
    sched_start(SCHED_HELPER, helper_main);
    return 0;
}

/* The work queues and their timers. */

struct timer {
    lwm2m_os_timer_handler_t handler;
    int64_t due;
};

static struct timer timers[LWM2M_OS_MAX_TIMER_COUNT];
static bool queue_started;

static struct timer *due_timer(void)
{
    for (size_t index = 0; index < LWM2M_OS_MAX_TIMER_COUNT; index++) {
        if (timers[index].due != 0 && timers[index].due <= sched_now()) {
            return &timers[index];
        }
    }
    return NULL;
}

static bool timer_is_due(const void *unused)
{
    (void)unused;
    return due_timer() != NULL;
}

static void queue_main(void)
{
    for (;;) {
        struct timer *timer = due_timer();

        if (timer == NULL) {
            sched_wait(timer_is_due, NULL, SCHED_FOREVER);
            continue;
        }
        timer->due = 0;
        timer->handler(timer);
    }
}

lwm2m_os_work_q_t *lwm2m_os_work_q_start(int index, const char *name)
{
    static char queues[LWM2M_OS_MAX_WORK_QS];

    (void)name;
    if (index < 0 || index >= LWM2M_OS_MAX_WORK_QS) {
        return NULL;
    }
    if (!queue_started) {
        queue_started = true;
        sched_start(SCHED_QUEUE, queue_main);
    }
    return &queues[index];
}

lwm2m_os_timer_t *lwm2m_os_timer_get(lwm2m_os_timer_handler_t handler)
{
    for (size_t index = 0; index < LWM2M_OS_MAX_TIMER_COUNT; index++) {
        if (timers[index].handler == NULL) {
            timers[index].handler = handler;
            return &timers[index];
        }
    }
    return NULL;
}

int lwm2m_os_timer_start_on_q(lwm2m_os_work_q_t *work_q, lwm2m_os_timer_t *timer, int64_t delay)
{
    if (work_q == NULL || timer == NULL || delay != 0) {
        return -EINVAL;
    }
    ((struct timer *)timer)->due = sched_now();
    return 0;
}

/* Records and keys: one store, keyed by number. Keys have numbers above all record ids. */

struct record {
    uint32_t id;
    uint16_t len;
    uint8_t data[512];
};

static struct record records[16];

static struct record *find(uint32_t id)
{
    for (size_t index = 0; index < sizeof(records) / sizeof(records[0]); index++) {
        if (records[index].id == id) {
            return &records[index];
        }
    }
    return NULL;
}

static int store(uint32_t id, const void *data, size_t len)
{
    struct record *record = find(id);

    if (record == NULL) {
        record = find(0);
    }
    if (record == NULL) {
        return -ENOSPC;
    }
    if (len > sizeof(record->data)) {
        return -EINVAL;
    }
    if (record->id == id && record->len == len && memcmp(record->data, data, len) == 0) {
        return 0;
    }
    record->id = len == 0 ? 0 : id;
    record->len = (uint16_t)len;
    memcpy(record->data, data, len);
    return (int)len;
}

static void check_id(uint16_t id)
{
    if (id < LWM2M_OS_STORAGE_BASE || id > LWM2M_OS_STORAGE_END) {
        abort();
    }
}

int lwm2m_os_storage_delete(uint16_t id)
{
    struct record *record;

    check_id(id);
    record = find(id);
    if (record != NULL) {
        record->id = 0;
    }
    return 0;
}

int lwm2m_os_storage_read(uint16_t id, void *data, size_t len)
{
    const struct record *record;

    check_id(id);
    record = find(id);
    if (record == NULL) {
        return -ENOENT;
    }
    memcpy(data, record->data, len < record->len ? len : record->len);
    return record->len;
}

int lwm2m_os_storage_write(uint16_t id, const void *data, size_t len)
{
    check_id(id);
    return store(id, data, len);
}

#define PSK(tag) (0x10000000U + (tag))
#define IDENTITY(tag) (0x20000000U + (tag))

static int key_exists(uint32_t id, bool *exists)
{
    *exists = find(id) != NULL;
    return 0;
}

static int key_write(uint32_t id, const void *buf, uint16_t len)
{
    int written;

    if (buf == NULL || len == 0) {
        return -EINVAL;
    }
    if (modem_link_is_on()) {
        return -EACCES;
    }
    written = store(id, buf, len);
    return written < 0 ? -ENOMEM : 0;
}

static int key_delete(uint32_t id)
{
    struct record *record = find(id);

    if (modem_link_is_on()) {
        return -EACCES;
    }
    if (record == NULL) {
        return -ENOENT;
    }
    record->id = 0;
    return 0;
}

int lwm2m_os_sec_psk_exists(uint32_t sec_tag, bool *exists)
{
    return key_exists(PSK(sec_tag), exists);
}

int lwm2m_os_sec_psk_write(uint32_t sec_tag, const void *buf, uint16_t len)
{
    return key_write(PSK(sec_tag), buf, len);
}

int lwm2m_os_sec_psk_delete(uint32_t sec_tag)
{
    return key_delete(PSK(sec_tag));
}

int lwm2m_os_sec_identity_exists(uint32_t sec_tag, bool *exists)
{
    return key_exists(IDENTITY(sec_tag), exists);
}

int lwm2m_os_sec_identity_write(uint32_t sec_tag, const void *buf, uint16_t len)
{
    return key_write(IDENTITY(sec_tag), buf, len);
}

int lwm2m_os_sec_identity_delete(uint32_t sec_tag)
{
    return key_delete(IDENTITY(sec_tag));
}

/* One more access point than the default one; its connection has number 1. */

static bool pdn_active;

int lwm2m_os_pdn_init(void)
{
    return 0;
}

int lwm2m_os_pdn_ctx_create(uint8_t *cid, lwm2m_os_pdn_event_handler_t cb)
{
    if (cid == NULL || cb == NULL) {
        return -EFAULT;
    }
    *cid = 1;
    return 0;
}

int lwm2m_os_pdn_ctx_configure(uint8_t cid, const char *apn, enum lwm2m_os_pdn_fam family)
{
    return cid == 1 && strlen(apn) < 64 && family <= LWM2M_OS_PDN_FAM_IPV4V6 ? 0 : -EINVAL;
}

int lwm2m_os_pdn_activate(uint8_t cid, int *esm, enum lwm2m_os_pdn_fam *family)
{
    if (cid != 1 || esm == NULL || family != NULL || !modem_link_is_on()) {
        return -EINVAL;
    }
    *esm = 0;
    pdn_active = true;
    return 0;
}

int lwm2m_os_pdn_deactivate(uint8_t cid)
{
    pdn_active = false;
    return cid == 1 ? 0 : -EINVAL;
}

int lwm2m_os_pdn_id_get(uint8_t cid)
{
    return cid == 1 && pdn_active ? 1 : -EBADMSG;
}

int lwm2m_os_sms_client_register(lwm2m_os_sms_callback_t lib_callback, void *context)
{
    (void)context;
    return lib_callback != NULL ? 0 : -EIO;
}
