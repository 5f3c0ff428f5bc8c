# SPDX-License-Identifier: MIT OR Apache-2.0
"""Integration and archive linked for both calling conventions of the device, with the bare GNU Arm compiler and newlib."""

import pathlib
import re

from support import HARD, HERE, ROOT, SOFT, Case
from test_hooks import COMMON, FOLDER, GLUE, INCLUDE, SDK, WARNINGS

TARGETS = {"thumbv8m.main-none-eabihf": HARD, "thumbv8m.main-none-eabi": SOFT}
# What kernel, SDK, modem library, C library and libgcc have.
OUTSIDE = re.compile(r"^(k_\w+|atomic_\w+|nvs_\w+|flash_\w+|device_is_ready|fake_flash|sys_\w+|crc32_\w+|nrf_\w+|pdn_\w+|sms_\w+|modem_key_mgmt_\w+|"
                     r"download_client_\w+|dfu_target_\w+|fake_monitor_add|settings_\w+|fake_shell_print|__aeabi_\w+|mem(chr|cpy|move|set|cmp)|"
                     r"str\w+|sscanf|snprintf|__errno|fprintf|fputs|fwrite|fflush|malloc|free|"
                     r"_impure_ptr)$")
MAIN = """
#include <stddef.h>
extern void (*const lwm2m_carrier_thread)(void *, void *, void *);
void begin(void);
void begin(void)
{
	lwm2m_carrier_thread(NULL, NULL, NULL);
}
"""


class Link(Case):
    """Each test for both conventions."""

    archives = {}

    def archive(self, triple):
        """Built once for all tests."""
        if triple not in self.archives:
            folder = pathlib.Path(self.runs(ROOT / "tools/build-archive.sh", triple, FOLDER / triple, "--quiet",
                                            timeout=1800).split()[-1])
            self.archives[triple] = folder
        return self.archives[triple]

    def objects(self, flags):
        sources = [*COMMON, *SDK, *(GLUE / name for name in ("carrier.c", "settings.c", "shell_config.c", "shell_api.c")), ROOT / "zephyr/modem_abi.c", ROOT / "zephyr/abi_check.c", self.write("main.c", MAIN)]
        made = []
        for source in sources:
            target = self.folder / f"{len(made)}-{source.stem}.o"
            self.runs("arm-none-eabi-gcc", *flags, *WARNINGS, "-Os", "-ffunction-sections", "-fdata-sections", f"-I{HERE}/modem_headers",
                      *INCLUDE, "-DMODEM_RELEASE=3", "-DCONFIG_LWM2M_CARRIER_SETTINGS=1", "-c", source, "-o", target)
            made.append(target)
        return made

    def test_nothing_is_asked_of_the_outside_but_what_it_has(self):
        for triple, flags in TARGETS.items():
            whole = self.folder / "whole.o"
            self.runs("arm-none-eabi-ld", "-r", "-o", whole, *self.objects(flags), "--whole-archive", self.archive(triple))
            listing = self.runs("readelf", "-sW", whole)
            asked = {line.split()[7] for line in listing.splitlines() if " UND " in line and len(line.split()) == 8}
            self.assertEqual({name for name in asked if not OUTSIDE.match(name)}, set(), triple)

    def test_the_c_library_keeps_its_memory_functions_and_the_integration_its_tables(self):
        for triple, flags in TARGETS.items():
            link_map = self.folder / "map"
            image = self.folder / "image.elf"
            self.runs("arm-none-eabi-gcc", *flags, "-nostartfiles", "-Wl,-e,begin", "-Wl,--gc-sections", "-Wl,--unresolved-symbols=ignore-all",
                      "-Wl,-z,noexecstack", f"-Wl,-Map={link_map}", *self.objects(flags), self.archive(triple), "-o", image)
            text = link_map.read_text(encoding="utf-8")
            self.assertRegex(text, r"libc\.a\([^)]*memcpy[^)]*\)", triple)
            self.assertNotIn("compiler_builtins", text)
            listing = self.runs("readelf", "-sW", image)
            for name in ("lwm2m_carrier_init", "lwm2m_carrier_run", "lwm2m_carrier_event_handler"):
                self.assertRegex(listing, rf" {name}\n", triple)
            # A strong table in an object wins over the weak one of the archive.
            self.assertRegex(listing, r"OBJECT +GLOBAL +DEFAULT +\d+ lwm2m_carrier_modem_abi\n")
            self.assertNotRegex(listing, r"(check|member)_lwm2m")

    def test_archives_of_the_two_conventions_do_not_mix(self):
        image = self.folder / "image.elf"
        with self.assertRaisesRegex(AssertionError, "VFP register arguments"):
            self.runs("arm-none-eabi-gcc", *SOFT, "-nostartfiles", "-Wl,-e,begin", "-Wl,--unresolved-symbols=ignore-all", *self.objects(SOFT),
                      self.archive("thumbv8m.main-none-eabihf"), "-o", image)
