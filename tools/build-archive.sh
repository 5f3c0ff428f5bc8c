#!/bin/sh
# Builds liblwm2m_carrier.a for one target and puts it into a folder.
#
#   tools/build-archive.sh <triple | host> <folder> [cargo option]...
#   tools/build-archive.sh <triple | host> --check     whether that can be done; otherwise says what is missing
#
# Targets: the host, thumbv8m.main-none-eabihf, thumbv8m.main-none-eabi and any other triple Cargo can build for. For a triple without a
# precompiled core the distribution's compiler builds core from source. Archives for Arm lose the members of compiler_builtins, so that
# the C library and libgcc of the firmware serve memcpy and the like (see README, "The archive").
#
# Environment: CARGO_TARGET_DIR (default target/), AR (default arm-none-eabi-ar, else llvm-ar), DEBIAN_BIN (where the distribution's
# compiler is, default /usr/bin).
set -eu

[ $# -ge 2 ] || { sed -n '2,9s/^# \{0,1\}//p' "$0" >&2; exit 2; }
triple=$1
folder=$2
shift 2
root=$(cd "$(dirname "$0")/.." && pwd)
debian=${DEBIAN_BIN:-/usr/bin}
target_dir=${CARGO_TARGET_DIR:-$root/target}/archive/$triple
unset RUSTFLAGS CARGO_ENCODED_RUSTFLAGS CARGO_BUILD_TARGET CARGO_TARGET_DIR

# One object with fat LTO: the crate type on the command line keeps it so.
cargo_archive() {
    "$@" rustc --manifest-path "$root/Cargo.toml" -p lwm2m-carrier --lib --crate-type staticlib --profile "$profile" --locked \
        --target-dir "$target_dir" ${target:+--target "$target"} $extra $compiler
}

extra=$*
case $triple in
host)
    profile=release
    compiler=
    target=
    built=$target_dir/release/liblwm2m_carrier.a
    [ "$folder" != --check ] || exit 0
    cargo_archive cargo
    ;;
*)
    # Flash is scarce there: the size profile, and what else was measured to make the archive smallest: the inliner's limit, nothing kept
    # in registers across loops or branches to save a load, constants behind their function, addresses made once, blocks in a dense order.
    profile=device
    compiler='-- -Cllvm-args=-inline-threshold=10 -Cllvm-args=-disable-machine-licm -Cllvm-args=-enable-load-pre=false'
    compiler="$compiler -Cllvm-args=-arm-promote-constant -Cllvm-args=-consthoist-gep -Cllvm-args=-apply-ext-tsp-for-size"
    # Once all crates are one, the whole pipeline again: what link-time optimisation laid open is simplified once more.
    compiler="$compiler -Cpasses=default<Oz>"
    # For each crate, as much is decided before they meet: a branch is not replaced by computing both sides and choosing.
    RUSTFLAGS=-Cllvm-args=-two-entry-phi-node-folding-threshold=1
    target=$triple
    built=$target_dir/$triple/device/liblwm2m_carrier.a
    core_of() { ls "$("$1" --print sysroot 2>/dev/null)/lib/rustlib/$triple/lib/"libcore-*.rlib >/dev/null 2>&1; }
    if core_of rustc; then
        compile=
    elif [ -x "$debian/rustc" ] && [ -x "$debian/cargo" ] && [ -d "$("$debian/rustc" --print sysroot)/lib/rustlib/src/rust/library/core" ]; then
        compile="env RUSTC_BOOTSTRAP=1 RUSTC=$debian/rustc $debian/cargo"
        # Passes over MIR that merge loads, comparisons and branches where LLVM alone finds shorter code.
        RUSTFLAGS="$RUSTFLAGS -Zmir-enable-passes=-GVN,-JumpThreading,-SimplifyComparisonIntegral"
        extra="-Zbuild-std=core $extra"
        target=$target_dir/$triple.json
    else
        echo "build-archive: no core library for $triple: run 'rustup target add $triple'" \
            "or install the Debian packages rustc-web, cargo-web and rust-web-src" >&2
        exit 1
    fi
    [ "$folder" != --check ] || exit 0
    if [ "$target" != "$triple" ]; then
        # The same target without the frame pointer in every function, which takes a twentieth of the code.
        mkdir -p "$target_dir"
        RUSTC_BOOTSTRAP=1 "$debian/rustc" -Zunstable-options --print target-spec-json --target "$triple" |
            sed '/"is-builtin"/d; s/"frame-pointer": "always"/"frame-pointer": "may-omit"/' >"$target"
        if RUSTC_BOOTSTRAP=1 "$debian/cargo" -Z help | grep -q json-target-spec; then
            extra="-Zjson-target-spec $extra"
        fi
    fi
    export RUSTFLAGS
    # shellcheck disable=SC2086
    cargo_archive ${compile:-cargo}
    ;;
esac

mkdir -p "$folder"
copy=$folder/liblwm2m_carrier.a
cp "$built" "$copy.new.$$"
case $triple in
thumb* | arm*)
    ar=${AR:-$(command -v arm-none-eabi-ar || command -v llvm-ar || command -v ar)}
    members=$("$ar" t "$copy.new.$$" | sed -n '/^compiler_builtins/p')
    # D: no times or owners, so that equal sources give equal archives.
    [ -z "$members" ] || "$ar" dD "$copy.new.$$" $members
    "$ar" sD "$copy.new.$$"
    ;;
esac
# An unchanged archive keeps its time, so that nothing is linked again.
if cmp -s "$copy.new.$$" "$copy"; then rm "$copy.new.$$"; else mv "$copy.new.$$" "$copy"; fi
echo "$copy"
