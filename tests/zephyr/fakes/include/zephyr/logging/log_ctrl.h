/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#define LOG_PANIC() fflush(stderr)
