/*
 * SPDX-License-Identifier: MIT OR Apache-2.0
 *
 * An application on the LwM2M carrier library: it does what the library's events ask of it and
 * reports the battery from a thread of its own. The library runs in a thread that the SDK starts;
 * nothing here calls it into life. The same file is built for an nRF91 device and for a PC.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include <zephyr/kernel.h>
#include <zephyr/sys/printk.h>
#include <modem/lte_lc.h>
#include <modem/modem_key_mgmt.h>
#include <nrf_modem_at.h>

#include <lwm2m_carrier.h>

/* The library owns 25 to 28; anything else is the application's. */
#define DOWNLOAD_ROOT_TAG 411

#define BATTERY_STACK_SIZE 1024
#define BATTERY_PRIORITY 7

/* Terminal voltages taken as an empty and a full cell. */
#define BATTERY_EMPTY_MV 3000
#define BATTERY_FULL_MV 4200

struct certificate {
	nrf_sec_tag_t tag;
	const char *pem;
};

static const struct certificate certificates[] = {
	{
		.tag = DOWNLOAD_ROOT_TAG,
		.pem =
#include "certs/download_root.h"
	},
};

/* --- Names of numbers ------------------------------------------------------------------------ */

static const char *const event_names[] = {
	[LWM2M_CARRIER_EVENT_INIT] = "INIT",
	[LWM2M_CARRIER_EVENT_LTE_LINK_UP] = "LTE_LINK_UP",
	[LWM2M_CARRIER_EVENT_LTE_LINK_DOWN] = "LTE_LINK_DOWN",
	[LWM2M_CARRIER_EVENT_LTE_POWER_OFF] = "LTE_POWER_OFF",
	[LWM2M_CARRIER_EVENT_BOOTSTRAPPED] = "BOOTSTRAPPED",
	[LWM2M_CARRIER_EVENT_REGISTERED] = "REGISTERED",
	[LWM2M_CARRIER_EVENT_DEFERRED] = "DEFERRED",
	[LWM2M_CARRIER_EVENT_FOTA_START] = "FOTA_START",
	[LWM2M_CARRIER_EVENT_REBOOT] = "REBOOT",
	[LWM2M_CARRIER_EVENT_MODEM_DOMAIN] = "MODEM_DOMAIN",
	[LWM2M_CARRIER_EVENT_APP_DATA] = "APP_DATA",
	[LWM2M_CARRIER_EVENT_ERROR] = "ERROR",
};

static const char *const reason_names[] = {
	[LWM2M_CARRIER_DEFERRED_NO_REASON] = "no reason given",
	[LWM2M_CARRIER_DEFERRED_PDN_ACTIVATE] = "packet data network not activated",
	[LWM2M_CARRIER_DEFERRED_BOOTSTRAP_NO_ROUTE] = "no route to bootstrap server",
	[LWM2M_CARRIER_DEFERRED_BOOTSTRAP_CONNECT] = "bootstrap server refused DTLS",
	[LWM2M_CARRIER_DEFERRED_BOOTSTRAP_SEQUENCE] = "bootstrap sequence incomplete",
	[LWM2M_CARRIER_DEFERRED_SERVER_NO_ROUTE] = "no route to server",
	[LWM2M_CARRIER_DEFERRED_SERVER_CONNECT] = "server refused DTLS",
	[LWM2M_CARRIER_DEFERRED_SERVER_REGISTRATION] = "server refused registration",
	[LWM2M_CARRIER_DEFERRED_SERVICE_UNAVAILABLE] = "server under maintenance",
	[LWM2M_CARRIER_DEFERRED_SIM_MSISDN] = "waiting for the SIM's number",
};

static const char *const error_names[] = {
	[LWM2M_CARRIER_ERROR_NO_ERROR] = "none",
	[LWM2M_CARRIER_ERROR_LTE_LINK_UP_FAIL] = "link up failed",
	[LWM2M_CARRIER_ERROR_LTE_LINK_DOWN_FAIL] = "link down failed",
	[LWM2M_CARRIER_ERROR_BOOTSTRAP] = "bootstrap failed",
	[LWM2M_CARRIER_ERROR_FOTA_PKG] = "firmware package rejected",
	[LWM2M_CARRIER_ERROR_FOTA_PROTO] = "firmware protocol violated",
	[LWM2M_CARRIER_ERROR_FOTA_CONN] = "firmware server not reached",
	[LWM2M_CARRIER_ERROR_FOTA_CONN_LOST] = "firmware connection lost",
	[LWM2M_CARRIER_ERROR_FOTA_FAIL] = "firmware update failed",
	[LWM2M_CARRIER_ERROR_CONFIGURATION] = "illegal object configuration",
	[LWM2M_CARRIER_ERROR_INIT] = "initialisation failed",
	[LWM2M_CARRIER_ERROR_INTERNAL] = "internal error",
};

