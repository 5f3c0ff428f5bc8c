/*
 * See api_test.h.
 *
 * One documented result has no case, because no call leads to it: -ENOMEM of lwm2m_carrier_velocity_set (the value has room of its
 * own).
 *
 * SPDX-License-Identifier: MIT OR Apache-2.0
 */

#include "api_test.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include <lwm2m_carrier.h>
#include <lwm2m_carrier_provision.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static int checked;
static int failed;

static void check(const char *call, long got, long wanted)
{
    checked++;
    if (got == wanted) {
        printf("  ok    %5ld  %s\n", got, call);
    } else {
        failed++;
        printf("  WRONG %5ld  %s, expected %ld\n", got, call, wanted);
    }
}

#define EXPECT(wanted, call) check(#call, (long)(call), (long)(wanted))

int api_test_count(void)
{
    return checked;
}

/* Texts one character longer than a limit, and of exactly the limit. */
static char long_text[300];

static const char *text_of(size_t length, char fill)
{
    memset(long_text, fill, length);
    long_text[length] = '\0';
    return long_text;
}

int api_test_before_init(void)
{
    const uint8_t sources[] = {LWM2M_CARRIER_POWER_SOURCE_INTERNAL_BATTERY};
    const uint8_t byte = 1;
    uint16_t size = 10;

    failed = 0;
    puts("before lwm2m_carrier_init");
    lwm2m_carrier_run();
    check("lwm2m_carrier_run() came back", 0, 0);
    EXPECT(-ENOENT, lwm2m_carrier_avail_power_sources_set(sources, 1));
    EXPECT(-ENOENT, lwm2m_carrier_error_code_add(LWM2M_CARRIER_ERROR_CODE_LOW_CHARGE));
    EXPECT(-ENOENT, lwm2m_carrier_portfolio_instance_create(1));
    EXPECT(-ENOENT, lwm2m_carrier_identity_read(0, LWM2M_CARRIER_IDENTITY_ID, NULL, &size));
    EXPECT(-ENOENT, lwm2m_carrier_location_set(1.0, 2.0, 3.0F, 4, 5.0F));
    EXPECT(-ENOENT, lwm2m_carrier_velocity_set(0, 1.0F, NAN, NAN, NAN));
    EXPECT(-ENOENT, lwm2m_carrier_app_data_send(&byte, 1));
    EXPECT(-ENODEV, lwm2m_carrier_battery_level_set(50));
    EXPECT(-ENODEV, lwm2m_carrier_battery_status_set(LWM2M_CARRIER_BATTERY_STATUS_NORMAL));
    EXPECT(-ENODEV, lwm2m_carrier_power_source_voltage_set(LWM2M_CARRIER_POWER_SOURCE_USB, 5000));
    EXPECT(-ENODEV, lwm2m_carrier_power_source_current_set(LWM2M_CARRIER_POWER_SOURCE_USB, 100));
    EXPECT(-ENOENT, lwm2m_carrier_error_code_remove(LWM2M_CARRIER_ERROR_CODE_LOW_CHARGE));
    return failed;
}

static int init_with(void (*change)(lwm2m_carrier_config_t *config))
{
    lwm2m_carrier_config_t config;

    memset(&config, 0, sizeof(config));
    config.server_uri = "coap://192.0.2.1:5683";
    change(&config);
    return lwm2m_carrier_init(&config);
}

static void uri_too_long(lwm2m_carrier_config_t *config)
{
    static char uri[257];

    memset(uri, 'a', 256);
    memcpy(uri, "coap://", 7);
    config->server_uri = uri;
}

static void uri_without_scheme(lwm2m_carrier_config_t *config)
{
    config->server_uri = "192.0.2.1";
}

static void uri_of_another_scheme(lwm2m_carrier_config_t *config)
{
    config->server_uri = "http://192.0.2.1";
}

static void negative_lifetime(lwm2m_carrier_config_t *config)
{
    config->server_lifetime = -1;
}

static void negative_idle_timeout(lwm2m_carrier_config_t *config)
{
    config->session_idle_timeout = -1;
}

