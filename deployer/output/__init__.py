"""Listeners of events: the console, JSON lines. They see `model` only and cannot influence a run.

`source` prints a diagnostic with its source line and a caret.
"""
