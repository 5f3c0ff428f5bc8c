/*
 * SPDX-License-Identifier: MIT OR Apache-2.0
 *
 * Hooks for downloads over the SDK's download client. It connects when a file is asked for, so a host that cannot be reached shows as an
 * error event and not as a failed connection.
 */
#include <errno.h>

#include <zephyr/kernel.h>

#include <net/download_client.h>

#include "../glue.h"

static struct download_client client;
static lwm2m_os_download_callback_t receiver;
/* The client keeps a pointer to the list. */
static int tags[1];
static bool ready;
static bool has_host;

static int happened(const struct download_client_evt *event)
{
	struct lwm2m_os_download_evt told = { 0 };

	switch (event->id) {
	case DOWNLOAD_CLIENT_EVT_FRAGMENT:
		told.id = LWM2M_OS_DOWNLOAD_EVT_FRAGMENT;
		told.fragment.buf = event->fragment.buf;
		told.fragment.len = event->fragment.len;
		break;
	case DOWNLOAD_CLIENT_EVT_ERROR:
		told.id = LWM2M_OS_DOWNLOAD_EVT_ERROR;
		told.error = event->error;
		break;
	case DOWNLOAD_CLIENT_EVT_DONE:
		told.id = LWM2M_OS_DOWNLOAD_EVT_DONE;
		break;
	default:
		return 0;
	}
	return receiver(&told);
}

/* The client starts a thread with each call. */
int lwm2m_os_download_init(lwm2m_os_download_callback_t lib_callback)
{
	int err = 0;

	if (lib_callback == NULL) {
		return -EINVAL;
	}
	receiver = lib_callback;
	if (!ready) {
		err = download_client_init(&client, happened);
		ready = err == 0;
	}
	return err;
}

int lwm2m_os_download_connect(const char *host, const struct lwm2m_os_download_cfg *cfg)
{
	struct download_client_cfg config = { .pdn_id = cfg->pdn_id };
	int err;

	if (has_host) {
		return 0;
	}
	if (cfg->sec_tag != LWM2M_OS_DOWNLOAD_SEC_TAG_NONE) {
		tags[0] = cfg->sec_tag;
		config.sec_tag_list = tags;
		config.sec_tag_count = 1;
		config.set_tls_hostname = true;
	}
	err = download_client_set_host(&client, host, &config);
	has_host = err == 0;
	return err;
}

int lwm2m_os_download_disconnect(void)
{
	if (!has_host) {
		return -EINVAL;
	}
	has_host = false;
	return download_client_disconnect(&client);
}

int lwm2m_os_download_start(const char *file, size_t from)
{
	return has_host ? download_client_start(&client, file, from) : -ENOTCONN;
}

int lwm2m_os_download_file_size_get(size_t *size)
{
	return download_client_file_size_get(&client, size);
}
