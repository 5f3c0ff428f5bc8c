/*
 * SPDX-License-Identifier: MIT OR Apache-2.0
 *
 * Shell commands and stored settings of the Zephyr integration, on the fakes. The library is played by functions that keep what they were
 * called with and answer with `result`.
 */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <zephyr/kernel.h>
#include <zephyr/settings/settings.h>
#include <zephyr/shell/shell.h>

#include <lwm2m_carrier.h>

#include "fakes/fakes.h"

#define CHECK(fact) \
	do { \
		if (!(fact)) { \
			fprintf(stderr, "%s:%d: %s\n%s", __FILE__, __LINE__, #fact, fake_shell_output); \
			exit(1); \
		} \
	} while (0)

extern const struct shell_static_entry fake_command_carrier_api;
extern const struct shell_static_entry fake_command_carrier_config;
extern void (*const lwm2m_carrier_thread)(void *, void *, void *);

/* --- The library ------------------------------------------------------------------------------ */

static int result;
/* The last call. */
static char called[512];
static lwm2m_carrier_config_t seen;

#define CALLED(...) (snprintf(called, sizeof(called), __VA_ARGS__), result)

int lwm2m_carrier_init(const lwm2m_carrier_config_t *config)
{
	seen = *config;
	return CALLED("init");
}

void lwm2m_carrier_run(void)
{
}

int lwm2m_carrier_avail_power_sources_set(const uint8_t *power_sources, uint8_t power_source_count)
{
	int at = snprintf(called, sizeof(called), "sources");

	for (int i = 0; i < power_source_count; i++) {
		at += snprintf(called + at, sizeof(called) - (size_t)at, " %d", power_sources[i]);
	}
	return result;
}

int lwm2m_carrier_power_source_voltage_set(uint8_t power_source, int32_t value)
{
	return CALLED("voltage %d %d", power_source, value);
}

int lwm2m_carrier_power_source_current_set(uint8_t power_source, int32_t value)
{
	return CALLED("current %d %d", power_source, value);
}

int lwm2m_carrier_battery_level_set(uint8_t battery_level)
{
	return CALLED("level %d", battery_level);
}

int lwm2m_carrier_battery_status_set(int32_t battery_status)
{
	return CALLED("status %d", battery_status);
}

int lwm2m_carrier_error_code_add(int32_t error)
{
	return CALLED("add %d", error);
}

int lwm2m_carrier_error_code_remove(int32_t error)
{
	return CALLED("remove %d", error);
}

int lwm2m_carrier_memory_total_set(uint32_t memory_total)
{
	return CALLED("total %u", memory_total);
}

int lwm2m_carrier_memory_free_read(void)
{
	return 64;
}

void lwm2m_carrier_time_read(int32_t *utc_time, int *utc_offset, const char **tz)
{
	*utc_time = 1700000000;
	*utc_offset = -60;
	*tz = "Atlantic/Azores";
}

int lwm2m_carrier_utc_time_write(int32_t time)
{
	return CALLED("time %d", time);
}

int lwm2m_carrier_utc_offset_write(int offset)
{
	return CALLED("offset %d", offset);
}

int lwm2m_carrier_timezone_write(const char *tz)
{
	return CALLED("zone %s", tz);
}

int lwm2m_carrier_identity_read(uint16_t instance_id, uint16_t identity_type, char *buffer, uint16_t *buffer_len)
{
	/* The longest identity fits. */
	CHECK(*buffer_len > 200);
	snprintf(buffer, *buffer_len, "of %d", identity_type);
	return CALLED("read %d %d", instance_id, identity_type);
}

int lwm2m_carrier_identity_write(uint16_t instance_id, uint16_t identity_type, const char *value)
{
	return CALLED("write %d %d %s", instance_id, identity_type, value);
}

int lwm2m_carrier_portfolio_instance_create(uint16_t instance_id)
{
	return CALLED("create %d", instance_id);
}

int lwm2m_carrier_location_set(double latitude, double longitude, float altitude, uint32_t timestamp, float uncertainty)
{
	return CALLED("location %.6f %.6f %.2f %u %.2f", latitude, longitude, (double)altitude, timestamp, (double)uncertainty);
}

int lwm2m_carrier_velocity_set(int heading, float speed_h, float speed_v, float uncertainty_h, float uncertainty_v)
{
	CHECK(isnan(uncertainty_v));
	return CALLED("velocity %d %.2f %.2f %.2f", heading, (double)speed_h, (double)speed_v, (double)uncertainty_h);
}

int lwm2m_carrier_app_data_send(const uint8_t *buffer, size_t buffer_len)
{
	CHECK(buffer != NULL);
	return CALLED("data %.*s", (int)buffer_len, (const char *)buffer);
}

/* --- carrier_api ------------------------------------------------------------------------------ */

static int api(const char *line)
{
	called[0] = '\0';
	return fake_shell(&fake_command_carrier_api, line);
}

static void api_calls_each_function(void)
{
	static const char *const rows[][2] = {
		{ "power_sources dc internal usb", "sources 0 1 5" },
		{ "power_sources 2 external ethernet ac solar 3 9", "sources 2 2 4 6 7 3 9" },
		{ "voltage internal 3700", "voltage 1 3700" },
		{ "current usb -40", "current 5 -40" },
		{ "battery_level 101", "level 101" },
		{ "battery_status charging", "status 1" },
		{ "battery_status -7", "status -7" },
		{ "error_add 3", "add 3" },
		{ "error_remove 3", "remove 3" },
		{ "memory_total 4294967295", "total 4294967295" },
		{ "utc_time 1700000000", "time 1700000000" },
		{ "utc_offset -300", "offset -300" },
		{ "timezone Europe/Oslo", "zone Europe/Oslo" },
		{ "identity_write 1 model X1", "write 1 2 X1" },
		{ "portfolio_create 65535", "create 65535" },
		{ "location -63.421 10.4371 30.5 1700000000 5", "location -63.421000 10.437100 30.50 1700000000 5.00" },
		{ "location .5 5. -0.25 0 0", "location 0.500000 5.000000 -0.25 0 0.00" },
		{ "velocity 90 1.5 -.5 0.1 nan", "velocity 90 1.50 -0.50 0.10" },
		{ "app_data hello", "data hello" },
		{ "app_data", "data " },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		CHECK(api(rows[i][0]) == 0);
		if (strcmp(called, rows[i][1]) != 0) {
			fprintf(stderr, "'%s' gave '%s'\n", rows[i][0], called);
			exit(1);
		}
		CHECK(strcmp(fake_shell_output, "0\n") == 0);
	}
}

static void api_shows_what_it_reads(void)
{
	CHECK(api("time") == 0 && strcmp(fake_shell_output, "1700000000 s, -60 min, 'Atlantic/Azores'\n") == 0);
	CHECK(api("memory_free") == 0 && strcmp(fake_shell_output, "64 kB\n") == 0);
	CHECK(api("identity_read 7 software") == 0 && strcmp(fake_shell_output, "'of 3'\n") == 0 && strcmp(called, "read 7 3") == 0);
}

static void api_shows_errors_of_the_library(void)
{
	result = -ENODEV;
	CHECK(api("battery_level 50") == -ENODEV && strcmp(fake_shell_output, "! error -19\n") == 0);
	CHECK(api("identity_read 0 id") == -ENODEV && strcmp(fake_shell_output, "! error -19\n") == 0);
	CHECK(api("power_sources 1 1 1 1 1 1 1") == -ENODEV);
}

static void api_refuses_what_does_not_fit_the_types(void)
{
	static const char *const lines[] = {
		"power_sources battery", "power_sources 256", "voltage -1 1", "voltage dc 2147483648", "current dc 1x", "current dc nan",
		"battery_level 256", "battery_level -1", "battery_status full", "error_add 99999999999999999999", "memory_total 4294967296",
		"utc_time 2147483648", "utc_offset 1h", "identity_read 65536 id", "identity_read 0 name", "identity_write x id y",
		"portfolio_create -1", "location 1 2 3 -4 5", "location 1e5 2 3 4 5", "location 1 . 3 4 5", "location 1 2 - 4 5",
		"location 1 2 3 4 5.5.5", "location 123456789012345678901 2 3 4 5", "velocity north 1 2 3 4", "velocity 1 1 2 3 -nan",
	};

	for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
		if (api(lines[i]) != -EINVAL || called[0] != '\0' || strncmp(fake_shell_output, "! '", 3) != 0) {
			fprintf(stderr, "'%s' was taken\n", lines[i]);
			exit(1);
		}
	}
	CHECK(api("voltage dc") == FAKE_SHELL_ARGUMENTS && api("time 5") == FAKE_SHELL_ARGUMENTS && api("power_sources") == FAKE_SHELL_ARGUMENTS);
	/* As many sources as the library counts, so that more of them never reach it. */
	CHECK(api("power_sources 0 1 2 4 5 6 7 0 1") == FAKE_SHELL_ARGUMENTS);
}

