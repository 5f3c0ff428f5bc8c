//! A device among servers, in simulated time that passes here alone.

use crate::lab::{LIFETIME, Lab};
use crate::told::{Told, unpublished, words};
use carrier_lab::bootstrap::Provisioning;
use carrier_lab::request::{Reply, Request};
use carrier_lab::server::Server;
use conformance::{Device, Event, Settings, eventually};
use std::time::Duration;

/// Time passes in steps of this while something is expected.
const STEP: Duration = Duration::from_millis(500);
/// How exactly announced times are kept.
pub const TOLERANCE_MS: u64 = 1_500;

/// A device and its servers.
pub struct Bench {
    /// The servers.
    pub lab: Lab,
    /// The device.
    pub device: Device,
    /// What clients of the bootstrap server get; `None`: nothing.
    pub provisioning: Option<Provisioning>,
    /// Bootstraps that were carried out to their end.
    pub bootstraps: usize,
    seen: usize,
}

impl Bench {
    /// Starts a device; bootstraps lead to the first management server.
    pub fn start(lab: Lab, settings: Settings) -> Bench {
        let provisioning = Some(lab.provisioning(1));
        Bench {
            lab,
            device: Device::start(settings),
            provisioning,
            bootstraps: 0,
            seen: 0,
        }
    }

    /// Lets time pass and serves the bootstrap server's clients.
    pub fn pass(&mut self, time: Duration) {
        let advance = format!("clock advance {}ms", time.as_millis());
        if !self.device.is_alive() || self.device.try_control(&advance).is_err() {
            // A process that has ended has told all it has to tell.
            eventually("the end of the process", || {
                (!self.device.is_alive()).then_some(())
            });
            self.settle();
            return;
        }
        self.serve();
    }

    /// Serves the client of the bootstrap server that has asked, if there is one.
    pub fn serve(&mut self) {
        let soon = Duration::from_millis(1);
        if self.lab.bootstrap.wait_bootstrap(soon).is_none() {
            return;
        }
        if let Some(provisioning) = &self.provisioning {
            match self.lab.bootstrap.provision(provisioning) {
                Ok(_) if provisioning.finish => self.bootstraps += 1,
                Ok(_) => {}
                Err(problem) => println!("## not provisioned: {problem}"),
            }
        }
    }

    /// The next event not looked at yet, within simulated time from now.
    pub fn next(&mut self, limit: Duration) -> Option<Event> {
        let mut passed = Duration::ZERO;
        loop {
            if let Some(event) = self.fresh() {
                return Some(event);
            }
            if passed > limit {
                return None;
            }
            let step = STEP.max(limit / 400);
            self.pass(step);
            passed += step;
        }
    }

    /// The next event that is there already.
    pub fn fresh(&mut self) -> Option<Event> {
        let event = self.device.events().get(self.seen).cloned()?;
        self.seen += 1;
        assert_eq!(unpublished(&event), None, "a number nobody knows");
        Some(event)
    }

    /// The next event has to be this one, within simulated time from now.
    pub fn expect(&mut self, wanted: Told, limit: Duration) -> Event {
        let Some(event) = self.next(limit) else {
            panic!("within {limit:?}: no event, where {wanted} is due");
        };
        assert!(
            wanted.is(&event),
            "{} at {} ms, where {wanted} is due",
            words(&event),
            event.at_ms
        );
        event
    }

    /// The next event, whatever it is; there has to be one within simulated time from now.
    pub fn expect_any(&mut self, limit: Duration) -> Event {
        self.next(limit)
            .unwrap_or_else(|| panic!("within {limit:?}: no event"))
    }

    /// The next events have to be these, each within the time from the one before; the last one is given back.
    pub fn expect_all(&mut self, wanted: &[Told], limit: Duration) -> Option<Event> {
        let mut last = None;
        for told in wanted {
            last = Some(self.expect(*told, limit));
        }
        last
    }

    /// Lets this much time pass, during which the application must not be told anything.
    pub fn expect_silence(&mut self, time: Duration) {
        self.pass(time);
        self.settle();
        if let Some(event) = self.fresh() {
            panic!("{} at {} ms, in a pause", words(&event), event.at_ms);
        }
    }

    /// Lets time pass up to this point of the life.
    pub fn pass_until(&mut self, at_ms: u64) {
        let now = self.device.now_ms();
        if at_ms > now {
            self.pass(Duration::from_millis(at_ms - now));
        }
    }

    /// Gives lines that the application has printed the time to arrive here.
    pub fn settle(&self) {
        std::thread::sleep(Duration::from_millis(30));
    }

    /// A pause that was announced: nobody hears of the device in it, neither application nor network. Ends shortly before
    /// the pause does.
    pub fn expect_pause(&mut self, from: &Event, seconds: i64) {
        let end = from.at_ms + seconds as u64 * 1_000;
        self.pass_until(end - TOLERANCE_MS.min(end));
        self.settle();
        if let Some(event) = self.fresh() {
            panic!("{} at {} ms, in a pause", words(&event), event.at_ms);
        }
        let quiet = from.at_ms + TOLERANCE_MS..end - TOLERANCE_MS.min(end);
        let early: Vec<u64> = self.sent_at();
        let early: Vec<&u64> = early.iter().filter(|at| quiet.contains(at)).collect();
        assert!(early.is_empty(), "datagrams at {early:?} ms, in a pause");
    }

    /// When the device has sent datagrams to any server, in milliseconds of its first life.
    pub fn sent_at(&self) -> Vec<u64> {
        let ports = self.lab.ports().into_iter();
        let packets = ports.flat_map(|port| self.device.wire(port));
        let mut times: Vec<u64> = packets
            .filter(|packet| packet.outbound)
            .map(|packet| packet.at_ms)
            .collect();
        times.sort_unstable();
        times
    }

    /// The next life, after the process has ended by itself or been cut off.
    pub fn start_again(&mut self) {
        self.device.start_again();
    }

    /// Sends a management server's request while time stands still; there has to be an answer.
    pub fn ask(&self, server: usize, request: Request) -> Reply {
        self.ask_of(&self.lab.management[server], request)
    }

    /// As [`Bench::ask`], of a server whose DTLS session may be idle: waits for the next time the device comes by itself.
    pub fn ask_when_awake(&mut self, server: usize, request: Request) -> Reply {
        let management = &self.lab.management[server];
        while management.wait_update(Duration::from_millis(1)).is_some() {}
        let lifetime = Duration::from_secs(LIFETIME.into());
        let mut passed = Duration::ZERO;
        loop {
            let management = &self.lab.management[server];
            if management.wait_update(Duration::from_millis(1)).is_some() {
                return self.ask(server, request);
            }
            assert!(passed < lifetime, "no Update in a lifetime");
            self.pass(10 * STEP);
            passed += 10 * STEP;
        }
    }

    fn ask_of(&self, server: &Server, request: Request) -> Reply {
        let told = format!("{} {}", request.code, request.path);
        server
            .send(request)
            .unwrap_or_else(|failure| panic!("{told}: {failure}"))
    }

    /// All events so far in words, in one line.
    pub fn story(&self) -> String {
        let events = self.device.events();
        let told: Vec<String> = events.iter().map(words).collect();
        told.join(", ")
    }
}
