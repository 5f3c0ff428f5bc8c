/*
 * SPDX-License-Identifier: MIT OR Apache-2.0
 *
 * Stored settings: one entry lwm2m_carrier/<name> each, as text with its zero, in the settings store that the application has chosen. The
 * library's own partition is not touched. The same rules hold for what is written and for what is found at the start.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <zephyr/kernel.h>
#include <zephyr/logging/log.h>
#include <zephyr/settings/settings.h>

#include "settings.h"

LOG_MODULE_DECLARE(lwm2m_carrier, CONFIG_LWM2M_CARRIER_LOG_LEVEL);

#define SUBTREE "lwm2m_carrier"
/* "lwm2m_carrier/disable_bootstrap_from_smartcard" is the longest. */
#define PATH_SIZE 48

enum kind {
	KIND_TEXT,
	KIND_URI,
	KIND_KEY,
	KIND_SECONDS,
	KIND_SWITCH,
};

/* Texts the library points to. */
static struct {
	char server_uri[GLUE_SETTING_SIZE];
	char psk[64 + 1];
	char apn[63 + 1];
	char manufacturer[32 + 1];
	char model_number[32 + 1];
	char device_type[32 + 1];
	char hardware_version[32 + 1];
	char software_version[32 + 1];
	char service_code[5 + 1];
} texts;

struct setting {
	const char *name;
	enum kind kind;
	/* In the configuration. */
	size_t offset;
	/* Of a text. */
	char *room;
	size_t size;
};

#define TEXT(kind, name) { #name, kind, offsetof(lwm2m_carrier_config_t, name), texts.name, sizeof(texts.name) }
#define VALUE(kind, name) { #name, kind, offsetof(lwm2m_carrier_config_t, name), NULL, 0 }

static const struct setting settings[] = {
	VALUE(KIND_SWITCH, certification_mode),
	VALUE(KIND_SWITCH, disable_bootstrap_from_smartcard),
	VALUE(KIND_SWITCH, is_bootstrap_server),
	TEXT(KIND_URI, server_uri),
	VALUE(KIND_SECONDS, server_lifetime),
	VALUE(KIND_SECONDS, session_idle_timeout),
	TEXT(KIND_KEY, psk),
	TEXT(KIND_TEXT, apn),
	TEXT(KIND_TEXT, manufacturer),
	TEXT(KIND_TEXT, model_number),
	TEXT(KIND_TEXT, device_type),
	TEXT(KIND_TEXT, hardware_version),
	TEXT(KIND_TEXT, software_version),
	TEXT(KIND_TEXT, service_code),
};

static const struct setting *find(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(settings); i++) {
		if (strcmp(settings[i].name, name) == 0) {
			return &settings[i];
		}
	}
	return NULL;
}

static bool is_key(const char *text)
{
	return strspn(text, "0123456789abcdefABCDEF") == strlen(text) && strlen(text) % 2 == 0;
}

static int seconds_of(const char *text, int32_t *value)
{
	char *end;
	long long number;

	if (*text < '0' || *text > '9') {
		return -EINVAL;
	}
	errno = 0;
	number = strtoll(text, &end, 10);
	if (*end != '\0' || errno != 0 || number > INT32_MAX) {
		return -EINVAL;
	}
	*value = (int32_t)number;
	return 0;
}

static int switch_of(const char *text, bool *value)
{
	if ((*text != 'y' && *text != 'n') || text[1] != '\0') {
		return -EINVAL;
	}
	*value = *text == 'y';
	return 0;
}

/* A member of a configuration, where there is one. */
static void put(const struct setting *setting, lwm2m_carrier_config_t *config, const void *value, size_t size)
{
	if (config != NULL) {
		memcpy((uint8_t *)config + setting->offset, value, size);
	}
}

static int check_text(const struct setting *setting, const char *text)
{
	if (strlen(text) >= setting->size) {
		return -E2BIG;
	}
	if (setting->kind == KIND_KEY && !is_key(text)) {
		return -EINVAL;
	}
	if (setting->kind == KIND_URI && *text != '\0' && strncmp(text, "coap://", 7) != 0 && strncmp(text, "coaps://", 8) != 0) {
		return -EINVAL;
	}
	return 0;
}

/* Checks a value and, where a configuration is given, puts it there. */
static int take(const struct setting *setting, const char *text, lwm2m_carrier_config_t *config)
{
	int32_t seconds = 0;
	bool on = false;
	int err;

	switch (setting->kind) {
	case KIND_SECONDS:
		err = seconds_of(text, &seconds);
		if (err == 0) {
			put(setting, config, &seconds, sizeof(seconds));
		}
		return err;
	case KIND_SWITCH:
		err = switch_of(text, &on);
		if (err == 0) {
			put(setting, config, &on, sizeof(on));
		}
		return err;
	default:
		err = check_text(setting, text);
		if (err == 0 && config != NULL) {
			strcpy(setting->room, text);
			put(setting, config, &setting->room, sizeof(setting->room));
		}
		return err;
	}
}

