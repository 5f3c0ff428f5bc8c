//! Compiles the variadic AT functions.

fn main() {
    println!("cargo::rerun-if-changed=c/at.c");
    cc::Build::new()
        .file("c/at.c")
        .warnings(true)
        .extra_warnings(true)
        .compile("virtual_modem_at_c");
}
