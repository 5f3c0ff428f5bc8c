//! 365 days with one device: every five days something fails, and twice the SIM changes. While nothing fails, and once the
//! device has had the time the documents allow it, all its servers know it; whatever fails, it stays calm.

use carrier_lab::answer::Answer;
use carrier_lab::coap::Code;
use carrier_lab::event::Operation;
use conformance::device::Device;
use endurance::drive;
use endurance::operator::{Operator, SERVERS};
use endurance::report::{self, Report};
use endurance::settings::{BELL, FACTORY, VERIZON, of_verizon, product};
use endurance::watch::{Attempts, HOUR, Watch};
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

const DAYS: u64 = 365;
/// Lifetime of registrations in seconds.
const LIFETIME: u32 = 86_400;
/// The same in hours.
const LIFE: u64 = 24;
/// Days from one accident to the next.
const EVERY: u64 = 5;
/// Days on which the card is replaced, and whose it is then.
const SWAPS: [(u64, &str); 2] = [
    (
        122,
        "sim swap verizon imsi=311480000000077 iccid=8914800000000000077 msisdn=+12025550177",
    ),
    (242, "sim swap bell"),
];
/// Most network accesses an hour once a first sequence of tries is over.
const CALM: usize = 4;
/// Most accesses to a server in any hour: a first sequence, and what led to it.
const BUSIEST: usize = 8;
/// Most changes of records and credentials on a day.
const WRITES: usize = 30;

/// What fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Accident {
    /// No network.
    NoCoverage,
    /// Servers answer 5.03 and ask for two hours of rest.
    Maintenance,
    /// Servers forget all registrations.
    DatabaseLoss,
    /// The first management server is silent.
    OneSilent,
    /// The device's address changes and servers forget their sessions.
    NewAddress,
    /// The network ends the connection.
    ConnectionLoss,
    /// The network comes and goes every five minutes.
    Flapping,
    /// All management servers are silent.
    AllSilent,
    /// The bootstrap server as well.
    Blackout,
}

use Accident::*;

/// In turn: what fails, for how many hours, and after how many more all servers know the device again.
const ACCIDENTS: [(Accident, u64, u64); 12] = [
    (NoCoverage, 3, 1),
    (Maintenance, 30, 3),
    // Nobody tells the device before its next Update.
    (DatabaseLoss, 1, LIFE),
    // The pause after a sequence is a day, in which a registration ends.
    (OneSilent, 80, 26),
    (NewAddress, 1, 0),
    (ConnectionLoss, 1, 1),
    (Flapping, 2, 1),
    (NoCoverage, 40, 1),
    (AllSilent, 30, 50),
    (DatabaseLoss, 1, LIFE),
    (Maintenance, 30, 3),
    (Blackout, 40, 50),
];

/// The device, its operators and what is known of them.
struct Year {
    device: Device,
    operators: Vec<Operator>,
    /// Management servers, then the bootstrap server, of each operator.
    watches: Vec<Vec<Watch>>,
    /// Finished bootstraps of each operator.
    bootstraps: [u32; 2],
    /// Whose servers the device belongs to.
    current: usize,
    /// When each life began.
    lives: Vec<u64>,
    now: u64,
    /// Registered hours of each server that had to be, and hours that should have been but were not.
    registered: u64,
    missed: Vec<String>,
    /// Open descriptors of the process by day.
    descriptors: BTreeMap<u64, usize>,
}

impl Year {
    fn begin() -> Year {
        let operators = vec![
            Operator::start("verizon", FACTORY, LIFETIME, false),
            Operator::start("bell", FACTORY, LIFETIME, false),
        ];
        let watches = operators
            .iter()
            .map(|operator| operator.all().map(Watch::new).collect())
            .collect();
        let mut settings = product(of_verizon(), VERIZON, &operators[0]);
        // Silent servers of a test need no time for repetitions of their own.
        let timer = ("VIRTUAL_MODEM_SERVER_TIMER".into(), "30".into());
        settings.environment.push(timer);
        settings.grace_ms = 20;
        Year {
            device: Device::start(settings),
            operators,
            watches,
            bootstraps: [0; 2],
            current: 0,
            lives: vec![0],
            now: 0,
            registered: 0,
            missed: Vec::new(),
            descriptors: BTreeMap::new(),
        }
    }

    fn operator(&self) -> &Operator {
        &self.operators[self.current]
    }

