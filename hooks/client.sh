# >>> git-coord >>>
# Asks git coord first. `git coord hooks uninstall` takes these lines out again.
git_coord=@binary@
[ -x "$git_coord" ] || git_coord=$(command -v git-coord) || git_coord=
if [ -n "$git_coord" ]; then
    "$git_coord" hook @hook@ "$@" || exit $?
else
    echo 'git-coord is MISSING: its @hook@ check is skipped. Put git-coord on the PATH, or run `git coord hooks install` again.' >&2
fi
# <<< git-coord <<<
