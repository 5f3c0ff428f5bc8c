/*
 * SPDX-License-Identifier: MIT OR Apache-2.0
 *
 * Hooks for pre-shared keys and identities, over the credential functions of the SDK or of plain/keys.c. Only the documented error
 * numbers come back: those functions can answer with any number for an error of the modem they have no name for. They also exchanged the
 * meaning of two since the hooks were made: -EPERM is theirs while the link is on, and -EACCES where the hooks have -EPERM.
 */
#include <errno.h>

#include <modem/modem_key_mgmt.h>

#include "glue.h"

static int known(int err)
{
	switch (err) {
	case 0:
	case -EINVAL:
	case -ENOMEM:
	case -ENOENT:
	case -ENOBUFS:
		return err;
	case -EPERM:
		return -EACCES;
	case -EACCES:
		return -EPERM;
	default:
		return -EIO;
	}
}

static int exists_of(uint32_t tag, enum modem_key_mgmt_cred_type type, bool *exists)
{
	bool found = false;
	int err;

	if (exists == NULL) {
		return -EINVAL;
	}
	err = known(modem_key_mgmt_exists(tag, type, &found));
	if (err == 0) {
		*exists = found;
	}
	return err;
}

static int write_of(uint32_t tag, enum modem_key_mgmt_cred_type type, const void *buf, uint16_t len)
{
	return buf == NULL || len == 0 ? -EINVAL : known(modem_key_mgmt_write(tag, type, buf, len));
}

int lwm2m_os_sec_psk_exists(uint32_t sec_tag, bool *exists)
{
	return exists_of(sec_tag, MODEM_KEY_MGMT_CRED_TYPE_PSK, exists);
}

int lwm2m_os_sec_psk_write(uint32_t sec_tag, const void *buf, uint16_t len)
{
	return write_of(sec_tag, MODEM_KEY_MGMT_CRED_TYPE_PSK, buf, len);
}

int lwm2m_os_sec_psk_delete(uint32_t sec_tag)
{
	return known(modem_key_mgmt_delete(sec_tag, MODEM_KEY_MGMT_CRED_TYPE_PSK));
}

int lwm2m_os_sec_identity_exists(uint32_t sec_tag, bool *exists)
{
	return exists_of(sec_tag, MODEM_KEY_MGMT_CRED_TYPE_IDENTITY, exists);
}

int lwm2m_os_sec_identity_write(uint32_t sec_tag, const void *buf, uint16_t len)
{
	return write_of(sec_tag, MODEM_KEY_MGMT_CRED_TYPE_IDENTITY, buf, len);
}

int lwm2m_os_sec_identity_delete(uint32_t sec_tag)
{
	return known(modem_key_mgmt_delete(sec_tag, MODEM_KEY_MGMT_CRED_TYPE_IDENTITY));
}
