"""Augmentation of Tao et al. (RSC Adv. 2025, 15, 20211, section 2.1.2), anew in every epoch.

The image is fitted into the network's input, resized by 1/4 to 2, its aspect ratio jittered by up to 0.3, flipped
left to right half of the time, and placed on a grey canvas of the input's size. Of the colour changes that the
paper names (hue ±0.1, saturation 30 to 170 %, value 70 to 130 %) only the value acts on grey images: they have no
hue, and a saturation of zero. So hue and saturation have no option here.
"""

from dataclasses import dataclass, replace

import numpy as np

from nanocaliper.errors import UsageError
from nanocaliper.training.data.labelled_micrograph import LabelledMicrograph
from nanocaliper.training.data.letterbox import MID_GREY
from nanocaliper.training.data.warping import compose, draw_chance, warp

__all__ = ["TaoAugmentation", "augment"]


@dataclass(frozen=True)
class TaoAugmentation:
    """How samples are varied.

    Parameters
    ----------
    canvas : (int, int) or None
        Rows and columns of the network's input; None: those of the sample.
    scale : (float, float)
        Range of the size, as a factor of the size that just fits the canvas.
    aspect_jitter : float
        The aspect ratio is multiplied by a number of 1 ± this and divided by another.
    flip : float
        Probability of a flip left to right.
    translate : bool
        Whether the image is placed at random: wholly on the canvas where it fits, else so that it fills the canvas;
        False: in the middle.
    value : float
        Grey values are multiplied by 1 ± this.
    """

    canvas: tuple[int, int] | None = None
    scale: tuple[float, float] = (0.25, 2.0)
    aspect_jitter: float = 0.3
    flip: float = 0.5
    translate: bool = True
    value: float = 0.3

    def __post_init__(self) -> None:
        if not 0 < self.scale[0] <= self.scale[1]:
            raise UsageError(f"scale is {self.scale}; expected a smaller and a larger number above 0.")
        if not 0 <= self.aspect_jitter < 1 or not 0 <= self.value < 1 or not 0 <= self.flip <= 1:
            raise UsageError(
                f"aspect_jitter, value and flip are {self.aspect_jitter}, {self.value} and {self.flip}; "
                "expected 0 to 1, the first two below 1."
            )


def augment(
    sample: LabelledMicrograph, rng: np.random.Generator, options: TaoAugmentation = TaoAugmentation()
) -> LabelledMicrograph:
    """Vary a sample, image and labels in step.

    Parameters
    ----------
    sample : LabelledMicrograph
    rng : numpy.random.Generator
    options : TaoAugmentation

    Returns
    -------
    LabelledMicrograph
        Of the size of the canvas, without the particles that are not on it.
    """
    shape = sample.labels.shape
    canvas = options.canvas or (shape[0], shape[1])
    low, high = 1 - options.aspect_jitter, 1 + options.aspect_jitter
    jitter = rng.uniform(low, high) / rng.uniform(low, high)
    scale = rng.uniform(*options.scale)
    aspect = shape[1] / shape[0] * jitter
    # The longer side, measured by the canvas, gets the scale.
    fitting = min(canvas[0], canvas[1] / aspect)
    rows = max(scale * fitting, 1.0)
    cols = max(rows * aspect, 1.0)
    room = np.array([canvas[0] - rows, canvas[1] - cols]) / 2
    offset = rng.uniform(-1, 1, 2) * np.abs(room) if options.translate else np.zeros(2)
    affine = compose(
        (shape[0], shape[1]),
        canvas,
        (rows / shape[0], cols / shape[1]),
        flips=(False, draw_chance(rng, options.flip)),
        offset=(float(offset[0]), float(offset[1])),
    )
    placed = warp(sample, affine, canvas, MID_GREY)
    factor = rng.uniform(1 - options.value, 1 + options.value)
    most = np.iinfo(placed.pixels.dtype).max
    bright = np.clip(np.rint(placed.pixels * factor), 0, most).astype(placed.pixels.dtype)
    return replace(placed, pixels=bright)
