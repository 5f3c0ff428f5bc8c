/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#define SYS_REBOOT_COLD 1
_Noreturn void sys_reboot(int type);
