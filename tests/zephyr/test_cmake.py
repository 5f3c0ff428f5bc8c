# SPDX-License-Identifier: MIT OR Apache-2.0
"""The module's CMake functions, driven without a Zephyr tree: targets, errors, and the take-over of an SDK's library."""

import os
import shutil
import time
import tomllib

from support import HARD, HERE, ROOT, SOFT, Case, run

TRIPLES = {
    "CPU_CORTEX_M33 FP_HARDABI": "thumbv8m.main-none-eabihf",
    "CPU_CORTEX_M33": "thumbv8m.main-none-eabi",
    "CPU_CORTEX_M33 FP_SOFTABI": "thumbv8m.main-none-eabi",
    "CPU_CORTEX_M55 FP_HARDABI": "thumbv8m.main-none-eabihf",
    "CPU_CORTEX_M23": "thumbv8m.base-none-eabi",
    "CPU_CORTEX_M7 FP_HARDABI": "thumbv7em-none-eabihf",
    "CPU_CORTEX_M4": "thumbv7em-none-eabi",
    "CPU_CORTEX_M3": "thumbv7m-none-eabi",
    "CPU_CORTEX_M0PLUS": "thumbv6m-none-eabi",
    "ARCH_POSIX 64BIT": "host",
    "ARCH_POSIX": "i686-unknown-linux-gnu",
}
OPEN = "const char *carrier_archive(void);\nconst char *carrier_archive(void)\n{\n\treturn \"%s\";\n}\n"


