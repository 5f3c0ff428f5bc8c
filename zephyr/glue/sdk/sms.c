/*
 * SPDX-License-Identifier: MIT OR Apache-2.0
 *
 * Hooks for SMS over the SDK's SMS library. There is one client; whichever handle it is given up with, its own listener is meant.
 */
#include <errno.h>

#include <zephyr/kernel.h>

#include <modem/sms.h>

#include "../glue.h"

#define NOBODY -1

static lwm2m_os_sms_callback_t receiver;
static int listener = NOBODY;

static void received(struct sms_data *const sms, void *context)
{
	const struct sms_deliver_header *header = &sms->header.deliver;
	struct lwm2m_os_sms_data data = {
		.header.deliver = {
			.originating_address = {
				.address_str = (char *)header->originating_address.address_str,
				.length = header->originating_address.length,
			},
			.app_port = {
				.present = header->app_port.present,
				.dest_port = header->app_port.dest_port,
				.src_port = header->app_port.src_port,
			},
		},
		.payload_len = sms->payload_len,
		.payload = (char *)sms->payload,
	};

	if (sms->type == SMS_TYPE_DELIVER && receiver != NULL) {
		receiver(&data, context);
	}
}

int lwm2m_os_sms_client_register(lwm2m_os_sms_callback_t lib_callback, void *context)
{
	int handle;

	if (lib_callback == NULL) {
		return -EIO;
	}
	lwm2m_os_sms_client_deregister(0);
	handle = sms_register_listener(received, context);
	if (handle < 0) {
		return -EIO;
	}
	receiver = lib_callback;
	listener = handle;
	return 0;
}

void lwm2m_os_sms_client_deregister(int handle)
{
	ARG_UNUSED(handle);

	if (listener != NOBODY) {
		sms_unregister_listener(listener);
		listener = NOBODY;
		receiver = NULL;
	}
}
