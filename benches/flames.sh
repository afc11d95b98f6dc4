#!/usr/bin/env bash
# Where the time of what has a tight budget goes: flame graphs under target/flames, and docs/flames.md with the shares in them.
# Needs Linux with `perf`, inferno (`cargo install inferno`), and the worlds that `cargo bench --bench budgets` leaves.
#
#     bash benches/flames.sh
set -euo pipefail
cd "$(dirname "$0")/.."
worlds=$PWD/target/bench-worlds/run
out=$PWD/target/flames
began=$(date +%s)
changed=$(git diff --quiet HEAD -- . ':!docs' || echo ' with changes')
scratch=$(mktemp -d)
page=$scratch/page
trap 'rm -rf "$scratch"' EXIT

for tool in perf inferno-collapse-perf inferno-flamegraph; do
    command -v "$tool" >/dev/null || { echo "there is no $tool" >&2; exit 2; }
done
for world in claim check-full status-full cold; do
    [ -d "$worlds/$world" ] || { echo 'first: cargo bench --bench budgets' >&2; exit 2; }
done
# As the benchmarks are run: nothing of the user's.
for name in $(compgen -e | grep -E '^(GIT_|SSH_|XDG_|CLAUDE|CODEX|GEMINI)'); do unset "$name"; done
# Without frame pointers a kernel cannot tell who called whom.
RUSTFLAGS='-C force-frame-pointers=yes' CARGO_PROFILE_RELEASE_DEBUG=line-tables-only \
    cargo build --release --bin git-coord --target-dir "$out"
program=$out/release/git-coord

cat >"$page" <<END
# Where the time goes

This page is written by \`bash benches/flames.sh\`; do not edit it. Shares of the time that processors spent on a command, from
its start to its end, kernel included; waiting for a disk is not in them. A share has those in it that it calls. The graphs
themselves are left in \`target/flames\`.

Measured at commit $(git rev-parse --short=12 HEAD)$changed, in the worlds of [performance.md](performance.md) as a run of the
budgets leaves them: \`check\` is twelve entries behind there.
END

# shares FOLDED: what every stack is part of, as a table: our own functions, and what the kernel and the linker do for all.
shares() {
    awk '
        function known(frame) {
            if (frame == "asm_exc_page_fault") return "*first touches of memory (page faults)*"
            if (frame == "do_syscall_64") return "*system calls*"
            if (frame == "_dl_start_user") return "*the linker, before the program begins*"
            if (frame == "main") return "*the program, after that*"
            if (frame == "start_thread") return "*other threads of the program*"
            if (frame ~ /^(_int_malloc|_int_free|malloc|cfree|malloc_consolidate|realloc)/) return "*taking and giving back memory*"
            if (frame !~ /git_coord::/ || frame ~ /closure/) return ""
            gsub(/<impl [^>]*(<[^>]*>)*>+::/, "", frame); sub(/ as [^>]*(<[^>]*>)*>/, "", frame)
            sub(/^<git_coord::[a-z_:]*/, "", frame); gsub(/<[A-Z](,[A-Z])*>/, "", frame); gsub(/git_coord::/, "", frame)
            return frame
        }
        {
            count = $NF; sub(/ [0-9]+$/, ""); all += count
            split("", seen); frames = split($0, stack, ";")
            for (at = 1; at <= frames; at++) {
                name = known(stack[at])
                if (name != "" && !(name in seen)) { seen[name] = 1; share[name] += count }
            }
        }
        END { for (name in share) if (share[name] >= all * 0.04) printf "%.0f %%\t%s\n", 100 * share[name] / all, name }
    ' "$1" | sort -t"$(printf '\t')" -k1,1rn -k2 | awk -F'\t' '{ print "| " $1 " | " $2 " |" }'
}

# graph NAME WORLD COUNT ARGUMENT...: one command so many times; RUN in an argument is another word each time.
graph() {
    local name=$1 world=$2 count=$3
    shift 3
    echo 'set -e' >"$scratch/commands"
    for run in $(seq "$count"); do
        printf '%q ' "$program" "${@//RUN/$began-$run}"
        echo '>/dev/null'
    done >>"$scratch/commands"
    (
        cd "$worlds/$world"
        export HOME=$worlds/home GIT_CONFIG_NOSYSTEM=1
        perf record -q -e cpu-clock -F 9999 -g -o "$scratch/data" bash "$scratch/commands"
    )
    perf script -i "$scratch/data" --comm git-coord | inferno-collapse-perf >"$out/$name.folded"
    inferno-flamegraph --title "git coord ${*//RUN/…}" --minwidth 0.4 "$out/$name.folded" >"$out/$name.svg"
    {
        printf '\n## `git coord %s`\n\n| share | of |\n|---|---|\n' "${*//RUN/…}"
        shares "$out/$name.folded"
    } >>"$page"
}

graph claim claim 60 claim 'new/RUN/' --intent 'Do something new'
graph check check-full 200 check src/m0003/reader.rs
graph status status-full 60 status
graph verify cold 2 verify --full
mv "$page" docs/flames.md
