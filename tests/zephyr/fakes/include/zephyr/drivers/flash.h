/*
 * SPDX-License-Identifier: MIT OR Apache-2.0
 *
 * A flash device as the record store asks for it.
 */
#ifndef FAKE_FLASH_H_
#define FAKE_FLASH_H_

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct device {
	bool ready;
};

struct flash_pages_info {
	off_t start_offset;
	size_t size;
	unsigned int index;
};

extern struct device fake_flash;

bool device_is_ready(const struct device *device);
int flash_get_page_info_by_offs(const struct device *device, off_t offset, struct flash_pages_info *info);
int flash_erase(const struct device *device, off_t offset, size_t size);

#endif /* FAKE_FLASH_H_ */
