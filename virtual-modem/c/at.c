/*
 * The variadic AT functions: stable Rust cannot define them, so they are formatted here and run as
 * finished lines. Public names come from Rust (src/at.rs), which jumps here.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HIDDEN __attribute__((visibility("hidden")))
#define ANSWER_SIZE 65536

#define NRF_ENOMEM 12
#define NRF_EFAULT 14
#define NRF_EINVAL 22
#define NRF_EBADMSG 77

int virtual_modem_at(const char *line, char *answer, size_t size);
int virtual_modem_at_async(const char *line, void (*handler)(const char *answer));

static char *line_format(const char *format, va_list arguments)
{
	va_list copy;
	char *line;
	int length;

	va_copy(copy, arguments);
	length = vsnprintf(NULL, 0, format, copy);
	va_end(copy);
	if (length < 0) {
		return NULL;
	}
	line = malloc((size_t)length + 1);
	if (line != NULL) {
		vsnprintf(line, (size_t)length + 1, format, arguments);
	}
	return line;
}

HIDDEN int at_printf_c(const char *format, ...)
{
	va_list arguments;
	char *line;
	int result;

	if (format == NULL) {
		return -NRF_EFAULT;
	}
	va_start(arguments, format);
	line = line_format(format, arguments);
	va_end(arguments);
	if (line == NULL) {
		return -NRF_ENOMEM;
	}
	result = virtual_modem_at(line, NULL, 0);
	free(line);
	return result;
}

HIDDEN int at_cmd_c(void *buffer, size_t size, const char *format, ...)
{
	va_list arguments;
	char *line;
	int result;

	if (buffer == NULL || format == NULL) {
		return -NRF_EFAULT;
	}
	if (size == 0) {
		return -NRF_EINVAL;
	}
	va_start(arguments, format);
	line = line_format(format, arguments);
	va_end(arguments);
	if (line == NULL) {
		return -NRF_ENOMEM;
	}
	result = virtual_modem_at(line, buffer, size);
	free(line);
	return result;
}

HIDDEN int at_cmd_async_c(void (*handler)(const char *answer), const char *format, ...)
{
	va_list arguments;
	char *line;
	int result;

	if (handler == NULL || format == NULL) {
		return -NRF_EFAULT;
	}
	va_start(arguments, format);
	line = line_format(format, arguments);
	va_end(arguments);
	if (line == NULL) {
		return -NRF_ENOMEM;
	}
	result = virtual_modem_at_async(line, handler);
	free(line);
	return result;
}

/* The command is not a format here. */
HIDDEN int at_scanf_c(const char *command, const char *format, ...)
{
	va_list arguments;
	char *answer;
	int result;

	if (command == NULL || format == NULL) {
		return -NRF_EFAULT;
	}
	answer = malloc(ANSWER_SIZE);
	if (answer == NULL) {
		return -NRF_ENOMEM;
	}
	result = virtual_modem_at(command, answer, ANSWER_SIZE);
	if (result >= 0) {
		va_start(arguments, format);
		result = vsscanf(answer, format, arguments);
		va_end(arguments);
		if (result <= 0) {
			result = -NRF_EBADMSG;
		}
	}
	free(answer);
	return result;
}
