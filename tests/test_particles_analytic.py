"""Shapes of known size at 200 rotations and sub-pixel places, drawn with the exact cover of every pixel.

Tolerances hold for every single one of the 200, with a level, and are derived as follows (d: largest Feret diameter
in px; docs/particles.md has the measured means and scatters):

- Averaging over a pixel has the variance 1/12 px² along each axis. It moves a line of curvature 1/R inwards by
  1/(24 R), and chords instead of arcs take as much again: the error of the diameter falls with 1/d². For a disc it
  is 0.5/d² on average; with the scatter of single places 2/d². Where the smallest radius of curvature is a quarter
  (an ellipse of 2:1) or a third (a rod of 3:1) of d/2, or there are corners, twice that and a little more.
- Lines interpolated in a ramp of one pixel wave by up to 0.086 px: perimeters are 0.3 % long, up to 0.6 % at single
  places, less the same 1/d². Each corner takes up to 0.9 px of the perimeter and half a pixel of a diagonal.
- A straight side that lies along the grid is off by that as a whole. The sides of rectangles and rods together then
  move the area by up to 0.086 px times their length.
- Feret diameters and circles rest on single points of the line: 0.086 px on either side, up to 0.2 px where the
  line is strongly curved.
"""

import math

import numpy as np
import numpy.typing as npt
import pytest
from skimage.measure import regionprops

from nanocaliper.micrograph.micrograph import Box
from nanocaliper.particles.descriptors import measure_particles
from nanocaliper.segmentation.segmentation import Segmentation
from nanocaliper.synthesis.coverage import cover_polygon

Floats = npt.NDArray[np.float64]

ROTATIONS = 200
#: How far a line in a ramp of one pixel waves, (3 - 2√2)/2 px.
WAVE_PX = 0.0858


def ellipse(long: float, short: float) -> Floats:
    angle = np.linspace(0, 2 * np.pi, 4000, endpoint=False)
    return np.stack([short / 2 * np.sin(angle), long / 2 * np.cos(angle)], axis=1)


def rectangle(long: float, short: float) -> Floats:
    return np.array([[-1, -1], [-1, 1], [1, 1], [1, -1]]) * (short / 2, long / 2)


def capsule(long: float, short: float) -> Floats:
    angle = np.linspace(-np.pi / 2, np.pi / 2, 2000)
    right = short / 2 * np.stack([np.sin(angle), np.cos(angle)], axis=1) + np.array([0.0, (long - short) / 2])
    return np.concatenate([right, -right])


def perimeter_of_ellipse(long: float, short: float) -> float:
    # Ramanujan's second formula, good to 1e-5 at 2:1.
    h = ((long - short) / (long + short)) ** 2
    return float(np.pi * (long + short) / 2 * (1 + 3 * h / (10 + math.sqrt(4 - 3 * h))))


def draw(corners: Floats, seed: int) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.uint8]]:
    """Labels and level of the shape, once in each of `ROTATIONS` tiles below each other."""
    rng = np.random.default_rng(seed)
    side = math.ceil(2 * np.hypot(*corners.T).max()) + 10
    level = np.zeros((side * ROTATIONS, side), np.uint8)
    for index, angle in enumerate(rng.uniform(0, 2 * np.pi, ROTATIONS)):
        turn = np.array([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])
        patch = cover_polygon(corners @ turn + side / 2 + rng.uniform(-0.5, 0.5, 2))
        rows, cols = patch.values.shape
        top = index * side + patch.row
        level[top : top + rows, patch.col : patch.col + cols] = np.round(patch.values * 255)
    number = np.arange(1, ROTATIONS + 1).repeat(side)[:, None]
    return np.where(level > 127, number, 0).astype(np.int32), level


def measure(corners: Floats, seed: int) -> dict[str, Floats]:
    labels, level = draw(corners, seed)
    segmentation = Segmentation(labels, level, np.ones(ROTATIONS, np.float32), "simulated")
    table = measure_particles(segmentation, Box(0, 0, *labels.shape), None).table
    return {name: table[name].to_numpy(np.float64) for name in table if name not in ("shape", "edited")}


def check(found: dict[str, Floats], expected: dict[str, tuple[float, float]]) -> None:
    for name, (value, tolerance) in expected.items():
        worst = np.abs(found[name] - value).max()
        assert worst <= tolerance, f"{name}: {worst:.4f} off {value:.4f}, more than {tolerance:.4f}"


