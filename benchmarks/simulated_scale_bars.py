"""How many simulated scale bars are read right, refused and misread, how exact their ends are, and whether the
stated uncertainty and confidence hold.

    python benchmarks/simulated_scale_bars.py [--count 2000] [--seed 1] [--workers 2] [-o simulated_scale_bars.csv]

Image number i of a seed is always the same, so a run that was stopped goes on where it was, and a longer run
holds a shorter one. A reading is right within 4 % of the true scale. Where the truth is that no scale can be
read, only a refusal is right; where a person could not be sure ("either"), a refusal is right as well as the scale,
but another scale is a misreading. What a person can read is decided from the image and the exact ink, not by a
reader: see docs/simulation.md.
"""

import argparse
import csv
import itertools
import json
import math
import multiprocessing
import os
import sys
import time
from collections.abc import Iterable
from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, wait
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeElapsedColumn, TimeRemainingColumn

from nanocaliper.calibration.scale_bar import search_scale_bar
from nanocaliper.errors import NanocaliperError, UsageError
from nanocaliper.inference.threads import limit_threads
from nanocaliper.micrograph.read import read
from nanocaliper.synthesis.bar_truth import BarImage
from nanocaliper.synthesis.grounds import GroundPool
from nanocaliper.synthesis.random_bars import make_bar_image

TOLERANCE = 0.04
OUTCOMES = ("right scale", "right refusal", "refused", "misread", "false scale", "crashed")
LIES = ("misread", "false scale")
Row = dict[str, Any]
COLUMNS = (
    "seed", "number", "case", "expected", "truth_reason", "style", "ground", "ink", "label_kind", "label_side",
    "face", "vertical", "whole_px", "kind", "distractors", "rows", "cols", "printed_scale", "jpeg_quality", "bits",
    "noise", "blur_px", "sharp", "thickness_px", "digit_px", "contrast", "label_contrast", "bar_noise",
    "label_noise", "text", "truth_nm_per_px", "truth_length_px", "exact_length_px", "outcome", "nm_per_px",
    "relative_error", "read_text", "length_px", "length_uncertainty_px", "length_error_px", "scale_error_px",
    "confidence", "guess_nm_per_px", "guess_confidence", "guess_right", "reason", "seconds", "cpu_seconds",
)  # fmt: skip


def describe(made: BarImage, seed: int, number: int) -> Row:
    """What the image is, as cells."""
    row: Row = dict.fromkeys(COLUMNS)
    shape = made.pixels.shape
    row |= {
        "seed": seed,
        "number": number,
        "case": made.case,
        "expected": made.expected,
        "truth_reason": made.reason,
        "kind": made.settings["kind"],
        "distractors": " + ".join(made.settings["distractors"]),
        "rows": shape[0],
        "cols": shape[1],
        "printed_scale": made.scale,
        "jpeg_quality": made.jpeg_quality,
        "bits": made.settings["bits"],
        "noise": made.settings["noise"],
        "blur_px": made.settings["blur_px"],
        "sharp": made.sharp,
        "truth_nm_per_px": made.nm_per_px,
    }
    if made.bars:
        bar = made.bars[0]
        row |= {
            "style": bar.style,
            "ground": bar.ground,
            "ink": bar.ink,
            "label_kind": bar.label_kind,
            "label_side": bar.label_side,
            "face": bar.face,
            "vertical": bar.vertical,
            "whole_px": bar.whole_px,
            "thickness_px": bar.thickness_px,
            "digit_px": bar.digit_px,
            "contrast": bar.contrast,
            "label_contrast": bar.label_contrast,
            "bar_noise": bar.noise,
            "label_noise": bar.label_noise,
            "text": bar.text,
            "truth_length_px": bar.length_px,
            "exact_length_px": bar.length_nm / bar.nm_per_px,
        }
    return row


