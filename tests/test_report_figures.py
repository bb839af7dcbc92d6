"""Figures: what they show is checked in the drawn lines and the SVG text, how they look was looked at."""

import subprocess
import sys
import threading
import xml.etree.ElementTree as ElementTree
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from scipy import stats

from nanocaliper.errors import OutputError, StatisticsError, UsageError
from nanocaliper.report.figures import FIGURES, FigureData, draw_figures
from nanocaliper.report.figures.axes import limit_sizes
from nanocaliper.report.figures.boxes import make_box
from nanocaliper.report.figures.comparison import draw_comparison
from nanocaliper.report.figures.cumulative import draw_cumulative, thin_steps
from nanocaliper.report.figures.curves import (
    density_of_component,
    density_of_fit,
    share_of_components,
    share_of_fit,
    weigh_components,
)
from nanocaliper.report.figures.histogram import draw_histogram
from nanocaliper.report.figures.images import draw_images
from nanocaliper.report.figures.lengths import choose_unit, write_interval, write_number
from nanocaliper.report.figures.lettering import (
    clean_name,
    make_drawable,
    measure_mm,
    shorten_name,
    shorten_names,
    wrap_text,
)
from nanocaliper.report.figures.quantile_plot import bound_order_statistics, draw_quantiles
from nanocaliper.report.figures.shape import draw_shape
from nanocaliper.report.figures.style import WIDTH_MM, apply_style
from nanocaliper.report.figures.uncertainty_bars import draw_uncertainty
from nanocaliper.statistics.bootstrap import Interval, estimate_intervals
from nanocaliper.statistics.density import accumulate
from nanocaliper.statistics.fits import fit_model, fit_models
from nanocaliper.statistics.modality import Component, find_modality
from nanocaliper.statistics.uncertainty import UncertaintyRow, build_budget, combine_rows

CLASSES = ("sphere", "rod", "cube", "polygon", "plate", "irregular", "")


def make_sizes(count: int, median: float = 50.0, gsd: float = 1.3, seed: int = 1) -> np.ndarray:
    return median * gsd ** np.random.default_rng(seed).standard_normal(count)


def make_data(sizes: np.ndarray, **more: object) -> FigureData:
    """Everything that can be drawn of a sample."""
    rng = np.random.default_rng(5)
    fits = fit_models(sizes) if sizes.size >= 5 and np.ptp(sizes) else ()
    intervals = estimate_intervals(sizes, rng, replicates=200, basis=str(more.get("basis", "number")))
    return FigureData(
        **{
            "sizes": sizes,
            "unit": "nm",
            "name": "Gold, batch 7",
            "intervals": intervals,
            "fits": fits,
            "modality": find_modality(sizes) if fits else None,
            "shape_values": 1 + rng.exponential(0.3, sizes.size),
            "shape_classes": [CLASSES[k] for k in rng.integers(0, len(CLASSES), sizes.size)],
            "images": [f"image_{k}.tif" for k in rng.integers(0, 4, sizes.size)],
            "budget": build_budget("d50", sizes / 0.5, 0.5, relative_calibration_uncertainty=0.01),
            **more,
        }  # type: ignore[arg-type]
    )


def read_svg(path: Path) -> list[str]:
    """All texts of an SVG."""
    root = ElementTree.fromstring(path.read_bytes())
    return [node.text.strip() for node in root.iter() if node.text and node.text.strip()]


@pytest.fixture(scope="module")
def full() -> FigureData:
    return make_data(make_sizes(300), flagged_images={"image_2.tif"})


@pytest.fixture(scope="module")
def drawn(full: FigureData, tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[Path, Path, str]]:
    found = draw_figures([full], tmp_path_factory.mktemp("figures") / "new")
    assert not found.omitted
    return {one.name: (one.paths["svg"], one.paths["png"], one.description) for one in found.drawn}


