/*
 * SPDX-License-Identifier: MIT OR Apache-2.0
 *
 * Updates of a modem's firmware: there is no modem (plain/absent.c). Results are 0, positive codes, or negative errors.
 */
#ifndef NRF_MODEM_DELTA_DFU_H__
#define NRF_MODEM_DELTA_DFU_H__

#include <stddef.h>

/* Bytes the area for packages of the modem's firmware holds, and how many are there. */
int nrf_modem_delta_dfu_area(size_t *area_size);
int nrf_modem_delta_dfu_offset(size_t *offset);

/* Begins to write, writes, ends. */
int nrf_modem_delta_dfu_write_init(void);
int nrf_modem_delta_dfu_write(const void *buf, size_t len);
int nrf_modem_delta_dfu_write_done(void);

/* Begins to erase the area; has what is there applied at the next start. */
int nrf_modem_delta_dfu_erase(void);
int nrf_modem_delta_dfu_update(void);

#endif /* NRF_MODEM_DELTA_DFU_H__ */
