"""YAML with positions, made into a typed playbook.

Reads the user's files (playbooks, roles, task files, variables), knows every keyword of
ansible-core 2.19, resolves what is static (`import_*`, roles, their dependencies) and reports all
that is wrong at once, each problem with file, line and column. It renders nothing: text that may
be a template stays a `Template`, and whoever needs a name at load time hands in `render_static`.
"""
