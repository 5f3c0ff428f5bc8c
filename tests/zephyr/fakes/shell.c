/*
 * SPDX-License-Identifier: MIT OR Apache-2.0
 *
 * Shell and settings store.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <zephyr/settings/settings.h>
#include <zephyr/shell/shell.h>

#include "fakes.h"

#define WORDS 16
#define ENTRIES 32

char fake_shell_output[4096];

void fake_shell_print(const struct shell *sh, const char *format, ...)
{
	size_t used = strlen(fake_shell_output);
	va_list arguments;

	(void)sh;
	va_start(arguments, format);
	vsnprintf(fake_shell_output + used, sizeof(fake_shell_output) - used, format, arguments);
	va_end(arguments);
}

int fake_shell(const struct shell_static_entry *command, const char *line)
{
	char copy[1024];
	char *words[WORDS];
	size_t count = 0;

	fake_shell_output[0] = '\0';
	snprintf(copy, sizeof(copy), "%s", line);
	for (char *word = strtok(copy, " "); word != NULL && count < WORDS; word = strtok(NULL, " ")) {
		words[count++] = word;
	}
	for (const struct shell_static_entry *entry = command->subcommands; count > 0 && entry->syntax != NULL; entry++) {
		if (strcmp(entry->syntax, words[0]) == 0) {
			if (count < entry->mandatory || count > entry->mandatory + entry->optional) {
				return FAKE_SHELL_ARGUMENTS;
			}
			return entry->handler(NULL, count, words);
		}
	}
	return FAKE_SHELL_UNKNOWN;
}

static struct {
	char name[64];
	size_t length;
	char value[512];
} entries[ENTRIES];

int fake_settings_error;

int settings_subsys_init(void)
{
	return fake_settings_error;
}

static ssize_t read_value(void *argument, void *data, size_t length)
{
	size_t i = *(size_t *)argument;

	length = length < entries[i].length ? length : entries[i].length;
	memcpy(data, entries[i].value, length);
	return (ssize_t)length;
}

int settings_load_subtree_direct(const char *subtree, settings_load_direct_cb callback, void *parameter)
{
	size_t length = strlen(subtree);
	int err = 0;

	for (size_t i = 0; err == 0 && i < ENTRIES; i++) {
		const char *rest = entries[i].name + length;

		if (entries[i].name[0] == '\0' || strncmp(entries[i].name, subtree, length) != 0 || (*rest != '\0' && *rest != '/')) {
			continue;
		}
		err = callback(*rest == '/' ? rest + 1 : NULL, entries[i].length, read_value, &i, parameter);
	}
	return err;
}

int settings_save_one(const char *name, const void *value, size_t length)
{
	size_t place = ENTRIES;

	for (size_t i = ENTRIES; i-- > 0;) {
		if (strcmp(entries[i].name, name) == 0) {
			place = i;
			break;
		}
		place = entries[i].name[0] == '\0' ? i : place;
	}
	if (fake_settings_error != 0 || place == ENTRIES || strlen(name) >= sizeof(entries[0].name) || length > sizeof(entries[0].value)) {
		return fake_settings_error != 0 ? fake_settings_error : -ENOSPC;
	}
	strcpy(entries[place].name, name);
	memcpy(entries[place].value, value, length);
	entries[place].length = length;
	return 0;
}

int settings_delete(const char *name)
{
	for (size_t i = 0; i < ENTRIES; i++) {
		if (strcmp(entries[i].name, name) == 0) {
			entries[i].name[0] = '\0';
			return 0;
		}
	}
	return -ENOENT;
}
