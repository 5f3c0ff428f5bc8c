/*
 * SPDX-License-Identifier: MIT OR Apache-2.0
 *
 * Where the supply voltage comes from.
 */
#ifndef BATTERY_H_
#define BATTERY_H_

/* Millivolts, or a negative errno while nobody knows. */
int battery_millivolts(void);

#endif /* BATTERY_H_ */
