"""Images with scale bars whose right answer is known: exact truth, determinism, refusals."""

from dataclasses import replace

import numpy as np
import pytest

from nanocaliper.errors import UsageError
from nanocaliper.synthesis import bar_scenes
from nanocaliper.synthesis.bar_blocks import compose_block
from nanocaliper.synthesis.bar_drawings import BAR_DRAWINGS
from nanocaliper.synthesis.bar_labels import BarLabel
from nanocaliper.synthesis.bar_looks import BarLook, draw_look
from nanocaliper.synthesis.bar_printing import Inks, PrintedBar, print_block
from nanocaliper.synthesis.bar_truth import BarImage
from nanocaliper.synthesis.canvas import Canvas, Region
from nanocaliper.synthesis.distractors import print_distractors
from nanocaliper.synthesis.grounds import GroundPool
from nanocaliper.synthesis.instrument_texts import draw_settings
from nanocaliper.synthesis.random_bars import CASE_NAMES, make_bar_image
from nanocaliper.synthesis.readability import (
    CONTRAST_MIN,
    DIGIT_MIN_PX,
    NOISE_MAX,
    follow_bar,
    why_unreadable,
)
from nanocaliper.synthesis.reproduction import Reproduction, draw_reproduction, reproduce

BLACK, WHITE = (0.0, 0.0, 0.0), (1.0, 1.0, 1.0)
INSIDE = ("box", "interrupted", "plain interrupted")
CAPPED = ("bracket", "interrupted", "ruler", "end ticks", "dots")


@pytest.fixture(scope="module")
def pool() -> GroundPool:
    return GroundPool(seed=5, count=2, largest_px=640)


def plain_look(style: str, **changes: object) -> BarLook:
    """A black bar with its label above (or inside)."""
    look = draw_look(np.random.default_rng(0), "TEM", style)
    return replace(
        look,
        label=BarLabel(200.0, "nm", "200 nm", "series"),
        face="sans",
        stretch=1.0,
        thickness_share=0.2,
        cap_share=1.0,
        parts=11 if style in ("ruler", "dots", "dashes") else 4,
        base_line=False,
        side="inside" if style in INSIDE else "above",
        gap=0.8,
        vertical=False,
        colour=None,
        contour="none",
        whole_px=False,
        ground="micrograph",
        **changes,  # type: ignore[arg-type]
    )


def print_plain(
    style: str, *, length: float = 203.4, vertical: bool = False, **changes: object
) -> tuple[Canvas, PrintedBar]:
    look = plain_look(style)
    look = replace(look, vertical=vertical, side="right" if vertical else look.side, **changes)  # type: ignore[arg-type]
    canvas = Canvas(np.full((500, 520), 0.6, np.float32))
    block = compose_block(look, length, 24.0, np.random.default_rng(4))
    inks = Inks(BLACK, BLACK, WHITE, "black", look.contour)
    return canvas, print_block(canvas, block, look, inks, 90, 70, 200.0 / length)


def ends_by_coverage(image: np.ndarray, printed: PrintedBar, ground: float) -> tuple[float, float]:
    """Ends of the ink around the bar's middle line, from shares of the outermost pixels in the image itself."""
    truth = printed.truth
    stencil = printed.bar
    rows, cols = stencil.ink.shape
    part = image[stencil.top : stencil.top + rows, stencil.left : stencil.left + cols]
    share = np.abs(part - ground)
    along = share.max(axis=1 if truth.vertical else 0)
    along = along / share[stencil.ink > 0.99].max()
    inked = np.flatnonzero(along > 0.004)
    first, last = int(inked[0]), int(inked[-1])
    offset = stencil.top if truth.vertical else stencil.left
    return offset + first + 0.5 - min(along[first], 1), offset + last - 0.5 + min(along[last], 1)


@pytest.mark.parametrize(
    ("style", "vertical"),
    [(style, False) for style in BAR_DRAWINGS if style != "arrows"]
    + [(style, True) for style in BAR_DRAWINGS if style not in ("arrows", *INSIDE)],
)
def test_printed_ends_are_where_the_truth_says(style: str, vertical: bool) -> None:
    canvas, printed = print_plain(style, vertical=vertical)
    truth = printed.truth
    start, end = ends_by_coverage(canvas.pixels, printed, 0.6)
    half = truth.thickness_px / 2 if style in CAPPED else 0.0
    expected = (truth.row_start, truth.row_end) if vertical else (truth.col_start, truth.col_end)
    tolerance = 0.12 if style == "dots" else 0.02
    assert (start + half, end - half) == pytest.approx(expected, abs=tolerance)
    dashes_end_early = style == "dashes" and truth.length_px < 203
    assert truth.length_px == pytest.approx(203.4, abs=1e-6) or dashes_end_early
    assert truth.vertical == vertical
    # The bar's middle line meets ink at both ends.
    for row, col in ((truth.row_start, truth.col_start), (truth.row_end, truth.col_end)):
        assert printed.bar.ink[
            round(row) - printed.bar.top - 1 : round(row) - printed.bar.top + 2,
            round(col) - printed.bar.left - 1 : round(col) - printed.bar.left + 2,
        ].any()


