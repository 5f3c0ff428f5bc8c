/*
 * The reference program for size: it uses every function of the API, and of the system below only what the linker needs. What the image
 * holds besides this file comes from the archive and the runtime support it pulls in.
 *
 * SPDX-License-Identifier: MIT OR Apache-2.0
 */

#include <stdint.h>

#include <lwm2m_carrier.h>
#include <lwm2m_os.h>

/* All 24 functions of the archive; volatile, so that none is left out. */
static void (*const volatile api[])(void) = {
    (void (*)(void))lwm2m_carrier_init,
    (void (*)(void))lwm2m_carrier_run,
    (void (*)(void))lwm2m_carrier_time_read,
    (void (*)(void))lwm2m_carrier_utc_time_read,
    (void (*)(void))lwm2m_carrier_utc_offset_read,
    (void (*)(void))lwm2m_carrier_timezone_read,
    (void (*)(void))lwm2m_carrier_utc_time_write,
    (void (*)(void))lwm2m_carrier_utc_offset_write,
    (void (*)(void))lwm2m_carrier_timezone_write,
    (void (*)(void))lwm2m_carrier_avail_power_sources_set,
    (void (*)(void))lwm2m_carrier_power_source_voltage_set,
    (void (*)(void))lwm2m_carrier_power_source_current_set,
    (void (*)(void))lwm2m_carrier_battery_level_set,
    (void (*)(void))lwm2m_carrier_battery_status_set,
    (void (*)(void))lwm2m_carrier_error_code_add,
    (void (*)(void))lwm2m_carrier_error_code_remove,
    (void (*)(void))lwm2m_carrier_memory_total_set,
    (void (*)(void))lwm2m_carrier_memory_free_read,
    (void (*)(void))lwm2m_carrier_identity_read,
    (void (*)(void))lwm2m_carrier_identity_write,
    (void (*)(void))lwm2m_carrier_portfolio_instance_create,
    (void (*)(void))lwm2m_carrier_location_set,
    (void (*)(void))lwm2m_carrier_velocity_set,
    (void (*)(void))lwm2m_carrier_app_data_send,
};

void reset(void);

/* Never run: the program exists to be linked. */
void reset(void)
{
    for (unsigned int index = 0; index < sizeof(api) / sizeof(api[0]); index++) {
        api[index]();
    }
}

int lwm2m_carrier_event_handler(const lwm2m_carrier_event_t *event)
{
    return (int)event->type;
}

/* The hooks and modem functions the archive asks for are addresses the linker is told; see tools/size.sh. */
