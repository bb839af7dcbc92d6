"""Scale bars, labels, strips and panel letters: exact lengths and that all of them are drawn."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nanocaliper.errors import UsageError
from nanocaliper.synthesis.annotations import annotate, measure_strip
from nanocaliper.synthesis.lettering import draw_text
from nanocaliper.synthesis.scale_bars import choose_value
from nanocaliper.synthesis.scene import (
    BAR_STYLES,
    STRIP_STYLES,
    AnnotationOptions,
    BarOptions,
    SceneOptions,
)
from nanocaliper.synthesis.simulate import simulate
from nanocaliper.synthesis.truth import ScaleBarTruth
from nanocaliper.units import to_nm


def print_on_grey(scene: SceneOptions) -> tuple[np.ndarray, ScaleBarTruth | None, np.ndarray]:
    strip = measure_strip(scene)
    grey = np.full((scene.shape[0] - strip, scene.shape[1]), 0.5, np.float32)
    printed = annotate(grey, scene, strip, np.random.default_rng(1))
    return printed.grey, printed.bar, printed.opaque


def measure_bar(grey: np.ndarray, bar: ScaleBarTruth, ink: float, ground: float) -> tuple[float, float]:
    """Ends of the ink on the bar's row near the bar, px, from the shares of the outermost pixels."""
    start, stop = int(bar.col_start) - 4, int(bar.col_end) + 6
    share = (grey[round(bar.row), start:stop] - ground) / (ink - ground)
    inked = np.flatnonzero(share > 0.02)
    first, last = int(inked[0]), int(inked[-1])
    return start + first + 0.5 - share[first], start + last - 0.5 + share[last]


@pytest.mark.parametrize("side", ["above", "below", "left", "right"])
@pytest.mark.parametrize("style", BAR_STYLES)
@pytest.mark.parametrize("nm_per_px", [0.5, 0.7313, 3.91])
def test_bar_is_as_long_as_the_truth(style: str, side: str, nm_per_px: float) -> None:
    bar_options = BarOptions(style=style, label_side=side, width_share=0.25, text_px=18)  # type: ignore[arg-type]
    scene = SceneOptions(nm_per_px=nm_per_px, annotations=AnnotationOptions(bar=bar_options))
    grey, bar, _ = print_on_grey(scene)
    assert bar is not None
    start, stop = measure_bar(grey, bar, 0.0, 0.5)
    if style == "ruler":
        # From the middle of the first tick to the middle of the last; ticks are 2 px wide.
        start, stop = start + 1.0, stop - 1.0
    assert (start, stop) == pytest.approx((bar.col_start, bar.col_end), abs=0.05 if style != "ruler" else 0.5)
    assert bar.length_px == pytest.approx(bar.col_end - bar.col_start)
    assert bar.length_px * nm_per_px == pytest.approx(to_nm(bar.value, bar.unit))


@pytest.mark.parametrize("style", STRIP_STYLES)
def test_every_strip_is_drawn_with_its_bar(style: str) -> None:
    bar_options = BarOptions(label_side="right", text_px=16, thickness_px=3, width_share=0.15)
    scene = SceneOptions(annotations=AnnotationOptions(bar=bar_options, strip=style))
    simulated = simulate(scene, np.random.default_rng(3))
    assert simulated.data_strip is not None
    first, stop = simulated.data_strip
    assert stop == scene.shape[0]
    strip = simulated.pixels[first:stop].astype(int)
    ground, ink = (255, 0) if "white" in style else (0, 255)
    assert np.median(strip) == ground
    assert not simulated.labels[first:].any()
    bar = simulated.scale_bar
    assert bar is not None
    assert first < bar.row < stop
    row = simulated.pixels[round(bar.row), int(bar.col_start) + 2 : int(bar.col_end) - 1]
    assert (row == ink).all()
    # Instrument text beyond bar and label, except on plain strips.
    rest = np.abs(strip - ground) > 128
    rest[:, int(min(bar.col_start, bar.label_box[1])) - 1 : int(max(bar.col_end, bar.label_box[3])) + 2] = (
        False
    )
    assert rest.any() == (not style.startswith("plain"))


@pytest.mark.parametrize("corner", ["top_left", "top_right", "bottom_left", "bottom_right"])
@pytest.mark.parametrize("backing", ["none", "white", "black"])
def test_bar_stands_in_its_corner_on_its_backing(corner: str, backing: str) -> None:
    ink = "white" if backing == "black" else "black"
    bar_options = BarOptions(corner=corner, backing=backing, ink=ink)  # type: ignore[arg-type]
    scene = SceneOptions(annotations=AnnotationOptions(bar=bar_options, panel="(a)"))
    grey, bar, opaque = print_on_grey(scene)
    assert bar is not None
    assert (bar.row < 256) == corner.startswith("top")
    assert (bar.col_end < 320) == corner.endswith("left")
    top, left, bottom, right = bar.label_box
    assert top > 0
    assert left > 0
    assert bottom < 512
    assert right < 640
    assert opaque.any() == (backing != "none")
    if backing != "none":
        ground = 1.0 if backing == "white" else 0.0
        assert opaque[top:bottom, left:right].all()
        assert grey[top - 1, left - 1] == ground


