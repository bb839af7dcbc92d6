"""Coverage of pixels: exact areas, exact places, symmetric blur."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from skimage.draw import polygon as draw_polygon

from nanocaliper.synthesis.coverage import Patch, cover_polygon, crop_to_frame
from nanocaliper.synthesis.detector import blur_optics
from nanocaliper.synthesis.polar_shapes import make_star
from nanocaliper.synthesis.scene import DetectorOptions
from nanocaliper.synthesis.shapes import make_sphere

offsets = st.floats(-3.0, 3.0)


def find_centre(patch: Patch) -> tuple[float, float, float]:
    values = patch.values.astype(np.float64)
    rows, cols = np.indices(values.shape)
    mass = values.sum()
    return mass, (rows * values).sum() / mass + patch.row, (cols * values).sum() / mass + patch.col


def test_pixel_aligned_square_fills_whole_pixels() -> None:
    # Pixel (r, c) covers r - 0.5 to r + 0.5.
    patch = cover_polygon(np.array([(1.5, 2.5), (1.5, 5.5), (4.5, 5.5), (4.5, 2.5)]), 1)
    full = np.zeros((8, 8))
    crop = crop_to_frame(patch, (8, 8))
    assert crop is not None
    full[crop[0]] = patch.values[crop[1]]
    expected = np.zeros((8, 8))
    expected[2:5, 3:6] = 1.0
    assert full == pytest.approx(expected, abs=1e-6)


def test_half_covered_pixels() -> None:
    patch = cover_polygon(np.array([(0.0, 0.0), (0.0, 2.0), (1.0, 2.0), (1.0, 0.0)]))
    assert patch.values == pytest.approx(np.array([[0.25, 0.5, 0.25], [0.25, 0.5, 0.25]]), abs=1e-6)


@given(st.floats(5.0, 120.0), offsets, offsets)
@settings(max_examples=60, deadline=None)
def test_disc_has_its_area_and_centre(diameter: float, row: float, col: float) -> None:
    mass, found_row, found_col = find_centre(
        cover_polygon(make_sphere(diameter).outline + np.array([row, col]))
    )
    assert mass == pytest.approx(np.pi * diameter**2 / 4, rel=1e-5)
    # The first moment of a pixel's share counts at its centre, which can be off by a part of a border pixel.
    assert (found_row, found_col) == pytest.approx((row, col), abs=0.03)


@given(st.integers(3, 8), st.floats(0.1, 0.5), offsets, offsets)
@settings(max_examples=20, deadline=None)
def test_non_convex_outline_agrees_with_fine_sampling(
    arms: int, depth: float, row: float, col: float
) -> None:
    outline = make_star(30.0, arms, depth, 0.3).outline + np.array([row + 40, col + 40])
    patch = cover_polygon(outline)
    fine, factor = np.zeros((80 * 8, 80 * 8)), 8
    # Sample k of a pixel lies at r - 0.5 + (k + 0.5) / factor.
    rr, cc = draw_polygon(
        (outline[:, 0] + 0.5) * factor - 0.5, (outline[:, 1] + 0.5) * factor - 0.5, fine.shape
    )
    fine[rr, cc] = 1.0
    sampled = fine.reshape(80, factor, 80, factor).mean(axis=(1, 3))
    rows, cols = patch.values.shape
    window = sampled[patch.row : patch.row + rows, patch.col : patch.col + cols]
    assert np.abs(window - patch.values).max() < 0.1
    assert np.abs(window - patch.values).mean() < 0.004


@pytest.mark.parametrize(
    "options",
    [
        DetectorOptions(blur_px=1.7),
        DetectorOptions(blur_px=0.0, drift_px=3.0, drift_angle=0.7),
        DetectorOptions(blur_px=0.5, drift_px=2.0, drift_angle=0.0),
    ],
)
def test_blur_moves_nothing_and_keeps_the_sum(options: DetectorOptions) -> None:
    image = np.zeros((61, 81), np.float32)
    image[30, 40] = 1.0
    blurred = blur_optics(image, options)
    assert blurred.sum() == pytest.approx(1.0, rel=1e-5)
    assert blurred == pytest.approx(blurred[::-1, ::-1], abs=1e-6)
    assert find_centre(Patch(0, 0, blurred))[1:] == pytest.approx((30.0, 40.0), abs=1e-5)


def test_patch_outside_the_frame_has_no_crop() -> None:
    assert crop_to_frame(Patch(-5, 0, np.zeros((5, 5), np.float32)), (10, 10)) is None
    assert crop_to_frame(Patch(0, 10, np.zeros((5, 5), np.float32)), (10, 10)) is None
