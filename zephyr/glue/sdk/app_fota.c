/*
 * SPDX-License-Identifier: MIT OR Apache-2.0
 *
 * Hooks for updates of the application over the SDK's DFU target. An update always begins with its first byte: of one that an earlier
 * life of the device began, the checksum is not known any more.
 */
#include <errno.h>

#include <zephyr/kernel.h>

#include "../glue.h"

#include <dfu/dfu_target.h>
#include <dfu/dfu_target_mcuboot.h>
#include <zephyr/sys/crc.h>

static uint8_t buffer[1024] __aligned(4);
static bool running;
/* What has been written of it. */
static size_t written;
static uint32_t checksum;

static void target_event(enum dfu_target_evt_id event)
{
	ARG_UNUSED(event);
}

static int given_up(int err)
{
	lwm2m_os_app_fota_abort();
	return err;
}

int lwm2m_os_app_fota_start(size_t max_file_size)
{
	int err;

	if (running) {
		return -EBUSY;
	}
	err = dfu_target_mcuboot_set_buf(buffer, sizeof(buffer));
	if (err == 0) {
		err = dfu_target_reset();
	}
	if (err == 0) {
		err = dfu_target_init(DFU_TARGET_IMAGE_TYPE_MCUBOOT, 0, max_file_size, target_event);
	}
	if (err != 0) {
		return err == -EFBIG ? -ENOMEM : -EIO;
	}
	running = true;
	return 0;
}

int lwm2m_os_app_fota_fragment(const char *buf, uint16_t len, uint16_t offset, uint32_t crc32)
{
	if (!running) {
		return -EACCES;
	}
	if (buf == NULL || offset > len) {
		return -EIO;
	}
	if (crc32_ieee((const uint8_t *)buf, len) != crc32) {
		return -EINVAL;
	}
	buf += offset;
	len -= offset;
	if (written == 0 && dfu_target_img_type(buf, len) != DFU_TARGET_IMAGE_TYPE_MCUBOOT) {
		return given_up(-ENOTSUP);
	}
	if (dfu_target_write(buf, len) != 0) {
		return given_up(-EIO);
	}
	checksum = crc32_ieee_update(checksum, (const uint8_t *)buf, len);
	written += len;
	return 0;
}

int lwm2m_os_app_fota_finish(uint32_t crc32)
{
	if (!running) {
		return -EACCES;
	}
	if (checksum != crc32) {
		return given_up(-EINVAL);
	}
	if (dfu_target_done(true) != 0 || dfu_target_schedule_update(0) != 0) {
		return given_up(-EIO);
	}
	running = false;
	written = 0;
	checksum = 0;
	return 0;
}

void lwm2m_os_app_fota_abort(void)
{
	running = false;
	written = 0;
	checksum = 0;
	(void)dfu_target_reset();
}
