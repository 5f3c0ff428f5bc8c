//! Non-volatile records, by the storage hooks.

use carrier_core::RecordId;

use super::hooks;

/// Reads a record; `None` when there is none, or it is longer than `room` and therefore not of this library.
pub fn read(id: RecordId, room: &mut [u8]) -> Option<&[u8]> {
    // SAFETY: `room` is writable for its length.
    let length = unsafe {
        hooks::lwm2m_os_storage_read(id.storage_id(), room.as_mut_ptr().cast(), room.len())
    };
    // The hook answers the stored length, which can exceed what was read.
    room.get(..usize::try_from(length).ok()?)
        .filter(|record| !record.is_empty())
}

/// Stores a record; the hook leaves the flash alone when it holds the same bytes already. A refused record is missing at the next start,
/// where the protocol does without it.
pub fn write(id: RecordId, record: &[u8]) {
    if !record.is_empty() {
        // SAFETY: `record` is readable for its length.
        unsafe {
            hooks::lwm2m_os_storage_write(id.storage_id(), record.as_ptr().cast(), record.len())
        };
    }
}

/// Deletes a record.
pub fn erase(id: RecordId) {
    hooks::lwm2m_os_storage_delete(id.storage_id());
}
