"""Jinja, made to fit: the user's templates rendered over variables that may not all exist yet.

`Renderer` renders values, evaluates expressions and judges conditionals in a `Scope`. Only
`model.source.Template` is ever rendered; what hosts and lookups say is data. A name that a coming
step may define raises `PendingName` on every way by which a template could have read it. Secrets
keep their type, and text made of one is a secret. `filters/`, `tests/` and `lookups/` hold one
function per name; this is the only package that imports Jinja.
"""

from deployer.templating.renderer import Renderer
from deployer.templating.scope import OMIT, FileOptions, Impurity, Omit, Scope, Verdict
from deployer.templating.views import ScopeView

__all__ = [
    "OMIT",
    "FileOptions",
    "Impurity",
    "Omit",
    "Renderer",
    "Scope",
    "ScopeView",
    "Verdict",
]