/* What a value of the configuration looks like as text. */
static void show(const struct setting *setting, const lwm2m_carrier_config_t *config, char *text)
{
	const uint8_t *member = (const uint8_t *)config + setting->offset;
	const char *value;
	int32_t seconds;
	bool on;

	switch (setting->kind) {
	case KIND_SECONDS:
		memcpy(&seconds, member, sizeof(seconds));
		snprintf(text, GLUE_SETTING_SIZE, "%d", (int)seconds);
		return;
	case KIND_SWITCH:
		memcpy(&on, member, sizeof(on));
		strcpy(text, on ? "y" : "n");
		return;
	default:
		memcpy(&value, member, sizeof(value));
		snprintf(text, GLUE_SETTING_SIZE, "%s", value == NULL ? "" : value);
	}
}

/* Text of an entry. */
static int entry_read(size_t length, settings_read_cb read, void *argument, char *text)
{
	ssize_t got;

	if (length == 0 || length > GLUE_SETTING_SIZE) {
		return -EINVAL;
	}
	got = read(argument, text, length);
	if (got < 0) {
		return (int)got;
	}
	return (size_t)got == length && memchr(text, '\0', length) == text + length - 1 ? 0 : -EINVAL;
}

static int apply_entry(const char *key, size_t length, settings_read_cb read, void *argument, void *config)
{
	/* Only at the start, on one thread. */
	static char text[GLUE_SETTING_SIZE];
	const struct setting *setting = key == NULL ? NULL : find(key);
	int err;

	if (setting == NULL) {
		return 0;
	}
	err = entry_read(length, read, argument, text);
	err = err != 0 ? err : take(setting, text, config);
	if (err != 0) {
		LOG_WRN("stored setting %s: %d", setting->name, err);
	}
	return 0;
}

int glue_settings_apply(lwm2m_carrier_config_t *config)
{
	int err = settings_subsys_init();

	return err != 0 ? err : settings_load_subtree_direct(SUBTREE, apply_entry, config);
}

struct reading {
	char *text;
	bool found;
};

static int read_entry(const char *key, size_t length, settings_read_cb read, void *argument, void *parameter)
{
	struct reading *reading = parameter;

	if (key == NULL || *key == '\0') {
		reading->found = entry_read(length, read, argument, reading->text) == 0;
	}
	return 0;
}

static int path_of(const struct setting *setting, char path[static PATH_SIZE])
{
	int err = settings_subsys_init();

	snprintf(path, PATH_SIZE, SUBTREE "/%s", setting->name);
	return err;
}

const char *glue_setting_name(size_t number)
{
	return number < ARRAY_SIZE(settings) ? settings[number].name : NULL;
}

bool glue_setting_is_secret(size_t number)
{
	return number < ARRAY_SIZE(settings) && settings[number].kind == KIND_KEY;
}

int glue_setting_read(size_t number, char *text, bool *stored)
{
	struct reading reading = { text, false };
	lwm2m_carrier_config_t config = { 0 };
	const struct setting *setting;
	char path[PATH_SIZE];
	int err;

	if (number >= ARRAY_SIZE(settings)) {
		return -ENOENT;
	}
	setting = &settings[number];
	err = path_of(setting, path);
	err = err != 0 ? err : settings_load_subtree_direct(path, read_entry, &reading);
	/* What the start would leave out does not count here either. */
	*stored = err == 0 && reading.found && take(setting, text, NULL) == 0;
	if (!*stored) {
		glue_config_fill(&config);
		show(setting, &config, text);
	}
	return err;
}

int glue_setting_write(const char *name, const char *text)
{
	const struct setting *setting = find(name);
	char path[PATH_SIZE];
	int err;

	if (setting == NULL) {
		return -ENOENT;
	}
	err = take(setting, text, NULL);
	err = err != 0 ? err : path_of(setting, path);
	return err != 0 ? err : settings_save_one(path, text, strlen(text) + 1);
}

int glue_setting_remove(const char *name)
{
	const struct setting *setting = find(name);
	char path[PATH_SIZE];
	int err;

	if (setting == NULL) {
		return -ENOENT;
	}
	err = path_of(setting, path);
	err = err != 0 ? err : settings_delete(path);
	return err == -ENOENT ? 0 : err;
}
