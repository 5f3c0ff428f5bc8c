/*
 * SPDX-License-Identifier: MIT OR Apache-2.0
 *
 * Flash, record store, checksums, random numbers and reset.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <zephyr/drivers/flash.h>
#include <zephyr/fs/nvs.h>
#include <zephyr/random/random.h>
#include <zephyr/sys/crc.h>
#include <zephyr/sys/reboot.h>

#include "fakes.h"

#define RECORDS 32
#define EMPTY 0xffff

struct device fake_flash = { true };
bool fake_flash_is_garbage;

static struct {
	uint16_t id;
	size_t length;
	uint8_t data[4096];
} records[RECORDS];

bool device_is_ready(const struct device *device)
{
	return device->ready;
}

int flash_get_page_info_by_offs(const struct device *device, off_t offset, struct flash_pages_info *info)
{
	(void)device;
	*info = (struct flash_pages_info){ .start_offset = offset, .size = 4096 };
	return 0;
}

int flash_erase(const struct device *device, off_t offset, size_t size)
{
	(void)device, (void)offset, (void)size;
	fake_flash_is_garbage = false;
	return 0;
}

int nvs_mount(struct nvs_fs *fs)
{
	if (fake_flash_is_garbage || fs->sector_count < 2) {
		return -EDEADLK;
	}
	for (size_t i = 0; i < RECORDS; i++) {
		records[i].id = EMPTY;
	}
	return 0;
}

static long find(uint16_t id)
{
	for (size_t i = 0; i < RECORDS; i++) {
		if (records[i].id == id) {
			return (long)i;
		}
	}
	return -1;
}

ssize_t nvs_read(struct nvs_fs *fs, uint16_t id, void *data, size_t length)
{
	long place = find(id);

	if (length > fs->sector_size) {
		return -EINVAL;
	}
	if (place < 0) {
		return -ENOENT;
	}
	memcpy(data, records[place].data, length < records[place].length ? length : records[place].length);
	return (ssize_t)records[place].length;
}

ssize_t nvs_write(struct nvs_fs *fs, uint16_t id, const void *data, size_t length)
{
	long place = find(id);

	if (length > fs->sector_size - 32u) {
		return -EINVAL;
	}
	if (length == 0) {
		return nvs_delete(fs, id);
	}
	if (place >= 0 && records[place].length == length && memcmp(records[place].data, data, length) == 0) {
		return 0;
	}
	place = place >= 0 ? place : find(EMPTY);
	if (place < 0) {
		return -ENOSPC;
	}
	records[place].id = id;
	records[place].length = length;
	memcpy(records[place].data, data, length);
	return (ssize_t)length;
}

int nvs_delete(struct nvs_fs *fs, uint16_t id)
{
	long place = find(id);

	(void)fs;
	if (place >= 0) {
		records[place].id = EMPTY;
	}
	return 0;
}

uint32_t crc32_ieee_update(uint32_t crc, const uint8_t *data, size_t length)
{
	crc = ~crc;
	for (size_t i = 0; i < length; i++) {
		crc ^= data[i];
		for (int bit = 0; bit < 8; bit++) {
			crc = crc >> 1 ^ (crc & 1 ? 0xedb88320 : 0);
		}
	}
	return ~crc;
}

uint32_t crc32_ieee(const uint8_t *data, size_t length)
{
	return crc32_ieee_update(0, data, length);
}

uint32_t sys_rand32_get(void)
{
	return (uint32_t)random() << 16 ^ (uint32_t)random();
}

_Noreturn void sys_reboot(int type)
{
	exit(type == SYS_REBOOT_COLD ? FAKE_REBOOT : 1);
}
