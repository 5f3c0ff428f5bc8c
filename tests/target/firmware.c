/*
 * The modem's area for packages of its own firmware, as the library writes to it: in order, into an erased area.
 *
 * SPDX-License-Identifier: MIT OR Apache-2.0
 */

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "world.h"

#define AREA 8192
#define NOT_ALLOWED 18
#define INCOMPLETE 19

int nrf_modem_delta_dfu_area(size_t *size);
int nrf_modem_delta_dfu_offset(size_t *offset);
int nrf_modem_delta_dfu_write_init(void);
int nrf_modem_delta_dfu_write(const void *buffer, size_t length);
int nrf_modem_delta_dfu_write_done(void);
int nrf_modem_delta_dfu_erase(void);
int nrf_modem_delta_dfu_update(void);

struct world_firmware world_firmware;

static bool open;

int nrf_modem_delta_dfu_area(size_t *size)
{
    *size = AREA;
    return 0;
}

int nrf_modem_delta_dfu_offset(size_t *offset)
{
    *offset = world_firmware.length;
    return 0;
}

int nrf_modem_delta_dfu_write_init(void)
{
    open = true;
    return 0;
}

int nrf_modem_delta_dfu_write(const void *buffer, size_t length)
{
    const unsigned char *bytes = buffer;

    if (!open) {
        return NOT_ALLOWED;
    }
    for (size_t index = 0; index < length; index++) {
        world_firmware.sum += bytes[index];
    }
    world_firmware.length += length;
    world_firmware.writes++;
    return 0;
}

int nrf_modem_delta_dfu_write_done(void)
{
    open = false;
    return 0;
}

int nrf_modem_delta_dfu_erase(void)
{
    memset(&world_firmware, 0, sizeof(world_firmware));
    return 0;
}

int nrf_modem_delta_dfu_update(void)
{
    return world_firmware.length > 0 ? 0 : INCOMPLETE;
}
