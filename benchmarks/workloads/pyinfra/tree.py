"""W4 in pyinfra's idiom."""

from pathlib import Path

from pyinfra.operations import files

here = Path(__file__).resolve().parent.parent
files.sync(src=str(here / "tree"), dest="/opt/tree")
files.put(src=str(here / "big.bin"), dest="/opt/big.bin")
