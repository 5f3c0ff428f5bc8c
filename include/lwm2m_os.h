/*
 * What the LwM2M carrier library asks of the system it runs on, compatible with lwm2m_carrier 0.30.0.
 *
 * Generated from the Rust sources: change those, not this file.
 *
 * SPDX-License-Identifier: MIT OR Apache-2.0
 */

#ifndef LWM2M_OS_H__
#define LWM2M_OS_H__

#include <stdint.h>
#include <stddef.h>
#include <stdbool.h>

/**
 * Number of work queues a port provides.
 */
#define LWM2M_OS_MAX_WORK_QS 2

/**
 * Number of timers a port provides.
 */
#define LWM2M_OS_MAX_TIMER_COUNT 11

/**
 * Number of threads a port provides besides the one that runs the library.
 */
#define LWM2M_OS_MAX_THREAD_COUNT 1

/**
 * Number of semaphores a port provides.
 */
#define LWM2M_OS_MAX_SEM_COUNT 8

/**
 * Radio access technology not known.
 */
#define LWM2M_OS_LTE_MODE_NONE (-1)

/**
 * LTE-M.
 */
#define LWM2M_OS_LTE_MODE_CAT_M1 6

/**
 * NB-IoT.
 */
#define LWM2M_OS_LTE_MODE_CAT_NB1 7

/**
 * First record id that belongs to the library.
 */
#define LWM2M_OS_STORAGE_BASE 51712

/**
 * Last record id that belongs to the library.
 */
#define LWM2M_OS_STORAGE_END 51967

/**
 * Download event: a part of the file arrived; see fragment.
 */
#define LWM2M_OS_DOWNLOAD_EVT_FRAGMENT 0

/**
 * Download event: something failed; see error.
 */
#define LWM2M_OS_DOWNLOAD_EVT_ERROR 1

/**
 * Download event: the whole file has arrived.
 */
#define LWM2M_OS_DOWNLOAD_EVT_DONE 2

/**
 * Value of sec_tag for a download without TLS.
 */
#define LWM2M_OS_DOWNLOAD_SEC_TAG_NONE (-1)

/**
 * What happened to a packet data network context.
 */
enum lwm2m_os_pdn_event {
    /**
     * The network reported a session management error; reason holds its cause.
     */
    LWM2M_OS_PDN_EVENT_CNEC_ESM = 0,
    /**
     * The context is active.
     */
    LWM2M_OS_PDN_EVENT_ACTIVATED = 1,
    /**
     * The modem or the network ended the context.
     */
    LWM2M_OS_PDN_EVENT_DEACTIVATED = 2,
    /**
     * IPv6 works.
     */
    LWM2M_OS_PDN_EVENT_IPV6_UP = 3,
    /**
     * IPv6 is lost.
     */
    LWM2M_OS_PDN_EVENT_IPV6_DOWN = 4,
};

/**
 * Address family of a packet data network.
 */
enum lwm2m_os_pdn_fam {
    /**
     * IPv4 only.
     */
    LWM2M_OS_PDN_FAM_IPV4 = 0,
    /**
     * IPv6 only.
     */
    LWM2M_OS_PDN_FAM_IPV6 = 1,
    /**
     * Both.
     */
    LWM2M_OS_PDN_FAM_IPV4V6 = 2,
};

/**
 * Receives AT notifications: zero-terminated text, valid during the call. Returns at once and never blocks.
 */
typedef void (*lwm2m_os_at_handler_callback_t)(const char *notif);

/**
 * A semaphore of the port.
 */
typedef void lwm2m_os_sem_t;

/**
 * A work queue of the port.
 */
typedef void lwm2m_os_work_q_t;

/**
 * A timer of the port.
 */
typedef void lwm2m_os_timer_t;

/**
 * Called when a timer has run out, with the pointer lwm2m_os_timer_get returned. May start the timer anew.
 */
typedef void (*lwm2m_os_timer_handler_t)(void *timer);