/* --- carrier_config --------------------------------------------------------------------------- */

static int config(const char *line)
{
	return fake_shell(&fake_command_carrier_config, line);
}

static bool shows(const char *name, const char *value, bool stored)
{
	char line[400];

	snprintf(line, sizeof(line), "%-33s%s%s\n", name, value, stored ? "  *" : "");
	return config("show") == 0 && strstr(fake_shell_output, line) != NULL;
}

static void config_starts_with_the_options(void)
{
	lwm2m_carrier_thread(NULL, NULL, NULL);
	CHECK(strcmp(seen.server_uri, CONFIG_LWM2M_CARRIER_CUSTOM_URI) == 0 && seen.server_lifetime == 60 && seen.service_code == NULL);
	CHECK(shows("server_uri", CONFIG_LWM2M_CARRIER_CUSTOM_URI, false) && shows("server_lifetime", "60", false));
	CHECK(shows("service_code", "", false) && shows("certification_mode", "n", false) && shows("manufacturer", "Example Works", false));
}

static void config_counts_from_the_next_start(void)
{
	static const char *const lines[] = {
		"set server_uri coaps://lwm2m.example:5684", "set psk 00ff", "set is_bootstrap_server y", "set server_lifetime 86400",
		"set session_idle_timeout 0", "set apn iot.example", "set model_number X1", "set device_type Meter", "set hardware_version 2",
		"set software_version 3", "set service_code A1234", "set certification_mode y", "set disable_bootstrap_from_smartcard y",
	};

	for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
		CHECK(config(lines[i]) == 0 && strcmp(fake_shell_output, "from the next start on\n") == 0);
	}
	CHECK(shows("server_uri", "coaps://lwm2m.example:5684", true) && shows("server_lifetime", "86400", true));
	CHECK(shows("psk", "(not shown)", true) && strstr(fake_shell_output, "00ff") == NULL);
	lwm2m_carrier_thread(NULL, NULL, NULL);
	CHECK(strcmp(seen.server_uri, "coaps://lwm2m.example:5684") == 0 && strcmp(seen.psk, "00ff") == 0 && seen.is_bootstrap_server);
	CHECK(seen.server_lifetime == 86400 && seen.session_idle_timeout == 0 && strcmp(seen.apn, "iot.example") == 0);
	CHECK(strcmp(seen.model_number, "X1") == 0 && strcmp(seen.device_type, "Meter") == 0 && strcmp(seen.hardware_version, "2") == 0);
	CHECK(strcmp(seen.software_version, "3") == 0 && strcmp(seen.service_code, "A1234") == 0);
	CHECK(seen.certification_mode && seen.disable_bootstrap_from_smartcard && strcmp(seen.manufacturer, "Example Works") == 0);
	/* What the library points to does not change under it. */
	CHECK(config("set device_type Pump") == 0 && strcmp(seen.device_type, "Meter") == 0 && shows("device_type", "Pump", true));
	CHECK(config("clear device_type") == 0 && shows("device_type", "Smart Device", false) && config("clear device_type") == 0);
	CHECK(config("clear") == 0 && shows("server_lifetime", "60", false) && shows("psk", "", false));
	lwm2m_carrier_thread(NULL, NULL, NULL);
	CHECK(seen.server_lifetime == 60 && !seen.certification_mode && strcmp(seen.device_type, "Smart Device") == 0);
}

