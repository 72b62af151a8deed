"""The cheapest ring of waits, against every ring of small graphs."""

import itertools

from hypothesis import given
from hypothesis import strategies as st

from kouan.traffic.rings import Waits, add_wait, cheapest_ring

SPOTS = "abcde"


@st.composite
def graphs(draw: st.DrawFn, least: int, most: int) -> Waits:
    edges = draw(st.lists(st.tuples(st.sampled_from(SPOTS), st.sampled_from(SPOTS)), max_size=14))
    waits: Waits = {}
    for spot, wanted in edges:
        add_wait(waits, spot, wanted, draw(st.integers(least, most)))
    return waits


def every_ring(waits: Waits, others: Waits) -> list[tuple[int, tuple[str, ...]]]:
    """Every ring without a spot twice that vehicles take part in, with how many it takes."""
    found = []
    for count in range(1, len(SPOTS) + 1):
        for ring in itertools.permutations(SPOTS, count):
            if ring[0] == min(ring):
                steps = list(zip(ring, ring[1:] + ring[:1], strict=True))
                kinds = [
                    [waits.get(spot, {}).get(wanted), 0 if wanted in others.get(spot, {}) else None]
                    for spot, wanted in steps
                ]
                for picked in itertools.product((0, 1), repeat=count):
                    taken = [pair[kind] for pair, kind in zip(kinds, picked, strict=True)]
                    if 0 in picked and None not in taken:
                        found.append((sum(each or 0 for each in taken), ring))
    return found


@given(graphs(1, 4), graphs(0, 0))
def test_no_ring_is_cheaper(waits: Waits, others: Waits) -> None:
    rings = every_ring(waits, others)
    vehicles, ring = cheapest_ring(waits, others)
    if rings:
        assert vehicles == min(rings)[0]
        assert (vehicles, ring) in rings
    else:
        assert (vehicles, ring) == (0, ())


def test_of_two_waits_the_one_of_fewer_vehicles_counts() -> None:
    waits: Waits = {}
    add_wait(waits, "a", "b", 3)
    add_wait(waits, "a", "b", 1)
    add_wait(waits, "a", "b", 2)
    add_wait(waits, "b", "a", 1)
    assert cheapest_ring(waits, {}) == (2, ("a", "b"))


def test_a_ring_of_others_alone_is_not_the_fleets_business_but_one_with_a_vehicle_is() -> None:
    waits: Waits = {}
    others: Waits = {}
    add_wait(others, "a", "b", 0)
    add_wait(others, "b", "a", 0)
    assert cheapest_ring(waits, others) == (0, ())
    add_wait(waits, "a", "b", 3)
    assert cheapest_ring(waits, others) == (3, ("a", "b"))
