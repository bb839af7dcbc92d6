"""Samples as networks take them: varied ones for training, whole ones for validation and test."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import Dataset

from nanocaliper.inference.grey import stretch
from nanocaliper.training.data.labelled_micrograph import LabelledMicrograph
from nanocaliper.training.data.letterbox import Letterbox, fit_letterbox
from nanocaliper.training.data.mixed_source import SampleSequence
from nanocaliper.training.epoch_order import make_generator

__all__ = ["Augment", "HeldOut", "HeldOutSet", "SquareSample", "TrainingSet", "place_on_square"]

#: Varies a sample; the last argument are other samples, for those that mix several.
Augment = Callable[
    [LabelledMicrograph, np.random.Generator, Sequence[LabelledMicrograph]], LabelledMicrograph
]

#: Places whose generators are drawn from for the simulated share lie beyond those of the samples.
_SIMULATED = 2**31


class SquareSample(NamedTuple):
    """A sample on the network's square input.

    Parameters
    ----------
    grey : Tensor of float32, shape (1, side, side)
        In [-1, 1].
    sample : LabelledMicrograph
        Of side x side px.
    weight : Tensor of float32, shape (1, side, side)
        1 where the image is, 0 beside it.
    """

    grey: Tensor
    sample: LabelledMicrograph
    weight: Tensor


class HeldOut(NamedTuple):
    """A sample that is not trained on.

    Parameters
    ----------
    square : SquareSample
    whole : LabelledMicrograph
        As it was read, with which what is found is compared.
    box : Letterbox
        Between the two.
    """

    square: SquareSample
    whole: LabelledMicrograph
    box: Letterbox


def place_on_square(sample: LabelledMicrograph, side: int, fit: str) -> tuple[LabelledMicrograph, Letterbox]:
    """Put a sample on the square input.

    Parameters
    ----------
    sample : LabelledMicrograph
    side : int
        px.
    fit : {'letterbox', 'stretch'}
        Whether it keeps its aspect ratio.

    Returns
    -------
    sample : LabelledMicrograph
        Of side x side px.
    box : Letterbox
        The way back.
    """
    rows, cols = sample.labels.shape
    box = (
        fit_letterbox(rows, cols, side)
        if fit == "letterbox"
        else Letterbox(rows, cols, side, side, side, 0, 0)
    )
    return box.place(sample), box


def _stretch(sample: LabelledMicrograph) -> LabelledMicrograph:
    """Stretch grey values as images are stretched in use, before anything else changes them."""
    return replace(sample, pixels=np.round((stretch(sample.pixels) + 1) * 127.5).astype(np.uint8))


def _to_grey(sample: LabelledMicrograph) -> Tensor:
    return torch.from_numpy(sample.pixels.astype(np.float32)[None] / 127.5 - 1)


@dataclass
class TrainingSet(Dataset[SquareSample]):
    """Samples to train on, each varied by a generator of its own.

    Parameters
    ----------
    samples : SampleSequence
    side : int
    fit : {'letterbox', 'stretch'}
    seed : int
    augment : callable, optional
    simulated : SampleSequence, optional
    simulated_share : float
        Probability that a simulated sample comes in the place of a real one.
    mixed : int
        Other samples that the augmentation is handed.
    augment_first : bool
        Whether samples are varied before they are put on the square, for augmentations that bring them to it.
    """

    samples: SampleSequence
    side: int
    fit: str
    seed: int
    augment: Augment | None = None
    simulated: SampleSequence | None = None
    simulated_share: float = 0.0
    mixed: int = 0
    augment_first: bool = False

    def __len__(self) -> int:
        return len(self.samples)

    def __getitem__(self, at: tuple[int, int]) -> SquareSample:
        epoch, place = at
        rng = make_generator(self.seed, epoch, place)
        sample = self._take(epoch, place)
        others = [self._take(epoch, int(k)) for k in rng.integers(len(self), size=self.mixed)]
        if self.augment is None:
            square, box = place_on_square(sample, self.side, self.fit)
            return SquareSample(_to_grey(square), square, _weigh(box))
        if self.augment_first:
            square = self.augment(sample, rng, others)
        else:
            placed = [place_on_square(one, self.side, self.fit)[0] for one in (sample, *others)]
            square = self.augment(placed[0], rng, placed[1:])
        return SquareSample(_to_grey(square), square, torch.ones(1, self.side, self.side))

    def _take(self, epoch: int, place: int) -> LabelledMicrograph:
        """Read a sample, or a simulated one in its place."""
        if self.simulated is not None:
            rng = make_generator(self.seed, epoch, _SIMULATED + place)
            if rng.random() < self.simulated_share:
                chosen = self.simulated[int(rng.integers(len(self.simulated)))]
                return _stretch(chosen.in_classes(self.samples[place].classes))
        return _stretch(self.samples[place])


@dataclass
class HeldOutSet(Dataset[HeldOut]):
    """Samples to validate or test on, as they are.

    Parameters
    ----------
    samples : SampleSequence
    side : int
    fit : {'letterbox', 'stretch'}
    places : sequence of int, optional
        Which of them; by default all.
    """

    samples: SampleSequence
    side: int
    fit: str
    places: Sequence[int] | None = None

    def __len__(self) -> int:
        return len(self.samples) if self.places is None else len(self.places)

    def __getitem__(self, place: int) -> HeldOut:
        whole = self.samples[place if self.places is None else self.places[place]]
        square, box = place_on_square(_stretch(whole), self.side, self.fit)
        return HeldOut(SquareSample(_to_grey(square), square, _weigh(box)), whole, box)


def _weigh(box: Letterbox) -> Tensor:
    weight = torch.zeros(1, box.side, box.side)
    weight[(0, *box.inside)] = 1
    return weight
