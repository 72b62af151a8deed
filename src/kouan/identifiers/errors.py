"""The one exception of this room, and how a wrong identifier is put into words."""

from dataclasses import dataclass

LONGEST_SHOWN = 40
"""Characters of a text that a sentence shows; the exception has the text itself."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A character that, if it was misread, would make a text right: for a person to judge."""

    index: int
    read: str
    instead: str


class IdentifierError(Exception):
    """A text that is no identifier of its kind.

    ``index`` is the place of the wrong character in ``text`` as it was given, -1 where no single
    place is wrong, such as a length. ``found`` and ``expected`` say what stands there and what
    should. ``sentence`` says it all and masks a personal number, so it may be shown and logged;
    ``text`` may not.
    """

    def __init__(
        self,
        kind: str,
        text: str,
        index: int,
        found: str,
        expected: str,
        sentence: str,
        candidates: tuple[Candidate, ...] = (),
    ) -> None:
        # All of it in args: that is what a process hands over to another.
        super().__init__(kind, text, index, found, expected, sentence, candidates)
        self.kind = kind
        self.text = text
        self.index = index
        self.found = found
        self.expected = expected
        self.sentence = sentence
        self.candidates = candidates

    def __str__(self) -> str:
        """Return the sentence, and what a person may look at."""
        if not self.candidates:
            return self.sentence
        each = [
            f"{item.instead} for {item.read} at {place(self.text, item.index)}"
            for item in self.candidates
        ]
        return f"{self.sentence}; it would be right with {', or '.join(each)}"

    def __repr__(self) -> str:
        """Return no more than the sentence: a trace must not tell a personal number."""
        return f"IdentifierError({str(self)!r})"


def place(text: str, index: int) -> str:
    """Return where a character stands, as people count; with its line where there are lines."""
    before = text[:index].split("\n")
    line = f"line {len(before)}, " if "\n" in text else ""
    return f"{line}character {len(before[-1]) + 1}"


def shown(text: str) -> str:
    """Return a text fit for one line: cut, without what can't be printed."""
    cut = text if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]}..."
    return "".join(each if each.isprintable() else "\N{REPLACEMENT CHARACTER}" for each in cut)


def named(character: str) -> str:
    """Return a character as a sentence names it; outside ASCII with its code point."""
    if character.isascii() and character.isprintable():
        return f'"{character}"'
    code = f"U+{ord(character):04X}"
    return f'"{character}" ({code})' if character.isprintable() else code
