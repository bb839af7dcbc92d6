"""Example images for those who have none at hand; simulated in another process, as ``nanocaliper demo`` does."""

import json
from pathlib import Path

from nanocaliper.synthesis.examples import write_example_set
from nanocaliper.web.jobs.worker import Report

__all__ = ["simulate_examples"]


def simulate_examples(folder: Path, *, report: Report) -> list[Path]:
    """Write the example images to a folder, and give them."""
    report("simulating")
    truth = write_example_set(folder)
    images = json.loads(truth.read_text(encoding="utf-8"))["images"]
    return [folder / image["image"] for image in images]
