//! What the product brings under its own agreement with an operator, and the terms that follow from it.

use super::{Apn, Bootstrap, Profile, Retry};
use crate::boundary::Config;

/// Settings of the product for one operator. Nothing of it has a built-in value; `None` and 0 mean that the profile decides.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// Serve this operator or not.
    pub enable: Option<bool>,
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
    /// How many digits of the phone number names contain, counted from its end; 0: all.
    pub msisdn_digits: u8,
    /// Lifetime in seconds of a management server without one of its own.
    pub lifetime: u32,
    /// Spacing of attempts.
    pub retry: Retry,
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
    };
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
    /// Whether the operator is served at all.
    pub enabled: bool,
    /// What the server is.
    pub bootstrap: Bootstrap,
    /// The server.
    pub uri: Option<&'static str>,
    /// Its key, hexadecimal text.
    pub psk: Option<&'static str>,
    /// Pattern of the identity of the key.
    pub psk_identity: &'static str,
    /// Pattern of the endpoint name.
    pub endpoint: &'static str,
    /// Access point name to connect with. `None`: the default context.
    pub apn: Option<&'static str>,
    /// Access point name when that one cannot be activated.
    pub fallback_apn: Option<&'static str>,
    /// Lifetime of a management server without one of its own, in seconds.
    pub lifetime: u32,
    /// Spacing of attempts.
    pub retry: Retry,
    pub(super) msisdn_digits: u8,
    pub(super) service_code: Option<&'static str>,
}

impl Terms {
    /// The terms under a profile. A custom server of the configuration comes before those of the settings, the
    /// application's key before theirs. What is missing stays `None`, see [`Terms::check`].
    pub fn of(profile: &Profile, settings: &Settings, config: &Config) -> Terms {
        let mut terms = Terms {
            enabled: settings.enable.unwrap_or(profile.enabled),
            bootstrap: profile.bootstrap,
            uri: settings.server_uri,
            psk: settings.psk,
            psk_identity: "",
            endpoint: settings.endpoint.unwrap_or(profile.endpoint),
            apn: settings.apn,
            fallback_apn: None,
            lifetime: or(settings.lifetime, profile.lifetime),
            retry: settings.retry.or(profile.retry),
            msisdn_digits: settings.msisdn_digits,
            service_code: config.service_code,
        };
        terms.psk_identity = settings.psk_identity.unwrap_or(terms.endpoint);
        if config.certification_mode {
            terms.uri = settings.test_server_uri;
            terms.psk = settings.test_psk;
        }
        if config.server_uri.is_some() {
            terms.uri = config.server_uri;
            // A key belongs to the server it was given with.
            terms.psk = None;
            terms.bootstrap = Bootstrap::Server;
            if !config.is_bootstrap_server {
                terms.bootstrap = Bootstrap::None;
                terms.lifetime = or(
                    u32::try_from(config.server_lifetime).unwrap_or(0),
                    terms.lifetime,
                );
            }
        }
        terms.psk = config.psk.or(terms.psk);
        match profile.apn {
            Apn::Ignored => {}
            Apn::Fallback => terms.fallback_apn = config.apn,
            Apn::Replaces => terms.apn = config.apn.or(terms.apn),
        }
        terms
    }

    /// Whether everything a connection needs is there, but for what modem and SIM say.
    pub fn check(&self) -> Result<(), Missing> {
        if !self.enabled {
            return Err(Missing::Disabled);
        }
        let uri = self.uri.ok_or(Missing::Server)?;
        // coaps or coap: in whatever case.
        let secure = matches!(uri.as_bytes(), [_, _, _, _, b's' | b'S', ..]);
        if secure && self.psk.is_none() {
            return Err(Missing::Key);
        }
        if self.endpoint.is_empty() {
            return Err(Missing::Endpoint);
        }
        Ok(())
    }
}

impl Retry {
    /// These values, those that are 0 taken from another.
    fn or(self, other: &Retry) -> Retry {
        Retry {
            count: or(self.count.into(), other.count.into()) as u8,
            sequences: or(self.sequences.into(), other.sequences.into()) as u8,
            timer: or(self.timer, other.timer),
            sequence_delay: or(self.sequence_delay, other.sequence_delay),
            maintenance: or(self.maintenance, other.maintenance),
        }
    }
}

fn or(value: u32, otherwise: u32) -> u32 {
    if value != 0 { value } else { otherwise }
}
