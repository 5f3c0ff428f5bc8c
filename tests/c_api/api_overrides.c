/*
 * An application's own versions of the eight functions it may define; linked in to see that they win over the built-in ones.
 *
 * SPDX-License-Identifier: MIT OR Apache-2.0
 */

#include <lwm2m_carrier.h>
#include <lwm2m_carrier_provision.h>

#include "api_test.h"

int api_overridden(void)
{
    return 1;
}

int lwm2m_carrier_memory_free_read(void)
{
    return 123;
}

int32_t lwm2m_carrier_utc_time_read(void)
{
    return 1000000000;
}

int lwm2m_carrier_utc_offset_read(void)
{
    return -90;
}

char *lwm2m_carrier_timezone_read(void)
{
    static char zone[] = "Test/Zone";

    return zone;
}

int lwm2m_carrier_utc_time_write(int32_t time)
{
    return time == 0 ? -1 : 0;
}

int lwm2m_carrier_utc_offset_write(int offset)
{
    return offset == 0 ? -1 : 0;
}

int lwm2m_carrier_timezone_write(const char *tz)
{
    return tz[0] == '\0' ? -1 : 0;
}

const lwm2m_carrier_provision_t *lwm2m_carrier_provision_read(uint8_t operator_id)
{
    static const lwm2m_carrier_provision_t settings = {
        .enable = LWM2M_CARRIER_PROVISION_ENABLE,
        .retry_timer = 30,
        .server_uri = "coaps://bootstrap.example",
        .psk = "000102030405060708090a0b0c0d0e0f",
        .endpoint = "urn:imei:{imei}",
    };

    return operator_id == LWM2M_CARRIER_OPERATOR_ATT ? &settings : NULL;
}
