# SPDX-License-Identifier: MIT OR Apache-2.0
#
# For sourcing by the other scripts: where the repository is, which cargo to use, a scratch folder,
# and an end that stops the processes this script started, by their ids.

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
REPORTS="$ROOT/target/report"
# Oldest compiler the sources are written for; the same as rust-version in Cargo.toml.
RUST_MINOR_MIN=88
# Debian's packages of current Rust put their tools here.
DEBIAN_CARGO=/usr/bin/cargo

# True when the program is a cargo that can build this repository.
cargo_fits() {
  local version
  version=$(cd "$ROOT" && "$1" --version 2>/dev/null) || return 1
  version=${version#cargo 1.}
  [[ ${version%%.*} =~ ^[0-9]+$ && ${version%%.*} -ge $RUST_MINOR_MIN ]]
}

# Prints the cargo to use: $CARGO, the one in PATH, rustup's, Debian's; fails when none fits.
cargo_find() {
  local candidate
  for candidate in "${CARGO:-}" cargo "$HOME/.cargo/bin/cargo" "$DEBIAN_CARGO"; do
    if [[ -n $candidate ]] && cargo_fits "$candidate"; then
      command -v "$candidate"
      return 0
    fi
  done
  return 1
}

# Sets CARGO, or ends the script.
cargo_need() {
  CARGO=$(cargo_find) || {
    echo "No cargo 1.$RUST_MINOR_MIN or newer: run 'make setup' as root" >&2
    exit 2
  }
  export CARGO
  # Its compiler stands beside it.
  PATH="$(dirname "$CARGO"):$PATH"
}

# Cargo's folder for build results.
target_folder() {
  printf '%s\n' "${CARGO_TARGET_DIR:-$ROOT/target}"
}

STARTED=()

# Stops what was started, and only that. Some of it may have ended already.
stop_started() {
  local id
  for id in "${STARTED[@]}"; do
    if kill "$id" 2>/dev/null; then
      # Its code tells only that it was stopped.
      wait "$id" 2>/dev/null && :
    fi
  done
  STARTED=()
}
