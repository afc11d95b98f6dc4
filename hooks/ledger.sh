#!/bin/sh
# The pre-commit hook of the ledger's own checkout, put here by git coord: it judges an entry before it is signed.
git_coord='@binary@'
[ -x "$git_coord" ] || git_coord=$(command -v git-coord) || {
    echo 'git-coord is MISSING: this entry is not checked before it is signed.' >&2
    exit 0
}
exec "$git_coord" hook pre-commit "$@"
