#!/bin/sh
# Links the bare-metal programs of tests/target with the archive, and runs them in QEMU (mps2-an505, a Cortex-M33 with FPU).
#
#   tools/target.sh link <triple> <folder> [cargo option]...    archive, reference.elf and its link map into the folder
#   tools/target.sh build <triple> <folder> [cargo option]...   the same, and the other images
#   tools/target.sh run <triple> <folder> [cargo option]...     the same, then runs; the last line tells the result
#
# Images: api-test.elf with the built-in versions of the overridable functions, api-override.elf with the application's own versions,
# reference.elf that holds the archive and nothing else of note, for size.
set -eu

[ $# -ge 3 ] || { sed -n '2,10s/^# \{0,1\}//p' "$0" >&2; exit 2; }
action=$1
triple=$2
folder=$3
shift 3
root=$(cd "$(dirname "$0")/.." && pwd)
case $triple in
thumbv8m.main-none-eabihf) abi="-mcpu=cortex-m33 -mthumb -mfloat-abi=hard -mfpu=fpv5-sp-d16" ;;
thumbv8m.main-none-eabi) abi="-mcpu=cortex-m33+nofp -mthumb -mfloat-abi=soft" ;;
*) echo "target: no board for $triple" >&2; exit 2 ;;
esac
cc="arm-none-eabi-gcc $abi -std=gnu11 -Os -ffunction-sections -fdata-sections -Wall -Wextra -Werror -I$root/include"
link="-nostartfiles -T $root/tests/target/mps2-an505.ld -Wl,--gc-sections -Wl,--no-warn-rwx-segments -Wl,-z,noexecstack"

mkdir -p "$folder"
archive=$("$root/tools/build-archive.sh" "$triple" "$folder" "$@")

cd "$root/tests/target"
# Whatever the archive asks of the outside becomes another name of the reset function: nothing of it counts.
outside=$(readelf -sW "$archive" | awk '$7 == "UND" && $8 ~ /^(lwm2m_os_|nrf_)/ {print $8}' | sort -u)
aliases=$(for symbol in $outside; do printf ' -Wl,--defsym=%s=reset' "$symbol"; done)
# shellcheck disable=SC2086
$cc reference.c "$archive" $link -nostdlib -Wl,--start-group -lc -lgcc -Wl,--end-group $aliases \
    -Wl,-Map="$folder/reference.map" -o "$folder/reference.elf"

[ "$action" != link ] || exit 0
case " $*" in
*" --no-default-features "*) cc="$cc -DWITHOUT_FIRMWARE" ;;
esac
case " $*" in
*" carrier") cc="$cc -DWITHOUT_OBJECTS" ;;
esac
program="startup.c context.S platform.c sched.c system.c modem.c firmware.c peer.c main.c ../c_api/api_test.c"
# shellcheck disable=SC2086
for image in api-test:api_builtin api-override:api_overrides; do
    $cc $program ../c_api/${image#*:}.c "$archive" $link --specs=rdimon.specs -lm \
        -Wl,-Map="$folder/${image%:*}.map" -o "$folder/${image%:*}.elf"
done

[ "$action" = run ] || exit 0
for image in api-test api-override; do
    timeout 120 qemu-system-arm -M mps2-an505 -nographic -monitor none -serial none \
        -semihosting-config enable=on,target=native -kernel "$folder/$image.elf" >"$folder/$image.log" 2>&1 && status=0 || status=$?
    cat "$folder/$image.log"
    echo "$image: exit $status"
    [ "$status" -eq 0 ] || exit 1
done
