"""Augmentation of NSYOLO (Han et al., AI & Materials 2026, section 2.1): rotation, flips, cropping and scaling.

The paper names no amounts; those here are ours: particles have no up, so any angle is as good as another. Mosaic,
of which the paper does not speak but which programs for such networks have by default, is off.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from nanocaliper.errors import UsageError
from nanocaliper.training.data.labelled_micrograph import LabelledMicrograph
from nanocaliper.training.data.letterbox import MID_GREY
from nanocaliper.training.data.warping import compose, draw_chance, draw_factor, warp

__all__ = ["NsyoloAugmentation", "augment"]


@dataclass(frozen=True)
class NsyoloAugmentation:
    """How samples are varied.

    Parameters
    ----------
    canvas : (int, int) or None
        Rows and columns of the result; None: those of the sample.
    rotation_deg : float
        Angles are drawn from ± this.
    rotate : float
        Probability of a rotation; else the image stays upright.
    flip_rows, flip_cols : float
        Probabilities of swapping up and down, left and right.
    scale : (float, float)
        Range of the size, as a factor of the size that just fits the canvas.
    crop : float
        Probability of a crop: the part shown is chosen at random where the image is larger than the canvas, and its
        place where it is smaller; else the image's middle stays in the middle.
    mosaic : float
        Probability of putting the sample together with three others, each in a quarter of the canvas.
    """

    canvas: tuple[int, int] | None = None
    rotation_deg: float = 180.0
    rotate: float = 0.5
    flip_rows: float = 0.5
    flip_cols: float = 0.5
    scale: tuple[float, float] = (0.5, 2.0)
    crop: float = 0.5
    mosaic: float = 0.0

    def __post_init__(self) -> None:
        if not 0 < self.scale[0] <= self.scale[1]:
            raise UsageError(f"scale is {self.scale}; expected a smaller and a larger number above 0.")
        shares = (self.rotate, self.flip_rows, self.flip_cols, self.crop, self.mosaic)
        if not all(0 <= share <= 1 for share in shares):
            raise UsageError(
                f"rotate, flip_rows, flip_cols, crop and mosaic are {shares}; expected 0 to 1 each."
            )


def augment(
    sample: LabelledMicrograph,
    rng: np.random.Generator,
    options: NsyoloAugmentation = NsyoloAugmentation(),
    others: Sequence[LabelledMicrograph] = (),
) -> LabelledMicrograph:
    """Vary a sample, image and labels in step.

    Parameters
    ----------
    sample : LabelledMicrograph
    rng : numpy.random.Generator
    options : NsyoloAugmentation
    others : sequence of LabelledMicrograph
        For the mosaic: three or more samples of the same classes and depth.

    Returns
    -------
    LabelledMicrograph
        Of the size of the canvas, without the particles that are not on it.

    Raises
    ------
    UsageError
        If there is to be a mosaic of fewer than three others.
    """
    canvas = options.canvas or (sample.labels.shape[0], sample.labels.shape[1])
    if options.mosaic > 0 and len(others) < 3:
        raise UsageError(
            f"A mosaic of {len(others)} other samples; expected three: pass them, or set mosaic to 0."
        )
    if options.mosaic > 0 and draw_chance(rng, options.mosaic):
        chosen = rng.choice(len(others), 3, replace=False)
        return _make_mosaic([sample, *(others[int(place)] for place in chosen)], canvas, rng, options)
    return _vary(sample, canvas, rng, options)


def _vary(
    sample: LabelledMicrograph, canvas: tuple[int, int], rng: np.random.Generator, options: NsyoloAugmentation
) -> LabelledMicrograph:
    shape = (sample.labels.shape[0], sample.labels.shape[1])
    factor = min(canvas[0] / shape[0], canvas[1] / shape[1]) * draw_factor(rng, *options.scale)
    angle = np.radians(rng.uniform(-options.rotation_deg, options.rotation_deg))
    angle = angle if draw_chance(rng, options.rotate) else 0.0
    flips = (draw_chance(rng, options.flip_rows), draw_chance(rng, options.flip_cols))
    offset = np.abs(np.array(canvas) - factor * np.array(shape)) / 2 * rng.uniform(-1, 1, 2)
    if not draw_chance(rng, options.crop):
        offset = np.zeros(2)
    affine = compose(
        shape, canvas, (factor, factor), float(angle), flips, (float(offset[0]), float(offset[1]))
    )
    return warp(sample, affine, canvas, MID_GREY)


def _make_mosaic(
    samples: Sequence[LabelledMicrograph],
    canvas: tuple[int, int],
    rng: np.random.Generator,
    options: NsyoloAugmentation,
) -> LabelledMicrograph:
    first = samples[0]
    if any(one.classes != first.classes or one.pixels.dtype != first.pixels.dtype for one in samples):
        raise UsageError(
            "The samples of a mosaic differ in their classes or depth; expected the same for all."
        )
    row, col = (round(rng.uniform(0.35, 0.65) * side) for side in canvas)
    pixels = np.zeros(canvas, first.pixels.dtype)
    labels = np.zeros(canvas, np.int32)
    class_of = np.zeros(1, np.int64)
    rows, cols = (slice(0, row), slice(row, None)), (slice(0, col), slice(col, None))
    for sample, part in zip(samples, [(r, c) for r in rows for c in cols], strict=True):
        piece = _vary(sample, labels[part].shape, rng, options)
        pixels[part] = piece.pixels
        labels[part] = np.where(piece.labels > 0, piece.labels + len(class_of) - 1, 0)
        class_of = np.concatenate([class_of, piece.class_of[1:]])
    return replace(first, pixels=pixels, labels=labels, class_of=class_of)
