"""Characters that are easily taken for one another, by a camera or by a person."""

LOOK_ALIKES = ("0ODQ", "1IL", "2Z", "5S", "8B", "6G")
"""Groups of characters of which each may be misread as another of the same group."""

CYRILLIC = "АВЕКМНОРСТУХ"
LATIN = "ABEKMHOPCTYX"
"""Letters of two alphabets that have one shape, place by place."""

_TO_LATIN = str.maketrans(CYRILLIC, LATIN)
_TO_CYRILLIC = str.maketrans(LATIN, CYRILLIC)


def look_alikes(character: str) -> str:
    """Return the other characters that one may be taken for, in the order of the table."""
    return "".join(
        other
        for group in LOOK_ALIKES
        if character in group
        for other in group
        if other != character
    )


def to_latin(text: str) -> str:
    """Replace each capital Cyrillic letter by the Latin letter of the same shape, if it has one."""
    return text.translate(_TO_LATIN)


def to_cyrillic(text: str) -> str:
    """Replace each capital Latin letter by the Cyrillic letter of the same shape, if it has one."""
    return text.translate(_TO_CYRILLIC)
