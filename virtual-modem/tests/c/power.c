/* Writes records and keys in a fixed order, again and again until all are right; a cut in between must not hinder that. */
#include "hooks.h"

int lwm2m_os_storage_delete(uint16_t id);
int lwm2m_os_sec_psk_write(uint32_t tag, const void *key, uint16_t length);
int lwm2m_os_sec_psk_delete(uint32_t tag);

int main(void)
{
	char list[256];
	uint32_t state = 0, other = 0;

	CHECK(lwm2m_os_init() == 0);
	CHECK(lwm2m_os_nrf_modem_init() == 0);
	if (lwm2m_os_storage_read(0xCA01, &other, sizeof(other)) > 0) {
		/* Written only after 0xCA00. */
		CHECK(lwm2m_os_storage_read(0xCA00, &state, sizeof(state)) == sizeof(state));
		CHECK(state == 11 && other == 12);
	}
	CHECK(nrf_modem_at_cmd(list, sizeof(list), "AT%%CMNG=1,26,3") == 0);
	if (strstr(list, "%CMNG: 26,3,") != NULL) {
		/* Whole or not at all: the digest of the key below. */
		puts(list);
	}
	lwm2m_os_sleep(60000);
	state = 11;
	CHECK(lwm2m_os_storage_write(0xCA00, &state, sizeof(state)) >= 0);
	CHECK(lwm2m_os_sec_psk_write(26, "00112233445566778899AABBCCDDEEFF", 32) == 0);
	other = 12;
	CHECK(lwm2m_os_storage_write(0xCA01, &other, sizeof(other)) >= 0);
	CHECK(lwm2m_os_sec_identity_write(26, "identity", 8) == 0);
	CHECK(lwm2m_os_sec_psk_delete(26) == 0);
	CHECK(lwm2m_os_storage_delete(0xCA01) == 0);
	/* Nothing changes: not a write. */
	CHECK(lwm2m_os_storage_write(0xCA00, &state, sizeof(state)) == 0);
	CHECK(lwm2m_os_storage_delete(0xCA01) == 0);
	puts("complete");
	return 0;
}
