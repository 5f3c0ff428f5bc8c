/*
 * SPDX-License-Identifier: MIT OR Apache-2.0
 *
 * AT commands, as the virtual modem exports them.
 */
#ifndef HOST_NRF_MODEM_AT_H_
#define HOST_NRF_MODEM_AT_H_

#include <stddef.h>

/* Number of a refusal, taken from a positive result of the functions below. */
#define nrf_modem_at_err(result) ((result) & 0xffff)

/* 0 for OK, a positive packed refusal, or a negative errno. */
int nrf_modem_at_printf(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* As above; the whole answer goes to `buf`. -E2BIG when it does not fit. */
int nrf_modem_at_cmd(void *buf, size_t len, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Sends `cmd` as it stands and scans the answer; number of values matched, or a negative errno. */
int nrf_modem_at_scanf(const char *cmd, const char *format, ...)
	__attribute__((format(scanf, 2, 3)));

#endif /* HOST_NRF_MODEM_AT_H_ */
