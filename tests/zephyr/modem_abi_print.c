/*
 * SPDX-License-Identifier: MIT OR Apache-2.0
 *
 * Prints the table modem_abi.c made, a number a line in the order of its members.
 */
#include <stddef.h>
#include <stdio.h>

#include <lwm2m_carrier_modem_abi.h>

int main(void)
{
	const int32_t *number = &lwm2m_carrier_modem_abi.generation;

	for (size_t i = 0; i < sizeof(lwm2m_carrier_modem_abi) / sizeof(*number); i++) {
		printf("%d\n", (int)number[i]);
	}
	return 0;
}
