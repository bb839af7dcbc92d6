"""Images without a scale that can be read: no bar, no label, cut, covered or unreadable."""

from dataclasses import replace

import numpy as np

from nanocaliper.synthesis.bar_drafts import Draft, Maker
from nanocaliper.synthesis.bar_placing import print_on_micrograph, write_strip
from nanocaliper.synthesis.bar_scenes import choose_digit_px, compose_on, finish, print_bar_on, set_up
from nanocaliper.synthesis.canvas import Region
from nanocaliper.synthesis.distractors import print_distractors, print_text
from nanocaliper.synthesis.grounds import GroundPool

__all__ = ["REFUSALS"]


def _no_bar(rng: np.random.Generator, pool: GroundPool, style: str | None) -> Draft:
    """Nothing, or settings and names without a length; the truth's bar is none that was printed."""
    scene = set_up(rng, pool, style)
    canvas = scene.canvas
    nm_per_px = scene.look.label.length_nm / (0.2 * canvas.region.cols)
    digit = choose_digit_px(rng, scene.look, canvas.region, scene.how.scale)
    if rng.random() < 0.35:
        rows = round(float(rng.uniform(2.2, 4.0)) * digit)
        strip = Region(canvas.region.bottom - rows, 0, canvas.region.bottom, canvas.region.right)
        dark = rng.random() < 0.6
        canvas.fill(strip, (0.0, 0.0, 0.0) if dark else (1.0, 1.0, 1.0))
        write_strip(canvas, strip, None, (1.0, 1.0, 1.0) if dark else (0.0, 0.0, 0.0), digit, nm_per_px, rng)
        canvas.taken.append(strip)
    done = print_distractors(canvas, canvas.region, nm_per_px, digit, rng, measured=False)
    return Draft(canvas, (), scene.kind, scene.how, "no bar", done)


def _without(part: str) -> Maker:
    def make(rng: np.random.Generator, pool: GroundPool, style: str | None) -> Draft:
        scene = set_up(rng, pool, style)
        printed = print_bar_on(rng, scene, scene.canvas.region, scene.look, without=part)
        if part == "bar" and rng.random() < 0.3:
            # A second length without a bar, such as a particle's size in the caption.
            print_text(
                scene.canvas, scene.canvas.region, f"{rng.integers(5, 90)} nm", printed.truth.digit_px, rng
            )
        return finish(rng, scene, (printed,), "text without a bar" if part == "bar" else "a bar without text")

    return make


def _leaves(part: str) -> Maker:
    """Bar or label cut off by the border of the image."""

    def make(rng: np.random.Generator, pool: GroundPool, style: str | None) -> Draft:
        scene = set_up(rng, pool, style)
        panel = scene.canvas.region
        look = replace(scene.look, vertical=False, ground="micrograph")
        if part == "label":
            look = replace(look, style=look.style if look.side != "inside" else "solid", side="left", gap=0.7)
        block, nm_per_px = compose_on(rng, panel, look, scene.how.scale)
        if part == "label":
            left = -round(_hidden_share(rng, look.label.text) * block.label.ink.shape[1]) - block.label.left
        else:
            length = block.ends[1][1] - block.ends[0][1]
            out = float(rng.uniform(0.1, 0.5)) * length
            if rng.random() < 0.5:
                left = -round(block.ends[0][1] + out)
            else:
                left = round(panel.right - 0.5 - block.ends[1][1] + out)
        top = panel.bottom - block.rows - int(rng.integers(2, 3 + round(0.05 * panel.rows)))
        printed = print_on_micrograph(scene.canvas, panel, block, look, nm_per_px, rng, (top, left))
        return finish(rng, scene, (printed,), f"the {part} leaves the image")

    return make


def _hidden_share(rng: np.random.Generator, text: str) -> float:
    """How much of a label's width to hide so that its number ends within a digit, most of it gone."""
    digits = sum(letter in "0123456789.," for letter in text)
    return float(rng.integers(digits) + rng.uniform(0.88, 1.1)) / len(text)


def _covered(part: str) -> Maker:
    """Bar or label partly under something that was pasted on top."""

    def make(rng: np.random.Generator, pool: GroundPool, style: str | None) -> Draft:
        scene = set_up(rng, pool, style)
        canvas = scene.canvas
        look = replace(scene.look, vertical=False)
        if part == "label" and look.style == "box":
            look = replace(look, style="solid", side="above")
        printed = print_bar_on(rng, scene, canvas.region, look)
        truth, digit = printed.truth, printed.truth.digit_px
        if part == "bar":
            length, right = truth.col_end - truth.col_start, rng.random() < 0.5
            inner = float(rng.uniform(0.15, 0.45)) * length
            high = printed.bar.ink.shape[0] / 2 + digit * float(rng.uniform(1.0, 1.8))
            edge = truth.col_end if right else truth.col_start
            cols = (edge - inner, edge + digit) if right else (edge - digit, edge + inner)
            patch = Region(
                *(round(v) for v in (truth.row_start - high, cols[0], truth.row_start + high, cols[1]))
            )
        else:
            top, left, bottom, right_edge = truth.label_box
            patch = Region(
                round(top - 0.3 * digit),
                round(left - digit),
                round(bottom + 0.3 * digit),
                round(left + _hidden_share(rng, truth.text) * (right_edge - left)),
            )
        around = canvas.grey(Region(patch.top - 3, patch.left - 3, patch.bottom + 3, patch.right + 3))
        # In a grey of its own, so that it is seen that something lies there.
        level = 0.45 if not 0.3 < float(around.mean()) < 0.6 else float(rng.choice([0.05, 0.95]))
        canvas.fill(patch, (level, level, level))
        frame = (0.0, 0.0, 0.0) if level > 0.3 else (1.0, 1.0, 1.0)
        canvas.fill(Region(patch.top, patch.left, patch.top + 1, patch.right), frame)
        canvas.fill(Region(patch.bottom - 1, patch.left, patch.bottom, patch.right), frame)
        return finish(rng, scene, (printed,), f"the {part} is covered")

    return make


def _unreadable(rng: np.random.Generator, pool: GroundPool, style: str | None) -> Draft:
    """A label far too small, or a picture made large again from a few px."""
    scene = set_up(rng, pool, style)
    if rng.random() < 0.5:
        digit = float(rng.uniform(2.5, 3.8)) / scene.how.scale
        printed = print_bar_on(rng, scene, scene.canvas.region, scene.look, digit_px=digit)
        return finish(rng, scene, (printed,), "the label is too small to read")
    printed = print_bar_on(rng, scene, scene.canvas.region, scene.look)
    shrink = float(rng.uniform(2.4, 3.3)) / printed.truth.digit_px
    how = replace(scene.how, scale=shrink, method="area", enlarged=1 / shrink)
    return finish(rng, scene, (printed,), "the label is too blurred to read", how)


#: Cases in which only a refusal is right, with their shares and makers.
REFUSALS: dict[str, tuple[float, Maker]] = {
    "no bar": (0.02, _no_bar),
    "text, no bar": (0.02, _without("bar")),
    "bar, no text": (0.02, _without("label")),
    "bar leaves the image": (0.012, _leaves("bar")),
    "label leaves the image": (0.008, _leaves("label")),
    "bar covered": (0.008, _covered("bar")),
    "label covered": (0.008, _covered("label")),
    "label unreadable": (0.015, _unreadable),
}
