#!/usr/bin/env bash
# Puts every bug of this directory into a copy of the source, one at a time, and runs the tests that have to catch it: of
# several lines of tests, each by itself.
#
#   bash tests/seeded_bugs/run.sh [DIRECTORY [NAME…]]
#
# The copy, and what is compiled of it, stay in DIRECTORY for the next time; without one they are thrown away. Ends with 1
# if a bug gets through, if one does not compile or apply any more, or if the tests fail without any.
set -euo pipefail

bugs=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$bugs/../.." && pwd)
if [ $# -gt 0 ]; then
    mkdir -p "$1"
    base=$(cd "$1" && pwd)
    shift
else
    base=$(mktemp -d)
    trap 'rm -rf "$base"' EXIT
fi
tree=$base/tree
export CARGO_TARGET_DIR=$base/target
# The copy may lie in a repository; patches are applied to the copy alone.
export GIT_CEILING_DIRECTORIES=$base

# A run that was stopped may have left a bug behind, and dates of files tell what is compiled anew.
rm -rf "$tree"
mkdir -p "$tree"
git -C "$root" ls-files -z --cached --others --exclude-standard |
    (cd "$root" && xargs -0 ls -d 2>/dev/null) |
    tar -C "$root" -c --no-recursion -T - | tar -C "$tree" -x -m
cd "$tree"

# Prints the tests that a patch names, as arguments of `cargo test`: a target, `--`, and what their names begin with; a line
# for each of its own.
tests_of() {
    sed -n 's/^tests: \(--lib\|--test main\) /\1 -- /p' "$1"
}

patches=()
for patch in "$bugs"/*.patch; do
    name=$(basename "$patch" .patch)
    if [ $# -eq 0 ] || [[ " $* " == *" $name "* ]]; then
        patches+=("$patch")
    fi
done

echo "without any bug:"
for patch in "${patches[@]}"; do tests_of "$patch"; done | sort -u | while read -r tests; do
    # shellcheck disable=SC2086
    if ! cargo test $tests >"$base/log" 2>&1 </dev/null; then
        tail -n 40 "$base/log"
        echo "these fail already: $tests"
        exit 1
    fi
    echo "  pass: $tests"
done

missed=0
for patch in "${patches[@]}"; do
    name=$(basename "$patch" .patch)
    if ! git apply "$patch" 2>"$base/log"; then
        echo "BROKEN    $name: it does not apply"
        missed=$((missed + 1))
        continue
    fi
    is_missed=0
    while read -r tests; do
        target=${tests%% -- *}
        # shellcheck disable=SC2086
        if ! cargo test --no-run $target >"$base/log" 2>&1 </dev/null; then
            echo "BROKEN    $name: it does not compile"
            is_missed=1
        elif cargo test $tests >"$base/log" 2>&1 </dev/null; then
            echo "SURVIVED  $name ($tests)"
            is_missed=1
        else
            failed=$(sed -n 's/^test \(.*\) \.\.\. FAILED$/\1/p' "$base/log")
            echo "caught    $name by $(wc -l <<<"$failed") tests of $tests, as $(head -n 1 <<<"$failed")"
        fi
    done < <(tests_of "$patch")
    missed=$((missed + is_missed))
    git apply --reverse "$patch"
done
echo "${#patches[@]} bugs, $missed not caught"
[ "$missed" -eq 0 ]
