/*
 * Application interface of the LwM2M carrier library, compatible with lwm2m_carrier 0.30.0.
 *
 * Generated from the Rust sources: change those, not this file.
 *
 * SPDX-License-Identifier: MIT OR Apache-2.0
 */

#ifndef LWM2M_CARRIER_H__
#define LWM2M_CARRIER_H__

#include <stdint.h>
#include <stddef.h>
#include <stdbool.h>

/**
 * Initialised: the modem library is usable, the link is still off. No payload.
 *
 * Sent by the thread that calls lwm2m_carrier_init, before it returns 0. Write missing CA certificates now, then attach.
 */
#define LWM2M_CARRIER_EVENT_INIT 1

/**
 * The library needs the LTE link: bring it up. No payload. The link may be up already.
 */
#define LWM2M_CARRIER_EVENT_LTE_LINK_UP 2

/**
 * The library is about to change keys: take the link down and keep it down until the next LTE_LINK_UP. No payload.
 */
#define LWM2M_CARRIER_EVENT_LTE_LINK_DOWN 3

/**
 * The library resets the device next: power the modem off so that it stores its settings. No payload.
 */
#define LWM2M_CARRIER_EVENT_LTE_POWER_OFF 4

/**
 * The bootstrap has finished and its keys are stored. No payload.
 */
#define LWM2M_CARRIER_EVENT_BOOTSTRAPPED 6

/**
 * All device management servers have registered the device. No payload.
 */
#define LWM2M_CARRIER_EVENT_REGISTERED 7

/**
 * A connection attempt failed and is repeated later. Payload: data.deferred.
 */
#define LWM2M_CARRIER_EVENT_DEFERRED 8

/**
 * A server starts a firmware update: close all TLS and DTLS sockets. Payload: data.fota_start.
 */
#define LWM2M_CARRIER_EVENT_FOTA_START 9

/**
 * The library wants to reset the device. No payload.
 *
 * Return 0 from the handler to agree; any other value says that the application resets the device later itself.
 */
#define LWM2M_CARRIER_EVENT_REBOOT 10

/**
 * The modem reported a condition of its own. Payload: data.modem_domain, one of LWM2M_CARRIER_MODEM_EVENT_*.
 */
#define LWM2M_CARRIER_EVENT_MODEM_DOMAIN 12

/**
 * A server wrote downlink data to the App Data Container. Payload: data.app_data.
 */
#define LWM2M_CARRIER_EVENT_APP_DATA 13

/**
 * Something failed. Payload: data.error.
 */
#define LWM2M_CARRIER_EVENT_ERROR 20

/**
 * The update is a patch for the modem firmware.
 */
#define LWM2M_CARRIER_FOTA_START_MODEM_DELTA 0

/**
 * The update is an application image.
 */
#define LWM2M_CARRIER_FOTA_START_APPLICATION 2

/**
 * The modem overheated and has deactivated itself.
 */
#define LWM2M_CARRIER_MODEM_EVENT_ME_OVERHEATED 0

/**
 * The battery is low and the modem has deactivated itself.
 */
#define LWM2M_CARRIER_MODEM_EVENT_ME_BATTERY_LOW 1

/**
 * The modem saw too many resets: attaching is restricted for the next 30 minutes.
 */
#define LWM2M_CARRIER_MODEM_EVENT_RESET_LOOP 2

/**
 * No reason given; a long pause is ordinary.
 */
#define LWM2M_CARRIER_DEFERRED_NO_REASON 0

/**
 * The packet data network could not be activated.
 */
#define LWM2M_CARRIER_DEFERRED_PDN_ACTIVATE 1

/**
 * The bootstrap server's name or address cannot be reached.
 */
#define LWM2M_CARRIER_DEFERRED_BOOTSTRAP_NO_ROUTE 2

/**
 * The DTLS handshake with the bootstrap server failed; check the format of a custom key.
 */
#define LWM2M_CARRIER_DEFERRED_BOOTSTRAP_CONNECT 3

/**
 * The bootstrap server did not acknowledge the request or did not finish its sequence.
 */
#define LWM2M_CARRIER_DEFERRED_BOOTSTRAP_SEQUENCE 4

/**
 * The LwM2M server's name or address cannot be reached.
 */