    /// Lets time pass, and looks what it brought.
    fn pass(&mut self, milliseconds: u64) {
        drive::pass(&mut self.device, Duration::from_millis(milliseconds))
            .expect("the device lives");
        self.now += milliseconds;
        // A device that restarted itself.
        if self.lives.len() < self.device.life() as usize {
            self.lives
                .push(self.now - self.device.now_ms().min(self.now));
        }
        for (index, operator) in self.operators.iter().enumerate() {
            for (server, watch) in operator.all().zip(&mut self.watches[index]) {
                watch.look(server, self.now);
            }
            operator.settle();
            while self.bootstraps[index] < operator.bootstraps() {
                self.bootstraps[index] += 1;
                self.watches[index][SERVERS].succeeded(self.now);
            }
        }
    }

    /// Lets hours pass; the management servers from this one on have to know the device at the end of each.
    fn hours(&mut self, hours: u64, from: usize) {
        for _ in 0..hours {
            for _ in 0..4 {
                self.pass(HOUR / 4);
            }
            self.check(from);
        }
        let process = format!("/proc/{}/fd", self.device.id());
        let open = std::fs::read_dir(process).map_or(0, Iterator::count);
        self.descriptors.insert(self.now / HOUR / 24, open);
    }

    fn check(&mut self, from: usize) {
        let watches = &self.watches[self.current][..SERVERS];
        for (index, watch) in watches.iter().enumerate().skip(from) {
            if watch.is_registered(self.now, u64::from(LIFETIME) * 1_000) {
                self.registered += 1;
            } else {
                let (day, hour) = (self.now / HOUR / 24, self.now / HOUR % 24);
                self.missed
                    .push(format!("day {day} hour {hour}: server {index}"));
            }
        }
    }

    /// One accident, from its beginning until all is well again.
    fn suffer(&mut self, accident: Accident, hours: u64, allowance: u64) {
        println!("day {}: {accident:?} for {hours} h", self.now / HOUR / 24);
        let (before, failed) = (self.device.count("DEFERRED"), self.now);
        // The first server that nothing happens to.
        let well = if accident == OneSilent { 1 } else { SERVERS };
        self.inflict(accident, true);
        match accident {
            Flapping => self.flap(hours),
            _ => self.hours(hours, well),
        }
        self.inflict(accident, false);
        self.hours(allowance, well);
        let told = self.device.count("DEFERRED") - before;
        println!("  {told} deferrals in {} h", (self.now - failed) / HOUR);
    }

    fn inflict(&mut self, accident: Accident, on: bool) {
        let word = if on { "on" } else { "off" };
        match accident {
            NoCoverage => {
                self.device
                    .control(if on { "coverage off" } else { "coverage on" });
            }
            Maintenance => {
                let answer = if on {
                    Answer::Code(Code::UNAVAILABLE, Some(7_200))
                } else {
                    Answer::Normal
                };
                for server in self.operator().management() {
                    server.answer(Operation::Register, answer.clone(), None);
                    server.answer(Operation::Update, answer.clone(), None);
                }
            }
            DatabaseLoss if on => self.forget(),
            NewAddress if on => {
                self.device.control("fault rebind");
                for server in self.operator().management() {
                    server.forget_dtls().expect("sessions can be forgotten");
                }
            }
            ConnectionLoss if on => {
                self.device.control("pdn down 0");
            }
            OneSilent => self.operator().management()[0].set_deaf(on),
            AllSilent | Blackout => {
                for server in self.operator().management() {
                    server.set_deaf(on);
                }
                if accident == Blackout {
                    self.operator().bootstrap().set_deaf(on);
                }
            }
            DatabaseLoss | NewAddress | ConnectionLoss | Flapping => {}
        }
        println!("  {accident:?} {word}");
    }

    fn forget(&mut self) {
        for server in self.operator().management() {
            server.forget_clients();
        }
        for watch in &mut self.watches[self.current][..SERVERS] {
            watch.forgotten();
        }
    }

    fn flap(&mut self, hours: u64) {
        for _ in 0..hours * 12 {
            self.device.control("link drop 30s lose");
            self.pass(HOUR / 12);
        }
    }

    /// The device is switched off, gets another card, and is switched on.
    fn swap(&mut self, card: &str) {
        self.device.control(card);
        self.device.power_cut();
        if card.ends_with("bell") {
            self.current = 1;
            let settings = self.device.settings();
            *settings = product(settings.clone(), BELL, &self.operators[1]);
        }
        self.lives.push(self.now);
        self.device.start_again();
        self.hours(1, SERVERS);
    }

    fn attempts(&self) -> Vec<(String, Attempts)> {
        let mut all = Vec::new();
        for (operator, watches) in self.watches.iter().enumerate() {
            for (index, watch) in watches.iter().enumerate() {
                let name = format!("operator {operator} server {index}");
                all.push((name, watch.attempts(&self.device, &self.lives)));
            }
        }
        all
    }

