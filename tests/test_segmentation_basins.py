"""Basins and their merging, on height fields whose parts are known."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from nanocaliper.segmentation.decoders.basins import climb, find_borders, merge_basins


def _cones(shape, centres, radius):
    r, c = np.indices(shape)
    heights = [1 - np.hypot(r - a, c - b) / radius for a, b in centres]
    return np.maximum(np.max(heights, axis=0), 0).astype(np.float32)


def _by_saddle(evidence, saddle, smaller, larger, length):
    return 1 - saddle


def test_two_cones_are_two_basins_that_meet_midway():
    height = _cones((41, 81), [(20, 20), (20, 60)], 30)
    basins = climb(height, height > 0)
    assert basins.max() == 2
    assert basins[20, 39] != basins[20, 41]
    assert (basins > 0).sum() == (height > 0).sum()


def test_border_facts_of_two_columns():
    basins = np.array([[1, 1, 2, 2]] * 3, np.int32)
    height = np.array([[0.9, 0.5, 0.4, 0.8]] * 3, np.float32)
    height[1, 1:3] = 0.6, 0.7
    contour = np.array([[0.0, 0.25, 0.5, 0.0]] * 3, np.float32)
    flow = np.zeros((2, 3, 4), np.float32)
    flow[1] = [[0, -1, 1, 0]] * 3  # the two columns point away from each other
    borders = find_borders(basins, height, contour, flow)
    assert borders.pairs.tolist() == [[1, 2]]
    assert borders.length.tolist() == [3]
    assert borders.evidence.tolist() == [[1.5, 3.0]]
    assert borders.saddle[0] == pytest.approx(0.6)


def test_shallow_pass_is_merged_and_deep_pass_is_not():
    height = np.zeros((5, 60), np.float32)
    height[:, :] = np.concatenate(
        [
            np.linspace(0.1, 1, 10),
            np.linspace(1, 0.95, 10),  # down to a shallow pass
            np.linspace(0.95, 1, 10),
            np.linspace(1, 0.2, 15),  # down to a deep pass
            np.linspace(0.2, 0.9, 15),
        ]
    )
    basins = climb(height, np.ones(height.shape, bool))
    merged = merge_basins(basins, height, find_borders(basins, height), _by_saddle, 0.15)
    assert merged.max() == 2
    assert len(np.unique(merged[:, :30])) == 1
    assert merged[2, 5] != merged[2, 55]


def test_evidence_of_merged_basins_is_pooled():
    # 1 and 2 are surely one; each alone has weak evidence against 3, pooled it is the mean over both borders.
    basins = np.array([[1, 1, 3, 3], [2, 2, 3, 3]], np.int32)
    height = np.ones((2, 4), np.float32)
    contour = np.zeros((2, 4), np.float32)
    contour[0, 2], contour[1, 2] = 0.9, 0.3
    seen = []

    def judge(evidence, saddle, smaller, larger, length):
        seen.append((evidence[0], length, smaller, larger))
        return evidence[0]

    merged = merge_basins(basins, height, find_borders(basins, height, contour), judge, 0.5)
    assert merged.max() == 2
    assert any(e == pytest.approx(0.6) and n == 2 and (s, b) == (4, 4) for e, n, s, b in seen)


def test_nothing_inside_gives_nothing():
    nothing = np.zeros((7, 9), bool)
    basins = climb(np.ones((7, 9), np.float32), nothing)
    borders = find_borders(basins, np.ones((7, 9), np.float32))
    assert not merge_basins(basins, np.ones((7, 9), np.float32), borders, _by_saddle).any()


@settings(max_examples=60, deadline=None)
@given(
    height=arrays(np.float32, (9, 11), elements=st.floats(0, 1, width=32)),
    inside=arrays(np.bool_, (9, 11)),
    limit=st.floats(0, 1),
)
def test_every_inside_pixel_belongs_to_one_particle_numbered_without_gaps(height, inside, limit):
    basins = climb(height, inside)
    merged = merge_basins(basins, height, find_borders(basins, height), _by_saddle, limit)
    assert np.array_equal(merged > 0, inside)
    used = np.unique(merged[merged > 0])
    assert np.array_equal(used, np.arange(1, len(used) + 1))
    # merging never cuts a basin
    for k in range(1, basins.max() + 1):
        assert len(np.unique(merged[basins == k])) == 1


@given(height=arrays(np.float32, (8, 8), elements=st.floats(0, 1, width=32), unique=True))
@settings(max_examples=40, deadline=None)
def test_each_basin_has_one_peak(height):
    basins = climb(height, np.ones(height.shape, bool))
    padded = np.pad(height, 1, constant_values=-1)
    peaks = [(r, c) for r in range(8) for c in range(8) if height[r, c] == padded[r : r + 3, c : c + 3].max()]
    assert sorted(basins[p] for p in peaks) == list(range(1, basins.max() + 1))
