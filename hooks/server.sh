# >>> git-coord >>>
# Asks git coord first. `git coord hooks uninstall` takes these lines out again.
git_coord=@binary@
[ -x "$git_coord" ] || git_coord=$(command -v git-coord) || git_coord=
if [ -z "$git_coord" ]; then
    echo 'refused: git-coord is missing on this server, so its @hook@ check cannot be made.' >&2
    exit 1
fi
# The input is read twice, here and by what follows; the copy loses its name before it has content.
git_coord_input=$(mktemp) || exit 1
exec 7>|"$git_coord_input" 8<"$git_coord_input" 9<"$git_coord_input"
rm -f "$git_coord_input"
cat >&7 || exit 1
"$git_coord" hook @hook@ "$@" <&8 7>&- 8<&- 9<&- || exit $?
exec <&9 7>&- 8<&- 9<&-
# <<< git-coord <<<
