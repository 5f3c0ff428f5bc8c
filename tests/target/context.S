/*
 * Changing stacks on Cortex-M33: between threads, and for one call.
 *
 * SPDX-License-Identifier: MIT OR Apache-2.0
 */

    .syntax unified
    .thumb
    .text

/* void context_switch(void **from, void *to): leaves the caller's registers on its stack, keeps the stack pointer in *from and goes on
 * where `to` stopped. */
    .global context_switch
    .type context_switch, %function
    .thumb_func
context_switch:
    push {r4-r11, lr}
#ifdef __ARM_FP
    vpush {s16-s31}
#endif
    mov r2, sp
    str r2, [r0]
    mov sp, r1
#ifdef __ARM_FP
    vpop {s16-s31}
#endif
    pop {r4-r11, pc}
    .size context_switch, . - context_switch

/* int call_on_stack(int (*function)(void *), void *argument, void *top): runs a function on another stack. */
    .global call_on_stack
    .type call_on_stack, %function
    .thumb_func
call_on_stack:
    push {r4, lr}
    mov r4, sp
    mov r3, r0
    mov r0, r1
    mov sp, r2
    blx r3
    mov sp, r4
    pop {r4, pc}
    .size call_on_stack, . - call_on_stack
