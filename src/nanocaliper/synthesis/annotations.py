"""What is printed on or below a micrograph: scale bar, data strip, panel letter."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from nanocaliper.errors import UsageError
from nanocaliper.synthesis.lettering import draw_text
from nanocaliper.synthesis.scale_bars import BarBlock, compose_bar, paint, print_bar
from nanocaliper.synthesis.scene import AnnotationOptions, BarOptions, SceneOptions
from nanocaliper.synthesis.strips import write_strip
from nanocaliper.synthesis.truth import ScaleBarTruth

__all__ = ["Printed", "annotate", "measure_strip"]

Field = NDArray[np.float32]
_LEVEL = {"black": 0.0, "white": 1.0}


class Printed(NamedTuple):
    """A micrograph with its annotations.

    Parameters
    ----------
    grey : ndarray of float32
        The whole image, 0 to 1.
    bar : ScaleBarTruth or None
        The scale bar.
    opaque : ndarray of bool
        Pixels where strip or boxes hide the micrograph.
    """

    grey: Field
    bar: ScaleBarTruth | None
    opaque: NDArray[np.bool_]


def measure_strip(scene: SceneOptions) -> int:
    """Height of the data strip.

    Parameters
    ----------
    scene : SceneOptions
        The scene.

    Returns
    -------
    int
        Rows; 0 without a strip.

    Raises
    ------
    UsageError
        If it would take more than half of the image.
    """
    style = scene.annotations.strip
    if style is None:
        return 0
    share = 0.1 if style.endswith("columns") else 0.07
    rows = max(18, round(share * scene.shape[0]))
    block = _compose(scene)
    if block is not None:
        rows = max(rows, round(1.4 * block.ink.shape[0]) + 8)
    if rows > scene.shape[0] // 2:
        raise UsageError(
            f"The data strip takes {rows} of {scene.shape[0]} rows; expected at most half. "
            "Take a smaller text_px or a larger image."
        )
    return rows


def annotate(grey: Field, scene: SceneOptions, strip_rows: int, rng: np.random.Generator) -> Printed:
    """Add strip, scale bar and panel letter.

    Parameters
    ----------
    grey : ndarray of float32, shape (rows - strip_rows, cols)
        The micrograph.
    scene : SceneOptions
        The annotations and the scale.
    strip_rows : int
        Height of the strip, from `measure_strip`.
    rng : numpy.random.Generator
        Source of the texts on the strip and of margins.

    Returns
    -------
    Printed
        Image of `scene.shape`.

    Raises
    ------
    UsageError
        If something does not fit.
    """
    options = scene.annotations
    full = np.zeros(scene.shape, np.float32)
    full[: grey.shape[0]] = grey
    opaque = np.zeros(scene.shape, bool)
    frame = grey.shape[0]
    opaque[frame:] = True
    block, bar = _compose(scene), None
    if options.strip is not None:
        ink = 0.0 if "white" in options.strip else 1.0
        full[frame:] = 1.0 - ink
        left = None
        if options.bar is not None and block is not None:
            on_left = options.strip == "white_columns" or options.bar.corner.endswith("left")
            margin = max(4, round(0.015 * scene.shape[1]))
            left = margin if on_left else scene.shape[1] - margin - block.ink.shape[1]
            top = frame + (strip_rows - block.ink.shape[0]) // 2
            bar = print_bar(full, block, options.bar, top, left, ink)
        write_strip(full[frame:], options.strip, ink, left, 0 if block is None else block.ink.shape[1], rng)
    elif options.bar is not None and block is not None:
        bar = _print_on_micrograph(full, opaque, block, options.bar, rng)
    if options.panel:
        _print_panel(full[:frame], opaque, options, rng)
    return Printed(full, bar, opaque)


def _compose(scene: SceneOptions) -> BarBlock | None:
    bar = scene.annotations.bar
    if bar is None or scene.nm_per_px is None:
        return None
    return compose_bar(bar, scene.nm_per_px, scene.shape[1], scene.annotations.strip == "hitachi")


def _print_on_micrograph(
    full: Field, opaque: NDArray[np.bool_], block: BarBlock, options: BarOptions, rng: np.random.Generator
) -> ScaleBarTruth:
    rows, cols = block.ink.shape
    pad = max(3, round(0.3 * options.text_px)) if options.backing != "none" else 0
    margin = pad + int(rng.integers(2, max(4, round(0.05 * min(full.shape)))))
    top = margin if options.corner.startswith("top") else full.shape[0] - margin - rows
    left = margin if options.corner.endswith("left") else full.shape[1] - margin - cols
    if options.backing != "none":
        box = (slice(max(top - pad, 0), top + rows + pad), slice(max(left - pad, 0), left + cols + pad))
        full[box] = _LEVEL[options.backing]
        opaque[box] = True
    return print_bar(full, block, options, top, left, _LEVEL[options.ink])


def _print_panel(
    full: Field, opaque: NDArray[np.bool_], options: AnnotationOptions, rng: np.random.Generator
) -> None:
    face = str(rng.choice(["sans", "sans", "plotter"]))
    ink = draw_text(options.panel, options.panel_px, face, bool(rng.random() < 0.5))
    pad = max(2, options.panel_px // 5)
    margin = pad if options.panel_backing != "none" else int(rng.integers(2, 3 + options.panel_px // 2))
    rows, cols = ink.shape
    taken = options.bar is not None and options.strip is None and options.bar.corner == "top_left"
    left = full.shape[1] - margin - cols if taken else margin
    if left < 0 or margin + rows > full.shape[0] or margin + cols > full.shape[1]:
        raise UsageError(
            f"Panel letter {options.panel!r} takes {rows} x {cols} px, but the micrograph has "
            f"{full.shape[0]} x {full.shape[1]} px; take a smaller panel_px."
        )
    if options.panel_backing != "none":
        box = (slice(0, margin + rows + pad), slice(max(left - pad, 0), left + cols + pad))
        full[box] = _LEVEL[options.panel_backing]
        opaque[box] = True
    paint(full, ink, margin, left, _LEVEL[options.panel_ink])
