"""W5 in pyinfra's idiom."""

import io

from pyinfra.operations import files

for item in range(100):
    files.put(io.StringIO(f"item {item}\n"), f"/opt/item{item}", mode="644")
