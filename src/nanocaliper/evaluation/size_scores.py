"""How well the sizes come out: mean diameters and counts of found against true particles, image by image."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from nanocaliper.evaluation.labels import border_labels, particle_sizes

__all__ = ["ImageSizes", "SizeScores", "compare_sizes", "score_sizes", "spearman"]


@dataclass(frozen=True)
class ImageSizes:
    """True and found sizes of one image.

    Parameters
    ----------
    truth_particles, found_particles : int
        All particles of the image.
    truth_whole, found_whole : int
        Those that do not touch the border of the image; only they enter the diameters.
    truth_mean_px, found_mean_px : float or None
        Mean area-equivalent diameter; None where there is no whole particle.
    found_sd_px : float or None
        Standard deviation (n - 1) of the found diameters; None for fewer than two.
    """

    truth_particles: int
    found_particles: int
    truth_whole: int
    found_whole: int
    truth_mean_px: float | None
    found_mean_px: float | None
    found_sd_px: float | None

    @property
    def diameter_error(self) -> float | None:
        """(found - true) / true mean diameter; None where a side has no whole particle."""
        if self.truth_mean_px is None or self.found_mean_px is None:
            return None
        return (self.found_mean_px - self.truth_mean_px) / self.truth_mean_px

    @property
    def count_error(self) -> float | None:
        """(found - true) / true number of all particles; None where there is no true particle."""
        if not self.truth_particles:
            return None
        return (self.found_particles - self.truth_particles) / self.truth_particles


@dataclass(frozen=True)
class SizeScores:
    """Sizes of many images compared; an entry is None where no image allows it.

    Parameters
    ----------
    images : int
        All images.
    compared : int
        Images with whole particles on both sides, from which the diameter scores are taken.
    only_truth, only_found, neither : int
        The other images, by the side that has whole particles.
    diameter_error_median, diameter_error_mean : float or None
        Median and mean over the compared images of |found - true| / true mean diameter.
    diameter_bias_median : float or None
        Median of the same with sign.
    spearman : float or None
        Rank correlation of found and true mean diameters.
    log_r_accuracy : float or None
        logR-Acc of T. Tao, H. Ji and B. Liu, 2025, eq. (9): share of images with |found - true| mean diameter
        at most the standard deviation of the found diameters.
    log_r_images : int
        Compared images with at least two found whole particles; the others have no standard deviation.
    counted : int
        Images with true particles, from which the count scores are taken.
    count_error_median, count_error_mean : float or None
        Median and mean of |found - true| / true number of all particles.
    """

    images: int
    compared: int
    only_truth: int
    only_found: int
    neither: int
    diameter_error_median: float | None
    diameter_error_mean: float | None
    diameter_bias_median: float | None
    spearman: float | None
    log_r_accuracy: float | None
    log_r_images: int
    counted: int
    count_error_median: float | None
    count_error_mean: float | None


def compare_sizes(truth_labels: npt.NDArray[np.integer], found_labels: npt.NDArray[np.integer]) -> ImageSizes:
    """Compare the sizes of one image, both sides measured in the same way from pixel counts.

    Parameters
    ----------
    truth_labels, found_labels : ndarray of int, shape (rows, cols)
        0 background; numbers need not be consecutive.

    Returns
    -------
    ImageSizes

    Raises
    ------
    ValueError
        If the shapes differ.
    """
    if truth_labels.shape != found_labels.shape:
        raise ValueError(
            f"Label images of {truth_labels.shape} and {found_labels.shape}; "
            "expected the same (rows, cols) twice."
        )
    truth_all, truth = _diameters(truth_labels)
    found_all, found = _diameters(found_labels)
    return ImageSizes(
        truth_particles=truth_all,
        found_particles=found_all,
        truth_whole=truth.size,
        found_whole=found.size,
        truth_mean_px=float(truth.mean()) if truth.size else None,
        found_mean_px=float(found.mean()) if found.size else None,
        found_sd_px=float(found.std(ddof=1)) if found.size > 1 else None,
    )


def score_sizes(images: Sequence[ImageSizes]) -> SizeScores:
    """Summarise the size comparison of many images.

    Parameters
    ----------
    images : sequence of ImageSizes

    Returns
    -------
    SizeScores
    """
    true_means, found_means, spreads = [], [], []
    only_truth = only_found = neither = 0
    for image in images:
        if image.truth_mean_px is not None and image.found_mean_px is not None:
            true_means.append(image.truth_mean_px)
            found_means.append(image.found_mean_px)
            spreads.append(np.nan if image.found_sd_px is None else image.found_sd_px)
        elif image.truth_mean_px is not None:
            only_truth += 1
        elif image.found_mean_px is not None:
            only_found += 1
        else:
            neither += 1
    true, found, spread = (np.array(v, dtype=np.float64) for v in (true_means, found_means, spreads))
    errors = (found - true) / true
    spread_known = np.isfinite(spread)
    close = np.abs(found - true)[spread_known] <= spread[spread_known]
    counts = np.array([e for e in (image.count_error for image in images) if e is not None], dtype=np.float64)
    return SizeScores(
        images=len(images),
        compared=len(true),
        only_truth=only_truth,
        only_found=only_found,
        neither=neither,
        diameter_error_median=_median(np.abs(errors)),
        diameter_error_mean=_mean(np.abs(errors)),
        diameter_bias_median=_median(errors),
        spearman=spearman(true, found),
        log_r_accuracy=_mean(close.astype(np.float64)),
        log_r_images=int(spread_known.sum()),
        counted=len(counts),
        count_error_median=_median(np.abs(counts)),
        count_error_mean=_mean(np.abs(counts)),
    )


def spearman(first: npt.ArrayLike, second: npt.ArrayLike) -> float | None:
    """Spearman's rank correlation, ties having the mean of their ranks.

    The product-moment correlation of the ranks (C. Spearman, Am. J. Psychol. 1904, 15, 72).

    Parameters
    ----------
    first, second : array_like, shape (n,)
        Paired finite values.

    Returns
    -------
    float or None
        -1 to 1; None for fewer than two pairs, or where one side is constant.

    Raises
    ------
    ValueError
        If the lengths differ or a value is not finite.
    """
    x, y = (np.asarray(values, dtype=np.float64).ravel() for values in (first, second))
    if len(x) != len(y) or not (np.isfinite(x).all() and np.isfinite(y).all()):
        raise ValueError(f"{len(x)} and {len(y)} values; expected equally many, all finite.")
    if len(x) < 2:
        return None
    x, y = _ranks(x), _ranks(y)
    x, y = x - x.mean(), y - y.mean()
    scale = float(np.sqrt((x @ x) * (y @ y)))
    return None if scale == 0 else float(np.clip((x @ y) / scale, -1, 1))


def _ranks(values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    return np.asarray((last - (counts - 1) / 2)[inverse], dtype=np.float64)


def _diameters(labels: npt.NDArray[np.integer]) -> tuple[int, npt.NDArray[np.float64]]:
    """Number of all particles, and the diameters of the whole ones."""
    sizes = particle_sizes(labels)
    return int(np.count_nonzero(sizes)), sizes[(sizes > 0) & ~border_labels(labels)]


def _median(values: npt.NDArray[np.float64]) -> float | None:
    return float(np.median(values)) if values.size else None


def _mean(values: npt.NDArray[np.float64]) -> float | None:
    return float(values.mean()) if values.size else None
