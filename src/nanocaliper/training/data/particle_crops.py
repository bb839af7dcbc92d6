"""Training crops for networks that tell particles apart: image, targets and augmentation in step."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
from torch.utils.data import IterableDataset

from nanocaliper.errors import ReadError
from nanocaliper.evaluation.labels import particle_sizes
from nanocaliper.inference.grey import stretch

__all__ = [
    "CropOptions",
    "CropStream",
    "LabelledImage",
    "crop",
    "prepare",
    "read_labelled",
    "read_labelled_folder",
    "read_simulated",
    "targets",
]

#: Simulated images that are kept prepared; 1000 of 512 x 680 px take 3 GB.
_KEPT = 1000

Image = npt.NDArray[np.float32]
Labels = npt.NDArray[np.int32]


@dataclass(frozen=True)
class CropOptions:
    """How crops are drawn.

    Parameters
    ----------
    size : int
        Side of a crop, working px; a multiple of 32.
    diameter_range : (float, float)
        Median particle diameter in working px is drawn log-uniformly from this range.
    scale_range : (float, float)
        Limits of the working scale, working px per image px.
    simulated_share : float
        Share of crops taken from simulated images, 0 to 1; with 1, no real image is read.
    """

    size: int = 256
    diameter_range: tuple[float, float] = (14.0, 110.0)
    scale_range: tuple[float, float] = (0.25, 2.5)
    simulated_share: float = 0.3


@dataclass(frozen=True)
class LabelledImage:
    """One image with its labels and what targets need of them.

    Parameters
    ----------
    pixels : ndarray of uint8, shape (rows, cols)
    labels : ndarray of int32, shape (rows, cols)
        0 background, 1..n particles, consecutive.
    distance : ndarray of float32, shape (rows, cols)
        Distance to the particle's boundary divided by its maximum in that particle, 0 in the background.
    centroids : ndarray of float32, shape (n + 1, 2)
        (row, col) of each particle's centroid; row 0 unused.
    diameters : ndarray of float32, shape (n + 1,)
        Area-equivalent diameters, px; entry 0 unused.
    """

    pixels: npt.NDArray[np.uint8]
    labels: Labels
    distance: Image
    centroids: Image
    diameters: Image


def prepare(pixels: npt.NDArray[np.uint8], labels: npt.NDArray[np.integer]) -> LabelledImage:
    """Stretch grey values, number particles from 1 and compute what every crop's targets need.

    The image border is no particle boundary: a particle that the border cuts has its distance grow up to it.
    """
    _, inverse = np.unique(np.concatenate([[0], labels.ravel()]), return_inverse=True)
    numbered = inverse[1:].reshape(labels.shape).astype(np.int32)
    count = int(numbered.max())
    distance = np.zeros(labels.shape, np.float32)
    rows, cols = np.indices(labels.shape)
    flat = numbered.ravel()
    area = np.bincount(flat, minlength=count + 1).astype(np.float64)
    centroids = np.stack(
        [
            np.bincount(flat, rows.ravel(), count + 1) / np.maximum(area, 1),
            np.bincount(flat, cols.ravel(), count + 1) / np.maximum(area, 1),
        ],
        axis=1,
    ).astype(np.float32)
    bounds = _bounds(numbered, count)
    height, width = labels.shape
    for k in range(1, count + 1):
        r0, r1, c0, c1 = bounds[k]
        window = (slice(max(r0 - 1, 0), min(r1 + 2, height)), slice(max(c0 - 1, 0), min(c1 + 2, width)))
        inside = numbered[window] == k
        if inside.all():
            depth = np.ones(inside.shape, np.float32)
        else:
            depth = cv2.distanceTransform(inside.astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
        distance[window][inside] = (depth / max(float(depth.max()), 1e-6))[inside]
    grey = ((stretch(pixels) + 1) * 127.5).round().astype(np.uint8)
    return LabelledImage(grey, numbered, distance, centroids, particle_sizes(numbered).astype(np.float32))


def _bounds(labels: Labels, count: int) -> npt.NDArray[np.intp]:
    """First and last row and column of each label, shape (count + 1, 4)."""
    bounds = np.zeros((count + 1, 4), np.intp)
    bounds[:, 0] = bounds[:, 2] = max(labels.shape)
    rows, cols = np.nonzero(labels)
    k = labels[rows, cols]
    np.minimum.at(bounds[:, 0], k, rows)
    np.maximum.at(bounds[:, 1], k, rows)
    np.minimum.at(bounds[:, 2], k, cols)
    np.maximum.at(bounds[:, 3], k, cols)
    return bounds


def targets(labels: Labels, distance: Image, centroids: Image, diameters: Image) -> Image:
    """Targets at half resolution for a crop.

    Parameters
    ----------
    labels : ndarray of int32, shape (rows, cols)
        Even numbers of rows and columns.
    distance : ndarray, shape (rows, cols)
    centroids : ndarray, shape (n + 1, 2)
        In px of the crop; may lie outside it.
    diameters : ndarray, shape (n + 1,)
        In px of the crop.

    Returns
    -------
    ndarray of float32, shape (5, rows / 2, cols / 2)
        Foreground coverage, distance, contour, flow row, flow col.
    """
    rows, cols = labels.shape
    foreground = (labels > 0).reshape(rows // 2, 2, cols // 2, 2).mean((1, 3), dtype=np.float32)
    half = labels[1::2, 1::2]
    near = cv2.resize(distance, (cols // 2, rows // 2), interpolation=cv2.INTER_AREA)
    as_float = half.astype(np.float32)
    kernel = np.ones((3, 3), np.uint8)
    edge = (cv2.dilate(as_float, kernel) != as_float) | (cv2.erode(as_float, kernel) != as_float)
    contour = (edge & (half > 0)).astype(np.float32)
    row, col = np.indices(half.shape, dtype=np.float32) * 2 + 1
    to_row, to_col = centroids[half, 0] - row, centroids[half, 1] - col
    # Full length but for the innermost part, where the direction is of no use and must not jump.
    length = np.maximum(np.hypot(to_row, to_col), 0.2 * np.maximum(diameters[half], 1.0))
    inside = half > 0
    return np.stack([foreground, near, contour, inside * to_row / length, inside * to_col / length]).astype(
        np.float32
    )


def crop(image: LabelledImage, options: CropOptions, rng: np.random.Generator) -> tuple[Image, Image, Image]:
    """Draw one augmented crop.

    Returns
    -------
    grey : ndarray of float32, shape (1, size, size)
        Grey values in [-1, 1].
    target : ndarray of float32, shape (5, size / 2, size / 2)
    weight : ndarray of float32, shape (1, size / 2, size / 2)
        1 where the crop shows the image, 0 outside of it.
    """
    size = options.size
    rows, cols = image.labels.shape
    diameters = image.diameters[1:]
    low, high = options.diameter_range
    wanted = float(np.exp(rng.uniform(np.log(low), np.log(high))))
    typical = float(np.median(diameters)) if len(diameters) else wanted
    # Mostly, a crop is filled by the image; sometimes the whole image is seen small, as a first look sees it.
    floor = size / min(rows, cols) if rng.random() < 0.8 else size / max(rows, cols)
    scale = float(
        np.clip(wanted / typical, max(floor, options.scale_range[0]), max(options.scale_range[1], floor))
    )
    aspect = float(np.exp(rng.normal(0, 0.08)))
    angle = rng.uniform(0, 2 * np.pi) if rng.random() < 0.3 else 0.5 * np.pi * rng.integers(4)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    flip = np.diag([1.0, rng.choice([-1.0, 1.0])])
    # (x, y) of the image to (x, y) of the crop.
    linear = scale * turn @ flip @ np.diag([aspect, 1 / aspect])
    focus = _focus(image, size / scale, rng)
    shift = np.array([size / 2 - 0.5, size / 2 - 0.5]) - linear @ focus
    warp = np.hstack([linear, shift[:, None]]).astype(np.float64)

    pixels = image.pixels
    if scale < 0.7:  # area-like averaging, as the resampling at measuring time does
        pixels = np.asarray(cv2.GaussianBlur(pixels, (0, 0), 0.4 / scale), np.uint8)
    grey = np.asarray(
        cv2.warpAffine(pixels, warp, (size, size), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT),
        np.uint8,
    )
    labels = cv2.warpAffine(
        image.labels.astype(np.float32), warp, (size, size), flags=cv2.INTER_NEAREST, borderValue=-1.0
    ).astype(np.int32)
    distance = np.asarray(cv2.warpAffine(image.distance, warp, (size, size)), np.float32)
    seen = (labels >= 0).astype(np.float32)
    centroids = image.centroids[:, ::-1] @ linear.T + shift
    target = targets(
        np.maximum(labels, 0),
        distance,
        centroids[:, ::-1].astype(np.float32),
        image.diameters * np.float32(scale),
    )
    weight = np.asarray(cv2.erode(seen, np.ones((3, 3), np.uint8)), np.float32)[1::2, 1::2]
    return _vary(grey, rng)[None], target, weight[None]


def _focus(image: LabelledImage, extent: float, rng: np.random.Generator) -> npt.NDArray[np.float64]:
    """Point (x, y) of the image that comes to the crop's centre; keeps the crop on the image where it can."""
    rows, cols = image.labels.shape
    point = np.array([rng.uniform(0, cols), rng.uniform(0, rows)])
    if len(image.diameters) > 1 and rng.random() < 0.5:
        k = rng.integers(1, len(image.diameters))
        point = image.centroids[k, ::-1] + rng.normal(0, extent / 6, 2)
    half = extent / 2
    for axis, side in enumerate((cols, rows)):
        point[axis] = np.clip(point[axis], half, side - half) if side > extent else side / 2
    return np.asarray(point, np.float64)