class Functions(Case):
    """cmake/carrier.cmake in a script."""

    def script(self, *lines):
        return self.write("script.cmake", f'cmake_policy(VERSION 3.20)\ninclude("{ROOT}/cmake/carrier.cmake")\n' + "\n".join(lines) + "\n")

    def fails(self, sentence, *lines, env=None):
        code, output = run("cmake", "-P", self.script(*lines), env=env)
        self.assertNotEqual(code, 0, output)
        self.assertIn(sentence, " ".join(output.split()))

    def test_the_rust_target_follows_the_processor_options(self):
        for options, triple in TRIPLES.items():
            lines = [f"set(CONFIG_{name} y)" for name in options.split()]
            output = self.runs("cmake", "-P", self.script("set(CMAKE_CROSSCOMPILING ON)", *lines, "carrier_rust_target(T)", 'message("<${T}>")'))
            self.assertIn(f"<{triple}>", output, options)

    def test_the_parts_of_the_library_follow_their_options(self):
        options = ["LWM2M_CARRIER_BOOTSTRAP", "LWM2M_CARRIER_OBJECT_APP_DATA", "LWM2M_CARRIER_ACCESS_CONTROL"]
        lines = [f"set(CONFIG_{name} y)" for name in options] + ["carrier_kconfig_features(F)", 'message("<${F}>")']
        output = self.runs("cmake", "-P", self.script(*lines))
        self.assertIn("<--no-default-features;--features=bootstrap,access-control,object-app-data>", output)
        with open(ROOT / "Cargo.toml", "rb") as manifest:
            table = tomllib.load(manifest)["features"]
        names = [name for name in table if f"carrier-core/{name}" in table[name]]
        lines = [f"set(CONFIG_LWM2M_CARRIER_{name.upper().replace('-', '_')} y)" for name in names]
        output = self.runs("cmake", "-P", self.script(*lines, "carrier_kconfig_features(F)", 'message("<${F}>")'))
        given = output.split("--features=")[1].split(">")[0].split(",")
        self.assertEqual(sorted(given), sorted(names))

    def test_an_unknown_processor_is_an_error_that_names_the_way_out(self):
        self.fails("CONFIG_LWM2M_CARRIER_OPEN_PREBUILT", "set(CMAKE_CROSSCOMPILING ON)", "set(CONFIG_RISCV y)", "carrier_rust_target(T)")

    def test_a_missing_prebuilt_archive_is_an_error(self):
        self.fails(f"There is no archive of the LwM2M carrier library at {self.folder}/none.a",
                   f'carrier_prebuilt_archive(carrier "{self.folder}/none.a")')

    def arm_archive(self, flags):
        source = self.write("f.c", "float f(float x);\nfloat f(float x)\n{\n\treturn x + 1;\n}\n")
        self.runs("arm-none-eabi-gcc", *flags, "-c", source, "-o", self.folder / "f.o")
        self.runs("arm-none-eabi-ar", "rcs", self.folder / "f.a", self.folder / "f.o")
        return self.folder / "f.a"

    def test_a_prebuilt_archive_of_the_other_float_abi_is_an_error(self):
        arm = ["set(CMAKE_CROSSCOMPILING ON)", "set(CONFIG_CPU_CORTEX_M33 y)"]
        archive = self.arm_archive(HARD)
        self.fails("is built for hard-float calls, this firmware for soft-float ones", *arm, f'carrier_check_float_abi("{archive}")')
        self.runs("cmake", "-P", self.script(*arm, "set(CONFIG_FP_HARDABI y)", f'carrier_check_float_abi("{archive}")'))
        archive = self.arm_archive(SOFT)
        self.fails("take the archive of thumbv8m.main-none-eabihf", *arm, "set(CONFIG_FP_HARDABI y)", f'carrier_check_float_abi("{archive}")')
        self.runs("cmake", "-P", self.script(*arm, f'carrier_check_float_abi("{archive}")'))

    def test_a_file_that_is_no_arm_archive_is_an_error(self):
        self.fails("is no archive for an Arm processor", "set(CMAKE_CROSSCOMPILING ON)", "set(CONFIG_CPU_CORTEX_M33 y)",
                   f'carrier_check_float_abi("{self.write("x.a", "text")}")')

    def test_a_missing_rust_target_is_an_error_with_the_command_that_gets_it(self):
        rust = self.folder / "bin"
        rust.mkdir()
        for tool in ("cargo", "rustc"):
            (rust / tool).write_text(f"#!/bin/sh\necho {self.folder}\n", encoding="utf-8")
            (rust / tool).chmod(0o755)
        self.fails("run 'rustup target add thumbv7m-none-eabi'", f'set(CARRIER_CARGO "{rust}/cargo")',
                   "carrier_cargo_archive(carrier thumbv7m-none-eabi)", env={"DEBIAN_BIN": str(rust)})

    def test_a_missing_cargo_is_an_error(self):
        tools = self.folder / "empty"
        tools.mkdir()
        cmake = shutil.which("cmake")
        code, output = run(cmake, "-P", self.script("set(CMAKE_FIND_USE_CMAKE_SYSTEM_PATH OFF)", "carrier_cargo_archive(carrier host)"),
                           env={"PATH": str(tools), "HOME": str(tools)})
        self.assertNotEqual(code, 0)
        self.assertIn("built by cargo, which was not found", " ".join(output.split()))

    def test_the_interface_of_another_sdk_generation_is_an_error(self):
        old = self.write("old.h", "int lwm2m_carrier_init(const lwm2m_carrier_config_t *config);\nvoid lwm2m_carrier_run(void);\n")
        self.runs("cmake", "-P", self.script(f'carrier_check_interface("{old}")'))
        self.runs("cmake", "-P", self.script(f'carrier_check_interface("{ROOT}/include/lwm2m_carrier.h")'))
        new = self.write("new.h", "int lwm2m_carrier_main(const lwm2m_carrier_config_t *config);\n")
        self.fails("is not that of the LwM2M carrier library 0.30", f'carrier_check_interface("{new}")')
        self.fails("CONFIG_LWM2M_CARRIER_OPEN_GLUE=y", f'carrier_check_interface("{new}")')


