"""The scripts of `compose_app`: look at its files, ship them, remember what was brought up."""

from __future__ import annotations

from deployer.docker.cli import PRELUDE
from deployer.sdk import sh

#: What deploy put into a directory: a line `SUM PATH` for each file. The sum is that of the file
#: when the containers were last brought up; `pending` where they have not been since it changed.
MANIFEST = ".deploy-files"
#: Parts the look at the files from the look at the project.
MARK = "@compose-app"
#: Status of `SHIP` where compose does not take the files.
INVALID = 65

#: $1 directory, $2 the manifest, $3 the mark, $4 bytes up to which contents are shown; then pairs
#: of a sum and a name, for which the content is wanted where it has another sum.
CONTENTS = sh("""
printf '%s\\n' "$3"
cd -- "$1" 2>/dev/null || exit 0
echo @manifest
[ ! -f "$2" ] || cat -- "$2"
limit=$4
shift 4
while [ $# -gt 1 ]; do
    if [ -f "$2" ] && [ -r "$2" ]; then
        sum=$(sha256sum <"$2")
        size=$(wc -c <"$2")
        if [ "${sum%% *}" != "$1" ] && [ "$size" -le "$limit" ]; then
            printf '@content %s\\n' "$2"
            sed 's/^/ /' <"$2"
            echo
        fi
    fi
    shift 2
done
""")

#: $1 directory, $2 the manifest, $3 the project's name, $4 number of flags, flags of compose, then
#: names to remove. Standard input: a tar of the files that differ and of the manifest. They are
#: unpacked beside, completed with links to all that is there, and shown to compose; only what it
#: takes is moved in, file by file.
SHIP = sh(
    """
need_docker
dest=$1 manifest=$2 project=$3 left=$4
shift 4
made=
if [ ! -d "$dest" ]; then
    mkdir -p -- "$dest" || exit 1
    made=yes
fi
stage=$(mktemp -d -- "$dest/.deploy.XXXXXXXXXX") || exit 1
tidy() {
    rm -rf -- "$stage"
    if [ -n "$made" ]; then rmdir -- "$dest" 2>/dev/null; fi
}
trap tidy EXIT
trap 'exit 1' HUP INT TERM
tar -x -o -p -m -f - -C "$stage" || exit 1

# Names to remove end up in `gone`, one a line; flags in "$@".
gone='
'
for word do
    shift
    if [ "$left" -gt 0 ]; then
        set -- "$@" "$word"
        left=$((left - 1))
    else
        gone="$gone$word
"
    fi
done

# Whatever else is there stands in the stage as a link: env files, certificates, data.
fill_in() (
    from=$1 to=$2 below=$3
    for entry in "$from"/* "$from"/.[!.]* "$from"/..?*; do
        if [ ! -e "$entry" ] && [ ! -L "$entry" ]; then continue; fi
        name=${entry##*/}
        case $name in .deploy.??????????) continue ;; esac
        case $gone in *"
$below$name
"*) continue ;; esac
        if [ -d "$to/$name" ] && [ -d "$entry" ]; then
            fill_in "$entry" "$to/$name" "$below$name/"
        elif [ ! -e "$to/$name" ]; then
            ln -s -- "$entry" "$to/$name" || exit 1
        fi
    done
)
fill_in "$dest" "$stage" '' || exit 1
if said=$(cd -- "$stage" && docker compose --project-name "$project" "$@" config -q 2>&1); then
    valid=yes
else
    valid=
fi
plain=
while :; do
    case $said in
    *"$stage"*)
        plain=$plain${said%%"$stage"*}$dest
        said=${said#*"$stage"}
        ;;
    *) break ;;
    esac
done
said=$plain$said
if [ -z "$valid" ]; then
    printf '%s\\n' "$said" >&2
    exit 65
fi
[ -z "$said" ] || printf '@warning\\n%s\\n@shipped\\n' "$said"

# First what is pending: who is interrupted here finds it.
mv -f -- "$stage/$manifest" "$dest/$manifest" || exit 1
made=
(cd -- "$stage" && find . -type f) | while IFS= read -r name; do
    name=${name#./}
    case $name in */*) mkdir -p -- "$dest/${name%/*}" || exit 1 ;; esac
    mv -f -- "$stage/$name" "$dest/$name" || exit 1
done || exit 1
printf '%s' "$gone" | while IFS= read -r name; do
    [ -n "$name" ] || continue
    rm -f -- "$dest/$name" || exit 1
    case $name in
    */*) (cd -- "$dest" && rmdir -p -- "${name%/*}" 2>/dev/null) || : ;;
    esac
done || exit 1
""",
    uses=(PRELUDE,),
)

#: $1 directory, $2 the manifest, whose new content is on standard input.
SEAL = sh("""
temporary=$(mktemp -- "$1/.deploy.XXXXXXXXXX") || exit 1
trap 'rm -f -- "$temporary"' EXIT
cat >"$temporary" && chmod 0600 -- "$temporary" && mv -f -- "$temporary" "$1/$2"
""")

#: $1 directory, then the names of what deploy put there: gone, and the directories that are empty.
CLEAR = sh("""
[ -d "$1" ] || exit 0
cd -- "$1" || exit 1
shift
for name do
    rm -f -- "$name" || exit 1
    case $name in */*) rmdir -p -- "${name%/*}" 2>/dev/null ;; esac
done
rmdir -- "$PWD" 2>/dev/null
:
""")
