//! The steps of one run, in order: registration, reads, writes, executes, observation, restart,
//! de-registration. A step that later ones stand on ends the run when it fails.

mod observation;

use std::time::Instant;

use serde_json::json;

use crate::Options;
use crate::client::{Client, Security, wait_until};
use crate::device::{Device, IDENTITY, Setting};
use crate::events::{Events, LIMIT};
use crate::expect::{self, equal, links_of, success};
use crate::leshan::Server;
use crate::report::Report;
use crate::walk::Walk;

/// Lifetime the sample is built with, in seconds.
pub const LIFETIME: u32 = 300;
/// Lifetime the server writes, in seconds.
const WRITTEN_LIFETIME: u32 = 120;
/// Disable timeout the server writes, in seconds.
const DISABLE_TIMEOUT: u32 = 5;
/// The device's number.
pub const IMEI: &str = "352656100000001";
/// Its key, hexadecimal text.
pub const KEY: &str = "000102030405060708090a0b0c0d0e0f";

struct Run<'a> {
    client: Client<'a>,
    security: Security,
    device: Device,
    events: Events,
}

/// Takes every step over one transport and adds each to the report.
pub fn run(options: &Options, server: &Server, security: Security, report: &mut Report) {
    let transport = security.scheme();
    let name = format!("{} {transport}", server.program.name());
    let folder = format!("{}-{transport}", server.program.name());
    let run = match start(options, server, security, &folder) {
        Ok(run) => run,
        Err(why) => {
            report.add(format!("{name} start"), Err(why));
            return;
        }
    };
    let steps: [(&str, Step<'_>); 20] = [
        ("register", Run::register),
        ("read /3", Run::read_object),
        ("read each resource of /3/0", Run::read_resources),
        ("discover /3/0", Run::discover),
        ("read everything", |run| run.walk().read()),
        ("write everything", |run| run.walk().write()),
        ("execute everything", |run| run.walk().execute()),
        ("observe everything", |run| run.walk().observe()),
        ("write /1/x/1, Update follows", Run::write_lifetime),
        ("write /3/0/14", Run::write_utc_offset),
        ("write /3/0/0 is refused", Run::write_read_only),
        ("execute /1/x/8", Run::update_trigger),
        ("observe /3/0/9", Run::observe),
        ("notifications of /3/0/9", Run::notifications),
        ("write attributes of /3/0/9", Run::write_attributes),
        ("cancel observation", Run::cancel),
        // Another access point may have the device register anew, and that happens in the next step in any case.
        ("create and delete", |run| run.walk().create(2)),
        ("execute /3/0/4, new registration", Run::reboot),
        ("execute /1/x/4, de-registration", Run::disable),
        ("registration after disable timeout", Run::enabled_again),
    ];
    for (step, take) in steps {
        let passed = report.add(format!("{name} {step}"), take(&run));
        if !passed && step == "register" {
            return;
        }
    }
}

type Step<'a> = fn(&Run<'a>) -> Result<String, String>;

fn start<'a>(
    options: &Options,
    server: &'a Server,
    security: Security,
    folder: &str,
) -> Result<Run<'a>, String> {
    let endpoint = format!("urn:imei:{IMEI}");
    let psk = match security {
        Security::None => "",
        Security::PreSharedKey => {
            // From here on Leshan refuses this endpoint without its key.
            server.store_key(&endpoint, &endpoint, KEY)?;
            KEY
        }
    };
    let setting = Setting {
        folder,
        archive: &options.archive,
        imei: IMEI,
        uri: &security.uri(server),
        psk,
        lifetime: Some(LIFETIME),
    };
    let device = Device::start(options, &setting)?;
    wait_until("the sample does not register", || {
        server
            .registration(&endpoint)
            .filter(|r| r["secure"] == json!(security == Security::PreSharedKey))
            .map(|_| ())
    })?;
    let events = Events::open(&server.url(&format!("event?ep={endpoint}")))?;
    Ok(Run {
        client: Client { server, endpoint },
        security,
        device,
        events,
    })
}