def judge(made: BarImage, seed: int, number: int) -> Row:
    """Read one image and compare."""
    row = describe(made, seed, number)
    micrograph = read(made.pixels)
    wall, cpu = time.perf_counter(), time.process_time()
    try:
        search = search_scale_bar(micrograph)
    except Exception as error:
        # A crash is a result too, and must not end the run.
        search, row["outcome"], row["reason"] = None, "crashed", repr(error)
    row["seconds"], row["cpu_seconds"] = time.perf_counter() - wall, time.process_time() - cpu
    if search is None:
        return row
    row["reason"] = search.reason
    expected = made.nm_per_px
    guess, bar = search.best_guess, search.scale_bar
    if guess is not None:
        row["guess_nm_per_px"], row["guess_confidence"] = guess.nm_per_px, guess.confidence
        row["guess_right"] = expected is not None and abs(guess.nm_per_px / expected - 1) <= TOLERANCE
    if bar is None:
        row["outcome"] = "refused" if made.expected == "scale" else "right refusal"
        return row
    row |= {
        "nm_per_px": bar.nm_per_px,
        "read_text": bar.text,
        "length_px": bar.length_px,
        "length_uncertainty_px": bar.length_uncertainty_px,
        "confidence": bar.confidence,
    }
    if expected is None:
        row["outcome"] = "false scale"
        return row
    row["relative_error"] = bar.nm_per_px / expected - 1
    row["outcome"] = "right scale" if abs(row["relative_error"]) <= TOLERANCE else "misread"
    # Of several bars that tell the same any may have been read, or even a measured particle, whose ends are
    # nobody's truth: the error is that of the nearest bar of this length on its label.
    same = [one for one in made.bars if math.isclose(one.length_nm, bar.length_nm, rel_tol=1e-6)]
    if same:
        nearest = min(same, key=lambda one: abs(one.length_px - bar.length_px))
        row["length_error_px"] = bar.length_px - nearest.length_px
        row["scale_error_px"] = bar.length_px - nearest.length_nm / nearest.nm_per_px
    return row


def work(seed: int, numbers: list[int], options: argparse.Namespace) -> list[Row]:
    """Make and judge some images (in a process of its own)."""
    pool, rows = GroundPool(options.pool_seed, largest_px=options.largest), []
    for number in numbers:
        made = make_bar_image(np.random.default_rng([seed, number]), pool, options.case, options.style)
        row = judge(made, seed, number)
        rows.append(row)
        failed = row["outcome"] in (*LIES, "refused", "crashed")
        if options.images is not None and (failed or options.all_images):
            save(made, row, options.images)
    return rows


def save(made: BarImage, row: Row, folder: Path) -> None:
    """Write an image and what was found in it."""
    name = f"{row['outcome'].replace(' ', '_')}-{row['seed']}-{row['number']:05d}"
    pixels = made.pixels if made.pixels.ndim == 2 else made.pixels[:, :, ::-1]
    cv2.imwrite(str(folder / f"{name}.png"), pixels)
    text = json.dumps(row, indent=1, default=str, ensure_ascii=False)
    (folder / f"{name}.json").write_text(text, encoding="utf-8")


def prepare() -> None:
    """Keep a worker to one thread: there are as many workers as cores."""
    cv2.setNumThreads(1)
    limit_threads(1)


def load(path: Path, seed: int) -> list[Row]:
    """Rows of an earlier run of the same seed."""
    if not path.exists():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    if rows and (tuple(rows[0]) != COLUMNS or any(row["seed"] != str(seed) for row in rows)):
        raise UsageError(
            f"{str(path)!r} holds the results of another seed or version; expected those of seed {seed}. "
            "Name another file with -o."
        )
    return [{key: _parse(value) for key, value in row.items()} for row in rows]


def _parse(cell: str) -> Any:
    if cell in ("True", "False"):
        return cell == "True"
    try:
        return float(cell) if cell else None
    except ValueError:
        return cell


def run(options: argparse.Namespace) -> list[Row]:
    """Judge what is missing, side by side, and append each result to the file as it comes."""
    rows = load(options.output, options.seed)
    done = {int(row["number"]) for row in rows}
    left = [n for n in range(options.first, options.first + options.count) if n not in done]
    fresh = not options.output.exists()
    context = multiprocessing.get_context("spawn")
    columns = (BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TimeRemainingColumn())
    with (
        options.output.open("a", encoding="utf-8", newline="") as file,
        ProcessPoolExecutor(options.workers, mp_context=context, initializer=prepare) as pool,
        Progress(*columns) as progress,
    ):
        writer = csv.DictWriter(file, fieldnames=COLUMNS)
        if fresh:
            writer.writeheader()
        bar = progress.add_task("images", total=len(left))
        waiting = {pool.submit(work, options.seed, left[i : i + 4], options) for i in range(0, len(left), 4)}
        while waiting:
            finished, waiting = wait(waiting, return_when=FIRST_COMPLETED)
            for future in finished:
                made = future.result()
                writer.writerows(made)
                file.flush()
                rows += made
                progress.advance(bar, len(made))
    wanted = range(options.first, options.first + options.count)
    return sorted((row for row in rows if int(row["number"]) in wanted), key=lambda row: row["number"])


