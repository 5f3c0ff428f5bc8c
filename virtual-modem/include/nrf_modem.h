/*
 * SPDX-License-Identifier: MIT OR Apache-2.0
 *
 * Start and stop of the modem library. An application that links the carrier library leaves this to
 * it.
 */
#ifndef NRF_MODEM_H__
#define NRF_MODEM_H__

#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Starts the modem library; the modem is at functional mode 0. `params` is only compared with NULL,
 * since its layout differs between versions. 0, -NRF_EFAULT, -NRF_EPERM when it runs already.
 */
int nrf_modem_init(const void *params, int mode);

/* Stops modem and modem library. 0, -NRF_EPERM when it does not run. */
int nrf_modem_shutdown(void);

/* True between init and shutdown. */
bool nrf_modem_is_initialized(void);

/* Version text of the virtual modem. */
const char *nrf_modem_build_version(void);

#ifdef __cplusplus
}
#endif

#endif /* NRF_MODEM_H__ */
