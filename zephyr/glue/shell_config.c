/*
 * SPDX-License-Identifier: MIT OR Apache-2.0
 *
 * Shell command carrier_config: shows and changes the settings that the library will find at the next start.
 */
#include <errno.h>
#include <string.h>

#include <zephyr/kernel.h>
#include <zephyr/shell/shell.h>

#include "settings.h"

static K_MUTEX_DEFINE(lock);

static int show(const struct shell *sh, size_t argc, char **argv)
{
	/* A shell's stack is small. */
	static char text[GLUE_SETTING_SIZE];
	const char *name;
	bool stored;
	int err = 0;

	ARG_UNUSED(argc);
	ARG_UNUSED(argv);
	k_mutex_lock(&lock, K_FOREVER);
	for (size_t i = 0; err == 0 && (name = glue_setting_name(i)) != NULL; i++) {
		err = glue_setting_read(i, text, &stored);
		if (err == 0) {
			const char *value = glue_setting_is_secret(i) && *text != '\0' ? "(not shown)" : text;

			shell_print(sh, "%-33s%s%s", name, value, stored ? "  *" : "");
		}
	}
	k_mutex_unlock(&lock);
	if (err != 0) {
		shell_error(sh, "settings store: error %d", err);
		return err;
	}
	shell_print(sh, "* stored; all others are options of the build");
	return 0;
}

static int report(const struct shell *sh, const char *name, int err)
{
	if (err == 0) {
		shell_print(sh, "from the next start on");
	} else if (err == -ENOENT) {
		shell_error(sh, "no setting is named %s", name);
	} else if (err == -E2BIG) {
		shell_error(sh, "%s: too long", name);
	} else if (err == -EINVAL) {
		shell_error(sh, "%s: not a value the library takes", name);
	} else {
		shell_error(sh, "settings store: error %d", err);
	}
	return err;
}

static int set(const struct shell *sh, size_t argc, char **argv)
{
	ARG_UNUSED(argc);
	return report(sh, argv[1], glue_setting_write(argv[1], argv[2]));
}

static int clear(const struct shell *sh, size_t argc, char **argv)
{
	const char *name;
	int err = 0;

	if (argc == 2) {
		return report(sh, argv[1], glue_setting_remove(argv[1]));
	}
	for (size_t i = 0; err == 0 && (name = glue_setting_name(i)) != NULL; i++) {
		err = glue_setting_remove(name);
	}
	return report(sh, "", err);
}

SHELL_STATIC_SUBCMD_SET_CREATE(config_commands,
	SHELL_CMD_ARG(show, NULL, "All settings", show, 1, 0),
	SHELL_CMD_ARG(set, NULL, "<name> <value>: y or n, seconds, or a text", set, 3, 0),
	SHELL_CMD_ARG(clear, NULL, "[name]: the option of the build again; without a name, for all", clear, 1, 1),
	SHELL_SUBCMD_SET_END);

SHELL_CMD_REGISTER(carrier_config, &config_commands, "LwM2M carrier library: settings of the next start", NULL);
