"""The benchmark over simulated scale bars: a row an image, going on where it stopped, other seeds refused."""

import csv
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parents[1] / "benchmarks" / "simulated_scale_bars.py"


def run(output: Path, *options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(SCRIPT), "--largest", "640", "--workers", "1", "-o", str(output), *options]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=600)


@pytest.mark.slow
def test_benchmark_judges_resumes_and_keeps_seeds_apart(tmp_path: Path) -> None:
    output = tmp_path / "bars.csv"
    images = tmp_path / "images"
    first = run(output, "--count", "2", "--images", str(images), "--all-images")
    assert first.returncode == 0, first.stderr
    assert "2 images" in first.stdout
    assert len(list(images.glob("*.png"))) == 2
    with output.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert sorted(row["number"] for row in rows) == ["0", "1"]
    assert all(row["outcome"] and row["seconds"] for row in rows)
    before = output.read_text(encoding="utf-8")
    again = run(output, "--count", "3")
    assert again.returncode == 0, again.stderr
    # What was there stays, one row is added, and the tables are over all three.
    assert output.read_text(encoding="utf-8").startswith(before)
    assert len(output.read_text(encoding="utf-8").splitlines()) == 4
    assert "3 images" in again.stdout
    other = run(output, "--count", "3", "--seed", "2")
    assert other.returncode == 2
    assert "another seed" in other.stderr