class TakeOver(Case):
    """A build of the shape an SDK build has."""

    def setUp(self):
        super().setUp()
        self.sdk = self.folder / "nrf"
        include = self.sdk / "lib/bin/lwm2m_carrier/include"
        include.mkdir(parents=True)
        for header in ("lwm2m_carrier.h", "lwm2m_os.h"):
            shutil.copy(ROOT / "include" / header, include)
        shutil.copy(HERE / "modem_headers/nrf_socket.h", include.parent / "nrf_socket.h")
        self.closed = self.archive("closed", "closed.a")
        self.write("nrf/CMakeLists.txt", f"""
zephyr_library_import(liblwm2m_carrier {self.closed})
zephyr_include_directories(lib/bin/lwm2m_carrier/include)
add_library(modem INTERFACE)
target_include_directories(modem INTERFACE ${{CMAKE_CURRENT_SOURCE_DIR}}/lib/bin/lwm2m_carrier)
target_compile_definitions(modem INTERFACE MODEM_RELEASE=1)
target_link_libraries(liblwm2m_carrier INTERFACE modem)
""")

    def archive(self, text, name):
        source = self.write("a.c", OPEN % text)
        self.runs("gcc", "-c", source, "-o", self.folder / "a.o")
        (self.folder / name).unlink(missing_ok=True)
        self.runs("ar", "rcs", self.folder / name, self.folder / "a.o")
        return self.folder / name

    def configure(self, modules, **options):
        options = {"CONFIG_ARCH_POSIX": "y", "CONFIG_64BIT": "y", "CONFIG_LWM2M_CARRIER": "y"} | options
        return run("cmake", "-S", HERE / "cmake", "-B", self.folder / "build", f"-DMODULES={modules}", f"-DSDK={self.sdk}",
                   *(f"-D{name}={value}" for name, value in options.items()))

    def build(self):
        self.runs("cmake", "--build", self.folder / "build")
        return self.runs(self.folder / "build/firmware").strip()

    def test_the_archive_takes_the_place_of_the_sdks_whatever_the_order(self):
        archive = self.archive("open", "open.a")
        for modules in (f"{ROOT}/zephyr;{self.sdk}", f"{self.sdk};{ROOT}/zephyr"):
            code, output = self.configure(modules, CONFIG_LWM2M_CARRIER_OPEN="y", CONFIG_LWM2M_CARRIER_OPEN_PREBUILT=archive)
            self.assertEqual(code, 0, output)
            self.assertIn(f"LwM2M carrier library: {archive} in place of {self.closed}", output)
            self.assertEqual(self.build(), "open")
            link_map = (self.folder / "build/firmware.map").read_text(encoding="utf-8")
            self.assertNotIn("closed.a", link_map)
            for source in ("modem_abi.c", "abi_check.c"):
                self.assertIn(source, link_map)
            shutil.rmtree(self.folder / "build")

    def test_the_closed_archive_need_not_exist(self):
        archive = self.archive("open", "open.a")
        self.closed.unlink()
        code, output = self.configure(f"{ROOT}/zephyr;{self.sdk}", CONFIG_LWM2M_CARRIER_OPEN="y", CONFIG_LWM2M_CARRIER_OPEN_PREBUILT=archive)
        self.assertEqual(code, 0, output)
        self.assertEqual(self.build(), "open")

    def test_without_the_switch_the_sdks_own_archive_is_linked(self):
        code, output = self.configure(f"{ROOT}/zephyr;{self.sdk}")
        self.assertEqual(code, 0, output)
        self.assertEqual(self.build(), "closed")

    def test_a_changed_archive_is_linked_again_and_an_unchanged_one_is_not(self):
        archive = self.archive("open", "open.a")
        self.configure(f"{self.sdk};{ROOT}/zephyr", CONFIG_LWM2M_CARRIER_OPEN="y", CONFIG_LWM2M_CARRIER_OPEN_PREBUILT=archive)
        self.build()
        firmware = self.folder / "build/firmware"
        os.utime(firmware, (time.time(), time.time()))
        before = firmware.stat().st_mtime_ns
        self.build()
        self.assertEqual(firmware.stat().st_mtime_ns, before)
        self.archive("changed", "open.a")
        os.utime(archive, (time.time() + 5, time.time() + 5))
        self.assertEqual(self.build(), "changed")

    def test_an_sdk_without_the_library_is_an_error(self):
        archive = self.archive("open", "open.a")
        self.write("nrf/CMakeLists.txt", "")
        code, output = self.configure(f"{self.sdk};{ROOT}/zephyr", CONFIG_LWM2M_CARRIER_OPEN="y", CONFIG_LWM2M_CARRIER_OPEN_PREBUILT=archive)
        self.assertNotEqual(code, 0)
        self.assertIn("this SDK imports no library liblwm2m_carrier", " ".join(output.split()))

    def test_an_sdk_of_another_generation_is_an_error(self):
        header = self.sdk / "lib/bin/lwm2m_carrier/include/lwm2m_carrier.h"
        header.write_text(header.read_text(encoding="utf-8").replace("lwm2m_carrier_run", "lwm2m_carrier_main"), encoding="utf-8")
        archive = self.archive("open", "open.a")
        code, output = self.configure(f"{self.sdk};{ROOT}/zephyr", CONFIG_LWM2M_CARRIER_OPEN="y", CONFIG_LWM2M_CARRIER_OPEN_PREBUILT=archive)
        self.assertNotEqual(code, 0)
        self.assertIn("is not that of the LwM2M carrier library 0.30", " ".join(output.split()))

    def test_a_changed_structure_does_not_compile(self):
        header = self.sdk / "lib/bin/lwm2m_carrier/include/lwm2m_carrier.h"
        text = header.read_text(encoding="utf-8")
        header.write_text(text.replace("int32_t session_idle_timeout;", "int64_t session_idle_timeout;"), encoding="utf-8")
        archive = self.archive("open", "open.a")
        code, output = self.configure(f"{self.sdk};{ROOT}/zephyr", CONFIG_LWM2M_CARRIER_OPEN="y", CONFIG_LWM2M_CARRIER_OPEN_PREBUILT=archive)
        self.assertEqual(code, 0, output)
        code, output = run("cmake", "--build", self.folder / "build")
        self.assertNotEqual(code, 0)
        self.assertIn("static assertion failed", output)


