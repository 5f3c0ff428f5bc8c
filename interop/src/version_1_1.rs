//! The steps with LwM2M 1.1: everything in TLV, SenML JSON and SenML CBOR, single values in CBOR, and several paths in one request.

use serde_json::{Value, json};

use crate::Options;
use crate::client::{Client, Security, wait_until};
use crate::device::{Device, Setting};
use crate::events::{Events, LIMIT};
use crate::expect::{equal, success};
use crate::leshan::Server;
use crate::report::Report;
use crate::steps::{KEY, LIFETIME};
use crate::walk::Walk;

const IMEI: &str = "352656100000035";
const SENML: [&str; 2] = ["SENML_JSON", "SENML_CBOR"];

struct Run<'a> {
    client: Client<'a>,
    device: Device,
    events: Events,
}

/// Takes every step over one transport and adds each to the report.
pub fn run(options: &Options, server: &Server, security: Security, report: &mut Report) {
    let name = format!("{} 1.1 {}", server.program.name(), security.scheme());
    let run = match start(options, server, security) {
        Ok(run) => run,
        Err(why) => {
            report.add(format!("{name} start"), Err(why));
            return;
        }
    };
    let mut add = |step: &str, result| report.add(format!("{name} {step}"), result);
    add("register", run.register());
    for format in ["TLV", SENML[0], SENML[1]] {
        let walk = run.walk(Some(format));
        add(&format!("read everything, {format}"), walk.read());
        add(&format!("write everything, {format}"), walk.write());
    }
    add(
        "read everything, CBOR",
        run.walk(Some("CBOR")).read_single(),
    );
    add("execute everything", run.walk(None).execute());
    add("observe everything", run.walk(None).observe());
    for format in SENML {
        add(&format!("several paths, {format}"), run.composite(format));
        let observed = run.composite_observation(format);
        add(&format!("observe several paths, {format}"), observed);
    }
    // Another access point may have the device register anew: it comes last.
    for (format, objects) in [(SENML[0], 1), (SENML[1], 1), ("TLV", 2)] {
        let created = run.walk(Some(format)).create(objects);
        add(&format!("create and delete, {format}"), created);
    }
}

fn start<'a>(options: &Options, server: &'a Server, security: Security) -> Result<Run<'a>, String> {
    let endpoint = format!("urn:imei:{IMEI}");
    let psk = match security {
        Security::None => "",
        Security::PreSharedKey => {
            server.store_key(&endpoint, &endpoint, KEY)?;
            KEY
        }
    };
    let setting = Setting {
        folder: &format!("{}-1.1-{}", server.program.name(), security.scheme()),
        archive: &options.archive_1_1,
        imei: IMEI,
        uri: &security.uri(server),
        psk,
        lifetime: Some(LIFETIME),
    };
    let device = Device::start(options, &setting)?;
    let secure = json!(security == Security::PreSharedKey);
    wait_until("the sample does not register", || {
        let registration = server.registration(&endpoint)?;
        (registration["secure"] == secure).then_some(())
    })?;
    device.wait_line(0, "battery: 3600 mV", LIMIT)?;
    let events = Events::open(&server.url(&format!("event?ep={endpoint}")))?;
    Ok(Run {
        client: Client { server, endpoint },
        device,
        events,
    })
}

impl Run<'_> {
    fn walk(&self, format: Option<&'static str>) -> Walk<'_> {
        Walk {
            client: &self.client,
            device: &self.device,
            format,
        }
    }

    fn register(&self) -> Result<String, String> {
        let registration = self.client.registration()?;
        equal("version", &registration["lwM2mVersion"], &json!("1.1"))?;
        equal("binding", &registration["bindingMode"], &json!("U"))?;
        let links = registration["objectLinks"].as_array().ok_or("no links")?;
        let formats = links
            .iter()
            .find(|link| link["url"] == json!("/"))
            .map(|link| link["attributes"]["ct"].to_string());
        Ok(format!("formats {}", formats.unwrap_or_default()))
    }

    /// Path of a call for several paths.
    fn path(&self, paths: &str, format: &str, verb: &str) -> String {
        let call = format!("composite{verb}?paths={paths}&format={format}");
        self.client.path(&call)
    }

    /// Reads and writes over object borders in one request each.
    fn composite(&self, format: &str) -> Result<String, String> {
        let server = self.client.server;
        let one = format!("/1/{}/1", self.client.server_instance()?);
        let call = self.path(&format!("{one},/3/0/11/0,/3/0/14,/6/0"), format, "");
        let answer = server.get(&call)?;
        success(&answer)?;
        let content = answer["content"].as_object().ok_or("no content")?;
        let mut paths: Vec<&str> = content.keys().map(String::as_str).collect();
        paths.sort_unstable();
        if paths != [&one, "/3/0/11/0", "/3/0/14", "/6/0"] {
            return Err(format!("answered {paths:?}"));
        }
        equal(&one, &content[&one]["value"], &json!(LIFETIME))?;
        equal("/3/0/11/0", &content["/3/0/11/0"]["value"], &json!(0))?;
        equal("/6/0", &content["/6/0"], &self.client.content("6/0")?)?;
        let call = self.client.path_as("composite", Some(format));
        let value = |path: &str| self.client.content(path).map(|own| own["value"].clone());
        for (lifetime, period) in [(LIFETIME - 1, 30), (LIFETIME, 0)] {
            let body = json!([
                { "path": &one, "value": lifetime },
                { "path": "/7/0/8", "value": period },
            ]);
            success(&server.put(&call, &body)?)?;
            equal(&one, &value(&one[1..])?, &json!(lifetime))?;
            equal("/7/0/8", &value("7/0/8")?, &json!(period))?;
        }
        // The application may refuse the one when the other is written already: all or nothing.
        let body = json!([
            { "path": &one, "value": LIFETIME - 1 },
            { "path": "/3/0/14", "value": "+05:30" },
        ]);
        let refused = server.put(&call, &body)?;
        equal(
            "status",
            &refused["status"],
            &json!("METHOD_NOT_ALLOWED(405)"),
        )?;
        equal(&one, &value(&one[1..])?, &json!(LIFETIME))?;
        equal("/3/0/14", &value("3/0/14")?, &json!("+00:00"))?;
        Ok(paths.join(" "))
    }

    fn composite_observation(&self, format: &str) -> Result<String, String> {
        let server = self.client.server;
        let call = self.path("/3/0/9,/3/0/7", format, "/observe");
        success(&server.post(&call)?)?;
        for (millivolts, level) in [(3900, 75), (3600, 50)] {
            let mark = self.events.mark();
            self.device.set_battery(millivolts)?;
            let told = |values: &Value| {
                values["/3/0/9"]["value"] == json!(level)
                    && values["/3/0/7"]["values"]["0"] == json!(millivolts)
            };
            self.events
                .wait(mark, LIMIT, |event| {
                    event.name == "NOTIFICATION" && told(&event.data["val"])
                })
                .ok_or(format!("no notification of {level} %"))?;
        }
        success(&server.delete(&call)?)?;
        Ok("75 % and 3900 mV, 50 % and 3600 mV".into())
    }
}
