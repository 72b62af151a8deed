"""Topics: prefix, manufacturer, serial number, and what is said."""

from enum import StrEnum
from typing import NamedTuple

from kouan.live.vda5050.values import CodecError, Wire, is_name


class Topic(StrEnum):
    """The last level of a topic."""

    ORDER = "order"
    INSTANT_ACTIONS = "instantActions"
    STATE = "state"
    CONNECTION = "connection"
    VISUALIZATION = "visualization"
    FACTSHEET = "factsheet"


class Delivery(NamedTuple):
    """How messages of a topic are sent: only the connection is sure to arrive, and kept."""

    qos: int
    retained: bool


DELIVERY = {topic: Delivery(0, False) for topic in Topic} | {Topic.CONNECTION: Delivery(1, True)}
"""The factsheet may be kept by vehicles that send it once."""
FROM_VEHICLE = (Topic.STATE, Topic.CONNECTION, Topic.VISUALIZATION, Topic.FACTSHEET)


def topic(wire: Wire, manufacturer: str, serial: str, kind: Topic) -> str:
    """The topic of one vehicle's messages; raises CodecError for names that no topic can hold."""
    for key, value in (("manufacturer", manufacturer), ("serialNumber", serial)):
        if not is_name(value):
            raise CodecError(f"{key}: {value!r}: expected text without / + # $")
    return f"{wire.quirks.prefix or wire.version.prefix}/{manufacturer}/{serial}/{kind}"


def read_topic(text: str) -> tuple[str, str, Topic] | None:
    """Manufacturer, serial number and kind of a topic; None if it is another's."""
    levels = text.split("/")
    if len(levels) < 5 or not (is_name(levels[-3]) and is_name(levels[-2])):
        return None
    try:
        return levels[-3], levels[-2], Topic(levels[-1])
    except ValueError:
        return None
