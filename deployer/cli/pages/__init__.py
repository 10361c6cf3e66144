"""The pages of the documentation, generated from what the code says of itself.

Argument dataclasses, the keyword table, argparse, docstrings of filters, exit codes and events
become pages of `blocks`; `markdown` writes them to docs/, `textual` shows them in a terminal
(`deploy doc`). A test compares docs/ with what is generated.
"""
