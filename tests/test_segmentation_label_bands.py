"""Sums, boxes and numbers band by band: the same as over the whole image at once."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from nanocaliper.segmentation import label_bands
from nanocaliper.segmentation.label_bands import (
    count_pixels,
    find_boxes,
    iterate_bands,
    renumber,
    sum_by_label,
)

_COUNT = 6
_LABELS = arrays(np.int32, st.tuples(st.integers(1, 13), st.integers(1, 11)), elements=st.integers(0, _COUNT))


@pytest.fixture(autouse=True)
def _small_bands(monkeypatch):
    """Bands of two or three rows instead of a million pixels."""
    monkeypatch.setattr(label_bands, "_BAND_PIXELS", 20)


@given(rows=st.integers(0, 100), cols=st.integers(0, 50))
def test_bands_cover_every_row_once(rows, cols):
    bands = list(iterate_bands((rows, cols)))
    assert [row for band in bands for row in range(band.start, band.stop)] == list(range(rows))


@given(labels=_LABELS)
@settings(max_examples=60, deadline=None)
def test_counts_and_sums_are_those_of_each_mask(labels):
    values = (np.arange(labels.size) % 7).reshape(labels.shape).astype(np.uint8)
    assert count_pixels(labels, _COUNT).tolist() == [(labels == k).sum() for k in range(_COUNT + 1)]
    assert sum_by_label(labels, values, _COUNT).tolist() == [
        values[labels == k].sum() for k in range(_COUNT + 1)
    ]


@given(labels=_LABELS)
@settings(max_examples=60, deadline=None)
def test_boxes_are_those_of_each_mask(labels):
    for k, box in enumerate(find_boxes(labels, _COUNT).tolist(), start=1):
        rows, cols = np.nonzero(labels == k)
        expected = [rows.min(), cols.min(), rows.max() + 1, cols.max() + 1] if rows.size else [0, 0, 0, 0]
        assert box == expected


@given(labels=_LABELS)
@settings(max_examples=30, deadline=None)
def test_renumbering_back_gives_the_labels(labels):
    there = np.array([0, 4, 6, 1, 2, 5, 3], np.int32)
    renumbered = renumber(labels, there)
    assert renumbered.dtype == np.int32
    assert np.array_equal(renumber(renumbered, np.argsort(there).astype(np.int32)), labels)
    assert np.array_equal(renumbered == 4, labels == 1)
