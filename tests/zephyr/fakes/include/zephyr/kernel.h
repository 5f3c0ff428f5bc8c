/*
 * SPDX-License-Identifier: MIT OR Apache-2.0
 *
 * The kernel calls that the integration makes, on threads of a PC. One tick is a millisecond. What waits for ever in the kernel ends the
 * program here, with a word.
 */
#ifndef FAKE_KERNEL_H_
#define FAKE_KERNEL_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#ifdef __arm__
/* Only compiled and linked there: newlib has the types, but no threads. */
#include <sys/types.h>
#define PTHREAD_MUTEX_INITIALIZER 0
#else
#include <pthread.h>
#endif

#define ARG_UNUSED(argument) (void)(argument)
#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))
#define MIN(a, b) ((a) < (b) ? (a) : (b))
#define MAX(a, b) ((a) > (b) ? (a) : (b))
#define CONTAINER_OF(pointer, type, member) ((type *)((char *)(pointer) - offsetof(type, member)))
#define BUILD_ASSERT(fact) _Static_assert(fact, #fact)
#define __weak __attribute__((weak))
#ifndef __aligned
#define __aligned(bytes) __attribute__((aligned(bytes)))
#endif

/* --- Time ------------------------------------------------------------------------------------- */

typedef struct {
	int64_t ms;
} k_timeout_t;

#define K_FOREVER ((k_timeout_t){ -1 })
#define K_NO_WAIT ((k_timeout_t){ 0 })
#define K_MSEC(time) ((k_timeout_t){ time })

int64_t k_uptime_get(void);
int64_t k_uptime_delta(int64_t *reference);
int32_t k_msleep(int32_t ms);
#define k_ticks_to_ms_floor64(ticks) (ticks)

/* --- Atomic values ---------------------------------------------------------------------------- */

typedef long atomic_t;
typedef long atomic_val_t;

#define atomic_inc(target) __atomic_fetch_add(target, 1, __ATOMIC_SEQ_CST)
#define atomic_dec(target) __atomic_fetch_sub(target, 1, __ATOMIC_SEQ_CST)
bool atomic_cas(atomic_t *target, atomic_val_t from, atomic_val_t to);
bool atomic_test_and_set_bit(atomic_t *target, int bit);

/* --- Locks and semaphores --------------------------------------------------------------------- */

struct k_mutex {
	pthread_mutex_t mutex;
};
#define K_MUTEX_DEFINE(name) struct k_mutex name = { PTHREAD_MUTEX_INITIALIZER }
int k_mutex_lock(struct k_mutex *mutex, k_timeout_t timeout);
int k_mutex_unlock(struct k_mutex *mutex);

struct k_spinlock {
	pthread_mutex_t mutex;
};
typedef int k_spinlock_key_t;
k_spinlock_key_t k_spin_lock(struct k_spinlock *lock);
void k_spin_unlock(struct k_spinlock *lock, k_spinlock_key_t key);

struct k_sem {
	unsigned int count;
	unsigned int limit;
	/* Each reset begins another. */
	unsigned int life;
};
int k_sem_init(struct k_sem *sem, unsigned int initial, unsigned int limit);
int k_sem_take(struct k_sem *sem, k_timeout_t timeout);
void k_sem_give(struct k_sem *sem);
void k_sem_reset(struct k_sem *sem);

/* --- Threads ---------------------------------------------------------------------------------- */

#define K_LOWEST_APPLICATION_THREAD_PRIO 14

struct k_thread {
	pthread_t id;
	void (*entry)(void *, void *, void *);
	void *arguments[3];
	size_t stack_size;
	const char *name;
};
typedef struct k_thread *k_tid_t;

#define K_THREAD_STACK_DEFINE(name, size) unsigned char name[size]
#define K_THREAD_STACK_ARRAY_DEFINE(name, count, size) unsigned char name[count][size]
#define K_THREAD_STACK_SIZEOF(stack) sizeof(stack)
#define K_THREAD_DEFINE(name, size, entry, p1, p2, p3, priority, options, delay) \
	const size_t name##_stack_size = size; \
	void (*const name)(void *, void *, void *) = entry

k_tid_t k_thread_create(struct k_thread *thread, void *stack, size_t size, void (*entry)(void *, void *, void *), void *p1, void *p2,
			void *p3, int priority, uint32_t options, k_timeout_t delay);
int k_thread_name_set(k_tid_t thread, const char *name);
/* NULL on a thread the kernel has not made. */
k_tid_t k_current_get(void);

/* --- Work ------------------------------------------------------------------------------------- */

struct k_work;
struct k_work_q;
typedef void (*k_work_handler_t)(struct k_work *work);

struct k_work {
	k_work_handler_t handler;
	/* Where it waits or runs. */
	struct k_work_q *queue;
	/* Uptime it is due at; -1 when it does not wait. */
	int64_t due;
	bool running;
	struct k_work *next;
};

struct k_work_delayable {
	struct k_work work;
};

struct k_work_sync {
	int unused;
};

struct k_work_queue_config {
	const char *name;
};

struct k_work_q {
	struct k_thread thread;
	struct k_work *first;
	bool started;
};

extern struct k_work_q k_sys_work_q;

#define K_WORK_DEFINE(name, function) struct k_work name = { .handler = function, .due = -1 }
#define K_WORK_DELAYABLE_DEFINE(name, function) struct k_work_delayable name = { .work = { .handler = function, .due = -1 } }

void k_work_queue_init(struct k_work_q *queue);
void k_work_queue_start(struct k_work_q *queue, void *stack, size_t size, int priority, const struct k_work_queue_config *config);
k_tid_t k_work_queue_thread_get(struct k_work_q *queue);
int k_work_submit_to_queue(struct k_work_q *queue, struct k_work *work);
void k_work_init_delayable(struct k_work_delayable *work, k_work_handler_t handler);
struct k_work_delayable *k_work_delayable_from_work(struct k_work *work);
int k_work_reschedule_for_queue(struct k_work_q *queue, struct k_work_delayable *work, k_timeout_t delay);
int k_work_cancel_delayable(struct k_work_delayable *work);
bool k_work_cancel_delayable_sync(struct k_work_delayable *work, struct k_work_sync *sync);
int k_work_delayable_busy_get(const struct k_work_delayable *work);
bool k_work_delayable_is_pending(const struct k_work_delayable *work);
int64_t k_work_delayable_remaining_get(const struct k_work_delayable *work);

/* --- Memory ----------------------------------------------------------------------------------- */

#define k_malloc malloc
#define k_free free

#endif /* FAKE_KERNEL_H_ */
