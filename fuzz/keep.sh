#!/usr/bin/env bash
# Takes into fuzz/corpus what was found and covers more than what is there, few and small inputs first:
#     fuzz/keep.sh [TARGET…]
set -euo pipefail
cd "$(dirname "$0")/.."
# As in run.sh: what was built is what is asked.
case ${FUZZ_BUILD:-release} in
    dev) directory=debug ;;
    *) directory=release ;;
esac
binaries=fuzz/target/$(rustc -vV | sed -n 's/^host: //p')/$directory
[ "$#" -gt 0 ] || set -- fuzz/fuzz_targets/*.rs
for target in "$@"; do
    target=$(basename "$target" .rs)
    found=fuzz/target/found/$target
    [ -d "$found" ] || continue
    # Large inputs stay with whoever found them, and so does what only goes the same way more often: a few hundred KB of all
    # targets go into the repository.
    small=$(mktemp -d)
    find "$found" -type f -size -"${FUZZ_KEEP_BYTES:-400}"c -exec cp -t "$small" {} +
    if [ ! -x "$binaries/$target" ]; then
        echo "$binaries/$target is not there: run fuzz/run.sh with the same FUZZ_BUILD first" >&2
        exit 1
    fi
    "$binaries/$target" -set_cover_merge=1 -use_counters=0 "fuzz/corpus/$target" "$small" 2>&1 | tail -n 1
    rm -rf "$small"
    printf '%s: %s files, %s\n' "$target" "$(find "fuzz/corpus/$target" -type f | wc -l)" \
        "$(du -sh --apparent-size "fuzz/corpus/$target" | cut -f 1)"
done