def test_a_full_sample_gives_every_figure(drawn: dict[str, tuple[Path, Path, str]]) -> None:
    models = {f"quantiles_{model}" for model in ("normal", "lognormal", "weibull")}
    assert set(drawn) == {*FIGURES, *models} - {"quantiles", "comparison"}


@pytest.mark.parametrize(
    ("name", "texts"),
    [
        ("histogram", ["Area-equivalent diameter / nm", "Share of number per bin / %", "lognormal (best by AIC)"]),
        ("cumulative", ["Area-equivalent diameter / nm", "Cumulative share of number / %", "measured"]),
        ("shape", ["Area-equivalent diameter / nm", "Aspect ratio"]),
        ("images", ["Area-equivalent diameter / nm", "▲ image_2.tif", "image_1.tif", "pooled median"]),
        ("quantiles_weibull", ["Quantile of the Weibull fit / nm", "Area-equivalent diameter / nm", "95 % band"]),
        ("uncertainty", ["Uncertainty of the D50 / nm", "Magnification", "Combined", "Expanded, k = 2"]),
    ],
)  # fmt: skip
def test_files_hold_labels_and_units(
    drawn: dict[str, tuple[Path, Path, str]], name: str, texts: list[str]
) -> None:
    svg, png, description = drawn[name]
    found = read_svg(svg)
    for text in [*texts, "Gold, batch 7"]:
        assert text in found
    assert description in found  # <desc>, for screen readers
    assert description.endswith(".")
    assert "\n" not in description
    root = ElementTree.fromstring(svg.read_bytes())
    with Image.open(png) as picture:
        picture.load()
        assert picture.width == pytest.approx(WIDTH_MM / 25.4 * 300, abs=1)
        assert picture.text["Description"] == description
        height_pt = float(root.attrib["height"].removesuffix("pt"))
        assert picture.height == pytest.approx(height_pt / 72 * 300, abs=1.5)
        # White at the edges of the page, ink inside.
        pixels = np.asarray(picture.convert("L"))
    edge = np.concatenate([pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]])
    assert edge.min() == 255
    assert (pixels < 100).mean() > 0.005


def _find_unseen_labels(figure: Any) -> set[Any]:
    """Labels of ticks beyond the limits of their axis, which are not drawn."""
    unseen = set()
    for axes in figure.axes:
        for axis in (axes.xaxis, axes.yaxis):
            low, high = sorted(axis.get_view_interval())
            for tick in axis.get_major_ticks():
                if not low <= tick.get_loc() <= high:
                    unseen |= {tick.label1, tick.label2}
    return unseen


def test_no_text_is_smaller_than_seven_points_or_overlaps(full: FigureData) -> None:
    from matplotlib.text import Text

    bimodal = make_data(np.concatenate([make_sizes(150, 30, 1.1), make_sizes(100, 70, 1.1)]))
    with apply_style():
        drawings = [
            *(draw(data) for data in (full, bimodal) for draw in (draw_histogram, draw_cumulative)),
            draw_shape(full),
            draw_images(full),
            draw_quantiles(full, full.fits[0]),
            draw_uncertainty(full.budget, full.name),
            draw_comparison([full, bimodal]),
        ]  # fmt: skip
        for drawing in drawings:
            drawing.figure.canvas.draw()
            page = drawing.figure.bbox
            unseen = _find_unseen_labels(drawing.figure)
            boxes = []
            for text in drawing.figure.findobj(Text):
                box = text.get_window_extent()
                if not text.get_text().strip() or not text.get_visible() or text in unseen:
                    continue
                assert text.get_fontsize() >= 7
                assert box.x0 >= page.x0 - 0.5, (drawing.name, text)
                assert box.x1 <= page.x1 + 0.5, (drawing.name, text)
                boxes.append((box, text.get_text()))
            for k, (one, words) in enumerate(boxes):
                for other, others in boxes[k + 1 :]:
                    wide = min(one.x1, other.x1) - max(one.x0, other.x0)
                    high = min(one.y1, other.y1) - max(one.y0, other.y0)
                    assert wide < 1 or high < 1.5 or words == others, (drawing.name, words, others)