static void psk_too_long(lwm2m_carrier_config_t *config)
{
    config->psk = text_of(66, 'a');
}

static void psk_of_odd_length(lwm2m_carrier_config_t *config)
{
    config->psk = "abc";
}

static void psk_not_hexadecimal(lwm2m_carrier_config_t *config)
{
    config->psk = "0g";
}

static void apn_too_long(lwm2m_carrier_config_t *config)
{
    config->apn = text_of(64, 'a');
}

static void manufacturer_too_long(lwm2m_carrier_config_t *config)
{
    config->manufacturer = text_of(33, 'm');
}

static void model_number_too_long(lwm2m_carrier_config_t *config)
{
    config->model_number = text_of(33, 'm');
}

static void device_type_too_long(lwm2m_carrier_config_t *config)
{
    config->device_type = text_of(33, 'd');
}

static void hardware_version_too_long(lwm2m_carrier_config_t *config)
{
    config->hardware_version = text_of(33, 'h');
}

static void software_version_too_long(lwm2m_carrier_config_t *config)
{
    config->software_version = text_of(33, 's');
}

static void service_code_too_long(lwm2m_carrier_config_t *config)
{
    config->service_code = "123456";
}

static void nothing(lwm2m_carrier_config_t *config)
{
    (void)config;
}

int api_test_refused_init(void)
{
    failed = 0;
    puts("lwm2m_carrier_init");
    EXPECT(-EINVAL, init_with(uri_too_long));
    EXPECT(-EINVAL, init_with(uri_without_scheme));
    EXPECT(-EINVAL, init_with(uri_of_another_scheme));
    EXPECT(-EINVAL, init_with(negative_lifetime));
    EXPECT(-EINVAL, init_with(negative_idle_timeout));
    EXPECT(-EINVAL, init_with(psk_too_long));
    EXPECT(-EINVAL, init_with(psk_of_odd_length));
    EXPECT(-EINVAL, init_with(psk_not_hexadecimal));
    EXPECT(-EINVAL, init_with(apn_too_long));
    EXPECT(-EINVAL, init_with(manufacturer_too_long));
    EXPECT(-EINVAL, init_with(model_number_too_long));
    EXPECT(-EINVAL, init_with(device_type_too_long));
    EXPECT(-EINVAL, init_with(hardware_version_too_long));
    EXPECT(-EINVAL, init_with(software_version_too_long));
    EXPECT(-EINVAL, init_with(service_code_too_long));
    api_set_fault(API_FAULT_OS);
    EXPECT(-EACCES, init_with(nothing));
    api_set_fault(API_FAULT_MODEM);
    EXPECT(-EIO, init_with(nothing));
    api_set_fault(API_FAULT_SEMAPHORES);
    EXPECT(-ENOMEM, init_with(nothing));
    api_set_fault(API_FAULT_NONE);
    lwm2m_carrier_run();
    check("lwm2m_carrier_run() came back after a failed init", 0, 0);
    return failed;
}

