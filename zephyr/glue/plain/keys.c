/*
 * SPDX-License-Identifier: MIT OR Apache-2.0
 *
 * The credential store of a modem that is none: each credential is a record of the flash and, for a pre-shared key or its identity, one
 * of Zephyr's TLS credentials, which keep pointers. Of a certificate only length and checksum are kept: the sockets here do not verify
 * any. As on a modem, nothing changes while the link is on.
 */
#include <errno.h>
#include <string.h>

#include <zephyr/kernel.h>
#include <zephyr/sys/crc.h>
#include <zephyr/sys/util.h>
#ifdef CONFIG_TLS_CREDENTIALS
#include <zephyr/net/tls_credentials.h>
#endif

#include <modem/modem_key_mgmt.h>

#include "../glue.h"
#include "modem.h"

/* A key and an identity for each of the library's four tags, and two certificates. */
#define SLOTS 10
#define TEXT_SIZE 64
#define FREE 0xff

struct record {
	uint32_t tag;
	uint16_t length;
	uint8_t type;
	char text[TEXT_SIZE];
};

struct summary {
	uint32_t length;
	uint32_t checksum;
};

static struct record slots[SLOTS];
static K_MUTEX_DEFINE(lock);

static struct record *find(nrf_sec_tag_t tag, enum modem_key_mgmt_cred_type type)
{
	for (size_t i = 0; i < SLOTS; i++) {
		if (slots[i].type == type && slots[i].tag == tag) {
			return &slots[i];
		}
	}
	return NULL;
}

static size_t number_of(const struct record *slot)
{
	return (size_t)(slot - slots);
}

#ifdef CONFIG_TLS_CREDENTIALS

/* Keys in binary form, where the TLS credentials find them. */
static uint8_t binary[SLOTS][TEXT_SIZE / 2];

static int lend(struct record *slot)
{
	size_t number = number_of(slot);
	size_t length;

	switch (slot->type) {
	case MODEM_KEY_MGMT_CRED_TYPE_PSK:
		length = hex2bin(slot->text, slot->length, binary[number], sizeof(binary[number]));
		return length == 0 ? -EINVAL : tls_credential_add(slot->tag, TLS_CREDENTIAL_PSK, binary[number], length);
	case MODEM_KEY_MGMT_CRED_TYPE_IDENTITY:
		return tls_credential_add(slot->tag, TLS_CREDENTIAL_PSK_ID, slot->text, slot->length);
	default:
		return 0;
	}
}

static void take_back(const struct record *slot)
{
	if (slot->type == MODEM_KEY_MGMT_CRED_TYPE_PSK) {
		(void)tls_credential_delete(slot->tag, TLS_CREDENTIAL_PSK);
	} else if (slot->type == MODEM_KEY_MGMT_CRED_TYPE_IDENTITY) {
		(void)tls_credential_delete(slot->tag, TLS_CREDENTIAL_PSK_ID);
	}
}

#else

static int lend(struct record *slot)
{
	ARG_UNUSED(slot);
	return 0;
}

static void take_back(const struct record *slot)
{
	ARG_UNUSED(slot);
}

#endif /* CONFIG_TLS_CREDENTIALS */

int plain_keys_init(void)
{
	static bool done;

	for (size_t i = 0; i < SLOTS && !done; i++) {
		int length = glue_storage_read(GLUE_STORAGE_KEYS + i, &slots[i], sizeof(slots[i]));

		/* Something else under this number counts as nothing. */
		if (length != sizeof(slots[i]) || slots[i].length > TEXT_SIZE || lend(&slots[i]) != 0) {
			slots[i].type = FREE;
		}
	}
	done = true;
	return 0;
}

