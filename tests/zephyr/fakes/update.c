/*
 * SPDX-License-Identifier: MIT OR Apache-2.0
 *
 * The SDK's download client, for a server with one file of five bytes, and its update target.
 */
#include <errno.h>
#include <string.h>

#include <zephyr/kernel.h>

#include <dfu/dfu_target.h>
#include <dfu/dfu_target_mcuboot.h>
#include <net/download_client.h>

#include "fakes.h"

#define IMAGE_MAGIC 0x3d

static size_t size;
static bool scheduled;

int download_client_init(struct download_client *client, download_client_callback_t callback)
{
	/* A second thread on the same stack. */
	if (client->callback != NULL) {
		abort();
	}
	client->callback = callback;
	return 0;
}

int download_client_set_host(struct download_client *client, const char *host, const struct download_client_cfg *config)
{
	client->host = host;
	client->config = *config;
	return 0;
}

int download_client_start(struct download_client *client, const char *file, size_t from)
{
	static const char content[] = "12345";
	struct download_client_evt event = { .id = DOWNLOAD_CLIENT_EVT_FRAGMENT };

	if (strcmp(file, "file") != 0 || client->config.sec_tag_count != 1 || client->config.sec_tag_list[0] != 411) {
		event.id = DOWNLOAD_CLIENT_EVT_ERROR;
		event.error = -EBADMSG;
		return client->callback(&event);
	}
	client->size = strlen(content);
	event.fragment.buf = content + from;
	event.fragment.len = strlen(content) - from;
	if (client->callback(&event) == 0) {
		event.id = DOWNLOAD_CLIENT_EVT_DONE;
		client->callback(&event);
	}
	event.id = DOWNLOAD_CLIENT_EVT_CLOSED;
	return client->callback(&event);
}

int download_client_file_size_get(struct download_client *client, size_t *length)
{
	*length = client->size;
	return 0;
}

int download_client_disconnect(struct download_client *client)
{
	client->host = NULL;
	return 0;
}

int dfu_target_mcuboot_set_buf(uint8_t *buffer, size_t length)
{
	return ((uintptr_t)buffer & 3) == 0 && length != 0 ? 0 : -EINVAL;
}

int dfu_target_img_type(const void *const buf, size_t len)
{
	return len > 0 && *(const uint8_t *)buf == IMAGE_MAGIC ? DFU_TARGET_IMAGE_TYPE_MCUBOOT : -ENOTSUP;
}

int dfu_target_init(int type, int number, size_t length, dfu_target_callback_t cb)
{
	(void)type, (void)number, (void)cb;
	return length > 1000 ? -EFBIG : 0;
}

int dfu_target_write(const void *const buf, size_t len)
{
	(void)buf;
	size += len;
	return 0;
}

int dfu_target_done(bool successful)
{
	return successful ? 0 : -EIO;
}

int dfu_target_reset(void)
{
	size = 0;
	return 0;
}

int dfu_target_schedule_update(int number)
{
	scheduled = number == 0;
	return 0;
}

size_t fake_update_size(void)
{
	return size;
}

bool fake_update_scheduled(void)
{
	return scheduled;
}