def test_label_box_is_the_ink_of_the_label() -> None:
    canvas, printed = print_plain("solid")
    top, left, bottom, right = printed.truth.label_box
    inked = np.argwhere(canvas.pixels[: round(bottom) + 6] < 0.55)
    assert inked.min(axis=0) == pytest.approx((top + 0.5, left + 0.5), abs=1)
    assert inked.max(axis=0) == pytest.approx((bottom - 0.5, right - 0.5), abs=1)


@pytest.mark.parametrize("scale", [1.0, 0.73, 0.4])
@pytest.mark.parametrize("method", ["area", "bicubic", "lanczos"])
def test_truth_follows_rescaling(scale: float, method: str) -> None:
    canvas, printed = print_plain("solid", thickness_share=0.5)
    how = Reproduction(scale=scale, method=method)
    pixels, move = reproduce(canvas, how, np.random.default_rng(0))
    truth = follow_bar(printed, move, pixels)
    row = round(truth.row_start)
    share = (153.0 - pixels[row, int(truth.col_start) - 6 : int(truth.col_end) + 8].astype(float)) / 153.0
    share /= np.median(share[10:-10])
    # The integral over the row is the length, wherever rescaling put the half-tones.
    assert share.sum() == pytest.approx(truth.length_px, abs=0.25)
    middle = (share * np.arange(len(share))).sum() / share.sum() + int(truth.col_start) - 6
    assert middle == pytest.approx((truth.col_start + truth.col_end) / 2, abs=0.1)
    assert truth.nm_per_px * truth.length_px == pytest.approx(200.0, rel=1e-6)
    assert how.sharp == (scale == 1.0)


def test_contrast_and_noise_are_measured_from_the_image() -> None:
    canvas, printed = print_plain("bracket")
    clean, move = reproduce(canvas, Reproduction(), np.random.default_rng(0))
    truth = follow_bar(printed, move, clean)
    assert (truth.contrast, truth.label_contrast) == pytest.approx((153, 153), abs=2)
    assert max(truth.noise, truth.label_noise) < 0.02
    assert why_unreadable(truth) == ""
    noisy, move = reproduce(canvas, Reproduction(noise=0.06), np.random.default_rng(0))
    truth = follow_bar(printed, move, noisy)
    assert truth.noise == pytest.approx(0.06 * 255 / 153, rel=0.25)
    deep, move = reproduce(canvas, Reproduction(bits=12), np.random.default_rng(0))
    assert deep.max() < 4096
    assert follow_bar(printed, move, deep, 4095).contrast == pytest.approx(153, abs=2)


def test_what_nobody_could_read_is_called_so() -> None:
    canvas, printed = print_plain("solid")
    rng = np.random.default_rng(0)
    for how, word in (
        (Reproduction(scale=0.3), "small"),
        (Reproduction(noise=0.5), "busy"),
        (Reproduction(blur_px=9.0), "contrast"),
    ):
        pixels, move = reproduce(canvas, how, rng)
        assert word in why_unreadable(follow_bar(printed, move, pixels))
    faint = Canvas(np.full((500, 520), 0.05, np.float32))
    look = plain_look("solid")
    block = compose_block(look, 203.4, 24.0, np.random.default_rng(4))
    printed = print_block(faint, block, look, Inks(BLACK, BLACK, WHITE, "black"), 90, 70, 1.0)
    pixels, move = reproduce(faint, Reproduction(), rng)
    assert why_unreadable(follow_bar(printed, move, pixels)) == "low contrast"
    # A contour makes the same bar readable.
    halo = replace(look, contour="halo")
    printed = print_block(faint, block, halo, Inks(BLACK, BLACK, WHITE, "black", "halo"), 290, 70, 1.0)
    pixels, move = reproduce(faint, Reproduction(), rng)
    assert why_unreadable(follow_bar(printed, move, pixels)) == ""


def test_the_same_seed_gives_the_same_image(pool: GroundPool) -> None:
    for seed in range(4):
        first, second = (make_bar_image(np.random.default_rng(seed), pool) for _ in range(2))
        assert np.array_equal(first.pixels, second.pixels)
        assert first.bars == second.bars
        assert first.settings == second.settings
        other = make_bar_image(np.random.default_rng(seed + 100), pool)
        assert first.pixels.shape != other.pixels.shape or not np.array_equal(first.pixels, other.pixels)


@pytest.mark.parametrize("style", BAR_DRAWINGS)
def test_every_style_comes_with_a_consistent_truth(style: str, pool: GroundPool) -> None:
    made = make_bar_image(np.random.default_rng(11), pool, "one bar", style)
    bar = made.bars[0]
    check_image(made)
    assert bar.style == style
    assert made.expected in ("scale", "either")
    assert made.nm_per_px is not None
    # A bar on whole pixels is half a pixel off at most.
    assert made.nm_per_px * bar.length_px == pytest.approx(bar.length_nm, rel=0.6 / bar.length_px)
    readable = (
        bar.digit_px >= DIGIT_MIN_PX
        and min(bar.contrast, bar.label_contrast) >= CONTRAST_MIN
        and max(bar.noise, bar.label_noise) <= NOISE_MAX
    )
    assert (made.expected == "scale") == readable
    rows, cols = made.pixels.shape[:2]
    assert -0.5 <= bar.col_start < bar.col_end <= cols - 0.5 or bar.vertical
    assert -0.5 <= bar.row_start <= bar.row_end <= rows - 0.5


