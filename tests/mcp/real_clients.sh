#!/usr/bin/env bash
# Connects real clients to `git coord mcp`, without any model or account, and prints the table of docs/mcp.md.
#
#   bash tests/mcp/real_clients.sh CLIENTS [SERVER]
#
# CLIENTS is a directory; what is missing there is installed from npm and PyPI, in the versions below. SERVER is the program,
# target/debug/git-coord if none is named. Needs node 20, npm, python3 with venv, ssh-keygen. Ends with 1 if a client fails.
set -euo pipefail

root=$(cd "$(dirname "$0")/../.." && pwd)
mkdir -p "$1"
clients=$(cd "$1" && pwd)
server=$(realpath "${2:-$root/target/debug/git-coord}")
packages=(@anthropic-ai/claude-code@2.1.197 @openai/codex@0.169.0 @google/gemini-cli@0.61.0 opencode-ai@1.18.33
    @modelcontextprotocol/inspector@0.15.0)

for package in "${packages[@]}"; do
    name=${package%@*}
    place=$clients/${name##*/}
    if [ ! -d "$place/node_modules" ]; then
        mkdir -p "$place"
        echo '{"private":true}' >"$place/package.json"
        (cd "$place" && timeout 600 npm install --no-audit --no-fund --loglevel=error "$package" >install.log 2>&1) ||
            echo "cannot install $package" >&2
    fi
    PATH=$place/node_modules/.bin:$PATH
done
if [ ! -x "$clients/py/bin/python" ]; then
    python3 -m venv "$clients/py" && "$clients/py/bin/pip" -q install mcp==2.3.0 >&2 || echo 'cannot install mcp' >&2
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export HOME=$work/home XDG_DATA_HOME= XDG_CONFIG_HOME= CI=1 NO_COLOR=1 DISABLE_AUTOUPDATER=1 DISABLE_TELEMETRY=1 \
    CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC=1
mkdir -p "$HOME/.gemini" "$work/wire" "$work/repo/.gemini"
cd "$work/repo"
ssh-keygen -q -t ed25519 -N '' -f "$HOME/key"
git init -q -b main .
git config user.name Maria && git config user.email maria@example.org
git config gpg.format ssh && git config user.signingkey "$HOME/key"
echo 'fn a() {}' >a.rs && git add a.rs && git commit -q -m Begin
"$server" init --name maria --no-hooks >/dev/null 2>&1
"$server" enroll alice --role builder --vendor x >/dev/null 2>&1

# What clients start: the server, with both directions kept. The first word names the client.
cat >"$work/start" <<END
#!/usr/bin/env bash
tee -a "$work/wire/\$1.in" | "$server" -C "$work/repo" --as maria mcp | tee -a "$work/wire/\$1.out"
END
chmod +x "$work/start"

failed=0
# Prints a row: the client, its version, what it was seen to do, and how the server ended.
row() {
    local name=$1 version=$2 did=$3 left
    local said=$work/wire/$name.in
    local asked spoken methods
    asked=$(grep -oE '"protocolVersion": ?"[^"]+"' "$said" 2>/dev/null | head -n 1 | grep -oE '[0-9-]{10}' || echo none)
    spoken=$(grep -oE '"protocolVersion": ?"[^"]+"' "$work/wire/$name.out" 2>/dev/null | head -n 1 | grep -oE '[0-9-]{10}' || echo none)
    methods=$(grep -oE '"method": ?"[^"]+"' "$said" 2>/dev/null | sed 's/.*: *"//; s/"$//' | awk '!seen[$0]++' |
        sed 's/.*/`&`/' | paste -sd' ' || true)
    for _ in 1 2 3 4 5 6 7 8 9 10; do
        left=$(pgrep -fc -- "-C $work/repo --as maria mcp" || true)
        [ "$left" = 0 ] && break
        sleep 0.5
    done
    [ "$left" = 0 ] || did="FAILED: a server is left"
    case $did in FAILED*) failed=1 ;; esac
    printf '| %s | %s | %s | %s | %s | %s |\n' "$name" "$version" "$asked" "$spoken" "$methods" "$did"
}
here() { command -v "$1" >/dev/null || { printf '| %s | | | | | not installed |\n' "$1" && false; }; }
version() { timeout 30 "$@" 2>/dev/null | grep -oE '[0-9]+\.[0-9]+\.[0-9]+' | head -n 1; }

