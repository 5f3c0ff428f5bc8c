/*
 * The binary interface of lwm2m_carrier 0.30.0 as compile-time checks: every macro, structure, enumeration and prototype of
 * lwm2m_carrier.h. The facts were measured by compiling the published header for Cortex-M33 and x86-64.
 *
 * SPDX-License-Identifier: MIT OR Apache-2.0
 */

#include "facts.h"

#include <lwm2m_carrier.h>

/* Macros */
CHECK(LWM2M_CARRIER_EVENT_INIT == 1);
CHECK(LWM2M_CARRIER_EVENT_LTE_LINK_UP == 2);
CHECK(LWM2M_CARRIER_EVENT_LTE_LINK_DOWN == 3);
CHECK(LWM2M_CARRIER_EVENT_LTE_POWER_OFF == 4);
CHECK(LWM2M_CARRIER_EVENT_BOOTSTRAPPED == 6);
CHECK(LWM2M_CARRIER_EVENT_REGISTERED == 7);
CHECK(LWM2M_CARRIER_EVENT_DEFERRED == 8);
CHECK(LWM2M_CARRIER_EVENT_FOTA_START == 9);
CHECK(LWM2M_CARRIER_EVENT_REBOOT == 10);
CHECK(LWM2M_CARRIER_EVENT_MODEM_DOMAIN == 12);
CHECK(LWM2M_CARRIER_EVENT_APP_DATA == 13);
CHECK(LWM2M_CARRIER_EVENT_ERROR == 20);
CHECK(LWM2M_CARRIER_FOTA_START_MODEM_DELTA == 0);
CHECK(LWM2M_CARRIER_FOTA_START_APPLICATION == 2);
CHECK(LWM2M_CARRIER_MODEM_EVENT_ME_OVERHEATED == 0);
CHECK(LWM2M_CARRIER_MODEM_EVENT_ME_BATTERY_LOW == 1);
CHECK(LWM2M_CARRIER_MODEM_EVENT_RESET_LOOP == 2);
CHECK(LWM2M_CARRIER_DEFERRED_NO_REASON == 0);
CHECK(LWM2M_CARRIER_DEFERRED_PDN_ACTIVATE == 1);
CHECK(LWM2M_CARRIER_DEFERRED_BOOTSTRAP_NO_ROUTE == 2);
CHECK(LWM2M_CARRIER_DEFERRED_BOOTSTRAP_CONNECT == 3);
CHECK(LWM2M_CARRIER_DEFERRED_BOOTSTRAP_SEQUENCE == 4);
CHECK(LWM2M_CARRIER_DEFERRED_SERVER_NO_ROUTE == 5);
CHECK(LWM2M_CARRIER_DEFERRED_SERVER_CONNECT == 6);
CHECK(LWM2M_CARRIER_DEFERRED_SERVER_REGISTRATION == 7);
CHECK(LWM2M_CARRIER_DEFERRED_SERVICE_UNAVAILABLE == 8);
CHECK(LWM2M_CARRIER_DEFERRED_SIM_MSISDN == 9);
CHECK(LWM2M_CARRIER_ERROR_NO_ERROR == 0);
CHECK(LWM2M_CARRIER_ERROR_LTE_LINK_UP_FAIL == 1);
CHECK(LWM2M_CARRIER_ERROR_LTE_LINK_DOWN_FAIL == 2);
CHECK(LWM2M_CARRIER_ERROR_BOOTSTRAP == 3);
CHECK(LWM2M_CARRIER_ERROR_FOTA_PKG == 4);
CHECK(LWM2M_CARRIER_ERROR_FOTA_PROTO == 5);
CHECK(LWM2M_CARRIER_ERROR_FOTA_CONN == 6);
CHECK(LWM2M_CARRIER_ERROR_FOTA_CONN_LOST == 7);
CHECK(LWM2M_CARRIER_ERROR_FOTA_FAIL == 8);
CHECK(LWM2M_CARRIER_ERROR_CONFIGURATION == 9);
CHECK(LWM2M_CARRIER_ERROR_INIT == 10);
CHECK(LWM2M_CARRIER_ERROR_INTERNAL == 11);
CHECK(LWM2M_CARRIER_POWER_SOURCE_DC == 0);
CHECK(LWM2M_CARRIER_POWER_SOURCE_INTERNAL_BATTERY == 1);
CHECK(LWM2M_CARRIER_POWER_SOURCE_EXTERNAL_BATTERY == 2);
CHECK(LWM2M_CARRIER_POWER_SOURCE_ETHERNET == 4);
CHECK(LWM2M_CARRIER_POWER_SOURCE_USB == 5);
CHECK(LWM2M_CARRIER_POWER_SOURCE_AC == 6);
CHECK(LWM2M_CARRIER_POWER_SOURCE_SOLAR == 7);
CHECK(LWM2M_CARRIER_ERROR_CODE_NO_ERROR == 0);
CHECK(LWM2M_CARRIER_ERROR_CODE_LOW_CHARGE == 1);
CHECK(LWM2M_CARRIER_ERROR_CODE_EXTERNAL_SUPPLY_OFF == 2);
CHECK(LWM2M_CARRIER_ERROR_CODE_GPS_FAILURE == 3);
CHECK(LWM2M_CARRIER_ERROR_CODE_LOW_SIGNAL == 4);
CHECK(LWM2M_CARRIER_ERROR_CODE_OUT_OF_MEMORY == 5);
CHECK(LWM2M_CARRIER_ERROR_CODE_SMS_FAILURE == 6);
CHECK(LWM2M_CARRIER_ERROR_CODE_IP_CONNECTIVITY_FAILURE == 7);
CHECK(LWM2M_CARRIER_ERROR_CODE_PERIPHERAL_MALFUNCTION == 8);
CHECK(LWM2M_CARRIER_BATTERY_STATUS_NORMAL == 0);
CHECK(LWM2M_CARRIER_BATTERY_STATUS_CHARGING == 1);
CHECK(LWM2M_CARRIER_BATTERY_STATUS_CHARGE_COMPLETE == 2);
CHECK(LWM2M_CARRIER_BATTERY_STATUS_DAMAGED == 3);
CHECK(LWM2M_CARRIER_BATTERY_STATUS_LOW_BATTERY == 4);
CHECK(LWM2M_CARRIER_BATTERY_STATUS_NOT_INSTALLED == 5);
CHECK(LWM2M_CARRIER_BATTERY_STATUS_UNKNOWN == 6);
CHECK(LWM2M_CARRIER_IDENTITY_ID == 0);
CHECK(LWM2M_CARRIER_IDENTITY_MANUFACTURER == 1);
CHECK(LWM2M_CARRIER_IDENTITY_MODEL == 2);
CHECK(LWM2M_CARRIER_IDENTITY_SW_VERSION == 3);

