"""Talking to hosts: one seam (`session`), its framing, and the connections behind it.

`session` is what the engine sees: `exchange(batch) -> replies`. `wire` turns a batch into one
message for the loop that runs on the host (`loop.sh`) and its answer back, without I/O. `ssh` and
`local` carry the bytes.
"""
