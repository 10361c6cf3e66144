"""W1 in pyinfra's idiom."""

from pyinfra.operations import server

server.shell(["/bin/true"])