#define LWM2M_CARRIER_DEFERRED_SERVER_NO_ROUTE 5

/**
 * The DTLS handshake with the LwM2M server failed.
 */
#define LWM2M_CARRIER_DEFERRED_SERVER_CONNECT 6

/**
 * The registration was not completed: the server does not answer or does not know the device.
 */
#define LWM2M_CARRIER_DEFERRED_SERVER_REGISTRATION 7

/**
 * The server is in maintenance.
 */
#define LWM2M_CARRIER_DEFERRED_SERVICE_UNAVAILABLE 8

/**
 * Waiting for the SIM to be given its phone number.
 */
#define LWM2M_CARRIER_DEFERRED_SIM_MSISDN 9

/**
 * No error; never sent as an event.
 */
#define LWM2M_CARRIER_ERROR_NO_ERROR 0

/**
 * The request to bring the link up failed; value is the non-zero result of the event handler.
 */
#define LWM2M_CARRIER_ERROR_LTE_LINK_UP_FAIL 1

/**
 * The request to take the link down failed; value is the non-zero result of the event handler.
 */
#define LWM2M_CARRIER_ERROR_LTE_LINK_DOWN_FAIL 2

/**
 * The bootstrap failed.
 *
 * value is -ETIMEDOUT when all tries are used up (the next one follows the next reset), the key store's error such as -EACCES when
 * the key could not be written (the next try follows in 24 hours), or -EFAULT when the SIM's identity could not be read.
 */
#define LWM2M_CARRIER_ERROR_BOOTSTRAP 3

/**
 * The update package was refused; value is the modem's positive delta update code.
 */
#define LWM2M_CARRIER_ERROR_FOTA_PKG 4

/**
 * The download server broke the protocol; value is a negative error number.
 */
#define LWM2M_CARRIER_ERROR_FOTA_PROTO 5

/**
 * The download server could not be reached, or no CA certificate fits; value is a negative error number.
 */
#define LWM2M_CARRIER_ERROR_FOTA_CONN 6

/**
 * The connection to the download server was lost; value is a negative error number.
 */
#define LWM2M_CARRIER_ERROR_FOTA_CONN_LOST 7

/**
 * A valid update could not be applied.
 */
#define LWM2M_CARRIER_ERROR_FOTA_FAIL 8

/**
 * The objects contradict each other, or no server is configured; value is a negative error number.
 */
#define LWM2M_CARRIER_ERROR_CONFIGURATION 9

/**
 * The initialisation failed; value is what lwm2m_carrier_init returns.
 */
#define LWM2M_CARRIER_ERROR_INIT 10

/**
 * Modem and library cannot go on together; lwm2m_carrier_run returns. Only a reset helps.
 */
#define LWM2M_CARRIER_ERROR_INTERNAL 11

/**
 * Direct current supply.
 */
#define LWM2M_CARRIER_POWER_SOURCE_DC 0

/**
 * Internal battery.
 */
#define LWM2M_CARRIER_POWER_SOURCE_INTERNAL_BATTERY 1

/**
 * External battery.
 */
#define LWM2M_CARRIER_POWER_SOURCE_EXTERNAL_BATTERY 2

/**
 * Power over Ethernet.
 */
#define LWM2M_CARRIER_POWER_SOURCE_ETHERNET 4

/**
 * USB.
 */
#define LWM2M_CARRIER_POWER_SOURCE_USB 5

/**
 * Mains.
 */
#define LWM2M_CARRIER_POWER_SOURCE_AC 6

/**
 * Solar cell.
 */
#define LWM2M_CARRIER_POWER_SOURCE_SOLAR 7

/**
 * No error; stands alone in the list.
 */
#define LWM2M_CARRIER_ERROR_CODE_NO_ERROR 0

/**
 * Battery charge is low.
 */
#define LWM2M_CARRIER_ERROR_CODE_LOW_CHARGE 1

/**
 * The external supply is off.
 */
#define LWM2M_CARRIER_ERROR_CODE_EXTERNAL_SUPPLY_OFF 2

/**
 * The satellite receiver failed.
 */
#define LWM2M_CARRIER_ERROR_CODE_GPS_FAILURE 3

/**
 * The received signal is weak.
 */
#define LWM2M_CARRIER_ERROR_CODE_LOW_SIGNAL 4

/**
 * Out of memory.
 */
