"""What can go wrong when pictures are read, each with a text that a person can act on."""


class GateError(Exception):
    """Something about reading can't be done as asked."""


class ImageError(GateError):
    """Bytes that are no picture this room takes: says what was wrong and what was expected."""


class ReaderMissing(GateError):
    """What reads pictures is not installed."""


class QueueFull(GateError):
    """As many pictures wait to be read as may wait: this one was not taken; send it later."""


class ReadingFailed(GateError):
    """A picture could not be read to the end: its worker died, or took too long."""


class PoolClosed(GateError):
    """The pool is stopping, or was stopped: the picture was not taken."""
