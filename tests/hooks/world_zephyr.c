/*
 * SPDX-License-Identifier: MIT OR Apache-2.0
 *
 * The world of the Zephyr integration for an SDK: fakes of the kernel and of the SDK's libraries.
 */
#include <zephyr/kernel.h>

#include <nrf_modem_at.h>

#include "../zephyr/fakes/fakes.h"
#include "world.h"

bool world_has_traps(void)
{
	return false;
}

void world_notify(const char *text)
{
	fake_notify(text);
}

void world_sms(uint16_t port, const char *payload)
{
	fake_sms(port, payload);
}

void world_mode_query_fails(void)
{
	fake_mode_fails(true);
}

bool world_is_system_queue(void)
{
	return k_current_get() == k_work_queue_thread_get(&k_sys_work_q);
}

int world_at(const char *command)
{
	return nrf_modem_at_printf("%s", command);
}
