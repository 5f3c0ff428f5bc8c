/*
 * A small application on the library, for tests that drive it from outside: settings from the command line, one line on standard
 * output for each event, one command a line from standard input. It takes the link up and down like the samples of the SDK.
 *
 * SPDX-License-Identifier: MIT OR Apache-2.0
 */

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <lwm2m_carrier.h>
#include <lwm2m_carrier_provision.h>
#include <lwm2m_os.h>
#include <nrf_modem_at.h>
#include <virtual_modem.h>

/* Longest command: twice the digits of the largest application data, and some. */
#define LINE_MAX_LENGTH 8192
#define WORDS_MAX 8
#define DATA_MAX 2048

struct word {
    const char *name;
    int (*run)(int count, char **words);
};

static lwm2m_carrier_config_t config;
static lwm2m_carrier_provision_t provision;
/* No operator has this number. */
static int operator_provided = -1;
static pthread_mutex_t command = PTHREAD_MUTEX_INITIALIZER;
static atomic_int reboot_answer;
static atomic_int link_answer;
/* A lazy application does not touch the link; tests use it for the library's own patience. */
static atomic_int lazy;

static int number(int count, char **words, int index)
{
    return index < count ? atoi(words[index]) : 0;
}

static double real(int count, char **words, int index)
{
    return index < count ? strtod(words[index], NULL) : 0.0;
}

static size_t hex(const char *text, uint8_t *bytes, size_t room)
{
    size_t length = 0;

    while (length < room && text[0] != '\0' && text[1] != '\0') {
        const char digits[3] = {text[0], text[1], '\0'};

        bytes[length++] = (uint8_t)strtoul(digits, NULL, 16);
        text += 2;
    }
    return length;
}

static void app_data_print(const lwm2m_carrier_event_app_data_t *data)
{
    printf(" %zu ", data->buffer_len);
    for (size_t i = 0; i < data->buffer_len; i++) {
        printf("%02x", data->buffer[i]);
    }
}

static int modem_mode(int mode)
{
    return nrf_modem_at_printf("AT+CFUN=%d", mode) == 0 ? 0 : -EFAULT;
}

static const char *event_name(uint32_t type)
{
    switch (type) {
    case LWM2M_CARRIER_EVENT_INIT:
        return "INIT";
    case LWM2M_CARRIER_EVENT_LTE_LINK_UP:
        return "LTE_LINK_UP";
    case LWM2M_CARRIER_EVENT_LTE_LINK_DOWN:
        return "LTE_LINK_DOWN";
    case LWM2M_CARRIER_EVENT_LTE_POWER_OFF:
        return "LTE_POWER_OFF";
    case LWM2M_CARRIER_EVENT_BOOTSTRAPPED:
        return "BOOTSTRAPPED";
    case LWM2M_CARRIER_EVENT_REGISTERED:
        return "REGISTERED";
    case LWM2M_CARRIER_EVENT_DEFERRED:
        return "DEFERRED";
    case LWM2M_CARRIER_EVENT_FOTA_START:
        return "FOTA_START";
    case LWM2M_CARRIER_EVENT_REBOOT:
        return "REBOOT";
    case LWM2M_CARRIER_EVENT_MODEM_DOMAIN:
        return "MODEM_DOMAIN";
    case LWM2M_CARRIER_EVENT_APP_DATA:
        return "APP_DATA";
    case LWM2M_CARRIER_EVENT_ERROR:
        return "ERROR";
    default:
        return "UNKNOWN";
    }
}

/* One whole line at once: other threads print too. */
static void event_print(const lwm2m_carrier_event_t *event)
{
    flockfile(stdout);
    printf("event %lld %s", (long long)lwm2m_os_uptime_get(), event_name(event->type));
    switch (event->type) {
    case LWM2M_CARRIER_EVENT_DEFERRED:
        printf(" %u %d", (unsigned int)event->data.deferred->reason, (int)event->data.deferred->timeout);
        break;
    case LWM2M_CARRIER_EVENT_ERROR:
        printf(" %u %d", (unsigned int)event->data.error->type, (int)event->data.error->value);
        break;
    case LWM2M_CARRIER_EVENT_FOTA_START:
        printf(" %u %s", (unsigned int)event->data.fota_start->type,
               event->data.fota_start->uri != NULL ? event->data.fota_start->uri : "-");
        break;
    case LWM2M_CARRIER_EVENT_MODEM_DOMAIN:
        printf(" %u", (unsigned int)*event->data.modem_domain);
        break;
    case LWM2M_CARRIER_EVENT_APP_DATA:
        app_data_print(event->data.app_data);
        break;
    default:
        break;
    }
    putchar('\n');
    funlockfile(stdout);
}

