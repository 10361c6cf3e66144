"""`deploy`: deployment playbooks over SSH.

The packages are layers, and imports point downwards only (see ARCHITECTURE.md):
cli | testing -> engine | output -> variables -> modules | transport | inventory | templating
-> docker -> sdk | language -> model.
"""

__version__ = "0.1.0"
