//! Pre-shared keys and identities, by the credential hooks. The modem takes them only while its link is down.

use core::ffi::c_int;
use core::ops::Range;

use carrier_core::KeyError;
use carrier_core::config::ACCOUNTS;
use carrier_core::objects::security::FIRST_TAG;

use super::hooks;
use crate::errno::Errno;

/// Security tags that belong to the library.
pub const TAGS: Range<u32> = FIRST_TAG as u32..FIRST_TAG as u32 + ACCOUNTS as u32;

/// Whether a key and an identity are stored under a security tag. When that cannot be found out, they are.
pub fn exist(tag: u32) -> bool {
    let mut exists = [true; 2];
    let [psk, identity] = &mut exists;
    // SAFETY: both point to a boolean each.
    unsafe {
        hooks::lwm2m_os_sec_psk_exists(tag, psk);
        hooks::lwm2m_os_sec_identity_exists(tag, identity);
    }
    exists == [true; 2]
}

/// Deletes what is under a security tag. What stays after a failure is of no use to anybody and goes the next time.
pub fn delete(tag: u32) {
    hooks::lwm2m_os_sec_psk_delete(tag);
    hooks::lwm2m_os_sec_identity_delete(tag);
}

/// Stores a key, as hexadecimal text, and its identity under a security tag.
pub fn write(tag: u32, identity: &[u8], psk: &[u8]) -> Result<(), KeyError> {
    let psk_length = u16::try_from(psk.len()).map_err(|_| too_long())?;
    let identity_length = u16::try_from(identity.len()).map_err(|_| too_long())?;
    // SAFETY: `psk` is readable for its length.
    outcome(unsafe { hooks::lwm2m_os_sec_psk_write(tag, psk.as_ptr().cast(), psk_length) })?;
    // SAFETY: `identity` is readable for its length.
    outcome(unsafe {
        hooks::lwm2m_os_sec_identity_write(tag, identity.as_ptr().cast(), identity_length)
    })
}

fn too_long() -> KeyError {
    KeyError::Other(Errno::INVAL.negative())
}

/// The hook's code goes to the application as it is: integrations exchanged the meaning of -EACCES and -EPERM.
fn outcome(code: c_int) -> Result<(), KeyError> {
    if code == 0 {
        Ok(())
    } else {
        Err(KeyError::Other(code))
    }
}
