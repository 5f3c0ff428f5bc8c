//! What crosses between the core and the shell: inputs, outputs and the small types in them.
//!
//! Reading [`Output`] tells everything the library can do to the world; reading [`Input`] everything it can be told
//! besides datagrams. Event and error *numbers* of the C API are not known here: the shell maps them.

use heapless::String;

use crate::modem::query;
use crate::time::Duration;

pub use crate::modem::query::Query;
pub use crate::record::RecordId;

/// One server's transport link: the index of its session. The shell keeps one socket a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Link(pub u8);

/// Where a link leads and how it is secured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Remote<'a> {
    /// Host name, IPv4 address, or IPv6 address without brackets.
    pub host: &'a [u8],
    /// UDP port.
    pub port: u16,
    /// Security tag of the PSK in the modem for DTLS, or `None` for plain UDP.
    pub security_tag: Option<u32>,
}

/// A pre-shared key and its identity as the modem's key store takes them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Credential<'a> {
    /// Security tag, one of 25 to 28.
    pub tag: u32,
    /// PSK identity.
    pub identity: &'a [u8],
    /// The key itself.
    pub psk: &'a [u8],
}

/// An access point to connect to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AccessPoint<'a> {
    /// Its name, 1 to 63 printable characters.
    pub name: &'a [u8],
    /// Address families: 1 IPv4, 2 IPv6, 3 both.
    pub kind: u8,
    /// 0 none, 1 PAP, 2 CHAP.
    pub authentication: u8,
    /// User name for it, without quotation marks.
    pub user: &'a [u8],
    /// Password for it, without quotation marks.
    pub secret: &'a [u8],
    /// A connection that is there has other settings: it is ended first.
    pub fresh: bool,
}

/// The application's settings. Strings belong to the application and live as long as it does; `None` means not set. They come first and
/// in the order of the C structure: the shell fills them as one list.
#[derive(Clone, Copy, Debug, Default)]
#[repr(C)]
pub struct Config {
    /// Custom server, `coap://` or `coaps://`; selects generic mode.
    pub server_uri: Option<&'static str>,
    /// Pre-shared key, hexadecimal text.
    pub psk: Option<&'static str>,
    /// Access point name.
    pub apn: Option<&'static str>,
    /// Overrides of Device object texts.
    pub manufacturer: Option<&'static str>,
    /// See `manufacturer`.
    pub model_number: Option<&'static str>,
    /// See `manufacturer`.
    pub device_type: Option<&'static str>,
    /// See `manufacturer`.
    pub hardware_version: Option<&'static str>,
    /// See `manufacturer`.
    pub software_version: Option<&'static str>,
    /// LG U+ service code.
    pub service_code: Option<&'static str>,
    /// Lifetime with a custom management server in seconds; 0: default.
    pub server_lifetime: i32,
    /// Inactivity in seconds after which a DTLS session is closed; 0: default.
    pub session_idle_timeout: i32,
    /// Use the operator's test servers.
    pub certification_mode: bool,
    /// Never read bootstrap data from the SIM.
    pub disable_bootstrap_from_smartcard: bool,
    /// `server_uri` names a bootstrap server, not a management server.
    pub is_bootstrap_server: bool,
}

impl Config {
    /// Nothing set.
    pub const NONE: Config = Config {
        certification_mode: false,
        disable_bootstrap_from_smartcard: false,
        is_bootstrap_server: false,
        server_uri: None,
        server_lifetime: 0,
        session_idle_timeout: 0,
        psk: None,
        apn: None,
        manufacturer: None,
        model_number: None,
        device_type: None,
        hardware_version: None,
        software_version: None,
        service_code: None,
    };
}

/// Longest Device object text taken from configuration or modem, in bytes.
pub const DEVICE_TEXT: usize = 32;

