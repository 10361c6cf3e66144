"""Facts of a host in Ansible's names, without Python on the host.

`look` is one constant shell probe that prints files of /proc, /sys and /etc and the answers of a
few small tools; `facts` makes of its output what Ansible's `setup` returns. Pure: no I/O here.
"""

from deployer.sdk.facts.parse import facts
from deployer.sdk.facts.probe import FACTS_D, PROBE, look
from deployer.sdk.facts.subsets import Subset, matches, subset_of

__all__ = ["FACTS_D", "PROBE", "Subset", "facts", "look", "matches", "subset_of"]