/* Structures */
CHECK(sizeof(lwm2m_carrier_event_fota_start_t) == WIDTH(8, 16));
CHECK(ALIGN_OF(lwm2m_carrier_event_fota_start_t) == WIDTH(4, 8));
CHECK(offsetof(lwm2m_carrier_event_fota_start_t, type) == 0);
CHECK(sizeof(((lwm2m_carrier_event_fota_start_t *)0)->type) == 4);
CHECK(offsetof(lwm2m_carrier_event_fota_start_t, uri) == WIDTH(4, 8));
CHECK(sizeof(((lwm2m_carrier_event_fota_start_t *)0)->uri) == WIDTH(4, 8));
CHECK(sizeof(lwm2m_carrier_event_app_data_t) == WIDTH(8, 16));
CHECK(ALIGN_OF(lwm2m_carrier_event_app_data_t) == WIDTH(4, 8));
CHECK(offsetof(lwm2m_carrier_event_app_data_t, buffer) == 0);
CHECK(sizeof(((lwm2m_carrier_event_app_data_t *)0)->buffer) == WIDTH(4, 8));
CHECK(offsetof(lwm2m_carrier_event_app_data_t, buffer_len) == WIDTH(4, 8));
CHECK(sizeof(((lwm2m_carrier_event_app_data_t *)0)->buffer_len) == WIDTH(4, 8));
CHECK(sizeof(lwm2m_carrier_event_deferred_t) == 8);
CHECK(ALIGN_OF(lwm2m_carrier_event_deferred_t) == 4);
CHECK(offsetof(lwm2m_carrier_event_deferred_t, reason) == 0);
CHECK(sizeof(((lwm2m_carrier_event_deferred_t *)0)->reason) == 4);
CHECK(offsetof(lwm2m_carrier_event_deferred_t, timeout) == 4);
CHECK(sizeof(((lwm2m_carrier_event_deferred_t *)0)->timeout) == 4);
CHECK(sizeof(lwm2m_carrier_event_error_t) == 8);
CHECK(ALIGN_OF(lwm2m_carrier_event_error_t) == 4);
CHECK(offsetof(lwm2m_carrier_event_error_t, type) == 0);
CHECK(sizeof(((lwm2m_carrier_event_error_t *)0)->type) == 4);
CHECK(offsetof(lwm2m_carrier_event_error_t, value) == 4);
CHECK(sizeof(((lwm2m_carrier_event_error_t *)0)->value) == 4);
CHECK(sizeof(lwm2m_carrier_event_t) == WIDTH(8, 16));
CHECK(ALIGN_OF(lwm2m_carrier_event_t) == WIDTH(4, 8));
CHECK(offsetof(lwm2m_carrier_event_t, type) == 0);
CHECK(sizeof(((lwm2m_carrier_event_t *)0)->type) == 4);
CHECK(offsetof(lwm2m_carrier_event_t, data) == WIDTH(4, 8));
CHECK(sizeof(((lwm2m_carrier_event_t *)0)->data) == WIDTH(4, 8));
CHECK(offsetof(lwm2m_carrier_event_t, data.fota_start) == WIDTH(4, 8));
CHECK(sizeof(((lwm2m_carrier_event_t *)0)->data.fota_start) == WIDTH(4, 8));
CHECK(offsetof(lwm2m_carrier_event_t, data.modem_domain) == WIDTH(4, 8));
CHECK(sizeof(((lwm2m_carrier_event_t *)0)->data.modem_domain) == WIDTH(4, 8));
CHECK(offsetof(lwm2m_carrier_event_t, data.app_data) == WIDTH(4, 8));
CHECK(sizeof(((lwm2m_carrier_event_t *)0)->data.app_data) == WIDTH(4, 8));
CHECK(offsetof(lwm2m_carrier_event_t, data.deferred) == WIDTH(4, 8));
CHECK(sizeof(((lwm2m_carrier_event_t *)0)->data.deferred) == WIDTH(4, 8));
CHECK(offsetof(lwm2m_carrier_event_t, data.error) == WIDTH(4, 8));
CHECK(sizeof(((lwm2m_carrier_event_t *)0)->data.error) == WIDTH(4, 8));
CHECK(sizeof(lwm2m_carrier_config_t) == WIDTH(48, 88));
CHECK(ALIGN_OF(lwm2m_carrier_config_t) == WIDTH(4, 8));
CHECK(offsetof(lwm2m_carrier_config_t, certification_mode) == 0);
CHECK(sizeof(((lwm2m_carrier_config_t *)0)->certification_mode) == 1);
CHECK(offsetof(lwm2m_carrier_config_t, disable_bootstrap_from_smartcard) == 1);
CHECK(sizeof(((lwm2m_carrier_config_t *)0)->disable_bootstrap_from_smartcard) == 1);
CHECK(offsetof(lwm2m_carrier_config_t, is_bootstrap_server) == 2);
CHECK(sizeof(((lwm2m_carrier_config_t *)0)->is_bootstrap_server) == 1);
CHECK(offsetof(lwm2m_carrier_config_t, server_uri) == WIDTH(4, 8));
CHECK(sizeof(((lwm2m_carrier_config_t *)0)->server_uri) == WIDTH(4, 8));
CHECK(offsetof(lwm2m_carrier_config_t, server_lifetime) == WIDTH(8, 16));
CHECK(sizeof(((lwm2m_carrier_config_t *)0)->server_lifetime) == 4);
CHECK(offsetof(lwm2m_carrier_config_t, session_idle_timeout) == WIDTH(12, 20));
CHECK(sizeof(((lwm2m_carrier_config_t *)0)->session_idle_timeout) == 4);
CHECK(offsetof(lwm2m_carrier_config_t, psk) == WIDTH(16, 24));
CHECK(sizeof(((lwm2m_carrier_config_t *)0)->psk) == WIDTH(4, 8));
CHECK(offsetof(lwm2m_carrier_config_t, apn) == WIDTH(20, 32));
CHECK(sizeof(((lwm2m_carrier_config_t *)0)->apn) == WIDTH(4, 8));
CHECK(offsetof(lwm2m_carrier_config_t, manufacturer) == WIDTH(24, 40));
CHECK(sizeof(((lwm2m_carrier_config_t *)0)->manufacturer) == WIDTH(4, 8));
CHECK(offsetof(lwm2m_carrier_config_t, model_number) == WIDTH(28, 48));
CHECK(sizeof(((lwm2m_carrier_config_t *)0)->model_number) == WIDTH(4, 8));
CHECK(offsetof(lwm2m_carrier_config_t, device_type) == WIDTH(32, 56));
CHECK(sizeof(((lwm2m_carrier_config_t *)0)->device_type) == WIDTH(4, 8));
CHECK(offsetof(lwm2m_carrier_config_t, hardware_version) == WIDTH(36, 64));
CHECK(sizeof(((lwm2m_carrier_config_t *)0)->hardware_version) == WIDTH(4, 8));
CHECK(offsetof(lwm2m_carrier_config_t, software_version) == WIDTH(40, 72));
CHECK(sizeof(((lwm2m_carrier_config_t *)0)->software_version) == WIDTH(4, 8));
CHECK(offsetof(lwm2m_carrier_config_t, service_code) == WIDTH(44, 80));
CHECK(sizeof(((lwm2m_carrier_config_t *)0)->service_code) == WIDTH(4, 8));

