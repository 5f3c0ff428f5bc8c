/*
 * SPDX-License-Identifier: MIT OR Apache-2.0
 *
 * What every implementation of the lwm2m_os_* hooks must do, a case a process: the argument names it. The cases t2 to t16 are named after
 * the traps of the original integration: each first does what avoids the trap, which must work everywhere, and then, where the
 * implementation claims to be without traps, what would spring it. (t1, a declared function nobody defines, shows when linking.)
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <lwm2m_os.h>

#include "world.h"

/* The hooks' error numbers, which on a PC are not those of its C library. */
#define HOOK_EIO (-5)
#define HOOK_ENOENT (-2)
#define HOOK_EAGAIN (-11)
#define HOOK_ENOMEM (-12)
#define HOOK_EACCES (-13)
#define HOOK_EBUSY (-16)
#define HOOK_EINVAL (-22)

#define CHECK(fact) \
	do { \
		if (!(fact)) { \
			fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #fact); \
			exit(1); \
		} \
	} while (0)

#define PSK_TAG 25

static lwm2m_os_sem_t *done;
static volatile int count;
static char heard[512];

static void start(void)
{
	CHECK(lwm2m_os_init() == 0);
	CHECK(lwm2m_os_nrf_modem_init() == 0);
	CHECK(lwm2m_os_sem_init(&done, 0, 1000) == 0 && done != NULL);
}

static void counted(void *timer)
{
	(void)timer;
	count++;
	lwm2m_os_sem_give(done);
}

/* --- What is promised --------------------------------------------------------------------------- */

static void time_goes_on(void)
{
	int64_t before = lwm2m_os_uptime_get();
	int64_t reference = before;

	start();
	CHECK(lwm2m_os_sleep(50) == 0);
	CHECK(lwm2m_os_uptime_get() >= before + 50);
	CHECK(lwm2m_os_uptime_delta(&reference) >= 50 && reference >= before + 50);
	CHECK(lwm2m_os_rand_get() != lwm2m_os_rand_get() || lwm2m_os_rand_get() != lwm2m_os_rand_get());
}

static void semaphores(void)
{
	lwm2m_os_sem_t *one = NULL;

	start();
	CHECK(lwm2m_os_sem_init(&one, 2, 1) == HOOK_EINVAL);
	one = NULL;
	CHECK(lwm2m_os_sem_init(&one, 0, 0) == HOOK_EINVAL);
	one = NULL;
	CHECK(lwm2m_os_sem_init(&one, 0, 1) == 0);
	CHECK(lwm2m_os_sem_take(one, 0) == HOOK_EBUSY);
	CHECK(lwm2m_os_sem_take(one, 30) == HOOK_EAGAIN);
	lwm2m_os_sem_give(one);
	lwm2m_os_sem_give(one);
	CHECK(lwm2m_os_sem_take(one, -1) == 0);
	CHECK(lwm2m_os_sem_take(one, 0) == HOOK_EBUSY);
	lwm2m_os_sem_give(one);
	lwm2m_os_sem_reset(one);
	CHECK(lwm2m_os_sem_take(one, 0) == HOOK_EBUSY);
}

static void reset_later(void *timer)
{
	(void)timer;
	lwm2m_os_sem_reset(done);
}

static void reset_wakes_who_waits(void)
{
	lwm2m_os_work_q_t *queue = lwm2m_os_work_q_start(0, "own");
	lwm2m_os_timer_t *timer = lwm2m_os_timer_get(reset_later);

	start();
	CHECK(lwm2m_os_timer_start_on_q(queue, timer, 50) == 0);
	CHECK(lwm2m_os_sem_take(done, 60000) == HOOK_EAGAIN);
}

static lwm2m_os_work_q_t *own_queue;
static lwm2m_os_timer_t *own_timer;

static void restarts(void *timer)
{
	CHECK(timer == own_timer);
	if (++count < 3) {
		CHECK(lwm2m_os_timer_start_on_q(own_queue, timer, 0) == 0);
	}
	lwm2m_os_sem_give(done);
}

