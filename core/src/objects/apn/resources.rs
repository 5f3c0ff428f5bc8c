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
        listed(self.existing(), index)
    }

    fn value(&self, instance: u16, resource: u16, index: usize) -> Option<(u16, Value<'_>)> {
        let id = instance as u8;
        let place = index as u16;
        if index
            > usize::from(matches!(
                resource,
                ADDRESSES | NAME_SERVER | SECOND_NAME_SERVER
            ))
        {
            return None;
        }
        // Numbers have no texts.
        let mut text = self.text(id, resource + place * SECOND);
        if text.is_empty() && matches!(resource, NAME | ACCESS_POINT) {
            text = if instance == 0 && resource == NAME {
                DEFAULT
            } else {
                self.name(id)
            };
        }
        if !text.is_empty() || resource == NAME {
            return Some((place, Value::Text(text)));
        }
        let settings = self.settings(id);
        let number = match resource {
            ENABLED => return Some((0, Value::Boolean(settings & DISABLED == 0))),
            AUTHENTICATION => authentication(settings).into(),
            KIND => self.shown_kind(id, settings).into(),
            _ => {
                let [registration, library] = &self.connections;
                let own = if id == 0 { registration } else { library };
                if own.outcome == 0 || id != 0 && id != self.tried {
                    return None;
                }
                match resource {
                    RESULT => u32::from(own.outcome >= REJECTED),
                    CAUSE => own.outcome.checked_sub(REJECTED)?.into(),
                    BEGAN if own.began != 0 => own.began,
                    ENDED if own.ended != 0 => own.ended,
                    _ => return None,
                }
            }
        };
        Some((0, Value::Integer(number.into())))
    }

    fn prepare(&mut self, _replace: bool) {
        texts::prepare(&mut self.texts);
    }

    fn write(
        &mut self,
        instance: u16,
        resource: u16,
        _resource_instance: u16,
        value: &Value<'_>,
        phase: Phase,
    ) -> Result<(), Refusal> {
        let id = instance as u8;
        let (mask, bits) = match *value {
            // The network decides about its own, and the modem about what it says.
            _ if id == 0 || matches!(resource, ADDRESSES | NAME_SERVER | SECOND_NAME_SERVER) => {
                return Err(Refusal::NotAllowed);
            }
            Value::Text(text) => return self.write_text(id, resource, text, phase),
            Value::Boolean(enabled) => (DISABLED, if enabled { 0 } else { DISABLED }),
            Value::Integer(number @ 0..=3) if resource == AUTHENTICATION => (
                3 << AUTHENTICATION_SHIFT,
                (NO_AUTHENTICATION - number as u8) << AUTHENTICATION_SHIFT,
            ),
            // A bootstrap server may try others.
            Value::Integer(number @ 1..=3) if resource == KIND => {
                (3 << KIND_SHIFT, (number as u8 & 3) << KIND_SHIFT)
            }
            _ => return Err(Refusal::BadRequest),
        };
        let settings = self.settings(id);
        if phase == Phase::Apply && self.set(id, settings & !mask | bits) {
            self.notes |= UNSAVED | CHANGED;
        }
        Ok(())
    }

    fn clear(&mut self, instance: u16, resource: Option<u16>) -> bool {
        let id = instance as u8;
        if id == 0 || resource.is_some() {
            return false;
        }
        // Name and authentication type are mandatory.
        self.set(
            id,
            self.settings(id) & (CREATED | 3 << AUTHENTICATION_SHIFT),
        );
        for kind in [ACCESS_POINT, USER, SECRET] {
            self.replace(id, kind, b"");
        }
        self.notes |= UNSAVED | CHANGED;
        true
    }

    fn create(&mut self, instance: Option<u16>) -> Result<u16, Refusal> {
        let existing = self.existing();
        let id = instance.map_or(existing.trailing_ones(), u32::from);
        if id as usize >= ALL || existing >> id & 1 == 1 {
            return Err(Refusal::Full);
        }
        self.set(id as u8, CREATED);
        self.notes |= LISTED | UNSAVED;
        Ok(id as u16)
    }

    fn delete(&mut self, instance: u16) -> Result<(), Refusal> {
        let id = instance as u8;
        if self.settings(id) & CREATED == 0 {
            return Err(Refusal::NotAllowed);
        }
        self.set(id, 0);
        self.notes |= LISTED | UNSAVED;
        if !self.text(id, ACCESS_POINT).is_empty() {
            self.notes |= CHANGED;
        }
        texts::remove(&mut self.texts, instance, texts::ALL);
        Ok(())
    }
}

impl Apn {
    /// Takes or checks a text; an empty one is none.
    fn write_text(&mut self, id: u8, kind: u16, text: &[u8], phase: Phase) -> Result<(), Refusal> {
        let is_access_point = kind == ACCESS_POINT;
        let longest = if is_access_point {
            LONGEST_NAME
        } else {
            LONGEST_TEXT
        };
        if text.len() > longest || kind != NAME && !is_plain(text, !is_access_point) {
            return Err(Refusal::BadRequest);
        }
        if phase == Phase::Apply {
            // It is put there by itself.
            texts::prepare(&mut self.texts);
        }
        let mut is_last = false;
        while texts::write(&mut self.texts, id.into(), kind, text, Phase::Check).is_err() {
            if is_last {
                return Err(Refusal::Full);
            }
            is_last = true;
            self.forget_told();
        }
        if phase == Phase::Apply && self.replace(id, kind, text) {
            self.notes |= if kind == NAME {
                UNSAVED
            } else {
                UNSAVED | CHANGED
            };
        }
        Ok(())
    }

    /// The PDN type of a profile: that of its addresses, without any the one that is set.
    fn shown_kind(&self, id: u8, settings: u8) -> u8 {
        let first = self.text(id, ADDRESSES);
        if !self.text(id, ADDRESSES + SECOND).is_empty() {
            BOTH
        } else if first.is_empty() {
            kind(settings)
        } else {
            1 + u8::from(find(first, b':').is_some())
        }
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
