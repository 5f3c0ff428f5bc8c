/* One function per trap of the real glue; the argument names it. Those that end the process say so. */
#include "hooks.h"

static void *semaphore;
static int count;
static char last[128];

static void give(void *timer)
{
	(void)timer;
	count++;
	lwm2m_os_sem_give(semaphore);
}

static void heard(const char *text)
{
	count++;
	snprintf(last, sizeof(last), "%s", text);
	lwm2m_os_sem_give(semaphore);
}

static void start(void)
{
	CHECK(lwm2m_os_init() == 0);
	CHECK(lwm2m_os_nrf_modem_init() == 0);
	CHECK(lwm2m_os_sem_init(&semaphore, 0, 1000) == 0);
	CHECK(lwm2m_os_at_init(heard) == 0);
}

static void online(void)
{
	CHECK(nrf_modem_at_printf("AT+CFUN=1") == 0);
	lwm2m_os_sleep(2000);
}

static void sms_received(struct sms_data *data, void *context)
{
	CHECK(context == &count);
	CHECK(data->port.present && data->port.destination == 5683 && data->port.source == 0);
	CHECK(data->payload_length == 3 && memcmp(data->payload, "abc", 3) == 0);
	CHECK(strcmp(data->address.text, "+15550100") == 0 && data->address.length == 9);
	lwm2m_os_sem_give(semaphore);
}

static void t2(void)
{
	start();
	online();
	CHECK(lwm2m_os_sms_client_register(sms_received, &count) == 0);
	CHECK(lwm2m_os_sms_client_register(sms_received, &count) == 0);
	/* The control socket sends a message now (scenario). */
	CHECK(lwm2m_os_sem_take(semaphore, 60000) == 0);
	CHECK(lwm2m_os_sem_take(semaphore, 60000) == 0);
	lwm2m_os_sms_client_deregister(0);
	lwm2m_os_sms_client_deregister(1);
	CHECK(nrf_modem_at_cmd(last, sizeof(last), "AT+CNMI?") == 0);
	CHECK(strncmp(last, "+CNMI: 0,0,0,0", 14) == 0);
}

static void t3(void)
{
	void *other = NULL;

	CHECK(lwm2m_os_sem_init(&other, 2, 1) == -22);
	other = NULL;
	CHECK(lwm2m_os_sem_init(&other, 0, 0) == -22);
	lwm2m_os_sem_init(&other, 0, 1);
}

static void t4(void)
{
	void *timer = lwm2m_os_timer_get(give);

	start();
	CHECK(lwm2m_os_timer_start(timer, 100) == 0);
	lwm2m_os_timer_release(timer);
	lwm2m_os_sleep(1000);
}

static void slow(void *timer)
{
	(void)timer;
	lwm2m_os_sleep(500);
	count++;
}

static void t5_waits(void)
{
	void *queue = lwm2m_os_work_q_start(0, "own");
	void *timer = lwm2m_os_timer_get(slow);

	CHECK(lwm2m_os_timer_start_on_q(queue, timer, 10) == 0);
	lwm2m_os_sleep(100);
	CHECK(lwm2m_os_timer_is_pending(timer) && lwm2m_os_timer_remaining(timer) == 0);
	lwm2m_os_timer_cancel(timer);
	CHECK(count == 1 && !lwm2m_os_timer_is_pending(timer));
}

static void t5(void)
{
	void *timer = lwm2m_os_timer_get(lwm2m_os_timer_cancel);

	lwm2m_os_timer_start(timer, 1);
	lwm2m_os_sleep(100);
}

static pthread_t notification_thread, timer_thread;

static void remember_notification(const char *text)
{
	(void)text;
	notification_thread = pthread_self();
	lwm2m_os_sem_give(semaphore);
}

static void remember_timer(void *timer)
{
	(void)timer;
	timer_thread = pthread_self();
	lwm2m_os_sem_give(semaphore);
}

static void t6(void)
{
	void *timer = lwm2m_os_timer_get(remember_timer);
	void *queue = lwm2m_os_work_q_start(1, "own");

	start();
	lwm2m_os_at_init(remember_notification);
	CHECK(nrf_modem_at_printf("AT%%XSIM=1") == 0);
	online();
	CHECK(lwm2m_os_sem_take(semaphore, 0) == 0);
	CHECK(lwm2m_os_timer_start(timer, 5) == 0);
	CHECK(lwm2m_os_sem_take(semaphore, 1000) == 0);
	CHECK(pthread_equal(notification_thread, timer_thread));
	/* Let the handler end: a running timer stays on the queue where it runs. */
	lwm2m_os_sleep(10);
	CHECK(lwm2m_os_timer_start_on_q(queue, timer, 5) == 0);
	CHECK(lwm2m_os_sem_take(semaphore, 1000) == 0);
	CHECK(!pthread_equal(notification_thread, timer_thread));
}

static void block(const char *text)
{
	(void)text;
	count++;
	lwm2m_os_sleep(5000);
}

