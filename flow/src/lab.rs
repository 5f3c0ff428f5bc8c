//! A bootstrap server and management servers, and devices that know them by name.

use carrier_lab::account::Instance;
use carrier_lab::bootstrap::Provisioning;
use carrier_lab::server::Server;
use conformance::Settings;
use conformance::setup::{ENDPOINT, KEY, KEY_TEXT};

/// Name of the bootstrap server.
pub const BOOTSTRAP: &str = "bs.test";
/// Names of the management servers.
pub const MANAGEMENT: [&str; 2] = ["dm.test", "other.test"];
/// Keys that the bootstrap server gives for them.
pub const GIVEN_KEYS: [&[u8]; 2] = [b"fedcba9876543210", b"0f1e2d3c4b5a6978"];
/// Lifetime it gives in seconds.
pub const LIFETIME: u32 = 3_600;
/// Short server ids it gives.
pub const SHORT_IDS: [u16; 2] = [101, 102];

/// The servers.
pub struct Lab {
    /// The bootstrap server.
    pub bootstrap: Server,
    /// Management servers; the first is what most tests need.
    pub management: Vec<Server>,
}

impl Lab {
    /// All over DTLS. The first management server takes the device's factory key as well as the one from the bootstrap.
    pub fn secure() -> Lab {
        let started = "a loopback port is free";
        let lab = Lab {
            bootstrap: Server::bootstrap_secure(ENDPOINT, KEY).expect(started),
            management: GIVEN_KEYS
                .iter()
                .map(|key| Server::secure(ENDPOINT, key).expect(started))
                .collect(),
        };
        lab.calm();
        lab
    }

    /// All without security.
    pub fn plain() -> Lab {
        let started = "a loopback port is free";
        let lab = Lab {
            bootstrap: Server::bootstrap_plain().expect(started),
            management: GIVEN_KEYS
                .iter()
                .map(|_| Server::plain().expect(started))
                .collect(),
        };
        lab.calm();
        lab
    }

    /// The servers' clock is real and the device's is not: what takes the device long is no reason to repeat.
    fn calm(&self) {
        let timing = carrier_lab::server::Timing {
            first_wait: std::time::Duration::from_secs(10),
            ..Default::default()
        };
        self.bootstrap.set_timing(timing);
        self.management
            .iter()
            .for_each(|server| server.set_timing(timing));
    }

    /// Whether the servers use DTLS.
    pub fn is_secure(&self) -> bool {
        self.bootstrap.uris()[0].starts_with("coaps:")
    }

    /// URI of a server under a name.
    fn uri(&self, name: &str, server: &Server) -> String {
        let scheme = if self.is_secure() { "coaps" } else { "coap" };
        let port = server.wires()[0].address().port();
        format!("{scheme}://{name}:{port}")
    }

    /// URI of the bootstrap server.
    pub fn bootstrap_uri(&self) -> String {
        self.uri(BOOTSTRAP, &self.bootstrap)
    }

    /// URI of a management server.
    pub fn management_uri(&self, index: usize) -> String {
        self.uri(MANAGEMENT[index], &self.management[index])
    }

    /// Ports of all servers, the bootstrap server's first.
    pub fn ports(&self) -> Vec<u16> {
        std::iter::once(&self.bootstrap)
            .chain(&self.management)
            .map(|server| server.wires()[0].address().port())
            .collect()
    }

    /// A device that knows all names and nothing else.
    pub fn stranger(&self) -> Settings {
        let mut settings = Settings::new("");
        settings.options.clear();
        settings.grace_ms = 60;
        settings = settings.clock("step");
        [BOOTSTRAP]
            .iter()
            .chain(&MANAGEMENT)
            .fold(settings, |settings, name| {
                settings.scenario(&format!("dns host {name}=127.0.0.1"))
            })
    }

    /// A blank device with the bootstrap server as its custom server.
    pub fn blank(&self) -> Settings {
        self.keyed(
            self.stranger()
                .option("--uri", &self.bootstrap_uri())
                .option("--bootstrap", "1"),
        )
    }

    /// A blank device with the first management server as its custom server.
    pub fn direct(&self) -> Settings {
        if self.is_secure() {
            self.management[0]
                .set_keys(&[(ENDPOINT.as_bytes(), KEY)])
                .expect("a server takes keys");
        }
        self.keyed(
            self.stranger()
                .option("--uri", &self.management_uri(0))
                .lifetime(LIFETIME),
        )
    }

    /// A blank device with a SIM of the first operator, whose settings the application has. `sim` begins its `modem.json`, as
    /// in `"msisdn": null,`.
    pub fn operator(&self, sim: &str) -> Settings {
        self.stranger()
            .option("--operator", "1")
            .option("--operator-uri", &self.bootstrap_uri())
            .option("--operator-psk", KEY_TEXT)
            .profile(&format!(
                r#"{{"imsi": "311480123456789", "operator_id": 1, {sim} "delays": {{"card": 5, "attach": 20, "time": 30}}}}"#
            ))
    }

    /// The bootstrap server knows the device under this identity alone.
    pub fn know(&self, identity: &str) {
        let known = [(identity.as_bytes(), KEY)];
        self.bootstrap
            .set_keys(&known)
            .expect("a server takes keys");
    }

    fn keyed(&self, settings: Settings) -> Settings {
        if self.is_secure() {
            settings.option("--psk", KEY_TEXT)
        } else {
            settings
        }
    }

    /// Accounts of the first `count` management servers, under the device's usual identity.
    pub fn accounts(&self, count: usize) -> Vec<Instance> {
        let mut accounts = Vec::new();
        for index in 0..count {
            let (id, short_id) = (index as u16, SHORT_IDS[index]);
            let uri = self.management_uri(index);
            accounts.push(if self.is_secure() {
                Instance::security_psk(id + 1, &uri, ENDPOINT, GIVEN_KEYS[index], short_id)
            } else {
                Instance::security_open(id + 1, &uri, short_id)
            });
            accounts.push(Instance::server(id, short_id, LIFETIME));
        }
        if count > 1 {
            // Several servers: each needs rights, here to the Device object.
            let rights: Vec<(u16, u8)> = SHORT_IDS[..count].iter().map(|id| (*id, 15)).collect();
            accounts.push(Instance::access_control(0, (3, 0), SHORT_IDS[0], &rights));
        }
        accounts
    }

    /// The usual bootstrap with `count` management servers.
    pub fn provisioning(&self, count: usize) -> Provisioning {
        Provisioning::of(&self.accounts(count))
    }
}
