"""Tables and figures of the three papers, each by one command: ``benchmarks/reproduce.py``, ``docs/papers.md``."""
