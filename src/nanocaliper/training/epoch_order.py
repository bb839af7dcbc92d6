"""In which order samples are seen: decided by seed and epoch alone, so that a stopped run can go on."""

from collections.abc import Iterator

import numpy as np
from torch.utils.data import Sampler

__all__ = ["EpochOrder", "make_generator"]


def make_generator(seed: int, epoch: int, place: int) -> np.random.Generator:
    """Make the generator of one sample in one epoch.

    Parameters
    ----------
    seed, epoch, place : int
        0 or more.

    Returns
    -------
    numpy.random.Generator
        The same for the same three numbers, whatever was drawn before.
    """
    return np.random.default_rng([seed, epoch, place])


class EpochOrder(Sampler[tuple[int, int]]):
    """Give (epoch, place) of all samples, shuffled anew in every epoch.

    The epoch travels with the place, so that worker processes need not be told.

    Parameters
    ----------
    count : int
        Samples.
    seed : int
    rank, ranks : int
        With several devices: which of them, and how many. Each takes every `ranks`-th sample; what is left over at
        the end of an epoch is skipped, other samples in each.
    """

    def __init__(self, count: int, seed: int, rank: int = 0, ranks: int = 1) -> None:
        self.count = count
        self.seed = seed
        self.rank = rank
        self.ranks = ranks
        self.epoch = 0

    def set_epoch(self, epoch: int) -> None:
        """Choose the epoch; the trainer calls it."""
        self.epoch = epoch

    def __len__(self) -> int:
        return self.count // self.ranks

    def __iter__(self) -> Iterator[tuple[int, int]]:
        # A place that no sample has keeps this generator apart from those of the samples.
        order = make_generator(self.seed, self.epoch, self.count).permutation(self.count)
        for place in order[self.rank :: self.ranks][: len(self)]:
            yield self.epoch, int(place)
