#!/usr/bin/env bash
# SPDX-License-Identifier: MIT OR Apache-2.0
#
# The Zephyr module without a Zephyr tree: options, CMake functions, modem constants, glue. kconfiglib is taken from the distribution or
# from PyPI.
#
#   tools/zephyr-test.sh [test module ...]     without names: all of tests/zephyr

set -euo pipefail
source "$(dirname "$0")/env.sh"
cargo_need

PYTHON=
for candidate in python3 /usr/bin/python3 "$(target_folder)/zephyr-python/bin/python3"; do
  if "$candidate" -c 'import kconfiglib' 2>/dev/null; then
    PYTHON=$candidate
    break
  fi
done
if [[ -z $PYTHON ]]; then
  python3 -m venv "$(target_folder)/zephyr-python"
  PYTHON="$(target_folder)/zephyr-python/bin/python3"
  "$PYTHON" -m pip install --quiet kconfiglib==14.1.0
fi

# The hook tests also run against the virtual modem.
"$CARGO" build --quiet --locked --manifest-path "$ROOT/Cargo.toml" -p virtual-modem
VIRTUAL_MODEM="$(target_folder)/debug/libvirtual_modem.so"
ZEPHYR_TEST_FOLDER="$(target_folder)/zephyr-test"
export VIRTUAL_MODEM ZEPHYR_TEST_FOLDER

cd "$ROOT/tests/zephyr"
export PYTHONDONTWRITEBYTECODE=1
if [[ $# -eq 0 ]]; then
  set -- test_*.py
fi
"$PYTHON" run.py "${@%.py}"
