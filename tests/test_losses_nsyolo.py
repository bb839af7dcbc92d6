"""Overlap of boxes, assignment and the loss of NSYOLO, against hand values and slow references."""

from math import atan, pi

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

torch = pytest.importorskip("torch", reason="needs the train extra")

from torch.nn import functional as f  # noqa: E402

from nanocaliper.training.losses.box_overlap import complete_iou, iou  # noqa: E402
from nanocaliper.training.losses.nsyolo_loss import (  # noqa: E402
    ImageTargets,
    LossWeights,
    distribution_loss,
    mask_loss,
    nsyolo_loss,
    targets_of,
)
from nanocaliper.training.losses.task_assigner import ALPHA, BETA, CANDIDATES, assign  # noqa: E402
from nanocaliper.training.networks.yolo_head import RawDetections, decode, place_anchors  # noqa: E402


def _box(*sides):
    return torch.tensor(sides, dtype=torch.float64)


def test_iou_by_hand():
    assert iou(_box(0, 0, 4, 4), _box(0, 0, 4, 4)).item() == pytest.approx(1)
    assert iou(_box(0, 0, 4, 4), _box(0, 2, 4, 6)).item() == pytest.approx(8 / 24)
    assert iou(_box(0, 0, 4, 4), _box(4, 0, 8, 4)).item() == 0
    assert iou(_box(1, 1, 1, 1), _box(1, 1, 1, 1)).item() == 0
    assert iou(_box(0, 0, 4, 4)[None, None], torch.rand(3, 1, 4)).shape == (3, 1)


def test_complete_iou_by_hand():
    assert complete_iou(_box(2, 3, 6, 9), _box(2, 3, 6, 9)).item() == pytest.approx(1)
    # Moved by 2 of 4: IoU 1/3, middles 2 apart, box around both 4 x 6, same shape.
    assert complete_iou(_box(0, 0, 4, 4), _box(0, 2, 4, 6)).item() == pytest.approx(1 / 3 - 4 / (16 + 36))
    # Same middle, 2 x 8 against 8 x 2: IoU 4/28, diagonal irrelevant, v from the two angles.
    v = 4 / pi**2 * (atan(8 / 2) - atan(2 / 8)) ** 2
    alpha = v / (1 - 4 / 28 + v)
    found = complete_iou(_box(3, 0, 5, 8), _box(0, 3, 8, 5)).item()
    assert found == pytest.approx(4 / 28 - alpha * v)


def test_boxes_move_towards_the_truth():
    box = torch.tensor([[0.0, 0.0, 4.0, 4.0]], requires_grad=True)
    (1 - complete_iou(box, torch.tensor([[20.0, 0.0, 24.0, 4.0]]))).sum().backward()
    # Even where nothing overlaps, the lower side is pulled down.
    assert box.grad[0, 2] < 0
    empty = torch.zeros(1, 4, requires_grad=True)
    complete_iou(empty, torch.zeros(1, 4)).sum().backward()
    assert torch.isfinite(empty.grad).all()


def test_distribution_loss_by_hand():
    logits = torch.zeros(1, 64)
    # Equal shares of 16 steps: whatever the truth, -log(1 / 16).
    assert distribution_loss(logits, torch.tensor([[0.0, 3.3, 7.0, 99.0]])).item() == pytest.approx(
        np.log(16)
    )
    logits = torch.full((1, 4, 16), -40.0)
    logits[..., 2], logits[..., 3] = np.log(0.25), np.log(0.75)
    expected = -(0.5 * np.log(0.25) + 0.5 * np.log(0.75))
    assert distribution_loss(logits.reshape(1, 64), torch.full((1, 4), 2.5)).item() == pytest.approx(expected)
    # The loss is least where the distribution's mean is the truth.
    least = -(0.25 * np.log(0.25) + 0.75 * np.log(0.75))
    assert distribution_loss(logits.reshape(1, 64), torch.full((1, 4), 2.75)).item() == pytest.approx(least)