impl Run<'_> {
    fn walk(&self) -> Walk<'_> {
        Walk {
            client: &self.client,
            device: &self.device,
            format: None,
        }
    }

    fn register(&self) -> Result<String, String> {
        self.device
            .wait_line(0, "LWM2M_CARRIER_EVENT_REGISTERED", LIMIT)?;
        // The reads compare values that the application's own thread reports.
        self.device.wait_line(0, "battery: 3600 mV", LIMIT)?;
        let registration = self.client.registration()?;
        equal("lifetime", &registration["lifetime"], &json!(LIFETIME))?;
        equal(
            "secure",
            &registration["secure"],
            &json!(self.security == Security::PreSharedKey),
        )?;
        equal("binding", &registration["bindingMode"], &json!("U"))?;
        let links = links_of(&registration["objectLinks"]);
        if !links.iter().any(|link| link == "/3/0") {
            return Err(format!("/3/0 is not among {links:?}"));
        }
        if links.iter().any(|link| link.starts_with("/0")) {
            return Err(format!("the security object is announced: {links:?}"));
        }
        self.client.server_instance()?;
        Ok(format!(
            "version {}, {}",
            registration["lwM2mVersion"].as_str().unwrap_or("?"),
            links.join(" ")
        ))
    }

    fn read_object(&self) -> Result<String, String> {
        let content = self.client.content("3")?;
        let instances = content["instances"].as_array().ok_or("no instances")?;
        let instance = instances.first().ok_or("no instance")?;
        let count = expect::device(instance, IMEI)?;
        Ok(format!("{count} resources, all as configured"))
    }

    fn read_resources(&self) -> Result<String, String> {
        let instance = self.client.content("3/0")?;
        let resources = instance["resources"].as_array().ok_or("no resources")?;
        for resource in resources {
            let id = resource["id"].as_u64().ok_or("a resource without id")?;
            let alone = self.client.content(&format!("3/0/{id}"))?;
            if id == 13 {
                // The clock goes on between the two reads.
                if !alone["value"].is_string() {
                    return Err(format!("/3/0/13 is {alone}"));
                }
            } else {
                equal(&format!("/3/0/{id}"), &alone, resource)?;
            }
        }
        Ok(format!(
            "{} single reads equal the instance",
            resources.len()
        ))
    }

    fn discover(&self) -> Result<String, String> {
        let answer = self.client.server.get(&self.client.path("3/0/discover"))?;
        success(&answer)?;
        let links = links_of(&answer["objectLinks"]);
        let instance = self.client.content("3/0")?;
        for resource in instance["resources"].as_array().ok_or("no resources")? {
            let link = format!("/3/0/{}", resource["id"]);
            if !links.contains(&link) {
                return Err(format!("{link} was read and is not among {links:?}"));
            }
        }
        if !links.iter().any(|link| link == "/3/0/4") {
            return Err("the executable /3/0/4 is not announced".into());
        }
        Ok(format!("{} links", links.len()))
    }

    fn write_lifetime(&self) -> Result<String, String> {
        let mark = self.events.mark();
        let path = format!("1/{}/1", self.client.server_instance()?);
        self.client.write(&path, &json!(WRITTEN_LIFETIME))?;
        self.events
            .wait(mark, LIMIT, |event| event.name == "UPDATED")
            .ok_or("no Update followed")?;
        equal(
            "lifetime of the registration",
            &self.client.registration()?["lifetime"],
            &json!(WRITTEN_LIFETIME),
        )?;
        equal(
            "lifetime read back",
            &self.client.content(&path)?["value"],
            &json!(WRITTEN_LIFETIME),
        )?;
        Ok(format!("{LIFETIME} s -> {WRITTEN_LIFETIME} s"))
    }

    fn write_utc_offset(&self) -> Result<String, String> {
        self.client.write("3/0/14", &json!("+02:00"))?;
        equal(
            "/3/0/14",
            &self.client.content("3/0/14")?["value"],
            &json!("+02:00"),
        )?;
        Ok("+02:00 read back".into())
    }

    fn write_read_only(&self) -> Result<String, String> {
        let answer = self.client.server.put(
            &self.client.path("3/0/0"),
            &json!({ "id": 0, "value": "Somebody else" }),
        )?;
        equal(
            "status",
            &answer["status"],
            &json!("METHOD_NOT_ALLOWED(405)"),
        )?;
        equal(
            "/3/0/0",
            &self.client.content("3/0/0")?["value"],
            &json!(IDENTITY.manufacturer),
        )?;
        Ok("METHOD_NOT_ALLOWED(405), value unchanged".into())
    }

    fn update_trigger(&self) -> Result<String, String> {
        let mark = self.events.mark();
        self.client
            .execute(&format!("1/{}/8", self.client.server_instance()?))?;
        self.events
            .wait(mark, LIMIT, |event| event.name == "UPDATED")
            .ok_or("no Update followed")?;
        Ok("Update followed".into())
    }

    fn reboot(&self) -> Result<String, String> {
        let before = self.client.registration()?["registrationId"].clone();
        let mark = self.device.mark();
        // A De-register follows the answer at once, and Leshan then cancels what it has not delivered
        // to its caller yet: what the device does is the proof, not what this call returns.
        let answered = match self.client.execute("3/0/4") {
            Err(why) if !why.contains("canceled") => return Err(why),
            result => result.is_ok(),
        };
        let mut at = mark;
        for event in ["REBOOT", "LTE_POWER_OFF", "INIT", "REGISTERED"] {
            at = self
                .device
                .wait_line(at, &format!("LWM2M_CARRIER_EVENT_{event}"), LIMIT)?;
        }
        wait_until("no new registration", || {
            self.client
                .server
                .registration(&self.client.endpoint)
                .filter(|r| r["registrationId"] != before)
                .map(|_| ())
        })?;
        let note = if answered {
            ""
        } else {
            " (answer overtaken by the De-register)"
        };
        Ok(format!("REBOOT, LTE_POWER_OFF, INIT, REGISTERED{note}"))
    }

    fn disable(&self) -> Result<String, String> {
        let instance = self.client.server_instance()?;
        self.client
            .write(&format!("1/{instance}/5"), &json!(DISABLE_TIMEOUT))?;
        let mark = self.events.mark();
        self.client.execute(&format!("1/{instance}/4"))?;
        self.events
            .wait(mark, LIMIT, |event| event.name == "DEREGISTRATION")
            .ok_or("no De-register followed")?;
        Ok("De-register followed".into())
    }

    fn enabled_again(&self) -> Result<String, String> {
        let begin = Instant::now();
        wait_until("no registration", || {
            self.client
                .server
                .registration(&self.client.endpoint)
                .map(|_| ())
        })?;
        Ok(format!("after {} s", begin.elapsed().as_secs()))
    }
}
