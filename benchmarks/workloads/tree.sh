#!/bin/sh
# W4 by hand: tree.sh PORT HOST SSH...; nothing where all checksums agree, else one stream of all.
set -eu
port=$1 host=$2
shift 2
find tree big.bin -type f | LC_ALL=C sort | xargs sha256sum |
    "$@" -p "$port" "$host" 'cd /opt && sha256sum -c --status 2>/dev/null' && exit 0
tar cf - tree big.bin | "$@" -p "$port" "$host" 'tar xf - -C /opt'
