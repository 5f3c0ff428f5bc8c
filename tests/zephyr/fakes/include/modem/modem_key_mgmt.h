/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef uint32_t nrf_sec_tag_t;

enum modem_key_mgmt_cred_type {
	MODEM_KEY_MGMT_CRED_TYPE_CA_CHAIN,
	MODEM_KEY_MGMT_CRED_TYPE_PUBLIC_CERT,
	MODEM_KEY_MGMT_CRED_TYPE_PRIVATE_CERT,
	MODEM_KEY_MGMT_CRED_TYPE_PSK,
	MODEM_KEY_MGMT_CRED_TYPE_IDENTITY
};

int modem_key_mgmt_exists(nrf_sec_tag_t tag, enum modem_key_mgmt_cred_type type, bool *exists);
int modem_key_mgmt_write(nrf_sec_tag_t tag, enum modem_key_mgmt_cred_type type, const void *buf, size_t len);
int modem_key_mgmt_delete(nrf_sec_tag_t tag, enum modem_key_mgmt_cred_type type);
