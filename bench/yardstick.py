"""A fixed piece of other people's work, timed in the same run: seconds mean nothing without it.

The yardstick is the processor time that SimPy takes for 20,000 visits of the tandem.
"""

from bench.tandem_model import end_after, read_tandem, run_simpy

VISITS = 20_000


def yardstick_s() -> float:
    """Processor seconds of one yardstick: the best of three."""
    port = read_tandem()
    end_ms = end_after(port, 1, VISITS)
    return min(run_simpy(port, 1, end_ms, 0).cpu_s for _ in range(3))
