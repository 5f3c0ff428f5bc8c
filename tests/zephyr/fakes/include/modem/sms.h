/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <stdbool.h>
#include <stdint.h>

enum sms_type { SMS_TYPE_DELIVER, SMS_TYPE_STATUS_REPORT };

struct sms_address {
	char address_str[21];
	uint8_t length;
	uint8_t type;
};

struct sms_udh_app_port {
	bool present;
	uint16_t dest_port;
	uint16_t src_port;
};

struct sms_deliver_header {
	struct sms_address originating_address;
	struct sms_udh_app_port app_port;
};

union sms_header {
	struct sms_deliver_header deliver;
};

struct sms_data {
	enum sms_type type;
	union sms_header header;
	int payload_len;
	uint8_t payload[161];
};

typedef void (*sms_callback_t)(struct sms_data *const data, void *context);

int sms_register_listener(sms_callback_t listener, void *context);
void sms_unregister_listener(int handle);
