/*
 * SPDX-License-Identifier: MIT OR Apache-2.0
 *
 * Settings of the library that are kept in Zephyr's settings store and count from the next start on, in place of the options of the build.
 */
#ifndef LWM2M_CARRIER_SETTINGS_H_
#define LWM2M_CARRIER_SETTINGS_H_

#include <stdbool.h>
#include <stddef.h>

#include <lwm2m_carrier.h>

/* Bytes that hold any value as text, with its zero. */
#define GLUE_SETTING_SIZE 256

/* Fills in what the options of the build say. */
void glue_config_fill(lwm2m_carrier_config_t *config);

/*
 * Puts stored values in place of those in the configuration. The texts stay valid and unchanged for the life of the program: what is stored
 * later is for the next start. Once, before lwm2m_carrier_init. 0 or a negative error number of the store; what the store has and cannot be
 * used is left out.
 */
int glue_settings_apply(lwm2m_carrier_config_t *config);

/* Name of a setting, counted from 0; NULL behind the last one. Names are those of the members of lwm2m_carrier_config_t. */
const char *glue_setting_name(size_t number);

/* Whether the value of this setting is nobody's business. */
bool glue_setting_is_secret(size_t number);

/*
 * Writes the value of a setting that the next start will find, as text into GLUE_SETTING_SIZE bytes: the stored one or, with
 * *stored = false, that of the options. 0 or a negative error number of the store.
 */
int glue_setting_read(size_t number, char *text, bool *stored);

/*
 * Stores a value. 0; -ENOENT for an unknown name; -EINVAL for a value the library would refuse, -E2BIG for one that is too long; or a
 * negative error number of the store.
 */
int glue_setting_write(const char *name, const char *text);

/* Forgets a stored value, so that the option counts again. 0, also when there was none; -ENOENT for an unknown name; or as above. */
int glue_setting_remove(const char *name);

#endif /* LWM2M_CARRIER_SETTINGS_H_ */