/**
 * Entry of a thread; all arguments are NULL.
 */
typedef void (*lwm2m_os_thread_entry_t)(void *p1, void *p2, void *p3);

/**
 * Sender of an SMS.
 */
struct lwm2m_os_sms_deliver_address {
    /**
     * Number as text.
     */
    char *address_str;
    /**
     * Number of characters.
     */
    uint8_t length;
};

/**
 * Application ports of an SMS.
 */
struct lwm2m_os_sms_udh_app_port {
    /**
     * Whether the message carried ports.
     */
    bool present;
    /**
     * Destination port.
     */
    uint16_t dest_port;
    /**
     * Source port.
     */
    uint16_t src_port;
};

/**
 * Header of a received SMS.
 */
struct lwm2m_os_sms_deliver_header {
    /**
     * Sender.
     */
    struct lwm2m_os_sms_deliver_address originating_address;
    /**
     * Ports.
     */
    struct lwm2m_os_sms_udh_app_port app_port;
};

/**
 * Header of an SMS.
 */
union lwm2m_os_sms_header {
    /**
     * Of a received message.
     */
    struct lwm2m_os_sms_deliver_header deliver;
};

/**
 * A received SMS.
 */
struct lwm2m_os_sms_data {
    /**
     * Sender and ports.
     */
    union lwm2m_os_sms_header header;
    /**
     * Number of payload bytes.
     */
    int payload_len;
    /**
     * Payload.
     */
    char *payload;
};

/**
 * Receives an SMS and the context given at registration. Everything is valid during the call. Returns at once and never blocks.
 */
typedef void (*lwm2m_os_sms_callback_t)(struct lwm2m_os_sms_data *data, void *context);

/**
 * How to connect to a download server.
 */
struct lwm2m_os_download_cfg {
    /**
     * Security tag of the CA certificate, or LWM2M_OS_DOWNLOAD_SEC_TAG_NONE.
     */
    int sec_tag;
    /**
     * Packet data network to use, as lwm2m_os_pdn_id_get numbers them.
     */
    int pdn_id;
};

/**
 * A part of a downloaded file.
 */
struct lwm2m_os_fragment {
    /**
     * The bytes, valid during the call.
     */
    const void *buf;
    /**
     * Number of bytes.
     */
    size_t len;
};

/**
 * What happened to a download.
 */
struct lwm2m_os_download_evt {
    /**
     * LWM2M_OS_DOWNLOAD_EVT_*.
     */
    int id;
    /**
     * Payload of the event.
     */
    union {
        /**
         * With LWM2M_OS_DOWNLOAD_EVT_ERROR: negative error number.
         */
        int error;
        /**
         * With LWM2M_OS_DOWNLOAD_EVT_FRAGMENT: the part.
         */
        struct lwm2m_os_fragment fragment;
    };
};

/**
 * Receives the events of a download, on the download's own thread. Returns 0 to go on, any other value to stop.
 */
typedef int (*lwm2m_os_download_callback_t)(const struct lwm2m_os_download_evt *event);

/**
 * Receives events of a context; reason counts for LWM2M_OS_PDN_EVENT_CNEC_ESM only. Returns at once and never blocks.
 */
typedef void (*lwm2m_os_pdn_event_handler_t)(uint8_t cid, enum lwm2m_os_pdn_event event, int reason);

