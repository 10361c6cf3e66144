"""`python -m tests.support.shellcheck`: shellcheck of every fragment, with all that it uses."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.support.fragments import program_fragments
from tests.support.shell import source_of

# What a fragment alone cannot show: which functions and variables of a library are used by
# another fragment. SC2088 takes a pattern of `case` for a path.
EXCLUDED = "SC2088,SC2034,SC2329,SC2317,SC2148"


def check(paths: Sequence[str]) -> str:
    """What shellcheck has to say of these files; empty if nothing."""
    words = ["shellcheck", "-s", "sh", "-e", EXCLUDED, "-f", "gcc", *paths]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    return done.stdout + done.stderr + (f"status {done.returncode}\n" if done.returncode else "")


def main() -> int:
    """Exit status 1, with what is wrong, unless every fragment is faultless."""
    with tempfile.TemporaryDirectory() as folder:
        paths = []
        for fragment in program_fragments():
            path = Path(folder, f"{fragment.name}.sh")
            path.write_text(source_of(fragment) + "\n")
            paths.append(str(path))
        shares = os.cpu_count() or 1
        with ThreadPoolExecutor(shares) as pool:
            said = "".join(pool.map(check, (paths[share::shares] for share in range(shares))))
    print(said, end="")
    return 1 if said or not paths else 0


if __name__ == "__main__":
    sys.exit(main())
