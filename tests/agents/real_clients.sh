#!/bin/sh
# Drives real agents' programs, without a network and without a model: what they run is a script (scripted_model.py) that
# edits a file which somebody else holds, then a free one. Prints a row for each program that is there.
#
# Usage: real_clients.sh CLIENTS GIT_COORD   (CLIENTS has claude-code, codex, gemini-cli, opencode-ai, each with node_modules)
set -u
clients=$1
coord=$2
here=$(cd "$(dirname "$0")" && pwd)
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
mkdir "$root/bin" && ln -s "$coord" "$root/bin/git-coord"
export PATH="$root/bin:$PATH" HOME="$root/home" XDG_CONFIG_HOME="$root/home/.config" XDG_DATA_HOME="$root/home/.local/share"
unset GIT_COORD_AS GIT_COORD_SESSION CLAUDECODE CLAUDE_CODE_ENTRYPOINT 2>/dev/null || :
export CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC=1 DISABLE_AUTOUPDATER=1 GEMINI_CLI_TRUST_WORKSPACE=true

world() {
    cd "$root" || exit 1
    rm -rf "$root/home" "$root/work" "$root/alice" "$root/bob" && mkdir -p "$root/home"
    git config --global user.name X && git config --global user.email x@example.org
    git init -q -b main "$root/work" && cd "$root/work" || exit 1
    mkdir src && echo a >src/a.rs && git add -A && git commit -q -m Begin
    git coord -q init --name maria --template team >/dev/null
    for who in alice bob; do
        git coord -q enroll $who --kind agent --role builder --vendor some >/dev/null
        git worktree add -q -b $who "../$who"
        (cd "../$who" && git coord -q join $who >/dev/null)
    done
    sed -i 's/"warn"  /"auto"  /' .coord/policy.toml
    (cd ../bob && git coord -q claim src/held.rs --intent 'Rework the parser' >/dev/null)
    git -C .coord checkout -q policy.toml
}

drive() { # name version command…
    name=$1 version=$2
    shift 2
    cd "$root/alice" || exit 1
    timeout 120 "$@" >"$root/$name.out" 2>&1 </dev/null
    kill "$model" 2>/dev/null
    held=refused free=written told=no brief=no
    [ -e "$root/alice/src/held.rs" ] && held=WRITTEN
    [ -e "$root/alice/src/free.rs" ] || free=REFUSED
    grep -q 'held by bob' "$root/log" 2>/dev/null && told=yes
    grep -m 1 '"context"' "$root/log" 2>/dev/null | grep -q 'Rework the parser' && brief=yes
    echo "| $name | $version | $brief | $held | $told | $free |"
    if [ $held$free$told != refusedwrittenyes ]; then
        tail -n 15 "$root/$name.out" | sed "s/^/    $name: /" >&2
    fi
}

model() { # starts the scripted model, its port in $port
    rm -f "$root/log" "$root/port"
    python3 "$here/scripted_model.py" "$root/log" "$root/alice" src/held.rs src/free.rs >"$root/port" &
    model=$!
    while [ ! -s "$root/port" ]; do sleep 0.1; done
    port=$(cat "$root/port")
}

echo '| program | version | reads the brief | edit of a held file | reads why | edit of a free file |'
echo '|---|---|---|---|---|---|'

program=$clients/claude-code/node_modules/.bin/claude
if [ -x "$program" ]; then
    world && model && (cd "$root/alice" && git coord -q agent install claude >/dev/null)
    export ANTHROPIC_BASE_URL="http://127.0.0.1:$port" ANTHROPIC_API_KEY=none
    drive 'Claude Code' "$("$program" --version | cut -d' ' -f1)" "$program" -p 'Go on' --permission-mode acceptEdits
fi

program=$clients/codex/node_modules/.bin/codex
if [ -x "$program" ]; then
    world && model && (cd "$root/alice" && git coord -q agent install codex >/dev/null)
    mkdir -p "$HOME/.codex"
    cat >"$HOME/.codex/config.toml" <<END
model = "gpt-5-codex"
model_provider = "scripted"
[model_providers.scripted]
name = "scripted"
base_url = "http://127.0.0.1:$port/v1"
wire_api = "responses"
[projects."$root/alice"]
trust_level = "trusted"
[projects."$root/work"]
trust_level = "trusted"
END
    drive Codex "$("$program" --version | cut -d' ' -f2)" \
        "$program" exec --dangerously-bypass-hook-trust --dangerously-bypass-approvals-and-sandbox 'Go on'
fi

program=$clients/gemini-cli/node_modules/.bin/gemini
if [ -x "$program" ]; then
    world && model && (cd "$root/alice" && git coord -q agent install gemini >/dev/null)
    mkdir -p "$HOME/.gemini"
    echo '{"security":{"auth":{"selectedType":"gemini-api-key"}}}' >"$HOME/.gemini/settings.json"
    export GOOGLE_GEMINI_BASE_URL="http://127.0.0.1:$port" GEMINI_API_KEY=none
    drive 'Gemini CLI' "$("$program" --version)" "$program" --approval-mode auto_edit -m gemini-2.5-pro -p 'Go on'
fi

program=$clients/opencode-ai/node_modules/.bin/opencode
if [ -x "$program" ]; then
    world && model && (cd "$root/alice" && git coord -q agent install opencode >/dev/null)
    OPENCODE_CONFIG_CONTENT='{"provider":{"scripted":{"npm":"@ai-sdk/openai-compatible","name":"s","options":{"baseURL":"http://127.0.0.1:'$port'/v1","apiKey":"none"},"models":{"m":{"name":"m","tool_call":true}}}},"model":"scripted/m","permission":{"edit":"allow"}}'
    export OPENCODE_CONFIG_CONTENT OPENCODE_DISABLE_AUTOUPDATE=1 OPENCODE_DISABLE_MODELS_FETCH=1
    drive OpenCode "$("$program" --version)" "$program" run 'Go on'
fi
