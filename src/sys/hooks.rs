//! Every `lwm2m_os_*` function of the hook header of lwm2m_carrier 0.30.0, declared once.
//! Whoever ports the library implements these; cbindgen turns this file into `include/lwm2m_os.h`, so comments are written for the porter.
//! Declarations only: the rest of the library reaches them through the wrappers beside this file.

use core::ffi::{c_char, c_int, c_uint, c_void};

use super::hook_types::{
    lwm2m_os_at_handler_callback_t, lwm2m_os_download_callback_t, lwm2m_os_download_cfg,
    lwm2m_os_pdn_event_handler_t, lwm2m_os_pdn_fam, lwm2m_os_sem_t, lwm2m_os_sms_callback_t,
    lwm2m_os_thread_entry_t, lwm2m_os_timer_handler_t, lwm2m_os_timer_t, lwm2m_os_work_q_t,
};

unsafe extern "C" {
    /// Prepares the layer: storage mounted, resources ready. Called once, first of all.
    ///
    /// @return 0, or a negative error number.
    pub safe fn lwm2m_os_init() -> c_int;

    /// Starts the modem library.
    ///
    /// @return 0 when the modem runs; a positive result of a modem update that just took place, after which the library shuts the
    ///         modem library down and starts it again; -EIO for every other failure.
    pub safe fn lwm2m_os_nrf_modem_init() -> c_int;

    /// Shuts the modem library down.
    ///
    /// @return 0 or -EIO.
    pub safe fn lwm2m_os_nrf_modem_shutdown() -> c_int;

    /// Delivers every AT notification to the callback from now on. Called once.
    ///
    /// @param callback Called from a thread that may be shared, never from an interrupt.
    ///
    /// @return 0 or -EIO.
    pub safe fn lwm2m_os_at_init(callback: lwm2m_os_at_handler_callback_t) -> c_int;

    /// Allocates memory. Declared for completeness: this library does not use a heap.
    ///
    /// @param size Number of bytes.
    ///
    /// @return The memory, or NULL.
    pub safe fn lwm2m_os_malloc(size: usize) -> *mut c_void;

    /// Frees memory of lwm2m_os_malloc. Declared for completeness: this library does not use a heap.
    ///
    /// @param ptr The memory, or NULL.
    pub fn lwm2m_os_free(ptr: *mut c_void);

    /// Tells the time since start. It does not stop while the processor sleeps.
    ///
    /// @return Milliseconds.
    pub safe fn lwm2m_os_uptime_get() -> i64;

    /// Tells the time since a reference and moves the reference to now.
    ///
    /// @param ref In: uptime in milliseconds. Out: current uptime.
    ///
    /// @return Milliseconds.
    pub fn lwm2m_os_uptime_delta(r#ref: *mut i64) -> i64;

    /// Suspends the calling thread.
    ///
    /// @param ms Milliseconds, 0 or more.
    ///
    /// @return 0, or the milliseconds left when woken early.
    pub safe fn lwm2m_os_sleep(ms: c_int) -> c_int;

    /// Resets the device. Does not return.
    pub safe fn lwm2m_os_sys_reset();

    /// Tells a random number. Used for message ids, tokens and waiting times.
    ///
    /// @return 32 random bits.
    pub safe fn lwm2m_os_rand_get() -> u32;

    /// Tells why the last modem library call of this thread failed.
    ///
    /// @return Positive error number in the modem library's numbering, which is newlib's.
    pub safe fn lwm2m_os_nrf_errno() -> c_int;

    /// Initialises a semaphore. Called once for each.
    ///
    /// @param sem           Points to NULL; receives the semaphore.
    /// @param initial_count First count.
    /// @param limit         Highest count, 1 or more.
    ///
    /// @return 0, or -EINVAL when the counts do not fit.
    pub fn lwm2m_os_sem_init(
        sem: *mut *mut lwm2m_os_sem_t,
        initial_count: c_uint,
        limit: c_uint,
    ) -> c_int;

    /// Takes a semaphore.
    ///
    /// @param sem     The semaphore.
    /// @param timeout Milliseconds to wait, 0 not at all, -1 for ever.
    ///
    /// @return 0; -EBUSY when taken and not to be waited for; -EAGAIN when the time is up or the semaphore was reset.
    pub fn lwm2m_os_sem_take(sem: *mut lwm2m_os_sem_t, timeout: c_int) -> c_int;

    /// Gives a semaphore; the count stops at its limit. May be called from an interrupt.
    ///
    /// @param sem The semaphore.
    pub fn lwm2m_os_sem_give(sem: *mut lwm2m_os_sem_t);

    /// Sets the count to 0 and wakes all who wait.
    ///
    /// @param sem The semaphore.
    pub fn lwm2m_os_sem_reset(sem: *mut lwm2m_os_sem_t);

    /// Starts a work queue. Called once for each index.
    ///
    /// @param index 0 to LWM2M_OS_MAX_WORK_QS - 1.
    /// @param name  Name for the queue's thread; stays valid.
    ///
    /// @return The queue, or NULL when the index is out of range.
    pub fn lwm2m_os_work_q_start(index: c_int, name: *const c_char) -> *mut lwm2m_os_work_q_t;

    /// Reserves a timer.
    ///
    /// @param handler Called when the timer runs out, once for each start.
    ///
    /// @return The timer, or NULL when there is none left.
    pub safe fn lwm2m_os_timer_get(handler: lwm2m_os_timer_handler_t) -> *mut lwm2m_os_timer_t;

    /// Gives a timer back. It must not be running.
    ///
    /// @param timer The timer.
    pub fn lwm2m_os_timer_release(timer: *mut lwm2m_os_timer_t);

    /// Starts a timer, or starts it over, on the system's work queue.
    ///
    /// @param timer The timer.
    /// @param delay Milliseconds.
    ///
    /// @return 0 or -EINVAL.
    pub fn lwm2m_os_timer_start(timer: *mut lwm2m_os_timer_t, delay: i64) -> c_int;

    /// Starts a timer, or starts it over, on a work queue of the library.
    ///
    /// @param work_q The queue.
    /// @param timer  The timer.
    /// @param delay  Milliseconds; 0 as soon as possible.
    ///
    /// @return 0 or -EINVAL.
    pub fn lwm2m_os_timer_start_on_q(
        work_q: *mut lwm2m_os_work_q_t,
        timer: *mut lwm2m_os_timer_t,
        delay: i64,
    ) -> c_int;

    /// Stops a timer. Afterwards its handler does not run; waits for one that does.
    ///
    /// @param timer The timer.
    pub fn lwm2m_os_timer_cancel(timer: *mut lwm2m_os_timer_t);

    /// Tells how long a timer still runs.
    ///
    /// @param timer The timer.
    ///
    /// @return Milliseconds; 0 when it does not run.
    pub fn lwm2m_os_timer_remaining(timer: *mut lwm2m_os_timer_t) -> i64;

    /// Tells whether a timer runs, is due, or its handler runs.
    ///
    /// @param timer The timer.
    ///
    /// @return true if so.
    pub fn lwm2m_os_timer_is_pending(timer: *mut lwm2m_os_timer_t) -> bool;

    /// Starts a thread. Its stack has 600 bytes in the original integration.
    ///
    /// @param index 0 to LWM2M_OS_MAX_THREAD_COUNT - 1.
    /// @param entry What the thread runs.
    /// @param name  Name of the thread; stays valid.
    ///
    /// @return 0, or -EINVAL when the index is out of range.
    pub fn lwm2m_os_thread_start(
        index: c_int,
        entry: lwm2m_os_thread_entry_t,
        name: *const c_char,
    ) -> c_int;

    /// Deletes a record.
    ///
    /// @param id LWM2M_OS_STORAGE_BASE to LWM2M_OS_STORAGE_END.
    ///
    /// @return 0, also when there is none; or a negative error number.
    pub safe fn lwm2m_os_storage_delete(id: u16) -> c_int;

    /// Reads a record.
    ///
    /// @param id   LWM2M_OS_STORAGE_BASE to LWM2M_OS_STORAGE_END.
    /// @param data Receives up to len bytes.
    /// @param len  Number of bytes.
    ///
    /// @return Length of the stored record, which may exceed len; -ENOENT when there is none; -EINVAL when len is too large; -EACCES
    ///         when the storage is not mounted.
    pub fn lwm2m_os_storage_read(id: u16, data: *mut c_void, len: usize) -> c_int;

    /// Writes a record, whole or not at all.
    ///
    /// @param id   LWM2M_OS_STORAGE_BASE to LWM2M_OS_STORAGE_END.
    /// @param data The bytes.
    /// @param len  Number of bytes; 0 deletes.
    ///
    /// @return Number of bytes written, 0 when the same was stored already; -ENOSPC when full; -EINVAL when too long.
    pub fn lwm2m_os_storage_write(id: u16, data: *const c_void, len: usize) -> c_int;

    /// Declared for compatibility with the original header. The library never calls it; a port need not define it.
    ///
    /// @return 0, or a negative error number.
    pub safe fn lwm2m_os_sms_init() -> c_int;

    /// Declared for compatibility with the original header. The library never calls it; a port need not define it.
    pub safe fn lwm2m_os_sms_uninit();

    /// Delivers received SMS messages to the callback.
    ///
    /// @param lib_callback Called from a thread that may be shared.
    /// @param context      Handed to the callback.
    ///
    /// @return 0 or -EIO.
    pub fn lwm2m_os_sms_client_register(
        lib_callback: lwm2m_os_sms_callback_t,
        context: *mut c_void,
    ) -> c_int;

    /// Ends the delivery of SMS messages.
    ///
    /// @param handle Number of the client.
    pub safe fn lwm2m_os_sms_client_deregister(handle: c_int);

    /// Connects to a download server; blocks for name lookup, TCP and TLS.
    ///
    /// @param host Host, with or without scheme and port; stays valid until the disconnection.
    /// @param cfg  How to connect.
    ///
    /// @return 0, also when connected already; -ECONNREFUSED when refused or no certificate fits; or another negative error number.
    pub fn lwm2m_os_download_connect(
        host: *const c_char,
        cfg: *const lwm2m_os_download_cfg,
    ) -> c_int;

    /// Disconnects from the download server.
    ///
    /// @return 0, or -EINVAL when not connected.
    pub safe fn lwm2m_os_download_disconnect() -> c_int;

    /// Prepares downloads. Called once.
    ///
    /// @param lib_callback Receives all download events.
    ///
    /// @return 0, or a negative error number.
    pub safe fn lwm2m_os_download_init(lib_callback: lwm2m_os_download_callback_t) -> c_int;

    /// Starts to download a file.
    ///
    /// @param file Path on the server; stays valid until the end.
    /// @param from Offset of the first byte wanted.
    ///
    /// @return 0; -ENOTCONN when not connected; or another negative error number.
    pub fn lwm2m_os_download_start(file: *const c_char, from: usize) -> c_int;

    /// Tells the size of the file; known after the first fragment.
    ///
    /// @param size Receives the number of bytes.
    ///
    /// @return 0, or a negative error number.
    pub fn lwm2m_os_download_file_size_get(size: *mut usize) -> c_int;

    /// Tells the radio access technology.
    ///
    /// @return LWM2M_OS_LTE_MODE_CAT_M1, LWM2M_OS_LTE_MODE_CAT_NB1 or LWM2M_OS_LTE_MODE_NONE.
    pub safe fn lwm2m_os_lte_mode_get() -> i32;

    /// Prepares the packet data network functions. Called after lwm2m_os_nrf_modem_init.
    ///
    /// @return 0, or a negative error number.
    pub safe fn lwm2m_os_pdn_init() -> c_int;

    /// Creates a context.
    ///
    /// @param cid Receives its number.
    /// @param cb  Receives its events.
    ///
    /// @return 0; -ENOMEM when there is none left; any other value is a failure too.
    pub fn lwm2m_os_pdn_ctx_create(cid: *mut u8, cb: lwm2m_os_pdn_event_handler_t) -> c_int;

    /// Configures a context.
    ///
    /// @param cid    Number of the context.
    /// @param apn    Access point name, at most 63 characters.
    /// @param family Address family.
    ///
    /// @return 0; -EINVAL or -EFAULT for a wrong name; -ENOEXEC when the modem refuses.
    pub fn lwm2m_os_pdn_ctx_configure(
        cid: u8,
        apn: *const c_char,
        family: lwm2m_os_pdn_fam,
    ) -> c_int;

    /// Destroys a context.
    ///
    /// @param cid Number of the context.
    ///
    /// @return 0; -EINVAL when it was not created by lwm2m_os_pdn_ctx_create; any other value is a failure too.
    pub safe fn lwm2m_os_pdn_ctx_destroy(cid: u8) -> c_int;

    /// Activates a context; blocks.
    ///
    /// @param cid    Number of the context.
    /// @param esm    Receives the cause of a session management error, or 0; may be NULL.
    /// @param family Changed when the network granted one family only; may be NULL.
    ///
    /// @return 0; any other value is a failure.
    pub fn lwm2m_os_pdn_activate(cid: u8, esm: *mut c_int, family: *mut lwm2m_os_pdn_fam) -> c_int;

    /// Deactivates a context.
    ///
    /// @param cid Number of the context.
    ///
    /// @return 0; any other value is a failure.
    pub safe fn lwm2m_os_pdn_deactivate(cid: u8) -> c_int;

    /// Tells the number by which sockets are bound to a context's network.
    ///
    /// @param cid Number of the context.
    ///
    /// @return 0 or more; negative for a failure.
    pub safe fn lwm2m_os_pdn_id_get(cid: u8) -> c_int;

    /// Tells the access point name of context 0.
    ///
    /// @param buf Receives the zero-terminated name.
    /// @param len Size of the buffer in bytes.
    ///
    /// @return 0; -E2BIG when it does not fit; or another negative error number.
    pub fn lwm2m_os_pdn_default_apn_get(buf: *mut c_char, len: usize) -> c_int;

    /// Delivers the events of context 0 to the callback.
    ///
    /// @param cb Receives the events; the last one set wins.
    ///
    /// @return 0 or -EINVAL.
    pub safe fn lwm2m_os_pdn_default_callback_set(cb: lwm2m_os_pdn_event_handler_t) -> c_int;

    /// Tells whether a pre-shared key is stored.
    ///
    /// @param sec_tag Security tag.
    /// @param exists  Receives the answer.
    ///
    /// @return 0, -ENOBUFS, -EPERM or -EIO.
    pub fn lwm2m_os_sec_psk_exists(sec_tag: u32, exists: *mut bool) -> c_int;

    /// Stores a pre-shared key. The link must be down.
    ///
    /// @param sec_tag Security tag.
    /// @param buf     Key as hexadecimal text, not zero-terminated.
    /// @param len     Number of characters.
    ///
    /// @return 0; -EINVAL for nothing; -EACCES when the link is up; -ENOMEM when full; -ENOENT, -EPERM, -ENOBUFS, -EIO or any other value
    ///         for other failures.
    pub fn lwm2m_os_sec_psk_write(sec_tag: u32, buf: *const c_void, len: u16) -> c_int;

    /// Deletes a pre-shared key. The link must be down.
    ///
    /// @param sec_tag Security tag.
    ///
    /// @return 0; -EACCES when the link is up; -ENOENT when there is none; any other value is a failure too.
    pub safe fn lwm2m_os_sec_psk_delete(sec_tag: u32) -> c_int;

    /// Tells whether an identity is stored.
    ///
    /// @param sec_tag Security tag.
    /// @param exists  Receives the answer.
    ///
    /// @return 0, -ENOBUFS, -EPERM or -EIO.
    pub fn lwm2m_os_sec_identity_exists(sec_tag: u32, exists: *mut bool) -> c_int;

    /// Stores the identity that belongs to a pre-shared key. The link must be down.
    ///
    /// @param sec_tag Security tag.
    /// @param buf     Identity as text, not zero-terminated.
    /// @param len     Number of characters.
    ///
    /// @return As lwm2m_os_sec_psk_write.
    pub fn lwm2m_os_sec_identity_write(sec_tag: u32, buf: *const c_void, len: u16) -> c_int;

    /// Deletes an identity. The link must be down.
    ///
    /// @param sec_tag Security tag.
    ///
    /// @return As lwm2m_os_sec_psk_delete.
    pub safe fn lwm2m_os_sec_identity_delete(sec_tag: u32) -> c_int;

    /// Starts or resumes an application update.
    ///
    /// @param max_file_size Size of the image in bytes.
    ///
    /// @return 0; the number of bytes an unfinished update has already; -EBUSY when one runs; -ENOMEM when too large; -ENOTSUP when
    ///         there is no boot loader for it; -EIO.
    pub safe fn lwm2m_os_app_fota_start(max_file_size: usize) -> c_int;

    /// Writes a part of the image.
    ///
    /// @param buf    The part.
    /// @param len    Number of bytes.
    /// @param offset Number of bytes at its start that are not written.
    /// @param crc32  IEEE CRC-32 of all its bytes.
    ///
    /// @return 0; -EACCES when not started; -EINVAL when the CRC differs; -ENOTSUP when it is no image; -ENOMEM; -EIO.
    pub fn lwm2m_os_app_fota_fragment(
        buf: *const c_char,
        len: u16,
        offset: u16,
        crc32: u32,
    ) -> c_int;

    /// Finishes the update: the boot loader takes the image at the next reset.
    ///
    /// @param crc32 IEEE CRC-32 of the whole image.
    ///
    /// @return 0; -EACCES when not started; -EINVAL when the CRC differs; -ENOTSUP; -EIO.
    pub safe fn lwm2m_os_app_fota_finish(crc32: u32) -> c_int;

    /// Gives the update up and forgets its progress.
    pub safe fn lwm2m_os_app_fota_abort();
}
