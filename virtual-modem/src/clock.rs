//! The simulated clock of the process: all waiting of the virtual modem and of the hooks goes through it.
//!
//! A thread that waits here is a *participant*. In the modes `skip` and `step` time stands still while a participant
//! runs, and those who wait go on one at a time, so that a run repeats: first who was signalled, in order of the
//! signals; when there is none, time jumps to the earliest deadline. Traffic on real sockets holds the next jump back for
//! a short real time, so that an answer can arrive.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant};

/// Real time after which a signalled thread goes on although another participant runs: that one may be blocked outside.
const PATIENCE: Duration = Duration::from_millis(100);

/// How simulated time moves.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Mode {
    /// With real time.
    Real,
    /// Real time multiplied.
    Scale(f64),
    /// Jumps over every time in which all participants wait.
    Skip,
    /// Only within [`Clock::advance`]; there it behaves like `Skip`.
    Step,
}

impl Mode {
    /// Reads `real`, `skip`, `step` or `scale:<factor above 0>`.
    pub fn parse(text: &str) -> Option<Mode> {
        match text {
            "real" => Some(Mode::Real),
            "skip" => Some(Mode::Skip),
            "step" => Some(Mode::Step),
            _ => {
                let factor: f64 = text.strip_prefix("scale:")?.parse().ok()?;
                (factor > 0.0 && factor.is_finite()).then_some(Mode::Scale(factor))
            }
        }
    }

    fn rate(self) -> f64 {
        match self {
            Mode::Real => 1.0,
            Mode::Scale(factor) => factor,
            Mode::Skip | Mode::Step => 0.0,
        }
    }
}

/// Why a wait ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Woken {
    /// The event was signalled.
    Signalled,
    /// The deadline is reached.
    TimedOut,
}

/// Something to wait for. A signal wakes every waiter; the waiters look again at what they wait for.
#[derive(Debug, Default)]
pub struct Event(AtomicU64);

impl Event {
    /// An event that was never signalled.
    pub const fn new() -> Event {
        Event(AtomicU64::new(0))
    }

    /// Number of signals so far. Take it before looking at the state, give it to [`Clock::wait_since`].
    pub fn ticket(&self) -> u64 {
        self.0.load(Ordering::SeqCst)
    }

    /// Signals on the process clock.
    pub fn signal(&self) {
        clock().signal(self);
    }
}

/// A clock; the process has one ([`clock`]), tests make their own. Clones are the same clock.
#[derive(Clone)]
pub struct Clock(Arc<Inner>);

struct Inner {
    state: Mutex<State>,
    /// Notified when all participants wait (mode `step`).
    idle: Condvar,
    schedule_changed: Event,
    /// Simulated network time (Unix ms) minus simulated time.
    network_offset: AtomicI64,
    grace: Duration,
}

struct State {
    mode: Mode,
    anchor_ms: i64,
    anchor_real: Instant,
    step_target: i64,
    participants: BTreeMap<u64, String>,
    waiters: Vec<Waiter>,
    last_activity: Option<Instant>,
    next_id: u64,
    jumps: u64,
    schedule: BTreeMap<(i64, u64), Box<dyn FnOnce() + Send>>,
    dispatcher_started: bool,
    /// No thread of the application takes part yet: time does not jump in mode `skip`.
    held: bool,
}

struct Waiter {
    participant: u64,
    event: usize,
    deadline: Option<i64>,
    woken: Option<Woken>,
    /// Order of the signal and when it came, until it is this waiter's turn.
    ready: Option<(u64, Instant)>,
    wake: Arc<Condvar>,
}

impl Waiter {
    fn goes_on(&self) -> bool {
        self.woken.is_some() && self.ready.is_none()
    }
}

enum Pump {
    Busy,
    Idle,
    Woke,
    After(Duration),
}

static PROCESS_CLOCK: OnceLock<Clock> = OnceLock::new();