static void test_device(void)
{
    const uint8_t all[] = {0, 1, 2, 4, 5, 6, 7};
    const uint8_t too_many[] = {0, 1, 2, 4, 5, 6, 7, 0};
    const uint8_t unknown[] = {3};
    const uint8_t unknown_too[] = {1, 8};
    const uint8_t twice[] = {1, 1};
    const uint8_t supply[] = {LWM2M_CARRIER_POWER_SOURCE_DC};

    EXPECT(-EINVAL, lwm2m_carrier_avail_power_sources_set(NULL, 1));
    EXPECT(-EINVAL, lwm2m_carrier_avail_power_sources_set(all, 0));
    EXPECT(-E2BIG, lwm2m_carrier_avail_power_sources_set(too_many, COUNT(too_many)));
    EXPECT(-EINVAL, lwm2m_carrier_avail_power_sources_set(unknown, COUNT(unknown)));
    EXPECT(-EINVAL, lwm2m_carrier_avail_power_sources_set(unknown_too, COUNT(unknown_too)));
    EXPECT(-EINVAL, lwm2m_carrier_avail_power_sources_set(twice, COUNT(twice)));
    EXPECT(0, lwm2m_carrier_avail_power_sources_set(supply, COUNT(supply)));

    EXPECT(-ENODEV, lwm2m_carrier_battery_level_set(50));
    EXPECT(-EINVAL, lwm2m_carrier_battery_level_set(101));
    EXPECT(-ENODEV, lwm2m_carrier_battery_status_set(LWM2M_CARRIER_BATTERY_STATUS_CHARGING));
    EXPECT(-EINVAL, lwm2m_carrier_battery_status_set(7));
    EXPECT(-ENODEV, lwm2m_carrier_power_source_voltage_set(LWM2M_CARRIER_POWER_SOURCE_USB, 5000));
    EXPECT(-EINVAL, lwm2m_carrier_power_source_voltage_set(3, 5000));
    EXPECT(-EINVAL, lwm2m_carrier_power_source_voltage_set(255, 5000));
    EXPECT(-ENODEV, lwm2m_carrier_power_source_current_set(LWM2M_CARRIER_POWER_SOURCE_USB, 100));
    EXPECT(-EINVAL, lwm2m_carrier_power_source_current_set(8, 100));

    EXPECT(0, lwm2m_carrier_avail_power_sources_set(all, COUNT(all)));
    EXPECT(0, lwm2m_carrier_battery_level_set(0));
    EXPECT(0, lwm2m_carrier_battery_level_set(100));
    EXPECT(0, lwm2m_carrier_battery_level_set(75));
    EXPECT(-EINVAL, lwm2m_carrier_battery_level_set(255));
    for (int32_t status = 0; status <= LWM2M_CARRIER_BATTERY_STATUS_UNKNOWN; status++) {
        EXPECT(0, lwm2m_carrier_battery_status_set(status));
    }
    EXPECT(-EINVAL, lwm2m_carrier_battery_status_set(-1));
    EXPECT(0, lwm2m_carrier_power_source_voltage_set(LWM2M_CARRIER_POWER_SOURCE_USB, 5000));
    EXPECT(0, lwm2m_carrier_power_source_current_set(LWM2M_CARRIER_POWER_SOURCE_USB, -100));

    EXPECT(-EINVAL, lwm2m_carrier_error_code_add(9));
    EXPECT(-EINVAL, lwm2m_carrier_error_code_add(-1));
    EXPECT(-EINVAL, lwm2m_carrier_error_code_remove(9));
    EXPECT(0, lwm2m_carrier_error_code_remove(LWM2M_CARRIER_ERROR_CODE_NO_ERROR));
    EXPECT(-ENOENT, lwm2m_carrier_error_code_remove(LWM2M_CARRIER_ERROR_CODE_SMS_FAILURE));
    for (int32_t code = LWM2M_CARRIER_ERROR_CODE_LOW_CHARGE; code <= LWM2M_CARRIER_ERROR_CODE_PERIPHERAL_MALFUNCTION; code++) {
        EXPECT(0, lwm2m_carrier_error_code_add(code));
    }
    EXPECT(0, lwm2m_carrier_error_code_add(LWM2M_CARRIER_ERROR_CODE_LOW_SIGNAL));
    EXPECT(-ENOENT, lwm2m_carrier_error_code_remove(LWM2M_CARRIER_ERROR_CODE_NO_ERROR));
    EXPECT(0, lwm2m_carrier_error_code_remove(LWM2M_CARRIER_ERROR_CODE_LOW_SIGNAL));
    EXPECT(-ENOENT, lwm2m_carrier_error_code_remove(LWM2M_CARRIER_ERROR_CODE_LOW_SIGNAL));
    EXPECT(0, lwm2m_carrier_error_code_add(LWM2M_CARRIER_ERROR_CODE_NO_ERROR));
    EXPECT(-ENOENT, lwm2m_carrier_error_code_remove(LWM2M_CARRIER_ERROR_CODE_LOW_CHARGE));

    EXPECT(0, lwm2m_carrier_memory_total_set(2147483647U));
    EXPECT(-EINVAL, lwm2m_carrier_memory_total_set(2147483648U));
    EXPECT(0, lwm2m_carrier_memory_total_set(256));
    EXPECT(api_overridden() ? 123 : 0, lwm2m_carrier_memory_free_read());
}

