"""What can go wrong in live operation, each with a text that a person can act on."""


class LiveError(Exception):
    """Live operation can't begin, or can't go on, as it was asked to."""


class InboxFull(LiveError):
    """The inbox holds as much as it may: the event was not taken; post it again later."""


class InboxClosed(LiveError):
    """The port is stopping: the event was not taken."""
