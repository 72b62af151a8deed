"""The command line: it builds the house, and is the only room that knows both worlds."""

from kouan.cli.main import app, main

__all__ = ["app", "main"]
