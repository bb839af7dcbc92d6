"""Bringing labels and levels from the network's grid to the image: no shift, no jagged borders, no holes."""

import numpy as np
import pytest

from nanocaliper.segmentation.segmentation import BOUNDARY_LEVEL
from nanocaliper.segmentation.upsample import upsample_labels, upsample_level


def _disc(shape, centre, radius):
    r, c = np.indices(shape)
    return np.clip(radius + 0.5 - np.hypot(r - centre[0], c - centre[1]), 0, 1).astype(np.float32)


@pytest.mark.parametrize("ratio", [(0.5, 0.5), (0.25, 0.25), (1.0, 1.0), (0.31, 0.29)])
def test_disc_keeps_place_and_size(ratio):
    shape = (200, 240)
    centre, radius = (91.3, 120.7), 50.0
    coarse_shape = tuple(round(s * q) for s, q in zip(shape, ratio, strict=True))
    ratio = tuple(c / s for c, s in zip(coarse_shape, shape, strict=True))
    # The same disc on the coarse grid, an ellipse where the two ratios differ.
    r, c = np.indices(coarse_shape)
    distance = np.hypot((r + 0.5) / ratio[0] - 0.5 - centre[0], (c + 0.5) / ratio[1] - 0.5 - centre[1])
    probability = np.clip(0.5 + (radius - distance) * min(ratio), 0, 1).astype(np.float32)
    level = upsample_level(probability, shape, ratio)
    labels = upsample_labels((probability > 0.5).astype(np.int32), level > BOUNDARY_LEVEL, ratio)
    rows, cols = np.nonzero(labels)
    assert rows.mean() == pytest.approx(centre[0], abs=0.1)
    assert cols.mean() == pytest.approx(centre[1], abs=0.1)
    assert len(rows) == pytest.approx(np.pi * radius**2, rel=0.005)


def test_border_of_two_touching_particles_is_midway_and_straight():
    coarse = np.zeros((20, 30), np.int32)
    coarse[5:15, 5:15] = 1
    coarse[5:15, 15:25] = 2
    inside = np.zeros((80, 120), bool)
    inside[20:60, 20:100] = True
    labels = upsample_labels(coarse, inside, (0.25, 0.25))
    assert (labels[20:60, 20:59] == 1).all()
    assert (labels[20:60, 61:100] == 2).all()
    assert not labels[~inside].any()


def test_hole_is_filled_even_where_foreground_is_low():
    coarse = np.zeros((20, 20), np.int32)
    coarse[4:16, 4:16] = 1
    coarse[9:11, 9:11] = 0
    inside = np.zeros((40, 40), bool)
    inside[8:32, 8:32] = True
    inside[18:22, 18:22] = False
    assert (upsample_labels(coarse, inside, (0.5, 0.5))[8:32, 8:32] == 1).all()


def test_no_particle():
    assert not upsample_labels(np.zeros((4, 5), np.int32), np.ones((8, 10), bool), (0.5, 0.5)).any()


def test_disc_level_crosses_at_the_boundary():
    level = upsample_level(_disc((60, 60), (30, 30), 20), (60, 60), (1.0, 1.0))
    assert level[30, 30] == 255
    assert level[30, 50] == pytest.approx(BOUNDARY_LEVEL, abs=1)
    assert level[30, 55] == 0
