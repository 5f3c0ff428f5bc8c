/*
 * SPDX-License-Identifier: MIT OR Apache-2.0
 *
 * LTE link control as far as the sample uses it, on AT commands to the virtual modem. Every
 * function returns 0, or -EFAULT when the modem refused.
 */
#ifndef HOST_MODEM_LTE_LC_H_
#define HOST_MODEM_LTE_LC_H_

/* The values of +CEREG (3GPP TS 27.007, 10.1.22). */
enum lte_lc_nw_reg_status {
	LTE_LC_NW_REG_NOT_REGISTERED = 0,
	LTE_LC_NW_REG_REGISTERED_HOME = 1,
	LTE_LC_NW_REG_SEARCHING = 2,
	LTE_LC_NW_REG_REGISTRATION_DENIED = 3,
	LTE_LC_NW_REG_UNKNOWN = 4,
	LTE_LC_NW_REG_REGISTERED_ROAMING = 5,
};

enum lte_lc_evt_type {
	LTE_LC_EVT_NW_REG_STATUS,
};

struct lte_lc_evt {
	enum lte_lc_evt_type type;
	union {
		enum lte_lc_nw_reg_status nw_reg_status;
	};
};

/* Called from a thread of this module, with each new registration status. */
typedef void (*lte_lc_evt_handler_t)(const struct lte_lc_evt *const evt);

/* Subscribes to registration notifications and connects; returns before the link is up.
 * -EINVAL when no handler was ever given. */
int lte_lc_init_and_connect_async(lte_lc_evt_handler_t handler);

/* Connects; returns before the link is up, and does no harm to a link that is. */
int lte_lc_connect_async(lte_lc_evt_handler_t handler);

/* Takes the link down and returns when it is. Credentials may be written after that. */
int lte_lc_offline(void);

/* Powers the modem off; its settings are saved. */
int lte_lc_power_off(void);

#endif /* HOST_MODEM_LTE_LC_H_ */
