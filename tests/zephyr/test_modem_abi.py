# SPDX-License-Identifier: MIT OR Apache-2.0
"""modem_abi.c, compiled against the facts of each generation of the modem library, gives the table the library has for it."""

import re
import struct

from support import HARD, HERE, ROOT, Case

SOURCE = (ROOT / "src/sys/modem_abi.rs").read_text(encoding="utf-8")
# The number the test header knows a generation by, and the name of its table.
GENERATIONS = {1: "A", 24: "B", 3: "C", 4: "D"}


def members():
    """The table's members in order."""
    body = SOURCE[SOURCE.index("pub struct ModemAbi"):]
    return re.findall(r"pub (\w+): i32", body[:body.index("\n}")])


def table(name):
    """The constants of one generation, as the Rust source has them."""
    body = re.search(rf"pub const {name}: Self = Self {{(.*?)}};", SOURCE, re.S)[1]
    base = re.search(r"\.\.Self::(\w)", body)
    values = dict(table(base[1])) if base else {}
    values.update((member, int(value)) for member, value in re.findall(r"(\w+): (-?\d+),", body))
    return values


class ModemAbi(Case):
    """Each generation, on this machine and for the device."""

    def compiled(self, generation, *compiler):
        target = self.folder / "modem_abi.o"
        self.runs(*compiler, "-Wall", "-Wextra", "-Werror", f"-DMODEM_RELEASE={generation}", f"-I{HERE}/modem_headers", f"-I{ROOT}/include",
                  "-c", ROOT / "zephyr/modem_abi.c", "-o", target)
        return target

    def test_the_tables_of_the_source_are_complete(self):
        for name in GENERATIONS.values():
            self.assertEqual(set(table(name)), set(members()), name)

    def test_on_this_machine_each_generation_gives_its_table(self):
        for generation, name in GENERATIONS.items():
            program = self.folder / "print"
            self.runs("gcc", f"-I{ROOT}/include", HERE / "modem_abi_print.c", self.compiled(generation, "gcc"), "-o", program)
            printed = dict(zip(members(), map(int, self.runs(program).split()), strict=True))
            self.assertEqual(printed, table(name))

    def test_for_the_device_each_generation_gives_its_table(self):
        for generation, name in GENERATIONS.items():
            compiled = self.compiled(generation, "arm-none-eabi-gcc", *HARD)
            self.runs("arm-none-eabi-objcopy", "-O", "binary", "-j", ".rodata", compiled, self.folder / "table")
            numbers = struct.unpack(f"<{len(members())}i", (self.folder / "table").read_bytes())
            self.assertEqual(dict(zip(members(), numbers, strict=True)), table(name))

    def test_releases_before_2_4_have_no_connection_id(self):
        program = self.folder / "print"
        self.runs("gcc", f"-I{ROOT}/include", HERE / "modem_abi_print.c", self.compiled(2, "gcc"), "-o", program)
        printed = dict(zip(members(), map(int, self.runs(program).split()), strict=True))
        self.assertEqual(printed, table("B") | {"so_sec_dtls_cid": 0})
