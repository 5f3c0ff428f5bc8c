//! Two management servers, one of which is dead for a day. The other one notices nothing: its session stays, its Updates come in
//! time, and its requests are answered at once, also while the device tries to reach the dead one.

use carrier_lab::coap::Code;
use carrier_lab::event::Event;
use carrier_lab::request::{Failure, Reply, Request};
use carrier_lab::server::Server;
use conformance::device::Device;
use endurance::drive::{self, End};
use endurance::operator::Operator;
use endurance::report::Report;
use endurance::settings::custom;
use endurance::watch::{HOUR, Watch};
use std::time::{Duration, Instant};

/// Lifetime of the registrations in seconds.
const LIFETIME: u32 = 1_200;
/// Longest time between two confirmations: a full retransmission still fits before the lifetime ends.
const LONGEST_GAP: u64 = (LIFETIME as u64 - 93) * 1_000;
/// Longest simulated time until an answer in milliseconds.
const PROMPT: u64 = 1_000;
/// How long a try lasts at least that is never answered, in milliseconds.
const TRY: u64 = 30_000;
/// Real time for an answer that needs no simulated time, on a busy machine.
const AT_ONCE: Duration = Duration::from_secs(1);
/// Lines of the modem's log that are printed after a slow answer.
const TOLD: usize = 500;
/// Steps of simulated time while an answer is awaited.
const STEP: u64 = 250;

struct Day {
    device: Device,
    operator: Operator,
    dead: Watch,
    living: Watch,
    now: u64,
    confirmed: u64,
    longest_gap: u64,
    /// When the living server read something.
    reads: Vec<u64>,
    slowest_ms: u64,
}

impl Day {
    fn begin(name: &str) -> Day {
        let operator = Operator::start(name, conformance::ENDPOINT, LIFETIME, false);
        // Sessions are never idle for long enough to be given back.
        let mut settings = custom(&operator).option("--idle", "1000000");
        let timer = ("VIRTUAL_MODEM_SERVER_TIMER".into(), "30".into());
        settings.environment.push(timer);
        let mut device = Device::start(settings);
        let (step, limit) = (Duration::from_secs(1), Duration::from_secs(60));
        let end = drive::until(&mut device, step, limit, |device| {
            operator.settle();
            drive::registered(device)
        });
        assert_eq!(end, Ok(End::Reached));
        let now = device.now_ms();
        Day {
            dead: Watch::new(&operator.management()[0]),
            living: Watch::new(&operator.management()[1]),
            device,
            operator,
            now,
            confirmed: now,
            longest_gap: 0,
            reads: Vec::new(),
            slowest_ms: 0,
        }
    }

    fn pass(&mut self, milliseconds: u64) {
        self.device.advance(Duration::from_millis(milliseconds));
        self.now += milliseconds;
        let [dead, living] = self.operator.management() else {
            panic!("two servers");
        };
        let before = self.living.updates;
        self.dead.look(dead, self.now);
        self.living.look(living, self.now);
        if self.living.updates > before {
            self.confirmed = self.now;
        }
        self.longest_gap = self.longest_gap.max(self.now - self.confirmed);
    }

    /// The living server reads something; notes how much simulated time passes until the answer is there.
    fn read(&mut self) {
        let server = self.operator.management()[1].newest().map(|one| one.peer);
        let peer = server.expect("it has the device registered");
        let request = Request::read("/3/0/2").timeout(Duration::from_secs(10));
        let begin = self.now;
        let living = &self.operator.management()[1];
        let (answer, waited) = std::thread::scope(|scope| {
            let asked = scope.spawn(move || living.send_to(peer, request));
            let mut waited = 0;
            let real = Instant::now();
            while !asked.is_finished() {
                std::thread::sleep(Duration::from_millis(1));
                if real.elapsed() > AT_ONCE {
                    self.device.advance(Duration::from_millis(STEP));
                    waited += STEP;
                }
            }
            (asked.join().expect("a request ends"), waited)
        });
        self.now = begin + waited;
        let code = answer.map(|reply: Reply| reply.code());
        assert_eq!(
            code,
            Ok::<Code, Failure>(Code::CONTENT),
            "at {} ms",
            self.now
        );
        self.reads.push(begin);
        self.slowest_ms = self.slowest_ms.max(waited);
        if waited > PROMPT {
            println!("at {begin} ms an answer took {waited} ms");
            let log = self.device.log();
            let lines: Vec<&str> = log.lines().collect();
            for line in &lines[lines.len().saturating_sub(TOLD)..] {
                println!("modem | {line}");
            }
        }
    }

