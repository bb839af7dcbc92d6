"""Tiling: the same result as in one piece, for images of any size."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nanocaliper.inference.catalogue import find_model
from nanocaliper.inference.grey import stretch
from nanocaliper.inference.session import open_network
from nanocaliper.inference.tiling import TileOptions, resample, run_tiled


def _local_mean(grey):
    """Stand-in for a network: half resolution, sees 3 output px around."""
    half = grey.reshape(grey.shape[0] // 2, 2, grey.shape[1] // 2, 2).mean((1, 3))
    padded = np.pad(half, 3, mode="edge")
    shifted = [padded[a : a + half.shape[0], b : b + half.shape[1]] for a in range(7) for b in range(7)]
    return np.stack([half, np.mean(shifted, axis=0)]).astype(np.float32)


@given(rows=st.integers(1, 90), cols=st.integers(1, 90), seed=st.integers(0, 99))
@settings(max_examples=40, deadline=None)
def test_tiled_equals_whole(rows, cols, seed):
    grey = np.random.default_rng(seed).random((rows, cols)).astype(np.float32)
    small = TileOptions(multiple=4, stride=2, channels=2, core=16, margin=8, whole_px=0)
    whole = TileOptions(multiple=4, stride=2, channels=2, core=16, margin=8, whole_px=10_000)
    tiled = run_tiled(grey, _local_mean, small)
    assert tiled.shape == (2, -(-rows // 2), -(-cols // 2))
    np.testing.assert_allclose(tiled, run_tiled(grey, _local_mean, whole), atol=1e-6)


@given(rows=st.integers(1, 300), cols=st.integers(1, 300))
@settings(max_examples=40, deadline=None)
def test_the_network_sees_no_more_than_a_tile_at_once(rows, cols):
    options = TileOptions(multiple=4, stride=2, channels=2, core=32, margin=8, whole_px=1000)
    seen = []

    def run(tile):
        seen.append(tile.shape)
        return np.zeros((2, tile.shape[0] // 2, tile.shape[1] // 2), np.float32)

    run_tiled(np.zeros((rows, cols), np.float32), run, options)
    assert all(side % 4 == 0 for shape in seen for side in shape)
    assert max(a * b for a, b in seen) <= max(options.whole_px, options.tile_px)
    # One piece where it fits: margins are looked at twice.
    assert len(seen) == 1 or (rows + 3) * (cols + 3) > options.whole_px


@pytest.mark.slow
def test_shipped_network_tiled_equals_whole():
    network = open_network(find_model("particle_unet"))
    grey = np.random.default_rng(0).random((1500, 1600)).astype(np.float32) * 2 - 1
    whole = run_tiled(grey, network, TileOptions(whole_px=10_000_000))
    tiled = run_tiled(grey, network, TileOptions(core=512, whole_px=0))
    assert np.abs(whole - tiled).max() < 1e-4


@given(
    low=st.floats(-1e4, 1e4),
    gain=st.floats(0.01, 100),
    kind=st.sampled_from([np.float32, np.float64]),
)
@settings(max_examples=30, deadline=None)
def test_stretch_does_not_depend_on_brightness_and_contrast(low, gain, kind):
    image = np.random.default_rng(5).normal(100, 20, (64, 64))
    reference = stretch(image.astype(np.float32))
    assert reference.min() == -1
    assert reference.max() == 1
    np.testing.assert_allclose(stretch((low + gain * image).astype(kind)), reference, atol=0.02)


def test_stretch_is_the_same_at_8_and_16_bit():
    image = np.random.default_rng(5).integers(0, 256, (64, 64)).astype(np.uint8)
    np.testing.assert_allclose(stretch(image), stretch(image.astype(np.uint16) * 257), atol=1e-4)


def test_stretch_of_a_constant_and_of_a_single_bright_pixel():
    assert not stretch(np.full((30, 30), 7, np.uint16)).any()
    image = np.zeros((100, 100), np.uint8)
    image[50, 50] = 200
    assert stretch(image)[50, 50] == 1
    assert stretch(image)[0, 0] == -1


@pytest.mark.parametrize(("scale", "shape"), [(0.5, (50, 40)), (2.0, (200, 160)), (1.0, (100, 80))])
def test_resample_sides(scale, shape):
    grey = np.random.default_rng(1).random((100, 80)).astype(np.float32)
    resampled = resample(grey, scale)
    assert resampled.shape == shape
    assert resampled.mean() == pytest.approx(grey.mean(), abs=0.01)
