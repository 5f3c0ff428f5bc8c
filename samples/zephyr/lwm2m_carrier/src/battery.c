/*
 * SPDX-License-Identifier: MIT OR Apache-2.0
 *
 * The modem measures its supply, so no converter pin is needed.
 */
#include <errno.h>

#include <nrf_modem_at.h>

#include "battery.h"

int battery_millivolts(void)
{
	int millivolts;

	if (nrf_modem_at_scanf("AT%XVBAT", "%%XVBAT: %d", &millivolts) != 1) {
		return -EAGAIN;
	}
	return millivolts;
}
