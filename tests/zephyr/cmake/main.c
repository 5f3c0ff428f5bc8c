/*
 * SPDX-License-Identifier: MIT OR Apache-2.0
 *
 * Prints which archive was linked.
 */
#include <stdio.h>

const char *carrier_archive(void);

int main(void)
{
	puts(carrier_archive());
	return 0;
}