    /// Time passes in steps of this length, with a read after each.
    fn until(&mut self, end: u64, step: u64) {
        while self.now < end {
            self.pass(step);
            self.read();
        }
    }
}

fn sessions(server: &Server) -> usize {
    let ended = |event: &Event| {
        matches!(
            event,
            Event::Connected(..) | Event::Disconnected(_) | Event::Registered(_)
        )
    };
    server
        .events()
        .iter()
        .filter(|(_, event)| ended(event))
        .count()
}

/// A day in which the first server is dead in one way; `revive` ends that.
fn a_day(name: &str, kill: impl Fn(&Day), revive: impl Fn(&Day)) -> Report {
    let begin = Instant::now();
    let mut day = Day::begin(name);
    let before = sessions(&day.operator.management()[1]);
    kill(&day);
    let start = day.now;
    // Closely while it is tried again and again, later once a minute.
    day.until(start + 3 * HOUR / 2, 4_000);
    day.until(start + 24 * HOUR, 60_000);
    assert!(
        !day.dead.is_registered(day.now, u64::from(LIFETIME) * 1_000),
        "the dead server is dead"
    );
    revive(&day);
    day.until(start + 50 * HOUR, 60_000);

    let attempts = day.dead.attempts(&day.device, &[0]);
    let mut report = Report::new();
    let tries = day.dead.tries(&day.device, &[0]);
    let while_trying = |read: &&u64| {
        tries
            .iter()
            .any(|try_at| (*try_at..*try_at + TRY).contains(*read))
    };
    let during = day.reads.iter().filter(while_trying).count();
    report.put("reads", day.reads.len());
    report.put("reads_during_tries", during);
    report.put("slowest_answer_ms", day.slowest_ms);
    report.put("updates", day.living.updates);
    report.put("longest_gap_ms", day.longest_gap);
    report.put("tries_at_dead_server", attempts.tries);
    report.put("deferred_events", day.device.count("DEFERRED"));
    report.put("seconds", begin.elapsed().as_secs());
    println!("{name}: {}", report.line());

    let after = sessions(&day.operator.management()[1]);
    assert_eq!(after, before, "the living server's session stays");
    assert!(
        day.slowest_ms <= PROMPT,
        "an answer took {} ms",
        day.slowest_ms
    );
    assert!(during > 20, "{during} reads during tries");
    assert!(day.longest_gap <= LONGEST_GAP, "{} ms", day.longest_gap);
    assert!(day.living.updates > 100);
    assert!(
        attempts.tries > 6,
        "the dead server was tried: {attempts:?}"
    );
    assert!(
        day.dead.is_registered(day.now, u64::from(LIFETIME) * 1_000),
        "the dead server lives again"
    );
    report
}

#[test]
fn a_dead_server_never_disturbs_the_other() {
    let silent = |deaf: bool| move |day: &Day| day.operator.management()[0].set_deaf(deaf);
    let halves = [
        |day: &Day| {
            let port = day.dead.port;
            day.device.control(&format!(
                "fault drop handshake server_hello peer 127.0.0.1:{port}"
            ));
            day.operator.management()[0]
                .forget_dtls()
                .expect("sessions can be forgotten");
        },
        |day: &Day| {
            day.device.control("fault clear");
        },
    ];
    let (deaf, unfinished) = std::thread::scope(|scope| {
        let deaf = scope.spawn(|| a_day("silent", silent(true), silent(false)));
        let unfinished = scope.spawn(|| a_day("unfinished", halves[0], halves[1]));
        let join = |one: std::thread::ScopedJoinHandle<'_, Report>| {
            one.join().expect("nothing was disturbed")
        };
        (join(deaf), join(unfinished))
    });
    let mut report = Report::new();
    report.put("silent", deaf.line());
    report.put("unfinished_handshakes", unfinished.line());
    report.write("two-servers.json");
}
