//! Behaviour of the clock in each mode.

use super::*;
use std::sync::mpsc;

fn skipping() -> Clock {
    Clock::new(Mode::Skip, 0, Duration::from_millis(3))
}

#[test]
fn modes_are_read_from_text() {
    assert_eq!(Mode::parse("scale:60"), Some(Mode::Scale(60.0)));
    assert_eq!(Mode::parse("skip"), Some(Mode::Skip));
    assert_eq!(Mode::parse("scale:0"), None);
    assert_eq!(Mode::parse("fast"), None);
}

#[test]
fn a_month_of_hourly_work_is_skipped_quickly() {
    let clock = skipping();
    let started = Instant::now();
    for _ in 0..30 * 24 {
        clock.sleep_ms(3_600_000);
    }
    assert_eq!(clock.now_ms(), 30 * 24 * 3_600_000);
    assert!(started.elapsed() < Duration::from_secs(2));
}

#[test]
fn twenty_thousand_jumps_take_less_than_a_second() {
    let clock = skipping();
    let started = Instant::now();
    clock.enter("main");
    let other = {
        let clock = clock.clone();
        clock
            .clone()
            .spawn("other", move || (0..10_000).for_each(|_| clock.sleep_ms(7)))
    };
    (0..10_000).for_each(|_| clock.sleep_ms(5));
    clock.leave();
    other.join().unwrap();
    assert_eq!(clock.now_ms(), 70_000);
    assert!(clock.jumps() >= 20_000);
    assert!(
        started.elapsed() < Duration::from_secs(1),
        "{:?}",
        started.elapsed()
    );
}

#[test]
fn time_stands_still_while_a_participant_runs() {
    let clock = skipping();
    let (tell, told) = mpsc::channel::<()>();
    clock.enter("runner");
    let sleeper = {
        let clock = clock.clone();
        clock.clone().spawn("sleeper", move || {
            tell.send(()).unwrap();
            clock.sleep_ms(1000);
        })
    };
    told.recv().unwrap();
    std::thread::sleep(Duration::from_millis(20));
    assert_eq!(clock.now_ms(), 0);
    assert_eq!(clock.running(), ["runner"]);
    clock.leave();
    sleeper.join().unwrap();
    assert_eq!(clock.now_ms(), 1000);
}

#[test]
fn a_signal_after_the_ticket_is_not_lost() {
    let clock = skipping();
    let event = Event::new();
    let ticket = event.ticket();
    clock.signal(&event);
    assert_eq!(clock.wait_since(&event, ticket, Some(10)), Woken::Signalled);
    assert_eq!(clock.wait(&event, Some(10)), Woken::TimedOut);
    assert_eq!(clock.now_ms(), 10);
}

#[test]
fn traffic_holds_a_jump_back_once() {
    let clock = Clock::new(Mode::Skip, 0, Duration::from_millis(30));
    clock.activity();
    let started = Instant::now();
    clock.sleep_ms(1000);
    assert!(started.elapsed() >= Duration::from_millis(28));
    let again = Instant::now();
    clock.sleep_ms(1000);
    assert!(again.elapsed() < Duration::from_millis(20));
}

#[test]
fn scheduled_actions_run_in_order_of_time() {
    let clock = skipping();
    clock.enter("test");
    let (tell, told) = mpsc::channel();
    for (at, name) in [(300, "c"), (100, "a"), (100, "b")] {
        let tell = tell.clone();
        let inner = clock.clone();
        clock.schedule(at, move || tell.send((inner.now_ms(), name)).unwrap());
    }
    clock.sleep_ms(400);
    let seen: Vec<_> = told.try_iter().collect();
    assert_eq!(seen, [(100, "a"), (100, "b"), (300, "c")]);
}

#[test]
fn step_mode_moves_only_on_command() {
    let clock = Clock::new(Mode::Step, 0, Duration::ZERO);
    let (tell, told) = mpsc::channel();
    let ticker = clock.clone();
    clock.spawn("ticker", move || {
        for _ in 0..3 {
            ticker.sleep_ms(1000);
            tell.send(ticker.now_ms()).unwrap();
        }
    });
    assert_eq!(clock.advance(999), Ok(999));
    assert!(told.try_recv().is_err());
    assert_eq!(clock.advance(1), Ok(1000));
    assert_eq!(told.try_recv(), Ok(1000));
    assert_eq!(clock.advance(5000), Ok(6000));
    assert_eq!(told.try_iter().collect::<Vec<_>>(), [2000, 3000]);
}

#[test]
fn scaled_time_runs_faster() {
    let clock = Clock::new(Mode::Scale(1000.0), 0, Duration::ZERO);
    let started = Instant::now();
    clock.sleep_ms(20_000);
    assert!(clock.now_ms() >= 20_000);
    assert!(started.elapsed() < Duration::from_secs(1));
}

#[test]
fn uptime_passes_two_to_the_32() {
    let start = (1 << 32) - 500;
    let clock = Clock::new(Mode::Skip, start, Duration::ZERO);
    clock.sleep_ms(1000);
    assert_eq!(clock.now_ms(), start + 1000);
    clock.set_network_ms(4_102_444_800_000);
    clock.sleep_ms(1000);
    assert_eq!(clock.network_ms(), 4_102_444_801_000);
}

#[test]
fn a_signalled_thread_goes_on_although_another_is_blocked_outside() {
    let clock = skipping();
    static EVENT: Event = Event::new();
    let (tell, told) = mpsc::channel::<()>();
    let waiter = {
        let clock = clock.clone();
        clock.clone().spawn("waiter", move || {
            let ticket = EVENT.ticket();
            tell.send(()).unwrap();
            assert_eq!(clock.wait_since(&EVENT, ticket, None), Woken::Signalled);
        })
    };
    clock.enter("blocked in join");
    told.recv().unwrap();
    std::thread::sleep(Duration::from_millis(20));
    clock.signal(&EVENT);
    waiter.join().unwrap();
    clock.leave();
}

#[test]
fn held_time_waits_for_the_first_thread_that_takes_part() {
    let clock = Clock::new(Mode::Skip, 0, Duration::ZERO);
    clock.hold();
    let (done, due) = std::sync::mpsc::channel();
    clock.schedule(200, move || done.send(()).unwrap());
    assert!(due.recv_timeout(Duration::from_millis(250)).is_err());
    assert_eq!(clock.now_ms(), 0);
    clock.sleep_ms(1000);
    assert!(due.try_recv().is_ok());
    assert_eq!(clock.now_ms(), 1000);
}
