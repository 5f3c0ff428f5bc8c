//! Names of the device made from a pattern: endpoint name and key identity.

use heapless::String;

use super::md5;
use super::settings::{Missing, Terms};
use crate::boundary::Identity;
use crate::config::ENDPOINT;
use crate::text::find;

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
        let mut rest = pattern;
        while let Some((before, behind)) = split(rest, b'{') {
            append(before, out)?;
            let (name, behind) = split(behind, b'}').ok_or(Missing::Endpoint)?;
            rest = behind;
            let value = match name.as_bytes() {
                b"imei" => identity.imei.as_str(),
                b"imsi" => &identity.imsi,
                b"iccid" => &identity.iccid,
                b"msisdn" => self.phone_number(&identity.msisdn),
                b"service" => self.service_code.unwrap_or(""),
                b"asn" => {
                    append_digest(identity, out)?;
                    continue;
                }
                _ => return Err(Missing::Endpoint),
            };
            if value.is_empty() {
                return Err(if name == "msisdn" {
                    Missing::Msisdn
                } else {
                    Missing::Identity
                });
            }
            append(value, out)?;
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

/// Appends the first and last five digits of the MD5, in lower-case hexadecimal, of phone number (0 and what follows
/// country and network in the IMSI) and card number.
fn append_digest(identity: &Identity, out: &mut String<ENDPOINT, u8>) -> Result<(), Missing> {
    let number = identity.imsi.as_bytes().get(5..);
    let card = identity.iccid.as_bytes().get(..ICCID_DIGITS);
    let (number, card) = number.zip(card).ok_or(Missing::Identity)?;
    let digest = md5::short(&[b"0", number, card]);
    for index in (0..5).chain(27..32) {
        let byte = digest.get(index / 2).copied().unwrap_or(0);
        let digit = usize::from(if index & 1 == 0 { byte >> 4 } else { byte & 15 });
        append("0123456789abcdef".get(digit..=digit).unwrap_or(""), out)?;
    }
    Ok(())
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
