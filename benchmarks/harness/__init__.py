"""Measures `deploy` beside its peers on throw-away hosts: `benchmarks/run`, `benchmarks/README.md`.

`hosts` starts the hosts, `proxy` adds latency and counts turns, `workloads` writes what is run,
`tools` says how each tool runs it, `measure` runs one and says what it cost, `mainjob` and
`cells` put runs side by side, `report` makes the table. The standard library is enough for it.
"""
