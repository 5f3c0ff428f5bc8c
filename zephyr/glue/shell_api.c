/*
 * SPDX-License-Identifier: MIT OR Apache-2.0
 *
 * Shell command carrier_api: the functions of lwm2m_carrier.h by hand, with the result each of them gives. Checks of values are left to the
 * library; only what does not fit its types is refused here.
 */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include <zephyr/kernel.h>
#include <zephyr/shell/shell.h>

#include <lwm2m_carrier.h>

/* Longer than the longest identity. */
#define IDENTITY_SIZE 256
/* More than the library takes, so that its own check is the one that shows. */
#define POWER_SOURCES 8

/* Names a value can be given by, besides its number. */
struct word {
	const char *name;
	int value;
};

static const struct word power_sources[] = {
	{ "dc", LWM2M_CARRIER_POWER_SOURCE_DC },
	{ "internal", LWM2M_CARRIER_POWER_SOURCE_INTERNAL_BATTERY },
	{ "external", LWM2M_CARRIER_POWER_SOURCE_EXTERNAL_BATTERY },
	{ "ethernet", LWM2M_CARRIER_POWER_SOURCE_ETHERNET },
	{ "usb", LWM2M_CARRIER_POWER_SOURCE_USB },
	{ "ac", LWM2M_CARRIER_POWER_SOURCE_AC },
	{ "solar", LWM2M_CARRIER_POWER_SOURCE_SOLAR },
	{ NULL, 0 },
};

static const struct word battery_states[] = {
	{ "normal", LWM2M_CARRIER_BATTERY_STATUS_NORMAL },
	{ "charging", LWM2M_CARRIER_BATTERY_STATUS_CHARGING },
	{ "complete", LWM2M_CARRIER_BATTERY_STATUS_CHARGE_COMPLETE },
	{ "damaged", LWM2M_CARRIER_BATTERY_STATUS_DAMAGED },
	{ "low", LWM2M_CARRIER_BATTERY_STATUS_LOW_BATTERY },
	{ "not_installed", LWM2M_CARRIER_BATTERY_STATUS_NOT_INSTALLED },
	{ "unknown", LWM2M_CARRIER_BATTERY_STATUS_UNKNOWN },
	{ NULL, 0 },
};

static const struct word identities[] = {
	{ "id", LWM2M_CARRIER_IDENTITY_ID },
	{ "manufacturer", LWM2M_CARRIER_IDENTITY_MANUFACTURER },
	{ "model", LWM2M_CARRIER_IDENTITY_MODEL },
	{ "software", LWM2M_CARRIER_IDENTITY_SW_VERSION },
	{ NULL, 0 },
};

static const struct word no_words[] = {
	{ NULL, 0 },
};

/* A whole number within the limits, or one of the words; says so when it is neither. */
static bool number_of(const struct shell *sh, const char *text, const struct word *words, long long low, long long high, long long *value)
{
	char *end;

	for (; words->name != NULL; words++) {
		if (strcmp(words->name, text) == 0) {
			*value = words->value;
			return true;
		}
	}
	errno = 0;
	*value = strtoll(text, &end, 10);
	if (end == text || *end != '\0' || errno != 0 || *value < low || *value > high) {
		shell_error(sh, "'%s' is not usable here", text);
		return false;
	}
	return true;
}

/* A decimal fraction, or "nan". Not every C library of Zephyr has strtod. */
static bool decimal_of(const struct shell *sh, const char *text, double *value)
{
	const char *at = text;
	bool negative = *at == '-';
	double scale = 1;
	double sum = 0;
	bool digits = false;
	bool point = false;

	if (strcmp(text, "nan") == 0) {
		*value = __builtin_nan("");
		return true;
	}
	for (at += negative; (*at >= '0' && *at <= '9') || (*at == '.' && !point); at++) {
		if (*at == '.') {
			point = true;
			continue;
		}
		digits = true;
		sum = sum * 10 + (*at - '0');
		scale *= point ? 10 : 1;
	}
	if (!digits || *at != '\0' || at - text > 20) {
		shell_error(sh, "'%s' is no number", text);
		return false;
	}
	*value = (negative ? -sum : sum) / scale;
	return true;
}

static int report(const struct shell *sh, int result)
{
	if (result == 0) {
		shell_print(sh, "0");
	} else {
		shell_error(sh, "error %d", result);
	}
	return result;
}

/* --- Device: power, errors, memory ------------------------------------------------------------ */

static int set_power_sources(const struct shell *sh, size_t argc, char **argv)
{
	uint8_t sources[POWER_SOURCES];
	uint8_t count = 0;
	long long value;

	for (size_t i = 1; i < argc && count < POWER_SOURCES; i++) {
		if (!number_of(sh, argv[i], power_sources, 0, UINT8_MAX, &value)) {
			return -EINVAL;
		}
		sources[count++] = (uint8_t)value;
	}
	return report(sh, lwm2m_carrier_avail_power_sources_set(sources, count));
}

