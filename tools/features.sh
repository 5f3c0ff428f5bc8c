#!/usr/bin/env bash
# SPDX-License-Identifier: MIT OR Apache-2.0
#
# Builds that leave something out: without each feature, without all of them, and the variants with a name build without a warning. The core's
# tests hold in the variants; with each feature alone, what its objects need is there.

set -euo pipefail
source "$(dirname "$0")/env.sh"
cargo_need
cd "$ROOT"

# lint <cargo option ...>
lint() {
  "$CARGO" clippy --locked --quiet --package lwm2m-carrier --lib "$@" -- -D warnings
  "$CARGO" clippy --locked --quiet --package carrier-core --lib "$@" -- -D warnings
}

while read -r kind name options; do
  echo "$kind $name"
  # shellcheck disable=SC2086
  lint $options
  if [[ $kind == variant ]]; then
    # shellcheck disable=SC2086
    "$CARGO" clippy --locked --quiet --package carrier-core --tests $options -- -D warnings
    # shellcheck disable=SC2086
    "$CARGO" test --locked --quiet --package carrier-core $options
  else
    "$CARGO" test --locked --quiet --package carrier-core --test oma --no-default-features --features "$name" what_the_objects_need
  fi
done < <("$ROOT/tools/variants.py")
echo "nothing"
lint --no-default-features
