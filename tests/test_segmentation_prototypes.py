"""Particles from boxes and prototypes: discs whose area and borders are known, and suppression one by one."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from nanocaliper.segmentation.decoders.prototypes import decode_prototypes
from nanocaliper.segmentation.decoders.suppression import suppress


def _detect(discs, shape, stride=4, steepness=0.5, ratio=1.0, margin=1.0):
    """What a perfect network gives for discs (row, col, radius) in image px: one prototype a disc."""
    rows, cols = (int(np.ceil(side * ratio / stride)) for side in shape)
    # Middles of the prototypes' pixels, in image px from the middle of the first image pixel.
    r, c = (np.indices((rows, cols)) + 0.5) * stride / ratio - 0.5
    prototypes = np.stack([(radius - np.hypot(r - a, c - b)) * steepness for a, b, radius in discs])
    boxes = np.array(
        [
            [
                a + 0.5 - radius - margin,
                b + 0.5 - radius - margin,
                a + 0.5 + radius + margin,
                b + 0.5 + radius + margin,
            ]
            for a, b, radius in discs
        ]
    )
    return (boxes * ratio).astype(np.float32), np.eye(len(discs), dtype=np.float32), prototypes.astype("f4")


def _disc(shape, row, col, radius):
    r, c = np.indices(shape)
    return np.hypot(r - row, c - col) < radius


@settings(max_examples=25, deadline=None)
@given(
    st.floats(30, 60), st.floats(40, 80), st.floats(10, 25), st.sampled_from([0.7, 1.0, 1.5]), st.floats(1, 4)
)
def test_a_disc_has_its_area_and_place_to_a_fraction_of_a_pixel(row, col, radius, ratio, margin):
    shape = (96, 120)
    boxes, coefficients, prototypes = _detect([(row, col, radius)], shape, ratio=ratio, margin=margin)
    found = decode_prototypes(
        boxes, np.array([[0.9]], "f4"), coefficients, prototypes, shape, ratio=(ratio, ratio)
    )
    mask = found.labels == 1
    # Chords of a circle of radius R with a grid of h px lie up to h² / (8 R) inside it, along each axis.
    inside = (4 / ratio) ** 2 / (4 * radius)
    missing = radius - np.sqrt(mask.sum() / np.pi)
    assert -0.25 < missing < inside + 0.25
    assert np.argwhere(mask).mean(axis=0) == pytest.approx([row, col], abs=0.3)
    true = _disc(shape, row, col, radius)
    assert (mask & true).sum() / (mask | true).sum() > 1 - 2 * (inside + 0.25) / radius
    assert ((found.level > 127.5) == mask).all()


def test_the_outline_does_not_follow_the_grid_of_the_prototypes():
    shape = (128, 128)
    boxes, coefficients, prototypes = _detect([(62.3, 65.1, 40.0)], shape)
    found = decode_prototypes(boxes, np.array([[0.9]], "f4"), coefficients, prototypes, shape)
    r, c = np.nonzero(found.labels)
    edge = [np.abs(r[c == col] - 62.3).max() for col in range(30, 100)]
    wanted = [np.sqrt(40.0**2 - (col - 65.1) ** 2) for col in range(30, 100)]
    assert np.abs(np.subtract(edge, wanted)).max() < 1.5


def test_where_masks_overlap_the_more_probable_one_wins():
    shape = (80, 120)
    boxes, coefficients, prototypes = _detect([(40, 45, 25), (40, 75, 25)], shape)
    found = decode_prototypes(boxes, np.array([[0.6], [0.9]], "f4"), coefficients, prototypes, shape)
    assert found.scores == pytest.approx([0.9, 0.6])
    # Best first: the right disc is number 1. Equal discs meet midway whatever their scores.
    assert (found.labels[:, 62:][found.labels[:, 62:] > 0] == 1).all()
    assert (found.labels[:, :58][found.labels[:, :58] > 0] == 2).all()
    assert found.hidden == 0


def test_a_mask_ends_at_its_box():
    shape = (64, 64)
    boxes, coefficients, prototypes = _detect([(32, 32, 20)], shape)
    boxes[0] = [19.6, 24.51, 40.4, 45.49]  # it holds the middles of rows 20 to 39 and columns 25 to 44
    found = decode_prototypes(boxes, np.array([[0.9]], "f4"), coefficients, prototypes, shape)
    rows, cols = np.nonzero(found.labels)
    assert (rows.min(), cols.min(), rows.max() + 1, cols.max() + 1) == (20, 25, 40, 45)


def test_of_a_mask_in_pieces_the_largest_is_the_particle_and_the_level_says_so():
    shape = (64, 128)
    _, _, prototypes = _detect([(32, 40, 20), (32, 90, 8)], shape)
    both = prototypes.max(axis=0)[None]
    boxes = np.array([[0, 0, 64, 128]], np.float32)
    found = decode_prototypes(boxes, np.array([[0.9]], "f4"), np.ones((1, 1), "f4"), both, shape)
    assert not found.labels[:, 75:].any()
    assert found.labels[32, 40] == 1
    assert ((found.level > 127.5) == (found.labels > 0)).all()


def test_classes_scores_and_what_is_left_out():
    shape = (96, 96)
    discs = [(20, 20, 12), (70, 70, 15), (20, 70, 12), (20, 20, 12)]
    boxes, coefficients, prototypes = _detect(discs, shape)
    probabilities = np.array([[0.1, 0.8], [0.7, 0.2], [0.1, 0.1], [0.6, 0.1]], np.float32)
    coefficients[1] = -coefficients[
        1
    ]  # a mask that is nowhere: its inverse fills the corners of the box only
    prototypes[1] = np.abs(prototypes[1])
    found = decode_prototypes(boxes, probabilities, coefficients, prototypes, shape)
    # The third is unsure, the fourth the same place as the first in another class, the second has no pixel.
    assert found.scores == pytest.approx([0.8])
    assert found.classes.tolist() == [1]
    assert found.class_probabilities == pytest.approx(probabilities[:1])
    assert found.hidden == 1


def test_boxes_beyond_the_image_and_none_at_all():
    shape = (40, 50)
    boxes, coefficients, prototypes = _detect([(2, 3, 12), (38, 49, 10)], (64, 64))
    found = decode_prototypes(boxes, np.full((2, 1), 0.9, "f4"), coefficients, prototypes, shape)
    assert found.labels.shape == shape
    assert found.labels[0, 0] != found.labels[39, 49]
    away = boxes + 1000
    assert decode_prototypes(away, np.full((2, 1), 0.9, "f4"), coefficients, prototypes, shape).hidden == 2
    none = decode_prototypes(boxes, np.full((2, 3), 0.1, "f4"), coefficients, prototypes, shape)
    assert none.labels.max() == 0
    assert none.level.max() == 0
    assert none.scores.shape == none.classes.shape == (0,)
    assert none.class_probabilities.shape == (0, 3)


def test_no_count_is_too_large():
    side = 60
    centres = np.stack(np.meshgrid(np.arange(side), np.arange(side), indexing="ij"), -1).reshape(-1, 2)
    shape = (side * 16, side * 16)
    r, c = (np.indices((shape[0] // 4, shape[1] // 4)) + 0.5) * 4 - 0.5
    # One prototype for all: discs of radius 6 around the middles of a grid of 16 px.
    cones = 6 - np.hypot(r % 16 - 7.5, c % 16 - 7.5)
    boxes = np.concatenate([centres * 16 + 1.0, centres * 16 + 15.0], axis=1).astype(np.float32)
    boxes = np.concatenate([boxes, boxes + 0.5, boxes - 0.5])
    scores = np.linspace(0.9, 0.5, len(boxes), dtype=np.float32)[:, None]
    found = decode_prototypes(boxes, scores, np.ones((len(boxes), 1), "f4"), cones[None].astype("f4"), shape)
    assert found.labels.max() == side * side
    assert found.labels[8::16, 8::16].ravel().tolist() == list(range(1, side * side + 1))


def _suppress_one_by_one(boxes, scores, iou_max):
    kept = []
    areas = (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])
    for i in np.argsort(-scores, kind="stable"):
        better = boxes[kept]
        sides = np.minimum(boxes[i, 2:], better[:, 2:]) - np.maximum(boxes[i, :2], better[:, :2])
        both = np.prod(np.maximum(sides, 0), axis=1)
        if not (both > iou_max * (areas[i] + areas[kept] - both)).any():
            kept.append(i)
    return kept


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_suppression_is_that_of_one_box_after_the_other(data):
    count = data.draw(st.integers(0, 40))
    corner = data.draw(arrays(np.int64, (count, 2), elements=st.integers(0, 12))).astype(float)
    side = data.draw(arrays(np.int64, (count, 2), elements=st.integers(0, 10))).astype(float)
    scores = data.draw(arrays(np.int64, count, elements=st.integers(0, 5))).astype(np.float32)
    boxes = np.concatenate([corner, corner + side], axis=1)
    iou_max = data.draw(st.sampled_from([0.0, 0.3, 0.5, 0.7]))
    assert suppress(boxes, scores, iou_max).tolist() == _suppress_one_by_one(boxes, scores, iou_max)


def test_suppression_across_blocks():
    rng = np.random.default_rng(4)
    corner = rng.uniform(0, 300, (1500, 2))
    boxes = np.concatenate([corner, corner + rng.uniform(5, 40, (1500, 2))], axis=1)
    scores = rng.random(1500)
    assert suppress(boxes, scores, 0.4).tolist() == _suppress_one_by_one(boxes, scores, 0.4)