/* Types of members */
extern uint32_t *member_lwm2m_carrier_event_fota_start_t_type(lwm2m_carrier_event_fota_start_t *base);
uint32_t *member_lwm2m_carrier_event_fota_start_t_type(lwm2m_carrier_event_fota_start_t *base)
{
    return &base->type;
}
extern const char **member_lwm2m_carrier_event_fota_start_t_uri(lwm2m_carrier_event_fota_start_t *base);
const char **member_lwm2m_carrier_event_fota_start_t_uri(lwm2m_carrier_event_fota_start_t *base)
{
    return &base->uri;
}
extern const uint8_t **member_lwm2m_carrier_event_app_data_t_buffer(lwm2m_carrier_event_app_data_t *base);
const uint8_t **member_lwm2m_carrier_event_app_data_t_buffer(lwm2m_carrier_event_app_data_t *base)
{
    return &base->buffer;
}
extern size_t *member_lwm2m_carrier_event_app_data_t_buffer_len(lwm2m_carrier_event_app_data_t *base);
size_t *member_lwm2m_carrier_event_app_data_t_buffer_len(lwm2m_carrier_event_app_data_t *base)
{
    return &base->buffer_len;
}
extern uint32_t *member_lwm2m_carrier_event_deferred_t_reason(lwm2m_carrier_event_deferred_t *base);
uint32_t *member_lwm2m_carrier_event_deferred_t_reason(lwm2m_carrier_event_deferred_t *base)
{
    return &base->reason;
}
extern int32_t *member_lwm2m_carrier_event_deferred_t_timeout(lwm2m_carrier_event_deferred_t *base);
int32_t *member_lwm2m_carrier_event_deferred_t_timeout(lwm2m_carrier_event_deferred_t *base)
{
    return &base->timeout;
}
extern uint32_t *member_lwm2m_carrier_event_error_t_type(lwm2m_carrier_event_error_t *base);
uint32_t *member_lwm2m_carrier_event_error_t_type(lwm2m_carrier_event_error_t *base)
{
    return &base->type;
}
extern int32_t *member_lwm2m_carrier_event_error_t_value(lwm2m_carrier_event_error_t *base);
int32_t *member_lwm2m_carrier_event_error_t_value(lwm2m_carrier_event_error_t *base)
{
    return &base->value;
}
extern uint32_t *member_lwm2m_carrier_event_t_type(lwm2m_carrier_event_t *base);
uint32_t *member_lwm2m_carrier_event_t_type(lwm2m_carrier_event_t *base)
{
    return &base->type;
}
extern lwm2m_carrier_event_fota_start_t **member_lwm2m_carrier_event_t_data_fota_start(lwm2m_carrier_event_t *base);
lwm2m_carrier_event_fota_start_t **member_lwm2m_carrier_event_t_data_fota_start(lwm2m_carrier_event_t *base)
{
    return &base->data.fota_start;
}
extern lwm2m_carrier_event_modem_domain_t **member_lwm2m_carrier_event_t_data_modem_domain(lwm2m_carrier_event_t *base);
lwm2m_carrier_event_modem_domain_t **member_lwm2m_carrier_event_t_data_modem_domain(lwm2m_carrier_event_t *base)
{
    return &base->data.modem_domain;
}
extern lwm2m_carrier_event_app_data_t **member_lwm2m_carrier_event_t_data_app_data(lwm2m_carrier_event_t *base);
lwm2m_carrier_event_app_data_t **member_lwm2m_carrier_event_t_data_app_data(lwm2m_carrier_event_t *base)
{
    return &base->data.app_data;
}
extern lwm2m_carrier_event_deferred_t **member_lwm2m_carrier_event_t_data_deferred(lwm2m_carrier_event_t *base);
lwm2m_carrier_event_deferred_t **member_lwm2m_carrier_event_t_data_deferred(lwm2m_carrier_event_t *base)
{
    return &base->data.deferred;
}
extern lwm2m_carrier_event_error_t **member_lwm2m_carrier_event_t_data_error(lwm2m_carrier_event_t *base);
lwm2m_carrier_event_error_t **member_lwm2m_carrier_event_t_data_error(lwm2m_carrier_event_t *base)
{
    return &base->data.error;
}
extern bool *member_lwm2m_carrier_config_t_certification_mode(lwm2m_carrier_config_t *base);
bool *member_lwm2m_carrier_config_t_certification_mode(lwm2m_carrier_config_t *base)
{
    return &base->certification_mode;
}
extern bool *member_lwm2m_carrier_config_t_disable_bootstrap_from_smartcard(lwm2m_carrier_config_t *base);
bool *member_lwm2m_carrier_config_t_disable_bootstrap_from_smartcard(lwm2m_carrier_config_t *base)
{
    return &base->disable_bootstrap_from_smartcard;
}
extern bool *member_lwm2m_carrier_config_t_is_bootstrap_server(lwm2m_carrier_config_t *base);
bool *member_lwm2m_carrier_config_t_is_bootstrap_server(lwm2m_carrier_config_t *base)
{
    return &base->is_bootstrap_server;
}
extern const char **member_lwm2m_carrier_config_t_server_uri(lwm2m_carrier_config_t *base);
const char **member_lwm2m_carrier_config_t_server_uri(lwm2m_carrier_config_t *base)
{
    return &base->server_uri;
}
extern int32_t *member_lwm2m_carrier_config_t_server_lifetime(lwm2m_carrier_config_t *base);
int32_t *member_lwm2m_carrier_config_t_server_lifetime(lwm2m_carrier_config_t *base)
{
    return &base->server_lifetime;
}
extern int32_t *member_lwm2m_carrier_config_t_session_idle_timeout(lwm2m_carrier_config_t *base);
int32_t *member_lwm2m_carrier_config_t_session_idle_timeout(lwm2m_carrier_config_t *base)
{
    return &base->session_idle_timeout;
}
extern const char **member_lwm2m_carrier_config_t_psk(lwm2m_carrier_config_t *base);
const char **member_lwm2m_carrier_config_t_psk(lwm2m_carrier_config_t *base)
{
    return &base->psk;
}
extern const char **member_lwm2m_carrier_config_t_apn(lwm2m_carrier_config_t *base);
const char **member_lwm2m_carrier_config_t_apn(lwm2m_carrier_config_t *base)
{
    return &base->apn;
}
extern const char **member_lwm2m_carrier_config_t_manufacturer(lwm2m_carrier_config_t *base);
const char **member_lwm2m_carrier_config_t_manufacturer(lwm2m_carrier_config_t *base)
{
    return &base->manufacturer;
}
extern const char **member_lwm2m_carrier_config_t_model_number(lwm2m_carrier_config_t *base);
const char **member_lwm2m_carrier_config_t_model_number(lwm2m_carrier_config_t *base)
{
    return &base->model_number;
}
extern const char **member_lwm2m_carrier_config_t_device_type(lwm2m_carrier_config_t *base);
const char **member_lwm2m_carrier_config_t_device_type(lwm2m_carrier_config_t *base)
{
    return &base->device_type;
}
extern const char **member_lwm2m_carrier_config_t_hardware_version(lwm2m_carrier_config_t *base);
const char **member_lwm2m_carrier_config_t_hardware_version(lwm2m_carrier_config_t *base)
{
    return &base->hardware_version;
}
extern const char **member_lwm2m_carrier_config_t_software_version(lwm2m_carrier_config_t *base);
const char **member_lwm2m_carrier_config_t_software_version(lwm2m_carrier_config_t *base)
{
    return &base->software_version;
}
extern const char **member_lwm2m_carrier_config_t_service_code(lwm2m_carrier_config_t *base);
const char **member_lwm2m_carrier_config_t_service_code(lwm2m_carrier_config_t *base)
{
    return &base->service_code;
}

