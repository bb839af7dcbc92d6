"""The record of a segmentation: which pixel belongs to which particle."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["BOUNDARY_LEVEL", "Segmentation"]

#: Value of `Segmentation.level` on a particle's boundary.
BOUNDARY_LEVEL = 127.5


@dataclass(frozen=True)
class Segmentation:
    """Particles found in one micrograph.

    Parameters
    ----------
    labels : ndarray of int32, shape (rows, cols)
        Size of the whole input image; 0 background, else the number of a particle.
    level : ndarray of uint8, shape (rows, cols), or None
        Smooth field that is above `BOUNDARY_LEVEL` inside particles and below it outside, so that outlines
        can be drawn with sub-pixel precision; None where only labels are known.
    scores : ndarray of float32, shape (n,)
        0 to 1: how sure the method is of each particle, in the order of their numbers; NaN for a particle that
        a person drew.
    left_out : mapping of str to int
        How many candidates were not kept, by reason (for example ``'low_score'``, ``'too_small'``,
        ``'annotation'``).
    method : str
        ``'threshold'`` or the name of the model.
    model_sha256 : str or None
        Digest of the model's weights.
    settings : mapping
        Every setting that influenced the result, plain JSON values.
    warnings : tuple of str
        What a person should know.
    shapes : tuple of str or None
        Class of each particle, of a method that knows classes (for example ``'sphere'``, ``'rod'``, ``'cube'``);
        empty text where it does not decide. None: classes are found from the outlines.
    shape_probabilities : ndarray of float32, shape (n,), or None
        0 to 1: how sure the method is of `shapes`; None where it does not say.
    confidence : float
        Score from which on particles count where the user says nothing else.
    numbers : ndarray of int, shape (n,), or None
        Numbers of the particles in `labels`, increasing; None: 1..n without gaps.
    outline_uncertainty : float or None
        Standard uncertainty of the place of an outline, as a share of the px that the level takes from 0 to 255
        across it; None where nothing is known of it.
    edited : tuple of str or None
        What a person did to each particle: ``'drawn'``, ``'merged'``, ``'split'``, ``'repainted'``, ``'class'`` or
        empty; None: nothing.
    """

    labels: npt.NDArray[np.int32]
    level: npt.NDArray[np.uint8] | None
    scores: npt.NDArray[np.float32]
    method: str
    left_out: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))
    model_sha256: str | None = None
    settings: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    warnings: tuple[str, ...] = ()
    shapes: tuple[str, ...] | None = None
    shape_probabilities: npt.NDArray[np.float32] | None = None
    confidence: float = 0.0
    numbers: npt.NDArray[np.int64] | None = None
    outline_uncertainty: float | None = None
    edited: tuple[str, ...] | None = None

    @property
    def particle_numbers(self) -> npt.NDArray[np.int64]:
        """Number of each particle in `labels`, increasing, shape (n,)."""
        if self.numbers is not None:
            return self.numbers
        return np.arange(1, len(self.scores) + 1, dtype=np.int64)