SIZES = [6, 8, 12, 20, 40, 80, pytest.param(200, marks=pytest.mark.slow)]


@pytest.mark.parametrize("size", SIZES)
def test_discs(size: float) -> None:
    diameter, perimeter = 2 / size**2 + 1e-4, 0.006 + 1 / size**2
    if size == 40:
        assert (diameter, perimeter) < (0.002, 0.01)
    check(
        measure(ellipse(size, size), 1),
        {
            "diameter_equivalent_px": (size, size * diameter),
            "perimeter_px": (size * np.pi, size * np.pi * perimeter),
            "diameter_perimeter_px": (size, size * perimeter),
            "circularity": (1, diameter + perimeter),
            "form_factor": (1, 2 * (diameter + perimeter)),
            "feret_max_px": (size, 0.25),
            "feret_min_px": (size, 0.3),
            "feret_orthogonal_px": (size, 0.3),
            "feret_horizontal_px": (size, 0.3),
            "feret_vertical_px": (size, 0.3),
            "feret_mean_px": (size, 0.2),
            "diameter_inscribed_px": (size, 0.35),
            "diameter_enclosing_px": (size, 0.25),
            "ellipse_major_px": (size, 2 * size * diameter),
            "ellipse_minor_px": (size, 2 * size * diameter),
            "solidity": (1, 0.004),
            "convexity": (1, 0.005),
            "blaschke_coefficient": (1, 0.6 / size**1.5 + 0.001),
            "cube_edge_px": (size * math.sqrt(np.pi) / 2, size * diameter),
        },
    )


@pytest.mark.parametrize("size", SIZES)
def test_ellipses_of_two_to_one(size: float) -> None:
    long, short = size, size / 2
    diameter, perimeter = 4 / size**2 + 1e-4, 0.006 + 2.5 / size**2
    true_perimeter = perimeter_of_ellipse(long, short)
    check(
        measure(ellipse(long, short), 2),
        {
            "diameter_equivalent_px": (math.sqrt(long * short), math.sqrt(long * short) * diameter),
            "perimeter_px": (true_perimeter, true_perimeter * perimeter),
            "feret_max_px": (long, 0.6 if size <= 12 else 0.3),
            "feret_min_px": (short, 0.3),
            "diameter_inscribed_px": (short, 0.35),
            "diameter_enclosing_px": (long, 0.6 if size <= 12 else 0.3),
            "ellipse_major_px": (long, 2 * long * diameter),
            "ellipse_minor_px": (short, 2 * short * diameter),
            "ellipse_aspect_ratio": (2, 4 * 2 * diameter),
            "rod_length_px": (long, 0.6 if size <= 12 else 0.3),
            # The middle half of an ellipse has the area ab (√3/2 + π/3) for half axes a, b.
            "rod_width_px": (short / 2 * (math.sqrt(3) / 2 + math.pi / 3), 0.15),
        },
    )


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("aspect", [1.0, 2.0])
def test_squares_and_rectangles(size: float, aspect: float) -> None:
    short = size / math.hypot(1, aspect)
    long, diagonal = aspect * short, size
    area, perimeter = long * short, 2 * (long + short)
    diameter = 5 / size**2 + WAVE_PX * perimeter / (2 * area)
    equivalent = math.sqrt(4 * area / np.pi)
    check(
        measure(rectangle(long, short), 3),
        {
            "diameter_equivalent_px": (equivalent, equivalent * diameter),
            "cube_edge_px": (math.sqrt(area), math.sqrt(area) * diameter),
            "perimeter_px": (perimeter, 0.006 * perimeter + 4 * 0.9),
            "feret_max_px": (diagonal, 1.2),
            "diameter_enclosing_px": (diagonal, 1.2),
            "feret_min_px": (short, 0.35),
            "rectangle_width_px": (short, 0.35),
            "rectangle_length_px": (long, 0.35),
            "diameter_inscribed_px": (short, 0.35),
            "box_ratio": (1, 1.2 / short),
        },
    )


