/*
 * SPDX-License-Identifier: MIT OR Apache-2.0
 *
 * The log, on standard error.
 */
#ifndef FAKE_LOG_H_
#define FAKE_LOG_H_

#include <stdio.h>

#define LOG_MODULE_REGISTER(...) _Static_assert(1, "")
#define LOG_MODULE_DECLARE(...) _Static_assert(1, "")
#define LOG_ERR(format, ...) fprintf(stderr, "error: " format "\n", ##__VA_ARGS__)
#define LOG_WRN(format, ...) fprintf(stderr, "warning: " format "\n", ##__VA_ARGS__)
#define LOG_INF(format, ...) fprintf(stderr, "info: " format "\n", ##__VA_ARGS__)

#endif /* FAKE_LOG_H_ */
