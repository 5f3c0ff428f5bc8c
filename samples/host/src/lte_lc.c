/*
 * SPDX-License-Identifier: MIT OR Apache-2.0
 *
 * LTE link control on AT commands. A connect starts a watch on the registration status, which ends
 * when the network has answered or the link is taken down.
 */
#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

#include <zephyr/kernel.h>
#include <modem/lte_lc.h>
#include <nrf_modem_at.h>

#define WATCH_INTERVAL K_MSEC(100)

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static lte_lc_evt_handler_t event_handler;
static bool connecting;
static bool watching;

static int mode_set(int mode)
{
	return nrf_modem_at_printf("AT+CFUN=%d", mode) == 0 ? 0 : -EFAULT;
}

static void status_report(enum lte_lc_nw_reg_status status)
{
	const struct lte_lc_evt event = {
		.type = LTE_LC_EVT_NW_REG_STATUS,
		.nw_reg_status = status,
	};
	lte_lc_evt_handler_t handler;

	pthread_mutex_lock(&lock);
	handler = event_handler;
	pthread_mutex_unlock(&lock);

	handler(&event);
}

/* True while a connect waits for its answer; otherwise the watch is over. */
static bool watch_continues(void)
{
	bool goes_on;

	pthread_mutex_lock(&lock);
	goes_on = connecting;
	watching = goes_on;
	pthread_mutex_unlock(&lock);
	return goes_on;
}

static void watch_finish(void)
{
	pthread_mutex_lock(&lock);
	connecting = false;
	pthread_mutex_unlock(&lock);
}

static void *watch_run(void *argument)
{
	int reported = LTE_LC_NW_REG_UNKNOWN;

	ARG_UNUSED(argument);

	while (watch_continues()) {
		int status;

		if (nrf_modem_at_scanf("AT+CEREG?", "+CEREG: %*d,%d", &status) == 1 &&
		    status != reported) {
			status_report((enum lte_lc_nw_reg_status)status);
			reported = status;
			if (status == LTE_LC_NW_REG_REGISTERED_HOME ||
			    status == LTE_LC_NW_REG_REGISTERED_ROAMING) {
				watch_finish();
			}
		}
		k_sleep(WATCH_INTERVAL);
	}
	return NULL;
}

static int watch_start(lte_lc_evt_handler_t handler)
{
	pthread_t id;
	int err = 0;

	pthread_mutex_lock(&lock);
	if (handler != NULL) {
		event_handler = handler;
	}
	if (event_handler == NULL) {
		err = -EINVAL;
	} else {
		connecting = true;
		if (!watching) {
			if (pthread_create(&id, NULL, watch_run, NULL) == 0) {
				pthread_detach(id);
				watching = true;
			} else {
				err = -EFAULT;
			}
		}
	}
	pthread_mutex_unlock(&lock);
	return err;
}

int lte_lc_init_and_connect_async(lte_lc_evt_handler_t handler)
{
	/* Level 5, as the SDK does: the library must cope with more fields than it asked for. */
	if (nrf_modem_at_printf("AT+CEREG=5") != 0) {
		return -EFAULT;
	}
	return lte_lc_connect_async(handler);
}

int lte_lc_connect_async(lte_lc_evt_handler_t handler)
{
	int err = watch_start(handler);

	return err != 0 ? err : mode_set(1);
}

int lte_lc_offline(void)
{
	watch_finish();
	return mode_set(4);
}

int lte_lc_power_off(void)
{
	watch_finish();
	return mode_set(0);
}
