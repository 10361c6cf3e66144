"""What a lookup is given: the run that asks, and the controller's files."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from deployer.model.errors import TemplateError
from deployer.model.source import Value
from deployer.model.values import dataclass
from deployer.templating.scope import Impurity

if TYPE_CHECKING:
    from deployer.templating.run import Run


@dataclass(frozen=True, slots=True)
class Ask:
    """What a lookup may use: the run it is called in, and files found along its search path."""

    run: Run
    name: str

    def impure(self, kind: Impurity) -> None:
        """Say that asking again may give something else."""
        self.run.impure(f"lookup `{self.name}`", kind)

    def variable(self, name: str) -> Value:
        """A variable, rendered; undefined where there is none."""
        return self.run.name(name)

    def places(self, name: str, *subdirectories: str) -> Iterable[Path]:
        """Where a file may be: absolute, or in each search directory and its subdirectories."""
        path = Path(name).expanduser()
        if path.is_absolute():
            yield path
            return
        for directory in self.run.scope.search or (".",):
            for sub in (*subdirectories, ""):
                yield Path(directory) / sub / path

    def find(self, name: str, *subdirectories: str) -> Path:
        """The first of `places` that exists. Raises TemplateError if none does."""
        self.impure(Impurity.READS)
        for path in self.places(name, *subdirectories):
            if path.exists():
                return path
        looked = ", ".join(self.run.scope.search) or "the working directory"
        raise TemplateError(f"lookup `{self.name}`: no file `{name}`", help=f"looked in {looked}")