#define LWM2M_CARRIER_ERROR_CODE_OUT_OF_MEMORY 5

/**
 * SMS failed.
 */
#define LWM2M_CARRIER_ERROR_CODE_SMS_FAILURE 6

/**
 * No IP connectivity.
 */
#define LWM2M_CARRIER_ERROR_CODE_IP_CONNECTIVITY_FAILURE 7

/**
 * A peripheral works badly.
 */
#define LWM2M_CARRIER_ERROR_CODE_PERIPHERAL_MALFUNCTION 8

/**
 * The battery is in order and not on power.
 */
#define LWM2M_CARRIER_BATTERY_STATUS_NORMAL 0

/**
 * The battery is charging.
 */
#define LWM2M_CARRIER_BATTERY_STATUS_CHARGING 1

/**
 * The battery is full and still on power.
 */
#define LWM2M_CARRIER_BATTERY_STATUS_CHARGE_COMPLETE 2

/**
 * The battery has a defect.
 */
#define LWM2M_CARRIER_BATTERY_STATUS_DAMAGED 3

/**
 * The charge is low.
 */
#define LWM2M_CARRIER_BATTERY_STATUS_LOW_BATTERY 4

/**
 * No battery is installed.
 */
#define LWM2M_CARRIER_BATTERY_STATUS_NOT_INSTALLED 5

/**
 * Nothing is known of the battery.
 */
#define LWM2M_CARRIER_BATTERY_STATUS_UNKNOWN 6

/**
 * Identity: serial number or other id of the host device.
 */
#define LWM2M_CARRIER_IDENTITY_ID 0

/**
 * Identity: manufacturer of the host device.
 */
#define LWM2M_CARRIER_IDENTITY_MANUFACTURER 1

/**
 * Identity: model of the host device.
 */
#define LWM2M_CARRIER_IDENTITY_MODEL 2

/**
 * Identity: software version of the host device.
 */
#define LWM2M_CARRIER_IDENTITY_SW_VERSION 3

/**
 * Payload of LWM2M_CARRIER_EVENT_FOTA_START.
 */
typedef struct {
    /**
     * LWM2M_CARRIER_FOTA_START_*.
     */
    uint32_t type;
    /**
     * Where the package comes from, or NULL when the server pushes it. Valid during the call.
     */
    const char *uri;
} lwm2m_carrier_event_fota_start_t;

/**
 * Payload of LWM2M_CARRIER_EVENT_MODEM_DOMAIN: LWM2M_CARRIER_MODEM_EVENT_*.
 */
typedef uint32_t lwm2m_carrier_event_modem_domain_t;

/**
 * Payload of LWM2M_CARRIER_EVENT_APP_DATA.
 */
typedef struct {
    /**
     * The bytes the server wrote. Valid during the call.
     */
    const uint8_t *buffer;
    /**
     * Number of bytes.
     */
    size_t buffer_len;
} lwm2m_carrier_event_app_data_t;

/**
 * Payload of LWM2M_CARRIER_EVENT_DEFERRED.
 */
typedef struct {
    /**
     * LWM2M_CARRIER_DEFERRED_*.
     */
    uint32_t reason;
    /**
     * Time until the next try, in seconds.
     */
    int32_t timeout;
} lwm2m_carrier_event_deferred_t;

/**
 * Payload of LWM2M_CARRIER_EVENT_ERROR.
 */
typedef struct {
    /**
     * LWM2M_CARRIER_ERROR_*.
     */
    uint32_t type;
    /**
     * What is behind it; see the error type.
     */
    int32_t value;
} lwm2m_carrier_event_error_t;

/**
 * Payload of an event, chosen by its type. NULL for events without payload.
 */
typedef union {
    /**
     * With LWM2M_CARRIER_EVENT_FOTA_START.
     */
    lwm2m_carrier_event_fota_start_t *fota_start;
    /**
     * With LWM2M_CARRIER_EVENT_MODEM_DOMAIN.
     */
    lwm2m_carrier_event_modem_domain_t *modem_domain;
    /**
     * With LWM2M_CARRIER_EVENT_APP_DATA.
     */
    lwm2m_carrier_event_app_data_t *app_data;
    /**
     * With LWM2M_CARRIER_EVENT_DEFERRED.
     */
    lwm2m_carrier_event_deferred_t *deferred;
    /**
     * With LWM2M_CARRIER_EVENT_ERROR.
     */
    lwm2m_carrier_event_error_t *error;
} lwm2m_carrier_event_data_t;

