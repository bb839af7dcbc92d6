"""How far outlines lie from the truth, and whether the uncertainty that is stated for them holds.

``python benchmarks/outline_uncertainty.py DATA --models FOLDER [--limit N] [--simulated N] -o OUT``

``DATA`` and ``FOLDER`` are as for ``emps_folds.py``: every network is asked about the fold that it did not see. Of
every whole particle that is matched to a labelled one (IoU of 0.5 or more) the error of the outline's place is half
the difference of the equivalent diameters, px. The stated standard uncertainty is a share of its softness, the px
that the level takes from 0 to 255 across the outline (``nanocaliper.particles.softness``). The share is half the
error over the softness that 95.45 % of the particles do not exceed, so that twice the uncertainty covers them; for
each fold it is fitted on the others (with one fold: on itself). Errors larger than that are mostly particles that
were matched although they were cut or joined.

``--simulated`` adds as many simulated micrographs of exact truth, asked of the networks in turn, with the share of
all folds. *means* is about the mean over all matched particles of an image, whose error and uncertainty are taken
as common to them: what the row *outline* of an uncertainty budget says. ``OUT`` gets ``scores.md`` and
``scores.json``.
"""

import sys
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
import numpy.typing as npt
from rich.console import Console
from rich.progress import track

from emps_folder import choose_images, read_truth
from emps_folds import find_fold_models, make_parser
from nanocaliper.errors import NanocaliperError
from nanocaliper.evaluation.labels import border_labels, particle_sizes
from nanocaliper.evaluation.matching import match
from nanocaliper.inference.catalogue import find_model
from nanocaliper.micrograph.micrograph import Micrograph
from nanocaliper.micrograph.read import read
from nanocaliper.particles.filters import keep_particles
from nanocaliper.particles.softness import measure_softness
from nanocaliper.segmentation.segment import segment
from nanocaliper.synthesis.simulate import simulate
from result_tables import Table, percent, write_run
from simulated_bias import draw_scene, find_whole

Array = npt.NDArray[np.float64]

_COVERED = 0.9545
_SIMULATED = -1
_SEED = 9300


@dataclass(frozen=True)
class Outlines:
    """Matched particles, shape (n,) each: where from, error of the outline's place and its softness, px."""

    group: npt.NDArray[np.int64]
    image: npt.NDArray[np.int64]
    error: Array
    softness: Array


def compare(
    micrograph: Micrograph, truth: npt.NDArray[np.int32], whole: npt.NDArray[np.bool_], model: str
) -> tuple[Array, Array]:
    """Errors and softness of one image's matched particles; `whole` tells of true labels 0..n."""
    found = keep_particles(segment(micrograph, (), model=model))
    matching = match(truth, found.labels)
    pairs = matching.at(0.5)
    true, seen = matching.truth_numbers[pairs.truth], matching.found_numbers[pairs.found]
    count = int(found.labels.max(initial=0))
    softness = np.concatenate([[np.nan], measure_softness(found.labels, found.level, count)])
    kept = whole[true] & ~border_labels(found.labels)[seen] & np.isfinite(softness[seen])
    true, seen = true[kept], seen[kept]
    error = (particle_sizes(found.labels)[seen] - particle_sizes(truth)[true]) / 2
    return error.astype(np.float64), softness[seen]


def collect(
    data: Path, models: dict[int, str], limit: int | None, simulated: int, console: Console
) -> Outlines:
    """Ask every network about its fold, and all in turn about simulated micrographs."""
    parts: list[tuple[int, int, Array, Array]] = []
    images = [image for fold in models for image in choose_images(data, fold, None, limit)]
    for number, (name, fold) in enumerate(track(images, "EMPS", console=console)):
        truth = read_truth(data / "instances" / f"{name}.png")
        micrograph = read(data / "images" / f"{name}.png")
        parts.append((fold, number, *compare(micrograph, truth, ~border_labels(truth), models[fold])))
    for index in track(range(simulated), "simulated", console=console):
        rng = np.random.default_rng([_SEED, index])
        made = simulate(draw_scene(rng, (768, 1024), (22, 160)), rng)
        free = find_whole(made.particles)["particle"]
        whole = np.isin(np.arange(int(made.labels.max(initial=0)) + 1), free)
        model = models[sorted(models)[index % len(models)]]
        parts.append((_SIMULATED, index, *compare(read(made.pixels), made.labels, whole, model)))
    return Outlines(
        np.concatenate([np.full(len(error), group, np.int64) for group, _, error, _ in parts]),
        np.concatenate([np.full(len(error), image, np.int64) for _, image, error, _ in parts]),
        np.concatenate([error for *_, error, _ in parts]),
        np.concatenate([softness for *_, softness in parts]),
    )


