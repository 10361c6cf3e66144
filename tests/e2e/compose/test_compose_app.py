"""`compose_app` and `playbooks/compose.yml`: a directory becomes a running project."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.lab.labs import Lab
from tests.support.labhost import LabHost
from tests.support.playing import Played, play

pytestmark = pytest.mark.lab

TASK = "Files, containers, health"
PLAYBOOK = """
- hosts: node1
  gather_facts: false
  tasks:
    - name: Files, containers, health
      compose_app:
        src: app
        dest: /opt/app
        wait_timeout: 25
        remove_volumes: "{{ volumes | default(false) }}"
        state: "{{ state | default('present') }}"
"""
COMPOSE = """
services:
  web:
    image: "{{ image | default('web:v1') }}"
    env_file: web.env
    volumes: ["./site:/www/site:ro", "data:/data"]
  side:
    image: web:v1
volumes: {data: {}}
"""


class App:
    """A directory with an app, and runs of it."""

    def __init__(self, lab: Lab, folder: Path) -> None:
        self.lab = lab
        self.folder = folder
        self.write("compose.yaml.j2", COMPOSE)
        self.write("web.env.j2", "TOKEN={{ token | default('first') }}\n")
        self.write("site/page.txt", "one\n")
        (folder / "play.yml").write_text(PLAYBOOK)

    def write(self, name: str, text: str) -> None:
        path = self.folder / "app" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def run(self, *words: str) -> Played:
        return play(self.lab.name, "run", self.folder / "play.yml", *words)

    def plan(self, *words: str) -> Played:
        return play(self.lab.name, "plan", self.folder / "play.yml", *words)

    def ids(self) -> dict[str, str]:
        text = self.lab.ask("node1", "docker ps --no-trunc --format '{{.Names}} {{.ID}}'")
        return dict(line.split() for line in text.splitlines())


@pytest.fixture
def app(lab: Lab, node: LabHost, tmp_path: Path) -> App:
    """An app that is up."""
    made = App(lab, tmp_path)
    done = made.run()
    assert done.code == 0, done.text[-3000:]
    return made


def test_the_second_run_changes_nothing(lab: Lab, app: App):
    before = app.ids()
    assert sorted(before) == ["app-side-1", "app-web-1"]
    assert app.plan().changed == set()
    assert app.run().changed == set()
    assert app.ids() == before


def test_a_mounted_file_renews_only_who_sees_it(lab: Lab, app: App):
    before = app.ids()
    app.write("site/page.txt", "two\n")
    planned = app.plan()
    assert planned.plan(TASK) == [
        "update file /opt/app/site/page.txt: content differs",
        "recreate container app-web-1: mounted site/page.txt changed",
    ]
    (diff,) = planned.result(TASK)["diffs"]
    assert (diff["before"], diff["after"]) == ("one\n", "two\n")
    assert app.run().plan(TASK) == planned.plan(TASK)
    after = app.ids()
    assert after["app-side-1"] == before["app-side-1"]
    assert after["app-web-1"] != before["app-web-1"]
    assert lab.ask("node1", "docker exec app-web-1 cat /www/site/page.txt") == "two"
    assert app.run().changed == set()


def test_a_run_that_broke_off_is_finished_by_the_next(lab: Lab, app: App):
    """The file is there, but the container that mounts it has not been renewed."""
    before = app.ids()
    app.write("site/page.txt", "two\n")
    lab.ask("node1", "sed -i 's/^[^ ]* site/pending site/' /opt/app/.deploy-files")
    lab.ask("node1", "echo two >/opt/app/site/page.txt")
    assert app.run().plan(TASK) == ["recreate container app-web-1: mounted site/page.txt changed"]
    assert app.ids()["app-web-1"] != before["app-web-1"]
    assert app.run().changed == set()


def test_files_that_compose_does_not_take_replace_nothing(lab: Lab, app: App):
    before = (app.ids(), lab.ask("node1", "cd /opt/app; cat compose.yaml web.env; ls -A"))
    app.write("compose.yaml.j2", COMPOSE.replace("image: web:v1", "imag: web:v1"))
    app.write("web.env.j2", "TOKEN=changed\n")
    done = app.run()
    assert done.code == 2
    msg = done.failures[TASK, "node1"]
    assert "nothing was replaced" in msg
    assert "imag" in msg
    assert ".deploy." not in msg, "the user knows nothing of our staging directory"
    assert (app.ids(), lab.ask("node1", "cd /opt/app; cat compose.yaml web.env; ls -A")) == before


def test_what_is_not_in_the_directory_any_more_goes(lab: Lab, app: App):
    lab.ask("node1", "echo theirs >/opt/app/site/theirs.txt")
    (app.folder / "app/site/page.txt").unlink()
    done = app.run()
    assert "remove file /opt/app/site/page.txt: not in `src` any more" in done.plan(TASK)
    assert lab.ask("node1", "ls /opt/app/site") == "theirs.txt"
    assert app.run().changed == set()


def test_a_failing_image_shows_its_log_and_the_next_run_repairs(lab: Lab, app: App):
    done = app.run("-e", "image=web:exits")
    assert done.code == 2
    msg = done.failures[TASK, "node1"]
    assert "container app-web-1: exited with status 1" in msg
    assert "  | web exits: no such file" in msg
    # The files that are there now are the failed ones: what they ask for is not what will be.
    plan = app.plan()
    assert "bring up project app: compose.yaml may change more" in plan.text
    assert "start container" not in plan.text
    assert app.run().code == 0
    assert "app-web-1" in app.ids()


def test_an_env_file_that_others_put_there_counts(lab: Lab, app: App):
    app.write("compose.yaml.j2", COMPOSE.replace("web.env", "[web.env, others.env]"))
    assert app.run().code == 2, "others.env is nowhere"
    lab.ask("node1", "echo OTHER=1 >/opt/app/others.env")
    assert app.run().code == 0
    assert "OTHER=1" in lab.ask("node1", "docker exec app-web-1 env")


def test_stopped_and_absent(lab: Lab, app: App):
    app.run("-e", "state=stopped")
    assert app.ids() == {}
    assert app.run("-e", "state=stopped").changed == set()
    lab.ask("node1", "echo theirs >/opt/app/theirs.txt")
    app.run("-e", "state=absent", "-e", "volumes=true")
    assert lab.ask("node1", "ls -A /opt/app") == "theirs.txt"
    assert lab.ask("node1", "docker volume ls -q; docker ps -aq") == ""
    assert app.run("-e", "state=absent").changed == set()


def test_a_variable_that_is_missing_is_a_warning(lab: Lab, app: App):
    app.write("compose.yaml.j2", COMPOSE + "# ${NOWHERE}\nx-a: '${NOWHERE}'\n")
    done = app.run()
    assert done.code == 0
    assert "NOWHERE" in " ".join(done.result(TASK)["warnings"])


def test_the_shipped_playbook(lab: Lab, node: LabHost):
    words = ("-e", "compose_hosts=node1")
    planned = play(lab.name, "plan", "playbooks/compose.yml", *words)
    done = play(lab.name, "run", "playbooks/compose.yml", *words)
    assert done.code == 0, done.text[-3000:]
    assert planned.changed == done.changed
    assert planned.plan(TASK) == done.plan(TASK)
    assert "v1" in lab.ask("node1", "curl -fsS http://localhost:8090/")
    assert play(lab.name, "run", "playbooks/compose.yml", *words).changed == set()
    assert play(lab.name, "plan", "playbooks/compose.yml", *words).changed == set()
