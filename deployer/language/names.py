"""Names of modules and lookups, as far as the language itself has to know them."""

from __future__ import annotations

from typing import Final

_COLLECTIONS: Final = (
    "ansible.builtin.",
    "ansible.legacy.",
    "ansible.posix.",
    "community.docker.",
    "community.general.",
    "deploy.",
)
#: Modules whose text is a command line: only a few `k=v` options are taken out of it.
FREE_FORM: Final = frozenset({"command", "shell", "script", "raw"})
FREE_FORM_OPTIONS: Final = frozenset(
    {"chdir", "creates", "removes", "executable", "warn", "stdin"}
    | {"stdin_add_newline", "strip_empty_ends"}
)
IMPORTS: Final = frozenset({"import_tasks", "import_role"})
#: `include` is gone from ansible-core 2.16 on; it is read as it was read before.
INCLUDES: Final = frozenset({"include_tasks", "include_role", "include"})
#: Modules that take text that is neither an option nor a command line (a file, an action).
PLAIN_TEXT: Final = IMPORTS | INCLUDES | {"include_vars", "meta", "add_host", "group_by"}
#: Known whatever the caller knows: the loader handles them.
STRUCTURAL: Final = IMPORTS | INCLUDES
#: `with_<lookup>` that works.
LOOKUPS: Final = frozenset(
    {"items", "dict", "fileglob", "first_found", "nested", "cartesian", "together", "sequence"}
    | {"subelements", "indexed_items", "flattened", "inventory_hostnames", "random_choice"}
    | {"file", "lines", "list"}
)
#: `with_<lookup>` that Ansible has and we do not yet.
LOOKUPS_LATER: Final = frozenset(
    {"config", "csvfile", "env", "ini", "password", "pipe", "template", "unvault", "url", "vars"}
    | {"varnames", "filetree", "redis", "etcd", "dig", "consul_kv"}
)


def canonical(action: str) -> str:
    """The short name of a module ("community.docker.docker_stack": "docker_stack").

    Names of collections that we know nothing of stay whole, so that they stay unknown.
    """
    for prefix in _COLLECTIONS:
        if action.startswith(prefix):
            short = action[len(prefix) :]
            return short if "." not in short else action
    return action


def is_qualified(action: str) -> bool:
    """Whether it reads like `namespace.collection.module`."""
    parts = action.split(".")
    return len(parts) >= 3 and all(part.isidentifier() for part in parts)


def lookup_of(keyword: object) -> str | None:
    """The short name of the lookup of a `with_<lookup>` key, or None."""
    if isinstance(keyword, str) and keyword.startswith("with_"):
        return canonical(keyword[len("with_") :])
    return None
