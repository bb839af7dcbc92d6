"""COCO's average precision: a hand-worked curve, and the numbers of the original library."""

import contextlib
import io

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval
from pycocotools.mask import encode

from nanocaliper.evaluation.average_precision import (
    ParticleSet,
    find_average_precision,
    set_of_labels,
    set_of_masks,
)

Image = tuple[np.ndarray, np.ndarray, np.ndarray]


def labels_of(*boxes: tuple[int, int, int, int], shape: tuple[int, int] = (30, 40)) -> np.ndarray:
    labels = np.zeros(shape, np.int32)
    for number, (top, left, bottom, right) in enumerate(boxes, 1):
        labels[top:bottom, left:right] = number
    return labels


def one_class(labels: np.ndarray, scores: list[float] | None = None) -> ParticleSet:
    given = None if scores is None else np.array([0, *scores])
    return set_of_labels(labels, np.zeros(int(labels.max()) + 1, int), given)


def test_a_hand_worked_curve() -> None:
    truth = one_class(labels_of((0, 0, 10, 10), (0, 12, 10, 22)))
    # Surest: wrong; then one right, then the other: precision 0, 1/2, 2/3 at recalls 0, 1/2, 1.
    found = one_class(labels_of((20, 20, 30, 30), (0, 0, 10, 10), (0, 12, 10, 22)), [0.9, 0.8, 0.7])
    result = find_average_precision([truth], [found], ("particle",))
    # Made monotonous from the right, precision is 2/3 at every recall.
    assert result.ap_50 == (pytest.approx(2 / 3),)
    assert result.map_50_95 == pytest.approx(2 / 3)
    # Half of the particles are never found: 51 of the 101 recalls have precision 1.
    half = one_class(labels_of((0, 0, 10, 10)), [0.5])
    assert find_average_precision([truth], [half], ("particle",)).map_50 == pytest.approx(51 / 101)


def test_the_thresholds_of_iou_count() -> None:
    truth = one_class(labels_of((0, 0, 10, 10)))
    found = one_class(labels_of((0, 0, 10, 8)), [0.5])
    result = find_average_precision([truth], [found], ("particle",))
    # IoU 0.8: right at 0.5, 0.55, ..., 0.8, seven of ten.
    assert result.map_50 == 1
    assert result.map_50_95 == pytest.approx(0.7)


def test_more_than_a_hundred_particles_all_count() -> None:
    labels = np.arange(1, 401, dtype=np.int32).reshape(20, 20).repeat(3, axis=0).repeat(3, axis=1)
    found = one_class(labels, np.linspace(0.1, 0.9, 400).tolist())
    assert find_average_precision([one_class(labels)], [found], ("particle",)).map_50_95 == 1


def test_classes_without_true_particles_have_no_precision() -> None:
    labels = labels_of((0, 0, 10, 10), (0, 12, 10, 22))
    truth = set_of_labels(labels, np.array([0, 0, 0]))
    found = set_of_labels(labels, np.array([0, 0, 1]), np.array([0, 0.9, 0.8]))
    result = find_average_precision([truth], [found], ("rod", "cube"))
    assert result.ap_50[1] is None
    assert result.map_50 == result.ap_50[0] == pytest.approx(51 / 101)
    nothing = find_average_precision([truth], [one_class(labels_of(), [])], ("rod", "cube"))
    assert nothing.ap_50 == (0, None)
    assert find_average_precision([one_class(labels_of())], [found], ("rod", "cube")).map_50 is None


