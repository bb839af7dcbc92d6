"""How large a network wants to see an image, where its card says so once for all images."""

import math
from dataclasses import dataclass

from nanocaliper.errors import ModelError, SegmentationError
from nanocaliper.inference.card_entries import CardEntries
from nanocaliper.segmentation.glimpses import Measure, find_typical, glimpse

__all__ = ["WORKING_PIXELS_MAX", "WorkingScale", "look_closer", "warn_of_reduction"]

#: More working pixels than this at once take more memory than most machines have; refused, never cut silently.
WORKING_PIXELS_MAX = 150e6

_KINDS = ("short_side_px", "long_side_px", "scale")
_LEAST_SIDE_PX = 32.0
# An image reduced to less than this share is glimpsed at; particles of so many working px are seen.
_REDUCED, _SEEN_PX = 0.3, 8.0
# What most images show at the sizes that networks are trained at: particles of some 40 to 70 working px.
_DIAMETER_PX = 40.0


@dataclass(frozen=True)
class WorkingScale:
    """Working px per image px, by one rule for all images.

    Parameters
    ----------
    kind : {'short_side_px', 'long_side_px', 'scale'}
        Whether `value` is the short or the long side of the image as the network sees it, working px, or the scale
        itself.
    value : float
    """

    kind: str
    value: float

    @classmethod
    def from_card(cls, entries: CardEntries) -> "WorkingScale":
        """Read the one entry of the card that says it.

        Raises
        ------
        ModelError
            If there is none, more than one, or no positive number.
        """
        given = [kind for kind in _KINDS if entries.has(f"input.{kind}")]
        if len(given) != 1:
            raise ModelError(
                f"The card of model '{entries.card.name}' has {' and '.join(given) or 'no working scale'} in "
                f"[input]; expected one of {', '.join(_KINDS)}."
            )
        low = 1e-3 if given[0] == "scale" else _LEAST_SIDE_PX
        high = 1e3 if given[0] == "scale" else 1e5
        return cls(given[0], entries.number(f"input.{given[0]}", low, high))

    def find(self, shape: tuple[int, int]) -> float:
        """Working px per px of an image.

        Parameters
        ----------
        shape : (int, int)
            Rows and columns of the image.

        Returns
        -------
        float

        Raises
        ------
        SegmentationError
            If the image would have more than 150 million working pixels.
        """
        sides = {"short_side_px": min(shape), "long_side_px": max(shape), "scale": 1}
        scale = self.value / sides[self.kind]
        pixels = shape[0] * shape[1] * scale**2
        if pixels > WORKING_PIXELS_MAX:
            raise SegmentationError(
                f"The network is to see this image of {shape[0]} x {shape[1]} px with {pixels / 1e6:.0f} Mpx, and "
                f"at most {WORKING_PIXELS_MAX / 1e6:.0f} Mpx are looked at; cut the image into parts and measure "
                "them."
            )
        return scale


def look_closer(scale: float, shape: tuple[int, int], measure: Measure) -> float:
    """Find a closer scale where an image is much reduced, and glimpses show mostly particles too small for that.

    Parameters
    ----------
    scale : float
        Working px per image px by the card.
    shape : (int, int)
        Rows and columns of the image.
    measure : callable
        Looks at a part of the image.

    Returns
    -------
    float
        Up to 1, or as large as 150 million working px allow; `scale` where nothing asks for more.
    """
    if scale >= _REDUCED:
        return scale
    typical = find_typical(glimpse(shape, measure, scale, 1.0)[0])
    if typical is None:
        return scale
    closest = min(1.0, math.sqrt(WORKING_PIXELS_MAX / (shape[0] * shape[1])))
    return max(scale, min(_DIAMETER_PX / typical, closest))


def warn_of_reduction(scale: float) -> tuple[str, ...]:
    """Say so where a network sees an image so much reduced that small particles are lost.

    Parameters
    ----------
    scale : float
        Working px per image px.

    Returns
    -------
    tuple of str
        A sentence, or nothing.
    """
    if scale >= _REDUCED:
        return ()
    return (
        f"The network saw this image reduced to {100 * scale:.0f} % of its size, so particles under about "
        f"{_SEEN_PX / scale:.0f} px are missed: cut the image into parts, or use a network that chooses its scale, "
        "such as particle_unet.",
    )
