//! Names of the device made from a pattern: endpoint name and key identity.

use heapless::String;

use super::settings::{Missing, Terms};
use crate::boundary::Identity;
use crate::config::{ENDPOINT, OPERATORS};
use crate::text::find;

/// What generic mode's pattern has before the number.
const IMEI_NAME: &str = "urn:imei:";

impl Terms {
    /// Writes a name after a pattern: text as it stands, with `{imei}`, `{imsi}`, `{iccid}`, `{msisdn}` (its last digits if
    /// the settings say so) and `{service}` (service code) replaced. Whatever `out` held is gone; after an error it is of
    /// no use.
    pub fn compose(
        &self,
        pattern: &str,
        identity: &Identity,
        out: &mut String<ENDPOINT, u8>,
    ) -> Result<(), Missing> {
        out.clear();
        let imei = identity.imei.as_str();
        if !OPERATORS {
            // Nobody brings another pattern than that of generic mode.
            append(IMEI_NAME, out)?;
            return append(imei, out);
        }
        let numbers = [
            ("imei", imei),
            ("imsi", &identity.imsi),
            ("iccid", &identity.iccid),
            ("service", self.service_code.unwrap_or("")),
            ("msisdn", self.phone_number(&identity.msisdn)),
        ];
        let mut rest = pattern;
        while let Some((before, behind)) = split(rest, b'{') {
            append(before, out)?;
            let (name, behind) = split(behind, b'}').ok_or(Missing::Endpoint)?;
            rest = behind;
            let number = numbers.iter().find(|(own, _)| *own == name);
            let (_, number) = *number.ok_or(Missing::Endpoint)?;
            if number.is_empty() {
                // The only one that may still come.
                return Err(if name == "msisdn" {
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

    fn phone_number<'a>(&self, msisdn: &'a str) -> &'a str {
        let surplus = match self.own.msisdn_digits {
            0 => 0,
            kept => msisdn.len().saturating_sub(kept.into()),
        };
        msisdn.get(surplus..).unwrap_or(msisdn)
    }
}

#[cfg_attr(target_os = "none", inline(never))]
fn append(text: &str, out: &mut String<ENDPOINT, u8>) -> Result<(), Missing> {
    out.push_str(text).map_err(|_| Missing::Endpoint)
}

/// The text before and after the first `byte`, which is ASCII, if it is there.
fn split(text: &str, byte: u8) -> Option<(&str, &str)> {
    let at = find(text.as_bytes(), byte)?;
    Some((text.get(..at)?, text.get(at + 1..)?))
}
