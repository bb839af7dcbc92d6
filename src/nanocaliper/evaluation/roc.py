"""Area under the receiver operating characteristic, pooled over any number of images in bounded memory."""

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

__all__ = ["RocCounts", "count_roc"]

_BINS = 65536


def _no_counts() -> npt.NDArray[np.int64]:
    return np.zeros(_BINS, np.int64)


@dataclass(frozen=True)
class RocCounts:
    """Histograms of probability over particle and background pixels; adding two pools their images.

    Parameters
    ----------
    positives, negatives : ndarray of int64, shape (65536,)
        Pixels that are, and are not, of a particle, by probability in steps of 1/65535.
    """

    positives: npt.NDArray[np.int64] = field(default_factory=_no_counts)
    negatives: npt.NDArray[np.int64] = field(default_factory=_no_counts)

    def __add__(self, other: "RocCounts") -> "RocCounts":
        """Pool the images of both."""
        if not isinstance(other, RocCounts):
            return NotImplemented
        return RocCounts(self.positives + other.positives, self.negatives + other.negatives)

    @property
    def auc(self) -> float | None:
        """Probability that a particle pixel has a higher value than a background pixel, ties counting half.

        That is the area under the curve (J. A. Hanley and B. J. McNeil, Radiology 1982, 143, 29). Values that
        differ by less than 1/65535 count as ties: see `auc_error`. None where a side has no pixel.
        """
        pairs = self._pairs()
        if not pairs:
            return None
        below = np.cumsum(self.negatives) - self.negatives
        # Integers would overflow for several billions of pixels.
        return float(np.sum(self.positives * (below + 0.5 * self.negatives.astype(np.float64))) / pairs)

    @property
    def auc_error(self) -> float | None:
        """How far `auc` can be from its value without rounding; 0 if the probabilities are of 16 bits or less."""
        pairs = self._pairs()
        return (
            float(0.5 * np.sum(self.positives * self.negatives.astype(np.float64)) / pairs) if pairs else None
        )

    def _pairs(self) -> float:
        return float(self.positives.sum()) * float(self.negatives.sum())


def count_roc(truth: npt.NDArray[np.bool_], probability: npt.NDArray[np.floating]) -> RocCounts:
    """Count the pixels of an image by probability.

    Parameters
    ----------
    truth : ndarray of bool
        Where there is a particle.
    probability : ndarray of float, same shape
        0 to 1.

    Returns
    -------
    RocCounts

    Raises
    ------
    ValueError
        If the shapes differ or a value is not from 0 to 1.
    """
    if truth.shape != probability.shape:
        raise ValueError(
            f"Truth of {truth.shape} and probabilities of {probability.shape}; expected one shape."
        )
    if probability.size and not (probability.min() >= 0 and probability.max() <= 1):
        raise ValueError(f"Probabilities {probability.min()} to {probability.max()}; expected 0 to 1.")
    steps = np.rint(probability.astype(np.float64) * (_BINS - 1)).astype(np.int64)
    inside = np.asarray(truth, bool)
    return RocCounts(
        np.bincount(steps[inside], minlength=_BINS).astype(np.int64),
        np.bincount(steps[~inside], minlength=_BINS).astype(np.int64),
    )
