//! Pre-shared keys and identities, by the credential hooks. The modem takes them only while its link is down.

use core::ffi::c_int;

use carrier_core::KeyError;

use super::hooks;
use crate::errno::Errno;

/// Stores a key and its identity under a security tag.
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

/// Integrations exchanged the meaning of two codes: "not allowed in active state" is -EACCES with NCS 2.0 and -EPERM with later ones.
fn outcome(code: c_int) -> Result<(), KeyError> {
    if code == 0 {
        Ok(())
    } else if code == Errno::ACCES.negative() || code == Errno::PERM.negative() {
        Err(KeyError::LinkIsUp)
    } else {
        Err(KeyError::Other(code))
    }
}
