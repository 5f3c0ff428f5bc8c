//! Names of the device made from a pattern: endpoint name and key identity.

use heapless::Vec;

use super::settings::{Missing, Terms};
use crate::boundary::Identity;
use crate::config::{ENDPOINT, OPERATORS};
use crate::text::split;

/// A name that is made: text.
pub type Name = Vec<u8, ENDPOINT, u8>;

/// What generic mode's pattern has before the number.
const IMEI_NAME: &[u8] = b"urn:imei:";

/// What patterns name, in the order of [`Terms::number`].
static NUMBERS: [&[u8]; 5] = [b"imei", b"imsi", b"iccid", b"service", b"msisdn"];

/// The phone number's place among these.
const MSISDN: usize = 4;

impl Terms {
    /// Writes a name after a pattern: text as it stands, with `{imei}`, `{imsi}`, `{iccid}`, `{msisdn}` (its last digits if
    /// the settings say so) and `{service}` (service code) replaced. Whatever `out` held is gone; after an error it is of
    /// no use.
    pub fn compose(
        &self,
        pattern: &str,
        identity: &Identity,
        out: &mut Name,
    ) -> Result<(), Missing> {
        out.clear();
        if !OPERATORS {
            // Nobody brings another pattern than that of generic mode.
            append(IMEI_NAME, out)?;
            return append(identity.imei.as_bytes(), out);
        }
        let mut rest = pattern.as_bytes();
        while let Some((before, behind)) = split(rest, b'{') {
            append(before, out)?;
            let (name, behind) = split(behind, b'}').ok_or(Missing::Endpoint)?;
            rest = behind;
            let which = NUMBERS.iter().position(|own| *own == name);
            let which = which.ok_or(Missing::Endpoint)?;
            let number = self.number(which, identity);
            if number.is_empty() {
                // The only one that may still come.
                return Err(if which == MSISDN {
                    Missing::Msisdn
                } else {
                    Missing::Identity
                });
            }
            append(number, out)?;
        }
        append(rest, out)?;
        if out.is_empty() {
            return Err(Missing::Endpoint);
        }
        Ok(())
    }

    fn number<'a>(&'a self, which: usize, identity: &'a Identity) -> &'a [u8] {
        match which {
            0 => identity.imei.as_bytes(),
            1 => identity.imsi.as_bytes(),
            2 => identity.iccid.as_bytes(),
            3 => self.service_code.unwrap_or("").as_bytes(),
            _ => {
                let digits = identity.msisdn.as_bytes();
                let surplus = match self.own.msisdn_digits {
                    0 => 0,
                    kept => digits.len().saturating_sub(kept.into()),
                };
                digits.get(surplus..).unwrap_or(digits)
            }
        }
    }
}

#[cfg_attr(target_os = "none", inline(never))]
fn append(text: &[u8], out: &mut Name) -> Result<(), Missing> {
    out.extend_from_slice(text).map_err(|_| Missing::Endpoint)
}