static void timers(void)
{
	start();
	own_queue = lwm2m_os_work_q_start(0, "own");
	CHECK(own_queue != NULL && lwm2m_os_work_q_start(LWM2M_OS_MAX_WORK_QS, "none") == NULL && lwm2m_os_work_q_start(-1, "none") == NULL);
	own_timer = lwm2m_os_timer_get(restarts);
	CHECK(own_timer != NULL && !lwm2m_os_timer_is_pending(own_timer) && lwm2m_os_timer_remaining(own_timer) == 0);
	CHECK(lwm2m_os_timer_start_on_q(own_queue, own_timer, 86400000) == 0);
	CHECK(lwm2m_os_timer_is_pending(own_timer) && lwm2m_os_timer_remaining(own_timer) > 86390000);
	/* Started over, it runs once, and again as often as the handler wants. */
	CHECK(lwm2m_os_timer_start_on_q(own_queue, own_timer, 20) == 0);
	for (int i = 0; i < 3; i++) {
		CHECK(lwm2m_os_sem_take(done, 5000) == 0);
	}
	CHECK(lwm2m_os_sem_take(done, 100) == HOOK_EAGAIN && count == 3);
	CHECK(!lwm2m_os_timer_is_pending(own_timer));
}

static void storage(void)
{
	char data[8] = "";

	start();
	CHECK(lwm2m_os_storage_read(LWM2M_OS_STORAGE_BASE, data, sizeof(data)) == HOOK_ENOENT);
	CHECK(lwm2m_os_storage_write(LWM2M_OS_STORAGE_BASE, "abcdef", 6) == 6);
	CHECK(lwm2m_os_storage_read(LWM2M_OS_STORAGE_BASE, data, sizeof(data)) == 6 && memcmp(data, "abcdef", 6) == 0);
	CHECK(lwm2m_os_storage_write(LWM2M_OS_STORAGE_BASE, "xyz", 3) == 3);
	CHECK(lwm2m_os_storage_read(LWM2M_OS_STORAGE_BASE, data, sizeof(data)) == 3 && memcmp(data, "xyz", 3) == 0);
	CHECK(lwm2m_os_storage_delete(LWM2M_OS_STORAGE_BASE) == 0);
	CHECK(lwm2m_os_storage_delete(LWM2M_OS_STORAGE_BASE) == 0);
	CHECK(lwm2m_os_storage_read(LWM2M_OS_STORAGE_BASE, data, sizeof(data)) == HOOK_ENOENT);
	CHECK(lwm2m_os_storage_write(LWM2M_OS_STORAGE_END, "end", 3) == 3);
}

static void modem_library(void)
{
	start();
	CHECK(lwm2m_os_nrf_modem_init() == HOOK_EIO);
	CHECK(world_at("AT+CFUN=4") == 0);
	CHECK(lwm2m_os_nrf_modem_shutdown() == 0);
	CHECK(lwm2m_os_nrf_modem_shutdown() == HOOK_EIO);
	CHECK(world_at("AT+CFUN=4") < 0);
	CHECK(lwm2m_os_nrf_modem_init() == 0);
}

static void keys(void)
{
	bool exists = true;

	start();
	CHECK(lwm2m_os_sec_psk_exists(PSK_TAG, &exists) == 0 && !exists);
	CHECK(lwm2m_os_sec_psk_write(PSK_TAG, "00112233", 8) == 0);
	CHECK(lwm2m_os_sec_identity_write(PSK_TAG, "urn:imei:1", 10) == 0);
	CHECK(lwm2m_os_sec_psk_exists(PSK_TAG, &exists) == 0 && exists);
	CHECK(lwm2m_os_sec_identity_exists(PSK_TAG, &exists) == 0 && exists);
	CHECK(lwm2m_os_sec_psk_write(PSK_TAG, NULL, 4) == HOOK_EINVAL && lwm2m_os_sec_psk_write(PSK_TAG, "00", 0) == HOOK_EINVAL);
	CHECK(world_at("AT+CFUN=1") == 0);
	CHECK(lwm2m_os_sec_psk_write(PSK_TAG, "00112233", 8) == HOOK_EACCES);
	CHECK(lwm2m_os_sec_psk_delete(PSK_TAG) == HOOK_EACCES);
	CHECK(world_at("AT+CFUN=4") == 0);
	CHECK(lwm2m_os_sec_psk_delete(PSK_TAG) == 0 && lwm2m_os_sec_psk_delete(PSK_TAG) == HOOK_ENOENT);
	CHECK(lwm2m_os_sec_identity_delete(PSK_TAG) == 0);
	CHECK(lwm2m_os_sec_identity_exists(PSK_TAG, &exists) == 0 && !exists);
}

/* --- Traps -------------------------------------------------------------------------------------- */