def _assign_one_by_one(probabilities, boxes, anchors, true_boxes, true_classes):
    count, particles = len(anchors), len(true_boxes)
    overlap = np.array([[iou(t, b).item() for b in boxes] for t in true_boxes]).reshape(particles, count)
    alignment = np.zeros((particles, count))
    takers = [[] for _ in range(count)]
    for k in range(particles):
        inside = []
        for a in range(count):
            row, col = anchors[a].tolist()
            top, left, bottom, right = true_boxes[k].tolist()
            if top < row < bottom and left < col < right:
                inside.append(a)
            alignment[k, a] = probabilities[a, true_classes[k]].item() ** ALPHA * overlap[k, a] ** BETA
        for a in sorted(inside, key=lambda a: -alignment[k, a])[:CANDIDATES]:
            takers[a].append(k)
    owner = [max(t, key=lambda k: overlap[k, a]) if t else -1 for a, t in enumerate(takers)]
    target = np.zeros(count)
    for k in range(particles):
        own = [a for a in range(count) if owner[a] == k]
        if own:
            scale = max(overlap[k, a] for a in own) / max(alignment[k, a] for a in own)
            for a in own:
                target[a] = alignment[k, a] * scale
    return owner, target


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6), st.integers(0, 6), st.integers(4, 7))
def test_assignment_is_that_of_one_pair_after_the_other(seed, particles, side):
    generator = torch.Generator().manual_seed(seed)

    def draw(*shape):
        return torch.rand(*shape, generator=generator, dtype=torch.float64)

    grid = torch.meshgrid(torch.arange(side) + 0.5, torch.arange(side) + 0.5, indexing="ij")
    anchors = torch.stack(grid, -1).reshape(-1, 2).double()
    boxes = torch.cat([anchors - 0.2 - 2 * draw(side**2, 2), anchors + 0.2 + 2 * draw(side**2, 2)], dim=1)
    corner = draw(particles, 2) * (side - 1)
    true_boxes = torch.cat([corner, corner + 0.3 + 4 * draw(particles, 2)], dim=1)
    classes = torch.randint(0, 3, (particles,), generator=generator)
    probabilities = 0.01 + 0.9 * draw(side**2, 3)
    found = assign(probabilities, boxes, anchors, true_boxes, classes)
    owner, target = _assign_one_by_one(probabilities, boxes, anchors, true_boxes, classes)
    assert found.particle.tolist() == owner
    assert found.target.numpy() == pytest.approx(target)


def test_targets_of_a_tiny_particle_do_not_vanish():
    # At the start boxes are broad: IoU 10⁻⁴, and its sixth power under every epsilon.
    found = assign(
        torch.full((1, 1), 1e-4),
        torch.tensor([[-100.0, -100.0, 100.0, 100.0]]),
        torch.zeros(1, 2),
        torch.tensor([[-1.0, -1.0, 1.0, 1.0]]),
        torch.zeros(1, dtype=torch.int64),
    )
    assert found.target.item() == pytest.approx(1e-4, rel=1e-4)


def _targets(labels, classes, cell=1):
    """Labels at input size, as targets; `cell` px of the input become one of the labels."""
    whole = targets_of(labels, np.array([0, *classes]))
    return ImageTargets(whole.boxes, whole.classes, whole.labels[::cell, ::cell])


def test_targets_of_labels():
    labels = np.zeros((32, 64), np.int32)
    labels[4:10, 8:20] = 1
    labels[20:30, 40:60] = 3
    targets = targets_of(labels, np.array([0, 2, 1, 0]))
    assert targets.boxes.tolist() == [[4, 8, 10, 20], [20, 40, 30, 60]]
    assert targets.classes.tolist() == [2, 0]
    assert targets.labels[25, 50] == 2
    empty = targets_of(np.zeros((32, 32), np.int32), np.zeros(1, np.int64))
    assert empty.boxes.shape == (0, 4)


def test_mask_loss_by_hand():
    labels = np.zeros((32, 64), np.int32)
    labels[4:12, 8:18] = 1  # 8 x 10 input px: rows 1 to 2 and columns 2, 3 and half of 4 of the prototypes
    targets = _targets(labels, [0])
    prototypes = torch.zeros(2, 8, 16)
    prototypes[0] = 3.0
    prototypes[1, :, 4] = 1.0
    coefficients = torch.tensor([[1.0, 0.5]])
    value = mask_loss(coefficients, prototypes, targets, torch.tensor([0]))
    covered = torch.tensor([[1.0, 1.0, 0.5]] * 2)
    logits = torch.tensor([[3.0, 3.0, 3.5]] * 2)
    assert value.item() == pytest.approx(f.binary_cross_entropy_with_logits(logits, covered).item())
    # Labels of the prototypes' size serve as well.
    coarse = _targets(labels, [0], cell=4)
    value = mask_loss(coefficients.expand(2, 2), prototypes, coarse, torch.tensor([0, 0]))
    covered = torch.tensor([[1.0, 1.0, 1.0]] * 2)
    expected = f.binary_cross_entropy_with_logits(logits, covered).item()
    assert value.tolist() == pytest.approx([expected, expected])


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10**6))
def test_mask_loss_is_that_of_whole_masks_cut_to_their_boxes(seed):
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 4, (8, 8)).repeat(5, 0).repeat(6, 1)[:32, :48].astype(np.int32)
    targets = _targets(labels, [0, 0, 0])
    count = len(targets.classes)
    particles = torch.from_numpy(rng.integers(0, count, 5))
    coefficients = torch.from_numpy(rng.normal(size=(5, 32)))
    prototypes = torch.from_numpy(rng.normal(size=(32, 8, 12)))
    found = mask_loss(coefficients, prototypes, targets, particles)
    logits = torch.einsum("kp,prc->krc", coefficients, prototypes)
    for k, particle in enumerate(particles.tolist()):
        share = (targets.labels == particle + 1).double().reshape(8, 4, 12, 4).mean(dim=(1, 3))
        top, left, bottom, right = (targets.boxes[particle] / 4).tolist()
        rows, cols = slice(int(top), int(np.ceil(bottom))), slice(int(left), int(np.ceil(right)))
        expected = f.binary_cross_entropy_with_logits(logits[k, rows, cols], share[rows, cols])
        assert found[k].item() == pytest.approx(expected.item())


