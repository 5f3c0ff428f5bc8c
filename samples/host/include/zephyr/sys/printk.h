/*
 * SPDX-License-Identifier: MIT OR Apache-2.0
 *
 * Console output: each call is one piece on standard output, never torn by another thread.
 */
#ifndef HOST_ZEPHYR_SYS_PRINTK_H_
#define HOST_ZEPHYR_SYS_PRINTK_H_

void printk(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif /* HOST_ZEPHYR_SYS_PRINTK_H_ */
