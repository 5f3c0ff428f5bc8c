//! The resources of object 11 as servers see and write them.

use super::*;
use crate::lwm2m::object::{Object, Phase, Refusal};
use crate::lwm2m::value::Value;
use crate::text::find;

impl Object for Apn {
    fn definition(&self) -> &'static Definition {
        &DEFINITION
    }

    fn instance(&self, index: usize) -> Option<u16> {
        let mut all = (0..=APN_PROFILES as u8).filter(|id| self.exists(*id));
        all.nth(index).map(u16::from)
    }

    fn value(&self, instance: u16, resource: u16, index: usize) -> Option<(u16, Value<'_>)> {
        let id = instance as u8;
        let place = index as u16;
        if TOLD.contains(&resource) {
            let text = self.text(
                id,
                resource + place.checked_mul(SECOND).filter(|_| index < 2)?,
            )?;
            return Some((place, Value::Text(text)));
        }
        if index > 0 {
            return None;
        }
        let settings = self.settings(id);
        let access_point = || self.text(id, ACCESS_POINT).or(self.configured(id));
        let connection = self.connections.get(usize::from(id != 0));
        let connection = connection.filter(|own| own.outcome != 0 && (id == 0 || id == self.tried));
        let number = match resource {
            NAME if id == 0 => return Some((0, Value::Text(DEFAULT))),
            NAME => {
                let name = self.text(id, NAME).or(access_point()).unwrap_or(b"");
                return Some((0, Value::Text(name)));
            }
            ACCESS_POINT => return Some((0, Value::Text(access_point()?))),
            USER | SECRET => return Some((0, Value::Text(self.text(id, resource)?))),
            ENABLED => return Some((0, Value::Boolean(settings & DISABLED == 0))),
            AUTHENTICATION => authentication(settings).into(),
            KIND => {
                let is_ipv6 = |text: &[u8]| find(text, b':').is_some();
                let families = [0, SECOND].into_iter().filter_map(|second| {
                    let address = self.text(id, ADDRESSES + second)?;
                    Some(1 << u8::from(is_ipv6(address)))
                });
                match families.sum() {
                    0 => kind(settings).into(),
                    granted => granted,
                }
            }
            RESULT => u32::from(connection?.outcome >= REJECTED),
            CAUSE => connection?.outcome.checked_sub(REJECTED)?.into(),
            BEGAN => Some(connection?.began).filter(|time| *time != 0)?,
            ENDED => Some(connection?.ended).filter(|time| *time != 0)?,
            _ => return None,
        };
        Some((0, Value::Integer(number.into())))
    }

    fn prepare(&mut self, _replace: bool) {
        self.wanted = 0;
    }

    fn write(
        &mut self,
        instance: u16,
        resource: u16,
        _resource_instance: u16,
        value: &Value<'_>,
        phase: Phase,
    ) -> Result<(), Refusal> {
        let apply = phase == Phase::Apply;
        let id = instance as u8;
        let index = usize::from(id).wrapping_sub(1);
        let Some(settings) = self.profiles.get_mut(index) else {
            // The network decides about its own.
            return Err(Refusal::NotAllowed);
        };
        let bits = |mask: u8, bits: u8| *settings & !mask | bits;
        let new = match (resource, *value) {
            (ADDRESSES | NAME_SERVER | SECOND_NAME_SERVER, _) => return Err(Refusal::NotAllowed),
            (ENABLED, Value::Boolean(enabled)) => bits(DISABLED, u8::from(!enabled) * DISABLED),
            (AUTHENTICATION, Value::Integer(kind @ 0..=3)) => bits(
                3 << AUTHENTICATION_SHIFT,
                (NO_AUTHENTICATION - kind as u8) << AUTHENTICATION_SHIFT,
            ),
            (KIND, Value::Integer(kind @ 1..=3)) => {
                bits(3 << KIND_SHIFT, (kind as u8 % BOTH) << KIND_SHIFT)
            }
            (_, Value::Text(text)) => {
                let most = if resource == ACCESS_POINT {
                    LONGEST_NAME
                } else {
                    LONGEST_TEXT
                };
                let is_name = resource == NAME;
                if text.len() > most || !is_name && !is_plain(text, resource != ACCESS_POINT) {
                    return Err(Refusal::BadRequest);
                }
                return self.write_text(instance, resource, text, apply);
            }
            _ => return Err(Refusal::BadRequest),
        };
        if apply && core::mem::replace(settings, new) != new {
            self.unsaved = true;
            self.changed = true;
        }
        Ok(())
    }

    fn clear(&mut self, instance: u16, resource: Option<u16>) -> bool {
        let index = usize::from(instance).wrapping_sub(1);
        let Some(settings) = self.profiles.get_mut(index).filter(|_| resource.is_none()) else {
            return false;
        };
        // Name and authentication type are mandatory.
        *settings &= CREATED | 3 << AUTHENTICATION_SHIFT;
        for kind in [ACCESS_POINT, USER, SECRET] {
            texts::remove(self.texts.as_mut_view(), instance, Some(kind));
        }
        self.unsaved = true;
        self.changed = true;
        true
    }

    fn create(&mut self, instance: Option<u16>) -> Result<u16, Refusal> {
        let mut free = (1..=APN_PROFILES as u8).filter(|id| !self.exists(*id));
        let id = free
            .find(|id| instance.is_none_or(|wanted| wanted == u16::from(*id)))
            .ok_or(Refusal::Full)?;
        if let Some(settings) = self.profiles.get_mut(usize::from(id) - 1) {
            *settings = CREATED;
        }
        self.listed = true;
        self.unsaved = true;
        Ok(id.into())
    }

    fn delete(&mut self, instance: u16) -> Result<(), Refusal> {
        let id = instance as u8;
        if self.settings(id) & CREATED == 0 {
            return Err(Refusal::NotAllowed);
        }
        if let Some(settings) = self.profiles.get_mut(usize::from(id).wrapping_sub(1)) {
            *settings = 0;
        }
        self.changed |= self.text(id, ACCESS_POINT).is_some();
        texts::remove(self.texts.as_mut_view(), instance, None);
        self.listed = true;
        self.unsaved = true;
        Ok(())
    }
}

impl Apn {
    /// Takes or checks a text; an empty one is none.
    fn write_text(
        &mut self,
        instance: u16,
        kind: u16,
        text: &[u8],
        apply: bool,
    ) -> Result<(), Refusal> {
        let growth = texts::growth(&self.texts, instance, kind, text) as u16;
        if !apply {
            self.wanted += growth;
        }
        let most = if apply { growth } else { self.wanted };
        if usize::from(most) > texts::free(self.texts.as_view()) {
            self.forget_told();
            if usize::from(most) > texts::free(self.texts.as_view()) {
                return Err(Refusal::Full);
            }
        }
        if apply && self.text(instance as u8, kind).unwrap_or(b"") != text {
            let store = self.texts.as_mut_view();
            texts::remove(store, instance, Some(kind));
            if !text.is_empty() {
                texts::put(store, instance, kind, text);
            }
            self.unsaved = true;
            self.changed |= kind != NAME;
        }
        Ok(())
    }
}

/// Whether a text may stand in an AT command between quotation marks, or without them.
fn is_plain(text: &[u8], quoted: bool) -> bool {
    text.iter().all(|byte| match byte {
        b'"' => false,
        b' ' | b',' | b';' => quoted,
        byte => byte.is_ascii_graphic(),
    })
}
