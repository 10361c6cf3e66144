"""Filters by topic: one marked function each, with a doctest (see `registry`)."""
