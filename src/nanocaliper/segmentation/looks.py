"""Looks at an image by a network of five fields, and the working scale that its particles ask for."""

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from nanocaliper.errors import SegmentationError
from nanocaliper.inference.tiling import Run, resample, run_tiled
from nanocaliper.segmentation.decoders.fields import decode_fields
from nanocaliper.segmentation.field_options import FieldOptions
from nanocaliper.segmentation.glimpses import Glimpsed, find_typical, glimpse
from nanocaliper.segmentation.label_bands import count_pixels, find_at_edges, sum_by_label
from nanocaliper.segmentation.working_scale import WORKING_PIXELS_MAX

__all__ = ["CloseLook", "Look", "Looker", "look_closely"]

_MAX_LOOKS = 3
#: The working scale is kept where it is within this factor of the wanted one.
_SCALE_TOLERANCE = 1.3
#: In an enlarged image that showed nothing before, fewer are as likely to be noise.
_ENLARGED_FEWEST = 3


@dataclass(frozen=True)
class Look:
    """The network's view of an image at one working scale.

    Parameters
    ----------
    scale : float
        Working px per image px.
    ratio : (float, float)
        Output px per image px along rows and columns.
    fields : ndarray of float32, shape (channels, rows, cols)
    labels : ndarray of int32, shape (rows, cols)
        Particles on the output's grid.
    """

    scale: float
    ratio: tuple[float, float]
    fields: npt.NDArray[np.float32]
    labels: npt.NDArray[np.int32]

    def sizes_px(self) -> npt.NDArray[np.float64]:
        """Area-equivalent diameters, image px, shape (n + 1,); of the background 0."""
        areas = count_pixels(self.labels, int(self.labels.max(initial=0))).astype(np.float64)
        areas[0] = 0
        return np.sqrt(4 * areas / np.pi / (self.ratio[0] * self.ratio[1]))

    def find_counting(self, smallest: float, foreground_mean: float) -> npt.NDArray[np.bool_]:
        """Find the particles that will count by size and score, shape (n + 1,)."""
        count = int(self.labels.max(initial=0))
        sums = sum_by_label(self.labels, self.fields[0], count)
        counts = (self.sizes_px() * self.scale >= smallest) & (
            sums >= foreground_mean * count_pixels(self.labels, count)
        )
        counts[0] = False
        return np.asarray(counts)


@dataclass(frozen=True)
class CloseLook:
    """What looking closely at an image gave.

    Parameters
    ----------
    first, look : Look
        The first and the last look; where an enlarged one showed too little to be believed, the one before.
    scales : tuple of float
        Scales of all looks.
    specks_scale : float
        Scale at which glimpses showed particles too small for the first look beside others; 0: there were none.
    """

    first: Look
    look: Look
    scales: tuple[float, ...]
    specks_scale: float = 0.0


@dataclass(frozen=True)
class Looker:
    """An image and the network that looks at it.

    Parameters
    ----------
    grey : ndarray of float32, shape (rows, cols)
        Network grey values.
    network : callable
    options : FieldOptions
    """

    grey: npt.NDArray[np.float32]
    network: Run
    options: FieldOptions

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns of the image."""
        return self.grey.shape[0], self.grey.shape[1]

    def look(self, scale: float, part: tuple[slice, slice] = (slice(None), slice(None))) -> Look:
        """View the image, or a part of it, at a working scale."""
        grey, options = np.ascontiguousarray(self.grey[part]), self.options
        working = resample(grey, scale)
        # Memory may grow with the image; a small image that is enlarged is looked at in tiles.
        whole_px = max(options.tiles.whole_px, min(self.grey.size, options.tiles.tile_px))
        fields = run_tiled(working, self.network, replace(options.tiles, whole_px=whole_px))
        down, across = (w / g / options.tiles.stride for w, g in zip(working.shape, grey.shape, strict=True))
        labels = decode_fields(fields, options.judge, options.foreground, options.smoothing_px)
        return Look(scale, (down, across), fields, labels)

    def measure(self, seen: Look) -> npt.NDArray[np.float64]:
        """Diameters of what counts in a look, image px."""
        return seen.sizes_px()[seen.find_counting(self.options.diameter_min_px, self.options.foreground_mean)]

    def measure_part(self, scale: float, part: tuple[slice, slice]) -> Glimpsed:
        """Diameters of what counts in a part of the image."""
        seen = self.look(scale, part)
        counts = seen.find_counting(self.options.diameter_min_px, self.options.foreground_mean)
        return Glimpsed(seen.sizes_px()[counts], find_at_edges(seen.labels, len(counts) - 1)[counts])

    def working_pixels(self, scale: float) -> float:
        """Size of a look at the whole image."""
        return self.grey.size * scale**2


def look_closely(looker: Looker) -> CloseLook:
    """Look at an image at the scale its own particles ask for.

    A first look at the image reduced to a short side of `first_look_px` tells the typical particle diameter.
    Glimpses at a few places, finer step by step, tell whether there are mostly particles too small for that look.
    Further looks follow at the scale that brings the diameter to `diameter_px`, until scale and diameter agree.

    Parameters
    ----------
    looker : Looker

    Returns
    -------
    CloseLook

    Raises
    ------
    SegmentationError
        If the image would have to be looked at with more than 150 million working pixels.
    """
    grey, options = looker.grey, looker.options
    # A small image is not blown up without end: enlarged noise looks like particles.
    low = min(options.first_look_px / min(grey.shape), options.scale_max)
    first, scales = looker.look(low), [low]
    seen = first
    glimpsed, specks_scale = glimpse(looker.shape, looker.measure_part, low, min(1.0, options.scale_max))
    diameters = glimpsed if glimpsed.size else looker.measure(seen)
    while len(scales) < _MAX_LOOKS:
        typical = find_typical(diameters)
        # Nothing seen: what is there may have been too small, whatever the size of the image.
        wanted = options.diameter_px / typical if typical else max(1.0, 2 * seen.scale)
        scale = float(np.clip(wanted, low, options.scale_max))
        if max(scale / seen.scale, seen.scale / scale) < _SCALE_TOLERANCE:
            break
        if looker.working_pixels(scale) > WORKING_PIXELS_MAX:
            if typical is None and scale > 1:  # an empty image is no reason to refuse it
                break
            raise SegmentationError(
                f"This image of {grey.shape[0]} x {grey.shape[1]} px shows its particles only at a working size "
                f"of {looker.working_pixels(scale) / 1e6:.0f} Mpx, and at most {WORKING_PIXELS_MAX / 1e6:.0f} "
                "Mpx are looked at in one piece; cut the image into parts and measure them."
            )
        finer = looker.look(scale)
        scales.append(scale)
        diameters = looker.measure(finer)
        if typical is None and scale > 1 and diameters.size < _ENLARGED_FEWEST:
            break
        seen = finer
    return CloseLook(first, seen, tuple(scales), specks_scale)
