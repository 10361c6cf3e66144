# shellcheck shell=sh
# The loop on the host. It runs as `sh -c SOURCE deploy MARK SHELL [BODY]`: greets, runs BODY, then
# reads messages from standard input (a line with MARK and the length in bytes, then that much
# shell text) and evaluates each. Whole-line comments are not sent.
#
# MARK is ours but stands in the argv, where other users of the host can read it. What ends an
# item is therefore a number that this host draws, told in the greeting only.
_deploy_mark=$1 _deploy_sh=$2 _deploy_nonce=
read -r _deploy_nonce 2>/dev/null </proc/sys/kernel/random/uuid
case $_deploy_nonce in
????????-*-????????????) ;;
*) _deploy_nonce=$(cat /proc/sys/kernel/random/uuid 2>/dev/null || echo "$_deploy_mark") ;;
esac
export LC_ALL=C.UTF-8
unset LANGUAGE
case :$PATH: in
*:/usr/sbin:*) ;;
*) PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin ;;
esac

# The end of an item, on both streams. $1: its exit status, `=` (diverged) or `-` (not run).
_deploy_end() {
	printf '%s %s\n' "$_deploy_nonce" "$1"
	printf '%s \n' "$_deploy_nonce" >&2
}

# Copies $2 blocks of $1 bytes of the stream to fd 3; false where the stream ended before.
_deploy_blocks() {
	[ "$2" -gt 0 ] || return 0
	_deploy_got=$(dd bs="$1" count="$2" iflag=fullblock 2>&1 >&3 3>&-)
	case $_deploy_got in
	"$2+0 "*) ;;
	*) return 1 ;;
	esac
}

# Copies a payload of $1 * 65536 + $2 bytes of the stream to standard output. Where the connection
# broke before its end, the reader is killed first: it must not take a part for the whole.
_deploy_feed() {
	{ _deploy_blocks 65536 "$1" && _deploy_blocks "$2" $(($2 > 0)); } 3>&1 || _deploy_lost
}

_deploy_skip() {
	_deploy_feed "$1" "$2" >/dev/null
}

# The process $1 and every descendant, in _deploy_tree. Not by `ps`, which is not everywhere, nor by
# `stat`, in whose lines a process writes a name of its choice.
_deploy_descend() {
	_deploy_tree=" $1 " _deploy_grown=1
	_deploy_all=$(grep '^PPid:' /proc/[0-9]*/status /dev/null 2>/dev/null)
	while [ -n "$_deploy_grown" ]; do
		_deploy_grown=
		for _deploy_rest in $_deploy_all; do
			case $_deploy_rest in
			/proc/*)
				_deploy_one=${_deploy_rest#/proc/} _deploy_one=${_deploy_one%%/*}
				continue
				;;
			esac
			case $_deploy_tree in
			*" $_deploy_one "*) ;;
			*" $_deploy_rest "*) _deploy_tree="$_deploy_tree$_deploy_one " _deploy_grown=1 ;;
			esac
		done
	done
}

# Kills every descendant of the loop but this process, then the loop.
_deploy_lost() {
	read -r _deploy_self _deploy_rest </proc/self/stat
	_deploy_descend "$$"
	for _deploy_rest in $_deploy_tree; do
		[ "$_deploy_rest" = "$_deploy_self" ] || [ "$_deploy_rest" = "$$" ] ||
			kill -KILL "$_deploy_rest" 2>/dev/null
	done
	kill -KILL "$$"
	exit 1
}

# Tells another loop ($1: its process) and all that it runs to stop, as a terminal that closes does.
# They are held meanwhile: a reader whose writer dies first would take a part for the whole.
_deploy_stop_all() {
	for _deploy_signal in STOP STOP HUP CONT; do
		# Twice: one may have begun another before it was held.
		[ "$_deploy_signal" != STOP ] || _deploy_descend "$1"
		# shellcheck disable=SC2086
		kill -s "$_deploy_signal" $_deploy_tree 2>/dev/null
	done
}

# Runs the shell text of the variable _deploy_text for at most $1 seconds, in a session of its
# own so that all it started ends with it. `timeout` cannot run text that must not be in an argv,
# and busybox's kills only the one process.
_deploy_timed() {
	exec 3<&0
	export _deploy_text
	_deploy_own=$(command -v setsid)
	# shellcheck disable=SC2016
	${_deploy_own:+setsid} "$_deploy_sh" -c \
		'_deploy_run=$_deploy_text; unset _deploy_text; eval "$_deploy_run"' <&3 3<&- &
	_deploy_pid=$!
	_deploy_watch "$1" "$_deploy_pid" >/dev/null 2>&1 3<&- &
	_deploy_dog=$!
	exec 3<&-
	wait "$_deploy_pid" 2>/dev/null
	_deploy_code=$?
	kill -TERM "$_deploy_dog" 2>/dev/null
	wait "$_deploy_dog" 2>/dev/null
	[ $? != 124 ] || _deploy_code=124
	exit "$_deploy_code"
}

_deploy_watch() {
	trap 'kill "$_deploy_nap"; exit 0' TERM
	sleep "$1" &
	_deploy_nap=$!
	wait "$_deploy_nap"
	trap 'kill "$_deploy_nap"; kill -s KILL -- "-$2"; exit 124' TERM
	sleep 2 &
	_deploy_nap=$!
	kill -s TERM -- "-$2" || kill -s TERM "$2"
	wait "$_deploy_nap"
	kill -s KILL -- "-$2" || kill -s KILL "$2"
	exit 124
}

# $1: the digest that was planned on; the rest of the link's probe comes on standard input.
_deploy_same() {
	_deploy_got=$(sha256sum)
	[ "${_deploy_got%% *}" = "$1" ]
}

# Runs no further link of a chain (`halt`); what runs now ends first.
trap '_deploy_stop=1' USR1

printf '%s %s %s\n' "$_deploy_mark" "$_deploy_nonce" "$$"
printf '%s %s %s\n' "$_deploy_mark" "$_deploy_nonce" "$$" >&2
[ -z "$3" ] || eval "$3"
while read -r _deploy_rest _deploy_size; do
	# A password that nobody asked for must not be taken for a message.
	[ "$_deploy_rest" = "$_deploy_mark" ] || continue
	_deploy_body=$(dd bs="$_deploy_size" count=1 iflag=fullblock 2>/dev/null)
	case $_deploy_body in
	*"#$_deploy_mark") eval "$_deploy_body" ;;
	*) exit 1 ;;
	esac
done
