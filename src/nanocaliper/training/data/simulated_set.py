"""Simulated samples as a data set folder."""

import multiprocessing
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from itertools import islice
from typing import Any

import cv2

from nanocaliper.errors import UsageError
from nanocaliper.training.data.simulated_samples import SimulatedOptions, SimulatedSamples, simulate_sample
from nanocaliper.training.data.written_set import EncodedSample, encode_sample, encode_set

__all__ = ["simulate_set"]


def simulate_set(samples: SimulatedSamples, workers: int = 1) -> Iterator[tuple[str, int, dict[str, bytes]]]:
    """Simulate a set.

    Parameters
    ----------
    samples : SimulatedSamples
    workers : int
        Number of processes; it changes nothing in the samples.

    Yields
    ------
    (str, int, dict of str to bytes)
        As `nanocaliper.training.data.written_set.encode_set` gives them.

    Raises
    ------
    UsageError
        If `workers` is below one.
    """
    if workers < 1:
        raise UsageError(f"Asked for {workers} workers; expected 1 or more.")
    yield from encode_set(_run(samples, workers), samples.options.classes)


def _run(samples: SimulatedSamples, workers: int) -> Iterator[EncodedSample]:
    make = partial(_make, samples.options, samples.seed)
    if workers == 1:
        yield from map(make, range(len(samples)))
        return
    # 'spawn' on every system: a fork would copy the locks of other threads.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(
        workers, mp_context=context, initializer=cv2.setNumThreads, initargs=(1,)
    ) as pool:
        numbers = iter(range(len(samples)))
        # A few ahead are enough; more would wait in memory.
        waiting: list[Any] = [pool.submit(make, number) for number in islice(numbers, 2 * workers)]
        while waiting:
            done = waiting.pop(0).result()
            waiting += [pool.submit(make, number) for number in islice(numbers, 1)]
            yield done


def _make(options: SimulatedOptions, seed: int, number: int) -> EncodedSample:
    return encode_sample(simulate_sample(options, seed, number))
