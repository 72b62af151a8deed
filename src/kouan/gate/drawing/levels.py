"""How hard a picture is to read: every range in one table (all of them assumptions)."""

from typing import NamedTuple

Range = tuple[float, float]


class Level(NamedTuple):
    """Ranges that one picture's conditions are drawn from; chances are parts of one.

    ``turn``, ``nod`` and ``roll`` are degrees either way. Sizes are pixels in the frame of what
    has to be told apart: a character's height, or a code's module.
    """

    plate_px: Range
    container_px: Range
    mrz_px: Range
    module_px: Range
    turn: Range
    nod: Range
    roll: Range
    light: Range
    """Exposure, as a factor."""
    defocus_px: Range
    """Standard deviation of the blur."""
    motion_px: Range
    noise: Range
    """Standard deviation, of 255."""
    dirt: Range
    """Part of the object's surface that is covered."""
    jpeg: Range
    night_chance: float
    rain_chance: float
    glare_chance: float


LEVELS: dict[str, Level] = {
    "clean": Level(
        plate_px=(34, 60), container_px=(32, 54), mrz_px=(19, 23), module_px=(4.5, 8),
        turn=(0, 8), nod=(0, 6), roll=(0, 1.5), light=(0.9, 1.1), defocus_px=(0, 0.6),
        motion_px=(0, 1), noise=(0.5, 2.5), dirt=(0, 0.01), jpeg=(88, 96),
        night_chance=0, rain_chance=0, glare_chance=0,
    ),
    "mild": Level(
        plate_px=(24, 44), container_px=(22, 42), mrz_px=(15, 20), module_px=(3, 6),
        turn=(4, 20), nod=(0, 12), roll=(0, 4), light=(0.65, 1.25), defocus_px=(0.3, 1.1),
        motion_px=(0, 3.5), noise=(2, 7), dirt=(0, 0.06), jpeg=(65, 88),
        night_chance=0.25, rain_chance=0.2, glare_chance=0.15,
    ),
    "hard": Level(
        plate_px=(16, 30), container_px=(15, 28), mrz_px=(11, 16), module_px=(2, 4),
        turn=(8, 32), nod=(2, 18), roll=(0, 7), light=(0.5, 1.5), defocus_px=(0.5, 1.7),
        motion_px=(0, 5), noise=(4, 12), dirt=(0.01, 0.14), jpeg=(40, 70),
        night_chance=0.4, rain_chance=0.4, glare_chance=0.25,
    ),
}  # fmt: skip