    /// Changes of records and credentials by day.
    fn writes(&self) -> BTreeMap<u64, usize> {
        let list = std::fs::read_to_string(self.device.folder().join("modem/writes"));
        let mut days = BTreeMap::new();
        for line in list.unwrap_or_default().lines() {
            let number = |index| line.split_whitespace().nth(index)?.parse::<u64>().ok();
            let (life, at) = (number(1).unwrap_or(1), number(2).unwrap_or(0));
            let begin = self.lives.get(life as usize - 1).copied().unwrap_or(0);
            *days.entry((begin + at) / HOUR / 24).or_default() += 1;
        }
        days
    }
}

#[test]
fn a_year_of_accidents_leaves_the_device_registered_and_calm() {
    let begin = Instant::now();
    let mut year = Year::begin();
    year.hours(1, SERVERS);
    year.hours(1, 0);
    let mut accidents = ACCIDENTS.iter().cycle();
    let mut swaps = SWAPS.iter().peekable();
    while year.now / HOUR / 24 < DAYS {
        let day = year.now / HOUR / 24;
        if let Some((_, card)) = swaps.next_if(|(at, _)| *at <= day) {
            println!("day {day}: {card}");
            year.swap(card);
        }
        let end = (day / EVERY + 1) * EVERY * 24 * HOUR;
        let (accident, hours, allowance) = accidents.next().expect("a cycle has no end");
        year.suffer(*accident, *hours, *allowance);
        while year.now < end {
            year.hours(1, 0);
        }
    }

    // The last events come through a pipe.
    std::thread::sleep(Duration::from_millis(200));
    let attempts = year.attempts();
    let sum = |of: fn(&Attempts) -> usize| attempts.iter().map(|(_, one)| of(one)).sum::<usize>();
    let most = |of: fn(&Attempts) -> usize| attempts.iter().map(|(_, one)| of(one)).max();
    let (most_later, most_an_hour) = (
        most(|one| one.most_an_hour_later).unwrap_or(0),
        most(|one| one.most_an_hour).unwrap_or(0),
    );
    let deferred = year.device.count("DEFERRED");
    let writes = year.writes();
    let most_writes = writes.values().copied().max().unwrap_or(0);
    let all_writes: usize = writes.values().sum();
    // The modem's control connections come and go; what is always open is open on every day of a month.
    let open =
        |days: std::ops::Range<u64>| year.descriptors.range(days).map(|(_, open)| *open).min();
    let (first, last) = (open(1..31), open(DAYS - 30..DAYS));
    let watches = || year.watches.iter().flatten();

    let mut report = Report::new();
    report.put("days", DAYS);
    report.put("lives", year.lives.len());
    report.put("registered_hours", year.registered);
    report.put("missed_hours", year.missed.len());
    report.put(
        "registers",
        watches().map(|one| one.registers).sum::<usize>(),
    );
    report.put("updates", watches().map(|one| one.updates).sum::<usize>());
    report.put(
        "bootstraps",
        year.operators.iter().map(Operator::bootstraps).sum::<u32>(),
    );
    report.put("tries", sum(|one| one.tries));
    report.put("failed_tries", sum(|one| one.failed));
    report.put("deferred_events", deferred);
    report.put("most_tries_an_hour", most_an_hour);
    report.put("most_tries_an_hour_after_a_sequence", most_later);
    report.put("writes", all_writes);
    report.put(
        "writes_a_day",
        format!("{:.3}", all_writes as f64 / DAYS as f64),
    );
    report.put("most_writes_a_day", most_writes);
    report.put("days_with_writes", writes.len());
    report.put("descriptors_in_first_month", first.unwrap_or(0));
    report.put("descriptors_in_last_month", last.unwrap_or(0));
    report.put("seconds", begin.elapsed().as_secs());
    let lines: Vec<String> = attempts
        .iter()
        .map(|(name, one)| report::quoted(&format!("{name}: {one:?}")))
        .collect();
    report.put("servers", report::list(&lines));
    let missed: Vec<String> = year.missed.iter().map(|one| report::quoted(one)).collect();
    report.put("missed", report::list(&missed));
    report.write("year.json");

    assert!(year.missed.is_empty(), "not registered: {:?}", year.missed);
    assert!(
        year.registered > DAYS * 24,
        "most of the year is no accident"
    );
    assert!(most_later <= CALM && most_an_hour <= BUSIEST);
    assert!(most_writes <= WRITES, "{writes:?}");
    assert_eq!(
        deferred,
        sum(|one| one.failed),
        "one event for each failed try"
    );
    assert!(
        first.is_some() && last <= first,
        "descriptors stay open: {:?}",
        year.descriptors
    );
}
