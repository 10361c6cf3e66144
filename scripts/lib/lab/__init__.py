"""Real hosts on one machine, for tests and for trying things out.

A lab is a few Debian hosts, each in namespaces of its own: process tree,
mounts, network, cgroups.  They have their own sshd and dockerd, and share the
machine's kernel.  Reading order: `lifecycle` tells the story of up and down;
`host` is one host; `network` is the switch between them; `cache` and `roots`
build, once, what hosts boot from.

Only the standard library is imported: the lab runs before any environment
exists.
"""
