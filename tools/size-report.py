#!/usr/bin/env python3
"""Tells what the archive costs, from link maps of the reference program, and fails when a budget is exceeded.

    tools/size-report.py <folder> <triple> <report.json> [variant/<name> | switch/<name>]...

In the folder are reference.map and api-test.log of the build that says nothing, in the folders below those of the named builds.

flash is .text, .rodata, exception index and initial values of .data; ram is .data and .bss. What counts is the archive and everything
it pulls in: members of libgcc and the memory functions of the C library (memcpy and the like, which also have a line of their own).
stack_run is the deepest stack of the run thread in the QEMU run. Needs nothing but the standard library.
"""

import json
import pathlib
import re
import sys

BUDGETS = {
    "full": {"flash": 48 * 1024, "ram": 10 * 1024, "data": 256, "stack_run": 3072},
    "carrier": {"flash": 44 * 1024, "ram": 10 * 1024, "data": 256, "stack_run": 2560},
    "client": {"flash": 36 * 1024, "ram": 8 * 1024, "data": 256, "stack_run": 2560},
    "full-1.1": {"flash": 56 * 1024, "ram": 10 * 1024, "data": 256, "stack_run": 3072},
}
# Budgets that are not met, and what the check tolerates until they are. Raised only by what new functions really take.
TOLERATED = {
    "full": {"flash": 59 * 1024},
    "client": {"flash": 38 * 1024},
    "full-1.1": {"flash": 69 * 1024},
}

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


def cost(folder, triple):
    """What the build in a folder costs, what its runtime support and its largest parts are; without its stack if it was not run."""
    totals = {"text": 0, "data": 0, "bss": 0}
    support = dict(totals)
    parts = {}
    memory = 0
    for section, name, size, source in contributions(folder / "reference.map"):
        what = kind(section)
        if what is None or re.search(r"/cc\w+\.o$|reference\.o$", source):
            continue
        if MEMORY_FUNCTIONS.search(source):
            memory += size
        totals[what] += size
        if "liblwm2m_carrier.a" in source:
            parts[name] = parts.get(name, 0) + size
        else:
            support[what] += size
    if totals["text"] < 4096:
        sys.exit(f"size-report: the map in {folder} is not what it should be")
    report = {
        "target": triple,
        "flash": totals["text"] + totals["data"],
        "ram": totals["data"] + totals["bss"],
        "data": totals["data"],
    }
    log = folder / "api-test.log"
    if log.exists():
        stack = re.search(r"^stack run_thread (\d+)", log.read_text(encoding="utf-8", errors="replace"), re.M)
        if not stack:
            sys.exit(f"size-report: the log in {folder} is not what it should be")
        report["stack_run"] = int(stack.group(1))
    report["memory_functions"] = memory
    return report, support, parts


def judge(report, budgets, tolerated):
    """Prints each figure that has a budget; whether one is beyond what is tolerated."""
    for key, budget in budgets.items():
        limit = tolerated.get(key, budget)
        mark = "ok" if report[key] <= budget else f"OVER, tolerated up to {limit}" if report[key] <= limit else "TOO MUCH"
        print(f"  {key:10} {report[key]:7}  of {budget:7}  {mark}")
    return any(report[key] > tolerated.get(key, budget) for key, budget in budgets.items())


def main():
    images, triple, out = pathlib.Path(sys.argv[1]), sys.argv[2], sys.argv[3]
    report, support, parts = cost(images, triple)
    print(f"{triple}: bytes of the archive and the runtime support it pulls in")
    wrong = judge(report, BUDGETS["full"], TOLERATED.get("full", {}))
    print(f"  of these libgcc, memory functions and fill: flash {support['text'] + support['data']}, ram {support['data'] + support['bss']}")
    print(f"  of these the C library's memory functions: flash {report['memory_functions']}")
    print("  largest parts of the archive:")
    for name, size in sorted(parts.items(), key=lambda item: -item[1])[:15]:
        print(f"    {size:6}  {name}")
    tables = {"variant": {}, "switch": {}}
    for build in sys.argv[4:]:
        what, name = build.split("/")
        tables[what][name], _, _ = cost(images / build, triple)
    for name, own in tables["variant"].items():
        print(f"{name}:")
        wrong |= judge(own, BUDGETS[name], TOLERATED.get(name, {}))
    if tables["switch"]:
        print("what each switch alone takes away:")
        print(f"  {'flash':>6} {'ram':>6}")
    for name, own in tables["switch"].items():
        tables["switch"][name] = {key: report[key] - own[key] for key in ("flash", "ram")}
        print("  {flash:6} {ram:6}  {name}".format(name=name, **tables["switch"][name]))
    if sys.argv[4:]:
        report["variants"] = tables["variant"]
        report["switches"] = tables["switch"]
    with open(out, "w", encoding="utf-8") as file:
        json.dump(report, file, indent=2)
        file.write("\n")
    return wrong


if __name__ == "__main__":
    sys.exit(main())
