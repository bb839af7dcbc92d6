"""Simulated electron micrographs with exact truth.

Pixel (r, c) has its centre at (r, c) and covers r - 0.5 to r + 0.5 and c - 0.5 to c + 0.5.
"""

from dataclasses import asdict

import numpy as np

from nanocaliper.synthesis.annotations import annotate, measure_strip
from nanocaliper.synthesis.contrast_sem import render_sem
from nanocaliper.synthesis.contrast_tem import render_tem
from nanocaliper.synthesis.detector import compress_jpeg, detect, quantise
from nanocaliper.synthesis.packing import draw_shapes, place_particles
from nanocaliper.synthesis.random_scenes import random_scene
from nanocaliper.synthesis.scene import SceneOptions
from nanocaliper.synthesis.stamp import iterate_stamps
from nanocaliper.synthesis.truth import SimulatedMicrograph, draw_labels, tabulate_truth

__all__ = ["random_scene", "simulate"]


def simulate(scene: SceneOptions, rng: np.random.Generator) -> SimulatedMicrograph:
    """Simulate one micrograph.

    Parameters
    ----------
    scene : SceneOptions
        What to show.
    rng : numpy.random.Generator
        Source of all chance; the same state gives the same micrograph.

    Returns
    -------
    SimulatedMicrograph
        Image of `scene.shape`, and its truth.

    Raises
    ------
    UsageError
        If bar, label or strip do not fit on an image of this size.
    """
    strip_rows = measure_strip(scene)
    frame = (scene.shape[0] - strip_rows, scene.shape[1])
    placed = place_particles(scene, draw_shapes(scene, rng), frame, rng)
    # The shadow of a particle in SEM contrast reaches beyond its outline.
    stamps = list(iterate_stamps(placed, frame, 0.35 if scene.kind == "SEM" else 0.0))
    render = render_sem if scene.kind == "SEM" else render_tem
    grey = detect(render(scene, stamps, frame, rng), scene.detector, rng)
    printed = annotate(grey, scene, strip_rows, rng)
    labels = np.zeros(scene.shape, np.int32)
    labels[: frame[0]] = draw_labels(stamps, frame)
    labels[printed.opaque] = 0
    particles = tabulate_truth(stamps, labels, frame)
    pixels = quantise(printed.grey, scene.detector.bits)
    if pixels.dtype == np.uint8 and scene.detector.jpeg_quality is not None:
        pixels = compress_jpeg(pixels.astype(np.uint8), scene.detector.jpeg_quality)
    settings = asdict(scene) | {"particles_asked": scene.count, "particles_placed": len(particles)}
    return SimulatedMicrograph(
        pixels=pixels,
        labels=labels,
        particles=particles,
        nm_per_px=scene.nm_per_px,
        scale_bar=printed.bar,
        data_strip=(frame[0], scene.shape[0]) if strip_rows else None,
        kind=scene.kind,
        settings=settings,
    )