def test_what_a_box_hides_is_background() -> None:
    bar_options = BarOptions(backing="white", text_px=60, thickness_px=20, width_share=0.5)
    scene = SceneOptions(
        count=150, diameter_px=30, arrangement="dense", annotations=AnnotationOptions(bar=bar_options)
    )
    simulated = simulate(scene, np.random.default_rng(3))
    bar = simulated.scale_bar
    assert bar is not None
    top, left, bottom, right = bar.label_box
    assert not simulated.labels[top:bottom, left:right].any()
    cut = simulated.particles["visible_fraction"] < simulated.particles["in_frame_fraction"]
    assert cut.any()


def test_panel_letter_is_drawn_and_keeps_off_the_bar() -> None:
    bar_options = BarOptions(corner="top_left")
    options = AnnotationOptions(bar=bar_options, panel="(b)", panel_ink="white", panel_px=40)
    grey, bar, _ = print_on_grey(SceneOptions(annotations=options))
    assert bar is not None
    rows, cols = np.nonzero(grey > 0.9)
    assert len(rows) > 50
    assert rows.max() < 120
    assert cols.min() > 400


@given(st.floats(1e-2, 1e8), st.sampled_from(["auto", "nm", "um"]))
@settings(max_examples=100, deadline=None)
def test_values_are_round_and_near(aim_nm: float, unit: str) -> None:
    value, chosen = choose_value(aim_nm, unit)
    # Steps of 1, 2, 5: never further off than the square root of 2.5.
    assert 1 / np.sqrt(2.51) < to_nm(value, chosen) / aim_nm < np.sqrt(2.51)
    lead = value / 10 ** np.floor(np.log10(value) + 1e-9)
    assert min(abs(lead - step) for step in (1, 2, 5)) < 1e-6


@pytest.mark.parametrize(
    ("options", "text"),
    [
        (BarOptions(), "200 nm"),
        (BarOptions(space=False), "200nm"),
        (BarOptions(unit="um"), "0.2 µm"),
        (BarOptions(unit="um", micro="u"), "0.2 um"),
    ],
)
def test_label_is_written_as_asked(options: BarOptions, text: str) -> None:
    _, bar, _ = print_on_grey(SceneOptions(nm_per_px=1.6, annotations=AnnotationOptions(bar=options)))
    assert bar is not None
    assert bar.text == text


@pytest.mark.parametrize("bold", [False, True])
@pytest.mark.parametrize("face", ["sans", "plotter"])
def test_micro_is_a_u_with_a_stem_below_the_line(face: str, bold: bool) -> None:
    u, micro = draw_text("u", 40, face, bold), draw_text("µ", 40, face, bold)
    assert micro.shape[1] == pytest.approx(u.shape[1], abs=1)
    assert micro.shape[0] > 1.2 * u.shape[0]
    # Below the line of the u there is ink at the left only.
    below = micro[u.shape[0] + 2 :]
    third = micro.shape[1] // 3 + 1
    assert below[:, :third].max() > 0.9
    assert below[:, third + 2 :].max() < 0.1


def test_letters_are_told_apart() -> None:
    drawn = {draw_text(letter, 30).tobytes() for letter in "0123456789nmu"}
    assert len(drawn) == 13


def test_other_letters_are_refused() -> None:
    with pytest.raises(UsageError, match="ASCII"):
        draw_text("10 Å", 20)


def test_what_does_not_fit_is_refused() -> None:
    wide = BarOptions(text_px=150)
    scene = SceneOptions(shape=(100, 120), annotations=AnnotationOptions(bar=wide))
    with pytest.raises(UsageError, match="text_px"):
        simulate(replace(scene, count=1), np.random.default_rng(0))
    strip = replace(scene, annotations=AnnotationOptions(bar=wide, strip="plain_white"))
    with pytest.raises(UsageError, match="strip"):
        simulate(replace(strip, count=1), np.random.default_rng(0))
    panel = replace(scene, annotations=AnnotationOptions(panel="(a)", panel_px=150))
    with pytest.raises(UsageError, match="panel_px"):
        simulate(replace(panel, count=1), np.random.default_rng(0))
    inside = AnnotationOptions(bar=BarOptions(style="box", text_px=40, width_share=0.1))
    with pytest.raises(UsageError, match="fits inside"):
        simulate(SceneOptions(annotations=inside), np.random.default_rng(0))


@pytest.mark.parametrize(
    ("options", "word"),
    [
        ({"style": "wavy"}, "bracket"),
        ({"ink": "red"}, "'black' or 'white'"),
        ({"backing": "black"}, "unlike the ink"),
        ({"text_px": 2}, "text_px"),
        ({"width_share": 0.9}, "width_share"),
        ({"unit": "inch"}, "unit"),
        ({"face": "comic"}, "face"),
        ({"corner": "middle"}, "top_left"),
    ],
)
def test_senseless_bars_are_refused(options: dict[str, object], word: str) -> None:
    with pytest.raises(UsageError, match=word):
        BarOptions(**options)  # type: ignore[arg-type]


def test_bar_needs_a_scale() -> None:
    with pytest.raises(UsageError, match="nm_per_px"):
        SceneOptions(nm_per_px=None, annotations=AnnotationOptions(bar=BarOptions()))