static void t7(void)
{
	start();
	lwm2m_os_at_init(block);
	/* The scenario sends 100 notifications at 1 s. */
	lwm2m_os_sleep(900000);
	CHECK(count > 2 && count < 20);
}

static void t8(void)
{
	uint8_t cid = 0;
	int esm = -1, family = -1;

	start();
	CHECK(lwm2m_os_pdn_init() == 0);
	CHECK(nrf_modem_at_printf("AT+CGEREP=1") == 0);
	online();
	CHECK(lwm2m_os_pdn_ctx_create(&cid, NULL) == 0);
	CHECK(lwm2m_os_pdn_ctx_configure(cid, "fota.test", 2) == 0);
	int64_t before = lwm2m_os_uptime_get();

	CHECK(lwm2m_os_pdn_activate(cid, &esm, &family) == 0);
	CHECK(esm == 0 && family == 0);
	CHECK(lwm2m_os_uptime_delta(&before) >= 1000);
	CHECK(lwm2m_os_pdn_id_get(cid) == 11);
	CHECK(nrf_modem_at_printf("AT+CGACT=0,%d", cid) == 0);
	CHECK(nrf_modem_at_printf("AT+CGEREP=0") == 0);
	/* Without the subscription this does not come back. */
	lwm2m_os_pdn_activate(cid, NULL, &family);
	exit(1);
}

static int events[8];

static void pdn_event(uint8_t cid, int event, int reason)
{
	(void)cid;
	(void)reason;
	events[event]++;
}

static void other_event(uint8_t cid, int event, int reason)
{
	CHECK(cid > 0 && event == 0 && reason == 33);
	events[6]++;
}

static void t9(void)
{
	uint8_t cid = 0;
	int esm = 0;
	char apn[64];

	start();
	CHECK(lwm2m_os_pdn_init() == 0);
	CHECK(lwm2m_os_pdn_default_callback_set(NULL) == -22);
	CHECK(lwm2m_os_pdn_default_callback_set(other_event) == 0);
	CHECK(lwm2m_os_pdn_default_callback_set(pdn_event) == 0);
	CHECK(nrf_modem_at_printf("AT+CGEREP=1") == 0);
	CHECK(nrf_modem_at_printf("AT+CNEC=16") == 0);
	online();
	CHECK(events[1] == 1 && events[0] == 0);
	CHECK(lwm2m_os_pdn_default_apn_get(apn, 3) == -7);
	CHECK(lwm2m_os_pdn_default_apn_get(apn, sizeof(apn)) == 0 && strcmp(apn, "apn.test") == 0);
	CHECK(lwm2m_os_pdn_ctx_create(&cid, other_event) == 0);
	CHECK(lwm2m_os_pdn_ctx_configure(cid, "refused.test", 0) == 0);
	/* T13: a positive modem error. */
	CHECK(lwm2m_os_pdn_activate(cid, &esm, NULL) > 0);
	CHECK(esm == 33 && events[6] == 1 && events[0] == 0);
}

static void t10(void)
{
	start();
	CHECK(lwm2m_os_lte_mode_get() == 6);
	CHECK(nrf_modem_at_printf("AT%%XSYSTEMMODE=0,1,0,0") == 0);
	CHECK(lwm2m_os_lte_mode_get() == 7);
	CHECK(nrf_modem_at_printf("AT%%XSYSTEMMODE=1,1,0,0") == 0);
	CHECK(lwm2m_os_lte_mode_get() == -1);
	CHECK(nrf_modem_at_printf("AT%%XSYSTEMMODE=0,0,1,0") == 0);
	CHECK(lwm2m_os_lte_mode_get() == -1);
}

static void t11(void)
{
	bool exists = true;

	CHECK(lwm2m_os_sec_psk_exists(1, &exists) == -1);
	start();
	CHECK(lwm2m_os_sec_psk_exists(1, &exists) == 0 && !exists);
	CHECK(lwm2m_os_sec_psk_write(1, NULL, 4) == -22);
	CHECK(lwm2m_os_sec_psk_write(1, "xyz", 3) == (int)0xBAADBAAD);
	CHECK(lwm2m_os_sec_psk_delete(1) == -2);
	CHECK(lwm2m_os_sec_psk_write(1, "00112233garbage", 8) == 0);
	CHECK(lwm2m_os_sec_psk_exists(1, &exists) == 0 && exists);
	online();
	CHECK(lwm2m_os_sec_psk_write(1, "00112233", 8) == -13);
	CHECK(lwm2m_os_sec_psk_delete(1) == -13);
	CHECK(nrf_modem_at_printf("AT+CFUN=4") == 0);
	CHECK(lwm2m_os_sec_psk_delete(1) == 0);
	CHECK(nrf_modem_at_cmd(last, sizeof(last), "AT+CMEE?") == 0);
	CHECK(strcmp(last, "+CMEE: 0\r\nOK\r\n") == 0);
}

