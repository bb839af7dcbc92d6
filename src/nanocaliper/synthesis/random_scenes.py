"""Varied scenes, drawn at random, for training and for trials."""

from dataclasses import replace
from typing import Literal

import numpy as np

from nanocaliper.errors import UsageError
from nanocaliper.synthesis.scene import (
    AnnotationOptions,
    BarOptions,
    DetectorOptions,
    SceneOptions,
    SemOptions,
    ShapeOptions,
    TemOptions,
)

__all__ = ["random_scene"]

_FACETED = (
    "cube",
    "octahedron",
    "icosahedron",
    "truncated_octahedron",
    "polyhedron",
    "bipyramid",
    "prism",
    "tetrahedron",
    "hexagonal_plate",
    "triangular_plate",
)
_SIDES: tuple[Literal["above", "below", "right"], ...] = ("above", "below", "right")
_CORNERS: tuple[Literal["bottom_right", "bottom_left", "top_left", "top_right"], ...] = (
    "bottom_right",
    "bottom_left",
    "top_left",
    "top_right",
)
_ROUNDISH = ("sphere", "ellipsoid", "rough", "polyhedron", "icosahedron", "truncated_octahedron")


def random_scene(
    rng: np.random.Generator,
    shape: tuple[int, int] = (512, 640),
    diameter_px: tuple[float, float] = (8.0, 160.0),
    kind: Literal["SEM", "TEM"] | None = None,
    particle_kinds: tuple[tuple[str, float], ...] | None = None,
) -> SceneOptions:
    """Draw a varied scene: all kinds of particles, arrangements, contrasts, faults and annotations.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of chance.
    shape : (int, int)
        Rows and columns of the image.
    diameter_px : (float, float)
        Range of the geometric mean of diameter_equivalent, px; drawn evenly on a logarithmic scale.
    kind : {'SEM', 'TEM'} or None
        Kind of contrast; None: 60 % TEM, as in published figures.
    particle_kinds : tuple of (str, float) or None
        Kinds of particles with their weights; None: drawn as well.

    Returns
    -------
    SceneOptions
        For `simulate`.

    Raises
    ------
    UsageError
        If the range of diameters is empty.
    """
    low, high = diameter_px
    if not 2 <= low <= high:
        raise UsageError(f"Range of diameters is {low} to {high} px; expected 2 <= first <= second.")
    if kind is None:
        kind = "TEM" if rng.random() < 0.6 else "SEM"
    diameter = float(np.exp(rng.uniform(np.log(low), np.log(high))))
    kinds = _draw_kinds(rng) if particle_kinds is None else particle_kinds
    arrangement = str(
        rng.choice(
            ["dispersed", "touching", "agglomerates", "dense", "hexagonal", "overlapping"],
            p=[0.22, 0.2, 0.2, 0.2, 0.06, 0.12],
        )
    )
    if arrangement == "hexagonal" and not all(k in _ROUNDISH or k.startswith("hexagonal") for k, _ in kinds):
        arrangement = "touching"
    cover = float(rng.uniform(0.6, 1.0) if arrangement in ("dense", "hexagonal") else rng.uniform(0.06, 0.55))
    count = int(np.clip(cover * shape[0] * shape[1] / (np.pi * diameter**2 / 4), 1, 150))
    gsd = float(rng.choice([1.02, 1.07, 1.15, 1.3, 1.5], p=[0.25, 0.3, 0.25, 0.13, 0.07]))
    scene = SceneOptions(
        kind=kind,
        shape=shape,
        particle_kinds=kinds,
        count=count,
        diameter_px=diameter,
        gsd=min(gsd, 1.04) if arrangement == "hexagonal" else gsd,
        arrangement=arrangement,
        gap_px=float(rng.choice([0.0, 1.0, 0.06 * diameter], p=[0.3, 0.4, 0.3])),
        group=int(rng.integers(2, 5)) if arrangement == "touching" else int(rng.integers(5, 30)),
        interpenetration=float(rng.choice([0.0, 0.0, rng.uniform(0.0, 0.2)])),
        visible_fraction_min=0.5,
        nm_per_px=float(np.exp(rng.uniform(*np.log((0.5, 60.0) if kind == "SEM" else (0.03, 4.0))))),
        shapes=_draw_shape_options(rng, kind),
        sem=_draw_sem(rng),
        tem=_draw_tem(rng, diameter),
        detector=_draw_detector(rng, kind),
    )
    return replace(scene, annotations=_draw_annotations(rng, shape, scene))


def _draw_kinds(rng: np.random.Generator) -> tuple[tuple[str, float], ...]:
    chance = rng.random()
    if chance < 0.40:
        return (("sphere", 1.0),)
    if chance < 0.50:
        return (("rough", 1.0),)
    if chance < 0.56:
        return (("ellipsoid", 1.0),)
    if chance < 0.66:
        return ((str(rng.choice(["rod", "rod", "bent_rod", "prism", "dumbbell", "bipyramid"])), 1.0),)
    if chance < 0.88:
        return ((str(rng.choice(_FACETED)), 1.0),)
    if chance < 0.90:
        return (("star", 1.0),)
    several = rng.choice((*_FACETED, "sphere", "ellipsoid", "rough", "rod"), size=3, replace=False)
    return tuple((str(name), float(rng.uniform(0.3, 1.0))) for name in several)


