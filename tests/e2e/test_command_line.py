"""How the command behaves: outputs apart, one JSON object, languages, completion, a quick start."""

import json
import os
import pty
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.e2e.command import COMMAND, MANDULA, TIMEOUT_S, environment, kouan, result_of

HEAVY = ("matplotlib", "fastapi", "uvicorn", "sqlalchemy", "scipy", "numpy", "kouan.sim.site")
"""What takes long to load, and `kouan check` or `--help` can do without."""


def test_a_new_port_file_can_be_checked_and_simulated(tmp_path: Path) -> None:
    made = kouan("new", "My Port", cwd=tmp_path)
    assert (made.returncode, made.stdout) == (0, "my_port.toml\n")
    again = kouan("new", "My Port", cwd=tmp_path)
    assert again.returncode == 2
    assert "exists already" in again.stderr
    checked = result_of(kouan("check", "my_port.toml", "--json", cwd=tmp_path))
    assert checked == {"port": "My Port", "vehicles": 3, "warnings": []}
    found = result_of(kouan("sim", "my_port.toml", "--json", cwd=tmp_path))
    assert found["run"]["port"] == "My Port"
    assert found["violations"] == 0
    assert found["visits"]["finished"] > 100
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["my_port-2026-10-12-1d-seed1"]


@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("../Outside", "outside.toml"),
        ('A "B"/c', "a_b_c.toml"),
        ("口岸", "口岸.toml"),
        ("!", "port.toml"),
    ],
)
def test_a_new_port_file_lies_in_this_folder(tmp_path: Path, name: str, file: str) -> None:
    folder = tmp_path / "here"
    folder.mkdir()
    made = kouan("new", name, cwd=folder)
    assert (made.returncode, made.stdout) == (0, f"{file}\n")
    assert [path.name for path in tmp_path.rglob("*.toml")] == [file]
    assert (folder / file).exists()


def test_a_range_without_entries_is_a_mistake(tmp_path: Path) -> None:
    kouan("sim", MANDULA, "--set", "fleets.agv.count=0", "--out", "run", cwd=tmp_path)
    beyond = kouan("replay", "run", "--from", 10**9, cwd=tmp_path)
    assert (beyond.returncode, beyond.stdout) == (2, "")
    assert "--from: 1000000000: expected 1 to " in beyond.stderr
    turned = kouan("replay", "run", "--from", 9, "--to", 2, cwd=tmp_path)
    assert (turned.returncode, turned.stdout) == (2, "")
    assert "--to: 2: expected 9 (--from) or more" in turned.stderr


def test_json_is_one_object_and_nothing_else(tmp_path: Path) -> None:
    done = kouan("sim", MANDULA, "--set", "fleets.agv.count=2", "--json", cwd=tmp_path)
    assert len(done.stdout.splitlines()) == 1
    assert done.stderr == ""
    assert json.loads(done.stdout)["agv"]["vehicles"] == 2
    done = kouan("replay", "out/mandula-2026-10-12-1d-seed1", "--verify", "--json", cwd=tmp_path)
    assert len(done.stdout.splitlines()) == 1
    printed = kouan(
        "replay", "out/mandula-2026-10-12-1d-seed1", "--from", 7, "--to", 9, cwd=tmp_path
    )
    assert [json.loads(line)[0] for line in printed.stdout.splitlines()] == [7, 8, 9]


def test_tables_come_in_both_languages(tmp_path: Path) -> None:
    english = kouan("sim", MANDULA, "--out", "run", cwd=tmp_path)
    chinese = kouan("report", "run", "--lang", "zh", cwd=tmp_path)
    assert english.returncode == chinese.returncode == 0
    assert "Headline figures" in english.stdout
    assert "主要数据" in chinese.stdout
    assert english.stdout.splitlines()[-1] == chinese.stdout.splitlines()[-1] == "run/report.html"
    page = (tmp_path / "run" / "report.html").read_text("utf-8")
    assert '<html lang="zh">' in page
    assert "kouan report run --lang zh" in page


def test_progress_goes_to_standard_error_only(tmp_path: Path) -> None:
    """On a terminal a bar is drawn there, while results go their own way."""
    leader, follower = pty.openpty()
    with subprocess.Popen(
        [*COMMAND, "sim", str(MANDULA), "--days", "2"],
        cwd=tmp_path,
        env={**environment(), "TERM": "xterm"},
        stdout=subprocess.PIPE,
        stderr=follower,
    ) as process:
        os.close(follower)
        drawn = b""
        while True:
            try:
                drawn += os.read(leader, 65_536)
            except OSError:  # the terminal's other end is closed
                break
        assert process.stdout is not None
        results = process.stdout.read().decode()
    os.close(leader)
    assert process.returncode == 0
    assert "Mandula" in drawn.decode("utf-8", "replace")
    assert "Headline figures" in results
    assert "\x1b[?25l" not in results


def test_an_interrupted_run_can_go_on(tmp_path: Path) -> None:
    asked = ["sim", str(MANDULA), "--days", "3", "--out", "run", "--json"]
    with subprocess.Popen(
        [*COMMAND, *asked],
        cwd=tmp_path,
        env=environment(),
        stderr=subprocess.PIPE,
        # Who started these tests in the background may have let them ignore it.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    ) as process:
        while not (tmp_path / "run" / "journal.sqlite-wal").exists():
            assert process.poll() is None
        time.sleep(0.3)
        process.send_signal(2)
        assert process.stderr is not None
        said = process.stderr.read().decode()
    assert process.returncode == 130
    assert "Traceback" not in said
    ended = result_of(kouan(*asked, "--resume", cwd=tmp_path))
    assert ended == result_of(kouan(*asked[:-3], "--out", "other", "--json", cwd=tmp_path))


def test_seeds_give_intervals(tmp_path: Path) -> None:
    path = tmp_path / "small.toml"
    assert kouan("new", "Small", "-o", path, cwd=tmp_path).returncode == 0
    text = path.read_text("utf-8") + '\n[published.trips]\nfigure = "agv.round_trips_per_day"\n'
    path.write_text(text + 'value = { value = 40, basis = "input: example" }\n', "utf-8")
    found = result_of(kouan("sim", path, "--seeds", 3, "--json", cwd=tmp_path))
    mean, low, high = found["intervals_95"]["agv.round_trips_per_day"]
    assert found["seeds"] == 3
    assert low <= mean <= high


def test_schema_is_json(tmp_path: Path) -> None:
    assert result_of(kouan("schema", cwd=tmp_path))["$schema"].endswith("2020-12/schema")


def test_completion_is_printed_for_a_shell(tmp_path: Path) -> None:
    asked = {"_KOUAN_COMPLETE": "source_bash"}
    script = Path(sys.executable).with_name("kouan")
    done = subprocess.run(
        [str(script)],
        cwd=tmp_path,
        env={**environment(), **asked},
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        check=False,
    )
    assert "complete" in done.stdout
    assert "_KOUAN_COMPLETE" in done.stdout


@pytest.mark.parametrize("arguments", [["--help"], ["check", str(MANDULA)], ["sim", "--help"]])
def test_what_is_quick_loads_nothing_heavy(arguments: list[str], tmp_path: Path) -> None:
    code = (
        "import sys\nfrom kouan.cli import main\n"
        f"sys.argv = ['kouan', *{arguments!r}]\n"
        "try:\n    main()\nexcept SystemExit as stop:\n    assert not stop.code, stop.code\n"
        f"heavy = [name for name in {HEAVY!r} if name in sys.modules]\n"
        "print(heavy, file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr.splitlines()[-1] == "[]"
