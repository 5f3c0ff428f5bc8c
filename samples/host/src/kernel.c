/*
 * SPDX-License-Identifier: MIT OR Apache-2.0
 *
 * Threads, sleep and console on a PC, and the program's start: the threads defined at build time,
 * then the application's main. The process lives as long as its threads.
 */
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <zephyr/kernel.h>
#include <zephyr/sys/printk.h>

#include <lwm2m_os.h>

/* The sample's main: the build renames it, since this file holds the process's own. */
int application_main(void);

static struct host_thread *threads;

void host_thread_add(struct host_thread *thread)
{
	thread->next = threads;
	threads = thread;
}

int32_t k_sleep(k_timeout_t timeout)
{
	lwm2m_os_sleep(timeout.milliseconds);
	return 0;
}

void printk(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vprintf(format, arguments);
	va_end(arguments);
}

static void *thread_run(void *argument)
{
	const struct host_thread *thread = argument;

	if (thread->delay_ms > 0) {
		k_sleep(K_MSEC(thread->delay_ms));
	}
	thread->entry(thread->p1, thread->p2, thread->p3);
	return NULL;
}

int main(void)
{
	/* A reader at the other end of a pipe sees each line at once. */
	setvbuf(stdout, NULL, _IOLBF, BUFSIZ);

	for (struct host_thread *thread = threads; thread != NULL; thread = thread->next) {
		pthread_t id;

		if (pthread_create(&id, NULL, thread_run, thread) != 0) {
			fprintf(stderr, "thread %s did not start\n", thread->name);
			return EXIT_FAILURE;
		}
		pthread_detach(id);
	}
	application_main();

	/* Not pthread_exit: without its first thread a process has no name in /proc, and the modem
	 * needs that to start it anew at a reset. */
	for (;;) {
		pause();
	}
}
