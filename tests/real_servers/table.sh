#!/bin/sh
# Runs the tests on every server of this machine and writes what they saw into docs/servers.md.
# Needs: openssh-server nginx-light fcgiwrap apache2 gitolite3 git; without one of them it fails.
set -eu
if [ "$(id -u)" != 0 ]; then
    echo 'Only root can run servers as accounts of their own, and two rows of the table are about that.' >&2
    exit 1
fi
cd "$(dirname "$0")/../.."
COORD_SERVERS_SEEN=$(mktemp -d)
export COORD_SERVERS_SEEN COORD_REQUIRE_SERVERS=1
trap 'rm -rf "$COORD_SERVERS_SEEN"' EXIT
git version | cut -d' ' -f1,3 >"$COORD_SERVERS_SEEN/git"
cargo test --test main real_servers:: -- --skip real_servers::page
COORD_REGENERATE_DOCS=1 cargo test --test main real_servers::page
