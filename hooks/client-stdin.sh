# >>> git-coord >>>
# Asks git coord first. `git coord hooks uninstall` takes these lines out again.
git_coord=@binary@
[ -x "$git_coord" ] || git_coord=$(command -v git-coord) || git_coord=
if [ -n "$git_coord" ]; then
    # With no input open, bash would read from a pipe of its own for ever.
    (true 3<&0) 2>/dev/null || exec </dev/null
    # The input is read twice, here and by what follows.
    git_coord_input=$(cat && echo .) || exit 1
    git_coord_input=${git_coord_input%.}
    printf %s "$git_coord_input" | "$git_coord" hook @hook@ "$@" || exit $?
    exec </dev/null
    [ -z "$git_coord_input" ] || exec <<GIT_COORD_END
${git_coord_input%
}
GIT_COORD_END
else
    echo 'git-coord is MISSING: its @hook@ check is skipped. Put git-coord on the PATH, or run `git coord hooks install` again.' >&2
fi
# <<< git-coord <<<
