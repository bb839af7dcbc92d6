"""The threshold method on drawn discs whose number and size are known."""

import numpy as np
import pytest
from skimage.filters import threshold_otsu

from nanocaliper.evaluation.labels import particle_sizes
from nanocaliper.segmentation.threshold import find_by_threshold, otsu


def _discs(shape, centres, radius, rng, contrast=80.0, noise=5.0, tilt=0.0, dtype=np.uint8, bright=True):
    r, c = np.indices(shape)
    cover = np.max([np.clip(radius + 0.5 - np.hypot(r - a, c - b), 0, 1) for a, b in centres], axis=0)
    grey = 100 + (1 if bright else -1) * contrast * cover + tilt * c / shape[1] + rng.normal(0, noise, shape)
    return np.clip(np.rint(grey * (257 if dtype == np.uint16 else 1)), 0, np.iinfo(dtype).max).astype(dtype)


@pytest.mark.parametrize("bright", [True, False])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_separate_discs_are_found_with_their_size(bright, dtype):
    centres = [(40, 40), (40, 120), (110, 60), (100, 150)]
    image = _discs((150, 200), centres, 18.3, np.random.default_rng(1), dtype=dtype, bright=bright)
    found = find_by_threshold(image)
    assert found.labels.max() == 4
    assert particle_sizes(found.labels)[1:] == pytest.approx([36.6] * 4, rel=0.02)
    assert found.settings["particles_are"] == ("bright" if bright else "dark")


def test_touching_discs_are_parted():
    image = _discs((120, 200), [(60, 60), (60, 98), (60, 136)], 19.5, np.random.default_rng(2))
    labels = find_by_threshold(image).labels
    assert labels.max() == 3
    assert len({labels[60, 60], labels[60, 98], labels[60, 136]}) == 3


def test_tilted_illumination_is_corrected():
    centres = [(50, 40 + 45 * i) for i in range(6)]
    image = _discs((100, 300), centres, 15, np.random.default_rng(3), contrast=50, tilt=90)
    labels = find_by_threshold(image).labels
    assert [int(labels[p] > 0) for p in centres] == [1] * 6
    assert labels.max() == 6


def test_holes_are_filled():
    r, c = np.indices((100, 100))
    distance = np.hypot(r - 50, c - 50)
    ring = np.where((distance < 30) & (distance > 22), 200, 50).astype(np.uint8)
    labels = find_by_threshold(ring).labels
    assert labels[50, 50] == 1
    assert labels.max() == 1


@pytest.mark.parametrize("value", [0, 255])
def test_constant_image_has_no_particle(value):
    assert find_by_threshold(np.full((64, 64), value, np.uint8)).labels.max() == 0


def test_otsu_agrees_with_scikit_image():
    rng = np.random.default_rng(4)
    values = np.concatenate([rng.normal(50, 15, 4000), rng.normal(100, 15, 2500)]).astype(np.float32)
    assert otsu(values) == pytest.approx(threshold_otsu(values, nbins=1024), abs=0.2)


def test_otsu_takes_the_middle_of_an_empty_gap():
    assert otsu(np.array([0.0] * 50 + [10.0] * 50, np.float32)) == pytest.approx(5, abs=0.02)
