//! What a panic does on the device: trap, so that the fault handler of the RTOS takes over. No text is formatted.

use core::panic::PanicInfo;

#[panic_handler]
fn panic(_: &PanicInfo) -> ! {
    #[cfg(target_arch = "arm")]
    #[allow(unsafe_code)]
    // SAFETY: an undefined instruction raises a fault and never continues.
    unsafe {
        core::arch::asm!("udf #0", options(noreturn, nomem, nostack))
    }
    #[cfg(not(target_arch = "arm"))]
    loop {
        core::hint::spin_loop();
    }
}
