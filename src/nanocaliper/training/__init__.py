"""Training of networks: the only part of the package that needs torch."""