/* Type definitions and prototypes: each is declared once more, which only an equal one may be, and nothing is asked of the linker. */
#ifdef __cplusplus
extern "C" {
#endif
extern uint32_t typedef_lwm2m_carrier_event_modem_domain_t;
extern lwm2m_carrier_event_modem_domain_t typedef_lwm2m_carrier_event_modem_domain_t;
int lwm2m_carrier_init(const lwm2m_carrier_config_t *config);
void lwm2m_carrier_run(void);
void lwm2m_carrier_time_read(int32_t *utc_time, int *utc_offset, const char **tz);
int32_t lwm2m_carrier_utc_time_read(void);
int lwm2m_carrier_utc_offset_read(void);
char *lwm2m_carrier_timezone_read(void);
int lwm2m_carrier_utc_time_write(int32_t time);
int lwm2m_carrier_utc_offset_write(int offset);
int lwm2m_carrier_timezone_write(const char *tz);
int lwm2m_carrier_event_handler(const lwm2m_carrier_event_t *event);
int lwm2m_carrier_avail_power_sources_set(const uint8_t *power_sources, uint8_t power_source_count);
int lwm2m_carrier_power_source_voltage_set(uint8_t power_source, int32_t value);
int lwm2m_carrier_power_source_current_set(uint8_t power_source, int32_t value);
int lwm2m_carrier_battery_level_set(uint8_t battery_level);
int lwm2m_carrier_battery_status_set(int32_t battery_status);
int lwm2m_carrier_error_code_add(int32_t error);
int lwm2m_carrier_error_code_remove(int32_t error);
int lwm2m_carrier_memory_total_set(uint32_t memory_total);
int lwm2m_carrier_memory_free_read(void);
int lwm2m_carrier_identity_read(uint16_t instance_id, uint16_t identity_type, char *buffer, uint16_t *buffer_len);
int lwm2m_carrier_identity_write(uint16_t instance_id, uint16_t identity_type, const char *value);
int lwm2m_carrier_portfolio_instance_create(uint16_t instance_id);
int lwm2m_carrier_location_set(double latitude, double longitude, float altitude, uint32_t timestamp, float uncertainty);
int lwm2m_carrier_velocity_set(int heading, float speed_h, float speed_v, float uncertainty_h, float uncertainty_v);
int lwm2m_carrier_app_data_send(const uint8_t *buffer, size_t buffer_len);
#ifdef __cplusplus
}
#endif
