/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <stddef.h>
#include <stdint.h>
int dfu_target_mcuboot_set_buf(uint8_t *buffer, size_t length);
