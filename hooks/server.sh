# >>> git-coord >>>
# Asks git coord first. `git coord hooks uninstall` takes these lines out again.
case '@hook@'/${1-} in
# Of what git says to this hook about a move of refs, only the first can be answered.
reference-transaction/prepared | *-receive/*)
    git_coord=@binary@
    [ -x "$git_coord" ] || git_coord=$(command -v git-coord) || git_coord=
    if [ -z "$git_coord" ]; then
        echo 'refused: git-coord is missing on this server, so its @hook@ check cannot be made.' >&2
        exit 1
    fi
    # With no input open, bash would read from a pipe of its own for ever.
    (true 3<&0) 2>/dev/null || {
        echo 'refused: nothing can be read of what git says to the @hook@ hook.' >&2
        exit 1
    }
    # The input is read twice, here and by what follows.
    git_coord_input=$(cat && echo .) || exit 1
    git_coord_input=${git_coord_input%.}
    printf %s "$git_coord_input" | "$git_coord" hook @hook@ "$@" || exit $?
    exec </dev/null
    [ -z "$git_coord_input" ] || exec <<GIT_COORD_END
${git_coord_input%
}
GIT_COORD_END
    ;;
esac
# <<< git-coord <<<
