/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#define FIXED_PARTITION_DEVICE(label) (&fake_flash)
#define FIXED_PARTITION_OFFSET(label) 0
#define FIXED_PARTITION_SIZE(label) 0x3000
