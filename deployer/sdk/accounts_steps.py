"""The steps that bring a user to its described state: one constant fragment each."""

from __future__ import annotations

from deployer.model.script import sh
from deployer.sdk.accounts_users import PASSWORD_TOOLS, USER_TOOLS

# As Ansible: where a group of that name is there already, the user does not get one of its own.
ADD = sh(
    """
name=$1
shift
if [ "$1" = own ] && acc_group "$name"; then set -- "$@" -N; fi
shift
useradd "$@" "$name" >&2
""",
    uses=(USER_TOOLS,),
)
MODIFY = sh('usermod "$@" >&2', uses=(USER_TOOLS,))
REMOVE = sh('userdel "$@" >&2', uses=(USER_TOOLS,))
HOME = sh(
    """
acc_home "$1" "$(id -u "$2")" "$(id -g "$2")" "$3" "$4"
""",
    uses=(USER_TOOLS,),
)
#: Reads `name:hash`.
PASSWORD = sh("chpasswd -e >&2", uses=(PASSWORD_TOOLS,))
#: The program `usermod`: the function of that name that stands in for it cannot lock.
LOCK = sh(
    """
case $(command -v usermod) in
/*) if [ -n "$2" ]; then usermod -L "$1"; else usermod -U "$1"; fi ;;
*) acc_lock "$1" "$2" ;;
esac >&2
""",
    uses=(PASSWORD_TOOLS,),
)
AGE = sh('chage "$@" >&2', uses=(PASSWORD_TOOLS,))
# A link in the user's hands must not lead root elsewhere.
KEY = sh("""
command -v ssh-keygen >/dev/null 2>&1 || { echo 'ssh-keygen is not installed' >&2; exit 1; }
name=$1 file=$2 type=$3 bits=$4 comment=$5
home=$(getent passwd "$1" 2>/dev/null | cut -d: -f6)
while IFS=: read -r user word uid gid gecos dir shell; do
    if [ "$user" = "$name" ]; then home=$dir; fi
done </etc/passwd
case $file in /*) ;; *) file=$home/$file ;; esac
folder=${file%/*}
if [ -L "$folder" ] || [ -L "$file" ]; then
    echo "$file or its directory is a symbolic link" >&2
    exit 1
fi
owner=$(id -u "$name"):$(id -g "$name")
if [ ! -d "$folder" ]; then
    mkdir -m 0700 -- "$folder" && chown "$owner" "$folder" || exit 1
fi
rm -f -- "$file" "$file.pub"
if [ -z "$comment" ]; then comment="ansible-generated on $(uname -n)"; fi
ssh-keygen -q -t "$type" ${bits:+-b "$bits"} -C "$comment" -N '' -f "$file" </dev/null >&2 || exit 1
chown -h "$owner" "$file" "$file.pub"
: "$word $uid $gid $gecos $shell"
""")
