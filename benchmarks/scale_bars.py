"""How many printed scale bars are read right, refused and misread on labelled real micrographs.

    python benchmarks/scale_bars.py DATA_FOLDER [--method both] [-o OUT]

DATA_FOLDER holds ``scale_bars/train.jsonl`` (what a person read and measured), ``emps/images/NAME.png`` and
``emps/folds.csv``. A reading is right within 4 % of the truth; where the image has no complete bar with a
readable label, only a refusal is right. Misread is a scale that is wrong by more, or one where there is none.
The method nanocaliper was made looking at all these images, folds 0 to 2 first. ``--method both`` puts it and the
published method (tao2025) into one table, on the same images. As that one was made for white data stripes, a last
group holds only the images in which it finds one.
"""

import argparse
import csv
import json
import sys
import time
from collections import Counter
from pathlib import Path

from nanocaliper.calibration.contrast import stretch, to_bytes
from nanocaliper.calibration.options import SCALE_METHODS
from nanocaliper.calibration.tao2025 import find_white_stripe
from nanocaliper.errors import NanocaliperError
from nanocaliper.micrograph.read import read
from nanocaliper.units import to_nm
from result_tables import Table, percent, write_run

TOLERANCE = 0.04
LATER = (3, 4)
OUTCOMES = ("right scale", "right refusal", "refused", "misread")


def judge(image: Path, truth: dict[str, object], method: str) -> dict[str, object]:
    """Read one image's bar and compare it with what a person measured."""
    expected = None
    if truth["has_bar"] and truth["has_label"]:
        expected = to_nm(float(str(truth["value"])), str(truth["unit"])) / float(str(truth["bar_px"]))
    micrograph = read(image)
    wall, cpu = time.perf_counter(), time.process_time()
    search = SCALE_METHODS[method].search(micrograph)
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    bar = search.scale_bar
    error = None if bar is None or expected is None else bar.nm_per_px / expected - 1
    if bar is None:
        outcome = "right refusal" if expected is None else "refused"
    else:
        outcome = "right scale" if error is not None and abs(error) <= TOLERANCE else "misread"
    return {
        "image": truth["name"],
        "method": method,
        "white_stripe": find_white_stripe(to_bytes(stretch(micrograph.pixels))) is not None,
        "outcome": outcome,
        "truth_nm_per_px": expected,
        "nm_per_px": None if bar is None else bar.nm_per_px,
        "relative_error": error,
        "text": None if bar is None else bar.text,
        "length_px": None if bar is None else bar.length_px,
        "confidence": None if bar is None else bar.confidence,
        "reason": search.reason,
        "seconds": wall,
        "cpu_seconds": cpu,
    }


def summarise(name: str, method: str, rows: list[dict[str, object]]) -> list[str]:
    """One line of the table."""
    counts = Counter(row["outcome"] for row in rows)
    errors = [abs(float(str(row["relative_error"]))) for row in rows if row["outcome"] == "right scale"]
    readable = counts["right scale"] + sum(
        row["truth_nm_per_px"] is not None and row["outcome"] in ("refused", "misread") for row in rows
    )
    wall = sum(float(str(row["seconds"])) for row in rows) / len(rows)
    cpu = sum(float(str(row["cpu_seconds"])) for row in rows) / len(rows)
    return [
        name,
        method,
        str(len(rows)),
        *(str(counts[outcome]) for outcome in OUTCOMES),
        percent(counts["right scale"] / readable) if readable else "–",
        percent(sorted(errors)[len(errors) // 2], 2) if errors else "–",
        f"{wall:.2f}",
        f"{cpu:.2f}",
    ]


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data", type=Path, help="folder with scale_bars/ and emps/")
    parser.add_argument(
        "--method", choices=("both", *SCALE_METHODS), default="nanocaliper", help="how the bars are read"
    )
    parser.add_argument(
        "-o",
        "--out",
        type=Path,
        help="folder for images.csv (a row an image and method), scores.json, scores.md",
    )
    options = parser.parse_args()
    try:
        lines = (options.data / "scale_bars" / "train.jsonl").read_text(encoding="utf-8").splitlines()
        with (options.data / "emps" / "folds.csv").open(encoding="utf-8", newline="") as file:
            folds = {row["name"]: int(row["fold"]) for row in csv.DictReader(file)}
    except OSError as error:
        print(f"{error}; expected a folder with scale_bars/train.jsonl and emps/folds.csv.", file=sys.stderr)
        return 2
    methods = tuple(SCALE_METHODS) if options.method == "both" else (options.method,)
    rows = []
    for truth in map(json.loads, lines):
        for method in methods:
            try:
                row = judge(options.data / "emps" / "images" / f"{truth['name']}.png", truth, method)
            except NanocaliperError as error:
                print(error, file=sys.stderr)
                return 1
            rows.append({"fold": folds[truth["name"]], **row})
    groups = (
        ("0 to 2", [row for row in rows if row["fold"] not in LATER]),
        ("3 and 4", [row for row in rows if row["fold"] in LATER]),
        ("all", rows),
        ("white stripe", [row for row in rows if row["white_stripe"]]),
    )
    of_method = [
        (name, method, [row for row in group if row["method"] == method])
        for name, group in groups
        for method in methods
    ]
    table = Table(
        ["folds", "method", "images", *OUTCOMES, "of readable", "median error", "s", "CPU s"],
        [summarise(name, method, chosen) for name, method, chosen in of_method if chosen],
    )
    print(table.markdown())
    for row in rows:
        if row["outcome"] == "misread":
            truth = f"{row['truth_nm_per_px']} nm/px"
            print(
                f"misread {row['image']} by {row['method']}: {row['text']} for {row['length_px']} px, "
                f"truth {truth}"
            )
    if options.out is not None:
        write_run(options.out, "scale_bars", {"methods": list(methods)}, {"folds": table}, {})
        with (options.out / "images.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, fieldnames=list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
    return 0


if __name__ == "__main__":
    sys.exit(main())
