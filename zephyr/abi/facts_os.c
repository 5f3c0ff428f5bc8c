/*
 * The binary interface of lwm2m_carrier 0.30.0 as compile-time checks: every macro, structure, enumeration and prototype of
 * lwm2m_os.h. The facts were measured by compiling the published header for Cortex-M33 and x86-64.
 *
 * SPDX-License-Identifier: MIT OR Apache-2.0
 */

#include "facts.h"

#include <lwm2m_os.h>

/* Macros */
CHECK(LWM2M_OS_MAX_WORK_QS == 2);
/* 13 from 0.30.1 on: more than needed does no harm. */
CHECK(LWM2M_OS_MAX_TIMER_COUNT >= 11);
CHECK(LWM2M_OS_MAX_THREAD_COUNT == 1);
CHECK(LWM2M_OS_MAX_SEM_COUNT == 8);
CHECK(LWM2M_OS_LTE_MODE_NONE == -1);
CHECK(LWM2M_OS_LTE_MODE_CAT_M1 == 6);
CHECK(LWM2M_OS_LTE_MODE_CAT_NB1 == 7);
CHECK(LWM2M_OS_STORAGE_BASE == 51712);
CHECK(LWM2M_OS_STORAGE_END == 51967);
CHECK(LWM2M_OS_DOWNLOAD_EVT_FRAGMENT == 0);
CHECK(LWM2M_OS_DOWNLOAD_EVT_ERROR == 1);
CHECK(LWM2M_OS_DOWNLOAD_EVT_DONE == 2);
CHECK(LWM2M_OS_DOWNLOAD_SEC_TAG_NONE == -1);

/* Enumerations */
CHECK(LWM2M_OS_PDN_FAM_IPV4 == 0);
CHECK(LWM2M_OS_PDN_FAM_IPV6 == 1);
CHECK(LWM2M_OS_PDN_FAM_IPV4V6 == 2);
CHECK(sizeof(enum lwm2m_os_pdn_fam) == ENUM_SIZE);
CHECK(LWM2M_OS_PDN_EVENT_CNEC_ESM == 0);
CHECK(LWM2M_OS_PDN_EVENT_ACTIVATED == 1);
CHECK(LWM2M_OS_PDN_EVENT_DEACTIVATED == 2);
CHECK(LWM2M_OS_PDN_EVENT_IPV6_UP == 3);
CHECK(LWM2M_OS_PDN_EVENT_IPV6_DOWN == 4);
CHECK(sizeof(enum lwm2m_os_pdn_event) == ENUM_SIZE);