def share(part: int, whole: int) -> str:
    return f"{part / whole:.1%}" if whole else "-"


def print_outcomes(rows: list[Row]) -> None:
    """The totals, and tables by what the images are."""
    firm = [row for row in rows if row["expected"] != "either"]
    right = sum(row["outcome"] in ("right scale", "right refusal") for row in firm)
    lies = sum(row["outcome"] in LIES for row in rows)
    print(f"{len(rows)} images; {len(firm)} with one right answer: {share(right, len(firm))} right")
    print(
        f"lies (a wrong scale, or one where there is none): {lies} of {len(rows)}, {share(lies, len(rows))}"
    )
    readable = [row for row in rows if row["expected"] == "scale"]
    print(
        f"of {len(readable)} readable scales right: {share(count(readable, 'right scale'), len(readable))}\n"
    )
    header = "".join(f"{outcome:>15}" for outcome in OUTCOMES)
    print(f"{'':<34}{'images':>7}{header}{'right':>9}")

    def binned(key: Any, edges: tuple[float, ...]) -> list[tuple[str, list[Row]]]:
        return group(readable, lambda row: bin_name(key(row), edges))

    groups: list[tuple[str, Iterable[tuple[str, list[Row]]]]] = [
        ("expected", group(rows, lambda r: r["expected"])),
        ("case", group(rows, lambda r: r["case"])),
        ("style", group(readable, lambda r: r["style"] + (" (vertical)" if r["vertical"] else ""))),
        ("ground", group(readable, lambda r: r["ground"])),
        ("ink", group(readable, lambda r: r["ink"])),
        ("short side, px", binned(lambda r: min(r["rows"], r["cols"]), (512, 724, 1024, 1448, 2048, 4097))),
        ("weakest contrast", binned(lambda r: min(r["contrast"], r["label_contrast"]), (20, 40, 80, 160, 256))),
        ("noise / contrast", binned(lambda r: max(r["bar_noise"], r["label_noise"]), (0, 0.05, 0.15, 0.3, 0.5))),
        ("digits, px", binned(lambda r: r["digit_px"], (9, 12, 18, 30, 60, 120, 300))),
        ("bar, px", binned(lambda r: r["truth_length_px"], (20, 60, 120, 240, 480, 4096))),
        ("label", group(readable, lambda r: r["label_kind"])),
        ("label's side", group(readable, lambda r: r["label_side"])),
        ("face", group(readable, lambda r: r["face"])),
        ("JPEG quality", binned(lambda r: r["jpeg_quality"] or 100, (30, 50, 70, 85, 100, 101))),
        ("rescaled", binned(lambda r: r["printed_scale"], (0.4, 0.6, 0.8, 1.0, 1.001))),
        ("bits", group(readable, lambda r: str(int(r["bits"])))),
    ]  # fmt: skip
    for title, parts in groups:
        print(title)
        for name, part in parts:
            cells = "".join(f"{count(part, outcome):>15d}" for outcome in OUTCOMES)
            good = count(part, "right scale") + count(part, "right refusal")
            print(f"  {name:<32}{len(part):>7d}{cells}{share(good, len(part)):>9}")


def count(rows: list[Row], outcome: str) -> int:
    return sum(row["outcome"] == outcome for row in rows)


def group(rows: list[Row], key: Any) -> list[tuple[str, list[Row]]]:
    names = sorted({key(row) for row in rows}, key=lambda name: (_leading(name), name))
    return [(name, [row for row in rows if key(row) == name]) for name in names]


def _leading(name: str) -> float:
    try:
        return float(name.split(" ")[0])
    except ValueError:
        return math.inf


def bin_name(value: float, edges: tuple[float, ...]) -> str:
    for low, high in itertools.pairwise(edges):
        if value < high:
            return f"{low:g} to {high:g}"
    return f"{edges[-1]:g} or more"