@pytest.mark.parametrize("size", SIZES)
def test_rods_of_three_to_one(size: float) -> None:
    long, short = size, size / 3
    area = (long - short) * short + np.pi * short**2 / 4
    perimeter = 2 * (long - short) + np.pi * short
    equivalent = math.sqrt(4 * area / np.pi)
    diameter = 5.5 / size**2 + WAVE_PX * 2 * (long - short) / (2 * area)
    check(
        measure(capsule(long, short), 4),
        {
            "diameter_equivalent_px": (equivalent, equivalent * diameter),
            "perimeter_px": (perimeter, perimeter * (0.007 + 3 / size**2)),
            "feret_max_px": (long, 0.7 if size < 12 else 0.35),
            "feret_min_px": (short, 0.3),
            "rod_length_px": (long, 0.7 if size < 12 else 0.35),
            "rod_width_px": (short, 0.2),
            "diameter_inscribed_px": (short, 0.35),
        },
    )


def test_orientation_is_true_to_half_a_degree() -> None:
    found = measure(ellipse(40, 20), 5)
    rng = np.random.default_rng(5)
    # The angles of `draw`, which turn the long axis from the columns towards the rows: down on the screen.
    drawn = np.degrees(rng.uniform(0, 2 * np.pi, ROTATIONS))
    off = (found["orientation_deg"] + drawn + 90) % 180 - 90
    assert np.abs(off).max() < 0.5


def test_side_by_side_with_scikit_image() -> None:
    """Where both measure the same, and why they differ elsewhere.

    scikit-image counts pixels of the label; here the area is that inside the sub-pixel line. Its second moments add
    1/12 px² for the pixel itself, ours have that from integrating over the area. Its Feret diameter is that of a
    polygon through the middles of pixel sides, with all its steps, here of a smoothed line. Its perimeter counts
    weighted steps along the border, Crofton's averages over 4 directions; both scatter by some percent, as a
    circularity from them would. Its solidity counts the pixels inside the hull of pixel corners, so that it is low
    for small particles. Its orientation is measured from the rows.
    """
    labels, _ = draw(ellipse(50, 30), 6)
    segmentation = Segmentation(labels, None, np.ones(ROTATIONS, np.float32), "simulated")
    table = measure_particles(segmentation, Box(0, 0, *labels.shape), None).table
    for row, region in zip(table.to_dict("records"), regionprops(labels), strict=True):
        assert row["area_px"] == pytest.approx(region.area, rel=1e-3)
        assert row["diameter_equivalent_px"] == pytest.approx(region.equivalent_diameter_area, rel=1e-3)
        assert (row["row"], row["col"]) == pytest.approx(region.centroid, abs=0.1)
        assert row["ellipse_major_px"] == pytest.approx(region.axis_major_length, rel=0.01)
        assert row["ellipse_minor_px"] == pytest.approx(region.axis_minor_length, rel=0.01)
        assert row["feret_max_px"] == pytest.approx(region.feret_diameter_max, abs=1.5)
        assert row["perimeter_px"] == pytest.approx(region.perimeter, rel=0.04)
        assert row["perimeter_px"] == pytest.approx(region.perimeter_crofton, rel=0.04)
        assert row["solidity"] == pytest.approx(region.solidity, abs=0.04)
        # From the rows, in radians, in the same sense.
        off = row["orientation_deg"] - (math.degrees(region.orientation) + 90)
        assert (off + 90) % 180 - 90 == pytest.approx(0, abs=1)


def test_imagej_formulas_give_the_columns_said_to_be_the_same() -> None:
    """ImageJ: Circ. = 4π area/perimeter², AR = major/minor of the ellipse scaled to the particle's area, Round =
    4 area/(π major²), Solidity = area/convex area."""
    found = measure(ellipse(40, 20), 7)
    scale = np.sqrt(4 * found["area_px"] / np.pi / (found["ellipse_major_px"] * found["ellipse_minor_px"]))
    major, minor = found["ellipse_major_px"] * scale, found["ellipse_minor_px"] * scale
    np.testing.assert_allclose(
        4 * np.pi * found["area_px"] / found["perimeter_px"] ** 2, found["form_factor"]
    )
    np.testing.assert_allclose(major / minor, found["ellipse_aspect_ratio"])
    # Its Round is the inverse of its AR, not the roundness of ISO 9276-6.
    np.testing.assert_allclose(4 * found["area_px"] / (np.pi * major**2), 1 / found["ellipse_aspect_ratio"])
