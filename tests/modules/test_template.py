"""`template`: how a rendered text is written."""

from __future__ import annotations

import stat

from deployer.modules import template
from deployer.sdk import Rendered
from tests.support.shell import arguments


def rendered(text, **given):
    src = Rendered(text, "/play/templates/app.conf.j2", 0o600)
    return arguments(template.MODULE, src=src, **given)


def test_template_is_written_in_its_encoding(host, tmp_path):
    dest = tmp_path / "f"
    args = rendered("größer\n", dest=str(dest), output_encoding="latin-1", mode="preserve")
    lines, outcome = host.converge(template.MODULE, args)
    assert lines == [f"create file {dest}: absent"]
    assert dest.read_bytes() == "größer\n".encode("latin-1")
    assert stat.S_IMODE(dest.stat().st_mode) == 0o600
    assert outcome.values["src"] == "/play/templates/app.conf.j2"


def test_template_makes_the_directory_that_a_slash_names(host, tmp_path):
    dest = tmp_path / "new" / "conf"
    host.converge(template.MODULE, rendered("x", dest=f"{dest}/"))
    assert (dest / "app.conf.j2").read_text() == "x"


def test_template_in_a_directory_keeps_its_name(host, tmp_path):
    host.converge(template.MODULE, rendered("x", dest=str(tmp_path)))
    assert (tmp_path / "app.conf.j2").read_text() == "x"


def test_template_replaces_what_differs_only_with_force(host, tmp_path):
    dest = tmp_path / "f"
    dest.write_text("old")
    host.converge(template.MODULE, rendered("new", dest=str(dest), force=False))
    assert dest.read_text() == "old"
    host.converge(template.MODULE, rendered("new", dest=str(dest)))
    assert dest.read_text() == "new"
