/*
 * SPDX-License-Identifier: MIT OR Apache-2.0
 *
 * A shell without a terminal: commands are found by name, arguments counted, what is printed is kept.
 */
#ifndef FAKE_SHELL_H_
#define FAKE_SHELL_H_

#include <stddef.h>

struct shell;

typedef int (*shell_cmd_handler)(const struct shell *sh, size_t argc, char **argv);

struct shell_static_entry {
	const char *syntax;
	const void *subcommands;
	const char *help;
	shell_cmd_handler handler;
	/* Words that must be there, the command's own included, and such that may follow. */
	size_t mandatory;
	size_t optional;
};

#define SHELL_CMD_ARG(name, subcommands, help, handler, mandatory, optional) { #name, subcommands, help, handler, mandatory, optional }
#define SHELL_SUBCMD_SET_END { NULL, NULL, NULL, NULL, 0, 0 }
#define SHELL_STATIC_SUBCMD_SET_CREATE(name, ...) static const struct shell_static_entry name[] = { __VA_ARGS__ }
#define SHELL_CMD_REGISTER(name, subcommands, help, handler) \
	extern const struct shell_static_entry fake_command_##name; \
	const struct shell_static_entry fake_command_##name = { #name, subcommands, help, handler, 0, 0 }

__attribute__((format(printf, 2, 3))) void fake_shell_print(const struct shell *sh, const char *format, ...);
#define shell_print(sh, format, ...) fake_shell_print(sh, format "\n", ##__VA_ARGS__)
#define shell_error(sh, format, ...) fake_shell_print(sh, "! " format "\n", ##__VA_ARGS__)

#endif /* FAKE_SHELL_H_ */
