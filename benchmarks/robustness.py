"""How the faults of micrographs, in growing degrees, change what a network finds.

``python benchmarks/robustness.py DATA --model FOLDER [--count N] [--scenes N] [--seed S] -o OUT``

Defocus, noise, charging, low contrast and tilted illumination (``faults.py``), four degrees each and none:

- *simulated*: one scene, its particles always the same, simulated again with every degree; truth exact, none
  overlapping, nothing printed. Only SEM scenes are charged. Illumination is tilted on the finished image.
- *real*: EMPS images of the fold that the network did not see (``training.held_out_fold`` of its card), their own
  faults included, changed further by each degree; data strips are left as they are. Charging starts from the
  labels, whatever the microscope.

``OUT`` gets ``scores.md``, ``scores.json`` and ``robustness.png``. Scores are pooled over images; the diameter
error is the median over images of the relative error of the mean diameter (docs/scores.md). Two runs give the same.
"""

import argparse
import sys
from collections import defaultdict
from dataclasses import dataclass, replace
from pathlib import Path

import matplotlib as mpl
import numpy as np
import numpy.typing as npt
from matplotlib.figure import Figure
from rich.console import Console
from rich.progress import track

from emps_folder import choose_images, read_truth
from faults import FAULTS, Fault, change_pixels
from nanocaliper.errors import NanocaliperError, UsageError
from nanocaliper.evaluation.segmentation_scores import ScoreSum, count_scores
from nanocaliper.evaluation.size_scores import ImageSizes, SizeScores, compare_sizes, score_sizes
from nanocaliper.inference.catalogue import find_model
from nanocaliper.micrograph.micrograph import Micrograph
from nanocaliper.micrograph.read import read
from nanocaliper.particles.filters import keep_particles
from nanocaliper.segmentation.segment import segment
from nanocaliper.synthesis.scene import AnnotationOptions, SceneOptions
from nanocaliper.synthesis.simulate import simulate
from result_tables import Table, percent, write_run
from simulated_bias import draw_scene

Scored = tuple[ScoreSum, ImageSizes]
#: Source of the images, name of the fault, degree; 0 is none.
Case = tuple[str, str, float]
SOURCES = ("simulated", "real")
_SHAPE, _DIAMETER_PX = (512, 640), (20.0, 100.0)
_COLOURS = {"simulated": "#0072B2", "real": "#D55E00"}


@dataclass(frozen=True)
class Outcome:
    """All images of one case together."""

    counts: ScoreSum
    sizes: SizeScores


def compare(micrograph: Micrograph, truth: npt.NDArray[np.int32], model: str) -> Scored:
    found = keep_particles(segment(micrograph, (), model=model)).labels
    return count_scores(truth, found), compare_sizes(truth, found)


def score_scene(seed: int, number: int, model: str) -> dict[Case, Scored]:
    """Simulate one scene in all degrees."""
    scene = draw_scene(np.random.default_rng([seed, number]), _SHAPE, _DIAMETER_PX)
    scene = replace(scene, annotations=AnnotationOptions(), sem=replace(scene.sem, charging=0.0))

    def look(changed: SceneOptions, fault: Fault | None, degree: float) -> Scored:
        made = simulate(changed, np.random.default_rng([seed, number, 1]))
        pixels = made.pixels
        if fault is not None and fault.of_scene is None:
            pixels = change_pixels(
                pixels, made.labels, fault, degree, np.random.default_rng([seed, number, 2])
            )
        return compare(read(pixels), made.labels, model)

    plain = look(scene, None, 0.0)
    scored: dict[Case, Scored] = {}
    for fault in FAULTS:
        if scene.kind not in fault.kinds:
            continue
        scored["simulated", fault.name, 0.0] = plain
        for degree in fault.degrees:
            changed = scene if fault.of_scene is None else fault.of_scene(scene, degree)
            scored["simulated", fault.name, degree] = look(changed, fault, degree)
    return scored


def score_real(data: Path, name: str, seed: int, number: int, model: str) -> dict[Case, Scored]:
    """Change one real image in all degrees."""
    micrograph = read(data / "images" / f"{name}.png")
    truth = read_truth(data / "instances" / f"{name}.png")
    field = micrograph.field.slices()
    plain = compare(micrograph, truth, model)
    scored: dict[Case, Scored] = {}
    for fault in FAULTS:
        scored["real", fault.name, 0.0] = plain
        for degree in fault.degrees:
            rng = np.random.default_rng([seed, number])
            pixels = micrograph.pixels.copy()
            pixels[field] = change_pixels(pixels[field], truth[field], fault, degree, rng)
            scored["real", fault.name, degree] = compare(replace(micrograph, pixels=pixels), truth, model)
    return scored


