"""Numbers to be shown, drawn by chance: each is valid by its own rule."""

from collections.abc import Sequence

from numpy.random import Generator

from kouan.identifiers.container import parse_container
from kouan.identifiers.errors import IdentifierError
from kouan.identifiers.look_alikes import CYRILLIC
from kouan.identifiers.plate import NEW_ENERGY_LETTERS, PROVINCES, SERIAL
from kouan.identifiers.reading import DIGITS, LETTERS

LATIN = "".join(each for each in SERIAL if each not in DIGITS)
MONGOLIAN = "АБВГДЕЗИКЛМНОӨПРСТУҮХЦЧШЭЯ"
OWNERS = ("CSQ", "MSC", "TGH", "TCL", "CAI", "MSK", "OOL", "TCN", "FCI", "CBH", "RZD", "MTZ")
"""Often seen in print; any three letters will do."""
SIZE_TYPES = ("22G1", "42G1", "45G1", "45R1", "22R1", "22U1", "22T1", "25G1", "L5G1")


def pick(dice: Generator, choices: Sequence[str]) -> str:
    """One of several."""
    return choices[int(dice.integers(len(choices)))]


def several(dice: Generator, choices: str, count: int) -> str:
    """So many characters out of a string, each by itself."""
    return "".join(pick(dice, choices) for _ in range(count))


def _serial(dice: Generator, length: int) -> str:
    """Digits, with up to two letters among them."""
    serial = list(several(dice, DIGITS, length))
    for _ in range(int(dice.choice([0, 0, 1, 1, 2]))):
        serial[int(dice.integers(length))] = pick(dice, LATIN)
    return "".join(serial)


def _head(dice: Generator) -> str:
    province = "蒙" if dice.random() < 0.3 else pick(dice, PROVINCES)
    return province + pick(dice, LATIN)


def chinese_plate(dice: Generator, suffix: str = "") -> str:
    """Seven characters; a suffix takes the last place."""
    return _head(dice) + _serial(dice, 5 - len(suffix)) + suffix


def embassy_plate(dice: Generator) -> str:
    """Six digits and 使 (the form is an assumption)."""
    return several(dice, DIGITS, 6) + "使"


def new_energy_plate(dice: Generator) -> str:
    """Eight characters: the letter of new energy first (cars) or last (large vehicles)."""
    letter, digits = pick(dice, NEW_ENERGY_LETTERS), several(dice, DIGITS, 5)
    return _head(dice) + (letter + digits if dice.random() < 0.5 else digits + letter)


def russian_plate(dice: Generator) -> str:
    """Letter, three digits, two letters, region of two or three digits."""
    digits = f"{int(dice.integers(1, 1000)):03d}"
    region = pick(dice, ("75", "80", "03", "38", "77", "125", "138", "154", "199", "777"))
    return several(dice, CYRILLIC, 1) + digits + several(dice, CYRILLIC, 2) + region


def mongolian_plate(dice: Generator) -> str:
    """Four digits and three letters (an assumption: no source is at hand)."""
    return several(dice, DIGITS, 4) + several(dice, MONGOLIAN, 3)


def container_number(dice: Generator) -> str:
    """Owner, U, six digits, and the check digit that ISO 6346 takes."""
    owner = pick(dice, OWNERS) if dice.random() < 0.5 else several(dice, LETTERS, 3)
    body = owner + "U" + several(dice, DIGITS, 6)
    for digit in DIGITS:
        try:
            return parse_container(body + digit).number
        except IdentifierError:
            continue
    raise RuntimeError(f"{body}: no check digit fits")
