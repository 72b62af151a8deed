"""Four queues in a row: the same waits as SimPy to the millisecond, and the means of Erlang C."""

from statistics import median

from bench.erlang import mean_wait
from bench.results import Json, Results, table
from bench.tandem_model import PROCEDURE, STREAM, Run, end_after, read_tandem, run_kouan, run_simpy
from kouan.port.model import Port
from kouan.sim.study import interval

AIM = (
    "sums of waits equal to SimPy's; Erlang C within simultaneous 99 % intervals; "
    "at least 2 times SimPy's visits a second"
)
SEEDS = range(1, 31)
VISITS = 200_000
WARM_UP = 5_000
"""Visits at each station that count for no mean: the stations begin empty, and fill within them."""
CONFIDENCE = 0.99


def run(results: Results, small: bool) -> None:
    """Run every seed that has no result yet, then work out the figures."""
    port = read_tandem()
    seeds, visits, warm_up = (range(1, 4), 10_000, 1_000) if small else (SEEDS, VISITS, WARM_UP)
    for seed in seeds:
        if str(seed) not in results.runs:
            results.add(str(seed), run_seed(port, seed, visits, warm_up))
            print(f"seed {seed}: {_line(results.runs[str(seed)])}", flush=True)
    results.figures = figures(port, list(results.runs.values()))
    results.keep()


def run_seed(port: Port, seed: int, visits: int, warm_up: int) -> Json:
    """Run one seed in both models, SimPy first on even seeds."""
    end_ms = end_after(port, seed, visits)
    if seed % 2:
        kouan = run_kouan(port, seed, end_ms, warm_up)
        simpy = run_simpy(port, seed, end_ms, warm_up)
    else:
        simpy = run_simpy(port, seed, end_ms, warm_up)
        kouan = run_kouan(port, seed, end_ms, warm_up)
    tally = kouan.tally
    return {
        "visits": tally.arrived[0],
        "warm_up": warm_up,
        "equal": tally == simpy.tally,
        "waits_ms": tally.all_ms,
        "mean_wait_ms": [
            counted_ms / (number - warm_up)
            for counted_ms, number in zip(tally.counted_ms, tally.arrived, strict=True)
        ],
        "kouan": _cost(kouan),
        "simpy": _cost(simpy),
    }


def _cost(run: Run) -> Json:
    return {"steps": run.steps, "cpu_s": round(run.cpu_s, 3), "wall_s": round(run.wall_s, 3)}


def _ratio(run: Json) -> float:
    return float(run["simpy"]["cpu_s"] / run["kouan"]["cpu_s"])


def _line(run: Json) -> str:
    same = "equal" if run["equal"] else "NOT EQUAL"
    return f"waits {same} to SimPy's; visits a second {_ratio(run):.2f} times SimPy's"


def figures(port: Port, runs: list[Json]) -> Json:
    """Means with their intervals beside Erlang C, and the ratios of speed."""
    stages = port.procedures[PROCEDURE].stages
    arrivals = port.demand[STREAM].interval
    assert arrivals is not None
    stations = {}
    for number, stage in enumerate(stages):
        assert stage.time is not None
        servers = port.places[stage.at].stations
        expected = mean_wait(servers, arrivals.mean_ms(), stage.time.mean_ms())
        # Bonferroni: all stations at once.
        confidence = 1 - (1 - CONFIDENCE) / len(stages)
        found = interval([run["mean_wait_ms"][number] for run in runs], confidence)
        stations[stage.id] = {
            "servers": servers,
            "erlang_c_s": round(expected / 1e3, 3),
            "mean_s": round(found.mean / 1e3, 3),
            "low_s": round(found.low / 1e3, 3),
            "high_s": round(found.high / 1e3, 3),
            "holds": found.low <= expected <= found.high,
        }
    return {
        "seeds": len(runs),
        "visits": sum(run["visits"] for run in runs),
        "equal": all(run["equal"] for run in runs),
        "confidence": CONFIDENCE,
        "stations": stations,
        "speed": _speed([run for run in runs if run["commit"] == runs[-1]["commit"]]),
    }


def _speed(runs: list[Json]) -> Json:
    """Medians over the seeds of one commit, of processor time; ratios are within a seed."""
    ratios = sorted(_ratio(run) for run in runs)
    steps = {
        name: median(run[name]["steps"] / run[name]["cpu_s"] for run in runs)
        for name in ("kouan", "simpy")
    }
    visits = {
        name: median(run["visits"] / run[name]["cpu_s"] for run in runs)
        for name in ("kouan", "simpy")
    }
    return {
        "seeds": len(runs),
        "commit": runs[-1]["commit"],
        "visits_ratio": round(median(ratios), 3),
        "visits_ratio_least": round(ratios[0], 3),
        "visits_ratio_most": round(ratios[-1], 3),
        "steps_ratio": round(steps["kouan"] / steps["simpy"], 3),
        "kouan_entries_per_s": round(steps["kouan"]),
        "simpy_events_per_s": round(steps["simpy"]),
        "kouan_visits_per_s": round(visits["kouan"]),
        "simpy_visits_per_s": round(visits["simpy"]),
    }


def show(results: Results) -> str:
    """The figures as text."""
    found = results.figures
    rows = [
        (
            name,
            one["servers"],
            one["erlang_c_s"],
            one["mean_s"],
            f"{one['low_s']} to {one['high_s']}",
            "within" if one["holds"] else "OUTSIDE",
        )
        for name, one in found["stations"].items()
    ]
    head = ("station", "servers", "Erlang C, s", "mean wait, s", "99 % together, s", "Erlang C is")
    speed = found["speed"]
    lines = [
        table(head, rows),
        f"{found['seeds']} seeds, {found['visits']:,} visits; sums of waits "
        f"{'equal to' if found['equal'] else 'NOT EQUAL to'} SimPy's in every seed",
        f"visits a second, dispatcher and hashed journal against SimPy: {speed['visits_ratio']} "
        f"times (from {speed['visits_ratio_least']} to {speed['visits_ratio_most']}, "
        f"{speed['seeds']} seeds)",
        f"journal entries a second against SimPy events a second: {speed['steps_ratio']} times",
    ]
    return "\n".join(lines)