CRATE = """#![no_std]
#[panic_handler]
fn panic(_: &core::panic::PanicInfo) -> ! {
    loop {}
}
#[unsafe(no_mangle)]
pub extern "C" fn carrier_archive() -> *const core::ffi::c_char {
    c"%s".as_ptr()
}
"""


class Cargo(Case):
    """A program on an archive that cargo builds, from a crate of a few lines in place of the library."""

    def setUp(self):
        super().setUp()
        shutil.copytree(ROOT / "cmake", self.folder / "library/cmake")
        (self.folder / "library/tools").mkdir()
        (self.folder / "library/include").mkdir()
        shutil.copy(ROOT / "tools/build-archive.sh", self.folder / "library/tools")
        self.write("library/Cargo.toml", '[package]\nname = "lwm2m-carrier"\nversion = "0.1.0"\nedition = "2024"\n\n'
                   '[lib]\nname = "lwm2m_carrier"\n\n[profile.dev]\npanic = "abort"\n\n[profile.release]\npanic = "abort"\n')
        self.write("library/Cargo.lock", 'version = 3\n\n[[package]]\nname = "lwm2m-carrier"\nversion = "0.1.0"\n')
        self.source("first")
        self.write("main.c", (HERE / "cmake/main.c").read_text(encoding="utf-8"))
        self.write("CMakeLists.txt", """
cmake_minimum_required(VERSION 3.20.0)
project(firmware C)
include(library/cmake/carrier.cmake)
carrier_rust_target(triple)
carrier_cargo_archive(carrier ${triple})
add_executable(firmware main.c)
target_link_libraries(firmware PRIVATE carrier)
""")
        self.runs("cmake", "-GNinja", "-S", self.folder, "-B", self.folder / "build", env={"CARGO": ""})

    def source(self, text):
        self.write("library/src/lib.rs", CRATE % text)

    def build(self):
        """Whether the program was linked, and what it says."""
        firmware = self.folder / "build/firmware"
        before = firmware.stat().st_mtime_ns if firmware.exists() else 0
        self.runs("cmake", "--build", self.folder / "build")
        return firmware.stat().st_mtime_ns != before, self.runs(firmware).strip()

    def test_a_source_edit_builds_and_links_again_and_an_idle_build_neither(self):
        self.assertEqual(self.build(), (True, "first"))
        self.assertEqual(self.build(), (False, "first"))
        self.source("second")
        self.assertEqual(self.build(), (True, "second"))
        self.assertEqual(self.build(), (False, "second"))

    def test_an_edit_that_changes_no_code_links_nothing(self):
        self.build()
        self.source("first\".as_ptr() // ")
        self.assertEqual(self.build(), (False, "first"))

    def test_nothing_is_written_among_the_sources(self):
        before = sorted(self.folder.glob("library/**/*"))
        self.build()
        self.assertEqual(sorted(self.folder.glob("library/**/*")), before)

    def test_an_edit_that_does_not_compile_fails_the_build(self):
        self.build()
        self.write("library/src/lib.rs", "fn")
        code, output = run("cmake", "--build", self.folder / "build")
        self.assertNotEqual(code, 0)
        self.assertIn("error", output)
