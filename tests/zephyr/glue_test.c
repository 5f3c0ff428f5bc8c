/*
 * SPDX-License-Identifier: MIT OR Apache-2.0
 *
 * What only the Zephyr integration has, on the fakes: thread, weak handler, recovery of the storage, downloads, updates, reset. The library
 * is played by the functions at the top.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <zephyr/kernel.h>
#include <zephyr/sys/crc.h>

#include <lwm2m_carrier.h>
#include <lwm2m_os.h>

#include "fakes/fakes.h"

#define CHECK(fact) \
	do { \
		if (!(fact)) { \
			fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #fact); \
			exit(1); \
		} \
	} while (0)

static int init_result;
static int runs;
static lwm2m_carrier_config_t seen;

int lwm2m_carrier_init(const lwm2m_carrier_config_t *config)
{
	const lwm2m_carrier_event_t event = { .type = LWM2M_CARRIER_EVENT_INIT };

	seen = *config;
	CHECK(lwm2m_carrier_event_handler(&event) == 0);
	return init_result;
}

void lwm2m_carrier_run(void)
{
	runs++;
}

extern void (*const lwm2m_carrier_thread)(void *, void *, void *);
extern const size_t lwm2m_carrier_thread_stack_size;

static void thread(void)
{
	lwm2m_carrier_thread(NULL, NULL, NULL);
	CHECK(runs == 1 && lwm2m_carrier_thread_stack_size == CONFIG_LWM2M_CARRIER_THREAD_STACK_SIZE);
	CHECK(strcmp(seen.server_uri, CONFIG_LWM2M_CARRIER_CUSTOM_URI) == 0 && seen.server_lifetime == 60 && !seen.is_bootstrap_server);
	CHECK(!seen.certification_mode && !seen.disable_bootstrap_from_smartcard && seen.service_code == NULL);
	CHECK(strcmp(seen.manufacturer, "Example Works") == 0 && strcmp(seen.device_type, "Smart Device") == 0);
	init_result = -5;
	lwm2m_carrier_thread(NULL, NULL, NULL);
	CHECK(runs == 1);
}

static void garbage_in_flash(void)
{
	fake_flash_is_garbage = true;
	CHECK(lwm2m_os_init() == 0 && !fake_flash_is_garbage);
	CHECK(lwm2m_os_storage_write(LWM2M_OS_STORAGE_BASE, "a", 1) == 1);
	/* The second time, nothing is mounted anew. */
	CHECK(lwm2m_os_init() == 0 && lwm2m_os_storage_delete(LWM2M_OS_STORAGE_BASE) == 0);
}

static void storage_before_init(void)
{
	char data;

	CHECK(lwm2m_os_storage_read(LWM2M_OS_STORAGE_BASE, &data, 1) == -13);
	CHECK(lwm2m_os_storage_write(LWM2M_OS_STORAGE_BASE, &data, 1) == -13);
}

static char received[16];
static int download_events[3];

static int download_event(const struct lwm2m_os_download_evt *event)
{
	download_events[event->id]++;
	if (event->id == LWM2M_OS_DOWNLOAD_EVT_FRAGMENT) {
		memcpy(received, event->fragment.buf, event->fragment.len);
	}
	return event->id == LWM2M_OS_DOWNLOAD_EVT_ERROR ? event->error : 0;
}

static void download(void)
{
	const struct lwm2m_os_download_cfg config = { .sec_tag = 411, .pdn_id = 0 };
	size_t size = 0;

	CHECK(lwm2m_os_download_init(download_event) == 0 && lwm2m_os_download_init(download_event) == 0);
	CHECK(lwm2m_os_download_start("file", 0) < 0 && lwm2m_os_download_disconnect() == -22);
	CHECK(lwm2m_os_download_connect("host", &config) == 0 && lwm2m_os_download_connect("host", &config) == 0);
	CHECK(lwm2m_os_download_start("file", 2) == 0);
	CHECK(strcmp(received, "345") == 0 && download_events[LWM2M_OS_DOWNLOAD_EVT_DONE] == 1);
	CHECK(lwm2m_os_download_file_size_get(&size) == 0 && size == 5);
	CHECK(lwm2m_os_download_start("other", 0) == -EBADMSG && download_events[LWM2M_OS_DOWNLOAD_EVT_ERROR] == 1);
	CHECK(lwm2m_os_download_disconnect() == 0);
}

static uint32_t crc(const char *text)
{
	return crc32_ieee((const uint8_t *)text, strlen(text));
}

static void update(void)
{
	CHECK(lwm2m_os_app_fota_fragment("=ab", 3, 0, crc("=ab")) == -13 && lwm2m_os_app_fota_finish(0) == -13);
	CHECK(lwm2m_os_app_fota_start(2000) == -12);
	CHECK(lwm2m_os_app_fota_start(100) == 0 && lwm2m_os_app_fota_start(100) == -16);
	CHECK(lwm2m_os_app_fota_fragment("=ab", 3, 0, 1) == -22);
	CHECK(lwm2m_os_app_fota_fragment("=ab", 3, 4, crc("=ab")) == -5);
	CHECK(lwm2m_os_app_fota_fragment("=ab", 3, 0, crc("=ab")) == 0);
	/* A fragment that begins with bytes that were written before. */
	CHECK(lwm2m_os_app_fota_fragment("bcd", 3, 1, crc("bcd")) == 0 && fake_update_size() == 5);
	CHECK(lwm2m_os_app_fota_finish(crc("=abcd")) == 0 && fake_update_scheduled());
	CHECK(lwm2m_os_app_fota_start(100) == 0);
	CHECK(lwm2m_os_app_fota_fragment("no image", 8, 0, crc("no image")) < 0);
	CHECK(lwm2m_os_app_fota_finish(0) == -13 && fake_update_size() == 0);
	CHECK(lwm2m_os_app_fota_start(100) == 0);
	CHECK(lwm2m_os_app_fota_fragment("=", 1, 0, crc("=")) == 0 && lwm2m_os_app_fota_finish(1) == -22);
	CHECK(lwm2m_os_app_fota_start(100) == 0);
	lwm2m_os_app_fota_abort();
}

static void memory(void)
{
	void *block = lwm2m_os_malloc(10);

	CHECK(block != NULL);
	lwm2m_os_free(block);
	lwm2m_os_free(NULL);
}

static void reset(void)
{
	lwm2m_os_sys_reset();
}

#define CASE(name) { #name, name }

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		void (*run)(void);
	} cases[] = {
		CASE(thread), CASE(garbage_in_flash), CASE(storage_before_init), CASE(download), CASE(update), CASE(memory), CASE(reset),
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		if (argc < 2) {
			puts(cases[i].name);
		} else if (strcmp(cases[i].name, argv[1]) == 0) {
			cases[i].run();
			return 0;
		}
	}
	return argc < 2 ? 0 : 2;
}
