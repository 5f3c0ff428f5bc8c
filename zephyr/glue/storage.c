/*
 * SPDX-License-Identifier: MIT OR Apache-2.0
 *
 * Hooks for records: NVS on the partition lwm2m_carrier, of the Partition Manager where there is one and of the devicetree elsewhere.
 */
#include <errno.h>

#include <zephyr/drivers/flash.h>
#include <zephyr/fs/nvs.h>
#include <zephyr/kernel.h>
#include <zephyr/storage/flash_map.h>

#include "glue.h"

static struct nvs_fs store;
static bool mounted;

int glue_storage_init(void)
{
	struct flash_pages_info page;
	size_t sector;
	int err;

	if (mounted) {
		return 0;
	}
	store.flash_device = FIXED_PARTITION_DEVICE(lwm2m_carrier);
	store.offset = FIXED_PARTITION_OFFSET(lwm2m_carrier);
	if (!device_is_ready(store.flash_device)) {
		return -ENODEV;
	}
	err = flash_get_page_info_by_offs(store.flash_device, store.offset, &page);
	if (err != 0) {
		return err;
	}
	sector = MAX(page.size, CONFIG_LWM2M_CARRIER_STORAGE_SECTOR_SIZE);
	store.sector_size = sector;
	store.sector_count = FIXED_PARTITION_SIZE(lwm2m_carrier) / sector;
	err = nvs_mount(&store);
	if (err != 0) {
		/* What cannot be mounted cannot be used either: the library then starts as on its first day. */
		err = flash_erase(store.flash_device, store.offset, FIXED_PARTITION_SIZE(lwm2m_carrier));
		err = err != 0 ? err : nvs_mount(&store);
	}
	mounted = err == 0;
	return err;
}

int glue_storage_read(uint16_t id, void *data, size_t length)
{
	return mounted ? (int)nvs_read(&store, id, data, length) : -EACCES;
}

int glue_storage_write(uint16_t id, const void *data, size_t length)
{
	int written;

	if (!mounted) {
		return -EACCES;
	}
	written = (int)nvs_write(&store, id, data, length);
	/* NVS answers 0 when the record was there already: it is as good as written. */
	return written == 0 ? (int)length : written;
}

int glue_storage_delete(uint16_t id)
{
	return mounted ? nvs_delete(&store, id) : -EACCES;
}

static bool is_ours(uint16_t id)
{
	return id >= LWM2M_OS_STORAGE_BASE && id <= LWM2M_OS_STORAGE_END;
}

int lwm2m_os_storage_read(uint16_t id, void *data, size_t len)
{
	return is_ours(id) ? glue_storage_read(id, data, len) : -EINVAL;
}

int lwm2m_os_storage_write(uint16_t id, const void *data, size_t len)
{
	return is_ours(id) ? glue_storage_write(id, data, len) : -EINVAL;
}

int lwm2m_os_storage_delete(uint16_t id)
{
	return is_ours(id) ? glue_storage_delete(id) : -EINVAL;
}
