/*
 * What a product brings for an operator under its own agreement with it: server addresses, keys, names. The library has none of it.
 *
 * Generated from the Rust sources: change those, not this file.
 *
 * SPDX-License-Identifier: MIT OR Apache-2.0
 */

#ifndef LWM2M_CARRIER_PROVISION_H__
#define LWM2M_CARRIER_PROVISION_H__

#include <stdint.h>
#include <stddef.h>
#include <stdbool.h>

/**
 * No operator: the settings for a custom server, whose address, key and access point name are members of lwm2m_carrier_config_t.
 */
#define LWM2M_CARRIER_OPERATOR_GENERIC 0

/**
 * Verizon, United States.
 */
#define LWM2M_CARRIER_OPERATOR_VERIZON 1

/**
 * AT&T, United States. Served only when the product asks for it.
 */
#define LWM2M_CARRIER_OPERATOR_ATT 2

/**
 * T-Mobile, United States.
 */
#define LWM2M_CARRIER_OPERATOR_TMOBILE 3

/**
 * LG U+, Korea.
 */
#define LWM2M_CARRIER_OPERATOR_LGUPLUS 4

/**
 * SoftBank, Japan. Served only when the product asks for it; over UDP, while the operator's own service uses a non-IP bearer.
 */
#define LWM2M_CARRIER_OPERATOR_SOFTBANK 5

/**
 * Bell, Canada.
 */
#define LWM2M_CARRIER_OPERATOR_BELL 6

/**
 * The library decides: all operators are served but the two marked above.
 */
#define LWM2M_CARRIER_PROVISION_DEFAULT 0

/**
 * Serve the operator.
 */
#define LWM2M_CARRIER_PROVISION_ENABLE 1

/**
 * Do not serve the operator; its SIM is one of nobody.
 */
#define LWM2M_CARRIER_PROVISION_DISABLE 2

/**
 * The library decides: LwM2M 1.1 with a custom server, 1.0 with an operator's.
 */
#define LWM2M_CARRIER_PROVISION_LWM2M_DEFAULT 0

/**
 * LwM2M 1.0.
 */
#define LWM2M_CARRIER_PROVISION_LWM2M_1_0 10

/**
 * LwM2M 1.1.
 */
#define LWM2M_CARRIER_PROVISION_LWM2M_1_1 11

/**
 * Settings of a product for one operator.
 *
 * A member that is NULL, empty or 0 is not set. None of the values has a built-in default unless it says so: server addresses, keys and
 * names are told to the maker of a product by the operator, in its device or certification agreement. An operator whose server address,
 * key or endpoint name is not set is not connected to; the application is told so by LWM2M_CARRIER_EVENT_ERROR with
 * LWM2M_CARRIER_ERROR_CONFIGURATION.
 *
 * Texts are UTF-8. A name is a pattern: it may contain `{imei}` (15 digits), `{imsi}`, `{iccid}`, `{msisdn}` (phone number without plus
 * sign) and `{service}` (the service code of lwm2m_carrier_config_t), each replaced by that number of modem, SIM or configuration. A name
 * may have 48 bytes after that.
 */
typedef struct {
    /**
     * Whether the operator is served, one of LWM2M_CARRIER_PROVISION_*.
     */
    uint8_t enable;
    /**
     * How many digits of the phone number `{msisdn}` stands for, counted from its end; 0: all of them.
     */
    uint8_t msisdn_digits;
    /**
     * Tries before a pause, 1 to 255; 0: 5.
     */
    uint8_t retry_count;
    /**
     * Pauses between bootstrap tries before the library gives up until the next reset, 1 to 255; 0: 3.
     */
    uint8_t retry_sequences;
    /**
     * Seconds after the first failed try, doubled with each further one; 0: 60.
     */
    uint32_t retry_timer;
    /**
     * Seconds of the pause after the last try; 0: 86400.
     */
    uint32_t retry_delay;
    /**
     * Seconds until the next try when a server in maintenance does not name a time; 0: 14400.
     */
    uint32_t maintenance_delay;
    /**
     * Lifetime in seconds of a registration when no server has set one; 0: 3600.
     */
    uint32_t lifetime;
    /**
     * Server of the operator, "coap://host:port" or "coaps://host:port", at most 255 bytes: the bootstrap server, or for an operator
     * without one the management server.
     */
    const char *server_uri;
    /**
     * The operator's server for tests, used in certification mode instead.
     */
    const char *test_server_uri;
    /**
     * Pre-shared key for server_uri, at most 64 hexadecimal digits. Needed with coaps; the application's own key comes first.
     */
    const char *psk;
    /**
     * Pre-shared key for test_server_uri.
     */
    const char *test_psk;
    /**
     * Identity of the keys, a pattern of at most 63 bytes. Not set: the endpoint name.
     */
    const char *psk_identity;
    /**
     * Endpoint name, a pattern of at most 63 bytes. Not set: the published form for Verizon (`urn:imei-msisdn:{imei}-{msisdn}`) and custom
     * servers (`urn:imei:{imei}`). Needed for the others.
     */
    const char *endpoint;
    /**
     * The operator's access point name for device management, at most 63 bytes. Not set: the default context.
     */
    const char *apn;
    /**
     * LwM2M version to begin with, one of LWM2M_CARRIER_PROVISION_LWM2M_*. A server that refuses 1.1 is spoken to in 1.0. Only a library
     * built with LwM2M 1.1 looks at it; others speak 1.0.
     */
    uint8_t lwm2m_version;
} lwm2m_carrier_provision_t;

#ifdef __cplusplus
extern "C" {
#endif // __cplusplus

/**
 * Tells the settings of a product for an operator.
 *
 * An application defines this function itself to be served by an operator; the built-in one returns NULL. The library calls it from
 * lwm2m_carrier_init, for LWM2M_CARRIER_OPERATOR_GENERIC and for the operator of the SIM. The modem is initialised,
 * its LTE link may be off. The structure and its texts must stay valid and unchanged for the life of the program.
 *
 * When a member is not valid, none of them counts: a text that is too long or not UTF-8, an address of another scheme, a key that is
 * not hexadecimal or of odd length, an unknown value of enable or lwm2m_version.
 *
 * @param operator_id One of LWM2M_CARRIER_OPERATOR_*.
 *
 * @return Settings, or NULL for none.
 */
extern const lwm2m_carrier_provision_t *lwm2m_carrier_provision_read(uint8_t operator_id);

#ifdef __cplusplus
}  // extern "C"
#endif  // __cplusplus

#endif  /* LWM2M_CARRIER_PROVISION_H__ */
