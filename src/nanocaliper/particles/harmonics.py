"""Fourier description of every outline: its symmetry, and how rough it is."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from nanocaliper.particles.packing import PackedOutlines, sum_edges

__all__ = ["LEAST_PERIMETER_PX", "ORDER", "Harmonics", "measure_harmonics"]

Floats = npt.NDArray[np.float64]
Complex = npt.NDArray[np.complex128]

#: Highest harmonic of the smooth outline that roughness is measured against.
ORDER = 10
#: Four pixels a wave of the highest harmonic; on shorter perimeters it is not resolved.
LEAST_PERIMETER_PX = 4.0 * ORDER


class Harmonics(NamedTuple):
    """Fourier description of outlines.

    Parameters
    ----------
    folds : ndarray, shape (n, 7)
        Strength of 0- to 6-fold deviations from the circle, |C₁₋ₖ| / |C₁|; columns 0 and 1 carry nothing.
    deviation : ndarray, shape (n,)
        RMS distance of the outline from its smooth outline at equal arc length, px.
    """

    folds: Floats
    deviation: Floats


def measure_harmonics(packed: PackedOutlines, perimeter: Floats) -> Harmonics:
    """Elliptic Fourier description, exact on the polygon (F. P. Kuhl, C. R. Giardina, Comput. Graph. Image
    Process. 18, 236, 1982).

    The outline is w(t) = row + i col over its arc length t of 0 to P, and Cₖ = 1/P ∮ w exp(-2πikt/P) dt; the
    pair of k and -k is the k-th ellipse. The smooth outline has the ellipses up to `ORDER`; by Parseval's
    theorem the mean square distance from it is 1/P ∮ |w|² dt - Σ |Cₖ|² over |k| <= `ORDER`.

    A regular polygon with k corners has |C₁₋ₖ| / |C₁| = 1/(k - 1)²: a triangle ¼, a square ⅑.

    Parameters
    ----------
    packed : PackedOutlines
        Outlines that turn from the row axis to the column axis, so that C₁ is the large one.
    perimeter : ndarray, shape (n,)
        Their lengths P, px.

    Returns
    -------
    Harmonics
    """
    count = len(packed.counts)
    if not count:
        return Harmonics(np.zeros((0, 7)), np.zeros(0))
    line: Complex = packed.points[:, 0] + 1j * packed.points[:, 1]
    steps = np.roll(line, -1) - line
    lengths = np.abs(steps)
    lengths[packed.starts + packed.counts - 1] = 0
    slopes = np.divide(steps, lengths, out=np.zeros_like(steps), where=lengths > 0)
    arc = _measure_arcs(packed, lengths)
    turn = np.exp(-2j * np.pi * arc / np.repeat(perimeter, packed.counts))
    following = np.roll(line, -1)
    mean = sum_edges(packed, lengths * (line + following) / 2) / perimeter
    power = line.real**2 + line.imag**2
    square = (
        sum_edges(packed, lengths * (power + np.roll(power, -1) + (line * following.conj()).real) / 3)
        / perimeter
    )
    rest = square - np.abs(mean) ** 2
    coefficients = {}
    wave = np.ones_like(turn)
    for k in range(1, ORDER + 1):
        wave = wave * turn
        change = np.roll(wave, -1) - wave
        scale = perimeter / (2 * np.pi * k) ** 2
        coefficients[k] = sum_edges(packed, slopes * change) * scale
        coefficients[-k] = sum_edges(packed, slopes * change.conj()) * scale
        rest = rest - np.abs(coefficients[k]) ** 2 - np.abs(coefficients[-k]) ** 2
    folds = np.zeros((count, 7))
    for fold in range(2, 7):
        folds[:, fold] = np.abs(coefficients[1 - fold]) / np.abs(coefficients[1])
    return Harmonics(folds, np.sqrt(np.maximum(rest, 0)))


def _measure_arcs(packed: PackedOutlines, lengths: Floats) -> Floats:
    """Arc length before each point, outline by outline: which others there are changes no digit."""
    arcs = np.zeros_like(lengths)
    for start, count in zip(packed.starts.tolist(), packed.counts.tolist(), strict=True):
        np.cumsum(lengths[start : start + count - 1], out=arcs[start + 1 : start + count])
    return arcs