def _draw_shape_options(rng: np.random.Generator, kind: str) -> ShapeOptions:
    return ShapeOptions(
        aspect=float(rng.choice([rng.uniform(1.05, 1.6), rng.uniform(1.6, 5.5)])),
        aspect_sd=float(rng.uniform(0.0, 0.2)),
        rounding=float(
            rng.choice([0.0, rng.uniform(0.03, 0.25), rng.uniform(0.25, 0.7)], p=[0.15, 0.5, 0.35])
        ),
        tilt=float(rng.choice([0.03, 0.15, 0.7], p=[0.6, 0.2, 0.2] if kind == "TEM" else [0.25, 0.35, 0.4])),
        roughness=float(rng.choice([rng.uniform(0.01, 0.04), rng.uniform(0.04, 0.12)])),
    )


def _draw_sem(rng: np.random.Generator) -> SemOptions:
    substrate = float(rng.uniform(0.02, 0.45))
    return SemOptions(
        substrate=substrate,
        particle=float(min(substrate + rng.uniform(0.08, 0.45), 0.85)),
        substrate_texture=float(np.exp(rng.uniform(np.log(0.003), np.log(0.05)))),
        texture_scale_px=float(np.exp(rng.uniform(np.log(1.2), np.log(14)))),
        texture=float(rng.choice([0.004, 0.02, 0.05], p=[0.4, 0.4, 0.2])),
        bumps=float(rng.choice([0.0, rng.uniform(0.01, 0.1)], p=[0.7, 0.3])),
        bump_scale=float(np.exp(rng.uniform(np.log(0.02), np.log(0.15)))),
        directional=float(rng.choice([0.0, rng.uniform(0.03, 0.22)], p=[0.3, 0.7])),
        top_light=float(rng.choice([rng.uniform(0.0, 0.3), rng.uniform(-0.35, 0.0)])),
        rim=float(rng.choice([0.0, rng.uniform(0.05, 0.25), rng.uniform(0.25, 0.4)], p=[0.2, 0.6, 0.2])),
        rim_width=float(rng.uniform(0.02, 0.15)),
        shadow=float(rng.uniform(0.0, 0.7)),
        charging=float(rng.choice([0.0, rng.uniform(0.03, 0.2)], p=[0.8, 0.2])),
        particle_spread=float(rng.uniform(0.0, 0.06)),
        gradient=float(rng.uniform(0.0, 0.12)),
        clutter=float(rng.choice([0.0, rng.uniform(0.0, 1.0)], p=[0.6, 0.4])),
    )


def _draw_tem(rng: np.random.Generator, diameter: float) -> TemOptions:
    cored = rng.random() < 0.18
    light = cored and rng.random() < 0.4
    grain = float(np.exp(rng.uniform(np.log(0.8), np.log(5.0))))
    return TemOptions(
        dark_field=bool(rng.random() < 0.1),
        film=float(rng.uniform(0.5, 0.9)),
        black=float(rng.uniform(0.0, 0.2)),
        absorption=float(np.exp(rng.uniform(np.log(0.35), np.log(3.5))))
        * (0.5 if cored and not light else 1.0),
        flatness=float(rng.choice([0.0, rng.uniform(0.1, 0.6), rng.uniform(0.6, 1.0)], p=[0.2, 0.5, 0.3])),
        grain_spread=float(rng.choice([0.03, 0.15, 0.4], p=[0.5, 0.3, 0.2])),
        bands=float(rng.choice([0.0, 0.2, 0.7], p=[0.65, 0.2, 0.15])),
        mottle=float(rng.choice([0.0, rng.uniform(0.03, 0.3)], p=[0.55, 0.45])),
        mottle_scale=float(np.exp(rng.uniform(np.log(0.02), np.log(0.2)))),
        film_texture=float(np.exp(rng.uniform(np.log(0.003), np.log(0.1)))),
        film_grain_px=grain,
        cloud=float(rng.choice([0.002, 0.01, 0.03], p=[0.45, 0.4, 0.15])),
        holes=bool(rng.random() < 0.08),
        fringe=float(
            rng.choice([0.0, rng.uniform(0.05, 0.35), rng.uniform(-0.15, 0.0)], p=[0.35, 0.5, 0.15])
        ),
        fringe_px=float(np.clip(rng.uniform(0.02, 0.06) * diameter, 1.0, 5.0)),
        core=float(rng.uniform(0.3, 0.85)) if cored else 0.0,
        core_absorption=float(rng.uniform(0.05, 0.6) if light else rng.uniform(1.5, 5.0)),
        core_offset=float(rng.choice([0.02, 0.15, 0.6])),
        clutter=float(rng.choice([0.0, rng.uniform(0.0, 1.0)], p=[0.65, 0.35])),
    )


