#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""Licences and origin of every package in Cargo.lock against deny.toml, where cargo-deny is not installed.

Reads `[licenses] allow` and `exceptions`, `[bans] deny` and `[sources]`. An expression holds when one way through its OR and AND is allowed.
"""

import json
import os
import pathlib
import re
import subprocess
import sys
import tomllib

ROOT = pathlib.Path(__file__).resolve().parent.parent
CRATES_IO = "registry+https://github.com/rust-lang/crates.io-index"


def packages():
    command = [os.environ.get("CARGO", "cargo"), "metadata", "--locked", "--all-features", "--format-version", "1"]
    answer = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    return json.loads(answer)["packages"]


def allows(expression, allowed):
    """Value of an SPDX expression; AND binds closer than OR."""
    tokens = re.findall(r"\(|\)|[^\s()]+", expression.replace("/", " OR "))
    position = 0

    def take():
        nonlocal position
        position += 1
        return tokens[position - 1]

    def peek():
        return tokens[position] if position < len(tokens) else None

    def term():
        if peek() == "(":
            take()
            value = either()
            take()
            return value
        name = take()
        if peek() == "WITH":
            take()
            name += " WITH " + take()
        return name in allowed

    def both():
        value = term()
        while peek() == "AND":
            take()
            value = term() and value
        return value

    def either():
        value = both()
        while peek() == "OR":
            take()
            value = both() or value
        return value

    return either()


def problems(rules):
    allowed = set(rules["licenses"]["allow"])
    exceptions = {each["crate"]: set(each["allow"]) for each in rules["licenses"].get("exceptions", [])}
    banned = {each["crate"] for each in rules["bans"].get("deny", [])}
    for package in packages():
        name = f"{package['name']} {package['version']}"
        licence = package["license"]
        if licence is None or not allows(licence, allowed | exceptions.get(package["name"], set())):
            yield f"{name}: licence {licence}"
        if package["name"] in banned:
            yield f"{name}: must not be there"
        if package["source"] not in (None, CRATES_IO):
            yield f"{name}: comes from {package['source']}"


def main():
    rules = tomllib.loads((ROOT / "deny.toml").read_text(encoding="utf-8"))
    found = list(problems(rules))
    print("\n".join(found) if found else "every package is allowed")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
