"""Colours that tell touching particles apart, also for people who see few colours."""

import numpy as np
import numpy.typing as npt

__all__ = [
    "BORDER_COLOUR",
    "CONFLICT_COLOUR",
    "EDITED_CORE",
    "MARK_COLOUR",
    "WARNING_COLOUR",
    "WHOLE_COLOURS",
    "assign_colours",
]

Colour = tuple[int, int, int]

#: Colours (RGB) of whole particles, from the palette of Okabe and Ito (Color Universal Design, 2008), made
#: lighter where they would vanish on a grey image.
WHOLE_COLOURS: tuple[Colour, ...] = (
    (240, 228, 66),  # yellow
    (86, 190, 250),  # sky blue
    (0, 215, 150),  # bluish green
    (240, 150, 215),  # reddish purple
    (255, 255, 255),  # white
)
#: Colour of particles that the border cuts: vermilion, always dashed as well.
BORDER_COLOUR: Colour = (255, 96, 0)
#: Colour of the line in the middle of the outline of a particle that a person drew or changed, which doubles it.
EDITED_CORE: Colour = (0, 0, 0)
#: Colour of what the calibration found: the scale bar.
MARK_COLOUR: Colour = (255, 40, 160)
#: Colour of a scale bar that contradicts the metadata: red, said in words as well.
CONFLICT_COLOUR: Colour = (255, 0, 0)
#: Colour of text that must not be missed.
WARNING_COLOUR: Colour = (200, 0, 0)

# Outlines this near each other (in px of the image) are taken for neighbours.
_REACHES_PX = (1, 4)


def assign_colours(labels: npt.NDArray[np.integer]) -> npt.NDArray[np.intp]:
    """Give every particle a colour that its neighbours do not have.

    Greedy colouring in the order of the labels; a particle whose neighbours have all colours takes the one
    that is rarest among them.

    Parameters
    ----------
    labels : ndarray of int, shape (rows, cols)
        0 background, particles 1..n.

    Returns
    -------
    ndarray of int, shape (n + 1,)
        Index into `WHOLE_COLOURS` by label; entry 0 means nothing.
    """
    count = int(labels.max(initial=0))
    pairs = _find_neighbours(labels)
    neighbours: dict[int, list[int]] = {}
    for low, high in pairs.tolist():
        neighbours.setdefault(high, []).append(low)
    colours = np.zeros(count + 1, dtype=np.intp)
    for label in range(1, count + 1):
        taken = np.bincount(colours[neighbours.get(label, [])], minlength=len(WHOLE_COLOURS))
        colours[label] = int(np.argmin(taken))
    return colours


def _find_neighbours(labels: npt.NDArray[np.integer]) -> npt.NDArray[np.int64]:
    """Pairs (lower label, higher label), each once, sorted, of particles within reach of each other."""
    found = [np.empty((0, 2), dtype=np.int64)]
    for reach in _REACHES_PX:
        for here, there in (
            (labels[reach:], labels[:-reach]),
            (labels[:, reach:], labels[:, :-reach]),
            (labels[reach:, reach:], labels[:-reach, :-reach]),
            (labels[reach:, :-reach], labels[:-reach, reach:]),
        ):
            differ = (here != there) & (here > 0) & (there > 0)
            pairs = np.stack((here[differ], there[differ]), axis=1).astype(np.int64)
            found.append(np.unique(np.sort(pairs, axis=1), axis=0))
    return np.unique(np.concatenate(found), axis=0)
