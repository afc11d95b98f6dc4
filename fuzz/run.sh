#!/usr/bin/env bash
# Runs targets for so many seconds each, two at once, and stops with an error at the first crash:
#     fuzz/run.sh SECONDS [TARGET…]
# What is found goes to fuzz/target/found; fuzz/keep.sh takes over what covers more than what is kept.
set -euo pipefail
cd "$(dirname "$0")/.."
seconds=${1:?how many seconds each target is to run}
shift
# Without a sanitizer a stable toolchain does; the program has no unsafe code. FUZZ_SANITIZER=address needs nightly.
sanitizer=${FUZZ_SANITIZER:-none}
case ${FUZZ_BUILD:-release} in
    dev) options=(--dev) directory=debug timeout=20 ;;
    *) options=(--codegen-units 16) directory=release timeout=2 ;;
esac
cargo fuzz build --sanitizer "$sanitizer" "${options[@]}"
binaries=fuzz/target/$(rustc -vV | sed -n 's/^host: //p')/$directory
[ "$#" -gt 0 ] || set -- fuzz/fuzz_targets/*.rs
one() {
    target=$(basename "$4" .rs)
    found=fuzz/target/found/$target
    mkdir -p "$found" "fuzz/artifacts/$target"
    dictionary=fuzz/dictionaries/$target.dict
    log=fuzz/target/found/$target.log
    # An input of 64 KiB takes a second and 256 MiB at most. The process also holds its corpus.
    if ! "$1/$target" "$found" "fuzz/corpus/$target" -max_total_time="$2" -max_len=65536 -timeout="$3" \
        -malloc_limit_mb=256 -rss_limit_mb=768 -print_final_stats=1 -artifact_prefix="fuzz/artifacts/$target/" \
        $([ -e "$dictionary" ] && printf -- '-dict=%s' "$dictionary") >"$log" 2>&1; then
        tail -n 40 "$log"
        printf '%s: crashed; the input is in fuzz/artifacts/%s\n' "$target" "$target"
        exit 255
    fi
    executed=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
    speed=$(sed -n 's/^stat::average_exec_per_sec: *//p' "$log")
    edges=$(grep -o 'cov: [0-9]*' "$log" | sed 's/cov: //')
    first=$(printf '%s\n' "$edges" | head -n 1)
    last=$(printf '%s\n' "$edges" | tail -n 1)
    printf '%-18s %10s executions %8s/s  coverage %s -> %s  corpus %s\n' "$target" "$executed" "$speed" "$first" "$last" \
        "$(find "$found" -type f | wc -l)"
}
export -f one
printf '%s\n' "$@" | xargs -P "${FUZZ_JOBS:-2}" -I{} bash -c 'one "$@"' one "$binaries" "$seconds" "${FUZZ_TIMEOUT:-$timeout}" {}