static void config_refuses_what_the_library_would(void)
{
	static const struct {
		const char *line;
		int error;
	} rows[] = {
		{ "set colour red", -ENOENT }, { "clear colour", -ENOENT },
		{ "set server_uri http://lwm2m.example", -EINVAL }, { "set psk 0ff", -EINVAL }, { "set psk 0x", -EINVAL },
		{ "set certification_mode yes", -EINVAL }, { "set certification_mode 1", -EINVAL }, { "set server_lifetime -1", -EINVAL },
		{ "set server_lifetime 2147483648", -EINVAL }, { "set server_lifetime 99999999999999999999", -EINVAL },
		{ "set session_idle_timeout 1m", -EINVAL }, { "set service_code 123456", -E2BIG },
		{ "set manufacturer 123456789012345678901234567890123", -E2BIG },
		{ "set psk 00000000000000000000000000000000000000000000000000000000000000000", -E2BIG },
	};
	char line[400];

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		CHECK(config(rows[i].line) == rows[i].error && strncmp(fake_shell_output, "! ", 2) == 0);
	}
	snprintf(line, sizeof(line), "set server_uri coap://%0248d", 0);
	CHECK(config(line) == 0);
	snprintf(line, sizeof(line), "set server_uri coap://%0249d", 0);
	CHECK(config(line) == -E2BIG && config("set manufacturer") == FAKE_SHELL_ARGUMENTS);
	CHECK(config("set manufacturer 12345678901234567890123456789012") == 0);
}

