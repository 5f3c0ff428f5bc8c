/*
 * SPDX-License-Identifier: MIT OR Apache-2.0
 *
 * Hooks for packet data networks over the SDK's PDN library.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <zephyr/kernel.h>

#include <modem/at_monitor.h>
#include <modem/pdn.h>
#include <nrf_modem_at.h>

#include "../glue.h"

/* Context numbers of the modem. */
#define CONTEXTS 12
/* "+CGPADDR: 11,"<IPv4>","<IPv6>"" with the final result. */
#define ADDRESSES_SIZE 96

BUILD_ASSERT((int)LWM2M_OS_PDN_FAM_IPV4 == (int)PDN_FAM_IPV4 && (int)LWM2M_OS_PDN_FAM_IPV6 == (int)PDN_FAM_IPV6 &&
	     (int)LWM2M_OS_PDN_FAM_IPV4V6 == (int)PDN_FAM_IPV4V6);
BUILD_ASSERT((int)LWM2M_OS_PDN_EVENT_CNEC_ESM == (int)PDN_EVENT_CNEC_ESM && (int)LWM2M_OS_PDN_EVENT_ACTIVATED == (int)PDN_EVENT_ACTIVATED &&
	     (int)LWM2M_OS_PDN_EVENT_DEACTIVATED == (int)PDN_EVENT_DEACTIVATED &&
	     (int)LWM2M_OS_PDN_EVENT_IPV6_UP == (int)PDN_EVENT_IPV6_UP && (int)LWM2M_OS_PDN_EVENT_IPV6_DOWN == (int)PDN_EVENT_IPV6_DOWN);

/* Receivers by context; that of context 0 is the default one. */
static lwm2m_os_pdn_event_handler_t receivers[CONTEXTS];

/* Some functions of the SDK answer with the modem's own, positive, errors. */
static int negative(int result)
{
	return result > 0 ? -ENOEXEC : result;
}

/* Later SDKs have more events than the hook. */
static void happened(uint8_t cid, enum pdn_event event, int reason)
{
	if (cid < CONTEXTS && receivers[cid] != NULL && (int)event <= (int)PDN_EVENT_IPV6_DOWN) {
		receivers[cid](cid, (enum lwm2m_os_pdn_event)event, reason);
	}
}

/* The SDK reports session management errors of contexts that were made by its library only. */
AT_MONITOR(lwm2m_carrier_esm, "+CNEC_ESM", esm_reported);

static void esm_reported(const char *notification)
{
	int cause;
	int cid;

	if (sscanf(notification, "+CNEC_ESM: %d,%d", &cause, &cid) == 2 && cid == 0) {
		happened(0, PDN_EVENT_CNEC_ESM, cause);
	}
}

/* The library has been set up at boot. */
int lwm2m_os_pdn_init(void)
{
	return 0;
}

int lwm2m_os_pdn_ctx_create(uint8_t *cid, lwm2m_os_pdn_event_handler_t cb)
{
	int err;

	if (cid == NULL) {
		return -EINVAL;
	}
	err = negative(pdn_ctx_create(cid, happened));
	if (err == 0 && *cid < CONTEXTS) {
		receivers[*cid] = cb;
	}
	return err;
}

int lwm2m_os_pdn_ctx_configure(uint8_t cid, const char *apn, enum lwm2m_os_pdn_fam family)
{
	if (apn == NULL) {
		return -EFAULT;
	}
	return negative(pdn_ctx_configure(cid, apn, (enum pdn_fam)family, NULL));
}

int lwm2m_os_pdn_ctx_destroy(uint8_t cid)
{
	int err = negative(pdn_ctx_destroy(cid));

	if (err == 0 && cid < CONTEXTS) {
		receivers[cid] = NULL;
	}
	return err;
}

/* Which family the network has granted, by the addresses it has given. */
static void granted(uint8_t cid, enum lwm2m_os_pdn_fam *family)
{
	char answer[ADDRESSES_SIZE];
	const char *end;
	bool four;
	bool six;

	if (nrf_modem_at_cmd(answer, sizeof(answer), "AT+CGPADDR=%u", cid) != 0) {
		return;
	}
	end = strchr(answer, '\r');
	if (end != NULL) {
		answer[end - answer] = '\0';
	}
	/* The prefix has the first colon. */
	six = strchr(answer, ':') != strrchr(answer, ':');
	four = strchr(answer, '.') != NULL;
	if (four != six) {
		*family = four ? LWM2M_OS_PDN_FAM_IPV4 : LWM2M_OS_PDN_FAM_IPV6;
	}
}

/* The SDK's way to learn the family waits without limit for a notification that may not be subscribed. */
int lwm2m_os_pdn_activate(uint8_t cid, int *esm, enum lwm2m_os_pdn_fam *family)
{
	int err = negative(pdn_activate(cid, esm, NULL));

	if (err == 0 && family != NULL) {
		granted(cid, family);
	}
	return err;
}

int lwm2m_os_pdn_deactivate(uint8_t cid)
{
	return negative(pdn_deactivate(cid));
}

int lwm2m_os_pdn_id_get(uint8_t cid)
{
	return pdn_id_get(cid);
}

int lwm2m_os_pdn_default_apn_get(char *buf, size_t len)
{
	return negative(pdn_default_apn_get(buf, len));
}

int lwm2m_os_pdn_default_callback_set(lwm2m_os_pdn_event_handler_t cb)
{
	if (cb == NULL) {
		return -EINVAL;
	}
	receivers[0] = cb;
	return negative(pdn_default_ctx_cb_reg(happened));
}
