#!/usr/bin/env python3
"""Names the builds of the archive and the cargo options each is built with, a line each: kind, name, options.

    tools/variants.py            variants (sets of features with a name), then switches (everything but one feature)
    tools/variants.py kind       only those of a kind: variant or switch

Read from the features of Cargo.toml; the build that says nothing is not among them. Needs nothing but the standard library.
"""

import pathlib
import sys
import tomllib

ROOT = pathlib.Path(__file__).resolve().parent.parent
VARIANTS = ("client", "carrier")
# In no other set: what a build has to ask for.
EXTRA = "lwm2m-1-1"


def features():
    """The features of the library with what each brings, itself included."""
    with open(ROOT / "Cargo.toml", "rb") as manifest:
        table = tomllib.load(manifest)["features"]

    def brings(name):
        return {name}.union(*(brings(other) for other in table[name] if other in table))

    return {name: brings(name) for name in table}


def builds():
    """Yields kind, name and cargo options of each build."""
    table = features()
    without = "--no-default-features --features "
    for name in VARIANTS:
        yield "variant", name, without + name
    if EXTRA in table:
        yield "variant", "full-1.1", "--features " + EXTRA
    sets = {"default", "full", *VARIANTS}
    switches = sorted(table["full"] - sets)
    for name in switches:
        rest = [other for other in switches if name not in table[other]]
        yield "switch", name, without + ",".join(rest)


def main():
    wanted = sys.argv[1:]
    for kind, name, options in builds():
        if not wanted or kind in wanted:
            print(kind, name, options)


if __name__ == "__main__":
    main()
