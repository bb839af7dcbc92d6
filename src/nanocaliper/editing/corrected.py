"""The particles of an image after corrections by hand.

Every particle keeps pixels of its own, also where others lie over it, and a rank that says which of two is seen:
so deleting, restoring and undoing give back exactly what was there, and whether one particle counts never changes
the pixels of another for good. The order of ranks, highest first:

1. repainted particles, the last one first;
2. candidates, and what was split from or merged of them;
3. drawn particles, the first one first: a drawn particle takes no pixel of another one;
4. candidates whose score is under the model's own confidence: they make room for what a person draws.
"""

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from nanocaliper.editing.candidates import ImageCandidates
from nanocaliper.editing.drawn import DrawnOutline
from nanocaliper.editing.edits import Edit
from nanocaliper.editing.polygons import Patch
from nanocaliper.errors import EditError

__all__ = ["SURE", "UNSURE", "Corrected", "MadeParticle"]


Floats = npt.NDArray[np.float64]
#: Rank of candidates from the model's own confidence on, and of those below.
SURE, UNSURE = 0, -(2**40)


@dataclass(frozen=True)
class MadeParticle:
    """A particle whose pixels a person decided.

    Parameters
    ----------
    number : int
    pixels : Patch
        Its own pixels, also where others lie over it.
    rank : int
        Of two particles that share a pixel the one of the higher rank has it; with the same rank the lower number.
    edited : {'drawn', 'merged', 'split', 'repainted'}
    score : float
        Of the candidates it was made of, averaged over their pixels; NaN where it was drawn.
    drawn : tuple of DrawnOutline
        Drawn lines that its outline follows to a fraction of a pixel.
    """

    number: int
    pixels: Patch
    rank: int
    edited: str
    score: float
    drawn: tuple[DrawnOutline, ...] = ()


@dataclass
class Corrected:
    """Candidates after some edits.

    Parameters
    ----------
    candidates : ImageCandidates
    made : dict of int to MadeParticle
        Particles that were drawn, merged, split or repainted, by number.
    gone : set of int
        Particles that no longer exist, since others were made of them.
    deleted : set of int
        Particles that are deleted and can be restored.
    shapes : dict of int to str
        Classes that a person set.
    regions : dict of int to ndarray
        Outlines of regions that are left out, by number.
    regions_made : int
        How many there ever were.
    edits : list of Edit
        What was done, in order.
    largest : int
        The largest number that a particle ever had.
    """

    candidates: ImageCandidates
    made: dict[int, MadeParticle] = field(default_factory=dict)
    gone: set[int] = field(default_factory=set)
    deleted: set[int] = field(default_factory=set)
    shapes: dict[int, str] = field(default_factory=dict)
    regions: dict[int, Floats] = field(default_factory=dict)
    regions_made: int = 0
    edits: list[Edit] = field(default_factory=list)
    largest: int = field(init=False)

    def __post_init__(self) -> None:
        self.largest = len(self.candidates.segmentation.scores)

    def copy(self) -> "Corrected":
        """A state of its own with the same content."""
        other = Corrected(
            self.candidates, dict(self.made), set(self.gone), set(self.deleted), dict(self.shapes),
            dict(self.regions), self.regions_made, list(self.edits),
        )  # fmt: skip
        other.largest = self.largest
        return other

    def list_numbers(self) -> npt.NDArray[np.int64]:
        """Numbers of all particles there are, deleted ones included, increasing."""
        found = set(range(1, len(self.candidates.segmentation.scores) + 1))
        return np.array(sorted((found - self.gone) | set(self.made)), np.int64)

    def find_rank(self, number: int) -> int:
        """Rank of a particle, see `MadeParticle`."""
        if number in self.made:
            return self.made[number].rank
        segmentation = self.candidates.segmentation
        return SURE if segmentation.scores[number - 1] >= segmentation.confidence else UNSURE

    def find_score(self, number: int) -> float:
        """Score of a particle; NaN where it was drawn."""
        if number in self.made:
            return self.made[number].score
        return float(self.candidates.segmentation.scores[number - 1])

    def find_edited(self, number: int) -> str:
        """What was done to a particle, as in the column ``edited``."""
        if number in self.made:
            return self.made[number].edited
        return "class" if number in self.shapes else ""

    def find_pixels(self, number: int) -> Patch:
        """The particle's own pixels, whatever lies over it."""
        if number in self.made:
            return self.made[number].pixels
        row, col, row_stop, col_stop = self.candidates.outlined.boxes[number - 1].tolist()
        crop = self.candidates.segmentation.labels[row:row_stop, col:col_stop]
        return Patch(row, col, crop == number)

    def check(self, numbers: tuple[int, ...], deleted: bool = False) -> None:
        """Refuse numbers of particles that are not there, or whose deletion is not as expected.

        Parameters
        ----------
        numbers : tuple of int
        deleted : bool
            Whether they shall be deleted particles.

        Raises
        ------
        EditError
        """
        for number in numbers:
            if number in self.gone:
                raise EditError(
                    f"Particle {number} is no longer there: others were made of it; choose one of those."
                )
            if number not in self.made and not 1 <= number <= len(self.candidates.segmentation.scores):
                raise EditError(f"There is no particle {number} in this image; choose one that is there.")
            if deleted and number not in self.deleted:
                raise EditError(f"Particle {number} is not deleted, so it cannot be restored.")
            if not deleted and number in self.deleted:
                raise EditError(f"Particle {number} is deleted; restore it first.")

    def find_above(self, pixels: Patch, rank: int, without: tuple[int, ...] = ()) -> npt.NDArray[np.bool_]:
        """Pixels of a patch that particles which are not deleted and have this rank or a higher one hold.

        Parameters
        ----------
        pixels : Patch
        rank : int
        without : tuple of int
            Particles not to look at.

        Returns
        -------
        ndarray of bool, shape of the patch
        """
        crop = self.candidates.segmentation.labels[pixels.window]
        held = np.zeros(crop.shape, np.bool_)
        for number in np.unique(crop[crop > 0]).tolist():
            out = number in self.gone or number in self.deleted or number in self.made or number in without
            if not out and self.find_rank(number) >= rank:
                held |= crop == number
        bottom, right = pixels.row + crop.shape[0], pixels.col + crop.shape[1]
        for number, other in self.made.items():
            if other.pixels.row >= bottom or other.pixels.col >= right:
                continue
            if other.rank >= rank and number not in self.deleted and number not in without:
                other.pixels.paint(held, pixels)
        return held & pixels.mask