/* Structures */
CHECK(sizeof(struct lwm2m_os_sms_deliver_address) == WIDTH(8, 16));
CHECK(ALIGN_OF(struct lwm2m_os_sms_deliver_address) == WIDTH(4, 8));
CHECK(offsetof(struct lwm2m_os_sms_deliver_address, address_str) == 0);
CHECK(sizeof(((struct lwm2m_os_sms_deliver_address *)0)->address_str) == WIDTH(4, 8));
CHECK(offsetof(struct lwm2m_os_sms_deliver_address, length) == WIDTH(4, 8));
CHECK(sizeof(((struct lwm2m_os_sms_deliver_address *)0)->length) == 1);
CHECK(sizeof(struct lwm2m_os_sms_udh_app_port) == 6);
CHECK(ALIGN_OF(struct lwm2m_os_sms_udh_app_port) == 2);
CHECK(offsetof(struct lwm2m_os_sms_udh_app_port, present) == 0);
CHECK(sizeof(((struct lwm2m_os_sms_udh_app_port *)0)->present) == 1);
CHECK(offsetof(struct lwm2m_os_sms_udh_app_port, dest_port) == 2);
CHECK(sizeof(((struct lwm2m_os_sms_udh_app_port *)0)->dest_port) == 2);
CHECK(offsetof(struct lwm2m_os_sms_udh_app_port, src_port) == 4);
CHECK(sizeof(((struct lwm2m_os_sms_udh_app_port *)0)->src_port) == 2);
CHECK(sizeof(struct lwm2m_os_sms_deliver_header) == WIDTH(16, 24));
CHECK(ALIGN_OF(struct lwm2m_os_sms_deliver_header) == WIDTH(4, 8));
CHECK(offsetof(struct lwm2m_os_sms_deliver_header, originating_address) == 0);
CHECK(sizeof(((struct lwm2m_os_sms_deliver_header *)0)->originating_address) == WIDTH(8, 16));
CHECK(offsetof(struct lwm2m_os_sms_deliver_header, app_port) == WIDTH(8, 16));
CHECK(sizeof(((struct lwm2m_os_sms_deliver_header *)0)->app_port) == 6);
CHECK(sizeof(union lwm2m_os_sms_header) == WIDTH(16, 24));
CHECK(ALIGN_OF(union lwm2m_os_sms_header) == WIDTH(4, 8));
CHECK(offsetof(union lwm2m_os_sms_header, deliver) == 0);
CHECK(sizeof(((union lwm2m_os_sms_header *)0)->deliver) == WIDTH(16, 24));
CHECK(sizeof(struct lwm2m_os_sms_data) == WIDTH(24, 40));
CHECK(ALIGN_OF(struct lwm2m_os_sms_data) == WIDTH(4, 8));
CHECK(offsetof(struct lwm2m_os_sms_data, header) == 0);
CHECK(sizeof(((struct lwm2m_os_sms_data *)0)->header) == WIDTH(16, 24));
CHECK(offsetof(struct lwm2m_os_sms_data, payload_len) == WIDTH(16, 24));
CHECK(sizeof(((struct lwm2m_os_sms_data *)0)->payload_len) == 4);
CHECK(offsetof(struct lwm2m_os_sms_data, payload) == WIDTH(20, 32));
CHECK(sizeof(((struct lwm2m_os_sms_data *)0)->payload) == WIDTH(4, 8));
CHECK(sizeof(struct lwm2m_os_fragment) == WIDTH(8, 16));
CHECK(ALIGN_OF(struct lwm2m_os_fragment) == WIDTH(4, 8));
CHECK(offsetof(struct lwm2m_os_fragment, buf) == 0);
CHECK(sizeof(((struct lwm2m_os_fragment *)0)->buf) == WIDTH(4, 8));
CHECK(offsetof(struct lwm2m_os_fragment, len) == WIDTH(4, 8));
CHECK(sizeof(((struct lwm2m_os_fragment *)0)->len) == WIDTH(4, 8));
CHECK(sizeof(struct lwm2m_os_download_evt) == WIDTH(12, 24));
CHECK(ALIGN_OF(struct lwm2m_os_download_evt) == WIDTH(4, 8));
CHECK(offsetof(struct lwm2m_os_download_evt, id) == 0);
CHECK(sizeof(((struct lwm2m_os_download_evt *)0)->id) == 4);
CHECK(offsetof(struct lwm2m_os_download_evt, error) == WIDTH(4, 8));
CHECK(sizeof(((struct lwm2m_os_download_evt *)0)->error) == 4);
CHECK(offsetof(struct lwm2m_os_download_evt, fragment) == WIDTH(4, 8));
CHECK(sizeof(((struct lwm2m_os_download_evt *)0)->fragment) == WIDTH(8, 16));
CHECK(sizeof(struct lwm2m_os_download_cfg) == 8);
CHECK(ALIGN_OF(struct lwm2m_os_download_cfg) == 4);
CHECK(offsetof(struct lwm2m_os_download_cfg, sec_tag) == 0);
CHECK(sizeof(((struct lwm2m_os_download_cfg *)0)->sec_tag) == 4);
CHECK(offsetof(struct lwm2m_os_download_cfg, pdn_id) == 4);
CHECK(sizeof(((struct lwm2m_os_download_cfg *)0)->pdn_id) == 4);

