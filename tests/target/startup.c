/*
 * Reset, vectors and faults of the bare-metal programs.
 *
 * SPDX-License-Identifier: MIT OR Apache-2.0
 */

#include <stdint.h>
#include <string.h>

extern uint8_t data_start[], data_end[], data_load[], bss_start[], bss_end[], boot_stack_top[];

int main(void);
void platform_start(void);
void platform_exit(int code);
void reset(void);
void fault(void);

#define VTOR (*(volatile uint32_t *)0xE000ED08)
#define CPACR (*(volatile uint32_t *)0xE000ED88)

static void (*const vectors[16])(void) __attribute__((section(".vectors"), used)) = {
    (void (*)(void))boot_stack_top,
    reset,
    fault, fault, fault, fault, fault, fault, fault, fault, fault, fault, fault, fault, fault, fault,
};

/* A fault ends the program with failure; a panic of the library arrives here as an undefined instruction. */
void fault(void)
{
    platform_exit(1);
    for (;;) {
    }
}

void reset(void)
{
    VTOR = (uint32_t)vectors;
    /* Coprocessors 10 and 11, the floating point unit, for everyone. */
    CPACR |= 0xFU << 20;
    __asm volatile("dsb\n\tisb");
    memcpy(data_start, data_load, (size_t)(data_end - data_start));
    memset(bss_start, 0, (size_t)(bss_end - bss_start));
    platform_start();
    platform_exit(main());
}
