/*
 * What the bare-metal programs need of QEMU's semihosting: an output and an end.
 *
 * SPDX-License-Identifier: MIT OR Apache-2.0
 */

#include <stdio.h>
#include <stdlib.h>

void initialise_monitor_handles(void);
void platform_start(void);
void platform_exit(int code);

void platform_start(void)
{
    initialise_monitor_handles();
    setvbuf(stdout, NULL, _IOLBF, 256);
}

void platform_exit(int code)
{
    fflush(stdout);
    _Exit(code);
}
