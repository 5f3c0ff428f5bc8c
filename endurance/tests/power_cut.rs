//! Power is cut before, within and after every write of a record or a credential, in each of the situations that write any.
//! After the next start the device has to get back to its servers by itself: registered with all of them under the accounts
//! of one bootstrap, and never of one older than the newest it has acknowledged.

use carrier_lab::request::Request;
use conformance::device::{Device, Settings};
use endurance::drive::{self, End};
use endurance::operator::{Generation, Operator};
use endurance::report::{self, Report};
use endurance::settings::{BELL, FACTORY, VERIZON, custom, of_verizon, product};
use std::path::Path;
use std::time::{Duration, Instant};

const SECOND: Duration = Duration::from_secs(1);
/// How much simulated time a device gets to reach its servers. Attempts may fail on the way, since cut devices leave
/// servers with sessions nobody answers in.
const PATIENCE: Duration = Duration::from_secs(1_800);
/// Lines of the modem's log that are printed after a problem.
const TOLD: usize = 150;
/// After so many problems a scenario ends.
const ENOUGH: usize = 3;
/// Where the modem is told of a cut.
const CUT: &str = "VIRTUAL_MODEM_CUT";

/// What happens to the device.
#[derive(Clone, Copy)]
enum Trigger {
    /// It is started.
    Start,
    /// Once registered, its first management server executes this resource.
    Execute(&'static str),
}

struct Scenario<'a> {
    name: &'static str,
    settings: Settings,
    trigger: Trigger,
    /// The operator it has to be registered with in the end.
    operator: &'a Operator,
    /// One whose servers it must not visit.
    shunned: Option<&'a Operator>,
    /// The newest generation acknowledged before.
    before: Generation,
    /// Whether accounts of that generation count as registered in the end.
    may_keep: bool,
}

/// Carries out one scenario.
type Sweep = fn() -> Outcome;

/// What a scenario has shown.
#[derive(Default)]
struct Outcome {
    writes: usize,
    cuts: usize,
    /// Devices that were cut, once or twice.
    runs: usize,
    recovered: usize,
    slowest_ms: u64,
    problems: Vec<String>,
}

