//! What the product brings under its own agreement with an operator, and the terms that follow from it.

use super::{Apn, Bootstrap, Profile, Retry};
use crate::boundary::Config;
use crate::config::OPERATORS;
use crate::version::{HAS_1_1, Version};

/// Settings of the product for one operator. Nothing of it has a built-in value; `None` and 0 mean that the profile decides. Texts come
/// first and in the order of the C structure: the shell fills them as one list.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct Settings {
    /// Bootstrap server, or the management server where there is none; `coap://` or `coaps://`.
    pub server_uri: Option<&'static str>,
    /// The same in certification mode.
    pub test_server_uri: Option<&'static str>,
    /// Key for that server, hexadecimal text.
    pub psk: Option<&'static str>,
    /// The same in certification mode.
    pub test_psk: Option<&'static str>,
    /// Pattern of the identity of the key, see [`Terms::compose`]. `None`: the endpoint name.
    pub psk_identity: Option<&'static str>,
    /// Pattern of the endpoint name.
    pub endpoint: Option<&'static str>,
    /// The operator's access point name for device management.
    pub apn: Option<&'static str>,
    /// Serve this operator or not.
    pub enable: Option<Service>,
    /// How many digits of the phone number names contain, counted from its end; 0: all.
    pub msisdn_digits: u8,
    /// Lifetime in seconds of a management server without one of its own.
    pub lifetime: u32,
    /// Spacing of attempts.
    pub retry: Retry,
    /// LwM2M version, where there is a choice.
    pub version: Option<Version>,
}

impl Settings {
    /// Nothing set.
    pub const NONE: Settings = Settings {
        enable: None,
        server_uri: None,
        test_server_uri: None,
        psk: None,
        test_psk: None,
        psk_identity: None,
        endpoint: None,
        apn: None,
        msisdn_digits: 0,
        lifetime: 0,
        retry: Retry::UNSET,
        version: None,
    };
}

/// Whether an operator is served. From 1 on, so that settings without anything are all zeros: no constant to copy from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Service {
    /// It is.
    On = 1,
    /// It is not; its SIM is one of nobody.
    Off,
}

/// Why a client cannot connect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Missing {
    /// The operator is off and the product does not ask for it.
    Disabled,
    /// No server for this mode is set.
    Server,
    /// The server's address cannot be read.
    Address,
    /// The server is secure and no key for this mode is set.
    Key,
    /// No endpoint name is set, its pattern cannot be read, or the name is too long.
    Endpoint,
    /// The name needs a number of modem or SIM, or a service code, that is not there.
    Identity,
    /// The name needs the phone number and the SIM does not have it (yet).
    Msisdn,
}

/// What the client works under: the profile, completed by settings and configuration.
#[derive(Clone, Copy, Debug)]
pub struct Terms {
    /// Settings in force: with what the profile gives where they say nothing, and what the configuration gives instead.
    pub own: Settings,
    /// Whether the operator is served at all.
    pub enabled: bool,
    /// What the server is.
    pub bootstrap: Bootstrap,
    /// Access point name when that of the settings cannot be activated.
    pub fallback_apn: Option<&'static str>,
    pub(super) service_code: Option<&'static str>,
}

impl Terms {
    /// The terms under a profile. A custom server of the configuration comes before those of the settings, the
    /// application's key before theirs. What is missing stays `None`, see [`Terms::check`].
    pub fn of(profile: &Profile, settings: Settings, config: &Config) -> Terms {
        let mut terms = Terms {
            own: settings,
            enabled: profile.enabled,
            bootstrap: profile.bootstrap,
            fallback_apn: None,
            service_code: config.service_code,
        };
        terms.complete(profile, config);
        terms
    }

    /// In place: moving so many words around is most of the work on a device.
    #[cfg_attr(target_os = "none", inline(never))]
    fn complete(&mut self, profile: &Profile, config: &Config) {
        let own = &mut self.own;
        if HAS_1_1 && own.version.is_none() {
            own.version = Some(profile.version);
        }
        if !OPERATORS {
            // Nobody brings anything.
            own.endpoint = Some(profile.endpoint);
            own.lifetime = profile.lifetime;
            own.retry = *profile.retry;
        } else {
            if let Some(enable) = own.enable {
                self.enabled = enable == Service::On;
            }
            if own.endpoint.is_none() {
                own.endpoint = Some(profile.endpoint);
            }
            let usual = profile.retry;
            if own.retry.count == 0 {
                own.retry.count = usual.count;
            }
            if own.retry.sequences == 0 {
                own.retry.sequences = usual.sequences;
            }
            for (value, otherwise) in [
                (&mut own.lifetime, profile.lifetime),
                (&mut own.retry.timer, usual.timer),
                (&mut own.retry.sequence_delay, usual.sequence_delay),
                (&mut own.retry.maintenance, usual.maintenance),
            ] {
                if *value == 0 {
                    *value = otherwise;
                }
            }
        }
        if OPERATORS && config.certification_mode {
            own.server_uri = own.test_server_uri;
            own.psk = own.test_psk;
        }
        if config.server_uri.is_some() {
            own.server_uri = config.server_uri;
            // A key belongs to the server it was given with.
            own.psk = None;
            self.bootstrap = Bootstrap::Server;
            if !config.is_bootstrap_server {
                self.bootstrap = Bootstrap::None;
                if config.server_lifetime > 0 {
                    own.lifetime = config.server_lifetime as u32;
                }
            }
        }
        if config.psk.is_some() {
            own.psk = config.psk;
        }
        match profile.apn {
            Apn::Fallback => self.fallback_apn = config.apn,
            Apn::Replaces if config.apn.is_some() => own.apn = config.apn,
            Apn::Ignored | Apn::Replaces => {}
        }
    }

    /// The LwM2M version to begin with.
    #[inline(always)]
    pub fn version(&self) -> Version {
        match self.own.version {
            Some(version) if HAS_1_1 => version,
            _ => Version::V1_0,
        }
    }

    /// Pattern of the endpoint name.
    pub fn endpoint(&self) -> &'static str {
        self.own.endpoint.unwrap_or("")
    }

    /// Pattern of the identity of the key.
    pub fn psk_identity(&self) -> &'static str {
        self.own.psk_identity.unwrap_or(self.endpoint())
    }

    /// Whether everything a connection needs is there, but for what modem and SIM say.
    pub fn check(&self) -> Result<(), Missing> {
        if !self.enabled {
            return Err(Missing::Disabled);
        }
        let uri = self.own.server_uri.ok_or(Missing::Server)?;
        // coaps or coap: in whatever case.
        let secure = matches!(uri.as_bytes(), [_, _, _, _, b's' | b'S', ..]);
        if secure && self.own.psk.is_none() {
            return Err(Missing::Key);
        }
        if self.endpoint().is_empty() {
            return Err(Missing::Endpoint);
        }
        Ok(())
    }
}
