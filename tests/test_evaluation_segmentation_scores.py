"""Scores against hand-worked images, identities and independent formulas."""

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from nanocaliper.evaluation.segmentation_scores import IOU_THRESHOLDS, ScoreSum, count_scores

Labels = npt.NDArray[np.integer]
SMALL = hnp.arrays(np.int32, (6, 7), elements=st.integers(0, 5))


def bars(*spans: tuple[int, int], width: int = 40) -> Labels:
    """Particles 1, 2, ... that fill these columns of one row."""
    labels = np.zeros((1, width), int)
    for number, (start, stop) in enumerate(spans, start=1):
        labels[0, start:stop] = number
    return labels


def test_the_thresholds_are_those_of_coco() -> None:
    assert IOU_THRESHOLDS == (0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95)


def test_every_score_of_a_hand_worked_image() -> None:
    truth = bars((0, 10), (12, 20), (22, 30))
    # IoU 8/10 with the first; 4/8 with the second; the third is missed; one is invented.
    found = bars((2, 10), (12, 16), (34, 38))
    scores = count_scores(truth, found)
    assert (scores.truths, scores.founds, scores.matched[0]) == (3, 3, 2)
    assert scores.average_precision(0.5) == pytest.approx(2 / 4)
    assert scores.average_precision(0.55) == pytest.approx(1 / 5)
    assert scores.average_precision(0.8) == pytest.approx(1 / 5)
    assert scores.average_precision(0.85) == 0
    # 0.5 once, then 1/5 at 0.55, 0.6, 0.65, 0.7, 0.75 and 0.8, 0 at the other three.
    assert scores.mean_average_precision == pytest.approx((0.5 + 6 * 0.2) / 10)
    assert scores.precision == pytest.approx(2 / 3)
    assert scores.recall == pytest.approx(2 / 3)
    assert scores.f1 == pytest.approx(2 / 3)
    # Panoptic quality counts IoU above 0.5 only: the pair of exactly 0.5 is no match.
    assert scores.segmentation_quality == pytest.approx(0.8)
    assert scores.recognition_quality == pytest.approx(1 / 3)
    assert scores.panoptic_quality == pytest.approx(0.8 / 3)
    # C = 8 + 4; U = 10 + 8 + 8 (missed) + 4 (invented).
    assert scores.aggregated_jaccard == pytest.approx(12 / 30)
    # Pixels: truth 26, found 16, both 12, image 40.
    assert scores.semantic_iou == pytest.approx(12 / 30)
    assert scores.semantic_f1 == pytest.approx(24 / 42)
    assert scores.pixel_precision == pytest.approx(12 / 16)
    assert scores.pixel_recall == pytest.approx(12 / 26)
    assert scores.pixel_accuracy == pytest.approx((12 + 10) / 40)
    assert scores.pixel_specificity == pytest.approx(10 / 14)


def test_merging_two_particles_hurts_the_particle_scores_but_not_the_pixel_scores() -> None:
    truth, found = bars((0, 10), (10, 20)), bars((0, 20))
    scores = count_scores(truth, found)
    assert scores.semantic_iou == 1
    assert scores.average_precision(0.5) == pytest.approx(1 / 2)  # IoU of exactly 0.5 with one of them
    assert scores.panoptic_quality == 0
    # Kumar's index lets one found particle serve both: C = 10 + 10, U = 20 + 20.
    assert scores.aggregated_jaccard == pytest.approx(0.5)


def test_the_jaccard_index_takes_the_largest_iou_not_the_largest_overlap() -> None:
    truth = bars((0, 10))
    found = bars((0, 4), (4, 40))
    # IoU 4/10 with the first, 6/40 with the second, which overlaps more; U = 10 + 36 unused.
    assert count_scores(truth, found).aggregated_jaccard == pytest.approx(4 / 46)


def test_a_perfect_result_scores_one_everywhere() -> None:
    labels = bars((0, 3), (5, 9), (9, 20))
    assert set(count_scores(labels, labels).scores().values()) == {1.0}


def test_nothing_to_find_and_nothing_found_is_perfect() -> None:
    empty = bars()
    assert set(count_scores(empty, empty).scores().values()) == {1.0}


