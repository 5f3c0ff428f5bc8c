/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#ifndef FAKE_DFU_TARGET_H_
#define FAKE_DFU_TARGET_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DFU_TARGET_IMAGE_TYPE_MCUBOOT 1
enum dfu_target_evt_id { DFU_TARGET_EVT_TIMEOUT };
typedef void (*dfu_target_callback_t)(enum dfu_target_evt_id event);

int dfu_target_img_type(const void *const buf, size_t len);
int dfu_target_init(int type, int number, size_t size, dfu_target_callback_t cb);
int dfu_target_write(const void *const buf, size_t len);
int dfu_target_done(bool successful);
int dfu_target_reset(void);
int dfu_target_schedule_update(int number);

#endif /* FAKE_DFU_TARGET_H_ */
