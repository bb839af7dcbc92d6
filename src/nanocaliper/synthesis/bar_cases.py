"""What an image with scale bars can be made to show: one bar, several, or none that can be read."""

from dataclasses import replace

import numpy as np

from nanocaliper.synthesis.bar_drafts import Draft, Maker
from nanocaliper.synthesis.bar_refusals import REFUSALS
from nanocaliper.synthesis.bar_scenes import finish, label_for, print_bar_on, second_look, set_up
from nanocaliper.synthesis.canvas import Region
from nanocaliper.synthesis.grounds import GroundPool
from nanocaliper.synthesis.typefaces import can_write

__all__ = ["CASES", "CONTRADICTING"]


def _one_bar(rng: np.random.Generator, pool: GroundPool, style: str | None) -> Draft:
    scene = set_up(rng, pool, style)
    return finish(rng, scene, (print_bar_on(rng, scene, scene.canvas.region, scene.look),))


def _redrawn_bar(rng: np.random.Generator, pool: GroundPool, style: str | None) -> Draft:
    """The instrument's bar on the strip and another, drawn by hand for print, of the same scale."""
    scene = set_up(rng, pool, style)
    scene.look = replace(scene.look, ground="strip", vertical=False)
    panel = scene.canvas.region
    first = print_bar_on(rng, scene, panel, scene.look)
    truth = first.truth
    label = label_for(rng, scene.kind, truth.nm_per_px, panel.cols)
    look = second_look(rng, scene.look, scene.kind, label)
    rest = Region(0, 0, round(panel.bottom * 0.8), panel.right)
    second = print_bar_on(rng, scene, rest, look, truth.nm_per_px)
    return finish(rng, scene, (first, second))


def _two_scales(rng: np.random.Generator, pool: GroundPool, style: str | None) -> Draft:
    """Two bars on one micrograph that contradict each other."""
    scene = set_up(rng, pool, style)
    scene.look = replace(scene.look, ground="strip", vertical=False)
    panel = scene.canvas.region
    first = print_bar_on(rng, scene, panel, scene.look)
    wrong = first.truth.nm_per_px * float(np.exp(rng.uniform(np.log(1.25), np.log(4)) * rng.choice([-1, 1])))
    label = label_for(rng, scene.kind, wrong, panel.cols)
    look = second_look(rng, scene.look, scene.kind, label)
    second = print_bar_on(rng, scene, Region(0, 0, round(panel.bottom * 0.8), panel.right), look, wrong)
    return finish(rng, scene, (first, second), "two bars that contradict each other")


def _panels(same: bool) -> Maker:
    def make(rng: np.random.Generator, pool: GroundPool, style: str | None) -> Draft:
        scene = set_up(rng, pool, style)
        whole = scene.canvas.region
        gap = int(rng.integers(0, max(2, round(0.02 * whole.cols))))
        half = (whole.cols - gap) // 2
        left = Region(0, 0, whole.bottom, half)
        right = Region(0, half + gap, whole.bottom, whole.right)
        other = pool.draw(rng, (right.rows, right.cols))
        view = scene.canvas.pixels[:, right.left :]
        view[...] = other.grey if view.ndim == 2 else other.grey[:, :, None]
        paper = (1.0, 1.0, 1.0) if rng.random() < 0.8 else (0.0, 0.0, 0.0)
        scene.canvas.fill(Region(0, half, whole.bottom, half + gap), paper)
        look = replace(scene.look, vertical=False, ground=_ground_for_panel(rng))
        first = print_bar_on(rng, scene, left, look)
        truth = first.truth
        if same:
            nm_per_px = truth.nm_per_px
            label = look.label if rng.random() < 0.6 else label_for(rng, scene.kind, nm_per_px, right.cols)
        else:
            nm_per_px = truth.nm_per_px * float(
                np.exp(rng.uniform(np.log(1.3), np.log(10)) * rng.choice([-1, 1]))
            )
            label = label_for(rng, scene.kind, nm_per_px, right.cols)
        twin = replace(look, label=label, face=look.face if can_write(label.text, look.face) else "stix")
        second = print_bar_on(rng, scene, right, twin, nm_per_px, truth.digit_px)
        bars = (first, second) if rng.random() < 0.5 else (second, first)
        return finish(rng, scene, bars, "" if same else "two panels of different scales")

    return make


def _ground_for_panel(rng: np.random.Generator) -> str:
    return str(rng.choice(["micrograph", "box"], p=[0.75, 0.25]))


def _inset(main_bar: bool, inset_bar: bool) -> Maker:
    def make(rng: np.random.Generator, pool: GroundPool, style: str | None) -> Draft:
        scene = set_up(rng, pool, style)
        whole, bars = scene.canvas.region, []
        share = float(rng.uniform(0.28, 0.45))
        rows, cols = round(share * whole.rows), round(share * whole.cols)
        top = 0
        left = whole.right - cols if rng.random() < 0.6 else 0
        inset = Region(top, left, top + rows, left + cols)
        look = replace(scene.look, vertical=False, ground=_ground_for_panel(rng))
        if main_bar:
            below = Region(inset.bottom + 2, 0, whole.bottom, whole.right)
            bars.append(print_bar_on(rng, scene, below, look))
        ground = pool.draw(rng, (rows, cols))
        line = max(1, round(0.004 * whole.rows))
        scene.canvas.fill(
            Region(top, left - line, inset.bottom + line, inset.right + line),
            (1.0, 1.0, 1.0) if rng.random() < 0.7 else (0.0, 0.0, 0.0),
        )
        view = scene.canvas.pixels[top : inset.bottom, left : inset.right]
        view[...] = ground.grey if view.ndim == 2 else ground.grey[:, :, None]
        if inset_bar:
            if bars:
                nm_per_px = bars[0].truth.nm_per_px / float(rng.uniform(1.5, 8))
                label = label_for(rng, scene.kind, nm_per_px, cols)
                look = second_look(rng, look, scene.kind, label)
                bars.append(print_bar_on(rng, scene, inset, replace(look, ground="micrograph"), nm_per_px))
            else:
                bars.append(print_bar_on(rng, scene, inset, replace(look, ground="micrograph")))
        scene.canvas.taken.append(inset)
        reason = "the bar of an inset beside that of the micrograph" if main_bar else "a bar in an inset only"
        return finish(rng, scene, tuple(bars), reason if inset_bar else "")

    return make


#: Cases with their shares and makers.
CASES: dict[str, tuple[float, Maker]] = {
    "one bar": (0.8, _one_bar),
    "two bars, one scale": (0.025, _redrawn_bar),
    "two panels, one scale": (0.02, _panels(same=True)),
    "inset without a bar": (0.01, _inset(main_bar=True, inset_bar=False)),
    "two bars, two scales": (0.01, _two_scales),
    "two panels, two scales": (0.015, _panels(same=False)),
    "inset with another bar": (0.01, _inset(main_bar=True, inset_bar=True)),
    "bar in an inset only": (0.004, _inset(main_bar=False, inset_bar=True)),
    **REFUSALS,
}
#: Those in which two readable bars tell different scales.
CONTRADICTING = ("two bars, two scales", "two panels, two scales", "inset with another bar")
