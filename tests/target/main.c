/*
 * The library on a Cortex-M33: all of its API, a registration, the server's requests, a reboot, and how much stack that took.
 * Ends with 0 when everything was as documented.
 *
 * SPDX-License-Identifier: MIT OR Apache-2.0
 */

#include <stdio.h>
#include <string.h>

#include <lwm2m_carrier.h>

#include "../c_api/api_test.h"
#include "peer.h"
#include "sched.h"
#include "world.h"

/* Bytes of stack the run thread, the helper thread and a work queue may use. */
#define RUN_STACK_BUDGET 2560
#define HELPER_STACK_BUDGET 600
#define QUEUE_STACK_BUDGET 1024

static int failures;
static unsigned int events[32];
static unsigned int last_event;
static bool refuse_reboot;
static bool run_returned;
static int init_result = 1;

int lwm2m_carrier_event_handler(const lwm2m_carrier_event_t *event)
{
    events[event->type % 32]++;
    last_event = event->type;
    switch (event->type) {
    case LWM2M_CARRIER_EVENT_LTE_LINK_UP:
        modem_set_mode(1);
        return 0;
    case LWM2M_CARRIER_EVENT_LTE_LINK_DOWN:
        modem_set_mode(4);
        return 0;
    case LWM2M_CARRIER_EVENT_LTE_POWER_OFF:
        modem_set_mode(0);
        return 0;
    case LWM2M_CARRIER_EVENT_REBOOT:
        return refuse_reboot ? 1 : 0;
    default:
        return 0;
    }
}

void api_set_fault(enum api_fault fault)
{
    world.fail_os_init = fault == API_FAULT_OS;
    world.fail_modem_init = fault == API_FAULT_MODEM;
    world.fail_sem_init = fault == API_FAULT_SEMAPHORES;
}

static void expect(const char *what, bool so)
{
    printf("  %s  %s\n", so ? "ok   " : "WRONG", what);
    failures += !so;
}

static void run_thread(void)
{
    static lwm2m_carrier_config_t config;

    config.server_uri = "coap://192.0.2.1:5683";
    config.server_lifetime = 3600;
    config.device_type = "Target";
    init_result = lwm2m_carrier_init(&config);
    if (init_result == 0) {
        lwm2m_carrier_run();
        run_returned = true;
    }
}

static bool is_set(const void *counter)
{
    return *(const unsigned int *)counter > 0;
}

static bool initialised(const void *unused)
{
    (void)unused;
    return init_result != 1;
}

static bool wait_for(const unsigned int *counter, int64_t milliseconds)
{
    return is_set(counter) || sched_wait(is_set, counter, sched_now() + milliseconds);
}

static struct peer_answer answer;

static bool ask_times(unsigned int times, uint8_t code, const char *path, int accept, int format, const void *payload, size_t length)
{
    struct peer_request request = {code, path, -1, accept, format, -1, payload, length};

    return peer_request(&request, times, &answer);
}

static bool get(const char *path, int accept)
{
    return ask_times(1, COAP_GET, path, accept, FORMAT_NONE, NULL, 0) && answer.code == COAP_CODE(2, 5);
}

static bool text_is(const char *path, const char *text)
{
    return get(path, FORMAT_TEXT) && answer.payload_length == strlen(text) &&
           memcmp(answer.payload, text, answer.payload_length) == 0;
}

static bool contains(const char *text)
{
    size_t length = strlen(text);

    for (size_t at = 0; at + length <= answer.payload_length; at++) {
        if (memcmp(answer.payload + at, text, length) == 0) {
            return true;
        }
    }
    return false;
}

static bool block(unsigned int number, bool more, const char *text)
{
    struct peer_request request = {COAP_PUT, "3/0/15", -1, FORMAT_NONE, FORMAT_TEXT, (int)(number << 4 | (more ? 8U : 0U)), text, strlen(text)};

    return peer_request(&request, 1, &answer);
}

