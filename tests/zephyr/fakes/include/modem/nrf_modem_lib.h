/* SPDX-License-Identifier: MIT OR Apache-2.0 */
int nrf_modem_lib_init(void);
int nrf_modem_lib_shutdown(void);
