/*
 * SPDX-License-Identifier: MIT OR Apache-2.0
 *
 * The battery on a PC: millivolts as text in the file that BATTERY_FILE names, so that a script can
 * drain it; without the variable, what the modem answers.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include <nrf_modem_at.h>

#include <battery.h>

static int from_modem(void)
{
	int millivolts;

	if (nrf_modem_at_scanf("AT%XVBAT", "%%XVBAT: %d", &millivolts) != 1) {
		return -EAGAIN;
	}
	return millivolts;
}

static int from_file(const char *path)
{
	FILE *file = fopen(path, "r");
	int millivolts;
	int fields;

	if (file == NULL) {
		return -EAGAIN;
	}
	fields = fscanf(file, "%d", &millivolts);
	fclose(file);
	return fields == 1 ? millivolts : -EAGAIN;
}

int battery_millivolts(void)
{
	const char *path = getenv("BATTERY_FILE");

	return path != NULL ? from_file(path) : from_modem();
}