def _vary(pixels: npt.NDArray[np.uint8], rng: np.random.Generator) -> Image:
    """Change grey values, blur and noise as instruments and journals do; returns grey in [-1, 1]."""
    grey: npt.NDArray[Any] = pixels.astype(np.float32) / 255
    if rng.random() < 0.2:
        grey = 1 - grey
    if rng.random() < 0.5:
        grey = np.clip(grey, 0, 1) ** np.float32(np.exp(rng.normal(0, 0.35)))
    if rng.random() < 0.6:
        grey = (grey - 0.5) * np.float32(np.exp(rng.normal(0, 0.3))) + 0.5 + np.float32(rng.normal(0, 0.1))
    if rng.random() < 0.3:  # tilted illumination
        row, col = np.linspace(-0.5, 0.5, grey.shape[0]), np.linspace(-0.5, 0.5, grey.shape[1])
        tilt = rng.normal(0, 0.2, 2)
        grey = grey + (tilt[0] * row[:, None] + tilt[1] * col[None, :]).astype(np.float32)
    if rng.random() < 0.25:
        grey = np.asarray(cv2.GaussianBlur(grey, (0, 0), float(rng.uniform(0.4, 1.6))))
    if rng.random() < 0.35:
        grain: npt.NDArray[Any] = rng.normal(0, rng.uniform(0.01, 0.12), grey.shape).astype(np.float32)
        if rng.random() < 0.4:
            grain = np.asarray(cv2.GaussianBlur(grain, (0, 0), 0.8)) * 2
        grey = grey + grain
    return np.asarray(np.clip(grey, 0, 1) * 2 - 1, np.float32)


