"""The probe: what it asks a host, in few processes.

Its output is a list of sections, each a line of \\001 and a name, then lines. Section `files` is
`path:line` for every line of many small files (one `grep`).
"""

from __future__ import annotations

from deployer.model.script import Script, sh
from deployer.sdk.facts.subsets import Subset

#: Where a host keeps facts of its own.
FACTS_D = "/etc/ansible/facts.d"

#: Kinds of fact that cost something to look at.
PARTS = ("hardware", "network", "virtual", "local", "env")

#: $1 the parts wanted (min hardware network virtual local), $2 the directory of local facts.
PROBE = sh(r"""
set +e
parts=" $1 " facts_d=$2
want() { case $parts in *" $1 "*) return 0 ;; esac; return 1; }
mark() { printf '\001%s\n' "$1"; }
has() { command -v "$1" >/dev/null 2>&1; }

system=$(uname -snrvm)
mark uname; printf '%s\n' "$system"
if want env; then mark env; cat /proc/self/environ 2>/dev/null; echo; fi
LC_ALL=C; export LC_ALL
set --
if want min; then
  set -- /etc/os-release /etc/lsb-release /etc/debian_version /etc/alpine-release \
    /etc/redhat-release /etc/machine-id /var/lib/dbus/machine-id /etc/resolv.conf \
    /etc/selinux/config /proc/cmdline /proc/1/comm /proc/loadavg \
    /proc/sys/crypto/fips_enabled /sys/fs/selinux/enforce /sys/fs/selinux/policyvers \
    /etc/ssh/ssh_host_*_key.pub
fi
if want hardware; then
  set -- "$@" /proc/meminfo /proc/uptime /sys/class/dmi/id/bios_* /sys/class/dmi/id/board_* \
    /sys/class/dmi/id/chassis_* /sys/class/dmi/id/product_* /sys/class/dmi/id/sys_vendor \
    /sys/block/*/size /sys/block/*/removable /sys/block/*/queue/rotational \
    /sys/block/*/queue/logical_block_size /sys/block/*/device/model /sys/block/*/device/vendor \
    /sys/block/*/*/partition /sys/block/*/*/size /sys/block/*/*/start
fi
if want network; then
  set -- "$@" /proc/net/route /proc/net/ipv6_route /proc/net/if_inet6 /sys/class/net/*/address \
    /sys/class/net/*/mtu /sys/class/net/*/type /sys/class/net/*/flags \
    /sys/class/net/*/operstate /sys/class/net/*/speed /sys/class/net/*/bridge/bridge_id \
    /sys/class/net/*/bridge/stp_state /sys/class/net/*/bonding/mode \
    /sys/class/net/*/bonding/slaves
fi
if want virtual; then
  set -- "$@" /proc/1/cgroup /proc/self/cgroup /sys/hypervisor/type /proc/xen/capabilities \
    /sys/class/dmi/id/bios_vendor /sys/class/dmi/id/product_name \
    /sys/class/dmi/id/product_family /sys/class/dmi/id/sys_vendor
fi
mark files; grep -sH '' "$@" /dev/null

if want min; then
  who=$(id); me=${who%% *}; me=${me#uid=}
  case $me in *\(*) me=${me#*\(}; me=${me%\)} ;; esac
  mark id; printf '%s\n' "$who"
  mark passwd
  { has getent && getent passwd "$me"; } || grep -s "^$me:" /etc/passwd
  mark date; date '+%s %z %Z'
  mark bits; getconf LONG_BIT 2>/dev/null
  system=${system#* }
  mark fqdn; case ${system%% *} in
    *.*) ;;
    *) if has timeout; then timeout 2 hostname -f 2>/dev/null; else hostname -f 2>/dev/null; fi ;;
  esac
  mark tools
  for tool in apt-get dpkg dnf5 dnf microdnf yum zypper pacman apk opkg emerge xbps-install \
    swupd nix-env rpm-ostree tdnf openrc-run systemctl initctl lsb_release; do
    if has "$tool"; then echo "$tool"; fi
  done
  mark exist
  for path in /run/systemd/system /run/openrc /etc/init.d /etc/dinit.d /sbin/openrc \
    /run/ostree-booted /sys/kernel/security/apparmor /sbin/procd /etc/altlinux-release; do
    if [ -e "$path" ]; then echo "$path"; fi
  done
  mark init; readlink /sbin/init 2>/dev/null
fi
if want hardware; then
  mark cpuinfo
  wanted='processor|vendor_id|model name|Model|Hardware|physical id|siblings|cpu cores'
  grep -shE "^($wanted|Cpus_allowed_list)" /proc/cpuinfo /proc/self/status
  mark uuids; ls -l /dev/disk/by-uuid 2>/dev/null
  mounts=$(grep -sE '^(/|[^ ]+:/)' /proc/mounts)
  mark mounts; printf '%s\n' "$mounts"
  set --
  while read -r _ mount _; do
    case $mount in ''|*\\*) ;; *) set -- "$@" "$mount" ;; esac
  done <<EOF
$mounts
EOF
  mark statfs
  if [ $# -eq 0 ]; then :
  elif has timeout; then timeout 8 stat -f -c '%S %b %f %a %c %d %n' "$@" 2>/dev/null
  else stat -f -c '%S %b %f %a %c %d %n' "$@" 2>/dev/null; fi
fi
if want hardware || want virtual; then
  mark cpuflags; grep -sm1 -E '^(flags|Features)' /proc/cpuinfo
fi
if want network; then
  mark addresses
  if has ip; then ip -o addr show 2>/dev/null; elif has ifconfig; then ifconfig -a 2>/dev/null; fi
  mark bridged
  for path in /sys/class/net/*/brif/*; do if [ -e "$path" ]; then echo "$path"; fi; done
fi
if want virtual; then
  mark virtual
  for path in /.dockerenv /.dockerinit /run/.containerenv /proc/vz /proc/bc /sys/module/kvm \
    /sys/module/vboxdrv /sys/module/xen_evtchn /dev/kvm /proc/xen /run/systemd/container; do
    if [ -e "$path" ]; then echo "$path"; fi
  done
  mark container; cat /run/systemd/container 2>/dev/null
  { tr '\0' '\n' </proc/1/environ | grep '^container='; } 2>/dev/null
  mark cpumodel; grep -sm1 '^model name' /proc/cpuinfo
fi
if want local; then
  for file in "$facts_d"/*.fact; do
    [ -f "$file" ] || continue
    name=${file##*/}
    if [ -x "$file" ]; then
      said=$("$file" 2>/dev/null) || { mark "broken ${name%.fact}"; continue; }
    else
      said=$(cat "$file" 2>/dev/null) || continue
    fi
    mark "local ${name%.fact}"; printf '%s\n' "$said"
  done
fi
mark end
""")


def look(subset: Subset, fact_path: str = FACTS_D, timeout: float | None = None) -> Script:
    """The probe for a subset. `timeout` in seconds (`gather_timeout`)."""
    kinds = subset.kinds
    parts: list[str] = ["min"] if kinds - set(PARTS) else []
    parts += [part for part in PARTS if part in kinds]
    return PROBE(" ".join(parts), fact_path, timeout=timeout)
