"""Two or more samples compared: differences, effect sizes and tests."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np
import numpy.typing as npt

from nanocaliper.errors import StatisticsError
from nanocaliper.statistics.analysis import Analysis
from nanocaliper.statistics.contrasts import Contrast, bound_contrast
from nanocaliper.statistics.effect_sizes import EffectSize, find_cliffs_delta, find_hedges_g
from nanocaliper.statistics.hypothesis_tests import (
    Significance,
    compare_by_permutation,
    compare_by_ranks,
    compare_distributions,
    compare_means,
    correct_by_holm,
)
from nanocaliper.statistics.samples import SampleAnalysis
from nanocaliper.statistics.uncertainty import MAGNIFICATION_LIMIT

__all__ = ["COMPARED", "Comparison", "PairTest", "compare_samples"]

#: Statistics that are compared.
COMPARED = ("mean", "d50", "d10", "d90")

_LIMIT = 0.05


@dataclass(frozen=True)
class PairTest:
    """One test of a pair.

    Parameters
    ----------
    result : Significance
    p_corrected : float
        After Holm, over all pairs.
    """

    result: Significance
    p_corrected: float


@dataclass(frozen=True)
class Comparison:
    """Two samples compared.

    Parameters
    ----------
    first, second : str
        Names.
    unit : str
    contrasts : tuple of Contrast
        Of `COMPARED`.
    effects : tuple of EffectSize
        Hedges' g of ln x, and Cliff's delta.
    tests : tuple of PairTest
    judged_by : str or None
        Name of the test that the sentence goes by; None where none could be made.
    p_corrected : float or None
        Its p after Holm over what all pairs are judged by.
    different : bool or None
        That is below 0.05; None where there is no test, or where it is, and yet the interval of the ratio of
        means, which knows of images, holds 1.
    sentence : str
    warnings : tuple of str
    """

    first: str
    second: str
    unit: str
    contrasts: tuple[Contrast, ...]
    effects: tuple[EffectSize, ...]
    tests: tuple[PairTest, ...]
    judged_by: str | None
    p_corrected: float | None
    different: bool | None
    sentence: str
    warnings: tuple[str, ...]


def compare_samples(samples: Sequence[SampleAnalysis]) -> tuple[Comparison, ...]:
    """Compare every two of several samples.

    Tests: Welch's t of ln x, Mann-Whitney and Kolmogorov-Smirnov, which take particles as independent; and,
    with two or more images on both sides, Welch's t and a permutation test of the images' means of ln x, for
    which an image is one observation. A pair is judged by Welch's t of images where it exists, else by that of
    particles. Every p is corrected over the pairs by Holm, test by test, and so are those that the pairs are
    judged by.

    Parameters
    ----------
    samples : sequence of SampleAnalysis
        At least two, with different names and the same measurand, unit, basis and level.

    Returns
    -------
    tuple of Comparison
        Of every pair, in the order of the samples.

    Raises
    ------
    StatisticsError
        If they cannot be compared.
    """
    if len(samples) < 2:
        raise StatisticsError(f"{len(samples)} sample cannot be compared; expected at least two.")
    names = [sample.name for sample in samples]
    if len(set(names)) < len(names):
        raise StatisticsError(f"Two samples have the same name among {', '.join(map(repr, names))}.")
    kinds = {sample.pooled.selection.column for sample in samples}
    if len(kinds) > 1:
        raise StatisticsError(
            f"The samples have sizes of different kinds, {' and '.join(sorted(kinds))}: a sample without a "
            "calibration can only be compared in px with others at the same magnification."
        )
    if len({(sample.pooled.options.basis, sample.pooled.options.level) for sample in samples}) > 1:
        raise StatisticsError("The samples were analysed with different basis or level; use one for all.")
    scales = [
        edge
        for s in samples
        for edge in (s.pooled.nm_per_px_least, s.pooled.nm_per_px_most)
        if edge is not None
    ]
    pairs = list(combinations(samples, 2))
    results = [_test(first.pooled, second.pooled) for first, second in pairs]
    corrected: dict[tuple[int, str], float] = {}
    for name in dict.fromkeys(result.name for tests in results for result in tests):
        where = [number for number, tests in enumerate(results) if name in {test.name for test in tests}]
        p = [next(test.p for test in results[number] if test.name == name) for number in where]
        corrected |= {(number, name): value for number, value in zip(where, correct_by_holm(p), strict=True)}
    judges = [_choose_judge(tests) for tests in results]
    judged = [number for number, judge in enumerate(judges) if judge is not None]
    holm = correct_by_holm([judge.p for judge in judges if judge is not None])
    final = dict(zip(judged, holm, strict=True))
    comparisons = []
    for number, (first, second) in enumerate(pairs):
        tests = tuple(PairTest(result, corrected[number, result.name]) for result in results[number])
        comparisons.append(
            _compare(first, second, tests, judges[number], final.get(number), len(pairs), bool(scales))
        )
    return tuple(comparisons)


def _groups(analysis: Analysis) -> npt.NDArray[np.intp]:
    """Images numbered from 0 without gaps."""
    return np.unique(analysis.selection.image, return_inverse=True)[1].astype(np.intp)


def _test(first: Analysis, second: Analysis) -> list[Significance]:
    a, b = np.log(first.selection.sizes), np.log(second.selection.sizes)
    means = [
        np.array([values[groups == image].mean() for image in range(int(groups.max(initial=-1)) + 1)])
        for values, groups in ((a, _groups(first)), (b, _groups(second)))
    ]
    rng = np.random.default_rng([first.seed, second.seed, 3])
    found = [
        compare_means(means[0], means[1], "welch_t_of_images"),
        compare_by_permutation(means[0], means[1], rng),
        compare_means(a, b),
        compare_by_ranks(a, b),
        compare_distributions(a, b),
    ]
    return [result for result in found if result is not None]


def _choose_judge(tests: Sequence[Significance]) -> Significance | None:
    by_name = {test.name: test for test in tests}
    return by_name.get("welch_t_of_images", by_name.get("welch_t"))


def _compare(
    first: SampleAnalysis,
    second: SampleAnalysis,
    tests: tuple[PairTest, ...],
    judge: Significance | None,
    p_corrected: float | None,
    pairs: int,
    in_nm: bool,
) -> Comparison:
    one, two = first.pooled, second.pooled
    contrasts = tuple(
        bound_contrast(one.intervals[name], two.intervals[name])
        for name in COMPARED
        if name in one.intervals.intervals
    )
    groups = (_groups(one), _groups(two))
    clustered = min(int(part.max(initial=-1)) for part in groups) >= 1
    a, b = np.log(one.selection.sizes), np.log(two.selection.sizes)
    level = one.options.level
    effects = tuple(
        find(a, b, groups if clustered else None, level) for find in (find_hedges_g, find_cliffs_delta)
    )
    different = None if p_corrected is None else p_corrected < _LIMIT
    mean = next((one for one in contrasts if one.statistic == "mean" and one.ratio_low is not None), None)
    if different and mean is not None and (mean.ratio_low or 0) <= 1 <= (mean.ratio_high or 0):
        different = None
    warnings = _warn(first, second, clustered, tests, in_nm)
    # The samples' own analyses stand in `SampleAnalysis`; only what concerns the pair is here.
    comparison = Comparison(
        first.name,
        second.name,
        one.unit,
        contrasts,
        effects,
        tests,
        None if judge is None else judge.name,
        p_corrected,
        different,
        "",
        warnings,
    )
    return replace(comparison, sentence=_say(comparison, pairs, level))


def _say(comparison: Comparison, pairs: int, level: float) -> str:
    first, second, unit = comparison.first, comparison.second, comparison.unit
    contrast = next((one for one in comparison.contrasts if one.statistic == "mean"), None)
    judge = comparison.judged_by
    if judge is None or contrast is None or contrast.difference is None or contrast.ratio is None:
        return f"'{first}' and '{second}' cannot be compared: one has too few particles, or all are equal."
    more = "larger" if contrast.difference > 0 else "smaller"
    known = contrast.difference_low is not None and contrast.difference_high is not None
    limits = (
        f" ({contrast.difference_low:+.3g} to {contrast.difference_high:+.3g} {unit} at {level:.0%})"
        if known
        else ""
    )
    percent = f"{100 * (contrast.ratio - 1):+.1f} %"
    name = {"welch_t": "Welch's t of ln x", "welch_t_of_images": "Welch's t of the images' means of ln x"}
    test = f"{name[judge]}, p = {comparison.p_corrected:.2g}"
    if pairs > 1:
        test += f" after Holm over {pairs} pairs"
    g = next((one for one in comparison.effects if one.name == "hedges_g" and one.value is not None), None)
    effect = "" if g is None else f", a {g.words} effect (Hedges' g {g.value:.2f})"
    sizes = (
        f"mean {contrast.first:.4g} against {contrast.second:.4g} {unit}, {contrast.difference:+.3g} "
        f"{unit}{limits}, {percent}"
    )
    if comparison.different:
        return f"'{first}' is {more} than '{second}': {sizes}{effect}; {test}."
    if comparison.different is None:
        return (
            f"Not decided whether '{first}' is {more} than '{second}': {sizes}{effect}; {test}, which takes "
            "particles as "
            "independent, but the interval, which does not, holds zero. Measure more images of each."
        )
    return (
        f"No difference of '{first}' and '{second}' is shown: {sizes}{effect}; {test}. That is no proof that "
        "they are equal: see the interval."
    )


def _warn(
    first: SampleAnalysis, second: SampleAnalysis, clustered: bool, tests: tuple[PairTest, ...], in_nm: bool
) -> tuple[str, ...]:
    warnings = []
    if not clustered:
        single = [s.name for s in (first, second) if s.pooled.images < 2]
        if single:
            warnings.append(
                f"{' and '.join(repr(name) for name in single)} {'has' if len(single) == 1 else 'have'} one image: "
                "what differs from place to place within a sample is not in the tests. Measure several images "
                "of each."
            )
    for test in tests:
        if test.result.smallest_p >= _LIMIT:
            warnings.append(
                f"With so few images the permutation test cannot give a p below {test.result.smallest_p:.2g}, "
                "whatever the difference."
            )
    uncertainties = [_scale_uncertainty(sample.pooled) for sample in (first, second)]
    if in_nm and all(value is not None for value in uncertainties):
        reach = 2 * math.hypot(*(value or 0.0 for value in uncertainties))
        warnings.append(
            "The scales are not in tests and intervals: if both were read independently, they alone make "
            f"ratios of 1 ± {reach:.1%} (k = 2)" + _tell_magnification(first.pooled) + "."
        )
    elif in_nm:
        warnings.append(
            "The scales are not in tests and intervals, and the uncertainty of one is not known: a difference "
            "may come from it."
        )
    return tuple(warnings)


def _scale_uncertainty(analysis: Analysis) -> float | None:
    """Relative uncertainty of reading the scale, as the budget has it; None where not known."""
    for budget in analysis.budgets:
        if any("without an uncertainty" in warning for warning in budget.warnings):
            return None
        for row in budget.rows:
            if row.name == "calibration" and budget.value:
                return row.contribution / budget.value
    return None


def _tell_magnification(analysis: Analysis) -> str:
    limit = analysis.options.magnification_limit or MAGNIFICATION_LIMIT
    return f", and two instruments that are each right within ±{limit:.0%} differ by more"
