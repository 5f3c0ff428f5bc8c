/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum download_client_evt_id {
	DOWNLOAD_CLIENT_EVT_FRAGMENT,
	DOWNLOAD_CLIENT_EVT_ERROR,
	DOWNLOAD_CLIENT_EVT_DONE,
	DOWNLOAD_CLIENT_EVT_CLOSED,
};

struct download_client_evt {
	enum download_client_evt_id id;
	union {
		int error;
		struct {
			const void *buf;
			size_t len;
		} fragment;
	};
};

struct download_client_cfg {
	const int *sec_tag_list;
	uint8_t sec_tag_count;
	uint8_t pdn_id;
	int family;
	size_t frag_size_override;
	bool set_tls_hostname;
};

typedef int (*download_client_callback_t)(const struct download_client_evt *event);

struct download_client {
	download_client_callback_t callback;
	const char *host;
	struct download_client_cfg config;
	size_t size;
};

int download_client_init(struct download_client *client, download_client_callback_t callback);
int download_client_set_host(struct download_client *client, const char *host, const struct download_client_cfg *config);
int download_client_start(struct download_client *client, const char *file, size_t from);
int download_client_file_size_get(struct download_client *client, size_t *size);
int download_client_disconnect(struct download_client *client);
