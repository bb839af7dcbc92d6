"""Which candidates are kept, which are left out and why, and how they are numbered."""

from dataclasses import replace

import numpy as np
import pytest

from nanocaliper.micrograph.micrograph import Box
from nanocaliper.particles.filters import keep_particles
from nanocaliper.segmentation.candidates import Candidates, place_candidates
from nanocaliper.segmentation.score_map import ScoreMap


@pytest.fixture
def candidates():
    labels = np.zeros((40, 60), np.int32)
    level = np.full((40, 60), 10, np.uint8)
    for k, (window, value) in enumerate(
        [
            ((slice(2, 12), slice(2, 12)), 250),  # good
            ((slice(2, 4), slice(20, 22)), 250),  # 4 px: too small
            ((slice(20, 30), slice(2, 12)), 140),  # unsure
            ((slice(20, 30), slice(30, 40)), 250),  # under a label
            ((slice(20, 30), slice(45, 55)), 250),  # good, a third under a label
        ],
        start=1,
    ):
        labels[window] = k
        level[window] = value
    return Candidates(labels, level, diameter_min_px=3.0, settings={"a": 1})


def test_reasons_are_counted_and_numbers_have_no_gaps(candidates):
    field = Box(5, 0, 45, 60)
    # in px of the whole image: 5 rows lower than in the field
    annotations = [Box(25, 28, 36, 42), Box(25, 45, 28, 55)]
    found = place_candidates(candidates, (50, 60), field, annotations, "m", confidence=0.6)
    assert dict(found.left_out) == {"too_small": 1, "annotation": 1}
    assert found.labels[5 + 25, 5] == 3  # the unsure one comes last
    kept = keep_particles(found)
    assert dict(kept.left_out) == {"too_small": 1, "low_score": 1, "annotation": 1}
    assert kept.labels.shape == (50, 60)
    assert kept.labels[5 + 5, 5] == 1
    assert kept.labels[5 + 25, 50] == 2
    assert kept.labels.max() == 2
    assert kept.scores == pytest.approx([250 / 255] * 2)
    assert kept.settings["a"] == 1
    assert kept.settings["confidence"] == 0.6


def test_without_reasons_all_are_kept(candidates):
    kept = place_candidates(candidates, (40, 60), Box(0, 0, 40, 60), [], "m", confidence=0.0)
    assert dict(kept.left_out) == {"too_small": 1}
    assert len(kept.scores) == kept.labels.max() == 4


def test_scores_are_mapped_before_they_are_compared(candidates):
    mapped = replace(candidates, score_map=ScoreMap(-2.0, 1.0))
    kept = keep_particles(place_candidates(mapped, (40, 60), Box(0, 0, 40, 60), [], "m", confidence=0.2))
    # Odds 250 : 5 and 140 : 115, times e^-2.
    assert kept.scores == pytest.approx([50 / (50 + np.e**2)] * 3, rel=1e-5)
    assert kept.left_out["low_score"] == 1


def test_annotation_outside_the_field_is_harmless(candidates):
    kept = place_candidates(candidates, (40, 60), Box(0, 0, 40, 60), [Box(-9, -9, 0, 0)], "m", confidence=0.0)
    assert kept.labels.max() == 4


def test_empty_field():
    nothing = Candidates(np.zeros((8, 8), np.int32), np.zeros((8, 8), np.uint8), 3.0, {})
    kept = place_candidates(nothing, (8, 8), Box(0, 0, 8, 8), [Box(0, 0, 4, 4)], "m", 0.5)
    assert kept.labels.max() == 0
    assert kept.scores.shape == (0,)
    assert dict(kept.left_out) == {}