static const char *const modem_domain_names[] = {
	[LWM2M_CARRIER_MODEM_EVENT_ME_OVERHEATED] = "overheated, modem off",
	[LWM2M_CARRIER_MODEM_EVENT_ME_BATTERY_LOW] = "battery low, modem off",
	[LWM2M_CARRIER_MODEM_EVENT_RESET_LOOP] = "reset loop, attach barred for 30 minutes",
};

/* A newer library may send a number this table has no name for. */
static const char *name_in(const char *const *table, size_t length, uint32_t number)
{
	if (number >= length || table[number] == NULL) {
		return "unknown";
	}
	return table[number];
}

#define NAME_IN(table, number) name_in(table, ARRAY_SIZE(table), number)

/* --- Payloads -------------------------------------------------------------------------------- */

static void print_fota_start(const lwm2m_carrier_event_fota_start_t *fota)
{
	const char *what = fota->type == LWM2M_CARRIER_FOTA_START_APPLICATION ? "application"
									       : "modem";

	printk("  %s update, %s\n", what, fota->uri != NULL ? fota->uri : "pushed by the server");
}

static void print_app_data(const lwm2m_carrier_event_app_data_t *data)
{
	printk("  %zu bytes:", data->buffer_len);
	for (size_t i = 0; i < data->buffer_len; i++) {
		printk(" %02x", data->buffer[i]);
	}
	printk("\n");
}

static void print_event(const lwm2m_carrier_event_t *event)
{
	printk("LWM2M_CARRIER_EVENT_%s\n", NAME_IN(event_names, event->type));

	switch (event->type) {
	case LWM2M_CARRIER_EVENT_DEFERRED:
		printk("  %s (%u), next try in %d s\n",
		       NAME_IN(reason_names, event->data.deferred->reason),
		       (unsigned int)event->data.deferred->reason,
		       (int)event->data.deferred->timeout);
		break;
	case LWM2M_CARRIER_EVENT_ERROR:
		printk("  %s (%u), value %d\n", NAME_IN(error_names, event->data.error->type),
		       (unsigned int)event->data.error->type, (int)event->data.error->value);
		break;
	case LWM2M_CARRIER_EVENT_FOTA_START:
		print_fota_start(event->data.fota_start);
		break;
	case LWM2M_CARRIER_EVENT_MODEM_DOMAIN:
		printk("  %s\n", NAME_IN(modem_domain_names, *event->data.modem_domain));
		break;
	case LWM2M_CARRIER_EVENT_APP_DATA:
		print_app_data(event->data.app_data);
		break;
	default:
		break;
	}
}

/* --- What the events ask for ----------------------------------------------------------------- */

static int certificate_store(const struct certificate *certificate)
{
	const size_t length = strlen(certificate->pem);
	bool exists = false;
	int err;

	err = modem_key_mgmt_exists(certificate->tag, MODEM_KEY_MGMT_CRED_TYPE_CA_CHAIN, &exists);
	if (err != 0) {
		return err;
	}
	if (exists) {
		if (modem_key_mgmt_cmp(certificate->tag, MODEM_KEY_MGMT_CRED_TYPE_CA_CHAIN,
				       certificate->pem, length) == 0) {
			printk("  certificate %u is up to date\n", (unsigned int)certificate->tag);
			return 0;
		}
		err = modem_key_mgmt_delete(certificate->tag, MODEM_KEY_MGMT_CRED_TYPE_CA_CHAIN);
		if (err != 0) {
			return err;
		}
	}
	err = modem_key_mgmt_write(certificate->tag, MODEM_KEY_MGMT_CRED_TYPE_CA_CHAIN,
				   certificate->pem, length);
	if (err == 0) {
		printk("  certificate %u written\n", (unsigned int)certificate->tag);
	}
	return err;
}

/* The modem accepts credentials only while the link is off: at INIT it still is. */
static int certificates_store(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(certificates); i++) {
		int err = certificate_store(&certificates[i]);

		if (err != 0) {
			printk("  certificate %u: error %d\n", (unsigned int)certificates[i].tag,
			       err);
			return err;
		}
	}
	return 0;
}

