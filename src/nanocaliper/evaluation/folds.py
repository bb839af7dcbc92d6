"""Scores of several folds or runs in one table: mean and standard deviation."""

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

__all__ = ["FoldSummary", "summarise_folds", "write_folds_table"]


@dataclass(frozen=True)
class FoldSummary:
    """A score over folds.

    Parameters
    ----------
    mean : float or None
        None where no fold has a value.
    sd : float or None
        Standard deviation (n - 1); None for fewer than two values.
    folds : int
        Folds that have a value.
    """

    mean: float | None
    sd: float | None
    folds: int

    def __str__(self) -> str:
        if self.mean is None:
            return "none"
        return f"{self.mean:.4f}" if self.sd is None else f"{self.mean:.4f} ± {self.sd:.4f}"


def summarise_folds(folds: Sequence[Mapping[str, float | None]]) -> dict[str, FoldSummary]:
    """Find mean and standard deviation of every score over folds.

    Every fold weighs the same, whatever its size.

    Parameters
    ----------
    folds : sequence of mapping of str to float or None
        The scores of each fold by name; a score may be missing in some.

    Returns
    -------
    dict of str to FoldSummary
        In the order in which the names first appear.
    """
    names = dict.fromkeys(name for fold in folds for name in fold)
    summaries = {}
    for name in names:
        known = [value for fold in folds if (value := fold.get(name)) is not None]
        summaries[name] = FoldSummary(
            statistics.fmean(known) if known else None,
            statistics.stdev(known) if len(known) > 1 else None,
            len(known),
        )
    return summaries


def write_folds_table(folds: Mapping[str, Mapping[str, float | None]]) -> str:
    """Write a Markdown table: a row a score, a column a fold, and for several mean ± standard deviation.

    Parameters
    ----------
    folds : mapping of str to mapping
        Scores by the name of the fold.

    Returns
    -------
    str
    """
    summaries = summarise_folds(list(folds.values()))
    several = len(folds) > 1
    heading = ["score", *folds, *([f"mean ± SD of {len(folds)}"] if several else [])]
    lines = [f"| {' | '.join(heading)} |", "|---|" + "---:|" * (len(heading) - 1)]
    for name, summary in summaries.items():
        cells = [_write(fold.get(name)) for fold in folds.values()]
        lines.append(f"| {' | '.join([name, *cells, *([str(summary)] if several else [])])} |")
    return "\n".join(lines) + "\n"


def _write(value: float | None) -> str:
    if value is None:
        return "none"
    return str(value) if isinstance(value, int) else f"{value:.4f}"