def _draw_detector(rng: np.random.Generator, kind: str) -> DetectorOptions:
    return DetectorOptions(
        blur_px=float(np.exp(rng.uniform(np.log(0.4), np.log(2.2)))),
        drift_px=float(rng.choice([0.0, rng.uniform(1.0, 3.0)], p=[0.9, 0.1])),
        drift_angle=float(rng.uniform(0, np.pi)),
        dose=float(np.exp(rng.uniform(np.log(40 if kind == "SEM" else 25), np.log(5000)))),
        read_noise=float(rng.uniform(0.0, 0.02)),
        noise_blur_px=float(rng.choice([0.0, rng.uniform(0.5, 1.2)])),
        scan_lines=float(rng.choice([0.0, rng.uniform(0.002, 0.015)], p=[0.8, 0.2]))
        if kind == "SEM"
        else 0.0,
        vignetting=float(rng.choice([0.0, rng.uniform(0.02, 0.25)], p=[0.6, 0.4])),
        gamma=float(np.exp(rng.normal(0.0, 0.2))),
        contrast=float(np.exp(rng.normal(0.05, 0.22))),
        brightness=float(rng.normal(0.02, 0.05)),
        jpeg_quality=int(rng.integers(55, 96)) if rng.random() < 0.6 else None,
    )


def _draw_annotations(
    rng: np.random.Generator, shape: tuple[int, int], scene: SceneOptions
) -> AnnotationOptions:
    small = min(shape)
    text_px = int(np.clip(rng.uniform(0.03, 0.07) * small, 8, 60))
    strip = None
    if rng.random() < (0.2 if scene.kind == "SEM" else 0.06):
        strip = str(
            rng.choice(
                [
                    "black_line",
                    "white_columns",
                    "black_columns",
                    "hitachi",
                    "jeol",
                    "plain_white",
                    "plain_black",
                ]
            )
        )
    bar = _draw_bar(rng, text_px, strip, scene) if rng.random() < 0.8 else None
    letter = str(rng.choice(list("abcdefghABCDEF")))
    panel = letter if rng.random() < 0.4 else f"({letter})"
    backing = str(rng.choice(["none", "none", "none", "white", "black"]))
    ink = _contrast_ink(backing, rng)
    return AnnotationOptions(
        bar=bar,
        strip=strip,
        panel=panel if rng.random() < 0.55 else "",
        panel_ink=ink,
        panel_backing=_as_backing(backing),
        panel_px=int(np.clip(rng.uniform(0.05, 0.12) * small, 8, 90)),
    )


def _draw_bar(rng: np.random.Generator, text_px: int, strip: str | None, scene: SceneOptions) -> BarOptions:
    face: Literal["sans", "plotter"] = "sans" if rng.random() < 0.7 else "plotter"
    micro: Literal["µ", "u"] = "u" if rng.random() < 0.25 else "µ"
    if strip is not None:
        return BarOptions(
            style="ruler" if strip == "hitachi" else str(rng.choice(["solid", "solid", "bracket"])),
            label_side="above" if rng.random() < 0.3 else "right",
            corner="bottom_right",
            text_px=max(8, round(0.7 * text_px)),
            thickness_px=int(rng.integers(2, 5)),
            width_share=float(rng.uniform(0.1, 0.25)),
            micro=micro,
            face=face,
            space=bool(rng.random() < 0.6),
        )
    backing = str(rng.choice(["none", "white", "black"], p=[0.76, 0.18, 0.06]))
    dark_ground = scene.kind == "SEM" or scene.tem.dark_field
    ink = _contrast_ink(backing, rng)
    if backing == "none" and rng.random() < 0.75:
        ink = "white" if dark_ground else "black"
    side = _SIDES[int(rng.choice(3, p=[0.65, 0.25, 0.1]))]
    corner = _CORNERS[int(rng.choice(4, p=[0.6, 0.33, 0.02, 0.05]))]
    return BarOptions(
        style=str(rng.choice(["solid", "outlined", "bracket", "dotted"], p=[0.88, 0.03, 0.07, 0.02])),
        ink=ink,
        backing=_as_backing(backing),
        label_side=side,
        corner=corner,
        text_px=text_px,
        thickness_px=int(np.clip(rng.uniform(0.005, 0.018) * min(scene.shape), 1, 14)),
        width_share=float(rng.uniform(0.08, 0.3)),
        micro=micro,
        face=face,
        space=bool(rng.random() < 0.75),
        bold=bool(rng.random() < 0.5),
    )


def _contrast_ink(backing: str, rng: np.random.Generator) -> Literal["black", "white"]:
    if backing == "none":
        return "black" if rng.random() < 0.5 else "white"
    return "white" if backing == "black" else "black"


def _as_backing(name: str) -> Literal["none", "black", "white"]:
    return "white" if name == "white" else "black" if name == "black" else "none"
