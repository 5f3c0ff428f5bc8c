//! `modem.json`: identity, network and timing of one virtual device, with defaults for a generic test network and one
//! profile per supported carrier. All identities are test identities.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::net::{Ipv4Addr, Ipv6Addr};

/// Everything about the device that does not change while it runs, except by control commands.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Profile {
    /// Name of the profile this file was made from.
    pub profile: String,
    /// 15 digits.
    pub imei: String,
    /// Two digits, software version of the IMEISV.
    pub software_version: String,
    /// 14 or 15 digits.
    pub imsi: String,
    /// 18 to 20 digits, without padding.
    pub iccid: String,
    /// Digits in the mobile network code of the home network, 2 or 3.
    pub mnc_length: u8,
    /// Telephone number with `+`; absent on a card that does not know it yet.
    pub msisdn: Option<String>,
    /// Service centre address on the card.
    pub service_centre: String,
    /// Group identifier 1 of the card in hexadecimal, may be empty.
    pub gid1: String,
    /// Answer of `%XOPERID`.
    pub operator_id: u8,
    /// Code for the card states `pin` and `puk`.
    pub pin: String,
    /// Answers of `+CGMI`, `+CGMM`, `+CGMR`, `%SHORTSWVER`, `%HWVERSION`, `%XMODEMUUID`.
    pub manufacturer: String,
    /// Model name.
    pub model: String,
    /// Firmware version.
    pub firmware: String,
    /// Short firmware version.
    pub short_firmware: String,
    /// Hardware version.
    pub hardware: String,
    /// Build id of the firmware, 36 characters.
    pub firmware_uuid: String,
    /// Country and network code of the serving network.
    pub plmn: String,
    /// Name of the serving network.
    pub network_name: String,
    /// True: registration status 5 instead of 1.
    pub roaming: bool,
    /// Tracking area, four hexadecimal digits.
    pub tracking_area: String,
    /// Cell, eight hexadecimal digits.
    pub cell: String,
    /// Access technology: 7 LTE-M, 9 NB-IoT.
    pub access: u8,
    /// LTE band.
    pub band: u8,
    /// Physical cell id.
    pub physical_cell: u16,
    /// Channel number.
    pub earfcn: u32,
    /// Signal as received.
    pub signal: Signal,
    /// Context 0.
    pub apn: Apn,
    /// Further APNs the network knows. Others are refused with ESM cause 27.
    pub apns: Vec<Apn>,
    /// `before` or `after`: when `+CNEC_ESM` comes if only one of two wanted families is granted, as seen from `+CGEV`.
    pub esm_order: EsmOrder,
    /// Added to a context id to get its PDN id (context 0 has PDN id 0).
    pub pdn_id_offset: u8,
    /// Name servers of the network.
    pub dns: Vec<String>,
    /// Largest packet in bytes.
    pub mtu: u16,
    /// Time zone in quarters of an hour east of UTC.
    pub zone_quarters: i8,
    /// Daylight saving in hours, 0 to 2.
    pub daylight: u8,
    /// Battery in mV.
    pub voltage_mv: u32,
    /// Temperature in degrees Celsius.
    pub temperature_c: i32,
    /// LTE-M, NB-IoT, GNSS, preference.
    pub system_mode: [u8; 4],
    /// Credentials the store can hold.
    pub credential_limit: usize,
    /// Files of the card beyond those that follow from the identity above.
    pub card: Card,
    /// Times of the attach procedure.
    pub delays: Delays,
}

/// Files of the card and how it answers.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Card {
    /// LwM2M bootstrap file of the PKCS#15 application in hexadecimal; empty: the card has no such application.
    pub bootstrap: String,
    /// Which status words reach the application.
    pub style: ChainStyle,
    /// Simulated milliseconds each command to the card takes.
    pub delay: i64,
    /// Further files, or others in place of the usual ones: `MF/2F05`, `USIM/6F3E`, `PKCS15/6430` or `<AID>/<id>/<id>` to
    /// content in hexadecimal. `|` parts records, `!` before it makes reading answer 6982, anything else is no file.
    pub files: BTreeMap<String, String>,
}

/// Which status words of the transport reach the application.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ChainStyle {
    /// None: the modem resolves them.
    #[default]
    Direct,
    /// SELECT answers 61xx, GET RESPONSE brings the data.
    #[serde(rename = "61xx")]
    More,
    /// A longer length than there is answers 6Cxx.
    #[serde(rename = "6cxx")]
    WrongLength,
    /// Both.
    Both,
}

impl ChainStyle {
    /// Reads `direct`, `61xx`, `6cxx` or `both`.
    pub fn parse(text: &str) -> Option<ChainStyle> {
        match text {
            "direct" => Some(ChainStyle::Direct),
            "61xx" => Some(ChainStyle::More),
            "6cxx" => Some(ChainStyle::WrongLength),
            "both" => Some(ChainStyle::Both),
            _ => None,
        }
    }