static void reading(void)
{
    expect("Read /3/0 as TLV", get("3/0", FORMAT_TLV) && contains("Nordic Semiconductor ASA") && contains("352656100000001"));
    expect("Read /3/0/9 as text", text_is("3/0/9", "75"));
    expect("Read /3/0/17 is the configured device type", text_is("3/0/17", "Target"));
    expect("Read /3/0/10 is the application's free memory", text_is("3/0/10", api_overridden() ? "123" : "0"));
    expect("Read /3/0/99 is not found", ask_times(1, COAP_GET, "3/0/99", FORMAT_NONE, FORMAT_NONE, NULL, 0) && answer.code == COAP_CODE(4, 4));
    expect("Read /0/0 is not allowed",
           ask_times(1, COAP_GET, "0/0", FORMAT_NONE, FORMAT_NONE, NULL, 0) && answer.code >> 5 == 4);
    expect("Discover /3/0", get("3/0", FORMAT_LINK) && contains("</3/0/9>"));
}

static void writing(void)
{
    unsigned int updates = peer_seen.updates;

    expect("Write /1/0/1, twice the same message",
           ask_times(2, COAP_PUT, "1/0/1", FORMAT_NONE, FORMAT_TEXT, "7200", 4) && answer.code == COAP_CODE(2, 4) && answer.copies == 2);
    expect("Read /1/0/1 tells it", text_is("1/0/1", "7200"));
    sched_wait(NULL, NULL, sched_now() + 5000);
    expect("an Update tells the new lifetime", peer_seen.updates > updates && strstr(peer_seen.update_query, "lt=7200") != NULL);
    expect("Write /3/0/9 is not allowed",
           ask_times(1, COAP_PUT, "3/0/9", FORMAT_NONE, FORMAT_TEXT, "1", 1) && answer.code == COAP_CODE(4, 5));
    expect("Write /3/0/15 in blocks, first", block(0, true, "America/Argentin") && answer.code == COAP_CODE(2, 31));
    expect("Write /3/0/15 in blocks, last", block(1, false, "a/Ushuaia") && answer.code == COAP_CODE(2, 4));
    if (!api_overridden()) {
        expect("Read /3/0/15 tells it", text_is("3/0/15", "America/Argentina/Ushuaia"));
        expect("the application reads it", strcmp(lwm2m_carrier_timezone_read(), "America/Argentina/Ushuaia") == 0);
    }
    expect("Execute /3/0/12 clears the errors", lwm2m_carrier_error_code_add(LWM2M_CARRIER_ERROR_CODE_LOW_SIGNAL) == 0 &&
           ask_times(1, COAP_POST, "3/0/12", FORMAT_NONE, FORMAT_NONE, NULL, 0) && answer.code == COAP_CODE(2, 4) &&
           lwm2m_carrier_error_code_remove(LWM2M_CARRIER_ERROR_CODE_LOW_SIGNAL) != 0);
}

static void observing(void)
{
    struct peer_request observe = {COAP_GET, "3/0/9", 0, FORMAT_TEXT, FORMAT_NONE, -1, NULL, 0};

    expect("Observe /3/0/9", peer_request(&observe, 1, &answer) && answer.code == COAP_CODE(2, 5));
    lwm2m_carrier_battery_level_set(42);
    expect("Notify tells the new level", wait_for(&peer_seen.notifications, 60000) && peer_seen.notification_length == 2 &&
           memcmp(peer_seen.notification, "42", 2) == 0);
}

static void garbage(void)
{
    static const uint8_t samples[][12] = {
        {0x00}, {0x40, 0x01}, {0x4F, 0x01, 1, 2, 3}, {0x80, 0x01, 1, 2}, {0x40, 0x01, 0x55, 1, 0xF0}, {0x40, 0x01, 0x55, 2, 0xB5, '3'},
        {0x40, 0x01, 0x55, 3, 0xFF}, {0x70, 0x00, 0x55, 4}, {0x60, 0x45, 0x55, 5}, {0x40, 0xE5, 0x55, 6},
        {0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF},
    };
    static const uint8_t lengths[] = {1, 2, 5, 4, 5, 6, 5, 4, 4, 4, 12};
    static const uint8_t ping[] = {0x40, 0x00, 0x66, 0x66};
    unsigned int resets;

    for (size_t index = 0; index < sizeof(lengths); index++) {
        peer_send_raw(samples[index], lengths[index]);
        sched_wait(NULL, NULL, sched_now() + 100);
    }
    resets = peer_seen.resets;
    peer_send_raw(ping, sizeof(ping));
    sched_wait(NULL, NULL, sched_now() + 1000);
    expect("after garbage a ping is answered", peer_seen.resets == resets + 1);
    expect("after garbage a read is answered", get("3/0/0", FORMAT_TEXT));
}

