#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""What must hold for the files of the repository themselves; one line for each thing that does not.

No note of unfinished work, no ignored test, no failure that a script waves through, no source file over 600 lines, and a README that
lists every function of the API and names only files that exist.
"""

import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
SOURCE = {".rs", ".c", ".h", ".S", ".java", ".sh", ".py", ".cmake"}
LONGEST = 600
# Written in pieces, so that this file does not find itself.
FORBIDDEN = {
    "note of unfinished work": re.compile(r"\b(TO" r"DO|FIX" r"ME|XX" r"X)\b|unimplem" r"ented!\(|to" r"do!\("),
    "ignored test": re.compile(r"#\[ign" r"ore"),
    "failure without consequence": re.compile(r"\|\| tr" r"ue\b"),
}


def tracked():
    """The files git knows; without git, such as in an unpacked release, all that no build has written."""
    git = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, check=False, capture_output=True, text=True)
    if git.returncode == 0:
        paths = [ROOT / name for name in git.stdout.split("\0") if name]
    else:
        # Cargo marks its folders.
        written = {ROOT / "build", *(mark.parent for mark in ROOT.rglob("CACHEDIR.TAG"))}
        paths = [path for path in sorted(ROOT.rglob("*")) if not written & set(path.parents)]
    return [path for path in paths if path.is_file()]


def is_test(path):
    parts = path.relative_to(ROOT).parts
    return "tests" in parts or path.name == "tests.rs"


def code_lines(path, text):
    """Lines without the tests at the end of a Rust file, and 0 for what a program has written."""
    if is_test(path) or path.parent == ROOT / "include":
        return 0
    return len(re.split(r"(?m)^#\[cfg\(test\)\]\nmod \w+ \{", text)[0].splitlines())


def files(paths):
    for path in paths:
        if path.suffix not in SOURCE | {".md", ".toml", ".yaml", ".conf", ""} or path.name.startswith("LICENSE"):
            continue
        text = path.read_text(encoding="utf-8")
        name = path.relative_to(ROOT)
        for number, line in enumerate(text.splitlines(), 1):
            for what, pattern in FORBIDDEN.items():
                if pattern.search(line):
                    yield f"{name}:{number}: {what}"
        if path.suffix in SOURCE and (lines := code_lines(path, text)) > LONGEST:
            yield f"{name}: {lines} lines, {LONGEST} at most"


def readme():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    header = "".join((ROOT / "include" / name).read_text(encoding="utf-8") for name in ("lwm2m_carrier.h", "lwm2m_carrier_provision.h"))
    functions = set(re.findall(r"^(?:extern )?(?:const )?\w+ \*?(lwm2m_carrier_\w+)\(", header, re.M))
    rows = set(re.findall(r"^\| `(lwm2m_carrier_\w+)` \|", text, re.M))
    for name in sorted(functions - rows):
        yield f"README.md: no row for {name}"
    for name in sorted(rows - functions):
        yield f"README.md: {name} is not in the header"
    for target in re.findall(r"\]\(([^)#:]+)\)", text):
        if not (ROOT / target).exists():
            yield f"README.md: no file {target}"
    for name in re.findall(r"`((?:core|src|virtual-modem|lab|samples|tools|cmake|conformance|include|tests)/[\w./-]*)`", text):
        if not (ROOT / name).exists():
            yield f"README.md: no file {name}"


def main():
    paths = tracked()
    problems = [*files(paths), *readme()]
    print("\n".join(problems) if problems else f"{len(paths)} files")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
