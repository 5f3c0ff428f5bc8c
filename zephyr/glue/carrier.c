/*
 * SPDX-License-Identifier: MIT OR Apache-2.0
 *
 * The library's thread: fills the configuration from the options, initialises the library and runs it. Events go to
 * lwm2m_carrier_event_handler; the one here only writes them to the log, that of the application takes its place.
 */
#include <zephyr/kernel.h>
#include <zephyr/logging/log.h>

#include <lwm2m_carrier.h>

#include "settings.h"

LOG_MODULE_DECLARE(lwm2m_carrier, CONFIG_LWM2M_CARRIER_LOG_LEVEL);

/* No higher number than the kernel has. */
#define PRIORITY MIN(CONFIG_LWM2M_CARRIER_THREAD_PRIORITY, K_LOWEST_APPLICATION_THREAD_PRIO)

__weak int lwm2m_carrier_event_handler(const lwm2m_carrier_event_t *event)
{
	LOG_INF("event %u", (unsigned int)event->type);
	ARG_UNUSED(event);
	return 0;
}

/* Each test of an option reads like its dependency: a value without the option it hangs on never reaches the library. */
void glue_config_fill(lwm2m_carrier_config_t *config)
{
#ifdef CONFIG_LWM2M_CARRIER_CERTIFICATION_MODE
	config->certification_mode = true;
#endif
#ifndef CONFIG_LWM2M_CARRIER_BOOTSTRAP_SMARTCARD
	config->disable_bootstrap_from_smartcard = true;
#endif
#ifdef CONFIG_LWM2M_CARRIER_USE_CUSTOM_URI
	config->server_uri = CONFIG_LWM2M_CARRIER_CUSTOM_URI;
#ifdef CONFIG_LWM2M_CARRIER_IS_SERVER_BOOTSTRAP
	config->is_bootstrap_server = true;
#else
	config->server_lifetime = CONFIG_LWM2M_CARRIER_SERVER_LIFETIME;
#endif
#endif
#ifdef CONFIG_LWM2M_CARRIER_LG_UPLUS
	config->service_code = CONFIG_LWM2M_CARRIER_LG_UPLUS_SERVICE_CODE;
#endif
	config->session_idle_timeout = CONFIG_LWM2M_CARRIER_SESSION_IDLE_TIMEOUT;
	config->psk = CONFIG_LWM2M_CARRIER_CUSTOM_PSK;
	config->apn = CONFIG_LWM2M_CARRIER_CUSTOM_APN;
	config->manufacturer = CONFIG_LWM2M_CARRIER_DEVICE_MANUFACTURER;
	config->model_number = CONFIG_LWM2M_CARRIER_DEVICE_MODEL_NUMBER;
	config->device_type = CONFIG_LWM2M_CARRIER_DEVICE_TYPE;
	config->hardware_version = CONFIG_LWM2M_CARRIER_DEVICE_HARDWARE_VERSION;
	config->software_version = CONFIG_LWM2M_CARRIER_DEVICE_SOFTWARE_VERSION;
}

void lwm2m_carrier_thread_run(void *p1, void *p2, void *p3)
{
	lwm2m_carrier_config_t config = { 0 };
	int err;

	ARG_UNUSED(p1);
	ARG_UNUSED(p2);
	ARG_UNUSED(p3);

	glue_config_fill(&config);
#ifdef CONFIG_LWM2M_CARRIER_SETTINGS
	err = glue_settings_apply(&config);
	if (err != 0) {
		LOG_WRN("stored settings: %d", err);
	}
#endif

	err = lwm2m_carrier_init(&config);
	if (err != 0) {
		LOG_ERR("lwm2m_carrier_init: %d", err);
		return;
	}
	lwm2m_carrier_run();
	LOG_ERR("lwm2m_carrier_run has ended");
}

K_THREAD_DEFINE(lwm2m_carrier_thread, CONFIG_LWM2M_CARRIER_THREAD_STACK_SIZE, lwm2m_carrier_thread_run, NULL, NULL, NULL, PRIORITY, 0,
		0);