def fit_share(error: Array, softness: Array) -> float:
    """Share of the softness twice which covers 95.45 % of the errors."""
    return float(np.quantile(np.abs(error) / softness, _COVERED)) / 2


def cover(error: Array, uncertainty: Array) -> list[str]:
    """Shares of errors within one and two standard uncertainties."""
    ratio = np.abs(error) / uncertainty
    return [percent(float(np.mean(ratio <= reach))) if len(ratio) else "–" for reach in (1, 2)]


def describe(name: str, found: Outlines, chosen: npt.NDArray[np.bool_], share: float) -> list[str]:
    """A row of the table of groups."""
    error, softness = found.error[chosen], found.softness[chosen]
    means = [
        (error[found.image[chosen] == image].mean(), softness[found.image[chosen] == image].mean())
        for image in np.unique(found.image[chosen])
    ]
    of_images = np.array(means).reshape(-1, 2)
    return [
        name,
        str(len(error)),
        f"{np.median(error):.2f}",
        f"{share:.3f}",
        f"{np.median(share * softness):.2f}",
        *cover(error, share * softness),
        *cover(of_images[:, 0], share * of_images[:, 1]),
    ]


def main() -> int:
    parser = make_parser(__doc__)
    parser.add_argument("--simulated", type=int, default=0, help="simulated micrographs besides")
    arguments = parser.parse_args()
    console = Console()
    try:
        _, models = find_fold_models(arguments.data, arguments.models)
        found = collect(arguments.data, models, arguments.limit, arguments.simulated, console)
    except NanocaliperError as error:
        console.print(str(error), style="red", markup=False)
        return 2
    real = found.group != _SIMULATED
    share = fit_share(found.error[real], found.softness[real])
    rows = []
    for fold in sorted(models):
        held = found.group == fold
        others = real & ~held if len(models) > 1 else held
        rows.append(
            describe(f"fold {fold}", found, held, fit_share(found.error[others], found.softness[others]))
        )
    rows.append(describe("all folds", found, real, share))
    if arguments.simulated:
        rows.append(describe("simulated", found, ~real, share))
    columns = [
        "", "outlines", "median error, px", "share", "median u, px", "within u", "within 2u", "means: within u",
        "means: within 2u",
    ]  # fmt: skip
    edges = np.quantile(found.softness[real], np.linspace(0, 1, 6))
    bands = []
    for low, high in pairwise(edges):
        inside = real & (found.softness >= low) & (found.softness <= high)
        bands.append(
            [
                f"{low:.1f} to {high:.1f}",
                str(int(inside.sum())),
                f"{np.median(np.abs(found.error[inside])):.2f}",
                *cover(found.error[inside], share * found.softness[inside]),
            ]
        )
    tables = {
        "groups": Table(columns, rows),
        "softness": Table(["softness, px", "outlines", "median |error|, px", "within u", "within 2u"], bands),
    }
    settings = {
        "folds": sorted(models),
        "limit": arguments.limit,
        "simulated": arguments.simulated,
        "seed": _SEED,
        "weights_sha256": {str(fold): find_model(model).sha256 for fold, model in models.items()},
    }
    page = write_run(
        arguments.out, "outline_uncertainty", settings, tables, {"outline_uncertainty": round(share, 3)}
    )
    console.print(page, markup=False)
    return 0


if __name__ == "__main__":
    sys.exit(main())
