"""The command line: one file a command.

Nothing heavy is imported before a command needs it, so that help appears at once.
"""

from nanocaliper.cli.app import main

__all__ = ["main"]
