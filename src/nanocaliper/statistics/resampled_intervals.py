"""Limits of smooth statistics on the scale of their logarithm, from resampled sums."""

import math
from collections.abc import Collection
from typing import Final

import numpy as np
import numpy.typing as npt

from nanocaliper.statistics.interval_sample import Array, Limits, Sample
from nanocaliper.statistics.resampling import (
    MOST_BINS,
    bin_sizes,
    draw_replicates,
    find_modes,
    find_quantiles,
)
from nanocaliper.statistics.special_functions import normal_quantile, student_quantile
from nanocaliper.statistics.spread_intervals import (
    bound_moment_ratios,
    bound_spreads,
    bound_spreads_by_images,
)

__all__ = ["bound_by_images", "bound_by_jackknife", "bound_by_resampling"]

_DECILES = (0.1, 0.5, 0.9)
_MOST_CELLS: Final = 4_000_000


def bound_by_resampling(
    sample: Sample, level: float, replicates: int, rng: np.random.Generator, names: Collection[str]
) -> Limits:
    """Bootstrap limits of independent particles.

    Parameters
    ----------
    sample : Sample
    level : float
    replicates : int
    rng : Generator
    names : collection of str
        Statistics to find limits of.

    Returns
    -------
    dict of str to (low, high, standard error, method)
        On the scale of `PowerSums.evaluate`, which is ln x for span and mode too.
    """
    binned = bin_sizes(sample.x, sample.basis_weights)
    columns = np.stack(
        [np.bincount(binned.bin, column, binned.count.size) for column in sample.sums.columns.T], axis=1
    )
    here, here_errors = sample.sums.evaluate(columns.sum(axis=0, keepdims=True))
    limits: Limits = {}
    if sample.sums.log_scale > 0:
        limits = bound_moment_ratios(sample, here, here_errors, level)
        if sample.power == 0:
            limits |= bound_spreads(sample, here, here_errors, level)
        _name_mean(sample, limits)
    ordered = [name for name in ("span", "mode") if name in names]
    smooth = [name for name in here if name in names and name not in limits]
    if not ordered and not smooth:
        return limits
    centre = np.log(np.maximum(binned.moment / binned.mass, 1e-300))
    sums, others = [], []
    for times in draw_replicates(binned, replicates, rng):
        sums.append(times @ columns)
        drawn_sq = (times * binned.mass_sq).sum(axis=1)
        if ordered:
            others.append(
                _order_statistics(
                    sample, times * binned.mass, drawn_sq, times * binned.moment, centre, ordered
                )
            )
    values, errors = sample.sums.evaluate(np.concatenate(sums))
    tail = (1 - level) / 2
    for name in smooth:
        with np.errstate(divide="ignore", invalid="ignore"):
            # A replicate of equal sizes has no spread to compare with.
            pivot = (values[name] - here[name]) / errors[name]
        pivot = pivot[np.isfinite(pivot)]
        if pivot.size < 0.9 * replicates:
            continue
        first, last = np.quantile(pivot, (tail, 1 - tail))
        at, error = float(here[name][0]), float(here_errors[name][0])
        limits[name] = at - last * error, at - first * error, error, "bootstrap-t"
    if ordered:
        masses = [values[np.newaxis] for values in (binned.mass, binned.moment)]
        total_sq = np.array([binned.mass_sq.sum()])
        found = _order_statistics(sample, masses[0], total_sq, masses[1], centre, ordered)[0]
        reach = sample.quantile_of(1 - tail)
        for name, value, replicated in zip(ordered, found, np.concatenate(others).T, strict=True):
            error = float(np.std(replicated, ddof=1)) if np.isfinite(replicated).all() else math.nan
            limits[name] = value - reach * error, value + reach * error, error, "bootstrap standard error"
    return limits


def bound_by_jackknife(sample: Sample, level: float, names: Collection[str]) -> Limits:
    """t limits with the jackknife's standard error, leaving out one particle at a time."""
    return _jackknife(sample, np.arange(sample.x.size), level, names, "jackknife")