    /// True when 61xx is shown.
    pub fn chains(self) -> bool {
        matches!(self, ChainStyle::More | ChainStyle::Both)
    }

    /// True when 6Cxx is shown.
    pub fn shows_wrong_length(self) -> bool {
        matches!(self, ChainStyle::WrongLength | ChainStyle::Both)
    }
}

/// Signal model: fixed values, or a random walk around them.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Signal {
    /// dBm.
    pub rsrp: i32,
    /// dB.
    pub rsrq: i32,
    /// dB.
    pub snr: i32,
    /// Largest deviation of the random walk in dB, 0 for none.
    pub walk: i32,
}

/// One access point name and what the network grants on it.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Apn {
    /// Name.
    pub name: String,
    /// `IP`, `IPV6` or `IPV4V6`: families granted.
    pub family: String,
    /// ESM cause of a refusal, 0 when allowed.
    pub refuse: u8,
    /// User name and password without which the network refuses with cause 29; empty: none needed.
    pub user: String,
    /// See `user`.
    pub password: String,
    /// IPv4 address given to the device.
    pub ipv4: Ipv4Addr,
    /// IPv6 address given to the device.
    pub ipv6: Ipv6Addr,
    /// Servers that cannot be reached from here: `<address>`, `<address>:<port>`, or `*` for all.
    pub no_route: Vec<String>,
    /// True: `nrf_connect` and sending to those fail with `NRF_ENETUNREACH`. False: what is sent is lost.
    pub unreachable: bool,
}

/// Order of `+CNEC_ESM` and `+CGEV` when only one of two wanted families is granted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum EsmOrder {
    /// `+CNEC_ESM` first.
    #[default]
    Before,
    /// `+CGEV` first.
    After,
}

/// Simulated milliseconds of the steps after `+CFUN=1`, each from the step before.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Delays {
    /// Card start: `%XSIM: 1`, then the search begins.
    pub card: i64,
    /// Search and attach: `+CGEV: ME PDN ACT 0` and `+CEREG: 1`.
    pub attach: i64,
    /// Network time: `%XTIME`. Negative: never sent.
    pub time: i64,
    /// IPv6 address after activation: `+CGEV: IPV6 n`.
    pub ipv6: i64,
    /// Activation of a further context by `+CGACT`.
    pub activate: i64,
    /// Inactivity until the radio connection is released.
    pub radio_idle: i64,
    /// Time the network waits for an SMS acknowledgement.
    pub sms_acknowledge: i64,
}

impl Default for Profile {
    fn default() -> Self {
        Profile {
            profile: "generic".into(),
            imei: "352656100000001".into(),
            software_version: "01".into(),
            imsi: "001010123456789".into(),
            iccid: "8900101000000000001".into(),
            mnc_length: 2,
            msisdn: Some("+15550100".into()),
            service_centre: "+15550199".into(),
            gid1: String::new(),
            operator_id: 0,
            pin: "1234".into(),
            manufacturer: "Nordic Semiconductor ASA".into(),
            model: "nRF9160-SICA".into(),
            firmware: "mfw_nrf9160_1.3.2".into(),
            short_firmware: "nrf9160_1.3.2".into(),
            hardware: "nRF9160 SICA B0A".into(),
            firmware_uuid: "25c95751-efa4-40d4-8b4a-1dcaab81fac9".into(),
            plmn: "00101".into(),
            network_name: "Test".into(),
            roaming: false,
            tracking_area: "0001".into(),
            cell: "00012345".into(),
            access: 7,
            band: 20,
            physical_cell: 7,
            earfcn: 6300,
            signal: Signal::default(),
            apn: Apn::default(),
            apns: vec![
                Apn {
                    name: "fota.test".into(),
                    ipv4: Ipv4Addr::new(10, 0, 1, 2),
                    ..Apn::default()
                },
                Apn {
                    name: "refused.test".into(),
                    refuse: 33,
                    ..Apn::default()
                },
            ],
            esm_order: EsmOrder::Before,
            pdn_id_offset: 10,
            dns: vec!["10.0.0.53".into(), "10.0.0.54".into()],
            mtu: 1464,
            zone_quarters: 0,
            daylight: 0,
            voltage_mv: 3600,
            temperature_c: 25,
            system_mode: [1, 0, 0, 0],
            credential_limit: 32,
            card: Card::default(),
            delays: Delays::default(),
        }
    }
}

impl Default for Signal {
    fn default() -> Self {
        Signal {
            rsrp: -88,
            rsrq: -10,
            snr: 5,
            walk: 0,
        }
    }
}

impl Default for Apn {
    fn default() -> Self {
        Apn {
            name: "apn.test".into(),
            family: "IP".into(),
            refuse: 0,
            user: String::new(),
            password: String::new(),
            ipv4: Ipv4Addr::new(10, 0, 0, 2),
            ipv6: Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 2),
            no_route: Vec::new(),
            unreachable: false,
        }
    }
}

