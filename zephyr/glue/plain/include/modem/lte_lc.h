/*
 * SPDX-License-Identifier: MIT OR Apache-2.0
 *
 * Link control for boards with plain networking, as far as applications of the carrier library use it: the link is up while the
 * application wants it and the default network interface is up.
 */
#ifndef LWM2M_CARRIER_PLAIN_LTE_LC_H_
#define LWM2M_CARRIER_PLAIN_LTE_LC_H_

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

/* Called on the thread of the integration's notifications. */
typedef void (*lte_lc_evt_handler_t)(const struct lte_lc_evt *const evt);

/* All return 0, or -EFAULT before the library was initialised. */
int lte_lc_init_and_connect_async(lte_lc_evt_handler_t handler);
int lte_lc_connect_async(lte_lc_evt_handler_t handler);
int lte_lc_offline(void);
int lte_lc_power_off(void);

#endif /* LWM2M_CARRIER_PLAIN_LTE_LC_H_ */