static void config_leaves_out_what_cannot_be_used(void)
{
	CHECK(settings_save_one("lwm2m_carrier/psk", "xyz", 4) == 0 && settings_save_one("lwm2m_carrier/apn", "no zero", 7) == 0);
	CHECK(settings_save_one("lwm2m_carrier/unknown", "1", 2) == 0 && settings_save_one("lwm2m_carrier/device_type", "", 0) == 0);
	CHECK(settings_save_one("lwm2m_carrier/server_lifetime", "1\0002", 4) == 0 && settings_save_one("lwm2m_carriers/psk", "00", 3) == 0);
	CHECK(settings_save_one("lwm2m_carrier/model_number", (char[400]){ 0 }, 400) == 0);
	CHECK(settings_save_one("lwm2m_carrier/hardware_version", "4", 2) == 0);
	lwm2m_carrier_thread(NULL, NULL, NULL);
	CHECK(*seen.psk == '\0' && *seen.apn == '\0' && seen.server_lifetime == 60 && strcmp(seen.device_type, "Smart Device") == 0);
	CHECK(strcmp(seen.hardware_version, "4") == 0 && *seen.model_number == '\0');
	CHECK(shows("psk", "", false) && shows("device_type", "Smart Device", false) && shows("hardware_version", "4", true));
}

static void config_without_a_store(void)
{
	fake_settings_error = -EDEADLK;
	lwm2m_carrier_thread(NULL, NULL, NULL);
	CHECK(strcmp(called, "init") == 0 && seen.server_lifetime == 60);
	CHECK(config("show") == -EDEADLK && config("set apn x") == -EDEADLK && config("clear apn") == -EDEADLK && config("clear") == -EDEADLK);
	CHECK(strstr(fake_shell_output, "settings store: error -") != NULL);
}

#define CASE(name) { #name, name }

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		void (*run)(void);
	} cases[] = {
		CASE(api_calls_each_function), CASE(api_shows_what_it_reads), CASE(api_shows_errors_of_the_library),
		CASE(api_refuses_what_does_not_fit_the_types), CASE(config_starts_with_the_options), CASE(config_counts_from_the_next_start),
		CASE(config_refuses_what_the_library_would), CASE(config_leaves_out_what_cannot_be_used), CASE(config_without_a_store),
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		if (argc < 2) {
			puts(cases[i].name);
		} else if (strcmp(cases[i].name, argv[1]) == 0) {
			cases[i].run();
			return 0;
		}
	}
	return argc < 2 ? 0 : 2;
}
