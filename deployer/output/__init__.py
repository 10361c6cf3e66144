"""Listeners of events: the console, JSON lines. They see `model` only and cannot influence a run.

`console` decides what is said, in lines of styled spans (`lines`); a screen shows them: `plain` for
pipes and files, `live` for terminals (the only one that imports rich). `results`, `failures`,
`diffs`, `pretty` and `summary` make the lines. `jsonlines` writes the events themselves and
`replay` reads them back. `source` prints a diagnostic with its source line and a caret.
"""