def test_masks_may_overlap_and_boxes_can_be_compared_instead() -> None:
    masks = np.zeros((2, 20, 20), bool)
    masks[0, 2:12, 2:12], masks[1, 6:16, 6:16] = True, True
    truth = set_of_masks(masks, np.zeros(2, int))
    found = set_of_masks(masks, np.zeros(2, int), np.array([0.9, 0.8]))
    assert truth.boxes.tolist() == [[2, 2, 12, 12], [6, 6, 16, 16]]
    assert find_average_precision([truth], [found], ("particle",)).map_50_95 == 1
    moved = set_of_masks(masks, np.zeros(2, int), np.array([0.9, 0.8]), truth.boxes + np.array([0, 0, 0, 10]))
    assert find_average_precision([truth], [moved], ("particle",)).map_50_95 == 1
    assert find_average_precision([truth], [moved], ("particle",), "box").map_50_95 == pytest.approx(0.1)


def test_what_makes_no_sense_is_refused() -> None:
    labels = one_class(labels_of((0, 0, 10, 10)))
    with pytest.raises(ValueError, match="as many"):
        find_average_precision([labels], [], ("particle",))
    with pytest.raises(ValueError, match="a score each"):
        find_average_precision([labels], [labels], ("particle",))


def original(images: list[tuple[Image, Image]], classes: int) -> list[float]:
    """The same by pycocotools, from masks."""
    sides: list[list[dict[str, object]]] = [[], []]
    for number, pair in enumerate(images, 1):
        for side, (labels, kinds, scores) in zip(sides, pair, strict=True):
            for label in np.unique(labels[labels > 0]).tolist():
                code = encode(np.asfortranarray(labels == label, np.uint8))
                side.append(
                    {
                        "id": len(side) + 1,
                        "image_id": number,
                        "category_id": int(kinds[label]) + 1,
                        "iscrowd": 0,
                        "area": int((labels == label).sum()),
                        "segmentation": code,
                        "score": float(scores[label]),
                    }
                )
    head = {
        "images": [{"id": k + 1, "height": 12, "width": 14} for k in range(len(images))],
        "categories": [{"id": k + 1, "name": str(k)} for k in range(classes)],
    }
    with contextlib.redirect_stdout(io.StringIO()):
        sets = [COCO(), COCO()]
        for coco, annotations in zip(sets, sides, strict=True):
            coco.dataset = head | {"annotations": annotations}
            coco.createIndex()
        counting = COCOeval(*sets, "segm")
        counting.evaluate()
        counting.accumulate()
    precision = counting.eval["precision"][:, :, :, 0, -1]
    return [float(precision[:, :, k].mean()) if precision[0, :, k].max() >= 0 else -1 for k in range(classes)]


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_the_numbers_are_those_of_the_original_library(seed: int) -> None:
    rng = np.random.default_rng(seed)
    images = []
    for _ in range(2):
        truth = np.kron(rng.integers(0, 6, (4, 7)), np.ones((3, 2), int)).astype(np.int32)
        found = np.where(
            rng.random(truth.shape) < rng.uniform(0, 0.4), rng.integers(0, 6, truth.shape), truth
        )
        kinds = rng.integers(0, 2, 6), rng.integers(0, 2, 6)
        scores = rng.permutation(6) / 6
        images.append(((truth, kinds[0], np.zeros(6)), (found.astype(np.int32), kinds[1], scores)))
    expected = original(images, 2)
    result = find_average_precision(
        [set_of_labels(labels, kinds) for (labels, kinds, _), _ in images],
        [set_of_labels(*found) for _, found in images],
        ("a", "b"),
    )
    assert [-1 if value is None else value for value in result.ap_50_95] == pytest.approx(expected)


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_a_perfect_answer_is_one_and_boxes_are_those_of_the_pixels(seed: int) -> None:
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 4, (6, 5)).astype(np.int32)
    kinds = rng.integers(0, 2, 4)
    truth = set_of_labels(labels, kinds)
    for box, number in zip(truth.boxes, np.unique(labels[labels > 0]), strict=True):
        rows, cols = np.nonzero(labels == number)
        assert box.tolist() == [rows.min(), cols.min(), rows.max() + 1, cols.max() + 1]
    result = find_average_precision([truth], [set_of_labels(labels, kinds, np.full(4, 0.5))], ("a", "b"))
    assert result.map_50_95 == (1 if len(truth) else None)
