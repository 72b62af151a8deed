"""Personal numbers as they may stand in logs and reports: recognised, but not told."""

HIDDEN = "*"
PERSONAL = ("identity_number", "mrz", "passport")
"""Kinds whose text names a person. `passport` is a document number by itself."""

_TD1_LENGTH, _TD3_LENGTH = 90, 88
_SHORTEST_ZONE = 30
"""One line of a card."""


def masked(kind: str, text: str) -> str:
    """Hide all but the ends of a personal number; return any other text as it is.

    A text with the shape of an identity number or an MRZ is masked whatever kind it is taken for:
    a number that was tried as another kind is still somebody's.

    Of an identity number the province (two digits) and the last four characters stay, of a
    document number the first and the last two characters; of an MRZ the document code, the issuing
    state and the masked document number. A text of another length is no such number: it keeps its
    first character only. What may stay is an assumption.
    """
    bare = "".join(text.split())
    if kind not in PERSONAL:
        kind = _personal_kind(bare)
    if not kind:
        return text
    if kind == "mrz":
        return _masked_mrz(bare)
    if kind == "passport":
        return _ends(bare, 1, 2) if len(bare) >= 6 else _ends(bare, 1, 0)
    return _ends(bare, 2, 4) if len(bare) == 18 else _ends(bare, 1, 0)


def _personal_kind(bare: str) -> str:
    """Tell an identity number by its length, its digits and its century, an MRZ by its fillers."""
    digits = bare[:17]
    if len(bare) == 18 and digits.isdigit() and digits[6:8] in ("18", "19", "20"):
        return "identity_number"
    return "mrz" if len(bare) >= _SHORTEST_ZONE and "<" in bare else ""


def _ends(text: str, first: int, last: int) -> str:
    hidden = HIDDEN * (len(text) - first - last)
    return text[:first] + hidden + (text[-last:] if last else "")


def _masked_mrz(bare: str) -> str:
    """Work on any text: what can't be parsed is to be masked too."""
    if len(bare) == _TD3_LENGTH:
        number = bare[44:53]
    elif len(bare) == _TD1_LENGTH:
        number = bare[5:14]
    else:
        return _ends(bare, 1, 0)
    return f"{bare[:5]} {masked('passport', number.rstrip('<'))}"


_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_DIGITS = "0123456789"
_OF_NUMBERS = _LETTERS + _DIGITS + "<"
_SHORTEST_PIECE = 10
"""Shorter pieces with a filler are code or markup rather than a zone."""


def masked_within(text: str) -> str:
    """Hide personal numbers wherever they stand in a text for people; the rest stays as it is.

    Known are identity numbers, document numbers of one or two letters and seven or eight digits,
    and lines of an MRZ or pieces of them. Names can't be told from other words, nor document
    numbers of digits alone: they have to be kept from texts in the first place.
    """
    told, word = [], ""
    for character in f"{text}\n":
        if character in _OF_NUMBERS:
            word += character
            continue
        if word:
            told.append(_hidden(word))
            word = ""
        told.append(character)
    return "".join(told)[:-1]


def _hidden(word: str) -> str:
    """A word of letters, digits and fillers, masked if it is a personal number or holds one."""
    if "<" in word:
        if len(word) >= _SHORTEST_PIECE:
            return _ends(word, 1, 0)
        return "<".join(map(_hidden, word.split("<")))
    kind = _personal_kind(word)
    if kind or not _is_document_number(word):
        return masked(kind, word)
    return masked("passport", word)


def _is_document_number(word: str) -> bool:
    digits = word.lstrip(_LETTERS)
    letters = len(word) - len(digits)
    return letters in (1, 2) and len(digits) in (7, 8) and not digits.strip(_DIGITS)
