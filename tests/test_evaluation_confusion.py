"""Confusion matrices and classification reports against hand-worked counts."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from nanocaliper.evaluation.confusion import ConfusionMatrix, confuse_particles, confuse_pixels
from nanocaliper.evaluation.matching import match
from nanocaliper.evaluation.segmentation_scores import count_scores


def bars(*spans: tuple[int, int], width: int = 40) -> np.ndarray:
    labels = np.zeros((1, width), int)
    for number, (start, stop) in enumerate(spans, start=1):
        labels[0, start:stop] = number
    return labels


def test_a_published_matrix_gives_its_published_report() -> None:
    # Table 2 and Figure 17 of R. Divya et al., 2026.
    counts = np.array([[6371805, 176820], [13730, 495053]])
    matrix = ConfusionMatrix(("background", "particle"), counts)
    background, particle, macro, weighted = matrix.report()
    assert (round(background.precision, 2), round(background.recall, 2), round(background.f1, 2)) == (
        1,
        0.97,
        0.99,
    )
    assert (round(particle.precision, 2), round(particle.recall, 2), round(particle.f1, 2)) == (
        0.74,
        0.97,
        0.84,
    )
    assert (background.support, particle.support, macro.support) == (6548625, 508783, 7057408)
    assert (round(macro.precision, 2), round(macro.recall, 2), round(macro.f1, 2)) == (0.87, 0.97, 0.91)
    assert (round(weighted.precision, 2), round(weighted.recall, 2), round(weighted.f1, 2)) == (
        0.98,
        0.97,
        0.97,
    )
    assert round(matrix.accuracy, 2) == 0.97


def test_scores_of_a_class_worked_by_hand() -> None:
    matrix = ConfusionMatrix(("a", "b", "c"), np.array([[5, 2, 1], [3, 4, 0], [0, 1, 9]]))
    assert matrix.precision("a") == pytest.approx(5 / 8)
    assert matrix.recall("a") == pytest.approx(5 / 8)
    assert matrix.iou("b") == pytest.approx(4 / (7 + 7 - 4))
    assert matrix.f1("b") == pytest.approx(8 / 14)
    assert matrix.specificity("c") == pytest.approx(14 / 15)
    assert matrix.accuracy == pytest.approx(18 / 25)
    assert matrix.shares()[1].tolist() == pytest.approx([3 / 7, 4 / 7, 0])


def test_a_class_on_neither_side_has_no_score_and_is_not_averaged() -> None:
    matrix = ConfusionMatrix(("a", "b", "none"), np.array([[3, 1, 0], [0, 4, 0], [0, 0, 0]]))
    a, _, none, macro, weighted = matrix.report()
    assert (none.precision, none.recall, none.f1, none.support) == (None, None, None, 0)
    assert matrix.iou("none") is None
    # Of the two classes that are there, by hand: precision 3/3 and 4/5, recall 3/4 and 4/4.
    assert (a.precision, a.recall) == (1, 0.75)
    assert macro.precision == pytest.approx((1 + 4 / 5) / 2)
    assert macro.recall == weighted.recall == pytest.approx((3 / 4 + 1) / 2)
    assert np.isnan(matrix.shares()[2]).all()


def test_a_class_on_one_side_only_scores_nought() -> None:
    matrix = ConfusionMatrix(("missed", "invented"), np.array([[0, 2], [0, 0]]))
    assert (matrix.precision("missed"), matrix.recall("missed"), matrix.f1("missed")) == (0, 0, 0)
    assert (matrix.precision("invented"), matrix.recall("invented"), matrix.f1("invented")) == (0, 0, 0)


def test_a_report_of_nothing_says_nothing() -> None:
    lines = ConfusionMatrix(("a", "b"), np.zeros((2, 2), np.int64)).report()
    assert {(line.precision, line.recall, line.f1, line.support) for line in lines} == {(None,) * 3 + (0,)}


def test_pixels_agree_with_the_scores_of_the_same_image() -> None:
    scores = count_scores(bars((0, 10), (12, 20)), bars((2, 10), (30, 33)))
    matrix = confuse_pixels(scores)
    # True 18, found 11, both 8, image 40.
    assert matrix.counts.tolist() == [[19, 3], [10, 8]]
    assert matrix.iou("particle") == pytest.approx(scores.semantic_iou)
    assert matrix.f1("particle") == pytest.approx(scores.semantic_f1)
    assert matrix.precision("particle") == pytest.approx(scores.pixel_precision)
    assert matrix.recall("particle") == pytest.approx(scores.pixel_recall)
    assert matrix.specificity("particle") == pytest.approx(scores.pixel_specificity)
    assert matrix.accuracy == pytest.approx(scores.pixel_accuracy)


def test_particles_are_matched_whatever_their_class_and_the_rest_is_background() -> None:
    truth, found = bars((0, 10), (12, 20), (22, 30)), bars((0, 10), (12, 19), (33, 39))
    classes = np.array([0, 0, 1, 1]), np.array([0, 0, 0, 1])
    matrix = confuse_particles(match(truth, found), ("rod", "cube"), *classes)
    assert matrix.classes == ("rod", "cube", "background")
    # A rod as a rod, a cube as a rod, a cube missed, a cube invented.
    assert matrix.counts.tolist() == [[1, 0, 0], [1, 0, 1], [0, 1, 0]]


def test_classes_that_do_not_exist_are_refused() -> None:
    matching = match(bars((0, 3)), bars((0, 3)))
    with pytest.raises(ValueError, match="expected 0 to 0"):
        confuse_particles(matching, ("rod",), np.array([0, 1]), np.array([0, 0]))
    matrix = ConfusionMatrix(("a",), np.array([[1]]))
    with pytest.raises(ValueError, match="expected one of"):
        matrix.recall("b")
    with pytest.raises(ValueError, match="the same twice"):
        matrix + ConfusionMatrix(("b",), np.array([[1]]))
    with pytest.raises(ValueError, match="a row and a column"):
        ConfusionMatrix(("a",), np.zeros((2, 2), np.int64))


@settings(max_examples=60, deadline=None)
@given(
    truth=hnp.arrays(np.int32, (6, 7), elements=st.integers(0, 5)),
    found=hnp.arrays(np.int32, (6, 7), elements=st.integers(0, 5)),
    kinds=st.tuples(*[st.integers(0, 2)] * 10),
)
def test_every_particle_is_in_the_matrix_once(
    truth: np.ndarray, found: np.ndarray, kinds: tuple[int, ...]
) -> None:
    classes = np.array([0, *kinds[:5]]), np.array([0, *kinds[5:]])
    matching = match(truth, found)
    counts = confuse_particles(matching, ("a", "b", "c"), *classes).counts
    for k in range(3):
        assert counts[k].sum() == np.sum(classes[0][matching.truth_numbers] == k)
        assert counts[:, k].sum() == np.sum(classes[1][matching.found_numbers] == k)
    own = confuse_particles(match(truth, truth), ("a", "b", "c"), classes[0], classes[0])
    assert own.accuracy == 1
    assert all(line.f1 in (1, None) for line in own.report())
