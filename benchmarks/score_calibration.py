"""Whether the score of a particle is the probability that it is right, and a map that makes it one.

``python benchmarks/score_calibration.py DATA --models FOLDER [--limit N] -o OUT``

``DATA`` and ``FOLDER`` are as for ``emps_folds.py``: every network is asked about the fold that it did not see.
All candidates count, those of a low score too; one is right where it is matched to a labelled particle with an IoU
of 0.5 or more. Compared are, each fitted on the other folds (where only one is there: on other articles of it, by
fifths):

- *mean level*: what the network says of the particle's pixels, as it is;
- *isotonic*: a rising step function of it (pool adjacent violators, R. E. Barlow et al., 1972);
- *logistic*: logistic regression on its logit: what ``[decoder.score]`` of a card holds;
- *logistic, evidence*: on that and the size, the size among its neighbours in the image, and whether the border
  cuts it.

ECE is the mean over all candidates of |stated - true share| in ten bins of equal width; Brier's score the mean
squared difference of stated probability and answer; AUC the probability that a right one has more than a wrong one.
AP50 is what keeping from a threshold gives: 0.5 for probabilities, the mean level that has it for the mean level.
``OUT`` gets ``scores.md``, ``scores.json`` (with the numbers of both logistic maps fitted on all folds, and of the
first without each fold, for the card of the network that is scored on it) and ``score_calibration.png``.
"""

import csv
import sys
from dataclasses import dataclass
from pathlib import Path

import matplotlib as mpl
import numpy as np
import numpy.typing as npt
from matplotlib.figure import Figure
from rich.console import Console
from rich.progress import track

from emps_folder import choose_images, read_truth
from emps_folds import find_fold_models, make_parser
from nanocaliper.errors import NanocaliperError
from nanocaliper.evaluation.labels import border_labels, particle_sizes
from nanocaliper.evaluation.matching import match
from nanocaliper.inference.catalogue import find_model
from nanocaliper.micrograph.read import read
from nanocaliper.segmentation.score_map import ScoreMap
from nanocaliper.segmentation.segment import segment
from nanocaliper.training.logistic import fit_logistic
from result_tables import Table, percent, write_run

Array = npt.NDArray[np.float64]

#: Evidence of the map, in the order of its numbers.
FEATURES = ("score", "size", "relative_size", "border")
#: Logistic maps, and how many of the features each takes.
_LOGISTIC = {"logistic": 1, "logistic, evidence": len(FEATURES)}
MAPS = ("mean level", "isotonic", *_LOGISTIC)
_BINS = np.linspace(0, 1, 11)
_GROUPS = 5
_COLOURS = ("#555555", "#E69F00", "#56B4E9", "#009E73")


@dataclass(frozen=True)
class Candidates:
    """Candidates of many images: shape (n,) each but `features`, (n, 4), in the order of `FEATURES`."""

    features: Array
    scores: Array
    right: npt.NDArray[np.bool_]
    group: npt.NDArray[np.int64]
    #: Labelled particles of all images.
    truths: int


def look(data: Path, name: str, model: str) -> tuple[Array, Array, npt.NDArray[np.bool_], int]:
    """Features, scores and answers of one image's candidates, and the number of labelled particles."""
    micrograph = read(data / "images" / f"{name}.png")
    truth = read_truth(data / "instances" / f"{name}.png")
    found = segment(micrograph, (), model=model)
    card = find_model(model)
    scores = found.scores.astype(np.float64)
    if "score" in card.decoder:
        scores = ScoreMap(**card.decoder["score"]).invert(scores)
    matching = match(truth, found.labels)
    right = np.zeros(len(found.scores), bool)
    right[matching.found_numbers[matching.at(0.5).found] - 1] = True
    sizes = particle_sizes(found.labels)[1:]
    working = np.log2(sizes * float(found.settings["working_scale"]) / float(card.input["diameter_px"]))
    scores = np.clip(scores, 1e-3, 1 - 1e-3)
    relative = np.log2(sizes / np.median(sizes)) if len(sizes) else sizes
    inner = found.labels[micrograph.field.slices()]
    border = np.zeros(len(sizes))
    edge = border_labels(inner)[1:]
    border[: len(edge)] = edge
    features = np.column_stack([np.log(scores / (1 - scores)), working, relative, border])
    return features, scores, right, len(matching.truth_numbers)


