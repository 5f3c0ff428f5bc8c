/*
 * Four cooperative threads on simulated time. A thread runs until it waits; when all wait, time jumps to what comes next.
 *
 * SPDX-License-Identifier: MIT OR Apache-2.0
 */

#ifndef SCHED_H
#define SCHED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SCHED_FOREVER INT64_MAX

enum sched_thread {
    SCHED_RUN,         /* lwm2m_carrier_init and lwm2m_carrier_run, 4096 bytes */
    SCHED_HELPER,      /* lwm2m_os_thread_start, 600 bytes */
    SCHED_QUEUE,       /* both work queues in one thread, 4096 bytes */
    SCHED_APPLICATION, /* the test itself */
    SCHED_THREADS
};

/* Makes a thread ready to run. */
void sched_start(enum sched_thread thread, void (*entry)(void));

/* Runs the threads; comes back when the application's thread has ended, or with false when nothing can happen any more. */
bool sched_run(void);

/* Milliseconds since the start. */
int64_t sched_now(void);

/* Lets others run until the condition holds or the time is up; condition NULL waits for the time alone. Tells whether it held. */
bool sched_wait(bool (*condition)(const void *), const void *argument, int64_t deadline);

/* Bytes of a thread's stack that were ever used. */
size_t sched_stack_used(enum sched_thread thread);

/* Runs a function of the simulated system on a stack of its own, so that it does not count for the calling thread. */
int sched_system_call(int (*function)(void *), void *argument);

/* Defined by the simulated modem: does what is due now; returns when it next has something to do. Called on the scheduler's stack. */
int64_t modem_step(int64_t now);

#endif /* SCHED_H */
