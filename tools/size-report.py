#!/usr/bin/env python3
"""Tells what the archive costs, from the link map of the reference program, and fails when a budget is exceeded.

    tools/size-report.py <reference.map> <api-test.log> <triple> [report.json]

flash is .text, .rodata, exception index and initial values of .data; ram is .data and .bss. What counts is the archive and everything
it pulls in: members of libgcc and the memory functions of the C library (memcpy and the like, which also have a line of their own).
stack_run is the deepest stack of the run thread in the QEMU run. Needs nothing but the standard library.
"""

import json
import re
import sys

BUDGETS = {"flash": 44 * 1024, "ram": 10 * 1024, "data": 256, "stack_run": 2560}
# The flash budget is not met. This is what the check tolerates until it is: only ever to be lowered.
TOLERATED = {"flash": 53 * 1024}

FLASH = (".text", ".rodata", ".ARM.extab", ".ARM.exidx", ".init_array")
OUTPUT = re.compile(r"^(\.[\w.]+|/DISCARD/)(\s|$)")
# " .text.name  0xaddress  0xsize  file", where a long name stands on a line of its own.
INPUT = re.compile(r"^ (\S+)?\s+0x([0-9a-f]+)\s+0x([0-9a-f]+)\s+(\S.*)$")
MEMORY_FUNCTIONS = re.compile(r"libc\.a\(lib_a-(aeabi_)?mem\w+(-soft)?\.o\)$")
FILL = re.compile(r"^ \*fill\*\s+0x[0-9a-f]+\s+0x([0-9a-f]+)")


def contributions(path):
    """Yields (output section, input section, size, file) of everything that was kept."""
    section = pending = None
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            if line.startswith("Linker script and memory map"):
                break
        for line in lines:
            line = line.rstrip("\n")
            output = OUTPUT.match(line)
            if output:
                section, pending = output.group(1), None
                continue
            fill = FILL.match(line)
            if fill:
                yield section, "*fill*", int(fill.group(1), 16), "*fill*"
                continue
            if re.match(r"^ \S+$", line):
                pending = line.strip()
                continue
            match = INPUT.match(line)
            if match and section and int(match.group(3), 16):
                yield section, match.group(1) or pending, int(match.group(3), 16), match.group(4)
            pending = None


def kind(section):
    if section in FLASH:
        return "text"
    return {".data": "data", ".bss": "bss"}.get(section)


def main():
    map_file, log_file, triple = sys.argv[1:4]
    totals = {"text": 0, "data": 0, "bss": 0}
    support = dict(totals)
    sections = {}
    memory = 0
    for section, name, size, source in contributions(map_file):
        what = kind(section)
        if what is None or re.search(r"/cc\w+\.o$|reference\.o$", source):
            continue
        if MEMORY_FUNCTIONS.search(source):
            memory += size
        totals[what] += size
        if "liblwm2m_carrier.a" in source:
            sections[name] = sections.get(name, 0) + size
        else:
            support[what] += size
    with open(log_file, encoding="utf-8", errors="replace") as log:
        stack = re.search(r"^stack run_thread (\d+)", log.read(), re.M)
    if totals["text"] < 4096 or not stack:
        sys.exit("size-report: the map or the run log is not what it should be")
    report = {
        "target": triple,
        "flash": totals["text"] + totals["data"],
        "ram": totals["data"] + totals["bss"],
        "data": totals["data"],
        "stack_run": int(stack.group(1)),
        "memory_functions": memory,
    }
    print(f"{triple}: bytes of the archive and the runtime support it pulls in")
    for key, budget in BUDGETS.items():
        limit = TOLERATED.get(key, budget)
        mark = "ok" if report[key] <= budget else f"OVER, tolerated up to {limit}" if report[key] <= limit else "TOO MUCH"
        print(f"  {key:10} {report[key]:7}  of {budget:7}  {mark}")
    print(f"  of these libgcc, memory functions and fill: flash {support['text'] + support['data']}, ram {support['data'] + support['bss']}")
    print(f"  of these the C library's memory functions: flash {memory}")
    print("  largest parts of the archive:")
    for name, size in sorted(sections.items(), key=lambda item: -item[1])[:15]:
        print(f"    {size:6}  {name}")
    if len(sys.argv) > 4:
        with open(sys.argv[4], "w", encoding="utf-8") as out:
            json.dump(report, out, indent=2)
            out.write("\n")
    return any(report[key] > TOLERATED.get(key, budget) for key, budget in BUDGETS.items())


if __name__ == "__main__":
    sys.exit(main())
