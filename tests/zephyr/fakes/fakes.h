/*
 * SPDX-License-Identifier: MIT OR Apache-2.0
 *
 * What a test asks of the fakes besides the calls they stand for.
 */
#ifndef FAKES_H_
#define FAKES_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Exit code of a reset. */
#define FAKE_REBOOT 75

/* The record store cannot be mounted until the flash is erased. */
extern bool fake_flash_is_garbage;

/* A notification of the modem, from an interrupt. */
void fake_notify(const char *text);

/* A short message to a port. */
void fake_sms(uint16_t port, const char *payload);

/* Queries for the radio mode fail, or succeed again. */
void fake_mode_fails(bool fails);

/* What was written to the update target, and whether it will be booted. */
size_t fake_update_size(void);
bool fake_update_scheduled(void);

/* What commands have printed since the last one began. Errors begin with "! ". */
extern char fake_shell_output[4096];

/* Not results of a handler: wrong number of words, no such subcommand. */
#define FAKE_SHELL_ARGUMENTS 1000
#define FAKE_SHELL_UNKNOWN 1001

/* Runs a subcommand with its words. */
struct shell_static_entry;
int fake_shell(const struct shell_static_entry *command, const char *line);

/* Other than 0: every call of the settings store ends with it. */
extern int fake_settings_error;

#endif /* FAKES_H_ */