/**
 * An event for the application. Valid, with all it points to, during the call of the handler only.
 */
typedef struct {
    /**
     * LWM2M_CARRIER_EVENT_*.
     */
    uint32_t type;
    /**
     * Payload.
     */
    lwm2m_carrier_event_data_t data;
} lwm2m_carrier_event_t;

/**
 * Settings for lwm2m_carrier_init. All zero is a valid configuration.
 *
 * NULL and the empty string mean the same for every string. The strings must live as long as the program: the library keeps the pointers.
 * The structure itself is copied.
 */
typedef struct {
    /**
     * true: use the carrier's certification servers; false: its production servers. Without effect when server_uri is set.
     */
    bool certification_mode;
    /**
     * true: never read bootstrap information from the SIM.
     */
    bool disable_bootstrap_from_smartcard;
    /**
     * Tells what server_uri names: a bootstrap server (true) or an LwM2M server (false).
     */
    bool is_bootstrap_server;
    /**
     * Custom server, such as coap://192.0.2.1:5683 or coaps://server.example, at most 255 characters.
     */
    const char *server_uri;
    /**
     * Registration lifetime at a custom LwM2M server, in seconds; 0 means 3600.
     */
    int32_t server_lifetime;
    /**
     * Time without traffic after which a DTLS session is closed, in seconds; 0 means 60.
     */
    int32_t session_idle_timeout;
    /**
     * Pre-shared key as hexadecimal text, at most 64 digits, an even number of them.
     */
    const char *psk;
    /**
     * Access point name, at most 63 characters.
     */
    const char *apn;
    /**
     * Manufacturer, at most 32 characters; read from the modem when not given.
     */
    const char *manufacturer;
    /**
     * Model number, at most 32 characters; read from the modem when not given.
     */
    const char *model_number;
    /**
     * Device type, at most 32 characters; "Smart Device" when not given.
     */
    const char *device_type;
    /**
     * Hardware version, at most 32 characters; read from the modem when not given.
     */
    const char *hardware_version;
    /**
     * Software version, at most 32 characters; "LwM2M 0.30.0" when not given.
     */
    const char *software_version;
    /**
     * Service code of LG U+, at most 5 characters.
     */
    const char *service_code;
} lwm2m_carrier_config_t;