int lwm2m_carrier_event_handler(const lwm2m_carrier_event_t *event)
{
    int answer = 0;

    event_print(event);
    switch (event->type) {
    case LWM2M_CARRIER_EVENT_INIT:
        if (!lazy) {
            nrf_modem_at_printf("AT+CEREG=5");
            answer = modem_mode(1);
        }
        break;
    case LWM2M_CARRIER_EVENT_LTE_LINK_UP:
        answer = lazy ? link_answer : modem_mode(1);
        break;
    case LWM2M_CARRIER_EVENT_LTE_LINK_DOWN:
        answer = lazy ? link_answer : modem_mode(4);
        break;
    case LWM2M_CARRIER_EVENT_LTE_POWER_OFF:
        answer = modem_mode(0);
        break;
    case LWM2M_CARRIER_EVENT_REBOOT:
        answer = reboot_answer;
        break;
    default:
        break;
    }
    return answer;
}

static int run_sources(int count, char **words)
{
    uint8_t sources[16];
    int used = 0;

    for (int i = 1; i < count && used < (int)sizeof(sources); i++) {
        sources[used++] = (uint8_t)atoi(words[i]);
    }
    return lwm2m_carrier_avail_power_sources_set(sources, (uint8_t)used);
}

static int run_voltage(int count, char **words)
{
    return lwm2m_carrier_power_source_voltage_set((uint8_t)number(count, words, 1), number(count, words, 2));
}

static int run_current(int count, char **words)
{
    return lwm2m_carrier_power_source_current_set((uint8_t)number(count, words, 1), number(count, words, 2));
}

static int run_battery(int count, char **words)
{
    return lwm2m_carrier_battery_level_set((uint8_t)number(count, words, 1));
}

static int run_battery_status(int count, char **words)
{
    return lwm2m_carrier_battery_status_set(number(count, words, 1));
}

static int run_error_add(int count, char **words)
{
    return lwm2m_carrier_error_code_add(number(count, words, 1));
}

static int run_error_remove(int count, char **words)
{
    return lwm2m_carrier_error_code_remove(number(count, words, 1));
}

static int run_memory_total(int count, char **words)
{
    return lwm2m_carrier_memory_total_set((uint32_t)number(count, words, 1));
}

static int run_app_data(int count, char **words)
{
    static uint8_t bytes[DATA_MAX];

    return lwm2m_carrier_app_data_send(bytes, count > 1 ? hex(words[1], bytes, sizeof(bytes)) : 0);
}

static int run_portfolio(int count, char **words)
{
    const uint16_t instance = (uint16_t)number(count, words, 2);

    if (count > 2 && strcmp(words[1], "create") == 0) {
        return lwm2m_carrier_portfolio_instance_create(instance);
    }
    if (count > 4 && strcmp(words[1], "write") == 0) {
        return lwm2m_carrier_identity_write(instance, (uint16_t)number(count, words, 3), words[4]);
    }
    return -EINVAL;
}

static int run_location(int count, char **words)
{
    return lwm2m_carrier_location_set(real(count, words, 1), real(count, words, 2), (float)real(count, words, 3),
                                      (uint32_t)number(count, words, 4), (float)real(count, words, 5));
}

static int run_reboot_answer(int count, char **words)
{
    reboot_answer = number(count, words, 1);
    return 0;
}

static int run_lazy(int count, char **words)
{
    lazy = number(count, words, 1);
    link_answer = number(count, words, 2);
    return 0;
}

static int run_mode(int count, char **words)
{
    return modem_mode(number(count, words, 1));
}

/* Takes the modem library away from under the library, as some other part of a firmware may. */
static int run_shutdown(int count, char **words)
{
    (void)count;
    (void)words;
    return lwm2m_os_nrf_modem_shutdown();
}

static const struct word words_known[] = {
    {"sources", run_sources},
    {"voltage", run_voltage},
    {"current", run_current},
    {"battery", run_battery},
    {"battery-status", run_battery_status},
    {"error-add", run_error_add},
    {"error-remove", run_error_remove},
    {"memory-total", run_memory_total},
    {"appdata", run_app_data},
    {"portfolio", run_portfolio},
    {"location", run_location},
    {"reboot-answer", run_reboot_answer},
    {"lazy", run_lazy},
    {"mode", run_mode},
    {"shutdown", run_shutdown},
};

static void command_run(char *line)
{
    char *words[WORDS_MAX];
    char *rest = line;
    char *word;
    int count = 0;

    while (count < WORDS_MAX && (word = strtok_r(rest, " ", &rest)) != NULL) {
        words[count++] = word;
    }
    if (count == 0) {
        return;
    }
    for (size_t i = 0; i < sizeof(words_known) / sizeof(words_known[0]); i++) {
        if (strcmp(words[0], words_known[i].name) == 0) {
            printf("result %s %d\n", words[0], words_known[i].run(count, words));
            return;
        }
    }
    printf("unknown %s\n", words[0]);
}