/// The clock of this process, made at first use from `VIRTUAL_MODEM_CLOCK` (default `real`), `VIRTUAL_MODEM_UPTIME`
/// (simulated ms at start, default 0) and `VIRTUAL_MODEM_GRACE` (real ms a datagram holds back a jump, default 25).
pub fn clock() -> &'static Clock {
    PROCESS_CLOCK.get_or_init(|| {
        let number = |name: &str| {
            std::env::var(name)
                .ok()
                .and_then(|text| text.parse::<i64>().ok())
        };
        let text = std::env::var("VIRTUAL_MODEM_CLOCK").unwrap_or_else(|_| "real".into());
        let mode = Mode::parse(&text).unwrap_or_else(|| {
            eprintln!(
                "virtual-modem: VIRTUAL_MODEM_CLOCK={text} is not real, scale:N, skip or step"
            );
            std::process::exit(64);
        });
        let grace = number("VIRTUAL_MODEM_GRACE").unwrap_or(25).max(0);
        Clock::new(
            mode,
            number("VIRTUAL_MODEM_UPTIME").unwrap_or(0),
            Duration::from_millis(grace as u64),
        )
    })
}

impl Clock {
    /// A clock that starts at `start_ms`. `grace` is the real time for which [`Clock::activity`] holds back a jump.
    pub fn new(mode: Mode, start_ms: i64, grace: Duration) -> Clock {
        Clock(Arc::new(Inner {
            state: Mutex::new(State {
                mode,
                anchor_ms: start_ms,
                anchor_real: Instant::now(),
                step_target: start_ms,
                participants: BTreeMap::new(),
                waiters: Vec::new(),
                last_activity: None,
                next_id: 1,
                jumps: 0,
                schedule: BTreeMap::new(),
                dispatcher_started: false,
                held: false,
            }),
            idle: Condvar::new(),
            schedule_changed: Event::new(),
            network_offset: AtomicI64::new(0),
            grace,
        }))
    }

    /// Simulated milliseconds since the process started; never goes backwards.
    pub fn now_ms(&self) -> i64 {
        self.lock().now()
    }

    /// Simulated time of the mobile network in Unix milliseconds.
    pub fn network_ms(&self) -> i64 {
        self.now_ms() + self.0.network_offset.load(Ordering::SeqCst)
    }

    /// Makes it `unix_ms` in the mobile network now.
    pub fn set_network_ms(&self, unix_ms: i64) {
        self.0
            .network_offset
            .store(unix_ms - self.now_ms(), Ordering::SeqCst);
    }

    /// Waits for a signal given after this call, or until simulated time reaches `deadline_ms` (`None`: no limit).
    pub fn wait(&self, event: &Event, deadline_ms: Option<i64>) -> Woken {
        self.wait_since(event, event.ticket(), deadline_ms)
    }

