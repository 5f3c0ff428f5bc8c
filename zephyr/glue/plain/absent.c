/*
 * SPDX-License-Identifier: MIT OR Apache-2.0
 *
 * Hooks for what a board without a modem does not have: further packet data networks, SMS, downloads over the modem and its firmware. Each
 * answers as documented for that case.
 */
#include <errno.h>

#include <nrf_modem_delta_dfu.h>

#include "../glue.h"

/* --- Packet data networks: there is one, number 0, which has no name and no events ------------ */

int lwm2m_os_pdn_init(void)
{
	return 0;
}

int lwm2m_os_pdn_ctx_create(uint8_t *cid, lwm2m_os_pdn_event_handler_t cb)
{
	ARG_UNUSED(cid);
	ARG_UNUSED(cb);
	return -ENOMEM;
}

int lwm2m_os_pdn_ctx_configure(uint8_t cid, const char *apn, enum lwm2m_os_pdn_fam family)
{
	ARG_UNUSED(cid);
	ARG_UNUSED(family);
	return apn == NULL ? -EFAULT : -ENOEXEC;
}

int lwm2m_os_pdn_ctx_destroy(uint8_t cid)
{
	ARG_UNUSED(cid);
	return -EINVAL;
}

int lwm2m_os_pdn_activate(uint8_t cid, int *esm, enum lwm2m_os_pdn_fam *family)
{
	ARG_UNUSED(family);
	if (esm != NULL) {
		*esm = 0;
	}
	return cid == 0 ? 0 : -EINVAL;
}

int lwm2m_os_pdn_deactivate(uint8_t cid)
{
	return cid == 0 ? 0 : -EINVAL;
}

int lwm2m_os_pdn_id_get(uint8_t cid)
{
	return cid == 0 ? 0 : -EINVAL;
}

int lwm2m_os_pdn_default_apn_get(char *buf, size_t len)
{
	if (len == 0) {
		return -E2BIG;
	}
	buf[0] = '\0';
	return 0;
}

int lwm2m_os_pdn_default_callback_set(lwm2m_os_pdn_event_handler_t cb)
{
	return cb == NULL ? -EINVAL : 0;
}

/* --- SMS: none ever arrives -------------------------------------------------------------------- */

int lwm2m_os_sms_client_register(lwm2m_os_sms_callback_t lib_callback, void *context)
{
	ARG_UNUSED(lib_callback);
	ARG_UNUSED(context);
	return -EIO;
}

void lwm2m_os_sms_client_deregister(int handle)
{
	ARG_UNUSED(handle);
}

/* --- Downloads: no server is ever reached ------------------------------------------------------ */

int lwm2m_os_download_init(lwm2m_os_download_callback_t lib_callback)
{
	ARG_UNUSED(lib_callback);
	return 0;
}

int lwm2m_os_download_connect(const char *host, const struct lwm2m_os_download_cfg *cfg)
{
	ARG_UNUSED(host);
	ARG_UNUSED(cfg);
	return -ECONNREFUSED;
}

int lwm2m_os_download_disconnect(void)
{
	return -EINVAL;
}

int lwm2m_os_download_start(const char *file, size_t from)
{
	ARG_UNUSED(file);
	ARG_UNUSED(from);
	return -ENOTCONN;
}

int lwm2m_os_download_file_size_get(size_t *size)
{
	ARG_UNUSED(size);
	return -ENOTCONN;
}

/* --- Firmware of the modem: no room for a package ---------------------------------------------- */

int nrf_modem_delta_dfu_area(size_t *area_size)
{
	*area_size = 0;
	return 0;
}

int nrf_modem_delta_dfu_offset(size_t *offset)
{
	*offset = 0;
	return 0;
}

int nrf_modem_delta_dfu_write_init(void)
{
	return -EPERM;
}

int nrf_modem_delta_dfu_write(const void *buf, size_t len)
{
	ARG_UNUSED(buf);
	ARG_UNUSED(len);
	return -EPERM;
}

int nrf_modem_delta_dfu_write_done(void)
{
	return -EPERM;
}

int nrf_modem_delta_dfu_erase(void)
{
	return -EPERM;
}

int nrf_modem_delta_dfu_update(void)
{
	return -EPERM;
}
