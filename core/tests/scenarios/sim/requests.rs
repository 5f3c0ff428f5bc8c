//! Requests of a management server, run to their end: of the first one unless another was chosen with [`World::focus`].

use super::coap::*;
use super::server::{Notification, Server};
use super::{MINUTE, World};

impl World {
    /// Requests from here on are those of another server, or of the first.
    pub fn focus(&mut self, other: Option<usize>) {
        self.focus = other;
    }

    fn focused(&mut self) -> &mut Server {
        match self.focus {
            Some(other) => &mut self.others[other],
            None => &mut self.server,
        }
    }

    /// Runs the server's request to its end; `None` when no response came.
    pub fn try_exchange(&mut self, request: &Message) -> Option<Message> {
        let now = self.now;
        self.focused().begin(now, request);
        let end = self.now + 5 * MINUTE;
        loop {
            if let Some(outcome) = self.focused().outcome() {
                return outcome;
            }
            if !self.step(end) {
                self.focused().abandon();
                return None;
            }
        }
    }

    /// Executes a resource; the answer may get lost.
    pub fn try_execute(&mut self, path: &str) -> Option<Message> {
        let request = self.request(POST, path);
        self.try_exchange(&request)
    }

    pub fn exchange(&mut self, request: &Message) -> Message {
        let response = self.try_exchange(request);
        response.unwrap_or_else(|| panic!("no response to {request:?}"))
    }

    /// A confirmable request to a path like `/3/0`.
    pub fn request(&mut self, method: u8, path: &str) -> Message {
        let (id, token) = (self.focused().new_id(), self.focused().new_token());
        let mut message = Message::new(Kind::Con, method, id, &token);
        for segment in path.split('/').filter(|segment| !segment.is_empty()) {
            message = message.with(URI_PATH, segment);
        }
        message
    }

    pub fn get(&mut self, path: &str) -> Message {
        let request = self.request(GET, path);
        self.exchange(&request)
    }

    pub fn get_as(&mut self, path: &str, format: u16) -> Message {
        let request = self.request(GET, path).with_uint(ACCEPT, u32::from(format));
        self.exchange(&request)
    }

    pub fn put(&mut self, path: &str, format: u16, payload: impl AsRef<[u8]>) -> Message {
        let request = self.request(PUT, path);
        self.exchange(
            &request
                .with_uint(CONTENT_FORMAT, u32::from(format))
                .payload(payload),
        )
    }

    pub fn post(&mut self, path: &str, format: u16, payload: impl AsRef<[u8]>) -> Message {
        let request = self.request(POST, path);
        self.exchange(
            &request
                .with_uint(CONTENT_FORMAT, u32::from(format))
                .payload(payload),
        )
    }

    pub fn execute(&mut self, path: &str) -> Message {
        let request = self.request(POST, path);
        self.exchange(&request)
    }

    pub fn delete(&mut self, path: &str) -> Message {
        let request = self.request(DELETE, path);
        self.exchange(&request)
    }

    /// Write-Attributes with a query like `pmin=1&pmax=60`.
    pub fn attributes(&mut self, path: &str, query: &str) -> Message {
        let mut request = self.request(PUT, path);
        for item in query.split('&') {
            request = request.with(URI_QUERY, item);
        }
        self.exchange(&request)
    }

    /// Observes a path; gives the response and the token.
    pub fn observe(&mut self, path: &str) -> (Message, Vec<u8>) {
        let request = self.request(GET, path).with_uint(OBSERVE, 0);
        let response = self.exchange(&request);
        (response, request.token)
    }

    /// Notifications with this token since the last call that took them.
    pub fn take_notifications(&mut self, token: &[u8]) -> Vec<Notification> {
        let all = std::mem::take(&mut self.focused().notifications);
        let (mine, others) = all
            .into_iter()
            .partition(|notification| notification.message.token == token);
        self.focused().notifications = others;
        mine
    }
}