def test_the_same_data_give_the_same_bytes(
    full: FigureData, drawn: dict[str, tuple[Path, Path, str]], tmp_path: Path
) -> None:
    import matplotlib

    with matplotlib.rc_context({"lines.linewidth": 9, "font.size": 20, "svg.fonttype": "path"}):
        again = draw_figures([full], tmp_path)
        assert matplotlib.rcParams["lines.linewidth"] == 9
    assert len(again.drawn) == len(drawn)
    for one in again.drawn:
        svg, png, _ = drawn[one.name]
        assert one.paths["svg"].read_bytes() == svg.read_bytes()
        assert one.paths["png"].read_bytes() == png.read_bytes()
        assert b"<dc:date>" not in svg.read_bytes()
        assert b"Matplotlib v" not in svg.read_bytes()


def test_threads_draw_as_one_does(full: FigureData, tmp_path: Path) -> None:
    small = replace(full, images=None, fits=(), shape_values=None, budget=None)
    folders = [tmp_path / str(k) for k in range(2)]
    workers = [threading.Thread(target=draw_figures, args=([small], folder)) for folder in folders]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    contents = [[path.read_bytes() for path in sorted(folder.iterdir())] for folder in folders]
    assert contents[0] == contents[1]
    assert len(contents[0]) == 4