/* Without stdio: a stream that waits for input would hold up the flush of all streams before a reset. */
static bool line_read(char *line, size_t room)
{
    size_t length = 0;
    char next;

    while (read(STDIN_FILENO, &next, 1) == 1) {
        if (next == '\n') {
            line[length] = '\0';
            return true;
        }
        if (length + 1 < room) {
            line[length++] = next;
        }
    }
    return false;
}

static void *commands_read(void *unused)
{
    static char line[LINE_MAX_LENGTH];

    (void)unused;
    while (line_read(line, sizeof(line))) {
        pthread_mutex_lock(&command);
        command_run(line);
        pthread_mutex_unlock(&command);
        /* A thread that blocks outside the modem must not hold simulated time. */
        virtual_modem_thread_exit();
    }
    /* Whoever drives this program is gone. */
    _Exit(0);
}

/* Settings of the product for the operator of --operator. */
const lwm2m_carrier_provision_t *lwm2m_carrier_provision_read(uint8_t operator_id)
{
    return operator_id == operator_provided ? &provision : NULL;
}

/* "<tries> <first delay> <delay after a sequence> <sequences> <maintenance>", 0 for what the library has. */
static void retry_set(const char *value)
{
    unsigned int count = 0, timer = 0, delay = 0, sequences = 0, maintenance = 0;

    sscanf(value, "%u %u %u %u %u", &count, &timer, &delay, &sequences, &maintenance);
    provision.retry_count = (uint8_t)count;
    provision.retry_timer = timer;
    provision.retry_delay = delay;
    provision.retry_sequences = (uint8_t)sequences;
    provision.maintenance_delay = maintenance;
}

static int operator_setting(const char *name, const char *value)
{
    if (strcmp(name, "--operator") == 0) {
        operator_provided = atoi(value);
    } else if (strcmp(name, "--operator-enable") == 0) {
        provision.enable = (uint8_t)atoi(value);
    } else if (strcmp(name, "--operator-uri") == 0) {
        provision.server_uri = value;
    } else if (strcmp(name, "--operator-psk") == 0) {
        provision.psk = value;
    } else if (strcmp(name, "--operator-identity") == 0) {
        provision.psk_identity = value;
    } else if (strcmp(name, "--operator-endpoint") == 0) {
        provision.endpoint = value;
    } else if (strcmp(name, "--operator-apn") == 0) {
        provision.apn = value;
    } else if (strcmp(name, "--operator-test-uri") == 0) {
        provision.test_server_uri = value;
    } else if (strcmp(name, "--operator-test-psk") == 0) {
        provision.test_psk = value;
    } else if (strcmp(name, "--operator-retry") == 0) {
        retry_set(value);
    } else if (strcmp(name, "--operator-lwm2m") == 0) {
        provision.lwm2m_version = (uint8_t)atoi(value);
    } else {
        return -EINVAL;
    }
    return 0;
}

static int setting(const char *name, const char *value)
{
    if (strcmp(name, "--uri") == 0) {
        config.server_uri = value;
    } else if (strcmp(name, "--bootstrap") == 0) {
        config.is_bootstrap_server = atoi(value) != 0;
    } else if (strcmp(name, "--certification") == 0) {
        config.certification_mode = atoi(value) != 0;
    } else if (strcmp(name, "--smartcard") == 0) {
        config.disable_bootstrap_from_smartcard = atoi(value) == 0;
    } else if (strcmp(name, "--service-code") == 0) {
        config.service_code = value;
    } else if (strcmp(name, "--psk") == 0) {
        config.psk = value;
    } else if (strcmp(name, "--lifetime") == 0) {
        config.server_lifetime = atoi(value);
    } else if (strcmp(name, "--idle") == 0) {
        config.session_idle_timeout = atoi(value);
    } else if (strcmp(name, "--apn") == 0) {
        config.apn = value;
    } else if (strcmp(name, "--manufacturer") == 0) {
        config.manufacturer = value;
    } else if (strcmp(name, "--model") == 0) {
        config.model_number = value;
    } else if (strcmp(name, "--lazy") == 0) {
        lazy = atoi(value);
    } else if (strcmp(name, "--link-answer") == 0) {
        link_answer = atoi(value);
    } else {
        return operator_setting(name, value);
    }
    return 0;
}

int main(int argc, char **argv)
{
    pthread_t reader;
    int result;

    setvbuf(stdout, NULL, _IOLBF, BUFSIZ);
    for (int i = 1; i < argc; i += 2) {
        if (i + 1 >= argc || setting(argv[i], argv[i + 1]) != 0) {
            fprintf(stderr, "not understood: %s\n", argv[i]);
            return 2;
        }
    }
    if (pthread_create(&reader, NULL, commands_read, NULL) != 0) {
        return 2;
    }
    pthread_detach(reader);

    result = lwm2m_carrier_init(&config);
    printf("init %d\n", result);
    if (result != 0) {
        return 1;
    }
    lwm2m_carrier_run();
    printf("ended\n");
    /* A command that led to this still has its result to print. */
    pthread_mutex_lock(&command);
    return 3;
}
