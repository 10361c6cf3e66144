"""The commands of `deploy`: one file each; `app` wires the layers together.

`main` reads the command line, calls the command, and turns what went wrong into a message and an
exit code (`exits`).
"""
