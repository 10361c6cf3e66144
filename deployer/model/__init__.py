"""Values that every layer shares, and nothing that does anything.

Source positions, diagnostics, the error tree, shell scripts as data, planned changes, results,
events and secrets. All of it is plain and picklable: what crosses from the conductor to a share
of hosts is made of these.
"""