def bound_by_images(sample: Sample, level: float, names: Collection[str]) -> Limits:
    """t limits with the jackknife's standard error, leaving out one image at a time."""
    assert sample.groups is not None
    limits = _jackknife(sample, sample.groups, level, {*names, "geometric_mean"}, "jackknife over images")
    if sample.sums.log_scale > 0:
        here, errors = sample.sums.evaluate(sample.sums.columns.sum(axis=0, keepdims=True))
        jackknife = {name: limit[2] for name, limit in limits.items()}
        limits |= bound_moment_ratios(sample, here, errors, level, jackknife)
        if sample.power == 0:
            # With its standard error as if known: Student's t for so few images would count twice what the
            # limits of the variance between images already allow for.
            mean_half = normal_quantile((1 + level) / 2) * limits["geometric_mean"][2]
            limits |= bound_spreads_by_images(sample, level, mean_half)
        _name_mean(sample, limits)
    return limits


def _name_mean(sample: Sample, limits: Limits) -> None:
    """The mean of the area or volume distribution is D[3,2] or D[4,3]."""
    name = {2: "d_3_2", 3: "d_4_3"}.get(sample.power)
    if name in limits:
        limits["mean"] = limits[name]


def _jackknife(
    sample: Sample, groups: npt.NDArray[np.intp], level: float, names: Collection[str], method: str
) -> Limits:
    number = int(groups.max()) + 1
    columns = np.stack([np.bincount(groups, column, number) for column in sample.sums.columns.T], axis=1)
    total = columns.sum(axis=0, keepdims=True)
    here = dict(sample.sums.evaluate(total)[0])
    left = dict(sample.sums.evaluate(total - columns)[0])
    ordered = [name for name in ("span", "mode") if name in names]
    if ordered:
        binned = bin_sizes(sample.x, sample.basis_weights, max(min(MOST_BINS, _MOST_CELLS // number), 256))
        bins = binned.count.size
        centre = np.log(np.maximum(binned.moment / binned.mass, 1e-300))
        u = sample.basis_weights
        cell = groups * bins + binned.bin
        parts = [
            np.bincount(cell, values, number * bins).reshape(number, bins)
            for values in (u, u * u, u * sample.x)
        ]
        whole = [values[np.newaxis] for values in (binned.mass, binned.mass_sq, binned.moment)]
        rest = [np.maximum(all_of - part, 0.0) for all_of, part in zip(whole, parts, strict=True)]
        for target, (mass, mass_sq, moment) in ((here, whole), (left, rest)):
            found = _order_statistics(sample, mass, mass_sq.sum(axis=1), moment, centre, ordered)
            target.update(zip(ordered, found.T, strict=True))
    degrees = number - 1
    reach = student_quantile((1 + level) / 2, degrees)
    limits: Limits = {}
    for name in names:
        if name not in here:
            continue
        at, leaves = float(here[name][0]), left[name]
        if np.isfinite(leaves).all() and math.isfinite(at):
            error = math.sqrt(degrees / number * float(((leaves - leaves.mean()) ** 2).sum()))
            limits[name] = at - reach * error, at + reach * error, error, method
    return limits


def _order_statistics(
    sample: Sample, mass: Array, total_sq: Array, moment: Array, centre: Array, names: list[str]
) -> Array:
    """ln span and ln mode of replicates, those asked for, shape (replicates, names).

    `mass` and `moment`, shape (replicates, bins), are Σu and Σux of the bins, `total_sq` is Σu² of all.
    """
    found = []
    if "span" in names:
        deciles = find_quantiles(mass, total_sq, moment, _DECILES)
        with np.errstate(divide="ignore", invalid="ignore"):
            found.append(np.log((deciles[:, 2] - deciles[:, 0]) / deciles[:, 1]))
    if "mode" in names:
        width = sample.bandwidth
        found.append(find_modes(mass, centre, width) if width > 0 else np.full(len(mass), np.nan))
    return np.stack(found, axis=1)
