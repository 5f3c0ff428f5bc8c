/*
 * SPDX-License-Identifier: MIT OR Apache-2.0
 *
 * The SDK's libraries for a modem with one SIM, as far as the integration calls them: with the numbers they are known to answer, the
 * surprising ones included.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <zephyr/kernel.h>

#include <modem/at_monitor.h>
#include <modem/modem_key_mgmt.h>
#include <modem/nrf_modem_lib.h>
#include <modem/pdn.h>
#include <modem/sms.h>
#include <nrf_modem_at.h>

#include "fakes.h"

#define CME_ERROR(code) (NRF_MODEM_AT_CME_ERROR << 16 | (code))
#define MONITOR_POOL 320
#define CONTEXTS 4
#define KEYS 16
#define LISTENERS 2

/* --- Notifications ------------------------------------------------------------------------------ */

struct monitor {
	const char *filter;
	void (*handler)(const char *);
	bool direct;
};

static struct monitor monitors[8];
static size_t monitor_count;
static atomic_t pool_used;

/* All that ever were, because the kernel looks at them after their handlers. */
static struct notification *all;

struct notification {
	struct k_work work;
	struct notification *next;
	char text[];
};

void fake_monitor_add(const char *filter, void (*handler)(const char *), bool direct)
{
	monitors[monitor_count++] = (struct monitor){ filter, handler, direct };
}

static void dispatch(struct k_work *work)
{
	struct notification *notification = CONTAINER_OF(work, struct notification, work);

	for (size_t i = 0; i < monitor_count; i++) {
		if (!monitors[i].direct && (monitors[i].filter == ANY || strstr(notification->text, monitors[i].filter) != NULL)) {
			monitors[i].handler(notification->text);
		}
	}
	__atomic_fetch_sub(&pool_used, (long)strlen(notification->text) + 1, __ATOMIC_SEQ_CST);
}

void fake_notify(const char *text)
{
	size_t size = strlen(text) + 1;
	struct notification *notification;

	for (size_t i = 0; i < monitor_count; i++) {
		if (monitors[i].direct && (monitors[i].filter == ANY || strstr(text, monitors[i].filter) != NULL)) {
			monitors[i].handler(text);
		}
	}
	if (__atomic_add_fetch(&pool_used, (long)size, __ATOMIC_SEQ_CST) > MONITOR_POOL) {
		__atomic_fetch_sub(&pool_used, (long)size, __ATOMIC_SEQ_CST);
		return;
	}
	notification = malloc(sizeof(*notification) + size);
	notification->work = (struct k_work){ .handler = dispatch, .due = -1 };
	notification->next = __atomic_load_n(&all, __ATOMIC_SEQ_CST);
	__atomic_store_n(&all, notification, __ATOMIC_SEQ_CST);
	memcpy(notification->text, text, size);
	k_work_submit_to_queue(&k_sys_work_q, &notification->work);
}

/* --- Modem library and AT commands -------------------------------------------------------------- */

static enum { NEVER, UP, DOWN } library;
static int functional_mode;
static int modes[2] = { 1, 0 };
static bool packet_events;
static bool mode_fails;
static pdn_event_handler_t default_receiver;

int nrf_modem_lib_init(void)
{
	if (library == UP) {
		return -EPERM;
	}
	library = UP;
	return 0;
}

int nrf_modem_lib_shutdown(void)
{
	if (library != UP) {
		return -EPERM;
	}
	library = DOWN;
	return 0;
}

void fake_mode_fails(bool fails)
{
	mode_fails = fails;
}

static void set_mode(int mode)
{
	functional_mode = mode;
	if (mode != 1) {
		return;
	}
	fake_notify("+CEREG: 1,\"0001\",\"00012345\",7\r\n");
	if (packet_events && default_receiver != NULL) {
		default_receiver(0, PDN_EVENT_ACTIVATED, 0);
		default_receiver(0, PDN_EVENT_NETWORK_DETACH, 0);
	}
}

