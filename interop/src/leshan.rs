//! A Leshan server in a process of its own, on free loopback ports, and its REST interface.
//!
//! The demo server 2.0.0-M4 keeps its stores and its Californium settings in the folder it starts in. Later
//! demo servers are not published as artifacts, and its bootstrap server never was; `leshan-peer/` and `leshan-bootstrap/`
//! put interfaces like its own on the libraries.

use std::fs::File;
use std::net::{TcpListener, UdpSocket};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use ureq::Agent;

use crate::Options;

/// The demo server among the jars.
const DEMO: &str = "leshan-demo/leshan-server-demo-2.0.0-M4.jar";
const START_LIMIT: Duration = Duration::from_secs(60);
const CALL_LIMIT: Duration = Duration::from_secs(15);

/// Which server program runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Program {
    /// The published management demo server.
    Demo,
    /// Our front of the newest published libraries for management.
    Peer,
    /// Our front of the demo server's libraries for bootstrap.
    OldBootstrap,
    /// Our front of the newest published libraries for bootstrap.
    NewBootstrap,
}

impl Program {
    /// Short name for folders and reports, with the version in the program's pom.
    pub fn name(self) -> &'static str {
        match self {
            Program::Demo => "leshan-M4",
            Program::Peer => "leshan-M18",
            Program::OldBootstrap => "leshan-bootstrap-M4",
            Program::NewBootstrap => "leshan-bootstrap-M15",
        }
    }

    /// A call that is answered as soon as the server is up.
    fn first_call(self) -> &'static str {
        match self {
            Program::Demo | Program::Peer => "clients",
            Program::OldBootstrap | Program::NewBootstrap => "bootstrap",
        }
    }

    /// The Java command up to the ports.
    fn command(self, options: &Options) -> Command {
        let (front, jars, main) = match self {
            Program::Demo => (
                None,
                "leshan-demo",
                "org.eclipse.leshan.server.demo.LeshanServerDemo",
            ),
            Program::Peer => (Some("peer"), "leshan-peer", "interop.Peer"),
            Program::OldBootstrap => (Some("bootstrap-M4"), "leshan-demo", "interop.Bootstrap"),
            Program::NewBootstrap => (
                Some("bootstrap-M15"),
                "leshan-bootstrap",
                "interop.Bootstrap",
            ),
        };
        let logback = options.repository.join("interop/leshan-demo/logback.xml");
        let mut class_path = options.jars.join(jars).join("*").into_os_string();
        if let Some(front) = front {
            class_path.push(":");
            class_path.push(options.fronts.join(front));
        }
        if self == Program::Peer {
            // For its object definitions.
            class_path.push(":");
            class_path.push(options.jars.join(DEMO));
        }
        let mut command = Command::new("java");
        command
            // The demo's JSON library looks into collections of java.util by reflection.
            .args(["--add-opens", "java.base/java.util=ALL-UNNAMED"])
            // The demo's class path has one logger, the others have the other.
            .arg("-Dorg.slf4j.simpleLogger.defaultLogLevel=warn")
            .arg(format!("-Dlogback.configurationFile={}", logback.display()))
            .arg("-cp")
            .arg(class_path)
            .arg(main);
        command
    }
}

/// A running server; ends with this value.
#[derive(Debug)]
pub struct Server {
    /// What was started.
    pub program: Program,
    process: Child,
    agent: Agent,
    /// UDP port of plain CoAP on 127.0.0.1.
    pub coap_port: u16,
    /// UDP port of CoAP over DTLS on 127.0.0.1.
    pub coaps_port: u16,
    /// TCP port of the REST interface on 127.0.0.1.
    pub web_port: u16,
}

