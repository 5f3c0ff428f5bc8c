//! The exported functions against the virtual modem, in one process: every documented result, before and after init, from the handler
//! and from many threads at once while the library runs and talks to a server.
//!
//! One test function: the library has one state for each process, and the order of calls is part of what is tested.

use std::ffi::{CStr, c_char, c_int};
use std::net::UdpSocket;
use std::ptr::{null, null_mut};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use lwm2m_carrier::abi::*;
use lwm2m_carrier::api::app_data::*;
use lwm2m_carrier::api::device::*;
use lwm2m_carrier::api::lifecycle::*;
use lwm2m_carrier::api::location::*;
use lwm2m_carrier::api::portfolio::*;
use lwm2m_carrier::api::time::*;

// Defines the hooks and the modem library.
extern crate virtual_modem;

const EPERM: c_int = -1;
const ENOENT: c_int = -2;
const EIO: c_int = -5;
const E2BIG: c_int = -7;
const ENOMEM: c_int = -12;
const EFAULT: c_int = -14;
const ENODEV: c_int = -19;
const EINVAL: c_int = -22;

/// Events in the order they came, with the thread they came on.
static EVENTS: Mutex<Vec<(u32, thread::ThreadId)>> = Mutex::new(Vec::new());

/// Whether the handler found the setters usable in every event so far.
static USABLE_IN_HANDLER: AtomicBool = AtomicBool::new(true);