def test_importing_measuring_and_help_load_no_matplotlib() -> None:
    code = (
        "import sys, numpy as np, nanocaliper, nanocaliper.batch, nanocaliper.report.figures\n"
        "row, col = np.mgrid[:120, :160]\n"
        "grey = np.where((row - 60) ** 2 + (col - 80) ** 2 < 900, 40, 200).astype(np.uint8)\n"
        "found = nanocaliper.measure(grey, model='threshold', nm_per_px=1.0)\n"
        "assert len(found.particles) == 1\n"
        "from nanocaliper.cli import main\n"
        "sys.argv = ['nanocaliper', '--help']\n"
        "try:\n    main()\nexcept SystemExit as end:\n    assert not end.code\n"
        "assert 'matplotlib' not in sys.modules\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_drawing_leaves_pyplot_alone() -> None:
    code = (
        "import sys, tempfile, pathlib, numpy as np\n"
        "from nanocaliper.report.figures import FigureData, draw_figures\n"
        "import matplotlib\n"
        # Asking for the backend would load pyplot.
        "names = sorted(set(matplotlib.rcParams) - {'backend'})\n"
        "before = [str(matplotlib.rcParams[name]) for name in names]\n"
        "data = FigureData(sizes=np.arange(20.0, 60.0), unit='nm')\n"
        "draw_figures([data], pathlib.Path(tempfile.mkdtemp()))\n"
        "assert 'matplotlib.pyplot' not in sys.modules\n"
        "assert [str(matplotlib.rcParams[name]) for name in names] == before\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("basis", ["number", "area", "volume"])
@pytest.mark.parametrize("logarithmic", [False, True])
def test_histogram_curve_is_the_share_that_bins_of_the_fit_have(basis: str, logarithmic: bool) -> None:
    """Over all bins the curve of the generating distribution and the columns add up to the same."""
    sizes = make_sizes(40_000, 50, 1.25)
    fits = (fit_model(sizes, "lognormal"),)
    data = FigureData(sizes=sizes, unit="nm", basis=basis, logarithmic=logarithmic, fits=fits)
    with apply_style():
        axes = draw_histogram(data).figure.axes[0]
    columns = axes.patches[0].get_data()
    best = next(line for line in axes.lines if line.get_linewidth() == 1.8)
    x, y = best.get_data()
    centre = (
        np.sqrt(columns.edges[1:] * columns.edges[:-1])
        if logarithmic
        else columns.edges[1:] / 2 + columns.edges[:-1] / 2
    )
    curve = np.interp(centre, x, y)
    assert columns.values.sum() == pytest.approx(100)
    assert curve.sum() == pytest.approx(100, abs=1.5)
    high = columns.values > 0.3 * columns.values.max()
    np.testing.assert_allclose(columns.values[high], curve[high], rtol=0.25)


def test_histogram_marks_mean_and_median_with_their_intervals(full: FigureData) -> None:
    with apply_style():
        axes = draw_histogram(full).figure.axes[0]
    assert full.intervals is not None
    upright = [line.get_xdata()[0] for line in axes.lines if len(set(line.get_xdata())) == 1]
    assert upright == pytest.approx([full.intervals["mean"].estimate, full.intervals["d50"].estimate])
    bands = [
        (patch.get_x(), patch.get_x() + patch.get_width())
        for patch in axes.patches
        if hasattr(patch, "get_x")
    ]
    for name, band in zip(("mean", "d50"), bands, strict=True):
        assert band == pytest.approx((full.intervals[name].low, full.intervals[name].high))


def test_histogram_of_two_populations_shows_both_and_their_sum(tmp_path: Path) -> None:
    data = make_data(np.concatenate([make_sizes(250, 30, 1.12), make_sizes(150, 60, 1.1, seed=2)]))
    assert data.modality is not None
    assert len(data.modality.components) == 2
    with apply_style():
        drawing = draw_histogram(data)
    axes = drawing.figure.axes[0]
    orange = [line for line in axes.lines if line.get_color() == "#E69F00"]
    assert len(orange) == 3
    np.testing.assert_allclose(orange[0].get_ydata() + orange[1].get_ydata(), orange[2].get_ydata())
    columns = axes.patches[0].get_data()
    centre = (columns.edges[1:] + columns.edges[:-1]) / 2
    assert np.interp(centre, *orange[2].get_data()).sum() == pytest.approx(100, abs=2)
    assert "2 lognormal" in drawing.description


def test_cumulative_curve_passes_through_the_sample() -> None:
    sizes = np.array([10.0, 20.0, 20.0, 40.0])
    with apply_style():
        axes = draw_cumulative(FigureData(sizes=sizes, unit="px")).figure.axes[0]
    x, y = axes.lines[0].get_data()
    assert list(zip(x[1:-1], y[1:-1], strict=True)) == [(10, 25), (20, 75), (40, 100)]
    assert axes.get_xlabel() == "Area-equivalent diameter / px"


def test_cumulative_marks_have_their_intervals(full: FigureData) -> None:
    with apply_style():
        axes = draw_cumulative(full).figure.axes[0]
    assert full.intervals is not None
    for name, bars in zip(("d10", "d50", "d90"), axes.containers, strict=True):
        interval = full.intervals[name]
        (segment,) = bars[2][0].get_segments()
        assert sorted(segment[:, 0]) == pytest.approx([interval.low, interval.high])


def test_thinned_curve_stays_within_a_two_thousandth() -> None:
    steps = accumulate(make_sizes(50_000, 50, 1.6))
    x, share = thin_steps(steps)
    assert x.size < 4100
    kept = share[np.searchsorted(x, steps.x, side="right") - 1]
    step_x = np.diff(steps.x[[0, -1]])[0] / 1999
    # Either the share is as near, or the size at which it is reached.
    reached = steps.x[np.minimum(np.searchsorted(steps.share, kept), steps.x.size - 1)]
    off = (np.abs(kept - steps.share) > 1.01 / 1999) & (np.abs(reached - steps.x) > 1.01 * step_x)
    assert not off.any()


@pytest.mark.parametrize("model", ["normal", "lognormal", "weibull"])
@pytest.mark.parametrize(("basis", "power"), [("number", 0), ("area", 2), ("volume", 3)])
def test_fits_change_basis_as_integration_does(model: str, basis: str, power: int) -> None:
    fit = fit_model(make_sizes(500, 50, 1.4), model)
    shape = {
        "normal": stats.norm(fit.location, fit.scale),
        "lognormal": stats.lognorm(fit.scale, scale=np.exp(fit.location)),
        "weibull": stats.weibull_min(1 / fit.scale, scale=np.exp(fit.location)),
    }[model]
    x = np.linspace(0, 2000, 200_001)
    mass = x**power * shape.pdf(x)
    rising = np.concatenate([[0], np.cumsum((mass[1:] + mass[:-1]) / 2) * (x[1] - x[0])])
    low = shape.cdf(0) if not power else 0.0
    at = np.array([0, 20, 35, 50, 80, 140])
    total = rising[-1] + low
    np.testing.assert_allclose(
        density_of_fit(fit, at, basis), np.interp(at, x, mass / total), rtol=1e-4, atol=1e-12
    )
    np.testing.assert_allclose(
        share_of_fit(fit, at, basis), np.interp(at, x, (rising + low) / total), atol=1e-5
    )


def test_components_change_basis_as_hatch_and_choate_say() -> None:
    parts = (Component(0.9, 20.0, 1.2), Component(0.1, 60.0, 1.1))
    by_volume = weigh_components(parts, "volume")
    x = np.linspace(1e-3, 200, 400_001)
    number = sum(density_of_component(part, x) for part in parts)
    expected = x**3 * number
    expected /= np.trapezoid(expected, x)
    np.testing.assert_allclose(
        sum(density_of_component(part, x) for part in by_volume), expected, rtol=1e-6, atol=1e-9
    )
    assert sum(part.share for part in by_volume) == pytest.approx(1)
    shares = share_of_components(by_volume, np.array([0.0, 30.0, 1e6]))
    assert shares[0] == 0
    assert shares[1] == pytest.approx(np.trapezoid(np.where(x <= 30, expected, 0), x), abs=1e-4)
    assert shares[2] == pytest.approx(1)


def test_order_statistics_band_is_the_beta_distribution_of_scipy() -> None:
    for count in (1, 2, 40, 5000):
        ranks, lower, upper = bound_order_statistics(count, 0.95)
        assert ranks[0] == 1
        assert ranks[-1] == count
        np.testing.assert_allclose(lower, stats.beta.ppf(0.025, ranks, count - ranks + 1), atol=1e-9)
        np.testing.assert_allclose(upper, stats.beta.ppf(0.975, ranks, count - ranks + 1), atol=1e-9)


def test_q_q_points_of_the_true_model_lie_on_the_line() -> None:
    sizes = make_sizes(3000)
    fit = fit_model(sizes, "lognormal")
    with apply_style():
        drawing = draw_quantiles(FigureData(sizes=sizes, unit="nm"), fit)
    x, y = drawing.figure.axes[0].lines[1].get_data()
    middle = slice(100, -100)
    np.testing.assert_allclose(x[middle], y[middle], rtol=0.03)
    inside = int(drawing.description.split(": ")[-1].split(" %")[0])
    assert inside >= 95


def test_uncertainty_bars_are_sorted_and_long_as_the_rows_contribute(full: FigureData) -> None:
    assert full.budget is not None
    with apply_style():
        drawing = draw_uncertainty(full.budget)
    axes = drawing.figure.axes[0]
    lengths = [patch.get_width() for patch in axes.patches]
    rows = sorted((row.contribution for row in full.budget.rows), reverse=True)
    assert lengths == pytest.approx([*rows, full.budget.combined, full.budget.expanded])
    assert f"({full.budget.value:.1f} ± " in drawing.description


def test_uncertainty_of_zero_and_of_names_of_the_user() -> None:
    rows = [UncertaintyRow("drift of the stage, " * 6, "B", "normal", 1.0, "1", 0.0, 1.0, 0.0, None, "given")]
    with apply_style():
        drawing = draw_uncertainty(combine_rows("d_4_3", 2500.0, "nm", rows))
        drawing.figure.canvas.draw()
    assert "D[4,3]" in drawing.description
    assert "µm" in drawing.description


def test_boxes_are_tukeys() -> None:
    sizes = np.array([1.0, 2, 3, 4, 5, 6, 7, 8, 9, 30])
    box = make_box(sizes)
    assert (box.first, box.median, box.third) == pytest.approx(tuple(np.quantile(sizes, (0.25, 0.5, 0.75))))
    assert (box.low, box.high) == (1, 9)
    assert box.outside.tolist() == [30]
    weighted = make_box(sizes, np.r_[np.ones(9), 0])
    assert weighted.high == 9
    assert weighted.outside.size == 0


def test_many_images_are_numbered_and_flagged_ones_counted(tmp_path: Path) -> None:
    sizes = make_sizes(900)
    names = [f"frame_{k:03d}.tif" for k in np.arange(900) % 60]
    data = FigureData(sizes=sizes, unit="nm", images=names, flagged_images={"frame_003.tif", "frame_050.tif"})
    found = draw_figures([data], tmp_path, ("svg",))
    texts = read_svg(tmp_path / "images.svg")
    assert "image that differs from the others (2)" in texts
    assert "image (58)" in texts
    assert "frame_003.tif" in next(one for one in found.drawn if one.name == "images").description


@pytest.mark.parametrize("sizes", [[41.2], [41.2, 60.0], [25.0] * 30, [0.0, 3.0], [3.0, 1e5]])
def test_few_equal_and_odd_sizes_are_drawn(sizes: list[float], tmp_path: Path) -> None:
    found = draw_figures([make_data(np.array(sizes), budget=None)], tmp_path, ("svg",))
    assert {"histogram", "cumulative", "shape", "images"} <= {one.name for one in found.drawn}
    assert found.omitted["uncertainty"] == "no uncertainty budget was given"
    for one in found.drawn:
        ElementTree.fromstring(one.paths["svg"].read_bytes())
        assert f"{len(sizes)} particle" in one.description


def test_sizes_alone_give_two_figures_and_reasons(tmp_path: Path) -> None:
    found = draw_figures([FigureData(sizes=make_sizes(50), unit="px")], tmp_path, ("png",))
    assert [one.name for one in found.drawn] == ["histogram", "cumulative"]
    assert set(found.omitted) == {"shape", "images", "quantiles", "uncertainty"}
    assert sorted(path.name for path in tmp_path.iterdir()) == ["cumulative.png", "histogram.png"]


def test_hundred_thousand_particles_are_quick_and_small(tmp_path: Path) -> None:
    import time

    sizes = make_sizes(100_000, 50, 1.4)
    data = FigureData(
        sizes=sizes,
        unit="nm",
        fits=(fit_model(sizes, "lognormal"),),
        shape_values=1 + np.random.default_rng(0).exponential(0.3, sizes.size),
        shape_classes=["sphere", "rod"] * 50_000,
        images=[f"{k}.tif" for k in range(20)] * 5_000,
    )
    start = time.process_time()
    found = draw_figures([data], tmp_path)
    assert len(found.drawn) == 5
    assert time.process_time() - start < 2.0 * len(found.drawn)
    assert max(path.stat().st_size for path in tmp_path.iterdir()) < 1_500_000


@pytest.mark.parametrize(("median", "symbol"), [(900, "nm"), (1100, "µm"), (2e6, "mm")])
def test_micrometres_are_used_from_a_median_of_1000_nm(median: float, symbol: str) -> None:
    sizes = make_sizes(61, median, 1.02)
    data = FigureData(sizes=sizes, unit="nm", shape_values=sizes / median, images=["a"] * 61)
    factor = {"nm": 1, "µm": 1e3, "mm": 1e6}[symbol]
    with apply_style():
        for draw in (draw_histogram, draw_cumulative, draw_shape, draw_images):
            axes = draw(data).figure.axes[0]
            assert axes.get_xlabel() == f"Area-equivalent diameter / {symbol}"
            assert axes.get_xlim()[0] < np.median(sizes) / factor < axes.get_xlim()[1]
    assert choose_unit("px", 1e6).symbol == "px"


def test_strange_names_survive(tmp_path: Path) -> None:
    name = "金纳米颗粒 $x_1$ <&> \n Größe"
    images = [f"金/{k} $a_b$ & {'long ' * 30}.tif" for k in np.arange(60) % 3]
    data = FigureData(sizes=make_sizes(60), unit="nm", name=name, images=images)
    found = draw_figures([data], tmp_path)
    for one in found.drawn:
        assert "金纳米颗粒 $x_1$ <&> Größe" in read_svg(one.paths["svg"])
    shown = [text for text in read_svg(tmp_path / "images.svg") if text.startswith("金/")]
    assert [text[:3] for text in shown] == ["金/0", "金/1", "金/2"]


def test_names_stay_different_when_shortened() -> None:
    names = [f"/data/{'folder/' * 20}{k}/{'x' * 60}.tif" for k in range(12)]
    short = shorten_names(names, 27.0, 7.0)
    assert len(set(short)) == 12
    assert all(measure_mm(name, 7.0) <= 27.0 for name in short)
    hopeless = [f"{'a' * 40}{k}{'b' * 40}{k}{'c' * 40}" for k in range(3)]
    assert len(set(shorten_names(hopeless, 20.0, 7.0))) == 3
    assert shorten_names(["a.tif", "b.tif"], 27.0, 7.0) == ["a.tif", "b.tif"]


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=120), st.floats(8, 80))
def test_shortened_and_wrapped_text_fits(text: str, width: float) -> None:
    assert measure_mm(shorten_name(text, width, 7.0), 7.0) <= width
    for line in wrap_text(text, width, 7.0, most=2):
        assert measure_mm(line, 7.0) <= width
    assert "\n" not in clean_name(text)
    assert len(make_drawable(text)) == len(text)


