#!/usr/bin/env bash
# SPDX-License-Identifier: MIT OR Apache-2.0
#
# A release for those who have no Rust: archives for this machine and the given targets (default: both conventions of the Cortex-M33),
# headers, a CMake package, the Zephyr module, licences and checksums, in target/dist/lwm2m-carrier-<version>/ and as a .tar.gz beside it.
#
#   tools/dist.sh [triple ...]

set -euo pipefail
source "$(dirname "$0")/env.sh"
cargo_need
cd "$ROOT"

(($#)) || set -- thumbv8m.main-none-eabihf thumbv8m.main-none-eabi
version=$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -n 1)
name=lwm2m-carrier-$version
folder="$(target_folder)/dist/$name"
rm -rf "$folder" "$folder.tar.gz"
mkdir -p "$folder/lib"

for triple in host "$@"; do
  # The host's is named by what it is.
  named=$triple
  [[ $triple != host ]] || named=$(uname -m)-unknown-linux-gnu
  tools/build-archive.sh "$triple" "$folder/lib/$named" --quiet >/dev/null
done
cp -r include cmake zephyr docs west.yml README.md CHANGELOG.md LICENSE-MIT LICENSE-APACHE "$folder"
mkdir -p "$folder/samples"
cp -r samples/zephyr "$folder/samples"
sed "s/@VERSION@/$version/" cmake/lwm2m_carrier-config-version.cmake.in >"$folder/cmake/lwm2m_carrier-config-version.cmake"
rm "$folder/cmake/lwm2m_carrier-config-version.cmake.in"
(cd "$folder" && find . -type f ! -name SHA256SUMS -print0 | LC_ALL=C sort -z | xargs -0 sha256sum >SHA256SUMS)
# Equal sources give an equal file.
tar -C "$(dirname "$folder")" --sort=name --owner=0 --group=0 --numeric-owner --mtime='2024-01-01 00:00Z' -czf "$folder.tar.gz" "$name"
echo "${folder#"$ROOT"/}.tar.gz"