/* Types of members */
extern char **member_struct_lwm2m_os_sms_deliver_address_address_str(struct lwm2m_os_sms_deliver_address *base);
char **member_struct_lwm2m_os_sms_deliver_address_address_str(struct lwm2m_os_sms_deliver_address *base)
{
    return &base->address_str;
}
extern uint8_t *member_struct_lwm2m_os_sms_deliver_address_length(struct lwm2m_os_sms_deliver_address *base);
uint8_t *member_struct_lwm2m_os_sms_deliver_address_length(struct lwm2m_os_sms_deliver_address *base)
{
    return &base->length;
}
extern bool *member_struct_lwm2m_os_sms_udh_app_port_present(struct lwm2m_os_sms_udh_app_port *base);
bool *member_struct_lwm2m_os_sms_udh_app_port_present(struct lwm2m_os_sms_udh_app_port *base)
{
    return &base->present;
}
extern uint16_t *member_struct_lwm2m_os_sms_udh_app_port_dest_port(struct lwm2m_os_sms_udh_app_port *base);
uint16_t *member_struct_lwm2m_os_sms_udh_app_port_dest_port(struct lwm2m_os_sms_udh_app_port *base)
{
    return &base->dest_port;
}
extern uint16_t *member_struct_lwm2m_os_sms_udh_app_port_src_port(struct lwm2m_os_sms_udh_app_port *base);
uint16_t *member_struct_lwm2m_os_sms_udh_app_port_src_port(struct lwm2m_os_sms_udh_app_port *base)
{
    return &base->src_port;
}
extern struct lwm2m_os_sms_deliver_address *member_struct_lwm2m_os_sms_deliver_header_originating_address(struct lwm2m_os_sms_deliver_header *base);
struct lwm2m_os_sms_deliver_address *member_struct_lwm2m_os_sms_deliver_header_originating_address(struct lwm2m_os_sms_deliver_header *base)
{
    return &base->originating_address;
}
extern struct lwm2m_os_sms_udh_app_port *member_struct_lwm2m_os_sms_deliver_header_app_port(struct lwm2m_os_sms_deliver_header *base);
struct lwm2m_os_sms_udh_app_port *member_struct_lwm2m_os_sms_deliver_header_app_port(struct lwm2m_os_sms_deliver_header *base)
{
    return &base->app_port;
}
extern struct lwm2m_os_sms_deliver_header *member_union_lwm2m_os_sms_header_deliver(union lwm2m_os_sms_header *base);
struct lwm2m_os_sms_deliver_header *member_union_lwm2m_os_sms_header_deliver(union lwm2m_os_sms_header *base)
{
    return &base->deliver;
}
extern union lwm2m_os_sms_header *member_struct_lwm2m_os_sms_data_header(struct lwm2m_os_sms_data *base);
union lwm2m_os_sms_header *member_struct_lwm2m_os_sms_data_header(struct lwm2m_os_sms_data *base)
{
    return &base->header;
}
extern int *member_struct_lwm2m_os_sms_data_payload_len(struct lwm2m_os_sms_data *base);
int *member_struct_lwm2m_os_sms_data_payload_len(struct lwm2m_os_sms_data *base)
{
    return &base->payload_len;
}
extern char **member_struct_lwm2m_os_sms_data_payload(struct lwm2m_os_sms_data *base);
char **member_struct_lwm2m_os_sms_data_payload(struct lwm2m_os_sms_data *base)
{
    return &base->payload;
}
extern const void **member_struct_lwm2m_os_fragment_buf(struct lwm2m_os_fragment *base);
const void **member_struct_lwm2m_os_fragment_buf(struct lwm2m_os_fragment *base)
{
    return &base->buf;
}
extern size_t *member_struct_lwm2m_os_fragment_len(struct lwm2m_os_fragment *base);
size_t *member_struct_lwm2m_os_fragment_len(struct lwm2m_os_fragment *base)
{
    return &base->len;
}
extern int *member_struct_lwm2m_os_download_evt_id(struct lwm2m_os_download_evt *base);
int *member_struct_lwm2m_os_download_evt_id(struct lwm2m_os_download_evt *base)
{
    return &base->id;
}
extern int *member_struct_lwm2m_os_download_evt_error(struct lwm2m_os_download_evt *base);
int *member_struct_lwm2m_os_download_evt_error(struct lwm2m_os_download_evt *base)
{
    return &base->error;
}
extern struct lwm2m_os_fragment *member_struct_lwm2m_os_download_evt_fragment(struct lwm2m_os_download_evt *base);
struct lwm2m_os_fragment *member_struct_lwm2m_os_download_evt_fragment(struct lwm2m_os_download_evt *base)
{
    return &base->fragment;
}
extern int *member_struct_lwm2m_os_download_cfg_sec_tag(struct lwm2m_os_download_cfg *base);
int *member_struct_lwm2m_os_download_cfg_sec_tag(struct lwm2m_os_download_cfg *base)
{
    return &base->sec_tag;
}
extern int *member_struct_lwm2m_os_download_cfg_pdn_id(struct lwm2m_os_download_cfg *base);
int *member_struct_lwm2m_os_download_cfg_pdn_id(struct lwm2m_os_download_cfg *base)
{
    return &base->pdn_id;
}