static int set_of_source(const struct shell *sh, char **argv, int (*function)(uint8_t source, int32_t value))
{
	long long source;
	long long value;

	if (!number_of(sh, argv[1], power_sources, 0, UINT8_MAX, &source) || !number_of(sh, argv[2], no_words, INT32_MIN, INT32_MAX, &value)) {
		return -EINVAL;
	}
	return report(sh, function((uint8_t)source, (int32_t)value));
}

static int set_voltage(const struct shell *sh, size_t argc, char **argv)
{
	ARG_UNUSED(argc);
	return set_of_source(sh, argv, lwm2m_carrier_power_source_voltage_set);
}

static int set_current(const struct shell *sh, size_t argc, char **argv)
{
	ARG_UNUSED(argc);
	return set_of_source(sh, argv, lwm2m_carrier_power_source_current_set);
}

static int set_battery_level(const struct shell *sh, size_t argc, char **argv)
{
	long long value;

	ARG_UNUSED(argc);
	if (!number_of(sh, argv[1], no_words, 0, UINT8_MAX, &value)) {
		return -EINVAL;
	}
	return report(sh, lwm2m_carrier_battery_level_set((uint8_t)value));
}

static int set_int32(const struct shell *sh, const char *text, const struct word *words, int (*function)(int32_t value))
{
	long long value;

	if (!number_of(sh, text, words, INT32_MIN, INT32_MAX, &value)) {
		return -EINVAL;
	}
	return report(sh, function((int32_t)value));
}

static int set_battery_status(const struct shell *sh, size_t argc, char **argv)
{
	ARG_UNUSED(argc);
	return set_int32(sh, argv[1], battery_states, lwm2m_carrier_battery_status_set);
}

static int add_error(const struct shell *sh, size_t argc, char **argv)
{
	ARG_UNUSED(argc);
	return set_int32(sh, argv[1], no_words, lwm2m_carrier_error_code_add);
}

static int remove_error(const struct shell *sh, size_t argc, char **argv)
{
	ARG_UNUSED(argc);
	return set_int32(sh, argv[1], no_words, lwm2m_carrier_error_code_remove);
}

static int memory_total(const struct shell *sh, size_t argc, char **argv)
{
	long long value;

	ARG_UNUSED(argc);
	if (!number_of(sh, argv[1], no_words, 0, UINT32_MAX, &value)) {
		return -EINVAL;
	}
	return report(sh, lwm2m_carrier_memory_total_set((uint32_t)value));
}

static int memory_free(const struct shell *sh, size_t argc, char **argv)
{
	ARG_UNUSED(argc);
	ARG_UNUSED(argv);
	shell_print(sh, "%d kB", lwm2m_carrier_memory_free_read());
	return 0;
}

/* --- Time ------------------------------------------------------------------------------------- */

static int show_time(const struct shell *sh, size_t argc, char **argv)
{
	const char *zone = NULL;
	int32_t utc = 0;
	int offset = 0;

	ARG_UNUSED(argc);
	ARG_UNUSED(argv);
	lwm2m_carrier_time_read(&utc, &offset, &zone);
	shell_print(sh, "%d s, %d min, '%s'", (int)utc, offset, zone == NULL ? "" : zone);
	return 0;
}

static int set_utc_time(const struct shell *sh, size_t argc, char **argv)
{
	ARG_UNUSED(argc);
	return set_int32(sh, argv[1], no_words, lwm2m_carrier_utc_time_write);
}

static int set_utc_offset(const struct shell *sh, size_t argc, char **argv)
{
	long long value;

	ARG_UNUSED(argc);
	if (!number_of(sh, argv[1], no_words, INT_MIN, INT_MAX, &value)) {
		return -EINVAL;
	}
	return report(sh, lwm2m_carrier_utc_offset_write((int)value));
}

static int set_timezone(const struct shell *sh, size_t argc, char **argv)
{
	ARG_UNUSED(argc);
	return report(sh, lwm2m_carrier_timezone_write(argv[1]));
}

/* --- Portfolio -------------------------------------------------------------------------------- */

static bool identity_of(const struct shell *sh, char **argv, long long *instance, long long *type)
{
	return number_of(sh, argv[1], no_words, 0, UINT16_MAX, instance) && number_of(sh, argv[2], identities, 0, UINT16_MAX, type);
}

static int identity_read(const struct shell *sh, size_t argc, char **argv)
{
	char text[IDENTITY_SIZE];
	uint16_t size = sizeof(text);
	long long instance;
	long long type;
	int err;

	ARG_UNUSED(argc);
	if (!identity_of(sh, argv, &instance, &type)) {
		return -EINVAL;
	}
	err = lwm2m_carrier_identity_read((uint16_t)instance, (uint16_t)type, text, &size);
	if (err != 0) {
		return report(sh, err);
	}
	shell_print(sh, "'%s'", text);
	return 0;
}