#ifdef WITHOUT_OBJECTS

/* Built without objects 6, 16 and 10250. */
static void test_absent_objects(void)
{
    uint8_t byte = 1;
    uint16_t size = 0;

    EXPECT(-EINVAL, lwm2m_carrier_identity_read(0, LWM2M_CARRIER_IDENTITY_ID, NULL, NULL));
    EXPECT(-ENOENT, lwm2m_carrier_identity_read(0, LWM2M_CARRIER_IDENTITY_ID, NULL, &size));
    EXPECT(-EINVAL, lwm2m_carrier_identity_write(1, LWM2M_CARRIER_IDENTITY_MODEL, NULL));
    EXPECT(-ENOENT, lwm2m_carrier_identity_write(0, LWM2M_CARRIER_IDENTITY_MODEL, "text"));
    EXPECT(-ENOENT, lwm2m_carrier_portfolio_instance_create(1));
    EXPECT(-ENOENT, lwm2m_carrier_location_set(63.4, 10.4, 10.0F, 1000, 5.0F));
    EXPECT(-ENOENT, lwm2m_carrier_velocity_set(0, 1.0F, NAN, NAN, NAN));
    EXPECT(-EINVAL, lwm2m_carrier_app_data_send(NULL, 1));
    EXPECT(-ENOENT, lwm2m_carrier_app_data_send(&byte, 1));
}

#else

static void test_portfolio(void)
{
    char buffer[201];
    uint16_t size = 0;

    EXPECT(-EINVAL, lwm2m_carrier_identity_read(0, LWM2M_CARRIER_IDENTITY_ID, buffer, NULL));
    EXPECT(-EINVAL, lwm2m_carrier_identity_read(0, 4, buffer, &size));
    EXPECT(-ENOENT, lwm2m_carrier_identity_read(77, LWM2M_CARRIER_IDENTITY_ID, buffer, &size));
    EXPECT(0, lwm2m_carrier_identity_read(0, LWM2M_CARRIER_IDENTITY_ID, NULL, &size));
    EXPECT(-EPERM, lwm2m_carrier_identity_write(0, LWM2M_CARRIER_IDENTITY_ID, "host"));
    EXPECT(-EINVAL, lwm2m_carrier_portfolio_instance_create(0));
    EXPECT(0, lwm2m_carrier_portfolio_instance_create(1));
    EXPECT(-EINVAL, lwm2m_carrier_portfolio_instance_create(1));
    EXPECT(0, lwm2m_carrier_portfolio_instance_create(2));
    EXPECT(0, lwm2m_carrier_portfolio_instance_create(65534));
    EXPECT(-ENOMEM, lwm2m_carrier_portfolio_instance_create(4));

    EXPECT(-EINVAL, lwm2m_carrier_identity_write(1, LWM2M_CARRIER_IDENTITY_MODEL, NULL));
    EXPECT(-EINVAL, lwm2m_carrier_identity_write(1, LWM2M_CARRIER_IDENTITY_MODEL, ""));
    EXPECT(-EINVAL, lwm2m_carrier_identity_write(1, 4, "text"));
    EXPECT(-EINVAL, lwm2m_carrier_identity_write(77, 65535, "text"));
    EXPECT(-ENOENT, lwm2m_carrier_identity_write(77, LWM2M_CARRIER_IDENTITY_MODEL, "text"));
    EXPECT(-E2BIG, lwm2m_carrier_identity_write(1, LWM2M_CARRIER_IDENTITY_MODEL, text_of(201, 'x')));
    EXPECT(-E2BIG, lwm2m_carrier_identity_write(1, LWM2M_CARRIER_IDENTITY_MODEL, text_of(299, 'x')));
    EXPECT(0, lwm2m_carrier_identity_write(1, LWM2M_CARRIER_IDENTITY_SW_VERSION, text_of(200, 'y')));
    EXPECT(0, lwm2m_carrier_identity_write(2, LWM2M_CARRIER_IDENTITY_SW_VERSION, text_of(200, 'z')));
    EXPECT(-ENOMEM, lwm2m_carrier_identity_write(1, LWM2M_CARRIER_IDENTITY_ID, text_of(200, 'y')));
    EXPECT(0, lwm2m_carrier_identity_write(1, LWM2M_CARRIER_IDENTITY_MANUFACTURER, "maker"));

    size = 0;
    EXPECT(0, lwm2m_carrier_identity_read(1, LWM2M_CARRIER_IDENTITY_MANUFACTURER, NULL, &size));
    check("size of \"maker\"", size, 6);
    size = 5;
    memset(buffer, '#', sizeof(buffer));
    EXPECT(-ENOMEM, lwm2m_carrier_identity_read(1, LWM2M_CARRIER_IDENTITY_MANUFACTURER, buffer, &size));
    check("size told with -ENOMEM", size, 6);
    check("buffer untouched", buffer[0], '#');
    EXPECT(0, lwm2m_carrier_identity_read(1, LWM2M_CARRIER_IDENTITY_MANUFACTURER, buffer, &size));
    check("text read back", strcmp(buffer, "maker"), 0);
    check("nothing behind the text", buffer[6], '#');
    size = sizeof(buffer);
    EXPECT(0, lwm2m_carrier_identity_read(1, LWM2M_CARRIER_IDENTITY_SW_VERSION, buffer, &size));
    check("longest text read back", size == 201 && strlen(buffer) == 200, 1);
}

