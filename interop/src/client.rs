//! A device as a management server's REST interface shows it.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::events::LIMIT;
use crate::expect::{links_of, success};
use crate::leshan::Server;

/// How a device reaches its servers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Security {
    /// `coap`
    None,
    /// `coaps` with a pre-shared key
    PreSharedKey,
}

impl Security {
    /// Scheme of its URIs.
    pub fn scheme(self) -> &'static str {
        match self {
            Security::None => "coap",
            Security::PreSharedKey => "coaps",
        }
    }

    /// URI of a server.
    pub fn uri(self, server: &Server) -> String {
        let port = match self {
            Security::None => server.coap_port,
            Security::PreSharedKey => server.coaps_port,
        };
        format!("{}://127.0.0.1:{port}", self.scheme())
    }
}

/// One endpoint of one server.
#[derive(Debug)]
pub struct Client<'a> {
    /// The management server.
    pub server: &'a Server,
    /// The endpoint's name.
    pub endpoint: String,
}

impl Client<'_> {
    /// Path of a call for something of the device.
    pub fn path(&self, path: &str) -> String {
        format!("clients/{}/{path}", self.endpoint)
    }

    /// Its registration as JSON.
    pub fn registration(&self) -> Result<Value, String> {
        self.server
            .registration(&self.endpoint)
            .ok_or("not registered".into())
    }

    /// Path of a call for something of the device in a format; `None`: Leshan's choice.
    pub fn path_as(&self, path: &str, format: Option<&str>) -> String {
        let path = self.path(path);
        format.map_or(path.clone(), |format| format!("{path}?format={format}"))
    }

    /// Reads a path; the node.
    pub fn content(&self, path: &str) -> Result<Value, String> {
        self.content_as(path, None)
    }

    /// Reads a path in a format; the node.
    pub fn content_as(&self, path: &str, format: Option<&str>) -> Result<Value, String> {
        let answer = self.server.get(&self.path_as(path, format))?;
        success(&answer)?;
        Ok(answer["content"].clone())
    }

    /// Writes a resource.
    pub fn write(&self, path: &str, value: &Value) -> Result<(), String> {
        let id: u16 = path
            .rsplit('/')
            .next()
            .and_then(|id| id.parse().ok())
            .ok_or(format!("{path} names no resource"))?;
        let answer = self
            .server
            .put(&self.path(path), &json!({ "id": id, "value": value }))?;
        success(&answer)
    }

    /// Executes a resource.
    pub fn execute(&self, path: &str) -> Result<(), String> {
        success(&self.server.post(&self.path(path))?)
    }

    /// Instance of the Server object that the registration announces.
    pub fn server_instance(&self) -> Result<u16, String> {
        links_of(&self.registration()?["objectLinks"])
            .iter()
            .find_map(|link| link.strip_prefix("/1/")?.parse().ok())
            .ok_or("no instance of the Server object".into())
    }
}

/// Asks ten times a second until there is an answer; `what` is the error when none came.
pub fn wait_until<T>(what: &str, mut ready: impl FnMut() -> Option<T>) -> Result<T, String> {
    let limit = Instant::now() + LIMIT;
    loop {
        if let Some(value) = ready() {
            return Ok(value);
        }
        if Instant::now() > limit {
            return Err(what.into());
        }
        std::thread::sleep(Duration::from_millis(100));
    }
}
