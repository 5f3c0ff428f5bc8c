/*
 * SPDX-License-Identifier: MIT OR Apache-2.0
 *
 * Credentials in the modem, on AT%CMNG to the virtual modem.
 */
#ifndef HOST_MODEM_MODEM_KEY_MGMT_H_
#define HOST_MODEM_MODEM_KEY_MGMT_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef uint32_t nrf_sec_tag_t;

enum modem_key_mgmt_cred_type {
	MODEM_KEY_MGMT_CRED_TYPE_CA_CHAIN = 0,
	MODEM_KEY_MGMT_CRED_TYPE_PUBLIC_CERT = 1,
	MODEM_KEY_MGMT_CRED_TYPE_PRIVATE_CERT = 2,
	MODEM_KEY_MGMT_CRED_TYPE_PSK = 3,
	MODEM_KEY_MGMT_CRED_TYPE_IDENTITY = 4,
};

/* 0 and *exists, or -EFAULT when the modem refused. */
int modem_key_mgmt_exists(nrf_sec_tag_t sec_tag, enum modem_key_mgmt_cred_type cred_type,
			  bool *exists);

/* 0 when the stored credential equals the given one, 1 when it differs, -ENOENT when there is
 * none, -EFAULT when the modem refused. */
int modem_key_mgmt_cmp(nrf_sec_tag_t sec_tag, enum modem_key_mgmt_cred_type cred_type,
		       const void *buf, size_t len);

/* 0; -EINVAL for an empty credential or one above 4 kB; -EACCES while the link is up; -EFAULT. */
int modem_key_mgmt_write(nrf_sec_tag_t sec_tag, enum modem_key_mgmt_cred_type cred_type,
			 const void *buf, size_t len);

/* 0; -EACCES while the link is up; -EFAULT. */
int modem_key_mgmt_delete(nrf_sec_tag_t sec_tag, enum modem_key_mgmt_cred_type cred_type);

#endif /* HOST_MODEM_MODEM_KEY_MGMT_H_ */