def test_text_is_as_wide_as_it_is_drawn(full: FigureData) -> None:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    with apply_style():
        figure = Figure(figsize=(10, 2), dpi=600)
        FigureCanvasAgg(figure)
        text = figure.text(0, 0.5, "n = 300, Größe 金 µm", fontsize=7)
        text.set_text(make_drawable(text.get_text()))
        drawn_mm = text.get_window_extent().width / 600 * 25.4
    assert measure_mm("n = 300, Größe 金 µm", 7.0) == pytest.approx(drawn_mm, rel=0.02)


@settings(max_examples=100, deadline=None)
@given(st.floats(1e-4, 9e5))
def test_written_numbers_read_back(value: float) -> None:
    assert float(write_number(value)) == pytest.approx(value, rel=0.0051)
    assert "e" not in write_number(value)


def test_intervals_are_written_to_two_figures() -> None:
    nm = choose_unit("nm", 50)
    assert write_interval(Interval("mean", 52.432, 51.04, 53.91, 0.7, "t"), nm) == "52.4 (51.0–53.9) nm"
    assert (
        write_interval(Interval("d50", 52.4, None, None, None, "", "too few"), nm) == "52.4 nm (no interval)"
    )
    assert (
        write_interval(Interval("d10", 42.5, None, 48.2, None, "x", "too few"), nm) == "42.5 (up to 48.2) nm"
    )
    assert write_interval(Interval("mean", 1234.0, 1200.0, 1270.0, 1.0, "t"), choose_unit("nm", 1234)) == (
        "1.234 (1.200–1.270) µm"
    )
    assert write_number(9.996) == "10.0"
    assert write_number(1234.5) == "1234"
    assert write_number(0.0) == "0"


