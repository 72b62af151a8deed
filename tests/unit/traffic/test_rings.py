"""The cheapest ring of waits, against every ring of small graphs."""

import itertools

from hypothesis import given
from hypothesis import strategies as st

from kouan.traffic.rings import Waits, add_wait, cheapest_ring

SPOTS = "abcde"


@st.composite
def graphs(draw: st.DrawFn) -> Waits:
    edges = draw(st.lists(st.tuples(st.sampled_from(SPOTS), st.sampled_from(SPOTS)), max_size=14))
    waits: Waits = {}
    for spot, wanted in edges:
        add_wait(waits, spot, wanted, draw(st.integers(0, 4)))
    return waits


def every_ring(waits: Waits) -> list[tuple[int, tuple[str, ...]]]:
    """Every ring without a spot twice, begun at its least spot, with what it takes."""
    found = []
    for count in range(1, len(SPOTS) + 1):
        for ring in itertools.permutations(SPOTS, count):
            steps = list(zip(ring, ring[1:] + ring[:1], strict=True))
            closed = all(wanted in waits.get(spot, {}) for spot, wanted in steps)
            if ring[0] == min(ring) and closed:
                found.append((sum(waits[spot][wanted] for spot, wanted in steps), ring))
    return found


@given(graphs())
def test_no_ring_is_cheaper(waits: Waits) -> None:
    rings = [(vehicles, ring) for vehicles, ring in every_ring(waits) if vehicles]
    vehicles, ring = cheapest_ring(waits)
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
    assert cheapest_ring(waits) == (2, ("a", "b"))


def test_a_ring_of_others_alone_is_not_the_fleets_business() -> None:
    waits: Waits = {}
    add_wait(waits, "a", "b", 0)
    add_wait(waits, "b", "a", 0)
    assert cheapest_ring(waits) == (0, ())