static void sms_received(struct lwm2m_os_sms_data *sms, void *context)
{
	const struct lwm2m_os_sms_deliver_header *header = &sms->header.deliver;

	CHECK(context == &count);
	CHECK(header->app_port.present && header->app_port.dest_port == 5683);
	CHECK(sms->payload_len == 3 && memcmp(sms->payload, "abc", 3) == 0);
	CHECK(strcmp(header->originating_address.address_str, "+15550100") == 0 && header->originating_address.length == 9);
	lwm2m_os_sem_give(done);
}

/* The number needed to end the delivery is not known: register once, and stay. */
static void t2(void)
{
	start();
	CHECK(world_at("AT+CFUN=1") == 0);
	lwm2m_os_sleep(2000);
	CHECK(lwm2m_os_sms_client_register(sms_received, (void *)&count) == 0);
	world_sms(5683, "abc");
	CHECK(lwm2m_os_sem_take(done, 5000) == 0);
	if (!world_has_traps()) {
		lwm2m_os_sms_client_deregister(0);
		world_sms(5683, "abc");
		CHECK(lwm2m_os_sem_take(done, 200) == HOOK_EAGAIN);
		CHECK(lwm2m_os_sms_client_register(sms_received, (void *)&count) == 0);
		CHECK(lwm2m_os_sms_client_register(sms_received, (void *)&count) == 0);
		world_sms(5683, "abc");
		CHECK(lwm2m_os_sem_take(done, 5000) == 0 && lwm2m_os_sem_take(done, 200) == HOOK_EAGAIN);
	}
}

/* Initialising a semaphore that is one: start over by a reset instead. */
static void t3(void)
{
	start();
	lwm2m_os_sem_give(done);
	lwm2m_os_sem_reset(done);
	CHECK(lwm2m_os_sem_take(done, 0) == HOOK_EBUSY);
	if (!world_has_traps()) {
		lwm2m_os_sem_t *before = done;

		CHECK(lwm2m_os_sem_init(&done, 1, 1) == 0 && done == before);
		CHECK(lwm2m_os_sem_take(done, 0) == 0);
	}
}

/* Releasing a pending timer: cancel it first. */
static void t4(void)
{
	lwm2m_os_timer_t *timer;

	start();
	timer = lwm2m_os_timer_get(counted);
	CHECK(lwm2m_os_timer_start(timer, 50) == 0);
	lwm2m_os_timer_cancel(timer);
	lwm2m_os_timer_release(timer);
	lwm2m_os_sleep(150);
	CHECK(count == 0);
	if (!world_has_traps()) {
		timer = lwm2m_os_timer_get(counted);
		CHECK(lwm2m_os_timer_start(timer, 50) == 0);
		lwm2m_os_timer_release(timer);
		lwm2m_os_sleep(150);
		CHECK(count == 0);
		CHECK(lwm2m_os_timer_start(timer, 1) == HOOK_EINVAL);
	}
}

static void slow(void *timer)
{
	(void)timer;
	lwm2m_os_sleep(200);
	count++;
}

static void cancels_itself(void *timer)
{
	lwm2m_os_timer_cancel(timer);
	counted(timer);
}

/* Cancelling waits for the handler: never do it in the handler. */
static void t5(void)
{
	lwm2m_os_work_q_t *queue = lwm2m_os_work_q_start(0, "own");
	lwm2m_os_timer_t *timer;

	start();
	timer = lwm2m_os_timer_get(slow);
	CHECK(lwm2m_os_timer_start_on_q(queue, timer, 1) == 0);
	lwm2m_os_sleep(80);
	CHECK(lwm2m_os_timer_is_pending(timer) && lwm2m_os_timer_remaining(timer) == 0);
	lwm2m_os_timer_cancel(timer);
	CHECK(count == 1 && !lwm2m_os_timer_is_pending(timer));
	if (!world_has_traps()) {
		timer = lwm2m_os_timer_get(cancels_itself);
		CHECK(lwm2m_os_timer_start_on_q(queue, timer, 1) == 0);
		CHECK(lwm2m_os_sem_take(done, 5000) == 0);
		CHECK(lwm2m_os_timer_start(timer, 1) == 0);
		CHECK(lwm2m_os_sem_take(done, 5000) == 0);
	}
}

static volatile bool on_system_queue;

static void where(void *timer)
{
	on_system_queue = world_is_system_queue();
	counted(timer);
}