static void t12(void)
{
	char data[8];

	CHECK(lwm2m_os_storage_write(0xCA01, "abcdef", 6) == 6);
	CHECK(lwm2m_os_storage_write(0xCA01, "abcdef", 6) == 0);
	CHECK(lwm2m_os_storage_read(0xCA01, data, 2) == 6);
	CHECK(lwm2m_os_storage_write(0xCA01, data, 0) == 0);
	CHECK(lwm2m_os_storage_read(0xCA01, data, 2) == -2);
	CHECK(lwm2m_os_storage_delete(0xCA02) == 0);
	static char big[4096];

	CHECK(lwm2m_os_storage_write(0xCA01, big, sizeof(big)) == -22);
	int64_t before = lwm2m_os_uptime_get();

	for (int i = 0; i < 20; i++) {
		big[0]++;
		CHECK(lwm2m_os_storage_write(0xCA01, big, 3000) == 3000);
	}
	CHECK(lwm2m_os_uptime_delta(&before) >= 85);
	CHECK(lwm2m_os_storage_write(0xCA02, big, 3000) == 3000);
	CHECK(lwm2m_os_storage_write(0xCA03, big, 3000) == -28);
}

static void t14(void)
{
	uint8_t cid = 0;
	struct {
		int family;
		uint32_t guard;
	} place = {2, 0x5a5a5a5a};

	start();
	CHECK(lwm2m_os_pdn_init() == 0);
	CHECK(nrf_modem_at_printf("AT+CGEREP=1") == 0);
	online();
	CHECK(lwm2m_os_pdn_ctx_create(&cid, NULL) == 0);
	CHECK(lwm2m_os_pdn_ctx_configure(cid, "fota.test", place.family) == 0);
	CHECK(lwm2m_os_pdn_activate(cid, NULL, &place.family) == 0);
	CHECK(place.family == 0 && place.guard == 0x5a5a5a5a);
}

static void deep(void *a, void *b, void *c)
{
	volatile char room[64 * 1024];

	for (size_t i = sizeof(room); i > 0; i--) {
		room[i - 1] = 1;
	}
	(void)a, (void)b, (void)c;
}

static void flat(void *a, void *b, void *c)
{
	CHECK(a == NULL && b == NULL && c == NULL);
	lwm2m_os_sem_give(semaphore);
}

static void t15_flat(void)
{
	start();
	CHECK(lwm2m_os_thread_start(1, flat, "second") == -22);
	CHECK(lwm2m_os_thread_start(0, flat, "flat") == 0);
	CHECK(lwm2m_os_sem_take(semaphore, 1000) == 0);
}

static void t15(void)
{
	CHECK(lwm2m_os_thread_start(0, deep, "deep") == 0);
	lwm2m_os_sleep(1000);
	virtual_modem_thread_exit();
	sleep(5);
}

static void t16_timers(void)
{
	for (int i = 0; i < 11; i++) {
		CHECK(lwm2m_os_timer_get(give) != NULL);
	}
	CHECK(lwm2m_os_timer_get(give) == NULL);
}

static void t16(void)
{
	for (int i = 0; i < 9; i++) {
		void *one = NULL;

		lwm2m_os_sem_init(&one, 0, 1);
	}
}

static void sem_rules(void)
{
	void *queue = lwm2m_os_work_q_start(0, "own");
	void *timer = lwm2m_os_timer_get(lwm2m_os_sem_reset);

	start();
	(void)timer;
	CHECK(queue != NULL && lwm2m_os_work_q_start(2, "x") == NULL);
	CHECK(lwm2m_os_sem_take(semaphore, 0) == -16);
	CHECK(lwm2m_os_sem_take(semaphore, 50) == -11);
	lwm2m_os_sem_give(semaphore);
	lwm2m_os_sem_reset(semaphore);
	CHECK(lwm2m_os_sem_take(semaphore, 0) == -16);
	timer = lwm2m_os_timer_get(give);
	CHECK(lwm2m_os_timer_start_on_q(queue, timer, 86400000) == 0);
	CHECK(lwm2m_os_timer_remaining(timer) > 86399000);
	CHECK(lwm2m_os_timer_start_on_q(queue, timer, 100) == 0);
	CHECK(lwm2m_os_sem_take(semaphore, -1) == 0 && count == 1);
	CHECK(lwm2m_os_app_fota_start(1) == -134);
}

#define CASE(name) {#name, name}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		void (*run)(void);
	} cases[] = {
		CASE(t2), CASE(t3), CASE(t4), CASE(t5), CASE(t5_waits), CASE(t6), CASE(t7),
		CASE(t8), CASE(t9), CASE(t10), CASE(t11), CASE(t12), CASE(t14), CASE(t15),
		CASE(t15_flat), CASE(t16), CASE(t16_timers), CASE(sem_rules),
	};

	for (size_t i = 0; argc == 2 && i < sizeof(cases) / sizeof(cases[0]); i++) {
		if (strcmp(cases[i].name, argv[1]) == 0) {
			cases[i].run();
			return 0;
		}
	}
	return 2;
}
