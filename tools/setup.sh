#!/usr/bin/env bash
# SPDX-License-Identifier: MIT OR Apache-2.0
#
# Installs what is missing for the named purposes, with apt-get, when run by root or with sudo without
# a password; otherwise names it in one line and fails. Prints nothing when nothing is missing.
#
#   tools/setup.sh build|test|interop|bench ...

set -euo pipefail
source "$(dirname "$0")/env.sh"

missing=()

# need <package> <probe command ...>
need() {
  local package=$1
  shift
  "$@" >/dev/null 2>&1 || missing+=("$package")
}

have_newlib() {
  [[ $(arm-none-eabi-gcc -print-file-name=libc.a) == /* ]]
}

have_core_source() {
  [[ -d $("${DEBIAN_CARGO%cargo}rustc" --print sysroot)/lib/rustlib/src/rust/library/core ]]
}

purpose_build() {
  need gcc command -v cc
  need libc6-dev test -e /usr/include/stdio.h
  need cmake command -v cmake
  need pkg-config command -v pkg-config
  need libssl-dev test -e /usr/include/openssl/ssl.h
  need ca-certificates test -e /etc/ssl/certs/ca-certificates.crt
  need cargo-web cargo_find
}

# True when the cargo in use brings the subcommand.
have_subcommand() {
  local cargo
  cargo=$(cargo_find) && (cd "$ROOT" && "$cargo" "$@")
}

purpose_test() {
  need rustfmt-web have_subcommand fmt --version
  need rust-web-clippy have_subcommand clippy --version
  need gcc-arm-none-eabi command -v arm-none-eabi-gcc
  need libnewlib-arm-none-eabi have_newlib
  need qemu-system-arm command -v qemu-system-arm
  # The device's core library is built from source with Debian's compiler.
  need cargo-web test -x "$DEBIAN_CARGO"
  need rust-web-src have_core_source
  need g++ command -v g++
  need tshark command -v tshark
  need python3 command -v python3
  # Checks of the Zephyr module's options; a Python of one's own gets it from PyPI instead.
  need python3-kconfiglib have_kconfiglib
  # libclang, for the vendor's bindings.
  need clang command -v clang
}

have_kconfiglib() {
  python3 -c 'import kconfiglib' || /usr/bin/python3 -c 'import kconfiglib' || python3 -c 'import ensurepip'
}

purpose_bench() {
  need valgrind command -v valgrind
}

purpose_interop() {
  need default-jdk-headless command -v javac
  need maven command -v mvn
  need python3-venv python3 -c 'import ensurepip'
}

install_missing() {
  local list
  mapfile -t list < <(printf '%s\n' "${missing[@]}" | sort -u)
  local run=()
  if [[ $EUID -ne 0 ]]; then
    if ! sudo -n true 2>/dev/null; then
      echo "Missing Debian packages; as root: apt-get install ${list[*]}" >&2
      exit 2
    fi
    run=(sudo -n)
  fi
  if ! command -v apt-get >/dev/null; then
    echo "Missing, and no apt-get here: ${list[*]}" >&2
    exit 2
  fi
  echo "Installing ${list[*]}"
  "${run[@]}" apt-get update -qq
  "${run[@]}" env DEBIAN_FRONTEND=noninteractive \
    apt-get install -y -qq --no-install-recommends "${list[@]}" >/dev/null
}

if [[ $# -eq 0 ]]; then
  set -- build test bench interop
fi
for purpose in "$@"; do
  case $purpose in
    build | test | bench | interop) "purpose_$purpose" ;;
    *)
      echo "setup.sh: no purpose '$purpose'" >&2
      exit 2
      ;;
  esac
done
if [[ ${#missing[@]} -gt 0 ]]; then
  install_missing
fi