def test_axis_limits_hold_equal_and_zero_sizes() -> None:
    for low, high, logarithmic in ((5.0, 5.0, False), (0.0, 0.0, False), (5.0, 5.0, True), (1.0, 9.0, True)):
        below, above = limit_sizes(low, high, logarithmic=logarithmic)
        assert below < above
        assert below <= low <= high <= above
        assert not logarithmic or below > 0


def test_comparison_shows_each_sample(tmp_path: Path) -> None:
    samples = [FigureData(sizes=make_sizes(80, 40 + 5 * k), unit="nm", name=f"Batch {k}") for k in range(28)]
    found = draw_figures(samples[:2], tmp_path)
    assert [one.name for one in found.drawn] == ["comparison"]
    texts = read_svg(tmp_path / "comparison.svg")
    assert {"A: Batch 0 (n = 80)", "B: Batch 1 (n = 80)", "Area-equivalent diameter / nm"} <= set(texts)
    with apply_style():
        lines = draw_comparison(samples).figure.axes[0].lines[:28]
    # Colour and dashes together tell all of them apart.
    assert len({(line.get_color(), str(line._dash_pattern)) for line in lines}) == 28


def test_comparison_refuses_what_cannot_be_compared() -> None:
    one = FigureData(sizes=make_sizes(20), unit="nm")
    with pytest.raises(StatisticsError, match="differ in unit"):
        draw_comparison([one, replace(one, unit="px")])
    with pytest.raises(StatisticsError, match="differ in basis"):
        draw_comparison([one, replace(one, basis="volume")])
    with pytest.raises(StatisticsError, match="at least 2"):
        draw_comparison([one])


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"unit": "um"}, "expected 'nm' or 'px'"),
        ({"basis": "mass"}, "expected one of number"),
        ({"sizes": np.array([])}, "no particles"),
        ({"sizes": np.array([1.0, np.nan])}, "impossible"),
        ({"sizes": np.array([0.0, 1.0]), "logarithmic": True}, "logarithmic"),
        ({"shape_values": np.ones(3)}, "3 shape values for 2 sizes"),
        ({"images": ["a"]}, "1 image names for 2 sizes"),
        ({"weights": np.ones(3)}, "3 weights for 2 sizes"),
        ({"images": ["a", "b"], "flagged_images": {"c"}}, "flagged image 'c'"),
    ],
)
def test_impossible_data_are_refused(change: dict[str, object], words: str) -> None:
    with pytest.raises(StatisticsError, match=words):
        FigureData(**{"sizes": np.array([1.0, 2.0]), "unit": "nm", **change})  # type: ignore[arg-type]