#ifdef __cplusplus
extern "C" {
#endif // __cplusplus

/**
 * Prepares the layer: storage mounted, resources ready. Called once, first of all.
 *
 * @return 0, or a negative error number.
 */
extern int lwm2m_os_init(void);

/**
 * Starts the modem library.
 *
 * @return 0 when the modem runs; a positive result of a modem update that just took place, after which the library shuts the
 *         modem library down and starts it again; -EIO for every other failure.
 */
extern int lwm2m_os_nrf_modem_init(void);

/**
 * Shuts the modem library down.
 *
 * @return 0 or -EIO.
 */
extern int lwm2m_os_nrf_modem_shutdown(void);

/**
 * Delivers every AT notification to the callback from now on. Called once.
 *
 * @param callback Called from a thread that may be shared, never from an interrupt.
 *
 * @return 0 or -EIO.
 */
extern int lwm2m_os_at_init(lwm2m_os_at_handler_callback_t callback);

/**
 * Allocates memory. Declared for completeness: this library does not use a heap.
 *
 * @param size Number of bytes.
 *
 * @return The memory, or NULL.
 */
extern void *lwm2m_os_malloc(size_t size);

/**
 * Frees memory of lwm2m_os_malloc. Declared for completeness: this library does not use a heap.
 *
 * @param ptr The memory, or NULL.
 */
extern void lwm2m_os_free(void *ptr);

/**
 * Tells the time since start. It does not stop while the processor sleeps.
 *
 * @return Milliseconds.
 */
extern int64_t lwm2m_os_uptime_get(void);

/**
 * Tells the time since a reference and moves the reference to now.
 *
 * @param ref In: uptime in milliseconds. Out: current uptime.
 *
 * @return Milliseconds.
 */
extern int64_t lwm2m_os_uptime_delta(int64_t *ref);

/**
 * Suspends the calling thread.
 *
 * @param ms Milliseconds, 0 or more.
 *
 * @return 0, or the milliseconds left when woken early.
 */
extern int lwm2m_os_sleep(int ms);

/**
 * Resets the device. Does not return.
 */
extern void lwm2m_os_sys_reset(void);

/**
 * Tells a random number. Used for message ids, tokens and waiting times.
 *
 * @return 32 random bits.
 */
extern uint32_t lwm2m_os_rand_get(void);

/**
 * Tells why the last modem library call of this thread failed.
 *
 * @return Positive error number in the modem library's numbering, which is newlib's.
 */
extern int lwm2m_os_nrf_errno(void);

/**
 * Initialises a semaphore. Called once for each.
 *
 * @param sem           Points to NULL; receives the semaphore.
 * @param initial_count First count.
 * @param limit         Highest count, 1 or more.
 *
 * @return 0, or -EINVAL when the counts do not fit.
 */
extern int lwm2m_os_sem_init(lwm2m_os_sem_t **sem, unsigned int initial_count, unsigned int limit);

/**
 * Takes a semaphore.
 *
 * @param sem     The semaphore.
 * @param timeout Milliseconds to wait, 0 not at all, -1 for ever.
 *
 * @return 0; -EBUSY when taken and not to be waited for; -EAGAIN when the time is up or the semaphore was reset.
 */
extern int lwm2m_os_sem_take(lwm2m_os_sem_t *sem,
                             int timeout);

/**
 * Gives a semaphore; the count stops at its limit. May be called from an interrupt.
 *
 * @param sem The semaphore.
 */
extern void lwm2m_os_sem_give(lwm2m_os_sem_t *sem);

/**
 * Sets the count to 0 and wakes all who wait.
 *
 * @param sem The semaphore.
 */
extern void lwm2m_os_sem_reset(lwm2m_os_sem_t *sem);

/**
 * Starts a work queue. Called once for each index.
 *
 * @param index 0 to LWM2M_OS_MAX_WORK_QS - 1.
 * @param name  Name for the queue's thread; stays valid.
 *
 * @return The queue, or NULL when the index is out of range.
 */
extern lwm2m_os_work_q_t *lwm2m_os_work_q_start(int index, const char *name);

/**
 * Reserves a timer.
 *
 * @param handler Called when the timer runs out, once for each start.
 *
 * @return The timer, or NULL when there is none left.
 */
extern lwm2m_os_timer_t *lwm2m_os_timer_get(lwm2m_os_timer_handler_t handler);

/**
 * Gives a timer back. It must not be running.
 *
 * @param timer The timer.
 */
extern void lwm2m_os_timer_release(lwm2m_os_timer_t *timer);

/**
 * Starts a timer, or starts it over, on the system's work queue.
 *
 * @param timer The timer.
 * @param delay Milliseconds.
 *
 * @return 0 or -EINVAL.
 */
extern int lwm2m_os_timer_start(lwm2m_os_timer_t *timer, int64_t delay);

/**
 * Starts a timer, or starts it over, on a work queue of the library.
 *
 * @param work_q The queue.
 * @param timer  The timer.
 * @param delay  Milliseconds; 0 as soon as possible.
 *
 * @return 0 or -EINVAL.
 */
extern int lwm2m_os_timer_start_on_q(lwm2m_os_work_q_t *work_q, lwm2m_os_timer_t *timer, int64_t delay);

/**
 * Stops a timer. Afterwards its handler does not run; waits for one that does.
 *
 * @param timer The timer.
 */
extern void lwm2m_os_timer_cancel(lwm2m_os_timer_t *timer);

/**
 * Tells how long a timer still runs.
 *
 * @param timer The timer.
 *
 * @return Milliseconds; 0 when it does not run.
 */
extern int64_t lwm2m_os_timer_remaining(lwm2m_os_timer_t *timer);

/**
 * Tells whether a timer runs, is due, or its handler runs.
 *
 * @param timer The timer.
 *
 * @return true if so.
 */
extern bool lwm2m_os_timer_is_pending(lwm2m_os_timer_t *timer);

/**
 * Starts a thread. Its stack has 600 bytes in the original integration.
 *
 * @param index 0 to LWM2M_OS_MAX_THREAD_COUNT - 1.
 * @param entry What the thread runs.
 * @param name  Name of the thread; stays valid.
 *
 * @return 0, or -EINVAL when the index is out of range.
 */
extern int lwm2m_os_thread_start(int index, lwm2m_os_thread_entry_t entry, const char *name);

/**
 * Deletes a record.
 *
 * @param id LWM2M_OS_STORAGE_BASE to LWM2M_OS_STORAGE_END.
 *
 * @return 0, also when there is none; or a negative error number.
 */
extern int lwm2m_os_storage_delete(uint16_t id);

/**
 * Reads a record.
 *
 * @param id   LWM2M_OS_STORAGE_BASE to LWM2M_OS_STORAGE_END.
 * @param data Receives up to len bytes.
 * @param len  Number of bytes.
 *
 * @return Length of the stored record, which may exceed len; -ENOENT when there is none; -EINVAL when len is too large; -EACCES
 *         when the storage is not mounted.
 */
extern int lwm2m_os_storage_read(uint16_t id,
                                 void *data,
                                 size_t len);

/**
 * Writes a record, whole or not at all.
 *
 * @param id   LWM2M_OS_STORAGE_BASE to LWM2M_OS_STORAGE_END.
 * @param data The bytes.
 * @param len  Number of bytes; 0 deletes.
 *
 * @return Number of bytes written, 0 when the same was stored already; -ENOSPC when full; -EINVAL when too long.
 */
extern int lwm2m_os_storage_write(uint16_t id,
                                  const void *data,
                                  size_t len);

/**
 * Declared for compatibility with the original header. The library never calls it; a port need not define it.
 *
 * @return 0, or a negative error number.
 */
extern int lwm2m_os_sms_init(void);

/**
 * Declared for compatibility with the original header. The library never calls it; a port need not define it.
 */
extern void lwm2m_os_sms_uninit(void);

/**
 * Delivers received SMS messages to the callback.
 *
 * @param lib_callback Called from a thread that may be shared.
 * @param context      Handed to the callback.
 *
 * @return 0 or -EIO.
 */
extern int lwm2m_os_sms_client_register(lwm2m_os_sms_callback_t lib_callback, void *context);

/**
 * Ends the delivery of SMS messages.
 *
 * @param handle Number of the client.
 */
extern void lwm2m_os_sms_client_deregister(int handle);

/**
 * Connects to a download server; blocks for name lookup, TCP and TLS.
 *
 * @param host Host, with or without scheme and port; stays valid until the disconnection.
 * @param cfg  How to connect.
 *
 * @return 0, also when connected already; -ECONNREFUSED when refused or no certificate fits; or another negative error number.
 */
extern int lwm2m_os_download_connect(const char *host,
                                     const struct lwm2m_os_download_cfg *cfg);

/**
 * Disconnects from the download server.
 *
 * @return 0, or -EINVAL when not connected.
 */
extern int lwm2m_os_download_disconnect(void);

/**
 * Prepares downloads. Called once.
 *
 * @param lib_callback Receives all download events.
 *
 * @return 0, or a negative error number.
 */
extern int lwm2m_os_download_init(lwm2m_os_download_callback_t lib_callback);

/**
 * Starts to download a file.
 *
 * @param file Path on the server; stays valid until the end.
 * @param from Offset of the first byte wanted.
 *
 * @return 0; -ENOTCONN when not connected; or another negative error number.
 */
extern int lwm2m_os_download_start(const char *file, size_t from);

/**
 * Tells the size of the file; known after the first fragment.
 *
 * @param size Receives the number of bytes.
 *
 * @return 0, or a negative error number.
 */
extern int lwm2m_os_download_file_size_get(size_t *size);

/**
 * Tells the radio access technology.
 *
 * @return LWM2M_OS_LTE_MODE_CAT_M1, LWM2M_OS_LTE_MODE_CAT_NB1 or LWM2M_OS_LTE_MODE_NONE.
 */
extern int32_t lwm2m_os_lte_mode_get(void);

/**
 * Prepares the packet data network functions. Called after lwm2m_os_nrf_modem_init.
 *
 * @return 0, or a negative error number.
 */
extern int lwm2m_os_pdn_init(void);

/**
 * Creates a context.
 *
 * @param cid Receives its number.
 * @param cb  Receives its events.
 *
 * @return 0; -ENOMEM when there is none left; any other value is a failure too.
 */
extern int lwm2m_os_pdn_ctx_create(uint8_t *cid, lwm2m_os_pdn_event_handler_t cb);

/**
 * Configures a context.
 *
 * @param cid    Number of the context.
 * @param apn    Access point name, at most 63 characters.
 * @param family Address family.
 *
 * @return 0; -EINVAL or -EFAULT for a wrong name; -ENOEXEC when the modem refuses.
 */
extern int lwm2m_os_pdn_ctx_configure(uint8_t cid, const char *apn, enum lwm2m_os_pdn_fam family);

/**
 * Destroys a context.
 *
 * @param cid Number of the context.
 *
 * @return 0; -EINVAL when it was not created by lwm2m_os_pdn_ctx_create; any other value is a failure too.
 */
extern int lwm2m_os_pdn_ctx_destroy(uint8_t cid);

/**
 * Activates a context; blocks.
 *
 * @param cid    Number of the context.
 * @param esm    Receives the cause of a session management error, or 0; may be NULL.
 * @param family Changed when the network granted one family only; may be NULL.
 *
 * @return 0; any other value is a failure.
 */
extern int lwm2m_os_pdn_activate(uint8_t cid, int *esm, enum lwm2m_os_pdn_fam *family);

/**
 * Deactivates a context.
 *
 * @param cid Number of the context.
 *
 * @return 0; any other value is a failure.
 */
extern int lwm2m_os_pdn_deactivate(uint8_t cid);

/**
 * Tells the number by which sockets are bound to a context's network.
 *
 * @param cid Number of the context.
 *
 * @return 0 or more; negative for a failure.
 */
extern int lwm2m_os_pdn_id_get(uint8_t cid);

/**
 * Tells the access point name of context 0.
 *
 * @param buf Receives the zero-terminated name.
 * @param len Size of the buffer in bytes.
 *
 * @return 0; -E2BIG when it does not fit; or another negative error number.
 */
extern int lwm2m_os_pdn_default_apn_get(char *buf, size_t len);

/**
 * Delivers the events of context 0 to the callback.
 *
 * @param cb Receives the events; the last one set wins.
 *
 * @return 0 or -EINVAL.
 */
extern int lwm2m_os_pdn_default_callback_set(lwm2m_os_pdn_event_handler_t cb);

/**
 * Tells whether a pre-shared key is stored.
 *
 * @param sec_tag Security tag.
 * @param exists  Receives the answer.
 *
 * @return 0, -ENOBUFS, -EPERM or -EIO.
 */
extern int lwm2m_os_sec_psk_exists(uint32_t sec_tag, bool *exists);

/**
 * Stores a pre-shared key. The link must be down.
 *
 * @param sec_tag Security tag.
 * @param buf     Key as hexadecimal text, not zero-terminated.
 * @param len     Number of characters.
 *
 * @return 0; -EINVAL for nothing; -EACCES when the link is up; -ENOMEM when full; -ENOENT, -EPERM, -ENOBUFS, -EIO or any other value
 *         for other failures.
 */
extern int lwm2m_os_sec_psk_write(uint32_t sec_tag,
                                  const void *buf,
                                  uint16_t len);

/**
 * Deletes a pre-shared key. The link must be down.
 *
 * @param sec_tag Security tag.
 *
 * @return 0; -EACCES when the link is up; -ENOENT when there is none; any other value is a failure too.
 */
extern int lwm2m_os_sec_psk_delete(uint32_t sec_tag);

/**
 * Tells whether an identity is stored.
 *
 * @param sec_tag Security tag.
 * @param exists  Receives the answer.
 *
 * @return 0, -ENOBUFS, -EPERM or -EIO.
 */
extern int lwm2m_os_sec_identity_exists(uint32_t sec_tag, bool *exists);

/**
 * Stores the identity that belongs to a pre-shared key. The link must be down.
 *
 * @param sec_tag Security tag.
 * @param buf     Identity as text, not zero-terminated.
 * @param len     Number of characters.
 *
 * @return As lwm2m_os_sec_psk_write.
 */
extern int lwm2m_os_sec_identity_write(uint32_t sec_tag, const void *buf, uint16_t len);

/**
 * Deletes an identity. The link must be down.
 *
 * @param sec_tag Security tag.
 *
 * @return As lwm2m_os_sec_psk_delete.
 */
extern int lwm2m_os_sec_identity_delete(uint32_t sec_tag);

/**
 * Starts or resumes an application update.
 *
 * @param max_file_size Size of the image in bytes.
 *
 * @return 0; the number of bytes an unfinished update has already; -EBUSY when one runs; -ENOMEM when too large; -ENOTSUP when
 *         there is no boot loader for it; -EIO.
 */
extern int lwm2m_os_app_fota_start(size_t max_file_size);

/**
 * Writes a part of the image.
 *
 * @param buf    The part.
 * @param len    Number of bytes.
 * @param offset Number of bytes at its start that are not written.
 * @param crc32  IEEE CRC-32 of all its bytes.
 *
 * @return 0; -EACCES when not started; -EINVAL when the CRC differs; -ENOTSUP when it is no image; -ENOMEM; -EIO.
 */
extern int lwm2m_os_app_fota_fragment(const char *buf,
                                      uint16_t len,
                                      uint16_t offset,
                                      uint32_t crc32);

/**
 * Finishes the update: the boot loader takes the image at the next reset.
 *
 * @param crc32 IEEE CRC-32 of the whole image.
 *
 * @return 0; -EACCES when not started; -EINVAL when the CRC differs; -ENOTSUP; -EIO.
 */
extern int lwm2m_os_app_fota_finish(uint32_t crc32);

/**
 * Gives the update up and forgets its progress.
 */
extern void lwm2m_os_app_fota_abort(void);

#ifdef __cplusplus
}  // extern "C"
#endif  // __cplusplus

#endif  /* LWM2M_OS_H__ */
