/*
 * SPDX-License-Identifier: MIT OR Apache-2.0
 *
 * Credentials for boards with plain networking: kept in the record store and handed to Zephyr's TLS credentials.
 */
#ifndef LWM2M_CARRIER_PLAIN_MODEM_KEY_MGMT_H_
#define LWM2M_CARRIER_PLAIN_MODEM_KEY_MGMT_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef uint32_t nrf_sec_tag_t;

enum modem_key_mgmt_cred_type {
	MODEM_KEY_MGMT_CRED_TYPE_CA_CHAIN = 0,
	MODEM_KEY_MGMT_CRED_TYPE_PSK = 3,
	MODEM_KEY_MGMT_CRED_TYPE_IDENTITY = 4,
};

/* 0 and *exists. */
int modem_key_mgmt_exists(nrf_sec_tag_t sec_tag, enum modem_key_mgmt_cred_type cred_type, bool *exists);

/* 0 when the stored credential equals the given one, 1 when it differs, -ENOENT when there is none. */
int modem_key_mgmt_cmp(nrf_sec_tag_t sec_tag, enum modem_key_mgmt_cred_type cred_type, const void *buf, size_t len);

/* 0; -EINVAL for an empty one; -EPERM while the link is up; -ENOMEM when there is no room; errors of the storage. A pre-shared key is
 * given as hexadecimal digits. */
int modem_key_mgmt_write(nrf_sec_tag_t sec_tag, enum modem_key_mgmt_cred_type cred_type, const void *buf, size_t len);

/* 0; -EPERM while the link is up; -ENOENT when there is none. */
int modem_key_mgmt_delete(nrf_sec_tag_t sec_tag, enum modem_key_mgmt_cred_type cred_type);

#endif /* LWM2M_CARRIER_PLAIN_MODEM_KEY_MGMT_H_ */
