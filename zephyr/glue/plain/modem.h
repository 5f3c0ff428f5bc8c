/*
 * SPDX-License-Identifier: MIT OR Apache-2.0
 *
 * What the stand-ins for the modem know of each other.
 */
#ifndef LWM2M_CARRIER_PLAIN_MODEM_H_
#define LWM2M_CARRIER_PLAIN_MODEM_H_

#include <stdbool.h>

/* Whether the application has switched the link on. */
bool plain_link_is_on(void);

/* Whether the modem library would be running. */
bool plain_modem_is_up(void);

/* A call before the start, or after the end: -NRF_EPERM or -NRF_ESHUTDOWN. */
int plain_modem_error(void);

/* Hands stored credentials to the sockets; 0 or a negative error number. */
int plain_keys_init(void);

/* The registration status as +CEREG numbers it. */
int plain_registration(void);

/* Who is told about the registration, besides the library. */
void plain_watch(void (*watcher)(int status));

/* Switches the link as AT+CFUN does; false for a mode that is none. */
bool plain_mode_set(int mode);
int plain_mode(void);

#endif /* LWM2M_CARRIER_PLAIN_MODEM_H_ */
