"""Talking to hosts: one seam (`session`), its framing, and the connections behind it.

`session` is what the engine sees: `exchange(batch) -> replies`; `connectors` opens sessions of
every kind. `wire` turns a batch into one message for the loop that runs on the host (`loop.sh`),
`replies` its answer back, both without I/O; `opening` (with `become`) and `exchange` drive them
over a `pipe`. Two carry the bytes: `local` and `ssh` (`route` says where to, `logins` gets there,
`hostkeys` and `trust` whom to believe, `auth` what to show, `channel` moves).
"""
