#!/usr/bin/env bash
# SPDX-License-Identifier: MIT OR Apache-2.0
#
# All 25 functions called from C on this machine, with the virtual modem below and under the address and undefined-behaviour sanitizers:
# once with the built-in versions of the overridable functions and once with the application's own.

set -euo pipefail
source "$(dirname "$0")/host.sh"
cargo_need
host_build

folder="$(target_folder)/api-host"
mkdir -p "$folder"
cd "$ROOT/tests/c_api"
for kind in builtin overrides; do
  gcc -std=gnu11 -Wall -Wextra -Werror -g -O1 -fsanitize=address,undefined -fno-sanitize-recover=all -I"$ROOT/include" \
    host_main.c api_test.c "api_$kind.c" "$ARCHIVE" "$MODEM" -Wl,-rpath,"$(dirname "$MODEM")" -Wl,--gc-sections -lm -lpthread -ldl \
    -rdynamic -o "$folder/api-$kind"
  scratch=$(mktemp -d)
  echo "api-$kind"
  (cd "$scratch" && VIRTUAL_MODEM_DIR="$scratch" timeout 120 "$folder/api-$kind") || { rm -rf "$scratch"; exit 1; }
  rm -rf "$scratch"
done
