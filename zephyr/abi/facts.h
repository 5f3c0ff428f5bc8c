/*
 * What the fact files share: compile-time checks that read the same in C and C++, for 32-bit and 64-bit processors.
 *
 * SPDX-License-Identifier: MIT OR Apache-2.0
 */

#ifndef FACTS_H
#define FACTS_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
#define CHECK(fact) static_assert(fact, #fact)
#define ALIGN_OF(type) alignof(type)
#else
#define CHECK(fact) _Static_assert(fact, #fact)
#define ALIGN_OF(type) _Alignof(type)
#endif

/* A fact that depends on the width of pointers. */
#if UINTPTR_MAX == 0xffffffff
#define WIDTH(narrow, wide) (narrow)
#else
#define WIDTH(narrow, wide) (wide)
#endif

/* Bare-metal Arm compilers make enumerations as small as their values unless told otherwise. */
#if defined(__ARM_EABI__) && !defined(LONG_ENUMS)
#define ENUM_SIZE 1
#else
#define ENUM_SIZE 4
#endif

#endif /* FACTS_H */