def tabulate(outcomes: dict[Case, Outcome], source: str) -> Table:
    """A row a fault and degree."""
    columns = ["fault", "degree", "images", "AP50", "PQ", "mean diameter: median error", "median bias"]
    rows = []
    for (of, name, degree), outcome in outcomes.items():
        if of == source:
            sizes = outcome.sizes
            rows.append(
                [
                    name,
                    f"{degree:g}" if degree else "none",
                    str(sizes.images),
                    f"{outcome.counts.average_precision():.3f}",
                    f"{outcome.counts.panoptic_quality:.3f}",
                    percent(sizes.diameter_error_median),
                    percent(sizes.diameter_bias_median, signed=True),
                ]
            )
    return Table(columns, rows)


def draw_curves(outcomes: dict[Case, Outcome]) -> Figure:
    """A column a fault, a row a score, a line a source."""
    rows = (
        ("AP50", lambda o: o.counts.average_precision()),
        ("panoptic quality", lambda o: o.counts.panoptic_quality),
        (
            "mean diameter:\nmedian error, %",
            lambda o: (
                np.nan if o.sizes.diameter_error_median is None else 100 * o.sizes.diameter_error_median
            ),
        ),
    )
    with mpl.rc_context({"font.size": 8, "axes.spines.top": False, "axes.spines.right": False}):
        figure = Figure(figsize=(11, 6), layout="constrained")
        axes = figure.subplots(len(rows), len(FAULTS), sharey="row", sharex="col")
        for column, fault in enumerate(FAULTS):
            degrees = (0.0, *fault.degrees)
            for row, (score, value) in enumerate(rows):
                ax = axes[row, column]
                for source in SOURCES:
                    known = [k for k, d in enumerate(degrees) if (source, fault.name, d) in outcomes]
                    values = [value(outcomes[source, fault.name, degrees[k]]) for k in known]
                    ax.plot(known, values, "o-", ms=4, color=_COLOURS[source], label=source)
                ax.grid(axis="y", alpha=0.3)
                ax.set_xticks(range(len(degrees)), ["none", *(f"{d:g}" for d in fault.degrees)])
                ax.set_ylim((0, 1.04) if row < 2 else (0, None))
                if column == 0:
                    ax.set_ylabel(score)
            axes[0, column].set_title(fault.name)
            axes[-1, column].set_xlabel(fault.unit)
        axes[0, 0].legend(frameon=False, loc="lower left")
    return figure


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data", type=Path, help="folder with images/, instances/ and folds.csv")
    parser.add_argument(
        "--model", required=True, help="folder of a network whose card names its held-out fold"
    )
    parser.add_argument("--count", type=int, default=40, help="real images, spread over the fold")
    parser.add_argument("--scenes", type=int, default=24, help="simulated scenes")
    parser.add_argument("--seed", type=int, default=9500)
    parser.add_argument("-o", "--out", type=Path, required=True, help="folder for the results")
    arguments = parser.parse_args()
    console = Console()
    try:
        card = find_model(arguments.model)
        fold = card.training.get("held_out_fold")
        if not isinstance(fold, int):
            raise UsageError(
                f"The card of '{arguments.model}' does not state training.held_out_fold; expected a network that "
                "one fold of the real images was kept from."
            )
        names = [name for name, _ in choose_images(arguments.data, fold, None, None)]
        spread = np.linspace(0, len(names) - 1, min(arguments.count, len(names))).round().astype(int)
        chosen = [names[k] for k in spread]
        scored: dict[Case, list[Scored]] = defaultdict(list)
        for number in track(range(arguments.scenes), "simulated", console=console):
            for case, value in score_scene(arguments.seed, number, arguments.model).items():
                scored[case].append(value)
        for number, name in enumerate(track(chosen, "real", console=console)):
            of_image = score_real(arguments.data, name, arguments.seed, number, arguments.model)
            for case, value in of_image.items():
                scored[case].append(value)
    except NanocaliperError as error:
        console.print(str(error), style="red", markup=False)
        return 2
    order = [(source, f.name, d) for source in SOURCES for f in FAULTS for d in (0.0, *f.degrees)]
    outcomes = {
        case: Outcome(
            sum((c for c, _ in scored[case]), ScoreSum()), score_sizes([s for _, s in scored[case]])
        )
        for case in order
        if case in scored
    }
    settings = {
        "fold": fold,
        "weights_sha256": card.sha256,
        "real_images": len(chosen),
        "scenes": arguments.scenes,
        "seed": arguments.seed,
    }
    figures = {
        "/".join((source, name, f"{degree:g}")): {
            "ap50": outcome.counts.average_precision(),
            "pq": outcome.counts.panoptic_quality,
            "diameter_error_median": outcome.sizes.diameter_error_median,
            "diameter_bias_median": outcome.sizes.diameter_bias_median,
        }
        for (source, name, degree), outcome in outcomes.items()
    }
    tables = {source: tabulate(outcomes, source) for source in SOURCES}
    console.print(write_run(arguments.out, "robustness", settings, tables, figures), markup=False)
    draw_curves(outcomes).savefig(arguments.out / "robustness.png", dpi=130)
    return 0


if __name__ == "__main__":
    sys.exit(main())
