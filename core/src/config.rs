//! Every capacity of the core in one place, with its reason. A bound that is reached has a defined answer; none panics.
//!
//! First what a build is without, by the features of the same names in `Cargo.toml`. An object that may be left out is an
//! array of one or none: its code is always compiled, and never reached where there is none.

/// Instances of object 2, Access Control, in [`crate::objects::Objects`].
pub const ACCESS_CONTROL: usize = cfg!(feature = "access-control") as usize;

/// The same of objects 4 and 7, Connectivity Monitoring and Statistics.
pub const OBJECT_CONNECTIVITY: usize = cfg!(feature = "object-connectivity") as usize;

/// The same of object 5, Firmware Update.
pub const OBJECT_FIRMWARE: usize = cfg!(feature = "object-firmware") as usize;

/// The same of object 6, Location.
pub const OBJECT_LOCATION: usize = cfg!(feature = "object-location") as usize;

/// The same of objects 10, Cellular Connectivity, and 11, APN Connection Profile.
pub const OBJECT_CELLULAR: usize = cfg!(feature = "object-cellular") as usize;

/// The same of object 16, Portfolio.
pub const OBJECT_PORTFOLIO: usize = cfg!(feature = "object-portfolio") as usize;

/// The same of object 10250, App Data Container.
pub const OBJECT_APP_DATA: usize = cfg!(feature = "object-app-data") as usize;

/// Whether there are bootstrap servers; otherwise only the management server of the configuration.
pub const BOOTSTRAP: bool = cfg!(feature = "bootstrap");

/// Whether accounts of the SIM are used.
pub const SMARTCARD: bool = cfg!(feature = "smartcard");

/// Whether operators are known; otherwise there is only generic mode.
pub const OPERATORS: bool = cfg!(feature = "operators");

/// Whether servers may ask for an Update by SMS.
pub const SMS: bool = cfg!(feature = "sms");

/// Whether access points have names; otherwise there is only the default connection.
pub const PDN: bool = cfg!(feature = "pdn");

/// Whether objects have values that the modem is asked for.
pub const MODEM_VALUES: bool = OBJECT_CONNECTIVITY + OBJECT_CELLULAR != 0;

/// Whether objects have values of these types; a build without has no code for them.
pub const FLOATS: bool = OBJECT_LOCATION != 0 || cfg!(test);
/// See [`FLOATS`].
pub const LINKS: bool = OBJECT_CELLULAR != 0 || cfg!(test);
/// Whether servers may read opaque values.
pub const OPAQUES: bool = OBJECT_LOCATION + OBJECT_CELLULAR + OBJECT_APP_DATA != 0 || cfg!(test);

/// Whether servers may create and delete instances, besides bootstrap servers.
pub const CREATES: bool = OBJECT_CELLULAR + OBJECT_PORTFOLIO != 0;

/// Management servers served at the same time. The modem holds keys for them and the bootstrap server under four tags.
/// The configuration names one.
pub const SERVERS: usize = if BOOTSTRAP { 3 } else { 1 };

/// Security instances: the management servers' and the bootstrap server's.
pub const ACCOUNTS: usize = SERVERS + BOOTSTRAP as usize;

/// Bytes for the addresses, identities and keys of all accounts together. A configured one takes 255 for its URI, 48 for
/// its identity, 32 for its key and 4 for each of the three.
pub const SECURITY_STORE: usize = if BOOTSTRAP { 544 } else { 347 };

/// Longest PSK identity.
pub const IDENTITY: usize = 128;

/// Smallest buffer for [`crate::Carrier::poll`] and for a reply: one 1024-byte block plus header, token and options.
pub const DATAGRAM: usize = 1_088;

/// Block size of our own confirmable messages as RFC 7959 SZX: 128 bytes.
pub const OUTGOING_SZX: u8 = 3;

/// Kept replies of a link. Servers send one request at a time (NSTART 1), so few exchanges are young at once.
pub const KEPT_REPLIES: usize = 5;

/// Observations of all servers together. Full: the read is answered without the Observe option (RFC 7641 4.1).
pub const OBSERVATIONS: usize = if BOOTSTRAP { 24 } else { 16 };

/// Written notification attributes, each name of each path. Full: 5.00.
pub const ATTRIBUTES: usize = 14;

/// Power sources that can be declared: each type once.
pub const POWER_SOURCES: usize = 7;

/// Longest time zone name (the longest IANA name has 32 characters).
pub const TIMEZONE: usize = 40;

/// Portfolio instances (object 16).
pub const PORTFOLIO_INSTANCES: usize = 4;

/// Longest Portfolio identity in bytes.
pub const PORTFOLIO_TEXT: usize = 200;

/// Bytes for all Portfolio identities together.
pub const PORTFOLIO_STORE: usize = 448;

/// Longest uplink application data (`/10250/0/0`): more than one block of 1024.
pub const UPLINK: usize = 1_040;

/// Bytes for the addresses of the device, each with one behind it: both of a connection. What does not fit is not shown.
pub const ADDRESS_TEXTS: usize = 60;

/// The same for the names of its access points, which are short in practice.
pub const ACCESS_POINT_TEXTS: usize = 40;

/// Longest address of the SMS service centre (3GPP TS 24.011 8.2.5.2: 20 digits).
pub const SERVICE_CENTRE: usize = 21;

/// Access point profiles besides that of the registration: two of the configuration, and one more.
pub const APN_PROFILES: usize = 3;

/// Bytes for what servers write to these profiles, each text with four more; what the modem says about them fills the rest and gives way.
pub const APN_TEXTS: usize = 144;

/// Longest payload of a block-wise write; longer ones are answered 4.13.
pub const ASSEMBLY: usize = 1_040;

/// Longest endpoint name.
pub const ENDPOINT: usize = 48;

/// Bytes of a Location-Path that are kept, each segment preceded by its length. Longer: the registration is refused.
pub const LOCATION: usize = 40;

/// Access Control instances (object 2): as many as the record of the accounts holds beside the largest of these.
pub const ACCESS_INSTANCES: usize = 12;

/// Rights of single servers in an Access Control instance, the default ones included; the owner needs none.
pub const ACCESS_ENTRIES: usize = 3;
