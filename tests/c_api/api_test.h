/*
 * Checks of all 25 functions of lwm2m_carrier.h and of every documented result, independent of the system they run on.
 *
 * SPDX-License-Identifier: MIT OR Apache-2.0
 */

#ifndef API_TEST_H
#define API_TEST_H

/* Faults of the system the library runs on; each surrounding program knows how to play them. */
enum api_fault {
    API_FAULT_NONE,
    API_FAULT_OS,        /* lwm2m_os_init fails */
    API_FAULT_MODEM,     /* lwm2m_os_nrf_modem_init fails */
    API_FAULT_SEMAPHORES /* lwm2m_os_sem_init fails */
};

/* Defined by the surrounding program. */
void api_set_fault(enum api_fault fault);
/* Whether the surrounding program defines the overridable functions: api_overrides.c. */
int api_overridden(void);

/* In this order, and lwm2m_carrier_init between the last two on the thread that is to run the library. Each returns the number of
 * results that were not the documented ones, and prints a line for each result. */
int api_test_before_init(void);
int api_test_refused_init(void);
int api_test_after_init(void);

/* Number of results looked at so far. */
int api_test_count(void);

#endif /* API_TEST_H */
