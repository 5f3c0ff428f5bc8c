//! The symbols an application may define itself, as weak ones: eight functions, and the table of the modem library's numbers.
//!
//! Rust has no stable weak linkage, so each public name is a weak label in assembly. A function's label jumps to the built-in Rust
//! function. The library itself calls only the public name, as an import; the linker decides who answers.

#![allow(unsafe_code)]

use core::arch::global_asm;
use core::ffi::{c_char, c_int};

use crate::api::{device, time};
use crate::sys::modem_abi::ModemAbi;
use crate::sys::provision::{self, lwm2m_carrier_provision_t};

// A wrong signature would compile as a jump; these constants make it an error.
const _: extern "C" fn() -> c_int = device::default_memory_free_read;
const _: extern "C" fn() -> i32 = time::default_utc_time_read;
const _: extern "C" fn() -> c_int = time::default_utc_offset_read;
const _: extern "C" fn() -> *mut c_char = time::default_timezone_read;
const _: extern "C" fn(i32) -> c_int = time::default_utc_time_write;
const _: extern "C" fn(c_int) -> c_int = time::default_utc_offset_write;
const _: unsafe extern "C" fn(*const c_char) -> c_int = time::default_timezone_write;
const _: extern "C" fn(u8) -> *const lwm2m_carrier_provision_t = provision::default_provision_read;

// The jump differs between processors, and a Thumb label must be marked as one.
#[cfg(any(target_arch = "x86_64", target_arch = "x86"))]
global_asm!(
    ".macro carrier_label name, target",
    "\\name: jmp \\target",
    ".endm"
);
#[cfg(target_arch = "aarch64")]
global_asm!(
    ".macro carrier_label name, target",
    "\\name: b \\target",
    ".endm"
);
#[cfg(target_arch = "arm")]
global_asm!(
    ".macro carrier_label name, target",
    ".thumb_func",
    "\\name: b \\target",
    ".endm"
);

// Each function in a section of its own, so that the linker drops the default when the application defines the name.
global_asm!(
    ".macro carrier_weak name, target",
    ".pushsection .text.\\name,\"ax\"",
    ".weak \\name",
    ".type \\name,%function",
    ".p2align 1",
    "carrier_label \\name, \\target",
    ".size \\name, . - \\name",
    ".popsection",
    ".endm",
    "carrier_weak lwm2m_carrier_memory_free_read, {memory_free_read}",
    "carrier_weak lwm2m_carrier_utc_time_read, {utc_time_read}",
    "carrier_weak lwm2m_carrier_utc_offset_read, {utc_offset_read}",
    "carrier_weak lwm2m_carrier_timezone_read, {timezone_read}",
    "carrier_weak lwm2m_carrier_utc_time_write, {utc_time_write}",
    "carrier_weak lwm2m_carrier_utc_offset_write, {utc_offset_write}",
    "carrier_weak lwm2m_carrier_timezone_write, {timezone_write}",
    "carrier_weak lwm2m_carrier_provision_read, {provision_read}",
    memory_free_read = sym device::default_memory_free_read,
    utc_time_read = sym time::default_utc_time_read,
    utc_offset_read = sym time::default_utc_offset_read,
    timezone_read = sym time::default_timezone_read,
    utc_time_write = sym time::default_utc_time_write,
    utc_offset_write = sym time::default_utc_offset_write,
    timezone_write = sym time::default_timezone_write,
    provision_read = sym provision::default_provision_read,
);

// The fields in their order; the assertion below keeps the number of words honest.
global_asm!(
    ".pushsection .rodata.lwm2m_carrier_modem_abi,\"a\"",
    ".weak lwm2m_carrier_modem_abi",
    ".type lwm2m_carrier_modem_abi,%object",
    ".p2align 2",
    "lwm2m_carrier_modem_abi:",
    ".4byte {w0}, {w1}, {w2}, {w3}, {w4}, {w5}, {w6}",
    ".4byte {w7}, {w8}, {w9}, {w10}, {w11}, {w12}, {w13}",
    ".4byte {w14}, {w15}, {w16}, {w17}, {w18}, {w19}, {w20}, {w21}",
    ".size lwm2m_carrier_modem_abi, . - lwm2m_carrier_modem_abi",
    ".popsection",
    w0 = const WORDS[0],
    w1 = const WORDS[1],
    w2 = const WORDS[2],
    w3 = const WORDS[3],
    w4 = const WORDS[4],
    w5 = const WORDS[5],
    w6 = const WORDS[6],
    w7 = const WORDS[7],
    w8 = const WORDS[8],
    w9 = const WORDS[9],
    w10 = const WORDS[10],
    w11 = const WORDS[11],
    w12 = const WORDS[12],
    w13 = const WORDS[13],
    w14 = const WORDS[14],
    w15 = const WORDS[15],
    w16 = const WORDS[16],
    w17 = const WORDS[17],
    w18 = const WORDS[18],
    w19 = const WORDS[19],
    w20 = const WORDS[20],
    w21 = const WORDS[21],
);

// SAFETY: the structure is repr(C) and holds i32 only; transmute checks that the sizes are equal.
const WORDS: [i32; 22] = unsafe { core::mem::transmute(ModemAbi::A) };
