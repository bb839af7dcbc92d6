"""Faults of micrographs in four degrees each, for simulated scenes and for images that are there already."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from nanocaliper.synthesis.contrast_sem import charge
from nanocaliper.synthesis.scene import SceneOptions

Grey = npt.NDArray[np.float32]
Labels = npt.NDArray[np.integer[Any]]

# Noise of the camera beside which an image loses contrast; without noise nothing is lost but a factor.
_CAMERA_NOISE = 0.02


@dataclass(frozen=True)
class Fault:
    """A fault and its degrees.

    Parameters
    ----------
    name, unit : str
        What it is, and what a degree means.
    degrees : tuple of float
        From slight to severe.
    of_scene : callable, or None
        A scene with the fault in a degree; None where the simulation has no such fault and the finished image
        is changed as a real one is.
    of_image : callable
        The image (grey, 0 to 1) with the fault in a degree, from true labels and a generator.
    kinds : tuple of str
        Kinds of scenes that have it.
    """

    name: str
    unit: str
    degrees: tuple[float, ...]
    of_scene: Callable[[SceneOptions, float], SceneOptions] | None
    of_image: Callable[[Grey, Labels, float, np.random.Generator], Grey]
    kinds: tuple[str, ...] = ("SEM", "TEM")


def _defocus_scene(scene: SceneOptions, degree: float) -> SceneOptions:
    blur = float(np.hypot(scene.detector.blur_px, degree * scene.diameter_px))
    return replace(scene, detector=replace(scene.detector, blur_px=blur))


def _defocus_image(image: Grey, labels: Labels, degree: float, _: np.random.Generator) -> Grey:
    areas = np.bincount(labels.ravel())[1:]
    diameter = float(np.sqrt(4 / np.pi * areas[areas > 0]).mean()) if (areas > 0).any() else 0.0
    if degree * diameter == 0:
        return image
    return np.asarray(cv2.GaussianBlur(image, (0, 0), degree * diameter), np.float32)


def _noise_scene(scene: SceneOptions, degree: float) -> SceneOptions:
    noise = float(np.hypot(scene.detector.read_noise, degree))
    return replace(scene, detector=replace(scene.detector, read_noise=noise))


def _noise_image(image: Grey, _: Labels, degree: float, rng: np.random.Generator) -> Grey:
    return image + np.float32(degree) * rng.standard_normal(image.shape, dtype=np.float32)


def _charging_scene(scene: SceneOptions, degree: float) -> SceneOptions:
    return replace(scene, sem=replace(scene.sem, charging=degree))


def _charging_image(image: Grey, labels: Labels, degree: float, rng: np.random.Generator) -> Grey:
    return charge(image, (labels > 0).astype(np.float32), degree, rng)


def _contrast_scene(scene: SceneOptions, degree: float) -> SceneOptions:
    """Particles less different from the ground, at the same noise and texture."""
    left, sem, tem = 1 - degree, scene.sem, scene.tem
    return replace(
        scene,
        sem=replace(
            sem,
            particle=sem.substrate + left * (sem.particle - sem.substrate),
            **{
                name: left * getattr(sem, name)
                for name in ("directional", "top_light", "rim", "shadow", "particle_spread")
            },
        ),
        tem=replace(tem, absorption=left * tem.absorption, fringe=left * tem.fringe),
    )


def _contrast_image(image: Grey, _: Labels, degree: float, rng: np.random.Generator) -> Grey:
    middle = np.float32(np.median(image))
    return _noise_image(middle + np.float32(1 - degree) * (image - middle), _, _CAMERA_NOISE, rng)


def _tilt_image(image: Grey, _: Labels, degree: float, rng: np.random.Generator) -> Grey:
    """Full light on one side, less by the degree on the other, in a direction by chance."""
    turn = rng.uniform(0, 2 * np.pi)
    rows, cols = (np.linspace(-0.5, 0.5, side, dtype=np.float32) for side in image.shape)
    along = np.float32(np.sin(turn)) * rows[:, None] + np.float32(np.cos(turn)) * cols[None, :]
    along = (along - along.min()) / np.ptp(along)
    return np.asarray(image * (1 - np.float32(degree) * along), np.float32)


FAULTS = (
    Fault("defocus", "blur (SD) over mean diameter", (0.025, 0.05, 0.1, 0.2), _defocus_scene, _defocus_image),
    Fault("noise", "SD over full range", (0.05, 0.1, 0.2, 0.4), _noise_scene, _noise_image),
    Fault(
        "charging", "strength of streaks", (0.1, 0.2, 0.4, 0.8), _charging_scene, _charging_image, ("SEM",)
    ),
    Fault("low contrast", "share that is lost", (0.5, 0.75, 0.875, 0.94), _contrast_scene, _contrast_image),
    Fault("tilted illumination", "share lost at one side", (0.2, 0.4, 0.6, 0.8), None, _tilt_image),
)


def change_pixels(
    pixels: npt.NDArray[np.uint8], labels: Labels, fault: Fault, degree: float, rng: np.random.Generator
) -> npt.NDArray[np.uint8]:
    """An 8-bit image with a fault."""
    changed = fault.of_image(pixels.astype(np.float32) / 255, labels, degree, rng)
    return np.asarray(np.rint(np.clip(changed, 0, 1) * 255), np.uint8)
