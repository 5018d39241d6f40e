"""The benchmark measures, says how to measure again, and judges."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from hack.bench.figures import Figure, save, table

ROOT = Path(__file__).resolve().parents[2]
SLOW = Figure("time to Ready", 3.14159, "s", 3, "python -m hack.bench --only three-regions")
FAST = Figure("ratio", 0.75, "", None, "python -m hack.bench --only large-asset", least=0.8)
TOLD = Figure("memory", 90, "MiB", None, "python -m hack.bench --only memory")


def test_a_figure_over_its_limit_says_so_and_how_it_was_measured() -> None:
    _, slow, told = table([SLOW, TOLD]).splitlines()

    assert slow.split("  ")[0] == "time to Ready"
    assert "3.14 s" in slow
    assert "OVER" in slow
    assert slow.endswith(SLOW.command)
    assert "OVER" not in told


def test_a_figure_under_its_least_says_so() -> None:
    _, fast = table([FAST]).splitlines()

    assert fast.split() == ["ratio", "0.75", "at", "least", "0.8", "UNDER", *FAST.command.split()]


def test_the_file_holds_every_figure_and_the_machine(tmp_path: Path) -> None:
    save([SLOW, TOLD], tmp_path / "bench.json")

    document = json.loads((tmp_path / "bench.json").read_text())
    assert [one["verdict"] for one in document["figures"]] == ["OVER", ""]
    assert document["figures"][0]["command"] == SLOW.command
    assert document["machine"]["cores"]


@pytest.mark.timeout(450)  # the first time on a machine the image's libraries are made ready
def test_a_measurement_runs_alone_with_the_images_libraries() -> None:
    command = [sys.executable, "-m", "hack.bench", "--only", "first-write"]

    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=400)

    assert done.returncode == 0, done.stdout + done.stderr
    assert "first ARM write after the create" in done.stdout
    assert "python -m hack.bench --only first-write" in done.stdout