#ifndef WITHOUT_FIRMWARE
#define REBOOT "5/0/2"

static bool push(unsigned int number, bool more, size_t length, unsigned int times)
{
    static uint8_t bytes[128];
    struct peer_request request = {COAP_PUT, "5/0/0", -1, FORMAT_NONE, FORMAT_OPAQUE, (int)(number << 4 | (more ? 8U : 0U) | 3U), bytes, length};

    memset(bytes, (int)number + 1, sizeof(bytes));
    return peer_request(&request, times, &answer);
}

static void updating(void)
{
    expect("Write /5/0/0, each block twice", push(0, true, 128, 2) && answer.code == COAP_CODE(2, 31) && push(1, true, 128, 2) &&
           answer.code == COAP_CODE(2, 31) && push(2, false, 40, 2) && answer.code == COAP_CODE(2, 4));
    expect("FOTA_START once, and the modem has each byte once", events[LWM2M_CARRIER_EVENT_FOTA_START] == 1 &&
           world_firmware.writes == 3 && world_firmware.length == 296 && world_firmware.sum == 128 * 1 + 128 * 2 + 40 * 3);
    expect("Read /5/0/3 tells that it is there", text_is("5/0/3", "2"));
}

#else
#define REBOOT "3/0/4"

static void updating(void)
{
}
#endif

static void rebooting(void)
{
    expect("Execute /" REBOOT ", three times the same message",
           ask_times(3, COAP_POST, REBOOT, FORMAT_NONE, FORMAT_NONE, NULL, 0) && answer.code == COAP_CODE(2, 4));
    expect("the device is reset once", wait_for(&world.resets, 120000) && world.resets == 1);
    expect("REBOOT once, then LTE_POWER_OFF",
           events[LWM2M_CARRIER_EVENT_REBOOT] == 1 && events[LWM2M_CARRIER_EVENT_LTE_POWER_OFF] == 1 &&
           last_event == LWM2M_CARRIER_EVENT_LTE_POWER_OFF);
}

static void measure(const char *thread, enum sched_thread which, size_t budget)
{
    size_t used = sched_stack_used(which);

    printf("stack %s %u of %u\n", thread, (unsigned int)used, (unsigned int)budget);
    failures += used > budget;
}

static void application(void)
{
    failures += api_test_before_init();
    failures += api_test_refused_init();
    /* The measurement below is of one start and run. */
    sched_start(SCHED_RUN, run_thread);
    sched_wait(initialised, NULL, sched_now() + 60000);
    expect("lwm2m_carrier_init returns 0 and tells INIT", init_result == 0 && events[LWM2M_CARRIER_EVENT_INIT] == 1);
    if (init_result != 0) {
        return;
    }
    failures += api_test_after_init();
    puts("registration");
    expect("LTE_LINK_UP", wait_for(&events[LWM2M_CARRIER_EVENT_LTE_LINK_UP], 60000));
    expect("REGISTERED", wait_for(&events[LWM2M_CARRIER_EVENT_REGISTERED], 120000));
    printf("  register%s\n", peer_seen.register_query);
    expect("one registration with endpoint and lifetime", peer_seen.registrations == 1 &&
           strstr(peer_seen.register_query, "ep=urn:imei:352656100000001") != NULL &&
           strstr(peer_seen.register_query, "lt=3600") != NULL);
    puts("device management");
    reading();
    writing();
    observing();
    garbage();
    updating();
    sched_wait(NULL, NULL, sched_now() + 86400000);
    printf("  a day: %u updates\n", peer_seen.updates);
    expect("a day of updates, no second registration", peer_seen.updates >= 12 && peer_seen.registrations == 1);
    rebooting();
    expect("the library still runs", !run_returned);
    expect("no heap hook was called", world.heap_calls == 0);
}

int main(void)
{
    sched_start(SCHED_APPLICATION, application);
    if (!sched_run()) {
        puts("WRONG: nothing can happen any more");
        failures++;
    }
    measure("run_thread", SCHED_RUN, RUN_STACK_BUDGET);
    measure("helper_thread", SCHED_HELPER, HELPER_STACK_BUDGET);
    measure("work_queue", SCHED_QUEUE, QUEUE_STACK_BUDGET);
    printf("%d API results, %d failures, %lld ms simulated\n", api_test_count(), failures, (long long)sched_now());
    return failures == 0 ? 0 : 1;
}