def check_image(made: BarImage) -> None:
    assert made.pixels.dtype in (np.uint8, np.uint16)
    assert made.pixels.ndim == 2 or made.pixels.shape[2] == 3
    assert (made.nm_per_px is None) == (made.expected == "none")
    assert (made.reason == "") == (made.expected == "scale")


READ = ("one bar", "two bars, one scale", "two panels, one scale", "inset without a bar")


@pytest.mark.parametrize("case", CASE_NAMES)
def test_every_case_has_its_answer(case: str, pool: GroundPool) -> None:
    made = make_bar_image(np.random.default_rng(2), pool, case)
    check_image(made)
    assert made.case == case
    assert (made.expected == "none") == (case not in READ)
    cols = made.pixels.shape[1]
    bars = made.bars
    if case in ("two bars, two scales", "two panels, two scales", "inset with another bar"):
        assert abs(bars[0].nm_per_px / bars[1].nm_per_px - 1) > 0.2
        assert all(why_unreadable(bar) == "" for bar in bars)
    if case in ("two bars, one scale", "two panels, one scale"):
        assert bars[0].nm_per_px == pytest.approx(bars[1].nm_per_px)
    if case == "no bar":
        assert not bars
    if case == "bar leaves the image":
        out = max(-0.5 - bars[0].col_start, bars[0].col_end - cols + 0.5) / bars[0].length_px
        assert 0.09 < out < 0.51
    if case == "label leaves the image":
        assert bars[0].label_box[1] < -0.5
        assert bars[0].col_start > 0
    if case in ("bar covered", "bar leaves the image", "text, no bar"):
        assert bars[0].contrast < CONTRAST_MIN or bars[0].noise > NOISE_MAX
    if case in ("label covered", "label leaves the image", "bar, no text", "label unreadable"):
        assert (
            bars[0].digit_px < 4 or bars[0].label_contrast < CONTRAST_MIN or bars[0].label_noise > NOISE_MAX
        )


def test_unknown_cases_and_styles_are_refused(pool: GroundPool) -> None:
    with pytest.raises(UsageError, match="one bar"):
        make_bar_image(np.random.default_rng(0), pool, "three bars")
    with pytest.raises(UsageError, match="bracket"):
        make_bar_image(np.random.default_rng(0), pool, style="wavy")
    with pytest.raises(UsageError, match="4096"):
        GroundPool(largest_px=9000)


def test_sizes_and_reproductions_are_spread_as_documented() -> None:
    rng = np.random.default_rng(0)
    shapes = np.array([bar_scenes.draw_shape(rng) for _ in range(3000)])
    short = np.log2(shapes.min(axis=1))
    assert shapes.min() >= 512
    assert shapes.max() <= 4096
    # Even on a logarithmic scale: a third in each doubling.
    for low in (9, 10, 11):
        assert np.mean((short >= low) & (short < low + 1)) == pytest.approx(1 / 3, abs=0.03)
    hows = [draw_reproduction(rng, (1000, 1200), coloured=False) for _ in range(2000)]
    qualities = [how.jpeg_quality for how in hows if how.jpeg_quality is not None]
    assert (min(qualities), max(qualities)) == (30, 95)
    assert min(how.scale for how in hows) == pytest.approx(0.512, abs=0.01)
    assert all(how.bits == 8 for how in hows if how.jpeg_quality is not None)
    assert {how.bits for how in hows} == {8, 12, 16}


def test_colours_and_grey_agree_on_what_is_printed() -> None:
    grey = np.full((60, 80), 0.5, np.float32)
    plain, coloured = Canvas(grey.copy()), Canvas(grey.copy(), coloured=True)
    for canvas in (plain, coloured):
        canvas.fill(Region(10, 10, 20, 30), (1.0, 0.0, 0.0), 0.5)
    assert coloured.pixels[15, 15] == pytest.approx((0.75, 0.25, 0.25))
    assert coloured.grey(plain.region) == pytest.approx(plain.pixels, abs=1e-6)


def test_settings_agree_with_the_scale() -> None:
    rng = np.random.default_rng(0)
    for _ in range(200):
        texts = draw_settings(rng, 2.5, 1200)
        assert texts["hfw"] == "3 µm"
        magnification = float(texts["mag"].replace(",", ""))
        assert 85e6 / 3000 < magnification < 310e6 / 3000


def test_distractors_keep_off_what_is_printed() -> None:
    for seed in range(30):
        rng = np.random.default_rng(seed)
        canvas = Canvas(np.full((600, 800), 0.7, np.float32))
        taken = Region(400, 300, 560, 780)
        canvas.taken.append(taken)
        print_distractors(canvas, canvas.region, 1.0, 20.0, rng)
        assert canvas.grey(taken) == pytest.approx(0.7)
