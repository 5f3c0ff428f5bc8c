/*
 * SPDX-License-Identifier: MIT OR Apache-2.0
 *
 * Credentials by AT%CMNG. The modem names the cause of a refusal only while +CMEE is on, so each
 * call switches it on and puts it back as it was.
 */
#include <errno.h>
#include <pthread.h>
#include <string.h>

#include <modem/modem_key_mgmt.h>
#include <nrf_modem_at.h>

#define CREDENTIAL_SIZE_MAX 4096
/* Room for "%CMNG: ", tag, type, digest, quotes and the final OK. */
#define ANSWER_OVERHEAD 128

/* "Not allowed in the active state." */
#define CME_NOT_ALLOWED_ACTIVE 518

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static char answer[CREDENTIAL_SIZE_MAX + ANSWER_OVERHEAD];

static int errno_of(int result)
{
	if (result == 0) {
		return 0;
	}
	if (result > 0 && nrf_modem_at_err(result) == CME_NOT_ALLOWED_ACTIVE) {
		return -EACCES;
	}
	return -EFAULT;
}

/* Switches named errors on; returns how they were. */
static int named_errors_on(void)
{
	int before = 0;

	if (nrf_modem_at_scanf("AT+CMEE?", "+CMEE: %d", &before) != 1) {
		before = 0;
	}
	if (before == 0) {
		nrf_modem_at_printf("AT+CMEE=1");
	}
	return before;
}

static void named_errors_restore(int before)
{
	if (before == 0) {
		nrf_modem_at_printf("AT+CMEE=0");
	}
}

/* Runs `AT%CMNG=<operation>,<tag>,<type>` into `answer`. */
static int credential_query(int operation, nrf_sec_tag_t tag, enum modem_key_mgmt_cred_type type)
{
	int before = named_errors_on();
	int result = nrf_modem_at_cmd(answer, sizeof(answer), "AT%%CMNG=%d,%u,%d", operation,
				      (unsigned int)tag, (int)type);

	named_errors_restore(before);
	return errno_of(result);
}

int modem_key_mgmt_exists(nrf_sec_tag_t sec_tag, enum modem_key_mgmt_cred_type cred_type,
			  bool *exists)
{
	int err;

	if (exists == NULL) {
		return -EINVAL;
	}
	pthread_mutex_lock(&lock);
	err = credential_query(1, sec_tag, cred_type);
	if (err == 0) {
		*exists = strstr(answer, "%CMNG: ") != NULL;
	}
	pthread_mutex_unlock(&lock);
	return err;
}

/* The content is the fourth field: %CMNG: <tag>,<type>,"<digest>","<content>". */
static char *content_of(char *text)
{
	char *content;
	char *end;

	content = strstr(text, "\",\"");
	if (content == NULL) {
		return NULL;
	}
	content += strlen("\",\"");
	end = strrchr(content, '"');
	if (end == NULL) {
		return NULL;
	}
	*end = '\0';
	return content;
}

int modem_key_mgmt_cmp(nrf_sec_tag_t sec_tag, enum modem_key_mgmt_cred_type cred_type,
		       const void *buf, size_t len)
{
	const char *content;
	int err;

	if (buf == NULL || len == 0) {
		return -EINVAL;
	}
	pthread_mutex_lock(&lock);
	err = credential_query(2, sec_tag, cred_type);
	if (err == 0) {
		content = content_of(answer);
		if (content == NULL) {
			err = -ENOENT;
		} else if (strlen(content) != len || memcmp(content, buf, len) != 0) {
			err = 1;
		}
	}
	pthread_mutex_unlock(&lock);
	return err;
}

int modem_key_mgmt_write(nrf_sec_tag_t sec_tag, enum modem_key_mgmt_cred_type cred_type,
			 const void *buf, size_t len)
{
	int before;
	int result;

	if (buf == NULL || len == 0 || len > CREDENTIAL_SIZE_MAX) {
		return -EINVAL;
	}
	pthread_mutex_lock(&lock);
	before = named_errors_on();
	result = nrf_modem_at_printf("AT%%CMNG=0,%u,%d,\"%.*s\"", (unsigned int)sec_tag,
				     (int)cred_type, (int)len, (const char *)buf);
	named_errors_restore(before);
	pthread_mutex_unlock(&lock);
	return errno_of(result);
}

int modem_key_mgmt_delete(nrf_sec_tag_t sec_tag, enum modem_key_mgmt_cred_type cred_type)
{
	int err;

	pthread_mutex_lock(&lock);
	err = credential_query(3, sec_tag, cred_type);
	pthread_mutex_unlock(&lock);
	return err;
}