impl Scenario<'_> {
    fn device(&self, cut: Option<(usize, &str)>) -> Device {
        self.operator.rewind(self.before);
        if let Some(other) = self.shunned {
            other.rewind(other.acknowledged());
        }
        let mut settings = self.settings.clone();
        if let Some((number, phase)) = cut {
            let value = format!("{number} {phase}");
            settings.environment.push((CUT.into(), value));
        }
        Device::start(settings)
    }

    /// Lets happen what is to happen; ends when it is done or at the cut.
    fn play(&self, device: &mut Device) -> Result<End, String> {
        if let Trigger::Execute(path) = self.trigger {
            let end = drive::until(device, SECOND, PATIENCE, |device| drive::registered(device))?;
            if end != End::Reached {
                return Ok(end);
            }
            let request = Request::execute(path, "").timeout(Duration::from_secs(10));
            let sent = self.operator.management()[0].send(request);
            if device.is_alive() && !sent.as_ref().is_ok_and(|reply| reply.code().is_success()) {
                tell(device);
                return Err(format!("{path}: {sent:?}"));
            }
        }
        drive::until(device, SECOND, PATIENCE, |device| {
            self.operator.settle();
            drive::registered(device)
                && self.operator.acknowledged() > self.before
                && self.operator.registered() == Ok(Some(self.operator.acknowledged()))
        })
    }

    /// Writes of an undisturbed run: the number of the first one and how many there are.
    fn count_writes(&self) -> Result<(usize, usize), String> {
        let mut device = self.device(None);
        let first = writes(device.folder());
        match self.play(&mut device)? {
            End::Reached => Ok((first, writes(device.folder()) - first)),
            end => Err(format!("without a cut: {end:?}")),
        }
    }

    /// One cut and the life after it, which is cut once more at its `again`-th write if there is one; gives the simulated
    /// milliseconds the last life took to register.
    fn cut(&self, number: usize, phase: &str, again: Option<usize>) -> Result<u64, String> {
        let mut device = self.device(Some((number, phase)));
        match self.play(&mut device)? {
            End::Cut => {}
            end => {
                tell(&device);
                return Err(format!(
                    "no cut: {end:?}; {}",
                    device.event_names().join(" ")
                ));
            }
        }
        let environment = &mut device.settings().environment;
        environment.retain(|(name, _)| name != CUT);
        if let Some(again) = again {
            let later = writes(device.folder()) + again;
            let cut = (CUT.into(), format!("{later} {phase}"));
            device.settings().environment.push(cut);
        }
        let mut acknowledged = self.restart(&mut device);
        let mut end = self.return_to_servers(&mut device)?;
        if end == End::Cut {
            acknowledged = self.restart(&mut device);
            end = self.return_to_servers(&mut device)?;
        }
        let names = || device.event_names().join(" ");
        if end != End::Reached {
            tell(&device);
            return Err(format!("not registered again: {end:?}; {}", names()));
        }
        let took = device.now_ms();
        let least = acknowledged.max(self.before + u32::from(!self.may_keep));
        match self.operator.registered()? {
            Some(generation) if generation >= least => {}
            found => {
                return Err(format!(
                    "registered with {found:?}, not {least}; {}",
                    names()
                ));
            }
        }
        if self.shunned.is_some_and(Operator::was_visited) {
            return Err(format!("visited the other operator; {}", names()));
        }
        Ok(took)
    }

    /// Starts a device anew after a cut; gives the newest generation that is acknowledged.
    fn restart(&self, device: &mut Device) -> Generation {
        // Registrations from before the cut prove nothing.
        self.operator.forget();
        device.start_again();
        self.operator.acknowledged()
    }

    fn return_to_servers(&self, device: &mut Device) -> Result<End, String> {
        drive::until(device, SECOND, PATIENCE, |device| drive::registered(device))
    }

    fn sweep(&self) -> Outcome {
        let mut outcome = Outcome::default();
        let (first, count) = match self.count_writes() {
            Ok(found) => found,
            Err(problem) => {
                outcome.problems.push(problem);
                return outcome;
            }
        };
        outcome.writes = count;
        for number in first + 1..=first + count {
            for (phase, again) in points() {
                outcome.cuts += usize::from(again.is_none());
                outcome.runs += 1;
                match self.cut(number, phase, again) {
                    Ok(took) => {
                        outcome.recovered += 1;
                        outcome.slowest_ms = outcome.slowest_ms.max(took);
                    }
                    Err(problem) => {
                        let place =
                            format!("{phase} write {} of {count}, {again:?}", number - first);
                        println!("{}: {place}: {problem}", self.name);
                        outcome.problems.push(format!("{place}: {problem}"));
                        if outcome.problems.len() == ENOUGH {
                            return outcome;
                        }
                    }
                }
            }
        }
        outcome
    }
}

/// The cuts at one write: once only, or with another one in the life after it.
fn points() -> impl Iterator<Item = (&'static str, Option<usize>)> {
    let phases = ["before", "within", "after"].into_iter();
    phases.flat_map(|phase| [None, Some(1), Some(3)].map(|again| (phase, again)))
}

/// Prints the end of the modem's log, for whoever has to find out what went wrong.
fn tell(device: &Device) {
    let log = device.log();
    let lines: Vec<&str> = log
        .lines()
        .filter(|line| !line.contains(" control "))
        .collect();
    for line in &lines[lines.len().saturating_sub(TOLD)..] {
        println!("modem | {line}");
    }
}

/// Changes of records and credentials so far.
fn writes(folder: &Path) -> usize {
    let list = std::fs::read_to_string(folder.join("modem/writes"));
    list.map_or(0, |list| list.lines().count())
}

/// A device that has been bootstrapped and registered.
fn prepared(settings: Settings, operator: &Operator) -> Device {
    let mut device = Device::start(settings);
    let end = drive::until(&mut device, SECOND, PATIENCE, |device| {
        operator.settle();
        drive::registered(device)
    });
    assert_eq!(end, Ok(End::Reached), "{:?}", device.event_names());
    assert_eq!(operator.registered(), Ok(Some(operator.acknowledged())));
    device
}

/// Settings for copies of a device whose power is off now.
fn copies(mut device: Device, settings: Settings) -> (Device, Settings) {
    device.power_cut();
    let copy_of = Some(device.folder().to_path_buf());
    (
        device,
        Settings {
            copy_of,
            ..settings
        },
    )
}

