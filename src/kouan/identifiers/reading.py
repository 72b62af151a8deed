"""A text on its way to an identifier: separators dropped, ASCII checked, places remembered."""

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from kouan.identifiers.errors import Candidate, IdentifierError, named, place, shown
from kouan.identifiers.look_alikes import look_alikes
from kouan.identifiers.masks import masked

DIGITS = "0123456789"
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
FILLER = "<"

CHARACTERS: dict[str, str] = {
    "9": DIGITS,
    "A": LETTERS,
    "X": LETTERS + DIGITS,
    "n": DIGITS + FILLER,
    "a": LETTERS + FILLER,
    "x": LETTERS + DIGITS + FILLER,
    "<": FILLER,
}
"""What may stand at a place of a layout, by the layout's sign for that place.

A layout is a text with one sign for each place: `9` a digit, `A` a letter, `X` either; `n`, `a` and
`x` the same or a filler; `<` a filler. All of it ASCII.
"""

WORDS: dict[str, str] = {
    "9": "a digit",
    "A": "a letter A to Z",
    "X": "a letter A to Z or a digit",
    "n": 'a digit or "<"',
    "a": 'a letter A to Z or "<"',
    "x": 'a letter A to Z, a digit or "<"',
    "<": '"<"',
}

MOST_CHARACTERS = 200
"""A longer text is no identifier; nothing more is done with it."""

_ASCII_UPPER = str.maketrans(LETTERS.lower(), LETTERS)

Parsed = TypeVar("Parsed")


@dataclass(frozen=True, slots=True)
class Reading:
    """``text`` is what was given in capitals without separators; ``at`` its places in ``given``."""

    kind: str
    given: str
    text: str
    at: tuple[int, ...]

    def wrong(self, index: int, expected: str) -> IdentifierError:
        """Return the error for a character of ``text`` that is not what was expected."""
        found = self.text[index]
        says = f"{place(self.given, self.at[index])} is {named(found)}, expected {expected}"
        return self._error(self.at[index], found, expected, says)

    def wrong_check(self, index: int, expected: str, what: str = "check digit") -> IdentifierError:
        """Return the error for a check digit that the rest does not give."""
        found = self.text[index]
        where = place(self.given, self.at[index])
        says = f"{what} ({where}) is {found}, the rest gives {expected}"
        return self._error(self.at[index], found, expected, says)

    def wrong_whole(self, found: str, expected: str) -> IdentifierError:
        """Return the error for a text of which no single character is wrong."""
        return self._error(-1, found, expected, f"{found}, expected {expected}")

    def _error(self, index: int, found: str, expected: str, says: str) -> IdentifierError:
        name = f'{self.kind} "{shown(masked(self.kind, self.given))}"'
        return IdentifierError(self.kind, self.given, index, found, expected, f"{name}: {says}")

    def expect_length(self, expected: str, *lengths: int) -> None:
        """Raise IdentifierError unless the text has one of these lengths."""
        if len(self.text) not in lengths:
            raise self.wrong_whole(f"{len(self.text)} characters", expected)

    def expect(self, index: int, characters: str, expected: str) -> None:
        """Raise IdentifierError unless one of these characters stands at a place."""
        if self.text[index] not in characters:
            raise self.wrong(index, expected)

    def expect_layout(self, layout: str, start: int = 0) -> None:
        """Raise IdentifierError at the first character from ``start`` that does not fit."""
        for index, sign in enumerate(layout, start):
            self.expect(index, CHARACTERS[sign], WORDS[sign])


def read(
    kind: str, given: str, separators: str = " -", folded: dict[int, int] | None = None
) -> Reading:
    """Drop separators and make ASCII letters capital, nothing else.

    A digit or letter of another alphabet stays and is told by whoever looks at it; ``folded`` is a
    translation for kinds that allow more. Raises IdentifierError for a text that is far too long.
    """
    if len(given) > MOST_CHARACTERS:
        blank = Reading(kind, given, "", ())
        raise blank.wrong_whole(f"{len(given)} characters", f"at most {MOST_CHARACTERS}")
    kept = [(index, each) for index, each in enumerate(given) if each not in separators]
    text = "".join(each for _, each in kept).translate(_ASCII_UPPER)
    if folded is not None:
        text = text.translate(folded)
    return Reading(kind, given, text, tuple(index for index, _ in kept))


def explained(parse: Callable[[str], Parsed]) -> Callable[[str], Parsed]:
    """Let a parser's error name the look-alikes that, one by one, would make the text right."""

    @functools.wraps(parse)
    def parse_and_explain(text: str) -> Parsed:
        try:
            return parse(text)
        except IdentifierError as error:
            if error.index < 0:
                raise
            candidates = tuple(_candidates(parse, text))
            raise _with(error, candidates) from None

    return parse_and_explain


def _candidates(parse: Callable[[str], Parsed], text: str) -> list[Candidate]:
    found = []
    for index, character in enumerate(text):
        for other in look_alikes(character.translate(_ASCII_UPPER)):
            try:
                parse(text[:index] + other + text[index + 1 :])
            except IdentifierError:
                continue
            found.append(Candidate(index, character, other))
    return found


def _with(error: IdentifierError, candidates: tuple[Candidate, ...]) -> IdentifierError:
    return IdentifierError(
        error.kind,
        error.text,
        error.index,
        error.found,
        error.expected,
        error.sentence,
        candidates,
    )
