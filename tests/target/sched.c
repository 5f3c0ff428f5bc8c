/*
 * See sched.h.
 *
 * SPDX-License-Identifier: MIT OR Apache-2.0
 */

#include "sched.h"

#define PAINT 0xA5A5A5A5U

/* Sizes of the original integration for the first three. */
#define RUN_STACK 4096
#define HELPER_STACK 600
#define QUEUE_STACK 4096
#define APPLICATION_STACK 16384
#define SYSTEM_STACK 8192

void context_switch(void **from, void *to);
int call_on_stack(int (*function)(void *), void *argument, void *top);

struct thread {
    uint32_t *stack;
    size_t size;
    void *saved;
    void (*entry)(void);
    bool (*condition)(const void *);
    const void *argument;
    int64_t deadline;
    bool alive;
    bool held;
};

static uint32_t run_stack[RUN_STACK / 4] __attribute__((aligned(8), section(".stacks")));
static uint32_t helper_stack[HELPER_STACK / 4] __attribute__((aligned(8), section(".stacks")));
static uint32_t queue_stack[QUEUE_STACK / 4] __attribute__((aligned(8), section(".stacks")));
static uint32_t application_stack[APPLICATION_STACK / 4] __attribute__((aligned(8), section(".stacks")));
static uint32_t system_stack[SYSTEM_STACK / 4] __attribute__((aligned(8), section(".stacks")));

static struct thread threads[SCHED_THREADS] = {
    [SCHED_RUN] = {.stack = run_stack, .size = RUN_STACK},
    [SCHED_HELPER] = {.stack = helper_stack, .size = HELPER_STACK},
    [SCHED_QUEUE] = {.stack = queue_stack, .size = QUEUE_STACK},
    [SCHED_APPLICATION] = {.stack = application_stack, .size = APPLICATION_STACK},
};
static struct thread *current;
static void *scheduler;
static int64_t now;

static void thread_main(void)
{
    current->entry();
    current->alive = false;
    context_switch(&current->saved, scheduler);
}

void sched_start(enum sched_thread which, void (*entry)(void))
{
    struct thread *thread = &threads[which];
    /* What context_switch takes from a stack: 16 floating point registers, r4 to r11, the return address. */
#ifdef __ARM_FP
    const size_t frame = 16 + 9;
#else
    const size_t frame = 9;
#endif
    uint32_t *top;

    for (size_t word = 0; word < thread->size / 4; word++) {
        thread->stack[word] = PAINT;
    }
    top = (uint32_t *)(((uintptr_t)thread->stack + thread->size) & ~(uintptr_t)7);
    top[-1] = (uint32_t)thread_main;
    thread->saved = top - frame;
    thread->entry = entry;
    thread->condition = NULL;
    thread->deadline = now;
    thread->alive = true;
}

int64_t sched_now(void)
{
    return now;
}

bool sched_wait(bool (*condition)(const void *), const void *argument, int64_t deadline)
{
    current->condition = condition;
    current->argument = argument;
    current->deadline = deadline;
    context_switch(&current->saved, scheduler);
    return current->held;
}

static bool runnable(struct thread *thread)
{
    if (!thread->alive) {
        return false;
    }
    thread->held = thread->condition != NULL && thread->condition(thread->argument);
    return thread->held || now >= thread->deadline;
}

bool sched_run(void)
{
    while (threads[SCHED_APPLICATION].alive) {
        int64_t next = modem_step(now);
        bool ran = false;

        for (int which = 0; which < SCHED_THREADS; which++) {
            if (runnable(&threads[which])) {
                current = &threads[which];
                context_switch(&scheduler, current->saved);
                ran = true;
            }
        }
        if (ran) {
            continue;
        }
        for (int which = 0; which < SCHED_THREADS; which++) {
            if (threads[which].alive && threads[which].deadline < next) {
                next = threads[which].deadline;
            }
        }
        if (next == SCHED_FOREVER) {
            return false;
        }
        now = next;
    }
    return true;
}

size_t sched_stack_used(enum sched_thread which)
{
    const struct thread *thread = &threads[which];
    size_t free_words = 0;

    while (free_words < thread->size / 4 && thread->stack[free_words] == PAINT) {
        free_words++;
    }
    return thread->size - free_words * 4;
}

int sched_system_call(int (*function)(void *), void *argument)
{
    return call_on_stack(function, argument, (void *)(((uintptr_t)system_stack + SYSTEM_STACK) & ~(uintptr_t)7));
}