def test_intervals_of_another_basis_are_refused() -> None:
    sizes = make_sizes(30)
    intervals = estimate_intervals(sizes, np.random.default_rng(0), basis="volume", replicates=100)
    with pytest.raises(StatisticsError, match="on one basis"):
        FigureData(sizes=sizes, unit="nm", intervals=intervals)


def test_unknown_formats_and_folders_that_are_files_are_refused(tmp_path: Path) -> None:
    data = FigureData(sizes=make_sizes(20), unit="nm")
    with pytest.raises(UsageError, match=r"'pdf' is unknown; expected one or more of svg, png"):
        draw_figures([data], tmp_path, ("pdf",))
    with pytest.raises(UsageError, match="No figure format"):
        draw_figures([data], tmp_path, ())
    with pytest.raises(StatisticsError, match="no sample"):
        draw_figures([], tmp_path)
    taken = tmp_path / "taken"
    taken.write_text("")
    with pytest.raises(OutputError, match="Cannot write the figure"):
        draw_figures([data], taken)


def test_a_fit_without_result_is_named(tmp_path: Path) -> None:
    sizes = 10.0 + np.random.default_rng(3).exponential(1.0, 300) ** 2
    fits = fit_models(sizes, truncated_at=10.0)
    lost = [fit for fit in fits if not fit.converged]
    assert lost
    found = draw_figures([FigureData(sizes=sizes, unit="nm", fits=fits)], tmp_path, ("svg",))
    for fit in lost:
        assert "has no maximum" in found.omitted[f"quantiles_{fit.model}"]
        with pytest.raises(StatisticsError, match="no result"):
            draw_quantiles(FigureData(sizes=sizes, unit="nm"), fit)
