//! Names of the device made from a pattern: endpoint name and key identity.

use heapless::String;

use super::md5;
use super::settings::{Missing, Terms};
use crate::boundary::Identity;
use crate::config::ENDPOINT;
use crate::text::split;

/// Digits of a SIM card number without its check digit.
const ICCID_DIGITS: usize = 19;

impl Terms {
    /// Writes a name after a pattern: text as it stands, with `{imei}`, `{imsi}`, `{iccid}`, `{msisdn}` (its last digits if
    /// the settings say so), `{service}` (service code) and `{asn}` (ten digits of a digest of subscriber and card number)
    /// replaced. Whatever `out` held is gone; after an error it is of no use.
    pub fn compose(
        &self,
        pattern: &str,
        identity: &Identity,
        out: &mut String<ENDPOINT, u8>,
    ) -> Result<(), Missing> {
        out.clear();
        let mut rest = pattern.as_bytes();
        while let Some((before, behind)) = split(rest, b'{') {
            append(before, out)?;
            let (name, behind) = split(behind, b'}').ok_or(Missing::Endpoint)?;
            rest = behind;
            if name == b"asn" {
                append(&subscriber_digest(identity)?, out)?;
                continue;
            }
            let value = match name {
                b"imei" => identity.imei.as_str(),
                b"imsi" => &identity.imsi,
                b"iccid" => &identity.iccid,
                b"msisdn" => self.phone_number(&identity.msisdn),
                b"service" => self.service_code.unwrap_or(""),
                _ => return Err(Missing::Endpoint),
            };
            if value.is_empty() {
                return Err(if name == b"msisdn" {
                    Missing::Msisdn
                } else {
                    Missing::Identity
                });
            }
            append(value.as_bytes(), out)?;
        }
        append(rest, out)?;
        if out.is_empty() {
            return Err(Missing::Endpoint);
        }
        Ok(())
    }

    fn phone_number<'a>(&self, msisdn: &'a str) -> &'a str {
        let surplus = match self.msisdn_digits {
            0 => 0,
            kept => msisdn.len().saturating_sub(kept.into()),
        };
        msisdn.get(surplus..).unwrap_or(msisdn)
    }
}

/// The first and last five digits of the MD5, in lower-case hexadecimal, of phone number (0 and what follows country and
/// network in the IMSI) and card number.
fn subscriber_digest(identity: &Identity) -> Result<[u8; 10], Missing> {
    let number = identity.imsi.as_bytes().get(5..);
    let card = identity.iccid.as_bytes().get(..ICCID_DIGITS);
    let (number, card) = number.zip(card).ok_or(Missing::Identity)?;
    let digest = md5::short(&[b"0", number, card]);
    let nibble = |index: usize| {
        let byte = digest.get(index / 2).copied().unwrap_or(0);
        let value = if index & 1 == 0 { byte >> 4 } else { byte & 15 };
        value + if value < 10 { b'0' } else { b'a' - 10 }
    };
    Ok(core::array::from_fn(|index| {
        nibble(if index < 5 { index } else { index + 22 })
    }))
}

fn append(text: &[u8], out: &mut String<ENDPOINT, u8>) -> Result<(), Missing> {
    let text = core::str::from_utf8(text).map_err(|_| Missing::Endpoint)?;
    out.push_str(text).map_err(|_| Missing::Endpoint)
}
