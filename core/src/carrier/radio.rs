//! The radio as servers set it by object 10: what the modem is told, and a radio that is off for a while.

use super::pdn::FAREWELL;
use super::{Carrier, Phase};
use crate::boundary::{ErrorKind, Event, Output};
use crate::lwm2m::path::Path;
use crate::lwm2m::sink::Sink;
use crate::objects::cellular;
use crate::time::{Duration, Instant};

impl Carrier {
    /// Writes the next AT command of [`Output::Configure`], a zero behind it; gives its length without that, 0 when there is none.
    pub fn command(&mut self, out: &mut [u8]) -> usize {
        let mut sink = Sink::new(out);
        let cellular = self.scene.objects.cellular.first_mut();
        if !cellular.is_some_and(|own| own.command(&mut |bytes| sink.put(bytes))) {
            return 0;
        }
        let length = sink.total();
        sink.put(b"\0");
        if sink.is_complete() { length } else { 0 }
    }

    /// The modem took all commands, or refused one.
    pub(super) fn modem_configured(&mut self, all: bool) {
        if !all {
            if let Some(cellular) = self.scene.objects.cellular.first_mut() {
                cellular.refused();
            }
            self.scene
                .observations
                .changed(&Path::instance(cellular::ID, 0));
        }
        self.outside_took(all);
    }

    /// A server wants the radio off for so many minutes.
    pub(super) fn radio_off(&mut self, now: Instant, minutes: u16) {
        if matches!(self.phase, Phase::Running) {
            self.phase = Phase::Fading {
                from: now.plus(FAREWELL),
                minutes,
            };
        }
    }

    /// The servers have their answers: the application is asked to take the link down.
    pub(super) fn fall_silent(&mut self, now: Instant, minutes: u16) {
        self.drop_links(now);
        self.network = false;
        self.ask_again = Instant::ZERO;
        self.doubt_pdn();
        let time = self.clock.utc_time(now) as u32;
        if let Some(apn) = self.scene.objects.apn.first_mut() {
            apn.disconnected(true, time);
        }
        self.phase = Phase::Silent {
            until: now.plus(Duration::from_secs(u32::from(minutes) * 60)),
        };
        self.put(Output::Event(Event::LinkDown));
    }

    /// The application answered that it took the link down, or why it did not.
    pub(super) fn silence_answered(&mut self, now: Instant, value: i32) {
        if value != 0 {
            self.error_code(ErrorKind::LinkDown, value);
            self.radio_is_on();
            self.phase = Phase::Running;
            self.ask_again = now;
        }
    }

    /// The time without radio is over.
    pub(super) fn speak_again(&mut self, now: Instant) {
        self.radio_is_on();
        self.connect(now);
    }

    fn radio_is_on(&mut self) {
        if let Some(cellular) = self.scene.objects.cellular.first_mut() {
            let changed = cellular.radio_is_on();
            self.told(cellular::ID, 0, changed);
        }
    }

    /// The network is there, and with it the connection of the registration.
    pub(super) fn note_registration_context(&mut self, now: Instant) {
        let time = self.clock.utc_time(now) as u32;
        if let Some(apn) = self.scene.objects.apn.first_mut() {
            apn.connected(0, 0, time);
        }
        self.note_connections();
    }

    /// Which profiles are connected changes with the network.
    pub(super) fn note_profiles(&mut self) {
        let active = self.scene.objects.apn.first().map_or(0, |apn| apn.active());
        if let Some(cellular) = self.scene.objects.cellular.first_mut() {
            let changed = cellular.take_profiles(active);
            self.told(cellular::ID, 0, changed);
        }
    }
}
