//! The steps with a bootstrap server beside the management server: blank device, bootstrap at a server's wish, restart,
//! factory reset. The management server knows only the identity and key of the account that was provisioned last.

use serde_json::{Value, json};

use crate::Options;
use crate::client::{Client, Security, wait_until};
use crate::device::{Device, Setting};
use crate::events::{Event, Events, LIMIT};
use crate::expect::{self, equal};
use crate::leshan::{Program, Server};
use crate::report::Report;

const IMEI: &str = "352656100000019";
/// Events of a bootstrap that brings the keys the modem holds.
const KEYS_STAY: &str = "BOOTSTRAPPED";

/// Key the device is built with, for the bootstrap server.
const FACTORY_KEY: &str = "000102030405060708090a0b0c0d0e0f";
/// Key for the bootstrap server that replaces it.
const NEW_BOOTSTRAP_KEY: &str = "f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff";
const SHORT_SERVER_ID: u16 = 321;

/// The account the bootstrap server provisions.
struct Account {
    identity: &'static str,
    key: &'static str,
    /// s
    lifetime: u32,
    /// Key of the bootstrap server's own account, if that is written as well.
    bootstrap_key: Option<&'static str>,
}

const FIRST: Account = Account {
    identity: "first identity",
    key: "101112131415161718191a1b1c1d1e1f",
    lifetime: 240,
    bootstrap_key: None,
};

const SECOND: Account = Account {
    identity: "second identity, longer than the first",
    key: "202122232425262728292a2b2c2d2e2f202122232425262728292a2b2c2d2e2f",
    lifetime: 180,
    bootstrap_key: None,
};

const WITH_BOOTSTRAP_KEY: Account = Account {
    bootstrap_key: Some(NEW_BOOTSTRAP_KEY),
    ..SECOND
};

/// What there was before a step, on all three sides.
struct Before {
    /// Lines the device has printed.
    lines: usize,
    /// Events of the bootstrap server.
    session: usize,
    /// Id of the registration.
    registration: Value,
}

struct Run<'a> {
    client: Client<'a>,
    bootstrap: &'a Server,
    security: Security,
    device: Device,
    /// Of the bootstrap server.
    sessions: Events,
}

type Step<'a> = fn(&Run<'a>) -> Result<String, String>;

/// Takes every step over one transport and adds each to the report.
pub fn run(
    options: &Options,
    management: &Server,
    bootstrap: &Server,
    security: Security,
    report: &mut Report,
) {
    let name = format!("{} {}", bootstrap.program.name(), security.scheme());
    let folder = format!("{}-{}", bootstrap.program.name(), security.scheme());
    let run = match start(options, management, bootstrap, security, &folder) {
        Ok(run) => run,
        Err(why) => {
            report.add(format!("{name} start"), Err(why));
            return;
        }
    };
    let keyed: [(&str, Step<'_>); 2] = [
        ("execute /1/x/9, new bootstrap key", Run::new_bootstrap_key),
        ("execute /1/x/9 with that key", Run::with_new_bootstrap_key),
    ];
    let steps: [(&str, Step<'_>); 6] = [
        ("blank device", Run::blank),
        ("read /1 and /3", Run::values),
        ("execute /1/x/9, another account", Run::another_account),
        ("execute /1/x/9, the same account", Run::same_account),
        ("execute /3/0/4, no bootstrap", Run::reboot),
        ("execute /3/0/5, factory reset", Run::factory_reset),
    ];
    let (before, last) = steps.split_at(5);
    let keyed = keyed.iter().filter(|_| security == Security::PreSharedKey);
    for (step, take) in before.iter().chain(keyed).chain(last) {
        // Each step begins where the one before it has left the device.
        if !report.add(format!("{name} {step}"), take(&run)) {
            return;
        }
    }
}

fn start<'a>(
    options: &Options,
    management: &'a Server,
    bootstrap: &'a Server,
    security: Security,
    folder: &str,
) -> Result<Run<'a>, String> {
    let endpoint = format!("urn:imei:{IMEI}");
    let psk = match security {
        Security::None => "",
        Security::PreSharedKey => FACTORY_KEY,
    };
    let sessions = Events::open(&bootstrap.url(&format!("event?ep={endpoint}")))?;
    let setting = Setting {
        folder,
        archive: &options.archive,
        imei: IMEI,
        uri: &security.uri(bootstrap),
        psk,
        lifetime: None,
    };
    let client = Client {
        server: management,
        endpoint,
    };
    if security == Security::PreSharedKey {
        bootstrap.store_key(&client.endpoint, &client.endpoint, FACTORY_KEY)?;
    }
    offer(&client, bootstrap, security, &FIRST)?;
    expect_identity(&client, security, &FIRST)?;
    Ok(Run {
        device: Device::start(options, &setting)?,
        client,
        bootstrap,
        security,
        sessions,
    })
}

