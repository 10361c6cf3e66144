"""What a compose project that was taken down by halves has left, besides containers."""

from __future__ import annotations

from deployer.docker.cli import PRELUDE
from deployer.sdk import sh

#: The volumes that there are. Compose says `Removed` of those as well that were never there.
VOLUMES = sh(
    """
echo @volumes
ask volume ls -q
""",
    uses=(PRELUDE,),
)

#: Networks that projects have made, each behind its project's name.
NETWORKS = sh(
    """
echo @networks
ask network ls --filter label=com.docker.compose.project \\
    --format '{{.Label "com.docker.compose.project"}} {{.Name}}'
""",
    uses=(PRELUDE,),
)
