"""Contrast as in a transmission electron microscope.

Bright field: intensity falls as exp(-thickness) through particle and film (mass-thickness contrast; Reimer
and Kohl, Transmission Electron Microscopy, 5th ed. 2008, section 6.1), so that overlapping particles add up
and both outlines stay visible; crystals differ in darkness by orientation; a Fresnel fringe follows the
outlines out of focus. Dark field and HAADF: bright particles on a dark film.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from nanocaliper.synthesis.scene import SceneOptions, TemOptions
from nanocaliper.synthesis.shapes import Relief
from nanocaliper.synthesis.stamp import Stamp
from nanocaliper.synthesis.textures import draw_clutter, draw_fractal, draw_noise

__all__ = ["render_tem"]

Field = NDArray[np.float32]


def render_tem(
    scene: SceneOptions, stamps: list[Stamp], frame: tuple[int, int], rng: np.random.Generator
) -> Field:
    """Intensities of a scene in a transmission electron microscope, before the detector.

    Parameters
    ----------
    scene : SceneOptions
        Contrast from `scene.tem`.
    stamps : list of Stamp
        The particles.
    frame : (int, int)
        Rows and columns.
    rng : numpy.random.Generator
        Source of chance.

    Returns
    -------
    ndarray of float32
        0 black to 1 white, not clipped.
    """
    style = scene.tem
    passed = np.ones(frame, np.float32)
    union = np.zeros(frame, np.float32)
    mottle = draw_fractal(rng, frame, max(2.0, style.mottle_scale * scene.diameter_px), 4, 0.7)
    for stamp in stamps:
        relief = stamp.particle.shape.relief(stamp.rows, stamp.cols)
        local = _absorb(style, scene.diameter_px, stamp, relief, rng)
        if style.mottle > 0:
            row = int(rng.integers(0, frame[0] - local.shape[0] + 1))
            col = int(rng.integers(0, frame[1] - local.shape[1] + 1))
            grain = mottle[row : row + local.shape[0], col : col + local.shape[1]]
            local *= np.maximum(1.0 + np.float32(style.mottle) * grain, 0.05)
        # Averaged over a pixel is the intensity, not the thickness: edges of dark particles stay in place.
        passed[stamp.area] *= 1.0 - stamp.cover * (1.0 - np.exp(-local))
        view = union[stamp.area]
        np.maximum(view, stamp.cover, out=view)
    film = draw_noise(rng, frame, style.film_grain_px) * np.float32(style.film_texture)
    film += draw_fractal(rng, frame, 0.5 * min(frame), 5, 0.55) * np.float32(style.cloud)
    if style.clutter > 0:
        specks = draw_clutter(rng, frame, style.clutter, scene.diameter_px)
        passed *= np.exp(-np.float32(rng.uniform(0.05, 0.3)) * specks)
    if style.dark_field:
        image = style.black + (1.0 - style.black) * (1.0 - passed) + 0.5 * film
        return np.asarray(image, dtype=np.float32)
    bright = style.film + film
    if style.holes:
        bright = _open_holes(bright, frame, rng)
    image = style.black + (bright - style.black) * passed
    if style.fringe != 0:
        wide = cv2.GaussianBlur(union, (0, 0), style.fringe_px)
        image += np.float32(1.2 * style.fringe) * (wide - union) * (0.6 + 0.4 * (1.0 - union))
    return np.asarray(image, dtype=np.float32)


def _absorb(
    style: TemOptions, mean_px: float, stamp: Stamp, relief: Relief, rng: np.random.Generator
) -> Field:
    """Optical thickness of one particle."""
    diameter = stamp.particle.shape.diameter_equivalent_px
    thickest = max(float(relief.thickness.max()), 1e-3)
    power = 1.0 - style.flatness
    profile = (relief.thickness / np.float32(thickest)) ** np.float32(power)
    strength = style.absorption * (diameter / mean_px) ** power
    strength *= float(np.exp(rng.normal(0.0, style.grain_spread)))
    if style.core > 0:
        profile = _add_core(style, stamp, profile, thickest, power, rng)
    if style.bands > 0 and rng.random() < style.bands:
        profile = profile * _draw_bands(stamp, diameter, rng)
    return np.asarray(np.float32(strength) * profile, dtype=np.float32)


def _add_core(
    style: TemOptions, stamp: Stamp, profile: Field, thickest: float, power: float, rng: np.random.Generator
) -> Field:
    """Replace the middle of a particle by a core of the same form and another absorption."""
    size = float(np.clip(style.core * (1.0 + rng.normal(0, 0.05)), 0.05, 0.95))
    shape = stamp.particle.shape
    room = 0.5 * shape.feret_min_px * (1.0 - size)
    shift = np.clip(rng.normal(0, style.core_offset, 2), -0.65, 0.65) * room
    rows = (stamp.rows - np.float32(shift[0])) / np.float32(size)
    cols = (stamp.cols - np.float32(shift[1])) / np.float32(size)
    core = shape.relief(rows, cols).thickness
    # The model's solid may reach beyond its rounded outline: the coverage cuts it, for the core too.
    core = np.minimum(core * np.float32(size / thickest), np.float32(size)) ** np.float32(power)
    core *= _cover_scaled(stamp, size, shift)
    return np.asarray(profile + np.float32(style.core_absorption - 1.0) * core, dtype=np.float32)


def _cover_scaled(stamp: Stamp, size: float, shift: NDArray[np.float64]) -> Field:
    """Coverage by the outline made smaller by `size` and moved by `shift`."""
    rows, cols = stamp.cover.shape
    particle = stamp.particle
    top, left = stamp.area[0].start, stamp.area[1].start
    # Pixel x of the small outline comes from centre + (x - centre - shift) / size of the large one.
    centre = np.array([particle.row - stamp.full.row, particle.col - stamp.full.col])
    first = np.array([top - stamp.full.row, left - stamp.full.col])
    start = centre + (first - centre - shift) / size
    matrix = np.array([[1 / size, 0, start[1]], [0, 1 / size, start[0]]])
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return np.asarray(cv2.warpAffine(stamp.full.values, matrix, (cols, rows), flags=flags))


def _draw_bands(stamp: Stamp, diameter: float, rng: np.random.Generator) -> Field:
    """Bend contours (stripes) or a twin (a lighter half), as a factor on the absorption."""
    turn = rng.uniform(0, np.pi)
    along = stamp.rows * np.float32(np.sin(turn)) + stamp.cols * np.float32(np.cos(turn))
    if rng.random() < 0.5:
        along = (
            along
            + np.float32(rng.uniform(0.1, 0.5) / diameter)
            * (stamp.cols * np.float32(np.sin(turn)) - stamp.rows * np.float32(np.cos(turn))) ** 2
        )
        period = diameter * rng.uniform(0.15, 0.7)
        wave = np.cos(2 * np.pi * along / np.float32(period) + np.float32(rng.uniform(0, 6.28)))
        return np.asarray(1.0 + np.float32(rng.uniform(0.15, 0.4)) * wave, dtype=np.float32)
    step = np.clip((along - np.float32(rng.uniform(-0.3, 0.3) * diameter)) / 1.5, -1.0, 1.0)
    return np.asarray(1.0 + np.float32(rng.uniform(0.1, 0.3)) * step, dtype=np.float32)


def _open_holes(bright: Field, frame: tuple[int, int], rng: np.random.Generator) -> Field:
    """Holes of a lacey film: brighter than the film, with a thick, darker edge."""
    level = draw_fractal(rng, frame, float(rng.uniform(0.3, 0.7)) * min(frame), 2, 0.3)
    cut = float(np.quantile(level, rng.uniform(0.6, 0.95)))
    slope = max(float(np.abs(cv2.Sobel(level, cv2.CV_32F, 1, 0, scale=0.125)).mean()), 1e-4)
    away = (level - np.float32(cut)) / np.float32(slope)
    hole = np.clip(0.5 + away / 2.0, 0.0, 1.0)
    edge = np.exp(-((away + 6.0) ** 2) / np.float32(2 * rng.uniform(3, 8) ** 2))
    lift = np.float32(rng.uniform(0.08, 0.2))
    return np.asarray(bright + lift * hole - np.float32(rng.uniform(0.02, 0.12)) * edge, dtype=np.float32)