/* 0 with the answer, or a refusal. */
static int run(const char *command, char *answer, size_t size)
{
	int number;
	int other;

	answer[0] = '\0';
	if (library != UP) {
		return library == NEVER ? -1 : -110;
	}
	if (sscanf(command, "AT+CFUN=%d", &number) == 1) {
		set_mode(number);
	} else if (sscanf(command, "AT+CGEREP=%d", &number) == 1) {
		packet_events = number != 0;
	} else if (sscanf(command, "AT%%XSYSTEMMODE=%d,%d", &number, &other) == 2) {
		modes[0] = number;
		modes[1] = other;
	} else if (strcmp(command, "AT%XSYSTEMMODE?") == 0 && !mode_fails) {
		snprintf(answer, size, "%%XSYSTEMMODE: %d,%d,0,0\r\n", modes[0], modes[1]);
	} else if (strcmp(command, "AT+CEREG?") == 0) {
		snprintf(answer, size, "+CEREG: 4,1,\"0001\",\"00012345\",7\r\n");
	} else if (sscanf(command, "AT+CGPADDR=%d", &number) == 1) {
		snprintf(answer, size, "+CGPADDR: %d,\"10.1.2.3\"\r\n", number);
	} else if (strncmp(command, "AT+CNEC=", 8) != 0 && strncmp(command, "AT%XSIM=", 8) != 0) {
		return CME_ERROR(0);
	}
	strncat(answer, "OK\r\n", size - strlen(answer) - 1);
	return 0;
}

int nrf_modem_at_printf(const char *format, ...)
{
	char command[128];
	char answer[128];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(command, sizeof(command), format, arguments);
	va_end(arguments);
	return run(command, answer, sizeof(answer));
}

int nrf_modem_at_cmd(void *buffer, size_t length, const char *format, ...)
{
	char command[128];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(command, sizeof(command), format, arguments);
	va_end(arguments);
	return run(command, buffer, length);
}

int nrf_modem_at_scanf(const char *command, const char *format, ...)
{
	char answer[128];
	va_list arguments;
	int result = run(command, answer, sizeof(answer));

	if (result != 0) {
		return result;
	}
	va_start(arguments, format);
	result = vsscanf(answer, format, arguments);
	va_end(arguments);
	return result > 0 ? result : -77;
}

/* --- Packet data networks ----------------------------------------------------------------------- */

static struct {
	bool used;
	char apn[64];
	pdn_event_handler_t receiver;
} contexts[CONTEXTS];

int pdn_ctx_create(uint8_t *cid, pdn_event_handler_t cb)
{
	for (uint8_t i = 1; i < CONTEXTS; i++) {
		if (!contexts[i].used) {
			contexts[i].used = true;
			contexts[i].receiver = cb;
			*cid = i;
			return 0;
		}
	}
	return -ENOMEM;
}

int pdn_ctx_configure(uint8_t cid, const char *apn, enum pdn_fam family, struct pdn_pdp_opt *opts)
{
	(void)family, (void)opts;
	if (strlen(apn) >= sizeof(contexts[cid].apn)) {
		return -EINVAL;
	}
	strcpy(contexts[cid].apn, apn);
	return 0;
}

int pdn_ctx_destroy(uint8_t cid)
{
	if (cid == 0 || cid >= CONTEXTS || !contexts[cid].used) {
		return -EINVAL;
	}
	contexts[cid].used = false;
	return 0;
}

/* A refusal is the modem's positive error; the family comes with a notification. */
int pdn_activate(uint8_t cid, int *esm, enum pdn_fam *family)
{
	bool refused = strcmp(contexts[cid].apn, "refused.test") == 0;

	if (refused) {
		contexts[cid].receiver(cid, PDN_EVENT_CNEC_ESM, 33);
	}
	if (esm != NULL) {
		*esm = refused ? 33 : 0;
	}
	if (family != NULL && !packet_events) {
		fprintf(stderr, "pdn: waits for ever\n");
		abort();
	}
	return refused ? CME_ERROR(0) : 0;
}

int pdn_deactivate(uint8_t cid)
{
	return cid < CONTEXTS ? 0 : -EINVAL;
}

