"""Places: the form of a UN/LOCODE, and land ports by the names in use, with a code or without.

Many land ports have no code, and some codes are filed under the wrong country. So a place is named
by the register's own id, and a code is an addition. None is invented: a place whose code is not
published has none.
"""

from dataclasses import dataclass

from kouan.identifiers.reading import DIGITS, LETTERS, explained, read

KIND = "locode"
_PLACE = LETTERS + DIGITS[2:]


@dataclass(frozen=True, slots=True)
class Locode:
    """A code: country (2 letters) and place (3 letters, or digits 2 to 9)."""

    text: str
    country: str
    place: str


@explained
def parse_locode(text: str) -> Locode:
    """Parse a code such as CNERC or CN ERC. The form only. Raises IdentifierError."""
    reading = read(KIND, text, " ")
    code = reading.text
    reading.expect_length("5 characters", 5)
    reading.expect_layout("AA")
    for index in range(2, 5):
        reading.expect(index, _PLACE, "a letter A to Z or a digit 2 to 9")
    return Locode(code, code[:2], code[2:])


@dataclass(frozen=True, slots=True)
class LandPort:
    """A place where a border is crossed on land.

    ``neighbour`` is the id of the place on the other side, empty where no source names it.
    ``locodes`` holds the published codes, none or more than one.
    """

    id: str
    name: str
    name_zh: str
    country: str
    neighbour: str = ""
    locodes: tuple[str, ...] = ()


_CHINA = (
    LandPort("manzhouli", "Manzhouli", "满洲里", "CN", "zabaikalsk", ("CNMLX",)),
    LandPort("erenhot", "Erenhot", "二连浩特", "CN", "zamyn_uud", ("CNERC", "CNRLC")),
    LandPort("ganqimaodu", "Ganqimaodu", "甘其毛都", "CN", "gashuun_sukhait", ("CNGQD",)),
    LandPort("ceke", "Ceke", "策克", "CN", "shivee_khuren", ("CNCEK",)),
    LandPort("mandula", "Mandula", "满都拉", "CN", "hangi", ("CNMDL",)),
    LandPort("zhuengadabuqi", "Zhuengadabuqi", "珠恩嘎达布其", "CN", "bichigt", ("CNZEQ",)),
    LandPort("arxan", "Arxan", "阿尔山", "CN", "sumber", ("CNARS",)),
    LandPort("ebuduge", "Ebuduge", "额布都格", "CN", "bayankhoshuu", ("CNEBD",)),
    LandPort("arihashate", "Arihashate", "阿日哈沙特", "CN", "", ("CNART",)),
    LandPort("heishantou", "Heishantou", "黑山头", "CN", "", ("CNHST",)),
    LandPort("shiwei", "Shiwei", "室韦", "CN", "olochi", ("CNSWI",)),
    LandPort("erka", "Erka", "二卡", "CN"),
    LandPort("wuliji", "Wuliji", "乌力吉", "CN"),
    LandPort("bagemaodu", "Bagemaodu", "巴格毛都", "CN"),
)
_NEIGHBOURS = (
    LandPort("zabaikalsk", "Zabaikalsk", "", "RU", "manzhouli"),
    LandPort("olochi", "Olochi", "", "RU", "shiwei"),
    LandPort("zamyn_uud", "Zamyn-Uud", "", "MN", "erenhot", ("MNZUU",)),
    LandPort("gashuun_sukhait", "Gashuun Sukhait", "", "MN", "ganqimaodu"),
    LandPort("shivee_khuren", "Shivee Khuren", "西伯库伦", "MN", "ceke"),
    LandPort("hangi", "Hangi", "杭吉", "MN", "mandula"),
    LandPort("bichigt", "Bichigt", "", "MN", "zhuengadabuqi"),
    LandPort("sumber", "Sumber", "松贝尔", "MN", "arxan"),
    LandPort("bayankhoshuu", "Bayankhoshuu", "", "MN", "ebuduge"),
)
LAND_PORTS: dict[str, LandPort] = {port.id: port for port in (*_CHINA, *_NEIGHBOURS)}
"""The land ports of Inner Mongolia and the places across the border that a source names."""

MISFILED = ("MNGAU", "MNUQA", "MNORD")
"""Codes that the published list files under Mongolia though the places lie in China."""


def land_port_of(locode: str) -> LandPort | None:
    """Return the land port that has a code; None if none has."""
    return next((port for port in LAND_PORTS.values() if locode in port.locodes), None)