/// What modem and SIM say about themselves, read once at start. Empty: not available.
#[derive(Clone, Debug, Default)]
pub struct Identity {
    /// IMEI, 15 digits.
    pub imei: String<15, u8>,
    /// IMSI, up to 15 digits.
    pub imsi: String<15, u8>,
    /// SIM card number, up to 20 digits.
    pub iccid: String<20, u8>,
    /// Phone number without plus sign.
    pub msisdn: String<15, u8>,
    /// Modem manufacturer.
    pub manufacturer: String<DEVICE_TEXT, u8>,
    /// Modem model.
    pub model: String<DEVICE_TEXT, u8>,
    /// Modem firmware version.
    pub firmware: String<DEVICE_TEXT, u8>,
    /// Modem hardware version.
    pub hardware: String<DEVICE_TEXT, u8>,
    /// Operator of the SIM as the modem finds it (`AT%XOPERID`); 0: not told.
    pub operator: u8,
}

impl Identity {
    /// An identity of which nothing is known yet.
    pub const fn empty() -> Identity {
        Identity {
            imei: String::new(),
            imsi: String::new(),
            iccid: String::new(),
            msisdn: String::new(),
            manufacturer: String::new(),
            model: String::new(),
            firmware: String::new(),
            hardware: String::new(),
            operator: 0,
        }
    }

    /// Takes what modem or SIM answered about itself, texts cut to [`DEVICE_TEXT`]; nothing when there is no answer or it does not fit.
    /// Whether there is something now.
    pub fn take(&mut self, query: Query, answer: &str) -> bool {
        let field = match query {
            Query::Imei => self.imei.as_mut_view(),
            Query::Imsi => self.imsi.as_mut_view(),
            Query::Iccid => self.iccid.as_mut_view(),
            Query::Msisdn => self.msisdn.as_mut_view(),
            Query::Manufacturer => self.manufacturer.as_mut_view(),
            Query::Model => self.model.as_mut_view(),
            Query::Firmware => self.firmware.as_mut_view(),
            Query::Hardware => self.hardware.as_mut_view(),
            _ => {
                let operator = query::number(query, answer).and_then(|id| id.try_into().ok());
                self.operator = operator.unwrap_or(0);
                return operator.is_some();
            }
        };
        let text = query::text(query, answer).unwrap_or_default();
        field.clear();
        field.push_str(text.get(..DEVICE_TEXT).unwrap_or(text)).ok();
        !field.is_empty()
    }
}

/// Values that only the application (or the shell on its behalf) knows at the moment of a read.
#[derive(Clone, Copy, Debug, Default)]
pub struct Live<'a> {
    /// Seconds since 1970.
    pub utc_time: i32,
    /// Minutes east of UTC.
    pub utc_offset: i32,
    /// IANA time zone name.
    pub timezone: &'a str,
    /// Free memory in kB.
    pub memory_free: i32,
}

/// Why a link could not be opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkError {
    /// Name not resolved or no route to the server.
    NoRoute,
    /// The DTLS handshake failed or no usable credentials exist.
    Handshake,
    /// No socket or DTLS session was free.
    NoResources,
}

/// Why keys could not be stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyError {
    /// The modem refused because its link is on.
    LinkIsUp,
    /// Any other code of the key hook.
    Other(i32),
}

