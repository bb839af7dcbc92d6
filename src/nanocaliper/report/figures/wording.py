"""Words that several figures share."""

from collections.abc import Sequence

from nanocaliper.report.figures.figure_data import FigureData
from nanocaliper.report.figures.lengths import DisplayUnit, write_number
from nanocaliper.report.figures.lettering import clean_name, shorten_name
from nanocaliper.statistics.bootstrap import Interval
from nanocaliper.statistics.distribution import describe
from nanocaliper.statistics.weighting import count_effectively

__all__ = ["MODEL_NAMES", "find_estimates", "name_count", "name_sample", "name_sizes", "write_sentence"]

#: How models are written.
MODEL_NAMES = {"normal": "normal", "lognormal": "lognormal", "weibull": "Weibull"}


_NAME_MM = 90.0


def find_estimates(data: FigureData, names: Sequence[str]) -> dict[str, Interval]:
    """Statistics with the intervals given; without intervals the statistics alone.

    Parameters
    ----------
    data : FigureData
    names : sequence of str
        Of `nanocaliper.statistics.distribution.STATISTICS`.

    Returns
    -------
    dict of str to Interval
    """
    given = {} if data.intervals is None else data.intervals.intervals
    found = {name: given[name] for name in names if name in given}
    if len(found) < len(names):
        distribution = describe(data.sizes, data.weights, basis=data.basis)
        for name in names:
            found.setdefault(name, Interval(name, getattr(distribution, name), None, None, None, ""))
    return found


def name_count(data: FigureData) -> str:
    """Write how many particles there are, what they are counted by and at what level the intervals are."""
    words = [f"n = {len(data.sizes)}"]
    if data.weights is not None:
        words.append(
            f"weighted (effective n = {write_number(count_effectively(data.weights, len(data.sizes)))})"
        )
    words.append(f"by {data.basis}")
    if data.intervals is not None and any(
        value.low is not None or value.high is not None for value in data.intervals.intervals.values()
    ):
        words.append(f"{100 * data.intervals.level:g}\u00a0% intervals")
    return ", ".join(words)


def name_sizes(quantity: str, unit: DisplayUnit) -> str:
    """Label of a size axis."""
    return f"{clean_name(quantity)} / {unit.symbol}"


def name_sample(name: str) -> str:
    """Write of which sample, for a sentence; very long names are shortened."""
    shown = shorten_name(name, _NAME_MM, 7.0)
    return f" of sample {shown}" if shown else ""


def write_sentence(what: str, data: FigureData, details: str) -> str:
    """Write a description: what is drawn of how many particles of which sample, and the figures to know."""
    count = len(data.sizes)
    of = name_sample(data.name)
    tail = f": {details}" if details else ""
    size = clean_name(data.quantity)
    shown = size[:1].lower() + size[1:]
    return f"{what} {shown} of {count} particle{'' if count == 1 else 's'}{of}{tail}."
