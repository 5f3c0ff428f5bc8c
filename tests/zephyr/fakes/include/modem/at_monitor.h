/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <stdbool.h>
#include <stddef.h>

#define ANY NULL

void fake_monitor_add(const char *filter, void (*handler)(const char *notification), bool direct);

#define FAKE_MONITOR(name, filter, handler, direct) \
	static void handler(const char *); \
	__attribute__((constructor)) static void name##_add(void) \
	{ \
		fake_monitor_add(filter, handler, direct); \
	} \
	_Static_assert(1, "")

#define AT_MONITOR(name, filter, handler) FAKE_MONITOR(name, filter, handler, false)
#define AT_MONITOR_ISR(name, filter, handler) FAKE_MONITOR(name, filter, handler, true)
