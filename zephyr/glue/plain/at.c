/*
 * SPDX-License-Identifier: MIT OR Apache-2.0
 *
 * AT commands: identities come from the options, modes and registration from plain/modem.c, subscriptions are granted, everything else
 * is refused with ERROR.
 */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <zephyr/kernel.h>
#include <zephyr/sys/printk.h>

#include <nrf_modem_at.h>
#include <nrf_socket.h>

#include "modem.h"

#define E2BIG_NEGATIVE (-7)
#define REFUSED (NRF_MODEM_AT_ERROR << 16)

#define COMMAND_SIZE 64
#define ANSWER_SIZE 96

struct fixed {
	const char *command;
	const char *answer;
};

static const struct fixed fixed[] = {
	{ "AT+CGSN=1", "+CGSN: \"" CONFIG_LWM2M_CARRIER_PLAIN_IMEI "\"" },
	{ "AT+CIMI", CONFIG_LWM2M_CARRIER_PLAIN_IMSI },
	{ "AT%XICCID", "%XICCID: " CONFIG_LWM2M_CARRIER_PLAIN_ICCID },
	{ "AT+CGMI", "Zephyr Project" },
	{ "AT+CGMM", CONFIG_BOARD },
	{ "AT+CGMR", "plain" },
	{ "AT%HWVERSION", "%HWVERSION: " CONFIG_BOARD },
	{ "AT%XSIM?", "%XSIM: 1" },
};

/* Answered with OK alone. */
static const char *const granted[] = { "AT+CEREG=", "AT%XSIM=", "AT%XTIME=", "AT%MDMEV=", "AT+CGEREP=", "AT+CNEC=", "AT+CMEE=", "AT%CESQ=",
					"AT+CNMI=", "AT+CSCON=", "AT%XODIS=" };

static bool begins(const char *text, const char *with)
{
	return strncmp(text, with, strlen(with)) == 0;
}

/* The lines of an answer before OK, or NULL when the command is refused. */
static const char *answer_to(const char *command, char *room)
{
	room[0] = '\0';
	for (size_t i = 0; i < ARRAY_SIZE(fixed); i++) {
		if (strcmp(command, fixed[i].command) == 0) {
			return fixed[i].answer;
		}
	}
	for (size_t i = 0; i < ARRAY_SIZE(granted); i++) {
		if (begins(command, granted[i])) {
			return room;
		}
	}
	if (strcmp(command, "AT+CNUM") == 0 && CONFIG_LWM2M_CARRIER_PLAIN_MSISDN[0] != '\0') {
		return "+CNUM: ,\"" CONFIG_LWM2M_CARRIER_PLAIN_MSISDN "\",145";
	}
	if (strcmp(command, "AT+CFUN?") == 0) {
		snprintk(room, ANSWER_SIZE, "+CFUN: %d", plain_mode());
		return room;
	}
	if (begins(command, "AT+CFUN=")) {
		return plain_mode_set(atoi(command + strlen("AT+CFUN="))) ? room : NULL;
	}
	if (strcmp(command, "AT+CEREG?") == 0) {
		snprintk(room, ANSWER_SIZE, "+CEREG: 4,%d", plain_registration());
		return room;
	}
	if (strcmp(command, "AT%XVBAT") == 0) {
		snprintk(room, ANSWER_SIZE, "%%XVBAT: %d", CONFIG_LWM2M_CARRIER_PLAIN_VOLTAGE);
		return room;
	}
	return NULL;
}

/* Writes the whole answer to `buf`, which may be NULL. */
static int run(const char *command, char *buf, size_t size)
{
	char room[ANSWER_SIZE];
	const char *answer;
	int length;

	if (!plain_modem_is_up()) {
		return plain_modem_error();
	}
	answer = answer_to(command, room);
	if (buf != NULL) {
		length = snprintk(buf, size, "%s%s%s\r\n", answer != NULL ? answer : "", answer != NULL && answer[0] != '\0' ? "\r\n" : "",
				  answer != NULL ? "OK" : "ERROR");
		if (length < 0 || (size_t)length >= size) {
			return E2BIG_NEGATIVE;
		}
	}
	return answer != NULL ? 0 : REFUSED;
}

static int run_formatted(char *buf, size_t size, const char *fmt, va_list arguments)
{
	char command[COMMAND_SIZE];
	int length = vsnprintk(command, sizeof(command), fmt, arguments);

	if (length < 0 || (size_t)length >= sizeof(command)) {
		return -NRF_ENOMEM;
	}
	return run(command, buf, size);
}

int nrf_modem_at_printf(const char *fmt, ...)
{
	va_list arguments;
	int result;

	va_start(arguments, fmt);
	result = run_formatted(NULL, 0, fmt, arguments);
	va_end(arguments);
	return result;
}

int nrf_modem_at_cmd(void *buf, size_t len, const char *fmt, ...)
{
	va_list arguments;
	int result;

	va_start(arguments, fmt);
	result = run_formatted(buf, len, fmt, arguments);
	va_end(arguments);
	return result;
}

/* Reads the numbers of `text` for the conversions of `fmt`. */
static int scan(const char *text, const char *fmt, va_list arguments)
{
	int count = 0;

	for (; *fmt != '\0'; fmt++) {
		if (fmt[0] == '%' && fmt[1] != '%') {
			char *end;
			int value = (int)strtol(text, &end, 10);

			if (fmt[1] != 'd' || end == text) {
				break;
			}
			*va_arg(arguments, int *) = value;
			count++;
			text = end;
			fmt++;
			continue;
		}
		if (fmt[0] == '%') {
			fmt++;
		}
		if (*text++ != *fmt) {
			break;
		}
	}
	return count;
}

int nrf_modem_at_scanf(const char *cmd, const char *fmt, ...)
{
	char answer[ANSWER_SIZE + 8];
	va_list arguments;
	int result = run(cmd, answer, sizeof(answer));

	if (result != 0) {
		return result;
	}
	va_start(arguments, fmt);
	result = scan(answer, fmt, arguments);
	va_end(arguments);
	return result > 0 ? result : -NRF_EIO;
}
