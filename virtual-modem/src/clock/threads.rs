//! Which threads take part in a clock, and the clock's own thread for scheduled actions.

use super::Clock;
use std::cell::RefCell;
use std::sync::{Arc, Condvar};

/// Membership of one thread in one clock; ends when the thread ends.
struct Participant {
    clock: Clock,
    id: u64,
    wake: Arc<Condvar>,
}

thread_local! {
    static MEMBERSHIPS: RefCell<Vec<Participant>> = const { RefCell::new(Vec::new()) };
}

impl Clock {
    /// Runs `action` at simulated time `at_ms` on the clock's own thread, in order of time, then of scheduling. It must
    /// not wait.
    pub fn schedule(&self, at_ms: i64, action: impl FnOnce() + Send + 'static) {
        let start = {
            let mut state = self.lock();
            let id = state.take_id();
            state.schedule.insert((at_ms, id), Box::new(action));
            !std::mem::replace(&mut state.dispatcher_started, true)
        };
        if start {
            let clock = self.clone();
            self.spawn("clock", move || clock.dispatch());
        } else {
            self.signal(&self.0.schedule_changed);
        }
    }

    /// Makes the calling thread a participant even before its first wait.
    pub fn enter(&self, name: &str) {
        self.membership(Some(name));
    }

    /// Keeps skipped time from jumping until a thread takes part, if none does now: what is scheduled must not run before
    /// the application has begun.
    pub fn hold(&self) {
        let mut state = self.lock();
        state.held = state.participants.is_empty();
    }

    /// Ends the participation of the calling thread; a later wait starts it again.
    pub fn leave(&self) {
        let leaving = MEMBERSHIPS.with(|memberships| {
            let mut memberships = memberships.borrow_mut();
            let found = memberships
                .iter()
                .position(|member| Arc::ptr_eq(&member.clock.0, &self.0));
            found.map(|index| memberships.remove(index))
        });
        drop(leaving);
    }

    /// Starts a thread that is a participant from this call on, so that time cannot jump before it runs.
    pub fn spawn(
        &self,
        name: &str,
        body: impl FnOnce() + Send + 'static,
    ) -> std::thread::JoinHandle<()> {
        self.spawn_with_stack(name, None, body)
    }

    /// Like [`Clock::spawn`], with a stack of that many bytes.
    pub fn spawn_with_stack(
        &self,
        name: &str,
        stack: Option<usize>,
        body: impl FnOnce() + Send + 'static,
    ) -> std::thread::JoinHandle<()> {
        let id = {
            let mut state = self.lock();
            let id = state.take_id();
            state.participants.insert(id, name.to_string());
            id
        };
        let clock = self.clone();
        let mut builder = std::thread::Builder::new().name(name.replace('\0', " "));
        if let Some(bytes) = stack {
            builder = builder.stack_size(bytes);
        }
        let run = move || {
            let member = Participant {
                clock,
                id,
                wake: Arc::new(Condvar::new()),
            };
            MEMBERSHIPS.with(|memberships| memberships.borrow_mut().push(member));
            body();
        };
        builder.spawn(run).expect("the system gives threads")
    }

    fn dispatch(&self) {
        loop {
            let ticket = self.0.schedule_changed.ticket();
            let (due, next) = {
                let mut state = self.lock();
                let now = state.now();
                let first = state.schedule.first_key_value().map(|(key, _)| key.0);
                match first {
                    Some(at) if at <= now => (state.schedule.pop_first(), None),
                    _ => (None, first),
                }
            };
            match due {
                Some((_, action)) => action(),
                None => {
                    self.wait_since(&self.0.schedule_changed, ticket, next);
                }
            }
        }
    }

    /// Id and condition variable of the calling thread, which becomes a participant if it is none.
    pub(super) fn membership(&self, name: Option<&str>) -> (u64, Arc<Condvar>) {
        MEMBERSHIPS.with(|memberships| {
            let mut memberships = memberships.borrow_mut();
            if let Some(member) = memberships
                .iter()
                .find(|member| Arc::ptr_eq(&member.clock.0, &self.0))
            {
                return (member.id, Arc::clone(&member.wake));
            }
            let thread = std::thread::current();
            let name = name.or(thread.name()).unwrap_or("application").to_string();
            let mut state = self.lock();
            let id = state.take_id();
            state.participants.insert(id, name);
            state.held = false;
            drop(state);
            let wake = Arc::new(Condvar::new());
            memberships.push(Participant {
                clock: self.clone(),
                id,
                wake: Arc::clone(&wake),
            });
            (id, wake)
        })
    }
}

impl Drop for Participant {
    fn drop(&mut self) {
        let mut state = self.clock.lock();
        state.participants.remove(&self.id);
        // The last runner may have gone: somebody who waits must look again.
        if let Some(waiter) = state.waiters.iter().find(|waiter| !waiter.goes_on()) {
            waiter.wake.notify_one();
        }
        self.clock.0.idle.notify_all();
    }
}
