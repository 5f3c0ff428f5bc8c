//! Servers that take a registration and then make it worthless at once, for half a day. Each single attempt succeeds, so nothing
//! counts as a failure; the device has to stay calm all the same.

use carrier_lab::answer::Answer;
use carrier_lab::coap::Code;
use carrier_lab::event::{Event, Operation};
use conformance::device::Device;
use endurance::drive::{self, End};
use endurance::operator::Operator;
use endurance::settings::custom;
use endurance::watch::{HOUR, Watch};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// Hours of misbehaviour.
const HOURS: u64 = 12;
/// Lifetime of registrations in seconds.
const LIFETIME: u32 = 600;
/// Most sessions a device may open with one server in an hour: one for each Update, or a first sequence of tries.
const MOST_AN_HOUR: usize = 10;

/// Registers a device, lets `misbehave` act at the first server each time something happened there, and tells how often the device
/// came to that server in its busiest hour.
fn busiest_hour(name: &str, misbehave: impl Fn(&Operator, &Event) + Sync) -> usize {
    let operator = Operator::start(name, conformance::ENDPOINT, LIFETIME, false);
    let mut device = Device::start(custom(&operator));
    let step = Duration::from_secs(1);
    let end = drive::until(&mut device, step, step * 60, |device| {
        operator.settle();
        drive::registered(device)
    });
    assert_eq!(end, Ok(End::Reached));
    let watch = Watch::new(&operator.management()[0]);
    let stop = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !stop.load(Ordering::SeqCst) {
                let server = &operator.management()[0];
                let next = server.wait_event(Duration::from_millis(5), |event| Some(event.clone()));
                if let Some(event) = next {
                    misbehave(&operator, &event);
                }
            }
        });
        for _ in 0..HOURS * 60 {
            drive::pass(&mut device, Duration::from_millis(HOUR / 60)).expect("the device lives");
            let tries = watch.attempts(&device, &[0]).tries;
            if tries > MOST_AN_HOUR * (HOURS as usize + 1) {
                break;
            }
        }
        stop.store(true, Ordering::SeqCst);
    });
    let attempts = watch.attempts(&device, &[0]);
    println!("{name}: {attempts:?}");
    assert!(attempts.tries > 1, "{name}: it has misbehaved");
    attempts.most_an_hour
}

#[test]
fn a_server_that_ends_each_session_is_not_stormed() {
    let most = busiest_hour("ending", |operator, event| {
        if let Event::Registered(registration) = event {
            let wire = &operator.management()[0].wires()[registration.peer.wire];
            // A session that has ended already needs no end.
            let _ = wire.close_dtls(registration.peer.address);
        }
    });
    assert!(most <= MOST_AN_HOUR, "{most} sessions in an hour");
}

#[test]
fn a_server_that_forgets_each_registration_is_not_stormed() {
    let most = busiest_hour("forgetful", |operator, event| {
        if let Event::Registered(_) = event {
            operator.management()[0].answer(
                Operation::Update,
                Answer::Code(Code::NOT_FOUND, None),
                None,
            );
        }
    });
    assert!(most <= MOST_AN_HOUR, "{most} sessions in an hour");
}
