"""Contrast as in a scanning electron microscope.

The shading follows the usual picture of secondary electrons (Reimer, Scanning Electron Microscopy, 2nd ed.
1998, chapters 4 and 6): edges and steep surfaces are bright, surfaces towards the detector brighter than
those away from it, and surroundings of particles are in their shadow. It aims at the look, not at absolute
yields.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from nanocaliper.synthesis.scene import SceneOptions, SemOptions
from nanocaliper.synthesis.shapes import Relief
from nanocaliper.synthesis.stamp import Stamp
from nanocaliper.synthesis.textures import draw_clutter, draw_fractal, draw_noise

__all__ = ["charge", "render_sem"]

Field = NDArray[np.float32]


def render_sem(
    scene: SceneOptions, stamps: list[Stamp], frame: tuple[int, int], rng: np.random.Generator
) -> Field:
    """Intensities of a scene in a scanning electron microscope, before the detector.

    Parameters
    ----------
    scene : SceneOptions
        Contrast from `scene.sem`.
    stamps : list of Stamp
        The particles, with a margin for their shadows.
    frame : (int, int)
        Rows and columns.
    rng : numpy.random.Generator
        Source of chance.

    Returns
    -------
    ndarray of float32
        0 black to 1 white, not clipped.
    """
    style = scene.sem
    image = _draw_substrate(style, frame, scene.diameter_px, rng)
    grain = draw_fractal(rng, frame, style.texture_scale_px, 4, 0.75)
    light = rng.uniform(0, 2 * np.pi)
    toward = np.array([np.sin(light), np.cos(light)], dtype=np.float32)
    emboss = _emboss(draw_fractal(rng, frame, max(3.0, style.bump_scale * scene.diameter_px), 3, 0.6), toward)
    for stamp in stamps:
        diameter = stamp.particle.shape.diameter_equivalent_px
        view = image[stamp.area]
        if style.shadow > 0:
            view *= 1.0 - np.float32(style.shadow) * _soften(stamp.cover, 0.3 * diameter)
        relief = stamp.particle.shape.relief(stamp.rows, stamp.cols)
        shade = _shade(style, stamp, relief, toward, rng)
        place = _draw_offset(frame, shade.shape, rng)
        shade += np.float32(style.texture) * grain[place]
        if style.bumps > 0:
            shade += np.float32(style.bumps) * emboss[place]
        view += stamp.cover * (shade - view)
    if style.charging > 0:
        cover = np.zeros_like(image)
        for stamp in stamps:
            view = cover[stamp.area]
            np.maximum(view, stamp.cover, out=view)
        image = charge(image, cover, style.charging, rng)
    return image


def _draw_substrate(
    style: SemOptions, frame: tuple[int, int], diameter_px: float, rng: np.random.Generator
) -> Field:
    texture = draw_fractal(rng, frame, style.texture_scale_px * float(rng.uniform(0.7, 2.0)), 4, 0.75)
    image = np.float32(style.substrate) + np.float32(style.substrate_texture) * texture
    slope = rng.normal(0, style.gradient, 2)
    rows = np.linspace(-0.5, 0.5, frame[0], dtype=np.float32)[:, None]
    cols = np.linspace(-0.5, 0.5, frame[1], dtype=np.float32)[None, :]
    image += np.float32(slope[0]) * rows + np.float32(slope[1]) * cols
    image += np.float32(0.5 * style.gradient) * draw_noise(rng, frame, 0.4 * min(frame))
    if style.clutter > 0:
        sign = np.float32(rng.choice([-0.12, 0.15, 0.3]))
        image += sign * draw_clutter(rng, frame, style.clutter, diameter_px)
    return np.asarray(np.maximum(image, np.float32(0.0)), dtype=np.float32)


def _shade(style: SemOptions, stamp: Stamp, relief: Relief, toward: Field, rng: np.random.Generator) -> Field:
    """Intensity of a particle's surface."""
    upright = 1.0 / np.sqrt(1.0 + relief.slope_row**2 + relief.slope_col**2)
    facing = -(relief.slope_row * toward[0] + relief.slope_col * toward[1]) * upright
    diameter = stamp.particle.shape.diameter_equivalent_px
    level = style.particle + style.particle_spread * float(rng.standard_normal())
    shade = np.float32(level) + np.float32(style.directional) * facing
    shade += np.float32(style.top_light) * (upright - np.float32(0.6))
    width = max(style.rim_width * diameter, 1.0)
    depth = np.clip(2.0 - 2.0 * _soften(stamp.cover, width), 0.0, 1.0)
    shade += np.float32(style.rim) * depth**1.5
    # Convex edges between facets are bright like the outer rim; smooth surfaces have next to none of this.
    if diameter > 12:
        sigma = max(0.02 * diameter, 1.0)
        smooth_row = cv2.GaussianBlur(relief.slope_row, (0, 0), sigma)
        smooth_col = cv2.GaussianBlur(relief.slope_col, (0, 0), sigma)
        bend = cv2.add(
            cv2.Sobel(smooth_row, cv2.CV_32F, 0, 1, scale=0.125),
            cv2.Sobel(smooth_col, cv2.CV_32F, 1, 0, scale=0.125),
        )
        sharp = np.clip(np.asarray(bend, dtype=np.float32) * np.float32(-sigma), 0.0, 0.8)
        shade += np.float32(0.5 * style.rim) * sharp
    return np.asarray(shade, dtype=np.float32)