impl Run<'_> {
    fn blank(&self) -> Result<String, String> {
        let blank = Before {
            lines: 0,
            session: 0,
            registration: Value::Null,
        };
        self.bootstrapped(&blank, &format!("INIT {}", self.first_start()), &FIRST)
    }

    fn values(&self) -> Result<String, String> {
        self.device.wait_line(0, "battery: 3600 mV", LIMIT)?;
        let count = expect::device(&self.client.content("3/0")?, IMEI)?;
        Ok(format!(
            "{count} resources of /3/0 as configured, {}",
            self.server_object(&FIRST)?
        ))
    }

    fn another_account(&self) -> Result<String, String> {
        offer(&self.client, self.bootstrap, self.security, &SECOND)?;
        self.bootstrap_again(self.keys_change(), &SECOND)
    }

    fn same_account(&self) -> Result<String, String> {
        self.bootstrap_again(KEYS_STAY, &SECOND)
    }

    fn new_bootstrap_key(&self) -> Result<String, String> {
        offer(
            &self.client,
            self.bootstrap,
            self.security,
            &WITH_BOOTSTRAP_KEY,
        )?;
        self.bootstrap_again(self.keys_change(), &WITH_BOOTSTRAP_KEY)
    }

    fn with_new_bootstrap_key(&self) -> Result<String, String> {
        self.bootstrap.store_key(
            &self.client.endpoint,
            &self.client.endpoint,
            NEW_BOOTSTRAP_KEY,
        )?;
        self.bootstrap_again(KEYS_STAY, &WITH_BOOTSTRAP_KEY)
    }

    fn reboot(&self) -> Result<String, String> {
        let before = self.before()?;
        self.ask("3/0/4")?;
        let events = "REBOOT LTE_POWER_OFF INIT LTE_LINK_UP REGISTERED";
        self.registered(&before, events, &SECOND)?;
        match self.sessions.since(before.session).first() {
            Some(event) => Err(format!("the bootstrap server was asked: {}", event.data)),
            None => Ok(events.into()),
        }
    }

    fn factory_reset(&self) -> Result<String, String> {
        offer(&self.client, self.bootstrap, self.security, &FIRST)?;
        if self.security == Security::PreSharedKey {
            self.bootstrap
                .store_key(&self.client.endpoint, &self.client.endpoint, FACTORY_KEY)?;
        }
        let before = self.before()?;
        self.ask("3/0/5")?;
        expect_identity(&self.client, self.security, &FIRST)?;
        self.bootstrapped(&before, self.first_start(), &FIRST)
    }

    /// Events from a blank device to the registration.
    fn first_start(&self) -> &'static str {
        match self.security {
            Security::None => "LTE_LINK_UP BOOTSTRAPPED REGISTERED",
            // The link goes down for the key the device is built with, and for the provisioned one.
            Security::PreSharedKey => {
                "LTE_LINK_UP LTE_LINK_DOWN LTE_LINK_UP LTE_LINK_DOWN BOOTSTRAPPED LTE_LINK_UP REGISTERED"
            }
        }
    }

    /// Events of a bootstrap that brings keys. REGISTERED is told once in a life.
    fn keys_change(&self) -> &'static str {
        match self.security {
            Security::None => "BOOTSTRAPPED",
            Security::PreSharedKey => "LTE_LINK_DOWN BOOTSTRAPPED LTE_LINK_UP",
        }
    }

    /// Lets the management server ask for a bootstrap.
    fn bootstrap_again(&self, events: &str, account: &Account) -> Result<String, String> {
        let before = self.before()?;
        self.ask(&format!("1/{}/9", self.client.server_instance()?))?;
        expect_identity(&self.client, self.security, account)?;
        self.bootstrapped(&before, events, account)
    }

    /// The state of all three sides now.
    fn before(&self) -> Result<Before, String> {
        Ok(Before {
            lines: self.device.mark(),
            session: self.sessions.mark(),
            registration: self.client.registration()?["registrationId"].clone(),
        })
    }

    /// Executes what ends the registration: Leshan then may not tell its caller of the answer.
    fn ask(&self, path: &str) -> Result<(), String> {
        match self.client.execute(path) {
            Err(why) if !why.contains("canceled") => Err(why),
            _ => Ok(()),
        }
    }

    /// Waits for the end of a bootstrap and for the registration that follows it, and compares what all three sides tell of it.
    fn bootstrapped(
        &self,
        before: &Before,
        events: &str,
        account: &Account,
    ) -> Result<String, String> {
        let requests = self
            .session(before.session)
            .map_err(|why| format!("{why}, events {}", self.device.events(before.lines)))?;
        self.registered(before, events, account)?;
        self.server_object(account)?;
        Ok(format!("{requests}; {events}"))
    }

    /// The requests of the bootstrap session after a mark, all of which were granted.
    fn session(&self, mark: usize) -> Result<String, String> {
        let stage = |event: &Event, name: &str| event.data["stage"] == json!(name);
        self.sessions
            .wait(mark, LIMIT, |event| {
                stage(event, "end") || stage(event, "failed")
            })
            .ok_or("the bootstrap session did not end")?;
        let mut requests = Vec::new();
        for event in self.sessions.since(mark) {
            let text = |name: &str| event.data[name].as_str().unwrap_or_default().to_owned();
            match text("stage").as_str() {
                "onResponseSuccess" => {
                    let what = text("request")
                        .replace("Bootstrap", "")
                        .replace("Request", "");
                    requests.push(format!("{what} {}", text("path")).trim_end().to_owned());
                }
                "sessionInitiated" | "authorized" | "sendRequest" | "end" => {}
                _ => return Err(format!("bootstrap session: {}", event.data)),
            }
        }
        Ok(requests.join(", "))
    }

    /// Waits for another registration and for these events of the device; the registration must be that of the account.
    fn registered(&self, before: &Before, events: &str, account: &Account) -> Result<(), String> {
        let seen = || self.device.events(before.lines);
        // With security Leshan knows no other identity than the provisioned one; a registration of a device before may still be there.
        let secure = json!(self.security == Security::PreSharedKey);
        let registration = wait_until("", || {
            let found = self.client.registration().ok()?;
            let is_new = found["registrationId"] != before.registration;
            (is_new && found["secure"] == secure && seen() == events).then_some(found)
        })
        .map_err(|_| format!("no new registration, or events {}", seen()))?;
        equal(
            "lifetime",
            &registration["lifetime"],
            &json!(account.lifetime),
        )?;
        equal("binding", &registration["bindingMode"], &json!("U"))
    }

    /// The Server object must be what was provisioned.
    fn server_object(&self, account: &Account) -> Result<String, String> {
        let path = format!("1/{}", self.client.server_instance()?);
        let instance = self.client.content(&path)?;
        let provisioned = server(account);
        for (id, name) in [
            (0, "shortId"),
            (1, "lifetime"),
            (2, "defaultMinPeriod"),
            (3, "defaultMaxPeriod"),
            (5, "disableTimeout"),
            (6, "notifIfDisabled"),
        ] {
            let resources = instance["resources"].as_array().ok_or("no resources")?;
            let found = resources
                .iter()
                .find(|resource| resource["id"] == json!(id));
            let value = found.map_or(&Value::Null, |resource| &resource["value"]);
            equal(&format!("/{path}/{id}"), value, &provisioned[name])?;
        }
        Ok(format!("/{path} as provisioned"))
    }
}

