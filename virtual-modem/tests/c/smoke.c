/* Switches the modem on and sees it register; then restarts once and checks what is kept. */
#include "hooks.h"

static void *registered;

static void notification(const char *text)
{
	if (strncmp(text, "+CEREG: 1", 9) == 0) {
		lwm2m_os_sem_give(registered);
	}
}

static void answered(const char *text)
{
	if (strcmp(text, "+CFUN: 1\r\nOK\r\n") == 0) {
		lwm2m_os_sem_give(registered);
	}
}

int main(void)
{
	char text[64];
	int value = 0, mode = -1;
	uint32_t random = lwm2m_os_rand_get(), before = 0;

	CHECK(nrf_modem_at_printf("AT") == -1);
	CHECK(lwm2m_os_init() == 0);
	CHECK(lwm2m_os_nrf_modem_init() == 0);
	CHECK(lwm2m_os_nrf_modem_init() == -5);
	CHECK(lwm2m_os_sem_init(&registered, 0, 1) == 0);
	CHECK(lwm2m_os_at_init(notification) == 0);
	CHECK(nrf_modem_at_scanf("AT+CFUN?", "+CFUN: %d", &mode) == 1 && mode == 0);
	CHECK(nrf_modem_at_scanf("AT+CFUN?", "+CEREG: %d", &mode) == -77);
	CHECK(nrf_modem_at_printf("AT+CEREG=%d", 5) == 0);
	CHECK(nrf_modem_at_cmd(text, 4, "AT+CGSN") == -7);
	CHECK(nrf_modem_at_cmd(text, 0, "AT+CGSN") == -22);
	CHECK(nrf_modem_at_cmd(text, sizeof(text), "AT%%XICCID") == (NRF_MODEM_AT_ERROR << 16));
	CHECK(strcmp(text, "ERROR\r\n") == 0);

	if (lwm2m_os_storage_read(0xCA00, &before, sizeof(before)) == sizeof(before)) {
		char list[128];

		CHECK(before != random);
		CHECK(lwm2m_os_uptime_get() < 1000);
		CHECK(nrf_modem_at_cmd(list, sizeof(list), "AT%%CMNG=1,25,4") == 0);
		CHECK(strncmp(list, "%CMNG: 25,4,", 12) == 0);
		puts("second life");
		return 0;
	}
	CHECK(lwm2m_os_storage_write(0xCA00, &random, sizeof(random)) == sizeof(random));
	CHECK(lwm2m_os_sec_identity_write(25, "urn:imei:1", 10) == 0);

	CHECK(nrf_modem_at_printf("AT+CFUN=1") == 0);
	CHECK(lwm2m_os_sem_take(registered, 60000) == 0);
	CHECK(nrf_modem_at_scanf("AT+CEREG?", "+CEREG: %d,%d", &value, &mode) == 2);
	CHECK(value == 5 && mode == 1);
	CHECK(nrf_modem_at_cmd_async(answered, "AT+CFUN%c", '?') == 0);
	CHECK(lwm2m_os_sem_take(registered, 1000) == 0);
	printf("registered at %lld ms, not flushed", (long long)lwm2m_os_uptime_get());
	lwm2m_os_sleep(3600000);
	lwm2m_os_sys_reset();
}
