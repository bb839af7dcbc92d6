"""Random fields for substrates, films and surfaces."""

import cv2
import numpy as np
from numpy.typing import NDArray

__all__ = ["draw_clutter", "draw_fractal", "draw_noise"]

Field = NDArray[np.float32]


def draw_noise(rng: np.random.Generator, shape: tuple[int, int], scale_px: float) -> Field:
    """Smooth Gaussian noise with grains of a given size.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of chance.
    shape : (int, int)
        Rows and columns.
    scale_px : float
        Distance over which the noise changes, px.

    Returns
    -------
    ndarray of float32
        Mean about 0, standard deviation about 1.
    """
    if scale_px < 3:
        field = rng.standard_normal(shape, dtype=np.float32)
        if scale_px > 0.8:
            field = np.asarray(cv2.GaussianBlur(field, (0, 0), 0.5 * scale_px), dtype=np.float32)
            field /= max(float(field.std()), 1e-6)
        return np.asarray(field)
    grid = tuple(int(np.ceil(n / scale_px)) + 4 for n in shape)
    coarse = rng.standard_normal(grid, dtype=np.float32)
    size = (int(np.ceil(grid[1] * scale_px)), int(np.ceil(grid[0] * scale_px)))
    wide = cv2.resize(coarse, size, interpolation=cv2.INTER_CUBIC)
    row, col = (int(rng.integers(0, int(1.5 * scale_px) + 1)) for _ in range(2))
    # Between grid points cubic interpolation averages: its variance over a cell is 0.73 of that of the grid.
    return np.asarray(wide[row : row + shape[0], col : col + shape[1]] / np.float32(np.sqrt(0.73)))


def draw_fractal(
    rng: np.random.Generator, shape: tuple[int, int], scale_px: float, octaves: int = 3, decay: float = 0.5
) -> Field:
    """Sum of noises, each finer and weaker than the one before.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of chance.
    shape : (int, int)
        Rows and columns.
    scale_px : float
        Grain of the coarsest, px.
    octaves : int
        Number of noises.
    decay : float
        Strength of each over that of the one before.

    Returns
    -------
    ndarray of float32
        Standard deviation about 1.
    """
    total = np.zeros(shape, np.float32)
    weight, power = 1.0, 0.0
    for k in range(octaves):
        total += np.float32(weight) * draw_noise(rng, shape, scale_px / 2**k)
        power += weight**2
        weight *= decay
    return total / np.float32(np.sqrt(power))


def draw_clutter(
    rng: np.random.Generator, shape: tuple[int, int], amount: float, diameter_px: float
) -> Field:
    """Scratches, wrinkles and specks much smaller than the particles.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of chance.
    shape : (int, int)
        Rows and columns.
    amount : float
        0 none to 1 much.
    diameter_px : float
        Mean diameter_equivalent of the particles, px; specks stay far smaller.

    Returns
    -------
    ndarray of float32
        0 without, up to 1.
    """
    field = np.zeros(shape, np.float32)
    for _ in range(int(rng.poisson(3 * amount))):
        way, bend = rng.uniform(0, 2 * np.pi), rng.normal(0, 0.004)
        at = np.arange(0.0, rng.uniform(0.2, 1.2) * max(shape), 6.0)
        turn = way + bend * at + 0.25 * np.cumsum(rng.normal(0, 0.12, len(at)))
        points = rng.uniform((0, 0), shape[::-1]) + np.cumsum(
            6.0 * np.stack([np.cos(turn), np.sin(turn)], 1), axis=0
        )
        line = np.zeros(shape, np.float32)
        corners = np.rint(points * 16).astype(np.int32)
        cv2.polylines(line, [corners], False, 1.0, int(rng.integers(1, 4)), cv2.LINE_8, 4)
        sigma = float(rng.uniform(0.6, 3.0))
        field += cv2.GaussianBlur(line, (0, 0), sigma) * np.float32(rng.uniform(0.3, 1.0))
    largest = float(np.clip(0.06 * diameter_px, 0.8, 5.0))
    for _ in range(int(rng.poisson(25 * amount))):
        row, col = rng.uniform((0, 0), shape)
        radius = largest * float(rng.uniform(0.3, 1.0))
        reach = int(3 * radius) + 2
        top, left = max(int(row) - reach, 0), max(int(col) - reach, 0)
        view = field[top : int(row) + reach, left : int(col) + reach]
        r = np.arange(top, top + view.shape[0])[:, None] - row
        c = np.arange(left, left + view.shape[1])[None, :] - col
        speck = np.exp(-(((r * r + c * c) / radius**2) ** 1.5))
        view += np.float32(rng.uniform(0.3, 1.0)) * speck.astype(np.float32)
    return np.clip(field, 0.0, 1.0)
