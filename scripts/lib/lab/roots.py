"""What the hosts boot from: five recipes, each built once and cached.

base       Debian's minimal system and the packages of lab/packages
host       an overlay layer on it: logins, rights, boot script, registry
busybox    a root with the busybox userland, picked from the first two
images     the lab's container images, as a tar and as /var/lib/docker
"""

import platform
import shutil
from dataclasses import dataclass
from pathlib import Path

from lab import mirror
from lab.cache import Recipe, ensure
from lab.layout import SOURCES
from lab.shell import remove_tree, run
from lab.state import BUSYBOX, DOCKER, SYSTEMD

SUITE = "trixie"
MAKE = SOURCES / "make"
IN_NAMESPACES = ("unshare", "--mount", "--pid", "--fork", "--kill-child", "sh")
WITHOUT_NETWORK = ("unshare", "--mount", "--pid", "--net", "--uts", "--fork", "--kill-child", "sh")


@dataclass(frozen=True)
class Roots:
    """The built parts, ready for overlay mounts."""

    lower: dict[str, str]
    docker_template: Path
    images_tar: Path


def ensure_roots(systemd: bool) -> Roots:
    """Build what is missing; returns where all of it is."""
    base = ensure(base_recipe())
    host = ensure(host_recipe(base))
    lower = f"{host / 'upper'}:{base / 'root'}"
    busybox = ensure(busybox_recipe(lower))
    images = ensure(images_recipe(lower))
    lowers = {DOCKER: lower, BUSYBOX: str(busybox / "root")}
    if systemd:
        lowers[SYSTEMD] = f"{ensure(systemd_recipe(lower)) / 'upper'}:{lower}"
    return Roots(lowers, images / "docker", images / "images.tar")


def base_recipe() -> Recipe:
    """Debian's minimal system with packages."""
    install = MAKE / "install"
    packages = SOURCES / "packages"

    def build(out: Path) -> None:
        found = mirror.find_mirror()
        debootstrap(found, out / "root")
        lent = mirror.lend_apt_configuration(out / "root")
        run(*IN_NAMESPACES, install, out / "root", packages)
        for path in lent:
            # A package may have put its own in the place of this one.
            if path.name != mirror.CERTIFICATES.name:
                path.unlink(missing_ok=True)

    return Recipe("base", (install, packages), (SUITE, platform.machine()), build)


def debootstrap(found: mirror.Mirror, root: Path) -> None:
    """Debian's minimal system, and the sources for the packages to come."""
    check = "--no-check-gpg" if found.trusted else f"--keyring={mirror.KEYRING}"
    script = Path("/usr/share/debootstrap/scripts", SUITE)
    known = () if script.exists() else (script.with_name("sid"),)
    run(
        "debootstrap",
        "--variant=minbase",
        check,
        SUITE,
        root,
        found.uri,
        *known,
        env=mirror.fetch_environment(),
    )
    (root / "etc/apt/sources.list").write_text(sources_list(found))


def sources_list(found: mirror.Mirror) -> str:
    """apt's sources while a root is built."""
    options = "[trusted=yes] " if found.trusted else ""
    suites = (SUITE, f"{SUITE}-updates")
    return "".join(f"deb {options}{found.uri} {suite} main\n" for suite in suites)


def host_recipe(base: Path) -> Recipe:
    """The layer that makes the base a lab host."""
    customise = MAKE / "customise"
    files = SOURCES / "host/files"

    def build(out: Path) -> None:
        run(*IN_NAMESPACES, customise, base / "root", out, files)

    return Recipe("host", (customise, files), (base.name,), build)


def systemd_recipe(lower: str) -> Recipe:
    """The layer that makes systemd the init of a lab host."""
    script = MAKE / "systemd-layer"

    def build(out: Path) -> None:
        apt = out / "upper/etc/apt"
        (apt / "apt.conf.d").mkdir(parents=True)
        found = mirror.find_mirror()
        sources = apt / "lab-build.list"
        sources.write_text(sources_list(found))
        lent = [sources, *mirror.lend_apt_configuration(out / "upper")]
        run(*IN_NAMESPACES, script, lower, out)
        for path in lent:
            path.unlink()

    return Recipe("systemd", (script,), (lower,), build)


def busybox_recipe(lower: str) -> Recipe:
    """The root with the busybox userland."""
    script = MAKE / "busybox-root"
    packages = SOURCES / "busybox-packages"
    files = SOURCES / "busybox"

    def build(out: Path) -> None:
        run(*IN_NAMESPACES, script, lower, packages, files, out)

    return Recipe("busybox", (script, packages, files), (lower,), build)


def images_recipe(lower: str) -> Recipe:
    """The container images."""
    script = MAKE / "images"
    context = SOURCES / "images"

    def build(out: Path) -> None:
        run(*WITHOUT_NETWORK, script, lower, context, out)

    return Recipe("images", (script, context), (lower,), build)


def copy_docker_template(template: Path, target: Path) -> None:
    """A fresh /var/lib/docker that has the images already."""
    remove_tree(target)
    run("cp", "-a", "--reflink=auto", template, target)
    shutil.copymode(template, target)