#ifdef __cplusplus
extern "C" {
#endif // __cplusplus

/**
 * Receives the events of the library. Defined by the application or by the integration layer.
 *
 * LWM2M_CARRIER_EVENT_INIT comes from the thread that calls lwm2m_carrier_init, every other event from the thread that runs
 * lwm2m_carrier_run, one at a time and in order. The handler may block, and may call every function of this header except
 * lwm2m_carrier_init and lwm2m_carrier_run: the library holds no lock meanwhile.
 *
 * @param event What happened. Valid during the call only.
 *
 * @return Looked at for LWM2M_CARRIER_EVENT_REBOOT, where 0 agrees to the reset and any other value refuses it; a non-zero value
 *         for LWM2M_CARRIER_EVENT_LTE_LINK_UP or LWM2M_CARRIER_EVENT_LTE_LINK_DOWN is reported as an error event.
 */
extern int lwm2m_carrier_event_handler(const lwm2m_carrier_event_t *event);

/**
 * Initialises the library, the modem library and the modem's subscriptions.
 *
 * Blocks until the modem reports a ready SIM, so for ever without one; after a modem firmware update some seconds longer. Sends
 * LWM2M_CARRIER_EVENT_INIT from the calling thread before it returns 0. The application must not initialise the modem library itself.
 *
 * Call once, from the thread that then calls lwm2m_carrier_run.
 *
 * @param config Settings, or NULL for all defaults. The structure is copied; its strings must stay valid for the life of the program.
 *
 * @retval 0        Initialised.
 * @retval -EINVAL  A setting is not valid: a string too long, a key that is not hexadecimal or of odd length, a URI that is neither
 *                  coap:// nor coaps://, a negative time.
 * @retval -EACCES  A function of the OS layer failed.
 * @retval -ENOMEM  The OS layer has too few resources.
 * @retval -EIO     The modem or an AT command failed.
 * @retval -EFAULT  Internal error, or already initialised.
 */
int lwm2m_carrier_init(const lwm2m_carrier_config_t *config);

/**
 * Runs the library: connects, bootstraps, registers and serves the servers.
 *
 * Comes back only after an error it cannot recover from, which LWM2M_CARRIER_EVENT_ERROR has told before; returns at once when
 * lwm2m_carrier_init has not succeeded. One caller at a time, ever.
 */
void lwm2m_carrier_run(void);

/**
 * Returns the time for /3/0/13.
 *
 * An application may define this function itself; the built-in one follows the network's time and what servers write. The library
 * calls it from the thread of lwm2m_carrier_run and from callers of lwm2m_carrier_time_read.
 *
 * @return Seconds since 1970, UTC.
 */
extern int32_t lwm2m_carrier_utc_time_read(void);

/**
 * Returns the offset from UTC for /3/0/14.
 *
 * An application may define this function itself. Threads as for lwm2m_carrier_utc_time_read.
 *
 * @return Minutes, positive east of Greenwich.
 */
extern int lwm2m_carrier_utc_offset_read(void);

/**
 * Returns the time zone for /3/0/15.
 *
 * An application may define this function itself. Threads as for lwm2m_carrier_utc_time_read.
 *
 * @return Name of the IANA time zone database, zero-terminated. It belongs to the function called and stays valid.
 */
extern char *lwm2m_carrier_timezone_read(void);

/**
 * Takes the time a server wrote to /3/0/13.
 *
 * An application may define this function itself. The library calls it from the thread of lwm2m_carrier_run. Any result but 0
 * makes the server's request fail.
 *
 * @param time Seconds since 1970, UTC.
 *
 * @retval 0        Taken.
 * @retval -EINVAL  Negative.
 */
extern int lwm2m_carrier_utc_time_write(int32_t time);

/**
 * Takes the offset a server wrote to /3/0/14.
 *
 * An application may define this function itself. The library calls it from the thread of lwm2m_carrier_run. Any result but 0
 * makes the server's request fail.
 *
 * @param offset Minutes, positive east of Greenwich.
 *
 * @retval 0  Taken.
 */
extern int lwm2m_carrier_utc_offset_write(int offset);

/**
 * Takes the time zone a server wrote to /3/0/15.
 *
 * An application may define this function itself. The library calls it from the thread of lwm2m_carrier_run. Any result but 0
 * makes the server's request fail.
 *
 * @param tz Name of the IANA time zone database, zero-terminated. Valid during the call: copy it.
 *
 * @retval 0  Taken.
 */
extern int lwm2m_carrier_timezone_write(const char *tz);

/**
 * Reads time, offset and zone in one call. Any thread, not an interrupt.
 *
 * The values come from lwm2m_carrier_utc_time_read, lwm2m_carrier_utc_offset_read and lwm2m_carrier_timezone_read, whoever defines them.
 *
 * @param utc_time   Receives seconds since 1970; may be NULL.
 * @param utc_offset Receives minutes; may be NULL.
 * @param tz         Receives a pointer to the zone's name; may be NULL.
 */
void lwm2m_carrier_time_read(int32_t *utc_time,
                             int *utc_offset,
                             const char **tz);

/**
 * Returns the free memory for /3/0/10, in kilobytes.
 *
 * An application may define this function itself; the built-in one returns 0. The library calls it from the thread of
 * lwm2m_carrier_run whenever a server reads the resource.
 *
 * @return Free memory in kilobytes, 0 or more.
 */
extern int lwm2m_carrier_memory_free_read(void);

/**
 * Declares which power sources the device has (/3/0/6).
 *
 * Call this first: it sets all voltages and currents to 0, the battery status to LWM2M_CARRIER_BATTERY_STATUS_UNKNOWN and the battery
 * level to 0. Before the first call the device has one source, LWM2M_CARRIER_POWER_SOURCE_DC. Any thread, not an interrupt.
 *
 * @param power_sources      Array of LWM2M_CARRIER_POWER_SOURCE_*, each at most once.
 * @param power_source_count Number of elements, 1 to 7.
 *
 * @retval 0        Declared.
 * @retval -ENOENT  lwm2m_carrier_init has not succeeded yet.
 * @retval -E2BIG   More than 7 sources.
 * @retval -EINVAL  NULL, no element, an unknown source, or one given twice.
 */
int lwm2m_carrier_avail_power_sources_set(const uint8_t *power_sources,
                                          uint8_t power_source_count);

/**
 * Sets the voltage of a power source (/3/0/7). Any thread, not an interrupt.
 *
 * @param power_source LWM2M_CARRIER_POWER_SOURCE_*.
 * @param value        Voltage in millivolts.
 *
 * @retval 0        Set.
 * @retval -EINVAL  Unknown power source.
 * @retval -ENODEV  The source was not declared by lwm2m_carrier_avail_power_sources_set.
 */
int lwm2m_carrier_power_source_voltage_set(uint8_t power_source, int32_t value);

/**
 * Sets the current of a power source (/3/0/8). Any thread, not an interrupt.
 *
 * @param power_source LWM2M_CARRIER_POWER_SOURCE_*.
 * @param value        Current in milliamperes.
 *
 * @retval 0        Set.
 * @retval -EINVAL  Unknown power source.
 * @retval -ENODEV  The source was not declared by lwm2m_carrier_avail_power_sources_set.
 */
int lwm2m_carrier_power_source_current_set(uint8_t power_source, int32_t value);

/**
 * Sets the level of the internal battery (/3/0/9). Any thread, not an interrupt.
 *
 * @param battery_level Charge in percent, 0 to 100.
 *
 * @retval 0        Set.
 * @retval -EINVAL  More than 100.
 * @retval -ENODEV  No internal battery was declared.
 */
int lwm2m_carrier_battery_level_set(uint8_t battery_level);

/**
 * Sets the status of the internal battery (/3/0/20). Any thread, not an interrupt.
 *
 * The status is LWM2M_CARRIER_BATTERY_STATUS_NOT_INSTALLED until power sources are declared.
 *
 * @param battery_status LWM2M_CARRIER_BATTERY_STATUS_*.
 *
 * @retval 0        Set.
 * @retval -EINVAL  Unknown status.
 * @retval -ENODEV  No internal battery was declared.
 */
int lwm2m_carrier_battery_status_set(int32_t battery_status);

/**
 * Adds an error to the device's list (/3/0/11). Any thread, not an interrupt.
 *
 * Adding an error that is there already changes nothing. LWM2M_CARRIER_ERROR_CODE_NO_ERROR empties the list.
 *
 * @param error LWM2M_CARRIER_ERROR_CODE_*.
 *
 * @retval 0        Added.
 * @retval -ENOENT  lwm2m_carrier_init has not succeeded yet.
 * @retval -EINVAL  Unknown error.
 */
int lwm2m_carrier_error_code_add(int32_t error);

/**
 * Removes an error from the device's list (/3/0/11). Any thread, not an interrupt.
 *
 * When the last one goes, the list is again LWM2M_CARRIER_ERROR_CODE_NO_ERROR alone.
 *
 * @param error LWM2M_CARRIER_ERROR_CODE_*.
 *
 * @retval 0        Removed.
 * @retval -EINVAL  Unknown error.
 * @retval -ENOENT  The error is not in the list.
 */
int lwm2m_carrier_error_code_remove(int32_t error);

/**
 * Sets the total memory (/3/0/21). 0 until then. Any thread, not an interrupt.
 *
 * @param memory_total Memory in kilobytes, at most 2147483647.
 *
 * @retval 0        Set.
 * @retval -EINVAL  More than 2147483647.
 */
int lwm2m_carrier_memory_total_set(uint32_t memory_total);

/**
 * Reads an identity of a Portfolio instance. Any thread, not an interrupt.
 *
 * @param instance_id   Object instance; 0 is the Primary Host.
 * @param identity_type LWM2M_CARRIER_IDENTITY_*.
 * @param buffer        Receives the zero-terminated text; NULL asks for the size only.
 * @param buffer_len    In: size of the buffer in bytes. Out: size of the text with its zero, also with -ENOMEM.
 *
 * @retval 0        Read, or the size told.
 * @retval -EINVAL  buffer_len is NULL, or the type is unknown.
 * @retval -ENOENT  No such instance: so it is with all when the library was built without the object.
 * @retval -ENOMEM  The buffer is too small; nothing was written to it.
 */
int lwm2m_carrier_identity_read(uint16_t instance_id,
                                uint16_t identity_type,
                                char *buffer,
                                uint16_t *buffer_len);

/**
 * Writes an identity of a Portfolio instance. Any thread, not an interrupt. It is stored, so that it is still there after a restart, until
 * the instance is deleted or the device is reset to its factory state.
 *
 * @param instance_id   Object instance; the Primary Host (0) cannot be written.
 * @param identity_type LWM2M_CARRIER_IDENTITY_*.
 * @param value         Zero-terminated text of 1 to 200 characters; copied.
 *
 * @retval 0        Written.
 * @retval -EINVAL  value is NULL or empty, or the type is unknown.
 * @retval -ENOENT  No such instance: so it is with all when the library was built without the object.
 * @retval -EPERM   The instance is the Primary Host.
 * @retval -E2BIG   More than 200 characters.
 * @retval -ENOMEM  No room for the text.
 */
int lwm2m_carrier_identity_write(uint16_t instance_id,
                                 uint16_t identity_type,
                                 const char *value);

/**
 * Creates a Portfolio instance. Any thread, not an interrupt. It is stored: after a restart it is there already.
 *
 * @param instance_id Number of the new instance.
 *
 * @retval 0        Created.
 * @retval -ENOENT  lwm2m_carrier_init has not succeeded yet, or the library was built without the object.
 * @retval -EINVAL  The number is in use, or 65535, which no instance may have.
 * @retval -ENOMEM  There are 4 instances already.
 */
int lwm2m_carrier_portfolio_instance_create(uint16_t instance_id);

/**
 * Sets the position (/6/0/0 to /6/0/3 and /6/0/5). Any thread, not an interrupt.
 *
 * @param latitude    Degrees, -90 to 90, positive north.
 * @param longitude   Degrees, -180 to 180, positive east.
 * @param altitude    Metres.
 * @param timestamp   Seconds since 1970, not before the previous call's.
 * @param uncertainty Radius in metres, 0 or more.
 *
 * @retval 0        Set.
 * @retval -ENOENT  lwm2m_carrier_init has not succeeded yet, or the library was built without the object.
 * @retval -EINVAL  A value is out of range or not a number, or the time lies before the previous one.
 */
int lwm2m_carrier_location_set(double latitude,
                               double longitude,
                               float altitude,
                               uint32_t timestamp,
                               float uncertainty);

/**
 * Sets the velocity (/6/0/4 and /6/0/6). Any thread, not an interrupt.
 *
 * @param heading       Degrees clockwise from north, 0 to 359.
 * @param speed_h       Horizontal speed in metres a second, 0 or more.
 * @param speed_v       Vertical speed in metres a second, positive upwards; NAN when not known.
 * @param uncertainty_h Uncertainty of speed_h in metres a second, 0 or more; NAN when not known.
 * @param uncertainty_v Uncertainty of speed_v in metres a second, 0 or more; NAN when not known. Needs uncertainty_h.
 *
 * @retval 0        Set.
 * @retval -ENOENT  lwm2m_carrier_init has not succeeded yet, or the library was built without the object.
 * @retval -EINVAL  A value is out of range, or the vertical uncertainty stands alone.
 * @retval -ENOMEM  No room for the value.
 */
int lwm2m_carrier_velocity_set(int heading,
                               float speed_h,
                               float speed_v,
                               float uncertainty_h,
                               float uncertainty_v);

/**
 * Sets the uplink data of the App Data Container (/10250/0/0), from where a server reads or observes it.
 *
 * The bytes are copied. Any thread, not an interrupt.
 *
 * @param buffer     The bytes.
 * @param buffer_len Number of bytes; 0 empties the resource.
 *
 * @retval 0        Set.
 * @retval -ENOENT  The object is not there: not initialised, the carrier does not use it, or the library was built without it.
 * @retval -EINVAL  buffer is NULL.
 * @retval -ENOMEM  More bytes than the container holds.
 */
int lwm2m_carrier_app_data_send(const uint8_t *buffer,
                                size_t buffer_len);

#ifdef __cplusplus
}  // extern "C"
#endif  // __cplusplus

#endif  /* LWM2M_CARRIER_H__ */
