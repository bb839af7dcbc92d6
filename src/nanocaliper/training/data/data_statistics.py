"""What a data set is like, in numbers: particles, sizes, densities, balance of pixels, grey values."""

import csv
import io
from collections.abc import Callable, Iterable, Sequence
from dataclasses import astuple, dataclass, fields

import cv2
import numpy as np
import numpy.typing as npt

from nanocaliper.errors import ReadError
from nanocaliper.evaluation.labels import particle_sizes
from nanocaliper.training.data.labelled_micrograph import LabelledMicrograph

__all__ = [
    "DatasetStatistics",
    "ImageStatistics",
    "encode_images",
    "encode_particles",
    "gather",
    "measure_image",
]

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class ImageStatistics:
    """One image; grey values are shares of the full range of 8 or 16 bits.

    Parameters
    ----------
    name, group : str
        The group is empty where there is none.
    rows, cols : int
        px.
    particles : int
    particles_per_mpx : float
        Particles per million pixels.
    particle_share : float
        Share of the pixels that are particle, 0 to 1.
    diameter_median_px : float
        Median diameter_equivalent; NaN without particles.
    grey_mean : float
    grey_contrast : float
        Standard deviation.
    grey_entropy_bits : float
        Shannon entropy of the histogram of 256 levels.
    grey_gradient : float
        Mean length of the gradient (Sobel), per px.
    """

    name: str
    group: str
    rows: int
    cols: int
    particles: int
    particles_per_mpx: float
    particle_share: float
    diameter_median_px: float
    grey_mean: float
    grey_contrast: float
    grey_entropy_bits: float
    grey_gradient: float


@dataclass(frozen=True, eq=False)
class DatasetStatistics:
    """All images of a data set.

    Parameters
    ----------
    images : tuple of ImageStatistics
        In the order of the data set.
    classes : tuple of str
    particle_image : ndarray of int, shape (n,)
        Place of each particle's image in `images`.
    particle_class : ndarray of int, shape (n,)
    particle_diameter_px : ndarray, shape (n,)
        Area-equivalent diameters; particles that the border cuts are as small as they look.
    """

    images: tuple[ImageStatistics, ...]
    classes: tuple[str, ...]
    particle_image: npt.NDArray[np.int64]
    particle_class: npt.NDArray[np.int64]
    particle_diameter_px: Floats

    @property
    def groups(self) -> int:
        """Number of groups; an image without one is a group of its own."""
        return len({("group", one.group) if one.group else ("image", one.name) for one in self.images})

    @property
    def pixels(self) -> tuple[int, int]:
        """Pixels of particles, and of background."""
        size = sum(one.rows * one.cols for one in self.images)
        inside = sum(round(one.particle_share * one.rows * one.cols) for one in self.images)
        return inside, size - inside

    def take(self, field: str) -> Floats:
        """A field of all images, shape (images,)."""
        return np.array([getattr(one, field) for one in self.images], np.float64)


def measure_image(sample: LabelledMicrograph) -> ImageStatistics:
    """Measure one sample.

    Parameters
    ----------
    sample : LabelledMicrograph

    Returns
    -------
    ImageStatistics
    """
    rows, cols = sample.labels.shape
    grey = sample.pixels.astype(np.float32) / np.float32(np.iinfo(sample.pixels.dtype).max)
    counts = np.bincount(np.minimum((grey * 256).astype(np.int64), 255).ravel(), minlength=256)
    shares = counts[counts > 0] / grey.size
    slopes = [np.asarray(cv2.Sobel(grey, cv2.CV_32F, *way)) / 8 for way in ((1, 0), (0, 1))]
    diameters = particle_sizes(sample.labels)[1:]
    return ImageStatistics(
        name=sample.name,
        group=sample.group or "",
        rows=rows,
        cols=cols,
        particles=sample.count,
        particles_per_mpx=1e6 * sample.count / sample.labels.size,
        particle_share=np.count_nonzero(sample.labels) / sample.labels.size,
        diameter_median_px=float(np.median(diameters)) if sample.count else float("nan"),
        grey_mean=float(grey.mean(dtype=np.float64)),
        grey_contrast=float(grey.std(dtype=np.float64)),
        grey_entropy_bits=float(-(shares * np.log2(shares)).sum()) + 0.0,
        grey_gradient=float(np.hypot(*slopes).mean(dtype=np.float64)),
    )


def gather(
    samples: Iterable[LabelledMicrograph], progress: Callable[[LabelledMicrograph], object] | None = None
) -> DatasetStatistics:
    """Measure all samples; only their numbers are kept.

    Parameters
    ----------
    samples : iterable of LabelledMicrograph
        Of the same classes.
    progress : callable, optional
        Called after each sample.

    Returns
    -------
    DatasetStatistics

    Raises
    ------
    ReadError
        If there is none.
    """
    images: list[ImageStatistics] = []
    classes: tuple[str, ...] = ()
    places, kinds, sizes = [], [], []
    for place, sample in enumerate(samples):
        images.append(measure_image(sample))
        classes = sample.classes
        places.append(np.full(sample.count, place))
        kinds.append(sample.class_of[1:])
        sizes.append(particle_sizes(sample.labels)[1:])
        if progress is not None:
            progress(sample)
    if not images:
        raise ReadError("There is no image to look at; expected one or more.")
    return DatasetStatistics(
        tuple(images), classes, np.concatenate(places), np.concatenate(kinds), np.concatenate(sizes)
    )


def encode_images(statistics: DatasetStatistics) -> bytes:
    """Write ``images.csv``: a row an image, the fields of `ImageStatistics`."""
    header = [field.name for field in fields(ImageStatistics)]
    return _encode(header, [[_show(value) for value in astuple(one)] for one in statistics.images])


def encode_particles(statistics: DatasetStatistics) -> bytes:
    """Write ``particles.csv``: a row a particle: name of the image, class, diameter_equivalent_px."""
    rows = [
        [statistics.images[place].name, statistics.classes[kind], _show(float(size))]
        for place, kind, size in zip(
            statistics.particle_image.tolist(),
            statistics.particle_class.tolist(),
            statistics.particle_diameter_px,
            strict=True,
        )
    ]
    return _encode(["name", "class", "diameter_equivalent_px"], rows)


def _show(value: object) -> object:
    if isinstance(value, float):
        return "" if np.isnan(value) else f"{value:.6g}"
    return value


def _encode(header: Sequence[str], rows: Sequence[Sequence[object]]) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return text.getvalue().encode("utf-8", "backslashreplace")