/* What is kept of a credential: itself, or of a certificate length and checksum. */
static const void *kept_of(enum modem_key_mgmt_cred_type type, const void *buf, size_t *length, struct summary *summary)
{
	if (type != MODEM_KEY_MGMT_CRED_TYPE_CA_CHAIN) {
		return buf;
	}
	summary->length = *length;
	summary->checksum = crc32_ieee(buf, *length);
	*length = sizeof(*summary);
	return summary;
}

static int remove_record(struct record *slot)
{
	take_back(slot);
	slot->type = FREE;
	return glue_storage_delete(GLUE_STORAGE_KEYS + number_of(slot));
}

static int write_record(nrf_sec_tag_t tag, enum modem_key_mgmt_cred_type type, const void *kept, size_t length)
{
	struct record *slot = find(tag, type);
	int err;

	if (slot != NULL) {
		take_back(slot);
	}
	for (size_t i = 0; i < SLOTS && slot == NULL; i++) {
		if (slots[i].type == FREE) {
			slot = &slots[i];
		}
	}
	if (slot == NULL) {
		return -ENOMEM;
	}
	memset(slot, 0, sizeof(*slot));
	slot->tag = tag;
	slot->type = type;
	slot->length = length;
	memcpy(slot->text, kept, length);
	err = lend(slot);
	if (err == 0) {
		err = glue_storage_write(GLUE_STORAGE_KEYS + number_of(slot), slot, sizeof(*slot));
	}
	if (err < 0) {
		take_back(slot);
		slot->type = FREE;
		return err;
	}
	return 0;
}

int modem_key_mgmt_exists(nrf_sec_tag_t sec_tag, enum modem_key_mgmt_cred_type cred_type, bool *exists)
{
	if (exists == NULL) {
		return -EINVAL;
	}
	if (!plain_modem_is_up()) {
		return -EACCES;
	}
	(void)k_mutex_lock(&lock, K_FOREVER);
	*exists = find(sec_tag, cred_type) != NULL;
	(void)k_mutex_unlock(&lock);
	return 0;
}

int modem_key_mgmt_cmp(nrf_sec_tag_t sec_tag, enum modem_key_mgmt_cred_type cred_type, const void *buf, size_t len)
{
	struct summary summary;
	const struct record *slot;
	const void *kept;
	int result = -ENOENT;

	if (buf == NULL || len == 0) {
		return -EINVAL;
	}
	kept = kept_of(cred_type, buf, &len, &summary);
	(void)k_mutex_lock(&lock, K_FOREVER);
	slot = find(sec_tag, cred_type);
	if (slot != NULL) {
		result = slot->length == len && memcmp(slot->text, kept, len) == 0 ? 0 : 1;
	}
	(void)k_mutex_unlock(&lock);
	return result;
}

int modem_key_mgmt_write(nrf_sec_tag_t sec_tag, enum modem_key_mgmt_cred_type cred_type, const void *buf, size_t len)
{
	struct summary summary;
	const void *kept;
	int err;

	if (buf == NULL || len == 0) {
		return -EINVAL;
	}
	if (!plain_modem_is_up()) {
		return -EACCES;
	}
	if (plain_link_is_on()) {
		return -EPERM;
	}
	kept = kept_of(cred_type, buf, &len, &summary);
	if (len > TEXT_SIZE) {
		return -ENOMEM;
	}
	(void)k_mutex_lock(&lock, K_FOREVER);
	err = write_record(sec_tag, cred_type, kept, len);
	(void)k_mutex_unlock(&lock);
	return err;
}

int modem_key_mgmt_delete(nrf_sec_tag_t sec_tag, enum modem_key_mgmt_cred_type cred_type)
{
	struct record *slot;
	int err = -ENOENT;

	if (!plain_modem_is_up()) {
		return -EACCES;
	}
	if (plain_link_is_on()) {
		return -EPERM;
	}
	(void)k_mutex_lock(&lock, K_FOREVER);
	slot = find(sec_tag, cred_type);
	if (slot != NULL) {
		err = remove_record(slot);
	}
	(void)k_mutex_unlock(&lock);
	return err;
}