def print_lengths(rows: list[Row]) -> None:
    """How exact the ends of bars are that were read right."""
    print(
        "\nbar length, px: read less drawn; and whether twice the stated standard uncertainty covers the error"
    )
    print(
        f"{'':<34}{'bars':>7}{'median |e|':>12}{'95 %':>8}{'max':>8}{'< 0.5 px':>10}{'in 2u':>8}{'scale in 2u':>13}"
    )
    right = [row for row in rows if row["outcome"] == "right scale" and row["length_error_px"] is not None]
    sharp = [row for row in right if row["sharp"]]
    parts = [("sharp", sharp), ("rescaled, blurred, compressed", [row for row in right if not row["sharp"]])]
    parts += [(f"sharp, {name}", part) for name, part in group(sharp, lambda r: r["style"])]
    parts += [
        ("sharp, on whole pixels", [row for row in sharp if row["whole_px"]]),
        ("sharp, between pixels", [row for row in sharp if not row["whole_px"]]),
    ]
    for name, part in parts:
        if not part:
            continue
        errors = np.abs([row["length_error_px"] for row in part])
        exact = np.abs([row["scale_error_px"] for row in part])
        twice = 2 * np.array([row["length_uncertainty_px"] for row in part])
        print(
            f"{name:<34}{len(part):>7d}{np.median(errors):>12.2f}{np.quantile(errors, 0.95):>8.2f}"
            f"{errors.max():>8.2f}{(errors < 0.5).mean():>10.1%}{(errors <= twice).mean():>8.1%}"
            f"{(exact <= twice).mean():>13.1%}"
        )


def print_reliability(rows: list[Row]) -> None:
    """Whether readings said to be so sure are right so often; over best guesses, also those not accepted."""
    print("\nbest guesses, accepted or not")
    print(f"{'confidence':<34}{'guesses':>7}{'mean confidence':>18}{'right':>9}")
    edges = (0, 0.2, 0.4, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99, 1.001)
    guesses = [row for row in rows if row["guess_confidence"] is not None]
    for name, part in group(guesses, lambda r: bin_name(r["guess_confidence"], edges)):
        mean = sum(row["guess_confidence"] for row in part) / len(part)
        right = sum(bool(row["guess_right"]) for row in part)
        print(f"{name:<34}{len(part):>7d}{mean:>18.3f}{share(right, len(part)):>9}")


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--count", type=int, default=2000, help="how many images")
    parser.add_argument("--first", type=int, default=0, help="number of the first")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--pool-seed", type=int, default=0, help="seed of the micrographs that are printed on"
    )
    parser.add_argument(
        "--largest", type=int, default=4096, help="longest side of an image, px, for a quick look"
    )
    parser.add_argument("--workers", type=int, default=min(2, os.cpu_count() or 1))
    parser.add_argument("--case", help="only images of this case")
    parser.add_argument("--style", help="only bars of this style")
    parser.add_argument("--images", type=Path, help="folder to write images to that were not answered right")
    parser.add_argument("--all-images", action="store_true", help="write all images there")
    parser.add_argument(
        "-o", "--output", type=Path, default=Path("simulated_scale_bars.csv"), help="CSV, a row an image"
    )
    options = parser.parse_args()
    try:
        if options.images is not None:
            options.images.mkdir(parents=True, exist_ok=True)
        rows = run(options)
    except (NanocaliperError, OSError) as error:
        print(error, file=sys.stderr)
        return 2
    print_outcomes(rows)
    print_lengths(rows)
    print_reliability(rows)
    seconds = np.array([row["seconds"] for row in rows])
    cpu = np.array([row["cpu_seconds"] for row in rows])
    pixels = np.array([row["rows"] * row["cols"] for row in rows]) / 1e6
    small = pixels < 1
    slowest = np.quantile(seconds, 0.95)
    print(f"\nseconds an image: mean {seconds.mean():.2f} ({cpu.mean():.2f} CPU), 95 % {slowest:.2f}")
    if small.any():
        print(f"under 1 Mpx: mean {seconds[small].mean():.2f} ({cpu[small].mean():.2f} CPU)")
    for row in rows:
        if row["outcome"] in LIES:
            print(
                f"{row['outcome']} number {int(row['number'])} ({row['case']}, {row['style']}): read "
                f"{row['read_text']!r} for {row['length_px']:.1f} px; truth {row['text']!r} for "
                f"{row['truth_length_px']} px; {row['truth_reason']}"
            )
    return 0


if __name__ == "__main__":
    sys.exit(main())
