/*
 * SPDX-License-Identifier: MIT OR Apache-2.0
 *
 * The memory functions of the Arm run-time ABI (section 5.3.5), which Zephyr's minimal C library lacks and compiled Rust calls.
 */
#include <string.h>

#define ALIASES(name, parameters) \
	void name##4 parameters __attribute__((alias(#name))); \
	void name##8 parameters __attribute__((alias(#name)))

void __aeabi_memcpy(void *to, const void *from, size_t length)
{
	memcpy(to, from, length);
}

void __aeabi_memmove(void *to, const void *from, size_t length)
{
	memmove(to, from, length);
}

/* The value comes last here. */
void __aeabi_memset(void *to, size_t length, int value)
{
	memset(to, value, length);
}

void __aeabi_memclr(void *to, size_t length)
{
	memset(to, 0, length);
}

ALIASES(__aeabi_memcpy, (void *to, const void *from, size_t length));
ALIASES(__aeabi_memmove, (void *to, const void *from, size_t length));
ALIASES(__aeabi_memset, (void *to, size_t length, int value));
ALIASES(__aeabi_memclr, (void *to, size_t length));
