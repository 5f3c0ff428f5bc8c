# SPDX-License-Identifier: MIT OR Apache-2.0
"""A release as a CMake package and as a module: the right archive is found, or it is said that there is none."""

import platform
import shutil

from support import HARD, HERE, ROOT, SOFT, Case, run

SOURCE = "const char *carrier_archive(void);\nconst char *carrier_archive(void)\n{\n\treturn \"%s\";\n}\n"
PROJECT = """
cmake_minimum_required(VERSION 3.20.0)
project(app C)
find_package(lwm2m_carrier 0.1 REQUIRED)
add_executable(app main.c)
target_link_libraries(app PRIVATE lwm2m_carrier::lwm2m_carrier)
"""
MAIN = """
#include <stdio.h>
#include <lwm2m_carrier.h>
const char *carrier_archive(void);
int main(void)
{
	return puts(carrier_archive()) < 0;
}
"""
HOST = f"{platform.machine()}-unknown-linux-gnu"
DEVICES = {"thumbv8m.main-none-eabihf": HARD, "thumbv8m.main-none-eabi": SOFT}


class Release(Case):
    """A folder of a release's shape, with archives that tell their names."""

    def setUp(self):
        super().setUp()
        self.release = self.folder / "release"
        for part in ("cmake", "include", "zephyr"):
            shutil.copytree(ROOT / part, self.release / part)
        version = (self.release / "cmake/lwm2m_carrier-config-version.cmake.in").read_text(encoding="utf-8")
        self.write("release/cmake/lwm2m_carrier-config-version.cmake", version.replace("@VERSION@", "0.1.0"))
        self.archive(HOST, "gcc", "ar")
        for triple, flags in DEVICES.items():
            self.archive(triple, "arm-none-eabi-gcc", "arm-none-eabi-ar", *flags)
        self.write("app/CMakeLists.txt", PROJECT)
        self.write("app/main.c", MAIN)

    def archive(self, triple, compiler, archiver, *flags):
        source = self.write("a.c", SOURCE % triple)
        self.runs(compiler, *flags, "-c", source, "-o", self.folder / "a.o")
        (self.release / "lib" / triple).mkdir(parents=True)
        self.runs(archiver, "rcs", self.release / "lib" / triple / "liblwm2m_carrier.a", self.folder / "a.o")

    def configure(self, *options):
        return run("cmake", "-S", self.folder / "app", "-B", self.folder / "build", f"-Dlwm2m_carrier_ROOT={self.release}", *options)

    def device(self, flags):
        return ["-DCMAKE_SYSTEM_NAME=Generic", "-DCMAKE_SYSTEM_PROCESSOR=cortex-m33", "-DCMAKE_C_COMPILER=arm-none-eabi-gcc",
                "-DCMAKE_TRY_COMPILE_TARGET_TYPE=STATIC_LIBRARY", f"-DCMAKE_C_FLAGS={' '.join(flags)} --specs=nosys.specs"]

    def test_a_program_of_this_machine_finds_its_archive(self):
        code, output = self.configure()
        self.assertEqual(code, 0, output)
        self.runs("cmake", "--build", self.folder / "build")
        self.assertEqual(self.runs(self.folder / "build/app").strip(), HOST)

    def test_a_program_of_the_device_finds_the_archive_of_its_calling_convention(self):
        for triple, flags in DEVICES.items():
            code, output = self.configure(*self.device(flags))
            self.assertEqual(code, 0, output)
            self.runs("cmake", "--build", self.folder / "build")
            self.assertIn(f"{triple}\0".encode(), (self.folder / "build/app").read_bytes())
            shutil.rmtree(self.folder / "build")

    def test_without_an_archive_the_package_is_not_found(self):
        shutil.rmtree(self.release / "lib" / HOST)
        code, output = self.configure()
        self.assertNotEqual(code, 0)
        self.assertIn(f"This release has no archive for '{HOST}'", " ".join(output.split()))

    def test_a_newer_version_is_not_found(self):
        self.write("app/CMakeLists.txt", PROJECT.replace("0.1 ", "9.9 "))
        self.assertNotEqual(self.configure()[0], 0)

    def test_as_a_module_it_needs_no_cargo(self):
        sdk = self.folder / "nrf"
        (sdk / "lib/bin/lwm2m_carrier/include").mkdir(parents=True)
        for header in ("lwm2m_carrier.h", "lwm2m_os.h"):
            shutil.copy(ROOT / "include" / header, sdk / "lib/bin/lwm2m_carrier/include")
        shutil.copy(HERE / "modem_headers/nrf_socket.h", sdk / "nrf_socket.h")
        self.write("nrf/CMakeLists.txt", "zephyr_library_import(liblwm2m_carrier /none.a)\n"
                   "zephyr_include_directories(. lib/bin/lwm2m_carrier/include)\nadd_compile_definitions(MODEM_RELEASE=1)\n"
                   "target_compile_definitions(zephyr_interface INTERFACE MODEM_RELEASE=1)\n")
        output = self.runs("cmake", "-S", HERE / "cmake", "-B", self.folder / "build", f"-DMODULES={sdk};{self.release}/zephyr", f"-DSDK={sdk}",
                           "-DCONFIG_ARCH_POSIX=y", "-DCONFIG_64BIT=y", "-DCONFIG_LWM2M_CARRIER_OPEN=y")
        self.assertIn(f"release/lib/{HOST}/liblwm2m_carrier.a in place of", output)
        self.runs("cmake", "--build", self.folder / "build")
        self.assertEqual(self.runs(self.folder / "build/firmware").strip(), HOST)
