/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <stdint.h>
uint32_t sys_rand32_get(void);
