"""Micrographs without print, to print on: a few simulated ones, varied without end."""

from dataclasses import replace
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from nanocaliper.errors import UsageError
from nanocaliper.synthesis.random_scenes import random_scene
from nanocaliper.synthesis.scene import AnnotationOptions
from nanocaliper.synthesis.simulate import simulate

__all__ = ["Ground", "GroundPool"]

Field = NDArray[np.float32]
_SHAPE = (640, 832)


class Ground:
    """A micrograph without print.

    Parameters
    ----------
    grey : ndarray of float32, shape (rows, cols)
        0 black to 1 white.
    kind : {'SEM', 'TEM'}
        Kind of contrast.
    """

    def __init__(self, grey: Field, kind: str) -> None:
        self.grey = grey
        self.kind = kind


class GroundPool:
    """Simulated micrographs that crops are taken from; made when first needed and kept.

    Parameters
    ----------
    seed : int
        The same seed gives the same pool.
    count : int
        How many micrographs.
    largest_px : int
        Longest side of the pictures made of them, 640 to 4096; smaller ones are made and read faster.

    Raises
    ------
    UsageError
        If a number is out of range.
    """

    def __init__(self, seed: int = 0, count: int = 60, largest_px: int = 4096) -> None:
        if count < 1 or not 640 <= largest_px <= 4096:
            raise UsageError(
                f"A pool of {count} micrographs for pictures of {largest_px} px; expected 1 or more, and 640 to "
                "4096 px."
            )
        self.seed = seed
        self.count = count
        self.largest_px = largest_px

    def draw(self, rng: np.random.Generator, shape: tuple[int, int]) -> Ground:
        """Draw a ground: a crop of one of the micrographs, turned, rescaled, with other grey values.

        Parameters
        ----------
        rng : numpy.random.Generator
            Source of chance.
        shape : (int, int)
            Rows and columns.

        Returns
        -------
        Ground
        """
        pixels, kind = _simulate_one(self.seed, int(rng.integers(self.count)))
        rows, cols = shape
        part = _crop(pixels, rows / cols, rng)
        method = cv2.INTER_AREA if part.shape[0] > rows else cv2.INTER_CUBIC
        grey = np.asarray(cv2.resize(part, (cols, rows), interpolation=method), dtype=np.float32)
        grey /= np.float32(255)
        # Other gain, offset and curve than the pool's: the operator's knobs.
        gain = float(np.exp(rng.normal(0.0, 0.2)))
        mean = float(grey.mean())
        grey = (grey - np.float32(mean)) * np.float32(gain) + np.float32(mean + rng.normal(0, 0.06))
        np.clip(grey, 0, 1, out=grey)
        noise = float(
            rng.choice([0.0, rng.uniform(0.005, 0.03), rng.uniform(0.03, 0.1)], p=[0.35, 0.45, 0.2])
        )
        if noise:
            grey += np.float32(noise) * rng.standard_normal(grey.shape, dtype=np.float32)
            np.clip(grey, 0, 1, out=grey)
        return Ground(grey, kind)


def _crop(pixels: NDArray[np.uint8], aspect: float, rng: np.random.Generator) -> NDArray[np.uint8]:
    """Cut out a piece of an aspect (rows over columns), turned and mirrored at random."""
    turned = np.rot90(pixels, int(rng.integers(4)))
    if rng.random() < 0.5:
        turned = turned[:, ::-1]
    share = float(rng.uniform(0.45, 1.0))
    rows, cols = turned.shape
    height = min(rows, cols * aspect) * share
    width = height / aspect
    top = int(rng.integers(0, max(1, rows - int(height))))
    left = int(rng.integers(0, max(1, cols - int(width))))
    return np.ascontiguousarray(turned[top : top + max(32, int(height)), left : left + max(32, int(width))])


@lru_cache(maxsize=256)
def _simulate_one(seed: int, number: int) -> tuple[NDArray[np.uint8], str]:
    rng = np.random.default_rng([seed, 7919, number])
    scene = random_scene(rng, shape=_SHAPE, diameter_px=(12.0, 200.0))
    scene = replace(
        scene,
        annotations=AnnotationOptions(),
        detector=replace(scene.detector, jpeg_quality=None, bits=8),
    )
    pixels = simulate(scene, rng).pixels.astype(np.uint8)
    pixels.flags.writeable = False
    return pixels, scene.kind