static void lte_event_handler(const struct lte_lc_evt *const evt)
{
	if (evt->type != LTE_LC_EVT_NW_REG_STATUS) {
		return;
	}
	if (evt->nw_reg_status == LTE_LC_NW_REG_REGISTERED_HOME ||
	    evt->nw_reg_status == LTE_LC_NW_REG_REGISTERED_ROAMING) {
		printk("network: registered\n");
	}
}

int lwm2m_carrier_event_handler(const lwm2m_carrier_event_t *event)
{
	int err = 0;

	print_event(event);

	switch (event->type) {
	case LWM2M_CARRIER_EVENT_INIT:
		err = certificates_store();
		if (err == 0) {
			err = lte_lc_init_and_connect_async(lte_event_handler);
		}
		break;
	case LWM2M_CARRIER_EVENT_LTE_LINK_UP:
		err = lte_lc_connect_async(lte_event_handler);
		break;
	case LWM2M_CARRIER_EVENT_LTE_LINK_DOWN:
		err = lte_lc_offline();
		break;
	case LWM2M_CARRIER_EVENT_LTE_POWER_OFF:
		err = lte_lc_power_off();
		break;
	case LWM2M_CARRIER_EVENT_REBOOT:
		/* Zero lets the library power the modem off and reset the device. */
		break;
	default:
		break;
	}
	if (err != 0) {
		printk("  failed: %d\n", err);
	}
	return err;
}

/* --- Memory ------------------------------------------------------------------------------------ */

/* Takes the place of the library's own version, which knows of no memory. */
int lwm2m_carrier_memory_free_read(void)
{
	return CONFIG_MEMORY_FREE;
}

/* --- Battery ---------------------------------------------------------------------------------- */

static uint8_t level_of(int millivolts)
{
	if (millivolts <= BATTERY_EMPTY_MV) {
		return 0;
	}
	if (millivolts >= BATTERY_FULL_MV) {
		return 100;
	}
	return (uint8_t)((millivolts - BATTERY_EMPTY_MV) * 100 /
			 (BATTERY_FULL_MV - BATTERY_EMPTY_MV));
}

/* The setters refuse with -ENOENT until the library has been initialised. */
static void battery_declare(void)
{
	static const uint8_t sources[] = { LWM2M_CARRIER_POWER_SOURCE_INTERNAL_BATTERY };
	int err;

	do {
		k_sleep(K_SECONDS(1));
		err = lwm2m_carrier_avail_power_sources_set(sources, ARRAY_SIZE(sources));
	} while (err == -ENOENT);

	if (err == 0) {
		err = lwm2m_carrier_battery_status_set(LWM2M_CARRIER_BATTERY_STATUS_NORMAL);
	}
	if (err == 0) {
		err = lwm2m_carrier_power_source_current_set(
			LWM2M_CARRIER_POWER_SOURCE_INTERNAL_BATTERY, CONFIG_BATTERY_CURRENT);
	}
	if (err != 0) {
		printk("battery: not declared, error %d\n", err);
	}
}

static void battery_report(int millivolts)
{
	int err = lwm2m_carrier_power_source_voltage_set(
		LWM2M_CARRIER_POWER_SOURCE_INTERNAL_BATTERY, millivolts);

	if (err == 0) {
		err = lwm2m_carrier_battery_level_set(level_of(millivolts));
	}
	if (err != 0) {
		printk("battery: not reported, error %d\n", err);
		return;
	}
	printk("battery: %d mV, %d %%\n", millivolts, level_of(millivolts));
}

static void battery_thread_run(void *p1, void *p2, void *p3)
{
	int reported = -1;

	ARG_UNUSED(p1);
	ARG_UNUSED(p2);
	ARG_UNUSED(p3);

	battery_declare();
	(void)lwm2m_carrier_memory_total_set(CONFIG_MEMORY_TOTAL);

	for (;;) {
		int millivolts;

		/* One match: the modem answers with its supply voltage. */
		if (nrf_modem_at_scanf("AT%XVBAT", "%%XVBAT: %d", &millivolts) == 1 &&
		    millivolts != reported) {
			battery_report(millivolts);
			reported = millivolts;
		}
		k_sleep(K_SECONDS(CONFIG_BATTERY_INTERVAL));
	}
}

K_THREAD_DEFINE(battery_thread, BATTERY_STACK_SIZE, battery_thread_run, NULL, NULL, NULL,
		BATTERY_PRIORITY, 0, 0);

int main(void)
{
	printk("LwM2M carrier library sample\n");
	return 0;
}
