#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""Puts the figures of target/report/size.json and bench.json into the README, between its two marks."""

import json
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
REPORTS = ROOT / "target/report"
INSTRUCTIONS = {
    "read_device_tlv": "Read /3/0 in TLV",
    "read_battery": "Read /3/0/9",
    "write_lifetime": "Write /1/0/1",
    "discover_device": "Discover /3/0",
    "notify_battery": "Notify /3/0/9",
}
BYTES = {
    "register": "Register, objects 1 and 3",
    "update_dtls": "Update over DTLS",
    "update_nosec": "Update without security",
    "deregister_dtls": "De-register over DTLS",
    "notify_battery": "notification of /3/0/9",
    "read_device_overhead": "Read /3/0, besides its TLV",
}


def table(head, rows):
    lines = [f"| {head} | |", "|---|---:|"]
    return "\n".join(lines + [f"| {name} | {value:_} |".replace("_", " ") for name, value in rows])


def main():
    size = json.loads((REPORTS / "size.json").read_text(encoding="utf-8"))
    bench = json.loads((REPORTS / "bench.json").read_text(encoding="utf-8"))
    text = "\n\n".join([
        table(f"`make size`: bytes in a program for {size['target']}", [
            ("flash, with what it pulls in of libgcc and the C library", size["flash"]),
            ("of these memory functions of the C library", size["memory_functions"]),
            ("RAM", size["ram"]),
            ("of these initialised data", size["data"]),
            ("deepest stack of the run thread", size["stack_run"]),
        ]),
        table("`make size`: flash, with less or more", [
            *((f"`{name}`", own["flash"]) for name, own in size["variants"].items()),
            *((f"all but `{name}`", size["flash"] - own["flash"]) for name, own in size["switches"].items()),
        ]),
        table("`make bench`: instructions from datagram in to datagram out, x86-64", [
            (name, bench["instructions"][key]) for key, name in INSTRUCTIONS.items()
        ]),
        table("`make bench`: bytes of UDP payload before encryption", [(name, bench["bytes"][key]) for key, name in BYTES.items()]),
    ])
    readme = ROOT / "README.md"
    old = readme.read_text(encoding="utf-8")
    new, count = re.subn(r"(?s)(<!-- figures -->\n).*(<!-- end of figures -->)", lambda mark: f"{mark[1]}\n{text}\n\n{mark[2]}", old)
    if count != 1:
        sys.exit("README.md has no place for figures")
    readme.write_text(new, encoding="utf-8")


if __name__ == "__main__":
    main()
