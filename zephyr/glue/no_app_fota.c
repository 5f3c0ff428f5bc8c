/*
 * SPDX-License-Identifier: MIT OR Apache-2.0
 *
 * Hooks for updates of the application where no boot loader exchanges images: they are not supported.
 */
#include <errno.h>

#include "glue.h"

int lwm2m_os_app_fota_start(size_t max_file_size)
{
	ARG_UNUSED(max_file_size);
	return -ENOTSUP;
}

int lwm2m_os_app_fota_fragment(const char *buf, uint16_t len, uint16_t offset, uint32_t crc32)
{
	ARG_UNUSED(buf);
	ARG_UNUSED(len);
	ARG_UNUSED(offset);
	ARG_UNUSED(crc32);
	return -ENOTSUP;
}

int lwm2m_os_app_fota_finish(uint32_t crc32)
{
	ARG_UNUSED(crc32);
	return -ENOTSUP;
}

void lwm2m_os_app_fota_abort(void)
{
}
