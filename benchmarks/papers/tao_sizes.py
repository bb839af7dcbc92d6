"""Fig. 6 and section 3.3 of Tao et al.: measured against annotated mean sizes."""

import csv
from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from nanocaliper.evaluation.size_scores import ImageSizes, SizeScores, compare_sizes, score_sizes
from nanocaliper.micrograph.read import read
from nanocaliper.particles.filters import keep_particles
from nanocaliper.segmentation.segment import segment
from papers.pictures import draw_points
from papers.running import Item, Page, Run, describe
from papers.setup import Setup
from papers.tao import OURS, state_data, take_networks
from result_tables import Table, percent

__all__ = ["ITEMS", "are_apart", "fig6"]

#: Section 3.3: Spearman, mean relative error, and images of 38 that pass logR-Acc.
SPEARMAN, DIAMETER_ERROR, LOG_R = 0.91, 0.0425, 37 / 38


def fig6(setup: Setup) -> Page:
    """Measured against annotated mean sizes: of all test images, and of those without touching particles."""
    runs = take_networks(setup, (OURS,))[OURS.name]
    ours: list[ImageSizes] = []
    apart: list[ImageSizes] = []
    for run in runs:
        stored = _read_sizes(run)
        ours += stored.values()
        apart += [stored[one.name] for one in run.read(run.held_out) if are_apart(one.labels)]
    columns = {"ours": ours, "ours, particles apart": apart}
    if measured := [one for run in runs if _is_model(run) for one in _measure(run)]:
        columns["as the program measures"] = measured
    scores = {name: score_sizes(sizes) for name, sizes in columns.items()}
    table = Table(["score", *columns, "paper"], _list_rows(scores))
    note = (
        f"{state_data(setup, {OURS.name: runs})} Mean area-equivalent diameters of the whole particles of an "
        "image, in px; the paper measures in nm, and shows six of its images in the figure and no numbers "
        "for them. Ours: each connected part of what the network says is particle counts, as in the paper, "
        "specks too, and touching particles are one; its images were chosen without agglomeration. Particles "
        "apart: only images in which no annotated particle touches another."
    )
    if measured:
        note += " As the program measures: parted and filtered as the model's card says."
    points = {name: _list_points(sizes) for name, sizes in columns.items()}
    pictures = {
        "sizes" if name == "ours" else f"sizes_{place}": draw_points(
            found[:, 0], found[:, 1], found[:, 2], "px", f"test images, {name}"
        )
        for place, (name, found) in enumerate(points.items())
    }
    figures = {
        name: {
            "spearman": one.spearman,
            "mean_relative_error": one.diameter_error_mean,
            "log_r": one.log_r_accuracy,
        }
        for name, one in scores.items()
    }
    return Page(describe(setup, {OURS.name: runs}), {"sizes": table}, note, figures, pictures)


def are_apart(labels: npt.NDArray[np.integer]) -> bool:
    """Whether no particle touches another, by side or corner."""
    cols = labels.shape[1]
    for rows, shift in ((0, 1), (1, 0), (1, 1), (1, -1)):
        one = labels[: labels.shape[0] - rows, max(-shift, 0) : cols - max(shift, 0)]
        other = labels[rows:, max(shift, 0) : cols - max(-shift, 0)]
        if ((one != other) & (one > 0) & (other > 0)).any():
            return False
    return True


def _is_model(run: Run) -> bool:
    return (run.folder / "card.toml").is_file()


def _measure(run: Run) -> list[ImageSizes]:
    """Sizes as the program finds particles with a model."""
    sizes = []
    for sample in run.read(run.held_out):
        found = keep_particles(segment(read(sample.pixels), (), model=str(run.folder)))
        sizes.append(compare_sizes(sample.labels, found.labels))
    return sizes


def _read_sizes(run: Run) -> dict[str, ImageSizes]:
    """Sizes of each test image by its name."""
    with (run.evaluate() / "scores.csv").open(newline="", encoding="utf-8") as stream:
        return {row["name"]: _to_sizes(row) for row in csv.DictReader(stream)}


def _to_sizes(row: Mapping[str, str]) -> ImageSizes:
    counts = (int(row[f"{of}_{what}"]) for what in ("particles", "whole") for of in ("truth", "found"))
    means = (
        float(row[name]) if row[name] else None for name in ("truth_mean_px", "found_mean_px", "found_sd_px")
    )
    return ImageSizes(*counts, *means)


def _list_rows(scores: Mapping[str, SizeScores]) -> list[list[str]]:
    every = scores.values()
    ranks = ["–" if one.spearman is None else f"{one.spearman:.3f}".replace("-", "−") for one in every]
    return [
        ["Spearman", *ranks, f"{SPEARMAN:.2f}"],
        [
            "mean relative error",
            *(percent(one.diameter_error_mean, 2) for one in every),
            percent(DIAMETER_ERROR, 2),
        ],
        ["median relative error", *(percent(one.diameter_error_median, 2) for one in every), ""],
        ["logR-Acc", *(percent(one.log_r_accuracy) for one in every), f"{percent(LOG_R)} (37 of 38)"],
        ["images with whole particles on both sides", *(str(one.compared) for one in every), "41"],
    ]


def _list_points(sizes: Sequence[ImageSizes]) -> npt.NDArray[np.float64]:
    """Annotated and measured mean diameter, and standard deviation of the measured ones, shape (images, 3)."""
    rows = [
        (one.truth_mean_px, one.found_mean_px, np.nan if one.found_sd_px is None else one.found_sd_px)
        for one in sizes
        if one.truth_mean_px is not None and one.found_mean_px is not None
    ]
    return np.array(rows, np.float64).reshape(-1, 3)


ITEMS = {"fig6": Item("Fig. 6 and section 3.3: measured against annotated mean sizes", fig6)}
