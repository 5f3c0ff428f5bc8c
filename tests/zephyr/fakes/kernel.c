/*
 * SPDX-License-Identifier: MIT OR Apache-2.0
 *
 * The kernel of kernel.h: one lock and one condition for everything that waits.
 */
#include <errno.h>
#include <stdio.h>
#include <time.h>

#include <zephyr/kernel.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t change;
static _Thread_local struct k_thread *current;

struct k_work_q k_sys_work_q;

__attribute__((constructor)) static void set_up(void)
{
	pthread_condattr_t attributes;

	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_cond_init(&change, &attributes);
	k_work_queue_start(&k_sys_work_q, NULL, 0, 0, NULL);
}

static void fatal(const char *what)
{
	fprintf(stderr, "kernel: %s\n", what);
	abort();
}

/* --- Time ------------------------------------------------------------------------------------- */

int64_t k_uptime_get(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int64_t k_uptime_delta(int64_t *reference)
{
	int64_t now = k_uptime_get();
	int64_t delta = now - *reference;

	*reference = now;
	return delta;
}

int32_t k_msleep(int32_t ms)
{
	struct timespec time = { ms / 1000, (long)(ms % 1000) * 1000000 };

	nanosleep(&time, NULL);
	return 0;
}

/* Waits for a change with the lock held, until an uptime or, when that is -1, without limit. */
static void wait_until(int64_t uptime)
{
	struct timespec end = { uptime / 1000, (long)(uptime % 1000) * 1000000 };

	if (uptime < 0) {
		pthread_cond_wait(&change, &lock);
	} else {
		pthread_cond_timedwait(&change, &lock, &end);
	}
}

/* --- Atomic values, locks, semaphores ----------------------------------------------------------- */

bool atomic_cas(atomic_t *target, atomic_val_t from, atomic_val_t to)
{
	return __atomic_compare_exchange_n(target, &from, to, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
}

bool atomic_test_and_set_bit(atomic_t *target, int bit)
{
	return (__atomic_fetch_or(target, 1L << bit, __ATOMIC_SEQ_CST) >> bit & 1) != 0;
}

int k_mutex_lock(struct k_mutex *mutex, k_timeout_t timeout)
{
	(void)timeout;
	return pthread_mutex_lock(&mutex->mutex);
}

int k_mutex_unlock(struct k_mutex *mutex)
{
	return pthread_mutex_unlock(&mutex->mutex);
}

k_spinlock_key_t k_spin_lock(struct k_spinlock *spinlock)
{
	return pthread_mutex_lock(&spinlock->mutex);
}

void k_spin_unlock(struct k_spinlock *spinlock, k_spinlock_key_t key)
{
	(void)key;
	pthread_mutex_unlock(&spinlock->mutex);
}

int k_sem_init(struct k_sem *sem, unsigned int initial, unsigned int limit)
{
	if (limit == 0 || initial > limit) {
		return -EINVAL;
	}
	pthread_mutex_lock(&lock);
	sem->count = initial;
	sem->limit = limit;
	pthread_mutex_unlock(&lock);
	return 0;
}

int k_sem_take(struct k_sem *sem, k_timeout_t timeout)
{
	int64_t end = timeout.ms < 0 ? -1 : k_uptime_get() + timeout.ms;
	unsigned int life;
	int result = 0;

	pthread_mutex_lock(&lock);
	life = sem->life;
	while (sem->count == 0 && result == 0) {
		if (timeout.ms == 0) {
			result = -EBUSY;
		} else if (sem->life != life || (end >= 0 && k_uptime_get() >= end)) {
			result = -EAGAIN;
		} else {
			wait_until(end);
		}
	}
	if (result == 0) {
		sem->count--;
	}
	pthread_mutex_unlock(&lock);
	return result;
}

void k_sem_give(struct k_sem *sem)
{
	pthread_mutex_lock(&lock);
	sem->count = MIN(sem->count + 1, sem->limit);
	pthread_cond_broadcast(&change);
	pthread_mutex_unlock(&lock);
}

void k_sem_reset(struct k_sem *sem)
{
	pthread_mutex_lock(&lock);
	sem->count = 0;
	sem->life++;
	pthread_cond_broadcast(&change);
	pthread_mutex_unlock(&lock);
}

/* --- Threads ------------------------------------------------------------------------------------ */

static void *thread_run(void *argument)
{
	current = argument;
	current->entry(current->arguments[0], current->arguments[1], current->arguments[2]);
	return NULL;
}

k_tid_t k_thread_create(struct k_thread *thread, void *stack, size_t size, void (*entry)(void *, void *, void *), void *p1, void *p2,
			void *p3, int priority, uint32_t options, k_timeout_t delay)
{
	(void)stack, (void)priority, (void)options, (void)delay;
	thread->entry = entry;
	thread->arguments[0] = p1;
	thread->arguments[1] = p2;
	thread->arguments[2] = p3;
	thread->stack_size = size;
	if (pthread_create(&thread->id, NULL, thread_run, thread) != 0) {
		fatal("no thread");
	}
	pthread_detach(thread->id);
	return thread;
}

int k_thread_name_set(k_tid_t thread, const char *name)
{
	thread->name = name;
	return 0;
}

k_tid_t k_current_get(void)
{
	return current;
}

/* --- Work --------------------------------------------------------------------------------------- */

/* Takes an item off its queue; whether it waited there. With the lock held. */
static bool take_off(struct k_work *work)
{
	struct k_work **place;

	if (work->queue == NULL || work->due < 0) {
		return false;
	}
	for (place = &work->queue->first; *place != NULL; place = &(*place)->next) {
		if (*place == work) {
			*place = work->next;
			work->due = -1;
			return true;
		}
	}
	return false;
}

/* The item that is due next, the oldest of those due at the same time. With the lock held. */
static struct k_work *next_due(struct k_work_q *queue)
{
	struct k_work *best = queue->first;

	for (struct k_work *work = best; work != NULL; work = work->next) {
		best = work->due < best->due ? work : best;
	}
	return best;
}

static void queue_run(void *argument, void *p2, void *p3)
{
	struct k_work_q *queue = argument;

	(void)p2, (void)p3;

	pthread_mutex_lock(&lock);
	for (;;) {
		struct k_work *work = next_due(queue);

		if (work == NULL || work->due > k_uptime_get()) {
			wait_until(work == NULL ? -1 : work->due);
			continue;
		}
		take_off(work);
		work->running = true;
		pthread_mutex_unlock(&lock);
		if (work->handler == NULL) {
			fatal("call of address 0");
		}
		work->handler(work);
		pthread_mutex_lock(&lock);
		work->running = false;
		pthread_cond_broadcast(&change);
	}
}

void k_work_queue_init(struct k_work_q *queue)
{
	queue->first = NULL;
}

void k_work_queue_start(struct k_work_q *queue, void *stack, size_t size, int priority, const struct k_work_queue_config *config)
{
	if (queue->started) {
		fatal("a queue is started twice");
	}
	queue->started = true;
	queue->thread.name = config != NULL ? config->name : NULL;
	k_thread_create(&queue->thread, stack, size, queue_run, queue, NULL, NULL, priority, 0, K_NO_WAIT);
}

k_tid_t k_work_queue_thread_get(struct k_work_q *queue)
{
	return &queue->thread;
}

/* Puts an item last on a queue. With the lock held. */
static int put(struct k_work_q *queue, struct k_work *work, int64_t due)
{
	struct k_work **end = &queue->first;

	if (!queue->started) {
		return -ENODEV;
	}
	while (*end != NULL) {
		end = &(*end)->next;
	}
	*end = work;
	work->next = NULL;
	work->queue = queue;
	work->due = due;
	pthread_cond_broadcast(&change);
	return 1;
}

int k_work_submit_to_queue(struct k_work_q *queue, struct k_work *work)
{
	int result = 0;

	pthread_mutex_lock(&lock);
	if (work->due < 0) {
		result = put(queue, work, 0);
	}
	pthread_mutex_unlock(&lock);
	return result;
}

void k_work_init_delayable(struct k_work_delayable *work, k_work_handler_t handler)
{
	work->work = (struct k_work){ .handler = handler, .due = -1 };
}

struct k_work_delayable *k_work_delayable_from_work(struct k_work *work)
{
	return CONTAINER_OF(work, struct k_work_delayable, work);
}

int k_work_reschedule_for_queue(struct k_work_q *queue, struct k_work_delayable *work, k_timeout_t delay)
{
	int result;

	pthread_mutex_lock(&lock);
	take_off(&work->work);
	result = put(queue, &work->work, k_uptime_get() + delay.ms);
	pthread_mutex_unlock(&lock);
	return result;
}

int k_work_cancel_delayable(struct k_work_delayable *work)
{
	int busy;

	pthread_mutex_lock(&lock);
	take_off(&work->work);
	busy = work->work.running;
	pthread_mutex_unlock(&lock);
	return busy;
}

bool k_work_cancel_delayable_sync(struct k_work_delayable *work, struct k_work_sync *sync)
{
	bool waited;

	(void)sync;
	pthread_mutex_lock(&lock);
	waited = take_off(&work->work);
	while (work->work.running) {
		if (work->work.queue != NULL && current == &work->work.queue->thread) {
			fatal("deadlock: a handler waits for itself");
		}
		wait_until(-1);
	}
	pthread_mutex_unlock(&lock);
	return waited;
}

int k_work_delayable_busy_get(const struct k_work_delayable *work)
{
	int busy;

	pthread_mutex_lock(&lock);
	busy = work->work.running || (work->work.queue != NULL && work->work.due >= 0);
	pthread_mutex_unlock(&lock);
	return busy;
}

bool k_work_delayable_is_pending(const struct k_work_delayable *work)
{
	return k_work_delayable_busy_get(work) != 0;
}

int64_t k_work_delayable_remaining_get(const struct k_work_delayable *work)
{
	int64_t left = 0;

	pthread_mutex_lock(&lock);
	if (work->work.queue != NULL && work->work.due >= 0) {
		left = MAX(work->work.due - k_uptime_get(), 0);
	}
	pthread_mutex_unlock(&lock);
	return left;
}
