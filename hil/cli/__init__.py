"""The command ``memrig``."""

from memrig.hil.cli.main import main

__all__ = ["main"]