static void test_location(void)
{
    EXPECT(0, lwm2m_carrier_location_set(63.4, 10.4, 10.0F, 1000, 5.0F));
    EXPECT(0, lwm2m_carrier_location_set(-90.0, 180.0, -10.0F, 1000, 0.0F));
    EXPECT(-EINVAL, lwm2m_carrier_location_set(90.001, 0.0, 0.0F, 1000, 0.0F));
    EXPECT(-EINVAL, lwm2m_carrier_location_set(-90.001, 0.0, 0.0F, 1000, 0.0F));
    EXPECT(-EINVAL, lwm2m_carrier_location_set(0.0, 180.001, 0.0F, 1000, 0.0F));
    EXPECT(-EINVAL, lwm2m_carrier_location_set(0.0, -180.001, 0.0F, 1000, 0.0F));
    EXPECT(-EINVAL, lwm2m_carrier_location_set(NAN, 0.0, 0.0F, 1000, 0.0F));
    EXPECT(-EINVAL, lwm2m_carrier_location_set(0.0, INFINITY, 0.0F, 1000, 0.0F));
    EXPECT(-EINVAL, lwm2m_carrier_location_set(0.0, 0.0, 0.0F, 999, 0.0F));
    EXPECT(-EINVAL, lwm2m_carrier_location_set(0.0, 0.0, 0.0F, 1000, -0.1F));

    EXPECT(0, lwm2m_carrier_velocity_set(0, 10.0F, NAN, NAN, NAN));
    EXPECT(0, lwm2m_carrier_velocity_set(359, 10.0F, -1.0F, NAN, NAN));
    EXPECT(0, lwm2m_carrier_velocity_set(180, 10.0F, NAN, 1.0F, NAN));
    EXPECT(0, lwm2m_carrier_velocity_set(180, 10.0F, 1.0F, 1.0F, 1.0F));
    EXPECT(-EINVAL, lwm2m_carrier_velocity_set(360, 10.0F, NAN, NAN, NAN));
    EXPECT(-EINVAL, lwm2m_carrier_velocity_set(-1, 10.0F, NAN, NAN, NAN));
    EXPECT(-EINVAL, lwm2m_carrier_velocity_set(0, -1.0F, NAN, NAN, NAN));
    EXPECT(-EINVAL, lwm2m_carrier_velocity_set(0, NAN, NAN, NAN, NAN));
    EXPECT(-EINVAL, lwm2m_carrier_velocity_set(0, 1.0F, 1.0F, NAN, 1.0F));
    EXPECT(-EINVAL, lwm2m_carrier_velocity_set(0, 1.0F, NAN, -1.0F, NAN));
    EXPECT(-EINVAL, lwm2m_carrier_velocity_set(0, 1.0F, 1.0F, 1.0F, -1.0F));
}

