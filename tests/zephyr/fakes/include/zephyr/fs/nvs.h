/*
 * SPDX-License-Identifier: MIT OR Apache-2.0
 *
 * NVS with its results, in memory.
 */
#ifndef FAKE_NVS_H_
#define FAKE_NVS_H_

#include <stdint.h>
#include <sys/types.h>

#include <zephyr/drivers/flash.h>

struct nvs_fs {
	off_t offset;
	uint16_t sector_size;
	uint16_t sector_count;
	const struct device *flash_device;
};

int nvs_mount(struct nvs_fs *fs);
ssize_t nvs_read(struct nvs_fs *fs, uint16_t id, void *data, size_t length);
ssize_t nvs_write(struct nvs_fs *fs, uint16_t id, const void *data, size_t length);
int nvs_delete(struct nvs_fs *fs, uint16_t id);

#endif /* FAKE_NVS_H_ */
