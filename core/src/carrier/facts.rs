//! Values of objects that the modem keeps: what it is asked before a server is shown them, and what becomes of its answers. Nothing is
//! polled; what the modem tells by itself reaches those who observe it.

use super::Carrier;
use super::request::target;
use crate::boundary::Output;
use crate::coap::code;
use crate::coap::message::Message;
use crate::coap::option::{number, uint};
use crate::config::MODEM_VALUES;
use crate::lwm2m::dispatch::composite_paths;
use crate::lwm2m::path::Path;
use crate::modem::query::Query;
use crate::objects::{apn, cellular, connectivity, statistics};
use crate::time::{Duration, Instant};
use crate::version::HAS_1_1;

impl Carrier {
    /// What the modem is to be asked, and its answers handed in as [`crate::Input::Reply`], before a datagram is given to
    /// [`Carrier::datagram`].
    pub fn questions(&self, datagram: &[u8]) -> &'static [Query] {
        if !MODEM_VALUES {
            return &[];
        }
        match Message::parse(datagram) {
            Ok(message) if HAS_1_1 && message.code == code::FETCH && !continues(&message) => {
                let mut paths = composite_paths(&message);
                let mut questions = &[][..];
                while paths.advance() {
                    questions = self.scene.objects.more_questions(questions, paths.path());
                }
                questions
            }
            // The blocks behind the first belong to the same values.
            Ok(message) if !continues(&message) => self.scene.objects.questions(&target(&message)),
            _ => &[],
        }
    }

    /// The modem's answer about values of objects, or a notification of the subscription `query`.
    pub(super) fn fact(&mut self, now: Instant, query: Query, answer: &str) {
        let time = self.clock.utc_time(now) as u32;
        if let Some(connectivity) = self.scene.objects.connectivity.first_mut() {
            let changed = connectivity.take(query, answer);
            self.told(connectivity::ID, 0, changed);
        }
        if query == Query::Statistics
            && let Some(statistics) = self.scene.objects.statistics.first_mut()
        {
            let changed = statistics.take(answer);
            self.told(statistics::ID, 0, changed);
        }
        if let Some(cellular) = self.scene.objects.cellular.first_mut() {
            let changed = cellular.take(query, answer);
            self.told(cellular::ID, 0, changed);
        }
        if matches!(query, Query::Contexts | Query::NameServers)
            && let Some(apn) = self.scene.objects.apn.first_mut()
        {
            apn.take(query, answer, time);
            self.note_connections();
        }
    }

    /// Has observers of object 11 hear of its news.
    #[cfg_attr(target_os = "none", inline(never))]
    pub(super) fn note_connections(&mut self) {
        let mut profile = 0;
        while let Some(apn) = self.scene.objects.apn.first_mut()
            && let Some(resources) = apn.take_news(profile)
        {
            self.told(apn::ID, profile, resources);
            profile += 1;
        }
    }

    /// These resources of an instance have other values, a bit each.
    #[cfg_attr(target_os = "none", inline(never))]
    pub(super) fn told(&mut self, object: u16, instance: u16, resources: u32) {
        let mut left = resources;
        while left != 0 {
            let resource = left.trailing_zeros() as u16;
            left &= left - 1;
            self.scene
                .observations
                .changed(&Path::resource(object, instance, resource));
        }
    }

    /// Begins to count what is sent and received, for as long as the server wants, or ends it.
    pub(super) fn count(&mut self, now: Instant, on: bool) {
        if !MODEM_VALUES {
            return;
        }
        let period = match self.scene.objects.statistics.first() {
            Some(statistics) if on => statistics.period(),
            _ => 0,
        };
        self.counting_ends = Instant::ZERO;
        if period != 0 {
            self.counting_ends = now.plus(Duration::from_secs(period));
        }
        self.put(Output::Query(if on {
            Query::Count
        } else {
            Query::StopCounting
        }));
        self.wonder(1 << statistics::ID, Query::Statistics);
    }

    /// Something changed that the modem knows of these objects, of which each has a bit: it is asked if somebody wants to know.
    pub(super) fn wonder(&mut self, objects: u32, query: Query) {
        if MODEM_VALUES && self.scene.observations.watch(objects) {
            self.put(Output::Query(query));
        }
    }
}

/// Whether a later block of an answer is asked for.
fn continues(message: &Message<'_>) -> bool {
    message.options().any(|option| {
        option.number == number::BLOCK2 && uint(option.value).is_some_and(|bits| bits >> 4 != 0)
    })
}
