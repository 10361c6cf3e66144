"""The engine: from typed plays to results.

`compile` turns a play into a program of steps; a `Cursor` per host walks it. The conductor (one
thread) drives a generator per host and step, which renders, looks, compares and asks for
exchanges; workers only move bytes. `lookahead` asks about coming steps ahead of their turn.
"""