/* Plain timers hold up the system's queue: use an own one. */
static void t6(void)
{
	lwm2m_os_work_q_t *queue = lwm2m_os_work_q_start(1, "own");
	lwm2m_os_timer_t *timer;

	start();
	world_notify("%XT: 0\r\n");
	lwm2m_os_sleep(50);
	timer = lwm2m_os_timer_get(where);
	CHECK(lwm2m_os_timer_start_on_q(queue, timer, 1) == 0);
	CHECK(lwm2m_os_sem_take(done, 5000) == 0 && !on_system_queue);
	lwm2m_os_sleep(20);
	CHECK(lwm2m_os_timer_start(timer, 1) == 0);
	CHECK(lwm2m_os_sem_take(done, 5000) == 0);
	CHECK(on_system_queue == world_has_traps());
}

static void collected(const char *notification)
{
	if (strncmp(notification, "%XT", 3) == 0) {
		CHECK(strlen(heard) + strlen(notification) < sizeof(heard));
		strcat(heard, notification);
		lwm2m_os_sem_give(done);
	}
}

static void blocks(const char *notification)
{
	if (strncmp(notification, "%XT", 3) == 0) {
		lwm2m_os_sleep(20);
		count++;
	}
}

/* Notifications wait in little room: return at once, and ask the modem again after a loss. */
static void t7(void)
{
	start();
	CHECK(lwm2m_os_at_init(collected) == 0);
	CHECK(world_at("AT+CFUN=1") == 0);
	lwm2m_os_sleep(2000);
	for (int i = 0; i < 3; i++) {
		char text[16];

		snprintf(text, sizeof(text), "%%XT: %d\r\n", i);
		world_notify(text);
		CHECK(lwm2m_os_sem_take(done, 5000) == 0);
	}
	CHECK(strcmp(heard, "%XT: 0\r\n%XT: 1\r\n%XT: 2\r\n") == 0);

	CHECK(lwm2m_os_at_init(blocks) == 0);
	for (int i = 0; i < 30; i++) {
		world_notify("%XT: a line of thirty letters\r\n");
	}
	lwm2m_os_sleep(2000);
	CHECK(count > 0);
	CHECK(world_has_traps() || count == 30);
	count = 0;
	for (int i = 0; i < 200; i++) {
		world_notify("%XT: a line of thirty letters\r\n");
	}
	lwm2m_os_sleep(3000);
	CHECK(count > 0 && count < 200);
	count = 0;
	world_notify("%XT: 9\r\n");
	lwm2m_os_sleep(500);
	CHECK(count == 1);
}

static void ignored(uint8_t cid, enum lwm2m_os_pdn_event event, int reason)
{
	(void)cid, (void)event, (void)reason;
}

static uint8_t context(const char *apn)
{
	uint8_t cid = 0;

	CHECK(lwm2m_os_pdn_init() == 0);
	CHECK(world_at("AT+CNEC=16") == 0);
	CHECK(lwm2m_os_pdn_ctx_create(&cid, ignored) == 0 && cid != 0);
	CHECK(lwm2m_os_pdn_ctx_configure(cid, apn, LWM2M_OS_PDN_FAM_IPV4V6) == 0);
	return cid;
}

/* Asking for the family waits for a notification: subscribe before. */
static void t8(void)
{
	enum lwm2m_os_pdn_fam family = LWM2M_OS_PDN_FAM_IPV4V6;
	uint8_t cid;
	int esm = -1;

	start();
	CHECK(world_at("AT+CGEREP=1") == 0 && world_at("AT+CFUN=1") == 0);
	lwm2m_os_sleep(2000);
	cid = context("fota.test");
	CHECK(lwm2m_os_pdn_activate(cid, &esm, &family) == 0);
	/* A network that grants one family of two may say so as cause 50 (3GPP TS 24.301 6.5.1.3). */
	CHECK((esm == 0 || esm == 50) && family == LWM2M_OS_PDN_FAM_IPV4);
	CHECK(lwm2m_os_pdn_id_get(cid) > 0);
	if (!world_has_traps()) {
		CHECK(lwm2m_os_pdn_deactivate(cid) == 0);
		CHECK(world_at("AT+CGEREP=0") == 0);
		family = LWM2M_OS_PDN_FAM_IPV4V6;
		CHECK(lwm2m_os_pdn_activate(cid, NULL, &family) == 0 && family == LWM2M_OS_PDN_FAM_IPV4);
		CHECK(lwm2m_os_pdn_deactivate(cid) == 0 && lwm2m_os_pdn_ctx_destroy(cid) == 0);
	}
}