def test_one_empty_side_scores_zero_but_for_the_background() -> None:
    empty, some = bars(), bars((0, 10))
    for scores, specificity in ((count_scores(empty, some), 30 / 40), (count_scores(some, empty), 1)):
        values = scores.scores()
        assert values.pop("pixel_specificity") == pytest.approx(specificity)
        assert values.pop("pixel_accuracy") == pytest.approx(30 / 40)
        assert set(values.values()) == {0.0}


def test_pooling_weighs_particles_not_images() -> None:
    perfect = count_scores(bars((0, 2), (3, 5), (6, 8)), bars((0, 2), (3, 5), (6, 8)))
    missed = count_scores(bars((0, 10)), bars())
    pooled = sum([perfect, missed], ScoreSum())
    assert pooled.images == 2
    assert pooled.average_precision(0.5) == pytest.approx(3 / 4)
    assert pooled.recall == pytest.approx(3 / 4)
    assert pooled.semantic_iou == pytest.approx(6 / 16)
    assert pooled.aggregated_jaccard == pytest.approx(6 / 16)
    empty = count_scores(bars(), bars())
    background = {"pixel_accuracy": 0, "pixel_specificity": 0}
    assert (pooled + empty).scores() | background == pooled.scores() | background


def test_pooling_with_anything_else_is_refused() -> None:
    with pytest.raises(TypeError):
        ScoreSum() + 3  # type: ignore[operator]


def test_unknown_thresholds_are_refused() -> None:
    with pytest.raises(ValueError, match="expected one of"):
        ScoreSum().average_precision(0.3)


@settings(max_examples=60, deadline=None)
@given(truth=SMALL, found=SMALL, seed=st.integers(0, 99))
def test_numbering_and_gaps_do_not_matter(truth: Labels, found: Labels, seed: int) -> None:
    rng = np.random.default_rng(seed)
    renumber = np.concatenate([[0], 1 + rng.permutation(50)[:5]])
    again = np.concatenate([[0], 1 + rng.permutation(50)[:5]])
    assert count_scores(truth, found) == count_scores(renumber[truth], again[found])


@settings(max_examples=60, deadline=None)
@given(truth=SMALL, found=SMALL)
def test_scores_lie_between_zero_and_one_and_agree_with_each_other(truth: Labels, found: Labels) -> None:
    sums = count_scores(truth, found)
    assert all(0 <= value <= 1 for value in sums.scores().values())
    aps = [sums.average_precision(t) for t in IOU_THRESHOLDS]
    assert aps == sorted(aps, reverse=True)
    assert sums.panoptic_quality == pytest.approx(sums.segmentation_quality * sums.recognition_quality)
    both = ((truth > 0) & (found > 0)).sum()
    either = ((truth > 0) | (found > 0)).sum()
    assert sums.semantic_iou == (both / either if either else 1.0)
    assert sums.pixel_accuracy == ((truth > 0) == (found > 0)).mean()
    assert sums.semantic_iou <= sums.semantic_f1
    # Swapping the sides swaps precision and recall and leaves the symmetric scores.
    swapped = count_scores(found, truth)
    assert (swapped.precision, swapped.recall) == (sums.recall, sums.precision)
    assert swapped.mean_average_precision == sums.mean_average_precision


@settings(max_examples=40, deadline=None)
@given(truth=SMALL, found=SMALL)
def test_the_jaccard_index_follows_the_published_algorithm(truth: Labels, found: Labels) -> None:
    inter = union = 0
    used: set[int] = set()
    founds = sorted(set(found[found > 0].tolist()), key=lambda n: int(np.argmax(found.ravel() == n)))
    for number in set(truth[truth > 0].tolist()):
        mine = truth == number
        ious = [float((mine & (found == f)).sum() / (mine | (found == f)).sum()) for f in founds]
        if not ious or max(ious) == 0:
            union += int(mine.sum())
            continue
        best = founds[ious.index(max(ious))]
        inter += int((mine & (found == best)).sum())
        union += int((mine | (found == best)).sum())
        used.add(best)
    union += int(sum((found == f).sum() for f in founds if f not in used))
    sums = count_scores(truth, found)
    assert (sums.jaccard_overlap, sums.jaccard_union) == (inter, union)
