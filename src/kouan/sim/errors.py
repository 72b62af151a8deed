"""What can go wrong with a simulation, each with a text that a person can act on."""


class FaultScriptError(Exception):
    """A script of faults that can't be used; says where and what was expected."""


class ReplayedOtherwise(Exception):
    """A journal does not belong to this site: another port file, seed, start, faults or version."""
