"""Options of contrast and detector."""

from dataclasses import dataclass

from nanocaliper.synthesis.checks import require, require_share

__all__ = ["DetectorOptions", "SemOptions", "TemOptions"]


@dataclass(frozen=True)
class SemOptions:
    """Contrast of secondary and backscattered electrons; all intensities on a scale of 0 black to 1 white.

    Parameters
    ----------
    substrate, particle : float
        Mean intensities.
    substrate_texture : float
        Standard deviation of the texture of the substrate.
    texture_scale_px : float
        Size of the grains of both textures.
    texture : float
        Standard deviation of the texture on particles.
    bumps : float
        Strength of a relief of bumps on particles, 0 smooth.
    bump_scale : float
        Size of the bumps over the diameter.
    directional : float
        Strength of the shading by a detector at one side.
    top_light : float
        Strength of the shading that makes surfaces seen from above brighter; negative: darker.
    rim : float
        Brightening of edges.
    rim_width : float
        Width of the bright edge over the diameter.
    shadow : float
        Darkening of what lies around and under particles.
    charging : float
        Strength of streaks and halos of charging.
    particle_spread : float
        Standard deviation of the intensity from particle to particle.
    gradient : float
        Change of the background over the image.
    clutter : float
        Amount of scratches and specks on the substrate, 0 none to 1; they are no particles.
    """

    substrate: float = 0.25
    particle: float = 0.6
    substrate_texture: float = 0.02
    texture_scale_px: float = 3.0
    texture: float = 0.02
    bumps: float = 0.0
    bump_scale: float = 0.06
    directional: float = 0.1
    top_light: float = 0.1
    rim: float = 0.25
    rim_width: float = 0.05
    shadow: float = 0.4
    charging: float = 0.0
    particle_spread: float = 0.03
    gradient: float = 0.05
    clutter: float = 0.0

    def __post_init__(self) -> None:
        require_share(self, "substrate", "particle", "shadow", "clutter")
        require(self.bump_scale > 0, "bump_scale", self.bump_scale, "more than 0")
        require(self.texture_scale_px > 0, "texture_scale_px", self.texture_scale_px, "more than 0 px")
        require(self.rim_width > 0, "rim_width", self.rim_width, "more than 0")


@dataclass(frozen=True)
class TemOptions:
    """Contrast in transmission; all intensities on a scale of 0 black to 1 white.

    Parameters
    ----------
    dark_field : bool
        Bright particles on black (HAADF-STEM, dark field) in place of dark on bright.
    film : float
        Mean intensity of the support film (bright field).
    black : float
        Intensity behind infinite thickness (bright field) or of the empty film (dark field).
    absorption : float
        Optical thickness of a particle of mean size at its thickest place.
    flatness : float
        0 thickness counts as it is, 1 particles are as dark at the edge as in the middle.
    grain_spread : float
        Relative standard deviation of the absorption from particle to particle (diffraction contrast).
    bands : float
        Share of particles with bend contours or twin bands.
    mottle : float
        Strength of a texture inside the particles (pores, crystallites).
    mottle_scale : float
        Size of its grains over the diameter.
    film_texture : float
        Standard deviation of the grain of the film.
    film_grain_px : float
        Size of the grain of the film.
    cloud : float
        Standard deviation of slow changes of the thickness of the film.
    holes : bool
        Whether the film has holes with thick edges.
    fringe : float
        Strength of the Fresnel fringe: positive bright outside (underfocus), negative dark.
    fringe_px : float
        Width of the fringe.
    core : float
        Diameter of the core over that of the particle; 0 none.
    core_absorption : float
        Absorption of the core over that of the shell; below 1 a hollow or light core.
    core_offset : float
        Standard deviation of the place of the core over the room it has.
    clutter : float
        Amount of wrinkles and specks on the film, 0 none to 1; they are no particles.
    """

    dark_field: bool = False
    film: float = 0.72
    black: float = 0.08
    absorption: float = 1.6
    flatness: float = 0.2
    grain_spread: float = 0.1
    bands: float = 0.0
    mottle: float = 0.0
    mottle_scale: float = 0.1
    film_texture: float = 0.03
    film_grain_px: float = 2.0
    cloud: float = 0.02
    holes: bool = False
    fringe: float = 0.1
    fringe_px: float = 2.0
    core: float = 0.0
    core_absorption: float = 2.0
    core_offset: float = 0.2
    clutter: float = 0.0

    def __post_init__(self) -> None:
        require_share(self, "film", "black", "flatness", "bands", "core", "clutter")
        require(self.absorption > 0, "absorption", self.absorption, "more than 0")
        require(self.film_grain_px > 0, "film_grain_px", self.film_grain_px, "more than 0 px")
        require(self.fringe_px > 0, "fringe_px", self.fringe_px, "more than 0 px")
        require(self.mottle_scale > 0, "mottle_scale", self.mottle_scale, "more than 0")


@dataclass(frozen=True)
class DetectorOptions:
    """From intensities to grey levels.

    Parameters
    ----------
    blur_px : float
        Standard deviation of the blur by beam and focus, px.
    drift_px : float
        Length of the smear by drift, px.
    drift_angle : float
        Its direction, radians from the columns towards the rows.
    dose : float
        Electrons a pixel at intensity 1; more is less shot noise.
    read_noise : float
        Standard deviation of the Gaussian noise, on the scale of 0 to 1.
    noise_blur_px : float
        Correlation of the noise (resampled images), standard deviation in px.
    scan_lines : float
        Standard deviation of the level from line to line.
    vignetting : float
        Loss of intensity at the corners.
    gamma, contrast, brightness : float
        Grey curve: ``(contrast * (x - mean) + mean + brightness) ** gamma``, clipped to 0 to 1 before the
        power.
    bits : {8, 16}
        Depth of the image.
    jpeg_quality : int or None
        Quality of a JPEG compression as in published figures; None for none. 8 bits only.
    """

    blur_px: float = 0.7
    drift_px: float = 0.0
    drift_angle: float = 0.0
    dose: float = 300.0
    read_noise: float = 0.01
    noise_blur_px: float = 0.0
    scan_lines: float = 0.0
    vignetting: float = 0.0
    gamma: float = 1.0
    contrast: float = 1.0
    brightness: float = 0.0
    bits: int = 8
    jpeg_quality: int | None = None

    def __post_init__(self) -> None:
        require(self.bits in (8, 16), "bits", self.bits, "8 or 16")
        require(self.dose > 0, "dose", self.dose, "more than 0")
        require(self.gamma > 0, "gamma", self.gamma, "more than 0")
        for name in ("blur_px", "drift_px", "read_noise", "noise_blur_px", "scan_lines"):
            require(getattr(self, name) >= 0, name, getattr(self, name), "0 or more")
        if self.jpeg_quality is not None:
            require(1 <= self.jpeg_quality <= 100, "jpeg_quality", self.jpeg_quality, "1 to 100")
            require(self.bits == 8, "jpeg_quality", self.jpeg_quality, "None for a 16-bit image")