/* Type definitions and prototypes: each is declared once more, which only an equal one may be, and nothing is asked of the linker. */
#ifdef __cplusplus
extern "C" {
#endif
extern void *typedef_lwm2m_os_work_q_t;
extern lwm2m_os_work_q_t *typedef_lwm2m_os_work_q_t;
extern void *typedef_lwm2m_os_timer_t;
extern lwm2m_os_timer_t *typedef_lwm2m_os_timer_t;
extern void *typedef_lwm2m_os_sem_t;
extern lwm2m_os_sem_t *typedef_lwm2m_os_sem_t;
extern void (*typedef_lwm2m_os_thread_entry_t)(void *p1, void *p2, void *p3);
extern lwm2m_os_thread_entry_t typedef_lwm2m_os_thread_entry_t;
extern void (*typedef_lwm2m_os_at_handler_callback_t)(const char *notif);
extern lwm2m_os_at_handler_callback_t typedef_lwm2m_os_at_handler_callback_t;
extern void (*typedef_lwm2m_os_timer_handler_t)(void *timer);
extern lwm2m_os_timer_handler_t typedef_lwm2m_os_timer_handler_t;
extern void (*typedef_lwm2m_os_sms_callback_t)(struct lwm2m_os_sms_data *const data, void *context);
extern lwm2m_os_sms_callback_t typedef_lwm2m_os_sms_callback_t;
extern int (*typedef_lwm2m_os_download_callback_t)(const struct lwm2m_os_download_evt *event);
extern lwm2m_os_download_callback_t typedef_lwm2m_os_download_callback_t;
extern void (*typedef_lwm2m_os_pdn_event_handler_t)(uint8_t cid, enum lwm2m_os_pdn_event event, int reason);
extern lwm2m_os_pdn_event_handler_t typedef_lwm2m_os_pdn_event_handler_t;
int lwm2m_os_pdn_init(void);
int lwm2m_os_pdn_ctx_create(uint8_t *cid, lwm2m_os_pdn_event_handler_t cb);
int lwm2m_os_pdn_ctx_configure(uint8_t cid, const char *apn, enum lwm2m_os_pdn_fam family);
int lwm2m_os_pdn_ctx_destroy(uint8_t cid);
int lwm2m_os_pdn_activate(uint8_t cid, int *esm, enum lwm2m_os_pdn_fam *family);
int lwm2m_os_pdn_deactivate(uint8_t cid);
int lwm2m_os_pdn_id_get(uint8_t cid);
int lwm2m_os_pdn_default_apn_get(char *buf, size_t len);
int lwm2m_os_pdn_default_callback_set(lwm2m_os_pdn_event_handler_t cb);
int lwm2m_os_init(void);
void *lwm2m_os_malloc(size_t size);
void lwm2m_os_free(void *ptr);
int lwm2m_os_sem_init(lwm2m_os_sem_t **sem, unsigned int initial_count, unsigned int limit);
int lwm2m_os_sem_take(lwm2m_os_sem_t *sem, int timeout);
void lwm2m_os_sem_give(lwm2m_os_sem_t *sem);
void lwm2m_os_sem_reset(lwm2m_os_sem_t *sem);
int64_t lwm2m_os_uptime_get(void);
int64_t lwm2m_os_uptime_delta(int64_t *ref);
int lwm2m_os_sleep(int ms);
void lwm2m_os_sys_reset(void);
uint32_t lwm2m_os_rand_get(void);
int lwm2m_os_storage_delete(uint16_t id);
int lwm2m_os_storage_read(uint16_t id, void *data, size_t len);
int lwm2m_os_storage_write(uint16_t id, const void *data, size_t len);
lwm2m_os_work_q_t *lwm2m_os_work_q_start(int index, const char *name);
lwm2m_os_timer_t *lwm2m_os_timer_get(lwm2m_os_timer_handler_t handler);
void lwm2m_os_timer_release(lwm2m_os_timer_t *timer);
int lwm2m_os_timer_start(lwm2m_os_timer_t *timer, int64_t delay);
int lwm2m_os_timer_start_on_q(lwm2m_os_work_q_t *work_q, lwm2m_os_timer_t *timer, int64_t delay);
void lwm2m_os_timer_cancel(lwm2m_os_timer_t *timer);
int64_t lwm2m_os_timer_remaining(lwm2m_os_timer_t *timer);
bool lwm2m_os_timer_is_pending(lwm2m_os_timer_t *timer);
int lwm2m_os_thread_start(int index, lwm2m_os_thread_entry_t entry, const char *name);
int lwm2m_os_nrf_modem_init(void);
int lwm2m_os_nrf_modem_shutdown(void);
int lwm2m_os_at_init(lwm2m_os_at_handler_callback_t callback);
int lwm2m_os_sms_init(void);
void lwm2m_os_sms_uninit(void);
int lwm2m_os_sms_client_register(lwm2m_os_sms_callback_t lib_callback, void *context);
void lwm2m_os_sms_client_deregister(int handle);
int lwm2m_os_download_connect(const char *host, const struct lwm2m_os_download_cfg *cfg);
int lwm2m_os_download_disconnect(void);
int lwm2m_os_download_init(lwm2m_os_download_callback_t lib_callback);
int lwm2m_os_download_start(const char *file, size_t from);
int lwm2m_os_download_file_size_get(size_t *size);
int32_t lwm2m_os_lte_mode_get(void);
int lwm2m_os_nrf_errno(void);
int lwm2m_os_sec_psk_exists(uint32_t sec_tag, bool *exists);
int lwm2m_os_sec_psk_write(uint32_t sec_tag, const void *buf, uint16_t len);
int lwm2m_os_sec_psk_delete(uint32_t sec_tag);
int lwm2m_os_sec_identity_exists(uint32_t sec_tag, bool *exists);
int lwm2m_os_sec_identity_write(uint32_t sec_tag, const void *buf, uint16_t len);
int lwm2m_os_sec_identity_delete(uint32_t sec_tag);
int lwm2m_os_app_fota_start(size_t max_file_size);
int lwm2m_os_app_fota_fragment(const char *buf, uint16_t len, uint16_t offset, uint32_t crc32);
int lwm2m_os_app_fota_finish(uint32_t crc32);
void lwm2m_os_app_fota_abort(void);
#ifdef __cplusplus
}
#endif
