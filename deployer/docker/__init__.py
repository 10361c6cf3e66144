"""What is to be known of Docker and Swarm: pure knowledge, no I/O.

How the `docker` CLI is asked and how its answers and its refusals read (`cli`), what the engine's
own API takes where the CLI falls short (`engine`), nodes and their states (`nodes`), and what
keeps a majority of managers (`quorum`). The modules make scripts and plans out of it.
"""
