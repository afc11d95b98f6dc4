#!/usr/bin/env bash
# Which lines of the deciding code its tests reach. Needs `rustup component add llvm-tools`.
#
#     bash tests/kernel/coverage.sh                      # by the unit tests, the tests of the kernel, and the short simulation
#     bash tests/kernel/coverage.sh kernel:: server::    # by the unit tests and others of tests/
set -euo pipefail
cd "$(dirname "$0")/../.."
[ $# -gt 0 ] || set -- kernel:: simulation::
target=${CARGO_TARGET_DIR:-$PWD/target/coverage}
tools=$(find "$(rustc --print sysroot)" -name llvm-profdata -printf '%h\n' | head -1)
[ -n "$tools" ] || { echo 'first: rustup component add llvm-tools' >&2; exit 2; }

# Only what is ours counts what it reaches; everything else is compiled as ever.
mkdir -p "$target"
# Not sh: dash drops variables whose names have a dash, and one of those of cargo has.
printf '#!/usr/bin/env bash\nexec "$@" -C instrument-coverage\n' >"$target/wrapper"
chmod +x "$target/wrapper"
export RUSTC_WORKSPACE_WRAPPER=$target/wrapper CARGO_TARGET_DIR=$target
reached=$(mktemp -d)
trap 'rm -rf "$reached"' EXIT

built=$(cargo test --lib --test main --no-run 2>&1 | sed -n 's/.*Executable.*(\(.*\))$/\1/p')
[ -n "$built" ] || { cargo test --lib --test main --no-run; exit 1; }
export LLVM_PROFILE_FILE=$reached/%p-%m.profraw
{ read -r unit; read -r outside; } <<<"$built"
what=("$unit" --object "$outside" --instr-profile "$reached/all" --ignore-filename-regex '(tests?|cast)\.rs|/tests/')
"$unit" -q rules:: model:: format:: sign:: ledger::
"$outside" -q "$@"
"$tools/llvm-profdata" merge -sparse -o "$reached/all" "$reached"/*.profraw
for part in rules model format sign; do
    printf '%-8s' "$part"
    "$tools/llvm-cov" report "${what[@]}" --sources "src/$part" |
        awk '/^TOTAL/ { printf "%s of %s lines (%s), %s of %s functions (%s)\n", $8 - $9, $8, $10, $5 - $6, $5, $7 }'
done
"$tools/llvm-cov" show "${what[@]}" --sources src/rules >"$target/rules.txt"
echo "line by line: $target/rules.txt"
