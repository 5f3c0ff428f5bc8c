# SPDX-License-Identifier: MIT OR Apache-2.0
"""One suite for the hooks, run on the Zephyr integration over fakes and on the virtual modem; then what only the integration has."""

import os
import pathlib
import subprocess

from support import HERE, ROOT, Case, run

HOOKS = ROOT / "tests/hooks"
GLUE = ROOT / "zephyr/glue"
FAKES = HERE / "fakes"
COMMON = [GLUE / name for name in ("os.c", "timer.c", "notify.c", "storage.c", "keys.c")]
SDK = [GLUE / "sdk" / name for name in ("modem.c", "pdn.c", "sms.c", "download.c", "app_fota.c")]
FAKED = [FAKES / name for name in ("kernel.c", "storage.c", "sdk.c", "update.c")]
WARNINGS = ["-std=gnu11", "-Wall", "-Wextra", "-Werror", "-Wshadow", "-g"]
SANITIZE = ["-fsanitize=address,undefined", "-fno-sanitize-recover=all"]
INCLUDE = [f"-I{FAKES}/include", f"-I{ROOT}/include", f"-I{ROOT}/virtual-modem/include", "-include", FAKES / "config.h"]
REBOOT = 75
# Build results.
FOLDER = pathlib.Path(os.environ.get("ZEPHYR_TEST_FOLDER", ROOT / "target/zephyr-test"))


def cases(program):
    """The names a program lists."""
    return run(program)[1].split()


class Implementation(Case):
    """A program with the suite, and its cases."""

    program = None

    def check(self, case, **options):
        code, output = run(self.program, case, timeout=120, **options)
        self.assertEqual(code, 0, f"{case}:\n{output}")


def program_of(name, sources, *options):
    """Compiles a program into the folder of build results."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    command = ["gcc", *WARNINGS, *options, *map(str, sources), "-o", str(FOLDER / name), "-lpthread"]
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise AssertionError(done.stderr)
    return FOLDER / name


class ZephyrHooks(Implementation):
    """The integration for an SDK, on fakes, under the address and undefined-behaviour sanitizers."""

    @classmethod
    def setUpClass(cls):
        cls.program = program_of("hooks-zephyr", [HOOKS / "hooks_test.c", HOOKS / "world_zephyr.c", *COMMON, *SDK, *FAKED], *SANITIZE, *INCLUDE)

    def test_t1_sms_init_is_neither_defined_nor_asked_for(self):
        self.assertNotIn("lwm2m_os_sms_init", self.runs("nm", self.program))


class ModemHooks(Implementation):
    """The virtual modem, with the traps of the original integration, on skipped time."""

    @classmethod
    def setUpClass(cls):
        modem = pathlib.Path(os.environ["VIRTUAL_MODEM"])
        cls.program = program_of("hooks-modem", [HOOKS / "hooks_test.c", HOOKS / "world_modem.c", modem], f"-I{ROOT}/include",
                                 f"-I{ROOT}/virtual-modem/include", f"-Wl,-rpath,{modem.parent}")

    def check(self, case, **options):
        super().check(case, env={"VIRTUAL_MODEM_DIR": str(self.folder / "device"), "VIRTUAL_MODEM_CONTROL": str(self.folder / "control"),
                                 "VIRTUAL_MODEM_CLOCK": "skip"}, **options)

    def test_t1_sms_init_is_not_defined(self):
        self.assertNotIn("lwm2m_os_sms_init", self.runs("nm", "-D", os.environ["VIRTUAL_MODEM"]))


NAMES = ["time_goes_on", "semaphores", "reset_wakes_who_waits", "timers", "storage", "modem_library", "keys", *(f"t{i}" for i in range(2, 17))]
for _kind in (ZephyrHooks, ModemHooks):
    for _name in NAMES:
        setattr(_kind, f"test_{_name}", lambda self, name=_name: self.check(name))


class Suite(Case):
    """The suite itself."""

    def test_every_case_of_the_program_is_run(self):
        program = program_of("hooks-zephyr", [HOOKS / "hooks_test.c", HOOKS / "world_zephyr.c", *COMMON, *SDK, *FAKED], *SANITIZE, *INCLUDE)
        self.assertEqual(cases(program), NAMES)


class GlueOnly(Implementation):
    """What other implementations of the hooks do not have."""

    @classmethod
    def setUpClass(cls):
        cls.program = program_of("glue", [HERE / "glue_test.c", GLUE / "carrier.c", *COMMON, *SDK, *FAKED], *SANITIZE, *INCLUDE, f"-I{HERE}")

    def test_each_case_passes(self):
        names = cases(self.program)
        self.assertIn("garbage_in_flash", names)
        for name in names:
            if name != "reset":
                self.check(name)

    def test_reset_reboots(self):
        self.assertEqual(run(self.program, "reset")[0], REBOOT)

    def test_without_a_boot_loader_there_are_no_updates(self):
        source = self.write("main.c", "#include <lwm2m_os.h>\nint main(void)\n{\n\tlwm2m_os_app_fota_abort();\n"
                            "\treturn lwm2m_os_app_fota_start(1) != -95 || lwm2m_os_app_fota_finish(0) != -95;\n}\n")
        program = program_of("no-update", [source, GLUE / "no_app_fota.c"], *INCLUDE[:-2])
        self.runs(program)

