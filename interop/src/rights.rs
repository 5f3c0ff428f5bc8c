//! Access rights with two management servers, which are of two generations of Leshan. A bootstrap server gives the first the
//! device, lets the second read and execute there, shows it nothing of the location, and lets it create Portfolio instances.

use serde_json::{Value, json};

use crate::Options;
use crate::client::{Client, Security, wait_until};
use crate::device::{Device, Setting};
use crate::expect::{equal, success};
use crate::leshan::Server;
use crate::report::Report;

const IMEI: &str = "352656100000027";
const FIRST: u16 = 321;
const SECOND: u16 = 322;
/// In place of an instance, those to be created; in place of an owner, nobody but the bootstrap server.
const NONE: u16 = 65_535;
const UNAUTHORIZED: &str = "UNAUTHORIZED(401)";

const READ: u8 = 1;
const EXECUTE: u8 = 4;
const CREATE: u8 = 16;

struct Run<'a> {
    first: Client<'a>,
    second: Client<'a>,
    _device: Device,
}

type Step<'a> = fn(&Run<'a>) -> Result<String, String>;

/// Takes every step and adds each to the report.
pub fn run(options: &Options, servers: [&Server; 2], bootstrap: &Server, report: &mut Report) {
    let name = "two servers coap";
    let run = match start(options, servers, bootstrap) {
        Ok(run) => run,
        Err(why) => {
            report.add(format!("{name} start"), Err(why));
            return;
        }
    };
    let steps: [(&str, Step<'_>); 4] = [
        ("own instances", Run::own),
        ("the device", Run::device),
        ("the location", Run::location),
        ("an instance one of them creates", Run::created),
    ];
    for (step, take) in steps {
        report.add(format!("{name} {step}"), take(&run));
    }
}

fn start<'a>(
    options: &Options,
    servers: [&'a Server; 2],
    bootstrap: &Server,
) -> Result<Run<'a>, String> {
    let endpoint = format!("urn:imei:{IMEI}");
    let account = |server: &Server, id: u16| json!({ "uri": Security::None.uri(server), "serverId": id, "securityMode": "NO_SEC" });
    let settings = |id: u16| json!({ "shortId": id, "lifetime": 300, "binding": ["U"] });
    let control = |object: u16, instance: u16, owner: u16, rights: Value| {
        json!({
            "objectId": object,
            "objectInstanceId": instance,
            "AccessControlOwner": owner,
            "acls": rights,
        })
    };
    let [second, all] = [SECOND, 0].map(|id| id.to_string());
    let configuration = json!({
        "toDelete": ["/0", "/1", "/2"],
        "security": { "1": account(servers[0], FIRST), "2": account(servers[1], SECOND) },
        "servers": { "0": settings(FIRST), "1": settings(SECOND) },
        "acls": {
            "0": control(1, 0, FIRST, Value::Null),
            "1": control(1, 1, SECOND, Value::Null),
            "2": control(3, 0, FIRST, json!({ second.as_str(): READ | EXECUTE })),
            "3": control(6, 0, FIRST, json!({ all: 0 })),
            "4": control(16, NONE, NONE, json!({ second: CREATE })),
        },
    });
    bootstrap.post_body(&format!("bootstrap/{endpoint}"), &configuration)?;
    let setting = Setting {
        folder: "two-servers-coap",
        archive: &options.archive,
        imei: IMEI,
        uri: &Security::None.uri(bootstrap),
        psk: "",
        lifetime: None,
    };
    let device = Device::start(options, &setting)?;
    let [first, second] = servers.map(|server| Client {
        server,
        endpoint: endpoint.clone(),
    });
    for client in [&first, &second] {
        wait_until("the device does not register with both", || {
            client.registration().ok()
        })?;
    }
    Ok(Run {
        first,
        second,
        _device: device,
    })
}

/// The device refuses for lack of a right.
fn refused(answer: &Value) -> Result<(), String> {
    equal("status", &answer["status"], &json!(UNAUTHORIZED))
}

impl Run<'_> {
    fn own(&self) -> Result<String, String> {
        for (client, own, other) in [(&self.first, 0, 1), (&self.second, 1, 0)] {
            client.content(&format!("1/{own}/1"))?;
            client.write(&format!("1/{own}/5"), &json!(60))?;
            refused(&client.server.get(&client.path(&format!("1/{other}/1")))?)?;
            let body = json!({ "id": 5, "value": 61 });
            let path = client.path(&format!("1/{other}/5"));
            refused(&client.server.put(&path, &body)?)?;
            let instances = client.content("1")?["instances"].clone();
            equal("ids in /1", &ids(&instances), &json!([own]))?;
        }
        Ok("each reads and writes its own, and sees no other".into())
    }

    fn device(&self) -> Result<String, String> {
        let value = |client: &Client<'_>| client.content("3/0/14").map(|own| own["value"].clone());
        self.first.write("3/0/14", &json!("+01:00"))?;
        equal("/3/0/14", &value(&self.second)?, &json!("+01:00"))?;
        let body = json!({ "id": 14, "value": "+09:00" });
        let path = self.second.path("3/0/14");
        refused(&self.second.server.put(&path, &body)?)?;
        equal("/3/0/14", &value(&self.first)?, &json!("+01:00"))?;
        for client in [&self.first, &self.second] {
            client.execute("3/0/12")?;
        }
        Ok("the owner writes, the other reads and executes".into())
    }

    fn location(&self) -> Result<String, String> {
        self.first.content("6/0")?;
        for path in ["6/0", "6/0/0"] {
            let path = self.second.path(path);
            refused(&self.second.server.get(&path)?)?;
        }
        let observe = self.second.path("6/0/0/observe");
        refused(&self.second.server.post(&observe)?)?;
        Ok("the owner reads, the other does not and cannot observe".into())
    }

    fn created(&self) -> Result<String, String> {
        let [first, second] = [&self.first, &self.second];
        let body = json!({ "resources": [{ "id": 0, "values": { "0": "host-7" } }] });
        let answer = second.server.post_json(&second.path("16"), &body)?;
        success(&answer)?;
        let location = answer["location"].as_str().unwrap_or_default();
        let path = location.trim_start_matches('/');
        let instance: u16 = path
            .strip_prefix("16/")
            .and_then(|id| id.parse().ok())
            .ok_or(format!("created at {location}"))?;
        refused(&first.server.get(&first.path(path))?)?;
        second.content(path)?;
        // The creator is the owner, and lets the other read.
        let control = second.content("2")?;
        let controls = control["instances"].as_array().ok_or("no controls")?;
        let number = |control: &Value, id: usize| control["resources"][id]["value"].clone();
        let own = controls
            .iter()
            .find(|own| number(own, 0) == json!(16) && number(own, 1) == json!(instance))
            .ok_or(format!("nothing controls {path}: {control}"))?;
        let list = format!("2/{}/2", own["id"]);
        let body = json!({ "id": 2, "values": { FIRST.to_string(): READ } });
        refused(&first.server.put(&first.path(&list), &body)?)?;
        success(&second.server.put(&second.path(&list), &body)?)?;
        first.content(path)?;
        refused(&first.server.delete(&first.path(path))?)?;
        success(&second.server.delete(&second.path(path))?)?;
        Ok(format!(
            "/{path}: its creator's until that lets the other read"
        ))
    }
}

fn ids(instances: &Value) -> Value {
    let list = instances.as_array().map(Vec::as_slice).unwrap_or_default();
    list.iter().map(|instance| instance["id"].clone()).collect()
}