def read_labelled(folder: Path, name: str) -> tuple[npt.NDArray[np.uint8], Labels]:
    """Read ``images/NAME.png``, grey, and ``instances/NAME.png`` of the same size.

    Raises
    ------
    ReadError
        If either is no image, or their sizes differ.
    """
    pixels = cv2.imdecode(np.fromfile(folder / "images" / f"{name}.png", np.uint8), cv2.IMREAD_GRAYSCALE)
    labels = cv2.imdecode(np.fromfile(folder / "instances" / f"{name}.png", np.uint8), cv2.IMREAD_UNCHANGED)
    if pixels is None or labels is None or pixels.shape != labels.shape:
        raise ReadError(f"'{name}' in '{folder}' is no pair of an image and labels of the same size.")
    return np.asarray(pixels, np.uint8), labels.astype(np.int32)


def read_labelled_folder(folder: Path, names: list[str]) -> list[LabelledImage]:
    """Read and prepare the images of the given names."""
    return [prepare(*read_labelled(folder, name)) for name in names]


def read_simulated(path: Path) -> LabelledImage:
    """Read and prepare one simulated image, ``NAME.npz`` with ``pixels`` and ``labels``."""
    with np.load(path) as arrays:
        return prepare(arrays["pixels"], arrays["labels"])


class CropStream(IterableDataset):  # type: ignore[type-arg]
    """Endless stream of crops from real images and, at a stated share, from simulated ones.

    Parameters
    ----------
    folder : Path
        Real images ``images/NAME.png`` and labels ``instances/NAME.png``.
    names : list of str
        Which of them; read where the stream is iterated, so that only names travel to a worker.
    simulated : Path or None
        Folder of ``NAME.npz`` (pixels, labels); looked through again from time to time, so that it may grow.
    options : CropOptions
    seed : int
    """

    def __init__(
        self, folder: Path, names: list[str], simulated: Path | None, options: CropOptions, seed: int
    ) -> None:
        super().__init__()
        self.folder = folder
        self.names = names
        self.simulated = simulated
        self.options = options
        self.seed = seed

    def __iter__(self) -> Iterator[tuple[Image, Image, Image]]:
        cv2.setNumThreads(1)
        rng = np.random.default_rng(self.seed)
        real = read_labelled_folder(self.folder, self.names) if self.options.simulated_share < 1 else []
        # Crowded images hold more to learn from; a mild preference, so that sparse ones stay in sight.
        crowd = np.array([max(len(i.diameters) - 1, 1) for i in real], float) ** 0.3
        crowd /= crowd.sum()
        files: list[Path] = []
        # Unpacking and preparing one takes as long as twenty crops.
        prepared = lru_cache(maxsize=_KEPT)(read_simulated)
        drawn = 0
        while True:
            if self.simulated is not None and drawn % 200 == 0:
                files = sorted(self.simulated.glob("*.npz"))
            drawn += 1
            if (files and rng.random() < self.options.simulated_share) or not real:
                image = prepared(files[rng.integers(len(files))])
            else:
                image = real[rng.choice(len(real), p=crowd)]
            yield crop(image, self.options, rng)