int pdn_id_get(uint8_t cid)
{
	return cid < CONTEXTS ? cid + 10 : -EBADMSG;
}

int pdn_default_apn_get(char *buf, size_t len)
{
	return snprintf(buf, len, "apn.test") < (int)len ? 0 : -E2BIG;
}

int pdn_default_ctx_cb_reg(pdn_event_handler_t cb)
{
	default_receiver = cb;
	return 0;
}

/* --- Credentials -------------------------------------------------------------------------------- */

static struct {
	bool used;
	nrf_sec_tag_t tag;
	enum modem_key_mgmt_cred_type type;
} keys[KEYS];

static size_t key_find(nrf_sec_tag_t tag, enum modem_key_mgmt_cred_type type)
{
	for (size_t i = 0; i < KEYS; i++) {
		if (keys[i].used && keys[i].tag == tag && keys[i].type == type) {
			return i;
		}
	}
	return KEYS;
}

/* -EPERM while the link is on, as current SDKs have it. */
static int key_access(void)
{
	if (library != UP) {
		return -EACCES;
	}
	return functional_mode == 1 ? -EPERM : 0;
}

int modem_key_mgmt_exists(nrf_sec_tag_t tag, enum modem_key_mgmt_cred_type type, bool *exists)
{
	if (library != UP) {
		return -EACCES;
	}
	*exists = key_find(tag, type) < KEYS;
	return 0;
}

/* An unknown error of the modem becomes this famous number. */
int modem_key_mgmt_write(nrf_sec_tag_t tag, enum modem_key_mgmt_cred_type type, const void *buf, size_t len)
{
	int err = key_access();

	if (err != 0) {
		return err;
	}
	if (type == MODEM_KEY_MGMT_CRED_TYPE_PSK && strspn(buf, "0123456789abcdefABCDEF") < len) {
		return (int)0xBAADBAAD;
	}
	for (size_t i = 0; i < KEYS; i++) {
		if (!keys[i].used) {
			keys[i].used = true;
			keys[i].tag = tag;
			keys[i].type = type;
			return 0;
		}
	}
	return -ENOMEM;
}

int modem_key_mgmt_delete(nrf_sec_tag_t tag, enum modem_key_mgmt_cred_type type)
{
	size_t place = key_find(tag, type);
	int err = key_access();

	if (err != 0) {
		return err;
	}
	if (place == KEYS) {
		return -ENOENT;
	}
	keys[place].used = false;
	return 0;
}

/* --- Short messages ----------------------------------------------------------------------------- */

static struct {
	sms_callback_t receiver;
	void *context;
} listeners[LISTENERS];

static void foreign(struct sms_data *const data, void *context)
{
	(void)data, (void)context;
}

/* Another part of the firmware was here first. */
__attribute__((constructor)) static void foreign_listener(void)
{
	listeners[0].receiver = foreign;
}

int sms_register_listener(sms_callback_t listener, void *context)
{
	for (int i = 0; i < LISTENERS; i++) {
		if (listeners[i].receiver == NULL) {
			listeners[i].receiver = listener;
			listeners[i].context = context;
			return i;
		}
	}
	return -ENOSPC;
}

void sms_unregister_listener(int handle)
{
	listeners[handle].receiver = NULL;
}

static struct sms_data message;

static void message_deliver(struct k_work *work)
{
	(void)work;
	for (int i = 0; i < LISTENERS; i++) {
		if (listeners[i].receiver != NULL) {
			listeners[i].receiver(&message, listeners[i].context);
		}
	}
}

static K_WORK_DEFINE(delivery, message_deliver);

void fake_sms(uint16_t port, const char *payload)
{
	message.type = SMS_TYPE_DELIVER;
	strcpy(message.header.deliver.originating_address.address_str, "+15550100");
	message.header.deliver.originating_address.length = 9;
	message.header.deliver.app_port = (struct sms_udh_app_port){ true, port, 0 };
	message.payload_len = (int)strlen(payload);
	memcpy(message.payload, payload, strlen(payload) + 1);
	k_work_submit_to_queue(&k_sys_work_q, &delivery);
}
