/*
 * SPDX-License-Identifier: MIT OR Apache-2.0
 *
 * AT commands of the modem library, as the virtual modem gives them.
 */
#ifndef NRF_MODEM_AT_H__
#define NRF_MODEM_AT_H__

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Class of a positive result: ERROR, +CME ERROR or +CMS ERROR. */
#define NRF_MODEM_AT_ERROR 1
#define NRF_MODEM_AT_CME_ERROR 2
#define NRF_MODEM_AT_CMS_ERROR 3

/* Class and code of a positive result. */
#define nrf_modem_at_err_type(result) ((result) >> 16)
#define nrf_modem_at_err(result) ((result) & 0xffff)

typedef void (*nrf_modem_at_resp_handler_t)(const char *resp);
typedef void (*nrf_modem_at_notif_handler_t)(const char *notif);

/*
 * Runs a formatted command. 0 for OK, a positive packed refusal, or negative: -NRF_EPERM before
 * the modem library is initialised, -NRF_ESHUTDOWN after its shutdown, -NRF_EFAULT, -NRF_ENOMEM.
 */
int nrf_modem_at_printf(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* As above; the answer with its final result code goes to `buf`. -NRF_E2BIG when it does not fit. */
int nrf_modem_at_cmd(void *buf, size_t len, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* Runs `cmd` as it stands and scans the answer: values matched, or -NRF_EBADMSG for none. */
int nrf_modem_at_scanf(const char *cmd, const char *fmt, ...) __attribute__((format(scanf, 2, 3)));

/* Runs a formatted command; `callback` gets the answer on another thread. -NRF_EINPROGRESS. */
int nrf_modem_at_cmd_async(nrf_modem_at_resp_handler_t callback, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* Takes all notifications away from the hooks and other listeners; NULL gives them back. */
int nrf_modem_at_notif_handler_set(nrf_modem_at_notif_handler_t callback);

#ifdef __cplusplus
}
#endif

#endif /* NRF_MODEM_AT_H__ */