echo '| client | version | asks for | gets | what it says | result |'
echo '|---|---|---|---|---|---|'
if here claude; then
    timeout 60 claude mcp add --scope user coord -- "$work/start" claude >/dev/null 2>&1 || true
    listed=$(timeout 90 claude mcp list 2>&1 || true)
    did='FAILED: not connected'
    grep -q 'coord:.*Connected' <<<"$listed" && did='`claude mcp list`: connected'
    row claude "$(version claude --version)" "$did"
fi
if here codex; then
    timeout 60 codex mcp add coord -- "$work/start" codex >/dev/null 2>&1 || true
    listed=$({
        printf '%s\n' '{"id":1,"method":"initialize","params":{"clientInfo":{"name":"t","version":"1"}}}' \
            '{"method":"initialized"}' '{"id":2,"method":"mcpServerStatus/list","params":{}}'
        sleep "${CODEX_WAIT:-10}"
    } | timeout 60 codex app-server 2>/dev/null | grep -a '"id":2' || true)
    did='FAILED: no tools'
    grep -q '"claim"' <<<"$listed" && did='`codex app-server`, `mcpServerStatus/list`: the tools'
    row codex "$(version codex --version)" "$did"
fi
if here gemini; then
    printf '{"%s":"TRUST_FOLDER"}' "$work/repo" >"$HOME/.gemini/trustedFolders.json"
    printf '{"mcpServers":{"coord":{"command":"%s","args":["gemini"]}}}' "$work/start" >.gemini/settings.json
    listed=$(timeout 90 gemini mcp list 2>&1 || true)
    did='FAILED: not connected'
    grep -q 'coord.*Connected' <<<"$listed" && did='`gemini mcp list`: connected'
    row gemini "$(version gemini --version)" "$did"
fi
if here opencode; then
    printf '{"autoupdate":false,"share":"disabled","mcp":{"coord":{"type":"local","command":["%s","opencode"],"enabled":true}}}' \
        "$work/start" >opencode.json
    listed=$(timeout 90 opencode mcp list 2>&1 || true)
    did='FAILED: not connected'
    grep -q 'coord.*connected' <<<"$listed" && did='`opencode mcp list`: connected'
    row opencode "$(version opencode --version)" "$did"
fi
if here mcp-inspector; then
    inspect() { timeout 90 mcp-inspector --cli "$work/start" inspector --method "$@" 2>&1 || true; }
    did='FAILED: '
    listed=$(inspect tools/list)
    claimed=$(inspect tools/call --tool-name claim --tool-arg 'paths=["a.rs"]' --tool-arg 'intent=Try')
    resources=$(inspect resources/list)
    given=$(inspect tools/call --tool-name release --tool-arg all=true)
    if grep -q '"inputSchema"' <<<"$listed" && grep -q '"state": "held"' <<<"$claimed" &&
        grep -q 'coord://claim/c-' <<<"$resources" && grep -q '"isError": false' <<<"$given"; then
        did='tools, `claim`, resources, `release`'
    else
        did="FAILED: $(tr '\n' ' ' <<<"$claimed" | head -c 200)"
    fi
    package=$clients/inspector/node_modules/@modelcontextprotocol/inspector/package.json
    row inspector "$(grep -oE '"version": "[^"]+"' "$package" | grep -oE '[0-9.]+')" "$did"
fi
if [ -x "$clients/py/bin/python" ]; then
    "$server" -C "$work/repo" --as alice claim held.rs --intent 'Hold it' >/dev/null 2>&1
    did=$(timeout 120 "$clients/py/bin/python" "$root/tests/mcp/real_clients.py" "$work/start" 2>"$work/py.err" ||
        echo "FAILED: $(tail -n 1 "$work/py.err")")
    row 'Python SDK' "$("$clients/py/bin/pip" show mcp 2>/dev/null | sed -n 's/^Version: //p')" "$did"
fi
exit "$failed"
