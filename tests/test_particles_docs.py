"""Every column, reason and score is on its page."""

import dataclasses
import re
from pathlib import Path

from nanocaliper.evaluation.segmentation_scores import ScoreSum
from nanocaliper.evaluation.size_scores import SizeScores
from nanocaliper.particles.particles import COLUMNS
from nanocaliper.particles.shapes import CLASSES

DOCS = Path(__file__).resolve().parents[1] / "docs"


def test_the_page_of_columns_says_what_the_program_says() -> None:
    page = (DOCS / "particles.md").read_text(encoding="utf-8")
    columns = page.split("\n## Columns\n")[1].split("\n### ")[0]
    documented = re.findall(r"^\| `(\w+)` \| (\S*) ?\| (.+) \|$", columns, re.MULTILINE)
    expected = [(name, column.unit, column.meaning) for name, column in COLUMNS.items()]
    assert documented == expected
    assert "`touches_border` | Particles in the table" in page
    assert "`detached_part` | Pieces of labels" in page
    assert {name for name in CLASSES if f"| `{name}` |" not in page} == set()


def test_every_score_is_defined() -> None:
    page = (DOCS / "scores.md").read_text(encoding="utf-8")
    names = set(ScoreSum().scores()) - {"average_precision_75"}  # defined together with that of 0.5
    names |= {field.name for field in dataclasses.fields(SizeScores)} - {"images"}
    assert {name for name in names if f"`{name}`" not in page} == set()
    assert "`average_precision_50`, `_75`" in page
