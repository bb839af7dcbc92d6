"""Augmentation of ResidualFormer (Divya et al., accepted 2026, section 3.2 and algorithm).

Flips of either direction, each with a probability of 50 %, and turns by 0°, 90°, 180° or 270° are the paper's own.
It names brightness, contrast and zoom without amounts; the amounts here are ours.
"""

from dataclasses import dataclass, replace

import numpy as np

from nanocaliper.errors import UsageError
from nanocaliper.training.data.labelled_micrograph import LabelledMicrograph
from nanocaliper.training.data.warping import (
    change_grey,
    compose,
    draw_chance,
    draw_factor,
    flip_sample,
    turn_sample,
    warp,
)

__all__ = ["ResidualFormerAugmentation", "augment"]


@dataclass(frozen=True)
class ResidualFormerAugmentation:
    """How samples are varied.

    Parameters
    ----------
    flip_rows, flip_cols : float
        Probabilities of swapping up and down, left and right.
    quarter_turns : bool
        Whether to turn by 0°, 90°, 180° or 270°, one as likely as the other.
    brightness : float
        Up to this share of the full range is added or taken away.
    contrast : float
        Contrast is multiplied by a factor of up to 1 + this, or divided by it.
    zoom : float
        Enlargement is drawn from 1 to this; the part that is shown is chosen at random.
    """

    flip_rows: float = 0.5
    flip_cols: float = 0.5
    quarter_turns: bool = True
    brightness: float = 0.1
    contrast: float = 0.2
    zoom: float = 1.25

    def __post_init__(self) -> None:
        if self.zoom < 1 or not 0 <= self.brightness <= 1 or self.contrast < 0:
            raise UsageError(
                f"zoom, brightness and contrast are {self.zoom}, {self.brightness} and {self.contrast}; expected "
                "1 or more, 0 to 1, and 0 or more."
            )
        if not (0 <= self.flip_rows <= 1 and 0 <= self.flip_cols <= 1):
            raise UsageError(
                f"flip_rows and flip_cols are {self.flip_rows} and {self.flip_cols}; expected 0 to 1 each."
            )


def augment(
    sample: LabelledMicrograph,
    rng: np.random.Generator,
    options: ResidualFormerAugmentation = ResidualFormerAugmentation(),
) -> LabelledMicrograph:
    """Vary a sample, image and labels in step.

    Parameters
    ----------
    sample : LabelledMicrograph
    rng : numpy.random.Generator
    options : ResidualFormerAugmentation

    Returns
    -------
    LabelledMicrograph
        Of the same size, or with rows and columns swapped by a quarter turn.
    """
    rows, cols = draw_chance(rng, options.flip_rows), draw_chance(rng, options.flip_cols)
    turned = flip_sample(sample, rows=rows, cols=cols)
    quarters = int(rng.integers(4))
    if options.quarter_turns:
        turned = turn_sample(turned, quarters)
    zoom = draw_factor(rng, 1.0, options.zoom)
    place = rng.uniform(-1, 1, 2)
    if zoom > 1:
        shape = (turned.labels.shape[0], turned.labels.shape[1])
        room = (zoom - 1) / 2 * np.array(shape) * place
        turned = warp(
            turned, compose(shape, shape, (zoom, zoom), offset=(float(room[0]), float(room[1]))), shape
        )
    contrast = draw_factor(rng, 1 / (1 + options.contrast), 1 + options.contrast)
    brightness = float(rng.uniform(-options.brightness, options.brightness))
    return replace(turned, pixels=change_grey(turned.pixels, contrast, brightness))
