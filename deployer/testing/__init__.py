"""Fakes and fixtures, shipped to users: a simulated host to test playbooks and modules without one.

The fakes stand at the seam (`transport.session`): everything above them is the real program.
"""

from deployer.testing.recorder import Recorder
from deployer.testing.simulated import Behaviour, SimulatedConnector, SimulatedHost

__all__ = ["Behaviour", "Recorder", "SimulatedConnector", "SimulatedHost"]
