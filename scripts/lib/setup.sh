# shellcheck shell=sh
# Sourced by the scripts: a virtual environment in .venv with everything in it.
# A fresh Debian or Ubuntu machine with Python 3.11 or later is enough.

# What administrators use is not on everybody's path.
PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin
export PATH

# as_root COMMAND...: run as root, with sudo where we are not.
as_root() {
    if [ "$(id -u)" = 0 ]; then
        "$@"
    elif command -v sudo >/dev/null; then
        sudo env PATH="$PATH" "$@"
    else
        echo "this needs root, and there is no sudo: $*" >&2
        return 1
    fi
}

# need PROGRAM=PACKAGE...: install the packages of the programs that are missing.
need() {
    missing=
    for pair in "$@"; do
        command -v "${pair%%=*}" >/dev/null || missing="$missing ${pair#*=}"
    done
    [ -n "$missing" ] || return 0
    if ! command -v apt-get >/dev/null; then
        echo "please install:$missing (there is no apt-get here)" >&2
        return 1
    fi
    echo "installing:$missing" >&2
    as_root apt-get update -qq
    # shellcheck disable=SC2086 # one word a package
    as_root env DEBIAN_FRONTEND=noninteractive \
        apt-get install -y -qq --no-install-recommends $missing >/dev/null
    case $missing in
    *openssh-server*)
        # The tests start their own: this machine must not become a server because of them.
        if [ -d /run/systemd/system ]; then
            as_root systemctl disable -q --now ssh.service ssh.socket || :
        fi
        ;;
    esac
}

# find_python: the first interpreter that is new enough.
find_python() {
    for candidate in python3 python3.14 python3.13 python3.12 python3.11; do
        if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            echo "$candidate"
            return
        fi
    done
    echo "Python 3.11 or later is needed" >&2
    return 1
}

# environment: make or refresh .venv and put its programs first; quick where nothing has changed.
environment() {
    wanted=$(cat pyproject.toml constraints.txt scripts/lib/setup.sh | sha256sum)
    if ! usable_environment || [ "$(cat .venv/.installed 2>/dev/null)" != "$wanted" ]; then
        install_environment "$(find_python)"
        echo "$wanted" >.venv/.installed
    fi
    PATH=$PWD/.venv/bin:$PATH
}

# usable_environment: whether .venv was made for this directory and its Python is still there.
usable_environment() {
    grep -q "venv $PWD/.venv\$" .venv/pyvenv.cfg 2>/dev/null && .venv/bin/python -c '' 2>/dev/null
}

# install_environment PYTHON: everything into .venv. Debian has the module that makes one apart.
install_environment() {
    usable_environment || rm -rf .venv
    if ! "$1" -m venv .venv >/dev/null 2>&1; then
        rm -rf .venv
        need "no-such-program=$1-venv"
        "$1" -m venv .venv
    fi
    # compat: a line in a .pth file instead of an import hook, which would cost every start 18 ms.
    .venv/bin/python -m pip install -q --disable-pip-version-check \
        -c constraints.txt --config-settings editable_mode=compat -e '.[dev]'
}

# end_dead_labs: test labs of runs that were killed. Their names end in the number of their process.
end_dead_labs() {
    for lab in $(scripts/lab list); do
        process=${lab##*-}
        case $lab:$process in
        test-*:*[!0-9]*) ;;
        test-*) [ -e "/proc/$process" ] || scripts/lab --name "$lab" down >/dev/null ;;
        esac
    done
}
