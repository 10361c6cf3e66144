"""The keywords of ansible-core 2.19 (its documentation, "Playbook Keywords"), and our own."""

from __future__ import annotations

import pytest

from deployer.language.keywords import keywords_of
from deployer.language.playbook import Block, Handler, Play, RoleUse, Task
from deployer.language.table import keyword_table

EVERYWHERE = (
    "any_errors_fatal become become_exe become_flags become_method become_user check_mode "
    "collections connection debugger diff environment ignore_errors ignore_unreachable "
    "module_defaults name no_log port remote_user run_once tags throttle timeout vars"
)
PLAY = (
    "fact_path force_handlers gather_facts gather_subset gather_timeout handlers hosts "
    "max_fail_percentage order post_tasks pre_tasks roles serial strategy tasks vars_files "
    "vars_prompt"
)
ROLE = "delegate_facts delegate_to when"
BLOCK = "always block rescue notify delegate_facts delegate_to when"
TASK = (
    "action args async changed_when delay delegate_facts delegate_to failed_when local_action "
    "loop loop_control notify poll register retries until when"
)
OURS = "backoff"


@pytest.mark.parametrize(
    ("kind", "names"),
    [
        (Play, PLAY),
        (RoleUse, ROLE),
        (Block, BLOCK),
        (Task, f"{TASK} {OURS}"),
        (Handler, f"{TASK} {OURS} listen"),
    ],
)
def test_every_keyword_is_known(kind: type, names: str) -> None:
    assert set(keywords_of(kind)) == {*EVERYWHERE.split(), *names.split()}


def test_the_table_documents_every_keyword_once_per_meaning() -> None:
    table = keyword_table()
    assert all(row.doc and row.form and row.objects for row in table)
    pairs = [(row.name, item) for row in table for item in row.objects]
    assert len(pairs) == len(set(pairs))
    become = next(row for row in table if row.name == "become")
    assert become.objects == ("play", "role", "block", "task", "handler")
    assert become.supported
    later = {row.name for row in table if not row.supported}
    assert later == (
        {"async", "poll", "debugger", "module_defaults", "fact_path", "break_when"}
        | {"encrypt", "salt", "salt_size"}
    )
