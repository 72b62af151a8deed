"""Several looks at one text, voted on character by character."""

from collections.abc import Sequence
from dataclasses import dataclass

from kouan.gate.recogniser import Choices


@dataclass(frozen=True, slots=True)
class Ballot:
    """One look: for each place what it could be, with figures as parts of one."""

    choices: tuple[Choices, ...]

    @property
    def text(self) -> str:
        """What this look alone would say."""
        return "".join(max(each, key=lambda choice: choice[1])[0] for each in self.choices)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What several looks say together.

    ``scores`` are mean figures of what won, looks that saw something else counted in. ``disputed``
    are the places where they did not all see the same, with what else was seen there.
    """

    text: str
    scores: tuple[float, ...]
    disputed: tuple[tuple[int, str], ...]


def vote(ballots: Sequence[Ballot]) -> Verdict:
    """Vote by place, weighted by figures, among looks of the commonest length.

    Of lengths that are equally common the surer one is taken, then the longer. Looks of another
    length count against every place, for nobody knows which one they missed.
    """
    if not ballots:
        return Verdict("", (), ())
    length = _length(ballots)
    voting = [each for each in ballots if len(each.choices) == length]
    share = len(voting) / len(ballots)
    text, scores, disputed = "", [], []
    for place in range(length):
        sums: dict[str, float] = {}
        for ballot in voting:
            for character, figure in ballot.choices[place]:
                sums[character] = sums.get(character, 0.0) + figure
        # Ties go to what sorts first, so that the order of looks changes nothing.
        winner = min(sums, key=lambda each: (-sums[each], each))
        text += winner
        scores.append(sums[winner] / len(voting) * share)
        others = sorted({ballot.text[place] for ballot in voting} - {winner})
        if others:
            disputed.append((place, "".join(others)))
    return Verdict(text, tuple(scores), tuple(disputed))


def _length(ballots: Sequence[Ballot]) -> int:
    weights: dict[int, tuple[int, float]] = {}
    for ballot in ballots:
        count, sure = weights.get(len(ballot.choices), (0, 0.0))
        figures = [each[0][1] for each in ballot.choices]
        mean = sum(figures) / len(figures) if figures else 0.0
        weights[len(ballot.choices)] = (count + 1, sure + mean)
    return max(weights, key=lambda length: (*weights[length], length))