fn first_boot() -> Outcome {
    let operator = Operator::start("first", conformance::ENDPOINT, 86_400, false);
    Scenario {
        name: "first boot",
        settings: custom(&operator),
        trigger: Trigger::Start,
        operator: &operator,
        shunned: None,
        before: 0,
        may_keep: false,
    }
    .sweep()
}

fn executed(name: &'static str, path: &'static str, rotates: bool, may_keep: bool) -> Outcome {
    let operator = Operator::start("again", conformance::ENDPOINT, 86_400, rotates);
    let settings = custom(&operator);
    let device = prepared(settings.clone(), &operator);
    let before = operator.acknowledged();
    let (_original, settings) = copies(device, settings);
    Scenario {
        name,
        settings,
        trigger: Trigger::Execute(path),
        operator: &operator,
        shunned: None,
        before,
        may_keep,
    }
    .sweep()
}

fn same_operator() -> Outcome {
    let operator = Operator::start("verizon", FACTORY, 86_400, false);
    let settings = product(of_verizon(), VERIZON, &operator);
    let device = prepared(settings.clone(), &operator);
    let before = operator.acknowledged();
    device.control(
        "sim swap verizon imsi=311480000000077 iccid=8914800000000000077 msisdn=+12025550177",
    );
    let (_original, settings) = copies(device, settings);
    Scenario {
        name: "another SIM of the same operator",
        settings,
        trigger: Trigger::Start,
        operator: &operator,
        shunned: None,
        before,
        may_keep: false,
    }
    .sweep()
}

fn other_operator() -> Outcome {
    let former = Operator::start("verizon", FACTORY, 86_400, false);
    let operator = Operator::start("bell", FACTORY, 86_400, false);
    let settings = product(of_verizon(), VERIZON, &former);
    let device = prepared(settings.clone(), &former);
    device.control("sim swap bell");
    let (_original, settings) = copies(device, product(settings, BELL, &operator));
    Scenario {
        name: "a SIM of another operator",
        settings,
        trigger: Trigger::Start,
        operator: &operator,
        shunned: Some(&former),
        before: 0,
        may_keep: false,
    }
    .sweep()
}

#[test]
fn every_write_may_be_the_last_before_a_power_cut() {
    let begin = Instant::now();
    let scenarios: [(&str, Sweep); 6] = [
        ("first boot", first_boot),
        ("bootstrap by execute", || {
            executed("bootstrap by execute", "/1/0/9", false, true)
        }),
        ("bootstrap that replaces its own key", || {
            executed("bootstrap that replaces its own key", "/1/0/9", true, true)
        }),
        ("factory reset", || {
            executed("factory reset", "/3/0/5", false, true)
        }),
        ("another SIM of the same operator", same_operator),
        ("a SIM of another operator", other_operator),
    ];
    let outcomes: Vec<(&str, Outcome)> = std::thread::scope(|scope| {
        let running = scenarios.map(|(name, run)| (name, scope.spawn(run)));
        let join = |(name, thread): (_, std::thread::ScopedJoinHandle<'_, Outcome>)| {
            (name, thread.join().expect("a scenario ends by itself"))
        };
        running.into_iter().map(join).collect()
    });

    let mut lines = Vec::new();
    for (name, outcome) in &outcomes {
        let problems: Vec<String> = outcome
            .problems
            .iter()
            .map(|text| report::quoted(text))
            .collect();
        let mut line = Report::new();
        line.text("scenario", name);
        line.put("writes", outcome.writes);
        line.put("cut_points", outcome.cuts);
        line.put("runs", outcome.runs);
        line.put("recovered", outcome.recovered);
        line.put("slowest_recovery_ms", outcome.slowest_ms);
        line.put("problems", format!("[{}]", problems.join(", ")));
        lines.push(line.line());
    }
    let sum = |of: fn(&Outcome) -> usize| outcomes.iter().map(|(_, one)| of(one)).sum::<usize>();
    let mut report = Report::new();
    report.put("cut_points", sum(|one| one.cuts));
    report.put("runs", sum(|one| one.runs));
    report.put("recovered", sum(|one| one.recovered));
    report.put("seconds", begin.elapsed().as_secs());
    report.put("scenarios", report::list(&lines));
    report.write("power-cut.json");

    for (name, outcome) in &outcomes {
        assert!(
            outcome.problems.is_empty(),
            "{name}: {:?}",
            outcome.problems
        );
        assert!(outcome.writes > 0, "{name} writes nothing");
    }
}
