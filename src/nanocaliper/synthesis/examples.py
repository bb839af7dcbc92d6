"""The set of example images that comes with the project; all are simulated, none is a photograph."""

from pathlib import Path

import numpy as np

from nanocaliper.synthesis.scene import (
    AnnotationOptions,
    BarOptions,
    DetectorOptions,
    SceneOptions,
    SemOptions,
    ShapeOptions,
    TemOptions,
)
from nanocaliper.synthesis.simulate import simulate
from nanocaliper.synthesis.write import write_simulated, write_truth

__all__ = ["EXAMPLE_SCENES", "write_example_set"]

_SHARP = DetectorOptions(blur_px=0.8, dose=900, read_noise=0.008, noise_blur_px=0.5)

#: Name and scene of every example.
EXAMPLE_SCENES: dict[str, SceneOptions] = {
    "sem_spheres_touching": SceneOptions(
        kind="SEM",
        shape=(480, 560),
        count=32,
        diameter_px=46.0,
        gsd=1.08,
        arrangement="touching",
        group=4,
        nm_per_px=2.5,
        sem=SemOptions(substrate=0.2, particle=0.52, rim=0.25, rim_width=0.07, directional=0.08, clutter=0.2),
        detector=_SHARP,
        annotations=AnnotationOptions(
            strip="plain_white",
            bar=BarOptions(text_px=30, thickness_px=6, label_side="right", width_share=0.14),
        ),
    ),
    "tem_spheres": SceneOptions(
        kind="TEM",
        shape=(480, 560),
        count=55,
        diameter_px=34.0,
        gsd=1.18,
        arrangement="dispersed",
        gap_px=3.0,
        nm_per_px=0.5,
        tem=TemOptions(
            absorption=1.9, flatness=0.35, film_texture=0.02, fringe=0.12, grain_spread=0.12, bands=0.15
        ),
        detector=_SHARP,
        annotations=AnnotationOptions(
            bar=BarOptions(
                backing="white", text_px=30, thickness_px=7, corner="bottom_left", width_share=0.18
            )
        ),
    ),
    "tem_rods": SceneOptions(
        kind="TEM",
        shape=(480, 560),
        particle_kinds=(("rod", 1.0),),
        count=32,
        diameter_px=38.0,
        gsd=1.1,
        arrangement="dispersed",
        gap_px=3.0,
        nm_per_px=0.8,
        shapes=ShapeOptions(aspect=3.4, aspect_sd=0.12),
        tem=TemOptions(absorption=2.2, flatness=0.3, film_texture=0.03, cloud=0.01, fringe=0.08),
        detector=_SHARP,
        annotations=AnnotationOptions(
            bar=BarOptions(backing="white", text_px=30, thickness_px=7, width_share=0.22, bold=True)
        ),
    ),
    "sem_cubes": SceneOptions(
        kind="SEM",
        shape=(480, 560),
        particle_kinds=(("cube", 1.0),),
        count=24,
        diameter_px=62.0,
        gsd=1.06,
        arrangement="dispersed",
        gap_px=3.0,
        nm_per_px=10.0,
        shapes=ShapeOptions(rounding=0.12, tilt=0.2),
        sem=SemOptions(substrate=0.12, particle=0.5, rim=0.3, rim_width=0.04, directional=0.12, shadow=0.5),
        detector=_SHARP,
        annotations=AnnotationOptions(
            strip="plain_black",
            bar=BarOptions(ink="white", text_px=30, thickness_px=5, label_side="right", width_share=0.18),
        ),
    ),
    "sem_dense_16bit": SceneOptions(
        kind="SEM",
        shape=(400, 470),
        count=70,
        diameter_px=42.0,
        gsd=1.12,
        arrangement="dense",
        gap_px=1.0,
        nm_per_px=5.0,
        sem=SemOptions(substrate=0.15, particle=0.5, rim=0.2, directional=0.05, top_light=0.2),
        detector=DetectorOptions(blur_px=0.8, dose=900, read_noise=0.008, noise_blur_px=0.5, bits=16),
        annotations=AnnotationOptions(
            strip="plain_white",
            bar=BarOptions(text_px=32, thickness_px=6, label_side="right", width_share=0.22, unit="um"),
        ),
    ),
}


def write_example_set(folder: Path, seed: int = 2025) -> Path:
    """Write the example images with their truth.

    Parameters
    ----------
    folder : pathlib.Path
        Where; made if it is not there.
    seed : int
        Seed, 0 or more.

    Returns
    -------
    pathlib.Path
        ``truth.json`` of the set.

    Raises
    ------
    OutputError
        If something cannot be written.
    """
    entries = []
    for n, (name, scene) in enumerate(EXAMPLE_SCENES.items()):
        simulated = simulate(scene, np.random.default_rng([seed, n]))
        entries.append(write_simulated(simulated, folder, name))
    return write_truth(entries, folder, seed)
