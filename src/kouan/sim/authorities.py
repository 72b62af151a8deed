"""A simulated customs office: labelled so in every answer; never used where a real one answers."""

from kouan.port.model import Authority, Demand, Port
from kouan.port.procedures import CUSTOMS
from kouan.port.service import Distribution
from kouan.sim.demand import Step
from kouan.sim.draws import draw, happens, pick, sampler
from kouan.sim.memory import Guest

SIMULATED_CUSTOMS = CUSTOMS[1]
_AT_ONCE = Authority(Distribution(fixed_ms=0), Distribution(fixed_ms=0))

Answer = tuple[int, str, list[str]]
"""(delay in ms, kind of event, its fields after at_ms)."""


class Customs:
    """Answers declarations and arrival reports by the shares and times of the port file."""

    def __init__(self, port: Port, seed: int) -> None:
        self.demand = port.demand
        self.seed = seed
        self.declared = port.authorities.get("customs", _AT_ONCE)

    def channel(self, guest: Guest, declaration: str) -> Answer:
        """The channel of a declaration."""
        shares = self.demand.get(guest.stream, Demand()).channels
        number = draw(self.seed, guest.key, Step.CHANNEL)
        channel = list(shares)[pick(number, list(shares.values()))]
        after = sampler(self.declared.channel_after)
        delay_ms = after.at(draw(self.seed, guest.key, Step.CHANNEL_AFTER))
        return delay_ms, "ChannelAssigned", [declaration, channel, SIMULATED_CUSTOMS]

    def arrival(self, guest: Guest, declaration: str, findings: str) -> list[Answer]:
        """Release, before it a hold where findings or chance ask for one."""
        after = sampler(self.declared.release_after)
        release_ms = after.at(draw(self.seed, guest.key, Step.RELEASE_AFTER))
        answers: list[Answer] = []
        held = happens(draw(self.seed, guest.key, Step.HOLD), self.declared.hold_share_ppm)
        if held or findings != "none":
            reason = findings if findings != "none" else "further documents asked for"
            hold = sampler(self.declared.hold_for)
            lifted_ms = hold.at(draw(self.seed, guest.key, Step.HOLD_FOR))
            answers.append((0, "HoldPlaced", [declaration, SIMULATED_CUSTOMS, reason]))
            answers.append((lifted_ms, "HoldLifted", [declaration, SIMULATED_CUSTOMS]))
            release_ms += lifted_ms
        answers.append((release_ms, "Released", [declaration, SIMULATED_CUSTOMS]))
        return answers
