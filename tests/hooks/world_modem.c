/*
 * SPDX-License-Identifier: MIT OR Apache-2.0
 *
 * The world of the virtual modem, which has the traps of the original integration: driven by its control socket.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <nrf_modem_at.h>
#include <virtual_modem.h>

#include "world.h"

/* The thread that delivers notifications, once one has been delivered. */
static pthread_t system_queue;
static volatile bool system_queue_known;

static void control(const char *command)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	char answer[256];
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	ssize_t length;

	snprintf(address.sun_path, sizeof(address.sun_path), "%s", getenv("VIRTUAL_MODEM_CONTROL"));
	if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof(address)) != 0 || dprintf(fd, "%s\n", command) < 0) {
		perror("control");
		exit(3);
	}
	length = read(fd, answer, sizeof(answer));
	if (length < 2 || strncmp(answer, "ok", 2) != 0) {
		fprintf(stderr, "%s: refused\n", command);
		exit(3);
	}
	close(fd);
}

static void remember(const char *notification)
{
	(void)notification;
	system_queue = pthread_self();
	system_queue_known = true;
}

bool world_has_traps(void)
{
	return true;
}

void world_notify(const char *text)
{
	char command[256];

	snprintf(command, sizeof(command), "notify %.*s", (int)strcspn(text, "\r"), text);
	control(command);
}

void world_sms(uint16_t port, const char *payload)
{
	char command[256];
	int length = snprintf(command, sizeof(command), "sms +15550100 port=%u hex ", port);

	for (; *payload != '\0'; payload++) {
		length += snprintf(command + length, sizeof(command) - (size_t)length, "%02x", (unsigned char)*payload);
	}
	control(command);
}

void world_mode_query_fails(void)
{
	control("at-error AT%XSYSTEMMODE?");
}

bool world_is_system_queue(void)
{
	return system_queue_known && pthread_equal(pthread_self(), system_queue);
}

int world_at(const char *command)
{
	return virtual_modem_at(command, NULL, 0);
}

/* Before any case: the queue shows itself with the first notification. */
__attribute__((constructor)) static void set_up(void)
{
	virtual_modem_at_monitor_add(remember);
}