    /// Like [`Clock::wait`], but a signal given since `ticket` was taken counts too.
    pub fn wait_since(&self, event: &Event, ticket: u64, deadline_ms: Option<i64>) -> Woken {
        let (id, wake) = self.membership(None);
        let mut state = self.lock();
        if event.ticket() != ticket {
            return Woken::Signalled;
        }
        // In skipped time even this lets others go on: who polls in a loop must not stop them.
        if state.mode.rate() > 0.0 && deadline_ms.is_some_and(|deadline| deadline <= state.now()) {
            return Woken::TimedOut;
        }
        state.waiters.push(Waiter {
            participant: id,
            event: std::ptr::from_ref(event) as usize,
            deadline: deadline_ms,
            woken: None,
            ready: None,
            wake: Arc::clone(&wake),
        });
        loop {
            let now = state.now();
            let rate = state.mode.rate();
            let mine = state
                .waiters
                .iter()
                .position(|waiter| waiter.participant == id);
            let Some(mine) = mine else {
                return Woken::Signalled;
            };
            let waiter = &mut state.waiters[mine];
            if waiter
                .ready
                .is_some_and(|(_, since)| since.elapsed() >= PATIENCE)
            {
                waiter.ready = None;
            }
            let woken = if rate > 0.0 {
                let late = deadline_ms.is_some_and(|deadline| deadline <= now);
                waiter.woken.or(late.then_some(Woken::TimedOut))
            } else {
                waiter.woken.filter(|_| waiter.goes_on())
            };
            if let Some(woken) = woken {
                state.waiters.remove(mine);
                return woken;
            }
            let limit = if rate > 0.0 {
                deadline_ms.map(|deadline| {
                    Duration::from_secs_f64((deadline - now) as f64 / rate / 1000.0)
                })
            } else {
                match self.pump(&mut state) {
                    Pump::Woke => {
                        let me = state.waiters.iter().find(|waiter| waiter.participant == id);
                        if me.is_none_or(Waiter::goes_on) {
                            continue;
                        }
                        Some(PATIENCE)
                    }
                    Pump::Busy | Pump::Idle => Some(PATIENCE),
                    Pump::After(grace) => Some(grace),
                }
            };
            state = match limit {
                Some(limit) => {
                    wake.wait_timeout(state, limit)
                        .unwrap_or_else(PoisonError::into_inner)
                        .0
                }
                None => wake.wait(state).unwrap_or_else(PoisonError::into_inner),
            };
        }
    }

    /// Waits until `look` gives a value; it is called at once and after each signal. `None` at the deadline.
    pub fn wait_for<T>(
        &self,
        event: &Event,
        deadline_ms: Option<i64>,
        mut look: impl FnMut() -> Option<T>,
    ) -> Option<T> {
        loop {
            let ticket = event.ticket();
            if let Some(found) = look() {
                return Some(found);
            }
            if self.wait_since(event, ticket, deadline_ms) == Woken::TimedOut {
                return look();
            }
        }
    }

    /// Sleeps for `ms` of simulated time.
    pub fn sleep_ms(&self, ms: i64) {
        let never = Event::new();
        let deadline = self.now_ms().saturating_add(ms.max(0));
        self.wait(&never, Some(deadline));
    }

    /// Wakes every waiter of `event`; a thread that took its ticket before does not sleep.
    pub fn signal(&self, event: &Event) {
        let key = std::ptr::from_ref(event) as usize;
        let mut state = self.lock();
        event.0.fetch_add(1, Ordering::SeqCst);
        let at_once = state.mode.rate() > 0.0;
        let order = state.take_id();
        let mut any = false;
        for waiter in &mut state.waiters {
            if waiter.event != key || waiter.woken.is_some() {
                continue;
            }
            waiter.woken = Some(Woken::Signalled);
            if at_once {
                waiter.wake.notify_one();
            } else {
                waiter.ready = Some((order, Instant::now()));
                any = true;
            }
        }
        if any {
            self.pump(&mut state);
        }
    }

    /// A datagram was sent or received: the next jump waits for the grace time.
    pub fn activity(&self) {
        self.lock().last_activity = Some(Instant::now());
    }

    /// Mode now.
    pub fn mode(&self) -> Mode {
        self.lock().mode
    }

    /// Changes the mode; time goes on from where it is.
    pub fn set_mode(&self, mode: Mode) {
        let mut state = self.lock();
        let now = state.now();
        state.anchor_ms = now;
        state.anchor_real = Instant::now();
        state.step_target = now;
        state.mode = mode;
        for waiter in &mut state.waiters {
            waiter.ready = None;
            waiter.wake.notify_one();
        }
    }

