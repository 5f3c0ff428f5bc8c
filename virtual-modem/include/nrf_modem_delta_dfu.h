/*
 * SPDX-License-Identifier: MIT OR Apache-2.0
 *
 * Updates of the modem's own firmware. Results are 0, positive codes of the modem, or negative errors
 * (-NRF_EPERM before the start of the modem library, -NRF_ESHUTDOWN after its end, -NRF_EFAULT, -NRF_EINVAL, -NRF_EALREADY).
 */
#ifndef NRF_MODEM_DELTA_DFU_H__
#define NRF_MODEM_DELTA_DFU_H__

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Characters of a UUID, which has no zero behind it. */
#define NRF_MODEM_DELTA_DFU_UUID_LEN 36

/* What nrf_modem_delta_dfu_offset tells of an area that has to be erased. */
#define NRF_MODEM_DELTA_DFU_OFFSET_DIRTY 2621440

/* UUID of a firmware. */
struct nrf_modem_delta_dfu_uuid {
    char data[NRF_MODEM_DELTA_DFU_UUID_LEN];
};

/* UUID of the firmware that runs. */
int nrf_modem_delta_dfu_uuid(struct nrf_modem_delta_dfu_uuid *modem_uuid);

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

#ifdef __cplusplus
}
#endif

#endif /* NRF_MODEM_DELTA_DFU_H__ */
