"""Everything that decides how a simulated micrograph looks, apart from chance."""

from dataclasses import dataclass, field
from typing import Literal

from nanocaliper.synthesis.annotation_options import BAR_STYLES, STRIP_STYLES, AnnotationOptions, BarOptions
from nanocaliper.synthesis.checks import require, require_share
from nanocaliper.synthesis.contrast_options import DetectorOptions, SemOptions, TemOptions
from nanocaliper.synthesis.polyhedra import POLYHEDRON_KINDS

__all__ = [
    "ARRANGEMENTS",
    "BAR_STYLES",
    "PARTICLE_KINDS",
    "STRIP_STYLES",
    "AnnotationOptions",
    "BarOptions",
    "DetectorOptions",
    "SceneOptions",
    "SemOptions",
    "ShapeOptions",
    "TemOptions",
]

#: Shapes of particles that can be drawn.
PARTICLE_KINDS = tuple(
    sorted(("sphere", "ellipsoid", "rod", "bent_rod", "dumbbell", "star", "rough", *POLYHEDRON_KINDS))
)
#: How particles lie.
ARRANGEMENTS = ("dispersed", "touching", "agglomerates", "dense", "hexagonal", "overlapping")


@dataclass(frozen=True)
class ShapeOptions:
    """How particles of one scene resemble each other.

    Parameters
    ----------
    aspect : float
        Mean length over width of elongated kinds; width over thickness of plates; >= 1.
    aspect_sd : float
        Relative standard deviation of the aspect.
    rounding : float
        Radius of edges over the radius of the inscribed sphere of faceted kinds, 0 to 0.9.
    tilt : float
        Standard deviation of tilts out of the plane for faceted kinds, radians.
    roughness : float
        Relative standard deviation of the radius of kind ``'rough'``, 0 to 0.25.
    """

    aspect: float = 2.5
    aspect_sd: float = 0.1
    rounding: float = 0.15
    tilt: float = 0.05
    roughness: float = 0.05

    def __post_init__(self) -> None:
        require(1 <= self.aspect <= 12, "aspect", self.aspect, "1 to 12")
        require(0 <= self.aspect_sd <= 0.5, "aspect_sd", self.aspect_sd, "0 to 0.5")
        require(0 <= self.rounding <= 0.9, "rounding", self.rounding, "0 to 0.9")
        require(0 <= self.tilt <= 1, "tilt", self.tilt, "0 to 1 rad")
        require(0 <= self.roughness <= 0.25, "roughness", self.roughness, "0 to 0.25")


@dataclass(frozen=True)
class SceneOptions:
    """A scene to simulate.

    Parameters
    ----------
    kind : {'SEM', 'TEM'}
        Kind of contrast; options of the other kind are not used.
    shape : (int, int)
        Rows and columns of the image, data strip included.
    particle_kinds : tuple of (str, float)
        Kinds, from `PARTICLE_KINDS`, with their weights.
    count : int
        Particles to place. Where there is no room for so many, fewer are placed; the truth and
        ``settings['particles_placed']`` tell how many.
    diameter_px : float
        Geometric mean of the diameter_equivalent, px.
    gsd : float
        Geometric standard deviation of the lognormal sizes, >= 1.
    arrangement : str
        One of `ARRANGEMENTS`.
    gap_px : float
        Smallest distance between separate particles or groups, px.
    group : int
        Mean number of particles in a touching group or agglomerate.
    interpenetration : float
        How far particles in contact overlap, over the mean diameter, 0 to 0.4.
    visible_fraction_min : float
        In overlapping scenes, the least part of a particle that others leave visible.
    nm_per_px : float or None
        Scale; None for an image without calibration.
    shapes, sem, tem, detector, annotations
        Further options.
    """

    kind: Literal["SEM", "TEM"] = "TEM"
    shape: tuple[int, int] = (512, 640)
    particle_kinds: tuple[tuple[str, float], ...] = (("sphere", 1.0),)
    count: int = 40
    diameter_px: float = 40.0
    gsd: float = 1.12
    arrangement: str = "dispersed"
    gap_px: float = 2.0
    group: int = 4
    interpenetration: float = 0.0
    visible_fraction_min: float = 0.5
    nm_per_px: float | None = 1.0
    shapes: ShapeOptions = field(default_factory=ShapeOptions)
    sem: SemOptions = field(default_factory=SemOptions)
    tem: TemOptions = field(default_factory=TemOptions)
    detector: DetectorOptions = field(default_factory=DetectorOptions)
    annotations: AnnotationOptions = field(default_factory=AnnotationOptions)

    def __post_init__(self) -> None:
        require(self.kind in ("SEM", "TEM"), "kind", self.kind, "'SEM' or 'TEM'")
        require(
            len(self.shape) == 2 and min(self.shape) >= 64,
            "shape",
            self.shape,
            "rows and columns of 64 or more",
        )
        require(len(self.particle_kinds) > 0, "particle_kinds", self.particle_kinds, "at least one kind")
        for name, weight in self.particle_kinds:
            require(name in PARTICLE_KINDS, "particle_kinds", name, f"one of {', '.join(PARTICLE_KINDS)}")
            require(weight > 0, "particle_kinds", weight, "weights above 0")
        require(1 <= self.count <= 20000, "count", self.count, "1 to 20000")
        require(2 <= self.diameter_px <= 4000, "diameter_px", self.diameter_px, "2 to 4000 px")
        require(1 <= self.gsd <= 3, "gsd", self.gsd, "1 to 3")
        require(
            self.arrangement in ARRANGEMENTS,
            "arrangement",
            self.arrangement,
            f"one of {', '.join(ARRANGEMENTS)}",
        )
        require(self.gap_px >= 0, "gap_px", self.gap_px, "0 or more")
        require(self.group >= 1, "group", self.group, "1 or more")
        require(0 <= self.interpenetration <= 0.4, "interpenetration", self.interpenetration, "0 to 0.4")
        require_share(self, "visible_fraction_min")
        require(
            self.nm_per_px is None or 0 < self.nm_per_px < float("inf"),
            "nm_per_px",
            self.nm_per_px,
            "None or a number above 0",
        )
        require(
            self.annotations.bar is None or self.nm_per_px is not None,
            "annotations.bar",
            self.annotations.bar,
            "None for a scene without nm_per_px",
        )