/// Gives the bootstrap server the account it is to write.
fn offer(
    client: &Client<'_>,
    bootstrap: &Server,
    security: Security,
    account: &Account,
) -> Result<(), String> {
    let mut accounts = json!({ "1": {
        "uri": security.uri(client.server),
        "serverId": SHORT_SERVER_ID,
    } });
    set_key(&mut accounts["1"], security, account.identity, account.key)?;
    if let Some(key) = account.bootstrap_key {
        accounts["0"] = json!({ "uri": security.uri(bootstrap), "bootstrapServer": true });
        set_key(&mut accounts["0"], security, &client.endpoint, key)?;
    }
    let configuration = json!({
        "toDelete": ["/0", "/1"],
        // Leshan then looks for free instances itself, with Bootstrap-Discover. Its newer link parser refuses the answer of
        // a 1.0 client, which begins with a version that belongs to no link (OMA LwM2M 1.0 TS 5.2.7.3).
        "autoIdForSecurityObject": bootstrap.program == Program::OldBootstrap,
        "servers": { "0": server(account) },
        "security": accounts,
    });
    bootstrap.post_body(&format!("bootstrap/{}", client.endpoint), &configuration)
}

fn set_key(into: &mut Value, security: Security, identity: &str, key: &str) -> Result<(), String> {
    match security {
        Security::None => into["securityMode"] = json!("NO_SEC"),
        Security::PreSharedKey => {
            into["securityMode"] = json!("PSK");
            into["publicKeyOrId"] = json!(identity.as_bytes());
            into["secretKey"] = json!(bytes(key)?);
        }
    }
    Ok(())
}

fn bytes(hexadecimal: &str) -> Result<Vec<u8>, String> {
    (0..hexadecimal.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&hexadecimal[at..at + 2], 16).map_err(|e| e.to_string()))
        .collect()
}

/// The Server object's instance, in Leshan's words.
fn server(account: &Account) -> Value {
    json!({
        "shortId": SHORT_SERVER_ID,
        "lifetime": account.lifetime,
        "defaultMinPeriod": 2,
        "defaultMaxPeriod": 3000,
        "disableTimeout": 7200,
        "notifIfDisabled": false,
        "binding": ["U"],
    })
}

/// From here on the management server takes only the account's identity and key.
fn expect_identity(
    client: &Client<'_>,
    security: Security,
    account: &Account,
) -> Result<(), String> {
    match security {
        Security::None => Ok(()),
        Security::PreSharedKey => {
            client
                .server
                .store_key(&client.endpoint, account.identity, account.key)
        }
    }
}