def collect(data: Path, models: dict[int, str], limit: int | None, console: Console) -> Candidates:
    """Ask every network about its fold."""
    with (data / "folds.csv").open(newline="", encoding="utf-8") as stream:
        article = {row["name"]: row["doi"] for row in csv.DictReader(stream)}
    chosen = [image for fold in models for image in choose_images(data, fold, None, limit)]
    fifth = {
        doi: number % _GROUPS for number, doi in enumerate(sorted({article[name] for name, _ in chosen}))
    }
    parts, groups, truths = [], [], 0
    for name, fold in track(chosen, "EMPS", console=console):
        features, scores, right, count = look(data, name, models[fold])
        parts.append((features, scores, right))
        groups.append(np.full(len(scores), fold if len(models) > 1 else fifth[article[name]], np.int64))
        truths += count
    features, scores, right = (np.concatenate(part) for part in zip(*parts, strict=True))
    return Candidates(features, scores, right, np.concatenate(groups), truths)


def fit_isotonic(score: Array, right: npt.NDArray[np.bool_]) -> tuple[Array, Array]:
    """Rising steps through the answers: score and share of right ones of each pool."""
    order = np.argsort(score, kind="stable")
    pools: list[list[float]] = []
    for x, y in zip(score[order].tolist(), right[order].tolist(), strict=True):
        pools.append([x, float(y), 1.0])
        while len(pools) > 1 and pools[-2][1] * pools[-1][2] >= pools[-1][1] * pools[-2][2]:
            last = pools.pop()
            before = pools[-1]
            total = before[2] + last[2]
            pools[-1] = [(before[0] * before[2] + last[0] * last[2]) / total, before[1] + last[1], total]
    values = np.array(pools)
    return values[:, 0], values[:, 1] / values[:, 2]


def state_held_out(candidates: Candidates) -> dict[str, Array]:
    """Probability of every candidate by every map, fitted on the other groups."""
    stated = {name: np.zeros(len(candidates.right)) for name in MAPS}
    stated["mean level"] = candidates.scores
    features, right = candidates.features, candidates.right
    for group in np.unique(candidates.group):
        held = candidates.group == group
        x, y = fit_isotonic(features[~held, 0], right[~held])
        stated["isotonic"][held] = np.interp(features[held, 0], x, y)
        for name, columns in _LOGISTIC.items():
            values = fit_map(candidates, columns, int(group))
            stated[name][held] = 1 / (1 + np.exp(-(values[0] + features[held, :columns] @ values[1:])))
    return stated


def fit_map(candidates: Candidates, count: int, without: int | None = None) -> Array:
    """Numbers of a logistic map of the first features, fitted on all candidates, or on those of other groups."""
    used = np.ones(len(candidates.right), bool) if without is None else candidates.group != without
    right = candidates.right[used]
    return fit_logistic(candidates.features[used, :count], right, np.ones(len(right)))


def name_numbers(values: Array) -> dict[str, float]:
    """Numbers of a map by the names that a card gives them."""
    return dict(zip(("bias", "slope", *FEATURES[1:]), (round(float(v), 4) for v in values), strict=False))


def rate(stated: Array, right: npt.NDArray[np.bool_], truths: int, threshold: float) -> dict[str, float]:
    """Figures of one map."""
    bins = np.clip(np.digitize(stated, _BINS) - 1, 0, len(_BINS) - 2)
    gaps = [abs(float(np.sum(stated[bins == k]) - np.sum(right[bins == k]))) for k in range(len(_BINS) - 1)]
    order = np.unique(stated, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(order[2]) - (order[2] - 1) / 2)[order[1]]
    good = int(right.sum())
    wrong = len(right) - good
    kept = stated >= threshold
    true = int((kept & right).sum())
    return {
        "ece": sum(gaps) / len(right),
        "brier": float(np.mean((stated - right) ** 2)),
        "auc": float((ranks[right].sum() - good * (good + 1) / 2) / (good * wrong))
        if good and wrong
        else 0.0,
        "threshold": threshold,
        "precision": true / max(1, int(kept.sum())),
        "recall": true / truths,
        "ap50": true / (truths + int(kept.sum()) - true),
    }