def _raw(classes=2, rows=64, cols=96, images=1):
    def levels(channels):
        return tuple(
            torch.randn(images, channels, rows // s, cols // s, requires_grad=True) for s in (8, 16, 32)
        )

    prototypes = torch.randn(images, 32, rows // 4, cols // 4, requires_grad=True)
    return RawDetections(levels(64), levels(classes), levels(32), prototypes)


def test_loss_of_perfect_detections_is_small_and_of_others_is_not():
    labels = np.zeros((64, 96), np.int32)
    labels[16:48, 16:56] = 1
    targets = targets_of(labels, np.array([0, 1]))
    torch.manual_seed(0)
    bad, _ = nsyolo_loss(_raw(), [targets])
    raw = _raw()
    anchors, strides = place_anchors(raw.boxes)
    box = targets.boxes[0]
    inside = ((anchors > box[:2]) & (anchors < box[2:])).all(dim=1)
    inside &= inside.cumsum(0) <= CANDIDATES
    with torch.no_grad():
        first = 0
        for boxes, classes, coefficients in zip(raw.boxes, raw.classes, raw.coefficients, strict=True):
            count = boxes.shape[2] * boxes.shape[3]
            part = slice(first, first + count)
            first += count
            reach = torch.cat([anchors[part] - box[:2], box[2:] - anchors[part]], 1) / strides[part]
            steps = torch.arange(16.0)
            # Two neighbouring steps share the distance, so that the mean is right.
            shares = (1 - (reach.clamp(0, 14.99)[..., None] - steps).abs()).clamp_min(1e-9)
            boxes.copy_(shares.log().permute(1, 2, 0).reshape(boxes.shape))
            classes.fill_(-20)
            classes[:, 1] = torch.where(inside[part], 20.0, -20.0).reshape(classes.shape[2:])
            coefficients.zero_()
            coefficients[:, 0] = 20
        raw.prototypes.copy_(f.avg_pool2d((targets.labels[None, None] == 1).float(), 4) * 2 - 1)
    found = decode(raw)
    assert (found.boxes[0, inside] - box).abs().max() < 1e-3
    loss, parts = nsyolo_loss(raw, [targets])
    assert parts["box"] < 1e-3
    assert parts["mask"] < 1e-3
    assert parts["classes"] < 1e-3
    # What remains is the width of the distributions: all these distances lie midway between two steps.
    assert parts["distribution"] == pytest.approx(1.5 * np.log(2), rel=1e-4)
    assert loss < bad / 3


def test_every_map_is_taught_and_the_weights_weigh():
    torch.manual_seed(1)
    labels = np.zeros((64, 96), np.int32)
    labels[2:60, 4:90] = 1
    labels[20:30, 20:30] = 2
    targets = [targets_of(labels, np.array([0, 0, 1])), targets_of(0 * labels, np.zeros(1, np.int64))]
    raw = _raw(images=2)
    loss, parts = nsyolo_loss(raw, targets)
    loss.backward()
    assert parts["unassigned"] == 0
    assert all(m.grad.abs().sum() > 0 for m in (*raw.classes, raw.prototypes))
    assert sum(m.grad.abs().sum() for m in raw.boxes) > 0
    # An image without particles teaches that there are none, and nothing else.
    assert all((m.grad[1] == 0).all() for m in (*raw.boxes, *raw.coefficients, raw.prototypes))
    assert all((m.grad[1] > 0).all() for m in raw.classes)
    doubled, twice = nsyolo_loss(raw, targets, LossWeights(15, 1, 3, 15))
    assert doubled.item() == pytest.approx(2 * loss.item())
    assert {k: v for k, v in twice.items() if k != "unassigned"} == pytest.approx(
        {k: 2 * v for k, v in parts.items() if k != "unassigned"}
    )


def test_nothing_to_find_and_nothing_that_can_be_found():
    raw = _raw()
    loss, parts = nsyolo_loss(raw, [targets_of(np.zeros((64, 96), np.int32), np.zeros(1, np.int64))])
    loss.backward()
    assert (parts["box"], parts["distribution"], parts["mask"]) == (0, 0, 0)
    speck = np.zeros((64, 96), np.int32)
    speck[8:11, 8:11] = 1  # between the middles of all anchors' pixels
    _, parts = nsyolo_loss(_raw(), [targets_of(speck, np.array([0, 0]))])
    assert parts["unassigned"] == 1
