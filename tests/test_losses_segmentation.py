"""Losses of the semantic networks, against values worked out by hand."""

import math

import pytest

torch = pytest.importorskip("torch", reason="needs the train extra")

from torch.nn import functional as f  # noqa: E402

from nanocaliper.training.losses.segmentation_losses import cross_entropy_loss, dice_loss  # noqa: E402


def test_cross_entropy_by_hand():
    # probabilities of the true class: 3/4, 1/2, 1/4
    logits = torch.tensor([[[[math.log(3), 0.0, 0.0]], [[0.0, 0.0, math.log(1 / 3)]]]])
    target = torch.tensor([[[[0, 1, 1]]]])
    expected = (math.log(4 / 3) + math.log(2) + math.log(4)) / 3
    assert float(cross_entropy_loss(logits, target, torch.ones(1, 1, 1, 3))) == pytest.approx(expected)
    # the second does not count, the third half
    weight = torch.tensor([[[[1.0, 0.0, 0.5]]]])
    expected = (math.log(4 / 3) + 0.5 * math.log(4)) / 1.5
    assert float(cross_entropy_loss(logits, target, weight)) == pytest.approx(expected)


def test_cross_entropy_takes_any_index_where_nothing_counts():
    logits = torch.zeros(1, 2, 1, 2, requires_grad=True)
    loss = cross_entropy_loss(logits, torch.tensor([[[[255, 1]]]]), torch.tensor([[[[0.0, 1.0]]]]))
    loss.backward()
    assert float(loss.detach()) == pytest.approx(math.log(2))
    assert logits.grad[..., 0].abs().max() == 0
    nothing = cross_entropy_loss(logits, torch.tensor([[[[255, 255]]]]), torch.zeros(1, 1, 1, 2))
    assert float(nothing.detach()) == 0


def test_cross_entropy_of_several_classes():
    loss = cross_entropy_loss(torch.zeros(2, 5, 3, 4), torch.full((2, 1, 3, 4), 4), torch.ones(2, 1, 3, 4))
    assert float(loss) == pytest.approx(math.log(5))


def test_one_logit_is_that_of_particle_against_nothing():
    torch.manual_seed(0)
    margin, target = torch.randn(2, 1, 3, 4), torch.randint(0, 2, (2, 1, 3, 4))
    weight = torch.rand(2, 1, 3, 4)
    entropy = cross_entropy_loss(margin, target, weight)
    pixelwise = f.binary_cross_entropy_with_logits(margin, target.float(), reduction="none")
    assert float(entropy) == pytest.approx(float((pixelwise * weight).sum() / weight.sum()))

    pair = torch.cat([torch.full_like(margin, 0.7), margin + 0.7], dim=1)
    assert float(cross_entropy_loss(pair, target, weight)) == pytest.approx(float(entropy))
    assert float(dice_loss(pair, target, weight)) == pytest.approx(float(dice_loss(margin, target, weight)))


def test_dice_by_hand():
    # p = 3/4, 1/4, 1/2; t = 1, 0, 1: 1 - (2 * 5/4 + 1) / (3/2 + 2 + 1)
    logits = torch.tensor([[[[math.log(3), -math.log(3), 0.0]]]])
    target = torch.tensor([[[[1, 0, 1]]]])
    assert float(dice_loss(logits, target, torch.ones(1, 1, 1, 3))) == pytest.approx(1 - 3.5 / 4.5)
    assert float(dice_loss(logits, target, torch.ones(1, 1, 1, 3), 0.0)) == pytest.approx(1 - 2.5 / 3.5)
    # without the third: 1 - (2 * 3/4 + 1) / (1 + 1 + 1)
    assert float(dice_loss(logits, target, torch.tensor([[[[1.0, 1.0, 0.0]]]]))) == pytest.approx(1 - 2.5 / 3)


def test_dice_sums_over_the_batch():
    right, wrong = torch.full((1, 1, 2, 2), 30.0), torch.full((1, 1, 2, 2), -30.0)
    loss = dice_loss(torch.cat([right, wrong]), torch.ones(2, 1, 2, 2), torch.ones(2, 1, 2, 2), 0.0)
    assert float(loss) == pytest.approx(1 - 2 * 4 / (4 + 8))


def test_dice_of_nothing_found_where_nothing_is():
    empty = torch.zeros(1, 1, 4, 4)
    assert float(dice_loss(empty - 40, empty, torch.ones_like(empty))) == pytest.approx(0, abs=1e-6)
    assert float(dice_loss(empty, empty + 255, torch.zeros_like(empty))) == 0