impl Server {
    /// Starts the server in a folder of its name below the scratch folder and waits until it answers.
    pub fn start(options: &Options, program: Program) -> Result<Self, String> {
        let folder = options.scratch.join(program.name());
        std::fs::create_dir_all(&folder).map_err(|e| format!("{}: {e}", folder.display()))?;
        let log = File::create(folder.join("leshan.log")).map_err(|e| e.to_string())?;
        let errors = log.try_clone().map_err(|e| e.to_string())?;
        let (coap_port, coaps_port, web_port) = free_ports().map_err(|e| e.to_string())?;
        let mut command = program.command(options);
        let [coap, coaps, web] = [coap_port, coaps_port, web_port].map(|port| port.to_string());
        match program {
            Program::Demo => command
                .args(["-lh", "127.0.0.1", "-lp", &coap])
                .args(["-slh", "127.0.0.1", "-slp", &coaps])
                .args(["-wh", "127.0.0.1", "-wp", &web]),
            _ => command.args([coap, coaps, web]),
        };
        let process = command
            .current_dir(&folder)
            .stdin(Stdio::null())
            .stdout(log)
            .stderr(errors)
            .spawn()
            .map_err(|e| format!("java: {e}"))?;
        let agent = Agent::config_builder()
            .http_status_as_error(false)
            .timeout_global(Some(CALL_LIMIT))
            .build()
            .new_agent();
        let mut server = Self {
            program,
            process,
            agent,
            coap_port,
            coaps_port,
            web_port,
        };
        server.wait_ready()?;
        Ok(server)
    }

    fn wait_ready(&mut self) -> Result<(), String> {
        let limit = Instant::now() + START_LIMIT;
        while Instant::now() < limit {
            if self.get(self.program.first_call()).is_ok() {
                return Ok(());
            }
            if let Ok(Some(status)) = self.process.try_wait() {
                return Err(format!("Leshan ended with {status}; see leshan.log"));
            }
            std::thread::sleep(Duration::from_millis(200));
        }
        Err("Leshan did not answer in time; see leshan.log".into())
    }

    /// URL of a path below the REST interface's root.
    pub fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}/api/{path}", self.web_port)
    }

    /// GET; the body as JSON.
    pub fn get(&self, path: &str) -> Result<Value, String> {
        answer(self.agent.get(self.url(path)).call())
    }

    /// PUT of a JSON body.
    pub fn put(&self, path: &str, body: &Value) -> Result<Value, String> {
        answer(
            self.agent
                .put(self.url(path))
                .header("Content-Type", "application/json")
                .send(body.to_string()),
        )
    }

    /// POST of a JSON body that is answered with nothing.
    pub fn post_body(&self, path: &str, body: &Value) -> Result<(), String> {
        self.post_json(path, body).map(|_| ())
    }

    /// POST of a JSON body.
    pub fn post_json(&self, path: &str, body: &Value) -> Result<Value, String> {
        let request = self.agent.post(self.url(path));
        let request = request.header("Content-Type", "application/json");
        answer(request.send(body.to_string()))
    }

    /// POST without a body.
    pub fn post(&self, path: &str) -> Result<Value, String> {
        answer(self.agent.post(self.url(path)).send_empty())
    }

    /// DELETE.
    pub fn delete(&self, path: &str) -> Result<Value, String> {
        answer(self.agent.delete(self.url(path)).call())
    }

    /// Stores a pre-shared key for an endpoint; `key` is hexadecimal text.
    pub fn store_key(&self, endpoint: &str, identity: &str, key: &str) -> Result<(), String> {
        let body = json!({ "endpoint": endpoint, "psk": { "identity": identity, "key": key } });
        self.put("security/clients/", &body).map(|_| ())
    }

    /// The registration of an endpoint, if it has one.
    pub fn registration(&self, endpoint: &str) -> Option<Value> {
        self.get(&format!("clients/{endpoint}")).ok()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Failures mean that the process is already gone.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The body of a 2xx answer; empty bodies become null, other answers an error text.
fn answer(result: Result<ureq::http::Response<ureq::Body>, ureq::Error>) -> Result<Value, String> {
    let mut response = result.map_err(|e| e.to_string())?;
    let status = response.status();
    let body = response
        .body_mut()
        .read_to_string()
        .map_err(|e| e.to_string())?;
    if !status.is_success() {
        let first = body.lines().next().unwrap_or("").to_owned();
        return Err(format!("HTTP {status}: {first}"));
    }
    if body.is_empty() {
        return Ok(Value::Null);
    }
    serde_json::from_str(&body).map_err(|e| format!("{e} in {body}"))
}

/// Two UDP ports and a TCP port nobody listens on. They are held at the same time, so they differ.
fn free_ports() -> std::io::Result<(u16, u16, u16)> {
    let coap = UdpSocket::bind("127.0.0.1:0")?;
    let coaps = UdpSocket::bind("127.0.0.1:0")?;
    let web = TcpListener::bind("127.0.0.1:0")?;
    Ok((
        coap.local_addr()?.port(),
        coaps.local_addr()?.port(),
        web.local_addr()?.port(),
    ))
}
