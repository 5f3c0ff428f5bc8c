/*
 * SPDX-License-Identifier: MIT OR Apache-2.0
 *
 * State of a modem that is none: on and off, functional mode, registration. Registered means that the mode is full and that the default
 * network interface is up.
 */
#include <errno.h>

#include <zephyr/kernel.h>
#include <zephyr/net/net_if.h>
#include <zephyr/sys/printk.h>

#include <nrf_socket.h>

#include "../glue.h"
#include "modem.h"

#define MODE_OFF 0
#define MODE_FULL 1
#define MODE_FLIGHT 4
#define MODE_UICC_ON 41

#define REGISTRATION_OFF 0
#define REGISTRATION_HOME 1
#define REGISTRATION_SEARCHING 2

/* How often the interface is looked at while the link is wanted. */
#define LOOK K_MSEC(200)

static enum { NEVER, UP, DOWN } library;
static int mode = MODE_OFF;
/* What was told last. */
static int told = REGISTRATION_OFF;
static void (*watcher)(int status);

static void look(struct k_work *work);
static K_WORK_DELAYABLE_DEFINE(looking, look);

bool plain_modem_is_up(void)
{
	return library == UP;
}

int plain_modem_error(void)
{
	return library == NEVER ? -NRF_EPERM : -NRF_ESHUTDOWN;
}

bool plain_link_is_on(void)
{
	return mode == MODE_FULL;
}

int plain_mode(void)
{
	return mode;
}

int plain_registration(void)
{
	if (mode != MODE_FULL) {
		return REGISTRATION_OFF;
	}
	return net_if_is_up(net_if_get_default()) ? REGISTRATION_HOME : REGISTRATION_SEARCHING;
}

void plain_watch(void (*who)(int status))
{
	watcher = who;
}

static void tell(int status)
{
	char text[24];

	told = status;
	snprintk(text, sizeof(text), "+CEREG: %d\r\n", status);
	glue_notify(text);
	if (watcher != NULL) {
		watcher(status);
	}
}

/* Goes on while the link is wanted: the cable may go. */
static void look(struct k_work *work)
{
	int status = plain_registration();

	ARG_UNUSED(work);

	if (status != told) {
		tell(status);
	}
	if (mode == MODE_FULL) {
		(void)k_work_reschedule_for_queue(glue_queue(), &looking, LOOK);
	}
}

bool plain_mode_set(int wanted)
{
	if (wanted != MODE_OFF && wanted != MODE_FULL && wanted != MODE_FLIGHT && wanted != MODE_UICC_ON) {
		return false;
	}
	/* Powering the card leaves a modem on that is. */
	if (wanted != MODE_UICC_ON) {
		mode = wanted;
	}
	(void)k_work_reschedule_for_queue(glue_queue(), &looking, K_NO_WAIT);
	return true;
}

int lwm2m_os_nrf_modem_init(void)
{
	if (library == UP || plain_keys_init() != 0) {
		return -EIO;
	}
	library = UP;
	return 0;
}

int lwm2m_os_nrf_modem_shutdown(void)
{
	if (library != UP) {
		return -EIO;
	}
	mode = MODE_OFF;
	library = DOWN;
	return 0;
}

/* The radio is none of the two. */
int32_t lwm2m_os_lte_mode_get(void)
{
	return LWM2M_OS_LTE_MODE_NONE;
}
