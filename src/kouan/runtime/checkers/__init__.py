"""Checkers: the rules that no journal of a port may break, watched entry by entry.

They fold events and commands and know the declared port, but never the dispatcher's state, so they
say what was decided and not what was meant. ``Checkers(port)`` runs all of them as one observer.
"""

from kouan.runtime.checkers.base import Checker, Violation, Violations
from kouan.runtime.checkers.everything import Checkers, Liveness

__all__ = ["Checker", "Checkers", "Liveness", "Violation", "Violations"]
