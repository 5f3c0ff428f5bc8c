/*
 * SPDX-License-Identifier: MIT OR Apache-2.0
 *
 * The application without the library, to tell what the library adds.
 */
#include <zephyr/sys/printk.h>

int main(void)
{
	printk("Application without the LwM2M carrier library\n");
	return 0;
}