/// What happened outside, besides datagrams. AT texts are borrowed for the call.
#[derive(Clone, Copy, Debug)]
pub enum Input<'a> {
    /// The link asked for by [`Output::Open`] is usable.
    LinkOpened(Link),
    /// The link asked for by [`Output::Open`] could not be opened.
    LinkFailed(Link, LinkError),
    /// An open link died: socket error, fatal alert, network lost.
    LinkLost(Link),
    /// One AT notification line.
    Notification(&'a str),
    /// Notifications were dropped for lack of space: ask the modem anew.
    NotificationsMissed,
    /// The modem's answer to [`Output::Query`]; `None` when it reported an error.
    Reply(Query, Option<&'a str>),
    /// The application's event handler returned this value for the last [`Output::Event`].
    EventAnswer(i32),
    /// The outcome of [`Output::WriteKeys`].
    KeysWritten(Result<(), KeyError>),
    /// Whether the modem holds all keys asked for by [`Output::FindKeys`].
    KeysFound(bool),
    /// The bytes asked for by [`Output::Load`]; `None` when there are none.
    Loaded(RecordId, Option<&'a [u8]>),
    /// The card's bootstrap data asked for by [`Output::ReadCard`]; `None` when there is none or it cannot be read.
    Card(Option<&'a [u8]>),
    /// What became of [`Output::ActivatePdn`]: the modem's number of the context that is active, or the cause of session management
    /// for which it is not (3GPP TS 24.301 9.9.4.4), 0 if none was told.
    Pdn(Result<u8, u8>),
    /// The payload of an SMS, from anybody.
    Sms(&'a [u8]),
    /// The application took (`true`) or refused a clock value of [`Output::SetClock`].
    ClockSet(bool),
    /// Whether the modem took all commands of [`Output::Configure`].
    Configured(bool),
    /// How [`Output::Firmware`] went: 0, a positive code of the modem's update functions, or a negative one of ours.
    Firmware(i32),
}

/// What the library does to the world. Returned one at a time; the shell carries it out without holding the lock.
// Two words, which are passed in registers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Output {
    /// Send the first `length` bytes of the buffer given to `poll`.
    Send {
        /// On this link.
        link: Link,
        /// Bytes of the datagram.
        length: u16,
    },
    /// Connect a link to [`crate::Carrier::remote`]; answer with `LinkOpened` or `LinkFailed`.
    Open(Link),
    /// Close a link, if open.
    Close(Link),
    /// Tell the application; answer with `EventAnswer`.
    Event(Event),
    /// Run an AT command; answer with `Reply`.
    Query(Query),
    /// Store every [`crate::Carrier::credential`] in the modem, then delete what is under tags without use; answer with
    /// `KeysWritten`.
    WriteKeys,
    /// Look whether the modem holds a key and an identity under every [`crate::Carrier::uses_tag`]; answer with `KeysFound`.
    FindKeys,
    /// Read a record; answer with `Loaded`.
    Load(RecordId),
    /// Read the bootstrap data of the SIM; answer with `Card`.
    ReadCard,
    /// Connect to [`crate::Carrier::access_point`], unless that connection is there, and let links use it from then on; without success
    /// they use the default one. `None`: end the connection. Answer with `Pdn`.
    ActivatePdn,
    /// Write the bytes of [`crate::Carrier::record`] to storage.
    Save(RecordId),
    /// Delete a stored record.
    Erase(RecordId),
    /// Offer the application the values of [`crate::Carrier::clock_request`]; answer with `ClockSet`.
    SetClock,
    /// Run the AT commands that [`crate::Carrier::command`] gives one after the other, until there is none or one is refused; answer with
    /// `Configured`.
    Configure,
    /// Do something with the modem's area for firmware packages; answer with `Firmware`.
    Firmware(FirmwareStep),
    /// Reset the device.
    Reset,
}

const _: [(); 8] = [(); size_of::<Output>()];

/// What is done with the modem's area for firmware packages. After a failure other than [`ERASE_PENDING`] the area is erased.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FirmwareStep {
    /// Write [`crate::Carrier::firmware_part`], which is [`crate::Carrier::firmware_piece`] of its package.
    Write,
    /// Apply the package when the modem starts the next time.
    Update,
    /// Give the package up: erase the area.
    Abandon,
}

/// The modem still erases the area.
pub const ERASE_PENDING: i32 = 17;

/// The package does not fit into the area; no number of the modem.
pub const PACKAGE_TOO_LARGE: i32 = -28;

/// What the application is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// Bring the LTE link up.
    LinkUp,
    /// Take the LTE link down.
    LinkDown,
    /// Power the modem off before a reset.
    PowerOff,
    /// The bootstrap is finished and its keys are stored.
    Bootstrapped,
    /// All servers registered for the first time since start.
    Registered,
    /// A connection attempt failed; the next one follows after `delay`.
    Deferred {
        /// What failed.
        reason: DeferredReason,
        /// Time until the next attempt.
        delay: Duration,
    },
    /// A server began to push a firmware package for the modem.
    FirmwareStarted,
    /// The library wants to reset the device; answer 0 to agree.
    Reboot,
    /// The modem reported a condition of its own.
    ModemDomain(ModemDomain),
    /// A server wrote application data, to be taken by [`crate::Carrier::take_app_data`].
    AppData,
    /// An error; `cause` gives the value.
    Error {
        /// What failed.
        kind: ErrorKind,
        /// Why.
        cause: Cause,
        /// The value of [`Cause::Code`]; 0 with every other cause.
        code: i32,
    },
}

/// What failed when an attempt is deferred.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeferredReason {
    /// The connection to the access point is not granted.
    PdnActivate,
    /// Name or route of the bootstrap server.
    BootstrapNoRoute,
    /// DTLS handshake with the bootstrap server.
    BootstrapConnect,
    /// The bootstrap server refused, did not answer, or did not finish.
    BootstrapSequence,
    /// Server name or route.
    ServerNoRoute,
    /// DTLS handshake with the server.
    ServerConnect,
    /// Registration refused or unanswered.
    ServerRegistration,
    /// Server in maintenance (5.03).
    ServiceUnavailable,
    /// The SIM has no phone number yet.
    SimMsisdn,
}

