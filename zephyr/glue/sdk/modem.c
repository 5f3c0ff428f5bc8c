/*
 * SPDX-License-Identifier: MIT OR Apache-2.0
 *
 * Hooks around the SDK's modem library: start and end, notifications, radio mode.
 */
#include <errno.h>

#include <zephyr/kernel.h>

#include <modem/at_monitor.h>
#include <modem/nrf_modem_lib.h>
#include <nrf_modem_at.h>

#include "../glue.h"

/* Access technologies of +CEREG (3GPP TS 27.007, 10.1.22). */
#define ACCESS_LTE_M 7
#define ACCESS_NB_IOT 9

/* Results of a modem update: done, internal error, hardware error, authentication, wrong UUID, supply voltage too low. */
static bool is_update_result(int result)
{
	return result == 0x5500001 || (result >= 0x4400001 && result <= 0x4400005);
}

#ifdef NRF_MODEM_LIB_ON_DFU_RES

/* Later SDKs tell the result by a callback during the start. */
static int update_result;

static void update_done(int32_t result, void *context)
{
	ARG_UNUSED(context);
	update_result = result;
}

NRF_MODEM_LIB_ON_DFU_RES(lwm2m_carrier_update, update_done, NULL);

static int start(void)
{
	int result;

	update_result = 0;
	result = nrf_modem_lib_init();
	return update_result != 0 ? update_result : result;
}

#else

static int start(void)
{
	return nrf_modem_lib_init();
}

#endif /* NRF_MODEM_LIB_ON_DFU_RES */

int lwm2m_os_nrf_modem_init(void)
{
	int result = start();

	return result == 0 || is_update_result(result) ? result : -EIO;
}

int lwm2m_os_nrf_modem_shutdown(void)
{
	return nrf_modem_lib_shutdown() == 0 ? 0 : -EIO;
}

int lwm2m_os_nrf_errno(void)
{
	return errno;
}

/* Straight from the modem library's interrupt: the SDK's own queue for notifications is shared and small. */
AT_MONITOR_ISR(lwm2m_carrier_notifications, ANY, notified);

static void notified(const char *notification)
{
	glue_notify(notification);
}

/* The mode allowed when it is one; of two allowed ones that of the cell in use. */
int32_t lwm2m_os_lte_mode_get(void)
{
	int lte_m = 0;
	int nb_iot = 0;
	int access = 0;

	if (nrf_modem_at_scanf("AT%XSYSTEMMODE?", "%%XSYSTEMMODE: %d,%d", &lte_m, &nb_iot) != 2) {
		return LWM2M_OS_LTE_MODE_NONE;
	}
	if (lte_m != 0 && nb_iot != 0) {
		if (nrf_modem_at_scanf("AT+CEREG?", "+CEREG: %*d,%*d,%*[^,],%*[^,],%d", &access) != 1) {
			return LWM2M_OS_LTE_MODE_NONE;
		}
		lte_m = access == ACCESS_LTE_M;
		nb_iot = access == ACCESS_NB_IOT;
	}
	if (lte_m != 0) {
		return LWM2M_OS_LTE_MODE_CAT_M1;
	}
	return nb_iot != 0 ? LWM2M_OS_LTE_MODE_CAT_NB1 : LWM2M_OS_LTE_MODE_NONE;
}
