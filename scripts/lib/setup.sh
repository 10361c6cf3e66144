# shellcheck shell=sh
# Sourced by the scripts: a virtual environment in .venv with everything in it.
# A fresh Debian or Ubuntu machine with Python 3.11 or later is enough.

# as_root COMMAND...: run as root, with sudo where we are not.
as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi
}

# need PACKAGE...: install the Debian packages that are missing.
need() {
    for package in "$@"; do
        if ! dpkg -s "$package" >/dev/null 2>&1; then
            as_root apt-get update -qq
            as_root env DEBIAN_FRONTEND=noninteractive \
                apt-get install -y -qq --no-install-recommends "$@" >/dev/null
            return
        fi
    done
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

# environment [EXTRA]: make or refresh .venv; quick where nothing has changed.
environment() {
    wanted=".[${1:-dev}]"
    stamp=.venv/.installed
    state=$(cat pyproject.toml constraints.txt scripts/lib/setup.sh | sha256sum | cut -d' ' -f1)" $wanted"
    if [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$state" ]; then return; fi
    python=$(find_python)
    if ! "$python" -m venv .venv 2>/dev/null; then
        rm -rf .venv
        need python3-venv
        "$python" -m venv .venv
    fi
    # compat: a line in a .pth file instead of an import hook, which would cost every start 18 ms.
    .venv/bin/python -m pip install -q --disable-pip-version-check \
        -c constraints.txt --config-settings editable_mode=compat -e "$wanted"
    echo "$state" >"$stamp"
}
