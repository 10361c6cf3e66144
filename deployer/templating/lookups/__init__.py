"""Lookups: one module each with `run(ask, terms, **options) -> list` (see `lookup`)."""
