/*
 * SPDX-License-Identifier: MIT OR Apache-2.0
 *
 * Link control for applications: the modes of plain/modem.c, and its registration as events.
 */
#include <errno.h>

#include <modem/lte_lc.h>
#include <nrf_modem_at.h>

#include "modem.h"

static lte_lc_evt_handler_t handler;

static void registration_changed(int status)
{
	const struct lte_lc_evt event = {
		.type = LTE_LC_EVT_NW_REG_STATUS,
		.nw_reg_status = (enum lte_lc_nw_reg_status)status,
	};

	if (handler != NULL) {
		handler(&event);
	}
}

static int mode_set(int mode)
{
	return nrf_modem_at_printf("AT+CFUN=%d", mode) == 0 ? 0 : -EFAULT;
}

int lte_lc_init_and_connect_async(lte_lc_evt_handler_t receiver)
{
	return lte_lc_connect_async(receiver);
}

int lte_lc_connect_async(lte_lc_evt_handler_t receiver)
{
	if (receiver != NULL) {
		handler = receiver;
	}
	plain_watch(registration_changed);
	return mode_set(1);
}

int lte_lc_offline(void)
{
	return mode_set(4);
}

int lte_lc_power_off(void)
{
	return mode_set(0);
}
