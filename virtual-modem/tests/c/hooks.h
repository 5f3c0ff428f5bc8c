/* Prototypes of the hooks the test programs use, and their check macro. */
#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <nrf_modem.h>
#include <nrf_modem_at.h>
#include <virtual_modem.h>

typedef void (*pdn_handler_t)(uint8_t cid, int event, int reason);

struct sms_data {
	struct {
		char *text;
		uint8_t length;
	} address;
	struct {
		bool present;
		uint16_t destination, source;
	} port;
	int payload_length;
	char *payload;
};

int lwm2m_os_init(void);
int lwm2m_os_nrf_modem_init(void);
int lwm2m_os_nrf_modem_shutdown(void);
int lwm2m_os_at_init(void (*callback)(const char *));
int lwm2m_os_nrf_errno(void);
int lwm2m_os_sem_init(void **sem, unsigned int initial, unsigned int limit);
int lwm2m_os_sem_take(void *sem, int timeout);
void lwm2m_os_sem_give(void *sem);
void lwm2m_os_sem_reset(void *sem);
void *lwm2m_os_work_q_start(int index, const char *name);
void *lwm2m_os_timer_get(void (*handler)(void *));
void lwm2m_os_timer_release(void *timer);
int lwm2m_os_timer_start(void *timer, int64_t delay);
int lwm2m_os_timer_start_on_q(void *queue, void *timer, int64_t delay);
void lwm2m_os_timer_cancel(void *timer);
int64_t lwm2m_os_timer_remaining(void *timer);
bool lwm2m_os_timer_is_pending(void *timer);
int lwm2m_os_thread_start(int index, void (*entry)(void *, void *, void *), const char *name);
int lwm2m_os_sleep(int ms);
int64_t lwm2m_os_uptime_get(void);
int64_t lwm2m_os_uptime_delta(int64_t *ref);
uint32_t lwm2m_os_rand_get(void);
void lwm2m_os_sys_reset(void);
int lwm2m_os_storage_read(uint16_t id, void *data, size_t len);
int lwm2m_os_storage_write(uint16_t id, const void *data, size_t len);
int lwm2m_os_storage_delete(uint16_t id);
int32_t lwm2m_os_lte_mode_get(void);
int lwm2m_os_sec_psk_exists(uint32_t tag, bool *exists);
int lwm2m_os_sec_psk_write(uint32_t tag, const void *buf, uint16_t len);
int lwm2m_os_sec_psk_delete(uint32_t tag);
int lwm2m_os_sec_identity_write(uint32_t tag, const void *buf, uint16_t len);
int lwm2m_os_sms_client_register(void (*callback)(struct sms_data *, void *), void *context);
void lwm2m_os_sms_client_deregister(int handle);
int lwm2m_os_pdn_init(void);
int lwm2m_os_pdn_ctx_create(uint8_t *cid, pdn_handler_t handler);
int lwm2m_os_pdn_ctx_configure(uint8_t cid, const char *apn, int family);
int lwm2m_os_pdn_activate(uint8_t cid, int *esm, int *family);
int lwm2m_os_pdn_id_get(uint8_t cid);
int lwm2m_os_pdn_default_apn_get(char *buf, size_t len);
int lwm2m_os_pdn_default_callback_set(pdn_handler_t handler);
int lwm2m_os_app_fota_start(size_t size);

#define CHECK(condition)                                                                           \
	do {                                                                                       \
		if (!(condition)) {                                                                \
			fprintf(stderr, "line %d: %s\n", __LINE__, #condition);                    \
			exit(1);                                                                   \
		}                                                                                  \
	} while (0)
