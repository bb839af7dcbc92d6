"""A stream of samples that mixes real ones with simulated ones at a stated share."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from nanocaliper.errors import UsageError
from nanocaliper.training.data.labelled_micrograph import LabelledMicrograph

__all__ = ["MixedSource", "SampleSequence"]


class SampleSequence(Protocol):
    """What holds samples: `AnnotatedFolder`, `SimulatedSamples`, or a list."""

    def __len__(self) -> int:
        """Number of samples."""
        ...

    def __getitem__(self, place: int, /) -> LabelledMicrograph:
        """Take one sample."""
        ...


@dataclass(frozen=True)
class MixedSource:
    """Samples in the order of chance, real and simulated.

    It holds only what it reads from, so that it travels to worker processes; give each its own `seed`.

    Parameters
    ----------
    real : SampleSequence
        Every real sample comes once before any comes again.
    simulated : SampleSequence
        Likewise.
    simulated_share : float
        Probability that a sample is a simulated one, 0 to 1.
    seed : int
        The same seed gives the same stream.
    classes : tuple of str, optional
        What the classes of all samples are made to be, see `LabelledMicrograph.in_classes`; by default as they are.

    Raises
    ------
    UsageError
        If the share is impossible, or a kind that is wanted has no samples.
    """

    real: SampleSequence
    simulated: SampleSequence
    simulated_share: float
    seed: int
    classes: Sequence[str] | None = None

    def __post_init__(self) -> None:
        share = self.simulated_share
        if not 0 <= share <= 1:
            raise UsageError(f"The share of simulated samples is {share}; expected 0 to 1.")
        for wanted, source, name in (
            (share < 1, self.real, "real"),
            (share > 0, self.simulated, "simulated"),
        ):
            if wanted and len(source) == 0:
                raise UsageError(
                    f"There are no {name} samples for a share of {share} simulated ones; add some, or change it."
                )

    def __iter__(self) -> Iterator[LabelledMicrograph]:
        """Draw samples without end."""
        rng = np.random.default_rng(self.seed)
        real, simulated = _shuffle(self.real, rng.spawn(1)[0]), _shuffle(self.simulated, rng.spawn(1)[0])
        while True:
            sample = next(simulated if rng.random() < self.simulated_share else real)
            yield sample if self.classes is None else sample.in_classes(self.classes)


def _shuffle(samples: SampleSequence, rng: np.random.Generator) -> Iterator[LabelledMicrograph]:
    while True:
        for place in rng.permutation(len(samples)):
            yield samples[int(place)]