static int identity_write(const struct shell *sh, size_t argc, char **argv)
{
	long long instance;
	long long type;

	ARG_UNUSED(argc);
	if (!identity_of(sh, argv, &instance, &type)) {
		return -EINVAL;
	}
	return report(sh, lwm2m_carrier_identity_write((uint16_t)instance, (uint16_t)type, argv[3]));
}

static int portfolio_create(const struct shell *sh, size_t argc, char **argv)
{
	long long instance;

	ARG_UNUSED(argc);
	if (!number_of(sh, argv[1], no_words, 0, UINT16_MAX, &instance)) {
		return -EINVAL;
	}
	return report(sh, lwm2m_carrier_portfolio_instance_create((uint16_t)instance));
}

/* --- Location and application data ------------------------------------------------------------ */

static int set_location(const struct shell *sh, size_t argc, char **argv)
{
	double latitude, longitude, altitude, uncertainty;
	long long time;

	ARG_UNUSED(argc);
	if (!decimal_of(sh, argv[1], &latitude) || !decimal_of(sh, argv[2], &longitude) || !decimal_of(sh, argv[3], &altitude) ||
	    !number_of(sh, argv[4], no_words, 0, UINT32_MAX, &time) || !decimal_of(sh, argv[5], &uncertainty)) {
		return -EINVAL;
	}
	return report(sh, lwm2m_carrier_location_set(latitude, longitude, (float)altitude, (uint32_t)time, (float)uncertainty));
}

static int set_velocity(const struct shell *sh, size_t argc, char **argv)
{
	double horizontal, vertical, uncertainty_h, uncertainty_v;
	long long heading;

	ARG_UNUSED(argc);
	if (!number_of(sh, argv[1], no_words, INT_MIN, INT_MAX, &heading) || !decimal_of(sh, argv[2], &horizontal) ||
	    !decimal_of(sh, argv[3], &vertical) || !decimal_of(sh, argv[4], &uncertainty_h) || !decimal_of(sh, argv[5], &uncertainty_v)) {
		return -EINVAL;
	}
	return report(sh, lwm2m_carrier_velocity_set((int)heading, (float)horizontal, (float)vertical, (float)uncertainty_h,
						     (float)uncertainty_v));
}

static int send_app_data(const struct shell *sh, size_t argc, char **argv)
{
	const char *text = argc == 2 ? argv[1] : "";

	return report(sh, lwm2m_carrier_app_data_send((const uint8_t *)text, strlen(text)));
}

SHELL_STATIC_SUBCMD_SET_CREATE(api_commands,
	SHELL_CMD_ARG(power_sources, NULL, "<source> ...: dc internal external ethernet usb ac solar, or numbers", set_power_sources, 2, 7),
	SHELL_CMD_ARG(voltage, NULL, "<source> <mV>", set_voltage, 3, 0),
	SHELL_CMD_ARG(current, NULL, "<source> <mA>", set_current, 3, 0),
	SHELL_CMD_ARG(battery_level, NULL, "<percent>", set_battery_level, 2, 0),
	SHELL_CMD_ARG(battery_status, NULL, "<status>: normal charging complete damaged low not_installed unknown, or a number",
		      set_battery_status, 2, 0),
	SHELL_CMD_ARG(error_add, NULL, "<code>: 0 empties the list", add_error, 2, 0),
	SHELL_CMD_ARG(error_remove, NULL, "<code>", remove_error, 2, 0),
	SHELL_CMD_ARG(memory_total, NULL, "<kB>", memory_total, 2, 0),
	SHELL_CMD_ARG(memory_free, NULL, "What a server reads", memory_free, 1, 0),
	SHELL_CMD_ARG(time, NULL, "UTC in seconds since 1970, offset in minutes, zone", show_time, 1, 0),
	SHELL_CMD_ARG(utc_time, NULL, "<s>, as a server writes it", set_utc_time, 2, 0),
	SHELL_CMD_ARG(utc_offset, NULL, "<min>, as a server writes it", set_utc_offset, 2, 0),
	SHELL_CMD_ARG(timezone, NULL, "<zone>, as a server writes it", set_timezone, 2, 0),
	SHELL_CMD_ARG(identity_read, NULL, "<instance> <id | manufacturer | model | software>", identity_read, 3, 0),
	SHELL_CMD_ARG(identity_write, NULL, "<instance> <id | manufacturer | model | software> <text>", identity_write, 4, 0),
	SHELL_CMD_ARG(portfolio_create, NULL, "<instance>", portfolio_create, 2, 0),
	SHELL_CMD_ARG(location, NULL, "<latitude> <longitude> <altitude> <time> <uncertainty>", set_location, 6, 0),
	SHELL_CMD_ARG(velocity, NULL, "<heading> <horizontal> <vertical> <uncertainty> <uncertainty>: nan where not known", set_velocity, 6, 0),
	SHELL_CMD_ARG(app_data, NULL, "[text]: without it, none", send_app_data, 1, 1),
	SHELL_SUBCMD_SET_END);

SHELL_CMD_REGISTER(carrier_api, &api_commands, "LwM2M carrier library: functions of its API", NULL);
