"""What can go wrong when a picture is drawn, each with a text that a person can act on."""


class DrawingError(Exception):
    """Something can't be drawn as asked."""


class FontMissing(DrawingError):
    """A typeface is not installed; says which, and which Debian package has it."""


class UnknownScene(DrawingError):
    """A kind, difficulty or text that can't be drawn; says what was expected."""
