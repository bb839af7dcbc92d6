"""Write the tables of docs/accuracy.md and docs/papers.md from what the benchmarks measured.

``python benchmarks/accuracy_page.py [RUN ...] [--check]``

A ``RUN`` is the output folder of a benchmark, or of a table or figure of ``reproduce.py``: its ``scores.json`` is
kept as ``docs/accuracy/BENCHMARK.json``, some of its pictures under ``docs/images``. Then every table of the pages
between the lines ``<!-- table: BENCHMARK/TABLE -->`` and ``<!-- end of table -->`` is written again; the text
around them is left as it is, and has to be read again by whoever brings new figures. ``--check`` writes nothing,
and ends with 1 where a page does not show what is kept.
"""

import argparse
import json
import re
import shutil
import sys
from pathlib import Path

from nanocaliper.errors import NanocaliperError, UsageError
from result_tables import Table

DOCS = Path(__file__).resolve().parents[1] / "docs"
PAGES = ("accuracy.md", "papers.md")
#: Pictures by benchmark, of curves or simulated micrographs; those of others' micrographs stay where they are.
PICTURES = {
    "robustness": ("robustness.png",),
    "score_calibration": ("score_calibration.png",),
    "tao_fig6": ("sizes.png",),
    "nsyolo_fig11": ("heatmaps.png",),
    "nsyolo_fig12": ("heatmaps.png",),
    "nsyolo_table_s4": ("found.png",),
    "nsyolo_robustness": ("by_degree.png",),
}
_TABLE = re.compile(r"<!-- table: (\w+)/([\w ]+) -->\n.*?<!-- end of table -->", re.DOTALL)


def take(run: Path, docs: Path) -> None:
    """Keep the figures and some pictures of a run."""
    try:
        content = json.loads((run / "scores.json").read_text(encoding="utf-8"))
        name = content["benchmark"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UsageError(
            f"No scores of a benchmark in '{run}' ({error}); expected the output folder of one of them."
        ) from error
    (docs / "accuracy").mkdir(exist_ok=True)
    shutil.copyfile(run / "scores.json", docs / "accuracy" / f"{name}.json")
    for picture in PICTURES.get(name, ()):
        if (run / picture).is_file():
            kept = picture if picture.startswith(name) else f"{name}_{picture}"
            shutil.copyfile(run / picture, docs / "images" / kept)


def fill(page: str, kept: Path) -> str:
    """The page with every table as the kept files have it."""

    def write(match: re.Match[str]) -> str:
        path = kept / f"{match[1]}.json"
        try:
            table = json.loads(path.read_text(encoding="utf-8"))["tables"][match[2]]
        except (OSError, ValueError, KeyError) as error:
            raise UsageError(
                f"The page has a table '{match[1]}/{match[2]}', which '{path.name}' does not hold ({error!r}); run "
                "that benchmark and give its output folder."
            ) from error
        shown = Table(table["columns"], table["rows"]).markdown()
        return f"<!-- table: {match[1]}/{match[2]} -->\n\n{shown}\n\n<!-- end of table -->"

    return _TABLE.sub(write, page)


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("runs", type=Path, nargs="*", metavar="RUN", help="output folder of a benchmark")
    parser.add_argument("--check", action="store_true", help="only say whether the page is what it should be")
    arguments = parser.parse_args()
    try:
        if not arguments.check:
            for run in arguments.runs:
                take(run, DOCS)
        before = {name: (DOCS / name).read_text(encoding="utf-8") for name in PAGES}
        after = {name: fill(page, DOCS / "accuracy") for name, page in before.items()}
    except NanocaliperError as error:
        print(error, file=sys.stderr)
        return 2
    for name in PAGES:
        if arguments.check and after[name] != before[name]:
            print(
                f"'{name}' does not show what docs/accuracy holds; run this without --check.", file=sys.stderr
            )
            return 1
        if not arguments.check:
            (DOCS / name).write_text(after[name], encoding="utf-8", newline="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