static volatile int events[8];

static void pdn_event(uint8_t cid, enum lwm2m_os_pdn_event event, int reason)
{
	CHECK(cid == 0 && (event != LWM2M_OS_PDN_EVENT_CNEC_ESM || reason == 33));
	CHECK((size_t)event < sizeof(events) / sizeof(events[0]));
	events[event]++;
}

/* No session management error for context 0: do not depend on it. */
static void t9(void)
{
	char apn[64];

	start();
	CHECK(lwm2m_os_pdn_init() == 0);
	CHECK(lwm2m_os_pdn_default_callback_set(NULL) == HOOK_EINVAL);
	CHECK(lwm2m_os_pdn_default_callback_set(ignored) == 0 && lwm2m_os_pdn_default_callback_set(pdn_event) == 0);
	CHECK(world_at("AT+CGEREP=1") == 0 && world_at("AT+CNEC=16") == 0 && world_at("AT+CFUN=1") == 0);
	lwm2m_os_sleep(2000);
	CHECK(events[LWM2M_OS_PDN_EVENT_ACTIVATED] == 1);
	CHECK(lwm2m_os_pdn_default_apn_get(apn, 3) != 0);
	CHECK(lwm2m_os_pdn_default_apn_get(apn, sizeof(apn)) == 0 && strcmp(apn, "apn.test") == 0);
	world_notify("+CNEC_ESM: 33,0\r\n");
	lwm2m_os_sleep(200);
	CHECK(events[LWM2M_OS_PDN_EVENT_CNEC_ESM] == (world_has_traps() ? 0 : 1));
	CHECK(events[5] == 0);
}

/* "None" means unknown. */
static void t10(void)
{
	start();
	CHECK(lwm2m_os_lte_mode_get() == LWM2M_OS_LTE_MODE_CAT_M1);
	CHECK(world_at("AT%XSYSTEMMODE=0,1,0,0") == 0 && lwm2m_os_lte_mode_get() == LWM2M_OS_LTE_MODE_CAT_NB1);
	CHECK(world_at("AT%XSYSTEMMODE=0,0,1,0") == 0 && lwm2m_os_lte_mode_get() == LWM2M_OS_LTE_MODE_NONE);
	CHECK(world_at("AT%XSYSTEMMODE=1,1,0,0") == 0 && world_at("AT+CFUN=1") == 0);
	lwm2m_os_sleep(2000);
	CHECK(lwm2m_os_lte_mode_get() == (world_has_traps() ? LWM2M_OS_LTE_MODE_NONE : LWM2M_OS_LTE_MODE_CAT_M1));
	if (!world_has_traps()) {
		world_mode_query_fails();
		CHECK(lwm2m_os_lte_mode_get() == LWM2M_OS_LTE_MODE_NONE);
	}
}

/* Strange numbers for keys: everything but 0 is a failure. */
static void t11(void)
{
	bool exists = true;
	int result;

	CHECK(lwm2m_os_init() == 0);
	CHECK(lwm2m_os_sec_psk_exists(PSK_TAG, &exists) != 0);
	start();
	result = lwm2m_os_sec_psk_write(PSK_TAG, "xyz", 3);
	CHECK(result != 0);
	if (!world_has_traps()) {
		CHECK(result == HOOK_EIO || result == HOOK_EINVAL);
		CHECK(lwm2m_os_sec_psk_exists(PSK_TAG, NULL) == HOOK_EINVAL);
	}
}

/* Storing the same, and reading too little: compare lengths. */
static void t12(void)
{
	char data[8];
	static char big[4096];
	int again_stored;

	start();
	CHECK(lwm2m_os_storage_write(LWM2M_OS_STORAGE_BASE, "abcdef", 6) == 6);
	again_stored = lwm2m_os_storage_write(LWM2M_OS_STORAGE_BASE, "abcdef", 6);
	CHECK(again_stored == 6 || (world_has_traps() && again_stored == 0));
	CHECK(lwm2m_os_storage_read(LWM2M_OS_STORAGE_BASE, data, 2) == 6 && memcmp(data, "ab", 2) == 0);
	CHECK(lwm2m_os_storage_write(LWM2M_OS_STORAGE_BASE, data, 0) == 0);
	CHECK(lwm2m_os_storage_read(LWM2M_OS_STORAGE_BASE, data, 2) == HOOK_ENOENT);
	CHECK(lwm2m_os_storage_write(LWM2M_OS_STORAGE_BASE, big, sizeof(big)) == HOOK_EINVAL);
	if (!world_has_traps()) {
		CHECK(lwm2m_os_storage_write(LWM2M_OS_STORAGE_BASE - 1, "a", 1) == HOOK_EINVAL);
		CHECK(lwm2m_os_storage_read(LWM2M_OS_STORAGE_END + 1, data, 1) == HOOK_EINVAL);
	}
}

