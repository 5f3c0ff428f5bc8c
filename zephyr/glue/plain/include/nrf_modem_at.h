/*
 * SPDX-License-Identifier: MIT OR Apache-2.0
 *
 * AT commands, answered from the options of this build (plain/at.c).
 */
#ifndef NRF_MODEM_AT_H__
#define NRF_MODEM_AT_H__

#include <stddef.h>

/* Class of a positive result. */
#define NRF_MODEM_AT_ERROR 1

#define nrf_modem_at_err_type(result) ((result) >> 16)
#define nrf_modem_at_err(result) ((result) & 0xffff)

/* 0 for OK, a positive packed refusal, or negative: -NRF_EPERM before the start, -NRF_ESHUTDOWN after the end, -NRF_E2BIG. */
int nrf_modem_at_printf(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
int nrf_modem_at_cmd(void *buf, size_t len, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* Runs `cmd` as it stands; `fmt` is the beginning of the answer and then %d for each whole number: numbers read, or negative. */
int nrf_modem_at_scanf(const char *cmd, const char *fmt, ...);

#endif /* NRF_MODEM_AT_H__ */
