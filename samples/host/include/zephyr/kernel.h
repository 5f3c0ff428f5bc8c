/*
 * SPDX-License-Identifier: MIT OR Apache-2.0
 *
 * The few kernel calls the sample makes, for a PC: threads defined at build time and sleeping.
 * Time is the virtual modem's, so a run can be faster than real time. Stack sizes and priorities
 * are taken and not used.
 */
#ifndef HOST_ZEPHYR_KERNEL_H_
#define HOST_ZEPHYR_KERNEL_H_

#include <stddef.h>
#include <stdint.h>

#define ARG_UNUSED(x) (void)(x)
#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

typedef struct {
	int32_t milliseconds;
} k_timeout_t;

#define K_MSEC(ms) ((k_timeout_t){ (ms) })
#define K_SECONDS(s) K_MSEC((s) * 1000)

typedef void (*k_thread_entry_t)(void *p1, void *p2, void *p3);

/* A thread defined at build time; the program's start runs each one. */
struct host_thread {
	const char *name;
	k_thread_entry_t entry;
	void *p1;
	void *p2;
	void *p3;
	int32_t delay_ms;
	struct host_thread *next;
};

/* Puts a thread on the list to start; called before main. */
void host_thread_add(struct host_thread *thread);

#define K_THREAD_DEFINE(thread_name, stack_size, entry_, p1_, p2_, p3_, priority, options, delay)   \
	static void __attribute__((constructor)) thread_name##_add(void)                           \
	{                                                                                          \
		static struct host_thread thread = {                                               \
			.name = #thread_name,                                                      \
			.entry = (k_thread_entry_t)(entry_),                                       \
			.p1 = (p1_),                                                               \
			.p2 = (p2_),                                                               \
			.p3 = (p3_),                                                               \
			.delay_ms = (delay),                                                       \
		};                                                                                 \
		_Static_assert((stack_size) > 0, "a thread needs a stack");                        \
		_Static_assert((priority) > -64 && (priority) < 64 && (options) == 0,              \
			       "no such priority or option");                                      \
		host_thread_add(&thread);                                                          \
	}                                                                                          \
	_Static_assert(1, "K_THREAD_DEFINE ends with a semicolon")

/* Sleeps at least as long as asked and returns 0: nothing wakes a thread early here. */
int32_t k_sleep(k_timeout_t timeout);

#endif /* HOST_ZEPHYR_KERNEL_H_ */