/* Positive errors of the modem among negative ones. */
static void t13(void)
{
	uint8_t cid;
	int esm = 0;
	int result;

	start();
	CHECK(world_at("AT+CGEREP=1") == 0 && world_at("AT+CFUN=1") == 0);
	lwm2m_os_sleep(2000);
	cid = context("refused.test");
	result = lwm2m_os_pdn_activate(cid, &esm, NULL);
	CHECK(result != 0 && esm == 33);
	CHECK(result < 0 || world_has_traps());
	CHECK(lwm2m_os_pdn_ctx_configure(cid, NULL, LWM2M_OS_PDN_FAM_IPV4) < 0);
}

/* The family's width follows the compiler: nothing beside it changes. */
static void t14(void)
{
	struct {
		uint8_t before;
		enum lwm2m_os_pdn_fam family;
		uint8_t after;
	} place = { 0x5a, LWM2M_OS_PDN_FAM_IPV4V6, 0xa5 };

	start();
	CHECK(world_at("AT+CGEREP=1") == 0 && world_at("AT+CFUN=1") == 0);
	lwm2m_os_sleep(2000);
	CHECK(lwm2m_os_pdn_activate(context("fota.test"), NULL, &place.family) == 0);
	CHECK(place.before == 0x5a && place.family == LWM2M_OS_PDN_FAM_IPV4 && place.after == 0xa5);
}

static void flat(void *p1, void *p2, void *p3)
{
	CHECK(p1 == NULL && p2 == NULL && p3 == NULL);
	lwm2m_os_sem_give(done);
}

/* A small stack: keep the thread flat. That it can be set is checked with the options. */
static void t15(void)
{
	start();
	CHECK(lwm2m_os_thread_start(LWM2M_OS_MAX_THREAD_COUNT, flat, "none") == HOOK_EINVAL);
	CHECK(lwm2m_os_thread_start(0, flat, "flat") == 0);
	CHECK(lwm2m_os_sem_take(done, 5000) == 0);
	CHECK(world_has_traps() || lwm2m_os_thread_start(0, flat, "twice") == HOOK_EINVAL);
}

/* Pools end: stay within them. */
static void t16(void)
{
	lwm2m_os_timer_t *last = NULL;
	lwm2m_os_sem_t *sem;

	start();
	for (int i = 0; i < LWM2M_OS_MAX_TIMER_COUNT; i++) {
		last = lwm2m_os_timer_get(counted);
		CHECK(last != NULL);
	}
	CHECK(lwm2m_os_timer_get(counted) == NULL);
	lwm2m_os_timer_release(last);
	CHECK(lwm2m_os_timer_get(counted) == last);
	/* One is in use already. */
	for (int i = 1; i < LWM2M_OS_MAX_SEM_COUNT; i++) {
		sem = NULL;
		CHECK(lwm2m_os_sem_init(&sem, 0, 1) == 0 && sem != NULL);
	}
	if (!world_has_traps()) {
		for (int i = 0; i < 3; i++) {
			sem = NULL;
			CHECK(lwm2m_os_sem_init(&sem, 0, 1) == HOOK_ENOMEM && sem == NULL);
		}
	}
}

#define CASE(name) { #name, name }

static const struct {
	const char *name;
	void (*run)(void);
} cases[] = {
	CASE(time_goes_on), CASE(semaphores), CASE(reset_wakes_who_waits), CASE(timers), CASE(storage), CASE(modem_library), CASE(keys),
	CASE(t2), CASE(t3), CASE(t4), CASE(t5), CASE(t6), CASE(t7), CASE(t8), CASE(t9), CASE(t10), CASE(t11), CASE(t12), CASE(t13), CASE(t14),
	CASE(t15), CASE(t16),
};

int main(int argc, char **argv)
{
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		if (argc < 2) {
			puts(cases[i].name);
		} else if (strcmp(cases[i].name, argv[1]) == 0) {
			cases[i].run();
			return 0;
		}
	}
	return argc < 2 ? 0 : 2;
}