static void test_app_data(void)
{
    static const uint8_t data[4096] = {1, 2, 3};

    EXPECT(-EINVAL, lwm2m_carrier_app_data_send(NULL, 1));
    EXPECT(-EINVAL, lwm2m_carrier_app_data_send(NULL, 0));
    EXPECT(0, lwm2m_carrier_app_data_send(data, 3));
    EXPECT(0, lwm2m_carrier_app_data_send(data, 0));
    EXPECT(-ENOMEM, lwm2m_carrier_app_data_send(data, sizeof(data)));
}

#endif

static void test_provision(void)
{
    const lwm2m_carrier_provision_t *settings;

    for (unsigned int operator_id = 0; operator_id < 256; operator_id++) {
        settings = lwm2m_carrier_provision_read((uint8_t)operator_id);
        if (api_overridden() && operator_id == LWM2M_CARRIER_OPERATOR_ATT) {
            check("settings of the application", settings != NULL && settings->retry_timer == 30, 1);
        } else if (settings != NULL) {
            check("settings from nowhere", (int)operator_id, -1);
        }
    }
    check("lwm2m_carrier_provision_read() answers for every operator", 0, 0);
}

static void test_time(void)
{
    int32_t utc_time = -1;
    int utc_offset = -1;
    const char *zone = NULL;

    lwm2m_carrier_time_read(NULL, NULL, NULL);
    check("lwm2m_carrier_time_read(NULL, NULL, NULL) came back", 0, 0);
    if (api_overridden()) {
        lwm2m_carrier_time_read(&utc_time, &utc_offset, &zone);
        check("time of the application", utc_time, 1000000000);
        check("offset of the application", utc_offset, -90);
        check("zone of the application", strcmp(zone, "Test/Zone"), 0);
        return;
    }
    EXPECT(-EINVAL, lwm2m_carrier_utc_time_write(-1));
    EXPECT(0, lwm2m_carrier_utc_time_write(1500000000));
    EXPECT(0, lwm2m_carrier_utc_offset_write(60));
    EXPECT(0, lwm2m_carrier_timezone_write("Europe/Oslo"));
    utc_time = lwm2m_carrier_utc_time_read();
    check("lwm2m_carrier_utc_time_read() goes on from what was written", utc_time >= 1500000000 && utc_time < 1500000100, 1);
    EXPECT(60, lwm2m_carrier_utc_offset_read());
    check("lwm2m_carrier_timezone_read() tells what was written", strcmp(lwm2m_carrier_timezone_read(), "Europe/Oslo"), 0);
    utc_time = -1;
    lwm2m_carrier_time_read(&utc_time, NULL, NULL);
    check("lwm2m_carrier_time_read(time only)", utc_time >= 1500000000 && utc_time < 1500000100, 1);
    lwm2m_carrier_time_read(&utc_time, &utc_offset, &zone);
    check("lwm2m_carrier_time_read(all), offset", utc_offset, 60);
    check("lwm2m_carrier_time_read(all), zone", zone != NULL ? strcmp(zone, "Europe/Oslo") : -1, 0);
}

int api_test_after_init(void)
{
    failed = 0;
    puts("after lwm2m_carrier_init");
    EXPECT(-EFAULT, init_with(nothing));
    test_device();
#ifdef WITHOUT_OBJECTS
    test_absent_objects();
#else
    test_portfolio();
    test_location();
    test_app_data();
#endif
    test_provision();
    test_time();
    return failed;
}