impl Default for Delays {
    fn default() -> Self {
        Delays {
            card: 50,
            attach: 200,
            time: 300,
            ipv6: 100,
            activate: 100,
            radio_idle: 10_000,
            sms_acknowledge: 15_000,
        }
    }
}

/// Name, IMSI, operator id, PLMN, length of the network code, network name, APN, ICCID, telephone number.
type Carrier = (
    &'static str,
    &'static str,
    u8,
    &'static str,
    u8,
    &'static str,
    &'static str,
    &'static str,
    &'static str,
);

const CARRIERS: &[Carrier] = &[
    (
        "generic",
        "001010123456789",
        0,
        "00101",
        2,
        "Test",
        "apn.test",
        "8900101000000000001",
        "+15550100",
    ),
    (
        "verizon",
        "311480000000001",
        1,
        "311480",
        3,
        "Test Verizon",
        "vzwadmin",
        "8914800000000000001",
        "+12025550101",
    ),
    (
        "att",
        "310410000000001",
        2,
        "310410",
        3,
        "Test AT&T",
        "m2m.test",
        "8901410000000000001",
        "+12025550102",
    ),
    (
        "tmobile",
        "310260000000001",
        0,
        "310260",
        3,
        "Test T-Mobile",
        "iot.test",
        "8901260000000000001",
        "+12025550103",
    ),
    (
        "lgu",
        "450060000000001",
        10,
        "45006",
        2,
        "Test LG U+",
        "lgu.test",
        "8982060000000000001",
        "+821000000001",
    ),
    (
        "softbank",
        "440200000000001",
        7,
        "44020",
        2,
        "Test SoftBank",
        "softbank.test",
        "8981200000000000001",
        "+811000000001",
    ),
    (
        "bell",
        "302610000000001",
        9,
        "302610",
        3,
        "Test Bell",
        "bell.test",
        "8930261000000000001",
        "+16135550101",
    ),
];

impl Profile {
    /// Puts the card of `other` into this device, in the network of its operator.
    pub fn take_card(&mut self, other: &Profile) {
        let other = other.clone();
        self.profile = other.profile;
        self.imsi = other.imsi;
        self.iccid = other.iccid;
        self.mnc_length = other.mnc_length;
        self.msisdn = other.msisdn;
        self.gid1 = other.gid1;
        self.operator_id = other.operator_id;
        self.card = other.card;
        self.plmn = other.plmn;
        self.network_name = other.network_name;
        self.apn.name = other.apn.name;
    }

    /// The defaults for `generic`, `verizon`, `att`, `tmobile`, `lgu`, `softbank` or `bell`.
    pub fn named(name: &str) -> Option<Profile> {
        let row = CARRIERS.iter().find(|row| row.0 == name)?;
        let mut profile = Profile {
            profile: row.0.into(),
            imsi: row.1.into(),
            operator_id: row.2,
            plmn: row.3.into(),
            mnc_length: row.4,
            network_name: row.5.into(),
            ..Profile::default()
        };
        profile.apn.name = row.6.into();
        profile.iccid = row.7.into();
        profile.msisdn = Some(row.8.into());
        Some(profile)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_file_is_filled_with_defaults() {
        let profile: Profile =
            serde_json::from_str(r#"{"imei":"352656100000009","delays":{"card":5}}"#).unwrap();
        assert_eq!(profile.imei, "352656100000009");
        assert_eq!(profile.delays.card, 5);
        assert_eq!(profile.delays.attach, 200);
        assert!(serde_json::from_str::<Profile>(r#"{"imie":"1"}"#).is_err());
    }

    #[test]
    fn every_carrier_has_an_imsi_of_its_network() {
        for row in CARRIERS {
            let profile = Profile::named(row.0).unwrap();
            assert!(profile.imsi.starts_with(&profile.plmn), "{}", row.0);
            assert_eq!(profile.plmn.len(), 3 + usize::from(profile.mnc_length));
        }
        assert!(Profile::named("nobody").is_none());
    }

    #[test]
    fn another_card_changes_the_subscriber_and_not_the_device() {
        let mut profile = Profile {
            imei: "352656100000009".into(),
            ..Profile::named("generic").unwrap()
        };
        profile.delays.attach = 7;
        let former = profile.clone();
        for row in CARRIERS.iter().skip(1) {
            profile.take_card(&Profile::named(row.0).unwrap());
            assert_ne!(profile.iccid, former.iccid);
            assert_eq!(profile.iccid.len(), 19);
            assert_ne!(profile.msisdn, former.msisdn);
            assert_eq!((profile.imsi.as_str(), profile.operator_id), (row.1, row.2));
            assert_eq!(
                (profile.imei.as_str(), profile.delays.attach),
                ("352656100000009", 7)
            );
        }
    }
}
