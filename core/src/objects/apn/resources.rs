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
        let mut text: &[u8] = b"";
        match resource {
            ADDRESSES | NAME_SERVER | SECOND_NAME_SERVER if index < 2 => {
                text = self.text(id, resource + place * SECOND);
            }
            _ if index > 0 => return None,
            NAME => {
                text = if id == 0 {
                    DEFAULT
                } else {
                    self.text(id, NAME)
                };
                if text.is_empty() {
                    return Some((0, Value::Text(self.name(id))));
                }
            }
            ACCESS_POINT => text = self.name(id),
            USER | SECRET => text = self.text(id, resource),
            _ => {}
        }
        if !text.is_empty() {
            return Some((place, Value::Text(text)));
        }
        let settings = self.settings(id);
        let connection = self.connections.get(usize::from(id != 0));
        let connection = connection.filter(|own| own.outcome != 0 && (id == 0 || id == self.tried));
        let number = match resource {
            ENABLED => return Some((0, Value::Boolean(settings & DISABLED == 0))),
            AUTHENTICATION => authentication(settings).into(),
            KIND => {
                let [first, second] = [0, SECOND].map(|second| self.text(id, ADDRESSES + second));
                if !second.is_empty() {
                    BOTH.into()
                } else if !first.is_empty() {
                    1 + u32::from(find(first, b':').is_some())
                } else {
                    kind(settings).into()
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
        let (mask, bits) = match (resource, *value) {
            (ADDRESSES | NAME_SERVER | SECOND_NAME_SERVER, _) => return Err(Refusal::NotAllowed),
            (ENABLED, Value::Boolean(enabled)) => (DISABLED, if enabled { 0 } else { DISABLED }),
            (AUTHENTICATION, Value::Integer(kind @ 0..=3)) => (
                3 << AUTHENTICATION_SHIFT,
                (NO_AUTHENTICATION - kind as u8) << AUTHENTICATION_SHIFT,
            ),
            (KIND, Value::Integer(kind @ 1..=3)) => {
                (3 << KIND_SHIFT, (kind as u8 & 3) << KIND_SHIFT)
            }
            (_, Value::Text(text)) => return self.write_text(instance, resource, text, apply),
            _ => return Err(Refusal::BadRequest),
        };
        let new = *settings & !mask | bits;
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
            self.replace(instance as u8, kind, b"");
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
        self.changed |= !self.text(id, ACCESS_POINT).is_empty();
        texts::remove(&mut self.texts, instance, texts::ALL);
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
        let is_access_point = kind == ACCESS_POINT;
        let longest = if is_access_point {
            LONGEST_NAME
        } else {
            LONGEST_TEXT
        };
        if text.len() > longest || kind != NAME && !is_plain(text, !is_access_point) {
            return Err(Refusal::BadRequest);
        }
        let growth = texts::growth(&self.texts, instance, kind, text) as u16;
        if !apply {
            self.wanted += growth;
        }
        let most = if apply { growth } else { self.wanted };
        if usize::from(most) > texts::free(&self.texts) {
            self.forget_told();
            if usize::from(most) > texts::free(&self.texts) {
                return Err(Refusal::Full);
            }
        }
        if apply && self.replace(instance as u8, kind, text) {
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
