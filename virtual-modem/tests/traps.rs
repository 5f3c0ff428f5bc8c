//! The traps T1 to T16 of the real glue, each played by the C program `c/traps.c` on the shared library.

mod c_support;

use c_support::{compile, finish, folder, library, start};

fn run(case: &str, variables: &[(&str, &str)]) -> Option<std::process::Output> {
    let program = compile("traps", case);
    let output = finish(start(&program, case, &[case], variables), 20);
    if let Some(output) = &output {
        println!("{}", String::from_utf8_lossy(&output.stderr));
    }
    output
}

fn passes(case: &str) {
    assert!(
        run(case, &[]).expect("the program ends").status.success(),
        "{case}"
    );
}

fn aborts(case: &str, variables: &[(&str, &str)], message: &str) {
    let output = run(case, variables).expect("the program ends");
    assert!(!output.status.success());
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(text.contains(message), "{text}");
}

#[test]
fn t1_sms_init_is_not_defined() {
    let symbols = exported();
    assert!(symbols.contains(&"lwm2m_os_sms_client_register".to_string()));
    assert!(
        !symbols
            .iter()
            .any(|name| name == "lwm2m_os_sms_init" || name == "lwm2m_os_sms_uninit")
    );
}

#[test]
fn t2_sms_register_answers_0_and_not_the_number() {
    let scenario = folder("t2").join("scenario");
    std::fs::write(&scenario, "at 3s sms +15550100 port=5683 hex 616263\n").unwrap();
    let output = run(
        "t2",
        &[("VIRTUAL_MODEM_SCENARIO", scenario.to_str().unwrap())],
    );
    assert!(output.expect("the program ends").status.success());
}

#[test]
fn t3_sem_init_with_a_pointer_asserts() {
    aborts("t3", &[], "sem_init with a pointer");
    assert!(
        run("t3", &[("VIRTUAL_MODEM_ASSERT", "0")])
            .expect("the program ends")
            .status
            .success()
    );
}

#[test]
fn t4_a_released_timer_crashes_when_due() {
    aborts("t4", &[], "call of address 0");
}

#[test]
fn t5_cancel_waits_for_the_handler() {
    passes("t5_waits");
}

#[test]
fn t5_cancel_in_the_handler_is_a_deadlock() {
    aborts("t5", &[], "deadlock");
}

#[test]
fn t6_plain_timers_share_the_thread_of_notifications() {
    passes("t6");
}

#[test]
fn t7_a_full_pool_drops_notifications() {
    let scenario = folder("t7").join("scenario");
    std::fs::write(&scenario, "at 1s storm 100\n").unwrap();
    let output = run(
        "t7",
        &[("VIRTUAL_MODEM_SCENARIO", scenario.to_str().unwrap())],
    );
    assert!(output.expect("the program ends").status.success());
}

#[test]
fn t8_activate_with_family_waits_without_limit() {
    let program = compile("traps", "t8");
    assert!(finish(start(&program, "t8", &["t8"], &[]), 3).is_none());
}

#[test]
fn t9_t13_the_default_context_hears_no_esm_error_and_errors_are_positive() {
    passes("t9");
}

#[test]
fn t10_lte_mode_is_none_for_dual_mode() {
    passes("t10");
}

#[test]
fn t11_key_hooks_return_strange_numbers() {
    passes("t11");
}

#[test]
fn t12_storage_results() {
    passes("t12");
}

#[test]
fn t14_the_family_is_four_bytes_wide() {
    passes("t14");
}

#[test]
fn t15_the_thread_has_a_small_stack() {
    passes("t15_flat");
    let output = run("t15", &[]).expect("the program ends");
    assert!(!output.status.success(), "64 kB on the stack must not work");
}

#[test]
fn t16_pools_end() {
    passes("t16_timers");
    aborts("t16", &[], "more than 8 semaphores");
}

#[test]
fn semaphores_and_timers_keep_their_promises() {
    passes("sem_rules");
}

fn exported() -> Vec<String> {
    let output = std::process::Command::new("nm")
        .args(["-D", "--defined-only"])
        .arg(library())
        .output()
        .expect("nm");
    assert!(output.status.success());
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    text.lines()
        .filter_map(|line| line.split_whitespace().nth(2))
        .map(String::from)
        .collect()
}

#[test]
fn only_documented_symbols_are_exported() {
    let symbols = exported();
    let headers: String = [
        "nrf_modem.h",
        "nrf_modem_at.h",
        "nrf_modem_delta_dfu.h",
        "nrf_socket.h",
        "virtual_modem.h",
    ]
    .map(|name| {
        std::fs::read_to_string(format!("{}/include/{name}", env!("CARGO_MANIFEST_DIR")))
            .expect("a header")
    })
    .concat();
    for symbol in &symbols {
        let declared = symbol.starts_with("lwm2m_os_") || headers.contains(&format!("{symbol}("));
        assert!(declared, "{symbol} is exported but not declared");
    }
    let hooks = symbols
        .iter()
        .filter(|symbol| symbol.starts_with("lwm2m_os_"))
        .count();
    assert_eq!(
        hooks, 50,
        "the 55 hooks of the glue less the five of the download client"
    );
}
