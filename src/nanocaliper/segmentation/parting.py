"""How touching particles are parted, as a user asks for it."""

from dataclasses import dataclass

from nanocaliper.errors import UsageError
from nanocaliper.inference.catalogue import find_model
from nanocaliper.segmentation.decoders.partings import PARTINGS

__all__ = ["SPLIT_MAX", "SPLIT_MIN", "THRESHOLD", "PartingOptions"]

#: Name of the method without a network.
THRESHOLD = "threshold"
#: Range of `split`, in units of the boundary judge's bias (log odds).
SPLIT_MIN, SPLIT_MAX = -3.0, 3.0


@dataclass(frozen=True)
class PartingOptions:
    """How touching particles are parted.

    Parameters
    ----------
    split : float
        How much readier than tuned a network of decoder ``fields`` is to part them, `SPLIT_MIN` to `SPLIT_MAX`;
        negative: less ready.
    parting : {'components', 'watershed'} or None
        How the particles in the probability of a network of decoder ``semantic`` are told apart; None: as its card
        says.

    Raises
    ------
    UsageError
        If a value is impossible.
    """

    split: float = 0.0
    parting: str | None = None

    def __post_init__(self) -> None:
        if not SPLIT_MIN <= self.split <= SPLIT_MAX:
            raise UsageError(
                f"Split is {self.split:g}; expected a number from {SPLIT_MIN:g} to {SPLIT_MAX:g}."
            )
        if self.parting is not None and self.parting not in PARTINGS:
            raise UsageError(
                f"Parting is {self.parting!r}; expected one of {', '.join(map(repr, PARTINGS))}."
            )

    def check(self, model: str) -> None:
        """Refuse a choice that a method does not have, before an image is read.

        Parameters
        ----------
        model : str

        Raises
        ------
        UsageError
        ModelError
            If there is no such model.
        """
        if not self.split and self.parting is None:
            return
        decoder = None if model == THRESHOLD else find_model(model).decoder.get("name")
        if self.split and decoder != "fields":
            raise UsageError(
                f"Split is {self.split:g}, but the method '{model}' has no judge of boundaries; choose another "
                "network, or leave split at 0."
            )
        if self.parting is not None and decoder != "semantic":
            raise UsageError(
                f"Parting is {self.parting!r}, but the method '{model}' parts particles in one way only; choose a "
                "semantic network, or leave parting out."
            )