def _soften(cover: Field, width_px: float) -> Field:
    """Smooth over a width with two box filters; always symmetric."""
    size = 2 * round(0.5 * width_px) + 1
    # What lies beyond the frame continues the particle; a particle's margin inside the frame is empty anyway.
    once = cv2.blur(cover, (size, size), borderType=cv2.BORDER_REPLICATE)
    return np.asarray(cv2.blur(once, (size, size), borderType=cv2.BORDER_REPLICATE))


def _emboss(field: Field, toward: Field) -> Field:
    slope = toward[0] * cv2.Sobel(field, cv2.CV_32F, 0, 1) + toward[1] * cv2.Sobel(field, cv2.CV_32F, 1, 0)
    return np.asarray(slope / max(float(slope.std()), 1e-6), dtype=np.float32)


def _draw_offset(
    frame: tuple[int, int], shape: tuple[int, ...], rng: np.random.Generator
) -> tuple[slice, slice]:
    """Random place of a patch in a texture as large as the frame."""
    row, col = int(rng.integers(0, frame[0] - shape[0] + 1)), int(rng.integers(0, frame[1] - shape[1] + 1))
    return slice(row, row + shape[0]), slice(col, col + shape[1])


def charge(image: Field, cover: Field, strength: float, rng: np.random.Generator) -> Field:
    """Bright or dark streaks along the scan behind particles, and a halo around them.

    Parameters
    ----------
    image : ndarray of float32, shape (rows, cols)
        Intensities.
    cover : ndarray of float32, shape (rows, cols)
        How much of each pixel is particle, 0 to 1; particles themselves keep their intensity.
    strength : float
        As `SemOptions.charging`.
    rng : numpy.random.Generator
        Source of chance.

    Returns
    -------
    ndarray of float32
        Same size, not clipped.
    """
    length = 2 * int(rng.uniform(0.1, 0.3) * image.shape[1]) + 1
    uneven = 0.5 + rng.random((image.shape[0], 1), dtype=np.float32)
    streak = cv2.blur(cover, (length, 1)) * uneven - cover
    halo = _soften(cover, float(rng.uniform(6, 25))) - cover
    sign = float(rng.choice([-1.0, 1.0]))
    outside = np.float32(strength) * (np.float32(sign) * np.maximum(streak, 0) + np.maximum(halo, 0))
    return np.asarray(image + outside * (1.0 - cover), dtype=np.float32)
