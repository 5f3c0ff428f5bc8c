/*
 * The API checks on a PC, with the virtual modem below the library. The faults are played in front of the virtual modem's functions.
 *
 * SPDX-License-Identifier: MIT OR Apache-2.0
 */

#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <lwm2m_carrier.h>
#include <lwm2m_os.h>

#include "api_test.h"

static enum api_fault fault;
static sem_t initialised;
static int init_result;

void api_set_fault(enum api_fault new_fault)
{
    fault = new_fault;
}

static void *behind(const char *name)
{
    void *symbol = dlsym(RTLD_NEXT, name);

    if (symbol == NULL) {
        fprintf(stderr, "no %s behind this program\n", name);
        abort();
    }
    return symbol;
}

int lwm2m_os_init(void)
{
    int (*next)(void);

    *(void **)&next = behind("lwm2m_os_init");
    return fault == API_FAULT_OS ? -ENODEV : next();
}

int lwm2m_os_nrf_modem_init(void)
{
    int (*next)(void);

    *(void **)&next = behind("lwm2m_os_nrf_modem_init");
    return fault == API_FAULT_MODEM ? -EIO : next();
}

int lwm2m_os_sem_init(lwm2m_os_sem_t **sem, unsigned int initial_count, unsigned int limit)
{
    int (*next)(lwm2m_os_sem_t **, unsigned int, unsigned int);

    *(void **)&next = behind("lwm2m_os_sem_init");
    return fault == API_FAULT_SEMAPHORES ? -EINVAL : next(sem, initial_count, limit);
}

int lwm2m_carrier_event_handler(const lwm2m_carrier_event_t *event)
{
    printf("event %u\n", (unsigned int)event->type);
    return 0;
}

static void *run(void *unused)
{
    lwm2m_carrier_config_t config;

    (void)unused;
    memset(&config, 0, sizeof(config));
    config.server_uri = "coap://127.0.0.1:5683";
    init_result = lwm2m_carrier_init(&config);
    sem_post(&initialised);
    if (init_result == 0) {
        lwm2m_carrier_run();
    }
    return NULL;
}

int main(void)
{
    pthread_t thread;
    int failed;

    sem_init(&initialised, 0, 0);
    failed = api_test_before_init() + api_test_refused_init();
    if (pthread_create(&thread, NULL, run, NULL) != 0) {
        return 2;
    }
    sem_wait(&initialised);
    if (init_result != 0) {
        printf("lwm2m_carrier_init: %d\n", init_result);
        return 2;
    }
    failed += api_test_after_init();
    printf("%d results, %d wrong\n", api_test_count(), failed);
    fflush(stdout);
    /* The library's thread never ends by itself. */
    _Exit(failed == 0 ? 0 : 1);
}