impl DeferredReason {
    /// What fails in the same way with the bootstrap server.
    pub(crate) fn of_bootstrap(self) -> DeferredReason {
        match self {
            DeferredReason::ServerNoRoute => DeferredReason::BootstrapNoRoute,
            DeferredReason::ServerConnect => DeferredReason::BootstrapConnect,
            DeferredReason::ServerRegistration => DeferredReason::BootstrapSequence,
            other => other,
        }
    }
}

/// Conditions of the modem itself, from `%MDMEV`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ModemDomain {
    /// Overheated, modem deactivated.
    Overheated,
    /// Battery low, modem deactivated.
    BatteryLow,
    /// Reset loop found, attach restricted for 30 minutes.
    ResetLoop,
}

/// Groups of errors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorKind {
    /// The application could not bring the link up.
    LinkUp,
    /// The application could not take the link down.
    LinkDown,
    /// Keys could not be stored, or no bootstrap attempt succeeded.
    Bootstrap,
    /// The configuration cannot work.
    Configuration,
    /// The modem does not take a firmware package.
    FirmwarePackage,
    /// A firmware package stopped coming.
    FirmwareLost,
    /// A firmware package could not be applied.
    FirmwareFailed,
}

/// The value of an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// A return value of the application or a hook.
    Code,
    /// The SIM's number or card number cannot be read.
    Unreadable,
    /// All attempts were in vain.
    TimedOut,
    /// The server gave up.
    Cancelled,
    /// The link stayed up although it had to be down.
    LinkIsUp,
    /// Nothing to do: neither a custom server nor a supported operator.
    NotSupported,
    /// A key is needed and none is configured, or the URI cannot be used.
    Invalid,
}

/// Clock values a server wrote, to be offered to the application (`/3/0/13` to `/3/0/15`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ClockRequest<'a> {
    /// Seconds since 1970.
    pub utc_time: Option<i32>,
    /// Minutes east of UTC.
    pub utc_offset: Option<i32>,
    /// IANA time zone name, UTF-8.
    pub timezone: Option<&'a [u8]>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_modem_and_sim_say_goes_where_it_belongs() {
        let mut identity = Identity::empty();
        let long = "x".repeat(DEVICE_TEXT + 1);
        for (query, answer, said) in [
            (Query::Imei, "+CGSN: \"352656100000001\"\r\nOK\r\n", true),
            (Query::Imsi, "450061234567890\r\nOK\r\n", true),
            (
                Query::Iccid,
                "%XICCID: 8900101000000000001F\r\nOK\r\n",
                true,
            ),
            (Query::Model, &long, true),
            (Query::Operator, "%XOPERID: 4\r\nOK\r\n", true),
            (Query::Msisdn, "OK\r\n", false),
        ] {
            assert_eq!(identity.take(query, answer), said, "{query:?}");
        }
        assert_eq!(identity.imei, "352656100000001");
        assert_eq!(identity.imsi, "450061234567890");
        assert_eq!(identity.iccid, "8900101000000000001");
        assert_eq!(identity.model, long[..DEVICE_TEXT]);
        assert_eq!(identity.operator, 4);
        // One that does not fit, no answer, and no number: what was there is gone.
        assert!(!identity.take(Query::Imsi, "4500612345678901"));
        assert!(!identity.take(Query::Iccid, "ERROR\r\n"));
        assert!(!identity.take(Query::Operator, "%XOPERID: 256\r\nOK\r\n"));
        assert!(identity.imsi.is_empty() && identity.iccid.is_empty());
        assert_eq!(identity.operator, 0);
    }
}