    /// Moves time on by `ms` (mode `step` only) and returns when all that falls into it has happened. Fails when a
    /// participant does not wait within 10 s of real time. Call it from a thread that is no participant.
    pub fn advance(&self, ms: i64) -> Result<i64, String> {
        let mut state = self.lock();
        if state.mode != Mode::Step {
            return Err("clock advance needs mode step".into());
        }
        state.step_target = state.anchor_ms + ms.max(0);
        let mut patience = Instant::now() + Duration::from_secs(10);
        let mut seen = state.jumps;
        loop {
            let pause = match self.pump(&mut state) {
                Pump::Idle => return Ok(state.anchor_ms),
                Pump::After(grace) => grace,
                Pump::Busy | Pump::Woke => Duration::from_secs(1),
            };
            if state.jumps != seen {
                seen = state.jumps;
                patience = Instant::now() + Duration::from_secs(10);
            }
            if Instant::now() > patience {
                return Err(format!(
                    "running, not waiting: {}",
                    state.running_names().join(", ")
                ));
            }
            state = self
                .0
                .idle
                .wait_timeout(state, pause)
                .unwrap_or_else(PoisonError::into_inner)
                .0;
        }
    }

    /// Number of jumps so far (modes `skip` and `step`).
    pub fn jumps(&self) -> u64 {
        self.lock().jumps
    }

    /// Names of the participants that do not wait.
    pub fn running(&self) -> Vec<String> {
        self.lock().running_names()
    }

    /// Lets one waiter go on if nobody runs and the mode allows it.
    fn pump(&self, state: &mut State) -> Pump {
        let waiting = state
            .waiters
            .iter()
            .filter(|waiter| !waiter.goes_on())
            .count();
        if state.participants.len() > waiting {
            return Pump::Busy;
        }
        let signalled = state
            .waiters
            .iter_mut()
            .filter(|waiter| waiter.ready.is_some());
        if let Some(waiter) = signalled.min_by_key(|waiter| waiter.ready.map(|(order, _)| order)) {
            waiter.ready = None;
            waiter.wake.notify_one();
            return Pump::Woke;
        }
        let now = state.anchor_ms;
        let limit = if state.mode == Mode::Step {
            state.step_target.max(now)
        } else {
            i64::MAX
        };
        let sleepers = state
            .waiters
            .iter()
            .enumerate()
            .filter(|(_, waiter)| waiter.woken.is_none());
        let earliest = sleepers
            .filter_map(|(index, waiter)| Some((waiter.deadline.filter(|at| *at <= limit)?, index)))
            .min();
        let jump = earliest.is_none_or(|(deadline, _)| deadline > now);
        if state.held && jump && state.mode == Mode::Skip {
            return Pump::Idle;
        }
        if let Some(at) = state.last_activity.filter(|_| jump) {
            let elapsed = at.elapsed();
            if elapsed < self.0.grace {
                self.0.idle.notify_all();
                return Pump::After(self.0.grace - elapsed);
            }
            state.last_activity = None;
        }
        let Some((deadline, index)) = earliest else {
            if state.mode == Mode::Step {
                state.anchor_ms = state.anchor_ms.max(state.step_target);
                self.0.idle.notify_all();
            }
            return Pump::Idle;
        };
        state.anchor_ms = state.anchor_ms.max(deadline);
        state.jumps += 1;
        let waiter = &mut state.waiters[index];
        waiter.woken = Some(Woken::TimedOut);
        waiter.wake.notify_one();
        Pump::Woke
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn now(&self) -> i64 {
        let rate = self.mode.rate();
        if rate == 0.0 {
            return self.anchor_ms;
        }
        self.anchor_ms + (self.anchor_real.elapsed().as_secs_f64() * rate * 1000.0) as i64
    }

    fn take_id(&mut self) -> u64 {
        self.next_id += 1;
        self.next_id
    }

    fn running_names(&self) -> Vec<String> {
        let sleeps = |id: u64| {
            self.waiters
                .iter()
                .any(|waiter| waiter.participant == id && !waiter.goes_on())
        };
        self.participants
            .iter()
            .filter(|(id, _)| !sleeps(**id))
            .map(|(_, name)| name.clone())
            .collect()
    }
}

mod c;
mod threads;

pub use c::*;

#[cfg(test)]
mod tests;
