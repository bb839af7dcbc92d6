"""Do the images of one sample agree?"""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from nanocaliper.statistics.hypothesis_tests import (
    Significance,
    compare_groups,
    compare_means,
    compare_ranks_of_groups,
    correct_by_holm,
)

__all__ = ["Agreement", "Deviation", "judge_agreement"]

_LIMIT = 0.05
_FEWEST = 2


@dataclass(frozen=True)
class Deviation:
    """How one image differs from all others together.

    Parameters
    ----------
    image : str
    count : int
        Its particles.
    ratio : float
        Geometric mean of its sizes over that of the others.
    p : float
        Welch's t test of ln x.
    p_corrected : float
        After Holm, over the images.
    deviates : bool
        p_corrected below 0.05.
    """

    image: str
    count: int
    ratio: float
    p: float
    p_corrected: float
    deviates: bool


@dataclass(frozen=True)
class Agreement:
    """Whether the images of a sample agree.

    Parameters
    ----------
    images : int
        Images with enough particles to take part.
    not_tested : tuple of str
        Images with fewer than two particles.
    anova, kruskal_wallis : Significance or None
        Of ln x; None where it cannot be made.
    share_between : float or None
        Share of the variance of ln x that lies between images, ω² of W. L. Hays (Statistics, 1963): 0 where images
        differ no more than chance makes them.
    deviations : tuple of Deviation
        Every image that takes part.
    agree : bool or None
        Neither test is below 0.05 and no image deviates; None where nothing could be tested.
    sentence : str
    """

    images: int
    not_tested: tuple[str, ...]
    anova: Significance | None
    kruskal_wallis: Significance | None
    share_between: float | None
    deviations: tuple[Deviation, ...]
    agree: bool | None
    sentence: str


def judge_agreement(
    sizes: npt.NDArray[np.float64], image: npt.NDArray[np.intp], names: tuple[str, ...]
) -> Agreement:
    """Compare the sizes of the images of a sample.

    One-way analysis of variance and Kruskal-Wallis on ln x say whether any image differs; Welch's t test of each
    image against all others, with Holm's correction, says which. The tests take particles as independent: particles
    that lie together are often alike, so with many particles images differ by little and yet clearly, and the size
    of the difference counts more than p.

    Parameters
    ----------
    sizes : ndarray, shape (n,)
        Positive.
    image : ndarray of int, shape (n,)
        Place of each particle's image in `names`.
    names : tuple of str

    Returns
    -------
    Agreement
    """
    y = np.log(sizes)
    parts = [y[image == number] for number in range(len(names))]
    used = [number for number, part in enumerate(parts) if part.size >= _FEWEST]
    not_tested = tuple(name for number, name in enumerate(names) if number not in used)
    groups = [parts[number] for number in used]
    anova, kruskal = compare_groups(groups), compare_ranks_of_groups(groups)
    deviations = []
    tests = []
    if len(used) > 1:
        for number in used:
            others = np.concatenate([parts[other] for other in used if other != number])
            ratio = math.exp(float(parts[number].mean() - others.mean()))
            test = compare_means(parts[number], others)
            tests.append(1.0 if test is None else test.p)
            deviations.append((names[number], int(parts[number].size), ratio))
    corrected = correct_by_holm(tests)
    found = tuple(
        Deviation(name, count, ratio, p, p_corrected, p_corrected < _LIMIT)
        for (name, count, ratio), p, p_corrected in zip(deviations, tests, corrected, strict=True)
    )
    share = None
    if anova is not None:
        between, within = anova.degrees
        excess = between * (anova.statistic - 1)
        share = max(excess / (excess + between + within + 1), 0.0)
    agree = None
    if anova is not None or kruskal is not None:
        small = any(test is not None and test.p < _LIMIT for test in (anova, kruskal))
        agree = not small and not any(deviation.deviates for deviation in found)
    return Agreement(
        len(used),
        not_tested,
        anova,
        kruskal,
        share,
        found,
        agree,
        _say(len(used), anova, kruskal, share, found, agree),
    )


def _say(
    images: int,
    anova: Significance | None,
    kruskal: Significance | None,
    share: float | None,
    deviations: tuple[Deviation, ...],
    agree: bool | None,
) -> str:
    if agree is None:
        return (
            f"Whether images agree cannot be tested: {images} images have two particles or more that are not "
            "all equal."
        )
    tests = ", ".join(
        f"{name} p = {test.p:.2g}"
        for name, test in (("ANOVA of ln x", anova), ("Kruskal-Wallis", kruskal))
        if test is not None
    )
    if agree:
        return f"The {images} images agree ({tests})."
    part = "" if share is None else f"; {share:.0%} of the variance of ln x lies between images"
    odd = sorted((one for one in deviations if one.deviates), key=lambda one: -abs(math.log(one.ratio)))
    named = "; ".join(
        f"'{one.image}' {100 * (one.ratio - 1):+.1f} %, p = {one.p_corrected:.2g}" for one in odd[:5]
    )
    more = f" and {len(odd) - 5} more" if len(odd) > 5 else ""
    which = f" Against the others (Holm-corrected): {named}{more}." if odd else " No single image stands out."
    return f"The {images} images do NOT agree ({tests}{part}).{which}"
