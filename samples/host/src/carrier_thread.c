/*
 * SPDX-License-Identifier: MIT OR Apache-2.0
 *
 * The library's thread, which the SDK defines on a device: it fills the configuration from the
 * CONFIG_LWM2M_CARRIER_* options, initialises the library and runs it.
 */
#include <stdbool.h>
#include <stdlib.h>

#include <zephyr/kernel.h>
#include <zephyr/sys/printk.h>

#include <lwm2m_carrier.h>

#define THREAD_STACK_SIZE 4096
#define THREAD_PRIORITY 14

/* Each test of an option reads like the option's dependency in Kconfig: a value without the option
 * it hangs on never reaches the library. */
static void config_fill(lwm2m_carrier_config_t *config)
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

static void carrier_thread_run(void *p1, void *p2, void *p3)
{
	lwm2m_carrier_config_t config = { 0 };
	int err;

	ARG_UNUSED(p1);
	ARG_UNUSED(p2);
	ARG_UNUSED(p3);

	config_fill(&config);

	err = lwm2m_carrier_init(&config);
	if (err != 0) {
		printk("lwm2m_carrier_init: error %d\n", err);
		exit(EXIT_FAILURE);
	}
	lwm2m_carrier_run();

	/* The loop ends only on an error it cannot recover from. On a PC the caller should see that. */
	printk("lwm2m_carrier_run has ended\n");
	exit(EXIT_FAILURE);
}

K_THREAD_DEFINE(lwm2m_carrier_thread, THREAD_STACK_SIZE, carrier_thread_run, NULL, NULL, NULL,
		THREAD_PRIORITY, 0, 0);