def tabulate_bins(stated: Array, right: npt.NDArray[np.bool_]) -> Table:
    """The reliability table of one map."""
    bins = np.clip(np.digitize(stated, _BINS) - 1, 0, len(_BINS) - 2)
    rows = []
    for k in range(len(_BINS) - 1):
        inside = bins == k
        if inside.any():
            rows.append(
                [
                    f"{_BINS[k]:.1f} to {_BINS[k + 1]:.1f}",
                    str(int(inside.sum())),
                    percent(float(stated[inside].mean())),
                    percent(float(right[inside].mean())),
                ]
            )
    return Table(["stated", "candidates", "mean stated", "right"], rows)


def draw_reliability(stated: dict[str, Array], right: npt.NDArray[np.bool_]) -> Figure:
    """Share of right ones over the stated probability, a line a map, bins of equal numbers."""
    with mpl.rc_context({"font.size": 9, "axes.spines.top": False, "axes.spines.right": False}):
        figure = Figure(figsize=(5, 4.6), layout="constrained")
        ax = figure.subplots()
        ax.plot([0, 1], [0, 1], color="0.8", lw=1)
        for (name, values), colour in zip(stated.items(), _COLOURS, strict=True):
            parts = np.array_split(np.argsort(values, kind="stable"), min(12, len(values)))
            ax.plot(
                [values[p].mean() for p in parts],
                [right[p].mean() for p in parts],
                "o-",
                ms=4,
                color=colour,
                label=name,
            )
        ax.set(xlim=(0, 1.02), ylim=(0, 1.02), xlabel="stated probability", ylabel="share that is right")
        ax.legend(frameon=False)
    return figure


def main() -> int:
    parser = make_parser(__doc__)
    arguments = parser.parse_args()
    console = Console()
    try:
        _, models = find_fold_models(arguments.data, arguments.models)
        candidates = collect(arguments.data, models, arguments.limit, console)
    except NanocaliperError as error:
        console.print(str(error), style="red", markup=False)
        return 2
    stated, right = state_held_out(candidates), candidates.right
    numbers = {name: name_numbers(fit_map(candidates, count)) for name, count in _LOGISTIC.items()}
    even = ScoreMap(numbers["logistic"]["bias"], numbers["logistic"]["slope"]).invert(np.array(0.5))
    rated = {
        name: rate(values, right, candidates.truths, float(even) if name == "mean level" else 0.5)
        for name, values in stated.items()
    }
    heads = ["map", "ECE", "Brier", "AUC", "kept from", "precision", "recall", "AP50"]
    rows = [
        [name, f"{r['ece']:.3f}", f"{r['brier']:.3f}", f"{r['auc']:.3f}", f"{r['threshold']:.3g}"]
        + [f"{r[key]:.3f}" for key in ("precision", "recall", "ap50")]
        for name, r in rated.items()
    ]
    tables = {
        "maps": Table(heads, rows),
        "score": tabulate_bins(stated["mean level"], right),
        "logistic": tabulate_bins(stated["logistic"], right),
    }
    settings = {
        "folds": sorted(models),
        "limit": arguments.limit,
        "candidates": len(right),
        "particles": candidates.truths,
        "held_out": "folds" if len(models) > 1 else "fifths of the articles of one fold",
        "weights_sha256": {str(fold): find_model(model).sha256 for fold, model in models.items()},
    }
    without = {str(g): name_numbers(fit_map(candidates, 1, int(g))) for g in np.unique(candidates.group)}
    figures = {"maps": rated, "decoder_score": numbers, "decoder_score_without": without}
    console.print(write_run(arguments.out, "score_calibration", settings, tables, figures), markup=False)
    for name, entries in numbers.items():
        lines = [f"# {name}", "[decoder.score]", *(f"{key} = {value}" for key, value in entries.items())]
        console.print("\n".join(lines), markup=False)
    draw_reliability(stated, right).savefig(arguments.out / "score_calibration.png", dpi=130)
    return 0


if __name__ == "__main__":
    sys.exit(main())