#[unsafe(no_mangle)]
extern "C" fn lwm2m_carrier_event_handler(event: *const lwm2m_carrier_event_t) -> c_int {
    // SAFETY: the library promises a valid event.
    let number = unsafe { (*event).r#type };
    EVENTS
        .lock()
        .unwrap()
        .push((number, thread::current().id()));
    if lwm2m_carrier_memory_total_set(64) != 0 || lwm2m_carrier_error_code_add(0) != 0 {
        USABLE_IN_HANDLER.store(false, Ordering::Relaxed);
    }
    if number == LWM2M_CARRIER_EVENT_ERROR {
        // SAFETY: this event has this payload.
        let error = unsafe { *(*event).data.error };
        assert_eq!(
            (error.r#type, error.value),
            (LWM2M_CARRIER_ERROR_INTERNAL, EIO)
        );
    }
    match number {
        LWM2M_CARRIER_EVENT_LTE_LINK_UP => at(c"AT+CFUN=1"),
        LWM2M_CARRIER_EVENT_LTE_LINK_DOWN => at(c"AT+CFUN=4"),
        LWM2M_CARRIER_EVENT_LTE_POWER_OFF => at(c"AT+CFUN=0"),
        _ => 0,
    }
}

unsafe extern "C" {
    fn nrf_modem_at_printf(format: *const c_char, ...) -> c_int;
    safe fn lwm2m_os_nrf_modem_shutdown() -> c_int;
}

fn at(command: &CStr) -> c_int {
    // SAFETY: a command without conversions.
    unsafe { nrf_modem_at_printf(command.as_ptr()) }
}

#[test]
fn every_function_answers_as_documented() {
    // The modem writes to its folder until the process ends, so the next run clears it.
    let scratch = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("c_api");
    let _ = std::fs::remove_dir_all(&scratch);
    // SAFETY: no other thread runs yet.
    unsafe {
        std::env::set_var("VIRTUAL_MODEM_DIR", &scratch);
        // A modem that is gone is noticed with the next command, which can be a minute away.
        std::env::set_var("VIRTUAL_MODEM_CLOCK", "scale:20");
    }

    before_init();
    invalid_settings();
    assert!(
        EVENTS.lock().unwrap().is_empty(),
        "no event before a valid init"
    );

    let server = UdpSocket::bind("127.0.0.1:0").unwrap();
    let uri = format!("coap://127.0.0.1:{}\0", server.local_addr().unwrap().port()).leak();
    let config = lwm2m_carrier_config_t {
        server_uri: uri.as_ptr().cast(),
        psk: c"".as_ptr(),
        server_lifetime: 300,
        ..defaults()
    };
    // SAFETY: a valid structure whose strings live for ever.
    assert_eq!(unsafe { lwm2m_carrier_init(&config) }, 0);
    let me = thread::current().id();
    assert_eq!(
        *EVENTS.lock().unwrap(),
        [(LWM2M_CARRIER_EVENT_INIT, me)],
        "INIT comes from the thread that calls init"
    );
    // SAFETY: as above.
    assert_eq!(
        unsafe { lwm2m_carrier_init(&config) },
        EFAULT,
        "a second init"
    );

    assert_eq!(
        lwm2m_carrier_power_source_voltage_set(0, 3_300),
        0,
        "the one source is DC"
    );
    device();
    portfolio();
    location();
    app_data();
    clock();

    let run = thread::spawn(|| lwm2m_carrier_run());
    answer_registration(&server);
    wait_for_event(LWM2M_CARRIER_EVENT_REGISTERED);
    lwm2m_carrier_run();
    assert!(
        !run.is_finished(),
        "a second caller of run returns, the first goes on"
    );
    from_many_threads();
    device();
    let runner = run.thread().id();
    assert_eq!(lwm2m_os_nrf_modem_shutdown(), 0);
    run.join()
        .expect("run returns when the modem library is gone");
    let events = EVENTS.lock().unwrap();
    let numbers: Vec<u32> = events.iter().map(|(number, _)| *number).collect();
    assert_eq!(
        numbers,
        [
            LWM2M_CARRIER_EVENT_INIT,
            LWM2M_CARRIER_EVENT_LTE_LINK_UP,
            LWM2M_CARRIER_EVENT_REGISTERED,
            LWM2M_CARRIER_EVENT_ERROR
        ]
    );
    assert!(
        events.iter().skip(1).all(|(_, thread)| *thread == runner),
        "later events come from the thread of run"
    );
    assert!(USABLE_IN_HANDLER.load(Ordering::Relaxed));
}

fn defaults() -> lwm2m_carrier_config_t {
    lwm2m_carrier_config_t {
        certification_mode: false,
        disable_bootstrap_from_smartcard: false,
        is_bootstrap_server: false,
        server_uri: null(),
        server_lifetime: 0,
        session_idle_timeout: 0,
        psk: null(),
        apn: null(),
        manufacturer: null(),
        model_number: null(),
        device_type: null(),
        hardware_version: null(),
        software_version: null(),
        service_code: null(),
    }
}

fn before_init() {
    lwm2m_carrier_run();
    assert_eq!(power_sources(&[0]), ENOENT);
    assert_eq!(lwm2m_carrier_error_code_add(1), ENOENT);
    assert_eq!(lwm2m_carrier_location_set(0.0, 0.0, 0.0, 0, 0.0), ENOENT);
    assert_eq!(
        lwm2m_carrier_velocity_set(0, 0.0, f32::NAN, f32::NAN, f32::NAN),
        ENOENT
    );
    assert_eq!(uplink(b"x"), ENOENT);
    assert_eq!(lwm2m_carrier_portfolio_instance_create(7), ENOENT);
    assert_eq!(identity(0, 0, 200), Err((ENOENT, 200)));
    assert_eq!(write_identity(7, 0, c"x"), ENOENT);

    // No power source is declared yet.
    assert_eq!(lwm2m_carrier_power_source_voltage_set(0, 3_300), ENODEV);
    assert_eq!(lwm2m_carrier_power_source_current_set(0, 10), ENODEV);
    assert_eq!(lwm2m_carrier_power_source_current_set(3, 10), EINVAL);
    // A value the library keeps for the time after.
    assert_eq!(lwm2m_carrier_memory_total_set(256), 0);
    assert_eq!(lwm2m_carrier_battery_level_set(50), ENODEV);
    assert_eq!(lwm2m_carrier_battery_level_set(101), EINVAL);
    assert_eq!(lwm2m_carrier_error_code_remove(9), EINVAL);
    assert_eq!(lwm2m_carrier_error_code_remove(1), ENOENT);
}

fn invalid_settings() {
    let long = |length: usize| {
        format!("{}\0", "a".repeat(length))
            .leak()
            .as_ptr()
            .cast::<c_char>()
    };
    let hex = |text: &'static CStr| lwm2m_carrier_config_t {
        psk: text.as_ptr(),
        ..defaults()
    };
    let uri = |text: *const c_char| lwm2m_carrier_config_t {
        server_uri: text,
        ..defaults()
    };
    let too_long_uri = format!("coap://{}\0", "a".repeat(249))
        .leak()
        .as_ptr()
        .cast();
    let refused = [
        ("URI of 256 characters", uri(too_long_uri)),
        ("URI of another scheme", uri(c"http://example.com".as_ptr())),
        ("URI without scheme", uri(c"example.com".as_ptr())),
        ("URI that is not UTF-8", uri(c"coap://\xFF".as_ptr())),
        ("odd key", hex(c"abc")),
        ("key with another letter", hex(c"0g")),
        (
            "key of 66 digits",
            lwm2m_carrier_config_t {
                psk: long(66),
                ..defaults()
            },
        ),
        (
            "access point name",
            lwm2m_carrier_config_t {
                apn: long(64),
                ..defaults()
            },
        ),
        (
            "manufacturer",
            lwm2m_carrier_config_t {
                manufacturer: long(33),
                ..defaults()
            },
        ),
        (
            "model",
            lwm2m_carrier_config_t {
                model_number: long(33),
                ..defaults()
            },
        ),
        (
            "device type",
            lwm2m_carrier_config_t {
                device_type: long(33),
                ..defaults()
            },
        ),
        (
            "hardware version",
            lwm2m_carrier_config_t {
                hardware_version: long(33),
                ..defaults()
            },
        ),
        (
            "software version",
            lwm2m_carrier_config_t {
                software_version: long(33),
                ..defaults()
            },
        ),
        (
            "service code",
            lwm2m_carrier_config_t {
                service_code: long(6),
                ..defaults()
            },
        ),
        (
            "lifetime",
            lwm2m_carrier_config_t {
                server_lifetime: -1,
                ..defaults()
            },
        ),
        (
            "idle timeout",
            lwm2m_carrier_config_t {
                session_idle_timeout: -1,
                ..defaults()
            },
        ),
    ];
    for (what, config) in refused {
        // SAFETY: a valid structure whose strings live for ever.
        assert_eq!(unsafe { lwm2m_carrier_init(&config) }, EINVAL, "{what}");
    }
}

fn device() {
    assert_eq!(power_sources(&[0, 1, 2, 4, 5, 6, 7, 0]), E2BIG);
    assert_eq!(power_sources(&[3]), EINVAL);
    assert_eq!(power_sources(&[8]), EINVAL);
    assert_eq!(power_sources(&[1, 1]), EINVAL);
    assert_eq!(power_sources(&[]), EINVAL);
    // SAFETY: null is allowed.
    assert_eq!(
        unsafe { lwm2m_carrier_avail_power_sources_set(null(), 1) },
        EINVAL
    );
    assert_eq!(power_sources(&[0, 1, 2, 4, 5, 6, 7]), 0);
    assert_eq!(power_sources(&[1, 5]), 0);

    for set in [
        lwm2m_carrier_power_source_voltage_set,
        lwm2m_carrier_power_source_current_set,
    ] {
        assert_eq!(set(1, 3_700), 0);
        assert_eq!(set(5, -1), 0);
        assert_eq!(set(0, 1), ENODEV);
        assert_eq!(set(3, 1), EINVAL);
        assert_eq!(set(200, 1), EINVAL);
    }
    assert_eq!(lwm2m_carrier_battery_level_set(100), 0);
    assert_eq!(lwm2m_carrier_battery_level_set(101), EINVAL);
    assert_eq!(lwm2m_carrier_battery_status_set(6), 0);
    assert_eq!(lwm2m_carrier_battery_status_set(7), EINVAL);
    assert_eq!(lwm2m_carrier_battery_status_set(-1), EINVAL);
    assert_eq!(power_sources(&[0]), 0);
    assert_eq!(lwm2m_carrier_battery_level_set(100), ENODEV);
    assert_eq!(lwm2m_carrier_battery_level_set(101), EINVAL);
    assert_eq!(lwm2m_carrier_battery_status_set(0), ENODEV);
    assert_eq!(lwm2m_carrier_battery_status_set(7), EINVAL);

    assert_eq!(lwm2m_carrier_error_code_add(0), 0);
    assert_eq!(lwm2m_carrier_error_code_remove(0), 0, "the list is {{0}}");
    assert_eq!(lwm2m_carrier_error_code_add(1), 0);
    assert_eq!(
        lwm2m_carrier_error_code_add(1),
        0,
        "adding it again changes nothing"
    );
    assert_eq!(lwm2m_carrier_error_code_add(8), 0);
    assert_eq!(lwm2m_carrier_error_code_add(9), EINVAL);
    assert_eq!(lwm2m_carrier_error_code_add(-1), EINVAL);
    assert_eq!(lwm2m_carrier_error_code_remove(0), ENOENT);
    assert_eq!(lwm2m_carrier_error_code_remove(1), 0);
    assert_eq!(lwm2m_carrier_error_code_remove(1), ENOENT);
    assert_eq!(lwm2m_carrier_error_code_remove(9), EINVAL);
    assert_eq!(lwm2m_carrier_error_code_remove(8), 0);

    assert_eq!(lwm2m_carrier_memory_total_set(i32::MAX as u32), 0);
    assert_eq!(lwm2m_carrier_memory_total_set(i32::MAX as u32 + 1), EINVAL);
    // SAFETY: no arguments.
    assert_eq!(
        unsafe { lwm2m_carrier_memory_free_read() },
        0,
        "the built-in answer"
    );
}

fn portfolio() {
    // SAFETY: null is allowed.
    assert_eq!(
        unsafe { lwm2m_carrier_identity_read(0, 0, null_mut(), null_mut()) },
        EINVAL
    );
    assert_eq!(identity(0, 4, 200), Err((EINVAL, 200)));
    assert_eq!(
        identity(9, 4, 200),
        Err((EINVAL, 200)),
        "the type is checked before the instance"
    );
    assert_eq!(identity(9, 0, 200), Err((ENOENT, 200)));
    assert!(identity(0, 0, 201).is_ok());

    assert_eq!(write_identity(0, 0, c"x"), EPERM);
    assert_eq!(write_identity(9, 0, c"x"), ENOENT);
    assert_eq!(write_identity(9, 4, c"x"), EINVAL);
    for number in [3, 65_534, 12] {
        assert_eq!(lwm2m_carrier_portfolio_instance_create(number), 0);
    }
    assert_eq!(lwm2m_carrier_portfolio_instance_create(3), EINVAL);
    assert_eq!(lwm2m_carrier_portfolio_instance_create(0), EINVAL);
    assert_eq!(lwm2m_carrier_portfolio_instance_create(65_535), EINVAL);
    assert_eq!(lwm2m_carrier_portfolio_instance_create(4), ENOMEM);

    // SAFETY: null is allowed.
    assert_eq!(
        unsafe { lwm2m_carrier_identity_write(3, 0, null()) },
        EINVAL
    );
    assert_eq!(write_identity(3, 0, c""), EINVAL);
    assert_eq!(write_identity(3, 0, c"\xC3"), EINVAL, "not UTF-8");
    let long = |text: &str, count: usize| std::ffi::CString::new(text.repeat(count)).unwrap();
    assert_eq!(write_identity(3, 1, &long("a", 201)), E2BIG);
    assert_eq!(write_identity(3, 1, &long("\u{E9}", 101)), E2BIG);
    assert_eq!(write_identity(3, 1, &long("\u{20AC}", 5_000)), E2BIG);
    assert_eq!(write_identity(3, 1, &long("a", 200)), 0);
    assert_eq!(identity(3, 1, 201).map(|text| text.len()), Ok(200));
    assert_eq!(identity(3, 1, 200), Err((ENOMEM, 201)));

    assert_eq!(write_identity(3, 3, c"1.2"), 0);
    assert_eq!(identity(3, 3, 4), Ok("1.2".into()));
    assert_eq!(identity(3, 3, 3), Err((ENOMEM, 4)));
    let mut size = 0;
    // SAFETY: without a buffer only the size is written.
    assert_eq!(
        unsafe { lwm2m_carrier_identity_read(3, 3, null_mut(), &mut size) },
        0
    );
    assert_eq!(size, 4, "a dry run tells the size");
}

fn location() {
    let set = lwm2m_carrier_location_set;
    assert_eq!(set(-90.0, 180.0, -10.0, 1_000, 0.0), 0);
    assert_eq!(set(90.0, -180.0, 8_848.5, 1_000, 12.5), 0, "an equal time");
    assert_eq!(set(1.0, 1.0, 0.0, 999, 0.0), EINVAL, "an earlier time");
    for (latitude, longitude) in [
        (90.1, 0.0),
        (-90.1, 0.0),
        (0.0, 180.1),
        (0.0, -180.1),
        (f64::NAN, 0.0),
        (0.0, f64::INFINITY),
    ] {
        assert_eq!(
            set(latitude, longitude, 0.0, 2_000, 0.0),
            EINVAL,
            "{latitude} {longitude}"
        );
    }
    assert_eq!(set(0.0, 0.0, 0.0, 2_000, -0.1), EINVAL);

    let unknown = f32::NAN;
    let set = lwm2m_carrier_velocity_set;
    assert_eq!(set(0, 0.0, unknown, unknown, unknown), 0);
    assert_eq!(set(359, 30.0, -2.0, unknown, unknown), 0);
    assert_eq!(set(90, 30.0, unknown, 1.0, unknown), 0);
    assert_eq!(set(90, 30.0, 2.0, 1.0, 1.0), 0);
    for heading in [-1, 360] {
        assert_eq!(set(heading, 1.0, unknown, unknown, unknown), EINVAL);
    }
    assert_eq!(set(0, -1.0, unknown, unknown, unknown), EINVAL);
    assert_eq!(set(0, unknown, unknown, unknown, unknown), EINVAL);
    assert_eq!(set(0, 1.0, 1.0, -1.0, unknown), EINVAL);
    assert_eq!(set(0, 1.0, 1.0, 1.0, -1.0), EINVAL);
    assert_eq!(
        set(0, 1.0, 1.0, unknown, 1.0),
        EINVAL,
        "a vertical uncertainty alone"
    );
}

fn app_data() {
    assert_eq!(uplink(b"\x00\x01\x02"), 0);
    assert_eq!(uplink(b""), 0);
    // SAFETY: null is allowed.
    assert_eq!(unsafe { lwm2m_carrier_app_data_send(null(), 3) }, EINVAL);
    assert_eq!(uplink(&[0; 100_000]), ENOMEM);
}

fn clock() {
    // SAFETY: plain numbers, literals, and pointers to locals or null.
    unsafe {
        assert_eq!(lwm2m_carrier_utc_time_write(-1), EINVAL);
        assert_eq!(lwm2m_carrier_utc_time_write(1_655_296_496), 0);
        assert_eq!(lwm2m_carrier_utc_offset_write(-330), 0);
        assert_eq!(lwm2m_carrier_timezone_write(null()), EINVAL);
        assert_eq!(
            lwm2m_carrier_timezone_write(c"America/Argentina/ComodRivadavia".as_ptr()),
            0
        );
        assert_eq!(lwm2m_carrier_timezone_write(c"Europe/Oslo".as_ptr()), 0);
        let (mut time, mut offset, mut zone) = (0, 0, null());
        lwm2m_carrier_time_read(&mut time, &mut offset, &mut zone);
        assert!((1_655_296_496..1_655_297_096).contains(&time), "{time}");
        assert_eq!(offset, -330);
        assert_eq!(CStr::from_ptr(zone), c"Europe/Oslo");
        lwm2m_carrier_time_read(null_mut(), null_mut(), null_mut());
    }
}

/// Eight threads change and read values while the library runs. What comes out is always something that was put in.
fn from_many_threads() {
    assert_eq!(power_sources(&[1]), 0);
    let workers = (0..8_u8).map(|number| {
        thread::spawn(move || {
            let own = std::ffi::CString::new(format!("worker {number}")).unwrap();
            for round in 0..500 {
                assert_eq!(lwm2m_carrier_battery_level_set(round as u8 % 101), 0);
                assert_eq!(
                    lwm2m_carrier_location_set(f64::from(number), 0.0, 0.0, 2_000, 1.0),
                    0
                );
                assert_eq!(write_identity(12, 2, &own), 0);
                let read = identity(12, 2, 64).unwrap();
                assert!(read.starts_with("worker ") && read.len() == 8, "{read}");
            }
        })
    });
    for worker in workers.collect::<Vec<_>>() {
        worker.join().unwrap();
    }
}

fn power_sources(sources: &[u8]) -> c_int {
    // SAFETY: the slice has this length.
    unsafe { lwm2m_carrier_avail_power_sources_set(sources.as_ptr(), sources.len() as u8) }
}

fn uplink(data: &[u8]) -> c_int {
    // SAFETY: the slice has this length.
    unsafe { lwm2m_carrier_app_data_send(data.as_ptr(), data.len()) }
}

fn write_identity(instance: u16, kind: u16, value: &CStr) -> c_int {
    // SAFETY: zero-terminated.
    unsafe { lwm2m_carrier_identity_write(instance, kind, value.as_ptr()) }
}

/// Reads with a buffer of `room` bytes: the text, or the result and the size told.
fn identity(instance: u16, kind: u16, room: u16) -> Result<String, (c_int, u16)> {
    let mut buffer = vec![0xAA_u8; room.into()];
    let mut size = room;
    // SAFETY: the buffer has this many bytes.
    let result = unsafe {
        lwm2m_carrier_identity_read(instance, kind, buffer.as_mut_ptr().cast(), &mut size)
    };
    if result != 0 {
        assert!(
            buffer.iter().all(|byte| *byte == 0xAA),
            "nothing is written on failure"
        );
        return Err((result, size));
    }
    let text = CStr::from_bytes_until_nul(&buffer).unwrap();
    assert_eq!(usize::from(size), text.count_bytes() + 1);
    Ok(text.to_str().unwrap().to_owned())
}

fn wait_for_event(number: u32) {
    let start = Instant::now();
    while !EVENTS
        .lock()
        .unwrap()
        .iter()
        .any(|(event, _)| *event == number)
    {
        assert!(
            start.elapsed() < Duration::from_secs(20),
            "no event {number}"
        );
        thread::sleep(Duration::from_millis(10));
    }
}

/// Plays the server for one registration: checks the request's outline and answers 2.01 with a location.
fn answer_registration(server: &UdpSocket) {
    server
        .set_read_timeout(Some(Duration::from_secs(20)))
        .unwrap();
    let mut datagram = [0; 1_500];
    let (length, client) = server.recv_from(&mut datagram).unwrap();
    let request = &datagram[..length];
    assert_eq!(request[0] & 0xF0, 0x40, "version 1, confirmable");
    assert_eq!(request[1], 0x02, "POST");
    let token = &request[4..4 + usize::from(request[0] & 0x0F)];
    let mut answer = vec![0x60 | token.len() as u8, 0x41, request[2], request[3]];
    answer.extend_from_slice(token);
    // Location-Path "rd", then "1a2b" (option 8 twice).
    answer.extend_from_slice(b"\x82rd\x041a2b");
    server.send_to(&answer, client).unwrap();
}
